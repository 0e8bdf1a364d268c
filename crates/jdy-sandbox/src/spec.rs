//! The bundled spec: which operations exist, whether a request fits, and what an answer looks like.
//!
//! It reads OpenAPI as JSON and nothing else. It must not know sockets, signatures or the ledger.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::answer::{Refusal, errcode};
use crate::clock::{is_date, is_date_time};
use crate::fault::FaultKind;
use crate::form;
use crate::ledger::decimal;
use crate::page::Asked;
use crate::request::Request;
use crate::verdict::Verdict;

/// `CVGQ..` is 18599999999 under the sandbox's own client secret, by the vendor's rule for private fields.
const ENCRYPTED_PHONE: &str = "CVGQxKy7SFTAyeDXXEeRuw==";

/// How many references may follow each other before one names a schema.
const MAX_REFERENCES: usize = 8;

/// The whole bundle with an index by path and method.
#[derive(Debug)]
pub(crate) struct Spec {
    root: Value,
    operations: HashMap<String, Vec<Operation>>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    /// `ls.mall_recharge`.
    pub(crate) id: String,
    /// In upper case.
    pub(crate) method: String,
    /// The field that is the caller's own key.
    key: Option<String>,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answer: Value,
    example: Option<Value>,
    verdict: Option<Verdict>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    required: Required,
    schema: Value,
}

#[derive(Debug)]
enum Body {
    Json { required: Required, schema: Value },
    Multipart { schema: Value },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

impl Required {
    fn of(node: &Value) -> Self {
        if node.get("required") == Some(&Value::Bool(true)) {
            Self::Yes
        } else {
            Self::No
        }
    }
}

/// Something of a request that does not fit the schema.
struct Finding {
    errcode: i64,
    text: String,
}

impl Spec {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let paths = root
            .get("paths")
            .and_then(Value::as_object)
            .ok_or("the spec has no paths")?;
        let mut operations = HashMap::new();
        for (path, item) in paths {
            let item = resolve(&root, item);
            let methods = ["get", "post", "put", "delete", "patch"];
            let here: Vec<Operation> = methods
                .iter()
                .filter_map(|method| Some(Operation::read(&root, method, item.get(method)?)))
                .collect();
            operations.insert(path.clone(), here);
        }
        Ok(Self { root, operations })
    }

    /// The operations of a path: `None` for a path that the spec does not know.
    pub(crate) fn at(&self, path: &str) -> Option<&[Operation]> {
        self.operations.get(path).map(Vec::as_slice)
    }

    /// The caller's own key, where the operation has one and the body gives it as text.
    pub(crate) fn key_in(&self, request: &Request) -> Option<String> {
        let here = self.at(request.head.path())?;
        let operation = here.iter().find(|one| one.method == request.head.method)?;
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let key = body.get(operation.key.as_ref()?)?.as_str()?;
        Some(key.to_owned())
    }

    /// The fields of a request that its operation does not know; those of a form are no such.
    pub(crate) fn extras_in(&self, request: &Request) -> Vec<String> {
        let here = self.at(request.head.path()).unwrap_or_default();
        let Some(operation) = here.iter().find(|one| one.method == request.head.method) else {
            return Vec::new();
        };
        let known = |name: &str| operation.parameters.iter().any(|one| one.name == name);
        let mut extras: Vec<String> = request.pairs().into_iter().map(|(name, _)| name).collect();
        extras.retain(|name| !known(name));
        let properties = match &operation.body {
            Some(Body::Multipart { .. }) => return extras,
            Some(Body::Json { schema, .. }) => self.properties(resolve(&self.root, schema)),
            None => std::collections::BTreeMap::new(),
        };
        if let Ok(Value::Object(fields)) = serde_json::from_slice(&request.body) {
            let names = fields.into_iter().map(|(name, _)| name);
            extras.extend(names.filter(|name| !properties.contains_key(name.as_str())));
        }
        extras
    }

    /// Checks a request against its operation, but for the fields that pass as extra ones; the
    /// fields of query and body as one object, where they fit.
    pub(crate) fn check(
        &self,
        operation: &Operation,
        request: &Request,
        extras: &[String],
    ) -> Result<Value, Refusal> {
        let mut findings = Vec::new();
        let query = self.check_query(operation, request, extras, &mut findings);
        let body = match &operation.body {
            None => None,
            Some(Body::Multipart { schema }) => {
                self.check_form(schema, request, &mut findings);
                None
            }
            Some(Body::Json { required, schema }) => {
                self.check_body(*required, schema, (request, extras), &mut findings)?
            }
        };
        let Some(first) = findings.first() else {
            return Ok(joined(query, body));
        };
        let all: Vec<&str> = findings
            .iter()
            .map(|finding| finding.text.as_str())
            .collect();
        Err(Refusal::business(first.errcode, all.join("; ")))
    }

