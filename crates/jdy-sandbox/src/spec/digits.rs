//! The numbers of a request with all of their digits.
//!
//! Owns which numbers a float cannot hold. `serde_json` reads a number with a point as a float, and
//! what was saved has to come back as it was sent. Must not know schemas.
//! Must not use: `crate::product`, `crate::request`, `crate::spec::index`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::decimal;

/// Puts the number as text in place of each that a float changed. `text` is the JSON of `value`.
pub(super) fn keep(value: &mut Value, text: &str) {
    match value {
        Value::Object(fields) => {
            let raw: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            for (name, value) in fields {
                if let Some(raw) = raw.get(name) {
                    keep(value, raw.get());
                }
            }
        }
        Value::Array(items) => {
            let raw: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            for (item, raw) in items.iter_mut().zip(raw) {
                keep(item, raw.get());
            }
        }
        Value::Number(number) if number.is_f64() => {
            if let Some(exact) = exact(text) {
                *value = exact;
            }
        }
        _ => {}
    }
}

/// A decimal as a number, or as text where a float does not have all of its digits or would be
/// written with an exponent. `None` for what is no decimal.
pub(super) fn exact(text: &str) -> Option<Value> {
    let exact = decimal::with_exponent(text)?;
    let float = Number::from_f64(text.parse().ok()?)?;
    Some(if decimal::parse(&float.to_string()) == Some(exact) {
        Value::Number(float)
    } else {
        Value::String(exact.to_string())
    })
}
