//! The encoder: records to JSON text, query pairs and form parts, exactly as the spec says.
//!
//! Owns how a [`ValueRef`] is written under a [`Encoding`]. Must not know types, HTTP or percent-encoding.
//! Must not use: `crate::decode`, `crate::envelope`, `crate::reader`.

use std::fmt::{self, Write};

use crate::file::{Part as FormPart, PartValue};
use crate::record::{Encoding, Location, Record, Table};
use crate::value::{FieldSlot, Items, ValueRef};

/// A field of a request cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError {
    /// The field's name on the wire.
    pub field: &'static str,
    /// The reason.
    pub why: &'static str,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for EncodeError {}

/// The JSON text of a record; `{}` if no field is set.
///
/// # Errors
/// None today; the signature leaves room for fields that a body cannot hold.
pub fn encode_body(record: &dyn Record) -> Result<String, EncodeError> {
    let mut out = String::new();
    fields(record, Part::Only(Location::Body), &mut out);
    Ok(out)
}

/// The names and values of a record in a query, not yet percent-encoded, in the order of the
/// table.
///
/// # Errors
/// A field is a record or a map, which a query cannot hold, or an item of a comma-separated list
/// contains a comma.
pub fn encode_query(record: &dyn Record) -> Result<Vec<(String, String)>, EncodeError> {
    let mut pairs = Vec::new();
    let mut result = Ok(());
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        for ((name, encoding), slot) in table.names.iter().zip(table.encodings).zip(slots) {
            if result.is_ok() && table.location_of(name) == Location::Query {
                result = pair(name, slot.view(), *encoding, &mut pairs);
            }
        }
    });
    result.map(|()| pairs)
}

/// The parts of a form, in the order of the table: scalars as in a query, everything else as JSON.
///
/// # Errors
/// None today; the signature leaves room for fields that a form cannot hold.
pub fn encode_form(record: &dyn Record) -> Result<Vec<FormPart>, EncodeError> {
    let mut parts = Vec::new();
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        for ((name, encoding), slot) in table.names.iter().zip(table.encodings).zip(slots) {
            if table.location_of(name) == Location::Form {
                part(name, slot.view(), *encoding, &mut parts);
            }
        }
    });
    Ok(parts)
}

fn part(name: &'static str, view: ValueRef<'_>, encoding: Encoding, parts: &mut Vec<FormPart>) {
    let value = match view {
        ValueRef::Absent => return,
        ValueRef::File(file) => PartValue::File(file.clone()),
        ValueRef::List(list) if matches!(list.item(0), ValueRef::File(_)) => {
            return (0..list.count())
                .for_each(|index| part(name, list.item(index), encoding, parts));
        }
        view => PartValue::Text(match plain(name, view, encoding) {
            Ok(Some(text)) => text,
            _ => {
                let mut json = String::new();
                value(view, encoding, &mut json);
                json
            }
        }),
    };
    parts.push(FormPart { name, value });
}

/// Whether a field of the record is sent in a body.
pub fn has_body(record: &dyn Record) -> bool {
    record.table().has(Location::Body)
}

/// The JSON text of one value, a decimal as text; `null` without a value.
pub fn encode_value(view: ValueRef<'_>) -> String {
    let mut out = String::new();
    value(view, Encoding::Text, &mut out);
    out
}

fn object(record: &dyn Record, out: &mut String) {
    fields(record, Part::Whole, out);
}

/// Which fields of a record are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All fields: nested records are not split.
    Whole,
    /// Those that are sent there.
    Only(Location),
}

impl Part {
    fn holds(self, table: &Table, name: &str) -> bool {
        match self {
            Part::Whole => true,
            Part::Only(location) => table.location_of(name) == location,
        }
    }
}

fn fields(record: &dyn Record, part: Part, out: &mut String) {
    out.push('{');
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        let mut first = true;
        for ((name, encoding), slot) in table.names.iter().zip(table.encodings).zip(slots) {
            let view = slot.view();
            if matches!(view, ValueRef::Absent) || !part.holds(table, name) {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            text(name, out);
            out.push(':');
            value(view, *encoding, out);
        }
    });
    out.push('}');
}

