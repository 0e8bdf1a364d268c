//! The text of a label: its tokens joined, without what describes the field.
//!
//! Owns what follows a label and is no part of it. Must not know the code. Must not use:
//! `crate::codes::bind`, `crate::codes::read`, `crate::codes::judge`.

use super::token::{Placed, Token};
use crate::words;

/// The text of tokens, and nothing where a colon stands in it.
pub(super) fn text_of(words: &[Placed], cut: usize) -> Option<String> {
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

pub(super) fn clean(text: &str) -> Option<String> {
    // `0：不展开 默认0`: what follows the label describes the default.
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
    let mut ends = words::ABSENCE
        .iter()
        .flat_map(|word| text.match_indices(word));
    let end = ends.find_map(|(at, word)| {
        let head = text.get(..at)?;
        let after = text.get(at + word.len()..)?;
        let is_apart = head.ends_with(' ');
        let means = words::ABSENCE_MEANS
            .iter()
            .any(|word| after.starts_with(word))
            || word.starts_with('空');
        let is_when = head.ends_with(words::NO_ABSENCE_BEHIND);
        ((is_apart || means && !is_when) && !head.trim().is_empty()).then_some(at)
    });
    end.map_or(text, |at| &text[..at])
}

/// `2=公司 必填`: what follows the label tells whether to send the field.
fn without_demand(text: &str) -> &str {
    let text = text.trim_end();
    let mut behind = words::BEHIND_LABEL.iter();
    behind
        .find_map(|word| text.strip_suffix(word)?.strip_suffix(' '))
        .filter(|rest| !rest.trim().is_empty())
        .unwrap_or(text)
}

/// `1：启用默认1`: 默认 and a code end the label.
fn without_default(text: &str) -> &str {
    let Some((label, code)) = text.rsplit_once("默认") else {
        return text;
    };
    let code = code.trim_start_matches(words::BEFORE_DEFAULT);
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_code && !label.trim().is_empty() && !label.ends_with("是否") {
        label
    } else {
        text
    }
}
