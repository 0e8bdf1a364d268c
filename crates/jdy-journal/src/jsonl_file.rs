//! A list as JSON Lines: one object per line.
//!
//! Owns the line breaks and the check for duplicate members. Must not know what a member means:
//! that is the operation's.

use std::collections::HashSet;
use std::fmt;

use jdy_runtime::DynOperation;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::list::{Line, Problems};

/// The lines that can be read. The problems of the others are added to `problems`. Blank lines are
/// skipped.
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
    operation.request(line).map_err(|error| error.to_string())
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
                let (mut seen, mut doubled) = (HashSet::new(), None);
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    // Of several the last one is reported.
                    doubled = seen.replace(name).or(doubled);
                }
                Ok(Names { doubled })
            }
        }
        deserializer.deserialize_map(Object)
    }
}
