//! How many lines are in each state, while a run goes on and at its end.
//!
//! Owns the counts, which others may read at any time. Must not know why a line changes its state.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::entry::Entry;
use crate::state::State;

/// How many lines are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; State::ALL.len()]);

impl Counts {
    /// How many lines are in this state.
    pub fn of(&self, state: State) -> u64 {
        self.0.get(state.index()).copied().unwrap_or_default()
    }

    /// All lines.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn of_entries<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            if let Some(count) = counts.0.get_mut(entry.state.index()) {
                *count += 1;
            }
        }
        counts
    }
}

/// The progress of a run; it can be read while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    counts: [AtomicU64; State::ALL.len()],
    ended: AtomicU64,
    to_send: AtomicU64,
    held_back: AtomicU64,
}

impl Progress {
    /// The states of all lines of the list, those of earlier runs included.
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

    /// How many times the client's own rate limiter ([`Limits`](jdy_runtime::Limits)) refused a
    /// call. Its line waits and is sent in this run.
    pub fn held_back(&self) -> u64 {
        self.held_back.load(Ordering::Relaxed)
    }

    /// The rate limiter has refused a call.
    pub(super) fn hold_back(&self) {
        self.held_back.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn begin(&self, counts: Counts, to_send: usize) {
        for (shared, count) in self.counts.iter().zip(counts.0) {
            shared.store(count, Ordering::Relaxed);
        }
        self.to_send.store(to_send as u64, Ordering::Relaxed);
    }

    /// The states of all lines at the end.
    pub(super) fn set(&self, counts: Counts) {
        for (shared, count) in self.counts.iter().zip(counts.0) {
            shared.store(count, Ordering::Relaxed);
        }
    }

    /// More calls have to be made.
    pub(super) fn more(&self, calls: usize) {
        self.to_send.fetch_add(calls as u64, Ordering::Relaxed);
    }

    pub(super) fn go(&self, from: State, to: State) {
        if let (Some(from), Some(to)) = (self.counts.get(from.index()), self.counts.get(to.index()))
        {
            // Add before subtracting, so that no line is missing in between.
            to.fetch_add(1, Ordering::Relaxed);
            // Another worker may have brought the line there.
            let less = |count: u64| Some(count.saturating_sub(1));
            let _ = from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }

    pub(super) fn end(&self, to: State) {
        self.go(State::Intent, to);
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}
