//! Brackets in a list of codes: `启用（1）、禁用（0）`, `Z（未审核），C（已审核）`, and `1）手工；2）导入`.
//!
//! Owns which bracket holds a code or its label, and which only counts. Must not know what makes a
//! list. Must not use: `crate::codes::judge`, `crate::codes::read`, `crate::codes::token`.

use super::letter::{Letter, is_han};
use super::pair::{is_code, is_short};
use crate::words;

/// A pair of brackets that holds no other.
struct Pair {
    open: usize,
    close: usize,
}

fn innermost(letters: &[Letter]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut open = None;
    for (at, letter) in letters.iter().enumerate() {
        match letter.c {
            '(' => open = Some(at),
            ')' => {
                if let Some(open) = open.take() {
                    pairs.push(Pair { open, close: at });
                }
            }
            _ => {}
        }
    }
    pairs
}

fn letter(letters: &[Letter], at: Option<usize>) -> char {
    at.and_then(|at| letters.get(at)).map_or(';', |one| one.c)
}

fn inner(letters: &[Letter], pair: &Pair) -> String {
    letters
        .get(pair.open + 1..pair.close)
        .unwrap_or_default()
        .iter()
        .map(|one| one.c)
        .filter(|c| *c != '"' && *c != ' ')
        .collect()
}

fn ends(c: char) -> bool {
    matches!(c, ',' | ';' | '、' | ' ' | ')' | '/')
}

/// Whether another text of the same kind and its bracket follow: `启用（1）禁用（0）`.
fn goes_on(letters: &[Letter], close: usize, same: fn(char) -> bool) -> bool {
    let rest = letters.get(close + 1..).unwrap_or_default();
    let length = rest.iter().take_while(|one| same(one.c)).count();
    // `单价（A）乘以数量（B）` is a sentence.
    let joins = ['和', '与', '或', '及', '乘', '除', '加', '减'];
    let joins = rest.first().is_some_and(|one| joins.contains(&one.c));
    length > 0 && !joins && rest.get(length).is_some_and(|one| one.c == '(')
}

/// Whether at least two numbers in brackets come before words: `①手工 ②导入`, `1）手工；2）导入`,
/// `（1）手工（2）导入`. They may be codes, or count sentences; nothing says which.
pub(super) fn counts(letters: &[Letter]) -> bool {
    let circled = letters
        .iter()
        .filter(|one| matches!(one.c, '\u{2460}'..='\u{2473}' | '\u{2776}'..='\u{277f}'))
        .count();
    let mut depth = 0_usize;
    let mut half = 0;
    for (at, one) in letters.iter().enumerate() {
        match one.c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' if counts_half(letters, at) => half += 1,
            _ => {}
        }
    }
    let whole = innermost(letters)
        .iter()
        .filter(|pair| {
            let inner = inner(letters, pair);
            (1..=2).contains(&inner.len())
                && inner.bytes().all(|byte| byte.is_ascii_digit())
                && is_han(letter(letters, Some(pair.close + 1)))
        })
        .count();
    [circled, half, whole].iter().any(|count| *count > 1)
}

/// Whether a bracket that nothing opened closes a number that words follow.
fn counts_half(letters: &[Letter], close: usize) -> bool {
    let digits = letters
        .iter()
        .take(close)
        .rev()
        .take_while(|one| one.c.is_ascii_digit())
        .count();
    let before = letter(letters, close.checked_sub(digits + 1));
    (1..=2).contains(&digits)
        && !matches!(before, '=' | '-' | '/' | '"' | '.')
        && letter(letters, Some(close + 1)).is_alphanumeric()
}

/// Writes codes and labels that stand in brackets as those that are bound by a colon, where at
/// least two are of one kind.
pub(super) fn unfold(letters: &mut [Letter]) {
    let pairs = innermost(letters);
    let chosen = |kind: fn(&[Letter], &Pair) -> bool| -> Vec<(usize, usize)> {
        let found = pairs.iter().filter(|pair| kind(letters, pair));
        found.map(|pair| (pair.open, pair.close)).collect()
    };
    let mut places = chosen(holds_code);
    if places.len() < 2 {
        places = chosen(holds_label);
    }
    if places.len() < 2 {
        return;
    }
    for (open, close) in places {
        for (at, sign) in [(open, ':'), (close, ';')] {
            if let Some(bracket) = letters.get_mut(at) {
                bracket.c = sign;
            }
        }
    }
}

/// `启用（1）`
fn holds_code(letters: &[Letter], pair: &Pair) -> bool {
    let code = inner(letters, pair);
    let bare = code.strip_prefix('-').unwrap_or(&code);
    is_han(letter(letters, pair.open.checked_sub(1)))
        && (ends(letter(letters, Some(pair.close + 1)))
            || is_short(&code) && goes_on(letters, pair.close, is_han))
        && !bare.is_empty()
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && is_code(&code)
        && !words::BRACKETED_NAMES.contains(&bare.to_ascii_lowercase().as_str())
}

/// `Z（未审核）`
fn holds_label(letters: &[Letter], pair: &Pair) -> bool {
    let before = letter(letters, pair.open.checked_sub(1));
    let label = inner(letters, pair);
    (before.is_ascii_alphanumeric() || before == '_' || before == '"')
        && (ends(letter(letters, Some(pair.close + 1)))
            || goes_on(letters, pair.close, |c| c.is_ascii_alphanumeric()))
        && label.chars().next().is_some_and(is_han)
        && label.chars().all(char::is_alphanumeric)
}
