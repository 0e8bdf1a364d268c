//! Values in the form that a schema asks for: texts, numbers, flags, dates.
//!
//! Owns how one form becomes another. A value that has no such form is none. Must not know which
//! field it is. Must not use: `crate::product`, `crate::request`, `crate::spec::index`.

use serde_json::{Number, Value};

use super::digits::exact;
use super::schema::type_of;
use super::wire::Wire;
use crate::encrypt::encrypted;

/// A plain value in the form of the schema.
pub(crate) fn scalar(schema: &Value, value: &Value) -> Option<Value> {
    match type_of(schema) {
        "string" => Some(Value::String(as_text(schema, value)?)),
        "integer" => whole(value).map(Value::from),
        "number" => number(value),
        "boolean" => flag(value).map(Value::from),
        "" => Some(value.clone()),
        _ => None,
    }
}

/// What a schema gives where nothing is known: an empty text. Numbers, flags and objects have no
/// empty value and are left out.
pub(super) fn empty(schema: &Value) -> Option<Value> {
    match type_of(schema) {
        "string" => Some(Value::String(String::new())),
        "array" => Some(Value::Array(Vec::new())),
        _ => None,
    }
}

/// What a schema gives for a required field of which nothing is known.
pub(super) fn zero(schema: &Value) -> Value {
    match type_of(schema) {
        "integer" | "number" => Value::from(0),
        "boolean" => Value::Bool(false),
        "object" => Value::Object(serde_json::Map::new()),
        _ => empty(schema).unwrap_or_default(),
    }
}

/// The code of a state, by its labels; `usual` where the schema has no codes. `None` where it has
/// codes and none of them means this state.
pub(crate) fn code_of(schema: &Value, labels: &[&str], usual: &str) -> Option<String> {
    let Some(codes) = schema.get("x-jdy-codes").and_then(Value::as_array) else {
        return Some(usual.to_owned());
    };
    let is_it = |code: &&Value| {
        let label = code.get("label").and_then(Value::as_str);
        label.is_some_and(|label| labels.contains(&label))
    };
    let found = codes.iter().find(is_it)?;
    Some(found.get("code")?.as_str()?.to_owned())
}

/// The label of a code.
pub(crate) fn label_of<'a>(schema: &'a Value, code: &str) -> Option<&'a str> {
    let codes = schema.get("x-jdy-codes")?.as_array()?;
    let is_it = |known: &&Value| known.get("code").and_then(Value::as_str) == Some(code);
    codes.iter().find(is_it)?.get("label")?.as_str()
}

/// The text of a plain value; of a list, its texts joined by commas.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            Some(items?.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn as_text(schema: &Value, value: &Value) -> Option<String> {
    let wire = Wire::of(schema);
    let text = match (wire, value) {
        (Some(Wire::Flag), Value::Bool(flag)) => i32::from(*flag).to_string(),
        _ => text(value)?,
    };
    let text = match wire {
        Some(Wire::Date) if text.len() > 10 => text.get(..10)?.to_owned(),
        Some(Wire::DateTime) if text.len() == 10 => format!("{text} 00:00:00"),
        None
        | Some(
            Wire::Decimal
            | Wire::Integer
            | Wire::Date
            | Wire::DateTime
            | Wire::EpochMillis
            | Wire::Flag,
        ) => text,
    };
    let is_private = schema.get("x-jdy-encrypted") == Some(&Value::Bool(true));
    Some(if is_private && !text.is_empty() {
        encrypted(&text)
    } else {
        text
    })
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.to_string().strip_suffix(".0")?.parse().ok()),
        Value::String(text) if matches!(text.as_str(), "true" | "false") => {
            Some(i64::from(text == "true"))
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(Value::Number(number.clone())),
        Value::String(text) => match text.parse::<i64>() {
            Ok(whole) => Some(Value::from(whole)),
            Err(_) => {
                exact(text).or_else(|| Number::from_f64(text.parse().ok()?).map(Value::Number))
            }
        },
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64()? != 0.0),
        Value::String(text) => match text.as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}
