//! Whether a store fulfils the contract of [`JournalStore`], and a shared one that of
//! [`Fleet`](crate::Fleet).
//!
//! Owns the contract as checks that run against any store. Must not know any store.

mod shared;

use std::fmt;

use crate::entry::{Change, Entry};
use crate::state::State;
use crate::store::{Header, Identity, JournalStore, PlannedEntry, StoreError};

pub use self::shared::fleet_conformance;

/// A promise that a store does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which promise, as a sentence.
    pub promise: &'static str,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the store breaks a promise: {}; seen: {}",
            self.promise, self.seen
        )
    }
}

impl std::error::Error for Broken {}

/// Checks a store against the contract of [`JournalStore`]. `open` opens the same journal each time:
/// empty at first, and as it was left afterwards. The previous store is dropped by then.
///
/// It checks that a journal is made wholly or not at all, and once; that header, lines and answers
/// come back as they were given, also when the journal is opened again; that each change does what
/// [`Entry::apply`] says, or is refused as it refuses; that changes are made in the order of the
/// calls, also those whose futures are dropped, and the second of two equal ones is refused; that a
/// key has one line, and that keys are compared exactly; and that many lines, long texts and empty
/// ones are kept whole.
///
/// It does not check that a second process is refused ([`StoreError::Locked`]), nor that a change
/// that was reported survives a kill or a loss of power: only the store's own tests can. Nor does it
/// check a journal that begins without lines, as that of a service does: `open` opens one journal.
/// What a shared store does beside that, [`fleet_conformance`] checks.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn check() -> Result<(), Box<dyn std::error::Error>> {
/// use jdy_journal::SqliteStore;
/// use jdy_journal::testing::conformance;
///
/// let path = std::env::temp_dir().join("conformance.journal");
/// conformance(async || SqliteStore::open(&path)).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first promise that is broken; an error of the store breaks one too.
pub async fn conformance<S: JournalStore>(
    open: impl AsyncFn() -> Result<S, StoreError>,
) -> Result<(), Broken> {
    let opened = || async { kept("it can be opened", open().await) };
    let store = opened().await?;
    is_made_wholly(&store).await?;
    let mut model = Model::of(&many());
    model.compare(&store, "a new line is planned").await?;
    unpolled(&store, &mut model).await?;
    walk(&store, &mut model, 0x9e37_79b9_7f4a_7c15).await?;
    adds(&store, &mut model).await?;
    adds_alike(&store, &mut model).await?;
    equal_changes(&store, &mut model).await?;
    texts(&store, &mut model).await?;
    is_made_once(&store, &model).await?;
    ends(&store, &mut model).await?;
    drop(store);
    let store = opened().await?;
    has_header(&store).await?;
    let promise = "what was written is there when the journal is opened again";
    model.compare(&store, promise).await?;
    is_made_once(&store, &model).await?;
    walk(&store, &mut model, 0xd1b5_4a32_d192_ed03).await
}

fn header() -> Header {
    Header {
        id: "0123456789abcdef".to_owned(),
        identity: Identity {
            name: "ls.mall_recharge".to_owned(),
            destination: "account set 00".to_owned(),
            input: Some([7; 32]),
        },
    }
}

fn planned() -> Vec<PlannedEntry> {
    // Blank lines of a file leave gaps in the numbers.
    let lines = [1, 2, 4, 7].into_iter();
    let planned = lines.map(|line| PlannedEntry {
        line,
        key: (line != 2).then(|| format!("R-{line}")),
        hash: Some([u8::try_from(line).unwrap_or_default(); 32]),
    });
    planned.collect()
}

/// More lines than a store may read or write at once, with numbers of several lengths, and some
/// without a key or a hash.
fn many() -> Vec<PlannedEntry> {
    let mut lines = planned();
    lines.extend((8..2_600).map(|line| PlannedEntry {
        line,
        key: (line % 5 != 0).then(|| format!("R-{line}")),
        hash: (line % 7 != 0).then(|| [u8::try_from(line % 251).unwrap_or_default(); 32]),
    }));
    lines
}

