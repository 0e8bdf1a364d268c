//! Values that the spec does not describe: any JSON, and no data at all.

use std::fmt;

use crate::reader::{Reader, Syntax};
use crate::value::{Target, Value, View};

/// Any JSON value, as its text: numbers keep every digit.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// The text is not one JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError(Syntax);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for JsonError {}

impl Json {
    /// Takes JSON text.
    ///
    /// # Errors
    /// The text is not one JSON value.
    pub fn new(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        let json = reader.skip().map_err(JsonError)?;
        reader.end().map_err(JsonError)?;
        Ok(Self(json.into()))
    }

    /// Takes text that has been read as JSON.
    pub(crate) fn set(&mut self, json: &str) {
        self.0 = json.into();
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Value for Json {
    const EXPECTED: &'static str = "a value";

    fn blank() -> Self {
        Self("null".into())
    }

    fn view(&self) -> View<'_> {
        View::Json(&self.0)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Json(self)
    }
}

/// The `data` of an operation for which the spec describes none. Whatever comes is passed over;
/// it stays reachable as the raw answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoData;

impl Value for NoData {
    const EXPECTED: &'static str = "nothing";

    fn blank() -> Self {
        NoData
    }

    fn view(&self) -> View<'_> {
        View::Absent
    }

    fn target(&mut self) -> Target<'_> {
        Target::Nothing
    }
}
