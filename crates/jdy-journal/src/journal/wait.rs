//! The wait of a caller for the call of another one.
//!
//! Owns how soon and how long a line is looked at again. Must not know what it waits for.

use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};

/// How soon a line is looked at again whose call another caller makes, and how long at most after
/// that.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LAST_LOOK: Duration = Duration::from_millis(500);

/// The wait for the call of another caller, within the time that the own call may take.
pub(super) struct Wait {
    begun: Duration,
    limit: Duration,
    pause: Duration,
    pub(super) has_waited: bool,
}

impl Wait {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            begun: TokioRuntime.monotonic(),
            limit,
            pause: FIRST_LOOK,
            has_waited: false,
        }
    }

    pub(super) fn left(&self) -> Duration {
        let waited = TokioRuntime.monotonic().saturating_sub(self.begun);
        self.limit.saturating_sub(waited)
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.left().is_zero()
    }

    pub(super) async fn pause(&mut self) {
        self.has_waited = true;
        TokioRuntime.sleep(self.pause.min(self.left())).await;
        self.pause = (self.pause * 2).min(LAST_LOOK);
    }
}
