//! A list as JSON lines: an object a line.
//!
//! Owns where a line begins and ends, and that no member stands in it twice. What a member means
//! is the operation's.

use std::collections::BTreeMap;
use std::fmt;

use jdy_runtime::{DynOperation, PrepareError};
use jdy_wire::{Drift, DriftKind, RequestError};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use serde_json::value::RawValue;

use crate::list::{Line, Problems};

/// The lines that can be read; what is wrong with the others. A blank line is none.
pub(crate) fn read(
    operation: &dyn DynOperation,
    text: &[u8],
    problems: &mut Problems,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match request(operation, line) {
            Ok(request) => lines.push(Line::new(number, request)),
            Err(what) => problems.add(number, what),
        }
    }
    lines
}

fn request(
    operation: &dyn DynOperation,
    line: &[u8],
) -> Result<jdy_runtime::PreparedRequest, String> {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    let names: Names = serde_json::from_str(line).map_err(|error| not_an_object(&error))?;
    if let Some(doubled) = names.doubled {
        return Err(format!("{doubled}: is there twice"));
    }
    let request = operation.request(line).map_err(|error| error.to_string())?;
    let mut wrong = Vec::new();
    find_untexted(operation, line, &mut Vec::new(), &mut wrong);
    match wrong.is_empty() {
        true => Ok(request),
        false => Err(wrong.join("; ")),
    }
}

/// Fields of text that were given a fraction, an exponent or a truth value: whoever wrote that
/// had a number in mind, and of a long one the last digits are wrong already.
fn find_untexted(
    operation: &dyn DynOperation,
    json: &str,
    path: &mut Vec<Step>,
    wrong: &mut Vec<String>,
) {
    if let Ok(record) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json) {
        for (name, value) in record {
            path.push(Step::Field(name));
            find_untexted(operation, value.get(), path, wrong);
            path.pop();
        }
    } else if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(json) {
        path.push(Step::Item);
        for item in items {
            find_untexted(operation, item.get(), path, wrong);
        }
        path.pop();
    } else if is_no_text(json) && takes_text(operation, path) {
        let name = path.iter().map(Step::to_string).collect::<String>();
        let name = name.trim_start_matches('.');
        wrong.push(format!(
            "{name}: {json} is no text, and this field is one; put it in quotes, as it should be"
        ));
    }
}

enum Step {
    Field(String),
    Item,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Item => f.write_str("[]"),
        }
    }
}

/// A truth value, or a number with a fraction or an exponent.
fn is_no_text(json: &str) -> bool {
    let is_number = json.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit());
    matches!(json, "true" | "false") || (is_number && json.contains(['.', 'e', 'E']))
}

/// Whether this field takes any text: a number, a date or a truth value does not take this one.
fn takes_text(operation: &dyn DynOperation, path: &[Step]) -> bool {
    let mut probe = "\"x y\"".to_owned();
    for step in path.iter().rev() {
        probe = match step {
            Step::Field(name) => format!("{{{}:{probe}}}", serde_json::Value::from(name.as_str())),
            Step::Item => format!("[{probe}]"),
        };
    }
    let is_unfit = |drift: &Drift| {
        matches!(
            drift.what,
            DriftKind::Refused { .. } | DriftKind::Unreadable { .. } | DriftKind::UnknownCode
        )
    };
    match operation.request(&probe) {
        Err(PrepareError::Request(RequestError::Fields(wrong))) => !wrong.iter().any(is_unfit),
        _ => true,
    }
}

/// The error without its line, which is always the first here.
fn not_an_object(error: &serde_json::Error) -> String {
    let why = error.to_string();
    let at = format!(" at line {} column {}", error.line(), error.column());
    let why = why.strip_suffix(&at).unwrap_or(&why);
    match error.column() {
        0 => format!("is no JSON object: {why}"),
        column => format!("is no JSON object: {why} at column {column}"),
    }
}

/// The names of an object's members.
struct Names {
    doubled: Option<String>,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let (mut seen, mut doubled) = (Vec::new(), None);
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    if seen.contains(&name) {
                        doubled = Some(name);
                    } else {
                        seen.push(name);
                    }
                }
                Ok(Names { doubled })
            }
        }
        deserializer.deserialize_map(Object)
    }
}
