//! Values that the spec does not describe: any JSON, and no data.
//!
//! Owns looking into JSON text without types. Must not know records.
//! Must not use: `crate::decode`, `crate::envelope`, `crate::record`.

use std::collections::BTreeSet;
use std::fmt;

use crate::encode::encode_value;
use crate::reader::{Kind, Reader, SyntaxError};
use crate::value::{Value, ValueMut, ValueRef};

/// Any JSON value as text. Numbers keep every digit.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// The text is not one JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(SyntaxError);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for JsonError {}

impl Json {
    /// Checks JSON text.
    ///
    /// # Errors
    /// The text is not one JSON value.
    pub fn new(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        let json = reader.skip().map_err(JsonError)?;
        reader.end().map_err(JsonError)?;
        Ok(Self(json.into()))
    }

    /// Sets text that is known to be JSON.
    pub(crate) fn set(&mut self, json: &str) {
        self.0 = json.into();
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Value for Json {
    const EXPECTED: &'static str = "a value";

    fn empty() -> Self {
        Self("null".into())
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Json(&self.0)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Json(self)
    }
}

/// The text of a member of a JSON object; `None` without the member, or if the text is not an object.
pub fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (from, to) = span(json, name).ok()??;
    json.get(from..to)
}

/// Whether a JSON object has duplicates of a member with different values, so that none can be
/// trusted.
pub fn contradicts(json: &str, name: &str) -> bool {
    let values = values(json, name);
    matches!(values.as_deref(), Ok([first, rest @ ..]) if rest.iter().any(|one| one != first))
}

/// The texts of the items of a JSON array; `None` if the text is not an array.
pub fn items(json: &str) -> Option<Vec<&str>> {
    let mut reader = Reader::new(json);
    if reader.kind().ok()? != Kind::Array {
        return None;
    }
    reader.open().ok()?;
    let mut items = Vec::new();
    while reader.item(items.is_empty()).ok()? {
        reader.kind().ok()?;
        items.push(reader.skip().ok()?);
    }
    reader.end().ok().map(|()| items)
}

/// The names and texts of the members of a JSON object, in their order; `None` if the text is not an
/// object.
pub fn members(json: &str) -> Option<Vec<(String, &str)>> {
    let mut reader = Reader::new(json);
    if reader.kind().ok()? != Kind::Object {
        return None;
    }
    reader.open().ok()?;
    let mut members = Vec::new();
    while reader.member(members.is_empty()).ok()? {
        let name = reader.key().ok()?.into_owned();
        reader.kind().ok()?;
        members.push((name, reader.skip().ok()?));
    }
    reader.end().ok().map(|()| members)
}

/// The strings, numbers and booleans of a JSON text at any depth, as text, each with the name of its
/// member. Stops where the text is not JSON.
pub fn leaves(json: &str) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    // The leaves before a syntax error are kept.
    let _ = gather(&mut Reader::new(json), "", &mut leaves);
    leaves
}

fn gather(
    reader: &mut Reader<'_>,
    name: &str,
    leaves: &mut Vec<(String, String)>,
) -> Result<(), SyntaxError> {
    let mut first = true;
    match reader.kind()? {
        Kind::Object => {
            reader.open()?;
            while reader.member(first)? {
                first = false;
                let name = reader.key()?;
                gather(reader, &name, leaves)?;
            }
        }
        Kind::Array => {
            reader.open()?;
            while reader.item(first)? {
                first = false;
                gather(reader, name, leaves)?;
            }
        }
        Kind::Text => leaves.push((name.to_owned(), reader.text()?.into_owned())),
        Kind::Null => {
            reader.skip()?;
        }
        _ => leaves.push((name.to_owned(), reader.skip()?.to_owned())),
    }
    Ok(())
}

/// The path of the first name that stands twice in an object, at any depth of a JSON text, so that
/// it is not clear which of its values is meant. Stops where the text is not JSON any more.
pub fn repeated(json: &str) -> Option<String> {
    let mut path = String::new();
    let found = seek_repeated(&mut Reader::new(json), &mut path);
    found.is_ok_and(|found| found).then_some(path)
}

/// Whether a name stands twice in the value that begins here; `path` leads to it then.
fn seek_repeated(reader: &mut Reader<'_>, path: &mut String) -> Result<bool, SyntaxError> {
    let kind = reader.kind()?;
    let above = path.len();
    let mut count = 0_usize;
    match kind {
        Kind::Object => {
            let mut seen = BTreeSet::new();
            reader.open()?;
            while reader.member(count == 0)? {
                count += 1;
                let name = reader.key()?;
                if above > 0 {
                    path.push('.');
                }
                path.push_str(&name);
                if !seen.insert(name) || seek_repeated(reader, path)? {
                    return Ok(true);
                }
                path.truncate(above);
            }
        }
        Kind::Array => {
            reader.open()?;
            while reader.item(count == 0)? {
                path.push_str(&format!("[{count}]"));
                count += 1;
                if seek_repeated(reader, path)? {
                    return Ok(true);
                }
                path.truncate(above);
            }
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(false)
}

/// A JSON object with one member set to another JSON text.
///
/// # Errors
/// The text is not a JSON object.
pub fn with_member(json: &str, name: &str, value: &str) -> Result<String, JsonError> {
    let found = span(json, name).map_err(JsonError)?;
    let (before, after, between) = match found {
        Some((from, to)) => (json.get(..from), json.get(to..), String::new()),
        None => {
            let end = json.rfind('}').unwrap_or(json.len());
            let before = json.get(..end).map(str::trim_end);
            let comma = if before.is_some_and(|text| text.ends_with('{')) {
                ""
            } else {
                ","
            };
            let key = encode_value(ValueRef::Text(name));
            (before, json.get(end..), format!("{comma}{key}:"))
        }
    };
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    Ok(format!("{before}{between}{value}{after}"))
}

/// The span of a member's value in an object; the last one of duplicates.
fn span(json: &str, name: &str) -> Result<Option<(usize, usize)>, SyntaxError> {
    Ok(spans(json, name)?.pop())
}

/// The texts of all members with a name.
fn values<'a>(json: &'a str, name: &str) -> Result<Vec<&'a str>, SyntaxError> {
    let spans = spans(json, name)?.into_iter();
    Ok(spans.filter_map(|(from, to)| json.get(from..to)).collect())
}

