//! The spans of a call.
//!
//! Owns their attributes, by OpenTelemetry's names for HTTP clients; none is a secret, a query, a
//! body or the caller's own key. Must not know what is measured.

use jdy_wire::Errcode;
use tracing::Span;
use tracing::field::Empty;

use super::names::{TARGET, attribute as at, span};
use super::{CANCELLED, RequestFacts, number, outcome_name};
use crate::error::{CallInfo, Error, ErrorKind, ShortLine};
use crate::hooks::AttemptEnd;
use crate::outcome::Outcome;
use crate::shared::Shared;

/// A span that records that it was cancelled, unless it ended.
pub(super) struct OpenSpan {
    pub(super) span: Span,
    ended: bool,
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.span.record(at::ERROR_TYPE, CANCELLED);
            self.span.record(at::OTEL_STATUS_CODE, "ERROR");
        }
    }
}

impl OpenSpan {
    fn new(span: Span) -> Self {
        Self { span, ended: false }
    }

    /// The span of a call.
    pub(super) fn of_call(info: &CallInfo) -> Self {
        Self::new(tracing::info_span!(
            target: TARGET,
            span::CALL,
            { at::OTEL_NAME } = %ShortLine(info.operation()),
            { at::OTEL_KIND } = "internal",
            { at::OTEL_STATUS_CODE } = Empty,
            { at::OPERATION } = %ShortLine(info.operation()),
            { at::CALL_ID } = %ShortLine(info.call_id()),
            { at::ACCOUNT } = %ShortLine(info.account()),
            { at::OUTCOME } = Empty,
            { at::ERRCODE } = Empty,
            { at::ERROR_TYPE } = Empty,
        ))
    }

    /// The span of an attempt.
    pub(super) fn of_attempt(shared: &Shared, request: &RequestFacts<'_>, attempt: u32) -> Self {
        let resends = attempt.checked_sub(1).filter(|resends| *resends > 0);
        let base = &shared.base;
        Self::new(tracing::info_span!(
            target: TARGET,
            span::ATTEMPT,
            { at::OTEL_NAME } = request.method.as_str(),
            { at::OTEL_KIND } = "client",
            { at::OTEL_STATUS_CODE } = Empty,
            { at::HTTP_REQUEST_METHOD } = request.method.as_str(),
            { at::SERVER_ADDRESS } = base.server(),
            { at::SERVER_PORT } = base.port(),
            { at::URL_FULL } = %format_args!("{}{}", base.as_str(), ShortLine(request.path)),
            { at::HTTP_REQUEST_RESEND_COUNT } = resends,
            { at::HTTP_RESPONSE_STATUS_CODE } = Empty,
            { at::OPERATION } = %ShortLine(request.operation.as_str()),
            { at::CALL_ID } = request.call_id.map(|id| tracing::field::display(ShortLine(id))),
            { at::ACCOUNT } = %ShortLine(request.account),
            { at::OUTCOME } = Empty,
            { at::ERRCODE } = Empty,
            { at::ERROR_TYPE } = Empty,
        ))
    }

    /// The span of a refresh: in the current one, or linked to it if nobody waits for the refresh.
    pub(super) fn of_refresh(account: &str, is_awaited: bool) -> Self {
        macro_rules! refresh {
            ($($parent:tt)*) => {
                tracing::info_span!(
                    target: TARGET,
                    $($parent)*
                    span::TOKEN_REFRESH,
                    { at::OTEL_KIND } = "internal",
                    { at::OTEL_STATUS_CODE } = Empty,
                    { at::ACCOUNT } = %ShortLine(account),
                    { at::OUTCOME } = Empty,
                    { at::ERRCODE } = Empty,
                    { at::ERROR_TYPE } = Empty,
                )
            };
        }
        if is_awaited {
            return Self::new(refresh!());
        }
        let span = refresh!(parent: None,);
        span.follows_from(Span::current());
        Self::new(span)
    }

    /// The attempt has ended.
    pub(super) fn end_attempt(mut self, end: &AttemptEnd, errcode: Option<&Errcode>) {
        self.ended = true;
        if let Some(status) = end.status {
            self.span.record(at::HTTP_RESPONSE_STATUS_CODE, status);
        }
        self.end_with(end.failure, errcode);
    }

    /// The call or the refresh has ended.
    pub(super) fn end(mut self, error: Option<&Error>) {
        self.ended = true;
        let failure = error.map(|error| (error.outcome(), *error.kind()));
        self.end_with(failure, error.and_then(Error::errcode));
    }

    fn end_with(&self, failure: Option<(Outcome, ErrorKind)>, errcode: Option<&Errcode>) {
        if self.span.is_disabled() {
            return;
        }
        let outcome = failure.map(|(outcome, _)| outcome);
        self.span.record(at::OUTCOME, outcome_name(outcome));
        let Some((_, kind)) = failure else { return };
        self.span.record(at::OTEL_STATUS_CODE, "ERROR");
        self.span.record(at::ERROR_TYPE, kind.as_str());
        if let Some(errcode) = number(errcode) {
            self.span.record(at::ERRCODE, errcode);
        }
    }
}
