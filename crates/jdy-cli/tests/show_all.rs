//! `jdy show` says of every operation what the spec says, as another reader reads the spec.

use std::path::Path;

use jdy_spec::model::{
    Effect, Entity, Field, Location, Model, Operation, Scalar, ScalarType, Type, Wire,
};
use serde_json::Value;

use crate::command::jdy;

/// What is compared of a field, as one line.
fn line(path: &str, facts: &[(&str, String)]) -> String {
    let facts = facts.iter().filter(|(_, value)| !value.is_empty());
    let facts: Vec<String> = facts
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{path} {}", facts.join(" "))
}

/// The type that a page's column and the wire form come to.
fn of_scalar(scalar: &Scalar) -> &'static str {
    match (scalar.wire, scalar.column) {
        (Some(Wire::Decimal), _) => "decimal",
        (Some(Wire::Date), _) => "date",
        (Some(Wire::DateTime), _) => "datetime",
        (Some(Wire::EpochMillis), _) => "epoch-millis",
        (Some(Wire::Flag), _) => "flag",
        (None, ScalarType::Text) => "text",
        (Some(Wire::Integer), _) | (None, ScalarType::Integer) => "integer",
        (None, ScalarType::Number) => "number",
        (None, ScalarType::Flag) => "boolean",
    }
}

/// One side of an operation as the spec has it.
struct Side<'a> {
    entities: &'a [Entity],
    is_request: bool,
    /// The path of the field without which nothing is sent, whatever the page says of it.
    needed: Option<&'a str>,
    lines: Vec<String>,
}

impl<'a> Side<'a> {
    fn fields(&mut self, fields: &'a [Field], above: &str, within: &mut Vec<&'a str>) {
        for field in fields {
            self.field(field, above, within);
        }
    }

    fn field(&mut self, field: &'a Field, above: &str, within: &mut Vec<&'a str>) {
        let (is_list, ty) = match &field.ty {
            Type::List(inner) => (true, &**inner),
            ty => (false, ty),
        };
        let path = format!("{above}{}", field.name);
        let entity = match ty {
            Type::Entity(name) => self.entities.iter().find(|it| it.name == *name),
            _ => None,
        };
        let entity = entity.filter(|it| !within.contains(&it.name.as_str()));
        let (kind, codes) = match ty {
            Type::Scalar(scalar) => (of_scalar(scalar), &scalar.codes[..]),
            Type::File => ("file", &[][..]),
            Type::Map => ("map of text", &[][..]),
            Type::Entity(_) if entity.is_some_and(|it| !it.fields.is_empty()) => {
                ("record", &[][..])
            }
            Type::Any | Type::Entity(_) => ("object", &[][..]),
            Type::List(_) => panic!("a list of lists: {path}"),
        };
        let is_needed = self.needed == Some(path.replace("[]", "").as_str());
        let place = match field.location {
            Location::Query => "query",
            Location::Body => "body",
            Location::Form => "form",
        };
        let of_request = |text: String| if self.is_request { text } else { String::new() };
        let codes = codes.iter().map(|it| format!("{}:{}", it.code, it.label));
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let default = field.default.as_ref().or(field.assumed.as_ref());
        self.lines.push(line(
            &path,
            &[
                ("type", kind.to_owned()),
                ("list", is_list.to_string()),
                ("in", of_request(place.to_owned())),
                (
                    "required",
                    of_request((field.required || is_needed).to_string()),
                ),
                ("label", text(&field.title)),
                ("note", text(&field.description)),
                ("default", default.cloned().unwrap_or_default()),
                ("max_length", text(&field.max_length)),
                ("scale", text(&field.scale)),
                ("minimum", text(&field.minimum)),
                ("maximum", text(&field.maximum)),
                ("codes", codes.collect::<Vec<_>>().join(",")),
            ],
        ));
        if let Some(entity) = entity {
            within.push(&entity.name);
            let above = format!("{path}{}.", if is_list { "[]" } else { "" });
            self.fields(&entity.fields, &above, within);
            within.pop();
        }
    }

    /// In an order of their own: the command shows the required ones first.
    fn sorted(mut self) -> Vec<String> {
        self.lines.sort();
        self.lines
    }
}

fn request_of(operation: &Operation) -> Vec<String> {
    let is_money = operation.effect == Effect::Money;
    let mut side = Side {
        entities: &operation.request_entities,
        is_request: true,
        needed: operation.key.as_deref().filter(|_| is_money),
        lines: Vec::new(),
    };
    side.fields(&operation.request, "", &mut Vec::new());
    side.sorted()
}