fn kept<T>(promise: &'static str, result: Result<T, StoreError>) -> Result<T, Broken> {
    result.map_err(|error| Broken {
        promise,
        seen: error.to_string(),
    })
}

fn holds(promise: &'static str, holds: bool, seen: impl fmt::Debug) -> Result<(), Broken> {
    if holds {
        return Ok(());
    }
    let seen = format!("{seen:?}");
    Err(Broken { promise, seen })
}

async fn is_made_wholly(store: &impl JournalStore) -> Result<(), Broken> {
    let promise = "an empty store has no journal";
    let none = kept(promise, store.header().await)?;
    holds(promise, none.is_none(), none)?;
    let promise = "a journal is made wholly or not at all";
    let mut doubled = planned();
    doubled.push(PlannedEntry {
        line: 9,
        key: Some("R-1".to_owned()),
        hash: None,
    });
    let refused = store.create(header(), doubled).await;
    holds("no two lines have one key", refused.is_err(), refused)?;
    let none = kept(promise, store.header().await)?;
    holds(promise, none.is_none(), none)?;
    kept(promise, store.create(header(), many()).await)?;
    has_header(store).await?;
    let again = store.create(header(), many()).await;
    holds("a journal is made once", again.is_err(), again)
}

/// The same while lines have changed.
async fn is_made_once(store: &impl JournalStore, model: &Model) -> Result<(), Broken> {
    let promise = "a journal that is there is not made again, and stays as it is";
    let mut other = header();
    other.id = "fedcba9876543210".to_owned();
    let again = store.create(other, planned()).await;
    holds(promise, again.is_err(), again)?;
    let own = kept(promise, store.header().await)?;
    holds(promise, own == Some(header()), own)?;
    model.compare(store, promise).await
}

async fn has_header(store: &impl JournalStore) -> Result<(), Broken> {
    let promise = "the header comes back as it was given";
    let own = kept(promise, store.header().await)?;
    holds(promise, own == Some(header()), own)
}

/// How many of the first lines are changed.
const FEW: usize = 4;

/// The expected lines, computed by the rules.
struct Model(Vec<(Entry, Option<Vec<u8>>)>);

impl Model {
    fn of(planned: &[PlannedEntry]) -> Self {
        let lines = planned.iter().cloned();
        Self(lines.map(|line| (Entry::planned(line), None)).collect())
    }

    fn apply(&mut self, change: &Change) -> Result<(), StoreError> {
        let line = self.0.iter_mut().find(|(own, _)| own.line == change.line);
        let (entry, answer) = line.ok_or(StoreError::Conflict(change.line))?;
        let update = entry.apply(change.clone())?;
        *answer = update.after(answer.take());
        Ok(())
    }

    async fn compare(
        &self,
        store: &impl JournalStore,
        promise: &'static str,
    ) -> Result<(), Broken> {
        let entries = kept(promise, store.entries().await)?;
        let own: Vec<&Entry> = self.0.iter().map(|(entry, _)| entry).collect();
        let most = entries.len().max(own.len());
        let mut pairs = (0..most).map(|place| (entries.get(place), own.get(place).copied()));
        let differs = pairs.find(|(entry, own)| entry != own);
        holds(promise, differs.is_none(), (differs, entries.len()))?;
        // A line that was never sent has no answer; of many, a few are asked.
        let asked = self.0.iter().enumerate();
        let asked = asked.filter(|(place, (entry, _))| *place < FEW || entry.sent > 0);
        for (_, (entry, own)) in asked {
            let answer = kept(promise, store.answer(entry.line).await)?;
            holds(promise, answer == *own, (entry.line, answer))?;
        }
        Ok(())
    }
}

