//! Text. Takes numbers and booleans as they are written, since one field comes as either.

use super::{Scalar, scalar};
use crate::decode::{Decoder, Fit};
use crate::reader::Syntax;
use crate::value::{Value, View};

impl Value for String {
    const EXPECTED: &'static str = "text";

    fn blank() -> Self {
        String::new()
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
        *self = match scalar(decoder)? {
            Scalar::Text(text) => text.into_owned(),
            Scalar::Number(number) => number.to_owned(),
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Nothing => return Ok(Fit::None),
            Scalar::Other => return Ok(Fit::Unfit),
        };
        Ok(Fit::Fits)
    }

    fn view(&self) -> View<'_> {
        View::Text(self)
    }
}
