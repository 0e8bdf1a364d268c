//! What binds a code to the label that follows it.
//!
//! Owns where a code begins within a piece, and how strongly a label is bound to it. Must not know
//! what a list of codes is. Must not use: `crate::codes::read`, `crate::codes::judge`.

use super::pair::{is_code, is_short};
use super::sentence;
use super::token::{Placed, Token, says_default};
use crate::words;

/// How a code is bound to what follows: the number of tokens that bind, and the label's beginning.
pub(super) struct Bound {
    pub(super) skip: usize,
    pub(super) cut: usize,
    pub(super) is_weak: bool,
}

fn bound_after(piece: &[Placed], at: usize, code: &str, quoted: bool) -> Option<Bound> {
    let mut skip = 0;
    let mut spaces = 0;
    let mut binds = 0;
    while let Some(placed) = piece.get(at + 1 + skip) {
        match &placed.token {
            Token::Bind(_) => binds += 1,
            Token::Space => spaces += 1,
            _ => break,
        }
        skip += 1;
    }
    let next = piece.get(at + 1 + skip)?;
    if let Token::Code { text, .. } = &next.token
        && !text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !measures(piece, at, skip)
    {
        return None;
    }
    if binds > 0 {
        return (binds <= 2).then_some(Bound {
            skip,
            cut: 0,
            is_weak: false,
        });
    }
    let Token::Text(text) = &next.token else {
        return None;
    };
    let word = words::CODE_BINDERS.iter().find(|word| {
        text.strip_prefix(**word)
            .is_some_and(|label| !(label.is_empty() || **word == "是" && label.starts_with('否')))
    });
    if let Some(word) = word
        && spaces == 0
        && (is_short(code) || quoted || !matches!(*word, "为" | "是"))
    {
        return Some(Bound {
            skip,
            cut: word.len(),
            is_weak: matches!(*word, "为" | "是"),
        });
    }
    (quoted || is_short(code)).then_some(Bound {
        skip,
        cut: 0,
        is_weak: !quoted,
    })
}

/// `1：13%`, `30：30天`: the label is a number and its unit. A hyphen makes a range of the two, and
/// a number with a nought before it is a time or an ordinal.
fn measures(piece: &[Placed], at: usize, skip: usize) -> bool {
    let binds = piece.get(at + 1..at + 1 + skip).unwrap_or_default();
    let Some([Placed { token: number, .. }, rest @ ..]) = piece.get(at + 1 + skip..) else {
        return false;
    };
    let is_number = matches!(number, Token::Code { text, quoted: false }
        if (text == "0" || !text.starts_with('0')) && text.bytes().all(|b| b.is_ascii_digit()));
    let unit = match rest {
        [
            point,
            Placed {
                token: Token::Code { .. },
                ..
            },
            unit,
            ..,
        ] if point.token == Token::Text(".".to_owned()) => Some(unit),
        [unit, ..] => Some(unit),
        [] => None,
    };
    is_number
        && binds
            .iter()
            .any(|one| matches!(one.token, Token::Bind(':' | '=')))
        && matches!(unit.map(|one| &one.token), Some(Token::Text(text))
            if words::MEASURE_UNITS.iter().any(|unit| text.starts_with(unit)))
}

/// How many codes of a piece a sign binds to what follows.
pub(super) fn bound_codes(piece: &[Placed]) -> usize {
    let starts = starts(piece);
    starts.iter().filter(|(_, bound)| !bound.is_weak).count()
}

/// The places where codes begin, and how each is bound.
pub(super) fn starts(piece: &[Placed]) -> Vec<(usize, Bound)> {
    let mut starts = Vec::new();
    for (at, placed) in piece.iter().enumerate() {
        let Token::Code { text, quoted } = &placed.token else {
            continue;
        };
        if !is_code(text) || !may_start(piece, at, *quoted) || is_slashed(piece, at) {
            continue;
        }
        if let Some(bound) = bound_after(piece, at, text, *quoted)
            && !(bound.is_weak && is_counted(piece, at))
        {
            starts.push((at, bound));
        }
    }
    let has_strong = starts.iter().any(|(_, bound)| !bound.is_weak);
    if has_strong {
        // Where some are bound, one that is only near is a part of a label, unless it stands free.
        starts.retain(|(at, bound)| !bound.is_weak || *at == 0 || is_free(piece, *at));
    } else if let Some((first, _)) = starts.first()
        && follows_word(piece, *first)
        && !counts_on(piece, &starts)
    {
        // `附加栏1种类`: a number within words is none.
        starts.clear();
    }
    starts
}

fn follows_word(piece: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| piece.get(before));
    before.is_some_and(|before| matches!(before.token, Token::Text(_)))
}

/// `状态1待核2已核3取消`: at least three that count on by one.
fn counts_on(piece: &[Placed], starts: &[(usize, Bound)]) -> bool {
    let number = |at: usize| match piece.get(at).map(|one| &one.token) {
        Some(Token::Code { text, .. }) => text.parse::<u32>().ok(),
        _ => None,
    };
    starts.len() > 2
        && starts.windows(2).all(|two| match two {
            [(one, _), (next, _)] => number(*one).is_some_and(|one| number(*next) == Some(one + 1)),
            _ => true,
        })
}

/// Whether a code may begin here: nothing binds it to what stands before.
fn may_start(piece: &[Placed], at: usize, quoted: bool) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| piece.get(before)) else {
        return true;
    };
    match &before.token {
        Token::Text(text) => !says_default(&before.token) && !sentence::cites(text),
        Token::Space | Token::Remark => true,
        // `状态:1-可用`: the field's own label ends with a colon, but one code does not bind another.
        Token::Bind(':' | '=') => {
            let head = at.checked_sub(2).and_then(|head| piece.get(head));
            head.is_none_or(|head| match &head.token {
                Token::Text(text) => !sentence::cites(text),
                Token::Remark => true,
                _ => false,
            })
        }
        Token::Bind(_) => false,
        Token::Code { .. } => quoted,
    }
}

/// `保存save/提交`: a word that ends a text is no code for what a slash puts beside it.
fn is_slashed(piece: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| piece.get(before));
    matches!(before.map(|one| &one.token), Some(Token::Text(_)))
        && matches!(piece.get(at).map(|one| &one.token), Some(Token::Code { text, .. })
            if text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && matches!(
            piece.get(at + 1).map(|one| &one.token),
            Some(Token::Bind('/' | '|'))
        )
}

/// Whether what stands before a number counts with it.
fn is_counted(piece: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| piece.get(before));
    before.is_some_and(
        |before| matches!(&before.token, Token::Text(text) if words::COUNTING.iter().any(|word| text.ends_with(word))),
    )
}

pub(super) fn is_free(piece: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| piece.get(before));
    before.is_none_or(|before| matches!(before.token, Token::Space | Token::Remark))
}
