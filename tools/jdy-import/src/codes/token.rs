//! Tokens: a region of letters, cut into pieces at its delimiters.
//!
//! Owns what divides, what binds and what is a word. Must not know which word is a code. Must not
//! use: `crate::codes::pair`, `crate::codes::bind`, `crate::codes::read`, `crate::codes::judge`.

use super::divide;
use super::letter::{Letter, REMARK, is_word};

/// A token of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Something that may be a code: letters, digits, `_`; or anything like that in quotes.
    Code { text: String, quoted: bool },
    /// Other text.
    Text(String),
    /// `:` and the like.
    Bind(char),
    /// A space.
    Space,
    /// A bracketed remark.
    Remark,
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// What `、` does after a number: `1、微信、2、支付宝`, or `普通：1、套装：2`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Comma {
    Binds,
    Divides,
}

/// Cuts a region into pieces of tokens.
pub(super) fn pieces(region: &[Letter], comma: Comma) -> Vec<Vec<Placed>> {
    let mut tokenizer = Tokenizer {
        region,
        comma,
        pieces: vec![Vec::new()],
        at: 0,
    };
    while let Some(letter) = region.get(tokenizer.at) {
        tokenizer.step(*letter);
    }
    let mut pieces = tokenizer.pieces;
    pieces.iter_mut().for_each(join_direction);
    pieces
}

struct Tokenizer<'a> {
    region: &'a [Letter],
    comma: Comma,
    pieces: Vec<Vec<Placed>>,
    at: usize,
}

impl Tokenizer<'_> {
    fn step(&mut self, letter: Letter) {
        if self.ends_piece(letter.c) {
            self.pieces.push(Vec::new());
            self.at += 1;
            return;
        }
        match self.token(letter.c) {
            Some((token, end)) => {
                self.push(token, letter.at);
                self.at = end;
            }
            // A quote that never closes.
            None => self.at += 1,
        }
    }

    /// Whether a letter divides two pieces.
    fn ends_piece(&self, c: char) -> bool {
        let rest = self.region.get(self.at + 1..).unwrap_or_default();
        match c {
            // `1、微信`: after a number that begins a piece it binds, else it divides.
            '、' => self.comma == Comma::Divides || !self.is_between_number_and_word(),
            ',' | ';' => true,
            '/' | '|' => divide::slash(self.piece(), rest),
            '和' | '或' | '及' => divide::word(self.piece(), rest),
            _ => false,
        }
    }

    /// The token that a letter begins, and where it ends.
    fn token(&self, c: char) -> Option<(Token, usize)> {
        let code = |text| Token::Code {
            text,
            quoted: false,
        };
        let next = self.next();
        let token = match c {
            '、' => Token::Bind(c),
            '.' if self.is_between_number_and_word() => Token::Bind(c),
            '"' => return quoted(self.region, self.at),
            // `0->待付款`, `0=>待付款`
            '-' | '=' if next == '>' => return Some((Token::Bind('='), self.at + 2)),
            // `0~待付款`, but not `0~100`
            '~' if ends_in_number(self.piece()) && is_word(next) && !next.is_ascii() => {
                Token::Bind(c)
            }
            ':' | '=' | '/' | '|' => Token::Bind(c),
            '-' if is_minus(self.region, self.at) => {
                let (text, end) = word(self.region, self.at + 1);
                return Some((code(format!("-{text}")), end));
            }
            '-' => Token::Bind(c),
            ' ' => Token::Space,
            REMARK => Token::Remark,
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let (text, end) = word(self.region, self.at);
                return Some((code(text), end));
            }
            c => Token::Text(c.to_string()),
        };
        Some((token, self.at + 1))
    }

    fn push(&mut self, token: Token, at: usize) {
        let Some(piece) = self.pieces.last_mut() else {
            return;
        };
        match (piece.last_mut().map(|last| &mut last.token), &token) {
            (Some(Token::Text(before)), Token::Text(more)) => before.push_str(more),
            (Some(Token::Space), Token::Space) => {}
            _ => piece.push(Placed { token, at }),
        }
    }

    /// The piece so far.
    fn piece(&self) -> &[Placed] {
        self.pieces.last().map_or(&[], Vec::as_slice)
    }

    fn next(&self) -> char {
        self.region.get(self.at + 1).map_or(' ', |next| next.c)
    }

    fn is_between_number_and_word(&self) -> bool {
        let next = self.next();
        ends_in_number(self.piece()) && is_word(next) && !next.is_ascii_digit()
    }
}

