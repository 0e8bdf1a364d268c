//! Flags: yes or no, in the four spellings that the vendor uses.

use crate::value::{Target, Value, View};

/// The flag that a text is.
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

    fn blank() -> Self {
        false
    }

    fn view(&self) -> View<'_> {
        View::Flag(*self)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Flag(self)
    }
}