    fn check_query(
        &self,
        operation: &Operation,
        request: &Request,
        extras: &[String],
        findings: &mut Vec<Finding>,
    ) -> Value {
        let mut query = Map::new();
        for (name, value) in request.pairs() {
            if extras.contains(&name) {
                continue;
            }
            let Some(parameter) = operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == name)
            else {
                findings.push(unknown(
                    &name,
                    "query",
                    operation.parameters.iter().map(|known| known.name.as_str()),
                ));
                continue;
            };
            let schema = resolve(&self.root, &parameter.schema);
            let list = schema.get("type").and_then(Value::as_str) == Some("array");
            if query.contains_key(&name) && !list {
                findings.push(Finding {
                    errcode: errcode::WRONG_KIND,
                    text: format!("{name}: stands twice in the query"),
                });
            }
            check_text(schema, &value, &name, findings);
            query.insert(name, Value::String(value));
        }
        for parameter in &operation.parameters {
            if parameter.required == Required::Yes && !query.contains_key(&parameter.name) {
                findings.push(missing(&parameter.name, "query"));
            }
        }
        Value::Object(query)
    }

    fn check_body(
        &self,
        required: Required,
        schema: &Value,
        (request, extras): (&Request, &[String]),
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Value>, Refusal> {
        if request.body.is_empty() && required == Required::No {
            return Ok(None);
        }
        let mut body: Value = serde_json::from_slice(&request.body).map_err(|error| {
            Refusal::business(
                errcode::UNREADABLE_BODY,
                format!("the body is not JSON: {error}"),
            )
        })?;
        if let Value::Object(fields) = &mut body {
            fields.retain(|name, _| !extras.contains(name));
        } else {
            let said = format!("the body must be a JSON object; {} came", kind_of(&body));
            return Err(Refusal::business(errcode::UNREADABLE_BODY, said));
        }
        self.check_value(schema, &body, "", findings);
        Ok(Some(body))
    }

    /// Checks the parts of a form: their names, that files are files and texts fit.
    fn check_form(&self, schema: &Value, request: &Request, findings: &mut Vec<Finding>) {
        let kind = request.head.header("content-type").unwrap_or_default();
        let parts = match form::parts(kind, &request.body) {
            Ok(parts) => parts,
            Err(text) => {
                return findings.push(Finding {
                    errcode: errcode::UNREADABLE_BODY,
                    text,
                });
            }
        };
        let schema = resolve(&self.root, schema);
        let known = self.properties(schema);
        for part in &parts {
            let Some(schema) = known.get(part.name.as_str()) else {
                findings.push(unknown(&part.name, "form", known.keys().copied()));
                continue;
            };
            let schema = resolve(&self.root, schema);
            let schema = schema.get("items").unwrap_or(schema);
            let is_file = schema.get("format").and_then(Value::as_str) == Some("binary");
            match (is_file, &part.filename) {
                (true, None) => findings.push(Finding {
                    errcode: errcode::WRONG_KIND,
                    text: format!(
                        "{}: must be a file, with a filename; a text came",
                        part.name
                    ),
                }),
                (false, _) => {
                    let text = String::from_utf8_lossy(part.content);
                    check_text(schema, &text, &part.name, findings);
                }
                (true, Some(_)) => {}
            }
        }
        for name in self.required(schema) {
            if !parts.iter().any(|part| part.name == name) {
                findings.push(missing(name, "form"));
            }
        }
    }

    fn check_value(&self, schema: &Value, value: &Value, path: &str, findings: &mut Vec<Finding>) {
        let schema = resolve(&self.root, schema);
        let expected = type_of(schema);
        let fits = match (expected, value) {
            ("object", Value::Object(fields)) => {
                self.check_object(schema, fields, path, findings);
                true
            }
            ("array", Value::Array(items)) => {
                let item_schema = schema.get("items").unwrap_or(&Value::Null);
                for (at, item) in items.iter().enumerate() {
                    self.check_value(item_schema, item, &format!("{path}[{at}]"), findings);
                }
                true
            }
            ("string", Value::String(text)) => {
                check_text(schema, text, path, findings);
                true
            }
            ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
            ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) | ("", _) => true,
            _ => false,
        };
        if !fits {
            let place = if path.is_empty() { "the body" } else { path };
            let text = format!(
                "{place}: must be {}; {} came",
                article(expected),
                kind_of(value)
            );
            findings.push(Finding {
                errcode: errcode::WRONG_KIND,
                text,
            });
        }
    }

    fn check_object(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        path: &str,
        findings: &mut Vec<Finding>,
    ) {
        let below = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        let known = self.properties(schema);
        let free = schema
            .get("additionalProperties")
            .filter(|free| **free != Value::Bool(false));
        for (name, value) in fields {
            // A null is a field that is not there.
            match known.get(name.as_str()).copied().or(free) {
                Some(_) if value.is_null() => {}
                Some(schema) => self.check_value(schema, value, &below(name), findings),
                // An object that the page does not describe takes anything.
                None if known.is_empty() => {}
                None => findings.push(unknown(&below(name), "body", known.keys().copied())),
            }
        }
        for name in self.required(schema) {
            if fields.get(name).is_none_or(Value::is_null) {
                findings.push(missing(&below(name), "body"));
            }
        }
    }

    /// The properties of an object schema and of all that it is put together from, sorted by name.
    fn properties<'a>(
        &'a self,
        schema: &'a Value,
    ) -> std::collections::BTreeMap<&'a str, &'a Value> {
        parts(&self.root, schema)
            .into_iter()
            .filter_map(|part| part.get("properties").and_then(Value::as_object))
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
            .collect()
    }

    fn required<'a>(&'a self, schema: &'a Value) -> Vec<&'a str> {
        parts(&self.root, schema)
            .into_iter()
            .filter_map(|part| part.get("required").and_then(Value::as_array))
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The answer of an operation that the sandbox only knows from the spec: its example, else one
    /// made from its schema, the same every time; of a list the page that is wanted.
    pub(crate) fn answer(
        &self,
        operation: &Operation,
        wanted: &Value,
        fault: Option<&FaultKind>,
    ) -> Value {
        if let Some(example) = &operation.example {
            return example.clone();
        }
        let made = self.make(&operation.answer, "", &mut Vec::new());
        let mut answer = made.unwrap_or_default();
        let asked = Asked::of(self.fields(operation).into_iter(), wanted);
        if let (Some(asked), Some(data)) = (asked, answer.get_mut("data")) {
            asked.turn(data, fault);
        }
        if let (Some(verdict), Some(data)) = (&operation.verdict, answer.get_mut("data")) {
            verdict.say_yes(data, wanted);
        }
        answer
    }

    /// The fields of a request, with their schemas.
    fn fields<'a>(&'a self, operation: &'a Operation) -> Vec<(&'a str, &'a Value)> {
        let query = operation.parameters.iter();
        let query = query.map(|parameter| (parameter.name.as_str(), &parameter.schema));
        let body = match &operation.body {
            Some(Body::Json { schema, .. }) => self.properties(resolve(&self.root, schema)),
            Some(Body::Multipart { .. }) | None => std::collections::BTreeMap::new(),
        };
        query.chain(body).collect()
    }

    /// A value of this schema; `None` for a schema inside of itself, which would have no end.
    fn make<'a>(
        &'a self,
        schema: &'a Value,
        name: &str,
        trail: &mut Vec<&'a Value>,
    ) -> Option<Value> {
        let schema = resolve(&self.root, schema);
        if let Some(example) = schema.get("example") {
            return Some(example.clone());
        }
        Some(match type_of(schema) {
            "object" => {
                if trail.iter().any(|outer| std::ptr::eq(*outer, schema)) {
                    return None;
                }
                trail.push(schema);
                let object = self.make_object(schema, trail);
                trail.pop();
                object
            }
            "array" => {
                let item = self.make(schema.get("items").unwrap_or(&Value::Null), name, trail);
                Value::Array(item.into_iter().collect())
            }
            "boolean" => json!(true),
            "integer" | "number" => match schema.get("x-jdy-wire").and_then(Value::as_str) {
                Some("epoch-millis") => json!(1_700_000_000_000_i64),
                _ if name == "errcode" => json!(0),
                _ => json!(1),
            },
            "string" => Value::String(make_text(schema, name)),
            _ => Value::Null,
        })
    }

    fn make_object<'a>(&'a self, schema: &'a Value, trail: &mut Vec<&'a Value>) -> Value {
        let mut object = Map::new();
        for part in parts(&self.root, schema) {
            for (name, schema) in part
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                object.insert(
                    name.clone(),
                    self.make(schema, name, trail).unwrap_or_default(),
                );
            }
        }
        Value::Object(object)
    }
}

