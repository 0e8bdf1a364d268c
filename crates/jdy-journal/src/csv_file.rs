//! A list as CSV: a row of field names, then a row for each call.
//!
//! Owns rows, columns and their numbers in the file. Must not know which fields exist: that is the
//! operation's.

use std::collections::BTreeSet;

use csv::{ByteRecord, ReaderBuilder};
use jdy_runtime::{DynOperation, PrepareError, PreparedRequest};
use jdy_wire::{Drift, DriftKind, RequestError};

use crate::cells::{ColumnPath, object, quoted, value};
use crate::list::{Line, Problems, needed_key};
use crate::spoilt;

/// The rows that can be read. The problems of the others and of the header are added to `problems`.
pub(crate) fn read(
    operation: &dyn DynOperation,
    text: &[u8],
    problems: &mut Problems,
) -> Vec<Line> {
    if let Some((line, what)) = broken_quote(text) {
        // With an unclosed quote the rows cannot be separated.
        problems.add(line, what);
        return Vec::new();
    }
    let mut rows = Rows::of(text);
    let Some(head) = rows.next_row(problems) else {
        return Vec::new();
    };
    let Some(mut head) = Head::read(operation, &head, problems) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    while let Some(row) = rows.next_row(problems) {
        if row.is_blank() {
            continue;
        }
        match head.request(operation, &row) {
            Ok(request) => lines.push(Line::new(row.number, request)),
            Err(Some(what)) => problems.add(row.number, what),
            // Its problem is reported once, with the header.
            Err(None) => {}
        }
    }
    for name in &head.missing {
        problems.add(
            head.number,
            format!("there is no column {name}, and it is required"),
        );
    }
    lines
}

/// A row with its number in the file.
struct Row {
    number: u64,
    cells: ByteRecord,
    /// Which cells are quoted: an empty quoted cell is an empty text.
    quoted: Vec<bool>,
}

impl Row {
    /// Only commas: what a spreadsheet saves for an empty row.
    fn is_blank(&self) -> bool {
        self.cells.iter().all(<[u8]>::is_empty)
            && !self.quoted.contains(&true)
            && self.cells.len() > 1
    }
}

struct Rows<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// The position up to which lines are counted, and their number.
    counted: usize,
    number: u64,
}

impl<'a> Rows<'a> {
    fn of(text: &'a [u8]) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text);
        Self {
            text,
            reader,
            counted: 0,
            number: 1,
        }
    }

    /// The next row that is not blank.
    fn next_row(&mut self, problems: &mut Problems) -> Option<Row> {
        let mut cells = ByteRecord::new();
        match self.reader.read_byte_record(&mut cells) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                problems.add(self.number, format!("cannot be read: {error}"));
                return None;
            }
        }
        let begin = cells.position().map_or(0, csv::Position::byte);
        let number = self.line_of(usize::try_from(begin).unwrap_or(usize::MAX));
        Some(Row {
            number,
            cells,
            quoted: quoted_cells(self.text.get(self.counted..).unwrap_or_default()),
        })
    }

    /// The line of a row whose position the reader tells: line ends and blank lines before the
    /// row are part of it there.
    fn line_of(&mut self, begin: usize) -> u64 {
        let rest = self.text.get(begin..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| is_line_end(**byte)).count();
        let end = begin.saturating_add(blank).min(self.text.len());
        self.number += line_ends(self.text.get(self.counted..end).unwrap_or_default());
        self.counted = end;
        self.number
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// A line ends with `\n`, `\r\n`, or `\r` alone.
fn line_ends(text: &[u8]) -> u64 {
    let mut count = 0;
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        let ends = match byte {
            b'\n' => true,
            b'\r' => bytes.peek() != Some(&&b'\n'),
            _ => false,
        };
        count += u64::from(ends);
    }
    count
}

/// The columns.
struct Head {
    number: u64,
    columns: Vec<(String, ColumnPath)>,
    /// Fields that are required and have no column.
    missing: BTreeSet<String>,
    /// Columns that are no fields; they are reported once.
    unknown: BTreeSet<String>,
    key: Option<&'static str>,
}

