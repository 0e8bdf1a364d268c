//! Text. Takes numbers and booleans as they are written, since one field comes as either.

use crate::value::{Target, Value, View};

impl Value for String {
    const EXPECTED: &'static str = "text";

    fn blank() -> Self {
        String::new()
    }

    fn view(&self) -> View<'_> {
        View::Text(self)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Text(self)
    }
}
