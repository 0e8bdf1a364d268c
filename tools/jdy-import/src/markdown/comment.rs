//! Comments: blanked, since no reader of the page sees what they hold; every byte keeps its place.
//!
//! Owns where a comment begins and ends. Must not know what a page says. Must not use:
//! `crate::endpoint`, `crate::reading`.

use std::borrow::Cow;

const OPEN: &str = "<!--";
const CLOSE: &str = "-->";

/// The text with blanks where comments stood. What opens one and closes none is text.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once(OPEN) {
        let Some((comment, after)) = inner.split_once(CLOSE) else {
            break;
        };
        out.push_str(before);
        let length = OPEN.len() + comment.len() + CLOSE.len();
        let whole = rest.get(before.len()..before.len() + length);
        for letter in whole.unwrap_or_default().chars() {
            match letter {
                '\n' | '\r' => out.push(letter),
                _ => out.extend(std::iter::repeat_n(' ', letter.len_utf8())),
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