fn value(view: ValueRef<'_>, encoding: Encoding, out: &mut String) {
    match view {
        ValueRef::Absent => out.push_str("null"),
        ValueRef::Text(code) if encoding == Encoding::Number && is_number(code) => {
            out.push_str(code)
        }
        ValueRef::Text(plain) => text(plain, out),
        ValueRef::Date(date) => put(out, format_args!("\"{date}\"")),
        ValueRef::DateTime(moment) => put(out, format_args!("\"{moment}\"")),
        ValueRef::Integer(number) => quoted(encoding, out, number),
        ValueRef::Decimal(number) => quoted(encoding, out, number),
        ValueRef::Flag(flag) if encoding == Encoding::Flag => put(out, flag),
        ValueRef::Flag(flag) => quoted(encoding, out, u8::from(flag)),
        ValueRef::Record(record) => object(record, out),
        ValueRef::List(list) => array(list, items(encoding), out),
        ValueRef::Map(map) => {
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
        // A file is sent only in a form; its name here is for people.
        ValueRef::File(file) => text(file.name(), out),
        ValueRef::Json(json) | ValueRef::Raw(json) => out.push_str(json),
    }
}

fn array(list: &dyn Items, encoding: Encoding, out: &mut String) {
    out.push('[');
    for index in 0..list.count() {
        if index > 0 {
            out.push(',');
        }
        value(list.item(index), encoding, out);
    }
    out.push(']');
}

/// How the items of a list are written.
fn items(list: Encoding) -> Encoding {
    match list {
        Encoding::Numbers | Encoding::JsonNumbers | Encoding::Number => Encoding::Number,
        Encoding::Flags | Encoding::Flag => Encoding::Flag,
        Encoding::Text
        | Encoding::Object
        | Encoding::File
        | Encoding::List
        | Encoding::Repeat
        | Encoding::Json => Encoding::Text,
    }
}

fn put(out: &mut String, shown: impl fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{shown}");
}

fn quoted(encoding: Encoding, out: &mut String, number: impl fmt::Display) {
    let quote = if encoding == Encoding::Text { "\"" } else { "" };
    put(out, format_args!("{quote}{number}{quote}"));
}

/// Whether a code can be written as a JSON number.
fn is_number(code: &str) -> bool {
    code.parse::<i64>()
        .is_ok_and(|number| number.to_string() == code)
}

/// A JSON string. Escapes only what JSON requires, so that Chinese stays readable.
fn text(plain: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in plain.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        // Both ends are next to an ASCII byte, so they are character boundaries.
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
    view: ValueRef<'_>,
    encoding: Encoding,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), EncodeError> {
    let ValueRef::List(list) = view else {
        if let Some(text) = plain(name, view, encoding)? {
            pairs.push((name.to_owned(), text));
        }
        return Ok(());
    };
    if matches!(encoding, Encoding::Json | Encoding::JsonNumbers) {
        let mut text = String::new();
        array(list, items(encoding), &mut text);
        pairs.push((name.to_owned(), text));
        return Ok(());
    }
    let mut texts = Vec::with_capacity(list.count());
    for index in 0..list.count() {
        texts.extend(plain(name, list.item(index), items(encoding))?);
    }
    if encoding == Encoding::Repeat {
        pairs.extend(texts.into_iter().map(|item| (name.to_owned(), item)));
    } else if texts.iter().any(|text| text.contains(',')) {
        // Joined, one item would become two.
        return Err(EncodeError {
            field: name,
            why: "an item contains a comma, which separates the items of this list",
        });
    } else if !texts.is_empty() {
        pairs.push((name.to_owned(), texts.join(",")));
    }
    Ok(())
}

/// The text of a scalar in a query.
fn plain(
    name: &'static str,
    view: ValueRef<'_>,
    encoding: Encoding,
) -> Result<Option<String>, EncodeError> {
    Ok(Some(match view {
        ValueRef::Absent => return Ok(None),
        ValueRef::Text(text) | ValueRef::Json(text) | ValueRef::Raw(text) => text.to_owned(),
        ValueRef::Date(date) => date.to_string(),
        ValueRef::DateTime(moment) => moment.to_string(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Decimal(number) => number.to_string(),
        ValueRef::Flag(flag) if encoding == Encoding::Flag => flag.to_string(),
        ValueRef::Flag(flag) => u8::from(flag).to_string(),
        ValueRef::Record(_) | ValueRef::List(_) | ValueRef::Map(_) | ValueRef::File(_) => {
            return Err(EncodeError {
                field: name,
                why: "a query cannot hold this type",
            });
        }
    }))
}
