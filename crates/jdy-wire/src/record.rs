//! Records: types that carry a table of their fields.
//!
//! Owns the [`record!`](crate::record!) macro and everything it generates for a plain struct, so
//! that a generated file has one line for each field and no logic. The macro expands to little,
//! because it expands for tens of thousands of fields: code that does not depend on the type is a
//! function here, and the rest is inlined, so that a crate pays only for the operations it calls.
//! Must not know JSON text. Must not use: `crate::decode`, `crate::encode`, `crate::reader`.

use crate::field::Field;
use crate::scalar::parse_integer;
use crate::value::{FieldSlot, Value, ValueMut, ValueRef};

/// Where a field is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the JSON body of a request or an answer.
    Body,
    /// In the query of a request.
    Query,
    /// In the form of an upload.
    Form,
}

/// How a field is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As text: `"10.50"`; a flag as `"1"` or `"0"`.
    Text,
    /// As a number: `10.50`; a flag as `1` or `0`.
    Number,
    /// As `true` or `false`.
    Flag,
    /// As an object.
    Object,
    /// As a file part of a form.
    File,
    /// As an array of items; in a query joined by commas.
    List,
    /// As an array of numbers; in a query joined by commas.
    Numbers,
    /// As an array of `true` and `false`; in a query joined by commas.
    Flags,
    /// A list in a query: one pair for each item.
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
    /// Where the fields are sent, except those in [`overrides`](Self::overrides).
    pub location: Location,
    /// The fields that are sent elsewhere.
    pub overrides: &'static [(&'static str, Location)],
    /// How many fields a request requires: the first ones.
    pub required: usize,
    /// The fields' names on the wire.
    pub names: &'static [&'static str],
    /// How each field is encoded, in the order of the names.
    pub encodings: &'static [Encoding],
}

impl Table {
    /// The table of a record without fields.
    const EMPTY: Self = Self {
        record: "",
        location: Location::Body,
        overrides: &[],
        required: 0,
        names: &[],
        encodings: &[],
    };

    /// Where a field of this record is sent.
    pub fn location_of(&self, name: &str) -> Location {
        let other = self.overrides.iter().find(|(field, _)| *field == name);
        other.map_or(self.location, |(_, location)| *location)
    }

    /// Whether a field of this record is sent there.
    pub fn has(&self, location: Location) -> bool {
        self.location == location || self.overrides.iter().any(|(_, other)| *other == location)
    }
}

/// Visits the slots of a record, with its table in the same order. Implemented by closures; a bound
/// of `FnMut` in its place would double rustc's work for every record.
pub trait Visit {
    /// Visits the slots.
    fn visit(&mut self, table: &'static Table, slots: &[&dyn FieldSlot]);
}

impl<F: FnMut(&'static Table, &[&dyn FieldSlot])> Visit for F {
    fn visit(&mut self, table: &'static Table, slots: &[&dyn FieldSlot]) {
        self(table, slots);
    }
}

/// Visits the slots of a record mutably.
pub trait VisitMut {
    /// Visits the slots, in the order of the table.
    fn visit_mut(&mut self, slots: &mut [&mut dyn FieldSlot]);
}

impl<F: FnMut(&mut [&mut dyn FieldSlot])> VisitMut for F {
    fn visit_mut(&mut self, slots: &mut [&mut dyn FieldSlot]) {
        self(slots);
    }
}

/// A struct with a table. Implemented by [`record!`](crate::record!) alone.
pub trait Record: Empty + Send + Sync + 'static {
    /// Passes the table and the slots, in its order, to the visitor.
    fn slots(&self, visitor: &mut dyn Visit);

    /// Passes the slots, in the order of the table, to the visitor.
    fn slots_mut(&mut self, visitor: &mut dyn VisitMut);
}

impl dyn Record + '_ {
    /// The table of its fields.
    pub fn table(&self) -> &'static Table {
        let mut found = &Table::EMPTY;
        self.slots(&mut |table: &'static Table, _: &[&dyn FieldSlot]| found = table);
        found
    }
}

/// Types with an empty value: those with a default, and requests with required fields, whose empty
/// value cannot be sent.
pub trait Empty {
    /// The empty value.
    fn empty() -> Self
    where
        Self: Sized;
}

impl<T: Default> Empty for T {
    #[inline]
    fn empty() -> Self {
        T::default()
    }
}

/// The data of a paged list. Implemented by [`rows!`](crate::rows!) alone.
#[diagnostic::on_unimplemented(
    message = "this operation is no list in pages",
    label = "it has neither `.rows()` nor `.pages()`",
    note = "await the call: a list that comes as a whole is a field of its answer, `answer.rows.list()?`"
)]
pub trait Page: Record {
    /// The type of a row.
    type Row: Value;

    /// The rows of this page.
    fn rows(&self) -> &Field<Vec<Self::Row>>;

    /// The rows of this page by move.
    fn into_rows(self) -> Field<Vec<Self::Row>>;
}

/// Declares which field of an answer's data holds the rows of a page, and the type of a row.
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

