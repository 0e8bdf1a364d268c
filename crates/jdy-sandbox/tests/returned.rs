//! What is saved comes back: of every kind of record with a save and a detail, random documents are
//! saved, and every field that the spec says comes back is there, in a form that the answer's
//! schema allows.
//!
//! The expectation is computed here, from the spec alone, by other code than the sandbox's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use jdy_sandbox::{SPEC, Sandbox};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use crate::client::{Call, business, exchange, token};

const DOCUMENTS: u32 = 100;

fn resolved<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(to) => resolved(spec, spec.pointer(&to[1..]).unwrap()),
        None => schema,
    }
}

fn properties<'a>(spec: &'a Value, schema: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    let schema = resolved(spec, schema);
    let mut all = BTreeMap::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(properties(spec, part));
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        all.insert(name.as_str(), resolved(spec, schema));
    }
    all
}

/// A kind of record with a save and a detail.
struct Kind<'a> {
    name: &'a str,
    save: (&'a str, &'a Value),
    detail: (&'a str, &'a Value),
    list: Option<(&'a str, &'a Value)>,
}

fn kinds(spec: &Value) -> Vec<Kind<'_>> {
    let mut found: BTreeMap<&str, BTreeMap<&str, (&str, &Value)>> = BTreeMap::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let resource = &operation["x-jdy-resource"];
            if let (Some(name), Some(role)) = (resource["name"].as_str(), resource["role"].as_str())
            {
                let roles = found.entry(name).or_default();
                roles.insert(role, (path.as_str(), operation));
            }
        }
    }
    let kinds = found.into_iter().filter_map(|(name, roles)| {
        Some(Kind {
            name,
            save: *roles.get("save")?,
            detail: *roles.get("detail")?,
            list: roles.get("list").copied(),
        })
    });
    kinds.collect()
}

