//! The run over a list: which lines are sent, how many at once, how fast, and when it stops.
//!
//! Owns the order of the run and its counts. Must not know what a call consists of, nor how its
//! outcome is stored.

mod named;
mod options;
mod pacer;
mod progress;
mod reconciling;
mod shared;
mod summary;

use std::collections::{HashMap, VecDeque};
use std::pin::{Pin, pin};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Call, Client};
use jdy_wire::Json;
use tokio::task::{JoinError, JoinSet};

use self::named::{resolvable, todo};
pub use self::options::Options;
use self::pacer::Pacer;
pub use self::progress::{Counts, Progress};
pub use self::summary::{RunError, Stopped, Summary};
use crate::call::{HeldBy, SeenLine, WriteFailed, run_journaled};
use crate::entry::{Change, Entry};
use crate::journal::Journal;
use crate::list::{Line, List};
use crate::reconcile::LineEnd;
use crate::resolution::Resolution;
use crate::state::State;
use crate::store::StoreError;

/// The delay before a line that our own rate limiter refused is tried again.
const LOCAL_LIMIT_DELAY: Duration = Duration::from_secs(1);

/// Makes the calls of a list that are still to be made. When `stop` completes, no further line is
/// started, and the calls in flight are awaited. Needs a tokio runtime.
///
/// The journal must be the list's own ([`Journal::of_list`]).
///
/// # Errors
/// The journal fails, is that of another list, or has made calls for another account set, or a line
/// that is named, to be sent again or resolved, is in a state that does not allow it.
pub async fn run(
    client: &Client,
    journal: &Journal,
    list: &List,
    options: &Options,
    progress: &Progress,
    stop: impl Future<Output = ()>,
) -> Result<Summary, RunError> {
    let account = options.account.as_deref();
    let is_for = journal.all_go_here(client, account).await;
    is_for.map_err(|why| RunError::Account(Box::new(why)))?;
    if let Some(fleet) = journal.fleet() {
        return shared::run(client, journal, fleet, list, options, progress, pin!(stop)).await;
    }
    let mut entries = journal.entries().await.map_err(RunError::store)?;
    journal
        .check_list(list, &entries)
        .map_err(RunError::store)?;
    if !options.resolutions.is_empty() {
        let found = match resolvable(journal, list, &entries, options) {
            Ok(found) => found,
            Err(refused) => return Err(recovered(journal, refused).await),
        };
        resolve(journal, &found).await?;
        entries = journal.entries().await.map_err(RunError::store)?;
    }
    let todo = todo(list, &entries, &options.resend)?;
    // Every name is valid, so from here on the journal may be changed.
    journal.recover().await.map_err(RunError::store)?;
    progress.begin(Counts::of_entries(&entries), todo.len());
    let mut runner = Runner::new(client, journal, options, progress);
    let mut stop = pin!(stop);
    let mut stopped = runner.work(&mut Supply::listed(todo), stop.as_mut()).await;
    let mut reconciled = None;
    let is_write = !list.info().effect.is_read();
    if let Some(how) = options.reconcile.as_ref().filter(|_| is_write)
        && stopped.is_none()
        && runner.failed.is_none()
    {
        let found = runner.reconcile(list, how, stop.as_mut()).await;
        (reconciled, stopped) = (Some(found.0), found.1);
    }
    if let Some(error) = runner.failed {
        return Err(RunError::Store {
            error,
            unrecorded: runner.unrecorded,
        });
    }
    let made = runner.made;
    let entries = journal.entries().await.map_err(RunError::store)?;
    Ok(Summary {
        counts: Counts::of_entries(&entries),
        entries,
        made,
        stopped,
        reconciled,
    })
}

/// A line to send.
struct Task<'a> {
    line: &'a Line,
    /// How the journal shows it.
    seen: SeenLine,
}

impl<'a> Task<'a> {
    fn of(line: &'a Line, entry: &Entry) -> Self {
        Self {
            line,
            seen: SeenLine {
                line: entry.line,
                state: entry.state,
                sent: Some(entry.sent),
            },
        }
    }

    /// The same line after a call that did not leave this process.
    fn again(self, state: State) -> Self {
        let sent = self.seen.sent.map(|sent| sent.saturating_add(1));
        Self {
            seen: SeenLine {
                state,
                sent,
                ..self.seen
            },
            ..self
        }
    }
}

type Todo<'a> = VecDeque<Task<'a>>;

/// The lines that a runner has to send, and where more of them come from.
struct Supply<'a> {
    todo: Todo<'a>,
    shared: Option<shared::Claims<'a>>,
}

impl<'a> Supply<'a> {
    fn listed(todo: Todo<'a>) -> Self {
        Self { todo, shared: None }
    }

