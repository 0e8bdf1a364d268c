//! Sentences: prose about a field that only looks like a list of codes.
//!
//! Owns what makes a text a sentence. Must not know how a list is read. Must not use:
//! `crate::codes::judge`, `crate::codes::read`, `crate::codes::token`.

use super::letter::{Letter, REMARK, is_han};
use crate::words;

/// Whether what stands in a region is no list, whatever it looks like. `first` is the byte where
/// its codes begin.
pub(super) fn is_vetoed(region: &[Letter], first: usize) -> bool {
    let text: String = region.iter().map(|one| one.c).collect();
    words::NO_LIST.iter().any(|word| text.contains(word))
        || shows(region, first)
        || words::VALUE_FORM.iter().any(|word| {
            let word: Vec<char> = word.chars().collect();
            (0..region.len()).any(|at| {
                let (Some(place), Some(rest)) = (region.get(at), region.get(at..)) else {
                    return false;
                };
                begins_with(rest, &word) && (place.at > first || is_alone(region, at, &word))
            })
        })
}

/// `如：1：甲，2：乙`: what follows is an example.
fn shows(region: &[Letter], first: usize) -> bool {
    let before: String = region
        .iter()
        .filter(|one| one.at < first)
        .map(|one| one.c)
        .collect();
    let before = before.trim_end_matches([':', '=', ' ', '"', ',']);
    before.ends_with('如') || before.ends_with('例')
}

/// Whether words lead to another place of the page, or count: `见附录1`, `extra2~7`.
pub(super) fn cites(text: &str) -> bool {
    words::CITING.iter().any(|word| text.ends_with(word))
}

/// The letters without the titles of other pages: `《说明1：修剪》`.
pub(super) fn without_titles(letters: &[Letter]) -> Vec<Letter> {
    let mut out = Vec::with_capacity(letters.len());
    let mut rest = letters;
    while let Some((one, after)) = rest.split_first() {
        let close = match one.c {
            '《' => after.iter().position(|one| one.c == '》'),
            _ => None,
        };
        match close {
            Some(close) => {
                out.push(Letter {
                    at: one.at,
                    c: REMARK,
                });
                rest = after.get(close + 1..).unwrap_or_default();
            }
            None => {
                out.push(*one);
                rest = after;
            }
        }
    }
    out
}

/// `默认取41,42`: the text holds several codes at once, and none alone.
pub(super) fn defaults_to_several(region: &[Letter]) -> bool {
    const VERBS: [char; 12] = [
        '值', '为', '取', '传', '查', '询', '是', '填', '选', ':', ' ', '"',
    ];
    let text: String = region.iter().map(|one| one.c).collect();
    text.match_indices("默认").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(VERBS);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let first = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let Some(more) = rest[first..].strip_prefix([',', '、']) else {
            return false;
        };
        let second = more.find(|c| !is_part(c)).unwrap_or(more.len());
        first > 0
            && second > 0
            && !more[second..].starts_with([':', '=', '-', '.', '、'])
            && !more[second..].starts_with(is_han)
    })
}

fn begins_with(rest: &[Letter], word: &[char]) -> bool {
    rest.len() >= word.len() && rest.iter().zip(word).all(|(one, c)| one.c == *c)
}

/// `序列 格式：001:备注1`, `长度：1`; what a format is stands behind its colon wherever it stands.
fn is_alone(region: &[Letter], at: usize, word: &[char]) -> bool {
    let before = at.checked_sub(1).and_then(|at| region.get(at));
    let after = region.get(at + word.len()).map_or(';', |one| one.c);
    let begins = before.is_none_or(|one| !(one.c.is_alphanumeric()));
    begins && !is_han(after) || word == ['格', '式'] && matches!(after, ':' | '为' | '如')
}

/// A label of so few characters is the vendor's word for a code, whatever it says: 必填, 非必填.
const MAX_WORD_CHARS: usize = 3;

/// Whether some label tells what to do: `1、修改时必填；2、新增时不填`.
pub(super) fn is_among(labels: &[&str]) -> bool {
    labels.iter().any(|label| is_sentence(label, labels))
}

fn is_sentence(label: &str, labels: &[&str]) -> bool {
    if label.chars().count() <= MAX_WORD_CHARS {
        return false;
    }
    words::LABEL_DEMANDS.iter().any(|word| label.contains(word))
        || label.starts_with("开头")
        || supports(label).is_some_and(|what| !is_both_ways(what, labels))
}

fn supports(label: &str) -> Option<&str> {
    label
        .strip_prefix('不')
        .unwrap_or(label)
        .strip_prefix("支持")
}

/// `1：支持批次，0：不支持批次` are two states of one thing.
fn is_both_ways(what: &str, labels: &[&str]) -> bool {
    let of_it = |label: &&&str| supports(label) == Some(what);
    labels.iter().filter(of_it).count() > 1
}
