//! The decoder: one pass over JSON text into slots, with a report of what the spec does not say.
//!
//! Owns leniency and JSON paths. Must not know types: it sees a value only as a [`ValueMut`].
//! Must not use: `crate::encode`, `crate::envelope`, `crate::request`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::drift::{Drift, DriftKind};
use crate::field::Field;
use crate::file::File;
use crate::json::repeated;
use crate::reader::{Kind, Reader, SyntaxError};
use crate::record::{Record, Table};
use crate::scalar::{OpenCode, find_code, parse_decimal, parse_flag, parse_integer};
use crate::value::{Absent, FieldSlot, Items, Value, ValueMut};

/// How many findings of one answer are reported; the rest is counted.
const MAX_DRIFT: usize = 64;

/// How many bytes the list items of one answer may take in memory by default. An item of two bytes
/// (`{}`) can become a record of thousands.
pub(crate) const MAX_LIST_BYTES: usize = 128 << 20;

/// Whether a value fits its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FitResult {
    /// It fits.
    Fits,
    /// There is none: `null`, or empty text where that means no value.
    None,
    /// It is unreadable.
    Unfit,
}

/// `data`, decoded.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decoded<D> {
    /// The value; absent for `{}`, `[]`, `""` and `null`; raw if it is of another kind.
    pub data: Field<D>,
    /// The first 64 deviations, in the order of the text.
    pub drift: Vec<Drift>,
    /// The number of deviations.
    pub drift_count: usize,
}

impl<D> Decoded<D> {
    pub(crate) fn new(data: Field<D>, found: Findings) -> Self {
        Self {
            data,
            drift: found.drift,
            drift_count: found.drift_count,
        }
    }
}

/// The deviations in a `data` that was decoded into a slot.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Findings {
    /// The first 64 deviations, in the order of the text.
    pub drift: Vec<Drift>,
    /// The number of deviations.
    pub drift_count: usize,
}

impl Findings {
    /// That `data` is a duplicate, and nothing else.
    pub(crate) fn duplicate() -> Self {
        Self {
            drift: vec![Drift {
                path: "data".to_owned(),
                what: DriftKind::Duplicate,
            }],
            drift_count: 1,
        }
    }
}

/// Decodes the text of `data`.
///
/// # Errors
/// Only if the text is not JSON. A value that does not fit is kept raw and reported.
pub fn decode_data<D: Value>(json: &str) -> Result<Decoded<D>, SyntaxError> {
    decode_data_within(json, MAX_LIST_BYTES)
}

/// The same with a limit to the memory that the lists of the data may take, in bytes: a list
/// beyond it stays raw, and the drift says so.
///
/// # Errors
/// Only if the text is not JSON.
pub fn decode_data_within<D: Value>(json: &str, budget: usize) -> Result<Decoded<D>, SyntaxError> {
    let mut data = Field::Absent;
    match decode_into_within(json, &mut data, budget) {
        Ok(found) => Ok(Decoded::new(data, found)),
        Err(syntax) => Err(syntax),
    }
}

/// Decodes the text of `data` into an empty slot, without its type.
///
/// # Errors
/// Only if the text is not JSON.
pub fn decode_data_into(json: &str, slot: &mut dyn FieldSlot) -> Result<Findings, SyntaxError> {
    decode_into_within(json, slot, MAX_LIST_BYTES)
}

fn decode_into_within(
    json: &str,
    slot: &mut dyn FieldSlot,
    budget: usize,
) -> Result<Findings, SyntaxError> {
    let mut reader = Reader::new(json);
    let mut decoder = Decoder::at(&reader).within(budget);
    decoder.data(slot)?;
    let found = decoder.finish(&mut reader);
    reader.end()?;
    Ok(found)
}

