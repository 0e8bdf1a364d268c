//! One document, by its id or its number.
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
    Some(find(documents, call.fields, resource).map_or_else(
        |objection| Err(objection.into()),
        |document| {
            let view = View {
                document,
                documents,
                resource,
            };
            Ok(Answer::success(match shape.inner() {
                Some((name, inner)) => json!({ name: inner.of(&view) }),
                None => shape.of(&view),
            }))
        },
    ))
}

/// The document that a request names. Every argument that is given must name it.
pub(super) fn find<'a>(
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
            _ => documents.by_number(kind, &value),
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
