//! What the hooks of a client tell its process: attempts, those that took too long, drops.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jdy::hooks::AttemptEnd;
use jdy::{CallInfo, Hooks};
use tokio::sync::Notify;

use crate::faults::PATIENCE;
use crate::heard::{Word, say};

/// Counts attempts, and keeps which calls were dropped when they may have left.
#[derive(Clone, Default)]
pub(crate) struct Ears(Arc<(Mutex<Heard>, Notify)>);

#[derive(Default)]
struct Heard {
    attempts: u64,
    dropped: HashSet<String>,
    /// When the attempts under way began.
    begun: HashMap<(String, u32), Instant>,
}

impl Ears {
    /// Ends after so many attempts; never, where no number is given.
    pub(crate) async fn attempts(&self, count: Option<u64>) {
        let Some(count) = count else {
            return pending().await;
        };
        while self.heard().attempts <= count {
            self.0.1.notified().await;
        }
    }

    pub(crate) fn heard_dropped(&self, call_id: &str) -> bool {
        self.heard().dropped.contains(call_id)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hooks for Ears {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        let mut heard = self.heard();
        heard.attempts += 1;
        let call_id = call.call_id().to_owned();
        heard.begun.insert((call_id, attempt), Instant::now());
        self.0.1.notify_one();
    }

    /// On a machine that has too much to do, an answer that nothing holds up may come too late.
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let attempt = (call.call_id().to_owned(), end.attempt);
        let begun = self.heard().begun.remove(&attempt);
        let is_late = begun.is_some_and(|begun| begun.elapsed() >= PATIENCE);
        if let Some(key) = call.key().filter(|_| is_late) {
            say(&Word::Late(key.value.clone()));
        }
    }

    fn write_abandoned(&self, call: &CallInfo, _: u32) {
        self.heard().dropped.insert(call.call_id().to_owned());
    }
}
