//! Records: a type that carries a table of its fields, and what is done with the table.
//!
//! Owns the [`record!`](crate::record!) macro and everything it makes of a plain struct, so that
//! a generated file holds one line for each field and no logic. The macro makes as little as it
//! can: tens of thousands of fields go through it, so whatever does not depend on the type is a
//! function here, and what does is inlined, so that a crate pays for the operations it calls.

use std::fmt;

use crate::field::Field;
use crate::scalar::parse_integer;
use crate::value::{Slot, Target, Value, View, fill_from};

/// Where a field travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the JSON body, of a request or of an answer.
    Body,
    /// In the query of a request.
    Query,
    /// In the form of an upload.
    Form,
}

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As text: `"10.50"`; a flag as `"1"` or `"0"`.
    Text,
    /// As a number: `10.50`; a flag as `1` or `0`.
    Number,
    /// As `true` or `false`.
    Flag,
    /// As an object.
    Object,
    /// As a part of a form.
    File,
    /// As an array, its items by their types; in a query joined by commas.
    List,
    /// As an array of numbers; in a query joined by commas.
    Numbers,
    /// As an array of `true` and `false`; in a query joined by commas.
    Flags,
    /// A list in a query: the name once for each item.
    Repeat,
    /// As JSON; a list in a query as one JSON text.
    Json,
    /// A list of numbers in a query as one JSON text.
    JsonNumbers,
}

/// The fields of a record, in the order of the spec, the required ones of a request first.
#[derive(Debug)]
pub struct Table {
    /// The name of the Rust type.
    pub record: &'static str,
    /// Where the fields travel, but for those that [`apart`](Self::apart) names.
    pub place: Place,
    /// The fields that travel elsewhere.
    pub apart: &'static [(&'static str, Place)],
    /// How many of them a request must hold: the first ones.
    pub required: usize,
    /// The fields' names on the wire.
    pub names: &'static [&'static str],
    /// How each is written; as many as there are names.
    pub forms: &'static [Form],
}

impl Table {
    /// The table of a record without fields.
    const EMPTY: Self = Self {
        record: "",
        place: Place::Body,
        apart: &[],
        required: 0,
        names: &[],
        forms: &[],
    };

    /// Where a field of this record travels.
    pub fn place_of(&self, name: &str) -> Place {
        let apart = self.apart.iter().find(|(field, _)| *field == name);
        apart.map_or(self.place, |(_, place)| *place)
    }

    /// Whether a field of this record travels there.
    pub fn has(&self, place: Place) -> bool {
        self.place == place || self.apart.iter().any(|(_, other)| *other == place)
    }
}

/// Looks at a record: its table, and its places in the same order. A closure does; it is no bound
/// of `FnMut`, since a call through that costs rustc twice as much in every record.
pub trait Visit {
    /// Looks at them.
    fn visit(&mut self, table: &'static Table, slots: &[&dyn Slot]);
}

impl<F: FnMut(&'static Table, &[&dyn Slot])> Visit for F {
    fn visit(&mut self, table: &'static Table, slots: &[&dyn Slot]) {
        self(table, slots);
    }
}

/// Works on the places of a record, as [`Visit`] looks at them.
pub trait VisitMut {
    /// Works on them, in the order of the table.
    fn visit_mut(&mut self, slots: &mut [&mut dyn Slot]);
}

impl<F: FnMut(&mut [&mut dyn Slot])> VisitMut for F {
    fn visit_mut(&mut self, slots: &mut [&mut dyn Slot]) {
        self(slots);
    }
}

/// A struct with a table. Implemented by [`record!`](crate::record!) alone.
pub trait Record: Blank + Send + Sync + 'static {
    /// Shows the table, and the places in its order.
    fn slots(&self, visitor: &mut dyn Visit);

    /// Lends the places, in the order of the table.
    fn slots_mut(&mut self, visitor: &mut dyn VisitMut);
}

impl dyn Record + '_ {
    /// The table.
    pub fn table(&self) -> &'static Table {
        let mut found = &Table::EMPTY;
        self.slots(&mut |table: &'static Table, _: &[&dyn Slot]| found = table);
        found
    }
}

