//! One document: its names, its times, how far it has come, and the fields that were saved.
//!
//! Owns [`Document`] and the rules of its progress. Must not know other documents.
//! Must not use: `crate::gateway`, `crate::spec`, `tokio`.

use serde_json::{Map, Value};

/// How far a document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// When it was audited, in epoch milliseconds.
    pub(crate) audited: Option<i64>,
    pub(crate) closed: bool,
    pub(crate) invalid: bool,
}

/// A saved record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) number: String,
    /// Epoch milliseconds.
    pub(crate) created: i64,
    /// Epoch milliseconds.
    pub(crate) modified: i64,
    pub(crate) progress: Progress,
    /// Under the names of the save.
    pub(crate) fields: Map<String, Value>,
}

impl Document {
    /// Takes the fields of another save: each replaces the one of its name, the others stay.
    pub(super) fn update(&mut self, fields: &Map<String, Value>, now: i64) {
        self.modified = now;
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            self.fields.insert(name.clone(), value.clone());
        }
    }

    /// Whether it can be changed and deleted.
    pub(super) fn is_open(&self) -> bool {
        self.progress.audited.is_none()
    }
}
