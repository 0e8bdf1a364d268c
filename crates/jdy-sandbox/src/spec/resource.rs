//! Resources: which record an operation reads or writes, and by which of its fields.
//!
//! Owns `x-jdy-resource`. Must not know what a record holds.
//! Must not use: `crate::fault`, `crate::product`, `crate::request`.

use std::collections::HashMap;

use serde_json::Value;

/// What an operation does with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Saves one record, or several that `of` holds.
    Save,
    List,
    Detail,
    Delete,
}

/// The record of an operation.
#[derive(Debug)]
pub(crate) struct Resource {
    /// The same for all operations of a record.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// What the vendor's general operations call this kind of record.
    pub(crate) entity: Option<String>,
    /// The request field that holds the record or the records.
    pub(crate) of: Option<String>,
    /// The list of the answer that holds the records.
    pub(crate) rows: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) number: Option<String>,
    /// Argument to `id`, `number`, or `key`, the caller's reference of the save.
    pub(crate) by: Vec<(String, String)>,
    pub(crate) filters: Vec<(String, Filter)>,
    /// Path in the answer to path in the save, where the names differ.
    pub(crate) returns: HashMap<String, String>,
}

/// What an argument of a list filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    Equal(String),
    In(String),
    From(String),
    Until(String),
    Search,
    SearchNumber,
}

impl Resource {
    /// The resource of an operation in the spec.
    pub(super) fn read(operation: &Value) -> Option<Self> {
        let node = operation.get("x-jdy-resource")?;
        let text = |key: &str| Some(node.get(key)?.as_str()?.to_owned());
        let pairs = |key: &str| {
            let pairs = node.get(key).and_then(Value::as_object);
            let pairs = pairs.into_iter().flatten();
            pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        };
        Some(Self {
            name: text("name")?,
            role: match node.get("role")?.as_str()? {
                "save" | "batch" => Role::Save,
                "list" => Role::List,
                "detail" => Role::Detail,
                "delete" => Role::Delete,
                _ => return None,
            },
            entity: text("entity"),
            of: text("of"),
            rows: text("rows"),
            id: text("id"),
            number: text("number"),
            by: pairs("by").collect(),
            filters: pairs("filters")
                .map(|(name, word)| (name, Filter::read(&word)))
                .collect(),
            returns: pairs("returns")
                .map(|(save, answer)| (answer, save))
                .collect(),
        })
    }
}

impl Filter {
    fn read(word: &str) -> Self {
        match word.split_once(' ') {
            None if word == "search" => Self::Search,
            Some(("search", _)) => Self::SearchNumber,
            Some((field, "in")) => Self::In(field.to_owned()),
            Some((field, "from")) => Self::From(field.to_owned()),
            Some((field, "until")) => Self::Until(field.to_owned()),
            _ => Self::Equal(word.to_owned()),
        }
    }
}