/// The integer in a field, by its name on the wire. Accepts a number as text.
pub fn number_in(record: &dyn Record, name: &str) -> Option<i64> {
    let mut number = None;
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        let mut fields = table.names.iter().zip(slots);
        let field = fields.find(|(field, _)| **field == name);
        number = field.and_then(|(_, slot)| match slot.view() {
            ValueRef::Integer(number) => Some(number),
            ValueRef::Decimal(number) => parse_integer(&number.to_string()),
            ValueRef::Text(text) => parse_integer(text.trim()),
            _ => None,
        });
    });
    number
}

/// The list fields in the query of a request. The record must be empty: its slots are initialized
/// to see their types.
pub fn query_lists(empty: &mut dyn Record) -> Vec<&'static str> {
    let table = empty.table();
    let mut lists = Vec::new();
    empty.slots_mut(&mut |slots: &mut [&mut dyn FieldSlot]| {
        for (name, slot) in table.names.iter().zip(slots) {
            let is_list = matches!(slot.init(), ValueMut::List(_));
            if is_list && table.location_of(name) == Location::Query {
                lists.push(*name);
            }
        }
    });
    lists
}

/// The file fields of a request. The record must be empty, as above.
pub fn file_fields(empty: &mut dyn Record) -> Vec<&'static str> {
    let table = empty.table();
    let mut files = Vec::new();
    empty.slots_mut(&mut |slots: &mut [&mut dyn FieldSlot]| {
        for (name, slot) in table.names.iter().zip(slots) {
            if matches!(slot.init(), ValueMut::File(_)) {
                files.push(*name);
            }
        }
    });
    files
}

/// Implements [`Record`] for a plain struct, with `Clone`, `Debug`, `PartialEq` and, for an answer or a
/// request without required fields, `Default`; with the feature `serde` also `Serialize` and
/// `Deserialize`.
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
/// A record of a request declares where it is sent. It is `Default` if no field is required;
/// otherwise it is created from a struct of the required fields, so that a missing one is a compile
/// error that names it. A field may be sent elsewhere than the others:
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
    // A record of an answer.
    ($record:ident {
        $($name:literal => $field:ident: $encoding:ident,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate it at each check of the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    location: $crate::Location::Body,
                    overrides: &[],
                    required: 0,
                    names: &[$($name),*],
                    encodings: &[$($crate::Encoding::$encoding),*],
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
    // A record of a request without required fields.
    ($record:ident in $location:ident {
        $($name:literal => $field:ident: $encoding:ident $(in $elsewhere:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate it at each check of the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    location: $crate::Location::$location,
                    overrides: &[$($(($name, $crate::Location::$elsewhere),)?)*],
                    required: 0,
                    names: &[$($name),*],
                    encodings: &[$($crate::Encoding::$encoding),*],
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
                let mut record = Self { $($field: $crate::FieldSlot::empty()),* };
                $($(record.$field = $value;)?)*
                record
            }
        }
        impl $record {
            /// The same, changed: `.with(|r| r.page = Some(1))`, or with the trait `SetField`
            /// `.with(|r| r.page.set(1))`.
            pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
                change(&mut self);
                self
            }
        }
        $crate::record!($record);
    };
    // A record of a request with required fields, in a struct of their own.
    ($record:ident in $location:ident from $required:ident {
        $($must:literal => $needed:ident: $must_encoding:ident $(in $must_elsewhere:ident)?,)*
    } and {
        $($name:literal => $field:ident: $encoding:ident $(in $elsewhere:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            #[inline]
            fn slots(&self, visitor: &mut dyn $crate::Visit) {
                // Not a static: rustc would evaluate it at each check of the crate.
                let table = &$crate::Table {
                    record: stringify!($record),
                    location: $crate::Location::$location,
                    overrides: &[
                        $($(($must, $crate::Location::$must_elsewhere),)?)*
                        $($(($name, $crate::Location::$elsewhere),)?)*
                    ],
                    required: const { [$($must),*].len() },
                    names: &[$($must,)* $($name),*],
                    encodings: &[$($crate::Encoding::$must_encoding,)* $($crate::Encoding::$encoding),*],
                };
                visitor.visit(table, &[$(&self.required.$needed,)* $(&self.$field),*]);
            }
            #[inline]
            fn slots_mut(&mut self, visitor: &mut dyn $crate::VisitMut) {
                visitor.visit_mut(&mut [$(&mut self.required.$needed,)* $(&mut self.$field),*]);
            }
        }
        impl $crate::private::Empty for $record {
            #[inline]
            fn empty() -> Self {
                $required { $($needed: $crate::FieldSlot::empty()),* }.into()
            }
        }
        impl From<$required> for $record {
            #[inline]
            fn from(required: $required) -> Self {
                #[allow(unused_mut)]
                let mut request = Self { required, $($field: $crate::FieldSlot::empty()),* };
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
            /// The request, with more than what is required: `.with(|r| r.page = Some(1))`, or with
            /// the trait `SetField` `.with(|r| r.page.set(1))`.
            pub fn with(self, change: impl FnOnce(&mut $record)) -> $record {
                let mut request = $record::from(self);
                change(&mut request);
                request
            }
        }
        $crate::record!($record);
    };
    // The traits of every record.
    ($record:ident) => {
        impl $crate::private::Derived for $record {
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
        $crate::serde_impl!($record);
    };
}

/// Implements serde's traits if the feature `serde` is on.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! serde_impl {
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

/// Expands to nothing: the feature `serde` is off.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! serde_impl {
    ($record:ident) => {};
}
