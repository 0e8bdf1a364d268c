//! The run over a list: which lines are sent, how many at once, how fast, and when it stops.
//!
//! Owns the order of the run and its counting. It must not know what a call is made of, nor how
//! its end is written down.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Call, Client};
use jdy_wire::Json;
use tokio::task::{JoinError, JoinSet};

use crate::call::{HeldBy, Unwritten, logged};
use crate::entry::{Change, Entry};
use crate::journal::Journal;
use crate::list::{Line, List, Problem};
use crate::settle::Word;
use crate::state::State;
use crate::store::StoreError;

/// How long a line waits that our own limit had no place for, before it asks again.
const HELD: Duration = Duration::from_secs(1);

/// How a list is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many calls are under way at once. Default: 8.
    pub concurrency: NonZeroUsize,
    /// How many lines are begun a minute, evenly; give the client's own limit, so that few
    /// are under way and wait for a place; the deadline does not count such a wait. `None`, the default, is as many as can be.
    pub per_minute: Option<u32>,
    /// How long each call may take; the client's default unless set.
    pub deadline: Option<Duration>,
    /// The account set; the client's default one unless set.
    pub account: Option<String>,
    /// The names ([`Line::name`]) of unknown lines that are sent again, by the word of someone
    /// who has looked them up.
    pub resend: Vec<String>,
    /// What became of unknown or applied lines, by the word of someone who has looked them up. It
    /// is written down before the first call leaves, and those that are absent are sent.
    pub settle: Vec<Word>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            per_minute: None,
            deadline: None,
            account: None,
            resend: Vec::new(),
            settle: Vec::new(),
        }
    }
}

/// How many lines stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; State::ALL.len()]);

impl Counts {
    /// How many lines stand there.
    pub fn of(&self, state: State) -> u64 {
        self.0.get(state.index()).copied().unwrap_or_default()
    }

    /// All lines.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn of_entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            if let Some(count) = counts.0.get_mut(entry.state.index()) {
                *count += 1;
            }
        }
        counts
    }
}

/// How far a run is, for others to look at while it goes on.
#[derive(Debug, Default)]
pub struct Progress {
    counts: [AtomicU64; State::ALL.len()],
    ended: AtomicU64,
    to_send: AtomicU64,
    held_back: AtomicU64,
}

impl Progress {
    /// Where all lines of the list stand, those of former runs included.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (count, shared) in counts.0.iter_mut().zip(&self.counts) {
            *count = shared.load(Ordering::Relaxed);
        }
        counts
    }

    /// How many calls of this run have ended.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// How many calls this run has to make.
    pub fn to_send(&self) -> u64 {
        self.to_send.load(Ordering::Relaxed)
    }

    /// How many times the client's own limit ([`Limits`](jdy_runtime::Limits)) had no place for a
    /// call. Its line waits and is sent in this run.
    pub fn held_back(&self) -> u64 {
        self.held_back.load(Ordering::Relaxed)
    }

    fn begin(&self, counts: Counts, to_send: usize) {
        for (shared, count) in self.counts.iter().zip(counts.0) {
            shared.store(count, Ordering::Relaxed);
        }
        self.to_send.store(to_send as u64, Ordering::Relaxed);
    }

    fn go(&self, from: State, to: State) {
        if let (Some(from), Some(to)) = (self.counts.get(from.index()), self.counts.get(to.index()))
        {
            // First there, so that no line is missing in between.
            to.fetch_add(1, Ordering::Relaxed);
            from.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn end(&self, to: State) {
        self.go(State::Intent, to);
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why a run ended before its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// It was told to.
    Told,
    /// So many lines in a row were not sent that the others would not be either.
    NothingGetsThrough,
    /// The gateway, or whoever checks token and secret, refused some lines in a row: a setting is
    /// wrong.
    /// They are sent by the next run.
    RefusedByGateway,
}

/// How a list stands at the end of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Every line, by its number, those of former runs included.
    pub entries: Vec<Entry>,
    /// How many stand where.
    pub counts: Counts,
    /// How many calls this run made.
    pub made: u64,
    /// Why it ended early, where it did.
    pub stopped: Option<Stopped>,
}

/// Why there is no summary.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// Lines that were named, to be sent again or settled, do not stand where that makes sense.
    /// Nothing was sent or settled.
    Named(Vec<Problem>),
    /// The journal failed; no further call was made, and those under way were waited for.
    Store {
        /// What the store said.
        error: StoreError,
        /// The ends of calls that it could not be told, with the bodies of their answers: of these
        /// lines it will say `unknown`, and only this says more.
        unrecorded: Vec<Change>,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    write!(f, "{}{problem}", if index > 0 { "; " } else { "" })?;
                }
                f.write_str("; nothing was sent")
            }
            Self::Store { error, .. } => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Named(_) => None,
            Self::Store { error, .. } => Some(error),
        }
    }
}

