//! A list of calls, read from a file and checked as a whole.
//!
//! Owns what is refused before the first call leaves: lines that cannot be read, keys that are
//! missing or there twice. It must not know a journal, and sends nothing.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use jdy_runtime::{DynOperation, Effect, OperationInfo, PreparedRequest};
use jdy_wire::{Content, PartValue};
use sha2::{Digest as _, Sha256};

use crate::decimals::Decimals;
use crate::store::{Hash, Planned};
use crate::{csv_file, jsonl_file, settle, spoilt};

/// The most problems that are told.
const MOST: usize = 100;

/// How a list is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row of field names, then a row for each call. `a.b` and `a[0].b` name fields of records
    /// and lists, a cell that is a JSON array or object is one, an empty cell leaves its field
    /// unset.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Format {
    /// The format that a file's name tells: `.csv`, `.jsonl` or `.ndjson`.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// What a list is read by, beside the spec.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The field that holds the caller's own key, where the spec knows none: `a`, or `a.b` for
    /// the field of a record or of each item of a list.
    pub key: Option<String>,
    /// Whether two lines without a key may ask for the same.
    pub allow_identical: bool,
}

/// Calls of one operation, all of them fit to be sent.
#[derive(Debug)]
pub struct List {
    facts: OperationInfo,
    hash: Hash,
    lines: Vec<Line>,
}

/// One call of a list.
#[derive(Debug)]
pub struct Line {
    /// Where it stands in the file, from 1.
    pub number: u64,
    /// Its request.
    pub request: PreparedRequest,
    /// The key, where the spec knows none and the caller named a field.
    key: Option<String>,
    /// What it asks for, however its decimals are written.
    hash: Hash,
}

/// What is wrong with a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which line of the file; `None` for the file as a whole.
    pub line: Option<u64>,
    /// What.
    pub what: String,
}

/// A list that cannot be sent as it is; nothing of it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The first of what is wrong with it, by the lines.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl List {
    /// Reads a list and checks all of it, but for the files of uploads ([`List::check_files`]).
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        operation: &dyn DynOperation,
        format: Format,
        content: &[u8],
    ) -> Result<Self, Refused> {
        Self::read_by(operation, format, content, &Reading::default())
    }

    /// Reads a list as [`read`](Self::read) does, with what the spec does not know.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_by(
        operation: &dyn DynOperation,
        format: Format,
        content: &[u8],
        reading: &Reading,
    ) -> Result<Self, Refused> {
        let mut problems = Problems::default();
        let text = content
            .strip_prefix("\u{feff}".as_bytes())
            .unwrap_or(content);
        let mut lines: Vec<Line> = match format {
            Format::Csv => csv_file::read(operation, text, &mut problems),
            Format::Jsonl => jsonl_file::read(operation, text, &mut problems),
        };
        let mut decimals = Decimals::of(operation);
        for line in &mut lines {
            line.hash = decimals.hash_of(&line.request);
        }
        if let Some(field) = &reading.key {
            take_keys(operation.info(), field, &mut lines, &mut problems);
        }
        refuse_spoilt(&lines, &mut problems);
        refuse_doubles(&lines, &mut problems);
        if !reading.allow_identical && !operation.info().effect.is_read() {
            refuse_identical(&lines, &mut problems);
        }
        if lines.is_empty() && problems.0.is_empty() {
            problems.add(None, "it holds no call");
        }
        problems.refuse()?;
        Ok(Self {
            facts: *operation.info(),
            hash: hash_of_lines(&lines),
            lines,
        })
    }

    /// Looks at the files of all lines that are uploads: to be asked before the first run. Later
    /// a file that is gone leaves its own line not sent, and no other.
    ///
    /// # Errors
    /// The lines whose files are not there.
    pub fn check_files(&self) -> Result<(), Refused> {
        let mut problems = Problems::default();
        for line in &self.lines {
            if let Err(error) = line.request.check_files() {
                problems.add(line.number, error.to_string());
            }
        }
        problems.refuse()
    }

    /// What the spec knows of its operation.
    pub fn info(&self) -> &OperationInfo {
        &self.facts
    }

    /// The hash of its requests and keys in their order, however the file is written.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Its lines, in the order of their numbers.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

