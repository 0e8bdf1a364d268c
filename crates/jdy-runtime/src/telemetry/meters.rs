//! The metrics.
//!
//! Owns which labels a metric has: none of many values, so no call id and no path. Must not know
//! spans and events.
//! Must not use: `tracing::`.

use std::time::Duration;

use metrics::{Label, SharedString, Unit, counter, histogram};

use super::names::{attribute as at, metric};
use super::{RequestFacts, class_name, outcome_name};
use crate::error::{Error, ErrorKind};
use crate::hooks::AttemptEnd;
use crate::limit::LimitClass;
use crate::outcome::Outcome;
use crate::shared::Shared;

/// Tells the installed recorder what the metrics mean, and their units. Once, after it was installed.
pub fn describe_metrics() {
    use metrics::{describe_counter as count, describe_histogram as distribution};
    distribution!(metric::REQUEST_DURATION, Unit::Seconds, "One HTTP exchange");
    distribution!(
        metric::CALL_DURATION,
        Unit::Seconds,
        "A call with its token, its attempts and the backoff between"
    );
    distribution!(metric::ATTEMPTS, Unit::Count, "The attempts of a call");
    distribution!(
        metric::LIMITER_WAIT,
        Unit::Seconds,
        "The wait for a permit of the client's own or shared limits"
    );
    count!(metric::ABANDONED, Unit::Count, "Writes dropped in flight");
    count!(
        metric::TOKEN_REFRESHES,
        Unit::Count,
        "New tokens, and failures to get one"
    );
    count!(
        metric::DRIFT,
        Unit::Count,
        "Answers that differ from the spec"
    );
    count!(
        metric::JOURNAL_LINES,
        Unit::Count,
        "Lines of a journal that ended"
    );
}

/// An attempt has ended.
pub(super) fn attempt_ended(shared: &Shared, request: &RequestFacts<'_>, end: &AttemptEnd) {
    let mut labels = outcome_labels(end.failure);
    labels.push(operation_label(request.operation));
    labels.extend([
        Label::new(at::HTTP_REQUEST_METHOD, request.method.as_str()),
        Label::new(at::SERVER_ADDRESS, shared.base.server().to_owned()),
        Label::new(at::SERVER_PORT, shared.base.port().to_string()),
    ]);
    if let Some(status) = end.status {
        labels.push(Label::new(
            at::HTTP_RESPONSE_STATUS_CODE,
            status.to_string(),
        ));
    }
    histogram!(metric::REQUEST_DURATION, labels).record(end.elapsed);
}

/// A call has ended.
pub(super) fn call_ended(operation: &str, error: Option<&Error>, attempts: u32, elapsed: Duration) {
    let mut labels = outcome_labels(error.map(|error| (error.outcome(), *error.kind())));
    labels.push(operation_label(operation));
    histogram!(metric::ATTEMPTS, labels.clone()).record(attempts);
    histogram!(metric::CALL_DURATION, labels).record(elapsed);
}

pub(super) fn write_abandoned(operation: &str) {
    counter!(metric::ABANDONED, vec![operation_label(operation)]).increment(1);
}

pub(super) fn drift(operation: &str) {
    counter!(metric::DRIFT, vec![operation_label(operation)]).increment(1);
}

/// A token came, or did not.
pub(super) fn token_refreshed(error: Option<&Error>) {
    let labels = outcome_labels(error.map(|error| (error.outcome(), *error.kind())));
    counter!(metric::TOKEN_REFRESHES, labels).increment(1);
}

/// A permit was waited for, and granted or not.
pub(super) fn limiter_waited(class: LimitClass, is_granted: bool, waited: Duration) {
    let outcome = outcome_name((!is_granted).then_some(Outcome::NotSent));
    let labels = vec![
        Label::from_static_parts(at::LIMIT, class_name(class)),
        Label::from_static_parts(at::OUTCOME, outcome),
    ];
    histogram!(metric::LIMITER_WAIT, labels).record(waited);
}

fn outcome_labels(failure: Option<(Outcome, ErrorKind)>) -> Vec<Label> {
    let mut labels = Vec::with_capacity(7);
    let outcome = outcome_name(failure.map(|(outcome, _)| outcome));
    labels.push(Label::from_static_parts(at::OUTCOME, outcome));
    if let Some((_, kind)) = failure {
        labels.push(Label::from_static_parts(at::ERROR_TYPE, kind.as_str()));
    }
    labels
}

/// The operation's id. Paths that the spec does not know may be without number: they are all `raw`.
fn operation_label(operation: &str) -> Label {
    let value = match operation.contains(':') {
        true => SharedString::const_str("raw"),
        false => SharedString::from_owned(operation.to_owned()),
    };
    Label::new(at::OPERATION, value)
}
