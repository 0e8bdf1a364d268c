//! JSON pointers and `$ref`s: from a text to the node that it names.
//!
//! Owns how a pointer is read. Must not know what a node means. Must not use: `crate::model`,
//! `crate::lower`.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::did_you_mean;
use crate::load::{Document, Spec};
use crate::tree::{Node, Value};

/// The steps of a pointer such as `/paths/~1jdy~1v2/get`.
#[must_use]
pub fn steps(pointer: &str) -> Vec<String> {
    pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// One step down.
#[must_use]
pub fn step<'a>(node: &'a Node, step: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Map(_) => node.get(step),
        Value::List(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)),
        Value::Scalar(_) => None,
    }
}

/// The path within the spec folder of what a `$ref` in a file calls `relative`.
#[must_use]
pub fn file(from: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A `$ref` taken apart: the path of the file within the folder, and the pointer.
#[must_use]
pub fn split(from: &str, reference: &str) -> (String, String) {
    let (relative, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let path = if relative.is_empty() {
        from.to_owned()
    } else {
        file(from, relative)
    };
    (path, pointer.to_owned())
}

/// Checks that every `$ref` of the spec names something that is there.
pub fn check(spec: &Spec, diagnostics: &mut Diagnostics) {
    for (path, document) in &spec.documents {
        walk(&document.root, path, spec, diagnostics);
    }
}

fn walk(node: &Node, path: &str, spec: &Spec, diagnostics: &mut Diagnostics) {
    for item in node.items() {
        walk(item, path, spec, diagnostics);
    }
    for entry in node.entries() {
        match (entry.key.text(), entry.value.text()) {
            ("example", _) => {}
            ("$ref", Some(reference)) => target(&entry.value, reference, path, spec, diagnostics),
            _ => walk(&entry.value, path, spec, diagnostics),
        }
    }
}

fn target(at: &Node, reference: &str, from: &str, spec: &Spec, diagnostics: &mut Diagnostics) {
    let (path, pointer) = split(from, reference);
    let Some(document) = spec.documents.get(&path) else {
        if spec.unreadable.contains(&path) {
            return;
        }
        let near = did_you_mean::nearest(&path, spec.documents.keys().map(String::as_str));
        let mut diagnostic = Diagnostic::error(
            at.span,
            format!("`$ref` to `{reference}`: there is no file `{path}` in the spec"),
        )
        .label("no such file");
        if let Some(near) = near {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        return diagnostics.add(diagnostic);
    };
    if let Err(problem) = find(document, &pointer) {
        let mut diagnostic = Diagnostic::error(
            at.span,
            format!("`$ref` to `{reference}`: {}", problem.what),
        )
        .label("names nothing");
        if let Some(help) = problem.help {
            diagnostic = diagnostic.help(help);
        }
        diagnostics.add(diagnostic);
    }
}

struct Problem {
    what: String,
    help: Option<String>,
}

fn find<'a>(document: &'a Document, pointer: &str) -> Result<&'a Node, Problem> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(Problem {
            what: "what follows `#` is no pointer".to_owned(),
            help: Some("it begins with `/`".to_owned()),
        });
    }
    let mut node = &document.root;
    let mut way = String::from("#");
    for name in steps(pointer) {
        let Some(next) = step(node, &name) else {
            let known: Vec<&str> = node.entries().iter().map(|e| e.key.text()).collect();
            let help = match did_you_mean::nearest(&name, known.iter().copied()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if known.is_empty() => None,
                None => Some(format!("there are: {}", known.join(", "))),
            };
            return Err(Problem {
                what: format!("`{way}` has no `{name}`"),
                help,
            });
        };
        way.push('/');
        way.push_str(&name);
        node = next;
    }
    Ok(node)
}

/// The node that a `$ref` names, if there is one.
#[must_use]
pub fn resolve<'a>(spec: &'a Spec, from: &str, reference: &str) -> Option<&'a Node> {
    let (path, pointer) = split(from, reference);
    find(spec.documents.get(&path)?, &pointer).ok()
}
