//! Records: a type that carries a table of its fields, and what is done with the table.
//!
//! Owns the [`record!`](crate::record!) macro and everything it makes of a plain struct, so that
//! a generated file holds one line for each field and no logic.

use std::fmt;

use crate::decode::{Decoder, Fit};
use crate::reader::Syntax;
use crate::value::{Slot, View};

/// Where a field of a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the JSON body. Fields of answers, too.
    Body,
    /// In the query.
    Query,
}

/// How a field is written, where its type alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As its type is written: a decimal as a number, a flag as `true` or `false`, a list in a
    /// query joined by commas.
    Native,
    /// As text: `"10.50"`; a flag as `"1"` or `"0"`.
    Text,
    /// As a number: a flag as `1` or `0`, a code without quotes.
    Number,
    /// A list in a query: the name once for each item.
    Repeat,
    /// A list in a query: one JSON text.
    Json,
}

/// What is known of one field.
#[derive(Debug)]
pub struct FieldFacts {
    /// How it is written.
    pub form: Form,
    /// Where it travels.
    pub place: Place,
    /// Whether a request must hold it.
    pub required: bool,
}

/// The fields of a record, in the order of the spec, the required ones of a request first.
#[derive(Debug)]
pub struct Table {
    /// The name of the Rust type.
    pub record: &'static str,
    /// The fields' names on the wire.
    pub names: &'static [&'static str],
    /// What is known of each; as many as there are names.
    pub facts: &'static [FieldFacts],
}

/// A struct with a table. Implemented by [`record!`](crate::record!) alone.
pub trait Record: Send + Sync {
    /// The table.
    fn table(&self) -> &'static Table;

    /// Shows the places, in the order of the table.
    fn slots(&self, look: &mut dyn FnMut(&[&dyn Slot]));

    /// Lends the places, in the order of the table.
    fn slots_mut(&mut self, work: &mut dyn FnMut(&mut [&mut dyn Slot]));
}

/// Reads an object into a record.
pub fn decode(record: &mut dyn Record, decoder: &mut Decoder<'_>) -> Result<Fit, Syntax> {
    if let Some(none) = decoder.no_object()? {
        return Ok(none);
    }
    let table = record.table();
    let mut result = Ok(());
    record.slots_mut(&mut |slots| {
        let mut seen = Seen::of(table);
        result = decoder.object(table.names, &mut |index, decoder| {
            seen.note(index);
            slots
                .get_mut(index)
                .map_or(Ok(()), |slot| slot.decode(decoder))
        });
        if result.is_ok() {
            seen.report(table, decoder);
        }
    });
    result.map(|()| Fit::Fits)
}

/// Which required fields have come. Empty, and free, for answers.
struct Seen(Vec<bool>);

impl Seen {
    fn of(table: &Table) -> Self {
        Self(
            table
                .facts
                .iter()
                .map_while(|fact| fact.required.then_some(false))
                .collect(),
        )
    }

    fn note(&mut self, index: usize) {
        if let Some(seen) = self.0.get_mut(index) {
            *seen = true;
        }
    }

    fn report(&self, table: &Table, decoder: &mut Decoder<'_>) {
        for (name, seen) in table.names.iter().zip(&self.0) {
            if !seen {
                decoder.report_missing(name);
            }
        }
    }
}

/// Whether two records of one type hold the same.
pub fn equal(a: &dyn Record, b: &dyn Record) -> bool {
    if !std::ptr::eq(a.table(), b.table()) {
        return false;
    }
    let mut same = false;
    a.slots(&mut |a| {
        b.slots(&mut |b| same = a.iter().zip(b).all(|(a, b)| a.view() == b.view()));
    });
    same
}

/// Makes every place of one record a copy of the other's.
pub fn overwrite(to: &mut dyn Record, from: &dyn Record) {
    to.slots_mut(&mut |to| {
        from.slots(&mut |from| {
            for (to, from) in to.iter_mut().zip(from) {
                to.overwrite(*from);
            }
        });
    });
}

/// Prints the fields that are there, by their names on the wire.
pub fn debug(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let table = record.table();
    let mut out = f.debug_struct(table.record);
    record.slots(&mut |slots| {
        for (name, slot) in table.names.iter().zip(slots) {
            match slot.view() {
                View::Absent => {}
                view => {
                    out.field(name, &view);
                }
            }
        }
    });
    out.finish()
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Absent => f.write_str("Absent"),
            View::Text(text) => text.fmt(f),
            View::Stamp(stamp) => f.write_str(stamp.as_str()),
            View::Integer(number) => number.fmt(f),
            View::Decimal(number) => fmt::Display::fmt(number, f),
            View::Flag(flag) => flag.fmt(f),
            View::Record(record) => debug(*record, f),
            View::List(list) => f
                .debug_list()
                .entries((0..list.count()).map(|index| list.item(index)))
                .finish(),
            View::Map(map) => {
                let mut out = f.debug_map();
                map.each(&mut |key, view| {
                    out.entry(&key, &view);
                });
                out.finish()
            }
            View::Raw(json) => write!(f, "raw {json}"),
        }
    }
}

