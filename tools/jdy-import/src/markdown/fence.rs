//! Fences: where an example ends, also one whose fence is not closed.
//!
//! Owns what closes a fence. Must not know what an example says. Must not use: `crate::endpoint`,
//! `crate::example`.

use super::super::block::{Block, Page, Words};
use super::super::{entity_name, section};
use super::{Kind, Line, begins_table, is_rule, kind, row};

/// How a fence ends.
enum End {
    /// At the mark that closes it, alone on its line.
    Mark,
    /// At the mark behind its last line.
    Behind,
    /// Not at all: before a part of the page.
    Part,
    /// Not at all.
    Page,
}

/// Reads a fence; gives the line behind it.
pub(super) fn read(
    text: &str,
    lines: &[Line<'_>],
    open: usize,
    mark: &str,
    page: &mut Page,
) -> usize {
    let (close, how) = end(lines, open, mark);
    let start = lines.get(open + 1).map_or(text.len(), |line| line.at);
    let mut end = lines.get(close).map_or(text.len(), |line| line.at);
    if let (End::Behind, Some(line)) = (&how, lines.get(close)) {
        end += line.text.trim_end().trim_end_matches(mark).len();
    }
    page.blocks.push(Block::Fence(Words {
        text: text.get(start..end).unwrap_or_default().to_owned(),
        at: start,
    }));
    let at = lines.get(open).map_or(0, |line| line.at);
    match how {
        End::Mark | End::Behind => close + 1,
        End::Part => {
            let what = "a fence that is not closed; it ends before the next part of the page";
            page.notes.push((at, what));
            close
        }
        End::Page => {
            let what = "a fence that is not closed; all below it is taken for an example";
            page.notes.push((at, what));
            page.cut = Some((at, "it ends within a fence"));
            close
        }
    }
}

/// The line at which a fence ends, and how.
fn end(lines: &[Line<'_>], open: usize, mark: &str) -> (usize, End) {
    let sign = mark.chars().next().unwrap_or('`');
    let length = |text: &str| text.chars().take_while(|c| *c == sign).count();
    let wanted = lines.get(open).map_or(0, |line| length(line.text.trim()));
    for (at, line) in lines.iter().enumerate().skip(open + 1) {
        let text = line.text.trim();
        let marks = length(text);
        if marks >= wanted {
            // A fence that opens with its language closes none.
            let language = &text[marks..];
            let opens =
                !language.is_empty() && language.bytes().all(|byte| byte.is_ascii_alphabetic());
            return (at, if opens { End::Part } else { End::Mark });
        }
        if text.ends_with(mark) {
            return (at, End::Behind);
        }
        let above = at.checked_sub(1).and_then(|above| lines.get(above));
        if begins_part(line, above) {
            return (at, End::Part);
        }
        let is_header = text.starts_with('|')
            && begins_table(&row(line))
            && lines.get(at + 1).is_some_and(|next| is_rule(next.text));
        if is_header {
            return (name_over(lines, open, at).unwrap_or(at), End::Part);
        }
    }
    (lines.len(), End::Page)
}

/// Whether a heading of a part of the page stands on a line. One hash alone may begin a remark.
fn begins_part(line: &Line<'_>, above: Option<&Line<'_>>) -> bool {
    let text = line.text.trim();
    let follows_blank = above.is_some_and(|above| above.text.trim().is_empty());
    let is_heading = match kind(text) {
        Kind::Heading(_) => text.starts_with("##") || follows_blank,
        Kind::Bold(_) => text.starts_with("**"),
        _ => false,
    };
    let words = line.words(text.trim_matches(['#', '*', ' ']));
    is_heading && section::is_part(&words.text)
}

/// The number of the line that names a table, where one does: the last above it within the fence.
fn name_over(lines: &[Line<'_>], open: usize, table: usize) -> Option<usize> {
    let above = lines.iter().enumerate().take(table).skip(open + 1);
    let (at, line) = above.rev().find(|(_, line)| !line.text.trim().is_empty())?;
    let is_name = match kind(line.text) {
        Kind::Heading(_) | Kind::Bold(_) => true,
        Kind::Text => entity_name::alone(line.text).is_some(),
        _ => false,
    };
    is_name.then_some(at)
}
