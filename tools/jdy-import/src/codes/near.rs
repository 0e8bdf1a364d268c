//! Nearness: words and texts that stand side by side with no sign to bind them.
//!
//! They make no list; that there are some is reported. Owns what counts as near. Must not know what
//! makes a list. Must not use: `crate::codes::judge`, `crate::codes::read`.

use super::bind::is_free;
use super::pair::{is_field, is_short};
use super::token::{Placed, Token, says_default};
use crate::words;

/// How many words of Latin letters stand before a text with nothing but a space between, where a
/// piece holds nothing else: `asc升序`, `AR应收 AP应付`; or numbers behind one: `启用1禁用0`.
pub(super) fn near(piece: &[Placed]) -> usize {
    let piece = match piece {
        // The field's own label comes first: `排序：asc升序`.
        [label, sign, rest @ ..]
            if matches!(label.token, Token::Text(_))
                && matches!(sign.token, Token::Bind(':') | Token::Space) =>
        {
            rest
        }
        piece => piece,
    };
    let parts: Vec<&Token> = piece
        .iter()
        .map(|placed| &placed.token)
        .filter(|token| **token != Token::Space)
        .collect();
    let pairs = || parts.chunks(2);
    if pairs().all(|pair| matches!(pair, [code, Token::Text(_)] if is_latin(code))) {
        return pairs().count();
    }
    let mut texts = Vec::new();
    for pair in pairs() {
        match pair {
            [said @ Token::Text(text), Token::Code { text: code, .. }]
                if is_short(code)
                    && !says_default(said)
                    && !words::COUNTING.iter().any(|word| text.ends_with(word)) =>
            {
                texts.push(text);
            }
            _ => return 0,
        }
    }
    texts.dedup();
    if texts.len() > 1 { texts.len() } else { 0 }
}

/// How many truths of a piece come before the text that each means: `true明细`, but not
/// `返回为true`, which is a sentence.
pub(super) fn truths(piece: &[Placed]) -> usize {
    let is_truth = |token: &Token| matches!(token, Token::Code { text, .. } if matches!(text.as_str(), "true" | "false"));
    let counts = |(at, placed): &(usize, &Placed)| {
        let after = piece.get(at + 1).map(|one| &one.token);
        // 是 and 否 say no more than the type.
        let says =
            matches!(after, Some(Token::Text(text)) if !matches!(text.as_str(), "是" | "否"));
        is_truth(&placed.token) && is_free(piece, *at) && says
    };
    piece.iter().enumerate().filter(counts).count()
}

fn is_latin(token: &Token) -> bool {
    matches!(token, Token::Code { text, quoted: false }
        if text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ') && !is_field(text))
}
