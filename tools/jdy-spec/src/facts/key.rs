//! Keys: the field of a write that holds the caller's own key.
//!
//! What the page calls an outside key, where the page requires it or a list is filtered by it; else
//! the number of the document or record that the call saves; else any outside key. Owns this order.
//! Must not know how a key is sent. Must not use: `crate::lower`, `crate::load`.

use crate::model::{Effect, Field, Filter, Model, Operation, Role, Type};
use crate::tree::Node;

use super::Derived;
use super::relatives::Relatives;
use super::shape;

/// Labels of a field that the caller fills with a key of its own system.
const OUTSIDE: [&str; 6] = [
    "外部唯一标识",
    "外部系统编码",
    "商城单据内码",
    "外部单号",
    "流水号",
    "退款订单号",
];

pub(super) fn derive(model: &Model) -> Vec<Derived> {
    let relatives = Relatives::of(model);
    let one = |operation| one(operation, &relatives);
    model.operations.iter().map(one).collect()
}

fn one(operation: &Operation, relatives: &Relatives<'_>) -> Derived {
    if operation.effect == Effect::Read {
        return None;
    }
    let (wrap, fields) = shape::saved(operation);
    let outside = fields.iter().find(|field| is_outside(field));
    let number = operation
        .resource
        .as_ref()
        .filter(|resource| resource.role.saves())
        .and_then(|resource| resource.number.as_deref());
    let is_sure = |field: &&Field| field.required || is_filtered(operation, field, relatives);
    let name = outside
        .filter(is_sure)
        .map(|field| field.name.as_str())
        .or(number)
        .or(outside.map(|field| field.name.as_str()))?;
    let key = match wrap {
        Some(wrap) => format!("{wrap}.{name}"),
        None => name.to_owned(),
    };
    Some(Node::quoted(operation.span, &key))
}

fn is_outside(field: &Field) -> bool {
    matches!(field.ty, Type::Scalar(_)) && OUTSIDE.contains(&shape::label(field))
}

/// Whether the record's list has a filter for the field.
fn is_filtered(operation: &Operation, field: &Field, relatives: &Relatives<'_>) -> bool {
    let wanted = Filter::Equals(field.name.clone());
    let Some(resource) = &operation.resource else {
        return false;
    };
    relatives.with(resource, Role::List).any(|list| {
        let filters = list.resource.iter().flat_map(|own| &own.filters);
        filters.into_iter().any(|(_, filter)| *filter == wanted)
    })
}
