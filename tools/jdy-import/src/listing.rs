//! Tables of codes, which a page puts below its fields: what they list.
//!
//! Owns the words of their headers. Must not know which field a table belongs to.

use super::block::{Grid, Row};
use super::codes::Code;
use super::label;
use super::table::{self, Column};
use crate::words;

/// Most columns of such a table.
const MAX_COLUMNS: usize = 3;

/// Whether a table lists codes, and no fields.
#[must_use]
pub(crate) fn is_listing(grid: &Grid) -> bool {
    columns(grid).is_some()
}

/// Whether a row heads such a table.
#[must_use]
pub(crate) fn heads(row: &Row) -> bool {
    let grid = Grid {
        rows: vec![row.clone()],
        ..Grid::default()
    };
    row.cells.len() <= MAX_COLUMNS && is_listing(&grid)
}

/// The columns of codes and labels, and the first row of codes.
fn columns(grid: &Grid) -> Option<(usize, usize, usize)> {
    let (first, rows) = grid.rows.split_first()?;
    let width = first.cells.len();
    if !(2..=MAX_COLUMNS).contains(&width) {
        return None;
    }
    let kinds: Vec<Column> = first
        .cells
        .iter()
        .map(|cell| table::column(&cell.text))
        .collect();
    let names_types = kinds.contains(&Column::Name) && kinds.contains(&Column::Type);
    if names_types || kinds.contains(&Column::Required) {
        return None;
    }
    let find = |words: &[&str], but: Option<usize>| {
        let is_word = |text: &str| words.contains(&text.trim().to_lowercase().as_str());
        let mut cells = first.cells.iter().enumerate();
        cells.position(|(at, cell)| Some(at) != but && is_word(&cell.text))
    };
    let headed = find(&words::CODE_HEADERS, None)
        .and_then(|code| Some((code, find(&words::LABEL_HEADERS, Some(code))?)));
    // `key` and `name` head fields as well: then it is what stands below that tells.
    let is_plain = kinds.first() != Some(&Column::Name);
    match headed {
        Some((code, label)) if is_plain || are_numbers(rows, code) => Some((code, label, 1)),
        _ if table::is_header(first) => are_numbers(rows, 0).then_some((0, 1, 1)),
        _ => are_numbers(&grid.rows, 0).then_some((0, 1, 0)),
    }
}

/// Whether a column holds numbers alone, which name no field.
fn are_numbers(rows: &[Row], column: usize) -> bool {
    let is_number = |row: &Row| {
        row.cells.get(column).is_some_and(|cell| {
            let text = cell.text.trim();
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    rows.len() > 1 && rows.iter().all(is_number)
}

/// The codes of such a table.
///
/// # Errors
/// Why it cannot be taken for a list of codes.
pub(crate) fn codes(grid: &Grid) -> Result<Vec<Code>, &'static str> {
    const MAX_LABEL_CHARS: usize = 40;
    let (code, says, start) = columns(grid).ok_or("it has no columns of codes and labels")?;
    let mut out: Vec<Code> = Vec::new();
    for row in grid.rows.iter().skip(start) {
        let text = |at: usize| row.cells.get(at).map_or("", |cell| cell.text.trim());
        let code = text(code).trim_matches(['"', '“', '”', '\'', '`']);
        let is_code = !code.is_empty()
            && code.len() <= MAX_LABEL_CHARS
            && !code.contains(char::is_whitespace);
        if !is_code {
            return Err("a row of it has no plain code");
        }
        let Some(label) = label::label(text(says), None) else {
            return Err("a code of it has no short label");
        };
        match out.iter().find(|known| known.code == code) {
            Some(known) if known.label == label => {}
            Some(_) => return Err("one code has two labels"),
            None => out.push(Code {
                code: code.to_owned(),
                label,
            }),
        }
    }
    if out.len() < 2 {
        return Err("it lists one code alone");
    }
    Ok(out)
}
