//! What a page calls an entity, however a heading spells it: numbered, with a colon, with a remark
//! in brackets, or as the list that holds it.
//!
//! Owns these spellings. Must not know which entities a page has. Must not use: `crate::entities`,
//! `crate::section`.

use super::kind::{self, Kind};

/// The text of a heading without a number before it and a colon or space behind it.
#[must_use]
pub(crate) fn bare(text: &str) -> &str {
    let text = text
        .trim()
        .trim_end_matches(|c: char| matches!(c, '：' | ':') || c.is_whitespace());
    unnumbered(text).trim_matches(|c: char| {
        matches!(c, '“' | '”' | '"' | '「' | '」' | '【' | '】') || c.is_whitespace()
    })
}

/// The text without the number that counts it: `1. Row`, `2）Row`, `（3）Row`, `1.2 Row`, `一、Row`.
fn unnumbered(text: &str) -> &str {
    const HAN: &str = "一二三四五六七八九十";
    let is_closing = |c: char| matches!(c, ')' | '）' | '.' | '．' | '、');
    let opened = text.strip_prefix(['(', '（']).unwrap_or(text);
    if let Some(circled) = text.strip_prefix(|c: char| ('①'..='⑳').contains(&c)) {
        return circled.trim_start();
    }
    let digits = opened.trim_start_matches(|c: char| c.is_ascii_digit() || HAN.contains(c));
    if digits.len() == opened.len() {
        return text;
    }
    // `1.2.3 Row`
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let closed = digits.trim_start_matches(is_closing);
    let is_spaced = rest.len() < digits.len() && rest.starts_with(char::is_whitespace);
    match (is_spaced, closed.len() < digits.len()) {
        (true, _) => rest.trim_start(),
        (false, true) => closed.trim_start(),
        _ => text,
    }
}

/// What a heading calls the entity: the word of it that holds Latin letters, or all of it where
/// none does. `核算项目（assist）` is `assist`, `List <Row>` is `Row`, and `BOM明细` is itself.
#[must_use]
pub(crate) fn word(text: &str) -> String {
    let text = bare(text);
    if let Some(inner) = listed(text) {
        return inner;
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut words = text
        .split(|c: char| !is_part(c))
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_alphabetic()));
    words.next().unwrap_or(text).to_owned()
}

/// The Latin part of a word, dots included: `BOM` of `BOM明细`.
#[must_use]
pub(crate) fn latin(word: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    word.split(|c: char| !is_part(c))
        .find(|part| part.bytes().any(|byte| byte.is_ascii_alphabetic()))
        .unwrap_or(word)
}

/// The entity of a list: `List <Row>`, `Row[]`, `明细 List<Row>`.
fn listed(text: &str) -> Option<String> {
    let of_type = |text: &str| {
        let mut kind = kind::read(text).kind;
        let mut is_list = false;
        while let Kind::List(inner) = kind {
            (kind, is_list) = (*inner, true);
        }
        match kind {
            Kind::Entity(name) if is_list && is_identifier(&name) => Some(name),
            _ => None,
        }
    };
    let whole = of_type(text);
    // A type within other words: from its first Latin letter to the bracket that closes it.
    whole.or_else(|| {
        let open = text.find(['<', '＜', '《'])?;
        let close = text
            .rfind(['>', '＞', '》'])
            .filter(|close| *close > open)?;
        let end = close + text[close..].chars().next().map_or(1, char::len_utf8);
        let before = text[..open].trim_end();
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |at| {
                at + before[at..].chars().next().map_or(1, char::len_utf8)
            });
        of_type(&text[start..end])
    })
}

/// The name, where a text is one and nothing else: with a number, a colon or a remark in brackets,
/// or as a list of it.
#[must_use]
pub(crate) fn alone(text: &str) -> Option<String> {
    let text = bare(text);
    if is_identifier(text) {
        return Some(text.to_owned());
    }
    let named = remarked(text).map(str::to_owned);
    named.or_else(|| listed(text).filter(|_| text.is_ascii()))
}

/// The name before a remark in brackets that ends the text: `Row（明细）`.
#[must_use]
pub(crate) fn remarked(text: &str) -> Option<&str> {
    let (name, remark) = text.split_at(text.find(['(', '（'])?);
    let is_closed = remark.ends_with([')', '）']) && remark.matches(['(', '（']).count() == 1;
    Some(name.trim_end()).filter(|name| is_closed && is_identifier(name))
}

/// The Latin words of a text.
#[must_use]
pub(crate) fn identifiers(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    text.split(|c| !is_part(c))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a text is a name as code has them.
#[must_use]
pub(crate) fn is_identifier(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_its_heading_spells_it() {
        for text in [
            "Row",
            "Row：",
            "Row :",
            "1. Row",
            "1、Row：",
            "（2）Row",
            "3) Row",
            "1.2 Row",
            "1.2. Row",
            "二、Row",
            "③ Row",
            "Row (明细)",
            "Row（明细）：",
            "List <Row>",
            "List<Row>",
            "Row[]",
            "Row数组",
            "【Row】",
        ] {
            assert_eq!(word(text), "Row", "{text}");
        }
        for text in [
            "明细（Row）",
            "明细 List<Row>",
            "Row 明细",
            "rows：List<Row>",
        ] {
            assert_eq!(word(text), "Row", "{text}");
        }
        assert_eq!(word("BOM明细"), "BOM明细");
        assert_eq!(latin("BOM明细"), "BOM");
        assert_eq!(word("data.assist"), "data.assist");
        assert_eq!(word("商品分录"), "商品分录");
        assert_eq!(word("2d"), "2d");
    }

    #[test]
    fn a_text_that_says_more_is_no_name_alone() {
        for text in ["Row：", "1. Row", "Row（明细）", "List <Row>"] {
            assert_eq!(alone(text), Some("Row".to_owned()), "{text}");
        }
        for text in [
            "id 和 name 二选一",
            "明细（Row）",
            "Row 明细",
            "注",
            "1.",
            "List <String>",
        ] {
            assert_eq!(alone(text), None, "{text}");
        }
    }
}
