//! Requests from JSON: strict, since what cannot be read must not be left out silently.

use std::fmt;

use crate::decode::{Decoder, Drift, Fit};
use crate::reader::Syntax;
use crate::value::Value;

/// A JSON text that does not make a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not JSON.
    Syntax(Syntax),
    /// It is JSON, but no object.
    NotAnObject,
    /// Fields that are missing, unknown or of another kind; all of them.
    Fields(Vec<Drift>),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Syntax(syntax) => syntax.fmt(f),
            RequestError::NotAnObject => f.write_str("a request is a JSON object"),
            RequestError::Fields(fields) => {
                for (index, drift) in fields.iter().enumerate() {
                    let comma = if index > 0 { "; " } else { "" };
                    write!(f, "{comma}{drift}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for RequestError {}

/// Decodes a request from JSON. Scalars are read as generously as in an answer; a field that is
/// unknown, missing though required, or of another kind is an error that names it. A code that
/// the spec does not know is none: codes are open.
///
/// # Errors
/// Every field that is wrong, by its path.
pub fn decode_request<Q: Value>(json: &str) -> Result<Q, RequestError> {
    let mut decoder = Decoder::strict(json);
    let mut request = Q::blank();
    let fit = decoder
        .value(request.target())
        .map_err(RequestError::Syntax)?;
    if fit != Fit::Fits {
        return Err(RequestError::NotAnObject);
    }
    decoder.end().map_err(RequestError::Syntax)?;
    let mut wrong = decoder.into_drift();
    wrong.retain(|drift| drift.what != crate::DriftKind::UnknownCode);
    if wrong.is_empty() {
        Ok(request)
    } else {
        Err(RequestError::Fields(wrong))
    }
}
