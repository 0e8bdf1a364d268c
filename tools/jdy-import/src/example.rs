//! Examples: the JSON and the command line of a page, read as far as they go, and compared with the
//! tables.
//!
//! The tables are the truth; an example only shows how a value looks. Owns how much of a broken
//! example is read. Must not know labels. Must not use: `crate::label`, `crate::codes`,
//! `crate::spec_folder`, `crate::splice`, `crate::merge`, `crate::emit`.

use jdy_spec::model::ScalarType;
use std::collections::{BTreeMap, BTreeSet};

use super::endpoint::{Entity, Field, Type};

/// A value of an example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number, as it is written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object: names, where they stand, and values.
    Map(Vec<(String, usize, Json)>),
}

/// Reads the first JSON value of a text; `base` is where the text begins on the page.
///
/// # Errors
/// The byte where it is no JSON, and why.
pub(crate) fn json(text: &str, base: usize) -> Result<Json, (usize, &'static str)> {
    let mut reader = Reader { text, at: 0, base };
    reader.blank();
    reader.value(0).map_err(|why| (base + reader.at, why))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    base: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// White space, a comment to the end of the line, and what an editor leaves behind.
    fn blank(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let next = rest.trim_start_matches(|c: char| {
                c.is_whitespace() || c == '\u{feff}' || c == '\u{a0}'
            });
            self.at += rest.len() - next.len();
            if !next.starts_with("//") {
                return;
            }
            self.at += next.find('\n').unwrap_or(next.len());
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, &'static str> {
        const MAX_DEPTH: usize = 64;
        if depth > MAX_DEPTH {
            return Err("it is nested too deep");
        }
        match self.peek() {
            None => Err("it ends early"),
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(_) => self.bare(),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.blank();
            match self.peek() {
                None => return Err("it ends early"),
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Map(entries));
                }
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let place = self.base + self.at;
                    let name = self.string()?;
                    self.blank();
                    if self.peek() != Some(b':') {
                        return Err("a name without a colon");
                    }
                    self.at += 1;
                    self.blank();
                    let value = self.value(depth + 1)?;
                    entries.push((name, place, value));
                }
                Some(_) => return Err("a name is no text"),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blank();
            match self.peek() {
                None => return Err("it ends early"),
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                Some(b',') => self.at += 1,
                Some(_) => items.push(self.value(depth + 1)?),
            }
        }
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.at += 1;
        let mut out = String::new();
        let mut letters = self.text[self.at..].char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at += at + 1;
                    return Ok(out);
                }
                '\\' => match letters.next().map(|(_, next)| next) {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some('b' | 'f') => out.push(' '),
                    Some('u') => {
                        let first = hex(&mut letters)?;
                        let second = low_half(first, letters.as_str());
                        if second.is_some() {
                            letters.nth(1);
                            hex(&mut letters)?;
                        }
                        let code = match second {
                            Some(low) => 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00),
                            None => first,
                        };
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    Some(other) => out.push(other),
                    None => break,
                },
                other => out.push(other),
            }
        }
        Err("a text is not closed")
    }

    fn bare(&mut self) -> Result<Json, &'static str> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | ':' | '"' | '\''))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        match word {
            "null" | "None" | "undefined" => Ok(Json::Null),
            "true" | "True" => Ok(Json::Flag(true)),
            "false" | "False" => Ok(Json::Flag(false)),
            _ => {
                let bare = word.strip_prefix(['-', '+']).unwrap_or(word);
                let is_number = bare.starts_with(|c: char| c.is_ascii_digit())
                    && bare.bytes().all(|b| {
                        b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')
                    });
                if is_number {
                    Ok(Json::Number(word.to_owned()))
                } else {
                    Err("it is no JSON")
                }
            }
        }
    }
}

/// The four digits of an escape.
fn hex(letters: &mut std::str::CharIndices<'_>) -> Result<u32, &'static str> {
    let mut code = 0;
    for _ in 0..4 {
        let digit = letters.next().and_then(|(_, c)| c.to_digit(16));
        code = code * 16 + digit.ok_or("a bad escape")?;
    }
    Ok(code)
}

/// The second half of a letter beyond the 16 bits of one escape: `\ud83d\ude00`.
fn low_half(first: u32, rest: &str) -> Option<u32> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    let low = u32::from_str_radix(digits, 16).ok()?;
    let is_pair = (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&low);
    is_pair.then_some(low)
}

/// What the command line of a page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The names and values of the query, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The text of the body, and where it begins within the command.
    pub(crate) body: Option<(usize, usize)>,
    /// Whether it sends a form with files.
    pub(crate) is_form: bool,
}

/// Reads a command line: `curl .. 'URL' --header '..' --data-row '{..}'`. A quote that never
/// closes ends with the text.
#[must_use]
pub(crate) fn command(text: &str) -> Shown {
    let mut shown = Shown {
        is_form: text.contains("--form ") || text.contains("-F '") || text.contains("-F \""),
        ..Shown::default()
    };
    let query = address(text).split_once('?').map_or("", |(_, query)| query);
    for part in query.split('&').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        shown.query.push((decoded(name), decoded(value)));
    }
    let flag = ["--data-row", "--data-raw", "--data-binary", "--data", "-d "]
        .iter()
        .find_map(|flag| text.find(flag).map(|at| at + flag.len()));
    if let Some(at) = flag {
        let rest = &text[at..];
        if let Some(open) = rest.find(['{', '[']) {
            let start = at + open;
            shown.body = Some((start, text.len()));
        }
    }
    shown
}

