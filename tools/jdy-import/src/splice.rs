//! Splicing: an existing file is brought to what it shall hold by edits at byte positions, so that
//! comments and hand-made words in other places stay.
//!
//! Owns positions; [`merge`](crate::merge) says what of a file is hand-made. Must not know pages.
//! Must not use: `crate::reading`, `crate::endpoint`.

use std::collections::{BTreeMap, BTreeSet};

use jdy_spec::diagnostic::Span;
use jdy_spec::load::Document;
use jdy_spec::tree::{Entry, Node, Value};

use super::yaml::{self, Out};

/// Lists whose items have a name, and which one it is.
fn item_key(list: &str) -> Option<&'static str> {
    match list {
        "parameters" | "tags" => Some("name"),
        "x-jdy-codes" => Some("code"),
        _ => None,
    }
}

/// Whether two values say the same. The order of names says nothing, nor that of named items.
#[must_use]
pub(crate) fn same(name: &str, a: &Out, b: &Out) -> bool {
    match (a, b) {
        (Out::Map(a), Out::Map(b)) => {
            let known: BTreeMap<&str, &Out> = b
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect();
            a.len() == b.len()
                && a.iter().all(|(name, value)| {
                    known
                        .get(name.as_str())
                        .is_some_and(|other| same(name, value, other))
                })
        }
        (Out::List(a), Out::List(b)) if name == "required" => {
            let texts = |list: &[Out]| -> BTreeSet<Option<String>> {
                list.iter()
                    .map(|item| item.as_text().map(str::to_owned))
                    .collect()
            };
            a.len() == b.len() && texts(a) == texts(b)
        }
        (Out::List(a), Out::List(b)) => match item_key(name) {
            Some(key) => {
                let named: BTreeMap<Option<&str>, &Out> = b
                    .iter()
                    .map(|item| (item.get(key).and_then(Out::as_text), item))
                    .collect();
                a.len() == b.len()
                    && a.iter().all(|item| {
                        let name = item.get(key).and_then(Out::as_text);
                        named.get(&name).is_some_and(|other| same("", item, other))
                    })
            }
            None => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same("", a, b)),
        },
        (a, b) => a == b,
    }
}

/// The edits that bring a file to what it shall hold.
pub(crate) struct Splicer<'a> {
    text: &'a str,
    comments: Vec<Span>,
    edits: Vec<(usize, usize, String)>,
    /// What changed, by pointer.
    pub(crate) changes: Vec<String>,
}

