//! The documents as JSON, and back.
//!
//! Owns the names of what is kept of a document. Must not know the fields of any kind.
//! Must not use: `crate::gateway`, `crate::spec`, `tokio`.

use serde_json::{Map, Value, json};

use super::error::{StateError, object, text};
use crate::product::documents::{Document, Documents, Progress};

/// When a document was made of which the JSON does not say it: 2024-01-02 08:00:00 in China.
const MADE_AT: i64 = 1_704_153_600_000;

pub(super) fn export(documents: &Documents) -> Value {
    let kinds: Map<String, Value> = documents
        .kinds()
        .filter(|kind| documents.has_any(kind))
        .map(|kind| (kind.to_owned(), documents.of(kind).map(document).collect()))
        .collect();
    json!({"made": documents.made(), "kinds": kinds})
}

fn document(document: &Document) -> Value {
    let progress = document.progress;
    json!({
        "id": document.id,
        "number": document.number,
        "created": document.created,
        "modified": document.modified,
        "audited": progress.audited,
        "closed": progress.closed,
        "invalid": progress.invalid,
        "fields": document.fields,
    })
}

/// Documents with the settings of others.
pub(super) fn import(
    before: &Documents,
    value: Option<&Value>,
    place: &str,
) -> Result<Documents, StateError> {
    let state = object(value, place)?;
    let mut documents = before.emptied();
    let at = format!("{place}.kinds");
    add(&mut documents, object(state.get("kinds"), &at)?, &at)?;
    let made = state.get("made").and_then(Value::as_u64);
    documents.note_made(made.unwrap_or_default());
    Ok(documents)
}

/// Adds documents by kind. Of each, only the id is needed.
pub(crate) fn add(
    documents: &mut Documents,
    kinds: &Map<String, Value>,
    place: &str,
) -> Result<(), StateError> {
    for (kind, list) in kinds {
        let place = format!("{place}.{kind}");
        let Some(list) = list.as_array() else {
            return Err(StateError::new(place, "must be a list"));
        };
        for (at, value) in list.iter().enumerate() {
            let place = format!("{place}[{at}]");
            let document = read(value, &place)?;
            let is_known = documents.by_id(kind, &document.id).is_some();
            if is_known || documents.is_number_taken(kind, &document) {
                return Err(StateError::new(place, "its id or number is another's"));
            }
            documents.put(kind, document);
        }
    }
    Ok(())
}

fn read(value: &Value, place: &str) -> Result<Document, StateError> {
    let parts = object(Some(value), place)?;
    let fields = match parts.get("fields") {
        None => Map::new(),
        Some(fields) => object(Some(fields), &format!("{place}.fields"))?.clone(),
    };
    let id = text(parts, "id", place)?;
    let number = match parts.get("number") {
        None => id.clone(),
        Some(_) => text(parts, "number", place)?,
    };
    let created = time(parts, "created", place)?.unwrap_or(MADE_AT);
    Ok(Document {
        id,
        number,
        created,
        modified: time(parts, "modified", place)?.unwrap_or(created),
        progress: Progress {
            audited: time(parts, "audited", place)?,
            closed: flag(parts, "closed", place)?,
            invalid: flag(parts, "invalid", place)?,
        },
        fields,
    })
}

fn time(parts: &Map<String, Value>, name: &str, place: &str) -> Result<Option<i64>, StateError> {
    match parts.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| {
            StateError::new(format!("{place}.{name}"), "must be epoch milliseconds")
        }),
    }
}

fn flag(parts: &Map<String, Value>, name: &str, place: &str) -> Result<bool, StateError> {
    match parts.get(name) {
        None => Ok(false),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| StateError::new(format!("{place}.{name}"), "must be true or false")),
    }
}
