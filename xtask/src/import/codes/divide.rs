//! What divides a list where another sign or word does not: a `/` or `|` between two codes, and
//! 和, 或, 及 between two words that each have their label.
//!
//! Must not know what makes a list.

use super::{Letter, Placed, Token, is_han};

/// Whether a `/` or `|` divides: it stands behind a code and its label, and another code and its
/// label of the same form follow.
pub(super) fn slash(piece: &[Placed], rest: &[Letter]) -> bool {
    let rest = skipped(rest);
    begins_bound(rest) || ends_in_label_and_word(piece) && begins_label_and_word(rest)
}

/// Whether 和, 或 or 及 divides: `审核audit和反审核unaudit`, but not `id和number二选一`.
pub(super) fn word(piece: &[Placed], rest: &[Letter]) -> bool {
    ends_in_label_and_word(piece)
        && begins_label_and_word(rest)
        && matches!(
            after(rest, |c| is_han(c) || is_wordlike(c)),
            None | Some(',' | ';' | '、' | super::REMARK)
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
    let han = rest.iter().take_while(|one| is_han(one.c)).count();
    let word = rest[han..]
        .iter()
        .take_while(|one| is_wordlike(one.c))
        .count();
    han > 0 && word > 1 && rest.get(han).is_some_and(|one| one.c.is_ascii_alphabetic())
}

fn is_wordlike(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn skipped(rest: &[Letter]) -> &[Letter] {
    let spaces = rest.iter().take_while(|one| one.c == ' ').count();
    &rest[spaces..]
}

fn after(rest: &[Letter], goes_on: fn(char) -> bool) -> Option<char> {
    rest.iter().map(|one| one.c).find(|c| !goes_on(*c))
}
