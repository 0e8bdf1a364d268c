//! Whole numbers, as `i64`. `9.0` is whole; what does not fit 64 bits is no integer.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::decimal;
use crate::value::{Target, Value, View};

/// The whole number that a text is.
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

    fn blank() -> Self {
        0
    }

    fn view(&self) -> View<'_> {
        View::Integer(*self)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Integer(self)
    }
}
