//! Enumerations: the codes that a description lists, and what the vendor calls them.
//!
//! One rule: a text is cut at its delimiters into pieces; a piece is a code when it holds a code
//! and a label and nothing else, in either order; a list is taken when at least two pieces are
//! codes, no code has two labels, and nothing in it is a sentence. Whatever only looks like a list
//! is doubtful and stays text. Must not know the field's type.

mod bracket;
mod divide;
mod last;
mod near;
mod sentence;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// A code and its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code on the wire.
    pub code: String,
    /// What the vendor calls it.
    pub label: String,
}

/// What a description lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The codes, in the order of the page.
    pub codes: Vec<Code>,
    /// The byte where the list begins.
    pub at: usize,
    /// The code that the list marks as the default.
    pub default: Option<String>,
    /// Whether nothing but nearness joins some code to its label.
    pub is_weak: bool,
    /// Whether something stands between two codes that could not be read.
    pub is_torn: bool,
}

/// The outcome of looking for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No list.
    None,
    /// A list.
    List(Listed),
    /// Something like a list, and why it is none.
    Doubtful(&'static str),
}

/// Descriptions longer than this list nothing: they are prose.
const LONGEST: usize = 3000;
/// The longest label, in characters.
const LONGEST_LABEL: usize = 24;
/// Looks for a list of codes.
#[must_use]
pub fn find(says: &str) -> Found {
    if says.len() > LONGEST {
        return Found::None;
    }
    let letters: Vec<Letter> = says
        .char_indices()
        .map(|(at, c)| Letter { at, c: fold(c) })
        .collect();
    if bracket::counts(&letters) {
        return Found::Doubtful("numbers in brackets may be codes or count sentences");
    }
    let mut letters = sentence::without_titles(&letters);
    bracket::unfold(&mut letters);
    let mut best: Option<(usize, Listed)> = None;
    let mut doubt = None;
    let found: Vec<Region> = regions(&letters)
        .iter()
        .map(|region| look(region))
        .collect();
    for (at, region) in found.iter().enumerate() {
        match region.judge() {
            Found::List(listed) => {
                if best
                    .as_ref()
                    .is_none_or(|(_, best)| listed.codes.len() > best.codes.len())
                {
                    best = Some((at, listed));
                }
            }
            Found::Doubtful(why) => doubt = Some(why),
            Found::None => {}
        }
    }
    match (best, doubt) {
        (Some((at, mut best)), _) => {
            let others = found.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, region) in others {
                best.add(region);
            }
            Found::List(best)
        }
        (None, Some(why)) => Found::Doubtful(why),
        (None, None) => Found::None,
    }
}