/// `number asc：编码升序`: a word and the direction behind it are one code.
fn join_direction(piece: &mut Vec<Placed>) {
    let is_word = |token: &Token| {
        matches!(token, Token::Code { text, quoted: false }
            if text.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    let mut at = 0;
    while let Some([word, space, direction, ..]) = piece.get(at..) {
        let Token::Code { text, .. } = &direction.token else {
            at += 1;
            continue;
        };
        if matches!(text.as_str(), "asc" | "desc")
            && space.token == Token::Space
            && is_word(&word.token)
        {
            let direction = text.clone();
            piece.drain(at + 1..at + 3);
            if let Some(Token::Code { text, .. }) = piece.get_mut(at).map(|one| &mut one.token) {
                text.push(' ');
                text.push_str(&direction);
            }
        }
        at += 1;
    }
}

/// Whether a piece so far is a number and nothing else, or ends in one after a text.
fn ends_in_number(piece: &[Placed]) -> bool {
    let Some(Token::Code {
        text,
        quoted: false,
    }) = piece.last().map(|last| &last.token)
    else {
        return false;
    };
    let before = piece.len().checked_sub(2).and_then(|at| piece.get(at));
    let starts = before.is_none_or(|before| {
        matches!(
            before.token,
            Token::Space | Token::Bind(':') | Token::Text(_) | Token::Remark
        )
    });
    starts && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A minus sign: a digit follows, and nothing stands before that it could bind to.
fn is_minus(region: &[Letter], at: usize) -> bool {
    let before = at
        .checked_sub(1)
        .and_then(|at| region.get(at))
        .map_or(' ', |letter| letter.c);
    let after = region.get(at + 1).map_or(' ', |letter| letter.c);
    after.is_ascii_digit()
        && matches!(
            before,
            ' ' | ':' | ',' | ';' | '=' | '、' | '"' | '/' | '为' | '示' | '表'
        )
}

fn word(region: &[Letter], from: usize) -> (String, usize) {
    let text: String = region
        .iter()
        .skip(from)
        .map(|letter| letter.c)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let end = from + text.len();
    (text, end)
}

/// A quoted text: a code, or words in quotes. `None` where the quote never closes.
fn quoted(region: &[Letter], at: usize) -> Option<(Token, usize)> {
    const MAX_QUOTED: usize = 40;
    let inner = region.get(at + 1..)?;
    let close = inner
        .iter()
        .take(MAX_QUOTED)
        .position(|letter| letter.c == '"')?;
    let text: String = inner.iter().take(close).map(|letter| letter.c).collect();
    let text = text.trim();
    let bare = text.strip_prefix('-').unwrap_or(text);
    // `“number asc”`
    let bare = [" asc", " desc"]
        .iter()
        .find_map(|direction| bare.strip_suffix(direction))
        .unwrap_or(bare);
    let is_code = bare
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let token = if is_code {
        Token::Code {
            text: text.to_owned(),
            quoted: true,
        }
    } else if text.contains([',', ';', ':', '、']) {
        // The quote closes something else: it is a stray one.
        return None;
    } else {
        Token::Text(text.to_owned())
    };
    Some((token, at + close + 2))
}

pub(super) fn trimmed(piece: &[Placed]) -> &[Placed] {
    let blank = |placed: &Placed| matches!(placed.token, Token::Space | Token::Remark);
    let mut trimmed = piece;
    while let [first, rest @ ..] = trimmed
        && blank(first)
    {
        trimmed = rest;
    }
    while let [rest @ .., last] = trimmed
        && blank(last)
    {
        trimmed = rest;
    }
    trimmed
}

pub(super) fn says_default(token: &Token) -> bool {
    let Token::Text(text) = token else {
        return false;
    };
    let text = ["值为", "值", "为", "取", "传"]
        .iter()
        .find_map(|tail| text.strip_suffix(tail))
        .unwrap_or(text);
    // `是否默认 1：是` asks, and states no default.
    (text.ends_with("默认") || text.ends_with("缺省")) && !text.ends_with("是否默认")
}