impl<'a> Kind<'a> {
    /// The schema of the record that a save holds, and of the request around it.
    fn record(&self, spec: &'a Value) -> &'a Value {
        let body = &self.save.1["requestBody"]["content"]["application/json"]["schema"];
        let body = resolved(spec, body);
        match self.save.1["x-jdy-resource"]["of"].as_str() {
            None => body,
            Some(of) => {
                let held = properties(spec, body)[of];
                held.get("items").map_or(held, |item| resolved(spec, item))
            }
        }
    }

    fn wrapped(&self, spec: &Value, record: Value) -> Value {
        let body = &self.save.1["requestBody"]["content"]["application/json"]["schema"];
        match self.save.1["x-jdy-resource"]["of"].as_str() {
            None => record,
            Some(of) if properties(spec, body)[of]["type"] == "array" => json!({ of: [record] }),
            Some(of) => json!({ of: record }),
        }
    }

    fn field(&self, role: &'a Value, name: &str) -> Option<&'a str> {
        role["x-jdy-resource"][name].as_str()
    }
}

/// The data of an operation's answer.
fn data<'a>(spec: &'a Value, operation: &'a Value) -> &'a Value {
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    properties(spec, schema)["data"]
}

/// Any value that a request may hold at this place.
fn any(spec: &Value, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
    let schema = resolved(spec, schema);
    if let Some(codes) = schema["x-jdy-codes"].as_array() {
        let of = |code: &Value| code["code"].as_str().unwrap().to_owned();
        let codes: Vec<String> = codes.iter().map(of).collect();
        let kind = schema["type"].clone();
        let form = move |code: String| match kind.as_str() {
            Some("integer" | "number") => json!(code.parse::<i64>().unwrap()),
            Some("boolean") => json!(code == "true"),
            Some("array") => json!([code]),
            _ => json!(code),
        };
        return prop::sample::select(codes).prop_map(form).boxed();
    }
    let wire = schema["x-jdy-wire"].as_str();
    let longest = usize::try_from(schema["maxLength"].as_u64().unwrap_or(20)).unwrap();
    match (schema["type"].as_str().unwrap_or("any"), wire) {
        ("array", _) if depth > 3 => Just(json!([])).boxed(),
        ("array", _) => prop::collection::vec(any(spec, &schema["items"], depth + 1), 0..3)
            .prop_map(Value::Array)
            .boxed(),
        ("object", _) if depth > 4 => Just(json!({})).boxed(),
        ("object", _) => object(spec, schema, depth, &[]),
        (kind, wire) => {
            let (kind, wire) = (kind.to_owned(), wire.unwrap_or_default().to_owned());
            let form = move |at| plain(&kind, &wire, longest, at);
            proptest::num::u32::ANY.prop_map(form).boxed()
        }
    }
}

/// A plain value of a type and wire form, from a number.
fn plain(kind: &str, wire: &str, longest: usize, at: u32) -> Value {
    let day = format!("{}-{:02}-{:02}", 2000 + at % 30, 1 + at % 12, 1 + at % 28);
    match (kind, wire) {
        ("integer", "epoch-millis") => json!(at),
        ("integer", _) => json!(i64::from(at % 101_000) - 1000),
        ("number", _) => json!((f64::from(at) - 1000.0) / 100.0),
        ("boolean", _) => json!(at % 2 == 1),
        ("string", "flag") => json!((at % 2).to_string()),
        ("string", "decimal") => json!(format!("{}.{}", at / 1000, at % 1000 + 1)),
        ("string", "epoch-millis" | "integer") => json!(at.to_string()),
        ("string", "date") => json!(day),
        ("string", "datetime") => json!(format!("{day} {:02}:{:02}:59", at % 24, at % 60)),
        ("string", _) => json!(any_text(at, longest)),
        _ => json!("any"),
    }
}

/// One to twenty letters, digits, spaces and Chinese characters.
fn any_text(mut at: u32, longest: usize) -> String {
    let letters: Vec<char> = "07aZ 一丁中\"\\&+".chars().collect();
    let mut text = String::new();
    for _ in 0..longest.min(1 + at as usize % 20) {
        at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(letters[at as usize / 7 % letters.len()]);
    }
    text
}

/// An object with its required fields, some of the others, and without those that are left out.
fn object(spec: &Value, schema: &Value, depth: usize, without: &[&str]) -> BoxedStrategy<Value> {
    if schema["additionalProperties"]["type"] == "string" {
        let own = |at: u32| json!({ format!("own_{}", at % 5): any_text(at, 9) });
        return proptest::num::u32::ANY.prop_map(own).boxed();
    }
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let known = properties(spec, schema);
    let fields: Vec<BoxedStrategy<(String, Option<Value>)>> = known
        .into_iter()
        .filter(|(name, _)| !without.contains(name))
        .map(|(name, schema)| {
            let value = any(spec, schema, depth + 1);
            let value = if required.contains(&name) {
                value.prop_map(Some).boxed()
            } else {
                prop::option::weighted(0.4, value).boxed()
            };
            (Just(name.to_owned()), value).boxed()
        })
        .collect();
    fields
        .prop_map(|fields| {
            let fields = fields.into_iter();
            let given = fields.filter_map(|(name, value)| Some((name, value?)));
            Value::Object(given.collect::<Map<_, _>>())
        })
        .boxed()
}

/// What must be the same of a value before and after, whatever its type: `None` where the answer's
/// type cannot hold it.
fn essence(schema: &Value, value: &Value, is_answer: bool) -> Option<String> {
    let text = match value {
        Value::String(text) if is_answer && schema["x-jdy-encrypted"] == true => decrypted(text),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => i32::from(*flag).to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            items?.join(",")
        }
        _ => return None,
    };
    let text = match text.as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        _ => text,
    };
    let number = text.parse::<f64>().ok();
    match schema["type"].as_str() {
        Some("integer")
            if text.parse::<i64>().is_err() && number.is_none_or(|n| n.fract() != 0.0) =>
        {
            None
        }
        Some("array" | "object") => None,
        Some("number" | "integer") => Some(number?.to_string()),
        Some("boolean") => matches!(text.as_str(), "0" | "1").then_some(text),
        _ if matches!(schema["x-jdy-wire"].as_str(), Some("date")) => {
            Some(text.get(..10)?.to_owned())
        }
        _ if matches!(schema["x-jdy-wire"].as_str(), Some("datetime")) && text.len() == 10 => {
            Some(format!("{text} 00:00:00"))
        }
        _ => Some(match number {
            // 1.50 and 1.5 are one number, whether it is a text or not.
            Some(number) if value.is_number() || text.contains('.') => number.to_string(),
            _ => text,
        }),
    }
}

fn decrypted(text: &str) -> String {
    let key = b"facade00facade00facade00facade00";
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, b"5e8y6w45ju8w9jq8").unwrap();
    let mut bytes = STANDARD.decode(text).unwrap();
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut bytes).unwrap();
    String::from_utf8(plain.to_vec()).unwrap()
}

/// Compares what was sent with what came back, and counts the fields that did.
struct Comparison<'a> {
    spec: &'a Value,
    returns: &'a Value,
    fields: usize,
}

