//! The lease of a worker, as its own process knows it.
//!
//! Owns the question whether it certainly holds, which is asked when a call is about to leave. Must
//! not know how it is renewed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::transport::SendGuard;

/// The lease of one worker. Each worker has its own; that of a fenced one never holds again.
#[derive(Debug)]
pub(super) struct Lease {
    /// The number of the worker.
    pub(super) worker: i64,
    length: Duration,
    /// When the last confirmed renewal was sent; `None` if the worker was fenced.
    renewed: Mutex<Option<Moment>>,
}

/// A point in time by both clocks: the one stops while the machine is suspended, the other can be
/// set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    monotonic: Duration,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            monotonic: TokioRuntime.monotonic(),
            wall: TokioRuntime.now(),
        }
    }

    /// The longer of what the two clocks say.
    fn elapsed(self) -> Duration {
        let now = Self::now();
        let monotonic = now.monotonic.saturating_sub(self.monotonic);
        monotonic.max(now.wall.duration_since(self.wall).unwrap_or_default())
    }
}

impl Lease {
    /// A lease whose first term began with a request that was sent at this moment.
    pub(super) fn new(worker: i64, length: Duration, sent: Moment) -> Self {
        Self {
            worker,
            length,
            renewed: Mutex::new(Some(sent)),
        }
    }

    /// It was renewed by a request that was sent at this moment: the database counts from a later
    /// one.
    pub(super) fn renewed(&self, sent: Moment) {
        if let Some(last) = &mut *self.last() {
            *last = sent;
        }
    }

    /// The worker was fenced.
    pub(super) fn end(&self) {
        *self.last() = None;
    }

    /// Whether it certainly holds, with a margin for the way of the first byte.
    pub(super) fn holds(&self) -> bool {
        let last = *self.last();
        last.is_some_and(|last| last.elapsed() < self.length - self.length / 4)
    }

    /// Whether it should be renewed.
    pub(super) fn is_due(&self) -> bool {
        self.until_due().is_zero()
    }

    /// How long until it should be renewed.
    pub(super) fn until_due(&self) -> Duration {
        let last = *self.last();
        let elapsed = last.map_or(self.length, Moment::elapsed);
        (self.length / 3).saturating_sub(elapsed)
    }

    fn last(&self) -> MutexGuard<'_, Option<Moment>> {
        // Nothing that holds this lock can panic halfway.
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines whose intents this process wrote and has not ended, with the leases they were written
/// under.
#[derive(Debug, Default)]
pub(super) struct Intents(Mutex<HashMap<u64, Arc<Lease>>>);

impl Intents {
    pub(super) fn begin(&self, line: u64, lease: &Arc<Lease>) {
        self.lines().insert(line, lease.clone());
    }

    pub(super) fn end(&self, line: u64) {
        self.lines().remove(&line);
    }

    /// The number of the worker that wrote the intent.
    pub(super) fn worker(&self, line: u64) -> Option<i64> {
        self.lines().get(&line).map(|lease| lease.worker)
    }

    pub(super) fn guard(&self, line: u64) -> Option<SendGuard> {
        let lease = self.lines().get(&line)?.clone();
        Some(Arc::new(move || lease.holds()))
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<u64, Arc<Lease>>> {
        // Nothing that holds this lock can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const LENGTH: Duration = Duration::from_secs(60);

    fn ago(monotonic: u64, wall: u64) -> Moment {
        let now = Moment::now();
        Moment {
            // The clock of a new process has not come so far; a longer time is as good.
            monotonic: now.monotonic.saturating_sub(Duration::from_secs(monotonic)),
            wall: now.wall - Duration::from_secs(wall),
        }
    }

    #[test]
    fn it_holds_until_shortly_before_its_end_and_never_after_a_fence() {
        for (wall, holds) in [(0, true), (40, true), (50, false), (3600, false)] {
            let lease = Lease::new(1, LENGTH, ago(0, wall));
            assert_eq!(lease.holds(), holds, "{wall}");
        }
        let lease = Lease::new(1, LENGTH, ago(0, 50));
        assert!(lease.is_due());
        lease.renewed(Moment::now());
        assert!(lease.holds() && !lease.is_due());
        lease.end();
        lease.renewed(Moment::now());
        assert!(!lease.holds());
    }

    #[test]
    fn a_wall_clock_that_was_set_back_is_not_believed_alone() {
        let past = Moment {
            wall: Moment::now().wall + Duration::from_secs(3600),
            ..Moment::now()
        };
        assert!(Lease::new(1, LENGTH, past).holds());
        assert!(!Lease::new(1, Duration::ZERO, past).holds());
    }

    #[test]
    fn a_line_is_guarded_by_the_lease_its_intent_was_written_under() {
        let intents = Intents::default();
        assert!(intents.guard(7).is_none());
        let old = Arc::new(Lease::new(1, LENGTH, Moment::now()));
        intents.begin(7, &old);
        let guard = intents.guard(7).unwrap();
        assert!(guard());
        old.end();
        assert!(!guard());
        assert_eq!(intents.worker(7), Some(1));
        intents.end(7);
        assert_eq!(intents.worker(7), None);
    }
}
