//! Fields that name another document: by their names alone.
//!
//! Owns the one table of them. Must not know where such a field stands.
//! Must not use: `crate::answer`, `crate::gateway`, `tokio`.

use serde_json::{Map, Value};

use super::document::Document;
use super::objection::Objection;
use super::store::Documents;
use crate::spec::{Spec, text};

/// The last word of a field before `_id`, `_number` or `_name`, and the kind of record it names:
/// `material_id`, `settle_customer_id` and `aux_unit_number` are references.
const WORDS: &[(&str, &str)] = &[
    ("customer", "bd.customer"),
    ("dept", "bd.department"),
    ("deptid", "bd.department"),
    ("emp", "bd.emp"),
    ("material", "bd.material"),
    ("saler", "bd.emp"),
    ("stock", "bd.store"),
    ("supplier", "bd.supplier"),
    ("unit", "bd.measure_unit"),
];

/// A word before all others that says that the document is another system's.
const FOREIGN: &str = "outside_";

/// What of the other document a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Id,
    Number,
    Name,
}

const PARTS: [(&str, Part); 3] = [
    ("_id", Part::Id),
    ("_number", Part::Number),
    ("_name", Part::Name),
];

/// A field that names another document.
struct Reference<'a> {
    /// The field's name without its part.
    stem: &'a str,
    kind: &'static str,
    part: Part,
}

impl<'a> Reference<'a> {
    fn of(field: &'a str) -> Option<Self> {
        let (stem, part) = PARTS
            .iter()
            .find_map(|(end, part)| Some((field.strip_suffix(end)?, *part)))?;
        let word = stem.rsplit('_').next().unwrap_or(stem);
        let (_, kind) = WORDS.iter().find(|(known, _)| *known == word)?;
        let own = !stem.starts_with(FOREIGN);
        own.then_some(Self { stem, kind, part })
    }

    /// The document that the field or its neighbours name.
    fn target<'d>(
        &self,
        documents: &'d Documents,
        fields: &Map<String, Value>,
    ) -> Option<&'d Document> {
        let named = |end: &str| fields.get(&format!("{}{end}", self.stem))?.as_str();
        let by_id = named("_id").and_then(|id| documents.by_id(self.kind, id));
        by_id.or_else(|| documents.by_number(self.kind, named("_number")?))
    }
}

/// What the document that the fields of an object name has for another field of that object.
pub(super) fn implied(
    documents: &Documents,
    fields: &Map<String, Value>,
    field: &str,
) -> Option<Value> {
    let reference = Reference::of(field)?;
    let target = reference.target(documents, fields)?;
    match reference.part {
        Part::Id => Some(Value::String(target.id.clone())),
        Part::Number => Some(Value::String(target.number.clone())),
        Part::Name => target.fields.get("name").cloned(),
    }
}

/// Refuses a save that names a document that does not exist, in a field at any depth.
pub(super) fn check(
    spec: &Spec,
    documents: &Documents,
    fields: &Map<String, Value>,
    place: &str,
) -> Result<(), Objection> {
    for (name, value) in fields {
        let path = format!("{place}{name}");
        match value {
            Value::Object(inner) => check(spec, documents, inner, &format!("{path}."))?,
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    if let Value::Object(inner) = item {
                        check(spec, documents, inner, &format!("{path}[{at}]."))?;
                    }
                }
            }
            value => check_field(spec, documents, (name, value), &path)?,
        }
    }
    Ok(())
}

fn check_field(
    spec: &Spec,
    documents: &Documents,
    (name, value): (&str, &Value),
    path: &str,
) -> Result<(), Objection> {
    let Some(reference) = Reference::of(name) else {
        return Ok(());
    };
    let (Some(value), Some(kind)) = (text(value), spec.records().get(reference.kind)) else {
        return Ok(());
    };
    let (parameter, found) = match reference.part {
        Part::Id => ("id", documents.by_id(reference.kind, &value)),
        // A kind whose save has no number is not known by one.
        Part::Number if kind.number.is_some() => {
            ("number", documents.by_number(reference.kind, &value))
        }
        Part::Number | Part::Name => return Ok(()),
    };
    if found.is_some() || value.is_empty() {
        return Ok(());
    }
    Err(Objection::unknown(parameter, &value, path))
}
