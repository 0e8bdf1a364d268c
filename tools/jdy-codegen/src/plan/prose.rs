//! The prose of the docs: what a page says, made safe for rustdoc.
//!
//! Owns escaping and the notes of a field. Must not know Rust types. Must not use: `crate::render`,
//! `crate::files`.

use jdy_spec::model::{Code, Effect, Field, ListForm, Operation, Scalar, ScalarType, Type, Wire};

/// The one line of a field of a request.
pub(super) fn field(field: &Field) -> String {
    line(field, Vec::new())
}

/// The one line of a field of an answer. A list says which method reads it, since it is no iterator.
pub(super) fn answered(field: &Field) -> String {
    let is_list = matches!(field.ty, Type::List(_));
    let reads = is_list.then(|| "a list: `.list()?`".to_owned());
    line(field, reads.into_iter().collect())
}

fn line(field: &Field, mut notes: Vec<String>) -> String {
    let scalar = innermost(&field.ty);
    let codes = scalar.map_or(&[][..], |scalar| scalar.codes.as_slice());
    let title = field.title.as_deref().unwrap_or_default().trim();
    let description = field.description.as_deref().unwrap_or_default().trim();
    let mut line = match (title, description) {
        ("", "") => format!("`{}`", field.name.replace('`', "'")),
        ("", text) | (text, "") => escape(text),
        (title, text) if !says_more(text, title, codes) => escape(title),
        (title, text) if text.starts_with(title) => escape(text),
        (title, text) => format!("{}: {}", escape(title), escape(text)),
    };
    notes.extend(facts(field, scalar));
    if !notes.is_empty() {
        line.push_str(&format!(" ({})", notes.join("; ")));
    }
    line
}

/// The scalar within lists.
fn innermost(ty: &Type) -> Option<&Scalar> {
    match ty {
        Type::Scalar(scalar) => Some(scalar),
        Type::List(inner) => innermost(inner),
        Type::Map | Type::File | Type::Any | Type::Entity(_) => None,
    }
}

fn facts(field: &Field, scalar: Option<&Scalar>) -> Vec<String> {
    let mut notes = Vec::new();
    if matches!(field.ty, Type::Map) {
        notes.push("by the customer's own names".to_owned());
    }
    if let Some(scalar) = scalar {
        notes.extend(wire(scalar));
    }
    match field.list {
        Some(ListForm::Repeat) => notes.push("repeated for each item".to_owned()),
        Some(ListForm::Json) => notes.push("sent as JSON text".to_owned()),
        Some(ListForm::Comma) | None => {}
    }
    if let Some(length) = &field.max_length {
        notes.push(format!("at most {length} characters"));
    }
    match (&field.minimum, &field.maximum) {
        (Some(least), Some(most)) => notes.push(format!("{least} to {most}")),
        (Some(least), None) => notes.push(format!("at least {least}")),
        (None, Some(most)) => notes.push(format!("at most {most}")),
        (None, None) => {}
    }
    if field.encrypted {
        notes.push("encrypted by the vendor".to_owned());
    }
    let shown = |text: &str| match text {
        "" => "empty".to_owned(),
        text => escape(text),
    };
    if let Some(default) = &field.default {
        notes.push(format!("default {}", shown(default)));
    }
    if let Some(assumed) = &field.assumed {
        notes.push(format!(
            "the vendor takes {} where it is absent",
            shown(assumed)
        ));
    }
    notes
}

/// How a scalar travels, where its Rust type alone does not say.
fn wire(scalar: &Scalar) -> Option<String> {
    let flag = scalar.wire == Some(Wire::Flag) || scalar.column == ScalarType::Flag;
    if flag && !scalar.codes.is_empty() {
        let codes = scalar.codes.iter();
        let codes: Vec<String> = codes
            .map(|code| format!("{} {}", escape(&code.code), escape(&code.label)))
            .collect();
        return Some(codes.join(", "));
    }
    let note = scalar.wire?.note(scalar.column)?;
    Some(note.to_owned())
}

/// Whether a description holds anything beside the label and the codes, which are shown anyway.
fn says_more(description: &str, title: &str, codes: &[Code]) -> bool {
    let mut rest = description.replacen(title, "", 1);
    let mut known: Vec<&str> = codes
        .iter()
        .flat_map(|code| [code.label.as_str(), code.code.as_str()])
        .filter(|word| !word.is_empty())
        .collect();
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in known {
        rest = rest.replace(word, "");
    }
    rest.chars().any(char::is_alphanumeric)
}

