//! The hash of a request, independent of how its decimals are written: `100.00` and `100` are the
//! same. Of a single call also independent of the order of members that the spec does not name.
//!
//! Owns which fields are decimals, and which hold any members, as the operation of the request
//! decides. Must not change what is sent.

use std::collections::HashMap;
use std::fmt;

use jdy_runtime::PreparedRequest;
use jdy_wire::{Drift, DriftKind, RequestError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::list::hash_as;
use crate::store::RequestHash;

/// How deep decimals are sought. No request of the spec is that deep, and the body of another path
/// may be so deep that the stack would not hold it.
const MAX_DEPTH: usize = 128;

/// The fields of one operation that are decimals.
#[derive(Default)]
pub(crate) struct Decimals {
    /// The fields that were already checked.
    known: HashMap<String, bool>,
    /// Whether members that the spec does not name are taken in the order of their names.
    is_sorted: bool,
}

impl Decimals {
    /// Those of a single call, whose caller may write it down anew.
    pub(crate) fn in_any_order() -> Self {
        Self {
            is_sorted: true,
            ..Self::default()
        }
    }

    /// The hash of a request by the values of its decimals.
    pub(crate) fn hash_of(&mut self, request: &PreparedRequest) -> RequestHash {
        let mut fields = Fields {
            request,
            known: &mut self.known,
            is_sorted: self.is_sorted,
        };
        let query = request.query().iter().map(|(name, value)| {
            let short = fields.shortened(value, &[Step::Field(name.clone())]);
            (name.clone(), short.unwrap_or_else(|| value.clone()))
        });
        let query: Vec<(String, String)> = query.collect();
        let mut body = String::new();
        fields.write(
            request.body().unwrap_or_default(),
            &mut Vec::new(),
            &mut body,
        );
        hash_as(request, &query, &body)
    }
}

/// The fields of one request.
struct Fields<'a> {
    request: &'a PreparedRequest,
    known: &'a mut HashMap<String, bool>,
    is_sorted: bool,
}

impl Fields<'_> {
    /// The JSON text with its decimals in their shortest form, everything else as it is.
    fn write(&mut self, json: &str, path: &mut Vec<Step>, out: &mut String) {
        if path.len() > MAX_DEPTH {
            out.push_str(json);
        } else if let Ok(Members(mut members)) = serde_json::from_str(json) {
            if self.is_sorted && takes_any_member(self.request, path) {
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
            }
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                out.push(':');
                path.push(Step::Field(name));
                self.write(value.get(), path, out);
                path.pop();
            }
            out.push('}');
        } else if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(json) {
            out.push('[');
            path.push(Step::Item);
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                self.write(item.get(), path, out);
            }
            path.pop();
            out.push(']');
        } else if let Some(text) = json.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            match self.shortened(text, path) {
                Some(short) => out.push_str(&format!("\"{short}\"")),
                None => out.push_str(json),
            }
        } else {
            let short = self.shortened(json, path);
            out.push_str(short.as_deref().unwrap_or(json));
        }
    }

    /// A decimal without trailing zeros; `None` if it has none, or is no decimal.
    fn shortened(&mut self, text: &str, path: &[Step]) -> Option<String> {
        let (whole, fraction) = text.split_once('.')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !is_number(whole.strip_prefix('-').unwrap_or(whole)) || !is_number(fraction) {
            return None;
        }
        if !fraction.ends_with('0') || !self.is_decimal(path) {
            return None;
        }
        Some(match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            rest => format!("{whole}.{rest}"),
        })
    }

    /// Whether this field takes a fraction and not any text.
    fn is_decimal(&mut self, path: &[Step]) -> bool {
        let name: String = path.iter().map(Step::to_string).collect();
        if let Some(known) = self.known.get(&name) {
            return *known;
        }
        let takes = |value| takes(self.request, path, value);
        let is_decimal = takes("\"1.5\"") && !takes("\"x y\"");
        self.known.insert(name, is_decimal);
        is_decimal
    }
}

/// Whether this field takes a value that is given as JSON text. Where the spec does not know the
/// operation, each takes any.
fn takes(request: &PreparedRequest, path: &[Step], value: &str) -> bool {
    !differs(request, path, value, |what| {
        matches!(
            what,
            DriftKind::Refused { .. } | DriftKind::Unreadable { .. }
        )
    })
}

/// Whether the spec names no members of this record. Those that it names stand in its own order,
/// however they were given.
fn takes_any_member(request: &PreparedRequest, path: &[Step]) -> bool {
    // No field has this name.
    !differs(request, path, r#"{" ":"1"}"#, |what| {
        *what == DriftKind::UnknownField
    })
}

/// Whether a value in this field differs from the spec in such a way.
fn differs(
    request: &PreparedRequest,
    path: &[Step],
    value: &str,
    is_meant: impl Fn(&DriftKind) -> bool,
) -> bool {
    let mut probe = value.to_owned();
    for step in path.iter().rev() {
        probe = match step {
            Step::Field(name) => format!("{{{}:{probe}}}", serde_json::Value::from(name.as_str())),
            Step::Item => format!("[{probe}]"),
        };
    }
    match request.try_read(&probe) {
        // Other missing fields do not matter.
        Some(Err(RequestError::Fields(wrong))) => {
            wrong.iter().any(|drift: &Drift| is_meant(&drift.what))
        }
        _ => false,
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

/// The members of an object in their order.
struct Members(Vec<(String, Box<RawValue>)>);

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
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
