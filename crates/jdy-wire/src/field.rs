//! A field of an answer: absent, a value, or unreadable JSON.
//!
//! Owns [`Field`] and its error, which never shows a value. Must not know how a field is decoded.
//! Must not use: `crate::decode`, `crate::encode`, `crate::reader`, `crate::record`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use crate::value::Value;

/// Unreadable JSON text of a field, as received.
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

    /// The kind of JSON value, for messages.
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
/// A value of the wrong kind does not fail the answer. It is kept raw, written back unchanged, and
/// never looks like a missing value.
///
/// ```
/// use jdy_wire::{Decimal, Field};
///
/// let amount: Field<Decimal> = Field::Value(Decimal::new(1050, 2));
/// assert_eq!(amount.require()?, &Decimal::new(1050, 2));
/// assert_eq!(Field::<Decimal>::Absent.optional()?, None);
/// # Ok::<(), jdy_wire::FieldError>(())
/// ```
///
/// # Which method reads a field
///
/// | it is | `require()` | `optional()`, `into_optional()` | `list()`, `into_list()` |
/// |---|---|---|---|
/// | a value | the value | `Some` of it | its items |
/// | absent | an error | `None` | no items |
/// | unreadable | an error | an error | an error |
///
/// A field is not an iterator, nor has it the methods of one: a list that cannot be read would look
/// like an empty one. Say first what an unreadable one means, with `?` as a rule:
///
/// ```
/// # use jdy_wire::Field;
/// # let rows: Field<Vec<String>> = Field::Value(vec!["a".to_owned()]);
/// for row in rows.list()? {
///     println!("{row}");
/// }
/// // By move, and where a missing list is an error too:
/// let first = rows.require()?.first();
/// # assert!(first.is_some());
/// let rows: Vec<String> = rows.into_list()?;
/// # assert_eq!(rows.len(), 1);
/// # Ok::<(), jdy_wire::FieldError>(())
/// ```
///
/// ```compile_fail,E0277
/// # use jdy_wire::Field;
/// # let rows: Field<Vec<String>> = Field::Absent;
/// for row in &rows {} // `rows.list()?`
/// ```
///
/// ```compile_fail,E0599
/// # use jdy_wire::Field;
/// # let rows: Field<Vec<String>> = Field::Absent;
/// rows.iter(); // `rows.list()?.iter()`
/// ```
#[derive(Clone, Default)]
pub enum Field<T> {
    /// Missing, or `null` (for most types also `""`).
    #[default]
    Absent,
    /// A value.
    Value(T),
    /// Unreadable JSON.
    Raw(Raw),
}

/// A field has no value. Neither `Display` nor `Debug` shows the JSON text.
#[derive(Clone, PartialEq, Eq)]
pub enum FieldError {
    /// The field is absent.
    Absent,
    /// The field is unreadable.
    Unreadable {
        /// What the field should hold.
        expected: &'static str,
        /// The JSON text that was received.
        raw: Raw,
    },
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldError::Absent => f.write_str("the answer does not have this field"),
            FieldError::Unreadable { expected, raw } => {
                write!(f, "expected {expected}, got {}", raw.kind())
            }
        }
    }
}

/// The same text as `Display`: errors are logged, and the JSON text may hold secrets.
impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldError({self})")
    }
}

impl std::error::Error for FieldError {}

impl<T: Value> Field<T> {
    /// The value, which must be present.
    ///
    /// # Errors
    /// The field is absent or unreadable.
    pub fn require(&self) -> Result<&T, FieldError> {
        self.optional()?.ok_or(FieldError::Absent)
    }

    /// The value, if present.
    ///
    /// # Errors
    /// The field is unreadable.
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

    /// The value by move, if present.
    ///
    /// # Errors
    /// The field is unreadable.
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

    /// The unreadable JSON, if any.
    pub fn raw(&self) -> Option<&Raw> {
        match self {
            Field::Raw(raw) => Some(raw),
            _ => None,
        }
    }

    /// Whether the field is absent. An unreadable field is not.
    pub fn is_absent(&self) -> bool {
        matches!(self, Field::Absent)
    }
}

impl<T: Value> Field<Vec<T>> {
    /// The items; empty if the field is absent. Where that would be wrong: [`require`](Self::require).
    ///
    /// # Errors
    /// The field is not a list, or an item is unreadable.
    #[doc(alias = "iter")]
    #[doc(alias = "len")]
    #[doc(alias = "is_empty")]
    pub fn list(&self) -> Result<&[T], FieldError> {
        Ok(self.optional()?.map_or(&[], Deref::deref))
    }

    /// The items by move; empty if the field is absent.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    #[doc(alias = "into_iter")]
    pub fn into_list(self) -> Result<Vec<T>, FieldError> {
        Ok(self.into_optional()?.unwrap_or_default())
    }
}

impl Field<BTreeMap<String, String>> {
    /// The value of a custom field.
    ///
    /// # Errors
    /// The field is not a map of text.
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

/// A raw value equals only the same raw text.
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

/// The value, or the unreadable JSON, or nothing.
impl<T: fmt::Display> fmt::Display for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Absent => f.pad(""),
            Field::Value(value) => value.fmt(f),
            Field::Raw(raw) => f.pad(raw.as_json()),
        }
    }
}
