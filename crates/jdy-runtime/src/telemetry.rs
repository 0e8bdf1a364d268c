//! What an operator sees: spans and events (feature `tracing`), metrics (feature `metrics`), and the
//! hooks of the program.
//!
//! Owns what is reported, once, whoever listens. With the features off it is the hooks alone. Must
//! not know why something happens.
//!
//! The names are constants, to build views, filters and buckets from: [`span`], [`event`],
//! [`attribute`] and [`metric`]. `docs/observability.md` has them as tables.

#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "metrics")]
mod meters;
mod names;
mod scopes;
#[cfg(feature = "tracing")]
mod spans;

use std::borrow::Cow;

use jdy_wire::Drift;
#[cfg(feature = "tracing")]
use jdy_wire::Errcode;

use crate::error::{CallInfo, Error};
use crate::hooks::{AttemptEnd, Hooks, TokenInfo};
use crate::limit::LimitClass;
use crate::method::Method;
#[cfg(any(feature = "tracing", feature = "metrics"))]
use crate::outcome::Outcome;
use crate::token::StoreError;

#[cfg(feature = "metrics")]
pub(crate) use self::meters::ServerLabels;
#[cfg(feature = "metrics")]
pub use self::meters::describe_metrics;
pub use self::names::{TARGET, attribute, event, metric, span};
#[cfg(feature = "blocking")]
pub(crate) use self::scopes::in_this_scope;
pub(crate) use self::scopes::{
    AttemptScope, CallScope, RefreshScope, WaitScope, with_this_subscriber,
};

/// The `error.type` of what was dropped before its end.
#[cfg(feature = "tracing")]
const CANCELLED: &str = "cancelled";

/// What spans and metrics record of the request of an attempt.
#[cfg_attr(
    not(feature = "tracing"),
    allow(dead_code, reason = "the spans alone have all of it")
)]
#[derive(Clone, Copy)]
pub(crate) struct RequestFacts<'a> {
    pub(crate) operation: OperationName<'a>,
    /// The client's own calls have none.
    pub(crate) call_id: Option<&'a str>,
    pub(crate) account: &'a str,
    pub(crate) method: Method,
    /// Without a query.
    pub(crate) path: &'a str,
}

/// The id of an operation, in the form that costs the least to keep.
#[cfg_attr(
    not(any(feature = "tracing", feature = "metrics")),
    allow(dead_code, reason = "nobody listens")
)]
#[derive(Clone, Copy)]
pub(crate) enum OperationName<'a> {
    /// Of the client's own calls.
    Own(&'static str),
    Of(&'a Cow<'static, str>),
}

impl OperationName<'_> {
    #[cfg(feature = "tracing")]
    fn as_str(&self) -> &str {
        match self {
            Self::Own(name) => name,
            Self::Of(name) => name,
        }
    }
}

/// Whose limit a call waits for.
#[derive(Clone, Copy)]
pub(crate) enum LimitScope {
    Own,
    Shared,
}

/// An attempt of a business call begins. Its span begins with its scope.
pub(crate) fn attempt_started(hooks: &dyn Hooks, info: &CallInfo, attempt: u32) {
    hooks.attempt_started(info, attempt);
}

/// An attempt of a business call has ended.
pub(crate) fn attempt_finished(hooks: &dyn Hooks, info: &CallInfo, end: &AttemptEnd) {
    #[cfg(feature = "tracing")]
    events::attempt_finished(info, end);
    hooks.attempt_finished(info, end);
}

/// The future of a write was dropped while in flight.
pub(crate) fn write_abandoned(hooks: &dyn Hooks, info: &CallInfo, attempt: u32) {
    #[cfg(feature = "tracing")]
    events::write_abandoned(info, attempt);
    #[cfg(feature = "metrics")]
    meters::write_abandoned(OperationName::Of(&info.operation));
    hooks.write_abandoned(info, attempt);
}

/// An answer differs from the spec.
pub(crate) fn drift(hooks: &dyn Hooks, info: &CallInfo, drift: &[Drift], count: usize) {
    #[cfg(feature = "tracing")]
    events::drift(info, count);
    #[cfg(feature = "metrics")]
    meters::drift(OperationName::Of(&info.operation));
    hooks.drift(info, drift, count);
}

/// An account set has a new token.
pub(crate) fn token_refreshed(hooks: &dyn Hooks, account: &str, token: &TokenInfo) {
    #[cfg(feature = "tracing")]
    events::token_refreshed(account, token);
    #[cfg(feature = "metrics")]
    meters::token_refreshed(None);
    hooks.token_refreshed(account, token);
}

/// An account set got no token.
pub(crate) fn token_failed(hooks: &dyn Hooks, account: &str, error: &Error) {
    #[cfg(feature = "tracing")]
    events::token_failed(account, error);
    #[cfg(feature = "metrics")]
    meters::token_refreshed(Some(error));
    hooks.token_failed(account, error);
}

/// The token store failed.
pub(crate) fn store_failed(hooks: &dyn Hooks, account: &str, error: &StoreError) {
    #[cfg(feature = "tracing")]
    events::store_failed(account, error);
    hooks.token_store_failed(account, error);
}

/// The local clock is corrected by the gateway's.
pub(crate) fn clock_corrected(hooks: &dyn Hooks, offset_millis: i64) {
    #[cfg(feature = "tracing")]
    events::clock_corrected(offset_millis);
    hooks.clock_corrected(offset_millis);
}

/// A call begins to wait for a permit. The hook is for shared permits of business calls alone.
pub(crate) fn waiting_for_permit(
    hooks: &dyn Hooks,
    account: &str,
    class: LimitClass,
    scope: LimitScope,
) {
    #[cfg(feature = "tracing")]
    events::waiting_for_permit(
        account,
        class,
        match scope {
            LimitScope::Own => "own",
            LimitScope::Shared => "shared",
        },
    );
    if let (LimitClass::Business, LimitScope::Shared) = (class, scope) {
        hooks.waiting_for_permit(account, class);
    }
}

/// A router address is sent in another spelling.
pub(crate) fn router_over_https(hooks: &dyn Hooks, account: &str, given: &str) {
    #[cfg(feature = "tracing")]
    events::router_over_https(account, given);
    hooks.router_over_https(account, given);
}

/// The outcome as one word; `done` of a success.
#[cfg(any(feature = "tracing", feature = "metrics"))]
fn outcome_name(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("done", Outcome::as_word)
}

/// The errcode, if it is a number: a word may be anything that the other side wrote.
#[cfg(feature = "tracing")]
fn number(errcode: Option<&Errcode>) -> Option<i64> {
    errcode.and_then(Errcode::as_i64)
}

#[cfg(feature = "tracing")]
fn class_name(class: LimitClass) -> &'static str {
    match class {
        LimitClass::Business => "business",
        LimitClass::Token => "token",
    }
}

#[cfg(feature = "tracing")]
fn origin_name(origin: crate::hooks::TokenOrigin) -> &'static str {
    match origin {
        crate::hooks::TokenOrigin::Gateway => "gateway",
        crate::hooks::TokenOrigin::Store => "store",
    }
}
