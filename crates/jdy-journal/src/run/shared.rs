//! A run over a list that other processes work on as well.
//!
//! Owns what a worker does when it has no line: it waits for the others, takes up what falls free,
//! looks unknown lines up if no other one does, and ends when all do. Must not know how claims and
//! leases are kept.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use jdy_runtime::Client;
use jdy_runtime::runtime::{BoxFuture, Runtime as _, TokioRuntime};

use super::named::{pairs, resolvable, todo, without_done};
use super::reconciling::{Pass, SECOND};
use super::{Counts, Options, Progress, RunError, Runner, Stopped, Summary, Supply, Task, Todo};
use crate::call::SeenLine;
use crate::entry::Entry;
use crate::fleet::{Claim, Fleet, LookUpProgress, Rest};
use crate::journal::Journal;
use crate::list::{Line, List};
use crate::reconcile::{Reconcile, Reconciled};
use crate::resolution::{Resolution, ResolveError};
use crate::state::State;
use crate::store::StoreError;

/// How long a worker without a line waits before it looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// How many lines are claimed at once, for each call that may be in flight: a claim costs a commit,
/// and what is claimed the others cannot take.
const CLAIMS_PER_CALL: usize = 4;

/// Where a worker gets its lines from.
pub(super) struct Claims<'a> {
    fleet: &'a dyn Fleet,
    lines: HashMap<u64, &'a Line>,
    /// Unknown lines are repeated: the calls only read.
    with_unknown: bool,
    asked: Option<BoxFuture<'static, Result<Vec<Claim>, StoreError>>>,
    /// Whether the last answer was that there are none.
    is_exhausted: bool,
    is_closed: bool,
}

impl<'a> Claims<'a> {
    pub(super) fn may_come(&self) -> bool {
        !self.is_closed && (self.asked.is_some() || !self.is_exhausted)
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
        // What is claimed meanwhile is released when the run is left.
        self.asked = None;
    }

    pub(super) fn ask(&mut self, concurrency: usize) {
        if self.asked.is_none() && self.may_come() {
            let most = concurrency.saturating_mul(CLAIMS_PER_CALL);
            self.asked = Some(self.fleet.claim(most, self.with_unknown));
        }
    }

    pub(super) async fn come(&mut self, todo: &mut Todo<'a>) -> Result<(), StoreError> {
        let Some(asked) = &mut self.asked else {
            return std::future::pending().await;
        };
        let claims = asked.await;
        self.asked = None;
        let claims = claims.inspect_err(|_| self.is_exhausted = true)?;
        self.is_exhausted = claims.is_empty();
        let tasks = claims.into_iter().filter_map(|claim| {
            let line = *self.lines.get(&claim.line)?;
            Some(Task {
                line,
                seen: SeenLine {
                    line: claim.line,
                    state: claim.state,
                    sent: None,
                },
            })
        });
        todo.extend(tasks);
        Ok(())
    }
}

/// Leaves the run, also if its future is dropped: otherwise the others would wait for it.
struct Leave<'a>(Option<&'a dyn Fleet>);

impl Leave<'_> {
    async fn now(mut self) -> Result<(), StoreError> {
        match self.0.take() {
            Some(fleet) => fleet.leave().await,
            None => Ok(()),
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if let Some(fleet) = self.0.take() {
            // The request is made by this call.
            drop(fleet.leave());
        }
    }
}

