//! `jdy show`: what the spec says of one operation and its fields.
//!
//! Owns the two formats of it. Must not know how the spec is written down.

use std::fmt::Write as _;

use jdy::{DynOperation, Effect, OperationInfo, Verify};
use serde_json::{Value, json};

use crate::arguments::{Format, ShowArguments};
use crate::exit::{Failure, OneLine};
use crate::output::print;
use crate::request::Target;
use crate::spec::{Field, Place, Spec};
use crate::{ops, table, terminal};

/// Prints the operation.
pub(crate) fn run(arguments: &ShowArguments) -> Result<(), Failure> {
    let operation = known(&arguments.operation)?;
    let spec = Spec::read()?;
    let text = match arguments.format {
        Format::Json => as_json(operation.info(), &spec),
        Format::Table => terminal::cut(&as_text(operation.info(), &spec), terminal::width()),
    };
    print(text).map_err(|error| Failure::other(format!("cannot print the operation: {error}")))
}

/// The operation that is meant; a path that the spec does not know is none.
pub(crate) fn known(name: &str) -> Result<&'static dyn DynOperation, Failure> {
    match Target::find(name)? {
        Target::Known(operation) => Ok(operation),
        Target::Raw { .. } => Err(Failure::usage(format!(
            "the spec does not know {name}, so nothing is known of its fields"
        ))),
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
        .map(|(name, value)| vec![name.to_owned(), OneLine(&value).to_string()])
        .collect();
    text.push_str(&table::rows_alone(&rows));
    for (words, fields) in [
        ("it takes no field", spec.request(info.id)),
        (
            "its answer has no data that the spec knows",
            spec.answer(info.id),
        ),
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
fn summary(info: &OperationInfo, spec: &Spec) -> Vec<(&'static str, String)> {
    let source = spec.fact(info.id, "x-jdy-source");
    let source = match source.is_null() {
        true => String::new(),
        false => "no page describes it; it is from a file of the whole API".to_owned(),
    };
    vec![
        (
            "module",
            format!("{} {}", info.module, spec.module(info.module)),
        ),
        ("page", info.page.to_owned()),
        ("source", source),
        ("effect", effect(info.effect).to_owned()),
        ("key", key(info, spec)),
        ("record", record(info)),
        ("look-up", look_up(info)),
        ("paging", paging(info)),
        ("verdict", verdict(info)),
    ]
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read: it may be asked again",
        Effect::Money => "money: it moves money, and is never sent again by itself",
        _ => "write: it is never sent again by itself",
    }
}

fn key(info: &OperationInfo, spec: &Spec) -> String {
    let is_keyless = spec.fact(info.id, "x-jdy-keyless") == Value::Bool(true);
    match info.key {
        Some(key) if info.effect == Effect::Money => format!("{key}, which it needs"),
        Some(key) => key.to_owned(),
        None if is_keyless => "none: nothing in it finds the call again".to_owned(),
        None => String::new(),
    }
}

fn record(info: &OperationInfo) -> String {
    let record = info.resource.map(|resource| {
        let names = [("id", resource.id), ("number", resource.number)];
        let names = names.into_iter();
        let names = names.filter_map(|(word, name)| Some(format!(", its {word} is {}", name?)));
        let names: String = names.collect();
        format!("{} of {}{names}", resource.role.as_str(), resource.name)
    });
    record.unwrap_or_default()
}

fn look_up(info: &OperationInfo) -> String {
    match info.verify {
        Some(verify) => command_of(&verify),
        None if info.effect.is_read() => String::new(),
        None => "the spec knows no operation that shows whether it took effect".to_owned(),
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
    let matches = verify.matches.iter();
    let matches: Vec<String> = matches
        .map(|(shown, field)| format!("{shown} = ({field})"))
        .collect();
    if !matches.is_empty() {
        let _ = write!(text, ", the record with {}", matches.join(", "));
    }
    if !verify.compare.is_empty() {
        let _ = write!(text, "; compare {}", verify.compare.join(", "));
    }
    text
}

fn paging(info: &OperationInfo) -> String {
    let Some(paging) = info.paging else {
        return String::new();
    };
    let mut text = format!("{} from {}", paging.page, paging.first);
    if let Some(size) = paging.size {
        let _ = write!(text, ", {size}");
        let usual = paging
            .default_page_size
            .map(|size| format!("{size} unless given"));
        let most = paging.max_size.map(|size| format!("at most {size}"));
        let limits: Vec<String> = usual.into_iter().chain(most).collect();
        if !limits.is_empty() {
            let _ = write!(text, " ({})", limits.join(", "));
        }
    }
    for (words, field) in [
        ("rows in all", paging.count),
        ("pages in all", paging.pages),
    ] {
        if let Some(field) = field {
            let _ = write!(text, "; {words}: {field}");
        }
    }
    text.push_str("; --all reads all pages");
    text
}

fn verdict(info: &OperationInfo) -> String {
    match info.verdict {
        None => String::new(),
        Some(_) => "its answer may say no although its errcode is 0; the command reads that".into(),
    }
}

/// One line for each field, and below it one for each of its codes.
fn table_of(fields: &[Field]) -> String {
    let is_answer = fields.iter().all(|field| field.place == Place::Answer);
    let first = if is_answer {
        "field of the answer"
    } else {
        "field"
    };
    let mut headings = vec![first, "type"];
    if !is_answer {
        headings.extend(["in", "required"]);
    }
    headings.extend(["label", "notes"]);
    let headings: Vec<String> = headings.into_iter().map(str::to_owned).collect();
    let (mut rows, mut codes) = (Vec::new(), Vec::new());
    for field in fields {
        field.visit("", &mut |path: &str, field: &Field| {
            let mut row = vec![path.to_owned(), field.type_name()];
            if !is_answer {
                let required = if field.required { "yes" } else { "" };
                row.extend([field.place.as_str().to_owned(), required.to_owned()]);
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
            "default" => format!("{value} unless given"),
            "max_length" => format!("at most {value} characters"),
            "minimum" => format!("at least {value}"),
            "maximum" => format!("at most {value}"),
            "scale" => format!("{value} digits behind the point"),
            "list_form" => format!("in the query as {value}"),
            "encrypted" => "encrypted by the vendor".to_owned(),
            name => format!("{name} {value}"),
        }
    });
    field
        .note
        .iter()
        .cloned()
        .chain(words)
        .collect::<Vec<_>>()
        .join("; ")
}