impl Head {
    /// `None` if the rows cannot be read without it.
    fn read(operation: &dyn DynOperation, row: &Row, problems: &mut Problems) -> Option<Self> {
        let Ok(names) = texts(&row.cells) else {
            problems.add(row.number, NOT_UTF8);
            return None;
        };
        if let [one] = names.as_slice()
            && let Some(separator) = [';', '\t', '|', '，']
                .into_iter()
                .find(|it| one.contains(*it))
        {
            let what = format!(
                "the cells are parted by {separator:?} and not by commas; save the file as CSV \
                 with commas"
            );
            problems.add(row.number, what);
            return None;
        }
        let mut columns: Vec<(String, ColumnPath)> = Vec::new();
        let before = problems.len();
        for name in names.iter().map(|name| name.trim()) {
            if columns.iter().any(|(known, _)| known == name) {
                problems.add(row.number, format!("the column {name} is there twice"));
                continue;
            }
            match ColumnPath::parse(name) {
                Ok(path) => columns.push((name.to_owned(), path)),
                Err(what) => problems.add(row.number, what),
            }
        }
        let probe = object(columns.iter().map(|(_, path)| (path, quoted("1"))));
        if let Err(what) = probe {
            problems.add(row.number, what);
        }
        if problems.len() > before {
            return None;
        }
        let key = needed_key(operation.info());
        let mut head = Self {
            number: row.number,
            columns,
            missing: BTreeSet::new(),
            unknown: BTreeSet::new(),
            key,
        };
        head.find_unknown(operation, problems);
        head.missing.extend(
            key.filter(|key| !head.has(first_field(key)))
                .map(str::to_owned),
        );
        Some(head)
    }

    fn has(&self, field: &str) -> bool {
        self.columns.iter().any(|(_, path)| path.field() == field)
    }

    /// Reports a column that is no field, even if all its cells are empty.
    fn find_unknown(&mut self, operation: &dyn DynOperation, problems: &mut Problems) {
        for (name, path) in &self.columns {
            let Ok(probe) = object([(&path.in_first_items(), quoted("1"))]) else {
                continue;
            };
            let Err(PrepareError::Request(RequestError::Fields(wrong))) = operation.request(&probe)
            else {
                continue;
            };
            if wrong.iter().any(is_unknown) {
                let id = operation.info().id;
                problems.add(self.number, format!("{name}: is not a field of {id}"));
                self.unknown.insert(name.clone());
            }
        }
    }

    /// The request of a row. An error of `None` belongs to the header.
    fn request(
        &mut self,
        operation: &dyn DynOperation,
        row: &Row,
    ) -> Result<PreparedRequest, Option<String>> {
        let cells = texts(&row.cells).map_err(|_| Some(NOT_UTF8.to_owned()))?;
        if cells.len() != self.columns.len() {
            let (own, head) = (cells.len(), self.columns.len());
            return Err(Some(format!("has {own} cells, and the head has {head}")));
        }
        let spoilt = self.columns.iter().zip(&cells);
        let spoilt = spoilt.filter_map(|((name, _), cell)| {
            spoilt::of_cell(cell).map(|what| format!("{name}: {cell:?} {what}"))
        });
        let spoilt: Vec<String> = spoilt.collect();
        if !spoilt.is_empty() {
            return Err(Some(spoilt.join("; ")));
        }
        // `None` is a cell that sets no field.
        let cells: Vec<Option<&str>> = cells
            .into_iter()
            .zip(row.quoted.iter().copied().chain(std::iter::repeat(false)))
            .map(|(cell, quoted)| (quoted || !cell.is_empty()).then_some(cell))
            .collect();
        match self.prepare(operation, &cells, &|_| false) {
            // Text may look like JSON; only the field decides whether it is text.
            Err(Wrong::Prepare(PrepareError::Request(RequestError::Fields(wrong)))) => self
                .prepare(operation, &cells, &|name| {
                    wrong
                        .iter()
                        .any(|drift| drift.path == name && is_unfit(&drift.what))
                })
                .map_err(|error| self.problem_of(error)),
            result => result.map_err(|error| self.problem_of(error)),
        }
    }

