//! One piece: the codes that it holds.
//!
//! Owns in which order a code and its label may stand. Must not know the other pieces. Must not
//! use: `crate::codes::judge`, `crate::codes::near`.

use super::bind::starts;
use super::label::{clean, text_of};
use super::label_first;
use super::pair::{Pair, is_code, pair};
use super::token::{Placed, Token, says_default, trimmed};
use crate::words;

/// What a piece holds.
pub(super) enum Piece {
    /// Codes, and whether some of it could not be read.
    Pairs(Vec<Pair>, bool),
    Empty,
    Words,
    /// A code without a label, or the like.
    Odd,
}

/// Reads one piece.
pub(super) fn read(piece: &[Placed]) -> Piece {
    let piece = trimmed(piece);
    if piece.is_empty() {
        return Piece::Empty;
    }
    if is_default(piece) {
        return Piece::Empty;
    }
    if let Some(pair) = empty_value(piece).or_else(|| label_first::empty_last(piece)) {
        return Piece::Pairs(vec![pair], false);
    }
    let (first, is_torn) = match code_first(piece) {
        Some(found) => with_prefix(piece, found),
        None => (None, false),
    };
    let last = label_first::label_first(piece);
    match (first, last) {
        (Some(first), Some(last)) => {
            let weak = |pairs: &[Pair]| pairs.iter().filter(|pair| pair.is_weak).count();
            let (by_first, by_last) = ((first.len(), weak(&last)), (last.len(), weak(&first)));
            if by_first >= by_last {
                Piece::Pairs(first, is_torn)
            } else {
                Piece::Pairs(last, false)
            }
        }
        (Some(pairs), None) => Piece::Pairs(pairs, is_torn),
        (None, Some(pairs)) => Piece::Pairs(pairs, false),
        (None, None) => match piece
            .iter()
            .any(|placed| matches!(&placed.token, Token::Code { text, .. } if is_code(text)))
        {
            true => Piece::Odd,
            false => Piece::Words,
        },
    }
}

/// `默认2-商城`: says which code is the default, and is none of the list.
fn is_default(piece: &[Placed]) -> bool {
    let [first, second, ..] = piece else {
        return false;
    };
    says_default(&first.token) && matches!(second.token, Token::Code { .. })
}

/// `空值表示所有`: the empty text is a code.
fn empty_value(piece: &[Placed]) -> Option<Pair> {
    let only = piece.first()?;
    let Token::Text(text) = &only.token else {
        return None;
    };
    if let [_, bind, words @ ..] = piece
        && matches!(bind.token, Token::Bind(':' | '=' | '-'))
        && matches!(text.as_str(), "空" | "为空" | "空值" | "空串" | "空字符串")
    {
        return Some(Pair {
            code: String::new(),
            label: text_of(words, 0)?,
            at: only.at,
            is_default: false,
            is_weak: false,
            is_value: false,
        });
    }
    if piece.len() > 1 {
        return None;
    }
    let label = words::EMPTY_MEANS
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    let label = clean(label)?;
    (!label.contains('不')).then_some(Pair {
        code: String::new(),
        label,
        at: only.at,
        is_default: false,
        is_weak: true,
        is_value: false,
    })
}

/// `1：启用`, `1-男 2-女`, `1：启用0：禁用`; a text before the first code is the field's label.
fn code_first(piece: &[Placed]) -> Option<Vec<Pair>> {
    let starts = starts(piece);
    let mut pairs = Vec::new();
    for (index, (at, bound)) in starts.iter().enumerate() {
        let from = at + 1 + bound.skip;
        let to = starts.get(index + 1).map_or(piece.len(), |(next, _)| *next);
        let placed = piece.get(*at)?;
        let Token::Code { text, .. } = &placed.token else {
            continue;
        };
        let words = piece.get(from..to)?;
        let label = text_of(words, bound.cut)?;
        pairs.push(pair(text, &label, placed.at, bound.is_weak)?);
    }
    (!pairs.is_empty()).then_some(pairs)
}

/// Codes and what stands before the first of them: `都要：-1 1：是 0：否`. A code there that is bound
/// to its label is one of them; one that cannot be read tears the list.
fn with_prefix(piece: &[Placed], found: Vec<Pair>) -> (Option<Vec<Pair>>, bool) {
    let start = starts(piece).first().map_or(0, |(at, _)| *at);
    let prefix = trimmed(piece.get(..start).unwrap_or_default());
    let holds_bound = prefix.windows(2).any(|two| {
        matches!(two, [sign, code] if matches!(sign.token, Token::Bind(_))
            && matches!(&code.token, Token::Code { text, .. } if is_code(text)))
    });
    if !holds_bound {
        return (Some(found), false);
    }
    match label_first::label_first(prefix) {
        Some(mut pairs) => {
            pairs.extend(found);
            (Some(pairs), false)
        }
        None => (Some(found), true),
    }
}
