//! The encoder: records to JSON text and to query pairs, exactly as the spec says.
//!
//! Owns how a [`View`] is written under a [`Form`]. Knows no types and no HTTP.

use std::fmt::{self, Write};

use crate::record::{Form, Place, Record};
use crate::value::{Items, View};

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

/// The JSON text of the fields that travel in the body: `{}` where none is set.
///
/// # Errors
/// None today; the signature leaves room for fields that a body cannot hold.
pub fn encode_body(record: &dyn Record) -> Result<String, EncodeError> {
    let mut out = String::new();
    object(record, &mut out, Place::Body);
    Ok(out)
}

/// The names and values of the fields that travel in the query, not yet percent-encoded, in the
/// order of the table.
///
/// # Errors
/// A field holds a record or a map, which has no form in a query.
pub fn encode_query(record: &dyn Record) -> Result<Vec<(String, String)>, EncodeError> {
    let mut pairs = Vec::new();
    let mut result = Ok(());
    let table = record.table();
    record.slots(&mut |slots| {
        for ((name, facts), slot) in table.names.iter().zip(table.facts).zip(slots) {
            if facts.place == Place::Query && result.is_ok() {
                result = pair(name, slot.view(), facts.form, &mut pairs);
            }
        }
    });
    result.map(|()| pairs)
}

/// Whether any field of the table travels in the body.
pub fn has_body(record: &dyn Record) -> bool {
    record
        .table()
        .facts
        .iter()
        .any(|facts| facts.place == Place::Body)
}

/// The JSON text of one value, in its native form; `null` for none.
pub fn encode_value(view: View<'_>) -> String {
    let mut out = String::new();
    value(view, Form::Native, &mut out);
    out
}

fn object(record: &dyn Record, out: &mut String, place: Place) {
    let table = record.table();
    out.push('{');
    record.slots(&mut |slots| {
        let mut first = true;
        for ((name, facts), slot) in table.names.iter().zip(table.facts).zip(slots) {
            let view = slot.view();
            if facts.place != place || matches!(view, View::Absent) {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            text(name, out);
            out.push(':');
            value(view, facts.form, out);
        }
    });
    out.push('}');
}

fn value(view: View<'_>, form: Form, out: &mut String) {
    match view {
        View::Absent => out.push_str("null"),
        View::Text(code) if form == Form::Number && is_number(code) => out.push_str(code),
        View::Text(plain) => text(plain, out),
        View::Stamp(stamp) => text(stamp.as_str(), out),
        View::Integer(number) => quoted(form, out, number),
        View::Decimal(number) => quoted(form, out, number),
        View::Flag(flag) => match form {
            Form::Text | Form::Number => quoted(form, out, u8::from(flag)),
            _ => put(out, flag),
        },
        View::Record(record) => object(record, out, Place::Body),
        View::List(list) => array(list, form, out),
        View::Map(map) => {
            out.push('{');
            let mut first = true;
            map.each(&mut |key, view| {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                text(key, out);
                out.push(':');
                value(view, form, out);
            });
            out.push('}');
        }
        View::Raw(json) => out.push_str(json),
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
    if form == Form::Json {
        let mut text = String::new();
        array(list, Form::Native, &mut text);
        pairs.push((name.to_owned(), text));
        return Ok(());
    }
    let mut items = Vec::with_capacity(list.count());
    for index in 0..list.count() {
        items.extend(plain(name, list.item(index), form)?);
    }
    if form == Form::Repeat {
        pairs.extend(items.into_iter().map(|item| (name.to_owned(), item)));
    } else if !items.is_empty() {
        pairs.push((name.to_owned(), items.join(",")));
    }
    Ok(())
}

/// The text of a scalar in a query.
fn plain(name: &'static str, view: View<'_>, form: Form) -> Result<Option<String>, EncodeError> {
    Ok(Some(match view {
        View::Absent => return Ok(None),
        View::Text(text) | View::Raw(text) => text.to_owned(),
        View::Stamp(stamp) => stamp.as_str().to_owned(),
        View::Integer(number) => number.to_string(),
        View::Decimal(number) => number.to_string(),
        View::Flag(flag) => match form {
            Form::Text | Form::Number => u8::from(flag).to_string(),
            _ => flag.to_string(),
        },
        View::Record(_) | View::List(_) | View::Map(_) => {
            return Err(EncodeError {
                field: name,
                why: "this has no form in a query",
            });
        }
    }))
}
