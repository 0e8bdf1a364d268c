//! Cells that a spreadsheet has damaged, and keys that look alike.
//!
//! Owns what the text alone shows. Must not know the field, except whether it is a key.

use jdy_runtime::PreparedRequest;

use crate::resolution;

/// The problem of a request's key, in a list or in a single call; `None` if there is none. A key
/// that differs from another only by blanks is a typing error; one that a spreadsheet has changed
/// is lost.
pub(crate) fn key_problem(name: &str, key: &str) -> Option<String> {
    let what = match key.trim() == key {
        true => of_key(key)?,
        false => "begins or ends with a blank",
    };
    Some(format!("{name} {key:?} {what}"))
}

/// The problems of a request that was typed or pasted: text that a spreadsheet has damaged, and the
/// keys. The pairs are the fields that were given as text.
///
/// A list is read by the same rules ([`List::read`](crate::List::read)).
pub fn spoilt(request: &PreparedRequest, pairs: &[(String, String)]) -> Vec<String> {
    let cells = pairs.iter().filter_map(|(name, text)| {
        let what = of_cell(text)?;
        Some(format!("{name} {text:?} {what}"))
    });
    let mut problems: Vec<String> = cells.collect();
    let key = request.key().into_iter();
    for key in key {
        let mut keys = resolution::fields(request, key.name);
        if keys.is_empty() {
            keys.push(key.value.clone());
        }
        let wrong = keys
            .iter()
            .filter_map(|value| key_problem(key.name, value))
            .filter(|_| !problems.iter().any(|problem| problem.starts_with(key.name)));
        let wrong: Vec<String> = wrong.collect();
        problems.extend(wrong);
    }
    problems
}

/// What is wrong with a text that looks like another one.
const UNSEEN: &str = "holds a sign that cannot be seen; write it anew";

/// The damage to a cell, in any column.
pub(crate) fn of_cell(cell: &str) -> Option<&'static str> {
    if cell.chars().any(is_control) {
        return Some(UNSEEN);
    }
    let cell = cell.trim();
    if cell.starts_with("=\"") && cell.ends_with('"') && cell.len() > 2 {
        return Some("is a formula (=\"..\"); keep the text between the quotes alone");
    }
    if is_exponent(cell) {
        return Some(
            "is a number that a spreadsheet has shortened, and its digits are lost; format the \
             column as text and fill it in anew",
        );
    }
    let is_error = cell.starts_with('#')
        && (cell.ends_with(['!', '?']) || cell == "#N/A" || cell.chars().all(|sign| sign == '#'));
    is_error.then_some("is an error of a spreadsheet; put the value there")
}

/// The damage to a key.
pub(crate) fn of_key(key: &str) -> Option<&'static str> {
    if let Some(what) = of_cell(key) {
        return Some(what);
    }
    if key.eq_ignore_ascii_case("true") || key.eq_ignore_ascii_case("false") {
        return Some("is a truth value, and no key; format the column as text");
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((whole, fraction)) = key.split_once('.')
        && is_number(whole)
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte == b'0')
    {
        return Some("is a whole number with a fraction behind it; format the column as text");
    }
    if key.chars().any(is_unseen) {
        return Some(UNSEEN);
    }
    key.chars().any(is_part).then_some(
        "holds a letter in several parts (a form that looks like another key); write it anew",
    )
}

/// `8.50693E+17`.
fn is_exponent(cell: &str) -> bool {
    let Some((digits, exponent)) = cell.split_once(['E', 'e']) else {
        return false;
    };
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let Some(exponent) = exponent.strip_prefix(['+', '-']) else {
        return false;
    };
    digits.starts_with(|sign: char| sign.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !exponent.is_empty()
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// A control character but those of a text of several lines: what pads a field of fixed width (NUL),
/// or ends a file of DOS (`\u{1a}`).
fn is_control(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\t' | '\n' | '\r')
}

/// A character of no width, or one that only controls how others are displayed.
fn is_unseen(sign: char) -> bool {
    matches!(
        sign,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{3164}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A combining character, whose letter also exists as one character.
fn is_part(sign: char) -> bool {
    matches!(
        sign,
        '\u{300}'..='\u{36f}' | '\u{1100}'..='\u{11ff}' | '\u{3099}' | '\u{309a}'
    )
}

/// The key with full-width characters replaced by their half-width forms.
pub(crate) fn narrow(key: &str) -> String {
    let narrow = |sign: char| match sign {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        other => other,
    };
    key.chars().map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::{narrow, of_cell, of_key};

    #[test]
    fn what_a_spreadsheet_or_an_export_changed_is_reported() {
        for cell in [
            "8.50693E+17",
            "1E+05",
            "-2e-7",
            "=\"850\"",
            "#N/A",
            "#REF!",
            "####",
            "R-1\0",
            "R-1\u{1a}",
            "R\u{7}-1",
            "R-1\u{7f}",
            "R\u{85}1",
        ] {
            assert!(of_cell(cell).is_some(), "{cell}");
            assert!(of_key(cell).is_some(), "{cell}");
        }
        for key in [
            "850693217107061761.0",
            "true",
            "FALSE",
            "R\u{200b}-1",
            "R\u{2028}1",
            "R\u{3164}1",
            "e\u{301}",
        ] {
            assert!(of_key(key).is_some(), "{key:?}");
            assert!(of_cell(key).is_none(), "{key:?}");
        }
        for fine in [
            "850693217107061761",
            "R-1",
            "1E5",
            "E+1",
            "A1.0",
            "a\tb\r\nc",
            "10.50",
            "#12",
            "é",
            "充值",
        ] {
            assert!(of_key(fine).is_none(), "{fine}");
        }
    }

    #[test]
    fn width_is_no_difference() {
        assert_eq!(narrow("Ｒ－１\u{3000}充"), "R-1 充");
    }
}