impl Listed {
    /// Adds the codes that stand in a remark within the list, or after it: those that are bound to
    /// their label, new, and of the same kind.
    fn add(&mut self, region: &Region) {
        if region.is_vetoed {
            return;
        }
        for pair in region
            .pairs
            .iter()
            .filter(|pair| !pair.is_weak && !pair.code.is_empty())
        {
            let is_known = self.codes.iter().any(|code| code.code == pair.code);
            let is_alike = self
                .codes
                .iter()
                .any(|code| !code.code.is_empty() && is_short(&code.code) == is_short(&pair.code));
            if !is_known && is_alike {
                self.codes.push(Code {
                    code: pair.code.clone(),
                    label: pair.label.clone(),
                });
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Letter {
    at: usize,
    c: char,
}

/// Full-width forms to ASCII, so that one rule reads both.
fn fold(c: char) -> char {
    match c {
        '：' | '﹕' | '∶' => ':',
        '，' | '﹐' => ',',
        '；' => ';',
        '（' | '﹙' => '(',
        '）' | '﹚' => ')',
        '“' | '”' | '‘' | '’' | '\'' | '＂' | '「' | '」' => '"',
        '＝' | '→' => '=',
        '｜' => '|',
        '～' => '~',
        '－' | '—' | '–' | '﹣' => '-',
        '。' => ';',
        '．' => '.',
        '／' => '/',
        '＋' => '+',
        '｛' => '{',
        '｝' => '}',
        '［' => '[',
        '］' => ']',
        c if c.is_whitespace() => ' ',
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９' => {
            char::from_u32(c as u32 - 0xFEE0).unwrap_or(c)
        }
        c => c,
    }
}

/// The text without what stands in brackets, and the text in each pair of brackets without what
/// stands in inner ones. A bracket that never closes ends with the text.
fn regions(letters: &[Letter]) -> Vec<Vec<Letter>> {
    const DEEPEST: usize = 6;
    let mut done: Vec<Vec<Letter>> = Vec::new();
    let mut open: Vec<Vec<Letter>> = vec![Vec::new()];
    for letter in letters {
        match letter.c {
            '(' | '[' | '{' | '【' if open.len() < DEEPEST => {
                // What a bracket holds goes; that something stood there ends a piece of text.
                mark(&mut open, *letter, REMARK);
                open.push(Vec::new());
            }
            ')' | ']' | '}' | '】' if open.len() > 1 => done.extend(open.pop()),
            ')' | ']' | '}' | '】' => mark(&mut open, *letter, ';'),
            _ => {
                if let Some(region) = open.last_mut() {
                    region.push(*letter);
                }
            }
        }
    }
    // The outermost region last in, first looked at.
    while let Some(region) = open.pop() {
        done.push(region);
    }
    done.reverse();
    done
}

/// Stands where a bracketed remark stood.
const REMARK: char = '\u{1}';

fn mark(open: &mut [Vec<Letter>], letter: Letter, c: char) {
    if let Some(region) = open.last_mut() {
        region.push(Letter { at: letter.at, c });
    }
}

/// A token of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
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
struct Placed {
    token: Token,
    at: usize,
}

/// Cuts a region into pieces of tokens.
fn pieces(region: &[Letter], comma: Comma) -> Vec<Vec<Placed>> {
    let mut pieces = vec![Vec::new()];
    let mut at = 0;
    while let Some(letter) = region.get(at) {
        let place = letter.at;
        let piece_is_code = pieces
            .last()
            .is_some_and(|piece: &Vec<Placed>| ends_in_number(piece));
        let next = region.get(at + 1).map_or(' ', |next| next.c);
        let token = match letter.c {
            // `1、微信`: after a number that begins a piece it binds, else it divides.
            '、' if comma == Comma::Binds
                && piece_is_code
                && is_word(next)
                && !next.is_ascii_digit() =>
            {
                Token::Bind('、')
            }
            '.' if piece_is_code && is_word(next) && !next.is_ascii_digit() => {
                Token::Bind(letter.c)
            }
            ',' | ';' | '、' => {
                pieces.push(Vec::new());
                at += 1;
                continue;
            }
            '"' => match quoted(region, at) {
                Some((token, end)) => {
                    push(&mut pieces, token, place);
                    at = end;
                    continue;
                }
                None => {
                    at += 1;
                    continue;
                }
            },
            '/' | '|' if divides(&pieces, &region[at + 1..], divide::slash) => {
                pieces.push(Vec::new());
                at += 1;
                continue;
            }
            '和' | '或' | '及' if divides(&pieces, &region[at + 1..], divide::word) => {
                pieces.push(Vec::new());
                at += 1;
                continue;
            }
            // `0->待付款`, `0=>待付款`
            '-' | '=' if next == '>' => {
                push(&mut pieces, Token::Bind('='), place);
                at += 2;
                continue;
            }
            // `0~待付款`, but not `0~100`
            '~' if piece_is_code && is_word(next) && !next.is_ascii() => Token::Bind('~'),
            ':' | '=' | '/' | '|' => Token::Bind(letter.c),
            '-' if is_minus(region, at) => {
                let (text, end) = word(region, at + 1);
                push(
                    &mut pieces,
                    Token::Code {
                        text: format!("-{text}"),
                        quoted: false,
                    },
                    place,
                );
                at = end;
                continue;
            }
            '-' => Token::Bind('-'),
            ' ' => Token::Space,
            REMARK => Token::Remark,
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let (text, end) = word(region, at);
                push(
                    &mut pieces,
                    Token::Code {
                        text,
                        quoted: false,
                    },
                    place,
                );
                at = end;
                continue;
            }
            c => Token::Text(c.to_string()),
        };
        push(&mut pieces, token, place);
        at += 1;
    }
    pieces.iter_mut().for_each(join_direction);
    pieces
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

fn push(pieces: &mut [Vec<Placed>], token: Token, at: usize) {
    let Some(piece) = pieces.last_mut() else {
        return;
    };
    match (piece.last_mut().map(|last| &mut last.token), &token) {
        (Some(Token::Text(before)), Token::Text(more)) => before.push_str(more),
        (Some(Token::Space), Token::Space) => {}
        _ => piece.push(Placed { token, at }),
    }
}

fn divides(
    pieces: &[Vec<Placed>],
    rest: &[Letter],
    rule: fn(&[Placed], &[Letter]) -> bool,
) -> bool {
    pieces.last().is_some_and(|piece| rule(piece, rest))
}

fn is_han(c: char) -> bool {
    c.is_alphabetic() && !c.is_ascii()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && c != ' '
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
    let text: String = region[from..]
        .iter()
        .map(|letter| letter.c)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let end = from + text.len();
    (text, end)
}

/// A quoted text: a code, or words in quotes. `None` where the quote never closes.
fn quoted(region: &[Letter], at: usize) -> Option<(Token, usize)> {
    const LONG: usize = 40;
    let close = region[at + 1..]
        .iter()
        .take(LONG)
        .position(|letter| letter.c == '"')?;
    let text: String = region[at + 1..at + 1 + close]
        .iter()
        .map(|letter| letter.c)
        .collect();
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

/// A code that was found in a piece.
struct Pair {
    code: String,
    label: String,
    at: usize,
    is_default: bool,
    /// Nothing but nearness joins the two.
    is_weak: bool,
    /// A number behind `=`, or the name of a field behind a hyphen: alone it is no code.
    is_value: bool,
}

/// What a piece holds.
enum Piece {
    /// Codes, and whether some of it could not be read.
    Pairs(Vec<Pair>, bool),
    Empty,
    Words,
    /// A code without a label, or the like.
    Odd,
}

/// What `、` does after a number: `1、微信、2、支付宝`, or `普通：1、套装：2`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comma {
    Binds,
    Divides,
}

/// What stands in one region.
#[derive(Default)]
struct Region {
    pairs: Vec<Pair>,
    words: usize,
    odd: usize,
    /// Pieces of a word in Latin letters and its label with nothing between: `asc升序`.
    near: usize,
    /// Truths that come before the text that each means.
    truths: usize,
    /// Whether a piece holds several codes, and some label that cannot be read.
    is_broken: bool,
    is_vetoed: bool,
    /// Whether a piece between two codes could not be read.
    is_torn: bool,
    /// Whether its default is several codes at once.
    is_several: bool,
}

/// Why a list is doubtful of which a part cannot be read.
const BROKEN: &str = "a label of it holds more signs than a label can";

/// Looks for codes in one region.
fn look(region: &[Letter]) -> Region {
    let divided = look_as(region, Comma::Divides);
    if !region.iter().any(|letter| letter.c == '、') {
        return divided;
    }
    let bound = look_as(region, Comma::Binds);
    // `状态：1、启用2、禁用`: what a sign binds is surer than what only stands near.
    let sure = |region: &Region| (region.pairs.len(), region.strong());
    if sure(&bound) > sure(&divided) {
        bound
    } else {
        divided
    }
}

fn look_as(region: &[Letter], comma: Comma) -> Region {
    let mut out = Region::default();
    let mut of_label = 0;
    let mut is_unread = false;
    for (index, piece) in pieces(region, comma).iter().enumerate() {
        out.near += near::near(trimmed(piece));
        out.truths += near::truths(trimmed(piece));
        let read = read(piece);
        out.is_broken |= matches!(read, Piece::Odd) && bound_codes(trimmed(piece)) > 1;
        match read {
            Piece::Pairs(found, is_torn) => {
                out.is_torn |= is_torn || (is_unread && !out.pairs.is_empty());
                is_unread = false;
                out.pairs.extend(found);
            }
            Piece::Empty => {}
            // The words that begin a description are its label.
            Piece::Words | Piece::Odd if index == 0 => {}
            Piece::Words => {
                out.words += 1;
                is_unread = true;
            }
            Piece::Odd => {
                out.odd += 1;
                is_unread = true;
            }
        }
        if index == 0 {
            of_label = out.pairs.len();
        }
    }
    // `操作key,下推:push,修改:modify`: where codes are bound, a word that only ends the label is none.
    if out.strong() > 0 {
        let mut at = 0;
        out.pairs.retain(|pair| {
            at += 1;
            at > of_label || !pair.is_weak || is_short(&pair.code) || pair.code.is_empty()
        });
    }
    let first = out.pairs.iter().map(|pair| pair.at).min();
    out.is_vetoed = sentence::is_vetoed(region, first.unwrap_or_default());
    out.is_several = sentence::defaults_to_several(region);
    out
}

impl Region {
    /// `全部门店=1`, `级次 1-n`, `备注：空`: one value, and no list of codes.
    fn is_value(&self) -> bool {
        self.pairs
            .iter()
            .all(|pair| pair.is_value || pair.label.is_ascii() || pair.code.is_empty())
    }

    /// `true明细，false非明细`: both truths, and nothing else, need no sign beside them.
    fn holds_truths(&self) -> bool {
        let holds = |word| self.pairs.iter().any(|pair| pair.code == word);
        let is_truth = |pair: &Pair| matches!(pair.code.as_str(), "true" | "false");
        self.truths > 1 && holds("true") && holds("false") && self.pairs.iter().all(is_truth)
    }

    fn strong(&self) -> usize {
        self.pairs.iter().filter(|pair| !pair.is_weak).count()
    }

    /// What is said where no list stands: whether something looks like one all the same.
    fn judge_near(&self) -> Found {
        match () {
            () if self.is_vetoed => Found::None,
            () if self.is_broken => Found::Doubtful(BROKEN),
            () if self.near > 1 => {
                Found::Doubtful("nothing but nearness joins its words to their labels")
            }
            () => Found::None,
        }
    }

    fn judge(&self) -> Found {
        let strong = self.strong();
        if self.pairs.is_empty() {
            return self.judge_near();
        }
        let doubt = |least: usize, why: &'static str| {
            if strong >= least {
                Found::Doubtful(why)
            } else {
                Found::None
            }
        };
        if self.is_vetoed {
            return doubt(
                2,
                "its sentence speaks of a format, an example or a choice of fields",
            );
        }
        if self.is_several {
            return doubt(2, "its default is several codes at once");
        }
        let mut listed = Listed {
            is_torn: self.is_torn,
            at: self
                .pairs
                .iter()
                .map(|pair| pair.at)
                .min()
                .unwrap_or_default(),
            is_weak: strong < self.pairs.len() && !self.holds_truths(),
            ..Listed::default()
        };
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for pair in &self.pairs {
            match seen.get(pair.code.as_str()) {
                Some(label) if *label == pair.label => continue,
                Some(_) => return doubt(2, "one code has two labels"),
                None => {}
            }
            if pair.is_default && listed.default.is_none() {
                listed.default = Some(pair.code.clone());
            }
            seen.insert(&pair.code, &pair.label);
            listed.codes.push(Code {
                code: pair.code.clone(),
                label: pair.label.clone(),
            });
        }
        if let [_] | [] = listed.codes.as_slice() {
            return match self.judge_near() {
                Found::None if self.is_value() => Found::None,
                Found::None => doubt(1, "it names one code alone"),
                found => found,
            };
        }
        if self.is_broken {
            return Found::Doubtful(BROKEN);
        }
        let first = listed.codes.first().map(|code| code.label.as_str());
        if listed
            .codes
            .iter()
            .all(|code| Some(code.label.as_str()) == first)
        {
            return doubt(1, "all its codes have one label");
        }
        let labels: Vec<&str> = listed
            .codes
            .iter()
            .map(|code| code.label.as_str())
            .collect();
        if sentence::is_among(&labels) {
            return Found::Doubtful("a label of it is a sentence");
        }
        if self.words + self.odd > listed.codes.len() {
            return doubt(2, "more of it is words than codes");
        }
        if listed
            .codes
            .iter()
            .all(|code| code.label.is_ascii() && !code.label.ends_with('%'))
        {
            return doubt(2, "no label of it is the vendor's");
        }
        Found::List(listed)
    }
}

/// Reads one piece.
fn read(piece: &[Placed]) -> Piece {
    let piece = trimmed(piece);
    if piece.is_empty() {
        return Piece::Empty;
    }
    if is_default(piece) {
        return Piece::Empty;
    }
    if let Some(pair) = empty_value(piece).or_else(|| last::empty_last(piece)) {
        return Piece::Pairs(vec![pair], false);
    }
    let (first, is_torn) = match code_first(piece) {
        Some(found) => with_prefix(piece, found),
        None => (None, false),
    };
    let last = last::label_first(piece);
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

fn trimmed(piece: &[Placed]) -> &[Placed] {
    let blank = |placed: &Placed| matches!(placed.token, Token::Space | Token::Remark);
    let start = piece
        .iter()
        .position(|placed| !blank(placed))
        .unwrap_or(piece.len());
    let end = piece
        .iter()
        .rposition(|placed| !blank(placed))
        .map_or(start, |at| at + 1);
    &piece[start..end]
}

/// `默认2-商城`: says which code is the default, and is none of the list.
fn is_default(piece: &[Placed]) -> bool {
    let [first, second, ..] = piece else {
        return false;
    };
    says_default(&first.token) && matches!(second.token, Token::Code { .. })
}

fn says_default(token: &Token) -> bool {
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
    let label = ["空值表示", "空值代表", "为空表示", "空表示", "空代表"]
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

fn is_code(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    text.is_empty()
        || (bare.bytes().all(|byte| byte.is_ascii_digit()) && bare.len() <= 6)
        || bare.starts_with(|c: char| c.is_ascii_alphabetic())
        || (bare.len() <= 12 && bare.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// A number of up to three digits, one capital, or a truth: it may stand beside its label.
fn is_short(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    matches!(bare, "true" | "false")
        || (bare.len() <= 3 && !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()))
        || (bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// The words that bind a code to its label: `1代表启用`.
const BIND_WORDS: [&str; 6] = ["代表", "表示", "标识", "标示", "为", "是"];

/// Words before a number that count with it: `从1开始`, `每页10条`.
const COUNTS: [&str; 17] = [
    "从", "每", "每页", "第", "共", "前", "后", "至", "到", "满", "约", "大于", "小于", "等于",
    "超过", "最多", "最少",
];

/// How a code is bound to what follows: the number of tokens that bind, and the label's beginning.
struct Bound {
    skip: usize,
    cut: usize,
    is_weak: bool,
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
    let word = BIND_WORDS.iter().find(|word| {
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
    const UNITS: [&str; 11] = [
        "%", "天", "日", "个月", "月", "年", "折", "元", "期", "级", "次",
    ];
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
            if UNITS.iter().any(|unit| text.starts_with(unit)))
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
    match last::label_first(prefix) {
        Some(mut pairs) => {
            pairs.extend(found);
            (Some(pairs), false)
        }
        None => (Some(found), true),
    }
}

/// How many codes of a piece a sign binds to what follows.
fn bound_codes(piece: &[Placed]) -> usize {
    let starts = starts(piece);
    starts.iter().filter(|(_, bound)| !bound.is_weak).count()
}

/// The places where codes begin, and how each is bound.
fn starts(piece: &[Placed]) -> Vec<(usize, Bound)> {
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
        |before| matches!(&before.token, Token::Text(text) if COUNTS.iter().any(|word| text.ends_with(word))),
    )
}

fn is_free(piece: &[Placed], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| piece.get(before));
    before.is_none_or(|before| matches!(before.token, Token::Space | Token::Remark))
}

/// Whether a word is the name of a field rather than a code.
fn is_field(word: &str) -> bool {
    const NAMES: [&str; 12] = [
        "id", "ids", "key", "keys", "number", "numbers", "name", "code", "type", "url", "no", "sku",
    ];
    ["_id", "_ids", "_number", "_name"]
        .iter()
        .any(|tail| word.ends_with(tail))
        || NAMES.contains(&word.to_ascii_lowercase().as_str())
}

/// The text of tokens, and nothing where a colon stands in it.
fn text_of(words: &[Placed], cut: usize) -> Option<String> {
    let mut text = String::new();
    for placed in words {
        match &placed.token {
            Token::Text(more) => text.push_str(more),
            Token::Code { text: code, .. } => text.push_str(code),
            Token::Bind(':') => return None,
            Token::Bind(c) => text.push(*c),
            Token::Space => text.push(' '),
            Token::Remark => {}
        }
    }
    clean(text.get(cut..)?)
}

fn clean(text: &str) -> Option<String> {
    // `0：不展开 默认0`: what follows the label tells of the default.
    let text = text.split(" 默认").next().unwrap_or(text);
    let text = without_default(without_demand(without_absence(text)));
    // `会员c=1`: what the vendor's own editor left behind.
    let text = match text.rsplit_once('=') {
        Some((rest, value))
            if value == "true" || value == "false" || value.bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest.strip_suffix(|c: char| c.is_ascii_lowercase())
                .unwrap_or(text)
        }
        _ => text,
    };
    let text = text.trim_matches(|c: char| {
        c == ' ' || matches!(c, '-' | '=' | '.' | '"' | '/' | '|' | '*' | '+')
    });
    (!text.is_empty()).then(|| text.to_owned())
}

/// `否 为空则不过滤`: what follows the label tells what no value means.
fn without_absence(text: &str) -> &str {
    const WORDS: [&str; 6] = ["为空", "不传", "不填", "空表示", "空代表", "空则"];
    const MEANS: [&str; 6] = ["则", "表示", "代表", "默认", "即", "时"];
    let mut ends = WORDS.iter().flat_map(|word| text.match_indices(word));
    let end = ends.find_map(|(at, word)| {
        let head = text.get(..at)?;
        let after = text.get(at + word.len()..)?;
        let is_apart = head.ends_with(' ');
        let means = MEANS.iter().any(|word| after.starts_with(word)) || word.starts_with('空');
        let is_when = head.ends_with(['时', '如', '若', '可', '则', '不']);
        ((is_apart || means && !is_when) && !head.trim().is_empty()).then_some(at)
    });
    end.map_or(text, |at| &text[..at])
}

/// `2=公司 必填`: what follows the label tells whether to send the field.
fn without_demand(text: &str) -> &str {
    let text = text.trim_end();
    [" 必填", " 选填", " 非必填", " 可选"]
        .iter()
        .find_map(|word| text.strip_suffix(word))
        .filter(|rest| !rest.trim().is_empty())
        .unwrap_or(text)
}

/// `1：启用默认1`: 默认 and a code end the label.
fn without_default(text: &str) -> &str {
    let Some((label, code)) = text.rsplit_once("默认") else {
        return text;
    };
    let code = code.trim_start_matches(['为', '是', '值', ':', ' ']);
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_code && !label.trim().is_empty() && !label.ends_with("是否") {
        label
    } else {
        text
    }
}

fn pair(code: &str, label: &str, at: usize, is_weak: bool) -> Option<Pair> {
    /// Beginnings of a label that make it a sentence.
    const NO_LABEL: [char; 22] = [
        '与', '和', '或', '及', '的', '时', '个', '位', '字', '级', '层', '值', '月', '年', '则',
        '也', '都', '后', '前', '~', '%', '以',
    ];
    let mut label = label.to_owned();
    let mut is_default = false;
    for word in ["默认为", "默认"] {
        if let Some(rest) = label
            .strip_prefix(word)
            .map(|rest| rest.trim_start_matches([':', ' ']))
        {
            if rest.is_empty() {
                return None;
            }
            is_default = true;
            label = rest.to_owned();
            break;
        }
    }
    let count = label.chars().count();
    let is_words = label.ends_with('%') || label.chars().any(|c| c.is_alphabetic());
    if count > LONGEST_LABEL || !is_words {
        return None;
    }
    if is_weak {
        let starts = label.starts_with(NO_LABEL) && label.chars().count() != 1;
        let ends = [
            "id", "ID", "为", "和", "与", "或", "等于", "如", "是", "大于", "小于", "第", "共",
            "支持", "最大", "最小", "最多", "最少", "每页", "默认", "每", "超过", "前", "仅", "当",
        ]
        .iter()
        .any(|tail| label.ends_with(tail) && label != "是");
        let is_cjk = !label.is_ascii();
        let is_unit = matches!(
            label.as_str(),
            "条" | "个"
                | "级"
                | "层"
                | "位"
                | "次"
                | "项"
                | "行"
                | "张"
                | "页"
                | "字"
                | "种"
                | "倍"
        );
        if starts || ends || is_unit || !is_cjk || count > 14 {
            return None;
        }
    }
    Some(Pair {
        code: code.to_owned(),
        label,
        at,
        is_default,
        is_weak,
        is_value: false,
    })
}
