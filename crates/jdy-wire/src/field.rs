//! A field of an answer: absent, a value, or what came instead.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use crate::value::Value;

/// JSON text that fit no rule of its field, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    pub(crate) fn new(json: &str) -> Self {
        Self(json.into())
    }

    /// The JSON text, quotes included.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// What kind of JSON it is.
    fn kind(&self) -> &'static str {
        match self.0.as_bytes().first() {
            Some(b'"') => "another text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a flag",
            _ => "another number",
        }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "raw {}", self.0)
    }
}

/// One field of an answer.
///
/// A value of the wrong kind does not fail the answer: it is kept raw, written back as it came,
/// and never looks as if there were none.
///
/// ```
/// use jdy_wire::{Decimal, Field};
///
/// let amount: Field<Decimal> = Field::Value(Decimal::new(1050, 2));
/// assert_eq!(amount.require()?, &Decimal::new(1050, 2));
/// assert_eq!(Field::<Decimal>::Absent.optional()?, None);
/// # Ok::<(), jdy_wire::FieldError>(())
/// ```
#[derive(Clone, Default)]
pub enum Field<T> {
    /// It did not come, or came as `null` (for most types, as `""`).
    #[default]
    Absent,
    /// It came and could be read.
    Value(T),
    /// It came and fits no rule.
    Raw(Raw),
}

/// A field that was asked for holds no value. Neither `Display` nor `Debug` shows what came.
#[derive(Clone, PartialEq, Eq)]
pub enum FieldError {
    /// It is absent.
    Absent,
    /// It came as something else.
    Unreadable {
        /// What the field holds.
        expected: &'static str,
        /// The JSON text that came.
        raw: Raw,
    },
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldError::Absent => f.write_str("the answer does not hold this field"),
            FieldError::Unreadable { expected, raw } => {
                write!(f, "expected {expected}, the answer holds {}", raw.kind())
            }
        }
    }
}

/// The same words as `Display`: an error is logged, and what came may be anything.
impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldError({self})")
    }
}

impl std::error::Error for FieldError {}

impl<T: Value> Field<T> {
    /// The value, which has to be there.
    ///
    /// # Errors
    /// It is absent, or of another kind.
    pub fn require(&self) -> Result<&T, FieldError> {
        self.optional()?.ok_or(FieldError::Absent)
    }

    /// The value, if there is one.
    ///
    /// # Errors
    /// Something came that is of another kind.
    pub fn optional(&self) -> Result<Option<&T>, FieldError> {
        match self {
            Field::Absent => Ok(None),
            Field::Value(value) => Ok(Some(value)),
            Field::Raw(raw) => Err(FieldError::Unreadable {
                expected: T::EXPECTED,
                raw: raw.clone(),
            }),
        }
    }

    /// The value, taken out, if there is one.
    ///
    /// # Errors
    /// Something came that is of another kind.
    pub fn into_optional(self) -> Result<Option<T>, FieldError> {
        match self {
            Field::Absent => Ok(None),
            Field::Value(value) => Ok(Some(value)),
            Field::Raw(raw) => Err(FieldError::Unreadable {
                expected: T::EXPECTED,
                raw,
            }),
        }
    }

    /// What came instead of a value.
    pub fn raw(&self) -> Option<&Raw> {
        match self {
            Field::Raw(raw) => Some(raw),
            _ => None,
        }
    }

    /// Whether nothing came. Something unreadable is something.
    pub fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }
}

impl<T: Value> Field<Vec<T>> {
    /// The items; none where the field is absent.
    ///
    /// # Errors
    /// Something came that is no list, or a list with an item of another kind.
    pub fn list(&self) -> Result<&[T], FieldError> {
        Ok(self.optional()?.map_or(&[], Deref::deref))
    }
}

impl Field<BTreeMap<String, String>> {
    /// The value under one of the customer's own names.
    ///
    /// # Errors
    /// Something came that is no map of text.
    pub fn named(&self, name: &str) -> Result<Option<&str>, FieldError> {
        let map = self.optional()?;
        Ok(map.and_then(|map| map.get(name)).map(String::as_str))
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Field::Value(value)
    }
}

/// Equal by what is there; a raw value equals only the same raw text.
impl<T: PartialEq> PartialEq for Field<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Field::Absent, Field::Absent) => true,
            (Field::Value(a), Field::Value(b)) => a == b,
            (Field::Raw(a), Field::Raw(b)) => a == b,
            _ => false,
        }
    }
}

impl PartialEq<str> for Field<String> {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Field::Value(value) if value == other)
    }
}

impl PartialEq<&str> for Field<String> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl<T: fmt::Debug> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Absent => f.write_str("Absent"),
            Field::Value(value) => value.fmt(f),
            Field::Raw(raw) => raw.fmt(f),
        }
    }
}

/// The value; what came instead, as JSON; nothing where nothing came.
impl<T: fmt::Display> fmt::Display for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Absent => f.pad(""),
            Field::Value(value) => value.fmt(f),
            Field::Raw(raw) => f.pad(raw.as_json()),
        }
    }
}
