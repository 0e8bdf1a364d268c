//! What a request or an answer holds, looked up by name.
//!
//! Owns the lookup. Must not know what a field means. Must not use: `crate::tree`, `crate::lower`.

use crate::model::{Entity, Field, Location, Operation, Type};

/// The entity that a type is, or is a list of.
pub(super) fn entity<'a>(entities: &'a [Entity], ty: &Type) -> Option<&'a Entity> {
    match ty {
        Type::Entity(name) => entities.iter().find(|entity| entity.name == *name),
        Type::List(inner) => entity(entities, inner),
        _ => None,
    }
}

/// The fields of the record that a request saves, and the field that holds it where the request
/// is not the record itself: `items` of `{ items: [..] }`.
pub(super) fn saved(operation: &Operation) -> (Option<&str>, &[Field]) {
    const WRAPS: [&str; 4] = ["items", "data", "rows", "bills"];
    let wrap = operation.request.iter().find(|field| {
        WRAPS.contains(&field.name.as_str())
            && entity(&operation.request_entities, &field.ty).is_some()
    });
    let inner = wrap.and_then(|field| {
        let inner = entity(&operation.request_entities, &field.ty)?;
        Some((Some(field.name.as_str()), inner.fields.as_slice()))
    });
    inner.unwrap_or((None, &operation.request))
}

/// The list in the body that holds the records of a request which is nothing else.
pub(super) fn list(operation: &Operation) -> Option<&str> {
    let name = saved(operation).0?;
    let [field] = operation.request.as_slice() else {
        return None;
    };
    let is_list = matches!(field.ty, Type::List(_)) && field.location == Location::Body;
    is_list.then_some(name)
}

/// The fields of an answer's `data`.
pub(super) fn data(operation: &Operation) -> &[Field] {
    operation
        .data
        .as_ref()
        .and_then(|ty| entity(&operation.response_entities, ty))
        .map_or(&[], |entity| &entity.fields)
}

/// The list of an answer that holds its rows, and what a row holds.
pub(super) fn rows(operation: &Operation) -> Option<(&str, &[Field])> {
    const ROWS: [&str; 3] = ["rows", "items", "list"];
    let fields = data(operation);
    let named = ROWS
        .iter()
        .find_map(|name| fields.iter().find(|field| field.name == *name))?;
    let Type::List(_) = named.ty else {
        return None;
    };
    let row = entity(&operation.response_entities, &named.ty)?;
    Some((&named.name, &row.fields))
}

/// The first field that has one of these names and holds one value.
pub(super) fn scalar<'a>(fields: &'a [Field], names: &[&str]) -> Option<&'a Field> {
    names.iter().find_map(|name| {
        fields
            .iter()
            .find(|field| field.name == *name && matches!(field.ty, Type::Scalar(_)))
    })
}

/// The label of a field, or nothing.
pub(super) fn label(field: &Field) -> &str {
    field.title.as_deref().unwrap_or_default()
}
