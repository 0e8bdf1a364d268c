//! Schemas: what a schema of the file says, with its `allOf` added up.
//!
//! Owns references within the file. Must not know what a table calls it. Must not use:
//! `crate::table`, `crate::endpoint`.

use std::collections::BTreeMap;

use crate::example::Json;

use super::document::Document;

/// The properties of an object, those of its `allOf` too; of a name that stands twice the last.
pub(crate) fn properties<'a>(
    document: &Document<'a>,
    node: &'a Json,
) -> Vec<&'a (String, usize, Json)> {
    let mut out: Vec<&'a (String, usize, Json)> = Vec::new();
    let mut places: BTreeMap<&'a str, usize> = BTreeMap::new();
    collect(document, node, 0, &mut |node| {
        for property in node.get("properties").map_or(&[][..], Json::entries) {
            match places.get(property.0.as_str()) {
                Some(at) => {
                    if let Some(known) = out.get_mut(*at) {
                        *known = property;
                    }
                }
                None => {
                    places.insert(&property.0, out.len());
                    out.push(property);
                }
            }
        }
    });
    out
}

/// Visits a schema and all that its `allOf` adds up.
pub(crate) fn collect<'a>(
    document: &Document<'a>,
    node: &'a Json,
    depth: usize,
    visit: &mut dyn FnMut(&'a Json),
) {
    const MAX_DEPTH: usize = 6;
    if depth > MAX_DEPTH {
        return;
    }
    for part in node.get("allOf").map_or(&[][..], Json::items) {
        let part = match reference(part) {
            Some(reference) => document.target(reference).map(|target| target.node),
            None => Some(part),
        };
        if let Some(part) = part {
            collect(document, part, depth + 1, visit);
        }
    }
    visit(node);
}

/// The definition that a schema is: a `$ref`, or an `allOf` that only gives it a title.
pub(crate) fn reference(schema: &Json) -> Option<&str> {
    if let Some(reference) = schema.text_of("$ref") {
        return Some(reference);
    }
    match schema.get("allOf").map_or(&[][..], Json::items) {
        [only] if schema.get("properties").is_none() => only.text_of("$ref"),
        _ => None,
    }
}

/// The type of a schema; of several, the one beside `null`.
pub(crate) fn type_word(schema: &Json) -> Option<&str> {
    match schema.get("type") {
        Some(Json::Text(word)) => Some(word),
        Some(Json::List(words)) => {
            let mut words = words.iter().filter_map(Json::as_text);
            words.find(|word| *word != "null")
        }
        _ if schema.get("items").is_some() => Some("array"),
        _ => None,
    }
}

/// Whether a schema is `null` alone.
pub(crate) fn is_null(schema: &Json) -> bool {
    schema.text_of("type") == Some("null")
}

/// Whether a schema does not say what it holds.
pub(crate) fn is_empty(schema: &Json) -> bool {
    let says = [
        "$ref",
        "properties",
        "additionalProperties",
        "items",
        "allOf",
        "oneOf",
        "anyOf",
    ];
    let is_scalar = !matches!(type_word(schema), None | Some("object"));
    !is_scalar && !says.iter().any(|word| schema.get(word).is_some())
}

/// A value that is one: as a table shows it.
pub(crate) fn plain(value: &Json) -> Option<String> {
    match value {
        Json::Flag(flag) => Some(flag.to_string()),
        Json::Number(text) | Json::Text(text) => Some(text.clone()),
        _ => None,
    }
}