/// What a call does, and the key that it carries.
pub(super) fn effect(operation: &Operation) -> String {
    let effect = match operation.effect {
        Effect::Read => "It reads.",
        Effect::Write => "It writes.",
        Effect::Money => "It moves money: a call that is lost or doubled is a customer's money.",
    };
    match &operation.key {
        Some(key) => format!("{effect} `{key}` is the caller's own key."),
        None => effect.to_owned(),
    }
}

/// The paragraph beneath an operation's title.
pub(super) fn operation(operation: &Operation) -> String {
    let effect = effect(operation);
    let text = operation.description.as_deref().unwrap_or_default().trim();
    if text.is_empty() || text == operation.title.trim() {
        return effect;
    }
    let stop = if text.ends_with(['.', '。', '!', '！', '?', '？']) {
        ""
    } else {
        "."
    };
    format!("{}{stop} {effect}", escape(text))
}

/// The link to the vendor's page, or where else the operation stands.
pub(super) fn link(url: &str, source: Option<&str>) -> String {
    if url.is_empty() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        return match source {
            Some(name) if !name.is_empty() && name.chars().all(is_plain) => {
                format!("No page describes it; the vendor's Swagger file calls it `{name}`.")
            }
            Some(_) => "No page describes it; it stands in the vendor's Swagger file.".to_owned(),
            None => "The vendor's page states no address.".to_owned(),
        };
    }
    let safe: String = url
        .chars()
        .map(|letter| match letter {
            '(' => "%28".to_owned(),
            ')' => "%29".to_owned(),
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            letter if letter.is_whitespace() || letter.is_control() => "%20".to_owned(),
            letter => letter.to_string(),
        })
        .collect();
    format!("[The vendor's page]({safe})")
}

/// The one line of a code: its label and what it is on the wire.
pub(super) fn code(code: &Code) -> String {
    let wire = match code.code.replace('`', "'") {
        empty if empty.is_empty() => "empty".to_owned(),
        wire => format!("`{wire}`"),
    };
    match escape(&code.label) {
        label if label.is_empty() => wire,
        label => format!("{label} ({wire})"),
    }
}

/// Text as one line that rustdoc shows as it is.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let words: Vec<&str> = text.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        escape_word(word, &mut out);
    }
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    match out.as_bytes().get(digits) {
        // What would begin a list or a heading.
        Some(b'.' | b')') if digits > 0 => out.insert(digits, '\\'),
        Some(b'#' | b'+' | b'-' | b'=' | b'~') if digits == 0 => out.insert(0, '\\'),
        _ => {}
    }
    out
}

fn escape_word(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(at) = rest
        .find("http://")
        .into_iter()
        .chain(rest.find("https://"))
        .min()
    {
        let (before, from) = rest.split_at(at);
        escape_letters(before, out);
        let end = from
            .find(|letter: char| !letter.is_ascii_graphic() || "<>()[]\"'`\\".contains(letter))
            .unwrap_or(from.len());
        let (url, after) = from.split_at(end);
        out.push_str(&format!("<{url}>"));
        rest = after;
    }
    escape_letters(rest, out);
}

fn escape_letters(text: &str, out: &mut String) {
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' => out.extend(['\\', letter]),
            '_' if !before.is_alphanumeric() => out.push_str("\\_"),
            '&' if text.contains(';') => out.push_str("\\&"),
            // Letters that turn the direction of text are refused by rustc in comments.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
        before = letter;
    }
}

/// A word that rustdoc's search finds an item by; `None` where it takes no such word.
pub(super) fn alias(text: &str, name: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|letter| !matches!(letter, '"' | '\'') && !letter.is_control())
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .collect();
    let text = text.trim();
    (!text.is_empty() && text != name).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_page_stays_text_in_rustdoc() {
        assert_eq!(escape("a [b] <c>"), r"a \[b\] \<c\>");
        assert_eq!(
            escape("见https://open.jdy.com/#/x，即可"),
            "见<https://open.jdy.com/#/x>，即可"
        );
        assert_eq!(escape("1. 微信\n2. 支付宝"), r"1\. 微信 2. 支付宝");
        assert_eq!(escape("# no heading"), r"\# no heading");
        assert_eq!(escape("src_bill_id _x"), r"src_bill_id \_x");
        assert_eq!(escape("turned\u{202E}"), "turned");
        assert_eq!(escape("&lt;"), r"\&lt;");
    }

    #[test]
    fn an_alias_that_rustdoc_would_refuse_is_none() {
        assert_eq!(alias(" 微信 ", "C1"), Some("微信".to_owned()));
        assert_eq!(alias("\"'", "C1"), None);
        assert_eq!(alias("C1", "C1"), None);
    }
}