/// Pseudorandom changes, allowed and not; the store must follow the rules for each.
async fn walk(store: &impl JournalStore, model: &mut Model, seed: u64) -> Result<(), Broken> {
    let promise = "a change does what `Entry::apply` says";
    let mut chance = Chance(seed);
    for step in 0..120 {
        let change = chance.change(step, model);
        let expected = model.apply(&change);
        let end = store.write(change.clone()).await;
        match (&expected, &end) {
            (Ok(()), Ok(())) => {}
            (Err(StoreError::Conflict(own)), Err(StoreError::Conflict(line))) if own == line => {}
            _ => return holds(promise, false, (change, expected, end)),
        }
        if step % 10 == 9 {
            model.compare(store, promise).await?;
        }
    }
    Ok(())
}

/// Writes whose futures are dropped happen, in the order of the calls.
async fn unpolled(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let line = model.0.last().map_or(0, |(entry, _)| entry.line);
    let changes = [
        Chance::plain(line, State::Planned, State::Intent, 7_001),
        Chance::plain(line, State::Intent, State::Unknown, 7_002),
        Chance::plain(line, State::Unknown, State::Intent, 7_003),
        Chance::plain(line, State::Intent, State::NotSent, 7_004),
    ];
    let promise = "a change goes on when its future is dropped, in the order of the calls";
    for change in changes {
        kept(promise, model.apply(&change))?;
        drop(store.write(change));
    }
    // A later request is answered after the earlier ones.
    let nowhere = Chance::plain(u64::from(u32::MAX), State::Planned, State::Intent, 7_005);
    let refused = store.write(nowhere).await;
    let is_refused = matches!(refused, Err(StoreError::Conflict(_)));
    holds(
        "a line that is not there cannot be changed",
        is_refused,
        refused,
    )?;
    model.compare(store, promise).await
}

/// Lines that are added one by one.
async fn adds(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let promise = "a new key is a planned line behind all others, and a known one the line it has";
    let last = model.0.last().map_or(0, |(entry, _)| entry.line);
    let own = Entry::planned(PlannedEntry {
        line: last + 1,
        key: Some("R-new".to_owned()),
        hash: Some([9; 32]),
    });
    let added = kept(promise, store.add("R-new".to_owned(), own.hash).await)?;
    holds(promise, added == own, &added)?;
    model.0.push((own, None));
    for (key, hash) in [("R-new", None), ("R-1", Some([1; 32])), ("R-4", None)] {
        let known = kept(promise, store.add(key.to_owned(), hash).await)?;
        let own = model
            .0
            .iter()
            .find(|(own, _)| own.key.as_deref() == Some(key));
        holds(promise, own.is_some_and(|(own, _)| *own == known), known)?;
    }
    model.compare(store, promise).await
}

/// Keys that a database may take for one another, and callers that add one at the same moment.
async fn adds_alike(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let promise = "keys are the same only if each of their characters is";
    for key in [
        "r-1",
        "R-1 ",
        " R-1",
        "R-\u{e9}",
        "R-e\u{301}",
        "R-e",
        "R-01",
    ] {
        let line = model.0.last().map_or(0, |(entry, _)| entry.line) + 1;
        let own = Entry::planned(PlannedEntry {
            line,
            key: Some(key.to_owned()),
            hash: None,
        });
        let added = kept(promise, store.add(key.to_owned(), None).await)?;
        holds(promise, added == own, &added)?;
        model.0.push((own, None));
    }
    let promise = "a key has one line, also if two callers add it at the same moment";
    let add = || store.add("R-twice".to_owned(), Some([3; 32]));
    let (one, other) = (add(), add());
    let (one, other) = (kept(promise, one.await)?, kept(promise, other.await)?);
    holds(promise, one == other, (&one, &other))?;
    model.0.push((one, None));
    model.compare(store, promise).await
}

