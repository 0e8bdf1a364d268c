//! A document as the spec asks for it: its own fields, its states, what it implies.
//!
//! Owns which fields of an answer tell times and states. Must not know requests.
//! Must not use: `crate::answer`, `crate::gateway`, `tokio`.

use serde_json::{Map, Value};

use super::document::Document;
use super::period::period;
use super::reference::implied;
use super::store::Documents;
use crate::clock::china_time;
use crate::spec::{Record, Resource, code_of, scalar};

/// A document in the answer of an operation.
pub(super) struct View<'a> {
    pub(super) document: &'a Document,
    pub(super) documents: &'a Documents,
    pub(super) resource: &'a Resource,
    /// The field of the answer with its number.
    pub(super) number: Option<&'a str>,
}

/// A time of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Created,
    Modified,
    Audited,
}

/// The fields that tell a time.
const MOMENTS: &[(&str, Moment)] = &[
    ("audit_date", Moment::Audited),
    ("audit_time", Moment::Audited),
    ("create_date", Moment::Created),
    ("create_time", Moment::Created),
    ("db_modify_time", Moment::Modified),
    ("modify_time", Moment::Modified),
];

impl Moment {
    /// The time that a field tells.
    pub(super) fn of(field: &str) -> Option<Self> {
        let found = MOMENTS.iter().find(|(name, _)| *name == field);
        found.map(|(_, moment)| *moment)
    }

    /// As the product writes it; empty where it has not come.
    pub(super) fn text(self, document: &Document) -> String {
        match self {
            Self::Created => china_time(document.created),
            Self::Modified => china_time(document.modified),
            Self::Audited => document
                .progress
                .audited
                .map(china_time)
                .unwrap_or_default(),
        }
    }
}

/// The labels of the codes of a state, and the code where the spec has no codes for it.
fn state_words(name: &str, document: &Document) -> Option<(&'static [&'static str], &'static str)> {
    let progress = document.progress;
    Some(match name {
        "bill_status" | "status" if progress.audited.is_some() => (&["已审核"], "C"),
        "bill_status" | "status" => (&["未审核"], "Z"),
        "bill_close_state" if progress.closed => (&["手动关闭", "手动完工"], "H"),
        "bill_close_state" => (&["未关闭", "未完工"], "C"),
        "is_invalid" if progress.invalid => (&["是"], "true"),
        "is_invalid" => (&["否"], "false"),
        "enable" => (&["启用", "可用", "是"], "1"),
        _ => return None,
    })
}

impl Record for View<'_> {
    fn own(&self, name: &str) -> Option<Value> {
        let is = |field: &Option<String>| field.as_deref() == Some(name);
        if is(&self.resource.id) || (self.resource.id.is_none() && name == "id") {
            Some(Value::String(self.document.id.clone()))
        } else if self.number == Some(name) {
            Some(Value::String(self.document.number.clone()))
        } else {
            None
        }
    }

    fn saved(&self) -> &Map<String, Value> {
        &self.document.fields
    }

    fn state(&self, name: &str, schema: &Value) -> Option<Value> {
        if let Some(moment) = Moment::of(name) {
            let text = Value::String(moment.text(self.document));
            return scalar(schema, &text);
        }
        if let Some(period) = period(&self.resource.name, &self.document.fields, name) {
            return scalar(schema, &Value::String(period));
        }
        let (labels, usual) = state_words(name, self.document)?;
        scalar(schema, &Value::String(code_of(schema, labels, usual)?))
    }

    fn implied(&self, fields: &Map<String, Value>, name: &str) -> Option<Value> {
        implied(self.documents, fields, name)
    }
}
