//! Facts of an operation: read from the tree into the model, and compared with what it has.
//!
//! Owns which facts fit an operation. Must not know how a fact came into the tree. Must not use:
//! `crate::facts`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::did_you_mean;
use crate::load::Spec;
use crate::model::{Effect, Field, Filter, Model, Operation, Resource, Role, Type, Verify};
use crate::tree::{Entry, Node};

use super::{owned, place_of, verdict};

/// Reads one fact of an operation by its keyword.
pub fn read(keyword: &str, entry: &Entry, operation: &mut Operation) {
    let node = &entry.value;
    match keyword {
        "x-jdy-resource" => operation.resource = resource(node),
        "x-jdy-effect" => operation.effect = effect(node, operation.method),
        "x-jdy-key" => {
            operation.key = owned(node, keyword);
            demand_key(operation);
        }
        "x-jdy-keyless" => operation.keyless = node.text_of(keyword) == Some("true"),
        "x-jdy-verify" => operation.verify = verify(node),
        _ => {}
    }
}

pub(super) fn effect(node: &Node, method: &str) -> Effect {
    match node.text_of("x-jdy-effect") {
        Some(word) => Effect::of_word(word).unwrap_or(Effect::Write),
        None if method == "GET" => Effect::Read,
        None => Effect::Write,
    }
}

fn pairs(node: Option<&Node>) -> Vec<(String, String)> {
    let pair = |entry: &Entry| Some((entry.key.text().to_owned(), entry.value.text()?.to_owned()));
    node.map_or(&[][..], Node::entries)
        .iter()
        .filter_map(pair)
        .collect()
}

fn resource(node: &Node) -> Option<Resource> {
    let entry = node.entry("x-jdy-resource")?;
    let resource = &entry.value;
    let role = resource.text_of("role")?;
    let filters = pairs(resource.get("filters")).into_iter();
    Some(Resource {
        name: owned(resource, "name")?,
        role: Role::of_word(role)?,
        entity: owned(resource, "entity"),
        of: owned(resource, "of"),
        rows: owned(resource, "rows"),
        id: owned(resource, "id"),
        number: owned(resource, "number"),
        by: pairs(resource.get("by")),
        filters: filters
            .filter_map(|(name, text)| Some((name, Filter::of_text(&text)?)))
            .collect(),
        returns: pairs(resource.get("returns")),
        span: entry.key.span,
    })
}

fn verify(node: &Node) -> Option<Verify> {
    let verify = node.get("x-jdy-verify")?;
    let look = verify.get("look").map(Node::items).unwrap_or_default();
    Some(Verify {
        operation: owned(verify, "operation")?,
        by: pairs(verify.get("by")),
        with: pairs(verify.get("with")),
        matches: pairs(verify.get("match")),
        look: look
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect(),
        span: verify.get("operation")?.span,
    })
}

/// The key of a call that moves money is demanded, whatever its page says: nothing else finds the
/// call again when its answer is lost.
fn demand_key(operation: &mut Operation) {
    let Some(key) = operation.key.clone() else {
        return;
    };
    if operation.effect != Effect::Money {
        return;
    }
    if let Some(field) = field_mut(operation, &key) {
        field.required = true;
    }
}

/// A field of the request by its path: `bill_no`, or `items.bill_no` of the entity in `items`.
fn field<'a>(operation: &'a Operation, path: &str) -> Option<&'a Field> {
    let mut fields = &operation.request;
    let mut steps = path.split('.').peekable();
    if let Some(whole) = fields.iter().find(|field| field.name == path) {
        return Some(whole);
    }
    while let Some(step) = steps.next() {
        let field = fields.iter().find(|field| field.name == step)?;
        if steps.peek().is_none() {
            return Some(field);
        }
        let name = entity_name(&field.ty)?;
        let entity = operation
            .request_entities
            .iter()
            .find(|entity| entity.name == *name)?;
        fields = &entity.fields;
    }
    None
}

fn field_mut<'a>(operation: &'a mut Operation, path: &str) -> Option<&'a mut Field> {
    if operation.request.iter().any(|field| field.name == path) {
        return operation
            .request
            .iter_mut()
            .find(|field| field.name == path);
    }
    let (wrap, inner) = path.split_once('.')?;
    let wrap = operation.request.iter().find(|field| field.name == wrap)?;
    let name = entity_name(&wrap.ty)?.to_owned();
    operation
        .request_entities
        .iter_mut()
        .find(|entity| entity.name == name)?
        .fields
        .iter_mut()
        .find(|field| field.name == inner)
}

fn entity_name(ty: &Type) -> Option<&String> {
    match ty {
        Type::Entity(name) => Some(name),
        Type::List(inner) => entity_name(inner),
        _ => None,
    }
}

/// Compares all facts with the operations that they are about.
pub fn check(spec: &Spec, model: &mut Model, diagnostics: &mut Diagnostics) {
    for operation in &mut model.operations {
        let document = spec.documents.get(&operation.file);
        let entry = document.and_then(|document| document.root.entry(operation.keyword()));
        let words = entry.and_then(verdict::read);
        operation.verdict = verdict::check(words, operation, diagnostics);
    }
    let ids: BTreeMap<&str, &Operation> = model
        .operations
        .iter()
        .map(|operation| (operation.id.as_str(), operation))
        .collect();
    for operation in &model.operations {
        let document = spec.documents.get(&operation.file);
        let entry = document.and_then(|document| document.root.entry(operation.keyword()));
        if let Some(entry) = entry {
            key(entry, operation, diagnostics);
            resource_fields(entry, operation, diagnostics);
        }
        verification(operation, &ids, diagnostics);
    }
}

