//! Quotes, and the mark of a list before a table: blanked, so that their content is read as if it
//! stood alone, and every byte keeps its place.
//!
//! Owns which marks are blanked. Must not know what a table says. Must not use: `crate::endpoint`,
//! `crate::reading`.

use std::borrow::Cow;

use super::super::table;
use super::{Line, row};

/// The text with blanks where marks of quotes stood, and marks of a list before a header.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    let is_marked = |line: &str| quoted(line).is_some() || item(line).is_some();
    if !text.lines().any(is_marked) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut fence = None;
    // Whether a quote may go on here, and whether the line before is a row without its last pipe.
    let (mut goes_on, mut is_torn) = (true, false);
    for line in text.split_inclusive('\n') {
        let mark = match fence {
            None if !is_torn => quoted(line)
                .filter(|at| goes_on || begins_block(&line[*at..]))
                .or_else(|| item(line)),
            _ => None,
        };
        let (before, rest) = line.split_at(mark.unwrap_or_default());
        out.extend(
            before
                .chars()
                .map(|c| if c == '>' || mark.is_some() { ' ' } else { c }),
        );
        out.push_str(rest);
        let bare = rest.trim();
        for sign in ["```", "~~~"] {
            // A fence within a quote ends with it; one outside holds no quote.
            if mark.is_none() && bare.starts_with(sign) {
                fence = match fence {
                    None => Some(sign),
                    Some(open) if open == sign => None,
                    open => open,
                };
            }
        }
        goes_on = bare.is_empty() || mark.is_some();
        is_torn = bare.starts_with('|') && !bare.ends_with('|');
    }
    Cow::Owned(out)
}

/// The byte behind the marks of a quote.
fn quoted(line: &str) -> Option<usize> {
    let inner = line.trim_start_matches(['>', ' ', '\t']);
    let marks = &line[..line.len() - inner.len()];
    marks.contains('>').then_some(marks.len())
}

/// Whether what stands behind a mark is more than words that follow a sign: `>0` is a sign.
fn begins_block(inner: &str) -> bool {
    const SIGNS: [&str; 7] = ["|", "**", "#", "```", "~~~", "<table", "<strong"];
    SIGNS.iter().any(|sign| inner.starts_with(sign))
}

/// The byte behind the mark of a list, where the header of a table of fields follows it.
fn item(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let after = text
        .strip_prefix(['-', '*', '+'])
        .or_else(|| {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let rest = rest.strip_prefix(['.', ')'])?;
            (rest.len() + 1 < text.len()).then_some(rest)
        })?
        .trim_start_matches([' ', '\t']);
    let header = after.starts_with('|').then(|| {
        row(&Line {
            text: after.trim_end(),
            at: 0,
        })
    })?;
    table::is_header(&header).then_some(line.len() - after.len())
}
