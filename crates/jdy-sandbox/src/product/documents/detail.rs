//! One document, by its id, its number or the key of its save.
//!
//! Owns how it is found. Must not know how it was saved. Must not use: `crate::gateway`, `tokio`.

use serde_json::{Value, json};

use super::document::Document;
use super::objection::Objection;
use super::store::Documents;
use super::view::View;
use crate::answer::{Answer, Refusal};
use crate::product::Call;
use crate::spec::{Resource, Spec, text};

pub(super) fn answer(
    spec: &Spec,
    documents: &Documents,
    call: &Call<'_>,
    resource: &Resource,
) -> Option<Result<Answer, Refusal>> {
    // Without an argument that names it there is no document to find.
    if resource.by.is_empty() {
        return None;
    }
    let shape = spec.shape(call.operation, "")?;
    Some(find(spec, documents, call.fields, resource).map_or_else(
        |objection| Err(objection.into()),
        |document| {
            let inner = shape.inner();
            // The spec names the number of a record that stands in `data` itself.
            let kind = spec
                .records()
                .get(&resource.name)
                .filter(|_| inner.is_some());
            let within = kind.and_then(|kind| kind.number.as_deref());
            let view = View {
                document,
                documents,
                resource,
                number: resource.number.as_deref().or(within),
            };
            Ok(Answer::success(match inner {
                Some((name, inner)) => json!({ name: inner.of(&view) }),
                None => shape.of(&view),
            }))
        },
    ))
}

/// The document that a request names. Every argument that is given must name it.
pub(super) fn find<'a>(
    spec: &Spec,
    documents: &'a Documents,
    fields: &Value,
    resource: &Resource,
) -> Result<&'a Document, Objection> {
    let kind = resource.name.as_str();
    let mut found: Option<&Document> = None;
    for (argument, by) in &resource.by {
        let value = fields.get(argument).and_then(text).unwrap_or_default();
        if value.is_empty() {
            continue;
        }
        let here = match by.as_str() {
            "id" => documents.by_id(kind, &value),
            "number" => numbered(documents, kind, &value, found),
            _ => by_key(spec, documents, kind, &value),
        };
        let same = here.filter(|here| found.is_none_or(|found| found.id == here.id));
        found = Some(same.ok_or_else(|| Objection::unknown(argument, &value, argument))?);
    }
    let arguments = || {
        resource
            .by
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
    };
    found.ok_or_else(|| Objection::unnamed(&arguments().join("、")))
}

/// The document of this number that another argument found, or else the newest one.
fn numbered<'a>(
    documents: &'a Documents,
    kind: &str,
    number: &str,
    found: Option<&Document>,
) -> Option<&'a Document> {
    let mut all = documents.numbered(kind, number);
    match found {
        Some(found) => all.find(|one| one.id == found.id),
        None => all.next_back(),
    }
}

/// The newest document of a kind that was saved under this caller's reference.
fn by_key<'a>(
    spec: &Spec,
    documents: &'a Documents,
    kind: &str,
    key: &str,
) -> Option<&'a Document> {
    let field = spec.records().get(kind)?.key.as_deref()?;
    documents.of(kind).rfind(|document| {
        let own = document.fields.get(field).and_then(text);
        own.is_some_and(|own| own == key)
    })
}
