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

/// How many bytes the items of the lists of one answer may take in memory, unless told otherwise.
/// An item of two bytes (`{}`) can become a record of thousands.
pub(crate) const BUDGET: usize = 128 << 20;

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
    /// The field stands there more than once; in an answer, with different values, so that neither
    /// is to be believed: they are kept as they came, in a JSON array.
    Twice,
    /// The list would take more memory than is allowed, and was kept as it came.
    TooLarge,
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
            DriftKind::TooLarge => f.write_str("is larger in memory than is allowed"),
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

impl<D> Decoded<D> {
    /// `data` came more than once, as these texts.
    pub(crate) fn contradict(&mut self, texts: &[String]) {
        self.data = Field::Raw(Raw::new(&format!("[{}]", texts.join(","))));
        self.drift = vec![Drift {
            path: "data".to_owned(),
            what: DriftKind::Twice,
        }];
        self.drift_count = 1;
    }
}

/// Decodes the text of `data`.
///
/// # Errors
/// Only where the text is not JSON. A value that does not fit is kept raw and reported.
pub fn decode_data<D: Value>(json: &str) -> Result<Decoded<D>, Syntax> {
    decode_data_within(json, BUDGET)
}

/// The same with a limit to the memory that the lists of the data may take, in bytes: a list
/// beyond it stays raw, and the drift says so.
///
/// # Errors
/// Only where the text is not JSON.
pub fn decode_data_within<D: Value>(json: &str, budget: usize) -> Result<Decoded<D>, Syntax> {
    let mut reader = Reader::new(json);
    let mut decoder = Decoder::at(&reader).within(budget);
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
    let mut decoder = Decoder::strict(json).within(BUDGET);
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

/// Whether the text of `data` is of the kind that the target is; nothing is of every kind. The
/// target is a blank value of the type that the text is meant for.
///
/// # Errors
/// The text is not JSON.
pub fn fits(json: &str, target: Target<'_>) -> Result<bool, Syntax> {
    let mut decoder = Decoder::at(&Reader::new(json));
    Ok(decoder.is_nothing()? || decoder.value(target)? != Fit::Unfit)
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
    /// How many bytes the items of lists may still take.
    budget: usize,
    /// Whether the list that was read last did not fit into it.
    is_over: bool,
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
            budget: usize::MAX,
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
            budget: BUDGET,
            is_over: false,
        }
    }

    /// The same with another limit to what the items of lists may take.
    pub(crate) fn within(self, budget: usize) -> Self {
        Self { budget, ..self }
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
                self.report_unfit(DriftKind::Unreadable {
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

    /// Reports a value that fits no rule, or whose list took too much.
    fn report_unfit(&mut self, what: DriftKind) {
        let is_over = std::mem::take(&mut self.is_over);
        self.report(if is_over { DriftKind::TooLarge } else { what });
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
            self.report_unfit(what);
        }
        Ok(())
    }

    /// Reads a value into a place of a record that was filled before from the same object: twice
    /// the same is once, and of two that differ neither counts.
    #[cold]
    fn slot_again(&mut self, slot: &mut dyn Slot, object: Mark, name: &str) -> Result<(), Syntax> {
        let own = self.pass()?;
        let mut texts = Vec::new();
        let mut reader = self.reader.clone();
        reader.rewind(object.at, object.depth);
        reader.open()?;
        // The value that was just passed is the last that is found.
        let mut first = true;
        while reader.at() < self.reader.at() && reader.member(first)? {
            first = false;
            let is_own = reader.key()? == name;
            let text = reader.skip()?;
            if is_own {
                texts.push(text);
            }
        }
        if texts.iter().any(|text| *text != own) {
            slot.revoke(Instead::Unfit(&format!("[{}]", texts.join(","))));
            self.report(DriftKind::Twice);
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
        let object = self.mark();
        self.reader.open()?;
        self.path.push(Step::Index(0));
        let mut seen = Fields::new(table.names.len());
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
                match (seen.insert(index), self.manner) {
                    (false, _) => {}
                    (true, Manner::Strict) => self.report(DriftKind::Twice),
                    (true, Manner::Generous) => {
                        self.slot_again(*slot, object, name)?;
                        continue;
                    }
                }
                self.slot(*slot)?;
            }
        }
        self.path.pop();
        if self.manner == Manner::Strict {
            for (index, name) in table.names.iter().take(table.required).enumerate() {
                if !seen.holds(index) {
                    self.report_missing(name);
                }
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
        let budget = self.budget;
        let (mut index, mut fit) = (0, Fit::Fits);
        while fit == Fit::Fits && self.reader.item(index == 0)? {
            let Some(left) = self.budget.checked_sub(list.item_size()) else {
                // What it took so far is given back with it.
                self.budget = budget;
                self.is_over = true;
                fit = Fit::Unfit;
                break;
            };
            self.budget = left;
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
                    let text = scalar.into_text().into_owned();
                    let was_none = nones.contains(&key);
                    let before = map.insert(key, text.clone());
                    was_none || before.is_some_and(|before| before != text)
                }
                None => return Ok(Fit::Unfit),
            };
            if contradicts {
                return Ok(Fit::Unfit);
            }
        }
        Ok(Fit::Fits)
    }
}

/// Which fields of a record have come. In memory of its own only for the few large records.
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

    /// Takes note of one, and tells whether it had come before.
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

    #[test]
    fn a_field_that_comes_twice_with_different_values_is_raw() {
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
                drift.contains(&"amount: is there more than once".to_owned()),
                "{json}"
            );
        }
        let (same, drift) = bill(r#"{"amount":"5","bill_no":"7","amount":"5"}"#);
        assert_eq!(same.amount, Field::Value(Decimal::from(5)));
        assert_eq!(same.bill_no, "7");
        assert_eq!(drift, [""; 0]);
        let (inner, drift) = bill(r#"{"rows":[{},{"amount":1,"amount":2}]}"#);
        assert!(inner.rows.list().unwrap()[1].amount.raw().is_some());
        assert_eq!(drift, ["rows[1].amount: is there more than once"]);
    }

    #[test]
    fn a_name_of_the_customers_that_comes_twice_makes_the_map_raw() {
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
            assert_eq!(fits(json, Bill::blank().target()), Ok(fit), "{json}");
        }
        assert!(fits("{", Bill::blank().target()).is_err());
    }
}
