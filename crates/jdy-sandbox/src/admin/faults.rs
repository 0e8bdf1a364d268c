//! The pending faults: listed, added, removed.
//!
//! Owns the JSON of a fault. Must not know what a fault does. Must not use: `crate::server`,
//! `tokio`.

use serde_json::{Value, json};

use super::{Answered, done, last_segment, object, refuse};
use crate::answer::Answer;
use crate::fault::{Fault, FaultKind};
use crate::gateway::Gateway;
use crate::request::Request;

/// How many faults can be pending before no more are taken.
const MAX_PENDING: usize = 10_000;

pub(super) fn list(gateway: &Gateway, _: &Request) -> Answered {
    let state = gateway.state();
    let faults: Vec<Value> = state
        .faults
        .pending()
        .map(|(id, fault)| row(id, fault))
        .collect();
    let kinds = FaultKind::words().map(|(word, value)| json!({"kind": word, "value": value}));
    let kinds: Vec<Value> = kinds.collect();
    done(&json!({"faults": faults, "fired": state.faults.fired(), "kinds": kinds}))
}

pub(super) fn add(gateway: &Gateway, request: &Request) -> Answered {
    let body = object(request, &["fault"])?;
    let Some(text) = body.get("fault").and_then(Value::as_str) else {
        return Err(refuse(
            400,
            "fault must be a text: KIND[=VALUE][@PATH][*TIMES][%PERCENT]",
        ));
    };
    let fault: Fault = text
        .parse()
        .map_err(|error| refuse(400, format!("{error}")))?;
    let shown = fault.clone();
    let mut state = gateway.state();
    if state.faults.pending().count() >= MAX_PENDING {
        return Err(refuse(409, "too many faults are pending; remove some"));
    }
    let id = state.faults.add(fault);
    Ok(Answer::json(201, &row(id, &shown)))
}

pub(super) fn remove(gateway: &Gateway, request: &Request) -> Answered {
    let id = last_segment(request);
    let removed = id
        .parse()
        .ok()
        .and_then(|id| gateway.state().faults.remove(id));
    match removed {
        Some(fault) => done(&json!({"removed": fault.to_string()})),
        None => Err(refuse(404, format!("no pending fault has the id {id:?}"))),
    }
}

pub(super) fn clear(gateway: &Gateway, _: &Request) -> Answered {
    let mut state = gateway.state();
    let count = state.faults.pending().count();
    state.faults.clear();
    done(&json!({"removed": count}))
}

fn row(id: u64, fault: &Fault) -> Value {
    json!({
        "id": id,
        "fault": fault.to_string(),
        "kind": fault.kind().word(),
        "path": fault.path(),
        "times_left": fault.times_left(),
    })
}