/// Makes the calls of a list that are still to be made. When `stop` ends, no further line is
/// begun, and those under way are waited for. Needs a tokio runtime.
///
/// The journal must be the list's own ([`Journal::of_list`]).
///
/// # Errors
/// The journal fails, or a line that is named, to be sent again or settled, does not stand where
/// that makes sense.
pub async fn run(
    client: &Client,
    journal: &Journal,
    list: &List,
    options: &Options,
    progress: &Progress,
    stop: impl Future<Output = ()>,
) -> Result<Summary, RunError> {
    let mut entries = journal.entries().await.map_err(RunError::store)?;
    if !options.settle.is_empty() {
        settle(journal, list, &entries, options).await?;
        entries = journal.entries().await.map_err(RunError::store)?;
    }
    let todo = todo(list, &entries, &options.resend)?;
    // Every name makes sense, so from here on the journal may be changed.
    journal.recover().await.map_err(RunError::store)?;
    progress.begin(Counts::of_entries(&entries), todo.len());
    let mut crew = Crew {
        client,
        journal,
        options,
        progress,
        flights: JoinSet::new(),
        under_way: HashMap::new(),
        made: 0,
        not_sent_in_a_row: 0,
        refused_in_a_row: 0,
        held_until: Duration::ZERO,
        failed: None,
        unrecorded: Vec::new(),
    };
    let stopped = crew.work(todo, stop).await;
    if let Some(error) = crew.failed {
        return Err(RunError::Store {
            error,
            unrecorded: crew.unrecorded,
        });
    }
    let made = crew.made;
    let entries = journal.entries().await.map_err(RunError::store)?;
    Ok(Summary {
        counts: Counts::of_entries(&entries),
        entries,
        made,
        stopped,
    })
}

impl RunError {
    fn store(error: StoreError) -> Self {
        Self::Store {
            error,
            unrecorded: Vec::new(),
        }
    }
}

/// A line of the list with what the journal has of it. Both are in the same order; where blank
/// lines came or went the numbers differ, and the journal's count.
struct Pair<'a> {
    line: &'a Line,
    entry: &'a Entry,
}

impl Pair<'_> {
    fn name(&self) -> String {
        let key = self.line.key().map(str::to_owned);
        key.unwrap_or_else(|| self.entry.line.to_string())
    }
}

fn pairs<'a>(list: &'a List, entries: &'a [Entry]) -> Result<Vec<Pair<'a>>, RunError> {
    let (own, kept) = (list.lines().len(), entries.len());
    if own != kept {
        let why = format!("it has {kept} lines, and the list {own}");
        return Err(RunError::store(StoreError::NotAJournal(why)));
    }
    let pairs = list.lines().iter().zip(entries);
    Ok(pairs.map(|(line, entry)| Pair { line, entry }).collect())
}

/// A line to send.
struct Task<'a> {
    line: &'a Line,
    /// Its number in the journal.
    number: u64,
    /// Where it stands.
    from: State,
}

type Todo<'a> = VecDeque<Task<'a>>;

/// The lines to send.
fn todo<'a>(list: &'a List, entries: &[Entry], resend: &[String]) -> Result<Todo<'a>, RunError> {
    let mut named: HashSet<&str> = resend.iter().map(String::as_str).collect();
    let (mut todo, mut problems) = (VecDeque::new(), Vec::new());
    for (line, pair) in list.lines().iter().zip(pairs(list, entries)?) {
        let (number, from) = (pair.entry.line, pair.entry.state);
        // Without any name there is nothing to compare, and a name is made for each.
        let is_named = !named.is_empty() && named.remove(pair.name().as_str());
        if is_named && from != State::Unknown {
            problems.push(Problem {
                line: Some(number),
                what: format!(
                    "{:?} is {from}; only a line that is unknown is sent again",
                    pair.name()
                ),
            });
        }
        if is_named || from.is_sent_again(list.info().effect) {
            todo.push_back(Task { line, number, from });
        }
    }
    let mut strangers: Vec<&str> = named.into_iter().collect();
    strangers.sort_unstable();
    problems.extend(strangers.into_iter().map(|name| Problem {
        line: None,
        what: format!("no line of the list is called {name:?}"),
    }));
    if problems.is_empty() {
        Ok(todo)
    } else {
        Err(RunError::Named(problems))
    }
}

