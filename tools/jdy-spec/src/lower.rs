//! From the tree to the model, with a diagnostic for whatever the keywords mean together that
//! cannot be.
//!
//! Reports only what [`check`](crate::check) and [`pointer::check`] cannot see: whatever these two
//! refuse is skipped here without a diagnostic. Owns what the keywords mean together. Must not know
//! Rust. Must not use: `crate::facts`, `crate::code_names`.

mod fact;
mod module;
mod operation;
mod schema;
mod verdict;

pub use fact::{check as check_facts, read as fact};
pub use verdict::suspects;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::load::{Document, ROOT, Spec};
use crate::model::{Count, Model, Operation};
use crate::pointer;
use crate::tree::{Entry, Node};

/// The methods that a path file may hold, as they stand there and as they are called.
const METHODS: [(&str, &str); 4] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("delete", "DELETE"),
];

/// Makes the model.
pub fn lower(spec: &Spec, diagnostics: &mut Diagnostics) -> Model {
    let mut model = Model::default();
    let Some(root) = spec.documents.get(ROOT) else {
        return model;
    };
    model.root = Span::top(root.file);
    model.modules = module::lower(&root.root, diagnostics);
    let index = index(spec, root, diagnostics);
    let context = Context {
        modules: model
            .modules
            .iter()
            .map(|module| module.name.as_str())
            .collect(),
        spec,
    };
    let mut operations = Vec::new();
    for (file, (path, document)) in &index {
        for (keyword, method) in METHODS {
            if let Some(entry) = document.root.entry(keyword) {
                model.count += count(&entry.value);
                let at = operation::At {
                    keyword,
                    method,
                    path,
                    file,
                };
                operations.extend(operation::lower(entry, &at, &context, diagnostics));
            }
        }
        if document.root.entries().is_empty() {
            diagnostics.add(
                Diagnostic::error(document.root.span, "the path file holds no operation")
                    .help("add `get`, `post`, `put` or `delete`"),
            );
        }
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    module::check_parts(&root.root, &operations, diagnostics);
    model.operations = operations;
    across(&model.operations, diagnostics);
    model
}

/// What an operation may refer to.
struct Context<'a> {
    modules: BTreeSet<&'a str>,
    spec: &'a Spec,
}

/// Whether a path is sent as it stands: whatever a reader of addresses would write otherwise, or
/// take for a query, would not be what was signed.
fn is_plain(path: &str) -> bool {
    let is_step = |step: &str| {
        let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'-' | b'.');
        !step.is_empty() && step != "." && !step.contains("..") && step.bytes().all(is_sign)
    };
    path.split('/').skip(1).all(is_step)
}

/// The files that the index names, with their paths; a file that it does not name is an error.
fn index<'a>(
    spec: &'a Spec,
    root: &'a Document,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, (&'a str, &'a Document)> {
    let mut index: BTreeMap<String, (&str, &Document)> = BTreeMap::new();
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for entry in root.root.get("paths").map_or(&[][..], Node::entries) {
        let Some(reference) = entry.value.get("$ref") else {
            continue;
        };
        let path = entry.key.text();
        if !path.starts_with('/') {
            diagnostics.add(
                Diagnostic::error(entry.key.span, format!("the path `{path}` is not whole"))
                    .help("it begins with `/`, as it stands behind the host"),
            );
        } else if !is_plain(path) {
            diagnostics.add(
                Diagnostic::error(entry.key.span, format!("`{path}` is no path of the API"))
                    .help("letters, digits, `_`, `-` and `.` between single `/`; a field travels in the query or the body"),
            );
        }
        let Some(text) = reference.text() else {
            continue;
        };
        let (file, inner) = pointer::split(ROOT, text);
        if !inner.is_empty() || file == ROOT {
            diagnostics.add(
                Diagnostic::error(reference.span, "an index line names a path file as a whole")
                    .help("for example: { $ref: ls/mall_recharge.yaml }"),
            );
            continue;
        }
        if let Some(first) = places.get(&file) {
            diagnostics.add(
                Diagnostic::error(reference.span, format!("`{file}` stands under two paths"))
                    .other(*first, "the first"),
            );
            continue;
        }
        places.insert(file.clone(), reference.span);
        if let Some(document) = spec.documents.get(&file) {
            index.insert(file, (path, document));
        }
    }
    unindexed(spec, &places, diagnostics);
    index
}

fn unindexed(spec: &Spec, places: &BTreeMap<String, Span>, diagnostics: &mut Diagnostics) {
    for (path, document) in &spec.documents {
        if path != ROOT && !places.contains_key(path) {
            diagnostics.add(
                Diagnostic::error(
                    Span::top(document.file),
                    format!("no line of the index names `{path}`"),
                )
                .help(format!(
                    "add under `paths` in {ROOT}: `/the/path: {{ $ref: {path} }}`"
                )),
            );
        }
    }
}

/// How much an operation holds, counted from the tree alone.
fn count(operation: &Node) -> Count {
    let mut count = Count {
        operations: 1,
        ..Count::default()
    };
    count.properties += operation
        .get("parameters")
        .map_or(0, |list| list.items().len());
    let media = operation
        .get("requestBody")
        .and_then(|body| body.get("content"))
        .map_or(&[][..], Node::entries);
    for media in media {
        count.properties += media.value.get("schema").map_or(0, properties);
    }
    for side in operation
        .get("x-jdy-entities")
        .map_or(&[][..], Node::entries)
    {
        for entity in side.value.entries() {
            count.entities += 1;
            count.properties += properties(&entity.value);
        }
    }
    count
}

fn properties(schema: &Node) -> usize {
    schema
        .get("properties")
        .map_or(0, |map| map.entries().len())
}

/// What concerns several operations: names that meet, pages that meet, operations that name others.
fn across(operations: &[Operation], diagnostics: &mut Diagnostics) {
    let mut ids: BTreeMap<&str, &Operation> = BTreeMap::new();
    let mut pages: BTreeMap<&str, &Operation> = BTreeMap::new();
    for operation in operations {
        if let Some(first) = ids.get(operation.id.as_str()) {
            let (first, second) = in_order(first.span, operation.span);
            diagnostics.add(
                Diagnostic::error(
                    second,
                    format!("a second operation is named `{}`", operation.id),
                )
                .other(first, "the first")
                .help("an operation's name follows from its own path and method"),
            );
            continue;
        }
        if let Some(first) = pages
            .get(operation.page.as_str())
            .filter(|other| !other.page.is_empty())
        {
            diagnostics.add(
                Diagnostic::note(
                    operation.page_span,
                    format!("the page `{}` describes two operations", operation.page),
                )
                .other(first.page_span, "the other"),
            );
        }
        ids.insert(&operation.id, operation);
        pages.insert(&operation.page, operation);
    }
}

fn in_order(a: Span, b: Span) -> (Span, Span) {
    if a <= b { (a, b) } else { (b, a) }
}

/// Whether a name can stand in an operation's id.
fn is_plain_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The owned text under a name, where there is one.
fn owned(node: &Node, key: &str) -> Option<String> {
    node.text_of(key).map(str::to_owned)
}

/// The place of a keyword's value, or of what holds it.
fn place_of(entry: &Entry, key: &str) -> Span {
    entry
        .value
        .get(key)
        .map_or(entry.key.span, |node| node.span)
}