/// Makes the calls of a list together with others.
pub(super) async fn run(
    client: &Client,
    journal: &Journal,
    fleet: &dyn Fleet,
    list: &List,
    options: &Options,
    progress: &Progress,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Summary, RunError> {
    fleet.begin().await.map_err(RunError::store)?;
    let leave = Leave(Some(fleet));
    let entries = journal.entries().await.map_err(RunError::store)?;
    journal
        .check_list(list, &entries)
        .map_err(RunError::store)?;
    let (first, entries) = stated(journal, fleet, list, options, entries).await?;
    let effect = list.info().effect;
    let open = |entry: &&Entry| entry.state.is_sent_again(effect);
    let count = entries.iter().filter(open).count() + first.len();
    progress.begin(Counts::of_entries(&entries), count);
    let lines = pairs(list, &entries)?.into_iter();
    let mut supply = Supply {
        todo: first,
        shared: Some(Claims {
            fleet,
            lines: lines.map(|pair| (pair.entry.line, pair.line)).collect(),
            with_unknown: effect.is_read(),
            asked: None,
            is_exhausted: false,
            is_closed: false,
        }),
    };
    let mut runner = Runner::new(client, journal, options, progress);
    let how = options.reconcile.as_ref().filter(|_| !effect.is_read());
    let (reconciled, stopped) = runner
        .work_with_others(&mut supply, fleet, list, how, stop.as_mut())
        .await;
    let left = leave.now().await;
    if let Some(error) = runner.failed.take().or(left.err()) {
        return Err(RunError::Store {
            error,
            unrecorded: std::mem::take(&mut runner.unrecorded),
        });
    }
    let entries = journal.entries().await.map_err(RunError::store)?;
    let counts = Counts::of_entries(&entries);
    progress.set(counts);
    Ok(Summary {
        counts,
        entries,
        made: runner.made,
        stopped,
        reconciled,
    })
}

/// Carries out what a person states, unless another worker of this run has done so. Returns the
/// lines that are to be sent again, and all lines as they are then.
async fn stated<'a>(
    journal: &Journal,
    fleet: &dyn Fleet,
    list: &'a List,
    options: &Options,
    entries: Vec<Entry>,
) -> Result<(Todo<'a>, Vec<Entry>), RunError> {
    // What is not valid may have been carried out, and that is seen only from within the run.
    let named_lines = match resolvable(journal, list, &entries, options) {
        Ok(_) => Vec::new(),
        Err(_) => fleet.named().await.map_err(RunError::store)?,
    };
    let own = without_done(options, list, &entries, &named_lines)?;
    let found = resolvable(journal, list, &entries, &own)?;
    let again = named(list, &entries, &own.resend)?;
    if found.is_empty() {
        return Ok((again, entries));
    }
    resolve(journal, &found).await?;
    let entries = journal.entries().await.map_err(RunError::store)?;
    Ok((again, entries))
}

/// Stores manual resolutions. One that another worker has stored meanwhile is passed over.
async fn resolve(journal: &Journal, found: &[(&Entry, &Resolution)]) -> Result<(), RunError> {
    for (entry, resolution) in found {
        let resolved = journal.resolve(entry, resolution.resolved_as, &resolution.by);
        match resolved.await {
            Ok(()) => {}
            Err(error @ ResolveError::Store(StoreError::Conflict(_))) => {
                let is_stored = is_stored_by_another(journal, resolution, entry.line);
                if !is_stored.await.map_err(RunError::store)? {
                    return Err(RunError::resolving(error));
                }
            }
            Err(error) => return Err(RunError::resolving(error)),
        }
    }
    Ok(())
}

/// Whether another worker has carried out the same statement about this line, so that it is in another
/// state than it was seen in. Otherwise something else has happened to it, of which the statement
/// says nothing.
async fn is_stored_by_another(
    journal: &Journal,
    resolution: &Resolution,
    line: u64,
) -> Result<bool, StoreError> {
    let entries = journal.entries().await?;
    let mut now = entries.iter().filter(|now| now.line == line);
    Ok(now.any(|now| resolution.was_stated_of(now)))
}

/// The lines that are sent again because they were named.
fn named<'a>(list: &'a List, entries: &[Entry], names: &[String]) -> Result<Todo<'a>, RunError> {
    if names.is_empty() {
        return Ok(Todo::new());
    }
    let mut tasks = todo(list, entries, names)?;
    // The others come by claims, and so do all of a list that only reads.
    let is_write = !list.info().effect.is_read();
    tasks.retain(|task| is_write && task.seen.state == State::Unknown);
    Ok(tasks)
}

