//! The events of the log.
//!
//! Owns their levels and fields, none of which is a secret, a query or a body. The caller's own key
//! stands where a person has to find a record by it, and nowhere else. Must not know the hooks or what is measured.

use tracing::Level;

use super::names::{TARGET, attribute as at, event};
use super::{class_name, number, origin_name, outcome_name};
use crate::error::{CallInfo, Error, ShortLine};
use crate::hooks::{AttemptEnd, TokenInfo};
use crate::limit::LimitClass;
use crate::outcome::Outcome;
use crate::token::StoreError;

pub(super) fn attempt_finished(info: &CallInfo, end: &AttemptEnd) {
    tracing::event!(
        target: TARGET,
        Level::DEBUG,
        {
            { at::OPERATION } = %ShortLine(info.operation()),
            { at::CALL_ID } = %ShortLine(info.call_id()),
            { at::ACCOUNT } = %ShortLine(info.account()),
            { at::ATTEMPT } = end.attempt,
            { at::HTTP_RESPONSE_STATUS_CODE } = end.status,
            { at::OUTCOME } = outcome_name(end.failure.map(|(outcome, _)| outcome)),
            { at::ERROR_TYPE } = end.failure.map(|(_, kind)| kind.as_str()),
            { at::DURATION } = end.elapsed.as_secs_f64()
        },
        "{}",
        event::ATTEMPT_FINISHED
    );
}

pub(super) fn outcome_unknown(error: &Error) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        {
            { at::OPERATION } = %ShortLine(error.operation()),
            { at::CALL_ID } = %ShortLine(error.call_id()),
            { at::ACCOUNT } = %ShortLine(error.account()),
            { at::KEY } = error.key().map(|(name, value)| format!("{name}={}", ShortLine(value))),
            { at::ATTEMPTS } = error.attempts(),
            { at::HTTP_RESPONSE_STATUS_CODE } = error.status(),
            { at::OUTCOME } = outcome_name(Some(error.outcome())),
            { at::ERROR_TYPE } = error.kind().as_str(),
            { at::ERRCODE } = number(error.errcode())
        },
        "{}",
        event::OUTCOME_UNKNOWN
    );
}

pub(super) fn write_abandoned(info: &CallInfo, attempt: u32) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        {
            { at::OPERATION } = %ShortLine(info.operation()),
            { at::CALL_ID } = %ShortLine(info.call_id()),
            { at::ACCOUNT } = %ShortLine(info.account()),
            { at::KEY } = info.key().map(|key| format!("{}={}", key.name, ShortLine(&key.value))),
            { at::ATTEMPT } = attempt,
            { at::OUTCOME } = outcome_name(Some(Outcome::Unknown))
        },
        "{}",
        event::WRITE_ABANDONED
    );
}

pub(super) fn drift(info: &CallInfo, count: usize) {
    tracing::event!(
        target: TARGET,
        Level::INFO,
        {
            { at::OPERATION } = %ShortLine(info.operation()),
            { at::CALL_ID } = %ShortLine(info.call_id()),
            { at::ACCOUNT } = %ShortLine(info.account()),
            { at::DRIFT_COUNT } = count
        },
        "{}",
        event::DRIFT
    );
}

pub(super) fn token_refreshed(account: &str, token: &TokenInfo) {
    tracing::event!(
        target: TARGET,
        Level::INFO,
        {
            { at::ACCOUNT } = %ShortLine(account),
            { at::TOKEN_ORIGIN } = origin_name(token.origin)
        },
        "{}",
        event::TOKEN_REFRESHED
    );
}

pub(super) fn token_failed(account: &str, error: &Error) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        {
            { at::ACCOUNT } = %ShortLine(account),
            { at::OPERATION } = %ShortLine(error.operation()),
            { at::HTTP_RESPONSE_STATUS_CODE } = error.status(),
            { at::ERROR_TYPE } = error.kind().as_str(),
            { at::ERRCODE } = number(error.errcode()),
            { at::ERROR_MESSAGE } = %ShortLine(&error.to_string())
        },
        "{}",
        event::TOKEN_FAILED
    );
}

pub(super) fn store_failed(account: &str, error: &StoreError) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        {
            { at::ACCOUNT } = %ShortLine(account),
            { at::ERROR_MESSAGE } = %ShortLine(&error.to_string())
        },
        "{}",
        event::STORE_FAILED
    );
}

pub(super) fn clock_corrected(offset_millis: i64) {
    tracing::event!(
        target: TARGET,
        Level::INFO,
        {
            { at::CLOCK_OFFSET } = offset_millis
        },
        "{}",
        event::CLOCK_CORRECTED
    );
}

pub(super) fn waiting_for_permit(account: &str, class: LimitClass, scope: &str) {
    tracing::event!(
        target: TARGET,
        Level::INFO,
        {
            { at::ACCOUNT } = %ShortLine(account),
            { at::LIMIT } = class_name(class),
            { at::LIMIT_SCOPE } = scope
        },
        "{}",
        event::WAITING_FOR_PERMIT
    );
}

pub(super) fn router_over_https(account: &str, given: &str) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        {
            { at::ACCOUNT } = %ShortLine(account),
            { at::ROUTER } = %ShortLine(given)
        },
        "{}",
        event::ROUTER_OVER_HTTPS
    );
}
