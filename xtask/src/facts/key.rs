//! Keys: the field of a write in which the caller's own key travels.
//!
//! First what the page calls an outside key, then the number of the document or record that the
//! call saves.

use crate::model::{Effect, Field, Operation, Role, Type};
use crate::tree::Node;

use super::Derived;
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

pub(super) fn derive(operation: &Operation) -> Derived {
    if operation.effect == Effect::Read {
        return None;
    }
    let (wrap, fields) = shape::saved(operation);
    let outside = fields.iter().find(|field| is_outside(field));
    let number = operation
        .resource
        .as_ref()
        .filter(|resource| matches!(resource.role, Role::Save | Role::Batch))
        .and_then(|resource| resource.number.as_deref());
    let name = outside.map(|field| field.name.as_str()).or(number)?;
    let key = match wrap {
        Some(wrap) => format!("{wrap}.{name}"),
        None => name.to_owned(),
    };
    Some(Node::quoted(operation.span, &key))
}

fn is_outside(field: &Field) -> bool {
    matches!(field.ty, Type::Scalar(_)) && OUTSIDE.contains(&shape::label(field))
}
