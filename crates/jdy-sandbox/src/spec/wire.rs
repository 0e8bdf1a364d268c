//! The wire forms of a scalar, as the spec names them.
//!
//! Owns the words, so that whoever reads a form reads each of them. Must not know values. Must not
//! use: `crate::product`, `crate::request`, `crate::spec::index`.

use serde_json::Value;

/// How a scalar travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// `10.50`
    Decimal,
    /// `1`
    Integer,
    /// `2024-01-31`
    Date,
    /// `2024-01-31 08:00:00`
    DateTime,
    /// Milliseconds since 1970.
    EpochMillis,
    /// `1` or `0`
    Flag,
}

impl Wire {
    /// The form that a schema states.
    pub(super) fn of(schema: &Value) -> Option<Self> {
        Self::of_word(schema.get("x-jdy-wire")?.as_str()?)
    }

    fn of_word(word: &str) -> Option<Self> {
        match word {
            "decimal" => Some(Self::Decimal),
            "integer" => Some(Self::Integer),
            "date" => Some(Self::Date),
            "datetime" => Some(Self::DateTime),
            "epoch-millis" => Some(Self::EpochMillis),
            "flag" => Some(Self::Flag),
            _ => None,
        }
    }
}

/// Whether a schema states milliseconds since 1970.
pub(crate) fn is_epoch_millis(schema: &Value) -> bool {
    Wire::of(schema) == Some(Wire::EpochMillis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form that is not known here would be text, and any text would be accepted for it.
    #[test]
    fn each_form_of_the_spec_is_known() {
        for word in jdy_spec::model::Wire::WORDS {
            assert!(Wire::of_word(word).is_some(), "{word}");
        }
    }
}
