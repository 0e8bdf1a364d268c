//! The grammar of the type column.
//!
//! Owns what a type is called. Must not know which entities a page describes.

use jdy_spec::model::ScalarType;

use super::inline;
use crate::width::half_width;
use crate::words;

/// What a type column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One value.
    Scalar(ScalarType),
    /// A file of a form.
    File,
    /// A map with the customer's own keys, of text.
    Map,
    /// Any JSON value.
    Any,
    /// A named shape, as the page names it.
    Entity(String),
    /// A list.
    List(Box<Kind>),
    /// A list of the page does not say what.
    Array,
    /// Nothing.
    Blank,
}

/// What a name of a type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Text.
    Text,
    /// Text that is a date or time.
    Time,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// A file of a form.
    File,
    /// Any JSON value.
    Any,
}

/// A type and what the column says beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    /// The type.
    pub(crate) kind: Kind,
    /// The name that the column has, of a list that of its items.
    pub(crate) base: String,
    /// `string(50)`: most characters.
    pub(crate) length: Option<u64>,
    /// `decimal(23,10)`: digits after the point.
    pub(crate) scale: Option<u64>,
    /// Whether the column mentions a date or time.
    pub(crate) is_time: bool,
    /// Whether square brackets alone say that it is a list: `[Row]`.
    pub(crate) bracketed: bool,
    /// Whether the column could be read only in part.
    pub(crate) odd: bool,
}

/// Reads a type column.
#[must_use]
pub(crate) fn read(text: &str) -> Typed {
    let mut typed = Typed {
        kind: Kind::Blank,
        base: String::new(),
        length: None,
        scale: None,
        is_time: false,
        bracketed: false,
        odd: false,
    };
    // A link to the entity is its name.
    let text = text.replace([inline::LINK.0, inline::LINK.1], "");
    let plain: String = half_width(&text)
        .chars()
        .map(|letter| match letter {
            '《' | '〈' | '«' => '<',
            '》' | '〉' | '»' => '>',
            '【' => '[',
            '】' => ']',
            other => other,
        })
        .filter(|letter| !matches!(letter, '`' | '*'))
        .collect();
    typed.kind = kind(plain.trim(), &mut typed, 0);
    typed
}

/// How deep types are within each other.
const MAX_DEPTH: usize = 8;

fn kind(text: &str, typed: &mut Typed, depth: usize) -> Kind {
    let text = text.trim();
    if text.is_empty() {
        return Kind::Blank;
    }
    if depth > MAX_DEPTH {
        typed.odd = true;
        return Kind::Any;
    }
    if let Some(kind) = either(text, typed, depth) {
        return kind;
    }
    // `[Row]`
    if let Some(inner) = bracketed(text) {
        typed.bracketed = true;
        return list(inner, typed, depth);
    }
    if let Some(name) = object_name(text) {
        return kind(name, typed, depth + 1);
    }
    if let Some(inner) = list_item(text) {
        return list(inner, typed, depth);
    }
    let split = text.find(['<', '(', '[']);
    let (base, rest) = split.map_or((text, ""), |at| text.split_at(at));
    let base = base.trim().trim_end_matches([':', '：', '.', '。', ',']);
    if let Some(rest) = rest.strip_prefix('<') {
        let inner = rest.rsplit_once('>').map_or(rest, |(inner, _)| inner);
        return generic(base, inner, typed, depth);
    }
    let inner = rest
        .strip_prefix(['(', '['])
        .map(|rest| rest.trim_end_matches([')', ']']));
    if let Some(inner) = inner {
        if is_list(base) && !inner.trim().is_empty() {
            return list(inner, typed, depth);
        }
        limits(base, inner, typed);
    }
    named(base, typed)
}

/// `[Row]`
fn bracketed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.trim().is_empty() && !inner.contains(['[', ']'])).then_some(inner)
}

