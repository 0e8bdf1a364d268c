//! Samples: answers made up from the spec.
//!
//! Owns which value a schema gives. Must not know requests beyond the page they ask for.
//! Must not use: `crate::request`, `crate::spec::validate`.

use serde_json::{Map, Value, json};

use super::index::{Operation, Spec};
use super::schema::{parts, resolve, type_of};
use super::wire::Wire;
use crate::fault::PagingFault;
use crate::page::PageRequest;

/// `CVGQ..` is 18599999999, encrypted with the sandbox's client secret by the vendor's rule for private fields.
const ENCRYPTED_PHONE: &str = "CVGQxKy7SFTAyeDXXEeRuw==";

impl Spec {
    /// Whether its answers say `errorCode` and `message`, as those of uploads do.
    pub(crate) fn answers_as_upload(&self, operation: &Operation) -> bool {
        let parts = parts(&self.root, &operation.answer);
        let mut fields = parts.iter().filter_map(|part| part.get("properties"));
        fields.any(|fields| fields.get("errorCode").is_some())
    }

    /// A made-up answer: the operation's example, or else one made from its schema, the same every
    /// time. A list has the page that `request` asks for.
    pub(crate) fn sample(
        &self,
        operation: &Operation,
        request: &Value,
        fault: Option<&PagingFault>,
    ) -> Value {
        if let Some(example) = &operation.example {
            return example.clone();
        }
        let made = self.make(&operation.answer, "", &mut Vec::new());
        let mut answer = made.unwrap_or_default();
        let page = PageRequest::of(self.fields(operation).into_iter(), request);
        if let (Some(page), Some(data)) = (page, answer.get_mut("data")) {
            page.apply(data, fault);
        }
        if let (Some(verdict), Some(data)) = (&operation.verdict, answer.get_mut("data")) {
            verdict.succeed(data, request);
        }
        answer
    }

    /// A value of this schema; `None` for a schema inside of itself, which would never end.
    fn make<'a>(
        &'a self,
        schema: &'a Value,
        name: &str,
        trail: &mut Vec<&'a Value>,
    ) -> Option<Value> {
        let schema = resolve(&self.root, schema);
        if let Some(example) = schema.get("example") {
            return Some(example.clone());
        }
        Some(match type_of(schema) {
            "object" => {
                if trail.iter().any(|outer| std::ptr::eq(*outer, schema)) {
                    return None;
                }
                trail.push(schema);
                let object = self.make_object(schema, trail);
                trail.pop();
                object
            }
            "array" => {
                let item = self.make(schema.get("items").unwrap_or(&Value::Null), name, trail);
                Value::Array(item.into_iter().collect())
            }
            "boolean" => json!(true),
            "integer" | "number" => match Wire::of(schema) {
                Some(Wire::EpochMillis) => json!(1_700_000_000_000_i64),
                _ if name == "errcode" => json!(0),
                _ => json!(1),
            },
            "string" => Value::String(make_text(schema, name)),
            _ => Value::Null,
        })
    }

    fn make_object<'a>(&'a self, schema: &'a Value, trail: &mut Vec<&'a Value>) -> Value {
        let mut object = Map::new();
        for part in parts(&self.root, schema) {
            for (name, schema) in part
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                object.insert(
                    name.clone(),
                    self.make(schema, name, trail).unwrap_or_default(),
                );
            }
        }
        Value::Object(object)
    }
}

fn make_text(schema: &Value, name: &str) -> String {
    let code = schema
        .pointer("/x-jdy-codes/0/code")
        .and_then(Value::as_str);
    if let Some(code) = code {
        return code.to_owned();
    }
    if schema.get("x-jdy-encrypted") == Some(&Value::Bool(true)) {
        return ENCRYPTED_PHONE.to_owned();
    }
    let text = match Wire::of(schema) {
        Some(Wire::Decimal) => "12.50",
        Some(Wire::Integer) => "1",
        Some(Wire::Date) => "2024-01-31",
        Some(Wire::DateTime) => "2024-01-31 08:00:00",
        Some(Wire::EpochMillis) => "1700000000000",
        Some(Wire::Flag) => "1",
        None => match name {
            "errcode" => "0",
            "errorCode" => "success",
            "description" | "message" => "success",
            _ if name == "id" || name.ends_with("_id") || name.ends_with("Id") => {
                return id_for(name);
            }
            _ => return name.to_owned(),
        },
    };
    text.to_owned()
}

/// An id of 18 digits, above 2^53 as real ids are. Equal names give equal ids (FNV-1a).
fn id_for(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!(
        "{}",
        800_000_000_000_000_000 + hash % 100_000_000_000_000_000
    )
}