/// The fields of the text of `data` that the spec does not know, in the order of the text: each path
/// once, without the indexes of lists (`rows.price`). The target is an empty value of the expected
/// type.
///
/// # Errors
/// The text is not JSON.
pub fn unknown_fields(json: &str, target: ValueMut<'_>) -> Result<Vec<String>, SyntaxError> {
    // The strict mode reports every finding, not only the first ones.
    let mut decoder = Decoder::strict(json).within(MAX_LIST_BYTES);
    if decoder.value(target)? == FitResult::Unfit {
        return Ok(Vec::new());
    }
    decoder.end()?;
    let mut fields: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for drift in decoder.into_drift() {
        let path = without_indexes(&drift.path);
        if drift.what == DriftKind::UnknownField && seen.insert(path.clone()) {
            fields.push(path);
        }
    }
    Ok(fields)
}

/// Whether the text of `data` is of the target's kind; no value is of every kind. The target is an
/// empty value of the expected type.
///
/// # Errors
/// The text is not JSON.
pub fn fits(json: &str, target: ValueMut<'_>) -> Result<bool, SyntaxError> {
    let mut decoder = Decoder::at(&Reader::new(json));
    Ok(decoder.is_nothing()? || decoder.value(target)? != FitResult::Unfit)
}

/// A path without the indexes of lists: `rows.price` for `rows[3].price`.
fn without_indexes(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for part in path.split('[') {
        let rest = part.split_once(']').map(|(index, rest)| {
            let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
            if is_index { rest } else { part }
        });
        text.push_str(rest.unwrap_or(part));
    }
    text
}

/// How deep most answers are: room that is made once.
const USUAL_DEPTH: usize = 8;

/// One step of a path.
#[derive(Debug)]
enum Step<'a> {
    Field(&'static str),
    Key(Cow<'a, str>),
    Index(usize),
}

/// A position to rewind to.
#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    at: usize,
    depth: usize,
}

/// Reads JSON text once, from front to back.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    reader: Reader<'a>,
    path: Vec<Step<'a>>,
    drift: Vec<Drift>,
    drift_count: usize,
    mode: Mode,
    /// How many bytes list items may still take.
    budget: usize,
    /// Whether the last list exceeded the budget.
    is_over: bool,
}

/// How deviations are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// An answer: the first findings are reported, the rest is counted.
    Lenient,
    /// A request or stored data: every finding is reported, because each is a reason to refuse it,
    /// a duplicate field included.
    Strict,
}

impl<'a> Decoder<'a> {
    /// A decoder for requests and stored data.
    pub(crate) fn strict(json: &'a str) -> Self {
        Self {
            mode: Mode::Strict,
            budget: usize::MAX,
            ..Self::at(&Reader::new(json))
        }
    }

    /// A decoder for an answer that starts at the position of a reader.
    pub(crate) fn at(reader: &Reader<'a>) -> Self {
        Self {
            reader: reader.clone(),
            path: Vec::with_capacity(USUAL_DEPTH),
            drift: Vec::new(),
            drift_count: 0,
            mode: Mode::Lenient,
            budget: MAX_LIST_BYTES,
            is_over: false,
        }
    }

    /// The same decoder, to which half of a character is an error.
    pub(crate) fn refusing_halves(self) -> Self {
        Self {
            reader: self.reader.refusing_halves(),
            ..self
        }
    }

    /// Sets the memory limit of list items, in bytes.
    pub(crate) fn within(self, budget: usize) -> Self {
        Self { budget, ..self }
    }

    /// Reads `data` of any kind into its slot, which is empty.
    pub(crate) fn data(&mut self, slot: &mut dyn FieldSlot) -> Result<(), SyntaxError> {
        match self.is_nothing()? {
            true => Ok(()),
            false => self.slot(slot),
        }
    }

    /// Returns what was found, and moves the reader to the end of what was read.
    pub(crate) fn finish(self, reader: &mut Reader<'a>) -> Findings {
        *reader = self.reader;
        Findings {
            drift: self.drift,
            drift_count: self.drift_count,
        }
    }

