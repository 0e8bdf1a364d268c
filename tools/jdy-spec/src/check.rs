//! Whether every keyword stands where it may, and holds what it must.
//!
//! Owns the walk over the tree along the table of [`subset`]. Must not know what the
//! keywords mean together: that is [`model`](crate::model)'s.

use crate::finding::{Finding, Findings, Span};
use crate::load::{ROOT, Spec};
use crate::similar;
use crate::subset::{self, Need, Place, Shape};
use crate::tree::{Entry, Node, Reading, Scalar, Value};

/// Checks all files of the spec.
pub fn check(spec: &Spec, findings: &mut Findings) {
    for (path, document) in &spec.documents {
        let place = if path == ROOT {
            &subset::ROOT
        } else {
            &subset::PATH_ITEM
        };
        object(&document.root, document.root.span, place, findings);
    }
}

/// Checks the files of corrections, which are applied before all else is checked.
pub fn fixups(spec: &Spec, findings: &mut Findings) {
    for document in spec.fixups.values() {
        object(
            &document.root,
            document.root.span,
            &subset::FIXUPS,
            findings,
        );
    }
}

/// Checks the file that names codes.
pub fn names(spec: &Spec, findings: &mut Findings) {
    if let Some(document) = &spec.names {
        let root = &document.root;
        object(root, root.span, &subset::NAMES, findings);
    }
}

/// One node against what its place holds; `name` is where a report about an absent value points.
fn shape(node: &Node, name: Span, shape_: &Shape, findings: &mut Findings) {
    match shape_ {
        Shape::Text => text(node, name, findings),
        Shape::Flag => reading(node, name, Reading::Flag, "true or false", findings),
        Shape::Number => reading(node, name, Reading::Number, "a number", findings),
        Shape::Count => count(node, name, findings),
        Shape::Scalar => one_value(node, name, findings),
        Shape::Free => free(node, findings),
        Shape::Word(words) => word(node, name, words, findings),
        Shape::List(each) => match &node.value {
            Value::List(items) => {
                for item in items {
                    shape(item, item.span, each, findings);
                }
            }
            _ => wrong(node, name, "a list", findings),
        },
        Shape::Named(each) => match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    key_is_text(entry, findings);
                    shape(&entry.value, entry.key.span, each, findings);
                }
            }
            _ => wrong(node, name, "a mapping", findings),
        },
        Shape::Object(place) => object(node, name, place, findings),
        Shape::TextOrNamed => match &node.value {
            Value::Map(_) => shape(node, name, &Shape::Named(&Shape::Text), findings),
            _ => text(node, name, findings),
        },
        Shape::TrueOr(place) => match node.scalar() {
            Some(scalar) if scalar.reading() == Reading::Flag && scalar.text == "true" => {}
            Some(_) => wrong(node, name, "`true` or a schema", findings),
            None => object(node, name, place, findings),
        },
    }
}

fn object(node: &Node, name: Span, place: &Place, findings: &mut Findings) {
    let Value::Map(entries) = &node.value else {
        return wrong(node, name, &format!("a mapping ({})", place.name), findings);
    };
    for entry in entries {
        keyword(entry, place, findings);
    }
    let reference = entries.iter().find(|entry| entry.key.text() == "$ref");
    match (reference, place.beside_ref) {
        (Some(_), Some(allowed)) => beside_ref(entries, allowed, findings),
        _ => missing(entries, name, place, findings),
    }
}

fn keyword(entry: &Entry, place: &Place, findings: &mut Findings) {
    let name = entry.key.text();
    let found = place.keywords.iter().find(|known| known.name == name);
    if let Some(known) = found {
        return shape(&entry.value, entry.key.span, &known.shape, findings);
    }
    let names = || place.keywords.iter().map(|known| known.name);
    let help = match similar::nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "{} knows: {}; the subset is a table in spec/README.md",
            place.name,
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    findings.add(
        Finding::error(
            entry.key.span,
            format!("unknown keyword `{name}` in {}", place.name),
        )
        .label("not in the declared subset")
        .help(help),
    );
}

fn beside_ref(entries: &[Entry], allowed: &[&str], findings: &mut Findings) {
    for entry in entries {
        let name = entry.key.text();
        if name != "$ref" && !allowed.contains(&name) {
            findings.add(
                Finding::error(entry.key.span, format!("`{name}` stands beside a `$ref`"))
                    .help("what the `$ref` names has it already; leave it out here"),
            );
        }
    }
}

