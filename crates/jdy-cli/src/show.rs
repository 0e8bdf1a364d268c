//! `jdy show`: what the spec says of operations and their fields.
//!
//! Owns the two formats of it. Must not know how the spec is written down.

use std::fmt::Write as _;

use jdy::{DynOperation, Effect, OperationInfo, Verify};
use serde_json::{Value, json};

use crate::arguments::{Format, ShowArguments};
use crate::exit::{Failure, OneLine};
use crate::language::say;
use crate::output::print;
use crate::request::Target;
use crate::spec::{Field, Place, Spec};
use crate::{look_up, ops, table, terminal};

/// Prints the operations: as JSON one to a line, as text with an empty line between two.
pub(crate) fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let operations = arguments.operations.iter().map(|name| known(name));
    let operations: Vec<_> = operations.collect::<Result<_, _>>()?;
    let spec = Spec::read()?;
    let texts = operations.iter().map(|operation| match arguments.format {
        Format::Json => as_json(operation.info(), &spec),
        Format::Table => terminal::cut(&as_text(operation.info(), &spec), terminal::width()),
    });
    let between = match arguments.format {
        Format::Json => "",
        Format::Table => "\n",
    };
    print(texts.collect::<Vec<_>>().join(between))
        .map_err(|error| Failure::other(say!("cannot-print-operation", error = error)))
}

/// The operation that is meant; a path that the spec does not know is none.
pub(crate) fn known(name: &str) -> Result<&'static dyn DynOperation, Failure> {
    match Target::find(name)? {
        Target::Known(operation) => Ok(operation),
        Target::Raw { .. } => Err(Failure::usage(say!("show-unknown", name = name))),
    }
}

fn as_json(info: &OperationInfo, spec: &Spec) -> String {
    let fields = |fields: Vec<Field>| {
        let fields = fields.iter().map(Field::as_json);
        fields.collect::<Vec<_>>()
    };
    let mut all = facts(info, spec);
    if let Some(all) = all.as_object_mut() {
        all.insert("fields".to_owned(), json!(fields(spec.request(info.id))));
        all.insert("answer".to_owned(), json!(fields(spec.answer(info.id))));
    }
    format!("{all}\n")
}

/// What the spec says of an operation as a whole, and of its pages.
pub(crate) fn facts(info: &OperationInfo, spec: &Spec) -> Value {
    let mut all = ops::facts(info, spec);
    if let Some(all) = all.as_object_mut() {
        let paging = info.paging.map(|paging| {
            json!({
                "page": paging.page,
                "first": paging.first,
                "size": paging.size,
                "default_size": paging.default_page_size,
                "max_size": paging.max_size,
                "count": paging.count,
                "pages": paging.pages,
            })
        });
        all.insert("paging".to_owned(), json!(paging));
    }
    all
}

fn as_text(info: &OperationInfo, spec: &Spec) -> String {
    let mut text = format!(
        "{}  {}\n{} {}\n\n",
        info.id, info.title, info.method, info.path
    );
    let rows: Vec<Vec<String>> = summary(info, spec)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![name, OneLine(&value).to_string()])
        .collect();
    text.push_str(&table::rows_alone(&rows));
    for (words, fields) in [
        (say!("show-no-field"), spec.request(info.id)),
        (say!("show-no-data"), spec.answer(info.id)),
    ] {
        text.push('\n');
        if fields.is_empty() {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{words}");
        } else {
            text.push_str(&table_of(&fields));
        }
    }
    text
}

/// What is said of the operation as a whole; an empty text is not said.
fn summary(info: &OperationInfo, spec: &Spec) -> Vec<(String, String)> {
    let source = spec.fact(info.id, "x-jdy-source");
    let source = match source.is_null() {
        true => String::new(),
        false => say!("show-from-file"),
    };
    vec![
        (
            say!("heading-module"),
            format!("{} {}", info.module, spec.module(info.module)),
        ),
        (say!("fact-page"), info.page.to_owned()),
        (say!("fact-source"), source),
        (say!("heading-effect"), effect(info.effect)),
        (say!("heading-key"), key(info, spec)),
        (say!("fact-record"), record(info)),
        (say!("fact-look-up"), look_up(info)),
        (say!("fact-paging"), paging(info)),
        (say!("fact-verdict"), verdict(info)),
    ]
}

fn effect(effect: Effect) -> String {
    match effect {
        Effect::Read => say!("effect-read"),
        Effect::Money => say!("effect-money"),
        _ => say!("effect-write"),
    }
}

fn key(info: &OperationInfo, spec: &Spec) -> String {
    let is_keyless = spec.fact(info.id, "x-jdy-keyless") == Value::Bool(true);
    match info.key {
        Some(key) if info.effect == Effect::Money => say!("show-needed-key", key = key),
        Some(key) => key.to_owned(),
        None if is_keyless => say!("show-keyless"),
        None => String::new(),
    }
}

