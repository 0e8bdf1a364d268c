//! The scalars: text, integer, decimal, flag, date and time, code.
//!
//! Owns the scalar types: each module has what one of them accepts in an answer, and what it is in
//! Rust. Must not know records. Must not use: `crate::decode`, `crate::encode`, `crate::record`.

mod code;
mod date;
mod decimal;
mod flag;
mod integer;
mod literal;
mod text;

pub use code::{Code, CodeFacts, OpenCode};
pub use date::{Date, DateError, DateTime, EpochMillis};
pub use literal::decimal as literal;

pub(crate) use code::find as find_code;
pub(crate) use decimal::parse as parse_decimal;
pub(crate) use flag::parse as parse_flag;
pub(crate) use integer::parse as parse_integer;