/// Writes down what a person has found, when all of it makes sense.
async fn settle(
    journal: &Journal,
    list: &List,
    entries: &[Entry],
    options: &Options,
) -> Result<(), RunError> {
    // Before anything is written, also what is to be sent again must make sense.
    todo(list, entries, &options.resend)?;
    let lines: HashMap<String, &Entry> = pairs(list, entries)?
        .into_iter()
        .map(|pair| (pair.name(), pair.entry))
        .collect();
    let mut named: HashSet<&str> = options.resend.iter().map(String::as_str).collect();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for word in &options.settle {
        let entry = lines.get(&word.name);
        let (line, state) = (
            entry.map(|entry| entry.line),
            entry.map(|entry| entry.state),
        );
        let what = match (line, state) {
            _ if !named.insert(&word.name) => format!("{:?} is named twice", word.name),
            (Some(line), Some(state)) if word.fate.settles(state) => {
                found.push((line, word));
                continue;
            }
            (_, Some(State::Applied)) => format!(
                "{:?} is applied: it took effect, and can but be settled as applied",
                word.name
            ),
            (_, Some(state)) => format!(
                "{:?} is {state}; only a line that is unknown or applied is settled",
                word.name
            ),
            (_, None) => format!("no line of the list is called {:?}", word.name),
        };
        problems.push(Problem { line, what });
    }
    if !problems.is_empty() {
        return Err(RunError::Named(problems));
    }
    for (line, word) in found {
        let settled = journal.settle(line, word.fate, &word.by).await;
        settled.map_err(RunError::store)?;
    }
    Ok(())
}

/// A call that has ended: its line, where that stands, and what held it back.
struct Landed<'a> {
    task: Option<Task<'a>>,
    state: State,
    held: Option<HeldBy>,
}

type Flight = (u64, Result<(State, Option<HeldBy>), Unwritten>);

/// The calls under way.
struct Crew<'a> {
    client: &'a Client,
    journal: &'a Journal,
    options: &'a Options,
    progress: &'a Progress,
    flights: JoinSet<Flight>,
    under_way: HashMap<u64, Task<'a>>,
    made: u64,
    not_sent_in_a_row: usize,
    refused_in_a_row: usize,
    /// When our own limit is asked for a place again.
    held_until: Duration,
    failed: Option<StoreError>,
    unrecorded: Vec<Change>,
}

impl<'a> Crew<'a> {
    async fn work(
        &mut self,
        mut todo: Todo<'a>,
        stop: impl Future<Output = ()>,
    ) -> Option<Stopped> {
        let mut stop = pin!(stop);
        let mut pace = Pace::new(self.options);
        let mut stopped = None;
        loop {
            if self.failed.is_some() {
                todo.clear();
            } else if !todo.is_empty()
                && let Some(why) = self.nothing_gets_through()
            {
                stopped = Some(why);
            }
            if stopped.is_some() {
                todo.clear();
            }
            let has_room = self.flights.len() < self.options.concurrency.get();
            let wait = self.wait(&pace);
            if has_room
                && wait.is_none()
                && let Some(task) = todo.pop_front()
            {
                pace.begin(TokioRuntime.monotonic());
                self.launch(task);
                continue;
            }
            if self.flights.is_empty() && todo.is_empty() {
                return stopped;
            }
            tokio::select! {
                biased;
                () = &mut stop, if stopped.is_none() => stopped = Some(Stopped::Told),
                Some(ended) = self.flights.join_next() => {
                    if let Some(again) = self.land(ended) {
                        todo.push_front(again);
                    }
                }
                () = TokioRuntime.sleep(wait.unwrap_or_default()),
                    if has_room && !todo.is_empty() && wait.is_some() => {}
            }
        }
    }

    /// How long the next line has to wait.
    fn wait(&self, pace: &Pace) -> Option<Duration> {
        let now = TokioRuntime.monotonic();
        let held = self.held_until.saturating_sub(now);
        pace.wait(now).max((!held.is_zero()).then_some(held))
    }

