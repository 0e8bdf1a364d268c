//! The decoder: one pass over JSON text into places, and what was noticed on the way.
//!
//! Owns leniency, JSON paths and drift. Knows values only as a [`Target`] to fill.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::field::{Field, Raw};
use crate::file::File;
use crate::reader::{Kind, Reader, Syntax};
use crate::record::{Record, Table};
use crate::scalar::{OpenCode, find_code, parse_decimal, parse_flag, parse_integer};
use crate::value::{Instead, Items, Slot, Target, Value};

/// How many findings one answer may report; the rest is counted.
const DRIFTS: usize = 64;

/// How a value met the place that was to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It fits.
    Fits,
    /// There is none: `null`, or an empty text where that means nothing.
    None,
    /// It fits no rule.
    Unfit,
}

/// Something in an answer that the spec does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// Where, from `data` on: `rows[3].price`.
    pub path: String,
    /// What.
    pub what: DriftKind,
}

/// The kinds of [`Drift`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriftKind {
    /// The value fits no rule of its field and was kept as it came.
    Unreadable {
        /// What the field holds.
        expected: &'static str,
    },
    /// The value fits no rule of a field of a request, and is not in it.
    Refused {
        /// What the field holds.
        expected: &'static str,
    },
    /// The spec has no such field; its value was passed over.
    UnknownField,
    /// The spec has no such code; it was kept.
    UnknownCode,
    /// A required field is missing (requests only).
    Missing,
    /// The field stands there more than once (requests only; in an answer the last one counts).
    Twice,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

impl fmt::Display for DriftKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DriftKind::Unreadable { expected } | DriftKind::Refused { expected } => {
                write!(f, "is not {expected}")
            }
            DriftKind::UnknownField => f.write_str("is not a field of the spec"),
            DriftKind::UnknownCode => f.write_str("is a code that the spec does not know"),
            DriftKind::Missing => f.write_str("is required and missing"),
            DriftKind::Twice => f.write_str("is there more than once"),
        }
    }
}

/// `data`, decoded.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decoded<D> {
    /// The value; absent for `{}`, `[]`, `""` and `null`; raw where it is of another kind.
    pub data: Field<D>,
    /// What was noticed, in the order of the text; the first 64.
    pub drift: Vec<Drift>,
    /// How many were noticed.
    pub drift_count: usize,
}

/// Decodes the text of `data`.
///
/// # Errors
/// Only where the text is not JSON. A value that does not fit is kept raw and reported.
pub fn decode_data<D: Value>(json: &str) -> Result<Decoded<D>, Syntax> {
    let mut reader = Reader::new(json);
    let mut decoder = Decoder::at(&reader);
    let data = decoder.data()?;
    let decoded = decoder.finish(&mut reader, data);
    reader.end()?;
    Ok(decoded)
}

/// The fields of the text of `data` that the spec does not know: each path once, the items of a list
/// taken together (`rows.price`), in the order of the text. The target is a blank value of the
/// type that the text is meant for.
///
/// # Errors
/// The text is not JSON.
pub fn unknown_fields(json: &str, target: Target<'_>) -> Result<Vec<String>, Syntax> {
    // The strict manner tells every finding, not the first ones alone.
    let mut decoder = Decoder::strict(json);
    if decoder.value(target)? == Fit::Unfit {
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

/// A path without the places in its lists: `rows[3].price` is `rows.price`.
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

/// One step of a path.
#[derive(Debug)]
enum Step {
    Field(&'static str),
    Key(String),
    Index(usize),
}

/// A place to come back to.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: usize,
    depth: usize,
}

/// Reads JSON text once, from front to back.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    reader: Reader<'a>,
    path: Vec<Step>,
    drift: Vec<Drift>,
    drift_count: usize,
    manner: Manner,
}

/// How a text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As an answer: the first findings are told, the rest is counted.
    Generous,
    /// As a request, or as what was stored: every finding is told, since each is a reason to
    /// refuse; a field that comes twice is one.
    Strict,
}

