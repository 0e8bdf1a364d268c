//! Which documents a list shows: the filters of the spec, the windows of time, what is disabled.
//!
//! Owns what each argument asks of a document. An argument of which nothing is known asks nothing.
//! Must not know pages. Must not use: `crate::answer`, `crate::gateway`, `tokio`.

use serde_json::Value;

use super::document::Document;
use super::view::{Moment, View};
use crate::clock::china_time;
use crate::spec::{Filter, Operation, Resource, Shape, Spec, is_epoch_millis, label_of, text};

/// Arguments that are a window of time on every list that has them.
const WINDOWS: &[(&str, Moment, Side)] = &[
    ("create_end_time", Moment::Created, Side::Until),
    ("create_start_time", Moment::Created, Side::From),
    ("end_modified", Moment::Modified, Side::Until),
    ("modify_end_time", Moment::Modified, Side::Until),
    ("modify_start_time", Moment::Modified, Side::From),
    ("start_modified", Moment::Modified, Side::From),
];

/// The labels of codes that ask for all.
const ALL: &[&str] = &["所有", "全部", "不限"];
/// The field that says whether a record is in use. A list leaves out those that are not, unless its
/// argument asks for them.
const ENABLE: &str = "enable";

#[derive(Debug, Clone, Copy)]
enum Side {
    From,
    Until,
}

/// What a list asks of each document.
pub(super) struct Tests(Vec<Test>);

enum Test {
    Field(Filter, String),
    Window(Moment, Side, String),
    Enabled,
}

impl Tests {
    pub(super) fn read(
        spec: &Spec,
        operation: &Operation,
        resource: &Resource,
        fields: &Value,
    ) -> Self {
        let mut tests = Vec::new();
        let arguments = spec.fields(operation);
        for (name, schema) in &arguments {
            let given = fields.get(*name).and_then(text).unwrap_or_default();
            let filter = resource.filters.iter().find(|(known, _)| known == name);
            let filter = filter.map(|(_, filter)| filter.clone());
            if given.is_empty() {
                let is_enable = filter == Some(Filter::Equal(ENABLE.to_owned()));
                tests.extend(is_enable.then_some(Test::Enabled));
                continue;
            }
            let label = label_of(schema, &given);
            if label.is_some_and(|label| ALL.contains(&label)) {
                continue;
            }
            let window = WINDOWS.iter().find(|(known, _, _)| known == name);
            let limit = as_time(schema, &given);
            tests.extend(match (window, filter) {
                (Some((_, moment, side)), _) => Some(Test::Window(*moment, *side, limit)),
                (None, Some(filter @ (Filter::From(_) | Filter::Until(_)))) => {
                    Some(Test::Field(filter, limit))
                }
                (None, Some(filter)) => Some(Test::Field(filter, given)),
                (None, None) => None,
            });
        }
        Self(tests)
    }

    pub(super) fn pass(&self, shape: &Shape<'_>, view: &View<'_>) -> bool {
        self.0.iter().all(|test| test.passes(shape, view))
    }
}

impl Test {
    fn passes(&self, shape: &Shape<'_>, view: &View<'_>) -> bool {
        let document = view.document;
        let field = |name: &str| {
            let shown = shape.field(view, name).and_then(|value| text(&value));
            shown.unwrap_or_default()
        };
        match self {
            Self::Enabled => !shape.has(ENABLE) || field(ENABLE) != "0",
            Self::Window(moment, side, limit) => side.holds(&moment.text(document), limit),
            Self::Field(filter, wanted) => match filter {
                Filter::Equal(name) => {
                    field(name) == *wanted || saved(document, name).as_ref() == Some(wanted)
                }
                Filter::In(name) => values(wanted).contains(&field(name)),
                Filter::From(name) => Side::From.holds(&field(name), wanted),
                Filter::Until(name) => Side::Until.holds(&field(name), wanted),
                Filter::Search => is_found(document, wanted),
                Filter::SearchNumber => document.number.contains(wanted.as_str()),
            },
        }
    }
}

impl Side {
    /// Whether a time is on this side of a limit. A limit that is a day holds all of the day. A time
    /// that is a day is its midnight.
    fn holds(self, time: &str, limit: &str) -> bool {
        match self {
            _ if time.is_empty() => false,
            Self::From => time >= limit.strip_suffix(" 00:00:00").unwrap_or(limit),
            Self::Until => time.get(..limit.len()).unwrap_or(time) <= limit,
        }
    }
}

/// A time as the product writes it, from epoch milliseconds or a text. Where the spec does not say
/// that an argument is milliseconds, 13 digits tell them from a day or a period.
fn as_time(schema: &Value, text: &str) -> String {
    match text.parse::<i64>() {
        Ok(millis) if is_epoch_millis(schema) || text.len() == 13 => china_time(millis),
        _ => text.to_owned(),
    }
}

/// The values of a list in a query.
fn values(text: &str) -> Vec<String> {
    let json = serde_json::from_str::<Vec<Value>>(text);
    match json {
        Ok(items) => items.iter().filter_map(crate::spec::text).collect(),
        Err(_) => text.split(',').map(|item| item.trim().to_owned()).collect(),
    }
}

/// A saved field as text: a private one is asked for as it was saved, too.
fn saved(document: &Document, name: &str) -> Option<String> {
    text(document.fields.get(name)?)
}

/// Whether a search finds a document: by its number, its name or another text by which people know
/// it.
fn is_found(document: &Document, wanted: &str) -> bool {
    let is_known_by = |name: &str| {
        matches!(name, "name" | "mobile" | "model" | "barcode" | "remark")
            || name.ends_with("_name")
            || name.ends_with("_number")
    };
    let texts = document.fields.iter();
    let mut texts = texts.filter(|(name, _)| is_known_by(name));
    let holds = |value: &Value| value.as_str().is_some_and(|text| text.contains(wanted));
    document.number.contains(wanted) || texts.any(|(_, value)| holds(value))
}
