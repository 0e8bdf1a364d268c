//! The text of the bundle: its schemas are read when they are first asked for.
//!
//! Owns what is kept of the bundle, and in which form: a sandbox answers few of its operations, and
//! to read all schemas takes most of the time and memory of a start. Must not know what a schema
//! means. Must not use: `crate::product`, `crate::request`, `crate::spec::index`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Where the schemas that have names stand.
const SCHEMAS: &str = "/components/schemas/";

/// What references point to.
#[derive(Debug)]
pub(crate) struct Root {
    schemas: HashMap<String, Schema>,
    /// The other components.
    others: Value,
}

#[derive(Debug)]
struct Schema {
    text: Box<RawValue>,
    read: OnceLock<Value>,
}

/// The parts of an object, not read yet.
type Parts<'t> = HashMap<String, &'t RawValue>;

impl Root {
    /// Reads a bundle; gives its paths beside it.
    pub(super) fn read(text: &str) -> Result<(Self, Parts<'_>), String> {
        let told = |error: serde_json::Error| error.to_string();
        let mut bundle: Parts<'_> = serde_json::from_str(text).map_err(told)?;
        let paths = bundle.remove("paths").ok_or("the spec has no paths")?;
        let paths = serde_json::from_str(paths.get()).map_err(told)?;
        let mut components = match bundle.remove("components") {
            Some(components) => serde_json::from_str(components.get()).map_err(told)?,
            None => Parts::new(),
        };
        let schemas: HashMap<String, Box<RawValue>> = match components.remove("schemas") {
            Some(schemas) => serde_json::from_str(schemas.get()).map_err(told)?,
            None => HashMap::new(),
        };
        let schemas = schemas.into_iter().map(|(name, text)| {
            let read = OnceLock::new();
            (name, Schema { text, read })
        });
        let mut others = Map::new();
        for (name, text) in components {
            others.insert(name, serde_json::from_str(text.get()).map_err(told)?);
        }
        let root = Self {
            schemas: schemas.collect(),
            others: Value::Object(Map::from_iter([(
                "components".to_owned(),
                Value::Object(others),
            )])),
        };
        Ok((root, paths))
    }

    /// The value at a pointer.
    pub(super) fn pointer(&self, pointer: &str) -> Option<&Value> {
        let Some(name) = pointer.strip_prefix(SCHEMAS) else {
            return self.others.pointer(pointer);
        };
        let (name, rest) = match name.find('/') {
            Some(end) => name.split_at(end),
            None => (name, ""),
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        let schema = self.schemas.get(&name)?;
        // The text is JSON: it was read once as part of the bundle.
        let read = || serde_json::from_str(schema.text.get()).unwrap_or_default();
        schema.read.get_or_init(read).pointer(rest)
    }
}

/// A schema without the words for people, which no answer needs.
pub(super) fn lean(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let is_word = |name: &str, value: &Value| {
                matches!(name, "title" | "description") && value.is_string()
            };
            let kept = fields.iter().filter(|(name, value)| !is_word(name, value));
            let kept = kept.map(|(name, value)| match name.as_str() {
                "example" | "default" => (name.clone(), value.clone()),
                _ => (name.clone(), lean(value)),
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(lean).collect()),
        plain => plain.clone(),
    }
}