fn spans(json: &str, name: &str) -> Result<Vec<(usize, usize)>, SyntaxError> {
    let mut reader = Reader::new(json);
    if reader.kind()? != Kind::Object {
        return Err(SyntaxError {
            at: reader.at(),
            expected: "an object",
        });
    }
    reader.open()?;
    let (mut first, mut found) = (true, Vec::new());
    while reader.member(first)? {
        first = false;
        let wanted = reader.key()? == name;
        reader.kind()?;
        let from = reader.at();
        reader.skip()?;
        if wanted {
            found.push((from, reader.at()));
        }
    }
    reader.end().map(|()| found)
}

/// The `data` of an operation for which the spec describes none. It is skipped, and available in
/// the raw answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoData;

impl Value for NoData {
    const EXPECTED: &'static str = "nothing";

    fn empty() -> Self {
        NoData
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Absent
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Nothing
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{items, member, members, with_member};

    #[test]
    fn the_members_of_an_object_are_returned_in_order() {
        let found = members(r#" {"b":1 , "a":[2], "\u4e2d":"x"} "#).unwrap();
        let found: Vec<_> = found.iter().map(|(name, text)| (&**name, *text)).collect();
        assert_eq!(found, [("b", "1"), ("a", "[2]"), ("中", "\"x\"")]);
        for none in ["", "null", "[]", "{\"a\":1", "{} {}"] {
            assert_eq!(members(none), None, "{none}");
        }
    }

    #[test]
    fn the_items_of_an_array_are_returned_verbatim() {
        assert_eq!(
            items(r#" [1, "a" ,{"b":[2]}] "#).unwrap(),
            ["1", r#""a""#, r#"{"b":[2]}"#]
        );
        assert_eq!(items("[]").unwrap(), [""; 0]);
        for none in ["", "null", "{}", "[1", "[1,]", "[] []"] {
            assert_eq!(items(none), None, "{none}");
        }
    }

    #[test]
    fn the_leaves_are_what_no_list_and_no_object_is() {
        let json = r#"{"a":"1\n","b":[2,{"c":true,"d":null}],"e":{},"f":-3.0"#;
        let leaves = super::leaves(json);
        let leaves: Vec<_> = leaves
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(leaves, [("a", "1\n"), ("b", "2"), ("c", "true")]);
        assert!(super::contradicts(r#"{"a":1,"b":2,"a":3}"#, "a"));
        assert!(!super::contradicts(r#"{"a":1,"b":2,"a":1}"#, "a"));
    }

    #[test]
    fn a_name_that_stands_twice_in_one_object_is_found_at_any_depth() {
        for (json, path) in [
            (r#"{"a":1,"a":1}"#, Some("a")),
            (r#"{"a":1,"\u0061":2}"#, Some("a")),
            (
                r#"{"a":{"b":[1,{"c":1},{"c":1,"d":2,"c":3}]}}"#,
                Some("a.b[2].c"),
            ),
            (r#"[[{"x":1,"x":2}]]"#, Some("[0][0].x")),
            (
                r#"{"a":{"b":1},"b":{"a":1,"b":2},"c":[{"a":1},{"a":1}]}"#,
                None,
            ),
            (r#"{"a":"{\"b\":1,\"b\":2}"}"#, None),
            ("", None),
            (r#"{"a":1,"b":"#, None),
            (r#"{"a":1,"a":"#, Some("a")),
        ] {
            assert_eq!(super::repeated(json).as_deref(), path, "{json}");
        }
    }

    #[test]
    fn a_member_is_found_and_replaced_where_it_stands() {
        let json = r#"{"a": {"page": 1}, "page" : "7", "b":[]}"#;
        assert_eq!(member(json, "page"), Some("\"7\""));
        assert_eq!(
            with_member(json, "page", "8").unwrap(),
            r#"{"a": {"page": 1}, "page" : 8, "b":[]}"#
        );
        assert_eq!(
            with_member("{ }", "n", "1").unwrap(),
            r#"{"n":1 }"#.replace(' ', "")
        );
        assert_eq!(
            with_member(r#"{"a":1}"#, "n", "1").unwrap(),
            r#"{"a":1,"n":1}"#
        );
        assert_eq!(member("[]", "page"), None);
        assert!(with_member("[1]", "page", "8").is_err());
        assert!(with_member("{\"a\":1", "page", "8").is_err());
    }
}
