//! The encoder: records to JSON text and to query pairs, exactly as the spec says.
//!
//! Owns how a [`View`] is written under a [`Form`]. Knows no types and no HTTP.

use std::fmt::{self, Write};

use crate::file::{Part as FormPart, PartValue};
use crate::record::{Form, Place, Record, Table};
use crate::value::{Items, Slot, View};

/// A request holds something that has no form on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError {
    /// The field's name on the wire.
    pub field: &'static str,
    /// Why.
    pub why: &'static str,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for EncodeError {}

/// The JSON text of a record: `{}` where no field is set.
///
/// # Errors
/// None today; the signature leaves room for fields that a body cannot hold.
pub fn encode_body(record: &dyn Record) -> Result<String, EncodeError> {
    let mut out = String::new();
    fields(record, Part::Only(Place::Body), &mut out);
    Ok(out)
}

/// The names and values of a record in a query, not yet percent-encoded, in the order of the
/// table.
///
/// # Errors
/// A field holds a record or a map, which has no form in a query, or a list that is joined by
/// commas holds one in an item.
pub fn encode_query(record: &dyn Record) -> Result<Vec<(String, String)>, EncodeError> {
    let mut pairs = Vec::new();
    let mut result = Ok(());
    record.slots(&mut |table: &Table, slots: &[&dyn Slot]| {
        for ((name, form), slot) in table.names.iter().zip(table.forms).zip(slots) {
            if result.is_ok() && table.place_of(name) == Place::Query {
                result = pair(name, slot.view(), *form, &mut pairs);
            }
        }
    });
    result.map(|()| pairs)
}

/// The parts of a form, in the order of the table: texts as they stand in a query, what is more
/// as JSON.
///
/// # Errors
/// None today; the signature leaves room for fields that a form cannot hold.
pub fn encode_form(record: &dyn Record) -> Result<Vec<FormPart>, EncodeError> {
    let mut parts = Vec::new();
    record.slots(&mut |table: &Table, slots: &[&dyn Slot]| {
        for ((name, form), slot) in table.names.iter().zip(table.forms).zip(slots) {
            if table.place_of(name) == Place::Form {
                part(name, slot.view(), *form, &mut parts);
            }
        }
    });
    Ok(parts)
}

fn part(name: &'static str, view: View<'_>, form: Form, parts: &mut Vec<FormPart>) {
    let value = match view {
        View::Absent => return,
        View::File(file) => PartValue::File(file.clone()),
        View::List(list) if matches!(list.item(0), View::File(_)) => {
            return (0..list.count()).for_each(|index| part(name, list.item(index), form, parts));
        }
        view => PartValue::Text(match plain(name, view, form) {
            Ok(Some(text)) => text,
            _ => {
                let mut json = String::new();
                value(view, form, &mut json);
                json
            }
        }),
    };
    parts.push(FormPart { name, value });
}

/// Whether a field of the record travels in a body.
pub fn has_body(record: &dyn Record) -> bool {
    record.table().has(Place::Body)
}

/// The JSON text of one value, a decimal as text; `null` for none.
pub fn encode_value(view: View<'_>) -> String {
    let mut out = String::new();
    value(view, Form::Text, &mut out);
    out
}

fn object(record: &dyn Record, out: &mut String) {
    fields(record, Part::Whole, out);
}

/// Which fields of a record are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All: below the first level there is one place.
    Whole,
    /// Those that travel there.
    Only(Place),
}

impl Part {
    fn holds(self, table: &Table, name: &str) -> bool {
        match self {
            Part::Whole => true,
            Part::Only(place) => table.place_of(name) == place,
        }
    }
}