fn record(info: &OperationInfo) -> String {
    let record = info.resource.map(|resource| {
        let (role, name) = (resource.role.as_str(), resource.name);
        let mut parts = vec![say!("show-record", role = role, name = name)];
        parts.extend(resource.id.map(|id| say!("show-record-id", field = id)));
        let number = resource.number;
        parts.extend(number.map(|number| say!("show-record-number", field = number)));
        parts.join(&say!("comma"))
    });
    record.unwrap_or_default()
}

fn look_up(info: &OperationInfo) -> String {
    match info.verify {
        Some(verify) => command_of(&verify),
        None if info.effect.is_read() => String::new(),
        None => say!("show-no-look-up"),
    }
}

/// The command that looks a lost call up, and what to compare.
fn command_of(verify: &Verify) -> String {
    let mut text = format!("jdy call {}", verify.operation);
    let by = verify.by.iter();
    let by = by.map(|(argument, field)| format!("{argument}=({field})"));
    let with = verify.with.iter();
    let with = with.map(|(argument, value)| format!("{argument}={value}"));
    for argument in by.chain(with) {
        // Writing to a String does not fail.
        let _ = write!(text, " {argument}");
    }
    if look_up::is_list(verify.operation) {
        text.push_str(" --all");
    }
    let matches = verify.matches.iter();
    let matches: Vec<String> = matches
        .map(|(shown, field)| format!("{shown} = ({field})"))
        .collect();
    if !matches.is_empty() {
        let matches = matches.join(", ");
        let _ = write!(text, "{}", say!("show-matches", fields = matches));
    }
    if !verify.compare.is_empty() {
        let fields = verify.compare.join(", ");
        let _ = write!(text, "{}", say!("show-compare", fields = fields));
    }
    text
}

fn paging(info: &OperationInfo) -> String {
    let Some(paging) = info.paging else {
        return String::new();
    };
    let mut pages = say!("show-pages", field = paging.page, first = paging.first);
    if let Some(size) = paging.size {
        let usual = paging.default_page_size;
        let usual = usual.map(|size| say!("note-default", value = size));
        let most = paging.max_size.map(|size| say!("note-most", value = size));
        let limits: Vec<String> = usual.into_iter().chain(most).collect();
        let limits = limits.join(&say!("comma"));
        pages = match limits.as_str() {
            "" => format!("{pages}, {size}"),
            limits => say!("show-sizes", pages = pages, field = size, limits = limits),
        };
    }
    let mut parts = vec![pages];
    let (count, number) = (paging.count, paging.pages);
    parts.extend(count.map(|field| say!("show-row-count", field = field)));
    parts.extend(number.map(|field| say!("show-page-count", field = field)));
    parts.push(say!("show-all-pages"));
    parts.join(&say!("and-then"))
}

fn verdict(info: &OperationInfo) -> String {
    match info.verdict {
        None => String::new(),
        Some(_) => say!("show-verdict"),
    }
}

/// One line for each field, and below it one for each of its codes.
fn table_of(fields: &[Field]) -> String {
    let is_answer = fields.iter().all(|field| field.place == Place::Answer);
    let first = if is_answer {
        say!("heading-field-of-answer")
    } else {
        say!("heading-field")
    };
    let mut headings = vec![first, say!("heading-type")];
    if !is_answer {
        headings.extend([say!("heading-in"), say!("heading-required")]);
    }
    headings.extend([say!("heading-label"), say!("heading-notes")]);
    let (mut rows, mut codes) = (Vec::new(), Vec::new());
    for field in fields {
        field.visit("", &mut |path: &str, field: &Field| {
            let mut row = vec![path.to_owned(), field.type_name()];
            if !is_answer {
                let required = if field.required {
                    say!("yes")
                } else {
                    String::new()
                };
                row.extend([field.place.as_str().to_owned(), required]);
            }
            row.extend([field.label.clone(), notes(field)]);
            rows.push(row.iter().map(|cell| OneLine(cell).to_string()).collect());
            codes.push(&field.codes);
        });
    }
    let table = table::whole(&headings, &rows);
    let mut lines = table.lines();
    let mut text = String::new();
    text.extend(lines.next().map(|line| format!("{line}\n")));
    for (line, codes) in lines.zip(codes) {
        let _ = writeln!(text, "{line}");
        for code in codes {
            let shown = if code.code.is_empty() {
                "\"\""
            } else {
                &code.code
            };
            let _ = writeln!(text, "    {} = {}", OneLine(shown), OneLine(&code.label));
        }
    }
    text
}

/// What is to be known of a field beside its type and label.
pub(crate) fn notes(field: &Field) -> String {
    let words = field.facts.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match name.as_str() {
            "default" => say!("note-default", value = value),
            "max_length" => say!("note-characters", value = value),
            "minimum" => say!("note-least", value = value),
            "maximum" => say!("note-most", value = value),
            "scale" => say!("note-scale", value = value),
            "list_form" => say!("note-list", value = value),
            "encrypted" => say!("note-encrypted"),
            name => format!("{name} {value}"),
        }
    });
    field
        .note
        .iter()
        .cloned()
        .chain(words)
        .collect::<Vec<_>>()
        .join(&say!("and-then"))
}