impl Operation {
    fn read(root: &Value, method: &str, node: &Value) -> Self {
        let parameters = node
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let parameters = parameters
            .map(|parameter| resolve(root, parameter))
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .map(|parameter| Parameter {
                name: parameter
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                required: Required::of(parameter),
                schema: parameter.get("schema").cloned().unwrap_or_default(),
            })
            .collect();
        let body = node
            .get("requestBody")
            .map(|body| resolve(root, body))
            .map(
                |body| match body.pointer("/content/application~1json/schema") {
                    Some(schema) => Body::Json {
                        required: Required::of(body),
                        schema: schema.clone(),
                    },
                    None => Body::Multipart {
                        schema: body
                            .pointer("/content/multipart~1form-data/schema")
                            .cloned()
                            .unwrap_or_default(),
                    },
                },
            );
        let answer = node
            .pointer("/responses/200")
            .map(|answer| resolve(root, answer));
        let content = answer.and_then(|answer| answer.pointer("/content/application~1json"));
        let of = |key| content.and_then(|content| content.get(key)).cloned();
        Self {
            id: node
                .get("operationId")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            method: method.to_ascii_uppercase(),
            key: node
                .get("x-jdy-key")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            parameters,
            body,
            answer: of("schema").unwrap_or_else(|| json!({"type": "object"})),
            example: of("example"),
            verdict: Verdict::read(node),
        }
    }
}

