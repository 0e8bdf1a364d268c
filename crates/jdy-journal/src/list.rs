//! A list of calls, read from a file and checked as a whole.
//!
//! Owns the checks before the first call is sent: lines that cannot be read, missing keys and
//! duplicate keys. Must not know a journal, and sends nothing.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use jdy_runtime::{DynOperation, Effect, OperationInfo, PreparedRequest};
use jdy_wire::{Content, PartValue};
use sha2::{Digest as _, Sha256};

use crate::decimals::Decimals;
use crate::store::{PlannedEntry, RequestHash};
use crate::{csv_file, jsonl_file, resolution, spoilt};

/// The maximum number of problems that are reported.
const MAX_PROBLEMS: usize = 100;

/// The file format of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row of field names, then a row for each call. `a.b` and `a[0].b` name fields of records
    /// and lists. A cell with a JSON array or object is read as such; an empty cell leaves its
    /// field unset.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

impl Format {
    /// The format by the extension of a file: `.csv`, `.jsonl` or `.ndjson`.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// How a list is read, where the spec does not say.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The field with the caller's own key, if the spec names none: `a`, or `a.b` for the field of
    /// a record or of each item of a list.
    pub key: Option<String>,
    /// Whether two lines without a key may make the same request.
    pub allow_identical: bool,
}

/// Calls of one operation, all of them valid.
#[derive(Debug)]
pub struct List {
    facts: OperationInfo,
    hash: RequestHash,
    lines: Vec<Line>,
}

/// One call of a list.
#[derive(Debug)]
pub struct Line {
    /// Its line number in the file, from 1.
    pub number: u64,
    /// Its request.
    pub request: PreparedRequest,
    /// The key, if the spec names none and the caller named a field; of several items, their keys
    /// joined by commas.
    key: Option<String>,
    /// The keys that it is joined from.
    item_keys: Vec<String>,
    /// The hash of the request, however its decimals are written.
    hash: RequestHash,
}

/// A problem of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file; `None` for the file as a whole.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// A list with problems; nothing of it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidList {
    /// The first problems, in the order of the lines.
    pub problems: Vec<Problem>,
    /// The number of further problems.
    pub more: usize,
}

impl List {
    /// Reads a list and checks all of it, except the files of uploads ([`List::check_files`]).
    ///
    /// # Errors
    /// All problems of the list.
    pub fn read(
        operation: &dyn DynOperation,
        format: Format,
        content: &[u8],
    ) -> Result<Self, InvalidList> {
        Self::read_by(operation, format, content, &Reading::default())
    }

