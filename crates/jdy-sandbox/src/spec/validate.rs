//! Whether a request fits its operation: query, JSON body or form against the schema.
//!
//! Owns the checks and how a problem is worded. Must not know what an operation does.
//! Must not use: `crate::fault`, `crate::product`, `crate::spec::sample`.

use serde_json::{Map, Value};

use super::digits;
use super::index::{Body, Operation, Spec};
use super::root::Root;
use super::schema::{properties, required, resolve, type_of};
use super::wire::Wire;
use crate::answer::{Refusal, errcode};
use crate::clock::{is_date, is_date_time};
use crate::decimal;
use crate::form::{self, Part};
use crate::request::Request;

/// How many known names a message lists.
const MAX_NAMES: usize = 40;

/// A part of a request that does not fit the schema.
struct Problem {
    errcode: i64,
    text: String,
}

impl Spec {
    /// Checks a request against its operation, except for `extras`, fields that are allowed
    /// although the spec does not know them. Gives the fields of query and body as one object.
    pub(crate) fn check(
        &self,
        operation: &Operation,
        request: &Request,
        extras: &[String],
    ) -> Result<Value, Refusal> {
        let mut validator = Validator {
            root: &self.root,
            request,
            extras,
            problems: Vec::new(),
        };
        let query = validator.query(operation);
        let body = match &operation.body {
            None => None,
            Some(Body::Multipart { schema }) => {
                validator.form(schema);
                None
            }
            Some(Body::Json { required, schema }) => validator.body(*required, schema)?,
        };
        let problems = validator.problems;
        let Some(first) = problems.first() else {
            return Ok(joined(query, body));
        };
        let all: Vec<&str> = problems
            .iter()
            .map(|problem| problem.text.as_str())
            .collect();
        Err(Refusal::business(first.errcode, all.join("; ")))
    }
}

/// Checks one request and collects its problems.
struct Validator<'a> {
    root: &'a Root,
    request: &'a Request,
    extras: &'a [String],
    problems: Vec<Problem>,
}

impl Validator<'_> {
    fn add(&mut self, errcode: i64, text: String) {
        self.problems.push(Problem { errcode, text });
    }

    fn wrong_kind(&mut self, text: String) {
        self.add(errcode::WRONG_KIND, text);
    }

    fn missing(&mut self, name: &str, place: &str) {
        let text = format!("{name}: required in the {place}, and missing");
        self.add(errcode::MISSING_FIELD, text);
    }

    fn unknown<'n>(&mut self, name: &str, place: &str, known: impl Iterator<Item = &'n str>) {
        let known: Vec<&str> = known.take(MAX_NAMES).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let text = format!("{name}: unknown field in the {place}; known here: {known}");
        self.add(errcode::UNKNOWN_FIELD, text);
    }

    fn query(&mut self, operation: &Operation) -> Value {
        let mut query = Map::new();
        for (name, value) in self.request.pairs() {
            if self.extras.contains(&name) {
                continue;
            }
            let known = &operation.parameters;
            let Some(parameter) = known.iter().find(|known| known.name == name) else {
                self.unknown(
                    &name,
                    "query",
                    known.iter().map(|known| known.name.as_str()),
                );
                continue;
            };
            let schema = resolve(self.root, &parameter.schema);
            let is_list = schema.get("type").and_then(Value::as_str) == Some("array");
            if query.contains_key(&name) && !is_list {
                self.wrong_kind(format!("{name}: duplicate in the query"));
            }
            self.text(schema, &value, &name);
            query.insert(name, Value::String(value));
        }
        for parameter in &operation.parameters {
            if parameter.required && !query.contains_key(&parameter.name) {
                self.missing(&parameter.name, "query");
            }
        }
        Value::Object(query)
    }

    fn body(&mut self, required: bool, schema: &Value) -> Result<Option<Value>, Refusal> {
        if self.request.body.is_empty() && !required {
            return Ok(None);
        }
        let refuse = |reason| Refusal::business(errcode::UNREADABLE_BODY, reason);
        let mut body: Value = serde_json::from_slice(&self.request.body)
            .map_err(|error| refuse(format!("the body is not JSON: {error}")))?;
        let Value::Object(fields) = &mut body else {
            let kind = kind_of(&body);
            return Err(refuse(format!(
                "the body must be a JSON object; got {kind}"
            )));
        };
        fields.retain(|name, _| !self.extras.contains(name));
        self.value(schema, &body, "");
        digits::keep(&mut body, &String::from_utf8_lossy(&self.request.body));
        Ok(Some(body))
    }

    /// Checks the parts of a form: their names, which are files, and the text of the others.
    fn form(&mut self, schema: &Value) {
        let kind = self.request.head.header("content-type").unwrap_or_default();
        let parts = match form::parts(kind, &self.request.body) {
            Ok(parts) => parts,
            Err(text) => return self.add(errcode::UNREADABLE_BODY, text),
        };
        let schema = resolve(self.root, schema);
        let known = properties(self.root, schema);
        for part in &parts {
            match known.get(part.name.as_str()) {
                Some(schema) => self.part(schema, part),
                None => self.unknown(&part.name, "form", known.keys().copied()),
            }
        }
        for name in required(self.root, schema) {
            if !parts.iter().any(|part| part.name == name) {
                self.missing(name, "form");
            }
        }
    }

    fn part(&mut self, schema: &Value, part: &Part<'_>) {
        let schema = resolve(self.root, schema);
        let schema = schema.get("items").unwrap_or(schema);
        let is_file = schema.get("format").and_then(Value::as_str) == Some("binary");
        if !is_file {
            let text = String::from_utf8_lossy(part.content);
            self.text(schema, &text, &part.name);
        } else if part.filename.is_none() {
            self.wrong_kind(format!(
                "{}: must be a file, with a filename; got text",
                part.name
            ));
        }
    }

    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let schema = resolve(self.root, schema);
        let expected = type_of(schema);
        let fits = match (expected, value) {
            ("object", Value::Object(fields)) => {
                self.object(schema, fields, path);
                true
            }
            ("array", Value::Array(items)) => {
                let item_schema = schema.get("items").unwrap_or(&Value::Null);
                for (at, item) in items.iter().enumerate() {
                    self.value(item_schema, item, &format!("{path}[{at}]"));
                }
                true
            }
            ("string", Value::String(text)) => {
                self.text(schema, text, path);
                true
            }
            ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
            ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) | ("", _) => true,
            _ => false,
        };
        if !fits {
            let place = if path.is_empty() { "the body" } else { path };
            let (expected, got) = (with_article(expected), kind_of(value));
            self.wrong_kind(format!("{place}: must be {expected}; got {got}"));
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>, path: &str) {
        let below = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        let known = properties(self.root, schema);
        let free = schema
            .get("additionalProperties")
            .filter(|free| **free != Value::Bool(false));
        for (name, value) in fields {
            // A null counts as a missing field.
            match known.get(name.as_str()).copied().or(free) {
                Some(_) if value.is_null() => {}
                Some(schema) => self.value(schema, value, &below(name)),
                // An object without described fields takes anything.
                None if known.is_empty() => {}
                None => self.unknown(&below(name), "body", known.keys().copied()),
            }
        }
        for name in required(self.root, schema) {
            if fields.get(name).is_none_or(Value::is_null) {
                self.missing(&below(name), "body");
            }
        }
    }

    /// Checks a text, from a body or a query, by its type and wire form. Empty text is no value.
    fn text(&mut self, schema: &Value, text: &str, path: &str) {
        if let Some(expected) = expected_text(schema, text) {
            self.wrong_kind(format!("{path}: must be {expected}; got {text:?}"));
        }
        let longest = schema
            .get("maxLength")
            .and_then(Value::as_u64)
            .and_then(|longest| usize::try_from(longest).ok());
        let length = text.chars().count();
        if let Some(longest) = longest.filter(|longest| length > *longest) {
            self.wrong_kind(format!(
                "{path}: must have at most {longest} characters; got {length}"
            ));
        }
    }
}

