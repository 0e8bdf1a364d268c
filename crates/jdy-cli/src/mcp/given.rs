//! The arguments of a tool, as the client gave them.
//!
//! Owns which are known, and that no number has lost a digit. Must not know what they are for.

use serde_json::{Map, Value};

use crate::exit::Failure;
use crate::json::Members;

/// The arguments of one tool.
pub(super) struct Given(Map<String, Value>);

impl Given {
    /// The arguments, of which there may be no others than these.
    pub(super) fn of(given: Option<Map<String, Value>>, known: &[&str]) -> Result<Self, Failure> {
        let given = given.unwrap_or_default();
        let unknown = given.keys().find(|name| !known.contains(&name.as_str()));
        match unknown {
            None => Ok(Self(given)),
            Some(name) => Err(Failure::usage(format!(
                "the tool has no argument {name:?}; it has {}; the fields of an operation go into \
                 `arguments` of `call`",
                known.join(", ")
            ))),
        }
    }

    /// A text that may be left out; a blank one is.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(Failure::usage(format!("{name} is a text"))),
        }
    }

    /// A text that is needed.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        let text = self.text(name)?;
        text.ok_or_else(|| Failure::usage(format!("{name} is needed, a text")))
    }

    /// Texts in a list.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        let wrong = || Failure::usage(format!("{name} is a list of texts"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// An object as JSON text.
    pub(super) fn object(&self, name: &str) -> Result<String, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok("{}".to_owned()),
            Some(object @ Value::Object(_)) => match inexact(object, "") {
                None => Ok(object.to_string()),
                Some(path) => Err(Failure::usage(format!(
                    "{path} is a number that may have lost digits on its way; give amounts and \
                     long ids as text, such as \"100.10\""
                ))),
            },
            // As its text it has all its digits.
            Some(Value::String(text)) if Members::of(text).is_ok() => Ok(text.clone()),
            Some(_) => Err(Failure::usage(format!("{name} is a JSON object"))),
        }
    }
}

/// The path of a number that a float cannot be trusted to hold as it was written.
fn inexact(value: &Value, path: &str) -> Option<String> {
    /// Above it not every integer is a float, and many clients have no other numbers.
    const LARGEST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            let is_exact = size.is_some_and(|size| size <= LARGEST);
            (!is_exact).then(|| path.to_owned())
        }
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| inexact(item, &format!("{path}[{index}]")))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| match path {
            "" => inexact(value, name),
            path => inexact(value, &format!("{path}.{name}")),
        }),
        _ => None,
    }
}
