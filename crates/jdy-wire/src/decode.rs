//! The decoder: one pass over JSON text into places, and what was noticed on the way.
//!
//! Owns leniency, JSON paths and drift. Knows values only through [`Value`] and [`Slot`].

use std::borrow::Cow;
use std::fmt;

use crate::field::{Field, Raw};
use crate::reader::{Kind, Reader, Syntax};
use crate::value::Value;

/// How many findings one answer may report; the rest is counted.
const DRIFTS: usize = 64;

/// How a value met the place that was to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
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
    let mut decoder = Decoder::new(json);
    let data = if decoder.is_nothing()? {
        Field::Absent
    } else {
        let mut value = D::blank();
        match value.decode(&mut decoder)? {
            Fit::Fits => Field::Value(value),
            Fit::None => Field::Absent,
            Fit::Unfit => {
                let raw = decoder.again(Mark::default())?;
                decoder.report(DriftKind::Unreadable {
                    expected: D::EXPECTED,
                });
                Field::Raw(Raw::new(raw))
            }
        }
    };
    decoder.end()?;
    Ok(Decoded {
        data,
        drift: decoder.drift,
        drift_count: decoder.drift_count,
    })
}

/// One step of a path.
#[derive(Debug)]
enum Step {
    Field(&'static str),
    Key(String),
    Index(usize),
}

/// A place to come back to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    at: usize,
    depth: usize,
}

/// What reads the value of one entry of a map.
type Entry<'f, 'a> = dyn FnMut(Cow<'a, str>, &mut Decoder<'a>) -> Result<Fit, Syntax> + 'f;

/// Reads JSON text once, from front to back.
#[derive(Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    path: Vec<Step>,
    drift: Vec<Drift>,
    drift_count: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(json: &'a str) -> Self {
        Self {
            reader: Reader::new(json),
            path: Vec::new(),
            drift: Vec::new(),
            drift_count: 0,
        }
    }

    pub(crate) fn kind(&mut self) -> Result<Kind, Syntax> {
        self.reader.kind()
    }

    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, Syntax> {
        self.reader.text()
    }

    pub(crate) fn number(&mut self) -> Result<&'a str, Syntax> {
        self.reader.number()
    }

    /// Passes over the value that begins here and gives its text.
    pub(crate) fn pass(&mut self) -> Result<&'a str, Syntax> {
        self.reader.skip()
    }

    pub(crate) fn end(&mut self) -> Result<(), Syntax> {
        self.reader.end()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.reader.at(),
            depth: self.reader.depth(),
        }
    }

    /// Goes back to the beginning of a value, and gives its text.
    pub(crate) fn again(&mut self, mark: Mark) -> Result<&'a str, Syntax> {
        self.reader.rewind(mark.at, mark.depth);
        self.reader.skip()
    }

    /// Whether the whole text is one of the ways in which the vendor says that there is nothing.
    fn is_nothing(&mut self) -> Result<bool, Syntax> {
        let mut ahead = self.reader.clone();
        let text = ahead.skip()?;
        let nothing = match text.as_bytes() {
            b"null" | b"\"\"" => true,
            [b'{', inner @ .., b'}'] | [b'[', inner @ .., b']'] => {
                inner.iter().all(u8::is_ascii_whitespace)
            }
            _ => false,
        };
        if nothing {
            self.reader = ahead;
        }
        Ok(nothing)
    }

    /// Reports something about the value at the current path.
    pub(crate) fn report(&mut self, what: DriftKind) {
        self.drift_count += 1;
        if self.drift.len() < DRIFTS {
            let path = self.path_text();
            self.drift.push(Drift { path, what });
        }
    }

    /// Reports that a required field never came.
    pub(crate) fn report_missing(&mut self, name: &'static str) {
        self.path.push(Step::Field(name));
        self.report(DriftKind::Missing);
        self.path.pop();
    }

    pub(crate) fn into_drift(self) -> Vec<Drift> {
        self.drift
    }

    /// The first finding that leaves a request without something that it should hold.
    pub(crate) fn lost(&self) -> Option<&Drift> {
        let lost =
            |drift: &&Drift| matches!(drift.what, DriftKind::Missing | DriftKind::Refused { .. });
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

    /// What to say where no object begins: none for `null`, `""`, `[]` and `"null"`, unfit for
    /// the rest. Nothing where an object begins.
    pub(crate) fn no_object(&mut self) -> Result<Option<Fit>, Syntax> {
        let mark = self.mark();
        Ok(match self.reader.kind()? {
            Kind::Object => None,
            Kind::Null => {
                self.pass()?;
                Some(Fit::None)
            }
            Kind::Text if self.text()?.is_empty() => Some(Fit::None),
            Kind::Array => {
                let text = self.again(mark)?;
                let inner = text.trim_matches(['[', ']', ' ', '\t', '\r', '\n']);
                Some(if inner.is_empty() {
                    Fit::None
                } else {
                    Fit::Unfit
                })
            }
            _ => Some(Fit::Unfit),
        })
    }

    /// Reads the object that begins here. `known` finds a key among the fields, beginning at
    /// the one that is expected next, and `field` reads the value of one.
    pub(crate) fn object(
        &mut self,
        names: &[&'static str],
        field: &mut dyn FnMut(usize, &mut Self) -> Result<(), Syntax>,
    ) -> Result<(), Syntax> {
        self.reader.open()?;
        self.path.push(Step::Index(0));
        let (mut next, mut first) = (0, true);
        while self.reader.member(first)? {
            first = false;
            match self.which(names, next)? {
                Ok(index) => {
                    next = index + 1;
                    self.step(Step::Field(names.get(index).copied().unwrap_or_default()));
                    field(index, self)?;
                }
                Err(key) => {
                    self.step(Step::Key(key));
                    self.report(DriftKind::UnknownField);
                    self.reader.skip()?;
                }
            }
        }
        self.path.pop();
        Ok(())
    }

    /// The field whose key stands here. Answers keep the order of the table almost always, so
    /// the next field, and the one after a field that was left out, are tried to the letter.
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

    /// Reads the array that begins here; stops at the first item that does not fit.
    pub(crate) fn list(
        &mut self,
        item: &mut dyn FnMut(&mut Self) -> Result<Fit, Syntax>,
    ) -> Result<Fit, Syntax> {
        self.reader.open()?;
        let (mut index, depth) = (0, self.path.len());
        self.path.push(Step::Index(0));
        let mut fit = Fit::Fits;
        while fit == Fit::Fits && self.reader.item(index == 0)? {
            self.step(Step::Index(index));
            if item(self)? != Fit::Fits {
                fit = Fit::Unfit;
            }
            index += 1;
        }
        self.path.truncate(depth);
        Ok(fit)
    }

    /// Reads an object whose keys are the customer's own; stops at the first value that does
    /// not fit. A value that is none is left out.
    pub(crate) fn map(&mut self, entry: &mut Entry<'_, 'a>) -> Result<Fit, Syntax> {
        self.reader.open()?;
        let (mut first, mut fit) = (true, Fit::Fits);
        while fit == Fit::Fits && self.reader.member(first)? {
            first = false;
            let key = self.reader.key()?;
            if entry(key, self)? == Fit::Unfit {
                fit = Fit::Unfit;
            }
        }
        Ok(fit)
    }
}