    /// Skips the value that begins here and returns its text.
    fn skip(&mut self) -> Result<&'a str, SyntaxError> {
        self.reader.skip()
    }

    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        self.reader.end()
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.reader.at(),
            depth: self.reader.depth(),
        }
    }

    /// Rewinds to the beginning of a value, skips it and returns its text.
    fn rewind_and_skip(&mut self, checkpoint: Checkpoint) -> Result<&'a str, SyntaxError> {
        self.reader.rewind(checkpoint.at, checkpoint.depth);
        self.reader.skip()
    }

    /// Whether the value that begins here is one of the vendor's forms of no data; if so, it is
    /// skipped.
    fn is_nothing(&mut self) -> Result<bool, SyntaxError> {
        let checkpoint = self.checkpoint();
        let nothing = match self.reader.kind()? {
            Kind::Null => {
                self.skip()?;
                true
            }
            Kind::Text => self.reader.text()?.is_empty(),
            Kind::Object => {
                self.reader.open()?;
                !self.reader.member(true)?
            }
            Kind::Array => {
                self.reader.open()?;
                !self.reader.item(true)?
            }
            _ => false,
        };
        if !nothing {
            self.reader.rewind(checkpoint.at, checkpoint.depth);
        }
        Ok(nothing)
    }

    /// Reports a deviation at the current path.
    fn report(&mut self, what: DriftKind) {
        self.drift_count += 1;
        if self.drift.len() < MAX_DRIFT || self.mode == Mode::Strict {
            let path = self.path_text();
            self.drift.push(Drift { path, what });
        }
    }

    /// Reports a name that stands twice within any JSON, whose fields have no slots.
    fn report_repeated(&mut self, json: &str) {
        if let Some(within) = repeated(json) {
            self.drift_count += 1;
            let path = match self.path_text() {
                path if path.is_empty() || within.starts_with('[') => path + &within,
                path => format!("{path}.{within}"),
            };
            let what = DriftKind::Duplicate;
            self.drift.push(Drift { path, what });
        }
    }

    /// Reports an unreadable value, or a list over the memory limit.
    fn report_unfit(&mut self, what: DriftKind) {
        let is_over = std::mem::take(&mut self.is_over);
        self.report(if is_over { DriftKind::TooLarge } else { what });
    }

    /// Reports a missing required field.
    fn report_missing(&mut self, name: &'static str) {
        self.path.push(Step::Field(name));
        self.report(DriftKind::Missing);
        self.path.pop();
    }

    pub(crate) fn into_drift(self) -> Vec<Drift> {
        self.drift
    }

    /// The first finding that means a loss of data.
    #[cfg(feature = "serde")]
    pub(crate) fn lost(&self) -> Option<&Drift> {
        let lost = |drift: &&Drift| {
            use DriftKind::{Duplicate, Missing, Refused};
            matches!(drift.what, Missing | Refused { .. } | Duplicate)
        };
        self.drift.iter().find(lost)
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            let name = match step {
                Step::Index(index) => {
                    text.push_str(&format!("[{index}]"));
                    continue;
                }
                Step::Field(name) => name,
                Step::Key(key) => &**key,
            };
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        }
        text
    }

    fn step(&mut self, step: Step<'a>) {
        if let Some(last) = self.path.last_mut() {
            *last = step;
        }
    }

    /// Reads one value into an empty one. If it does not fit, the reader's position is undefined.
    pub(crate) fn value(&mut self, target: ValueMut<'_>) -> Result<FitResult, SyntaxError> {
        match target {
            // The fast path of most fields.
            ValueMut::Text(text) if self.reader.kind()? == Kind::Text => {
                self.reader.text_into(text)?;
                Ok(FitResult::Fits)
            }
            ValueMut::Record(record) => self.record(record),
            ValueMut::List(list) => self.list(list),
            ValueMut::Map(map) => self.map(map),
            ValueMut::Json(json) => {
                if self.reader.kind()? == Kind::Null {
                    self.skip()?;
                    return Ok(FitResult::None);
                }
                let text = self.skip()?;
                json.set(text);
                if self.mode == Mode::Strict {
                    self.report_repeated(text);
                }
                Ok(FitResult::Fits)
            }
            ValueMut::Nothing => self.skip().map(|_| FitResult::None),
            target => Ok(match self.scalar()? {
                Some(scalar) => self.keep(target, scalar),
                None => FitResult::Unfit,
            }),
        }
    }

    /// Reads one scalar; `None` before an array or object.
    fn scalar(&mut self) -> Result<Option<Scalar<'a>>, SyntaxError> {
        let kind = self.reader.kind()?;
        Ok(Some(match kind {
            Kind::Text => Scalar::Text(self.reader.text()?),
            Kind::Number => Scalar::Number(self.reader.number()?),
            Kind::Object | Kind::Array => return Ok(None),
            word => {
                self.reader.literal(word)?;
                match word {
                    Kind::Null => Scalar::Null,
                    word => Scalar::Flag(word == Kind::True),
                }
            }
        }))
    }

    /// Converts a scalar to the type of the target. All leniency for scalars is here.
    fn keep(&mut self, target: ValueMut<'_>, scalar: Scalar<'a>) -> FitResult {
        if scalar == Scalar::Null {
            return FitResult::None;
        }
        match target {
            ValueMut::Text(text) => {
                if self.mode == Mode::Strict && scalar.is_no_text() {
                    self.report(DriftKind::NoText);
                }
                *text = scalar.into_text().into_owned();
                FitResult::Fits
            }
            ValueMut::Code(code) => {
                let is_no_text = self.mode == Mode::Strict && scalar.is_no_text();
                let text = scalar.into_text();
                if is_no_text && find_code(code.codes(), &text).is_none() {
                    self.report(DriftKind::NoText);
                }
                self.code(code, &text)
            }
            _ if scalar.means_no_value() => FitResult::None,
            ValueMut::Integer(to) => fit(to, scalar.digits().and_then(parse_integer)),
            ValueMut::Decimal(to) => fit(to, scalar.digits().and_then(parse_decimal)),
            ValueMut::File(file) => {
                *file = File::from_path(scalar.into_text().into_owned());
                FitResult::Fits
            }
            ValueMut::Flag(to) => fit(to, parse_flag(scalar.into_text().trim())),
            ValueMut::Date(to) => fit(to, scalar.text().and_then(|text| text.parse().ok())),
            ValueMut::DateTime(to) => fit(to, scalar.text().and_then(|text| text.parse().ok())),
            // These are no scalars. All kinds are named, so that a new one does not compile before
            // it is read.
            ValueMut::Record(_)
            | ValueMut::List(_)
            | ValueMut::Map(_)
            | ValueMut::Json(_)
            | ValueMut::Nothing => FitResult::Unfit,
        }
    }

    fn code(&mut self, to: &mut dyn OpenCode, code: &str) -> FitResult {
        if find_code(to.codes(), code).is_none() {
            if code.is_empty() {
                return FitResult::None;
            }
            self.report(DriftKind::UnknownCode);
        }
        to.set(code);
        FitResult::Fits
    }

    /// Reads one value into a slot of a record.
    fn slot(&mut self, slot: &mut dyn FieldSlot) -> Result<(), SyntaxError> {
        let start = self.checkpoint();
        let report = match self.value(slot.init())? {
            FitResult::Fits => None,
            FitResult::None => slot.reset(Absent::Nothing),
            FitResult::Unfit => slot.reset(Absent::Unreadable(self.rewind_and_skip(start)?)),
        };
        if let Some(what) = report {
            self.report_unfit(what);
        }
        Ok(())
    }

    /// Judges the fields of an object that came more than once, when all of it was read: once, however
    /// often they came. Equal values count once; different values make the field raw.
    #[cold]
    fn duplicates(
        &mut self,
        table: &Table,
        slots: &mut [&mut dyn FieldSlot],
        object: Checkpoint,
        doubled: &Fields,
    ) -> Result<(), SyntaxError> {
        let mut texts: Vec<Vec<&str>> = vec![Vec::new(); table.names.len()];
        let mut reader = self.reader.clone();
        reader.rewind(object.at, object.depth);
        reader.open()?;
        let mut first = true;
        while reader.member(first)? {
            first = false;
            let key = reader.key()?;
            let text = reader.skip()?;
            let index = table.names.iter().position(|name| *name == key);
            let doubled = index.filter(|index| doubled.holds(*index));
            if let Some(texts) = doubled.and_then(|index| texts.get_mut(index)) {
                texts.push(text);
            }
        }
        for ((texts, slot), name) in texts.iter().zip(slots).zip(table.names) {
            if texts.windows(2).any(|pair| pair.first() != pair.last()) {
                slot.reset(Absent::Unreadable(&format!("[{}]", texts.join(","))));
                self.step(Step::Field(name));
                self.report(DriftKind::Duplicate);
            }
        }
        Ok(())
    }

    /// Reads an object into a record; `null`, `""` and `[]` are no record.
    fn record(&mut self, record: &mut dyn Record) -> Result<FitResult, SyntaxError> {
        if let Some(none) = self.absent_object()? {
            return Ok(none);
        }
        let table = record.table();
        let mut result = Ok(());
        record
            .slots_mut(&mut |slots: &mut [&mut dyn FieldSlot]| result = self.fields(table, slots));
        result.map(|()| FitResult::Fits)
    }

    /// Reads the fields of the object that begins here.
    fn fields(
        &mut self,
        table: &Table,
        slots: &mut [&mut dyn FieldSlot],
    ) -> Result<(), SyntaxError> {
        let object = self.checkpoint();
        self.reader.open()?;
        self.path.push(Step::Index(0));
        let none = || Fields::new(table.names.len());
        let (mut seen, mut doubled) = (none(), None);
        let (mut next, mut first) = (0, true);
        while self.reader.member(first)? {
            first = false;
            let index = match self.field_index(table.names, next)? {
                Ok(index) => index,
                Err(key) => {
                    self.step(Step::Key(key));
                    self.report(DriftKind::UnknownField);
                    self.reader.skip()?;
                    continue;
                }
            };
            next = index + 1;
            if let (Some(slot), Some(name)) = (slots.get_mut(index), table.names.get(index)) {
                self.step(Step::Field(name));
                match (seen.insert(index), self.mode) {
                    (false, _) => {}
                    (true, Mode::Strict) => self.report(DriftKind::Duplicate),
                    (true, Mode::Lenient) => {
                        self.skip()?;
                        doubled.get_or_insert_with(none).insert(index);
                        continue;
                    }
                }
                self.slot(*slot)?;
            }
        }
        if let Some(doubled) = doubled {
            self.duplicates(table, slots, object, &doubled)?;
        }
        self.path.pop();
        if self.mode == Mode::Strict {
            for (index, name) in table.names.iter().take(table.required).enumerate() {
                if !seen.holds(index) {
                    self.report_missing(name);
                }
            }
        }
        Ok(())
    }

    /// The result if no object begins here: `None` for `null`, `""` and `[]`, otherwise `Unfit`.
    /// No result if an object begins.
    fn absent_object(&mut self) -> Result<Option<FitResult>, SyntaxError> {
        Ok(match self.reader.kind()? {
            Kind::Object => None,
            Kind::Null => {
                self.skip()?;
                Some(FitResult::None)
            }
            Kind::Text if self.reader.text()?.is_empty() => Some(FitResult::None),
            Kind::Array => {
                self.reader.open()?;
                let empty = !self.reader.item(true)?;
                Some(if empty {
                    FitResult::None
                } else {
                    FitResult::Unfit
                })
            }
            _ => Some(FitResult::Unfit),
        })
    }

    /// The index of the field whose key begins here, or the unknown key. Answers almost always keep
    /// the order of the table, so the next field is compared first.
    #[inline]
    fn field_index(
        &mut self,
        names: &[&'static str],
        next: usize,
    ) -> Result<Result<usize, Cow<'a, str>>, SyntaxError> {
        if names.get(next).is_some_and(|name| self.reader.guess(name)) {
            return Ok(Ok(next));
        }
        let key = self.reader.key()?;
        let (before, after) = names.split_at(next.min(names.len()));
        let found = match after.iter().position(|name| *name == key) {
            Some(index) => Some(next + index),
            None => before.iter().position(|name| *name == key),
        };
        Ok(found.ok_or(key))
    }

    /// Reads an array; `null` and `""` are the empty list in an answer, and no list in a request: one
    /// that is sent empty may empty what the record has. An item that does not fit, `null` included,
    /// makes the whole list unfit: a gap must not shift the items after it.
    fn list(&mut self, list: &mut dyn Items) -> Result<FitResult, SyntaxError> {
        let none = match self.mode {
            Mode::Lenient => FitResult::Fits,
            Mode::Strict => FitResult::None,
        };
        match self.reader.kind()? {
            Kind::Array => {}
            Kind::Null => {
                self.skip()?;
                return Ok(none);
            }
            Kind::Text if self.reader.text()?.is_empty() => return Ok(none),
            _ => return Ok(FitResult::Unfit),
        }
        self.reader.open()?;
        let depth = self.path.len();
        self.path.push(Step::Index(0));
        let budget = self.budget;
        let (mut index, mut fit) = (0, FitResult::Fits);
        while fit == FitResult::Fits && self.reader.item(index == 0)? {
            let Some(left) = self.budget.checked_sub(list.item_size()) else {
                // The list is dropped, so what it used is free again.
                self.budget = budget;
                self.is_over = true;
                fit = FitResult::Unfit;
                break;
            };
            self.budget = left;
            self.step(Step::Index(index));
            if self.value(list.push())? != FitResult::Fits {
                fit = FitResult::Unfit;
            }
            index += 1;
        }
        self.path.truncate(depth);
        Ok(fit)
    }

    /// Reads an object of custom fields. A `null` is left out; an array or object makes the whole map
    /// unfit.
    fn map(&mut self, map: &mut BTreeMap<String, String>) -> Result<FitResult, SyntaxError> {
        if let Some(none) = self.absent_object()? {
            return Ok(none);
        }
        self.reader.open()?;
        let mut first = true;
        let mut nones = BTreeSet::new();
        while self.reader.member(first)? {
            first = false;
            let key = self.reader.key()?.into_owned();
            let contradicts = match self.scalar()? {
                Some(Scalar::Null) => {
                    let contradicts = map.contains_key(&key);
                    nones.insert(key);
                    contradicts
                }
                Some(scalar) => {
                    if self.mode == Mode::Strict && scalar.is_no_text() {
                        self.path.push(Step::Key(Cow::Owned(key.clone())));
                        self.report(DriftKind::NoText);
                        self.path.pop();
                    }
                    let text = scalar.into_text().into_owned();
                    let was_none = nones.contains(&key);
                    let before = map.insert(key, text.clone());
                    was_none || before.is_some_and(|before| before != text)
                }
                None => return Ok(FitResult::Unfit),
            };
            if contradicts {
                return Ok(FitResult::Unfit);
            }
        }
        Ok(FitResult::Fits)
    }
}