    fn prepare(
        &self,
        operation: &dyn DynOperation,
        cells: &[Option<&str>],
        is_text: &dyn Fn(&str) -> bool,
    ) -> Result<PreparedRequest, Wrong> {
        let set = self.columns.iter().zip(cells);
        let set = set.filter_map(|(column, cell)| Some((column, (*cell)?)));
        let set = set.filter(|((name, _), _)| !self.unknown.contains(name));
        let json = object(set.map(|((name, path), cell)| {
            let value = if is_text(name) {
                quoted(cell)
            } else {
                value(cell)
            };
            (path, value)
        }))
        .map_err(Wrong::Cells)?;
        operation.request(&json).map_err(Wrong::Prepare)
    }

    /// The problem of a row, without problems of the header.
    fn problem_of(&mut self, wrong: Wrong) -> Option<String> {
        let fields = match wrong {
            Wrong::Cells(what) => return Some(what),
            Wrong::Prepare(PrepareError::Request(RequestError::Fields(fields))) => fields,
            Wrong::Prepare(PrepareError::Encode(error))
                if self.key.is_some_and(|key| self.missing.contains(key)) =>
            {
                // The column is missing, which is reported with the header.
                return (self.key != Some(error.field)).then(|| error.to_string());
            }
            Wrong::Prepare(error) => return Some(error.to_string()),
        };
        let mut words = Vec::new();
        for drift in fields {
            if drift.what == DriftKind::Missing && !self.has(first_field(&drift.path)) {
                self.missing.insert(drift.path);
            } else {
                words.push(drift.to_string());
            }
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// Why a row is no request.
enum Wrong {
    Cells(String),
    Prepare(PrepareError),
}

const NOT_UTF8: &str = "is not UTF-8; save the file as CSV UTF-8";

fn texts(cells: &ByteRecord) -> Result<Vec<&str>, std::str::Utf8Error> {
    cells.iter().map(std::str::from_utf8).collect()
}

fn first_field(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn is_unknown(drift: &Drift) -> bool {
    drift.what == DriftKind::UnknownField
}

fn is_unfit(what: &DriftKind) -> bool {
    matches!(
        what,
        DriftKind::Refused { .. } | DriftKind::Unreadable { .. }
    )
}

/// The first quoted cell without a proper end. The reader would take everything up to the
/// next quote, or to the end of the file, for that cell: lines would be lost silently.
fn broken_quote(text: &[u8]) -> Option<(u64, &'static str)> {
    let mut at = 0;
    let mut starts_cell = true;
    while let Some(byte) = text.get(at) {
        if *byte == b'"' && starts_cell {
            let line = || 1 + line_ends(text.get(..at).unwrap_or_default());
            let Some(end) = quoted_end(text, at + 1) else {
                return Some((line(), "has a quote that is never closed"));
            };
            if text
                .get(end)
                .is_some_and(|next| *next != b',' && !is_line_end(*next))
            {
                return Some((line(), "has something behind the closing quote of a cell"));
            }
            at = end;
            starts_cell = false;
            continue;
        }
        starts_cell = *byte == b',' || is_line_end(*byte);
        at += 1;
    }
    None
}

/// Which cells of the row that begins here are quoted.
fn quoted_cells(text: &[u8]) -> Vec<bool> {
    let (mut quoted, mut at) = (Vec::new(), 0);
    loop {
        let is_quoted = text.get(at) == Some(&b'"');
        quoted.push(is_quoted);
        if is_quoted {
            at = quoted_end(text, at + 1).unwrap_or(text.len());
        }
        let rest = text.get(at..).unwrap_or_default();
        match rest
            .iter()
            .position(|byte| *byte == b',' || is_line_end(*byte))
        {
            Some(end) if rest.get(end) == Some(&b',') => at += end + 1,
            _ => return quoted,
        }
    }
}

/// The position after the closing quote; two quotes in a row are one quote of the text.
fn quoted_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = text.get(at..)?;
        at += rest.iter().position(|byte| *byte == b'"')? + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}
