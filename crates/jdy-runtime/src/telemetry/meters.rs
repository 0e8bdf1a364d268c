//! The metrics.
//!
//! Owns which labels a metric has: none of many values, so no call id and no path. Must not know
//! spans and events.
//! Must not use: `tracing::`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use metrics::{Label, SharedString, Unit, counter, histogram, with_recorder};

use super::names::{attribute as at, metric};
use super::{OperationName, RequestFacts, outcome_name};
use crate::address::Address;
use crate::error::{Error, ErrorKind};
use crate::hooks::AttemptEnd;
use crate::limit::LimitClass;
use crate::outcome::Outcome;

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

/// The labels that name the gateway, made once for a client.
pub(crate) struct ServerLabels([Label; 2]);

impl ServerLabels {
    pub(crate) fn of(base: &Address) -> Self {
        let shared = |text: &str| SharedString::from_shared(Arc::from(text));
        Self([
            Label::new(at::SERVER_ADDRESS, shared(base.server())),
            Label::new(at::SERVER_PORT, shared(&base.port().to_string())),
        ])
    }
}

/// An attempt has ended.
pub(super) fn attempt_ended(server: &ServerLabels, request: &RequestFacts<'_>, end: &AttemptEnd) {
    let mut labels = outcome_labels(end.failure, 7);
    labels.push(operation_label(request.operation));
    labels.push(Label::from_static_parts(
        at::HTTP_REQUEST_METHOD,
        request.method.as_str(),
    ));
    labels.extend_from_slice(&server.0);
    if let Some(status) = end.status {
        let status = match status {
            200 => SharedString::const_str("200"),
            other => SharedString::from_owned(other.to_string()),
        };
        labels.push(Label::new(at::HTTP_RESPONSE_STATUS_CODE, status));
    }
    histogram!(metric::REQUEST_DURATION, labels).record(end.elapsed);
}

/// A call has ended.
pub(super) fn call_ended(
    operation: OperationName<'_>,
    error: Option<&Error>,
    attempts: u32,
    elapsed: Duration,
) {
    let failure = error.map(|error| (error.outcome(), *error.kind()));
    let mut labels = outcome_labels(failure, 3);
    labels.push(operation_label(operation));
    histogram!(metric::ATTEMPTS, labels.clone()).record(attempts);
    histogram!(metric::CALL_DURATION, labels).record(elapsed);
}

pub(super) fn write_abandoned(operation: OperationName<'_>) {
    counter!(metric::ABANDONED, vec![operation_label(operation)]).increment(1);
}

pub(super) fn drift(operation: OperationName<'_>) {
    counter!(metric::DRIFT, vec![operation_label(operation)]).increment(1);
}

/// A token came, or did not.
pub(super) fn token_refreshed(error: Option<&Error>) {
    let labels = outcome_labels(error.map(|error| (error.outcome(), *error.kind())), 2);
    counter!(metric::TOKEN_REFRESHES, labels).increment(1);
}

/// A permit was waited for, and granted or not.
pub(super) fn limiter_waited(class: LimitClass, is_granted: bool, waited: Duration) {
    let key = match (class, is_granted) {
        (LimitClass::Business, true) => &waits::BUSINESS,
        (LimitClass::Business, false) => &waits::NO_BUSINESS,
        (LimitClass::Token, true) => &waits::TOKEN,
        (LimitClass::Token, false) => &waits::NO_TOKEN,
    };
    with_recorder(|recorder| {
        let histogram = recorder.register_histogram(key, &waits::METADATA);
        histogram.record(waited);
    });
}

/// The series of waits. They are few, and each attempt waits: so they are made once.
mod waits {
    use metrics::{Key, Label, Level, Metadata};

    use super::{Outcome, at, metric};

    const fn labels(limit: &'static str, outcome: &'static str) -> [Label; 2] {
        [
            Label::from_static_parts(at::LIMIT, limit),
            Label::from_static_parts(at::OUTCOME, outcome),
        ]
    }

    macro_rules! series {
        ($($name:ident: $limit:literal, $outcome:expr;)*) => {
            $(pub(super) static $name: Key = {
                static LABELS: [Label; 2] = labels($limit, $outcome);
                Key::from_static_parts(metric::LIMITER_WAIT, &LABELS)
            };)*
        };
    }

    series! {
        BUSINESS: "business", "done";
        NO_BUSINESS: "business", Outcome::NotSent.as_word();
        TOKEN: "token", "done";
        NO_TOKEN: "token", Outcome::NotSent.as_word();
    }

    pub(super) static METADATA: Metadata<'static> =
        Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
}

fn outcome_labels(failure: Option<(Outcome, ErrorKind)>, capacity: usize) -> Vec<Label> {
    let mut labels = Vec::with_capacity(capacity);
    let outcome = outcome_name(failure.map(|(outcome, _)| outcome));
    labels.push(Label::from_static_parts(at::OUTCOME, outcome));
    if let Some((_, kind)) = failure {
        labels.push(Label::from_static_parts(at::ERROR_TYPE, kind.as_str()));
    }
    labels
}

/// The operation's id. Paths that the spec does not know may be without number: they are all `raw`.
fn operation_label(operation: OperationName<'_>) -> Label {
    let value = match operation {
        OperationName::Own(name) => SharedString::const_str(name),
        OperationName::Of(name) if name.contains(':') => SharedString::const_str("raw"),
        OperationName::Of(Cow::Borrowed(name)) => SharedString::const_str(name),
        OperationName::Of(Cow::Owned(name)) => SharedString::from_owned(name.clone()),
    };
    Label::new(at::OPERATION, value)
}
