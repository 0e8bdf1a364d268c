//! The queues of those who wait for a permit.
//!
//! Owns who is next. It must not know how permits are counted.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

/// Whoever holds it gets the next permit. It is handed on in the order of asking, also when its
/// holder is dropped.
pub(super) type Turn = Arc<Mutex<()>>;

/// How many of those who wait for a shared permit ask the store at the same time. One at a time
/// would wait for the latency of the store instead of for the limit; all at once would flood it.
const MAX_CONCURRENT_REQUESTS: usize = 8;

/// Those who wait for a shared permit, in the order of asking.
#[derive(Clone)]
pub(crate) struct SharedQueue(Arc<Semaphore>);

impl SharedQueue {
    /// The turn of a caller, until it is dropped.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.0.acquire().await.ok()
    }

    /// Whether anyone has a turn or waits for one. The caller must hold the lock of the window
    /// that keeps this queue.
    pub(super) fn is_used(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Default for SharedQueue {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_CONCURRENT_REQUESTS)))
    }
}

/// Whether anyone has this turn or waits for it. The caller must hold the lock of the window that
/// keeps it.
pub(super) fn is_used(turn: &Turn) -> bool {
    Arc::strong_count(turn) > 1
}
