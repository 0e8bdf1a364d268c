//! Tables in HTML within a page in Markdown.
//!
//! Owns where such a table begins and ends. Must not know tags. Must not use: `crate::endpoint`,
//! `crate::reading`.

use super::super::block::Page;
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
pub(super) fn table(text: &str, lines: &[Line<'_>], first: usize, page: &mut Page) -> usize {
    let mut at = first;
    let mut open = Depth::default();
    while let Some(line) = lines.get(at) {
        let ends = at > first && matches!(kind(line.text), Kind::Heading(_) | Kind::Pipe);
        if ends {
            break;
        }
        at += 1;
        open.read(line.text);
        if open.tables == 0 {
            break;
        }
    }
    let start = lines.get(first).map_or(text.len(), |line| line.at);
    let end = lines.get(at).map_or(text.len(), |line| line.at);
    html::add(text.get(start..end).unwrap_or_default(), start, page);
    at
}

/// How many tables are open, one within a cell of the other.
#[derive(Default)]
struct Depth {
    tables: usize,
    is_in_cell: bool,
}

impl Depth {
    fn read(&mut self, line: &str) {
        let line = line.to_ascii_lowercase();
        for (at, _) in line.match_indices('<') {
            let tag = &line[at..];
            let is = |name: &str| {
                let rest = tag.strip_prefix(name);
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            };
            if is(OPEN) {
                // One that is not closed ends where the next begins.
                if self.tables == 0 || self.is_in_cell {
                    self.tables += 1;
                }
                self.is_in_cell = false;
            } else if is(CLOSE) {
                self.tables = self.tables.saturating_sub(1);
                self.is_in_cell = self.tables > 0;
            } else if is("<td") || is("<th") {
                self.is_in_cell = true;
            } else if is("</td") || is("</th") {
                self.is_in_cell = false;
            }
        }
    }
}
