//! Tables whose cells are divided by tabs, as a spreadsheet gives them.
//!
//! Owns where such a table begins and ends. Must not know what a table says. Must not use:
//! `crate::endpoint`, `crate::reading`.

use super::super::block::{Block, Grid, Row};
use super::super::table;
use super::{Kind, Line, kind};

/// Whether such a table begins here: a header of fields, and a row below it.
pub(super) fn begins(lines: &[Line<'_>], at: usize) -> bool {
    let is_tabbed = |line: &Line<'_>| line.text.trim().contains('\t');
    lines
        .get(at)
        .is_some_and(|line| is_tabbed(line) && table::is_header(&row(line)))
        && lines.get(at + 1).is_some_and(is_tabbed)
}

/// Reads one to its end: a blank line, or a block of another kind.
pub(super) fn grid(lines: &[Line<'_>], first: usize, blocks: &mut Vec<Block>) -> usize {
    let mut grid = Grid {
        headed: true,
        ..Grid::default()
    };
    let mut at = first;
    while let Some(line) = lines.get(at) {
        if line.text.contains('\t') && !line.text.trim().is_empty() {
            grid.rows.push(row(line));
        } else if let (Kind::Text | Kind::Item(_), Some(last)) =
            (kind(line.text), grid.rows.last_mut())
        {
            // A line break within the last cell.
            grid.repaired.push(line.at);
            if let Some(cell) = last.cells.last_mut() {
                cell.text.push(' ');
                cell.text.push_str(&line.words(line.text.trim()).text);
            }
        } else {
            break;
        }
        at += 1;
    }
    blocks.push(Block::Table(grid));
    at.max(first + 1)
}

fn row(line: &Line<'_>) -> Row {
    Row {
        cells: line.text.split('\t').map(|part| line.words(part)).collect(),
        at: line.at,
    }
}
