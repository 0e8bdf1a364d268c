//! The whole spec as one self-contained OpenAPI document in JSON.
//!
//! Owns hoisting (entities become components) and JSON text. Must not know Rust.

use crate::load::{ROOT, Spec};
use crate::pointer;
use crate::tree::{Entry, Node, Reading, Scalar, Value};

/// Every value on a line of its own.
#[must_use]
pub fn pretty(spec: &Spec) -> String {
    document(spec, usize::MAX)
}

/// One line for each path and each schema: what changed shows in a diff, at a third of the size.
#[must_use]
pub fn by_lines(spec: &Spec) -> String {
    document(spec, 3)
}

fn document(spec: &Spec, open_levels: usize) -> String {
    let mut json = Json {
        out: String::new(),
        level: 0,
        open_levels,
    };
    if let Some(root) = spec.documents.get(ROOT) {
        Bundle { spec }.root(&root.root, &mut json);
    }
    json.out.push('\n');
    json.out
}

struct Bundle<'a> {
    spec: &'a Spec,
}

/// What a `$ref` must know to be rewritten: the file it stands in.
struct From<'a> {
    file: &'a str,
    ids: Vec<(&'a str, &'a str)>,
}

impl<'a> From<'a> {
    fn new(file: &'a str, item: &'a Node) -> Self {
        let ids = item
            .entries()
            .iter()
            .filter_map(|entry| Some((entry.key.text(), entry.value.text_of("operationId")?)))
            .collect();
        Self { file, ids }
    }

    /// Where what a `$ref` names stands in the bundle.
    fn rewrite(&self, reference: &str) -> String {
        let (path, inner) = pointer::split(self.file, reference);
        if path == ROOT {
            return format!("#{inner}");
        }
        let mut steps = inner.split('/').skip(1);
        let (method, _, side, name) = (steps.next(), steps.next(), steps.next(), steps.next());
        let id = self.ids.iter().find(|(known, _)| Some(*known) == method);
        match (id, side, name) {
            (Some((_, id)), Some(side), Some(name)) => {
                format!("#/components/schemas/{id}.{side}.{name}")
            }
            _ => reference.to_owned(),
        }
    }
}

impl Bundle<'_> {
    fn root(&self, root: &Node, json: &mut Json) {
        let from = From::new(ROOT, root);
        let mut has_components = false;
        json.object(root.entries(), |entry, json| match entry.key.text() {
            "paths" => json.object(entry.value.entries(), |line, json| self.path(line, json)),
            "components" => {
                has_components = true;
                self.components(entry.value.entries(), &from, json);
            }
            _ => json.node(&entry.value, &from),
        });
        debug_assert!(has_components || root.get("components").is_none());
    }

    /// The path files of the index, in its order.
    fn items(&self, root: &Node) -> Vec<(String, &Node)> {
        root.get("paths")
            .map_or(&[][..], Node::entries)
            .iter()
            .filter_map(|line| {
                let (file, _) = pointer::split(ROOT, line.value.text_of("$ref")?);
                let item = &self.spec.documents.get(&file)?.root;
                Some((file, item))
            })
            .collect()
    }

    fn path(&self, line: &Entry, json: &mut Json) {
        let reference = line.value.text_of("$ref").unwrap_or_default();
        let (file, _) = pointer::split(ROOT, reference);
        let Some(document) = self.spec.documents.get(&file) else {
            return json.out.push_str("{}");
        };
        let from = From::new(&file, &document.root);
        json.object(document.root.entries(), |operation, json| {
            let rest = operation.value.entries();
            let rest = rest
                .iter()
                .filter(|entry| entry.key.text() != "x-jdy-entities");
            json.object(rest, |entry, json| json.node(&entry.value, &from));
        });
    }

    fn components(&self, entries: &[Entry], from: &From<'_>, json: &mut Json) {
        let root = self.spec.documents.get(ROOT).map(|document| &document.root);
        let items = root.map_or_else(Vec::new, |root| self.items(root));
        json.object(entries, |entry, json| {
            if entry.key.text() != "schemas" {
                return json.object(entry.value.entries(), |each, json| {
                    json.node(&each.value, from)
                });
            }
            let own = entry.value.entries().iter();
            let mut schemas: Vec<(String, &Node, From<'_>)> = own
                .map(|each| {
                    (
                        each.key.text().to_owned(),
                        &each.value,
                        From::new(from.file, &each.value),
                    )
                })
                .collect();
            for (file, item) in &items {
                schemas.extend(hoisted(file, item));
            }
            json.named(
                schemas.iter(),
                |(name, ..)| name,
                |(_, node, from), json| json.node(node, from),
            );
        });
    }
}

/// The entities of a path file by their names in the bundle.
fn hoisted<'a>(file: &'a str, item: &'a Node) -> Vec<(String, &'a Node, From<'a>)> {
    let mut out = Vec::new();
    for operation in item.entries() {
        let id = operation.value.text_of("operationId").unwrap_or_default();
        let sides = operation.value.get("x-jdy-entities");
        for side in sides.map_or(&[][..], Node::entries) {
            for entity in side.value.entries() {
                let name = format!("{id}.{}.{}", side.key.text(), entity.key.text());
                out.push((name, &entity.value, From::new(file, item)));
            }
        }
    }
    out
}

/// JSON text, open down to a level and on one line beneath it.
struct Json {
    out: String,
    level: usize,
    open_levels: usize,
}

impl Json {
    fn node(&mut self, node: &Node, from: &From<'_>) {
        match &node.value {
            Value::Scalar(scalar) => self.scalar(scalar),
            Value::List(items) => {
                self.group('[', ']', items.iter(), |item, json| json.node(item, from))
            }
            Value::Map(entries) => self.object(entries, |entry, json| match entry.value.text() {
                Some(reference) if entry.key.text() == "$ref" => {
                    json.text(&from.rewrite(reference))
                }
                _ => json.node(&entry.value, from),
            }),
        }
    }

    fn object<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
        value: impl FnMut(&'a Entry, &mut Self),
    ) {
        self.named(entries.into_iter(), |entry| entry.key.text(), value);
    }

    fn named<T>(
        &mut self,
        entries: impl Iterator<Item = T>,
        name: impl Fn(&T) -> &str,
        mut value: impl FnMut(T, &mut Self),
    ) {
        self.group('{', '}', entries, |entry, json| {
            json.text(name(&entry));
            json.out.push_str(if json.level <= json.open_levels {
                ": "
            } else {
                ":"
            });
            value(entry, json);
        });
    }

    fn group<T>(
        &mut self,
        open: char,
        close: char,
        items: impl Iterator<Item = T>,
        mut each: impl FnMut(T, &mut Self),
    ) {
        self.out.push(open);
        self.level += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.line();
            each(item, self);
        }
        self.level -= 1;
        if !empty && self.level < self.open_levels {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(self.level));
        }
        self.out.push(close);
    }

    /// A new line, where the level is open.
    fn line(&mut self) {
        if self.level <= self.open_levels {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(self.level));
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        match scalar.reading() {
            Reading::Null => self.out.push_str("null"),
            Reading::Flag | Reading::Number => self.out.push_str(&scalar.text),
            Reading::Text | Reading::Doubtful(_) => self.text(&scalar.text),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                letter if letter < ' ' => self.out.push_str(&format!("\\u{:04x}", letter as u32)),
                letter => self.out.push(letter),
            }
        }
        self.out.push('"');
    }
}
