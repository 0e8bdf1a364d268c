//! Verification: the operation that shows whether a write took effect.
//!
//! For a record that the call names by a number: its detail by that number, or else its list by a
//! filter that takes numbers. What no read shows by number has none.

use std::collections::BTreeMap;

use crate::model::{Effect, Filter, Model, Operation, Role};

use super::Derived;
use super::shape;
use super::write::Map;

pub(super) fn derive(model: &Model) -> Vec<Derived> {
    let mut families: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &model.operations {
        if let Some(resource) = &operation.resource {
            families.entry(&resource.name).or_default().push(operation);
        }
    }
    model
        .operations
        .iter()
        .map(|operation| one(operation, &families))
        .collect()
}

fn one(operation: &Operation, families: &BTreeMap<&str, Vec<&Operation>>) -> Derived {
    let resource = operation.resource.as_ref()?;
    if operation.effect == Effect::Read || !matches!(resource.role, Role::Save | Role::Batch) {
        return None;
    }
    let number = resource.number.as_deref()?;
    let field = match &resource.of {
        Some(wrap) => format!("{wrap}.{number}"),
        None => number.to_owned(),
    };
    let family = families.get(resource.name.as_str())?;
    let of = |role| family.iter().copied().filter(move |one| has_role(one, role));
    let (asked, argument, with) = of(Role::Detail)
        .find_map(by_number)
        .map(|(asked, argument)| (asked, argument, Vec::new()))
        .or_else(|| of(Role::List).find_map(listed))?;
    let node = Map::new(operation.span)
        .text("operation", Some(&asked.id))
        .pairs("by", &[(argument, field)])
        .pairs("with", &with)
        .node();
    Some(node)
}

fn has_role(operation: &Operation, role: Role) -> bool {
    operation
        .resource
        .as_ref()
        .is_some_and(|resource| resource.role == role)
}

/// A detail that is asked for by number, and by nothing else that it demands.
fn by_number(detail: &Operation) -> Option<(&Operation, String)> {
    let resource = detail.resource.as_ref()?;
    let (argument, _) = resource.by.iter().find(|(_, what)| what == "number")?;
    let demands_more = detail
        .request
        .iter()
        .any(|field| field.required && field.name != *argument);
    (!demands_more).then(|| (detail, argument.clone()))
}

/// A list whose filter takes the number, alone or among others; its pages are as large as can be.
fn listed(list: &Operation) -> Option<(&Operation, String, Vec<(String, String)>)> {
    const SIZE: [&str; 1] = ["page_size"];
    let resource = list.resource.as_ref()?;
    let number = resource.number.as_deref()?;
    let exact = resource.filters.iter().find(|(_, filter)| {
        matches!(filter, Filter::Equals(field) if field == number)
    });
    let search = || {
        resource
            .filters
            .iter()
            .find(|(_, filter)| *filter == Filter::SearchNumber)
    };
    let (argument, _) = exact.or_else(search)?;
    let demands_more = list.request.iter().any(|field| {
        field.required
            && field.default.is_none()
            && field.name != *argument
            && !["page", "page_size"].contains(&field.name.as_str())
    });
    if demands_more {
        return None;
    }
    let size = shape::scalar(&list.request, &SIZE);
    let with = size
        .map(|size| (size.name.clone(), "100".to_owned()))
        .into_iter()
        .collect();
    Some((list, argument.clone(), with))
}