/// Two callers that want the same of a line at the same moment: to send it, for example.
async fn equal_changes(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let promise = "of two equal changes the first is made, and the second is refused";
    let line = model.0.last().map_or(0, |(entry, _)| entry.line);
    let intent = Chance::plain(line, State::Planned, State::Intent, 7_007);
    let end = Chance::plain(line, State::Intent, State::Unknown, 7_008);
    for change in [&intent, &end] {
        kept(promise, model.apply(change))?;
    }
    let refused = |second: Result<(), StoreError>| {
        let is_refused = matches!(second, Err(StoreError::Conflict(own)) if own == line);
        holds(promise, is_refused, second)
    };
    let [first, second] = [&intent, &intent].map(|own| store.write(own.clone()));
    kept(promise, first.await)?;
    refused(second.await)?;
    // A refused one changes nothing for those behind it.
    let [third, last] = [&intent, &end].map(|own| store.write(own.clone()));
    refused(third.await)?;
    kept(promise, last.await)?;
    model.compare(store, promise).await
}

/// Reports and answers of any length.
async fn texts(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let promise = "texts and answers come back as they were given, the long and the empty too";
    let line = model.0.last().map_or(0, |(entry, _)| entry.line);
    let long: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let report = "\u{4f1a}\u{1f600} ".repeat(20_000);
    for (report, answer) in [(report, long), (String::new(), Vec::new())] {
        let change = Change {
            report: Some(report),
            answer: Some(answer),
            ..Chance::plain(line, State::Unknown, State::Unknown, 7_009)
        };
        kept(promise, model.apply(&change))?;
        kept(promise, store.write(change).await)?;
        let entries = kept(promise, store.entries().await)?;
        let last = entries.last().map(|own| (own.line, own.report.as_deref()));
        let own = model.0.last();
        let own = own.map(|(own, _)| (own.line, own.report.as_deref()));
        let seen = last.map(|(line, report)| (line, report.map(str::len)));
        holds(promise, last == own, seen)?;
        let answer = kept(promise, store.answer(line).await)?;
        let is_same = model.0.last().is_some_and(|(_, own)| *own == answer);
        holds(promise, is_same, answer.map(|answer| answer.len()))?;
    }
    Ok(())
}

/// Ends the calls that are under way, before the store is closed: after that nothing may end them.
async fn ends(store: &impl JournalStore, model: &mut Model) -> Result<(), Broken> {
    let promise = "a store ends the calls that it began";
    let entries = model.0.iter().map(|(entry, _)| entry);
    let under_way = entries.filter(|entry| entry.state == State::Intent);
    let lines: Vec<u64> = under_way.map(|entry| entry.line).collect();
    for line in lines {
        let end = Chance::plain(line, State::Intent, State::Unknown, 7_006);
        kept(promise, model.apply(&end))?;
        kept(promise, store.write(end).await)?;
    }
    Ok(())
}

/// A pseudorandom generator with a fixed seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.0 % bound).unwrap_or_default()
    }

    /// Rarely a final state, after which a line cannot change any more.
    fn state(&mut self) -> State {
        let index = self.below(State::ALL.len());
        let state = State::ALL.get(index).copied().unwrap_or(State::Planned);
        match state {
            State::Done | State::Rejected if self.below(8) != 0 => State::Unknown,
            state => state,
        }
    }

    fn change(&mut self, step: u64, model: &Model) -> Change {
        // Those that the list began with, and the last one.
        let index = match self.below(FEW + 1) {
            FEW => model.0.len().saturating_sub(1),
            index => index,
        };
        let found = model.0.get(index).map(|(entry, _)| entry);
        let (line, now, sent) = found.map_or((0, State::Planned, 0), |entry| {
            (entry.line, entry.state, entry.sent)
        });
        // Mostly from the line's current state, so that the change is allowed.
        let from = if self.below(8) == 0 {
            self.state()
        } else {
            now
        };
        let to = self.state();
        Change {
            report: (self.below(2) == 0).then(|| format!("report {step}\u{4f1a}\n\"'")),
            answer: (self.below(2) == 0).then(|| vec![0, 255, b'\'', b'{']),
            of_call: match self.below(4) {
                0 => Some(sent),
                1 => Some(sent.saturating_add(1)),
                _ => None,
            },
            ..Self::plain(line, from, to, 1_700_000_000_000 + step)
        }
    }

    fn plain(line: u64, from: State, to: State, at: u64) -> Change {
        Change::new(line, from, to, at)
    }
}
