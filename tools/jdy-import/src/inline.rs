//! Inline text: Markdown's escapes and marks, and the entities of HTML, removed.
//!
//! Owns these marks. Must not know blocks. Must not use: `crate::block`, `crate::table`.

/// Stands at the beginning of a name that is set off by spaces that do not break.
pub(crate) const INDENT: char = '⇥';

/// Whether a piece of a page begins with at least two spaces that do not break: it is set off.
#[must_use]
pub(crate) fn is_set_off(raw: &str) -> bool {
    const SPACES: [&str; 6] = [
        "&nbsp;", "&emsp;", "&ensp;", "\u{a0}", "\u{3000}", "\u{2003}",
    ];
    let mut rest = raw.trim_start_matches([' ', '\t']);
    let mut count = 0;
    while let Some(more) = SPACES.iter().find_map(|space| rest.strip_prefix(space)) {
        rest = more.trim_start_matches([' ', '\t']);
        count += 1;
    }
    count > 1 && !rest.is_empty()
}

/// Stands around what is crossed out.
pub(crate) const CROSSED_OUT: &str = "~~";

/// The signs that stand around the text of a link.
pub(crate) const LINK: (char, char) = ('［', '］');

/// The text of a piece of Markdown. A link stands as `［its text］`, so that it ends a label and is
/// told from brackets of the page's own.
#[must_use]
pub(crate) fn markdown(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '\\' => escape(rest, &mut out),
            '*' if rest.starts_with("**") => &rest[2..],
            '`' => &rest[1..],
            '!' if rest.starts_with("![") => &rest[1..],
            '[' => link(rest, &mut out),
            '<' => tag(rest, &mut out),
            '&' => entity(rest, &mut out),
            other => {
                out.push(other);
                &rest[other.len_utf8()..]
            }
        };
    }
    squeeze(&out)
}

/// The text of a piece of HTML without tags: entities alone.
#[must_use]
pub(crate) fn html(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = entity(&rest[at..], &mut out);
    }
    out.push_str(rest);
    out
}

/// White space to single spaces, none at the ends; signs that nobody sees part no word.
#[must_use]
pub(crate) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let parts = text.split(|c: char| c.is_whitespace() || c.is_control());
    for part in parts.filter(|part| !part.chars().all(is_invisible)) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(part.chars().filter(|letter| !is_invisible(*letter)));
    }
    out
}

fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'
    )
}

fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let after = &rest[1..];
    match after.chars().next() {
        Some(letter) if letter.is_ascii_punctuation() => {
            out.push(letter);
            &after[1..]
        }
        _ => {
            out.push('\\');
            after
        }
    }
}

/// `[text](address)`; a bracket that begins no link stays one. Looks a bounded way ahead, so that
/// a page of open brackets costs no more than its length.
fn link<'a>(rest: &'a str, out: &mut String) -> &'a str {
    const TEXT: usize = 400;
    const ADDRESS: usize = 2000;
    let inner = &rest[1..];
    let close = inner
        .bytes()
        .take(TEXT)
        .position(|byte| matches!(byte, b']' | b'[' | b'\n'));
    let whole = close.and_then(|close| {
        let after = inner[close..].strip_prefix("](")?;
        let end = after.bytes().take(ADDRESS).position(|byte| byte == b')')?;
        Some((&inner[..close], &after[end + 1..]))
    });
    match whole {
        Some((text, after)) => {
            out.push(LINK.0);
            out.push_str(&plain(text));
            out.push(LINK.1);
            after
        }
        None => {
            out.push('[');
            inner
        }
    }
}

/// The text within a link: escapes and entities only.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '\\' => escape(rest, &mut out),
            '&' => entity(rest, &mut out),
            other => {
                out.push(other);
                &rest[other.len_utf8()..]
            }
        };
    }
    out
}

/// A line break or a style tag goes; every other angle bracket is text: `List <Row>`.
fn tag<'a>(rest: &'a str, out: &mut String) -> &'a str {
    const KNOWN: [&str; 14] = [
        "br", "p", "span", "font", "b", "strong", "i", "em", "u", "div", "code", "sup", "sub", "a",
    ];
    let inner = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
    let name = inner
        .bytes()
        .take(8)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    // `List <Sub>`: an entity is written with a capital, a tag is not but for `<BR>` and the like.
    let is_entity = inner[..name].starts_with(|first: char| first.is_ascii_uppercase())
        && inner[..name].ends_with(|last: char| last.is_ascii_lowercase())
        && inner[name..].starts_with('>')
        && !inner[..name].eq_ignore_ascii_case("br");
    let is_known = !is_entity && KNOWN.contains(&inner[..name].to_ascii_lowercase().as_str());
    let is_tag = is_known && matches!(inner.as_bytes().get(name), Some(b'>' | b' ' | b'/'));
    let end = || rest.bytes().take(300).position(|byte| byte == b'>');
    match is_tag.then(end).flatten() {
        Some(end) => {
            if inner[..name].eq_ignore_ascii_case("br") {
                out.push(' ');
            }
            &rest[end + 1..]
        }
        None => {
            out.push('<');
            &rest[1..]
        }
    }
}

fn entity<'a>(rest: &'a str, out: &mut String) -> &'a str {
    const NAMED: [(&str, char); 12] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("hellip", '…'),
        ("mdash", '—'),
        ("ensp", ' '),
        ("emsp", ' '),
    ];
    let inner = &rest[1..];
    let end = inner.bytes().take(12).position(|byte| byte == b';');
    let found = end.and_then(|end| {
        let name = inner.get(..end)?;
        let letter = match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
            None => NAMED.iter().find(|(known, _)| *known == name)?.1,
        };
        Some((letter, end))
    });
    match found {
        Some((letter, end)) => {
            out.push(letter);
            &inner[end + 1..]
        }
        None => {
            out.push('&');
            inner
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_may_be_set_off_by_spaces_that_do_not_break() {
        for raw in [
            "&nbsp;&nbsp;a",
            " &emsp;&emsp;a",
            "\u{a0}\u{a0}a",
            "&nbsp; &nbsp;a",
            "\u{3000}\u{3000}a",
        ] {
            assert!(is_set_off(raw), "{raw}");
        }
        for raw in ["a", "  a", "&nbsp;a", "&nbsp;&nbsp;", "a&nbsp;&nbsp;b"] {
            assert!(!is_set_off(raw), "{raw}");
        }
    }

    #[test]
    fn marks_and_escapes_go_and_text_stays() {
        assert_eq!(markdown(r"bal\_amount"), "bal_amount");
        assert_eq!(markdown(r"List \<Row\>"), "List <Row>");
        assert_eq!(markdown("List &lt;Row&gt;"), "List <Row>");
        assert_eq!(markdown("List <Row>"), "List <Row>");
        assert_eq!(markdown("List <Code>"), "List <Code>");
        assert_eq!(markdown("<B>粗</B><Br>一<code>二</code>"), "粗 一二");
        assert_eq!(
            markdown("地址 [说明](https://x.test/#/a?b=1)"),
            "地址 ［说明］"
        );
        assert_eq!(markdown(r"格式：\[,\]"), "格式：[,]");
        assert_eq!(markdown("一<br>二<br/>三"), "一 二 三");
        assert_eq!(markdown("**粗**的"), "粗的");
        assert_eq!(markdown(r"a\b & c"), r"a\b & c");
        assert_eq!(markdown("&#x27;&#39;&nosuch;"), "''&nosuch;");
    }
}