    /// Whether there are lines, or there may be some.
    fn has_more(&self) -> bool {
        let may_come = |shared: &shared::Claims<'_>| shared.may_come();
        !self.todo.is_empty() || self.shared.as_ref().is_some_and(may_come)
    }

    /// No further line is begun.
    fn close(&mut self) {
        self.todo.clear();
        if let Some(shared) = &mut self.shared {
            shared.close();
        }
    }

    /// Asks for more lines before they are needed.
    fn refill(&mut self, concurrency: usize) {
        if let Some(shared) = &mut self.shared
            && self.todo.len() < concurrency
        {
            shared.ask(concurrency);
        }
    }

    /// Waits for the lines that were asked for; for ever if none were.
    async fn claimed(&mut self) -> Result<(), StoreError> {
        match &mut self.shared {
            Some(shared) => shared.come(&mut self.todo).await,
            None => std::future::pending().await,
        }
    }
}

/// A refusal. Where it is about a line that a killed process left behind, the line is written as it
/// was found: the time that the refusal names counts from then.
async fn recovered(journal: &Journal, refused: RunError) -> RunError {
    let RunError::Named(problems) = &refused else {
        return refused;
    };
    let lines: Vec<u64> = problems.iter().filter_map(|problem| problem.line).collect();
    match journal.recover_any(&lines).await {
        Ok(()) => refused,
        Err(error) => RunError::store(error),
    }
}

/// Stores manual resolutions.
async fn resolve(journal: &Journal, found: &[(&Entry, &Resolution)]) -> Result<(), RunError> {
    for (entry, resolution) in found {
        let resolved = journal.resolve(entry, resolution.resolved_as, &resolution.by);
        resolved.await.map_err(RunError::resolving)?;
    }
    Ok(())
}

/// A finished call: its line, the state of the line, and why it was not processed.
struct Finished<'a> {
    task: Option<Task<'a>>,
    state: State,
    held: Option<HeldBy>,
    /// Whether another worker has the line, or its last call is not ended: it was not sent.
    is_others: bool,
}

type CallEnd = (u64, Result<(State, Option<HeldBy>), WriteFailed>);

/// Makes the calls of a run and counts how they end.
struct Runner<'a> {
    client: &'a Client,
    journal: &'a Journal,
    options: &'a Options,
    progress: &'a Progress,
    calls: JoinSet<CallEnd>,
    under_way: HashMap<u64, Task<'a>>,
    made: u64,
    not_sent_in_a_row: usize,
    refused_in_a_row: usize,
    /// When a line that our own rate limiter refused may be tried again.
    held_until: Duration,
    /// What a look-up has found out about a line that was sent so many times, where a later one
    /// would find the same.
    decided: HashMap<u64, (u32, LineEnd)>,
    failed: Option<StoreError>,
    unrecorded: Vec<Change>,
}

impl<'a> Runner<'a> {
    fn new(
        client: &'a Client,
        journal: &'a Journal,
        options: &'a Options,
        progress: &'a Progress,
    ) -> Self {
        Self {
            client,
            journal,
            options,
            progress,
            calls: JoinSet::new(),
            under_way: HashMap::new(),
            made: 0,
            not_sent_in_a_row: 0,
            refused_in_a_row: 0,
            held_until: Duration::ZERO,
            decided: HashMap::new(),
            failed: None,
            unrecorded: Vec::new(),
        }
    }

    /// Makes the calls until there are no more lines, or the run is to stop. Those in flight are
    /// awaited.
    async fn work(
        &mut self,
        supply: &mut Supply<'a>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<Stopped> {
        let mut pacer = Pacer::new(self.options);
        let mut stopped = None;
        loop {
            if self.failed.is_none() && stopped.is_none() && supply.has_more() {
                stopped = self.too_many_failures();
            }
            if self.failed.is_some() || stopped.is_some() {
                supply.close();
            }
            supply.refill(self.options.concurrency.get());
            let has_room = self.calls.len() < self.options.concurrency.get();
            let wait = self.wait(&pacer);
            if has_room
                && wait.is_none()
                && let Some(task) = supply.todo.pop_front()
            {
                pacer.begin(TokioRuntime.monotonic());
                self.spawn(task);
                continue;
            }
            if self.calls.is_empty() && !supply.has_more() {
                return stopped;
            }
            tokio::select! {
                biased;
                () = stop.as_mut(), if stopped.is_none() => stopped = Some(Stopped::Interrupted),
                Some(ended) = self.calls.join_next() => {
                    if let Some(again) = self.finish(ended) {
                        supply.todo.push_front(again);
                    }
                }
                claimed = supply.claimed() => {
                    if let Err(error) = claimed {
                        self.failed = Some(error);
                    }
                }
                () = TokioRuntime.sleep(wait.unwrap_or_default()),
                    if has_room && !supply.todo.is_empty() && wait.is_some() => {}
            }
        }
    }

