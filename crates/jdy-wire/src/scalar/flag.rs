//! Flags: yes or no, in the four spellings that the vendor uses.

use super::{Scalar, says_nothing, scalar};
use crate::decode::{Decoder, Fit};
use crate::reader::Syntax;
use crate::value::{Value, View};

fn parse(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        word if word.eq_ignore_ascii_case("true") => Some(true),
        word if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";

    fn blank() -> Self {
        false
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
        let parsed = match scalar(decoder)? {
            Scalar::Nothing => return Ok(Fit::None),
            Scalar::Text(text) if says_nothing(&text) => return Ok(Fit::None),
            Scalar::Text(text) => parse(text.trim()),
            Scalar::Number(number) => parse(number),
            Scalar::Flag(flag) => Some(flag),
            Scalar::Other => None,
        };
        Ok(match parsed {
            Some(flag) => {
                *self = flag;
                Fit::Fits
            }
            None => Fit::Unfit,
        })
    }

    fn view(&self) -> View<'_> {
        View::Flag(*self)
    }
}
