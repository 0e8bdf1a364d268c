//! Verdicts: where an answer says yes or no beside its errcode.
//!
//! Of a write: the field `success`, and the lists `errors` and `error_fields`, of each row or of
//! `data`. A text `err` stands for `success`: whether a filled one means a refusal is not known. What else
//! looks like a verdict beside them is none. Of a read nothing is one: what it shows was decided by
//! another call. The items that it speaks of are those of a batch, one row each, or of the list of
//! records, or of `ids`, that `data` answers as a whole. Where a request is such a list and the
//! answer lists `ids` or `success_fields`, these are one for each item. Owns these names. Must not know the errcode. Must not use: `crate::load`.

use crate::lower;
use crate::model::{Effect, Field, Model, Operation, Role, Type};

use super::Derived;
use super::shape;
use super::write::Map;

pub(super) fn derive(model: &Model) -> Vec<Derived> {
    model.operations.iter().map(one).collect()
}

fn one(operation: &Operation) -> Derived {
    let suspects = lower::suspects(operation);
    if operation.effect == Effect::Read {
        if suspects.is_empty() {
            return None;
        }
        let map = Map::new(operation.span).texts("none", &suspects);
        return Some(map.node());
    }
    let list = shape::list(operation);
    let ids = |fields| list.and_then(|_| ids(fields));
    let rows =
        shape::rows(operation).filter(|(_, fields)| decides(fields) || ids(fields).is_some());
    let (rows, fields) = match rows {
        Some((rows, fields)) => (Some(rows), fields),
        None => (None, shape::data(operation)),
    };
    let ids = ids(fields);
    if !decides(fields) && ids.is_none() {
        return None;
    }
    let success = success(fields);
    let errors = errors(fields);
    let of = match (ids, rows) {
        (Some(_), _) => list,
        (None, Some(_)) => items(operation),
        (None, None) => list.or_else(|| named(operation)),
    };
    let message = shape::scalar(fields, &["message", "msg"]).map(|field| field.name.clone());
    let within = |name: &str| match rows {
        Some(rows) => format!("{rows}.{name}"),
        None => name.to_owned(),
    };
    let declared: Vec<String> = success
        .iter()
        .chain(&errors)
        .chain(&message)
        .map(String::as_str)
        .chain(ids)
        .map(within)
        .collect();
    let none: Vec<String> = suspects
        .into_iter()
        .filter(|path| !declared.iter().any(|one| is_within(path, one)))
        .collect();
    let node = Map::new(operation.span)
        .text("rows", rows)
        .text("of", of)
        .text("ids", ids)
        .text("success", success.as_deref())
        .texts("errors", &errors)
        .text("message", message.as_deref())
        .texts("none", &none)
        .node();
    Some(node)
}

/// The list of the ids of what a request is about.
fn named(operation: &Operation) -> Option<&str> {
    let field = operation.request.iter().find(|field| field.name == "ids")?;
    matches!(field.ty, Type::List(_)).then_some(&field.name)
}

/// Whether a path is this one or leads below it.
fn is_within(path: &str, base: &str) -> bool {
    path.strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The list with an id for each item that took effect.
fn ids(fields: &[Field]) -> Option<&str> {
    const NAMES: [&str; 2] = ["ids", "success_fields"];
    let is_list = |field: &&Field| matches!(field.ty, Type::List(_));
    let named = |name: &&str| fields.iter().find(|field| field.name == **name);
    let found = NAMES.iter().find_map(|name| named(name).filter(is_list));
    found.map(|field| field.name.as_str())
}

fn decides(fields: &[Field]) -> bool {
    success(fields).is_some() || !errors(fields).is_empty()
}

fn success(fields: &[Field]) -> Option<String> {
    shape::scalar(fields, &["success", "err"]).map(|field| field.name.clone())
}

fn errors(fields: &[Field]) -> Vec<String> {
    const NAMES: [&str; 2] = ["errors", "error_fields"];
    let is_list =
        |field: &&Field| NAMES.contains(&field.name.as_str()) && matches!(field.ty, Type::List(_));
    let named = fields.iter().filter(is_list);
    named.map(|field| field.name.clone()).collect()
}

/// The list of the request that the rows answer, one each: that of a batch.
fn items(operation: &Operation) -> Option<&str> {
    let resource = operation.resource.as_ref()?;
    let of = resource.of.as_deref()?;
    let field = operation.request.iter().find(|field| field.name == of)?;
    let is_list = matches!(field.ty, Type::List(_));
    (resource.role == Role::Batch && is_list).then_some(of)
}
