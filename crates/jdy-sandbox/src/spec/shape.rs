//! Records in the shape of an answer: its names, its types, and nothing that the record does not say.
//!
//! Owns how the fields of a record become those of an answer. A field of which nothing is known is
//! an empty text or list, or is left out. Must not know where a record comes from.
//! Must not use: `crate::fault`, `crate::product`, `crate::request`, `crate::spec::sample`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::convert::{empty, scalar, zero};
use super::index::{Operation, Spec};
use super::root::Root;
use super::schema::{properties, property, required, resolve, type_of};

/// What a record holds.
pub(crate) trait Record {
    /// A field of the record itself, before the ones that were saved: its id, say.
    fn own(&self, name: &str) -> Option<Value>;
    /// The fields that were saved.
    fn saved(&self) -> &Map<String, Value>;
    /// A state of the record, by the codes that the schema has for it.
    fn state(&self, name: &str, schema: &Value) -> Option<Value>;
    /// What the saved fields of an object imply for another field of it.
    fn implied(&self, fields: &Map<String, Value>, name: &str) -> Option<Value>;
}

/// A record that is its saved fields and nothing else.
pub(crate) struct Plain<'a>(pub(crate) &'a Map<String, Value>);

impl Record for Plain<'_> {
    fn own(&self, _: &str) -> Option<Value> {
        None
    }

    fn saved(&self) -> &Map<String, Value> {
        self.0
    }

    fn state(&self, _: &str, _: &Value) -> Option<Value> {
        None
    }

    fn implied(&self, _: &Map<String, Value>, _: &str) -> Option<Value> {
        None
    }
}

/// A schema of an operation's answer, with the names under which saved fields come back.
pub(crate) struct Shape<'a> {
    root: &'a Root,
    schema: &'a Value,
    returns: Option<&'a HashMap<String, String>>,
}

/// Where in the answer and in the save an object stands. Each ends with a dot unless it is empty.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    answer: &'a str,
    save: &'a str,
}

impl Spec {
    /// The lists of a saved record whose items have ids.
    pub(crate) fn entries<'a>(&'a self, operation: &'a Operation) -> Vec<&'a str> {
        let of = operation.resource.as_ref().and_then(|one| one.of.as_ref());
        let items = |schema: &'a Value| {
            let schema = resolve(&self.root, schema);
            schema.get("items").map(|items| resolve(&self.root, items))
        };
        let fields = match of {
            None => self.fields(operation),
            Some(of) => {
                let held = self.fields(operation).into_iter();
                let held = held
                    .filter(|(name, _)| name == of)
                    .map(|(_, schema)| schema);
                let record = held.map(|held| items(held).unwrap_or(resolve(&self.root, held)));
                record
                    .flat_map(|record| properties(&self.root, record))
                    .collect()
            }
        };
        let has_id = |schema| property(&self.root, items(schema)?, "id");
        let lists = fields
            .into_iter()
            .filter(|(_, schema)| has_id(schema).is_some());
        lists.map(|(name, _)| name).collect()
    }

    /// The schema of the data of an answer.
    pub(crate) fn data<'a>(&'a self, operation: &'a Operation) -> Option<&'a Value> {
        let answer = resolve(&self.root, &operation.answer);
        let data = property(&self.root, answer, "data")?;
        Some(resolve(&self.root, data))
    }

    /// The data of an answer with the fields of a record; `None` for an answer without data.
    pub(crate) fn data_of(&self, operation: &Operation, record: &dyn Record) -> Option<Value> {
        Some(self.shape(operation, "")?.of(record))
    }

    /// The data of an answer of which nothing is known: every field, with a value of its type.
    pub(crate) fn blank(&self, operation: &Operation) -> Option<Value> {
        let fields = properties(&self.root, self.data(operation)?).into_iter();
        let blank =
            fields.map(|(name, schema)| (name.to_owned(), zero(resolve(&self.root, schema))));
        Some(Value::Object(blank.collect()))
    }

    /// The shape of a value in the data of an answer, at a path of names joined by dots.
    pub(crate) fn shape<'a>(&'a self, operation: &'a Operation, path: &str) -> Option<Shape<'a>> {
        let mut names = path.split('.').filter(|name| !name.is_empty());
        let schema = names.try_fold(self.data(operation)?, |schema, name| {
            let field = resolve(&self.root, property(&self.root, schema, name)?);
            Some(match field.get("items") {
                Some(items) => resolve(&self.root, items),
                None => field,
            })
        });
        Some(Shape {
            root: &self.root,
            schema: schema?,
            returns: operation.resource.as_ref().map(|one| &one.returns),
        })
    }
}

