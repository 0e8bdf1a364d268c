//! The scalars: text, integer, decimal, flag, date and time, code.
//!
//! Each module owns one kind of value: what it takes from an answer, and what it is in Rust.

mod code;
mod date;
mod decimal;
mod flag;
mod integer;
mod text;

pub use code::{Code, CodeFacts, OpenCode};
pub use date::{Date, DateError, DateTime, EpochMillis};

pub(crate) use code::find as find_code;
pub(crate) use decimal::parse as parse_decimal;
pub(crate) use flag::parse as parse_flag;
pub(crate) use integer::parse as parse_integer;
