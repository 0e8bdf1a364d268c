//! Merging: which hand-made parts of an existing operation survive a page.
//!
//! Owns which keyword is whose. The page owns names, types, requiredness, labels, wire forms and
//! codes, and what it does not give is not there: what a person decided of these stands in a fixup.
//! Effects, keys and better names are no page's. Must not know how a file is written. Must not use:
//! `crate::spec_folder`, `crate::splice`, `crate::reading`.

use std::collections::BTreeMap;

use super::emit::Prose;
use super::waiver;
use super::yaml::Out;

/// What a mapping is, so that it is known whose its keywords are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Operation,
    /// Requests, answers and media types.
    Frame,
    Responses,
    Schema,
    /// Names of fields or entities to schemas: those that the page does not have go.
    Named,
    /// `request` and `response` to their entities.
    Sides,
    Parameter,
    Code,
    /// Taken as it is wanted.
    Plain,
}

/// The wanted operation with what is hand-made in the old one.
#[must_use]
pub(crate) fn operation(old: &Out, wanted: Out, prose: Prose) -> Out {
    merge(Kind::Operation, "", old, wanted, prose)
}

fn merge(kind: Kind, path: &str, old: &Out, wanted: Out, prose: Prose) -> Out {
    let (Out::Map(before), Out::Map(entries)) = (old, &wanted) else {
        return lists(path, old, wanted, prose);
    };
    if kind == Kind::Plain {
        return wanted;
    }
    let by_name: BTreeMap<&str, &Out> = before
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let is_new: std::collections::BTreeSet<&str> =
        entries.iter().map(|(name, _)| name.as_str()).collect();
    let mut out = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let value = match by_name.get(name.as_str()) {
            Some(old) => merge(
                child(kind, name),
                &format!("{path}/{name}"),
                old,
                value.clone(),
                prose,
            ),
            None => value.clone(),
        };
        out.push((name.clone(), value));
    }
    for (name, value) in before {
        if !is_new.contains(name.as_str()) && stays(kind, path, (name, value), prose) {
            out.push((name.clone(), value.clone()));
        }
    }
    Out::Map(out)
}

fn child(kind: Kind, name: &str) -> Kind {
    match (kind, name) {
        (Kind::Operation, "x-jdy-entities") => Kind::Sides,
        (Kind::Operation, "responses") => Kind::Responses,
        (Kind::Operation, "requestBody" | "parameters") | (Kind::Responses, _) => Kind::Frame,
        (Kind::Frame, "schema") => Kind::Schema,
        (Kind::Frame, "example") => Kind::Plain,
        (Kind::Frame, _) => Kind::Frame,
        (Kind::Sides, _) | (Kind::Schema, "properties") => Kind::Named,
        (Kind::Named, _) | (Kind::Schema, "items") => Kind::Schema,
        (Kind::Parameter, "schema") => Kind::Schema,
        (Kind::Schema, "allOf" | "x-jdy-codes") => Kind::Frame,
        _ => Kind::Plain,
    }
}

/// Lists: items of one name meet, all others as they are wanted.
fn lists(path: &str, old: &Out, wanted: Out, prose: Prose) -> Out {
    let (Out::List(before), Out::List(items)) = (old, &wanted) else {
        return wanted;
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    let (kind, key) = match last {
        "parameters" => (Kind::Parameter, "name"),
        "x-jdy-codes" => (Kind::Code, "code"),
        "allOf" if before.len() == items.len() => {
            let merged = before
                .iter()
                .zip(items)
                .map(|(old, item)| merge(Kind::Schema, path, old, item.clone(), prose))
                .collect();
            return Out::List(merged);
        }
        _ => return wanted,
    };
    let by_key: BTreeMap<&str, &Out> = before
        .iter()
        .filter_map(|item| Some((item.get(key)?.as_text()?, item)))
        .collect();
    let merged = items
        .iter()
        .map(|item| {
            let called = item.get(key).and_then(Out::as_text).unwrap_or_default();
            match by_key.get(called) {
                Some(old) => merge(kind, &format!("{path}/{called}"), old, item.clone(), prose),
                None => item.clone(),
            }
        })
        .collect();
    Out::List(merged)
}

/// Whether a keyword that the page does not give stays.
fn stays(kind: Kind, path: &str, (name, value): (&str, &Out), prose: Prose) -> bool {
    match (kind, name) {
        (Kind::Operation, "parameters" | "requestBody" | "x-jdy-entities") => false,
        // Where a page speaks, it no longer matters which file spoke first.
        (Kind::Operation, "x-jdy-source") => false,
        // A page that turns into an upload, or back, has another body, not two.
        (Kind::Frame, _) if path.ends_with("/content") => false,
        (Kind::Operation | Kind::Responses | Kind::Frame | Kind::Parameter, _) => {
            name != "required" || kind == Kind::Frame
        }
        (Kind::Schema, "x-jdy-name") => true,
        (Kind::Schema, "description") if value.as_text().is_some_and(waiver::is_phrase) => false,
        (Kind::Schema, "description" | "example") => prose == Prose::Leave,
        (Kind::Schema, _) => false,
        (Kind::Code, "name") => true,
        (Kind::Named | Kind::Sides | Kind::Code | Kind::Plain, _) => false,
    }
}
