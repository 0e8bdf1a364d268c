//! The vendor's general operations on documents: delete, audit, un-audit, close, invalidate.
//!
//! Owns how the documents are found, and what each operation asks of their progress. Must not know
//! how a document is shown. Must not use: `crate::gateway`, `tokio`.

use serde_json::Value;

use super::detail;
use super::document::Document;
use super::objection::Objection;
use super::reply::{self, Named};
use super::store::Documents;
use crate::answer::{Answer, Refusal};
use crate::product::Call;
use crate::spec::{Resource, Spec, text};

/// A kind of record and the id of a document of it.
type Target = (String, String);

/// `sys.common_operate`: all of the named documents, or none.
pub(crate) fn operate(
    spec: &Spec,
    documents: &mut Documents,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    let targets = targets(spec, documents, call.fields)?;
    let operation = call.fields.get("operate_type").and_then(text);
    let operation = operation.unwrap_or_default();
    let mut changes = Vec::new();
    for (kind, id) in targets {
        let Some(document) = documents.by_id(&kind, &id) else {
            continue;
        };
        let change = changed(document, &operation, call.now)?;
        changes.push((kind, named(document), change));
    }
    let mut done = Vec::new();
    for (kind, named, change) in changes {
        match change {
            Some(document) => drop(documents.put(&kind, document)),
            None => drop(documents.remove(&kind, &named.id)),
        }
        done.push(named);
    }
    Ok(reply::success(spec, call.operation, &reply::fields(&done)))
}

/// An operation that deletes the one document that it names.
pub(super) fn delete(
    spec: &Spec,
    documents: &mut Documents,
    call: &Call<'_>,
    resource: &Resource,
) -> Result<Answer, Refusal> {
    let document = detail::find(spec, documents, call.fields, resource)?;
    changed(document, "delete", call.now)?;
    let named = named(document);
    documents.remove(&resource.name, &named.id);
    Ok(reply::success(
        spec,
        call.operation,
        &reply::fields(&[named]),
    ))
}

fn named(document: &Document) -> Named {
    Named {
        id: document.id.clone(),
        number: document.number.clone(),
    }
}

/// The document after an operation; `None` where it is deleted.
fn changed(document: &Document, operation: &str, now: i64) -> Result<Option<Document>, Objection> {
    let number = document.number.as_str();
    let mut after = document.clone();
    let progress = &mut after.progress;
    let refuse = |words| Err(Objection::progress(number, words));
    match operation {
        "delete" | "audit" if !document.is_open() => return Err(Objection::audited(number)),
        "delete" => return Ok(None),
        "audit" if progress.invalid => return refuse("已作废"),
        "audit" => progress.audited = Some(now),
        "unaudit" if document.is_open() => return refuse("未审核"),
        "unaudit" => progress.audited = None,
        "close_donothing" if progress.closed => return refuse("已关闭"),
        "close_donothing" => progress.closed = true,
        "invalid" if progress.invalid => return refuse("已作废"),
        "invalid" => progress.invalid = true,
        "valid" if !progress.invalid => return refuse("未作废"),
        "valid" => progress.invalid = false,
        other => return Err(Objection::operation(other)),
    }
    after.modified = now;
    Ok(Some(after))
}

/// The documents that a request names, each once.
fn targets(spec: &Spec, documents: &Documents, fields: &Value) -> Result<Vec<Target>, Objection> {
    let entity = fields.get("entity_number").and_then(text);
    let kinds = kinds(spec, &entity.unwrap_or_default());
    let named = |field: &str| {
        let values = fields.get(field).and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(text)
            .collect::<Vec<_>>()
    };
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |parameter: &str, value: &str, found: Vec<Target>| {
        let field = format!("{parameter}s");
        match found.as_slice() {
            [target] => {
                if !targets.contains(target) {
                    targets.push(target.clone());
                }
                Ok(())
            }
            [] => Err(Objection::unknown(parameter, value, &field)),
            // Vouchers share numbers, and so do records of which the spec does not know the entity.
            _ => Err(Objection::ambiguous(parameter, value, &field)),
        }
    };
    for id in named("ids") {
        let found = kinds
            .iter()
            .filter(|kind| documents.by_id(kind, &id).is_some());
        let found = found.map(|kind| ((*kind).to_owned(), id.clone())).collect();
        add("id", &id, found)?;
    }
    for number in named("numbers") {
        let found = kinds.iter().flat_map(|kind| {
            let named = documents.numbered(kind, &number);
            named.map(|document| ((*kind).to_owned(), document.id.clone()))
        });
        add("number", &number, found.collect())?;
    }
    if targets.is_empty() {
        return Err(Objection::unnamed("ids、numbers"));
    }
    Ok(targets)
}

/// The kinds of records that an entity may be: those that the spec gives this entity, or else all
/// to which it gives none.
fn kinds<'a>(spec: &'a Spec, entity: &str) -> Vec<&'a str> {
    let of = |wanted: Option<&str>| {
        let kinds = spec.records().iter();
        let kinds = kinds.filter(|(_, kind)| kind.entity.as_deref() == wanted);
        kinds.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    let known = of(Some(entity));
    if known.is_empty() { of(None) } else { known }
}
