//! What a value of any type can do: be looked at, be lent for filling, be blank.
//!
//! Owns the two traits through which the decoder, the encoder and the copier work without
//! knowing types: [`Value`] is the type of one value, [`Slot`] is its place in a record, which
//! may also be absent. Both are small on purpose, since they are instantiated for every record.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::DriftKind;
use crate::field::{Field, Raw};
use crate::file::File;
use crate::json::Json;
use crate::record::{Record, same};
use crate::scalar::{Code, Date, DateTime, OpenCode};

/// A look at a value, without its type: all that encoding, comparing and printing need.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum View<'a> {
    /// Nothing is there, and nothing is written.
    Absent,
    /// Text.
    Text(&'a str),
    /// A day.
    Date(Date),
    /// A moment.
    DateTime(DateTime),
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
    Map(&'a BTreeMap<String, String>),
    /// A file of a form.
    File(&'a File),
    /// A value that may be any JSON.
    Json(&'a str),
    /// JSON text that fit no rule, as it came.
    Raw(&'a str),
}

/// A blank value of one kind or another, lent for filling.
#[non_exhaustive]
pub enum Target<'a> {
    /// Text.
    Text(&'a mut String),
    /// A whole number.
    Integer(&'a mut i64),
    /// An exact decimal number.
    Decimal(&'a mut Decimal),
    /// Yes or no.
    Flag(&'a mut bool),
    /// A day.
    Date(&'a mut Date),
    /// A moment.
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
    /// Nothing is kept.
    Nothing,
}

/// The items of a list.
pub trait Items {
    /// How many there are.
    fn count(&self) -> usize;

    /// The item at `index`; absent beyond the end.
    fn item(&self, index: usize) -> View<'_>;

    /// Appends a blank item and lends it.
    fn grow(&mut self) -> Target<'_>;

    /// How many bytes an item takes in the list itself.
    fn item_size(&self) -> usize;
}

/// The type of one value.
pub trait Value: Send + Sync + Sized + 'static {
    /// What the decoder looks for, in words: "a decimal number".
    const EXPECTED: &'static str;

    /// The value before anything is known.
    fn blank() -> Self;

    /// A look at the value.
    fn view(&self) -> View<'_>;

    /// The value, lent for filling.
    fn target(&mut self) -> Target<'_>;
}

/// What came where no value could be filled in.
#[derive(Debug, Clone, Copy)]
pub enum Instead<'a> {
    /// Nothing.
    None,
    /// JSON that fits no rule.
    Unfit(&'a str),
}

/// The place of a value in a record.
pub trait Slot: Send + Sync {
    /// The place before anything is known.
    fn blank() -> Self
    where
        Self: Sized;

    /// A look at what is there.
    fn view(&self) -> View<'_>;

    /// Puts a blank value there and lends it.
    fn fill(&mut self) -> Target<'_>;

    /// Takes the blank value away again; tells what is to be reported.
    fn revoke(&mut self, instead: Instead<'_>) -> Option<DriftKind>;
}

/// A place in an answer: whatever came is kept.
impl<T: Value> Slot for Field<T> {
    #[inline]
    fn blank() -> Self {
        Field::Absent
    }

    fn view(&self) -> View<'_> {
        match self {
            Field::Absent => View::Absent,
            Field::Value(value) => value.view(),
            Field::Raw(raw) => View::Raw(raw.as_json()),
        }
    }

    fn fill(&mut self) -> Target<'_> {
        *self = Field::Value(T::blank());
        match self {
            Field::Value(value) => value.target(),
            _ => Target::Nothing,
        }
    }

    fn revoke(&mut self, instead: Instead<'_>) -> Option<DriftKind> {
        let Instead::Unfit(json) = instead else {
            *self = Field::Absent;
            return None;
        };
        *self = Field::Raw(Raw::new(json));
        Some(DriftKind::Unreadable {
            expected: T::EXPECTED,
        })
    }
}

/// An optional place in a request.
impl<T: Value> Slot for Option<T> {
    #[inline]
    fn blank() -> Self {
        None
    }

    fn view(&self) -> View<'_> {
        match self {
            Some(value) => value.view(),
            None => View::Absent,
        }
    }

    fn fill(&mut self) -> Target<'_> {
        self.insert(T::blank()).target()
    }

    fn revoke(&mut self, instead: Instead<'_>) -> Option<DriftKind> {
        *self = None;
        match instead {
            Instead::None => None,
            Instead::Unfit(_) => Some(DriftKind::Refused {
                expected: T::EXPECTED,
            }),
        }
    }
}

/// A required place in a request.
impl<T: Value> Slot for T {
    #[inline]
    fn blank() -> Self {
        T::blank()
    }

    fn view(&self) -> View<'_> {
        Value::view(self)
    }

    fn fill(&mut self) -> Target<'_> {
        *self = T::blank();
        self.target()
    }

    fn revoke(&mut self, instead: Instead<'_>) -> Option<DriftKind> {
        *self = T::blank();
        Some(match instead {
            Instead::None => DriftKind::Missing,
            Instead::Unfit(_) => DriftKind::Refused {
                expected: T::EXPECTED,
            },
        })
    }
}

/// A type that a macro of this crate makes into a [`Value`]. It says in one word what would be
/// the same few functions for each of hundreds of types.
pub trait Made: Send + Sync + Sized + 'static {
    /// What kind of value it is: [`Records`] or [`Codes`].
    type Kind: Kind<Self>;
}

/// What values of one kind do, as [`Value`] has it.
pub trait Kind<T> {
    /// What the decoder looks for.
    const EXPECTED: &'static str;

    /// The value before anything is known.
    fn blank() -> T;

    /// A look at the value.
    fn view(value: &T) -> View<'_>;

    /// The value, lent for filling.
    fn target(value: &mut T) -> Target<'_>;
}

impl<T: Made> Value for T {
    const EXPECTED: &'static str = <T::Kind as Kind<T>>::EXPECTED;

    #[inline]
    fn blank() -> Self {
        T::Kind::blank()
    }

    #[inline]
    fn view(&self) -> View<'_> {
        T::Kind::view(self)
    }

    #[inline]
    fn target(&mut self) -> Target<'_> {
        T::Kind::target(self)
    }
}

