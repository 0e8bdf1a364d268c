//! Text. Accepts numbers and booleans as written, because one field may come as either.
//!
//! Owns that text is a value. Must not know its meaning. Must not use: `crate::decode`,
//! `crate::encode`.

use crate::value::{Value, ValueMut, ValueRef};

impl Value for String {
    const EXPECTED: &'static str = "text";

    fn empty() -> Self {
        String::new()
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Text(self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Text(self)
    }
}
