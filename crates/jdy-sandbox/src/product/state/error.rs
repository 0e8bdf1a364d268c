//! Why a state cannot be used, and the reading of its values.
//!
//! Owns [`StateError`]. Must not know what a value is for. Must not use: `crate::ledger`, `tokio`.

use std::fmt;

use serde_json::{Map, Value};

/// A state that cannot be used: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateError {
    place: String,
    reason: String,
}

impl StateError {
    pub(crate) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl std::error::Error for StateError {}

/// The object at a place.
pub(crate) fn object<'a>(
    value: Option<&'a Value>,
    place: &str,
) -> Result<&'a Map<String, Value>, StateError> {
    value
        .and_then(Value::as_object)
        .ok_or_else(|| StateError::new(place, "must be an object"))
}

/// The list under a name, each item with its place.
pub(crate) fn list<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<impl Iterator<Item = (&'a Value, String)>, StateError> {
    let place = format!("{place}.{name}");
    let list = parent
        .get(name)
        .and_then(Value::as_array)
        .ok_or_else(|| StateError::new(&place, "must be a list"))?;
    let items = list.iter().enumerate();
    Ok(items.map(move |(at, item)| (item, format!("{place}[{at}]"))))
}

/// The text under a name.
pub(crate) fn text(
    parent: &Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<String, StateError> {
    let text = parent.get(name).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| StateError::new(format!("{place}.{name}"), "must be a text"))
}