/// The address of a command line: to its closing quote, or, without quotes, to the next space. A
/// quote that never closes ends with the line.
fn address(text: &str) -> &str {
    let Some(scheme) = text.find("://") else {
        return "";
    };
    let letters = text[..scheme]
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let start = scheme - letters;
    let quote = text[..start]
        .chars()
        .next_back()
        .filter(|c| matches!(c, '\'' | '"'));
    let rest = &text[start..];
    let end = rest
        .find(|c: char| match quote {
            Some(quote) => c == quote || c == '\n',
            None => c.is_whitespace() || c == '\'' || c == '"',
        })
        .unwrap_or(rest.len());
    // Where the quote never closes, what follows is the command's: its next option, or the sign
    // that it goes on.
    let address = &rest[..end];
    let end = [" --", " -H ", " \\"]
        .iter()
        .filter_map(|sign| address.find(sign))
        .min();
    address[..end.unwrap_or(address.len())].trim_end()
}

fn decoded(text: &str) -> String {
    let bytes = text.trim().as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match hex {
            Some(letter) => {
                out.push(letter);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What the examples show of each field, and where they contradict the tables.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The values of a field that are one value, by entity (empty for the outermost fields) and
    /// name.
    pub(crate) values: BTreeMap<(String, String), Vec<Json>>,
    /// Contradictions: where, and what.
    pub(crate) odd: Vec<(usize, String)>,
    /// Objects that were looked into, by entity, so that a missing field can be reported.
    shown: BTreeMap<String, BTreeMap<String, usize>>,
    looked: usize,
}

/// Most values that are kept of one field, and most contradictions of one page.
const MAX_KEPT: usize = 8;
const MAX_CONTRADICTIONS: usize = 500;
/// Most values of an example that are looked at.
const MAX_VALUES: usize = 200_000;

impl Seen {
    /// Looks through an example from the outermost fields on.
    pub(crate) fn look(&mut self, value: &Json, fields: &[Field], entities: &[Entity]) {
        let by_name: BTreeMap<&str, &Entity> =
            entities.iter().map(|e| (e.name.as_str(), e)).collect();
        self.map(value, "", fields, &by_name);
    }

    /// Looks at one value under a type.
    pub(crate) fn look_at(
        &mut self,
        value: &Json,
        ty: &Type,
        entities: &[Entity],
        name: &str,
        at: usize,
    ) {
        let by_name: BTreeMap<&str, &Entity> =
            entities.iter().map(|e| (e.name.as_str(), e)).collect();
        self.value(value, ty, &by_name, ("", name), at);
    }

    fn map(
        &mut self,
        value: &Json,
        owner: &str,
        fields: &[Field],
        entities: &BTreeMap<&str, &Entity>,
    ) {
        let Json::Map(entries) = value else { return };
        let known: BTreeMap<&str, &Field> = fields.iter().map(|f| (f.name.as_str(), f)).collect();
        let mut names = BTreeSet::new();
        for (name, at, value) in entries {
            if !names.insert(name) {
                let what =
                    format!("the example has `{name}` twice in one object; the last is kept");
                self.add(*at, what);
            }
            self.looked += 1;
            if self.looked > MAX_VALUES {
                return;
            }
            *self
                .shown
                .entry(owner.to_owned())
                .or_default()
                .entry(name.clone())
                .or_default() += 1;
            match known.get(name.as_str()) {
                Some(field) => self.value(value, &field.ty, entities, (owner, name), *at),
                None => self.add(
                    *at,
                    format!(
                        "the example has `{}`, which {} does not; it is not taken",
                        name,
                        table(owner)
                    ),
                ),
            }
        }
        self.shown.entry(owner.to_owned()).or_default();
    }

    fn value(
        &mut self,
        value: &Json,
        ty: &Type,
        entities: &BTreeMap<&str, &Entity>,
        name: (&str, &str),
        at: usize,
    ) {
        match (ty, value) {
            (_, Json::Null) => {
                self.add(
                    at,
                    format!(
                        "the example holds null for `{}`; the table's type is kept",
                        name.1
                    ),
                );
            }
            (Type::List(inner), Json::List(items)) => {
                for item in items {
                    self.value(item, inner, entities, name, at);
                }
            }
            (Type::Entity(entity), Json::Map(_)) => {
                if let Some(entity) = entities.get(entity.as_str()) {
                    self.map(value, &entity.name, &entity.fields, entities);
                }
            }
            (Type::Any | Type::File, _) => {}
            (Type::Map, Json::Map(_)) => {}
            _ => self.scalar(value, ty, name, at),
        }
    }

    fn scalar(&mut self, value: &Json, ty: &Type, name: (&str, &str), at: usize) {
        let fits = match (ty, value) {
            (Type::Scalar(ScalarType::Text), Json::Text(_))
            | (
                Type::Scalar(ScalarType::Number) | Type::Scalar(ScalarType::Integer),
                Json::Number(_),
            ) => true,
            // Numbers and booleans in quotes are the vendor's habit; they read as what they are.
            (
                Type::Scalar(ScalarType::Number) | Type::Scalar(ScalarType::Integer),
                Json::Text(text),
            ) => super::format::is_decimal(text) || text.is_empty(),
            (Type::Scalar(ScalarType::Flag), Json::Flag(_)) => true,
            (Type::Scalar(ScalarType::Flag), Json::Text(text)) => {
                matches!(text.as_str(), "true" | "false")
            }
            _ => false,
        };
        if !fits {
            self.add(
                at,
                format!(
                    "the example holds {} for `{}`, whose type is {}; the table's type is kept",
                    kind(value),
                    name.1,
                    said(ty)
                ),
            );
        }
        if matches!(value, Json::Text(_) | Json::Number(_) | Json::Flag(_)) {
            let values = self
                .values
                .entry((name.0.to_owned(), name.1.to_owned()))
                .or_default();
            if values.len() < MAX_KEPT {
                values.push(value.clone());
            }
        }
    }

    fn add(&mut self, at: usize, what: String) {
        if self.odd.len() < MAX_CONTRADICTIONS
            && !self
                .odd
                .iter()
                .rev()
                .take(50)
                .any(|(_, known)| *known == what)
        {
            self.odd.push((at, what));
        }
    }

    /// The fields that an example of their entity does not show.
    pub(crate) fn missing<'a>(&self, owner: &str, fields: &'a [Field]) -> Vec<&'a Field> {
        match self.shown.get(owner).filter(|shown| !shown.is_empty()) {
            None => Vec::new(),
            Some(shown) => fields
                .iter()
                .filter(|field| !shown.contains_key(&field.name))
                .collect(),
        }
    }

    /// The values of a field as text.
    #[must_use]
    pub(crate) fn texts(&self, owner: &str, name: &str) -> Vec<String> {
        self.values
            .get(&(owner.to_owned(), name.to_owned()))
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(|value| match value {
                Json::Text(text) | Json::Number(text) => text.clone(),
                Json::Flag(flag) => flag.to_string(),
                _ => String::new(),
            })
            .collect()
    }
}