    fn launch(&mut self, task: Task<'a>) {
        let mut call: Call<Json> = self.client.send(task.line.request.clone());
        call = call.call_id(self.journal.call_id(task.number));
        if let Some(deadline) = self.options.deadline {
            call = call.deadline(deadline);
        }
        if let Some(account) = &self.options.account {
            call = call.account(account);
        }
        let (book, number, from) = (self.journal.book().clone(), task.number, task.from);
        self.flights.spawn(async move {
            let ended = logged(book, number, from, call).await;
            let ended = ended.map(|ended| {
                let held = ended.end.as_ref().err().and_then(HeldBy::of);
                (ended.state, held)
            });
            (number, ended)
        });
        self.made += 1;
        self.progress.go(from, State::Intent);
        self.under_way.insert(number, task);
    }

    /// Takes note of a call that has ended; gives back a line that our own limit held back.
    fn land(&mut self, ended: Result<Flight, JoinError>) -> Option<Task<'a>> {
        let landed = self.landed(ended);
        if landed.held == Some(HeldBy::OwnLimit)
            && let Some(task) = landed.task
        {
            self.held_until = TokioRuntime.monotonic() + HELD;
            self.made = self.made.saturating_sub(1);
            self.progress.go(State::Intent, landed.state);
            self.progress.held_back.fetch_add(1, Ordering::Relaxed);
            // One that is in doubt is sent again by a person's word alone, which was given.
            return Some(Task {
                from: landed.state,
                ..task
            });
        }
        let count = |before: usize, more: bool| if more { before + 1 } else { 0 };
        self.not_sent_in_a_row = count(self.not_sent_in_a_row, landed.state == State::NotSent);
        let is_refused = landed.held == Some(HeldBy::Gateway);
        self.refused_in_a_row = count(self.refused_in_a_row, is_refused);
        self.progress.end(landed.state);
        None
    }

    fn landed(&mut self, ended: Result<Flight, JoinError>) -> Landed<'a> {
        // A call that was dropped in mid-air has written `unknown`.
        let Ok((number, ended)) = ended else {
            return Landed {
                task: None,
                state: State::Unknown,
                held: None,
            };
        };
        let (state, held) = match ended {
            Ok(ended) => ended,
            Err(Unwritten::Intent(error)) => {
                self.failed = Some(error);
                (State::NotSent, None)
            }
            Err(Unwritten::End(error, end)) => {
                self.failed = Some(error);
                let state = end.to;
                self.unrecorded.push(*end);
                (state, None)
            }
        };
        Landed {
            task: self.under_way.remove(&number),
            state,
            held,
        }
    }

    /// Whether the gateway, the network or the credentials are such that going on would only
    /// make more lines wait for a later run.
    fn nothing_gets_through(&self) -> Option<Stopped> {
        const LEAST: usize = 20;
        const REFUSED: usize = 3;
        if self.refused_in_a_row >= REFUSED {
            return Some(Stopped::RefusedByGateway);
        }
        let is_so = self.not_sent_in_a_row >= LEAST.max(3 * self.options.concurrency.get());
        is_so.then_some(Stopped::NothingGetsThrough)
    }
}

/// Lets lines begin evenly; at first and after a pause a few at once, as far as they may be under
/// way together.
struct Pace {
    gap: Duration,
    slack: Duration,
    /// When the next line would begin if they had all begun evenly.
    due: Duration,
}

impl Pace {
    fn new(options: &Options) -> Self {
        let per_minute = options.per_minute.filter(|rate| *rate > 0);
        let gap = per_minute.map_or(Duration::ZERO, |rate| Duration::from_secs(60) / rate);
        // No more than the client's limit makes up for within any call's deadline.
        let most = per_minute.unwrap_or_default() / 20;
        let ahead = u32::try_from(options.concurrency.get() - 1).unwrap_or(u32::MAX);
        Self {
            gap,
            slack: gap.saturating_mul(ahead.min(most)),
            due: Duration::ZERO,
        }
    }

    /// How long the next line has to wait.
    fn wait(&self, now: Duration) -> Option<Duration> {
        let wait = self.due.saturating_sub(self.slack).saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    fn begin(&mut self, now: Duration) {
        self.due = self.due.max(now) + self.gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_evenly_after_the_first_few() {
        let mut pace = Pace::new(&Options {
            per_minute: Some(60),
            concurrency: NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN),
            ..Options::default()
        });
        let mut now = Duration::from_secs(100);
        let mut begun = Vec::new();
        while begun.len() < 8 {
            match pace.wait(now) {
                Some(wait) => now += wait,
                None => {
                    pace.begin(now);
                    begun.push(now.as_secs() - 100);
                }
            }
        }
        assert_eq!(begun, [0, 0, 0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pace = Pace::new(&Options::default());
        pace.begin(Duration::ZERO);
        assert_eq!(pace.wait(Duration::ZERO), None);
    }
}
