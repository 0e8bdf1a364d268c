//! Schemas: references, `allOf`, types, properties.
//!
//! Owns how a schema is read. Must not know requests or operations.
//! Must not use: `crate::request`, `crate::spec::index`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::root::Root;

/// How many references may follow each other.
const MAX_REFERENCES: usize = 8;

/// Follows `$ref` inside the bundle. A dangling or circular reference is a schema without a type.
pub(super) fn resolve<'a>(root: &'a Root, node: &'a Value) -> &'a Value {
    let mut node = node;
    for _ in 0..MAX_REFERENCES {
        let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
            return node;
        };
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| root.pointer(pointer));
        node = target.unwrap_or(&Value::Null);
    }
    &Value::Null
}

/// The schemas of an `allOf`, in order, then the schema itself.
pub(super) fn parts<'a>(root: &'a Root, schema: &'a Value) -> Vec<&'a Value> {
    let added = schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut parts: Vec<&Value> = added.map(|part| resolve(root, part)).collect();
    parts.push(schema);
    parts
}

/// The type of a schema; empty for any.
pub(super) fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or_default(),
        _ if schema.get("allOf").is_some() || schema.get("properties").is_some() => "object",
        _ => "",
    }
}

/// The properties of an object schema and of its `allOf`, sorted by name.
pub(super) fn properties<'a>(root: &'a Root, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    parts(root, schema)
        .into_iter()
        .filter_map(|part| part.get("properties").and_then(Value::as_object))
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect()
}

/// The names of the required properties.
pub(super) fn required<'a>(root: &'a Root, schema: &'a Value) -> Vec<&'a str> {
    parts(root, schema)
        .into_iter()
        .filter_map(|part| part.get("required").and_then(Value::as_array))
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// One property of an object schema or of its `allOf`.
pub(super) fn property<'a>(root: &'a Root, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let of = |part: &'a Value| part.get("properties")?.get(name);
    match schema.get("allOf") {
        None => of(schema),
        Some(_) => parts(root, schema).into_iter().rev().find_map(of),
    }
}
