//! Letters of a description: full-width forms folded, brackets taken apart.
//!
//! Owns which forms of a sign are one sign, and what a region is. Must not know what a code is.
//! Must not use: `crate::codes::token`, `crate::codes::pair`, `crate::codes::read`,
//! `crate::codes::judge`.

use crate::width::narrow;

#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) at: usize,
    pub(super) c: char,
}

/// The letters of a text, folded.
pub(super) fn letters(text: &str) -> Vec<Letter> {
    let letters = text.char_indices();
    letters.map(|(at, c)| Letter { at, c: fold(c) }).collect()
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
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９' => narrow(c),
        c => c,
    }
}

/// The text without what stands in brackets, and the text in each pair of brackets without what
/// stands in inner ones. A bracket that never closes ends with the text.
pub(super) fn regions(letters: &[Letter]) -> Vec<Vec<Letter>> {
    const MAX_DEPTH: usize = 6;
    let mut done: Vec<Vec<Letter>> = Vec::new();
    let mut open: Vec<Vec<Letter>> = vec![Vec::new()];
    for letter in letters {
        match letter.c {
            '(' | '[' | '{' | '【' if open.len() < MAX_DEPTH => {
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
pub(super) const REMARK: char = '\u{1}';

fn mark(open: &mut [Vec<Letter>], letter: Letter, c: char) {
    if let Some(region) = open.last_mut() {
        region.push(Letter { at: letter.at, c });
    }
}

pub(super) fn is_han(c: char) -> bool {
    c.is_alphabetic() && !c.is_ascii()
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() && c != ' '
}
