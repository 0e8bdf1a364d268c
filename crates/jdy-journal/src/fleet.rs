//! A list that several processes work on at once.
//!
//! Owns what a shared store offers beside [`JournalStore`](crate::JournalStore): leases, claims, the
//! end of the list, and the role of the reconciler. Must not know how they are kept.

use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::SendGuard;

use crate::entry::{Change, Entry};
use crate::reconcile::Reconciled;
use crate::state::State;
use crate::store::StoreError;

/// What a store that is shared by several processes does, beside the work of every store.
///
/// A worker is an open store that has changed the list, or takes part in a run of it. It has a
/// number that no other worker had or will have, and a lease. When the lease ends, any other worker
/// may take what it holds: a line that it had claimed only is free again, and a line whose intent it
/// had written is unknown. Then its number is fenced: what it writes is refused. The process goes on
/// as a new worker, and an outcome that it brings for a call of the old one is kept
/// ([`LateAnswer`]).
///
/// What a change makes of a shared line, and whether this worker may make it, is
/// [`SharedLine::apply`](crate::SharedLine::apply) for every such store.
///
/// Every request is made when the method is called, not when the future is polled, in the order of
/// the calls.
pub trait Fleet: Send + Sync {
    /// All lines, an intent whose worker has ended as unknown. Writes nothing.
    fn current_entries(&self) -> BoxFuture<'static, Result<Vec<Entry>, StoreError>>;

    /// Ends the workers whose lease is over: their intents become unknown, their claims are free.
    fn reap(&self) -> BoxFuture<'static, Result<(), StoreError>>;

    /// Takes part in the run that is going on, or begins a new one if no other worker is in it.
    /// Returns its number.
    fn begin(&self) -> BoxFuture<'static, Result<u64, StoreError>>;

    /// Claims some of the next lines that this run has not sent: planned or not sent ones, and
    /// unknown ones if they are repeated anyway. None if there are none now.
    fn claim(
        &self,
        most: usize,
        with_unknown: bool,
    ) -> BoxFuture<'static, Result<Vec<Claim>, StoreError>>;

    /// Says that this worker holds nothing and finds nothing to claim, and reads what the others do.
    fn rest(&self) -> BoxFuture<'static, Result<Rest, StoreError>>;

    /// Leaves the run. Lines that were claimed and not sent are free again.
    fn leave(&self) -> BoxFuture<'static, Result<(), StoreError>>;

    /// The lines that a person named in this run, to be sent again or resolved, and with which that
    /// was done.
    fn named(&self) -> BoxFuture<'static, Result<Vec<u64>, StoreError>>;

    /// Takes the role of the run's reconciler, which one worker has at a time, and reads how far the
    /// one before has come. `None` if another has it, or if all unknown lines were looked up.
    fn take_role(&self) -> BoxFuture<'static, Result<Option<LookUpProgress>, StoreError>>;

    /// Keeps how far the reconciler has come, for the one that takes over if this one ends.
    fn keep_progress(&self, progress: LookUpProgress)
    -> BoxFuture<'static, Result<(), StoreError>>;

    /// Gives the role back, with what was found. `is_done`: nothing is left to be looked up in this
    /// run; otherwise the next reconciler begins a new pass.
    fn give_role(
        &self,
        found: Reconciled,
        is_done: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>>;

    /// Whether the lease holds under which this process wrote the intent of a line. To be asked when
    /// the call is about to leave. `None` if this process wrote none.
    fn guard(&self, line: u64) -> Option<SendGuard>;

    /// The workers of the list, the oldest first. Writes nothing.
    fn workers(&self) -> BoxFuture<'static, Result<Vec<WorkerInfo>, StoreError>>;

    /// The outcomes that came too late to be their lines' own, the oldest first. Writes nothing.
    fn late(&self) -> BoxFuture<'static, Result<Vec<LateAnswer>, StoreError>>;
}

/// How far the reconciler of a run has come in its pass over the unknown lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookUpProgress {
    /// What was found in this run.
    pub found: Reconciled,
    /// How many lines of the list this pass is through with, from the first one on.
    pub lines: u64,
    /// How many of them were absent in this pass. They are sent again, and may be unknown again.
    pub absent: u64,
}

/// A line that this worker may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its number.
    pub line: u64,
    /// Its state.
    pub state: State,
}

/// What a worker without a line learns of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Lines may be free again.
    Claimable,
    /// Others hold lines.
    Working,
    /// No worker of the run holds a line, and none is free. With what the reconciler found, if it
    /// is done.
    Ended(Option<Reconciled>),
}

/// A worker of a list. Times are milliseconds since 1970 by the database's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerInfo {
    /// Its number: greater than those of all workers that joined before.
    pub id: u64,
    /// Its host, process and a random part.
    pub name: String,
    /// When it joined.
    pub joined_at: u64,
    /// How long its lease holds; `None` if it is over.
    pub lease_left: Option<Duration>,
    /// Whether it takes part in the current run.
    pub is_running: bool,
    /// Whether it has the role of the reconciler.
    pub is_reconciler: bool,
    /// How many lines it has claimed and not sent.
    pub claimed: u64,
    /// How many of its calls are under way.
    pub under_way: u64,
    /// When it ended; `None` if it has not.
    pub ended_at: Option<u64>,
    /// Why: `left` or `lease ended`.
    pub end_reason: Option<String>,
}

/// The outcome of a call that came when its worker's lease had ended and the line had gone on
/// without it. A line that was settled as absent and not sent since has this outcome as its state, if
/// it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LateAnswer {
    /// The number of the line.
    pub line: u64,
    /// The number of the worker that made the call.
    pub worker: u64,
    /// When the outcome was known, in milliseconds since 1970.
    pub at: u64,
    /// The outcome.
    pub state: State,
    /// The message of the failure.
    pub report: Option<String>,
    /// Whether it contradicts what was decided meanwhile: the call took effect although the line was
    /// sent again or settled as absent, or it did not although the line was settled as applied.
    pub is_contradiction: bool,
}

impl WorkerInfo {
    /// A worker that joined at this time and holds nothing, without a lease. The fields say the rest.
    pub fn new(id: u64, name: impl Into<String>, joined_at: u64) -> Self {
        Self {
            id,
            name: name.into(),
            joined_at,
            lease_left: None,
            is_running: false,
            is_reconciler: false,
            claimed: 0,
            under_way: 0,
            ended_at: None,
            end_reason: None,
        }
    }
}

impl LateAnswer {
    /// The outcome that a change brought for a call of this worker, which was fenced. What it is
    /// worth, [`SharedLine::apply`](crate::SharedLine::apply) says.
    pub fn new(change: &Change, worker: u64, is_contradiction: bool) -> Self {
        Self {
            line: change.line,
            worker,
            at: change.at,
            state: change.to,
            report: change.report.clone(),
            is_contradiction,
        }
    }
}