/// The fields of a record that were seen. Allocates only for records of more than 128 fields.
struct Fields {
    few: u128,
    many: Vec<bool>,
}

impl Fields {
    fn new(count: usize) -> Self {
        Self {
            few: 0,
            many: match count {
                ..=128 => Vec::new(),
                _ => vec![false; count],
            },
        }
    }

    /// Adds a field; returns whether it was there before.
    #[inline]
    fn insert(&mut self, index: usize) -> bool {
        if let Some(seen) = self.many.get_mut(index) {
            return std::mem::replace(seen, true);
        }
        let before = self.holds(index);
        self.few |= 1 << (index % 128);
        before
    }

    #[inline]
    fn holds(&self, index: usize) -> bool {
        match self.many.get(index) {
            Some(seen) => *seen,
            None => self.few >> (index % 128) & 1 == 1,
        }
    }
}

/// A scalar as received.
#[derive(PartialEq)]
enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
}

impl<'a> Scalar<'a> {
    /// The scalar as text.
    fn into_text(self) -> Cow<'a, str> {
        match self {
            Scalar::Text(text) => text,
            Scalar::Number(number) => Cow::Borrowed(number),
            Scalar::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
            Scalar::Null => Cow::Borrowed("null"),
        }
    }

    /// Whether it is a truth value, or a number with a fraction or an exponent: whoever wrote that
    /// for a text had a number in mind, and of a long one the last digits are wrong already.
    fn is_no_text(&self) -> bool {
        match self {
            Scalar::Flag(_) => true,
            Scalar::Number(number) => number.contains(['.', 'e', 'E']),
            Scalar::Null | Scalar::Text(_) => false,
        }
    }

    /// Whether it means no value in place of a number, flag or date.
    fn means_no_value(&self) -> bool {
        matches!(self.text(), Some("" | "null"))
    }

    /// The text, if it is one.
    fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a number, or a text that may hold one.
    fn digits(&self) -> Option<&str> {
        match self {
            Scalar::Number(number) => Some(number),
            other => other.text().map(str::trim),
        }
    }
}

