//! The wire forms of the Kingdee JDY API: scalars, record tables, lenient decoding, the envelope.
//!
//! This crate owns how a value looks on the wire and in memory, and nothing else: it knows no
//! HTTP, no async, no clock. A generated type carries a table of its fields ([`record!`],
//! [`codes!`]); the one decoder and the one encoder live here and work from that table.
//!
//! The rules, in one line: decode generously, encode exactly, lose nothing.
//!
//! | in an answer, a field of | takes | is none for |
//! |---|---|---|
//! | text | text, number, boolean | `null` |
//! | integer, decimal | number, numeric text; never through floating point | `null`, `""`, `"null"` |
//! | flag | `true` `false` `1` `0`, and those words as text | `null`, `""`, `"null"` |
//! | date, time | its one pattern | `null`, `""`, `"null"` |
//! | code | a known or an unknown code, as text, number or boolean | `null`, `""` unless `""` is a code |
//! | record | an object | `null`, `""`, `[]` |
//! | list | an array; `null` and `""` are the empty list | |
//!
//! A field that comes twice with different values fits no rule. What fits no rule is kept as it came ([`Field::Raw`]), written back as it came, and reported
//! as [`Drift`]. So an amount that cannot be read never looks like no amount.

mod decode;
mod encode;
mod encrypted;
mod envelope;
mod field;
mod file;
#[cfg(feature = "serde")]
mod interchange;
mod json;
mod reader;
mod record;
mod request;
mod scalar;
mod value;

pub use decode::{
    Decoded, Drift, DriftKind, decode_data, decode_data_within, fits, unknown_fields,
};
pub use encode::{EncodeError, encode_body, encode_form, encode_query, encode_value, has_body};
#[cfg(feature = "decrypt")]
pub use encrypted::DecryptError;
pub use encrypted::Encrypted;
pub use envelope::{Envelope, Errcode, decode_answer, decode_answer_within};
pub use field::{Field, FieldError, Raw};
pub use file::{Content, File, Part, PartValue};
pub use json::{Json, JsonError, NoData, contradicts, items, leaves, member, with_member};
pub use reader::Syntax;
pub use record::{
    Form, Page, Place, Record, Table, Visit, VisitMut, file_fields, number_in, query_lists,
};
pub use request::{RequestError, decode_request};
pub use rust_decimal::Decimal;
pub use scalar::{Code, CodeFacts, Date, DateError, DateTime, EpochMillis, OpenCode};
pub use value::{Instead, Items, Slot, Target, Value, View};

/// What the macros expand to; not an interface.
#[doc(hidden)]
pub mod private {
    #[cfg(feature = "serde")]
    pub use crate::interchange::{deserialize, serialize};
    pub use crate::record::{Blank, copy, debug, equal};
    #[cfg(feature = "serde")]
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub use crate::value::{Codes, Made, Records};
}