    /// Reads a list like [`read`](Self::read), with settings for what the spec does not say.
    ///
    /// # Errors
    /// All problems of the list.
    pub fn read_by(
        operation: &dyn DynOperation,
        format: Format,
        content: &[u8],
        reading: &Reading,
    ) -> Result<Self, InvalidList> {
        let mut problems = Problems::default();
        let text = content
            .strip_prefix("\u{feff}".as_bytes())
            .unwrap_or(content);
        let mut lines: Vec<Line> = match format {
            Format::Csv => csv_file::read(operation, text, &mut problems),
            Format::Jsonl => jsonl_file::read(operation, text, &mut problems),
        };
        let mut decimals = Decimals::default();
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

    /// Checks the files of all lines that are uploads. To be called before the first run: later, a
    /// missing file only leaves its own line not sent.
    ///
    /// # Errors
    /// The lines whose files are missing.
    pub fn check_files(&self) -> Result<(), InvalidList> {
        let mut problems = Problems::default();
        for line in &self.lines {
            if let Err(error) = line.request.check_files() {
                problems.add(line.number, error.to_string());
            }
        }
        problems.refuse()
    }

    /// What the spec says about its operation.
    pub fn info(&self) -> &OperationInfo {
        &self.facts
    }

    /// The hash of its requests and keys in their order, independent of the file's form.
    pub fn hash(&self) -> &RequestHash {
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
            item_keys: Vec::new(),
        }
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&str> {
        let own = self.request.key().map(|key| key.value.as_str());
        own.or(self.key.as_deref())
    }

    /// The keys of its items, if each has one.
    fn keys(&self) -> Vec<String> {
        match self.request.key() {
            Some(key) if key.name.contains('.') => {
                let keys = resolution::fields(&self.request, key.name);
                if keys.is_empty() {
                    return vec![key.value.clone()];
                }
                keys
            }
            Some(key) => vec![key.value.clone()],
            None => self.item_keys.clone(),
        }
    }

    /// The name of the key's field.
    fn key_name(&self) -> &str {
        self.request.key().map_or("the key", |key| key.name)
    }

    /// Its name for a person: its key, or its number if it has no key.
    pub fn name(&self) -> String {
        self.key()
            .map_or_else(|| self.number.to_string(), str::to_owned)
    }

    pub(crate) fn planned(&self) -> PlannedEntry {
        PlannedEntry {
            line: self.number,
            key: self.key().map(str::to_owned),
            hash: Some(self.hash),
        }
    }

    /// The hash of the request, however its decimals are written.
    pub(crate) fn hash(&self) -> RequestHash {
        self.hash
    }

    /// The hash of the request with its decimals as they are written, which earlier journals keep.
    pub(crate) fn hash_as_written(&self) -> RequestHash {
        hash_of(&self.request)
    }
}

fn hash_of_lines(lines: &[Line]) -> RequestHash {
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

/// The hash of what is sent, with its decimals as they are written.
pub(crate) fn hash_of(request: &PreparedRequest) -> RequestHash {
    hash_as(request, request.query(), request.body().unwrap_or_default())
}

/// The hash of a single call: of its operation and of what is sent. Operations with the same fields
/// are not the same call.
pub(crate) fn hash_of_call(request: &PreparedRequest, sent: RequestHash) -> RequestHash {
    let mut hash = Sha256::new();
    hash.update(request.operation().len().to_le_bytes());
    hash.update(request.operation());
    hash.update(sent);
    hash.finalize().into()
}

/// Like `hash_of`, with query and body in another form.
pub(crate) fn hash_as(
    request: &PreparedRequest,
    query: &[(String, String)],
    body: &str,
) -> RequestHash {
    let mut hash = Sha256::new();
    fn add(hash: &mut Sha256, bytes: impl AsRef<[u8]>) {
        // With its length, so that different requests do not hash the same bytes.
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
                    // The file is read when it is sent.
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

/// Takes the keys from the field that the caller named.
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
        let keys = resolution::fields(&line.request, field);
        if keys.is_empty() || keys.iter().any(|key| key.trim().is_empty()) {
            problems.add(
                line.number,
                format!("{field}: is empty, and was named as the key"),
            );
            continue;
        }
        line.key = Some(keys.join(","));
        line.item_keys = keys;
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
    let mut joined: HashMap<&str, u64> = HashMap::new();
    for line in lines {
        let (name, before) = (line.key_name(), problems.len());
        for key in line.keys().into_iter().filter(|key| !key.is_empty()) {
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
        // One key with a comma and two keys that are joined by it name the same line.
        let Some(key) = line.key().filter(|_| problems.len() == before) else {
            continue;
        };
        if let Some(first) = joined.insert(key, line.number) {
            let what = format!("{name} {key:?} is on line {first} already");
            problems.add(line.number, what);
        }
    }
}

/// Two lines with the same request and no key count as one line that is listed twice.
fn refuse_identical(lines: &[Line], problems: &mut Problems) {
    let mut seen: HashMap<RequestHash, u64> = HashMap::new();
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

/// The problems found so far.
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

    fn refuse(self) -> Result<(), InvalidList> {
        let mut problems = self.0;
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|problem| problem.line);
        let more = problems.len().saturating_sub(MAX_PROBLEMS);
        problems.truncate(MAX_PROBLEMS);
        Err(InvalidList { problems, more })
    }
}

/// The key field that every line must have.
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

impl fmt::Display for InvalidList {
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

impl std::error::Error for InvalidList {}
