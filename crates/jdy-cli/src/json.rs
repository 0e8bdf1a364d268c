//! JSON as text: taken apart and put together without reading a number.
//!
//! Owns objects by their members, each value as its own text, so that no digit is lost. Must not
//! know what a member means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object in their order, each value as JSON text. Names may repeat.
pub(crate) struct Members(pub(crate) Vec<(String, String)>);

impl Members {
    /// The members of an object, or what is wrong with the text.
    pub(crate) fn of(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The object again.
    pub(crate) fn to_json(&self) -> String {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", quoted(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((name, String::from(Box::<str>::from(value))));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The decoded data without the fields that came twice with different values, and the paths of
/// those fields. Decoded, such a field would be a list of its values, which looks like a value.
pub(crate) fn without_doubled(raw: &str, decoded: &str) -> (String, Vec<String>) {
    let mut doubled = Vec::new();
    let left = left_of(raw, decoded, "", &mut doubled);
    match doubled.is_empty() {
        true => (decoded.to_owned(), doubled),
        false => (left, doubled),
    }
}

fn left_of(raw: &str, decoded: &str, path: &str, doubled: &mut Vec<String>) -> String {
    if let (Ok(Members(came)), Ok(Members(kept))) = (Members::of(raw), Members::of(decoded)) {
        let mut left = Vec::new();
        for (name, value) in kept {
            let own = came.iter().filter(|(own, _)| *own == name);
            let own: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            if own.len() > 1 && compact(&value) == compact(&format!("[{}]", own.join(","))) {
                doubled.push(path);
                continue;
            }
            let value = match own.last() {
                Some(own) => left_of(own, &value, &path, doubled),
                None => value,
            };
            left.push((name, value));
        }
        return Members(left).to_json();
    }
    match (items(raw), items(decoded)) {
        (Some(came), Some(kept)) if came.len() == kept.len() => {
            let rows = came.iter().zip(&kept).enumerate();
            let rows = rows
                .map(|(index, (raw, row))| left_of(raw, row, &format!("{path}[{index}]"), doubled));
            format!("[{}]", rows.collect::<Vec<_>>().join(","))
        }
        _ => decoded.to_owned(),
    }
}

/// The items of an array, each as JSON text; `None` for anything else.
pub(crate) fn items(json: &str) -> Option<Vec<String>> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(json).ok()?;
    Some(
        items
            .into_iter()
            .map(|item| String::from(Box::<str>::from(item)))
            .collect(),
    )
}

/// Whether the text is one JSON value.
pub(crate) fn check(json: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<&RawValue>(json).map(drop)
}

/// Whether the text is a JSON array or object.
pub(crate) fn is_structure(text: &str) -> bool {
    text.starts_with(['[', '{']) && check(text).is_ok()
}

/// Text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// JSON text in one line: without whitespace between its tokens, otherwise unchanged.
pub(crate) fn compact(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let (mut within_string, mut escaped) = (false, false);
    for character in json.chars() {
        if within_string || !character.is_ascii_whitespace() {
            text.push(character);
        }
        if escaped {
            escaped = false;
        } else if within_string && character == '\\' {
            escaped = true;
        } else if character == '"' {
            within_string = !within_string;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::without_doubled;

    #[test]
    fn what_came_twice_is_left_out_at_every_depth_and_a_list_that_came_so_stays() {
        let raw = r#"{"a":"1","a":"2","rows":[{"b":1},{"b":1, "b":2,"c":["1","2"]}],"d":3,"d":3}"#;
        let decoded = r#"{"a":["1","2"],"rows":[{"b":"1"},{"b":[1,2],"c":["1","2"]}],"d":"3"}"#;
        let (left, doubled) = without_doubled(raw, decoded);
        assert_eq!(left, r#"{"rows":[{"b":"1"},{"c":["1","2"]}],"d":"3"}"#);
        assert_eq!(doubled, ["a", "rows[1].b"]);
    }
}