fn table(owner: &str) -> String {
    if owner.is_empty() {
        "the table".to_owned()
    } else {
        format!("the table of `{owner}`")
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Flag(_) => "true or false",
        Json::Number(_) => "a number",
        Json::Text(_) => "text",
        Json::List(_) => "a list",
        Json::Map(_) => "an object",
    }
}

fn said(ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => scalar.as_str().to_owned(),
        Type::File => "a file".to_owned(),
        Type::Map => "a map".to_owned(),
        Type::Any => "any object".to_owned(),
        Type::Entity(name) => format!("`{name}`"),
        Type::List(inner) => format!("a list of {}", said(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_even_where_its_quote_never_closes() {
        let shown = command(
            "curl --request  post 'https://x.test/a' \\\n--header 'B: c' \\\n--data-row ' {\"a\":1 }",
        );
        assert_eq!(shown.query, Vec::new());
        assert!(shown.body.is_some());
        let shown = command(
            "curl --request get 'https://x.test/a?b=1&c=[1,2]&d=%E5%90%8D' \\\n--header 'B: c?d=e'",
        );
        assert_eq!(
            shown.query,
            [("b", "1"), ("c", "[1,2]"), ("d", "名")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        let shown = command("curl 'https://x.test/a' --header 'B: c?d=e'");
        assert_eq!(shown.query, Vec::new());
    }

    #[test]
    fn an_address_whose_quote_never_closes_ends_before_the_rest_of_the_command() {
        for rest in [" \\\n--header 'B: c'", " --header 'B: c'", "\n", ""] {
            let shown = command(&format!(
                "curl 'https://x.test/a?b=1&c=2020-01-01 00:00:00{rest}"
            ));
            let query = [("b", "1"), ("c", "2020-01-01 00:00:00")];
            assert_eq!(
                shown.query,
                query.map(|(a, b)| (a.to_owned(), b.to_owned())),
                "{rest}"
            );
        }
    }

    #[test]
    fn a_letter_of_two_escapes_is_one() {
        let text = |text: &str| json(text, 0);
        assert_eq!(
            text(r#""a\ud83d\ude00b""#),
            Ok(Json::Text("a😀b".to_owned()))
        );
        assert_eq!(text(r#""\u5546""#), Ok(Json::Text("商".to_owned())));
        assert_eq!(
            text(r#""\ud83d\u5546\ude00""#),
            Ok(Json::Text("\u{fffd}商\u{fffd}".to_owned()))
        );
    }

    #[test]
    fn json_is_read_leniently_and_never_too_deep() {
        assert!(json("{\"a\":[1,{\"b\":null,}],}", 0).is_ok());
        assert!(json("{\"a\":", 0).is_err());
        assert!(json(&"[".repeat(10_000), 0).is_err());
    }
}
