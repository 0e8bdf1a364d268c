//! Fixups: named corrections of what the vendor's pages get wrong, applied to the tree after
//! loading.
//!
//! A correction says what it expects to find; one that finds something else is an error, so that
//! none outlives the mistake that it corrects. Owns how a correction is applied. Must not know what
//! a keyword means. Must not use: `crate::model`, `crate::lower`.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts;
use crate::load::{Document, Spec};
use crate::pointer;
use crate::tree::{Entry, Key, Node, Value};

/// When a correction is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// When the spec is loaded: it corrects what a page says.
    Page,
    /// After a fact was derived, by its keyword: it corrects what the rule says.
    Fact(&'static str),
}

impl Phase {
    /// The phase of a correction: of a fact, where its pointer goes through the fact's keyword.
    fn of(at: &str) -> Self {
        let keyword = pointer::steps(at).into_iter().nth(1);
        let fact = keyword.and_then(|keyword| {
            facts::KEYWORDS
                .into_iter()
                .find(|known| **known == *keyword)
        });
        fact.map_or(Self::Page, Self::Fact)
    }
}

/// Applies the corrections of a phase, in the order of their files.
pub fn apply(spec: &mut Spec, phase: Phase, diagnostics: &mut Diagnostics) {
    let fixups = std::mem::take(&mut spec.fixups);
    for document in fixups.values() {
        for fixup in document.root.get("fixups").map_or(&[][..], Node::items) {
            if fixup.text_of("at").map_or(Phase::Page, Phase::of) == phase {
                one(fixup, spec, diagnostics);
            }
        }
    }
    spec.fixups = fixups;
}

/// What a correction expects and makes.
struct Change<'a> {
    from: Option<&'a Node>,
    to: Option<&'a Node>,
}

fn one(fixup: &Node, spec: &mut Spec, diagnostics: &mut Diagnostics) {
    // What is missing here was reported by the check of the fixup files.
    let (Some(name), Some(file), Some(at)) = (
        fixup.text_of("name"),
        fixup.text_of("file"),
        fixup.text_of("at"),
    ) else {
        return;
    };
    let change = Change {
        from: fixup.get("from"),
        to: fixup.get("to"),
    };
    let span = fixup.get("at").map_or(fixup.span, |at| at.span);
    let result = match spec.documents.get_mut(file) {
        Some(document) => correct(document, at, &change),
        None => Err(format!("there is no file `{file}` in the spec")),
    };
    if let Err(why) = result {
        diagnostics.add(
            Diagnostic::error(span, format!("the fixup `{name}` no longer applies: {why}"))
                .help("if the vendor has corrected it, remove the fixup"),
        );
    }
}

fn correct(document: &mut Document, at: &str, change: &Change<'_>) -> Result<(), String> {
    let mut steps = pointer::steps(at);
    let Some(last) = steps.pop() else {
        return Err(format!("`{at}` names no place: it begins with `/`"));
    };
    let mut node = &mut document.root;
    for step in &steps {
        node = down(node, step).ok_or_else(|| format!("`{at}` stops at `{step}`"))?;
    }
    let found = pointer::step(node, &last);
    match (found, change.from) {
        (Some(found), Some(from)) if found.same(from) => {}
        (Some(found), Some(_)) => {
            return Err(format!("`{at}` holds another value ({})", found.kind()));
        }
        (Some(_), None) => return Err(format!("`{at}` is there already")),
        (None, Some(_)) => return Err(format!("`{at}` is not there")),
        (None, None) => {}
    }
    put(node, last, change.to).ok_or_else(|| format!("`{at}` cannot be changed"))
}

fn down<'a>(node: &'a mut Node, step: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(entries) => entries
            .iter_mut()
            .find(|entry| entry.key.text() == step)
            .map(|entry| &mut entry.value),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        Value::Scalar(_) => None,
    }
}

/// Puts the new value where the old one stood, so that reports point at the spec's own line.
fn put(node: &mut Node, name: String, to: Option<&Node>) -> Option<()> {
    let span = node.span;
    match (&mut node.value, to) {
        (Value::Map(entries), None) => entries.retain(|entry| entry.key.text() != name),
        (Value::Map(entries), Some(to)) => {
            match entries.iter_mut().find(|entry| entry.key.text() == name) {
                Some(entry) => {
                    entry.value = Node {
                        span: entry.value.span,
                        ..to.clone()
                    };
                }
                None => entries.push(Entry {
                    key: Key::quoted(span, name),
                    value: to.clone(),
                }),
            }
        }
        (Value::List(items), to) => {
            let at = name.parse::<usize>().ok()?;
            match to {
                None if at < items.len() => {
                    items.remove(at);
                }
                None => return None,
                Some(to) if at == items.len() => items.push(to.clone()),
                Some(to) => {
                    let old = items.get_mut(at)?;
                    *old = Node {
                        span: old.span,
                        ..to.clone()
                    };
                }
            }
        }
        (Value::Scalar(_), _) => return None,
    }
    Some(())
}
