//! Positions: where on the page stands what a pointer into the spec's file names.
//!
//! Owns the way back from a pointer to a row. Must not know what changed there. Must not use:
//! `crate::spec_folder`, `crate::splice`, `crate::markdown`.

use super::endpoint::{Endpoint, Entity, Field};

/// The byte on the page of the field, or else of the entity, or else of the address, that a
/// sentence with a pointer mentions.
#[must_use]
pub(crate) fn of(endpoint: &Endpoint, says: &str) -> usize {
    let pointer = says
        .find('/')
        .and_then(|at| says[at..].split([' ', '`']).next())
        .unwrap_or_default();
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let after = |word: &str| {
        let at = parts.iter().position(|part| *part == word)?;
        parts.get(at + 1..)
    };
    let found = match after("x-jdy-entities") {
        Some([side, name, ..]) => {
            let entities = match *side {
                "request" => &endpoint.entities,
                _ => &endpoint.answer.entities,
            };
            entity(entities, name).map(|entity| {
                let of_field = after("properties").and_then(|rest| field(&entity.fields, rest));
                of_field.unwrap_or(entity.at)
            })
        }
        _ => None,
    };
    let of_query = || field(&endpoint.query, after("parameters")?);
    let of_body = || {
        after("requestBody")?;
        field(endpoint.body.as_ref()?, after("properties")?)
    };
    found
        .or_else(of_query)
        .or_else(of_body)
        .unwrap_or(endpoint.path_at)
}

fn entity<'a>(entities: &'a [Entity], name: &str) -> Option<&'a Entity> {
    entities.iter().find(|entity| entity.name == name)
}

fn field(fields: &[Field], rest: &[&str]) -> Option<usize> {
    let name = rest.first()?;
    let found = fields.iter().find(|field| field.name == **name)?;
    Some(found.at)
}
