//! Whether every keyword stands where it may, and holds what it must.
//!
//! Owns the walk over the tree along the table of [`keywords`]. Must not know what the keywords
//! mean together: that is [`lower`](crate::lower)'s. Must not use: `crate::model`, `crate::facts`.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::did_you_mean;
use crate::keywords::{self, KeywordSet, Need, Shape};
use crate::load::{ROOT, Spec};
use crate::tree::{Entry, Node, Reading, Scalar, Value};

/// Checks all files of the spec.
pub fn check(spec: &Spec, diagnostics: &mut Diagnostics) {
    for (path, document) in &spec.documents {
        let place = if path == ROOT {
            &keywords::ROOT
        } else {
            &keywords::PATH_ITEM
        };
        object(&document.root, document.root.span, place, diagnostics);
    }
}

/// Checks the files of corrections, which are applied before all else is checked.
pub fn fixups(spec: &Spec, diagnostics: &mut Diagnostics) {
    for document in spec.fixups.values() {
        object(
            &document.root,
            document.root.span,
            &keywords::FIXUPS,
            diagnostics,
        );
    }
}

/// Checks the file that names codes.
pub fn names(spec: &Spec, diagnostics: &mut Diagnostics) {
    if let Some(document) = &spec.names {
        let root = &document.root;
        object(root, root.span, &keywords::NAMES, diagnostics);
    }
}

/// One node against what its place holds; `name` is where a report about an absent value points.
fn shape(node: &Node, name: Span, shape_: &Shape, diagnostics: &mut Diagnostics) {
    match shape_ {
        Shape::Text => text(node, name, diagnostics),
        Shape::Flag => reading(node, name, Reading::Flag, "true or false", diagnostics),
        Shape::Number => reading(node, name, Reading::Number, "a number", diagnostics),
        Shape::Count => count(node, name, diagnostics),
        Shape::Scalar => one_value(node, name, diagnostics),
        Shape::Free => free(node, diagnostics),
        Shape::Word(words) => word(node, name, words, diagnostics),
        Shape::List(each) => match &node.value {
            Value::List(items) => {
                for item in items {
                    shape(item, item.span, each, diagnostics);
                }
            }
            _ => wrong(node, name, "a list", diagnostics),
        },
        Shape::Named(each) => match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    key_is_text(entry, diagnostics);
                    shape(&entry.value, entry.key.span, each, diagnostics);
                }
            }
            _ => wrong(node, name, "a mapping", diagnostics),
        },
        Shape::Object(place) => object(node, name, place, diagnostics),
        Shape::TextOrNamed => match &node.value {
            Value::Map(_) => shape(node, name, &Shape::Named(&Shape::Text), diagnostics),
            _ => text(node, name, diagnostics),
        },
        Shape::TrueOr(place) => match node.scalar() {
            Some(scalar) if scalar.reading() == Reading::Flag && scalar.text == "true" => {}
            Some(_) => wrong(node, name, "`true` or a schema", diagnostics),
            None => object(node, name, place, diagnostics),
        },
    }
}

fn object(node: &Node, name: Span, place: &KeywordSet, diagnostics: &mut Diagnostics) {
    let Value::Map(entries) = &node.value else {
        return wrong(
            node,
            name,
            &format!("a mapping ({})", place.name),
            diagnostics,
        );
    };
    for entry in entries {
        keyword(entry, place, diagnostics);
    }
    let reference = entries.iter().find(|entry| entry.key.text() == "$ref");
    match (reference, place.beside_ref) {
        (Some(_), Some(allowed)) => beside_ref(entries, allowed, diagnostics),
        _ => missing(entries, name, place, diagnostics),
    }
}

fn keyword(entry: &Entry, place: &KeywordSet, diagnostics: &mut Diagnostics) {
    let name = entry.key.text();
    let found = place.keywords.iter().find(|known| known.name == name);
    if let Some(known) = found {
        return shape(&entry.value, entry.key.span, &known.shape, diagnostics);
    }
    let names = || place.keywords.iter().map(|known| known.name);
    let help = match did_you_mean::nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "{} knows: {}; the subset is a table in spec/README.md",
            place.name,
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    diagnostics.add(
        Diagnostic::error(
            entry.key.span,
            format!("unknown keyword `{name}` in {}", place.name),
        )
        .label("not in the declared subset")
        .help(help),
    );
}

fn beside_ref(entries: &[Entry], allowed: &[&str], diagnostics: &mut Diagnostics) {
    for entry in entries {
        let name = entry.key.text();
        if name != "$ref" && !allowed.contains(&name) {
            diagnostics.add(
                Diagnostic::error(entry.key.span, format!("`{name}` stands beside a `$ref`"))
                    .help("what the `$ref` names has it already; leave it out here"),
            );
        }
    }
}

