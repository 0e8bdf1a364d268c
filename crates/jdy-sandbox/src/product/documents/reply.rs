//! The answer of a save, an operation or a deletion: which documents it was about.
//!
//! Owns the names under which such an answer tells ids and numbers. Must not know what was done.
//! Must not use: `crate::gateway`, `tokio`.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::spec::{Operation, Plain, Spec};

/// A document that an answer names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) number: String,
}

/// The fields that tell of some documents, in every way that an answer may.
pub(super) fn fields(named: &[Named]) -> Map<String, Value> {
    let ids: Vec<&str> = named.iter().map(|one| one.id.as_str()).collect();
    let numbers: Map<String, Value> = named
        .iter()
        .map(|one| (one.id.clone(), Value::String(one.number.clone())))
        .collect();
    let mut fields = Map::new();
    fields.insert("ids".to_owned(), json!(ids));
    fields.insert("id_number_map".to_owned(), Value::Object(numbers));
    if let [one] = named {
        for name in ["id", "bill_id"] {
            fields.insert(name.to_owned(), json!(one.id));
        }
        for name in ["number", "bill_no"] {
            fields.insert(name.to_owned(), json!(one.number));
        }
    }
    fields
}

/// A successful answer with these fields, as far as it has them.
pub(super) fn success(spec: &Spec, operation: &Operation, fields: &Map<String, Value>) -> Answer {
    match spec.data_of(operation, &Plain(fields)) {
        Some(data) => Answer::success(data),
        None => Answer::json(200, &json!({"errcode": 0, "description": "success"})),
    }
}
