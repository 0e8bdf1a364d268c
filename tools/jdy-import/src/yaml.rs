//! YAML as this spec writes it: what stands on one line, what is quoted.
//!
//! Owns the look of a spec file. Must not know what a keyword means.

use jdy_spec::tree::{Node, Reading, Scalar, Style, Value};

/// What shall stand in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    /// Text.
    Text(String),
    /// A number, `true` or `false`.
    Bare(String),
    /// A list.
    List(Vec<Out>),
    /// A mapping.
    Map(Vec<(String, Out)>),
}

/// The widest line of a mapping or list within braces, without its indentation.
const MAX_WIDTH: usize = 150;

impl Out {
    /// Text.
    #[must_use]
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value of a name.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Out> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a scalar.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// What a node holds, so that it can be compared and kept.
    #[must_use]
    pub(crate) fn of(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(scalar) => match scalar.reading() {
                Reading::Text | Reading::Doubtful(_) => Self::Text(scalar.text.clone()),
                Reading::Null => Self::Bare("null".to_owned()),
                Reading::Flag | Reading::Number => Self::Bare(scalar.text.clone()),
            },
            Value::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|entry| (entry.key.text().to_owned(), Self::of(&entry.value)))
                    .collect(),
            ),
        }
    }
}

/// A scalar as it is written; `in_flow` where braces or brackets stand around it.
#[must_use]
pub(crate) fn scalar(out: &Out) -> Option<String> {
    match out {
        Out::Text(text) => Some(text_of(text)),
        Out::Bare(text) => Some(text.clone()),
        Out::List(_) | Out::Map(_) => None,
    }
}

/// Text, bare where every reader sees text in it.
#[must_use]
pub(crate) fn text_of(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn is_plain(text: &str) -> bool {
    let reads = Scalar {
        text: text.to_owned(),
        style: Style::Plain,
    };
    let first_is_sign = text.starts_with(|c: char| {
        matches!(
            c,
            '-' | '?'
                | ':'
                | ','
                | '['
                | ']'
                | '{'
                | '}'
                | '#'
                | '&'
                | '*'
                | '!'
                | '|'
                | '>'
                | '\''
                | '"'
                | '%'
                | '@'
                | '`'
                | '.'
        )
    });
    let has_sign = text.contains(['[', ']', '{', '}', ',', '"', '\\', '`', '\u{feff}'])
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':');
    reads.reading() == Reading::Text
        && !first_is_sign
        && !has_sign
        && text.trim() == text
        && !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{a0}'))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// On one line, in braces or brackets.
#[must_use]
pub(crate) fn flow(out: &Out) -> String {
    match out {
        Out::Text(_) | Out::Bare(_) => scalar(out).unwrap_or_default(),
        Out::List(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Out::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Out::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", text_of(name), flow(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A value as it stands on the line of its name, where all of it is scalars, and short.
fn on_line(name: &str, out: &Out) -> Option<String> {
    let is_scalar = matches!(out, Out::Text(_) | Out::Bare(_));
    let line = may_be_line(name, out).then(|| flow(out))?;
    (is_scalar || line.chars().count() <= MAX_WIDTH).then_some(line)
}

/// Whether a value may stand on the line of its name, if it is short.
fn may_be_line(name: &str, out: &Out) -> bool {
    // These are the frame of an operation, which reads better as a block.
    const BLOCKS: [&str; 7] = [
        "externalDocs",
        "responses",
        "content",
        "properties",
        "request",
        "response",
        "example",
    ];
    match out {
        Out::Text(_) | Out::Bare(_) => true,
        Out::List(items) => {
            name != "example"
                && name != "parameters"
                && items
                    .iter()
                    .all(|item| matches!(item, Out::Text(_) | Out::Bare(_)))
        }
        Out::Map(entries) if entries.is_empty() => true,
        Out::Map(entries) => {
            let depth = usize::from(name == ITEM);
            !BLOCKS.contains(&name) && entries.iter().all(|(_, value)| is_small(value, depth))
        }
    }
}

/// Scalars, and mappings of scalars where that deep is allowed.
fn is_small(out: &Out, depth: usize) -> bool {
    match out {
        Out::Text(_) | Out::Bare(_) => true,
        Out::Map(entries) if depth > 0 => {
            entries.iter().all(|(_, value)| is_small(value, depth - 1))
        }
        _ => false,
    }
}

/// The name under which the items of a list are looked at.
const ITEM: &str = "-";

/// An entry of a mapping, from its name to the end of its last line, without the first indentation.
#[must_use]
pub(crate) fn entry(name: &str, out: &Out, indent: usize) -> String {
    let mut text = text_of(name);
    text.push(':');
    value(name, out, indent, &mut text);
    text
}

/// What follows a name and its colon.
pub(crate) fn value(name: &str, out: &Out, indent: usize, text: &mut String) {
    if let Some(line) = on_line(name, out) {
        text.push(' ');
        text.push_str(&line);
        return;
    }
    match out {
        Out::Map(entries) => {
            for (name, value) in entries {
                line(indent + 2, text);
                text.push_str(&entry(name, value, indent + 2));
            }
        }
        Out::List(items) => {
            for each in items {
                line(indent + 2, text);
                text.push_str(&item(each, indent + 2));
            }
        }
        Out::Text(_) | Out::Bare(_) => {}
    }
}

/// An item of a list, from its dash on.
#[must_use]
pub(crate) fn item(out: &Out, indent: usize) -> String {
    let mut text = String::from("- ");
    if let Some(line) = on_line(ITEM, out) {
        text.push_str(&line);
        return text;
    }
    match out {
        Out::Map(entries) => {
            for (at, (name, value)) in entries.iter().enumerate() {
                if at > 0 {
                    line(indent + 2, &mut text);
                }
                text.push_str(&entry(name, value, indent + 2));
            }
        }
        Out::List(items) => {
            for (at, each) in items.iter().enumerate() {
                if at > 0 {
                    line(indent + 2, &mut text);
                }
                text.push_str(&item(each, indent + 2));
            }
        }
        Out::Text(_) | Out::Bare(_) => {}
    }
    text
}

fn line(indent: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}
