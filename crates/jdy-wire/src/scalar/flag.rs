//! Flags: booleans in the vendor's four spellings.
//!
//! Owns which text is a flag. Must not know which spelling a field has.
//! Must not use: `crate::decode`, `crate::encode`.

use crate::value::{Value, ValueMut, ValueRef};

/// The flag in a text.
pub(crate) fn parse(text: &str) -> Option<bool> {
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

    fn empty() -> Self {
        false
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Flag(*self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Flag(self)
    }
}
