//! The tags of the spec: its modules, and which crates hold their types.
//!
//! Owns what a tag says. Must not know how crates are made. Must not use: `crate::facts`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::{Module, Operation, begins_with};
use crate::tree::{Entry, Node, Value};

use super::is_plain_name;

/// The keyword of the parts.
const PARTS: &str = "x-jdy-parts";

/// The modules, by name.
pub(super) fn lower(root: &Node, diagnostics: &mut Diagnostics) -> Vec<Module> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for tag in root.get("tags").map_or(&[][..], Node::items) {
        let (Some(name), Some(at)) = (tag.text_of("name"), tag.get("name")) else {
            continue;
        };
        if !is_plain_name(name) {
            diagnostics.add(
                Diagnostic::error(at.span, format!("`{name}` cannot name a module"))
                    .help("small letters, digits and `_`, a letter first"),
            );
        }
        if let Some(first) = modules.get(name) {
            diagnostics.add(
                Diagnostic::error(
                    at.span,
                    format!("the module `{name}` is declared a second time"),
                )
                .other(first.span, "the first"),
            );
            continue;
        }
        let module = Module {
            name: name.to_owned(),
            title: tag.text_of("description").unwrap_or(name).to_owned(),
            own_crate: has_own_crate(tag),
            parts: parts(tag, diagnostics),
            span: at.span,
        };
        modules.insert(module.name.clone(), module);
    }
    modules.into_values().collect()
}

fn has_own_crate(tag: &Node) -> bool {
    tag.text_of("x-jdy-own-crate") == Some("true")
}

/// The parts of a module: the words that the names of their operations begin with, and their name.
fn parts(tag: &Node, diagnostics: &mut Diagnostics) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, (String, Span)> = BTreeMap::new();
    if let Some(entry) = tag.entry(PARTS).filter(|_| !has_own_crate(tag)) {
        let what = "a module has parts only beside a crate of its own";
        diagnostics.add(
            Diagnostic::error(entry.key.span, what)
                .help("write `x-jdy-own-crate: true` beside it, or leave the parts out"),
        );
    }
    for Entry { key, value } in tag.get(PARTS).map_or(&[][..], Node::entries) {
        if matches!(&value.value, Value::List(words) if words.is_empty()) {
            diagnostics.add(
                Diagnostic::error(
                    key.span,
                    format!("the part `{}` has no operations", key.text()),
                )
                .help("list the words that their names begin with, or leave the part out"),
            );
        }
    }
    for (part, words) in beginnings(tag) {
        if !is_plain_name(part) || part.ends_with('_') {
            diagnostics.add(
                Diagnostic::error(words.span, format!("`{part}` cannot name a part"))
                    .help("small letters, digits and `_`, a letter first"),
            );
        }
        let Some(text) = words.text() else {
            continue;
        };
        if let Some((first, at)) = parts.get(text) {
            let what = format!("`{text}` stands in two parts, `{first}` and `{part}`");
            diagnostics.add(Diagnostic::error(words.span, what).other(*at, "the first"));
            continue;
        }
        parts.insert(text.to_owned(), (part.to_owned(), words.span));
    }
    let parts = parts.into_iter();
    parts.map(|(words, (part, _))| (words, part)).collect()
}

/// The name of each part with the words that its operations begin with.
fn beginnings(tag: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let parts = tag.get(PARTS).map_or(&[][..], Node::entries).iter();
    parts.flat_map(|Entry { key, value }| value.items().iter().map(|words| (key.text(), words)))
}

/// Reports each beginning that no operation has: it is misspelt, or its operations are gone.
pub(super) fn check_parts(root: &Node, operations: &[Operation], diagnostics: &mut Diagnostics) {
    for tag in root.get("tags").map_or(&[][..], Node::items) {
        let names = || {
            let own = operations
                .iter()
                .filter(|each| tag.text_of("name") == Some(each.module.as_str()));
            own.map(|each| each.name.as_str())
        };
        for (part, words) in beginnings(tag) {
            let is_there = |text: &str| names().any(|name| begins_with(name, text));
            if let Some(text) = words.text().filter(|text| !is_there(text)) {
                let what = format!("no operation of the part `{part}` begins with `{text}`");
                diagnostics.add(
                    Diagnostic::error(words.span, what).help(
                        "whole words of the operation's name, as `inv_pick` of `inv_pick_ret`",
                    ),
                );
            }
        }
    }
}