/// Gives a plain struct its table, and with it everything that a record can do: decoding and
/// encoding, `Clone`, `Debug`, `PartialEq`, `Serialize`, `Deserialize`, and a way to be made.
///
/// A record of an answer is `Default`. So is a request without required fields. A request with
/// required fields is made from the struct that holds just them, so that leaving one out is an
/// error of rustc that names it:
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
/// }
/// record! {
///     Request in body from Required {
///         "amount" => amount as Text,
///     } and {
///         "source" => source = 9,
///         "store_id" => store,
///     }
/// }
/// let request = Required { amount: Decimal::TEN }.with(|r| r.store = Some("7".into()));
/// assert_eq!(
///     jdy_wire::encode_body(&request)?,
///     r#"{"amount":"10","source":9,"store_id":"7"}"#,
/// );
/// # Ok::<(), jdy_wire::EncodeError>(())
/// ```
#[macro_export]
macro_rules! record {
    // An answer, or a request without required fields.
    ($record:ident { $($fields:tt)* }) => {
        $crate::record!(@plain $record body { $($fields)* });
    };
    ($record:ident in $place:ident { $($fields:tt)* }) => {
        $crate::record!(@plain $record $place { $($fields)* });
    };
    (@plain $record:ident $place:ident {
        $($name:literal => $field:ident $(as $form:ident)? $(in $own:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            fn table(&self) -> &'static $crate::Table {
                static TABLE: $crate::Table = $crate::Table {
                    record: stringify!($record),
                    names: &[$($name),*],
                    facts: &[$($crate::record!(@fact $place [$($own)?] false [$($form)?])),*],
                };
                &TABLE
            }
            fn slots(&self, look: &mut dyn FnMut(&[&dyn $crate::Slot])) {
                look(&[$(&self.$field),*]);
            }
            fn slots_mut(&mut self, work: &mut dyn FnMut(&mut [&mut dyn $crate::Slot])) {
                work(&mut [$(&mut self.$field),*]);
            }
        }
        impl Default for $record {
            fn default() -> Self {
                Self { $($field: $crate::record!(@start $($value)?)),* }
            }
        }
        impl $record {
            /// The same, changed.
            pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
                change(&mut self);
                self
            }
        }
        $crate::record!(@value $record, <Self as Default>::default());
    };
    // A request with required fields, which stand in a struct of their own.
    ($record:ident in $place:ident from $required:ident {
        $($must:literal => $needed:ident $(as $must_form:ident)? $(in $must_own:ident)?,)*
    } and {
        $($name:literal => $field:ident $(as $form:ident)? $(in $own:ident)? $(= $value:expr)?,)*
    }) => {
        impl $crate::Record for $record {
            fn table(&self) -> &'static $crate::Table {
                static TABLE: $crate::Table = $crate::Table {
                    record: stringify!($record),
                    names: &[$($must,)* $($name),*],
                    facts: &[
                        $($crate::record!(@fact $place [$($must_own)?] true [$($must_form)?]),)*
                        $($crate::record!(@fact $place [$($own)?] false [$($form)?])),*
                    ],
                };
                &TABLE
            }
            fn slots(&self, look: &mut dyn FnMut(&[&dyn $crate::Slot])) {
                look(&[$(&self.required.$needed,)* $(&self.$field),*]);
            }
            fn slots_mut(&mut self, work: &mut dyn FnMut(&mut [&mut dyn $crate::Slot])) {
                work(&mut [$(&mut self.required.$needed,)* $(&mut self.$field),*]);
            }
        }
        impl From<$required> for $record {
            fn from(required: $required) -> Self {
                Self { required, $($field: $crate::record!(@start $($value)?)),* }
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
        $crate::record!(
            @value $record,
            <Self as From<$required>>::from($required {
                $($needed: $crate::Slot::blank()),*
            })
        );
    };
    // What every record can do.
    (@value $record:ident, $blank:expr) => {
        impl $crate::Value for $record {
            const EXPECTED: &'static str = "an object";
            fn blank() -> Self {
                $blank
            }
            fn decode(
                &mut self,
                decoder: &mut $crate::Decoder<'_>,
            ) -> Result<$crate::Fit, $crate::Syntax> {
                $crate::private::decode(self, decoder)
            }
            fn view(&self) -> $crate::View<'_> {
                $crate::View::Record(self)
            }
        }
        impl Clone for $record {
            fn clone(&self) -> Self {
                let mut copy = <Self as $crate::Value>::blank();
                $crate::private::overwrite(&mut copy, self);
                copy
            }
        }
        impl PartialEq for $record {
            fn eq(&self, other: &Self) -> bool {
                $crate::private::equal(self, other)
            }
        }
        impl ::std::fmt::Debug for $record {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::private::debug(self, f)
            }
        }
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
    (@start $value:expr) => { $value };
    (@start) => { $crate::Slot::blank() };
    (@fact $place:ident [$own:ident] $required:literal $form:tt) => {
        $crate::record!(@fact $own [] $required $form)
    };
    (@fact $place:ident [] $required:literal []) => {
        $crate::record!(@fact $place [] $required [Native])
    };
    (@fact body [] $required:literal [$form:ident]) => {
        $crate::FieldFacts {
            form: $crate::Form::$form,
            place: $crate::Place::Body,
            required: $required,
        }
    };
    (@fact query [] $required:literal [$form:ident]) => {
        $crate::FieldFacts {
            form: $crate::Form::$form,
            place: $crate::Place::Query,
            required: $required,
        }
    };
}
