//! The observer of the gateways during the run: how many requests came, and which faults hit those
//! that move money.
//!
//! Owns these counts and the wait for a number of requests. Must not know what is done with them.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jdy_sandbox::RecordedRequest;

use crate::attribution::{Attribution, FiredFault};
use crate::faults::{RECHARGE, is_look_up, is_save};

/// Shared counts: clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observer(Arc<(Mutex<Counts>, Condvar)>);

#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    /// How many of them came before this part of the run.
    before: u64,
    attribution: Attribution,
    /// The faults of all requests, by name.
    faults: BTreeMap<&'static str, u64>,
    has_ended: bool,
}

impl Observer {
    /// Records a request of a client with a journal. Such a client never gives up without a token, so
    /// faults of its token calls explain nothing.
    pub(crate) fn record_journaled(&self, request: &RecordedRequest) {
        self.record_as(request, is_write(request));
    }

    /// Records a request.
    pub(crate) fn record(&self, request: &RecordedRequest) {
        // A look-up is repeated, so its faults explain nothing.
        self.record_as(request, is_write(request) || !is_look_up(&request.path));
    }

    fn record_as(&self, request: &RecordedRequest, is_cause: bool) {
        let mut counts = self.counts();
        counts.requests += 1;
        if let Some(name) = request.fault {
            *counts.faults.entry(name).or_default() += 1;
            let fault = FiredFault {
                name,
                value: request.fault_value.as_deref(),
                is_write: is_write(request),
                key: request.key.as_deref(),
            };
            if is_cause {
                counts.attribution.record_fault(fault);
            }
        }
        self.0.1.notify_all();
    }

    /// Begins another part of the run, whose requests are counted by themselves.
    pub(crate) fn begin(&self) {
        let mut counts = self.counts();
        counts.before = counts.requests;
        counts.has_ended = false;
    }

    /// Records that no further request will come.
    pub(crate) fn end(&self) {
        self.counts().has_ended = true;
        self.0.1.notify_all();
    }

    /// Waits for this number of requests in this part of the run; false if it ends before.
    pub(crate) fn wait_for(&self, requests: u64) -> bool {
        let mut counts = self.counts();
        while counts.requests - counts.before < requests && !counts.has_ended {
            let woken = self.0.1.wait(counts);
            counts = woken.unwrap_or_else(PoisonError::into_inner);
        }
        !counts.has_ended
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.counts().has_ended
    }

    pub(crate) fn requests(&self) -> u64 {
        self.counts().requests
    }

    /// The faults of the calls that were read.
    pub(crate) fn attribution(&self) -> Attribution {
        self.counts().attribution.clone()
    }

    /// How many requests with this fault were read.
    pub(crate) fn requests_with(&self, name: &str) -> u64 {
        self.counts().faults.get(name).copied().unwrap_or_default()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // No code that holds this lock can panic.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the request moves money, or saves a document. Its list has the same path.
fn is_write(request: &RecordedRequest) -> bool {
    request.path == RECHARGE || (request.method == "POST" && is_save(&request.path))
}