/// What can be made before anything is known of it: whatever has a default, and a request that
/// requires something, which has none that could be sent.
pub trait Blank {
    /// Makes it.
    fn blank() -> Self
    where
        Self: Sized;
}

impl<T: Default> Blank for T {
    #[inline]
    fn blank() -> Self {
        T::default()
    }
}

/// The data of a list that comes in pages. Implemented by [`rows!`](crate::rows!) alone.
pub trait Page: Record {
    /// What a row is.
    type Row: Value;

    /// The rows of this page.
    fn rows(&self) -> &Field<Vec<Self::Row>>;

    /// The rows of this page, taken out.
    fn into_rows(self) -> Field<Vec<Self::Row>>;
}

/// Says which field of an answer's data holds the rows of a page, and what a row is.
///
/// ```
/// use jdy_wire::{Field, Page, record, rows};
///
/// pub struct Data {
///     pub rows: Field<Vec<String>>,
/// }
/// record! {
///     Data {
///         "rows" => rows: List,
///     }
/// }
/// rows!(Data: rows of String);
/// assert!(Data::default().into_rows().is_absent());
/// ```
#[macro_export]
macro_rules! rows {
    ($data:ident: $field:ident of $row:ty) => {
        impl $crate::Page for $data {
            type Row = $row;
            #[inline]
            fn rows(&self) -> &$crate::Field<Vec<$row>> {
                &self.$field
            }
            #[inline]
            fn into_rows(self) -> $crate::Field<Vec<$row>> {
                self.$field
            }
        }
    };
}

/// The whole number that a field holds, by its name on the wire; also where it came as text.
pub fn number_in(record: &dyn Record, name: &str) -> Option<i64> {
    let mut number = None;
    record.slots(&mut |table: &Table, slots: &[&dyn Slot]| {
        let mut fields = table.names.iter().zip(slots);
        let field = fields.find(|(field, _)| **field == name);
        number = field.and_then(|(_, slot)| match slot.view() {
            View::Integer(number) => Some(number),
            View::Decimal(number) => parse_integer(&number.to_string()),
            View::Text(text) => parse_integer(text.trim()),
            _ => None,
        });
    });
    number
}

/// The fields of a request that are lists and travel in its query. The record is a blank one: its
/// places are filled to see what they hold.
pub fn query_lists(blank: &mut dyn Record) -> Vec<&'static str> {
    let table = blank.table();
    let mut lists = Vec::new();
    blank.slots_mut(&mut |slots: &mut [&mut dyn Slot]| {
        for (name, slot) in table.names.iter().zip(slots) {
            let is_list = matches!(slot.fill(), Target::List(_));
            if is_list && table.place_of(name) == Place::Query {
                lists.push(*name);
            }
        }
    });
    lists
}

/// The fields of a request that are files. The record is a blank one, as above.
pub fn file_fields(blank: &mut dyn Record) -> Vec<&'static str> {
    let table = blank.table();
    let mut files = Vec::new();
    blank.slots_mut(&mut |slots: &mut [&mut dyn Slot]| {
        for (name, slot) in table.names.iter().zip(slots) {
            if matches!(slot.fill(), Target::File(_)) {
                files.push(*name);
            }
        }
    });
    files
}

/// Whether two records of one type hold the same.
pub fn equal<R: Record>(a: &R, b: &R) -> bool {
    same(a, b)
}

/// Whether two records, which can be of any type, are of one and hold the same.
pub(crate) fn same(a: &dyn Record, b: &dyn Record) -> bool {
    let mut same = false;
    a.slots(&mut |of_a: &Table, a: &[&dyn Slot]| {
        b.slots(&mut |of_b: &Table, b: &[&dyn Slot]| {
            same = of_a.record == of_b.record
                && of_a.names == of_b.names
                && a.iter().zip(b).all(|(a, b)| a.view() == b.view());
        });
    });
    same
}

/// A copy of a record.
pub fn copy<R: Record>(from: &R) -> R {
    let mut copy = R::blank();
    overwrite(&mut copy, from);
    copy
}

