//! Nodes of derived facts, as the tree has them.
//!
//! They have the place of the operation's id, so that a diagnostic about one can show where. Owns
//! how a fact is written down. Must not know what a fact means. Must not use: `crate::model`,
//! `crate::lower`.

use crate::diagnostic::Span;
use crate::tree::Node;

/// A mapping that grows; entries without a value are left out.
#[derive(Debug)]
pub(super) struct Map {
    span: Span,
    entries: Vec<(String, Node)>,
}

impl Map {
    pub(super) fn new(span: Span) -> Self {
        Self {
            span,
            entries: Vec::new(),
        }
    }

    pub(super) fn text(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.entries
                .push((name.to_owned(), Node::quoted(self.span, value)));
        }
        self
    }

    pub(super) fn texts(mut self, name: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            let items = values.iter().map(|value| Node::quoted(self.span, value));
            self.entries
                .push((name.to_owned(), Node::list(self.span, items)));
        }
        self
    }

    pub(super) fn pairs(mut self, name: &str, pairs: &[(String, String)]) -> Self {
        if !pairs.is_empty() {
            let entries = pairs
                .iter()
                .map(|(key, value)| (key.clone(), Node::quoted(self.span, value)));
            self.entries
                .push((name.to_owned(), Node::map(self.span, entries)));
        }
        self
    }

    pub(super) fn node(self) -> Node {
        Node::map(self.span, self.entries)
    }
}
