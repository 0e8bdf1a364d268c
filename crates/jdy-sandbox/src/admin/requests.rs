//! The record of requests as JSON.
//!
//! Owns the names of its fields, and what is not shown. Must not know how a request is recorded.
//! Must not use: `crate::server`, `tokio`.

use serde_json::{Value, json};

use super::mask::Mask;
use super::{Answered, done, refuse};
use crate::answer::Answer;
use crate::clock::china_time;
use crate::gateway::{Gateway, RecordedRequest};
use crate::request::Request;

/// How many requests one answer holds at most.
const MAX_LISTED: usize = 1_000;
/// The refusal of a client id that is not the sandbox's.
const FOREIGN_CLIENT: i64 = 4003;

pub(super) fn list(gateway: &Gateway, request: &Request) -> Answered {
    let after = parameter(request, "after", 0)?;
    let limit = parameter(request, "limit", 100)?;
    let limit = usize::try_from(limit).unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let state = gateway.state();
    let mut own = state.accounts.app_signatures();
    let newer: Vec<&RecordedRequest> = state
        .record
        .requests()
        .filter(|one| one.number > after)
        .collect();
    // Without a start the newest are wanted; with one the next.
    let wanted = if after == 0 {
        newer.get(newer.len().saturating_sub(limit)..)
    } else {
        newer.get(..newer.len().min(limit))
    };
    let wanted = wanted.unwrap_or_default();
    let signed = wanted.iter().flat_map(|one| &one.signed_secrets);
    own.extend(signed.filter(|one| state.accounts.has_issued(one)).cloned());
    let rows: Vec<Value> = wanted.iter().map(|one| row(one, &own)).collect();
    done(&json!({"requests": rows, "last": state.record.last_number()}))
}

pub(super) fn clear(gateway: &Gateway, _: &Request) -> Answered {
    gateway.state().record.clear();
    done(&json!({"cleared": true}))
}

fn parameter(request: &Request, name: &str, default: u64) -> Result<u64, Answer> {
    let Some(text) = request.parameter(name) else {
        return Ok(default);
    };
    text.parse()
        .map_err(|_| refuse(400, format!("{name} must be a whole number; got {text:?}")))
}

fn outcome(one: &RecordedRequest) -> &'static str {
    match (one.status, one.errcode) {
        (None, _) => "unanswered",
        (Some(200), None | Some(0)) => "ok",
        _ => "refused",
    }
}

fn row(one: &RecordedRequest, own: &[String]) -> Value {
    let query = one.target.split_once('?').map_or("", |(_, query)| query);
    let mask = Mask::new(query, &one.signed_secrets, own);
    let is_foreign = one.errcode == Some(FOREIGN_CLIENT);
    let query = if is_foreign {
        String::new()
    } else {
        mask.apply(query)
    };
    let signature = one.signature.as_ref().map(|found| {
        json!({
            "expected": mask.apply(&found.expected),
            "signed": found.signed.as_deref().map(|text| mask.apply(text)),
        })
    });
    json!({
        "number": one.number,
        "epoch_millis": one.epoch_millis,
        "china_time": china_time(one.epoch_millis),
        "method": one.method,
        "path": one.path,
        "query": query,
        "operation": one.operation,
        "account_id": one.account_id,
        "client_reference": one.key,
        "outcome": outcome(one),
        "status": one.status,
        "errcode": one.errcode,
        "description": one.description.as_deref().map(|text| mask.apply(text)),
        "extra": one.extra,
        "fault": one.fault,
        "fault_value": one.fault_value,
        "signature": signature,
    })
}
