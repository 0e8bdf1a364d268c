//! The embedded spec: what it says of an operation and of its fields.
//!
//! Owns the reading of the spec's JSON, the one place that knows labels, codes and limits. Must not
//! know how any of it is printed. Must not use: `crate::table`, `crate::output`.

mod field;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) use self::field::{Field, Kind, Place};
use crate::exit::Failure;
use crate::language::say;

/// The spec.
pub(crate) struct Spec {
    /// The operations by their ids.
    operations: HashMap<&'static str, Part>,
    /// What the vendor calls each module.
    modules: HashMap<String, String>,
    /// The named shapes.
    schemas: HashMap<&'static str, Part>,
}

/// A part of the spec that is parsed when it is first asked for: the whole is large, and most
/// commands need one operation.
struct Part {
    json: &'static RawValue,
    value: OnceLock<Value>,
}

impl Part {
    const fn new(json: &'static RawValue) -> Self {
        Self {
            json,
            value: OnceLock::new(),
        }
    }

    fn value(&self) -> &Value {
        // A raw value was checked when it was taken out of the whole.
        let parse = || serde_json::from_str(self.json.get()).unwrap_or_default();
        self.value.get_or_init(parse)
    }
}

/// The outline of the spec's JSON.
#[derive(Deserialize)]
struct Outline {
    #[serde(borrow)]
    paths: HashMap<&'static str, HashMap<&'static str, &'static RawValue>>,
    tags: Vec<Tag>,
    components: Components,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    description: String,
}

#[derive(Deserialize)]
struct Components {
    #[serde(borrow)]
    schemas: HashMap<&'static str, &'static RawValue>,
}

/// What tells an operation from the other members of a path.
#[derive(Deserialize)]
struct Identified {
    #[serde(rename = "operationId")]
    id: &'static str,
}

impl Spec {
    /// Reads the spec that is part of this program.
    pub(crate) fn read() -> Result<Self, Failure> {
        let spec: Outline = serde_json::from_str(jdy_sandbox::SPEC)
            .map_err(|error| Failure::other(say!("spec-damaged", why = error)))?;
        let by_id = |json: &'static RawValue| {
            let operation: Identified = serde_json::from_str(json.get()).ok()?;
            Some((operation.id, Part::new(json)))
        };
        let items = spec.paths.into_values().flat_map(HashMap::into_values);
        let schemas = spec.components.schemas.into_iter();
        let tags = spec.tags.into_iter();
        Ok(Self {
            operations: items.filter_map(by_id).collect(),
            modules: tags.map(|tag| (tag.name, tag.description)).collect(),
            schemas: schemas
                .map(|(name, json)| (name, Part::new(json)))
                .collect(),
        })
    }

    fn operation(&self, id: &str) -> Option<&Value> {
        self.operations.get(id).map(Part::value)
    }

    /// A fact of an operation; null where the spec has none.
    pub(crate) fn fact(&self, id: &str, keyword: &str) -> Value {
        let fact = self
            .operation(id)
            .and_then(|operation| operation.get(keyword));
        fact.cloned().unwrap_or_default()
    }

    /// What the vendor calls a module; empty where the spec does not say.
    pub(crate) fn module(&self, name: &str) -> &str {
        self.modules.get(name).map_or("", String::as_str)
    }

    /// The fields of an operation's request, the required ones first.
    pub(crate) fn request(&self, id: &str) -> Vec<Field> {
        let Some(operation) = self.operation(id) else {
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
        let parts = self.operation(id).and_then(|operation| {
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
            Some(found) => (name, found.value()),
            None => (None, schema),
        }
    }
}

/// The path of the caller's own key, where the SDK sends no request without it: where money moves,
/// whatever the page says of the field.
fn needed_key(operation: &Value) -> Option<&str> {
    let fact = |keyword: &str| operation.get(keyword).and_then(Value::as_str);
    fact("x-jdy-key").filter(|_| fact("x-jdy-effect") == Some("money"))
}

/// A text of an object.
fn text(object: &Value, name: &str) -> Option<String> {
    Some(object.get(name)?.as_str()?.to_owned())
}