impl<'a> Decoder<'a> {
    /// A decoder that refuses what it cannot keep.
    pub(crate) fn strict(json: &'a str) -> Self {
        Self {
            manner: Manner::Strict,
            ..Self::at(&Reader::new(json))
        }
    }

    /// A decoder that begins where a reader stands.
    pub(crate) fn at(reader: &Reader<'a>) -> Self {
        Self {
            reader: reader.clone(),
            path: Vec::new(),
            drift: Vec::new(),
            drift_count: 0,
            manner: Manner::Generous,
        }
    }

    /// Reads `data`, whatever it is.
    pub(crate) fn data<D: Value>(&mut self) -> Result<Field<D>, Syntax> {
        if self.is_nothing()? {
            return Ok(Field::Absent);
        }
        let start = self.mark();
        let mut value = D::blank();
        Ok(match self.value(value.target())? {
            Fit::Fits => Field::Value(value),
            Fit::None => Field::Absent,
            Fit::Unfit => {
                let raw = self.again(start)?;
                self.report(DriftKind::Unreadable {
                    expected: D::EXPECTED,
                });
                Field::Raw(Raw::new(raw))
            }
        })
    }

    /// Ends with what was decoded, and takes the reader along to where this one stands.
    pub(crate) fn finish<D>(self, reader: &mut Reader<'a>, data: Field<D>) -> Decoded<D> {
        *reader = self.reader;
        Decoded {
            data,
            drift: self.drift,
            drift_count: self.drift_count,
        }
    }