fn missing(entries: &[Entry], name: Span, place: &KeywordSet, diagnostics: &mut Diagnostics) {
    for known in place.keywords {
        if known.need == Need::Must && !entries.iter().any(|e| e.key.text() == known.name) {
            diagnostics.add(
                Diagnostic::error(name, format!("{} has no `{}`", place.name, known.name))
                    .help(format!("add `{}`", known.name)),
            );
        }
    }
}

/// A name of the spec's own must be text to every reader.
fn key_is_text(entry: &Entry, diagnostics: &mut Diagnostics) {
    let name = entry.key.text();
    let what = match entry.key.scalar.reading() {
        Reading::Text if !name.is_empty() => return,
        Reading::Text | Reading::Null => {
            return diagnostics
                .add(Diagnostic::error(entry.key.span, "an empty name").help("give it a name"));
        }
        Reading::Flag => "true or false",
        Reading::Number => "a number",
        Reading::Doubtful(what) => what,
    };
    diagnostics.add(
        Diagnostic::error(
            entry.key.span,
            format!("the name `{name}` may be read as {what}"),
        )
        .help(format!("quote it: \"{name}\"")),
    );
}

fn text(node: &Node, name: Span, diagnostics: &mut Diagnostics) {
    let Some(scalar) = node.scalar() else {
        return wrong(node, name, "text", diagnostics);
    };
    let what = match scalar.reading() {
        Reading::Text => return,
        Reading::Null => return wrong(node, name, "text", diagnostics),
        Reading::Flag => "true or false",
        Reading::Number => "a number",
        Reading::Doubtful(what) => what,
    };
    diagnostics.add(
        Diagnostic::error(
            node.span,
            format!(
                "`{}` may be read as {what}, but text is wanted",
                scalar.text
            ),
        )
        .help(format!("quote it: \"{}\"", scalar.text)),
    );
}

fn reading(node: &Node, name: Span, wanted: Reading, words: &str, diagnostics: &mut Diagnostics) {
    if node.scalar().map(Scalar::reading) != Some(wanted) {
        wrong(node, name, words, diagnostics);
    }
}

fn count(node: &Node, name: Span, diagnostics: &mut Diagnostics) {
    let whole = node.scalar().is_some_and(|scalar| {
        scalar.reading() == Reading::Number && scalar.text.bytes().all(|b| b.is_ascii_digit())
    });
    if !whole {
        wrong(node, name, "a whole number", diagnostics);
    }
}

fn one_value(node: &Node, name: Span, diagnostics: &mut Diagnostics) {
    match node.scalar() {
        Some(scalar) if scalar.reading() != Reading::Null => doubtful(node, scalar, diagnostics),
        _ => wrong(node, name, "one value", diagnostics),
    }
}

/// An example: anything, as long as all readers see the same.
fn free(node: &Node, diagnostics: &mut Diagnostics) {
    match &node.value {
        Value::Scalar(scalar) => doubtful(node, scalar, diagnostics),
        Value::List(items) => items.iter().for_each(|item| free(item, diagnostics)),
        Value::Map(entries) => {
            for entry in entries {
                key_is_text(entry, diagnostics);
                free(&entry.value, diagnostics);
            }
        }
    }
}

fn doubtful(node: &Node, scalar: &Scalar, diagnostics: &mut Diagnostics) {
    if let Reading::Doubtful(what) = scalar.reading() {
        diagnostics.add(
            Diagnostic::error(
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

fn word(node: &Node, name: Span, words: &[&str], diagnostics: &mut Diagnostics) {
    let Some(text) = node.text() else {
        return wrong(
            node,
            name,
            &format!("one of {}", words.join(", ")),
            diagnostics,
        );
    };
    if words.contains(&text) {
        return self::text(node, name, diagnostics);
    }
    let help = match did_you_mean::nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of: {}", words.join(", ")),
    };
    diagnostics.add(Diagnostic::error(node.span, format!("`{text}` is not known here")).help(help));
}

fn wrong(node: &Node, name: Span, wanted: &str, diagnostics: &mut Diagnostics) {
    // Nothing has no place of its own, and a block collection begins on the line after its name.
    let span = match node.scalar().map(Scalar::reading) {
        None | Some(Reading::Null) => name,
        Some(_) => node.span,
    };
    if let Some((text, Reading::Doubtful(what))) = node.scalar().map(|s| (&s.text, s.reading())) {
        let what =
            format!("{wanted} is wanted, and `{text}` is text to one reader and {what} to another");
        let help =
            format!("write {wanted} as JSON has it: `true`, `false`, digits with at most a point");
        return diagnostics.add(Diagnostic::error(span, what).help(help));
    }
    let found = node.kind();
    diagnostics.add(Diagnostic::error(
        span,
        format!("{wanted} is wanted, but {found} stands here"),
    ));
}