impl<'a> Shape<'a> {
    /// Whether an object of this shape has the field.
    pub(crate) fn has(&self, name: &str) -> bool {
        property(self.root, self.schema, name).is_some()
    }

    /// Whether a field is a boolean.
    pub(crate) fn is_flag(&self, name: &str) -> bool {
        let field = property(self.root, self.schema, name);
        field.is_some_and(|field| type_of(resolve(self.root, field)) == "boolean")
    }

    /// Whether a field is a list of objects.
    pub(crate) fn is_list_of_objects(&self, name: &str) -> bool {
        let field = property(self.root, self.schema, name);
        let items = field.and_then(|field| resolve(self.root, field).get("items"));
        items.is_some_and(|items| type_of(resolve(self.root, items)) == "object")
    }

    /// The only object among the fields, if an object of this shape has one field.
    pub(crate) fn inner(&self) -> Option<(&'a str, Self)> {
        let mut all = properties(self.root, self.schema).into_iter();
        let (Some((name, field)), None) = (all.next(), all.next()) else {
            return None;
        };
        let schema = resolve(self.root, field);
        let inner = Self { schema, ..*self };
        (type_of(schema) == "object").then_some((name, inner))
    }

    /// The record in this shape.
    pub(crate) fn of(&self, record: &dyn Record) -> Value {
        let place = Place::default();
        let object = self.object(self.schema, record.saved(), record, place);
        Value::Object(object)
    }

    /// One field of the record in this shape.
    pub(crate) fn field(&self, record: &dyn Record, name: &str) -> Option<Value> {
        let schema = property(self.root, self.schema, name)?;
        let place = Place::default();
        self.known(name, schema, record.saved(), record, place)
    }

    fn object(
        &self,
        schema: &Value,
        saved: &Map<String, Value>,
        record: &dyn Record,
        place: Place<'_>,
    ) -> Map<String, Value> {
        let known = properties(self.root, schema);
        if known.is_empty() {
            return saved.clone();
        }
        let needed = required(self.root, schema);
        let mut object = Map::new();
        for (name, schema) in known {
            let schema = resolve(self.root, schema);
            let value = self.known(name, schema, saved, record, place);
            let value = value.or_else(|| empty(schema));
            let value = value.or_else(|| needed.contains(&name).then(|| zero(schema)));
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        }
        object
    }

    /// What is known of a field: the record's own, what was saved, its state, what others imply.
    fn known(
        &self,
        name: &str,
        schema: &Value,
        saved: &Map<String, Value>,
        record: &dyn Record,
        place: Place<'_>,
    ) -> Option<Value> {
        let schema = resolve(self.root, schema);
        if place.answer.is_empty()
            && let Some(own) = record.own(name)
        {
            return scalar(schema, &own).or(Some(own));
        }
        let answer = format!("{}{name}", place.answer);
        let path = self.returns.and_then(|returns| returns.get(&answer));
        let source = path.and_then(|path| path.strip_prefix(place.save));
        let source = source.unwrap_or(name);
        let inner = (format!("{answer}."), format!("{}{source}.", place.save));
        let place = Place {
            answer: &inner.0,
            save: &inner.1,
        };
        let value = saved.get(source).filter(|value| is_filled(value));
        let value = value.and_then(|value| self.value(schema, value, record, place));
        value
            .or_else(|| record.state(&answer, schema))
            .or_else(|| scalar(schema, &record.implied(saved, name)?))
    }

    fn value(
        &self,
        schema: &Value,
        value: &Value,
        record: &dyn Record,
        place: Place<'_>,
    ) -> Option<Value> {
        match (type_of(schema), value) {
            ("object", Value::Object(fields)) => {
                Some(Value::Object(self.object(schema, fields, record, place)))
            }
            ("array", Value::Array(items)) => {
                let schema = resolve(self.root, schema.get("items").unwrap_or(&Value::Null));
                let items = items.iter();
                let items = items.filter_map(|item| self.value(schema, item, record, place));
                Some(Value::Array(items.collect()))
            }
            ("array", Value::Object(_)) => {
                let schema = resolve(self.root, schema.get("items").unwrap_or(&Value::Null));
                let item = self.value(schema, value, record, place)?;
                Some(Value::Array(vec![item]))
            }
            _ => scalar(schema, value),
        }
    }
}

fn is_filled(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}
