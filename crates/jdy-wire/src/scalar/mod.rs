//! The scalars: text, integer, decimal, flag, date and time, code.
//!
//! Each module owns one kind of value: what it takes from an answer, and what it is in Rust.

mod code;
mod date;
mod decimal;
mod flag;
mod integer;
mod text;

pub use code::{Code, CodeFacts, decode_code, find_code};
pub use date::{Date, DateError, DateTime, EpochMillis};

use std::borrow::Cow;

use crate::decode::Decoder;
use crate::reader::{Kind, Syntax};

/// A scalar as it came.
enum Scalar<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
    /// An array or an object, not yet passed.
    Other,
}

/// Reads one scalar; an array or object is left where it is.
fn scalar<'a>(decoder: &mut Decoder<'a>) -> Result<Scalar<'a>, Syntax> {
    Ok(match decoder.kind()? {
        Kind::Text => Scalar::Text(decoder.text()?),
        Kind::Number => Scalar::Number(decoder.number()?),
        Kind::Object | Kind::Array => Scalar::Other,
        word => {
            decoder.pass()?;
            match word {
                Kind::Null => Scalar::Nothing,
                word => Scalar::Flag(word == Kind::True),
            }
        }
    })
}

/// Whether a text stands for nothing where a number, flag or date should be.
fn says_nothing(text: &str) -> bool {
    text.is_empty() || text == "null"
}