/// `Row Object`, `object Row`
fn object_name(text: &str) -> Option<&str> {
    let (one, other) = text.split_once(char::is_whitespace)?;
    let other = other.trim();
    for (name, word) in [(one, other), (other, one)] {
        let is_object = words::OBJECTS.contains(&word.to_ascii_lowercase().as_str());
        let is_name = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        if is_object && is_name {
            return Some(name);
        }
    }
    None
}

/// The item of `Row[]`, `Row数组`, `List SettleEntries` and `array of string`.
fn list_item(text: &str) -> Option<&str> {
    let after_name = words::LIST_ENDS
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .filter(|inner| inner.ends_with(|c: char| c.is_ascii_alphanumeric()));
    if let Some(inner) = text.strip_suffix("[]").or(after_name) {
        return Some(inner);
    }
    let (base, inner) = text.split_once(char::is_whitespace)?;
    let inner = inner.trim();
    let is_name = inner
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b' '));
    (is_list(base) && is_name).then(|| inner.strip_prefix("of ").unwrap_or(inner))
}

/// `string|null`: one type, and none. Of two that differ, neither can be chosen.
fn either(text: &str, typed: &mut Typed, depth: usize) -> Option<Kind> {
    if !text.contains(['|', '/']) || text.contains(['<', '(']) {
        return None;
    }
    let is_null = |part: &&str| {
        !part.is_empty() && !words::NULLS.contains(&part.to_ascii_lowercase().as_str())
    };
    let parts = text.split(['|', '/']).map(str::trim).filter(is_null);
    let kinds: Vec<Kind> = parts.map(|part| kind(part, typed, depth + 1)).collect();
    let first = kinds.first()?.clone();
    if kinds.iter().any(|kind| *kind != first) {
        typed.odd = true;
        return Some(Kind::Any);
    }
    Some(first)
}

/// `string(50)`, `decimal(23,10)`.
fn limits(base: &str, inner: &str, typed: &mut Typed) {
    let mut numbers = inner.split(',').map(|part| part.trim().parse::<u64>().ok());
    let first = numbers.next().flatten();
    let second = numbers.next().flatten();
    match (named(base, &mut typed.clone()), first, second) {
        (Kind::Scalar(ScalarType::Text), Some(length), None) => typed.length = Some(length),
        (Kind::Scalar(ScalarType::Number), Some(_), Some(scale)) => typed.scale = Some(scale),
        (_, Some(_), None) => {}
        _ => typed.odd = true,
    }
}

fn is_list(base: &str) -> bool {
    words::LISTS.contains(&base.to_ascii_lowercase().as_str())
}

fn list(inner: &str, typed: &mut Typed, depth: usize) -> Kind {
    match kind(inner, typed, depth + 1) {
        Kind::Blank => Kind::Array,
        inner => Kind::List(Box::new(inner)),
    }
}

fn generic(base: &str, inner: &str, typed: &mut Typed, depth: usize) -> Kind {
    if is_list(base) {
        return list(inner, typed, depth);
    }
    match base.to_ascii_lowercase().as_str() {
        "map" | "hashmap" | "dict" | "treemap" => {
            // `Map <string>` and `Map<string, string>`: the value's type is the last.
            let value = inner.rsplit(',').next().unwrap_or_default();
            match kind(value, typed, depth + 1) {
                Kind::Scalar(ScalarType::Text) | Kind::Blank => Kind::Map,
                Kind::Any => Kind::Any,
                _ => {
                    typed.odd = true;
                    Kind::Any
                }
            }
        }
        "object" | "" | "entity" | "optional" => match kind(inner, typed, depth + 1) {
            Kind::Blank => Kind::Any,
            inner => inner,
        },
        _ => {
            typed.odd = true;
            named(base, typed)
        }
    }
}

