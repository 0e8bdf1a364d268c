//! The fields of a request or an answer, as a tree.
//!
//! Owns how a schema of the spec becomes fields. Must not know which operation they belong to.

use serde_json::{Map, Value, json};

use super::{Spec, text};
use crate::language::say;

/// Where a field travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Query,
    Body,
    Form,
    Answer,
}

impl Place {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Body => "body",
            Self::Form => "form",
            Self::Answer => "answer",
        }
    }
}

/// What a field holds, lists aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Decimal,
    Date,
    DateTime,
    EpochMillis,
    Flag,
    Integer,
    Number,
    Boolean,
    File,
    /// An object with the fields of [`Field::fields`].
    Record,
    /// An object with the customer's own names, each a text.
    Map,
    /// Any object.
    Object,
}

impl Kind {
    fn of(schema: &Value, has_fields: bool) -> Self {
        let ty = schema.get("type").and_then(Value::as_str);
        match schema.get("x-jdy-wire").and_then(Value::as_str) {
            Some("decimal") => return Self::Decimal,
            Some("integer") => return Self::Integer,
            Some("date") => return Self::Date,
            Some("datetime") => return Self::DateTime,
            Some("epoch-millis") => return Self::EpochMillis,
            Some("flag") => return Self::Flag,
            _ => {}
        }
        match ty {
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("object") if has_fields => Self::Record,
            Some("object") => match schema.get("additionalProperties") {
                Some(Value::Object(_)) => Self::Map,
                _ => Self::Object,
            },
            _ if schema
                .get("format")
                .is_some_and(|format| format == "binary") =>
            {
                Self::File
            }
            _ => Self::Text,
        }
    }

    /// For a person.
    fn in_words(self) -> String {
        match self {
            Self::Text => say!("type-text"),
            Self::Decimal => say!("type-decimal"),
            Self::Date => say!("type-date"),
            Self::DateTime => say!("type-datetime"),
            Self::EpochMillis => say!("type-epoch-millis"),
            Self::Flag => say!("type-flag"),
            Self::Integer => say!("type-integer"),
            Self::Number => say!("type-number"),
            Self::Boolean => say!("type-boolean"),
            Self::File => say!("type-file"),
            Self::Record => say!("type-record"),
            Self::Map => say!("type-map"),
            Self::Object => say!("type-object"),
        }
    }

    /// For a program.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::EpochMillis => "epoch-millis",
            Self::Flag => "flag",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::File => "file",
            Self::Record => "record",
            Self::Map => "map of text",
            Self::Object => "object",
        }
    }
}

/// A known code and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) label: String,
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The vendor's short label; empty where it has none.
    pub(crate) label: String,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// Whether it is a list of these.
    pub(crate) is_list: bool,
    pub(crate) required: bool,
    /// The codes that are known; there may be others.
    pub(crate) codes: Vec<Code>,
    /// What the spec says beyond the label: when it may be left out, and so on.
    pub(crate) note: Option<String>,
    /// The default, limits and further facts, as the spec writes them.
    pub(crate) facts: Map<String, Value>,
    /// The fields of a record.
    pub(crate) fields: Vec<Field>,
}

/// The facts of a field that are passed on, and under which names.
const FACTS: [(&str, &str); 7] = [
    ("default", "default"),
    ("maxLength", "max_length"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("x-jdy-scale", "scale"),
    ("x-jdy-list", "list_form"),
    ("x-jdy-encrypted", "encrypted"),
];

/// The field of a parameter.
pub(super) fn of_parameter(spec: &Spec, parameter: &Value) -> Option<Field> {
    let name = text(parameter, "name")?;
    let required = parameter.get("required") == Some(&Value::Bool(true));
    let reading = Reading {
        spec,
        place: Place::Query,
    };
    Some(reading.field(&name, parameter.get("schema")?, required, &mut Vec::new()))
}

/// The fields of an object.
pub(super) fn of_object(spec: &Spec, schema: &Value, place: Place) -> Vec<Field> {
    let (name, schema) = spec.resolved(schema);
    let mut within: Vec<&str> = name.into_iter().collect();
    Reading { spec, place }.fields(schema, &mut within)
}

/// Makes the field at this path a required one.
pub(super) fn demand(fields: &mut [Field], path: &str) {
    let (name, within) = path.split_once('.').unwrap_or((path, ""));
    for field in fields.iter_mut().filter(|field| field.name == name) {
        match within {
            "" => field.required = true,
            within => demand(&mut field.fields, within),
        }
    }
    fields.sort_by_key(|field| !field.required);
}

struct Reading<'a> {
    spec: &'a Spec,
    place: Place,
}

