//! Fields that come back: which field of a save an answer shows under another name.

use std::collections::BTreeMap;

use crate::model::{Field, Operation, Type};

use super::shape;

/// Fields of a save whose names the answer does not have, and the one field of the answer that
/// has their label and their kind. A field that both have comes back under its own name.
pub(super) fn renamed(
    saved: &[Field],
    shown: &[Field],
    _answer: &Operation,
) -> Vec<(String, String)> {
    let by_label = by_label(shown, saved);
    saved
        .iter()
        .filter(|field| !shown.iter().any(|known| known.name == field.name))
        .filter_map(|field| {
            let label = shape::label(field);
            let is_alone = saved
                .iter()
                .filter(|other| shape::label(other) == label)
                .count()
                == 1;
            let found = by_label.get(label).copied().flatten()?;
            let fits = is_alone && !label.is_empty() && kind(&found.ty) == kind(&field.ty);
            fits.then(|| (field.name.clone(), found.name.clone()))
        })
        .collect()
}

/// The fields that a save does not have, by label; a label that several share has none.
fn by_label<'a>(
    shown: &'a [Field],
    saved: &[Field],
) -> BTreeMap<&'a str, Option<&'a Field>> {
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
