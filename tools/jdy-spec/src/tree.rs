//! The tree of one YAML file, with the place of every node.
//!
//! Owns how a scalar reads under YAML 1.1 and 1.2. Must not know what a spec is.

use crate::diagnostic::Span;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the node stands; of a block collection, its first line is what reports show.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// One value.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// One value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after YAML's own escapes.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare: what it is follows from its text.
    Plain,
    /// Quoted or a block: always text.
    Quoted,
}

/// A name and its node.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name.
    pub key: Key,
    /// The node.
    pub value: Node,
}

/// A name in a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// How it is written.
    pub scalar: Scalar,
}

impl Key {
    /// A name that is text whatever it looks like.
    #[must_use]
    pub fn quoted(span: Span, text: String) -> Self {
        Self {
            span,
            scalar: Scalar {
                text,
                style: Style::Quoted,
            },
        }
    }

    /// The name itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.scalar.text
    }
}

/// What YAML makes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Text under every version.
    Text,
    /// Null under every version.
    Null,
    /// `true` or `false` under every version.
    Flag,
    /// A number under every version, in the form that JSON knows too.
    Number,
    /// Readers differ, or JSON has no such form: what some make of it.
    Doubtful(&'static str),
}

impl Scalar {
    /// What YAML makes of it.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match self.style {
            Style::Quoted => Reading::Text,
            Style::Plain => plain(&self.text),
        }
    }
}

impl Node {
    /// A text.
    #[must_use]
    pub fn quoted(span: Span, text: &str) -> Self {
        let scalar = Scalar {
            text: text.to_owned(),
            style: Style::Quoted,
        };
        Self {
            span,
            value: Value::Scalar(scalar),
        }
    }

    /// A sequence.
    pub fn list(span: Span, items: impl IntoIterator<Item = Node>) -> Self {
        Self {
            span,
            value: Value::List(items.into_iter().collect()),
        }
    }

    /// A mapping.
    pub fn map(span: Span, entries: impl IntoIterator<Item = (String, Node)>) -> Self {
        let entry = |(name, value): (String, Node)| Entry {
            key: Key::quoted(span, name),
            value,
        };
        Self {
            span,
            value: Value::Map(entries.into_iter().map(entry).collect()),
        }
    }

    /// Adds an entry to a mapping; nothing is added to anything else.
    pub fn insert(&mut self, name: &str, value: Node) {
        let span = value.span;
        if let Value::Map(entries) = &mut self.value {
            entries.push(Entry {
                key: Key::quoted(span, name.to_owned()),
                value,
            });
        }
    }

    /// The entries of a mapping; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entry of a name.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.text() == key)
    }

    /// The node of a name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar that is not null.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.scalar()
            .filter(|scalar| scalar.reading() != Reading::Null)
            .map(|scalar| scalar.text.as_str())
    }

    /// The text of the scalar under a name.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// Whether two nodes hold the same, wherever they stand and however they are quoted.
    #[must_use]
    pub fn same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text && a.reading() == b.reading(),
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a.key.text() == b.key.text() && a.value.same(&b.value))
            }
            _ => false,
        }
    }

    /// What the node is, in words of a report.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.reading() {
                Reading::Text => "text",
                Reading::Null => "nothing",
                Reading::Flag => "true or false",
                Reading::Number => "a number",
                Reading::Doubtful(what) => what,
            },
        }
    }
}

/// What a bare scalar may be taken for by YAML 1.1 or 1.2.
fn plain(text: &str) -> Reading {
    match text {
        "" | "~" | "null" => return Reading::Null,
        "true" | "false" => return Reading::Flag,
        "<<" => return Reading::Doubtful("a merge key"),
        "=" => return Reading::Doubtful("a default key"),
        _ => {}
    }
    if text.len() <= 5 {
        match text.to_ascii_lowercase().as_str() {
            "null" => return Reading::Doubtful("nothing"),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" => {
                return Reading::Doubtful("true or false");
            }
            ".inf" | "+.inf" | "-.inf" | ".nan" => return Reading::Doubtful("a number"),
            _ => {}
        }
    }
    let starts = text.as_bytes().first().copied().unwrap_or_default();
    if !(starts.is_ascii_digit() || matches!(starts, b'+' | b'-' | b'.')) {
        return Reading::Text;
    }
    if is_json_number(text) {
        return Reading::Number;
    }
    if is_timestamp(text) {
        return Reading::Doubtful("a date");
    }
    if is_loose_number(text) {
        return Reading::Doubtful("a number");
    }
    Reading::Text
}

/// The grammar of a JSON number.
fn is_json_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(rest) => match digits(rest) {
            ("", _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(rest) => {
            let (power, rest) = digits(rest.strip_prefix(['+', '-']).unwrap_or(rest));
            !power.is_empty() && rest.is_empty()
        }
        None => rest.is_empty(),
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// `2020-05-11`, with or without a time after it.
fn is_timestamp(text: &str) -> bool {
    let (year, rest) = digits(text);
    let Some((month, rest)) = rest.strip_prefix('-').map(digits) else {
        return false;
    };
    let Some((day, rest)) = rest.strip_prefix('-').map(digits) else {
        return false;
    };
    year.len() == 4
        && matches!(month.len(), 1 | 2)
        && matches!(day.len(), 1 | 2)
        && (rest.is_empty() || rest.starts_with(['T', 't', ' ', '\t']))
}

/// The numbers of YAML 1.1 and 1.2 that JSON has no form for: `001`, `+1`, `1_000`, `0x1F`,
/// `.5`, `1.`, and `1:30` in base sixty.
fn is_loose_number(text: &str) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let packed: String = bare.chars().filter(|letter| *letter != '_').collect();
    if !packed.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if let Some(rest) = packed.strip_prefix("0x") {
        return rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(rest) = packed
        .strip_prefix("0o")
        .or_else(|| packed.strip_prefix("0b"))
    {
        return rest.bytes().all(|byte| byte.is_ascii_digit());
    }
    if packed.contains(':') {
        return packed
            .split(':')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    }
    let (mantissa, power) = packed.split_once(['e', 'E']).unwrap_or((&packed, "0"));
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    !mantissa.is_empty()
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !power.is_empty()
        && power.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_scalar_that_some_reader_takes_for_no_text_is_reported() {
        let text = [
            "ls.mall_recharge",
            "54b9e01cb96011ed83ead1a19fc86b2e",
            "会员",
            "-",
            "9a",
            "1.2.3x",
        ];
        for each in text {
            assert_eq!(plain(each), Reading::Text, "{each}");
        }
        for each in ["0", "-1", "3.10", "1e5", "850693217107061760"] {
            assert_eq!(plain(each), Reading::Number, "{each}");
        }
        for each in [
            "001",
            "+1",
            "1_000",
            "0x1F",
            ".5",
            "1.",
            "1:30",
            "yes",
            "No",
            "off",
            "y",
            "NULL",
            "True",
            "2020-05-11",
            "2020-05-11 16:01:01",
            ".inf",
            "0o17",
            "<<",
            "1.2.3",
        ] {
            assert!(matches!(plain(each), Reading::Doubtful(_)), "{each}");
        }
        assert_eq!(plain(""), Reading::Null);
    }
}