    /// How long the next line has to wait, for its turn or for our own rate limiter.
    fn wait(&self, pacer: &Pacer) -> Option<Duration> {
        let now = TokioRuntime.monotonic();
        let held = self.held_until.saturating_sub(now);
        pacer.wait(now).max((!held.is_zero()).then_some(held))
    }

    fn spawn(&mut self, task: Task<'a>) {
        let mut call: Call<Json> = self.client.send(task.line.request.clone());
        let seen = task.seen;
        call = call.call_id(self.journal.call_id(seen.line));
        if let Some(deadline) = self.options.deadline {
            call = call.deadline(deadline);
        }
        if let Some(account) = &self.options.account {
            call = call.account(account);
        }
        let call = self.journal.for_account_set(call);
        let inner = self.journal.inner().clone();
        self.calls.spawn(async move {
            let ended = run_journaled(inner, seen, call).await;
            let ended = ended.map(|ended| {
                let held = ended.end.as_ref().err().and_then(HeldBy::of);
                (ended.state, held)
            });
            (seen.line, ended)
        });
        self.made += 1;
        self.progress.go(seen.state, State::Intent);
        self.under_way.insert(seen.line, task);
    }

    /// Counts a finished call. Returns the line if it is tried again: our own rate limiter refused
    /// it, or the lease did not certainly hold any more.
    fn finish(&mut self, ended: Result<CallEnd, JoinError>) -> Option<Task<'a>> {
        let finished = self.record(ended);
        if finished.is_others {
            // It was not sent by this worker, which learns at the end what became of it.
            self.made = self.made.saturating_sub(1);
            self.progress.go(State::Intent, finished.state);
            return None;
        }
        if matches!(finished.held, Some(HeldBy::OwnLimit | HeldBy::Lease))
            && let Some(task) = finished.task
        {
            self.held_until = TokioRuntime.monotonic() + LOCAL_LIMIT_DELAY;
            self.made = self.made.saturating_sub(1);
            self.progress.go(State::Intent, finished.state);
            if finished.held == Some(HeldBy::OwnLimit) {
                self.progress.hold_back();
            }
            // An unknown line is only sent again at the user's request, which still applies.
            return Some(task.again(finished.state));
        }
        let count = |before: usize, more: bool| if more { before + 1 } else { 0 };
        self.not_sent_in_a_row = count(self.not_sent_in_a_row, finished.state == State::NotSent);
        let is_refused = finished.held == Some(HeldBy::Gateway);
        self.refused_in_a_row = count(self.refused_in_a_row, is_refused);
        self.progress.end(finished.state);
        None
    }

    fn record(&mut self, ended: Result<CallEnd, JoinError>) -> Finished<'a> {
        // A call that was dropped while in flight has stored `unknown`.
        let Ok((number, ended)) = ended else {
            return Finished {
                task: None,
                state: State::Unknown,
                held: None,
                is_others: false,
            };
        };
        let task = self.under_way.remove(&number);
        let mut is_others = false;
        let (state, held) = match ended {
            Ok(ended) => ended,
            Err(WriteFailed::Intent(StoreError::Conflict(_))) if self.may_meet_others(number) => {
                is_others = true;
                (
                    task.as_ref().map_or(State::Planned, |task| task.seen.state),
                    None,
                )
            }
            Err(WriteFailed::Intent(error)) => {
                self.failed = Some(error);
                (State::NotSent, None)
            }
            Err(WriteFailed::End(error, end)) => {
                self.failed = Some(error);
                let state = end.to;
                self.unrecorded.push(*end);
                (state, None)
            }
        };
        Finished {
            task,
            state,
            held,
            is_others,
        }
    }

    /// Whether a line may be in another state than it was seen in: another worker has it, or the
    /// store still cannot write how its last call ended. Neither stops the other lines.
    fn may_meet_others(&self, line: u64) -> bool {
        let owed = self.journal.inner().owed();
        self.journal.fleet().is_some() || owed.iter().any(|end| end.line == line)
    }

    /// Whether the run should stop: if the gateway, the network or the credentials fail, going on
    /// would only leave more lines for a later run.
    fn too_many_failures(&self) -> Option<Stopped> {
        const MIN_NOT_SENT: usize = 20;
        const MAX_REFUSED: usize = 3;
        if self.refused_in_a_row >= MAX_REFUSED {
            return Some(Stopped::RefusedByGateway);
        }
        let limit = MIN_NOT_SENT.max(3 * self.options.concurrency.get());
        (self.not_sent_in_a_row >= limit).then_some(Stopped::TooManyFailures)
    }
}
