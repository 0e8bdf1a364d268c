//! What the gateway sees while it goes on: how many requests came, and what struck those that
//! move money.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jdy_sandbox::RecordedRequest;

use crate::causes::{Causes, Struck};
use crate::faults::{RECHARGE, RECORD};

/// Counts; its clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<(Mutex<Tally>, Condvar)>);

#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    causes: Causes,
    /// The faults of all requests, by their words.
    seen: BTreeMap<&'static str, u64>,
    ended: bool,
}

impl Watch {
    /// Is told of a request of those whose clients have journals: none of them gives up for want of
    /// a token, so that its faults explain nothing.
    pub(crate) fn note_of_journals(&self, seen: &RecordedRequest) {
        self.note_as(seen, seen.path == RECHARGE);
    }

    /// Is told of each request.
    pub(crate) fn note(&self, seen: &RecordedRequest) {
        // Who looks something up asks again, and nothing else comes of it.
        self.note_as(seen, seen.path != RECORD);
    }

    fn note_as(&self, seen: &RecordedRequest, is_cause: bool) {
        let mut tally = self.tally();
        tally.requests += 1;
        if let Some(word) = seen.fault {
            *tally.seen.entry(word).or_default() += 1;
            let struck = Struck {
                word,
                value: seen.fault_value.as_deref(),
                is_recharge: seen.path == RECHARGE,
                key: seen.key.as_deref(),
            };
            if is_cause {
                tally.causes.strike(struck);
            }
        }
        self.0.1.notify_all();
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        self.tally().ended = true;
        self.0.1.notify_all();
    }

    /// Waits for so many requests in all; false when it ends before.
    pub(crate) fn wait_for(&self, requests: u64) -> bool {
        let mut tally = self.tally();
        while tally.requests < requests && !tally.ended {
            let woken = self.0.1.wait(tally);
            tally = woken.unwrap_or_else(PoisonError::into_inner);
        }
        !tally.ended
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.tally().ended
    }

    pub(crate) fn requests(&self) -> u64 {
        self.tally().requests
    }

    /// What struck the calls that came.
    pub(crate) fn causes(&self) -> Causes {
        self.tally().causes.clone()
    }

    /// How many requests were struck by this and then seen.
    pub(crate) fn seen(&self, word: &str) -> u64 {
        self.tally().seen.get(word).copied().unwrap_or_default()
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        // Nothing that holds this lock can panic halfway.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
