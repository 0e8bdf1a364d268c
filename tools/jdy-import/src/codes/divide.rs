//! What divides a list where another sign or word does not: a `/` or `|` between two codes, and 和,
//! 或, 及 between two words that each have their label.
//!
//! Owns the forms on both sides of such a sign. Must not know what makes a list. Must not use:
//! `crate::codes::judge`, `crate::codes::read`.

use super::letter::{Letter, REMARK, is_han};
use super::pair::is_short;
use super::token::{Placed, Token};

/// Whether a `/` or `|` divides: it stands behind a code and its label, and another code and its
/// label of the same form follow.
pub(super) fn slash(piece: &[Placed], rest: &[Letter]) -> bool {
    let rest = skip_while(rest, |c| c == ' ');
    begins_bound(rest)
        || ends_in_label_and_word(piece) && begins_label_and_word(rest)
        || ends_in_bound_code(piece).is_some_and(|sign| begins_label_and(rest, sign))
        || ends_in_hyphened_label(piece) && begins_code_and(rest, |c| c == '-')
        || ends_in_number_and_label(piece) && begins_code_and(rest, is_han)
}

/// `借:1/贷:-1`
fn ends_in_bound_code(piece: &[Placed]) -> Option<char> {
    let [.., text, sign, code] = piece else {
        return None;
    };
    let is_pair = matches!(text.token, Token::Text(_))
        && matches!(code.token, Token::Code { .. })
        && codes(piece) == 1;
    match sign.token {
        Token::Bind(sign @ (':' | '=')) if is_pair => Some(sign),
        _ => None,
    }
}

fn begins_label_and(rest: &[Letter], sign: char) -> bool {
    let han = rest.iter().take_while(|one| is_han(one.c)).count();
    han > 0 && rest.get(han).is_some_and(|one| one.c == sign)
}

/// `START-开始|END-结束`
fn ends_in_hyphened_label(piece: &[Placed]) -> bool {
    let [.., code, sign, label] = piece else {
        return false;
    };
    matches!(code.token, Token::Code { .. })
        && sign.token == Token::Bind('-')
        && matches!(label.token, Token::Text(_))
        && codes(piece) == 1
}

/// `1启用/0禁用`
fn ends_in_number_and_label(piece: &[Placed]) -> bool {
    let [before @ .., code, label] = piece else {
        return false;
    };
    let is_free = before
        .last()
        .is_none_or(|one| matches!(one.token, Token::Bind(':') | Token::Space | Token::Remark));
    is_free
        && matches!(&code.token, Token::Code { text, quoted: false } if is_short(text))
        && matches!(label.token, Token::Text(_))
        && codes(piece) == 1
}

fn begins_code_and(rest: &[Letter], follows: fn(char) -> bool) -> bool {
    let length = rest.iter().take_while(|one| is_wordlike(one.c)).count();
    length > 0 && rest.get(length).is_some_and(|one| follows(one.c))
}

/// Whether 和, 或 or 及 divides: `审核audit和反审核unaudit`, but not `id和number二选一`.
pub(super) fn word(piece: &[Placed], rest: &[Letter]) -> bool {
    ends_in_label_and_word(piece)
        && begins_label_and_word(rest)
        && matches!(
            after(rest, |c| is_han(c) || is_wordlike(c)),
            None | Some(',' | ';' | '、' | REMARK)
        )
}

/// `1:采购/2:委外`: a code and a sign that binds it to a label.
fn begins_bound(rest: &[Letter]) -> bool {
    let length = rest.iter().take_while(|one| is_wordlike(one.c)).count();
    length > 0 && matches!(rest.get(length).map(|one| one.c), Some(':' | '='))
}

/// `保存save`, also behind the field's own label: one word of Latin letters, a text before it.
fn ends_in_label_and_word(piece: &[Placed]) -> bool {
    let [.., text, code] = piece else {
        return false;
    };
    matches!(text.token, Token::Text(_)) && is_latin(&code.token) && codes(piece) == 1
}

fn is_latin(token: &Token) -> bool {
    matches!(token, Token::Code { text, quoted: false }
        if text.len() > 1 && text.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn codes(piece: &[Placed]) -> usize {
    let is_code = |placed: &&Placed| matches!(placed.token, Token::Code { .. });
    piece.iter().filter(is_code).count()
}

/// `提交submit`
fn begins_label_and_word(rest: &[Letter]) -> bool {
    let word = skip_while(rest, is_han);
    let length = word.iter().take_while(|one| is_wordlike(one.c)).count();
    let is_latin = word.first().is_some_and(|one| one.c.is_ascii_alphabetic());
    word.len() < rest.len() && length > 1 && is_latin
}

fn is_wordlike(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn skip_while(mut rest: &[Letter], is: fn(char) -> bool) -> &[Letter] {
    while let [first, after @ ..] = rest
        && is(first.c)
    {
        rest = after;
    }
    rest
}

fn after(rest: &[Letter], goes_on: fn(char) -> bool) -> Option<char> {
    rest.iter().map(|one| one.c).find(|c| !goes_on(*c))
}