impl Comparison<'_> {
    fn object(
        &mut self,
        schemas: (&Value, &Value),
        sent: &Value,
        got: &Value,
        place: (&str, &str),
    ) {
        let spec = self.spec;
        let (save, answer) = (properties(spec, schemas.0), properties(spec, schemas.1));
        for (name, value) in sent.as_object().unwrap() {
            let Some(schema) = save.get(name.as_str()) else {
                continue;
            };
            let from = format!("{}{name}", place.0);
            let to = self.returns[&from].as_str().map(str::to_owned);
            let to = to.unwrap_or_else(|| format!("{}{name}", place.1));
            let Some(to) = to.strip_prefix(place.1) else {
                continue;
            };
            let Some(expected) = answer.get(to) else {
                continue;
            };
            let place = (format!("{from}."), format!("{}{to}.", place.1));
            let schemas = (*schema, *expected);
            self.value(schemas, value, &got[to], (&place.0, &place.1));
        }
    }

    fn value(&mut self, schemas: (&Value, &Value), sent: &Value, got: &Value, place: (&str, &str)) {
        let spec = self.spec;
        let (save, answer) = schemas;
        let is = |schema: &Value, kind: &str| schema["type"] == kind;
        if is(save, "object") && is(answer, "object") {
            if properties(spec, save).is_empty() || properties(spec, answer).is_empty() {
                assert_eq!(sent, got, "{place:?}");
            } else {
                self.object(schemas, sent, got, place);
            }
        } else if is(save, "array") && is(answer, "array") {
            let items = (
                resolved(spec, &save["items"]),
                resolved(spec, &answer["items"]),
            );
            if is(items.0, "object") != is(items.1, "object") {
                return;
            }
            let (sent, got) = (sent.as_array().unwrap(), got.as_array().unwrap());
            assert_eq!(sent.len(), got.len(), "{place:?}");
            for (sent, got) in sent.iter().zip(got) {
                self.value(items, sent, got, place);
            }
        } else if let Some(expected) = essence(answer, sent, false) {
            self.fields += 1;
            let found = essence(answer, got, true);
            assert_eq!(
                Some(&expected),
                found.as_ref(),
                "{place:?}: {sent} came back as {got}"
            );
        }
    }
}

/// Whether an answer has the types of its schema.
fn fits(spec: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(spec, schema);
    let known = properties(spec, schema);
    let is_of_type = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    assert!(
        is_of_type,
        "{place}: {value} is not of the type {}",
        schema["type"]
    );
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(spec, &schema["items"], item, &format!("{place}[{at}]"));
    }
    if known.is_empty() {
        return;
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let below = known.get(name.as_str());
        let below = below.unwrap_or_else(|| panic!("{place}.{name} is not in the schema"));
        fits(spec, below, value, &format!("{place}.{name}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            value.get(name.as_str().unwrap()).is_some(),
            "{place}.{name} is required"
        );
    }
}

/// The id that an answer to a save gives.
fn id_in(data: &Value) -> Option<&str> {
    let places = ["/ids/0", "/id", "/bill_id", "/rows/0/ids/0", "/rows/0/id"];
    let found = places
        .iter()
        .find_map(|place| data.pointer(place)?.as_str());
    found.filter(|id| !id.is_empty())
}

/// One connection and a token.
struct Caller {
    runtime: tokio::runtime::Runtime,
    stream: std::cell::RefCell<TcpStream>,
    token: String,
    _sandbox: Sandbox,
}

impl Caller {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (sandbox, token, stream) = runtime.block_on(async {
            let sandbox = Sandbox::builder().empty().start().await.unwrap();
            let token = token(&sandbox).await;
            let stream = TcpStream::connect(sandbox.addr()).await.unwrap();
            (sandbox, token, stream)
        });
        Self {
            runtime,
            stream: stream.into(),
            token,
            _sandbox: sandbox,
        }
    }

    fn data(&self, call: &Call) -> Value {
        let mut stream = self.stream.borrow_mut();
        let reply = self.runtime.block_on(exchange(&mut stream, &call.bytes()));
        let answer = reply.json();
        assert_eq!(answer["errcode"], 0, "{}: {answer}", call.path);
        answer["data"].clone()
    }
}

/// In parts, so that they run beside each other.
const PARTS: usize = 3;

#[test]
fn every_field_that_the_spec_says_comes_back_does_in_the_first_third() {
    compare_part(0);
}

#[test]
fn every_field_that_the_spec_says_comes_back_does_in_the_second_third() {
    compare_part(1);
}

#[test]
fn every_field_that_the_spec_says_comes_back_does_in_the_last_third() {
    compare_part(2);
}