fn named(base: &str, typed: &mut Typed) -> Kind {
    base.clone_into(&mut typed.base);
    let lower = base.to_ascii_lowercase();
    let known = words::TYPES
        .iter()
        .find(|(_, names)| names.contains(&lower.as_str()));
    match known {
        Some((Plain::Text, _)) => Kind::Scalar(ScalarType::Text),
        Some((Plain::Time, _)) => {
            typed.is_time = true;
            Kind::Scalar(ScalarType::Text)
        }
        Some((Plain::Integer, _)) => Kind::Scalar(ScalarType::Integer),
        Some((Plain::Number, _)) => Kind::Scalar(ScalarType::Number),
        Some((Plain::Flag, _)) => Kind::Scalar(ScalarType::Flag),
        Some((Plain::File, _)) => Kind::File,
        Some((Plain::Any, _)) => Kind::Any,
        None if base.is_empty() => Kind::Blank,
        None if is_list(base) => Kind::Array,
        None => Kind::Entity(base.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kind {
        read(text).kind
    }

    fn list_of(kind: Kind) -> Kind {
        Kind::List(Box::new(kind))
    }

    #[test]
    fn the_vendors_types_and_the_usual_others_are_read() {
        assert_eq!(of("string"), Kind::Scalar(ScalarType::Text));
        assert_eq!(of("String"), Kind::Scalar(ScalarType::Text));
        assert_eq!(of("long"), Kind::Scalar(ScalarType::Integer));
        assert_eq!(of("BigDecimal"), Kind::Scalar(ScalarType::Number));
        assert_eq!(of("array"), Kind::Array);
        assert_eq!(of("数组"), Kind::Array);
        assert_eq!(of("Row数组"), list_of(Kind::Entity("Row".into())));
        assert_eq!(of("String列表"), list_of(Kind::Scalar(ScalarType::Text)));
        assert_eq!(of("List <Row>"), list_of(Kind::Entity("Row".into())));
        assert_eq!(of("List<Row>"), list_of(Kind::Entity("Row".into())));
        assert_eq!(of("list<String>"), list_of(Kind::Scalar(ScalarType::Text)));
        assert_eq!(of("List Row"), list_of(Kind::Entity("Row".into())));
        assert_eq!(
            of("array of string"),
            list_of(Kind::Scalar(ScalarType::Text))
        );
        assert_eq!(of("Row[]"), list_of(Kind::Entity("Row".into())));
        assert_eq!(
            of("array<data.assist>"),
            list_of(Kind::Entity("data.assist".into()))
        );
        assert_eq!(of("Map <string>"), Kind::Map);
        assert_eq!(of("Map<String,String>"), Kind::Map);
        assert_eq!(of("Map<String,Object>"), Kind::Any);
        assert_eq!(of("File"), Kind::File);
        assert_eq!(of("object"), Kind::Any);
        assert_eq!(
            of("List＜string＞"),
            list_of(Kind::Scalar(ScalarType::Text))
        );
        assert_eq!(of(""), Kind::Blank);
        assert_eq!(
            of("List<List<string>>"),
            list_of(list_of(Kind::Scalar(ScalarType::Text)))
        );
        assert_eq!(of("List <Row"), list_of(Kind::Entity("Row".into())));
        let row = || Kind::Entity("Row".into());
        for one in [
            "［Row］",
            "Row Object",
            "object Row",
            "Row 对象",
            "Row|null",
            "null | Row",
        ] {
            assert_eq!(of(one), row(), "{one}");
        }
        assert_eq!(of("List <［Row］>"), list_of(row()));
        assert_eq!(of("［Row］[]"), list_of(row()));
        assert_eq!(of("［List］<Row>"), list_of(row()));
        assert_eq!(of("[Row]"), list_of(row()));
        assert_eq!(of("[string]"), list_of(Kind::Scalar(ScalarType::Text)));
        assert!(read("[Row]").bracketed && !read("Row[]").bracketed);
        assert_eq!(of("string|null"), Kind::Scalar(ScalarType::Text));
        assert_eq!(of("string/null"), Kind::Scalar(ScalarType::Text));
        assert_eq!(of("int/long"), Kind::Scalar(ScalarType::Integer));
        assert_eq!(of("string|number"), Kind::Any);
        assert!(read("string|number").odd && !read("string|null").odd);
        assert_eq!(read("string(50)").length, Some(50));
        assert_eq!(read("decimal(23,10)").scale, Some(10));
        assert!(read("Date").is_time);
    }
}
