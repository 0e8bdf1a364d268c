//! The calls per minute of each account set, and the nonces that were seen.
//!
//! Owns the counters and their bounds. Must not know what a call does.
//! Must not use: `crate::account`, `crate::fault`, `crate::product`, `tokio`.

use std::collections::{HashMap, HashSet};

use crate::answer::Refusal;

const MINUTE_MILLIS: i64 = 60_000;
/// How many windows, and how many nonces, are remembered before the memory is cleared.
const MAX_REMEMBERED: usize = 10_000;

/// How many calls of each class an account set may make in a minute; `None` without a limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) calls: Option<u32>,
    pub(crate) token_calls: Option<u32>,
}

/// The classes of calls, each with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CallClass {
    Business,
    Token,
}

/// Counts calls against [`Limits`].
#[derive(Debug, Default)]
pub(crate) struct Quota {
    limits: Limits,
    /// When the minute of a caller began, and how many calls it has had.
    windows: HashMap<(CallClass, String), (i64, u32)>,
}

impl Quota {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            windows: HashMap::new(),
        }
    }

    /// Counts a call, or refuses it. A minute begins with the first call after the last one ended.
    pub(crate) fn count(
        &mut self,
        class: CallClass,
        caller: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let limit = match class {
            CallClass::Business => self.limits.calls,
            CallClass::Token => self.limits.token_calls,
        };
        let Some(limit) = limit else { return Ok(()) };
        if self.windows.len() >= MAX_REMEMBERED {
            self.windows.clear();
        }
        let window = self
            .windows
            .entry((class, caller.to_owned()))
            .or_insert((now, 0));
        // A clock that was set back ends a minute too, or it would last until that time comes again.
        if !(0..MINUTE_MILLIS).contains(&now.saturating_sub(window.0)) {
            *window = (now, 0);
        }
        if window.1 >= limit {
            let reason = format!("more than {limit} calls of this account set within a minute");
            return Err(Refusal::TooMany { reason });
        }
        window.1 += 1;
        Ok(())
    }
}

/// Counts nonces that come again. They are not refused: whether the real gateway does is unknown.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: HashSet<String>,
    replayed: u64,
}

impl Nonces {
    pub(crate) fn note(&mut self, nonce: &str) {
        if self.seen.len() >= MAX_REMEMBERED {
            self.seen.clear();
        }
        if !self.seen.insert(nonce.to_owned()) {
            self.replayed += 1;
        }
    }

    pub(crate) fn replayed(&self) -> u64 {
        self.replayed
    }
}