fn compare_part(part: usize) {
    let spec: Value = serde_json::from_str(SPEC).unwrap();
    let kinds = kinds(&spec);
    assert!(kinds.len() >= 78, "{}", kinds.len());
    let caller = Caller::new();
    let made = AtomicU64::new(0);
    let (mut compared, mut listed) = (0, 0);
    for kind in kinds.into_iter().skip(part).step_by(PARTS) {
        let schema = kind.record(&spec);
        let (id, number) = (
            kind.field(kind.save.1, "id"),
            kind.field(kind.save.1, "number"),
        );
        let without: Vec<&str> = id.into_iter().chain(number).collect();
        let record = object(&spec, schema, 0, &without);
        let config = Config {
            cases: DOCUMENTS,
            failure_persistence: None,
            ..Config::default()
        };
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut fields = 0;
        let case = std::cell::Cell::new(0_usize);
        let saved = std::cell::RefCell::new(Vec::new());
        TestRunner::new_with_rng(config, random)
            .run(&record, |mut record| {
                let own = format!("N{}", made.fetch_add(1, Ordering::Relaxed));
                if let Some(number) = number {
                    record[number] = json!(own);
                }
                let all = saved_and_read(&spec, &caller, &kind, &record, &own);
                case.set(case.get() + all.1);
                saved.borrow_mut().push((all.0, record));
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        fields += case.get();
        listed += listed_fields(&spec, &caller, &kind, &saved.into_inner());
        assert!(fields > 0, "{}: nothing comes back", kind.name);
        compared += fields;
    }
    let made = made.into_inner();
    println!("{compared} fields of {made} details came back, and {listed} in lists");
    assert!(listed > 1000, "{listed}");
}

/// Saves a record and compares its detail; gives its id and how many fields came back.
fn saved_and_read(
    spec: &Value,
    caller: &Caller,
    kind: &Kind<'_>,
    record: &Value,
    own: &str,
) -> (String, usize) {
    let (path, operation) = kind.save;
    let body = kind.wrapped(spec, record.clone());
    let save = business(&caller.token, "POST", path, &[], &body.to_string());
    let saved = caller.data(&save);
    fits(spec, data(spec, operation), &saved, path);
    let (path, operation) = kind.detail;
    let by = operation["x-jdy-resource"]["by"].as_object().unwrap();
    let named = |what: &str| {
        let by = by.iter().find(|(_, word)| *word == what);
        by.map(|(argument, _)| argument.as_str())
    };
    let (argument, value) = match (named("id"), id_in(&saved)) {
        (Some(argument), Some(id)) => (argument, id),
        _ => (named("number").unwrap(), own),
    };
    let detail = business(&caller.token, "GET", path, &[(argument, value)], "");
    let answer = caller.data(&detail);
    let mut schema = data(spec, operation);
    fits(spec, schema, &answer, path);
    let mut got = &answer;
    if let [(name, inner)] = properties(spec, schema).into_iter().collect::<Vec<_>>()[..] {
        (schema, got) = (inner, &answer[name]);
    }
    let mut comparison = Comparison {
        spec,
        returns: &operation["x-jdy-resource"]["returns"],
        fields: 0,
    };
    comparison.object((kind.record(spec), schema), record, got, ("", ""));
    let id = id_in(&answer).or(id_in(&saved)).unwrap_or_default();
    (id.to_owned(), comparison.fields)
}

/// Compares the rows of a list with what was saved; gives how many fields came back.
fn listed_fields(
    spec: &Value,
    caller: &Caller,
    kind: &Kind<'_>,
    saved: &[(String, Value)],
) -> usize {
    let Some((path, operation)) = kind.list else {
        return 0;
    };
    let known = operation["parameters"].as_array().into_iter().flatten();
    let has = |wanted: &str| known.clone().any(|known| known["name"] == wanted);
    let pages = [("page", "1"), ("page_size", "100")];
    let query: Vec<(&str, &str)> = pages.into_iter().filter(|(name, _)| has(name)).collect();
    if known
        .clone()
        .any(|one| one["required"] == true && !query.iter().any(|(name, _)| one["name"] == *name))
    {
        return 0;
    }
    let data_schema = data(spec, operation);
    let answer = caller.data(&business(&caller.token, "GET", path, &query, ""));
    fits(spec, data_schema, &answer, path);
    let resource = &operation["x-jdy-resource"];
    let schema = resolved(spec, &properties(spec, data_schema)["rows"]["items"]);
    let mut comparison = Comparison {
        spec,
        returns: &resource["returns"],
        fields: 0,
    };
    let id = resource["id"].as_str().unwrap_or("id");
    for row in answer["rows"].as_array().unwrap() {
        let found = saved.iter().find(|(saved, _)| row[id] == saved.as_str());
        if let Some((_, record)) = found {
            comparison.object((kind.record(spec), schema), record, row, ("", ""));
        }
    }
    comparison.fields
}
