//! The run over a list: which lines are sent, how many at once, how fast, and when it stops.
//!
//! Owns the order of the run and its counting. It must not know what a call is made of, nor how
//! its end is written down.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Call, Client};
use jdy_wire::Json;
use tokio::task::{JoinError, JoinSet};

use crate::call::{Unwritten, logged};
use crate::journal::Journal;
use crate::list::{Line, List, Problem};
use crate::settle::Word;
use crate::state::State;
use crate::store::{Change, Entry, StoreError};

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
    progress.begin(Counts::of_entries(&entries), todo.len());
    let mut crew = Crew {
        client,
        journal,
        options,
        progress,
        flights: JoinSet::new(),
        made: 0,
        not_sent_in_a_row: 0,
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

type Todo<'a> = Vec<(&'a Line, State)>;

/// The lines to send, each with where it stands.
fn todo<'a>(list: &'a List, entries: &[Entry], resend: &[String]) -> Result<Todo<'a>, RunError> {
    let states: HashMap<u64, State> = entries
        .iter()
        .map(|entry| (entry.line, entry.state))
        .collect();
    let mut named: HashSet<&str> = resend.iter().map(String::as_str).collect();
    let (mut todo, mut problems) = (Vec::new(), Vec::new());
    for line in list.lines() {
        let Some(state) = states.get(&line.number).copied() else {
            let why = format!("line {} is not in it", line.number);
            return Err(RunError::store(StoreError::NotAJournal(why)));
        };
        // Without any name there is nothing to compare, and a name is made for each.
        let is_named = !named.is_empty() && named.remove(line.name().as_str());
        if is_named && state != State::Unknown {
            problems.push(Problem {
                line: Some(line.number),
                what: format!(
                    "{:?} is {state}; only a line that is unknown is sent again",
                    line.name()
                ),
            });
        }
        if is_named || state.is_sent_again(list.facts().effect) {
            todo.push((line, state));
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
    let states: HashMap<u64, State> = entries
        .iter()
        .map(|entry| (entry.line, entry.state))
        .collect();
    let lines: HashMap<String, u64> = list
        .lines()
        .iter()
        .map(|line| (line.name(), line.number))
        .collect();
    let mut named: HashSet<&str> = options.resend.iter().map(String::as_str).collect();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for word in &options.settle {
        let line = lines.get(&word.name).copied();
        let state = line.and_then(|line| states.get(&line).copied());
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

type Landed = Result<State, Unwritten>;

/// The calls under way.
struct Crew<'a> {
    client: &'a Client,
    journal: &'a Journal,
    options: &'a Options,
    progress: &'a Progress,
    flights: JoinSet<Landed>,
    made: u64,
    not_sent_in_a_row: usize,
    failed: Option<StoreError>,
    unrecorded: Vec<Change>,
}

impl Crew<'_> {
    async fn work(&mut self, todo: Todo<'_>, stop: impl Future<Output = ()>) -> Option<Stopped> {
        let mut stop = pin!(stop);
        let mut pace = Pace::new(self.options);
        let mut todo = todo.into_iter();
        let mut next = todo.next();
        let mut stopped = None;
        loop {
            if self.failed.is_some() {
                next = None;
            } else if next.is_some() && self.nothing_gets_through() {
                stopped = Some(Stopped::NothingGetsThrough);
                next = None;
            }
            let has_room = self.flights.len() < self.options.concurrency.get();
            let wait = pace.wait(TokioRuntime.monotonic());
            if has_room
                && wait.is_none()
                && let Some((line, state)) = next
            {
                pace.begin(TokioRuntime.monotonic());
                self.launch(line, state);
                next = todo.next();
                continue;
            }
            if self.flights.is_empty() && next.is_none() {
                return stopped;
            }
            tokio::select! {
                biased;
                () = &mut stop, if next.is_some() => {
                    stopped = Some(Stopped::Told);
                    next = None;
                }
                Some(landed) = self.flights.join_next() => self.land(landed),
                () = TokioRuntime.sleep(wait.unwrap_or_default()),
                    if has_room && next.is_some() && wait.is_some() => {}
            }
        }
    }

    fn launch(&mut self, line: &Line, from: State) {
        let mut call: Call<Json> = self.client.send(line.request.clone());
        call = call.call_id(self.journal.call_id(line.number));
        // The limit is our own: a line that waits for it is late, and has not failed.
        call = call.wait_for_limits();
        if let Some(deadline) = self.options.deadline {
            call = call.deadline(deadline);
        }
        if let Some(account) = &self.options.account {
            call = call.account(account);
        }
        let (book, number) = (self.journal.book().clone(), line.number);
        self.flights.spawn(async move {
            let ended = logged(book, number, from, call).await?;
            Ok(ended.state)
        });
        self.made += 1;
        self.progress.go(from, State::Intent);
    }

    fn land(&mut self, landed: Result<Landed, JoinError>) {
        // A call that was dropped in mid-air has written `unknown`.
        let state = match landed.unwrap_or(Ok(State::Unknown)) {
            Ok(state) => state,
            Err(Unwritten::Intent(error)) => {
                self.failed = Some(error);
                State::NotSent
            }
            Err(Unwritten::End(error, end)) => {
                self.failed = Some(error);
                let state = end.to;
                self.unrecorded.push(*end);
                state
            }
        };
        self.not_sent_in_a_row = match state {
            State::NotSent => self.not_sent_in_a_row + 1,
            _ => 0,
        };
        self.progress.end(state);
    }

    /// Whether the gateway, the network or the credentials are such that going on would only
    /// make more lines wait for a later run.
    fn nothing_gets_through(&self) -> bool {
        const LEAST: usize = 20;
        self.not_sent_in_a_row >= LEAST.max(3 * self.options.concurrency.get())
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
