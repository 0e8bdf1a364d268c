//! The Rust types of what is generated.
//!
//! Owns their names, and what of the wire crate they need. Must not know the spec's types. Must not
//! use: `crate::render`, `crate::pages`, `crate::files`.

use std::fmt;

use jdy_spec::model::Wire;

/// The Rust type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RustType {
    /// Text.
    Text,
    /// What a wire form is read into: a number, a flag, a moment.
    Form(Wire),
    /// Text that the vendor encrypts.
    Encrypted,
    /// An open enum of this name.
    Codes(String),
    /// A record of this name.
    Record(String),
    /// A list.
    List(Box<Self>),
    /// Text by the customer's own names.
    Map,
    /// Any JSON value.
    Json,
    /// A file.
    File,
    /// The answer has no data.
    NoData,
}

impl RustType {
    /// What a list holds, and a list of lists; of any other type itself.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        match self {
            Self::List(item) => item.innermost(),
            other => other,
        }
    }

    /// What must be imported for it, but records and codes.
    pub(super) fn import(&self) -> Option<&'static str> {
        match self.innermost() {
            Self::Form(Wire::Integer | Wire::Flag) | Self::Text => None,
            Self::Form(form) => Some(form.rust_type()),
            Self::Encrypted => Some("Encrypted"),
            Self::Map => Some("BTreeMap"),
            Self::Json => Some("Json"),
            Self::File => Some("File"),
            Self::NoData => Some("NoData"),
            Self::Codes(_) | Self::Record(_) | Self::List(_) => None,
        }
    }
}

/// As it is written in Rust.
impl fmt::Display for RustType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => out.write_str("String"),
            Self::Form(form) => out.write_str(form.rust_type()),
            Self::Codes(name) | Self::Record(name) => out.write_str(name),
            Self::List(item) => write!(out, "Vec<{item}>"),
            Self::Map => out.write_str("BTreeMap<String, String>"),
            Self::Encrypted => out.write_str("Encrypted"),
            Self::Json => out.write_str("Json"),
            Self::File => out.write_str("File"),
            Self::NoData => out.write_str("NoData"),
        }
    }
}

/// How a record holds the value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is always there.
    Always,
    /// A request may leave it out.
    Optional,
    /// An answer may leave it out, or hold something else.
    Answered,
}