/// The caller's own key must be a field that a request can hold.
fn key(entry: &Entry, operation: &Operation, diagnostics: &mut Diagnostics) {
    let moves_money = operation.effect == Effect::Money;
    let Some(key) = &operation.key else {
        if moves_money && !operation.keyless {
            diagnostics.add(
                Diagnostic::error(
                    place_of(entry, "x-jdy-effect"),
                    format!("`{}` moves money, but has no `x-jdy-key`", operation.id),
                )
                .help("a fixup names the request field that holds the caller's own key; where the page has none, a fixup says `x-jdy-keyless: true` and why"),
            );
        }
        return;
    };
    let span = place_of(entry, "x-jdy-key");
    if operation.keyless {
        diagnostics.add(
            Diagnostic::error(
                span,
                format!("`{}` has a key and is `x-jdy-keyless`", operation.id),
            )
            .help("take one of them away"),
        );
    }
    match field(operation, key) {
        None => {
            let near = did_you_mean::nearest(key, operation.request.iter().map(|f| f.name.as_str()));
            let diagnostic = Diagnostic::error(span, format!("the request has no field `{key}`"));
            diagnostics.add(match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("`x-jdy-key` names a field of the request"),
            });
        }
        Some(field) if field.default.is_some() || field.assumed.is_some() => diagnostics.add(
            Diagnostic::error(span, format!("the key `{key}` has a default"))
                .other(field.span, "the field")
                .help("name a field that each caller fills anew: one key for all calls tells no two apart"),
        ),
        Some(field) if !matches!(field.ty, Type::Scalar(_)) => diagnostics.add(
            Diagnostic::error(span, format!("the key `{key}` holds no single value"))
                .other(field.span, "the field")
                .help("name a text or a number, `items.bill_no` for each item of a list"),
        ),
        Some(_) => {}
    }
}

/// The names that a resource gives must stand where it says.
fn resource_fields(entry: &Entry, operation: &Operation, diagnostics: &mut Diagnostics) {
    let Some(node) = entry.value.get("x-jdy-resource") else {
        return;
    };
    let place = |name: &str| node.get(name).map_or(node.span, |node| node.span);
    let Some(resource) = &operation.resource else {
        return;
    };
    for argument in resource.by.iter().map(|(name, _)| name) {
        require(operation, argument, place("by"), diagnostics);
    }
    for entry in node.get("filters").map_or(&[][..], Node::entries) {
        require(operation, entry.key.text(), place("filters"), diagnostics);
        let text = entry.value.text().unwrap_or_default();
        if Filter::of_text(text).is_none() {
            diagnostics.add(
                Diagnostic::error(entry.value.span, format!("`{text}` is no filter"))
                    .help("FIELD, FIELD in, FIELD from, FIELD until, search or search number"),
            );
        }
    }
    if let Some(of) = &resource.of {
        require(operation, of, place("of"), diagnostics);
    }
}

fn require(operation: &Operation, name: &str, span: Span, diagnostics: &mut Diagnostics) {
    if field(operation, name).is_none() {
        diagnostics.add(Diagnostic::error(
            span,
            format!("the request of `{}` has no field `{name}`", operation.id),
        ));
    }
}

fn verification(
    operation: &Operation,
    ids: &BTreeMap<&str, &Operation>,
    diagnostics: &mut Diagnostics,
) {
    let Some(verify) = &operation.verify else {
        return;
    };
    let Some(target) = ids.get(verify.operation.as_str()) else {
        let near = did_you_mean::nearest(&verify.operation, ids.keys().copied());
        let diagnostic = Diagnostic::error(
            verify.span,
            format!(
                "there is no operation `{}` to verify with",
                verify.operation
            ),
        );
        return diagnostics.add(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
    };
    if target.effect != Effect::Read {
        diagnostics.add(
            Diagnostic::error(
                verify.span,
                format!("`{}` is no read, so it cannot verify", target.id),
            )
            .help("name an operation that only asks"),
        );
    }
    for (name, _) in verify.by.iter().chain(&verify.with) {
        require(target, name, verify.span, diagnostics);
    }
    matches_are_shown(verify, target, diagnostics);
    let ours = verify
        .by
        .iter()
        .chain(&verify.matches)
        .map(|(_, ours)| ours);
    for name in ours.chain(&verify.look) {
        require(operation, name, verify.span, diagnostics);
    }
    for (argument, _) in &verify.with {
        if verify.by.iter().any(|(other, _)| other == argument) {
            diagnostics.add(Diagnostic::error(
                verify.span,
                format!("`{argument}` is given by `by` and by `with`"),
            ));
        }
    }
}

/// A name that the record does not show never matches: what is there would look absent.
fn matches_are_shown(verify: &Verify, target: &Operation, diagnostics: &mut Diagnostics) {
    let shown = verify.matches.iter().map(|(shown, _)| shown);
    for name in shown.filter(|name| !verdict::shows(target, name)) {
        diagnostics.add(
            Diagnostic::error(
                verify.span,
                format!(
                    "the records that `{}` shows have no field `{name}`",
                    target.id
                ),
            )
            .help("`match` names a field of the answer first, then one of our request"),
        );
    }
}