/// The fields of the query, and those of the body.
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

/// Follows `$ref` inside the bundle. A reference that leads nowhere, or round and round, is a schema without type.
fn resolve<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
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

/// A schema and, in order, what its `allOf` adds.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let added = schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut parts: Vec<&Value> = added.map(|part| resolve(root, part)).collect();
    parts.push(schema);
    parts
}

fn type_of(schema: &Value) -> &str {
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

/// Checks a text, from a body or a query, by its type and wire form. An empty text is no value.
fn check_text(schema: &Value, text: &str, path: &str, findings: &mut Vec<Finding>) {
    let wire = schema
        .get("x-jdy-wire")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let expected = match (type_of(schema), wire) {
        _ if text.is_empty() => None,
        ("integer", _) if text.parse::<i64>().is_err() => Some("an integer, such as 1"),
        ("number", _) | (_, "decimal") if decimal(text).is_none() => {
            Some("a decimal, such as 50.00")
        }
        ("boolean", _) if !matches!(text, "true" | "false") => Some("true or false"),
        ("string", "date") if !is_date(text) => Some("a date, such as 2024-01-31"),
        ("string", "datetime") if !is_date_time(text) => {
            Some("a time, such as 2024-01-31 08:00:00")
        }
        ("string", "epoch-millis") if text.parse::<i64>().is_err() => {
            Some("epoch milliseconds, such as 1700000000000")
        }
        ("string", "flag") if !matches!(text, "0" | "1" | "true" | "false") => Some("0 or 1"),
        ("array", _) if is_json_list(schema) && !json_list(text) => {
            Some("a JSON list, such as [\"1\"]")
        }
        _ => None,
    };
    if let Some(expected) = expected {
        let text = format!("{path}: must be {expected}; {text:?} came");
        findings.push(Finding {
            errcode: errcode::WRONG_KIND,
            text,
        });
    }
    let longest = schema
        .get("maxLength")
        .and_then(Value::as_u64)
        .and_then(|longest| usize::try_from(longest).ok());
    if let Some(longest) = longest.filter(|longest| text.chars().count() > *longest) {
        let text = format!(
            "{path}: must have at most {longest} characters; {} came",
            text.chars().count()
        );
        findings.push(Finding {
            errcode: errcode::WRONG_KIND,
            text,
        });
    }
}

fn is_json_list(schema: &Value) -> bool {
    schema.get("x-jdy-list").and_then(Value::as_str) == Some("json")
}

fn json_list(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_array())
}

fn unknown<'a>(name: &str, place: &str, known: impl Iterator<Item = &'a str>) -> Finding {
    let known: Vec<&str> = known.take(40).collect();
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    let text = format!("{name}: unknown field in the {place}; known here: {known}");
    Finding {
        errcode: errcode::UNKNOWN_FIELD,
        text,
    }
}

fn missing(name: &str, place: &str) -> Finding {
    Finding {
        errcode: errcode::MISSING_FIELD,
        text: format!("{name}: required in the {place}, and missing"),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        _ => "something else",
    }
}

fn make_text(schema: &Value, name: &str) -> String {
    let code = schema
        .pointer("/x-jdy-codes/0/code")
        .and_then(Value::as_str);
    if let Some(code) = code {
        return code.to_owned();
    }
    if schema.get("x-jdy-encrypted") == Some(&Value::Bool(true)) {
        return ENCRYPTED_PHONE.to_owned();
    }
    let text = match schema.get("x-jdy-wire").and_then(Value::as_str) {
        Some("decimal") => "12.50",
        Some("date") => "2024-01-31",
        Some("datetime") => "2024-01-31 08:00:00",
        Some("epoch-millis") => "1700000000000",
        Some("flag") => "1",
        _ => match name {
            "errcode" => "0",
            "errorCode" => "success",
            "description" | "message" => "success",
            _ if name == "id" || name.ends_with("_id") || name.ends_with("Id") => {
                return id_for(name);
            }
            _ => return name.to_owned(),
        },
    };
    text.to_owned()
}

/// 18 digits, over 2^53 as real ids are, and the same for the same name (FNV-1a).
fn id_for(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!(
        "{}",
        800_000_000_000_000_000 + hash % 100_000_000_000_000_000
    )
}