impl<'a> Reading<'a> {
    /// `within` are the named shapes that this one stands in: none leads back to itself.
    fn fields(&self, schema: &'a Value, within: &mut Vec<&'a str>) -> Vec<Field> {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields: Vec<Field> = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| self.field(name, schema, is_required(name), within))
            .collect();
        fields.sort_by_key(|field| !field.required);
        fields
    }

    fn field(
        &self,
        name: &str,
        given: &'a Value,
        required: bool,
        within: &mut Vec<&'a str>,
    ) -> Field {
        let is_list = given.get("type").is_some_and(|ty| ty == "array");
        let item = given.get("items").filter(|_| is_list).unwrap_or(given);
        let (shape, schema) = self.spec.resolved(item);
        let mut fields = Vec::new();
        if shape.is_none_or(|shape| !within.contains(&shape)) {
            within.extend(shape);
            fields = self.fields(schema, within);
            within.truncate(within.len() - usize::from(shape.is_some()));
        }
        // Beside a name of a shape stands what is said of this place.
        let said = |keyword: &str| given.get(keyword).or_else(|| item.get(keyword));
        let said_text = |keyword: &str| said(keyword).and_then(Value::as_str).map(str::to_owned);
        let fact = |(keyword, name): (&str, &str)| Some((name.to_owned(), said(keyword)?.clone()));
        Field {
            name: name.to_owned(),
            label: said_text("title").unwrap_or_default(),
            place: self.place,
            kind: Kind::of(schema, !fields.is_empty()),
            is_list,
            required,
            codes: said("x-jdy-codes").map_or_else(Vec::new, codes),
            note: said_text("description"),
            facts: FACTS.into_iter().filter_map(fact).collect(),
            fields,
        }
    }
}

fn codes(codes: &Value) -> Vec<Code> {
    let codes = codes.as_array().into_iter().flatten();
    let code = |it: &Value| {
        Some(Code {
            code: text(it, "code")?,
            label: text(it, "label")?,
        })
    };
    codes.filter_map(code).collect()
}

impl Field {
    /// What it holds, for a person: `list of record`.
    pub(crate) fn type_name(&self) -> String {
        let kind = self.kind.in_words();
        match self.is_list {
            true => say!("type-list", kind = kind),
            false => kind,
        }
    }

    /// For a program.
    pub(crate) fn as_json(&self) -> Value {
        let codes = self.codes.iter();
        let codes: Vec<Value> = codes
            .map(|it| json!({"code": it.code, "label": it.label}))
            .collect();
        let mut all = json!({
            "name": self.name,
            "label": self.label,
            "type": self.kind.as_str(),
            "list": self.is_list,
        });
        if let Some(all) = all.as_object_mut() {
            if self.place != Place::Answer {
                all.insert("in".to_owned(), json!(self.place.as_str()));
                all.insert("required".to_owned(), json!(self.required));
            }
            if let Some(note) = &self.note {
                all.insert("note".to_owned(), json!(note));
            }
            all.extend(self.facts.clone());
            if !codes.is_empty() {
                all.insert("codes".to_owned(), json!(codes));
            }
            if !self.fields.is_empty() {
                let fields: Vec<Value> = self.fields.iter().map(Self::as_json).collect();
                all.insert("fields".to_owned(), json!(fields));
            }
        }
        all
    }

    /// Visits it and all fields within it, each with its path: `entries[].id`.
    pub(crate) fn visit<'a>(&'a self, above: &str, visitor: &mut dyn FnMut(&str, &'a Self)) {
        let path = format!("{above}{}", self.name);
        visitor(&path, self);
        let above = match self.is_list {
            true => format!("{path}[]."),
            false => format!("{path}."),
        };
        for field in &self.fields {
            field.visit(&above, visitor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form that is not known here would be shown and read as text.
    #[test]
    fn each_wire_form_of_the_spec_is_a_kind_of_its_own() {
        for word in jdy_spec::model::Wire::WORDS {
            let schema = json!({"type": "string", "x-jdy-wire": word});
            assert_eq!(Kind::of(&schema, false).as_str(), *word);
        }
    }
}