/// Makes every place of one record a copy of the other's.
pub(crate) fn overwrite(to: &mut dyn Record, from: &dyn Record) {
    to.slots_mut(&mut |to: &mut [&mut dyn Slot]| {
        from.slots(&mut |_: &Table, from: &[&dyn Slot]| {
            for (to, from) in to.iter_mut().zip(from) {
                fill_from(*to, from.view());
            }
        });
    });
}

/// Prints the fields that are there, by their names on the wire.
pub fn debug<R: Record>(record: &R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    print(record, f)
}

fn print(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut result = Ok(());
    record.slots(&mut |table: &Table, slots: &[&dyn Slot]| {
        let mut out = f.debug_struct(table.record);
        for (name, slot) in table.names.iter().zip(slots) {
            match slot.view() {
                View::Absent => {}
                view => {
                    out.field(name, &view);
                }
            }
        }
        result = out.finish();
    });
    result
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Absent => f.write_str("Absent"),
            View::Text(text) => text.fmt(f),
            View::Date(date) => fmt::Display::fmt(date, f),
            View::DateTime(moment) => fmt::Display::fmt(moment, f),
            View::Integer(number) => number.fmt(f),
            View::Decimal(number) => fmt::Display::fmt(number, f),
            View::Flag(flag) => flag.fmt(f),
            View::Record(record) => print(*record, f),
            View::List(list) => f
                .debug_list()
                .entries((0..list.count()).map(|index| list.item(index)))
                .finish(),
            View::Map(map) => map.fmt(f),
            View::File(file) => file.fmt(f),
            View::Json(json) => f.write_str(json),
            View::Raw(json) => write!(f, "raw {json}"),
        }
    }
}