/// The kind of a [`Record`].
#[derive(Debug)]
pub struct Records;

impl<R: Record> Kind<R> for Records {
    const EXPECTED: &'static str = "an object";

    #[inline]
    fn blank() -> R {
        R::blank()
    }

    #[inline]
    fn view(value: &R) -> View<'_> {
        View::Record(value)
    }

    #[inline]
    fn target(value: &mut R) -> Target<'_> {
        Target::Record(value)
    }
}

/// The kind of a [`Code`].
#[derive(Debug)]
pub struct Codes;

impl<C: Code + 'static> Kind<C> for Codes {
    const EXPECTED: &'static str = "a code";

    #[inline]
    fn blank() -> C {
        C::from_code("")
    }

    #[inline]
    fn view(value: &C) -> View<'_> {
        View::Text(value.code())
    }

    #[inline]
    fn target(value: &mut C) -> Target<'_> {
        Target::Code(value)
    }
}

impl<T: Value> Items for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> View<'_> {
        match self.get(index) {
            Some(item) => item.view(),
            None => View::Absent,
        }
    }

    fn grow(&mut self) -> Target<'_> {
        // From one item on, doubling: most lists in answers are short, and records are large.
        if self.len() == self.capacity() {
            self.reserve_exact(self.len().max(1));
        }
        self.push(T::blank());
        match self.last_mut() {
            Some(last) => last.target(),
            None => Target::Nothing,
        }
    }

    fn item_size(&self) -> usize {
        size_of::<T>()
    }
}

impl<T: Value> Value for Vec<T> {
    const EXPECTED: &'static str = "a list";

    #[inline]
    fn blank() -> Self {
        Vec::new()
    }

    #[inline]
    fn view(&self) -> View<'_> {
        View::List(self)
    }

    #[inline]
    fn target(&mut self) -> Target<'_> {
        Target::List(self)
    }
}

impl Value for BTreeMap<String, String> {
    const EXPECTED: &'static str = "a map of text";

    fn blank() -> Self {
        BTreeMap::new()
    }

    fn view(&self) -> View<'_> {
        View::Map(self)
    }

    fn target(&mut self) -> Target<'_> {
        Target::Map(self)
    }
}

/// Makes a place a copy of what a place of the same type holds.
pub(crate) fn fill_from(slot: &mut dyn Slot, view: View<'_>) {
    match view {
        View::Absent => {
            slot.revoke(Instead::None);
        }
        View::Raw(json) => {
            slot.revoke(Instead::Unfit(json));
        }
        view => copy(slot.fill(), view),
    }
}

fn copy(target: Target<'_>, view: View<'_>) {
    match (target, view) {
        (Target::Text(to), View::Text(from)) => from.clone_into(to),
        (Target::Code(to), View::Text(from)) => to.set(from),
        (Target::Integer(to), View::Integer(from)) => *to = from,
        (Target::Decimal(to), View::Decimal(from)) => *to = from,
        (Target::Flag(to), View::Flag(from)) => *to = from,
        (Target::Date(to), View::Date(from)) => *to = from,
        (Target::DateTime(to), View::DateTime(from)) => *to = from,
        (Target::Record(to), View::Record(from)) => crate::record::overwrite(to, from),
        (Target::List(to), View::List(from)) => {
            for index in 0..from.count() {
                copy(to.grow(), from.item(index));
            }
        }
        (Target::Map(to), View::Map(from)) => to.clone_from(from),
        (Target::File(to), View::File(from)) => to.clone_from(from),
        (Target::Json(to), View::Json(from)) => to.set(from),
        // A copy is made between places of one type, where no other pair can meet.
        _ => {}
    }
}

impl PartialEq for View<'_> {
    /// Equal by what is there; numbers by value, so `1` is `1.00`.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (View::Absent, View::Absent) => true,
            (View::Text(a), View::Text(b))
            | (View::Json(a), View::Json(b))
            | (View::Raw(a), View::Raw(b)) => a == b,
            (View::Date(a), View::Date(b)) => a == b,
            (View::DateTime(a), View::DateTime(b)) => a == b,
            (View::Integer(a), View::Integer(b)) => a == b,
            (View::Decimal(a), View::Decimal(b)) => a == b,
            (View::Flag(a), View::Flag(b)) => a == b,
            (View::Record(a), View::Record(b)) => same(*a, *b),
            (View::List(a), View::List(b)) => {
                a.count() == b.count() && (0..a.count()).all(|i| a.item(i) == b.item(i))
            }
            (View::Map(a), View::Map(b)) => a == b,
            (View::File(a), View::File(b)) => a == b,
            _ => false,
        }
    }
}