impl<'a> Runner<'a> {
    /// Works on the list until it has ended for all who work on it.
    async fn work_with_others(
        &mut self,
        supply: &mut Supply<'a>,
        fleet: &'a dyn Fleet,
        list: &'a List,
        how: Option<&Reconcile>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> (Option<Reconciled>, Option<Stopped>) {
        let mut found = None;
        loop {
            let stopped = self.work(supply, stop.as_mut()).await;
            if stopped.is_some() || self.failed.is_some() {
                return (found, stopped);
            }
            let next = match fleet.rest().await {
                Ok(Rest::Claimable) => Next::Claim,
                Ok(Rest::Working) => Next::Wait(PAUSE),
                Ok(Rest::Ended(others)) => {
                    let next = match (how, others) {
                        (Some(how), None) => {
                            self.reconcile_shared(fleet, list, how, &mut found, stop.as_mut())
                                .await
                        }
                        (how, others) => {
                            found = found.or(others.filter(|_| how.is_some()));
                            Ok(Next::End(None))
                        }
                    };
                    next.unwrap_or_else(|error| {
                        self.failed = Some(error);
                        Next::End(None)
                    })
                }
                Err(error) => {
                    self.failed = Some(error);
                    Next::End(None)
                }
            };
            let pause = match next {
                Next::End(stopped) => return (found, stopped),
                Next::Claim => None,
                Next::Wait(pause) => Some(TokioRuntime.sleep(pause)),
                // The client's clock has measured it.
                Next::LookUpAgain(wait) => Some(self.client.runtime().sleep(wait)),
            };
            if let Some(shared) = &mut supply.shared {
                shared.is_exhausted = pause.is_some();
            }
            let Some(pause) = pause else { continue };
            tokio::select! {
                biased;
                () = stop.as_mut() => return (found, Some(Stopped::Interrupted)),
                () = pause => {}
            }
        }
    }

    /// Looks all unknown lines up once, if no other worker does. Those that are absent are free for
    /// whoever claims them.
    async fn reconcile_shared(
        &mut self,
        fleet: &'a dyn Fleet,
        list: &'a List,
        how: &Reconcile,
        found: &mut Option<Reconciled>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Next, StoreError> {
        let Some(before) = fleet.take_role().await? else {
            return Ok(Next::Wait(PAUSE));
        };
        let (absent_before, own) = (before.absent, found.insert(before.found.clone()));
        let pass = match self.pass(list, how, before, own, stop.as_mut()).await {
            Ok(pass) => pass,
            // It is left with the run.
            Err(stopped) => return Ok(Next::End(stopped)),
        };
        if absent_before > 0 || !pass.absent.is_empty() {
            self.progress.more(pass.absent.len());
            // One that is sent again may be unknown again.
            own.again();
            fleet.give_role(own.clone(), false).await?;
            return Ok(Next::Claim);
        }
        if let Some(wait) = self.wait_of(&pass, own).filter(|_| how.wait) {
            // The role is kept meanwhile, and taken again by the one that has it.
            let mut found = own.clone();
            found.again();
            let next = LookUpProgress {
                found,
                ..LookUpProgress::default()
            };
            fleet.keep_progress(next).await?;
            return Ok(Next::LookUpAgain(wait.saturating_add(SECOND)));
        }
        fleet.give_role(own.clone(), true).await?;
        Ok(Next::Wait(Duration::from_millis(1)))
    }

    /// How long until a line can be decided for which it is too early now. Of the lines that an
    /// earlier reconciler looked up, only the moment is known at which all of them can be decided.
    fn wait_of(&self, pass: &Pass<'_>, found: &Reconciled) -> Option<Duration> {
        pass.wait.or_else(|| {
            let at = found.ask_again_at?;
            Some(
                at.duration_since(self.client.gateway_time())
                    .unwrap_or_default(),
            )
        })
    }
}

/// What a worker without a line does next.
enum Next {
    End(Option<Stopped>),
    Claim,
    Wait(Duration),
    LookUpAgain(Duration),
}