/// Gives a plain struct its table, and with it everything that a record can do: decoding and
/// encoding, `Clone`, `Debug`, `PartialEq`, and a way to be made; with the feature `serde` also
/// `Serialize` and `Deserialize`.
///
/// A record of an answer has a name and fields, each of them a [`Field`](crate::Field), and is
/// `Default`:
///
/// ```
/// use jdy_wire::{Decimal, Field, record};
///
/// pub struct Row {
///     pub id: Field<String>,
///     pub price: Field<Decimal>,
/// }
/// record! {
///     Row {
///         "id" => id: Text,
///         "price" => price: Text,
///     }
/// }
/// assert!(Row::default().price.is_absent());
/// ```
///
/// A record of a request says where it travels. It is `Default` where nothing is required of it;
/// otherwise it is made from the struct that holds just what is required, so that leaving one
/// out is an error of rustc that names it. A field may travel apart from the others:
///
/// ```
/// use jdy_wire::{Decimal, record};
///
/// pub struct Required {
///     pub amount: Decimal,
/// }
/// pub struct Request {
///     pub required: Required,
///     pub source: i64,
///     pub store: Option<String>,
///     pub dry_run: Option<bool>,
/// }
/// record! {
///     Request in Body from Required {
///         "amount" => amount: Text,
///     } and {
///         "source" => source: Number = 9,
///         "store_id" => store: Text,
///         "dry_run" => dry_run: Flag in Query,
///     }
/// }
/// let required = Required { amount: Decimal::TEN };
/// let request = required.clone().with(|r| {
///     r.store = Some("7".into());
///     r.dry_run = Some(true);
/// });
/// assert_eq!(
///     jdy_wire::encode_body(&request)?,
///     r#"{"amount":"10","source":9,"store_id":"7"}"#,
/// );
/// assert_eq!(
///     jdy_wire::encode_query(&request)?,
///     [("dry_run".to_owned(), "true".to_owned())],
/// );
/// # Ok::<(), jdy_wire::EncodeError>(())
/// ```
#[macro_export]
macro_rules! record {
    // Of an answer.
    ($record:ident {
        $($name:literal => $field:ident: $form:ident,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate each one whenever it checks the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    place: $crate::Place::Body,
                    apart: &[],
                    required: 0,
                    names: &[$($name),*],
                    forms: &[$($crate::Form::$form),*],
                };
                visitor.visit(table, &[$(&self.$field),*]);
            }
            #[inline]
            fn slots_mut(&mut self, visitor: &mut dyn $crate::VisitMut) {
                visitor.visit_mut(&mut [$(&mut self.$field),*]);
            }
        }
        impl Default for $record {
            #[inline]
            fn default() -> Self {
                Self { $($field: $crate::Field::Absent),* }
            }
        }
        $crate::record!($record);
    };
    // Of a request, without required fields.
    ($record:ident in $place:ident {
        $($name:literal => $field:ident: $form:ident $(in $apart:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate each one whenever it checks the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    place: $crate::Place::$place,
                    apart: &[$($(($name, $crate::Place::$apart),)?)*],
                    required: 0,
                    names: &[$($name),*],
                    forms: &[$($crate::Form::$form),*],
                };
                visitor.visit(table, &[$(&self.$field),*]);
            }
            #[inline]
            fn slots_mut(&mut self, visitor: &mut dyn $crate::VisitMut) {
                visitor.visit_mut(&mut [$(&mut self.$field),*]);
            }
        }
        impl Default for $record {
            #[inline]
            fn default() -> Self {
                #[allow(unused_mut)]
                let mut record = Self { $($field: $crate::Slot::blank()),* };
                $($(record.$field = $value;)?)*
                record
            }
        }
        impl $record {
            /// The same, changed.
            pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
                change(&mut self);
                self
            }
        }
        $crate::record!($record);
    };
    // Of a request, with required fields, which stand in a struct of their own.
    ($record:ident in $place:ident from $required:ident {
        $($must:literal => $needed:ident: $must_form:ident $(in $must_apart:ident)?,)*
    } and {
        $($name:literal => $field:ident: $form:ident $(in $apart:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate each one whenever it checks the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    place: $crate::Place::$place,
                    apart: &[
                        $($(($must, $crate::Place::$must_apart),)?)*
                        $($(($name, $crate::Place::$apart),)?)*
                    ],
                    required: const { [$($must),*].len() },
                    names: &[$($must,)* $($name),*],
                    forms: &[$($crate::Form::$must_form,)* $($crate::Form::$form),*],
                };
                visitor.visit(table, &[$(&self.required.$needed,)* $(&self.$field),*]);
            }
            #[inline]
            fn slots_mut(&mut self, visitor: &mut dyn $crate::VisitMut) {
                visitor.visit_mut(&mut [$(&mut self.required.$needed,)* $(&mut self.$field),*]);
            }
        }
        impl $crate::private::Blank for $record {
            #[inline]
            fn blank() -> Self {
                $required { $($needed: $crate::Slot::blank()),* }.into()
            }
        }
        impl From<$required> for $record {
            #[inline]
            fn from(required: $required) -> Self {
                #[allow(unused_mut)]
                let mut request = Self { required, $($field: $crate::Slot::blank()),* };
                $($(request.$field = $value;)?)*
                request
            }
        }
        impl Clone for $required {
            #[inline]
            fn clone(&self) -> Self {
                Self { $($needed: self.$needed.clone()),* }
            }
        }
        impl $required {
            /// The request, with more than what is required.
            pub fn with(self, change: impl FnOnce(&mut $record)) -> $record {
                let mut request = $record::from(self);
                change(&mut request);
                request
            }
        }
        $crate::record!($record);
    };
    // What every record can do.
    ($record:ident) => {
        impl $crate::private::Made for $record {
            type Kind = $crate::private::Records;
        }
        impl Clone for $record {
            #[inline]
            fn clone(&self) -> Self {
                $crate::private::copy(self)
            }
        }
        impl PartialEq for $record {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::private::equal(self, other)
            }
        }
        impl ::std::fmt::Debug for $record {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::private::debug(self, f)
            }
        }
        $crate::interchange!($record);
    };
}

/// What every record can do beside, where the feature `serde` is on.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! interchange {
    ($record:ident) => {
        impl $crate::private::Serialize for $record {
            fn serialize<S: $crate::private::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                $crate::private::serialize(self, serializer)
            }
        }
        impl<'de> $crate::private::Deserialize<'de> for $record {
            fn deserialize<D: $crate::private::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::private::deserialize(deserializer)
            }
        }
    };
}

/// Nothing: the feature `serde` is off.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! interchange {
    ($record:ident) => {};
}