    /// Passes over the value that begins here and gives its text.
    fn pass(&mut self) -> Result<&'a str, Syntax> {
        self.reader.skip()
    }

    pub(crate) fn end(&mut self) -> Result<(), Syntax> {
        self.reader.end()
    }

    fn mark(&self) -> Mark {
        Mark {
            at: self.reader.at(),
            depth: self.reader.depth(),
        }
    }

    /// Goes back to the beginning of a value, and gives its text.
    fn again(&mut self, mark: Mark) -> Result<&'a str, Syntax> {
        self.reader.rewind(mark.at, mark.depth);
        self.reader.skip()
    }

    /// Whether the value that begins here is one of the ways in which the vendor says that there
    /// is nothing; if so, it is passed.
    fn is_nothing(&mut self) -> Result<bool, Syntax> {
        let mark = self.mark();
        let nothing = match self.reader.kind()? {
            Kind::Null => {
                self.pass()?;
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
            self.reader.rewind(mark.at, mark.depth);
        }
        Ok(nothing)
    }

    /// Reports something about the value at the current path.
    fn report(&mut self, what: DriftKind) {
        self.drift_count += 1;
        if self.drift.len() < DRIFTS || self.manner == Manner::Strict {
            let path = self.path_text();
            self.drift.push(Drift { path, what });
        }
    }

    /// Reports that a required field never came.
    fn report_missing(&mut self, name: &'static str) {
        self.path.push(Step::Field(name));
        self.report(DriftKind::Missing);
        self.path.pop();
    }

    pub(crate) fn into_drift(self) -> Vec<Drift> {
        self.drift
    }

    /// The first finding that leaves a request without something that it should hold.
    #[cfg(feature = "serde")]
    pub(crate) fn lost(&self) -> Option<&Drift> {
        let lost = |drift: &&Drift| {
            use DriftKind::{Missing, Refused, Twice};
            matches!(drift.what, Missing | Refused { .. } | Twice)
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
                Step::Key(key) => key.as_str(),
            };
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        }
        text
    }

    fn step(&mut self, step: Step) {
        if let Some(last) = self.path.last_mut() {
            *last = step;
        }
    }

    /// Reads one value into a blank one. Where it does not fit, the reader may stand anywhere.
    pub(crate) fn value(&mut self, target: Target<'_>) -> Result<Fit, Syntax> {
        match target {
            // What most fields are, without a detour.
            Target::Text(text) if self.reader.kind()? == Kind::Text => {
                *text = self.reader.text()?.into_owned();
                Ok(Fit::Fits)
            }
            Target::Record(record) => self.record(record),
            Target::List(list) => self.list(list),
            Target::Map(map) => self.map(map),
            Target::Json(json) => {
                if self.reader.kind()? == Kind::Null {
                    self.pass()?;
                    return Ok(Fit::None);
                }
                json.set(self.pass()?);
                Ok(Fit::Fits)
            }
            Target::Nothing => self.pass().map(|_| Fit::None),
            target => Ok(match self.scalar()? {
                Some(scalar) => self.keep(target, scalar),
                None => Fit::Unfit,
            }),
        }
    }

    /// Reads one scalar; an array or object is left where it is.
    fn scalar(&mut self) -> Result<Option<Scalar<'a>>, Syntax> {
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

    /// Puts a scalar where it fits. The whole of the leniency for scalars.
    fn keep(&mut self, target: Target<'_>, scalar: Scalar<'a>) -> Fit {
        if scalar == Scalar::Null {
            return Fit::None;
        }
        match target {
            Target::Text(text) => {
                *text = scalar.into_text().into_owned();
                Fit::Fits
            }
            Target::Code(code) => self.code(code, &scalar.into_text()),
            _ if scalar.says_nothing() => Fit::None,
            Target::Integer(place) => fit(place, scalar.digits().and_then(parse_integer)),
            Target::Decimal(place) => fit(place, scalar.digits().and_then(parse_decimal)),
            Target::File(file) => {
                *file = File::from_path(scalar.into_text().into_owned());
                Fit::Fits
            }
            Target::Flag(place) => fit(place, parse_flag(scalar.into_text().trim())),
            Target::Date(place) => fit(place, scalar.text().and_then(|text| text.parse().ok())),
            Target::DateTime(place) => fit(place, scalar.text().and_then(|text| text.parse().ok())),
            _ => Fit::Unfit,
        }
    }

    fn code(&mut self, place: &mut dyn OpenCode, code: &str) -> Fit {
        if find_code(place.codes(), code).is_none() {
            if code.is_empty() {
                return Fit::None;
            }
            self.report(DriftKind::UnknownCode);
        }
        place.set(code);
        Fit::Fits
    }

    /// Reads one value into a place of a record.
    fn slot(&mut self, slot: &mut dyn Slot) -> Result<(), Syntax> {
        let start = self.mark();
        let report = match self.value(slot.fill())? {
            Fit::Fits => None,
            Fit::None => slot.revoke(Instead::None),
            Fit::Unfit => slot.revoke(Instead::Unfit(self.again(start)?)),
        };
        if let Some(what) = report {
            self.report(what);
        }
        Ok(())
    }

    /// Reads an object into a record; `null`, `""` and `[]` are none.
    fn record(&mut self, record: &mut dyn Record) -> Result<Fit, Syntax> {
        if let Some(none) = self.no_object()? {
            return Ok(none);
        }
        let table = record.table();
        let mut result = Ok(());
        record.slots_mut(&mut |slots: &mut [&mut dyn Slot]| result = self.fields(table, slots));
        result.map(|()| Fit::Fits)
    }

    /// Reads the fields of the object that begins here.
    fn fields(&mut self, table: &Table, slots: &mut [&mut dyn Slot]) -> Result<(), Syntax> {
        self.reader.open()?;
        self.path.push(Step::Index(0));
        let mut seen = match self.manner {
            Manner::Generous => Vec::new(),
            Manner::Strict => vec![false; table.names.len()],
        };
        let (mut next, mut first) = (0, true);
        while self.reader.member(first)? {
            first = false;
            let index = match self.which(table.names, next)? {
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
                if let Some(seen) = seen.get_mut(index)
                    && std::mem::replace(seen, true)
                {
                    self.report(DriftKind::Twice);
                }
                self.slot(*slot)?;
            }
        }
        self.path.pop();
        let must = table.names.iter().take(table.required);
        for (name, seen) in must.zip(seen) {
            if !seen {
                self.report_missing(name);
            }
        }
        Ok(())
    }

    /// What to say where no object begins: none for `null`, `""` and `[]`, unfit for the rest.
    /// Nothing where an object begins.
    fn no_object(&mut self) -> Result<Option<Fit>, Syntax> {
        Ok(match self.reader.kind()? {
            Kind::Object => None,
            Kind::Null => {
                self.pass()?;
                Some(Fit::None)
            }
            Kind::Text if self.reader.text()?.is_empty() => Some(Fit::None),
            Kind::Array => {
                self.reader.open()?;
                let empty = !self.reader.item(true)?;
                Some(if empty { Fit::None } else { Fit::Unfit })
            }
            _ => Some(Fit::Unfit),
        })
    }

    /// The field whose key stands here. Answers keep the order of the table almost always, so
    /// the next field is tried to the letter, and the rest is searched from there on.
    #[inline]
    fn which(
        &mut self,
        names: &[&'static str],
        next: usize,
    ) -> Result<Result<usize, String>, Syntax> {
        if names.get(next).is_some_and(|name| self.reader.guess(name)) {
            return Ok(Ok(next));
        }
        let key = self.reader.key()?;
        let (before, after) = names.split_at(next.min(names.len()));
        let found = match after.iter().position(|name| *name == key) {
            Some(index) => Some(next + index),
            None => before.iter().position(|name| *name == key),
        };
        Ok(found.ok_or_else(|| key.into_owned()))
    }

    /// Reads an array; `null` and `""` are the empty list. An item that does not fit, `null`
    /// included, makes the whole list unfit: a gap must not move the items behind it.
    fn list(&mut self, list: &mut dyn Items) -> Result<Fit, Syntax> {
        match self.reader.kind()? {
            Kind::Array => {}
            Kind::Null => {
                self.pass()?;
                return Ok(Fit::Fits);
            }
            Kind::Text if self.reader.text()?.is_empty() => return Ok(Fit::Fits),
            _ => return Ok(Fit::Unfit),
        }
        self.reader.open()?;
        let depth = self.path.len();
        self.path.push(Step::Index(0));
        let (mut index, mut fit) = (0, Fit::Fits);
        while fit == Fit::Fits && self.reader.item(index == 0)? {
            self.step(Step::Index(index));
            if self.value(list.grow())? != Fit::Fits {
                fit = Fit::Unfit;
            }
            index += 1;
        }
        self.path.truncate(depth);
        Ok(fit)
    }

    /// Reads an object whose keys are the customer's own. A value that is none is left out; one
    /// that is no text makes the whole map unfit.
    fn map(&mut self, map: &mut BTreeMap<String, String>) -> Result<Fit, Syntax> {
        if let Some(none) = self.no_object()? {
            return Ok(none);
        }
        self.reader.open()?;
        let mut first = true;
        while self.reader.member(first)? {
            first = false;
            let key = self.reader.key()?;
            match self.scalar()? {
                Some(Scalar::Null) => {}
                Some(scalar) => {
                    map.insert(key.into_owned(), scalar.into_text().into_owned());
                }
                None => return Ok(Fit::Unfit),
            }
        }
        Ok(Fit::Fits)
    }
}

/// A scalar as it came.
#[derive(PartialEq)]
enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
}

impl<'a> Scalar<'a> {
    /// As text, whatever it is.
    fn into_text(self) -> Cow<'a, str> {
        match self {
            Scalar::Text(text) => text,
            Scalar::Number(number) => Cow::Borrowed(number),
            Scalar::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
            Scalar::Null => Cow::Borrowed("null"),
        }
    }

    /// Whether it stands for nothing where a number, flag or date should be.
    fn says_nothing(&self) -> bool {
        matches!(self.text(), Some("" | "null"))
    }

    /// The text, where it is one.
    fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What may be a number: a number, or a text.
    fn digits(&self) -> Option<&str> {
        match self {
            Scalar::Number(number) => Some(number),
            other => other.text().map(str::trim),
        }
    }
}

fn fit<T>(place: &mut T, parsed: Option<T>) -> Fit {
    match parsed {
        Some(value) => {
            *place = value;
            Fit::Fits
        }
        None => Fit::Unfit,
    }
}
