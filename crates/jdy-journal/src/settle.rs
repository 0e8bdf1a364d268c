//! How the fate of an unknown line can be settled.
//!
//! Owns what the spec's `x-jdy-verify` comes to for one request. It must not ask anyone.

use std::collections::BTreeMap;

use jdy_runtime::{Facts, Prepared};
use serde_json::value::RawValue;

/// The operation that can tell what became of a call, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settling {
    /// The operation's id.
    pub operation: &'static str,
    /// Its arguments: text as it is, anything else as JSON. An argument whose field the request
    /// does not hold is left out.
    pub arguments: Vec<(&'static str, String)>,
}

/// What to ask about this request, where the spec knows.
pub fn settling(facts: &Facts, request: &Prepared) -> Option<Settling> {
    let verify = facts.verify?;
    let body: BTreeMap<String, Box<RawValue>> = request
        .body()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let field = |name: &str| {
        let query = request.query().iter().find(|(own, _)| own == name);
        query
            .map(|(_, value)| value.clone())
            .or_else(|| body.get(name).map(|value| text(value.get())))
    };
    Some(Settling {
        operation: verify.operation,
        arguments: verify
            .by
            .iter()
            .filter_map(|(argument, name)| Some((*argument, field(name)?)))
            .collect(),
    })
}

fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}
