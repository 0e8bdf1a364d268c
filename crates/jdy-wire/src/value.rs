//! Values and their slots, independent of their types.
//!
//! Owns the two traits through which decoder, encoder and copier work without knowing types:
//! [`Value`] is the type of one value, [`FieldSlot`] its slot in a record, which may also be empty.
//! Both are small on purpose, because they are instantiated for every record. Must not know JSON
//! text. Must not use: `crate::reader`, `crate::encode`, `crate::envelope`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::drift::DriftKind;
use crate::field::{Field, Raw};
use crate::file::File;
use crate::json::Json;
use crate::record::Record;
use crate::scalar::{Code, Date, DateTime, OpenCode};

/// A borrowed value without its type, for encoding, comparing and printing.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// No value; nothing is written.
    Absent,
    /// Text.
    Text(&'a str),
    /// A date.
    Date(Date),
    /// A date and time.
    DateTime(DateTime),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A boolean.
    Flag(bool),
    /// A record.
    Record(&'a dyn Record),
    /// A list.
    List(&'a dyn Items),
    /// A map with the customer's own keys.
    Map(&'a BTreeMap<String, String>),
    /// A file of a form.
    File(&'a File),
    /// Any JSON.
    Json(&'a str),
    /// Unreadable JSON text, as received.
    Raw(&'a str),
}

/// A mutable borrow of an empty value, for decoding into.
#[non_exhaustive]
pub enum ValueMut<'a> {
    /// Text.
    Text(&'a mut String),
    /// A whole number.
    Integer(&'a mut i64),
    /// An exact decimal number.
    Decimal(&'a mut Decimal),
    /// A boolean.
    Flag(&'a mut bool),
    /// A date.
    Date(&'a mut Date),
    /// A date and time.
    DateTime(&'a mut DateTime),
    /// A code.
    Code(&'a mut dyn OpenCode),
    /// A record.
    Record(&'a mut dyn Record),
    /// A list.
    List(&'a mut dyn Items),
    /// A map with the customer's own keys.
    Map(&'a mut BTreeMap<String, String>),
    /// A file of a form.
    File(&'a mut File),
    /// Any JSON.
    Json(&'a mut Json),
    /// Discards the value.
    Nothing,
}

/// The items of a list.
pub trait Items {
    /// The number of items.
    fn count(&self) -> usize;

    /// The item at `index`; `ValueRef::Absent` beyond the end.
    fn item(&self, index: usize) -> ValueRef<'_>;

    /// Appends an empty item and borrows it.
    fn push(&mut self) -> ValueMut<'_>;

    /// The size of an item in the list, in bytes.
    fn item_size(&self) -> usize;
}

/// The type of one value.
pub trait Value: Send + Sync + Sized + 'static {
    /// What the decoder expects, for messages: "a decimal number".
    const EXPECTED: &'static str;

    /// The empty value.
    fn empty() -> Self;

    /// Borrows the value.
    fn view(&self) -> ValueRef<'_>;

    /// Borrows the value for decoding into.
    fn target(&mut self) -> ValueMut<'_>;
}

/// Why a slot has no value.
#[derive(Debug, Clone, Copy)]
pub enum Absent<'a> {
    /// There was none.
    Nothing,
    /// This JSON text was unreadable.
    Unreadable(&'a str),
}

/// The slot of a value in a record.
pub trait FieldSlot: Send + Sync {
    /// The empty slot.
    fn empty() -> Self
    where
        Self: Sized;

    /// Borrows the value.
    fn view(&self) -> ValueRef<'_>;

    /// Puts an empty value into the slot and borrows it for decoding into.
    fn init(&mut self) -> ValueMut<'_>;

    /// Removes that value again; returns what to report.
    fn reset(&mut self, absent: Absent<'_>) -> Option<DriftKind>;
}

/// A slot in an answer keeps unreadable JSON.
impl<T: Value> FieldSlot for Field<T> {
    #[inline]
    fn empty() -> Self {
        Field::Absent
    }

    fn view(&self) -> ValueRef<'_> {
        match self {
            Field::Absent => ValueRef::Absent,
            Field::Value(value) => value.view(),
            Field::Raw(raw) => ValueRef::Raw(raw.as_json()),
        }
    }

    fn init(&mut self) -> ValueMut<'_> {
        *self = Field::Value(T::empty());
        match self {
            Field::Value(value) => value.target(),
            _ => ValueMut::Nothing,
        }
    }

    fn reset(&mut self, absent: Absent<'_>) -> Option<DriftKind> {
        // One assignment: each of them drops the value that was there, in each type's own code.
        *self = match absent {
            Absent::Nothing => Field::Absent,
            Absent::Unreadable(json) => Field::Raw(Raw::new(json)),
        };
        unreadable(absent, T::EXPECTED)
    }
}

/// What to report of a slot in an answer.
fn unreadable(absent: Absent<'_>, expected: &'static str) -> Option<DriftKind> {
    match absent {
        Absent::Nothing => None,
        Absent::Unreadable(_) => Some(DriftKind::Unreadable { expected }),
    }
}

/// What to report of an optional slot in a request.
fn refused(absent: Absent<'_>, expected: &'static str) -> Option<DriftKind> {
    match absent {
        Absent::Nothing => None,
        Absent::Unreadable(_) => Some(DriftKind::Refused { expected }),
    }
}

/// An optional slot in a request.
impl<T: Value> FieldSlot for Option<T> {
    #[inline]
    fn empty() -> Self {
        None
    }

    fn view(&self) -> ValueRef<'_> {
        match self {
            Some(value) => value.view(),
            None => ValueRef::Absent,
        }
    }

    fn init(&mut self) -> ValueMut<'_> {
        *self = Some(T::empty());
        match self {
            Some(value) => value.target(),
            None => ValueMut::Nothing,
        }
    }

    fn reset(&mut self, absent: Absent<'_>) -> Option<DriftKind> {
        *self = None;
        refused(absent, T::EXPECTED)
    }
}

/// A required slot in a request.
impl<T: Value> FieldSlot for T {
    #[inline]
    fn empty() -> Self {
        T::empty()
    }

    fn view(&self) -> ValueRef<'_> {
        Value::view(self)
    }

    fn init(&mut self) -> ValueMut<'_> {
        *self = T::empty();
        self.target()
    }

    fn reset(&mut self, absent: Absent<'_>) -> Option<DriftKind> {
        *self = T::empty();
        refused(absent, T::EXPECTED).or(Some(DriftKind::Missing))
    }
}

/// A type that a macro of this crate makes a [`Value`]. One associated type replaces the same few
/// functions on each of hundreds of types.
pub trait Derived: Send + Sync + Sized + 'static {
    /// The kind of value: [`Records`] or [`Codes`].
    type Kind: Kind<Self>;
}

/// The functions of [`Value`] for one kind of types.
pub trait Kind<T> {
    /// What the decoder expects.
    const EXPECTED: &'static str;

    /// The empty value.
    fn empty() -> T;

    /// Borrows the value.
    fn view(value: &T) -> ValueRef<'_>;

    /// Borrows the value for decoding into.
    fn target(value: &mut T) -> ValueMut<'_>;
}

impl<T: Derived> Value for T {
    const EXPECTED: &'static str = <T::Kind as Kind<T>>::EXPECTED;

    #[inline]
    fn empty() -> Self {
        T::Kind::empty()
    }

    #[inline]
    fn view(&self) -> ValueRef<'_> {
        T::Kind::view(self)
    }

    #[inline]
    fn target(&mut self) -> ValueMut<'_> {
        T::Kind::target(self)
    }
}

/// The kind of a [`Record`].
#[derive(Debug)]
pub struct Records;

impl<R: Record> Kind<R> for Records {
    const EXPECTED: &'static str = "an object";

    #[inline]
    fn empty() -> R {
        R::empty()
    }

    #[inline]
    fn view(value: &R) -> ValueRef<'_> {
        ValueRef::Record(value)
    }

    #[inline]
    fn target(value: &mut R) -> ValueMut<'_> {
        ValueMut::Record(value)
    }
}

/// The kind of a [`Code`].
#[derive(Debug)]
pub struct Codes;

impl<C: Code + 'static> Kind<C> for Codes {
    const EXPECTED: &'static str = "a code";

    #[inline]
    fn empty() -> C {
        C::from_code("")
    }

    #[inline]
    fn view(value: &C) -> ValueRef<'_> {
        ValueRef::Text(value.code())
    }

    #[inline]
    fn target(value: &mut C) -> ValueMut<'_> {
        ValueMut::Code(value)
    }
}

impl<T: Value> Items for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> ValueRef<'_> {
        match self.get(index) {
            Some(item) => item.view(),
            None => ValueRef::Absent,
        }
    }

    fn push(&mut self) -> ValueMut<'_> {
        // Doubles from one item on: most lists in answers are short, and records are large.
        if self.len() == self.capacity() {
            self.reserve_exact(self.len().max(1));
        }
        self.push(T::empty());
        match self.as_mut_slice() {
            [.., last] => last.target(),
            [] => ValueMut::Nothing,
        }
    }

    fn item_size(&self) -> usize {
        size_of::<T>()
    }
}

impl<T: Value> Value for Vec<T> {
    const EXPECTED: &'static str = "a list";

    #[inline]
    fn empty() -> Self {
        Vec::new()
    }

    #[inline]
    fn view(&self) -> ValueRef<'_> {
        ValueRef::List(self)
    }

    #[inline]
    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::List(self)
    }
}

impl Value for BTreeMap<String, String> {
    const EXPECTED: &'static str = "a map of text";

    fn empty() -> Self {
        BTreeMap::new()
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Map(self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Map(self)
    }
}
