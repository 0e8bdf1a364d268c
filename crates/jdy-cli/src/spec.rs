//! The embedded spec: what it says of an operation and of its fields.
//!
//! Owns the reading of the spec's JSON, the one place that knows labels, codes and limits. Must not
//! know how any of it is printed. Must not use: `crate::table`, `crate::output`.

mod field;

use std::collections::HashMap;

use serde_json::{Map, Value};

pub(crate) use self::field::{Field, Kind, Place};
use crate::exit::Failure;
use crate::language::say;

/// The spec.
pub(crate) struct Spec {
    /// The operations by their ids.
    operations: HashMap<String, Map<String, Value>>,
    /// What the vendor calls each module.
    modules: HashMap<String, String>,
    /// The named shapes.
    schemas: Map<String, Value>,
}

impl Spec {
    /// Reads the spec that is part of this program.
    pub(crate) fn read() -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::other(say!("spec-damaged", why = why));
        let spec: Value =
            serde_json::from_str(jdy_sandbox::SPEC).map_err(|e| wrong(&e.to_string()))?;
        let paths = spec.get("paths").and_then(Value::as_object);
        let items = paths.ok_or_else(|| wrong(&say!("spec-no-paths")))?.values();
        let operations = items.filter_map(Value::as_object).flat_map(Map::values);
        let by_id = |operation: &Map<String, Value>| {
            let id = operation.get("operationId")?.as_str()?;
            Some((id.to_owned(), operation.clone()))
        };
        let tags = spec.get("tags").and_then(Value::as_array);
        let module = |tag: &Value| Some((text(tag, "name")?, text(tag, "description")?));
        let schemas = spec.pointer("/components/schemas");
        Ok(Self {
            operations: operations
                .filter_map(Value::as_object)
                .filter_map(by_id)
                .collect(),
            modules: tags.into_iter().flatten().filter_map(module).collect(),
            schemas: schemas
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        })
    }

    /// A fact of an operation; null where the spec has none.
    pub(crate) fn fact(&self, id: &str, keyword: &str) -> Value {
        let operation = self.operations.get(id);
        operation
            .and_then(|operation| operation.get(keyword))
            .cloned()
            .unwrap_or(Value::Null)
    }

    /// What the vendor calls a module; empty where the spec does not say.
    pub(crate) fn module(&self, name: &str) -> &str {
        self.modules.get(name).map_or("", String::as_str)
    }

    /// The fields of an operation's request, the required ones first.
    pub(crate) fn request(&self, id: &str) -> Vec<Field> {
        let Some(operation) = self.operations.get(id) else {
            return Vec::new();
        };
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let mut fields: Vec<Field> = parameters
            .into_iter()
            .flatten()
            .filter_map(|parameter| field::of_parameter(self, parameter))
            .collect();
        let content = operation
            .get("requestBody")
            .and_then(|it| it.get("content"));
        for (media, content) in content.and_then(Value::as_object).into_iter().flatten() {
            let place = match media.as_str() {
                "multipart/form-data" => Place::Form,
                _ => Place::Body,
            };
            if let Some(schema) = content.get("schema") {
                fields.extend(field::of_object(self, schema, place));
            }
        }
        if let Some(key) = needed_key(operation) {
            field::demand(&mut fields, key);
        }
        // Stable: apart from that they stay in the order of the spec.
        fields.sort_by_key(|field| !field.required);
        fields
    }

    /// The fields of the data of an operation's answer, or of each item where it is a list.
    pub(crate) fn answer(&self, id: &str) -> Vec<Field> {
        let parts = self.operations.get(id).and_then(|operation| {
            let answer = operation.get("responses")?.get("200")?;
            let schema = answer.pointer("/content/application~1json/schema")?;
            schema.get("allOf")?.as_array()
        });
        let mut parts = parts.into_iter().flatten();
        let data = parts.find_map(|part| part.pointer("/properties/data"));
        let item = data.map(|data| data.get("items").unwrap_or(data));
        item.map_or_else(Vec::new, |item| field::of_object(self, item, Place::Answer))
    }

    /// A schema itself, where it is the name of one.
    fn resolved<'a>(&'a self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.rsplit('/').next());
        match name.and_then(|name| self.schemas.get(name)) {
            Some(found) => (name, found),
            None => (None, schema),
        }
    }
}

/// The path of the caller's own key, where the SDK sends no request without it: where money moves,
/// whatever the page says of the field.
fn needed_key(operation: &Map<String, Value>) -> Option<&str> {
    let fact = |keyword: &str| operation.get(keyword).and_then(Value::as_str);
    fact("x-jdy-key").filter(|_| fact("x-jdy-effect") == Some("money"))
}

/// A text of an object.
fn text(object: &Value, name: &str) -> Option<String> {
    Some(object.get(name)?.as_str()?.to_owned())
}