fn answer_of(operation: &Operation) -> Vec<String> {
    let entities = &operation.response_entities;
    let mut side = Side {
        entities,
        is_request: false,
        needed: None,
        lines: Vec::new(),
    };
    let name = match &operation.data {
        Some(Type::Entity(name)) => name,
        Some(Type::List(inner)) => match &**inner {
            Type::Entity(name) => name,
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    if let Some(entity) = entities.iter().find(|it| it.name == *name) {
        side.fields(&entity.fields, "", &mut vec![name.as_str()]);
    }
    side.sorted()
}

/// The same of what the command shows.
fn shown(fields: &Value, above: &str, lines: &mut Vec<String>) {
    for field in fields.as_array().into_iter().flatten() {
        let text = |name: &str| match &field[name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let codes = field["codes"].as_array().into_iter().flatten();
        let codes = codes.map(|it| {
            let word = |name: &str| it[name].as_str().unwrap().to_owned();
            format!("{}:{}", word("code"), word("label"))
        });
        let path = format!("{above}{}", text("name"));
        let names = [
            "type",
            "list",
            "in",
            "required",
            "label",
            "note",
            "default",
            "max_length",
            "scale",
            "minimum",
            "maximum",
        ];
        let mut facts: Vec<(&str, String)> = names.map(|name| (name, text(name))).into();
        facts.push(("codes", codes.collect::<Vec<_>>().join(",")));
        lines.push(line(&path, &facts));
        let below = if field["list"] == true { "[]." } else { "." };
        shown(&field["fields"], &format!("{path}{below}"), lines);
    }
}

/// What differs between what is shown of an operation and what the spec says of it.
fn differences(operation: &Operation, json: &Value) -> Vec<String> {
    let id = &operation.id;
    let mut found = Vec::new();
    for (name, says) in [
        ("effect", operation.effect.as_str()),
        ("method", operation.method),
        ("path", operation.path.as_str()),
        ("title", operation.title.as_str()),
        ("key", operation.key.as_deref().unwrap_or_default()),
    ] {
        let shows = json[name].as_str().unwrap_or_default();
        if shows != says {
            found.push(format!("{id}: {name} is {says}, and {shows} is shown"));
        }
    }
    for (side, says) in [
        ("fields", request_of(operation)),
        ("answer", answer_of(operation)),
    ] {
        let mut shows = Vec::new();
        shown(&json[side], "", &mut shows);
        shows.sort();
        let only = |all: &[String], others: &[String]| {
            let only = all.iter().filter(|line| !others.contains(line));
            only.cloned().collect::<Vec<_>>()
        };
        let missing = only(&says, &shows).into_iter();
        found.extend(missing.map(|line| format!("{id} {side}: not shown: {line}")));
        let added = only(&shows, &says).into_iter();
        found.extend(added.map(|line| format!("{id} {side}: shown alone: {line}")));
        if shows.len() != says.len() {
            found.push(format!(
                "{id} {side}: {} fields, {} shown",
                says.len(),
                shows.len()
            ));
        }
    }
    found
}

fn spec() -> Model {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec");
    let checked = jdy_spec::pipeline::check_folder(&folder);
    assert_eq!(checked.diagnostics.errors(), 0);
    checked.model
}

#[test]
fn every_operation_is_shown_as_the_spec_has_it() {
    let model = spec();
    let count = model.operations.len();
    assert!(count > 400, "{count}");
    let ids = model.operations.iter().map(|it| it.id.as_str());
    let arguments: Vec<&str> = ["show", "--format", "json"]
        .into_iter()
        .chain(ids)
        .collect();
    let ended = jdy(&vec![], &arguments);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let shown: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(shown.len(), count);
    let all = model.operations.iter().zip(shown);
    let found: Vec<String> = all
        .flat_map(|(operation, json)| differences(operation, &serde_json::from_str(json).unwrap()))
        .collect();
    let first: Vec<&String> = found.iter().take(40).collect();
    assert!(found.is_empty(), "{} differences: {first:#?}", found.len());
}

/// What the SDK sends no request without is required, in whatever the command prints of it.
#[test]
fn the_key_of_a_call_that_moves_money_is_required_within_a_list_too() {
    let shown = jdy(&vec![], &["show", "fi.voucher_save"]);
    let begin = "items[].source_bill_no  ";
    let line = shown.stdout.lines().find(|line| line.starts_with(begin));
    assert!(line.unwrap().contains("  yes  "), "{line:?}");
    let columns = jdy(&vec![], &["template", "fi.voucher_save", "--required"]);
    let column = ",items[0].source_bill_no";
    assert!(columns.stdout.contains(column), "{}", columns.stdout);
}