impl Line {
    pub(crate) fn new(number: u64, request: PreparedRequest) -> Self {
        Self {
            number,
            hash: hash_of(&request),
            request,
            key: None,
        }
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&str> {
        let own = self.request.key().map(|key| key.value.as_str());
        own.or(self.key.as_deref())
    }

    /// The keys of its items, where each has one.
    fn keys(&self) -> Vec<String> {
        match (self.request.key(), &self.key) {
            (Some(key), _) if key.name.contains('.') => {
                let keys = settle::fields(&self.request, key.name);
                if keys.is_empty() {
                    return vec![key.value.clone()];
                }
                keys
            }
            (Some(key), _) => vec![key.value.clone()],
            (None, Some(key)) => vec![key.clone()],
            (None, None) => Vec::new(),
        }
    }

    /// What the field of the key is called.
    fn key_name(&self) -> &str {
        self.request.key().map_or("the key", |key| key.name)
    }

    /// What a person calls it: its key, or its number where it has none.
    pub fn name(&self) -> String {
        self.key()
            .map_or_else(|| self.number.to_string(), str::to_owned)
    }

    pub(crate) fn planned(&self) -> Planned {
        Planned {
            line: self.number,
            key: self.key().map(str::to_owned),
            hash: Some(self.hash),
        }
    }

    /// The hash of the request, however its decimals are written.
    pub(crate) fn hash(&self) -> Hash {
        self.hash
    }

    /// The hash of the request as its decimals are written, which former journals keep.
    pub(crate) fn hash_as_written(&self) -> Hash {
        hash_of(&self.request)
    }
}

fn hash_of_lines(lines: &[Line]) -> Hash {
    let mut hash = Sha256::new();
    for line in lines {
        let planned = line.planned();
        let key = planned.key.as_deref();
        let length = key.map_or(u64::MAX, |key| key.len() as u64);
        hash.update(length.to_le_bytes());
        hash.update(key.unwrap_or_default());
        hash.update(planned.hash.unwrap_or_default());
    }
    hash.finalize().into()
}

/// What is sent, whatever its form in a file.
pub(crate) fn hash_of(request: &PreparedRequest) -> Hash {
    hash_as(request, request.query(), request.body().unwrap_or_default())
}

/// The same, with query and body in another form.
pub(crate) fn hash_as(request: &PreparedRequest, query: &[(String, String)], body: &str) -> Hash {
    let mut hash = Sha256::new();
    fn add(hash: &mut Sha256, bytes: impl AsRef<[u8]>) {
        // With its length, so that no two requests read alike.
        hash.update(bytes.as_ref().len().to_le_bytes());
        hash.update(bytes);
    }
    for (name, value) in query {
        add(&mut hash, name);
        add(&mut hash, value);
    }
    add(&mut hash, body);
    for part in request.parts().unwrap_or_default() {
        add(&mut hash, part.name);
        match &part.value {
            PartValue::Text(text) => add(&mut hash, text),
            PartValue::File(file) => {
                add(&mut hash, file.name());
                add(&mut hash, file.media_type());
                match file.content() {
                    // What a path leads to is read when it is sent.
                    Content::Path(path) => add(&mut hash, path.as_os_str().as_encoded_bytes()),
                    Content::Bytes(bytes) => add(&mut hash, bytes),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    hash.finalize().into()
}

/// The keys of the field that the caller named.
fn take_keys(facts: &OperationInfo, field: &str, lines: &mut [Line], problems: &mut Problems) {
    if let Some(known) = facts.key {
        if known != field {
            problems.add(
                None,
                format!("the key of {} is {known}, not {field}", facts.id),
            );
        }
        return;
    }
    for line in lines {
        let keys = settle::fields(&line.request, field);
        if keys.is_empty() || keys.iter().any(|key| key.trim().is_empty()) {
            problems.add(
                line.number,
                format!("{field}: is empty, and was named as the key"),
            );
            continue;
        }
        line.key = Some(keys.join(","));
    }
}

fn refuse_spoilt(lines: &[Line], problems: &mut Problems) {
    for line in lines {
        for key in line.keys() {
            if let Some(what) = spoilt::key_problem(line.key_name(), &key) {
                problems.add(line.number, what);
            }
        }
    }
}

fn refuse_doubles(lines: &[Line], problems: &mut Problems) {
    let mut seen: HashMap<String, (u64, String)> = HashMap::new();
    for line in lines {
        for key in line.keys().into_iter().filter(|key| !key.is_empty()) {
            let name = line.key_name();
            match seen.get(&spoilt::narrow(&key)) {
                Some((first, same)) if *same == key => {
                    let what = format!("{name} {key:?} is on line {first} already");
                    problems.add(line.number, what);
                }
                Some((first, other)) => {
                    let what = format!(
                        "{name} {key:?} differs from {other:?} on line {first} by the width of \
                         its signs alone"
                    );
                    problems.add(line.number, what);
                }
                None => drop(seen.insert(spoilt::narrow(&key), (line.number, key))),
            }
        }
    }
}

/// Where no key tells them apart, two lines that ask for the same are one, listed twice.
fn refuse_identical(lines: &[Line], problems: &mut Problems) {
    let mut seen: HashMap<Hash, u64> = HashMap::new();
    for line in lines.iter().filter(|line| line.key().is_none()) {
        if let Some(first) = seen.get(&line.hash) {
            let what = format!(
                "asks for the same as line {first}, and no key tells them apart; where both are \
                 meant, allow it (--allow-identical), or name the field that is the key (--key)"
            );
            problems.add(line.number, what);
        } else {
            seen.insert(line.hash, line.number);
        }
    }
}

/// What is wrong, as it is found.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, line: impl Into<Option<u64>>, what: impl Into<String>) {
        self.0.push(Problem {
            line: line.into(),
            what: what.into(),
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn refuse(self) -> Result<(), Refused> {
        let mut problems = self.0;
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|problem| problem.line);
        let more = problems.len().saturating_sub(MOST);
        problems.truncate(MOST);
        Err(Refused { problems, more })
    }
}

/// The field whose column or member must be there on every line.
pub(crate) fn needed_key(facts: &OperationInfo) -> Option<&'static str> {
    facts.key.filter(|_| facts.effect == Effect::Money)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index > 0 { "\n" } else { "" })?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
