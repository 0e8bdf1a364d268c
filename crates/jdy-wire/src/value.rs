//! What a value of any type can do: be decoded in place, be looked at, be blank.
//!
//! Owns the two traits that the decoder and the encoder work through. [`Value`] is the type of
//! one value; [`Slot`] is its place in a record, which may also be absent.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::decode::{Decoder, Fit};
use crate::field::{Field, Raw};
use crate::reader::{Kind, Syntax};
use crate::record::Record;
use crate::{DriftKind, private};

/// A look at a value, without its type: all that encoding, comparing and printing need.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// Nothing is there, and nothing is written.
    Absent,
    /// Text.
    Text(&'a str),
    /// Text that is made for the occasion: dates.
    Stamp(Stamp),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// Yes or no.
    Flag(bool),
    /// A record.
    Record(&'a dyn Record),
    /// A list.
    List(&'a dyn Items),
    /// A map with the customer's own keys.
    Map(&'a dyn Entries),
    /// JSON text as it came.
    Raw(&'a str),
}

/// A short text without a place of its own: `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    bytes: [u8; 19],
    len: u8,
}

impl Stamp {
    /// Takes what `write` says, cut at 19 bytes.
    pub(crate) fn new(text: std::fmt::Arguments<'_>) -> Self {
        struct Fill(Stamp);
        impl std::fmt::Write for Fill {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                for byte in text.bytes() {
                    let Some(place) = self.0.bytes.get_mut(usize::from(self.0.len)) else {
                        return Err(std::fmt::Error);
                    };
                    *place = byte;
                    self.0.len += 1;
                }
                Ok(())
            }
        }
        let mut fill = Fill(Stamp {
            bytes: [0; 19],
            len: 0,
        });
        // A date that does not fit is cut; both patterns fit by their types.
        let _ = std::fmt::Write::write_fmt(&mut fill, text);
        fill.0
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

/// The items of a list.
pub trait Items {
    /// How many there are.
    fn count(&self) -> usize;
    /// The item at `index`; absent beyond the end.
    fn item(&self, index: usize) -> View<'_>;
}

/// The entries of a map, in the order of their keys.
pub trait Entries {
    /// Shows each entry.
    fn each(&self, show: &mut dyn FnMut(&str, View<'_>));
}

/// The type of one value.
pub trait Value: Clone + Send + Sync + Sized + 'static {
    /// What the decoder looks for, in words: "a decimal number".
    const EXPECTED: &'static str;

    /// The value before anything is known.
    fn blank() -> Self;

    /// Reads one value into this place.
    ///
    /// # Errors
    /// Only where the text is not JSON. A value that fits no rule is [`Fit::Unfit`], and where
    /// the decoder then stands does not matter.
    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax>;

    /// A look at the value.
    fn view(&self) -> View<'_>;
}

/// The place of a value in a record.
pub trait Slot: Any + Send + Sync {
    /// The place before anything is known.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads one value into this place; what does not fit is reported to the decoder.
    ///
    /// # Errors
    /// Only where the text is not JSON.
    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), Syntax>;

    /// A look at what is there.
    fn view(&self) -> View<'_>;

    /// Becomes a copy of another place of the same type; of any other it copies nothing.
    fn overwrite(&mut self, other: &dyn Slot);
}

fn same<T: Slot>(other: &dyn Slot) -> Option<&T> {
    (other as &dyn Any).downcast_ref()
}

/// A place in an answer: whatever came is kept.
impl<T: Value> Slot for Field<T> {
    fn blank() -> Self {
        Field::Absent
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), Syntax> {
        let start = decoder.mark();
        let mut value = T::blank();
        *self = match value.decode(decoder)? {
            Fit::Fits => Field::Value(value),
            Fit::None => Field::Absent,
            Fit::Unfit => {
                let raw = decoder.again(start)?;
                decoder.report(DriftKind::Unreadable {
                    expected: T::EXPECTED,
                });
                Field::Raw(Raw::new(raw))
            }
        };
        Ok(())
    }

    fn view(&self) -> View<'_> {
        match self {
            Field::Absent => View::Absent,
            Field::Value(value) => value.view(),
            Field::Raw(raw) => View::Raw(raw.as_json()),
        }
    }

    fn overwrite(&mut self, other: &dyn Slot) {
        if let Some(other) = same::<Self>(other) {
            self.clone_from(other);
        }
    }
}

/// An optional place in a request.
impl<T: Value> Slot for Option<T> {
    fn blank() -> Self {
        None
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), Syntax> {
        let start = decoder.mark();
        let mut value = T::blank();
        *self = match value.decode(decoder)? {
            Fit::Fits => Some(value),
            Fit::None => None,
            Fit::Unfit => {
                decoder.again(start)?;
                decoder.report(DriftKind::Refused {
                    expected: T::EXPECTED,
                });
                None
            }
        };
        Ok(())
    }

    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, Value::view)
    }

    fn overwrite(&mut self, other: &dyn Slot) {
        if let Some(other) = same::<Self>(other) {
            self.clone_from(other);
        }
    }
}

/// A required place in a request.
impl<T: Value> Slot for T {
    fn blank() -> Self {
        T::blank()
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), Syntax> {
        let start = decoder.mark();
        match Value::decode(self, decoder)? {
            Fit::Fits => {}
            Fit::None => decoder.report(DriftKind::Missing),
            Fit::Unfit => {
                decoder.again(start)?;
                decoder.report(DriftKind::Refused {
                    expected: T::EXPECTED,
                });
            }
        }
        Ok(())
    }

    fn view(&self) -> View<'_> {
        Value::view(self)
    }

    fn overwrite(&mut self, other: &dyn Slot) {
        if let Some(other) = same::<Self>(other) {
            self.clone_from(other);
        }
    }
}