fn missing(entries: &[Entry], name: Span, place: &Place, findings: &mut Findings) {
    for known in place.keywords {
        if known.need == Need::Must && !entries.iter().any(|e| e.key.text() == known.name) {
            findings.add(
                Finding::error(name, format!("{} has no `{}`", place.name, known.name))
                    .help(format!("add `{}`", known.name)),
            );
        }
    }
}

/// A name of the spec's own must be text to every reader.
fn key_is_text(entry: &Entry, findings: &mut Findings) {
    let name = entry.key.text();
    let what = match entry.key.scalar.reading() {
        Reading::Text if !name.is_empty() => return,
        Reading::Text | Reading::Null => {
            return findings
                .add(Finding::error(entry.key.span, "an empty name").help("give it a name"));
        }
        Reading::Flag => "true or false",
        Reading::Number => "a number",
        Reading::Doubtful(what) => what,
    };
    findings.add(
        Finding::error(
            entry.key.span,
            format!("the name `{name}` may be read as {what}"),
        )
        .help(format!("quote it: \"{name}\"")),
    );
}

fn text(node: &Node, name: Span, findings: &mut Findings) {
    let Some(scalar) = node.scalar() else {
        return wrong(node, name, "text", findings);
    };
    let what = match scalar.reading() {
        Reading::Text => return,
        Reading::Null => return wrong(node, name, "text", findings),
        Reading::Flag => "true or false",
        Reading::Number => "a number",
        Reading::Doubtful(what) => what,
    };
    findings.add(
        Finding::error(
            node.span,
            format!(
                "`{}` may be read as {what}, but text is wanted",
                scalar.text
            ),
        )
        .help(format!("quote it: \"{}\"", scalar.text)),
    );
}

fn reading(node: &Node, name: Span, wanted: Reading, words: &str, findings: &mut Findings) {
    if node.scalar().map(Scalar::reading) != Some(wanted) {
        wrong(node, name, words, findings);
    }
}

fn count(node: &Node, name: Span, findings: &mut Findings) {
    let whole = node.scalar().is_some_and(|scalar| {
        scalar.reading() == Reading::Number && scalar.text.bytes().all(|b| b.is_ascii_digit())
    });
    if !whole {
        wrong(node, name, "a whole number", findings);
    }
}

fn one_value(node: &Node, name: Span, findings: &mut Findings) {
    match node.scalar() {
        Some(scalar) if scalar.reading() != Reading::Null => doubtful(node, scalar, findings),
        _ => wrong(node, name, "one value", findings),
    }
}

/// An example: anything, as long as all readers see the same.
fn free(node: &Node, findings: &mut Findings) {
    match &node.value {
        Value::Scalar(scalar) => doubtful(node, scalar, findings),
        Value::List(items) => items.iter().for_each(|item| free(item, findings)),
        Value::Map(entries) => {
            for entry in entries {
                key_is_text(entry, findings);
                free(&entry.value, findings);
            }
        }
    }
}

fn doubtful(node: &Node, scalar: &Scalar, findings: &mut Findings) {
    if let Reading::Doubtful(what) = scalar.reading() {
        findings.add(
            Finding::error(
                node.span,
                format!(
                    "`{}` is text to one reader and {what} to another",
                    scalar.text
                ),
            )
            .help(format!("quote it: \"{}\"", scalar.text)),
        );
    }
}

fn word(node: &Node, name: Span, words: &[&str], findings: &mut Findings) {
    let Some(text) = node.text() else {
        return wrong(
            node,
            name,
            &format!("one of {}", words.join(", ")),
            findings,
        );
    };
    if words.contains(&text) {
        return self::text(node, name, findings);
    }
    let help = match similar::nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of: {}", words.join(", ")),
    };
    findings.add(Finding::error(node.span, format!("`{text}` is not known here")).help(help));
}

fn wrong(node: &Node, name: Span, wanted: &str, findings: &mut Findings) {
    // Nothing has no place of its own, and a block collection begins on the line after its name.
    let span = match node.scalar().map(Scalar::reading) {
        None | Some(Reading::Null) => name,
        Some(_) => node.span,
    };
    let found = node.kind();
    findings.add(Finding::error(
        span,
        format!("{wanted} is wanted, but {found} stands here"),
    ));
}
