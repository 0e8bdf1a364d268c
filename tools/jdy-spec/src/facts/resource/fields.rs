//! Returned fields: which field of a save an answer shows under another name.
//!
//! Owns how names are compared. Must not know titles. Must not use: `crate::tree`, `crate::lower`.

use std::collections::BTreeMap;

use crate::model::{Field, Operation, Type};

use super::shape;

/// An operation and a record within its request or its answer.
type Record<'a> = (&'a Operation, &'a [Field]);

/// Fields of a save whose names the answer does not have, and the one field of the answer that
/// has their label and their kind, lists of entries included: `entries.unit_id`. A field that both
/// have comes back under its own name.
pub(super) fn renamed(saved: Record<'_>, shown: Record<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    collect(saved, shown, ("", ""), &mut pairs);
    pairs
}

fn collect(
    (save, saved): Record<'_>,
    (answer, shown): Record<'_>,
    (ours, theirs): (&str, &str),
    pairs: &mut Vec<(String, String)>,
) {
    /// Entries of entries of entries hold nothing that is a document's own.
    const MAX_DEPTH: usize = 3;
    let by_label = by_label(shown, saved);
    for field in saved {
        let same = shown.iter().find(|known| known.name == field.name);
        let Some(found) = same.or_else(|| other_name(field, saved, &by_label)) else {
            continue;
        };
        let own = format!("{ours}{}", field.name);
        let other = format!("{theirs}{}", found.name);
        let inner = shape::entity(&save.request_entities, &field.ty)
            .zip(shape::entity(&answer.response_entities, &found.ty));
        if field.name != found.name {
            pairs.push((own.clone(), other.clone()));
        }
        if let Some((own_entity, other_entity)) = inner
            && own.split('.').count() < MAX_DEPTH
        {
            collect(
                (save, &own_entity.fields),
                (answer, &other_entity.fields),
                (&format!("{own}."), &format!("{other}.")),
                pairs,
            );
        }
    }
}

fn other_name<'a>(
    field: &Field,
    saved: &[Field],
    by_label: &BTreeMap<&str, Option<&'a Field>>,
) -> Option<&'a Field> {
    let label = shape::label(field);
    let alike = saved.iter().filter(|other| shape::label(other) == label);
    let is_alone = alike.count() == 1 && !label.is_empty();
    let found = by_label.get(label).copied().flatten()?;
    let fits = kind(&found.ty) == kind(&field.ty) && names(&found.name) == names(&field.name);
    (is_alone && fits).then_some(found)
}

/// What a field holds of another record, by the end of its name: a name is no id.
fn names(name: &str) -> Option<&'static str> {
    const ENDS: [&str; 4] = ["_id", "_name", "_number", "_no"];
    ENDS.into_iter().find(|end| name.ends_with(end))
}

/// The fields that a save does not have, by label; a label that several share has none.
fn by_label<'a>(shown: &'a [Field], saved: &[Field]) -> BTreeMap<&'a str, Option<&'a Field>> {
    let mut labels: BTreeMap<&str, Option<&Field>> = BTreeMap::new();
    for field in shown {
        let is_saved = saved.iter().any(|known| known.name == field.name);
        labels
            .entry(shape::label(field))
            .and_modify(|known| *known = None)
            .or_insert_with(|| (!is_saved).then_some(field));
    }
    labels
}

#[derive(PartialEq, Eq)]
enum Kind {
    One,
    Many,
    Shape,
}

fn kind(ty: &Type) -> Kind {
    match ty {
        Type::List(_) => Kind::Many,
        Type::Scalar(_) | Type::File => Kind::One,
        Type::Entity(_) | Type::Map | Type::Any => Kind::Shape,
    }
}
