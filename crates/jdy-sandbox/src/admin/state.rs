//! The data of all account sets, and how a client is configured for this sandbox.
//!
//! Owns nothing but the way there. Must not know the form of the data. Must not use:
//! `crate::server`, `tokio`.

use serde_json::{Map, Value, json};

use super::{Answered, done, refuse};
use crate::gateway::Gateway;
use crate::request::Request;

pub(super) fn read(gateway: &Gateway, _: &Request) -> Answered {
    done(&gateway.state().export())
}

pub(super) fn replace(gateway: &Gateway, request: &Request) -> Answered {
    let state: Value = serde_json::from_slice(&request.body)
        .map_err(|error| refuse(400, format!("the body must be a state in JSON: {error}")))?;
    match gateway.state().import(&state) {
        Ok(()) => done(&json!({"replaced": true})),
        Err(error) => Err(refuse(400, error.to_string())),
    }
}

pub(super) fn reset(gateway: &Gateway, _: &Request) -> Answered {
    gateway.state().reset();
    done(&json!({"reset": true}))
}

pub(super) fn environment(gateway: &Gateway, request: &Request) -> Answered {
    // The client reached this sandbox under the name in Host, which the guard has checked.
    let host = request.head.header("host").unwrap_or_default();
    let base = format!("{}://{host}", gateway.scheme());
    let variables = gateway.state().accounts.environment(&base);
    let object: Map<String, Value> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    done(&Value::Object(object))
}