fn fields(record: &dyn Record, part: Part, out: &mut String) {
    out.push('{');
    record.slots(&mut |table: &Table, slots: &[&dyn Slot]| {
        let mut first = true;
        for ((name, form), slot) in table.names.iter().zip(table.forms).zip(slots) {
            let view = slot.view();
            if matches!(view, View::Absent) || !part.holds(table, name) {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            text(name, out);
            out.push(':');
            value(view, *form, out);
        }
    });
    out.push('}');
}

fn value(view: View<'_>, form: Form, out: &mut String) {
    match view {
        View::Absent => out.push_str("null"),
        View::Text(code) if form == Form::Number && is_number(code) => out.push_str(code),
        View::Text(plain) => text(plain, out),
        View::Date(date) => put(out, format_args!("\"{date}\"")),
        View::DateTime(moment) => put(out, format_args!("\"{moment}\"")),
        View::Integer(number) => quoted(form, out, number),
        View::Decimal(number) => quoted(form, out, number),
        View::Flag(flag) if form == Form::Flag => put(out, flag),
        View::Flag(flag) => quoted(form, out, u8::from(flag)),
        View::Record(record) => object(record, out),
        View::List(list) => array(list, items(form), out),
        View::Map(map) => {
            out.push('{');
            for (index, (key, word)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                text(key, out);
                out.push(':');
                text(word, out);
            }
            out.push('}');
        }
        // A file travels in a form alone; what stands here is for the eye.
        View::File(file) => text(file.name(), out),
        View::Json(json) | View::Raw(json) => out.push_str(json),
    }
}

fn array(list: &dyn Items, form: Form, out: &mut String) {
    out.push('[');
    for index in 0..list.count() {
        if index > 0 {
            out.push(',');
        }
        value(list.item(index), form, out);
    }
    out.push(']');
}

/// How the items of a list are written.
fn items(list: Form) -> Form {
    match list {
        Form::Numbers | Form::JsonNumbers | Form::Number => Form::Number,
        Form::Flags | Form::Flag => Form::Flag,
        _ => Form::Text,
    }
}

fn put(out: &mut String, shown: impl fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{shown}");
}

fn quoted(form: Form, out: &mut String, number: impl fmt::Display) {
    let quote = if form == Form::Text { "\"" } else { "" };
    put(out, format_args!("{quote}{number}{quote}"));
}

/// Whether a code may stand in JSON without quotes.
fn is_number(code: &str) -> bool {
    code.parse::<i64>()
        .is_ok_and(|number| number.to_string() == code)
}

/// A JSON text. Escapes what JSON demands, and nothing else: Chinese stays readable.
fn text(plain: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in plain.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        // Both ends stand beside an ASCII byte, so they are character boundaries.
        out.push_str(plain.get(from..at).unwrap_or_default());
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => put(out, format_args!("\\u{control:04x}")),
        }
    }
    out.push_str(plain.get(from..).unwrap_or_default());
    out.push('"');
}

fn pair(
    name: &'static str,
    view: View<'_>,
    form: Form,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), EncodeError> {
    let View::List(list) = view else {
        if let Some(text) = plain(name, view, form)? {
            pairs.push((name.to_owned(), text));
        }
        return Ok(());
    };
    if matches!(form, Form::Json | Form::JsonNumbers) {
        let mut text = String::new();
        array(list, items(form), &mut text);
        pairs.push((name.to_owned(), text));
        return Ok(());
    }
    let mut texts = Vec::with_capacity(list.count());
    for index in 0..list.count() {
        texts.extend(plain(name, list.item(index), items(form))?);
    }
    if form == Form::Repeat {
        pairs.extend(texts.into_iter().map(|item| (name.to_owned(), item)));
    } else if texts.iter().any(|text| text.contains(',')) {
        // Joined, it would be two items.
        return Err(EncodeError {
            field: name,
            why: "an item holds a comma, and commas part the items of this list",
        });
    } else if !texts.is_empty() {
        pairs.push((name.to_owned(), texts.join(",")));
    }
    Ok(())
}

/// The text of a scalar in a query.
fn plain(name: &'static str, view: View<'_>, form: Form) -> Result<Option<String>, EncodeError> {
    Ok(Some(match view {
        View::Absent => return Ok(None),
        View::Text(text) | View::Json(text) | View::Raw(text) => text.to_owned(),
        View::Date(date) => date.to_string(),
        View::DateTime(moment) => moment.to_string(),
        View::Integer(number) => number.to_string(),
        View::Decimal(number) => number.to_string(),
        View::Flag(flag) if form == Form::Flag => flag.to_string(),
        View::Flag(flag) => u8::from(flag).to_string(),
        View::Record(_) | View::List(_) | View::Map(_) | View::File(_) => {
            return Err(EncodeError {
                field: name,
                why: "this has no form in a query",
            });
        }
    }))
}
