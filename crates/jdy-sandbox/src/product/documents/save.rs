//! Saves: a new document or another state of one, alone or many at a time.
//!
//! Owns ids, numbers, and what a save must not do. Must not know how a document is shown.
//! Must not use: `crate::gateway`, `tokio`.

use serde_json::{Map, Value, json};

use super::document::{Document, Progress};
use super::objection::Objection;
use super::reference;
use super::reply::{self, Named};
use super::store::Documents;
use crate::answer::{Answer, Refusal};
use crate::clock::china_time;
use crate::product::Call;
use crate::spec::{Resource, Spec, text};
use crate::verdict::{Form, Verdict};

pub(super) fn answer(
    spec: &Spec,
    documents: &mut Documents,
    call: &Call<'_>,
    resource: &Resource,
) -> Result<Answer, Refusal> {
    let records = records(call.fields, resource);
    let verdict = call.operation.verdict.as_ref();
    let in_part = verdict.is_some_and(|verdict| verdict.errors().is_some());
    let entries = spec.entries(call.operation);
    let mut undo = Vec::new();
    let mut results = Vec::new();
    for record in &records {
        let record = (resource, *record, entries.as_slice());
        let result = save(spec, documents, record, call.now);
        let result = match result {
            Ok((named, before)) => {
                undo.push((named.id.clone(), before));
                Ok(named)
            }
            Err(objection) if in_part => Err(objection),
            Err(objection) => {
                roll_back(documents, &resource.name, undo);
                return Err(objection.into());
            }
        };
        results.push(result);
    }
    let done: Vec<Named> = results.iter().flatten().cloned().collect();
    let mut fields = match records.as_slice() {
        [only] => (*only).clone(),
        _ => Map::new(),
    };
    fields.extend(reply::fields(&done));
    if let Some(verdict) = verdict {
        let shape = spec.shape(call.operation, verdict.rows().unwrap_or_default());
        let success = verdict.success().unwrap_or_default();
        let errors = verdict.errors().unwrap_or_default();
        let shape = shape.as_ref();
        let form = Form {
            is_flag: shape.is_some_and(|shape| shape.is_flag(success)),
            are_objects: shape.is_some_and(|shape| shape.is_list_of_objects(errors)),
        };
        tell((verdict, form), &mut fields, &results);
    }
    Ok(reply::success(spec, call.operation, &fields))
}

/// The records that a request saves.
fn records<'a>(fields: &'a Value, resource: &Resource) -> Vec<&'a Map<String, Value>> {
    let held = match &resource.of {
        Some(of) => fields.get(of).unwrap_or(&Value::Null),
        None => fields,
    };
    match held {
        Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
        other => other.as_object().into_iter().collect(),
    }
}

/// Saves one record. Gives what it was before, if it was.
fn save(
    spec: &Spec,
    documents: &mut Documents,
    (resource, record, entries): (&Resource, &Map<String, Value>, &[&str]),
    now: i64,
) -> Result<(Named, Option<Document>), Objection> {
    let kind = resource.name.as_str();
    let before = admitted(documents, resource, record)?;
    let mut document = before.cloned().unwrap_or_else(|| Document {
        id: String::new(),
        number: String::new(),
        created: now,
        modified: now,
        progress: Progress::default(),
        fields: Map::new(),
    });
    document.update(record, now);
    if let Some(number) = given(record, resource.number.as_ref()) {
        document.number = number;
    }
    if !document.number.is_empty() && documents.is_number_taken(kind, &document) {
        let field = resource.number.as_deref().unwrap_or("number");
        return Err(Objection::taken(field, &document.number));
    }
    if let Some(field) = documents.repeated_source(kind, &document) {
        let value = document.fields.get(field).and_then(Value::as_str);
        return Err(Objection::taken(field, value.unwrap_or_default()));
    }
    if documents.is_strict() {
        reference::check(spec, documents, record, "")?;
    }
    if document.id.is_empty() {
        document.id = documents.take_id();
    }
    if document.number.is_empty() {
        document.number = new_number(documents, kind, now);
    }
    match operation(record) {
        Some("audit") => document.progress.audited = Some(now),
        Some("unaudit") => document.progress.audited = None,
        _ => {}
    }
    name_entries(documents, entries, &mut document);
    let named = Named {
        id: document.id.clone(),
        number: document.number.clone(),
    };
    let before = documents.put(kind, document);
    Ok((named, before))
}

