//! Removals: what an operation that stands has and a page does not.
//!
//! Owns what counts as one: an answer, a body, a parameter, a field, an entity, a code. Must not
//! know pages, nor whether a removal was asked for.

use std::collections::BTreeSet;

use super::yaml::Out;

/// A part of an operation, from the outermost name to its own.
type Part = Vec<String>;

/// The parts that `old` has and `new` has not, each by its outermost name that is gone.
#[must_use]
pub(crate) fn removed(old: &Out, new: &Out) -> Vec<String> {
    let kept = parts(new);
    let gone: BTreeSet<Part> = parts(old).difference(&kept).cloned().collect();
    let is_whole = |part: &Part| {
        let mut owners = (1..part.len()).filter_map(|end| part.get(..end));
        owners.any(|owner| gone.contains(owner))
    };
    gone.iter()
        .filter(|part| !is_whole(part))
        .map(|part| part.join(", "))
        .collect()
}

fn parts(operation: &Out) -> BTreeSet<Part> {
    let mut out = BTreeSet::new();
    for parameter in items(operation.get("parameters")) {
        let name = parameter.get("name").and_then(Out::as_text);
        let part = vec![format!("the query's field `{}`", name.unwrap_or_default())];
        values(parameter.get("schema"), &part, &mut out);
        out.insert(part);
    }
    if let Some(body) = operation.get("requestBody") {
        let part = vec!["the body of the request".to_owned()];
        object(media(body), &part, &mut out);
        out.insert(part);
    }
    for (status, answer) in entries(operation.get("responses")) {
        let part = vec![format!("the answer of status {status}")];
        for each in items(media(answer).and_then(|schema| schema.get("allOf"))) {
            object(Some(each), &part, &mut out);
        }
        out.insert(part);
    }
    for (side, entities) in entries(operation.get("x-jdy-entities")) {
        for (name, entity) in entries(Some(entities)) {
            let part = vec![format!("the entity `{name}` of the {side}")];
            object(Some(entity), &part, &mut out);
            out.insert(part);
        }
    }
    out
}

fn object(schema: Option<&Out>, owner: &Part, out: &mut BTreeSet<Part>) {
    for (name, field) in entries(schema.and_then(|schema| schema.get("properties"))) {
        let part = with(owner, format!("its field `{name}`"));
        values(Some(field), &part, out);
        out.insert(part);
    }
}

/// The codes of a field, or of the items of its list.
fn values(schema: Option<&Out>, owner: &Part, out: &mut BTreeSet<Part>) {
    let Some(schema) = schema else { return };
    for code in items(schema.get("x-jdy-codes")) {
        let text = code.get("code").and_then(Out::as_text).unwrap_or_default();
        out.insert(with(owner, format!("its code `{text}`")));
    }
    values(schema.get("items"), owner, out);
}

/// The schema of a body or an answer, whatever its media type is called.
fn media(frame: &Out) -> Option<&Out> {
    let (_, media) = entries(frame.get("content")).first()?;
    media.get("schema")
}

fn with(owner: &Part, name: String) -> Part {
    let mut part = owner.clone();
    part.push(name);
    part
}

fn entries(out: Option<&Out>) -> &[(String, Out)] {
    match out {
        Some(Out::Map(entries)) => entries,
        _ => &[],
    }
}

fn items(out: Option<&Out>) -> &[Out] {
    match out {
        Some(Out::List(items)) => items,
        _ => &[],
    }
}
