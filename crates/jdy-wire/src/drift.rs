//! Deviations of an answer or a request from the spec.
//!
//! Owns their kinds and messages. Must not know how they are found.
//! Must not use: `crate::decode`, `crate::reader`, `crate::value`.

use std::fmt;

/// A deviation of an answer or a request from the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// The path from `data` on: `rows[3].price`.
    pub path: String,
    /// The kind of deviation.
    pub what: DriftKind,
}

/// The kinds of [`Drift`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriftKind {
    /// The value is unreadable and was kept as received.
    Unreadable {
        /// What the field should hold.
        expected: &'static str,
    },
    /// The value of a request's field is unreadable and was left out.
    Refused {
        /// What the field should hold.
        expected: &'static str,
    },
    /// The spec has no such field; its value was skipped.
    UnknownField,
    /// The spec has no such code; it was kept.
    UnknownCode,
    /// A required field is missing (requests only).
    Missing,
    /// The field is a duplicate. In an answer: with different values, so that none can be trusted;
    /// they are kept as received, in a JSON array.
    Duplicate,
    /// The field is text, and its value a truth value, or a number with a fraction or an exponent,
    /// whose digits cannot be trusted (requests only).
    NoText,
    /// The list would take more memory than allowed, and was kept as received.
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
            DriftKind::Duplicate => f.write_str("is a duplicate"),
            DriftKind::NoText => f.write_str(
                "is no text but a number with a fraction or an exponent, or a truth value, and \
                 this field is one; put it in quotes, as it should be",
            ),
            DriftKind::TooLarge => f.write_str("takes more memory than allowed"),
        }
    }
}