/// The document that a record changes, if it is one that exists and can be changed.
fn admitted<'a>(
    documents: &'a Documents,
    resource: &Resource,
    record: &Map<String, Value>,
) -> Result<Option<&'a Document>, Objection> {
    let kind = resource.name.as_str();
    let before = match given(record, resource.id.as_ref()) {
        None => None,
        Some(id) => {
            let field = resource.id.as_deref().unwrap_or("id");
            let found = documents.by_id(kind, &id);
            Some(found.ok_or_else(|| Objection::unknown("id", &id, field))?)
        }
    };
    let operation = operation(record);
    let is_open = |before: &&Document| before.is_open() || operation == Some("unaudit");
    if let Some(before) = before.filter(|before| !is_open(before)) {
        return Err(Objection::audited(&before.number));
    }
    Ok(before)
}

/// The text of a field that is filled.
fn given(record: &Map<String, Value>, field: Option<&String>) -> Option<String> {
    let value = text(record.get(field?)?);
    value.filter(|text| !text.is_empty())
}

/// What a save does to the document besides: `audit`, `unaudit` and others.
fn operation(record: &Map<String, Value>) -> Option<&str> {
    let fields = ["operation_key", "operate_type"];
    fields.iter().find_map(|name| record.get(*name)?.as_str())
}

/// Gives an id to each entry that has none.
fn name_entries(documents: &mut Documents, entries: &[&str], document: &mut Document) {
    for list in entries {
        let list = document.fields.get_mut(*list).and_then(Value::as_array_mut);
        let items = list.into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            let id = item.get("id").and_then(text);
            if id.is_none_or(|id| id.is_empty()) {
                item.insert("id".to_owned(), Value::String(documents.take_id()));
            }
        }
    }
}

/// A number as the product may give it: the initials of the kind, the day, and a count.
fn new_number(documents: &Documents, kind: &str, now: i64) -> String {
    let name = kind.rsplit('.').next().unwrap_or(kind);
    let initials = name.split('_').filter_map(|word| word.chars().next());
    let initials: String = initials.collect::<String>().to_ascii_uppercase();
    let day: String = china_time(now)
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    let mut at = documents.made();
    loop {
        at = at.saturating_add(1);
        let number = format!("{initials}-{day}-{at:05}");
        if documents.by_number(kind, &number).is_none() {
            return number;
        }
    }
}

/// Makes the documents what they were before a save that is refused as a whole.
fn roll_back(documents: &mut Documents, kind: &str, undo: Vec<(String, Option<Document>)>) {
    for (id, before) in undo.into_iter().rev() {
        match before {
            Some(before) => drop(documents.put(kind, before)),
            None => drop(documents.remove(kind, &id)),
        }
    }
}

/// Adds what an answer says beside its errcode: for each record where it has rows, else as a whole.
fn tell(
    (verdict, form): (&Verdict, Form),
    fields: &mut Map<String, Value>,
    results: &[Result<Named, Objection>],
) {
    let Some(rows) = verdict.rows() else {
        let errors: Vec<&str> = results.iter().filter_map(words).collect();
        verdict.tell(fields, &errors, form);
        return;
    };
    let row = |(at, result): (usize, &Result<Named, Objection>)| {
        let named = result.as_ref().ok();
        let mut row = reply::fields(named.map(std::slice::from_ref).unwrap_or_default());
        row.insert("index".to_owned(), json!(at));
        let errors: Vec<&str> = words(result).into_iter().collect();
        verdict.tell(&mut row, &errors, form);
        Value::Object(row)
    };
    let told = results.iter().enumerate().map(row).collect();
    fields.insert(rows.to_owned(), Value::Array(told));
}

fn words(result: &Result<Named, Objection>) -> Option<&str> {
    let objection = result.as_ref().err()?;
    Some(objection.words.as_str())
}