fn fit<T>(to: &mut T, parsed: Option<T>) -> FitResult {
    match parsed {
        Some(value) => {
            *to = value;
            FitResult::Fits
        }
        None => FitResult::Unfit,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use rust_decimal::Decimal;

    use super::{DriftKind, decode_data, fits};
    use crate::{Field, Value as _, decode_answer_within};

    pub(super) struct Bill {
        amount: Field<Decimal>,
        bill_no: Field<String>,
        custom_field: Field<BTreeMap<String, String>>,
        rows: Field<Vec<Bill>>,
    }

    crate::record! {
        Bill {
            "amount" => amount: Text,
            "bill_no" => bill_no: Text,
            "custom_field" => custom_field: Object,
            "rows" => rows: List,
        }
    }

    fn bill(json: &str) -> (Bill, Vec<String>) {
        let decoded = decode_data::<Bill>(json).unwrap();
        let drift = decoded.drift.iter().map(ToString::to_string).collect();
        let Field::Value(bill) = decoded.data else {
            return (Bill::default(), drift);
        };
        (bill, drift)
    }

    /// Anyone can send such a body to a callback address. It was reread for each duplicate: this one
    /// would take hours.
    #[test]
    fn a_field_that_comes_very_often_is_reread_once() {
        let count = 200_000;
        let same = format!("{{{}\"bill_no\":\"1\"}}", "\"amount\":1,".repeat(count));
        let (same, drift) = bill(&same);
        assert_eq!((same.amount, drift.len()), (Field::Value(Decimal::ONE), 0));
        let numbers: Vec<String> = (0..count).map(|at| at.to_string()).collect();
        let fields = numbers.iter().map(|at| format!("\"amount\":{at}"));
        let other = fields.collect::<Vec<_>>().join(",");
        let (other, drift) = bill(&format!("{{{other}}}"));
        let raw = other.amount.raw().map(crate::Raw::as_json);
        assert_eq!(raw, Some(format!("[{}]", numbers.join(",")).as_str()));
        assert_eq!(drift, ["amount: is a duplicate"]);
    }

    #[test]
    fn a_duplicate_field_with_different_values_is_raw() {
        for (json, raw) in [
            (r#"{"amount":"100.00","amount":""}"#, r#"["100.00",""]"#),
            (r#"{"amount":"","amount":"100.00"}"#, r#"["","100.00"]"#),
            (r#"{"amount":null,"bill_no":"1","amount":5}"#, "[null,5]"),
            (
                r#"{"amount":1,"amount":1,"amount":2,"amount":1}"#,
                "[1,1,2,1]",
            ),
            (
                r#"{"am\u006funt":1, "amount" : {"x":[2]}}"#,
                r#"[1,{"x":[2]}]"#,
            ),
        ] {
            let (bill, drift) = bill(json);
            assert_eq!(
                bill.amount.raw().map(crate::Raw::as_json),
                Some(raw),
                "{json}"
            );
            assert!(bill.amount.optional().is_err());
            assert!(
                drift.contains(&"amount: is a duplicate".to_owned()),
                "{json}"
            );
        }
        let (same, drift) = bill(r#"{"amount":"5","bill_no":"7","amount":"5"}"#);
        assert_eq!(same.amount, Field::Value(Decimal::from(5)));
        assert_eq!(same.bill_no, "7");
        assert_eq!(drift, [""; 0]);
        let (inner, drift) = bill(r#"{"rows":[{},{"amount":1,"amount":2}]}"#);
        assert!(inner.rows.list().unwrap()[1].amount.raw().is_some());
        assert_eq!(drift, ["rows[1].amount: is a duplicate"]);
    }

    #[test]
    fn a_duplicate_custom_field_makes_the_map_raw() {
        for json in [
            r#"{"a":"1","a":"2"}"#,
            r#"{"a":null,"a":"2"}"#,
            r#"{"a":"1","a":null}"#,
        ] {
            let (bill, _) = bill(&format!(r#"{{"custom_field":{json}}}"#));
            assert_eq!(bill.custom_field.raw().map(crate::Raw::as_json), Some(json));
        }
        let (same, _) = bill(r#"{"custom_field":{"a":"1","a":"1"}}"#);
        assert_eq!(same.custom_field.named("a"), Ok(Some("1")));
    }

    #[test]
    fn a_list_that_would_take_too_much_memory_stays_raw() {
        let rows = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
        let size = size_of::<Bill>();
        let decode = |rows: String, budget| {
            let body = format!(r#"{{"errcode":0,"data":{{"rows":{rows},"bill_no":"7"}}}}"#);
            let (envelope, decoded) = decode_answer_within::<Bill>(body.as_bytes(), budget);
            assert!(envelope.complete);
            let decoded = decoded.unwrap();
            let Field::Value(data) = decoded.data else {
                return (Bill::default(), decoded.drift);
            };
            assert_eq!(data.bill_no, "7");
            (data, decoded.drift)
        };
        let (data, drift) = decode(rows(9), 9 * size);
        assert_eq!((data.rows.list().unwrap().len(), drift.len()), (9, 0));
        let (data, drift) = decode(rows(10), 9 * size);
        assert_eq!(data.rows.raw().map(crate::Raw::as_json), Some(&*rows(10)));
        assert_eq!(
            (drift[0].path.as_str(), &drift[0].what),
            ("rows", &DriftKind::TooLarge)
        );
        // What one list did not get is there for the next one, and lists within lists count.
        let nested = format!(r#"[{{"rows":{}}},{{"rows":{}}}]"#, rows(10), rows(7));
        let (data, drift) = decode(nested, 9 * size);
        let outer = data.rows.list().unwrap();
        assert!(outer[0].rows.raw().is_some());
        assert_eq!(outer[1].rows.list().unwrap().len(), 7);
        assert_eq!((drift.len(), drift[0].path.as_str()), (1, "rows[0].rows"));
    }

    #[test]
    fn data_fits_its_type_or_does_not() {
        for (json, fit) in [
            ("{}", true),
            ("[]", true),
            ("null", true),
            (r#""""#, true),
            (r#"{"amount":"?"}"#, true),
            ("[1]", false),
            ("7", false),
            (r#""done""#, false),
        ] {
            assert_eq!(fits(json, Bill::empty().target()), Ok(fit), "{json}");
        }
        assert!(fits("{", Bill::empty().target()).is_err());
    }
}
