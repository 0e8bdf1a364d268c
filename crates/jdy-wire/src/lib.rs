//! The wire forms of the Kingdee JDY API: scalars, record tables, lenient decoding, the envelope.
//!
//! Owns how a value looks on the wire and in memory. Must not know HTTP, async or clocks. Must not
//! use: `tokio`, `http`, `reqwest`, `std::time`.
//!
//! A generated type carries a table of its fields ([`record!`], [`codes!`]); the decoder and the
//! encoder work from that table. They decode leniently, encode exactly and lose nothing.
//!
//! | a field of an answer of type | accepts | is absent for |
//! |---|---|---|
//! | text | text, number, boolean | `null` |
//! | integer, decimal | number, numeric text; never through floating point | `null`, `""`, `"null"` |
//! | flag | `true` `false` `1` `0`, and those words as text | `null`, `""`, `"null"` |
//! | date, time | its one pattern | `null`, `""`, `"null"` |
//! | code | a known or an unknown code, as text, number or boolean | `null`, `""` unless `""` is a code |
//! | record | an object | `null`, `""`, `[]` |
//! | list | an array; `null` and `""` are the empty list | |
//!
//! A duplicate field with different values is unreadable. An unreadable value is kept as received
//! ([`Field::Raw`]), written back unchanged, and reported as [`Drift`]. So an amount that cannot be
//! read never looks like a missing amount.

mod decode;
mod drift;
mod encode;
mod encrypted;
mod envelope;
mod field;
mod file;
mod json;
mod ops;
mod reader;
mod record;
mod request;
mod scalar;
#[cfg(feature = "serde")]
mod serde_impl;
mod set;
mod value;

pub use decode::{
    Decoded, Findings, decode_data, decode_data_into, decode_data_within, fits, unknown_fields,
};
pub use drift::{Drift, DriftKind};
pub use encode::{EncodeError, encode_body, encode_form, encode_query, encode_value, has_body};
#[cfg(feature = "decrypt")]
pub use encrypted::DecryptError;
pub use encrypted::Encrypted;
pub use envelope::{Envelope, Errcode, decode_answer, decode_answer_into, decode_answer_within};
pub use field::{Field, FieldError, Raw};
pub use file::{Content, File, Part, PartValue};
pub use json::{
    Json, JsonError, NoData, contradicts, items, leaves, member, members, repeated, with_member,
};
pub use reader::SyntaxError;
pub use record::{
    Encoding, Location, Page, Record, Table, Visit, VisitMut, file_fields, number_in, query_lists,
};
pub use request::{RequestError, decode_request, decode_request_into};
pub use rust_decimal::Decimal;
pub use scalar::{Code, CodeFacts, Date, DateError, DateTime, EpochMillis, OpenCode};
pub use set::SetField;
pub use value::{Absent, FieldSlot, Items, Value, ValueMut, ValueRef};

/// Used by the expansion of the macros; not a public API.
#[doc(hidden)]
pub mod private {
    pub use crate::ops::{copy, debug, equal};
    pub use crate::record::Empty;
    pub use crate::scalar::literal as decimal;
    #[cfg(feature = "serde")]
    pub use crate::serde_impl::{deserialize, serialize};
    #[cfg(feature = "serde")]
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub use crate::value::{Codes, Derived, Records};
}
