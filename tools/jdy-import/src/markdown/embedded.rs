//! Tables in HTML within a page in Markdown.
//!
//! Owns where such a table begins and ends. Must not know tags. Must not use: `crate::endpoint`,
//! `crate::reading`.

use super::super::block::Block;
use super::super::html;
use super::{Kind, Line, kind};

const OPEN: &str = "<table";
const CLOSE: &str = "</table";

/// Whether a table in HTML begins on a line.
pub(super) fn begins(line: &str) -> bool {
    line.contains('<') && line.to_ascii_lowercase().contains(OPEN)
}

/// Whether a line holds the beginning or the end of a table.
pub(super) fn speaks(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.contains(OPEN) || line.contains(CLOSE)
}

/// Whether the last table of a line ends on it.
pub(super) fn ends(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.rfind(CLOSE) > line.rfind(OPEN)
}

/// Reads the lines of the table: to the one that closes it, or to the next heading or row of
/// Markdown where none does.
pub(super) fn table(
    text: &str,
    lines: &[Line<'_>],
    first: usize,
    blocks: &mut Vec<Block>,
) -> usize {
    let mut at = first;
    while let Some(line) = lines.get(at) {
        let ends = at > first && matches!(kind(line.text), Kind::Heading(_) | Kind::Pipe);
        if ends {
            break;
        }
        at += 1;
        if line.text.to_ascii_lowercase().contains(CLOSE) {
            break;
        }
    }
    let start = lines.get(first).map_or(text.len(), |line| line.at);
    let end = lines.get(at).map_or(text.len(), |line| line.at);
    blocks.extend(html::blocks(
        text.get(start..end).unwrap_or_default(),
        start,
    ));
    at
}
