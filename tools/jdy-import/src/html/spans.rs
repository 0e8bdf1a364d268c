//! Merged cells: one that spans rows stands in each of them.
//!
//! Owns which cell of an earlier row stands in a later one, and how much of that is believed. Must
//! not know tags beyond their attributes.

use std::collections::BTreeMap;

use super::super::block::{Row, Words};

/// The most columns that one cell spans.
const MAX_COLUMNS: usize = 50;
/// The most bytes of cells that stand in further rows, so that a page costs no more than its length.
const MAX_REPEATED: usize = 4 * 1024 * 1024;

/// How many rows and columns a cell spans.
#[derive(Clone, Copy)]
pub(super) struct Span {
    rows: usize,
    columns: usize,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            rows: 1,
            columns: 1,
        }
    }
}

impl Span {
    /// What the inner text of a tag says: `td rowspan="2"`.
    pub(super) fn of(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        Self {
            // Nothing spans to the end of the table.
            rows: match number(&tag, "rowspan") {
                Some(0) => usize::MAX,
                rows => rows.unwrap_or(1),
            },
            columns: number(&tag, "colspan").unwrap_or(1).clamp(1, MAX_COLUMNS),
        }
    }
}

fn number(tag: &str, name: &str) -> Option<usize> {
    let (_, rest) = tag.split_once(name)?;
    let rest = rest.trim_start().strip_prefix('=')?;
    let rest = rest.trim_start().trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let digits = rest.get(..end.unwrap_or(rest.len()))?;
    // A number that is too long to be read is more than there are rows.
    let is_long = !digits.is_empty() && digits.len() > 9;
    if is_long {
        return Some(usize::MAX);
    }
    digits.parse().ok()
}

/// The cells of a table that stand in rows below their own.
#[derive(Default)]
pub(super) struct Spans {
    /// By column: further rows, and the cell.
    below: BTreeMap<usize, (usize, Words)>,
    /// Those of the row that is being read.
    next: BTreeMap<usize, (usize, Words)>,
    repeated: usize,
}

impl Spans {
    /// Puts a cell into its row, behind what spans from the rows above it. False where the page
    /// merges more cells than a page has.
    pub(super) fn put(&mut self, row: &mut Row, cell: Words, span: Span) -> bool {
        self.above(row);
        let at = cell.at;
        if span.rows > 1 && self.fits() {
            let further = (span.rows - 1, cell.clone());
            self.next.insert(row.cells.len(), further);
        }
        row.cells.push(cell);
        for _ in 1..span.columns {
            self.repeated += size_of::<Words>();
            if self.fits() {
                let text = String::new();
                row.cells.push(Words { text, at });
            }
        }
        self.fits()
    }

    /// Ends a row: what spans from the rows above it may stand at its end as well.
    pub(super) fn end(&mut self, row: &mut Row) -> bool {
        if !row.cells.is_empty() {
            self.above(row);
        }
        while !row.cells.is_empty() && self.fits() {
            let Some((column, further)) = self.below.pop_first() else {
                break;
            };
            self.behind_gap(row, column, further);
        }
        self.below.append(&mut self.next);
        self.fits()
    }

    /// A cell from above whose column the row does not reach, behind empty ones; or whose column a
    /// cell of the row spans, which is there alone.
    fn behind_gap(&mut self, row: &mut Row, column: usize, (rows, cell): (usize, Words)) {
        let at = cell.at;
        let is_reached = column < row.cells.len();
        while row.cells.len() < column && self.fits() {
            self.repeated += size_of::<Words>();
            let text = String::new();
            row.cells.push(Words { text, at });
        }
        if !is_reached {
            self.below.insert(column, (rows, cell));
            self.above(row);
        } else if rows > 1 {
            self.next.insert(column, (rows - 1, cell));
        }
    }

    /// The cells from above that stand at the end of what is there of a row.
    fn above(&mut self, row: &mut Row) {
        while let Some((rows, cell)) = self.below.remove(&row.cells.len()) {
            self.repeated += cell.text.len() + size_of::<Words>();
            if !self.fits() {
                return;
            }
            if rows > 1 {
                let further = (rows - 1, cell.clone());
                self.next.insert(row.cells.len(), further);
            }
            row.cells.push(cell);
        }
    }

    fn fits(&self) -> bool {
        self.repeated <= MAX_REPEATED
    }

    /// Ends a table; what was repeated counts for the whole page.
    pub(super) fn clear(&mut self) {
        self.below.clear();
        self.next.clear();
    }
}
