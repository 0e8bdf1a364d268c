//! Whole numbers, as `i64`. `9.0` is whole; what does not fit 64 bits is no integer.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Scalar, decimal, says_nothing, scalar};
use crate::decode::{Decoder, Fit};
use crate::reader::Syntax;
use crate::value::{Value, View};

fn parse(text: &str) -> Option<i64> {
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

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
        let parsed = match scalar(decoder)? {
            Scalar::Nothing => return Ok(Fit::None),
            Scalar::Text(text) if says_nothing(&text) => return Ok(Fit::None),
            Scalar::Text(text) => parse(text.trim()),
            Scalar::Number(number) => parse(number),
            Scalar::Flag(_) | Scalar::Other => None,
        };
        Ok(match parsed {
            Some(number) => {
                *self = number;
                Fit::Fits
            }
            None => Fit::Unfit,
        })
    }

    fn view(&self) -> View<'_> {
        View::Integer(*self)
    }
}