/// What a text must be instead, if it does not fit.
fn expected_text(schema: &Value, text: &str) -> Option<&'static str> {
    let is_integer = |text: &str| text.parse::<i64>().is_ok();
    let wire = Wire::of(schema);
    let (fits, expected) = match type_of(schema) {
        _ if text.is_empty() => return None,
        "integer" => (is_integer(text), INTEGER),
        "number" => (decimal::parse(text).is_some(), DECIMAL),
        "boolean" => (matches!(text, "true" | "false"), "true or false"),
        "array" if is_json_list(schema) => (is_json_array(text), "a JSON array, such as [\"1\"]"),
        "string" => match wire? {
            Wire::Decimal => (decimal::parse(text).is_some(), DECIMAL),
            Wire::Integer => (is_integer(text), INTEGER),
            Wire::Date => (is_date(text), "a date, such as 2024-01-31"),
            Wire::DateTime => (is_date_time(text), "a time, such as 2024-01-31 08:00:00"),
            Wire::EpochMillis => (
                is_integer(text),
                "epoch milliseconds, such as 1700000000000",
            ),
            Wire::Flag => (matches!(text, "0" | "1" | "true" | "false"), "0 or 1"),
        },
        _ => return None,
    };
    (!fits).then_some(expected)
}

const INTEGER: &str = "an integer, such as 1";
const DECIMAL: &str = "a decimal, such as 50.00";

fn is_json_list(schema: &Value) -> bool {
    schema.get("x-jdy-list").and_then(Value::as_str) == Some("json")
}

fn is_json_array(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_array())
}

/// The fields of the query and of the body as one object.
fn joined(query: Value, body: Option<Value>) -> Value {
    match (query, body) {
        (Value::Object(mut fields), Some(Value::Object(more))) => {
            fields.extend(more);
            Value::Object(fields)
        }
        (_, Some(body)) => body,
        (query, None) => query,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn with_article(kind: &str) -> &'static str {
    match kind {
        "object" => "an object",
        "array" => "an array",
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        _ => "something else",
    }
}
