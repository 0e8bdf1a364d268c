//! The hooks of a client process: attempts, attempts that timed out, and dropped writes.
//!
//! Owns the count of attempts and the call ids of dropped writes. Must not know why a call is dropped.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jdy::hooks::AttemptEnd;
use jdy::{CallInfo, Hooks};
use tokio::sync::Notify;

use crate::faults::ATTEMPT_TIMEOUT;
use crate::protocol::{Event, emit};

/// Counts attempts, and keeps the calls that were dropped after they may have been sent.
#[derive(Clone, Default)]
pub(crate) struct ProcessHooks(Arc<(Mutex<State>, Notify)>);

#[derive(Default)]
struct State {
    attempts: u64,
    dropped: HashSet<String>,
    /// When the attempts in flight started.
    started: HashMap<(String, u32), Instant>,
}

impl ProcessHooks {
    /// Completes after `count` attempts; never, without a number.
    pub(crate) async fn attempts(&self, count: Option<u64>) {
        let Some(count) = count else {
            return pending().await;
        };
        while self.state().attempts <= count {
            self.0.1.notified().await;
        }
    }

    pub(crate) fn was_dropped(&self, call_id: &str) -> bool {
        self.state().dropped.contains(call_id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hooks for ProcessHooks {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        let mut state = self.state();
        state.attempts += 1;
        let call_id = call.call_id().to_owned();
        state.started.insert((call_id, attempt), Instant::now());
        self.0.1.notify_one();
    }

    /// On an overloaded machine a response may be late without any fault.
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let attempt = (call.call_id().to_owned(), end.attempt);
        let started = self.state().started.remove(&attempt);
        let is_late = started.is_some_and(|started| started.elapsed() >= ATTEMPT_TIMEOUT);
        if let Some(key) = call.key().filter(|_| is_late) {
            emit(&Event::Late(key.value.clone()));
        }
    }

    fn write_abandoned(&self, call: &CallInfo, _: u32) {
        self.state().dropped.insert(call.call_id().to_owned());
    }
}
