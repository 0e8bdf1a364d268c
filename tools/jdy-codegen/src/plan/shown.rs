//! What an example prints of an answer: the fields by which a person knows the record.
//!
//! Owns which fields these are. Must not know requests. Must not use: `crate::render`,
//! `crate::pages`, `crate::files`.

use jdy_spec::model::{Operation, Wire};

use super::{FieldPlan, Item, RecordPlan, RustType};

/// Whether a value prints itself as a person reads it.
const fn is_printed(value: &RustType) -> bool {
    matches!(value, RustType::Text)
        || matches!(value, RustType::Form(form) if !matches!(form, Wire::EpochMillis))
}

/// The Rust names of at most two fields of the answer's data, or of a row of its list: number, id
/// and name, or else the first ones. None where it is no record, or holds only records.
pub(super) fn plan(operation: &Operation, data: &RustType, items: &[Item]) -> Vec<String> {
    let RustType::Record(data) = data else {
        return Vec::new();
    };
    let Some(record) = items.iter().find_map(|item| of(item, data)) else {
        return Vec::new();
    };
    let printed = |field: &&FieldPlan| is_printed(&field.value);
    let fields: Vec<&FieldPlan> = record.fields.iter().filter(printed).collect();
    let resource = operation.resource.as_ref();
    let names = [
        resource.and_then(|resource| resource.number.as_deref()),
        Some("number"),
        Some("bill_no"),
        Some("name"),
        resource.and_then(|resource| resource.id.as_deref()),
        Some("id"),
    ];
    let mut shown: Vec<String> = Vec::new();
    let named = names.into_iter().flatten();
    let named = named.filter_map(|name| fields.iter().find(|field| field.wire == name));
    for field in named.chain(&fields) {
        if shown.len() < 2 && !shown.contains(&field.ident) {
            shown.push(field.ident.clone());
        }
    }
    shown
}

/// The record of an answer that has this name.
fn of<'a>(item: &'a Item, name: &str) -> Option<&'a RecordPlan> {
    match item {
        Item::Record(record) if record.location.is_none() && record.name == name => Some(record),
        _ => None,
    }
}
