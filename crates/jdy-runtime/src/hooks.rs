//! Notifications for the caller's program.
//!
//! Owns the events. They hold no secret, no query and no body. It must not know who listens.

use std::time::{Duration, SystemTime};

use jdy_wire::Drift;

use crate::error::{CallInfo, Error, ErrorKind};
use crate::outcome::Outcome;
use crate::token::{LimitClass, StoreError};

/// Is notified of what the client does. By default every method does nothing.
///
/// The methods are called synchronously: return quickly, and do not panic.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use jdy_runtime::hooks::{AttemptEnd, Hooks};
/// use jdy_runtime::{CallInfo, Client};
///
/// /// How many attempts failed.
/// #[derive(Clone, Default)]
/// struct Failures(Arc<AtomicU64>);
///
/// impl Hooks for Failures {
///     fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
///         if let Some((outcome, kind)) = end.failure {
///             self.0.fetch_add(1, Ordering::Relaxed);
///             eprintln!("{}: {outcome}, {kind}, {:?}", call.operation(), end.elapsed);
///         }
///     }
/// }
///
/// let failures = Failures::default();
/// let builder = Client::builder().hooks(failures.clone());
/// assert_eq!(failures.0.load(Ordering::Relaxed), 0);
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// A request is about to be sent. `attempt` counts from 1.
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        let _ = (call, attempt);
    }

    /// An attempt has ended. An attempt whose future was dropped does not report this; if it was a
    /// write that may have left, it reports [`write_abandoned`](Self::write_abandoned).
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let _ = (call, end);
    }

    /// An answer differs from the spec: the first differences, and how many there are in all.
    fn drift(&self, call: &CallInfo, drift: &[Drift], count: usize) {
        let _ = (call, drift, count);
    }

    /// The future of a write was dropped while in flight: its outcome is unknown, and nothing else
    /// reports it.
    fn write_abandoned(&self, call: &CallInfo, attempt: u32) {
        let _ = (call, attempt);
    }

    /// An account set has a new token.
    fn token_refreshed(&self, account: &str, token: &TokenInfo) {
        let _ = (account, token);
    }

    /// An account set got no token.
    fn token_failed(&self, account: &str, error: &Error) {
        let _ = (account, error);
    }

    /// The local clock is corrected by the gateway's: this offset is added to it from now on, in
    /// milliseconds.
    fn clock_corrected(&self, offset_millis: i64) {
        let _ = offset_millis;
    }

    /// The token store failed, and the client continues without it: neither its token nor its
    /// limits are shared then. A call that cannot do without it ends with an error of its own.
    fn token_store_failed(&self, account: &str, error: &StoreError) {
        let _ = (account, error);
    }

    /// A call begins to wait for a shared permit.
    fn waiting_for_permit(&self, account: &str, calls: LimitClass) {
        let _ = (account, calls);
    }

    /// A router address was given as `http://` and is sent as `https://`.
    fn router_over_https(&self, account: &str, given: &str) {
        let _ = (account, given);
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptEnd {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// What failed and what became of it; `None` is success.
    pub failure: Option<(Outcome, ErrorKind)>,
    /// How long it took.
    pub elapsed: Duration,
}

/// The lifetime of a new token, without the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The time from which it is refreshed in the background.
    pub refresh_after: SystemTime,
    /// The time from which it is not used any more.
    pub expires_at: SystemTime,
    /// Where it came from.
    pub origin: TokenOrigin,
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// From the gateway, by a token call.
    Gateway,
    /// From the store, where another process stored it.
    Store,
}

/// Ignores all events.
pub(crate) struct NoHooks;

impl Hooks for NoHooks {}
