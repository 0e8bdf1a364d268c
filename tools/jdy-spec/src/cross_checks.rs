//! Cross checks: fields of one name and label whose wire form differs.
//!
//! A page is read by itself, so that a poor example can leave a field text that is a date
//! everywhere else. Each such field is decided: by a rule of the importer, or by a fixup of its
//! `x-jdy-wire`, which also holds a form that differs for good. Owns which fields are compared.
//! Must not know how pages are read. Must not use: `crate::lower`, `crate::model`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::load::{ROOT, Spec};
use crate::pointer;
use crate::tree::Node;

/// The word whose form is compared.
const WIRE: &str = "x-jdy-wire";

/// A field of one path file.
struct Occurrence {
    span: Span,
    form: Option<String>,
}

/// Fields by type, name and label.
type Groups = BTreeMap<(String, String, String), Vec<Occurrence>>;

/// Warns of each field whose form is not that of most fields of its name and label.
pub fn check(spec: &Spec, diagnostics: &mut Diagnostics) {
    let settled = settled(spec);
    let mut groups = Groups::new();
    for (path, document) in &spec.documents {
        if path != ROOT {
            let mut walk = Walk {
                path,
                settled: &settled,
                groups: &mut groups,
            };
            walk.node(&document.root, "");
        }
    }
    for ((_, name, label), places) in groups {
        tell(&name, &label, &places, diagnostics);
    }
}

/// The fields whose form a fixup decides: their files and the pointers of their schemas.
fn settled(spec: &Spec) -> Vec<(String, Vec<String>)> {
    let documents = spec.fixups.values();
    let fixups =
        documents.flat_map(|document| document.root.get("fixups").map_or(&[][..], Node::items));
    let of_wire = |fixup: &Node| {
        let mut steps = pointer::steps(fixup.text_of("at")?);
        let last = steps.pop()?;
        (last == WIRE).then(|| Some((fixup.text_of("file")?.to_owned(), steps)))?
    };
    fixups.filter_map(of_wire).collect()
}

struct Walk<'a> {
    path: &'a str,
    settled: &'a [(String, Vec<String>)],
    groups: &'a mut Groups,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, at: &str) {
        for (index, item) in node.items().iter().enumerate() {
            let at = format!("{at}/{index}");
            if let (Some(name), Some(schema)) = (item.get("name"), item.get("schema")) {
                self.field(
                    name.text().unwrap_or_default(),
                    name.span,
                    schema,
                    &format!("{at}/schema"),
                );
            }
            self.node(item, &at);
        }
        for entry in node.entries() {
            let key = entry.key.text();
            if key == "example" {
                continue;
            }
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            if key == "properties" {
                for property in entry.value.entries() {
                    let name = property.key.text();
                    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    self.field(name, property.key.span, &property.value, &at);
                }
            }
            self.node(&entry.value, &at);
        }
    }

    fn field(&mut self, name: &str, span: Span, schema: &Node, at: &str) {
        let (Some(kind), Some(label)) = (schema.text_of("type"), schema.text_of("title")) else {
            return;
        };
        let has_own = ["x-jdy-codes", "x-jdy-encrypted"]
            .iter()
            .any(|word| schema.get(word).is_some());
        let steps = pointer::steps(at);
        let is_settled = || {
            self.settled
                .iter()
                .any(|(path, settled)| path == self.path && *settled == steps)
        };
        if has_own || is_settled() {
            return;
        }
        let key = (kind.to_owned(), name.to_owned(), label.to_owned());
        self.groups.entry(key).or_default().push(Occurrence {
            span,
            form: schema.text_of(WIRE).map(str::to_owned),
        });
    }
}

fn tell(name: &str, label: &str, places: &[Occurrence], diagnostics: &mut Diagnostics) {
    let mut count: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for place in places {
        *count.entry(place.form.as_deref()).or_default() += 1;
    }
    // Of two forms that are as frequent, one that says something.
    let most = count
        .iter()
        .max_by_key(|(form, count)| (**count, form.is_some()))
        .map(|(form, count)| (*form, *count));
    let Some((most, fields)) = most.filter(|_| count.len() > 1) else {
        return;
    };
    let words = |form: Option<&str>| match form {
        Some(form) => format!("`{form}`"),
        None => "no wire form".to_owned(),
    };
    let first = places.iter().find(|place| place.form.as_deref() == most);
    for place in places.iter().filter(|place| place.form.as_deref() != most) {
        let what = format!(
            "`{name}` ({label}) has {} here, and {} in {fields} other places",
            words(place.form.as_deref()),
            words(most),
        );
        let mut diagnostic = Diagnostic::warning(place.span, what).help(
            "settle it with a fixup of its `x-jdy-wire`; one whose `from` is its `to` keeps it",
        );
        if let Some(first) = first {
            diagnostic = diagnostic.other(first.span, "one of the others");
        }
        diagnostics.add(diagnostic);
    }
}
