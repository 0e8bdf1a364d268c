//! A write whose future is dropped while it is in flight.
//!
//! Owns the report of it. It must not know why the future was dropped.

use crate::attempt::may_have_left;
use crate::error::CallInfo;
use crate::hooks::Hooks;
use crate::telemetry;
use crate::transport::SendProgress;

/// Reports a write whose future was dropped while in flight: its outcome is unknown.
pub(super) struct AbandonedWriteGuard<'a> {
    pub(super) info: &'a CallInfo,
    pub(super) hooks: &'a dyn Hooks,
    pub(super) attempt: u32,
    pub(super) progress: SendProgress,
    pub(super) finished: bool,
}

impl Drop for AbandonedWriteGuard<'_> {
    fn drop(&mut self) {
        let is_write = !self.info.effect().is_read();
        if !self.finished && is_write && may_have_left(&self.progress) {
            telemetry::write_abandoned(self.hooks, self.info, self.attempt);
        }
    }
}
