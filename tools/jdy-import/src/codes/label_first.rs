//! Labels that come before their codes: `现销：1`, `审核audit`, `男:M 女:F`.
//!
//! Owns how a code is bound to the label before it. Must not know what makes a list. Must not use:
//! `crate::codes::judge`, `crate::codes::near`.

use super::label::{clean, text_of};
use super::pair::{Pair, is_code, is_field, is_short, pair};
use super::token::{Placed, Token, says_default, trimmed};
use crate::words;

/// `现销：1`, `审核audit`, `抵现 2`, `所有：“”`; the label is what follows the last colon or space.
pub(super) fn label_first(piece: &[Placed]) -> Option<Vec<Pair>> {
    if let Some(pair) = words_last(piece) {
        return Some(vec![pair]);
    }
    let last = piece.last()?;
    let Token::Code { text, quoted } = &last.token else {
        return several_label_first(piece);
    };
    if !is_code(text) {
        return None;
    }
    let codes = piece
        .iter()
        .filter(|placed| matches!(&placed.token, Token::Code { .. }))
        .count();
    if codes > 1
        && let Some(pairs) = several_label_first(piece)
            .or_else(|| glued(piece))
            .or_else(|| spaced(piece))
    {
        return Some(pairs);
    }
    let (label, is_weak, at) = label_before(piece, piece.len() - 1, text, *quoted)?;
    let mut pair = pair(text, &label, at, is_weak)?;
    // `全部门店=1`, and `业务员-id`, where a hyphen puts a field's name beside what it belongs to.
    pair.is_value = match piece {
        [.., sign, _] if sign.token == Token::Bind('=') => text.bytes().all(|b| b.is_ascii_digit()),
        [.., sign, _] if sign.token == Token::Bind('-') => is_field(text),
        _ => false,
    };
    Some(vec![pair])
}

