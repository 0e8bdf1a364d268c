//! Full-width forms of letters, digits and signs.
//!
//! Owns which ASCII letter each of them is. Must not know what a text means.

/// The text in ASCII where it is in full-width forms: `（Ｙ）` is `(Y)`.
#[must_use]
pub(crate) fn half_width(text: &str) -> String {
    text.chars().map(narrow).collect()
}

/// The letter, in ASCII if it is a full-width form.
#[must_use]
pub(crate) fn narrow(letter: char) -> char {
    const WIDER_BY: u32 = 0xFEE0;
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(letter as u32 - WIDER_BY).unwrap_or(letter),
        other => other,
    }
}
