//! The spec as other generators read it: one document of OpenAPI 3.1, and the same of 3.0 without
//! uploads, for those that know no other version and no form data.
//!
//! Of 3.1 the spec uses the name of the license and nothing else: no list of types, no `const`, no
//! `examples`. Where it begins to, the conversion fails.
//!
//! Owns the conversion. Must not know a generator.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::place::Place;
use crate::{Failure, cost};

/// What an upload sends.
const FORM: &str = "multipart/form-data";

/// The words of a schema that 3.0 does not know.
const NEW: [&str; 9] = [
    "$defs",
    "const",
    "contains",
    "dependentRequired",
    "examples",
    "if",
    "patternProperties",
    "prefixItems",
    "unevaluatedProperties",
];

/// Writes both documents, and says how many operations the old one lacks.
pub(super) fn write(place: &Place, xtask: &Path) -> Result<usize, Failure> {
    let mut command = Command::new(xtask);
    command.arg("bundle").arg("--out").arg(place.document());
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    cost::of(&mut command, &place.log("bundle"))?;
    let document = serde_json::from_str(&std::fs::read_to_string(place.document())?)?;
    let mut old = converted(document)?;
    let left_out = leave_out_uploads(&mut old);
    std::fs::write(place.old_document(), old.to_string())?;
    Ok(left_out)
}

/// Leaves out the operations whose body is a form, and says how many they are.
fn leave_out_uploads(document: &mut Value) -> usize {
    let is_upload = |operation: &Value| !operation["requestBody"]["content"][FORM].is_null();
    let paths = document["paths"].as_object_mut();
    let operations = paths
        .into_iter()
        .flatten()
        .map(|(_, operations)| operations);
    let left_out = operations
        .filter_map(Value::as_object_mut)
        .map(|operations| {
            let all = operations.len();
            operations.retain(|_, operation| !is_upload(operation));
            all - operations.len()
        });
    left_out.sum()
}

/// The same document of OpenAPI 3.0.
fn converted(mut document: Value) -> Result<Value, Failure> {
    document["openapi"] = "3.0.3".into();
    if let Some(license) = document["info"]["license"].as_object_mut() {
        license.remove("identifier");
    }
    match new_word(&document) {
        Some(word) => Err(format!("OpenAPI 3.0 has no {word}").into()),
        None => Ok(document),
    }
}

/// A word, or a list of types, that only 3.1 knows. Names of fields are no words.
fn new_word(value: &Value) -> Option<&str> {
    match value {
        Value::Array(items) => items.iter().find_map(new_word),
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let are_names = ["properties", "schemas", "default"].contains(&name.as_str());
            let is_new = NEW.contains(&name.as_str()) || name == "type" && value.is_array();
            match (is_new, are_names, value) {
                (true, ..) => Some(name.as_str()),
                (false, true, Value::Object(named)) => named.values().find_map(new_word),
                (false, true, _) => None,
                _ if name.starts_with("x-") => None,
                _ => new_word(value),
            }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_the_new_version_knows_of_a_license_is_left_out() -> Result<(), Failure> {
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": "t", "license": {"name": "MIT", "identifier": "MIT"}},
        });
        let expected = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "license": {"name": "MIT"}},
        });
        assert_eq!(converted(document)?, expected);
        Ok(())
    }

    #[test]
    fn an_upload_is_left_out_and_what_else_its_path_has_stays() {
        let form = json!({"requestBody": {"content": {"multipart/form-data": {}}}});
        let body = json!({"requestBody": {"content": {"application/json": {}}}});
        let mut document = json!({"paths": {
            "/a": {"post": form, "get": {"operationId": "a"}},
            "/b": {"post": body},
        }});
        assert_eq!(leave_out_uploads(&mut document), 1);
        let expected = json!({"/a": {"get": {"operationId": "a"}}, "/b": {"post": body}});
        assert_eq!(document["paths"], expected);
    }

    #[test]
    fn a_schema_that_the_old_version_cannot_say_is_refused() {
        for schema in [
            json!({"type": ["string", "null"]}),
            json!({"type": "string", "const": "a"}),
            json!({"properties": {"a": {"items": {"examples": []}}}}),
        ] {
            assert!(converted(json!({"components": {"schemas": {"S": schema}}})).is_err());
        }
    }

    #[test]
    fn a_field_whose_name_is_a_new_word_is_none() {
        let fields = json!({"const": {"type": "string"}, "type": {"type": "string"}});
        let document = json!({"components": {"schemas": {"S": {"properties": fields}}}});
        assert!(converted(document).is_ok());
    }
}
