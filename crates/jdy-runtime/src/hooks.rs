//! What a program can listen to.
//!
//! Owns the events. They hold no secret, no query and no body.

use std::time::{Duration, SystemTime};

use jdy_wire::Drift;

use crate::error::{Error, ErrorKind, Subject};
use crate::outcome::Outcome;
use crate::token::{LimitClass, StoreError};

/// Hears what the client does. Every method does nothing unless written.
///
/// The methods are called in the middle of the work: be quick, and do not panic.
pub trait Hooks: Send + Sync + 'static {
    /// A request is about to be sent. `attempt` counts from 1.
    fn attempt_started(&self, call: &Subject, attempt: u32) {
        let _ = (call, attempt);
    }

    /// An attempt is over. One whose caller has dropped it ends without this; where it was a write
    /// that may have left, with [`dropped`](Self::dropped).
    fn attempt_finished(&self, call: &Subject, end: &AttemptEnd) {
        let _ = (call, end);
    }

    /// An answer held what the spec does not foresee: the first of it, and how much in all.
    fn drift(&self, call: &Subject, drift: &[Drift], count: usize) {
        let _ = (call, drift, count);
    }

    /// A write was dropped by its caller after it may have left: its outcome is unknown, and
    /// nobody else will say so.
    fn dropped(&self, call: &Subject, attempt: u32) {
        let _ = (call, attempt);
    }

    /// An account set has a new token.
    fn token_refreshed(&self, account: &str, token: &TokenNews) {
        let _ = (account, token);
    }

    /// An account set got no token.
    fn token_failed(&self, account: &str, error: &Error) {
        let _ = (account, error);
    }

    /// The client has learnt from the gateway how far this machine's clock is off: what is added
    /// to it from now on, in milliseconds.
    fn clock_corrected(&self, offset_millis: i64) {
        let _ = offset_millis;
    }

    /// The token store did not do what was asked; the client goes on without it. Its token is
    /// then not shared, and neither are the limits where they are kept there.
    fn store_failed(&self, account: &str, error: &StoreError) {
        let _ = (account, error);
    }

    /// A call begins to wait for a place within a limit that several clients share.
    fn waits_for_limit(&self, account: &str, calls: LimitClass) {
        let _ = (account, calls);
    }

    /// A router address was spelled `http://` and is passed on as `https://`.
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

/// A new token, without the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenNews {
    /// From when on a newer one is fetched in the background.
    pub refresh_after: SystemTime,
    /// From when on it is not used any more.
    pub expires_at: SystemTime,
    /// Where it came from.
    pub origin: TokenOrigin,
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// From the gateway, by a token call.
    Gateway,
    /// From the store, where another process had put it.
    Store,
}

/// Listens to nothing.
pub(crate) struct NoHooks;

impl Hooks for NoHooks {}
