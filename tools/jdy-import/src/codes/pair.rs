//! A code and its label: what either can be.
//!
//! Owns which text can be a code and which a label. Must not know where they stand. Must not use:
//! `crate::codes::token`, `crate::codes::bind`, `crate::codes::read`, `crate::codes::judge`.

use crate::words;

/// The longest label, in characters.
const MAX_LABEL_CHARS: usize = 24;
/// The longest label that only stands near its code.
const MAX_NEAR_LABEL_CHARS: usize = 14;

/// A code that was found in a piece.
pub(super) struct Pair {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) at: usize,
    pub(super) is_default: bool,
    /// Nothing but nearness joins the two.
    pub(super) is_weak: bool,
    /// A number behind `=`, or the name of a field behind a hyphen: alone it is no code.
    pub(super) is_value: bool,
}

/// A code and its label, where the label can be one.
pub(super) fn pair(code: &str, label: &str, at: usize, is_weak: bool) -> Option<Pair> {
    let (label, is_default) = without_default_mark(label)?;
    let is_words = label.ends_with('%') || label.chars().any(char::is_alphabetic);
    let fits = label.chars().count() <= MAX_LABEL_CHARS && is_words;
    (fits && (!is_weak || may_be_near(label))).then(|| Pair {
        code: code.to_owned(),
        label: label.to_owned(),
        at,
        is_default,
        is_weak,
        is_value: false,
    })
}

/// `默认为启用`: the label, and whether it is marked as the default. `None` where nothing is left.
fn without_default_mark(label: &str) -> Option<(&str, bool)> {
    for word in ["默认为", "默认"] {
        if let Some(rest) = label.strip_prefix(word) {
            let rest = rest.trim_start_matches([':', ' ']);
            return (!rest.is_empty()).then_some((rest, true));
        }
    }
    Some((label, false))
}

/// Whether a text may be the label of a code that only stands near it.
fn may_be_near(label: &str) -> bool {
    let count = label.chars().count();
    let starts = label.starts_with(words::NO_LABEL_START) && count != 1;
    let ends = words::NO_LABEL_END
        .iter()
        .any(|tail| label.ends_with(tail) && label != "是");
    let is_unit = words::COUNTED_UNITS.contains(&label);
    !(starts || ends || is_unit || label.is_ascii() || count > MAX_NEAR_LABEL_CHARS)
}

pub(super) fn is_code(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    text.is_empty()
        || (bare.bytes().all(|byte| byte.is_ascii_digit()) && bare.len() <= 6)
        || bare.starts_with(|c: char| c.is_ascii_alphabetic())
        || (bare.len() <= 12 && bare.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// A number of up to three digits, one capital, or a truth: it may stand beside its label.
pub(super) fn is_short(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    matches!(bare, "true" | "false")
        || (bare.len() <= 3 && !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()))
        || (bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// Whether a word is the name of a field rather than a code.
pub(super) fn is_field(word: &str) -> bool {
    words::KEY_NAME_ENDS.iter().any(|tail| word.ends_with(tail))
        || words::KEY_NAMES.contains(&word.to_ascii_lowercase().as_str())
}
