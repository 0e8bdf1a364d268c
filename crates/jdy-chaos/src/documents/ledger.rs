//! The truth about documents: what the sandbox's store holds at the end.
//!
//! Owns how a stored document is recognized as one that was sent: by its number, and by every field
//! of the save. Must not know what clients report.

use std::collections::HashSet;

use jdy_sandbox::Decimal;
use serde_json::Value;

use super::Kind;
use crate::verdict::LedgerEntry;
use crate::work::Write;

/// What a document with other content than was sent counts as.
const OTHER_CONTENT: &str = "other content";

/// The ids of the documents in a state of the sandbox.
pub(crate) fn ids(state: &Value) -> HashSet<String> {
    documents(state)
        .map(|(.., document)| id(document))
        .collect()
}

/// The documents in a state of the sandbox, without those that it had at the start.
pub(crate) fn entries(state: &Value, at_start: &HashSet<String>) -> Vec<LedgerEntry> {
    let made = documents(state).filter(|(.., document)| !at_start.contains(&id(document)));
    let entry = |(account_id, kind, document): (&str, Kind, &Value)| LedgerEntry {
        write: write(
            account_id,
            kind,
            document.get("fields").unwrap_or(&Value::Null),
        ),
        bill_no: id(document),
    };
    made.map(entry).collect()
}

fn documents(state: &Value) -> impl Iterator<Item = (&str, Kind, &Value)> {
    let sets = state.get("account_sets").and_then(Value::as_object);
    sets.into_iter().flatten().flat_map(|(account_id, set)| {
        let kinds = set.get("documents").and_then(|all| all.get("kinds"));
        Kind::ALL.into_iter().flat_map(move |kind| {
            let list = kinds.and_then(|kinds| kinds.get(kind.stored_as()));
            let list = list.and_then(Value::as_array).into_iter().flatten();
            list.map(move |document| (account_id.as_str(), kind, document))
        })
    })
}

fn id(document: &Value) -> String {
    document.get("id").map(text).unwrap_or_default()
}

/// What was sent, if these fields are what came of it.
fn write(account_id: &str, kind: Kind, fields: &Value) -> Write {
    let number = fields.get(kind.number_field()).map(text);
    let number = number.unwrap_or_default();
    let amount = fields.pointer(kind.amount_at());
    let amount = amount.and_then(|amount| text(amount).parse().ok());
    let amount: Decimal = amount.unwrap_or_default();
    let is_as_sent = agrees(&kind.document(&number, amount), fields);
    let subject = if is_as_sent {
        kind.name()
    } else {
        OTHER_CONTENT
    };
    Write {
        account_id: account_id.to_owned(),
        key: number,
        subject: subject.to_owned(),
        amount,
    }
}

/// Whether every value that was sent is stored.
fn agrees(sent: &Value, stored: &Value) -> bool {
    match (sent, stored) {
        (Value::Object(sent), Value::Object(stored)) => sent.iter().all(|(name, value)| {
            let own = stored.get(name);
            own.is_some_and(|own| agrees(value, own))
        }),
        (Value::Array(sent), Value::Array(stored)) => {
            let mut pairs = sent.iter().zip(stored);
            sent.len() == stored.len() && pairs.all(|(sent, stored)| agrees(sent, stored))
        }
        _ => is_same(&text(sent), &text(stored)),
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<Decimal>().ok();
    one == other || number(one).is_some_and(|one| Some(one) == number(other))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As the sandbox keeps it: with ids and fields of its own, and numbers as numbers.
    fn state(qty: &str, price: &str) -> Value {
        let fields = json!({
            "bill_no": "C1-1", "bill_date": "2024-01-07", "customer_id": "810000030000000001",
            "material_entity": [{
                "material_id": "810000020000000001", "unit_id": "810000010000000001",
                "stock_id": "810000050000000001", "price": price, "qty": qty, "id": "9",
            }],
        });
        json!({"account_sets": {"A": {"documents": {"kinds": {
            "scm.sal_out_bound": [{"id": "7", "number": "C1-1", "fields": fields}],
            "bd.material": [{"id": "8", "number": "M", "fields": {}}],
        }}}}})
    }

    #[test]
    fn a_document_is_the_write_only_if_every_sent_field_is_stored() {
        let write = |subject: &str| Write {
            account_id: "A".to_owned(),
            key: "C1-1".to_owned(),
            subject: subject.to_owned(),
            amount: Decimal::new(150, 2),
        };
        for (price, subject) in [("1.250", "outbound orders"), ("1.26", OTHER_CONTENT)] {
            let entries = entries(&state("1.5", price), &HashSet::new());
            assert_eq!(entries.len(), 1, "another kind of record is no document");
            assert!(entries.iter().all(|entry| entry.write == write(subject)));
        }
    }

    #[test]
    fn what_was_there_at_the_start_is_no_document_of_the_run() {
        let state = state("1", "1.25");
        assert_eq!(entries(&state, &ids(&state)), []);
    }
}
