//! What an example prints of an answer: the fields by which a person knows the record.
//!
//! Owns which fields these are. Must not know requests. Must not use: `crate::render`,
//! `crate::pages`, `crate::files`.

use jdy_spec::model::Operation;

use super::{FieldPlan, Item, RecordPlan};

/// Types that print themselves as a person reads them.
const PRINTED: [&str; 6] = ["String", "i64", "Decimal", "bool", "Date", "DateTime"];

/// The Rust names of at most two fields of the answer's data, or of a row of its list: number, id
/// and name, or else the first ones. None where it is no record, or holds only records.
pub(super) fn plan(operation: &Operation, data: &str, items: &[Item]) -> Vec<String> {
    let Some(record) = items.iter().find_map(|item| of(item, data)) else {
        return Vec::new();
    };
    let printed = |field: &&FieldPlan| {
        let inner = field.ty.strip_prefix("Field<");
        let inner = inner.and_then(|ty| ty.strip_suffix('>'));
        inner.is_some_and(|ty| PRINTED.contains(&ty))
    };
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
