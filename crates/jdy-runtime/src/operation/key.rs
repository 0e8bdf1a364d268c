//! The caller's own key of a call.
//!
//! Owns how it is found in a request, and where it is required. It must not know how a request is
//! sent, nor what its key is used for.

use jdy_wire::{EncodeError, FieldSlot, Items, Record, Table, ValueRef};

use super::OperationInfo;
use crate::method::{ClientReference, Effect};

/// The caller's own key. It is required where money moves: nothing else finds the call again if its
/// answer is lost.
pub(super) fn own_key(
    facts: &OperationInfo,
    request: &dyn Record,
) -> Result<Option<ClientReference>, EncodeError> {
    let Some(name) = facts.key else {
        return Ok(None);
    };
    let mut texts = Vec::new();
    collect(request, name, &mut texts);
    let is_blank = |text: &String| text.trim().is_empty();
    if facts.effect == Effect::Money && (texts.is_empty() || texts.iter().any(is_blank)) {
        return Err(EncodeError {
            field: name,
            why: "is empty; a call that moves money needs the caller's own key here",
        });
    }
    let is_there = texts.iter().any(|text| !text.is_empty());
    Ok(is_there.then(|| ClientReference {
        name,
        value: texts.join(","),
    }))
}

/// The texts of a field, one for each record that can hold it; empty where it does not.
fn collect(record: &dyn Record, path: &str, texts: &mut Vec<String>) {
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        let of = |name: &str| {
            let mut fields = table.names.iter().zip(slots);
            let found = fields.find(|(field, _)| **field == name);
            found.map(|(_, slot)| slot.view())
        };
        // A name of the wire may itself hold a point.
        match (of(path), path.split_once('.')) {
            (Some(value), _) => texts.push(text(value)),
            (None, Some((outer, inner))) => match of(outer) {
                Some(ValueRef::Record(record)) => collect(record, inner, texts),
                Some(ValueRef::List(items)) => each(items, inner, texts),
                _ => {}
            },
            (None, None) => {}
        }
    });
}

fn each(items: &dyn Items, path: &str, texts: &mut Vec<String>) {
    for index in 0..items.count() {
        if let ValueRef::Record(record) = items.item(index) {
            collect(record, path, texts);
        }
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Absent => String::new(),
        ValueRef::Text(text) => text.to_owned(),
        // A date is text in quotes there; a number has none.
        other => jdy_wire::encode_value(other).trim_matches('"').to_owned(),
    }
}