/// `编码升序：number asc`: the code is of several words.
fn words_last(piece: &[Placed]) -> Option<Pair> {
    let bind = piece
        .iter()
        .rposition(|placed| placed.token == Token::Bind(':'))?;
    let words = trimmed(piece.get(bind + 1..)?);
    let is_word = |token: &Token| {
        matches!(token, Token::Code { text, quoted: false }
            if text.len() > 1 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let is_right = |(at, placed): (usize, &Placed)| match at % 2 {
        0 => is_word(&placed.token),
        _ => placed.token == Token::Space,
    };
    if words.len() < 3 || !words.iter().enumerate().all(is_right) {
        return None;
    }
    let code: Vec<&str> = words
        .iter()
        .filter_map(|placed| match &placed.token {
            Token::Code { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let code = code.join(" ");
    let (label, is_weak, at) = label_before(piece, bind + 1, &code, false)?;
    pair(&code, &label, at, is_weak)
}

/// `编码升序：“1” 名称升序：“2”`, `男:M 女:F`: several in one piece, each label up to its own code.
fn several_label_first(piece: &[Placed]) -> Option<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut from = 0;
    for (at, placed) in piece.iter().enumerate() {
        let Token::Code { text, quoted } = &placed.token else {
            continue;
        };
        let is_bound = |at: usize| {
            let token = |at: Option<usize>| at.and_then(|at| piece.get(at)).map(|one| &one.token);
            matches!(token(at.checked_sub(1)), Some(Token::Bind(_)))
                && matches!(token(at.checked_sub(2)), Some(Token::Text(_)))
                && matches!(token(Some(at + 1)), None | Some(Token::Space))
        };
        if !(*quoted || is_code(text) && is_bound(at)) {
            continue;
        }
        let part = piece.get(from..=at)?;
        let part = trimmed(part);
        let (label, is_weak, place) =
            label_before(part, part.len().checked_sub(1)?, text, *quoted)?;
        pairs.push(pair(text, &label, place, is_weak)?);
        from = at + 1;
    }
    let rest = trimmed(piece.get(from..).unwrap_or_default());
    (rest.is_empty() && pairs.len() > 1).then_some(pairs)
}

/// `未收款:A部分收款:B`: the next label follows its code with nothing between. Where two are of
/// digits, or of two kinds, the first may be a part of a label: `等级：1星：3`.
fn glued(piece: &[Placed]) -> Option<Vec<Pair>> {
    let from = match piece {
        // The field's own label comes first.
        [label, sign, text, ..]
            if matches!(label.token, Token::Text(_))
                && sign.token == Token::Bind(':')
                && matches!(text.token, Token::Text(_)) =>
        {
            2
        }
        _ => 0,
    };
    let parts = piece.get(from..)?.chunks(3).map(|part| {
        let [label, sign, code] = part else {
            return None;
        };
        match (&label.token, &sign.token, &code.token) {
            (Token::Text(text), Token::Bind(':' | '='), Token::Code { text: code, .. })
                if is_code(code) =>
            {
                pair(code, &clean(text)?, label.at, false)
            }
            _ => None,
        }
    });
    let pairs: Vec<Pair> = parts.collect::<Option<_>>()?;
    let is_word = |pair: &Pair| pair.code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_sure = pairs.len() > 2 || pairs.len() == 2 && pairs.iter().all(is_word);
    is_sure.then_some(pairs)
}

/// `未收款1 部分收款2`: a space divides, and each part is a label and its code.
fn spaced(piece: &[Placed]) -> Option<Vec<Pair>> {
    let mut parts: Vec<&[Placed]> = piece.split(|placed| placed.token == Token::Space).collect();
    // The field's own label comes first.
    if let Some([label]) = parts.first()
        && matches!(label.token, Token::Text(_))
    {
        parts.remove(0);
    }
    let pairs = parts.iter().map(|part| {
        let [.., text, code] = part else { return None };
        let (Token::Text(_), Token::Code { text: code, quoted }) = (&text.token, &code.token)
        else {
            return None;
        };
        let is_alone = matches!(
            part,
            [_, _]
                | [
                    Placed {
                        token: Token::Text(_),
                        ..
                    },
                    Placed {
                        token: Token::Bind(':'),
                        ..
                    },
                    _,
                    _
                ]
        );
        if !is_alone || !is_code(code) {
            return None;
        }
        let (label, is_weak, at) = label_before(part, part.len() - 1, code, *quoted)?;
        pair(code, &label, at, is_weak)
    });
    let pairs: Vec<Pair> = pairs.collect::<Option<_>>()?;
    (pairs.len() > 1).then_some(pairs)
}

/// The label that stands before a code.
fn label_before(
    piece: &[Placed],
    at: usize,
    code: &str,
    quoted: bool,
) -> Option<(String, bool, usize)> {
    let mut end = at;
    let mut binds = 0;
    while let Some(placed) = end.checked_sub(1).and_then(|before| piece.get(before)) {
        match placed.token {
            Token::Bind(_) => binds += 1,
            Token::Space | Token::Remark => {}
            _ => break,
        }
        end -= 1;
    }
    // The label begins after the last colon or space before it.
    let mut start = end;
    while let Some(placed) = start.checked_sub(1).and_then(|before| piece.get(before)) {
        match &placed.token {
            Token::Bind(':' | '=') | Token::Space => break,
            _ => start -= 1,
        }
    }
    let words = piece.get(start..end)?;
    let mut label = text_of(words, 0)?;
    let mut is_weak = binds == 0;
    // `默认:单人盘点:“1”`
    let before = piece.get(..start).unwrap_or_default();
    if before.iter().any(|placed| says_default(&placed.token)) {
        label.insert_str(0, "默认:");
    }
    let bound = words::CODE_BINDERS
        .iter()
        .filter(|word| **word != "是")
        .find_map(|word| label.strip_suffix(word));
    if is_weak && let Some(shorter) = bound {
        label = clean(shorter)?;
    }
    if quoted {
        is_weak = false;
    }
    let is_name = code.len() > 1
        && !is_field(code)
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_weak && !(is_name || is_short(code)) {
        return None;
    }
    Some((label, is_weak, words.first()?.at))
}

/// `全部：空`: the empty text is a code, and its label stands first.
pub(super) fn empty_last(piece: &[Placed]) -> Option<Pair> {
    let [.., label, bind, last] = piece else {
        return None;
    };
    let is_empty = matches!(&last.token, Token::Text(text)
        if matches!(text.as_str(), "空" | "空值" | "空串" | "空字符串"));
    let is_bound = matches!(bind.token, Token::Bind(':' | '='));
    if !is_empty || !is_bound || !matches!(label.token, Token::Text(_)) {
        return None;
    }
    let (label, is_weak, at) = label_before(piece, piece.len() - 1, "", true)?;
    if label.starts_with('不') {
        return None;
    }
    pair("", &label, at, is_weak)
}