impl<'a> Splicer<'a> {
    /// Begins with a file as it stands.
    #[must_use]
    pub(crate) fn new(text: &'a str, document: &Document) -> Self {
        Self {
            text,
            comments: document.comments.clone(),
            edits: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// The text with all edits made.
    #[must_use]
    pub(crate) fn finish(mut self) -> (String, Vec<String>) {
        self.edits.sort_by_key(|(start, end, _)| (*start, *end));
        let mut out = String::with_capacity(self.text.len() + 256);
        let mut at = 0;
        for (start, end, text) in &self.edits {
            // An edit within one that was made already is a part of it.
            if *start < at {
                continue;
            }
            out.push_str(self.text.get(at..*start).unwrap_or_default());
            out.push_str(text);
            at = *end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        (out, self.changes)
    }

    /// Brings the value of an entry to what it shall hold.
    pub(crate) fn entry(&mut self, entry: &Entry, out: &Out, path: &str) {
        let name = entry.key.text();
        let path = format!("{path}/{name}");
        if same(name, &Out::of(&entry.value), out) {
            return;
        }
        match (&entry.value.value, out) {
            (Value::Map(entries), Out::Map(wanted))
                if !entries.is_empty() && self.is_block(&entry.value) =>
            {
                self.map(entries, wanted, &path);
            }
            (Value::List(items), Out::List(wanted))
                if !items.is_empty() && self.is_block(&entry.value) =>
            {
                match item_key(name) {
                    Some(key) => self.named(items, wanted, key, &path),
                    None if items.len() == wanted.len() => self.items(items, wanted, &path),
                    None => self.replace(entry, out, &path),
                }
            }
            _ => self.replace(entry, out, &path),
        }
    }

    fn is_block(&self, node: &Node) -> bool {
        !matches!(
            self.text.as_bytes().get(node.span.start as usize),
            Some(b'{' | b'[')
        )
    }

    /// Brings a block mapping to what it shall hold.
    pub(crate) fn map(&mut self, entries: &[Entry], wanted: &[(String, Out)], path: &str) {
        let by_name: BTreeMap<&str, &Entry> = entries
            .iter()
            .map(|entry| (entry.key.text(), entry))
            .collect();
        let known: BTreeMap<&str, &Out> = wanted
            .iter()
            .map(|(name, out)| (name.as_str(), out))
            .collect();
        let Some(first) = entries.first() else { return };
        let indent = self.column(first.key.span.start as usize);
        for entry in entries {
            match known.get(entry.key.text()) {
                Some(out) => self.entry(entry, out, path),
                None => {
                    self.changes
                        .push(format!("{path}/{} is gone", entry.key.text()));
                    self.delete(
                        entry.key.span.start as usize,
                        self.content_end(entry),
                        indent,
                    );
                }
            }
        }
        let mut after = self.before_first(first.key.span.start as usize, "");
        for (name, out) in wanted {
            match by_name.get(name.as_str()) {
                Some(entry) => after = Some(self.line_end(self.content_end(entry))),
                None => {
                    self.changes.push(format!("{path}/{name} is new"));
                    let text = format!("{}{}", spaces(indent), yaml::entry(name, out, indent));
                    match after {
                        Some(after) => self.insert(after, format!("\n{text}")),
                        None => {
                            let start = self.line_start(first.key.span.start as usize);
                            self.insert(start, format!("{text}\n"));
                        }
                    }
                }
            }
        }
    }

    /// Brings a block list of named items to what it shall hold.
    fn named(&mut self, items: &[Node], wanted: &[Out], key: &str, path: &str) {
        let name = |out: &Out| {
            out.get(key)
                .and_then(Out::as_text)
                .unwrap_or_default()
                .to_owned()
        };
        let old: BTreeMap<String, &Node> = items
            .iter()
            .map(|item| (item.text_of(key).unwrap_or_default().to_owned(), item))
            .collect();
        let new: BTreeMap<String, &Out> = wanted.iter().map(|out| (name(out), out)).collect();
        let Some(first) = items.first() else { return };
        let indent = self.indent(first.span.start as usize);
        for (called, item) in &old {
            match new.get(called) {
                Some(out) => self.item(item, out, &format!("{path}/{called}"), indent),
                None => {
                    self.changes.push(format!("{path}/{called} is gone"));
                    self.delete(item.span.start as usize, self.node_end(item), indent);
                }
            }
        }
        let mut after = self
            .before_first(first.span.start as usize, "-")
            .unwrap_or_else(|| self.line_end(self.node_end(first)));
        for out in wanted {
            let called = name(out);
            match old.get(&called) {
                Some(item) => after = self.line_end(self.node_end(item)),
                None => {
                    self.changes.push(format!("{path}/{called} is new"));
                    let text = format!("\n{}{}", spaces(indent), yaml::item(out, indent));
                    self.insert(after, text);
                }
            }
        }
    }

    /// Items without names, each in its place.
    fn items(&mut self, items: &[Node], wanted: &[Out], path: &str) {
        for (at, (item, out)) in items.iter().zip(wanted).enumerate() {
            let indent = self.indent(item.span.start as usize);
            self.item(item, out, &format!("{path}/{at}"), indent);
        }
    }

    fn item(&mut self, item: &Node, out: &Out, path: &str, indent: usize) {
        if same("", &Out::of(item), out) {
            return;
        }
        if let (Value::Map(entries), Out::Map(wanted)) = (&item.value, out)
            && self.is_block(item)
            && !entries.is_empty()
        {
            return self.map(entries, wanted, path);
        }
        self.changes.push(format!("{path} is changed"));
        let (start, end) = (item.span.start as usize, self.node_end(item));
        let text = yaml::item(out, indent);
        let text = text.strip_prefix("- ").unwrap_or(&text).to_owned();
        self.hoist(start, end, indent);
        self.edits.push((start, end, text));
    }

    /// Writes the value of an entry anew. Comments within it move before its name.
    fn replace(&mut self, entry: &Entry, out: &Out, path: &str) {
        self.changes.push(format!("{path} is changed"));
        let key = entry.key.span.end as usize;
        let colon = self
            .text
            .get(key..)
            .and_then(|rest| rest.find(':'))
            .map_or(key, |at| key + at + 1);
        let end = self.content_end(entry).max(colon);
        let indent = self.column(entry.key.span.start as usize);
        let mut text = String::new();
        yaml::value(entry.key.text(), out, indent, &mut text);
        self.hoist(colon, end, indent);
        self.edits.push((colon, end, text));
    }

    /// Moves the comments of a piece before the line that it begins on.
    fn hoist(&mut self, start: usize, end: usize, indent: usize) {
        let kept = self.comments_in(start, end, indent);
        if !kept.is_empty() {
            let line = self.line_start(start);
            self.insert(line, kept);
        }
    }

    fn comments_in(&self, start: usize, end: usize, indent: usize) -> String {
        let mut kept = String::new();
        let from = self
            .comments
            .partition_point(|span| (span.start as usize) < start);
        for span in self.comments.get(from..).unwrap_or_default() {
            if span.start as usize >= end {
                break;
            }
            let text = self.text.get(span.start as usize..).unwrap_or_default();
            let text = text.split('\n').next().unwrap_or_default().trim_end();
            kept.push_str(&format!("{}{text}\n", spaces(indent)));
        }
        kept
    }

    /// Deletes the lines of an entry or item; its comments stay, each on a line of its own.
    fn delete(&mut self, start: usize, end: usize, indent: usize) {
        let from = self.line_start(start);
        let line = self.line_end(end);
        let kept = self.comments_in(from, line, indent);
        // The line break before goes with the lines, not the one behind: what is put after them
        // begins with its own.
        let kept = kept.trim_end_matches('\n');
        let edit = match from.checked_sub(1) {
            Some(before) if kept.is_empty() => (before, line, String::new()),
            Some(before) => (before, line, format!("\n{kept}")),
            None => (0, (line + 1).min(self.text.len()), format!("{kept}\n")),
        };
        self.edits.push(edit);
    }

    fn insert(&mut self, at: usize, text: String) {
        match self
            .edits
            .iter_mut()
            .rev()
            .take(4)
            .find(|(start, end, _)| *start == at && *end == at)
        {
            Some((_, _, before)) => before.push_str(&text),
            None => self.edits.push((at, at, text)),
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text
            .get(..at)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let end = self
            .text
            .get(at..)
            .and_then(|rest| rest.find('\n'))
            .map_or(self.text.len(), |end| at + end);
        match self.text.as_bytes().get(end.wrapping_sub(1)) {
            Some(b'\r') if end > at => end - 1,
            _ => end,
        }
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// The column where the line begins that an item stands on: its dash.
    fn indent(&self, at: usize) -> usize {
        let start = self.line_start(at);
        let line = self.text.get(start..at).unwrap_or_default();
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Where something is put that comes before the first entry: after the line of what holds it,
    /// so that a comment above the first entry stays with it. A name that shares its line with a
    /// dash stays first. `None` at the beginning of the file.
    fn before_first(&self, first: usize, lead: &str) -> Option<usize> {
        let mut start = self.line_start(first);
        if self.text.get(start..first).unwrap_or_default().trim() != lead {
            return Some(self.line_end(first));
        }
        while start > 0 {
            let before = self.line_start(start - 1);
            let line = self.text.get(before..start).unwrap_or_default().trim();
            if !line.is_empty() && !line.starts_with('#') {
                return Some(self.line_end(before));
            }
            start = before;
        }
        None
    }

    /// The end of what an entry holds.
    fn content_end(&self, entry: &Entry) -> usize {
        self.node_end(&entry.value).max(entry.key.span.end as usize)
    }

    /// The end of a node. The span of a block goes on to what follows it: its last content ends it.
    fn node_end(&self, node: &Node) -> usize {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let inner = match &node.value {
            Value::Map(entries) if self.is_block(node) => {
                entries.last().map(|last| self.content_end(last))
            }
            Value::List(items) if self.is_block(node) => {
                items.last().map(|last| self.node_end(last))
            }
            _ => None,
        };
        inner.unwrap_or_else(|| {
            let text = self.text.get(start..end).unwrap_or_default();
            start + text.trim_end().len()
        })
    }
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}
