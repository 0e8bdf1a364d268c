//! Integers as `i64`. `9.0` is one; a number beyond 64 bits is not.
//!
//! Owns which text is an integer. Must not round. Must not use: `crate::decode`, `crate::encode`.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::decimal;
use crate::value::{Value, ValueMut, ValueRef};

/// The integer in a text.
pub(crate) fn parse(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| whole(decimal::parse(text)?))
}

fn whole(number: Decimal) -> Option<i64> {
    if number.fract().is_zero() {
        number.to_i64()
    } else {
        None
    }
}

impl Value for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn empty() -> Self {
        0
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Integer(*self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Integer(self)
    }
}
