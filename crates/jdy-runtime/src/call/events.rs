//! The log events of a call.
//!
//! Owns their fields, none of which is a secret, a query or a body. It must not know what is
//! logged elsewhere.

use crate::error::CallInfo;
#[cfg(feature = "tracing")]
use crate::error::OneLine;
use crate::hooks::AttemptEnd;
#[cfg(feature = "tracing")]
use crate::outcome::Outcome;

/// One event for each attempt.
#[cfg(feature = "tracing")]
pub(super) fn attempt_finished(subject: &CallInfo, end: &AttemptEnd) {
    let key = subject
        .key()
        .map(|key| format!("{}={}", key.name, OneLine(&key.value)));
    let outcome = end.failure.map_or("done", |(outcome, _)| outcome.as_str());
    let kind = end.failure.map(|(_, kind)| kind.to_string());
    // The level of an event is part of its static call site, so there are two.
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(
                target: "jdy",
                $level,
                operation = %OneLine(subject.operation()),
                call_id = %OneLine(subject.call_id()),
                account = %OneLine(subject.account()),
                key,
                attempt = end.attempt,
                status = end.status,
                outcome,
                kind,
                elapsed_ms = u64::try_from(end.elapsed.as_millis()).unwrap_or(u64::MAX),
                "attempt finished"
            )
        };
    }
    if end
        .failure
        .is_some_and(|(outcome, _)| outcome == Outcome::Unknown)
    {
        event!(tracing::Level::WARN);
    } else {
        event!(tracing::Level::DEBUG);
    }
}

/// A write whose outcome only this line reports.
#[cfg(feature = "tracing")]
pub(super) fn write_abandoned(subject: &CallInfo, attempt: u32) {
    let key = subject
        .key()
        .map(|key| format!("{}={}", key.name, OneLine(&key.value)));
    tracing::warn!(
        target: "jdy",
        operation = %OneLine(subject.operation()),
        call_id = %OneLine(subject.call_id()),
        account = %OneLine(subject.account()),
        key,
        attempt,
        outcome = Outcome::Unknown.as_str(),
        "write dropped by its caller"
    );
}

#[cfg(not(feature = "tracing"))]
pub(super) fn attempt_finished(_: &CallInfo, _: &AttemptEnd) {}

#[cfg(not(feature = "tracing"))]
pub(super) fn write_abandoned(_: &CallInfo, _: u32) {}