impl<T: Value> Items for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> View<'_> {
        self.get(index).map_or(View::Absent, Value::view)
    }
}

impl<T: Value> Value for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn blank() -> Self {
        Vec::new()
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
        match decoder.kind()? {
            Kind::Array => {}
            Kind::Null => {
                decoder.pass()?;
                return Ok(Fit::Fits);
            }
            Kind::Text if decoder.text()?.is_empty() => return Ok(Fit::Fits),
            _ => return Ok(Fit::Unfit),
        }
        decoder.list(&mut |decoder| {
            self.push(T::blank());
            match self.last_mut() {
                Some(last) => last.decode(decoder),
                None => Ok(Fit::Unfit),
            }
        })
    }

    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: Value> Entries for BTreeMap<String, T> {
    fn each(&self, show: &mut dyn FnMut(&str, View<'_>)) {
        for (key, value) in self {
            show(key, value.view());
        }
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    const EXPECTED: &'static str = "a map";

    fn blank() -> Self {
        BTreeMap::new()
    }

    fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
        if let Some(none) = decoder.no_object()? {
            return Ok(none);
        }
        decoder.map(&mut |key: Cow<'_, str>, decoder| {
            let mut value = T::blank();
            let fit = value.decode(decoder)?;
            if fit == Fit::Fits {
                self.insert(key.into_owned(), value);
            }
            Ok(fit)
        })
    }

    fn view(&self) -> View<'_> {
        View::Map(self)
    }
}

impl PartialEq for View<'_> {
    /// Equal by what is there; numbers by value, so `1` is `1.00`.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (View::Absent, View::Absent) => true,
            (View::Text(a), View::Text(b)) | (View::Raw(a), View::Raw(b)) => a == b,
            (View::Stamp(a), View::Stamp(b)) => a == b,
            (View::Integer(a), View::Integer(b)) => a == b,
            (View::Decimal(a), View::Decimal(b)) => a == b,
            (View::Flag(a), View::Flag(b)) => a == b,
            (View::Record(a), View::Record(b)) => private::equal(*a, *b),
            (View::List(a), View::List(b)) => {
                a.count() == b.count() && (0..a.count()).all(|i| a.item(i) == b.item(i))
            }
            (View::Map(a), View::Map(b)) => entries(*a) == entries(*b),
            _ => false,
        }
    }
}

/// The entries as text, which is what a comparison of maps needs.
fn entries(map: &dyn Entries) -> Vec<(String, String)> {
    let mut all = Vec::new();
    map.each(&mut |key, view| all.push((key.to_owned(), crate::encode_value(view))));
    all
}
