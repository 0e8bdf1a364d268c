//! Facts beyond the page's columns: what belongs together, what a call does, how it is named and
//! how its outcome is looked up.
//!
//! Owns the order in which facts are derived. Each is derived by a rule that is stated in
//! `spec/README.md`, written into the tree where the spec does not say it already, and then
//! corrected by the fixups that name it; the next rule sees what came of it. Must not know pages or
//! Rust, nor any operation by name.

mod effect;
mod key;
mod relatives;
mod resource;
mod shape;
mod verdict;
mod verify;
mod write;

use crate::diagnostic::Diagnostics;
use crate::fixup::{self, Phase};
use crate::load::Spec;
use crate::lower;
use crate::model::{Model, Operation};
use crate::tree::{Entry, Node};

pub use self::effect::by_title as effect_by_title;
pub use self::verify::{Confirmation, DateWindow, confirmation};

/// The keywords of derived facts, in the order in which they are derived.
pub const KEYWORDS: [&str; 6] = [
    "x-jdy-resource",
    "x-jdy-effect",
    "x-jdy-key",
    "x-jdy-keyless",
    "x-jdy-verify",
    "x-jdy-verdict",
];

/// What a rule says of one operation: a node, where it says anything.
type Derived = Option<Node>;

/// Derives all facts, corrects them, and reads them into the model.
pub fn derive(spec: &mut Spec, model: &mut Model, diagnostics: &mut Diagnostics) {
    for keyword in KEYWORDS {
        let derived: Vec<Derived> = match keyword {
            "x-jdy-resource" => resource::derive(model),
            "x-jdy-effect" => model.operations.iter().map(effect::derive).collect(),
            "x-jdy-key" => key::derive(model),
            "x-jdy-verify" => verify::derive(model),
            "x-jdy-verdict" => verdict::derive(model),
            _ => Vec::new(),
        };
        for (operation, node) in model.operations.iter().zip(derived) {
            if let (Some(node), Some(place)) = (node, place(spec, operation)) {
                put(place, keyword, node);
            }
        }
        fixup::apply(spec, Phase::Fact(keyword), diagnostics);
        for operation in &mut model.operations {
            if let Some(entry) = found(spec, operation) {
                lower::fact(keyword, entry, operation);
            }
        }
    }
}

/// An operation's own node.
fn place<'a>(spec: &'a mut Spec, operation: &Operation) -> Option<&'a mut Node> {
    let document = spec.documents.get_mut(&operation.file)?;
    let method = operation.keyword();
    let entries = match &mut document.root.value {
        crate::tree::Value::Map(entries) => entries,
        _ => return None,
    };
    entries
        .iter_mut()
        .find(|entry| entry.key.text() == method)
        .map(|entry| &mut entry.value)
}

fn found<'a>(spec: &'a Spec, operation: &Operation) -> Option<&'a Entry> {
    let document = spec.documents.get(&operation.file)?;
    document.root.entry(operation.keyword())
}

/// Puts a fact where the spec does not have it; what stands there was written by a person.
fn put(operation: &mut Node, keyword: &str, node: Node) {
    if operation.get(keyword).is_none() {
        operation.insert(keyword, node);
    }
}
