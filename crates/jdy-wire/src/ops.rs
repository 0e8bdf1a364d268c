//! Copying, comparing and printing, for values and records of any type.
//!
//! Owns the implementations behind `Clone`, `PartialEq` and `Debug` of every record. Must not know
//! JSON text. Must not use: `crate::decode`, `crate::encode`, `crate::reader`.

use std::fmt;

use crate::record::{Record, Table};
use crate::value::{Absent, FieldSlot, ValueMut, ValueRef};

/// Whether two records of one type are equal.
pub fn equal<R: Record>(a: &R, b: &R) -> bool {
    same(a, b)
}

/// Whether two records have the same type and are equal.
fn same(a: &dyn Record, b: &dyn Record) -> bool {
    let mut same = false;
    a.slots(&mut |of_a: &Table, a: &[&dyn FieldSlot]| {
        b.slots(&mut |of_b: &Table, b: &[&dyn FieldSlot]| {
            same = of_a.record == of_b.record
                && of_a.names == of_b.names
                && a.iter().zip(b).all(|(a, b)| a.view() == b.view());
        });
    });
    same
}

/// A copy of a record.
pub fn copy<R: Record>(from: &R) -> R {
    let mut copy = R::empty();
    overwrite(&mut copy, from);
    copy
}

/// Copies every slot of one record into another.
fn overwrite(to: &mut dyn Record, from: &dyn Record) {
    to.slots_mut(&mut |to: &mut [&mut dyn FieldSlot]| {
        from.slots(&mut |_: &Table, from: &[&dyn FieldSlot]| {
            for (to, from) in to.iter_mut().zip(from) {
                copy_into(*to, from.view());
            }
        });
    });
}

/// Prints the present fields, by their names on the wire.
pub fn debug<R: Record>(record: &R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    print(record, f)
}

fn print(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut result = Ok(());
    record.slots(&mut |table: &Table, slots: &[&dyn FieldSlot]| {
        let mut out = f.debug_struct(table.record);
        for (name, slot) in table.names.iter().zip(slots) {
            match slot.view() {
                ValueRef::Absent => {}
                view => {
                    out.field(name, &view);
                }
            }
        }
        result = out.finish();
    });
    result
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueRef::Absent => f.write_str("Absent"),
            ValueRef::Text(text) => text.fmt(f),
            ValueRef::Date(date) => fmt::Display::fmt(date, f),
            ValueRef::DateTime(moment) => fmt::Display::fmt(moment, f),
            ValueRef::Integer(number) => number.fmt(f),
            ValueRef::Decimal(number) => fmt::Display::fmt(number, f),
            ValueRef::Flag(flag) => flag.fmt(f),
            ValueRef::Record(record) => print(*record, f),
            ValueRef::List(list) => f
                .debug_list()
                .entries((0..list.count()).map(|index| list.item(index)))
                .finish(),
            ValueRef::Map(map) => map.fmt(f),
            ValueRef::File(file) => file.fmt(f),
            ValueRef::Json(json) => f.write_str(json),
            ValueRef::Raw(json) => write!(f, "raw {json}"),
        }
    }
}

/// Copies a borrowed value into a slot of the same type.
fn copy_into(slot: &mut dyn FieldSlot, view: ValueRef<'_>) {
    match view {
        ValueRef::Absent => {
            slot.reset(Absent::Nothing);
        }
        ValueRef::Raw(json) => {
            slot.reset(Absent::Unreadable(json));
        }
        view => copy_value(slot.init(), view),
    }
}

fn copy_value(target: ValueMut<'_>, view: ValueRef<'_>) {
    match (target, view) {
        (ValueMut::Text(to), ValueRef::Text(from)) => from.clone_into(to),
        (ValueMut::Code(to), ValueRef::Text(from)) => to.set(from),
        (ValueMut::Integer(to), ValueRef::Integer(from)) => *to = from,
        (ValueMut::Decimal(to), ValueRef::Decimal(from)) => *to = from,
        (ValueMut::Flag(to), ValueRef::Flag(from)) => *to = from,
        (ValueMut::Date(to), ValueRef::Date(from)) => *to = from,
        (ValueMut::DateTime(to), ValueRef::DateTime(from)) => *to = from,
        (ValueMut::Record(to), ValueRef::Record(from)) => overwrite(to, from),
        (ValueMut::List(to), ValueRef::List(from)) => {
            for index in 0..from.count() {
                copy_value(to.push(), from.item(index));
            }
        }
        (ValueMut::Map(to), ValueRef::Map(from)) => to.clone_from(from),
        (ValueMut::File(to), ValueRef::File(from)) => to.clone_from(from),
        (ValueMut::Json(to), ValueRef::Json(from)) => to.set(from),
        // Slots of one type have no other pairs. All kinds are named, so that a new one does not
        // compile before it is copied.
        (
            ValueMut::Text(_)
            | ValueMut::Integer(_)
            | ValueMut::Decimal(_)
            | ValueMut::Flag(_)
            | ValueMut::Date(_)
            | ValueMut::DateTime(_)
            | ValueMut::Code(_)
            | ValueMut::Record(_)
            | ValueMut::List(_)
            | ValueMut::Map(_)
            | ValueMut::File(_)
            | ValueMut::Json(_)
            | ValueMut::Nothing,
            ValueRef::Absent
            | ValueRef::Text(_)
            | ValueRef::Date(_)
            | ValueRef::DateTime(_)
            | ValueRef::Integer(_)
            | ValueRef::Decimal(_)
            | ValueRef::Flag(_)
            | ValueRef::Record(_)
            | ValueRef::List(_)
            | ValueRef::Map(_)
            | ValueRef::File(_)
            | ValueRef::Json(_)
            | ValueRef::Raw(_),
        ) => {}
    }
}

impl PartialEq for ValueRef<'_> {
    /// Numbers compare by value, so `1` equals `1.00`.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (ValueRef::Absent, ValueRef::Absent) => true,
            (ValueRef::Text(a), ValueRef::Text(b))
            | (ValueRef::Json(a), ValueRef::Json(b))
            | (ValueRef::Raw(a), ValueRef::Raw(b)) => a == b,
            (ValueRef::Date(a), ValueRef::Date(b)) => a == b,
            (ValueRef::DateTime(a), ValueRef::DateTime(b)) => a == b,
            (ValueRef::Integer(a), ValueRef::Integer(b)) => a == b,
            (ValueRef::Decimal(a), ValueRef::Decimal(b)) => a == b,
            (ValueRef::Flag(a), ValueRef::Flag(b)) => a == b,
            (ValueRef::Record(a), ValueRef::Record(b)) => same(*a, *b),
            (ValueRef::List(a), ValueRef::List(b)) => {
                a.count() == b.count() && (0..a.count()).all(|i| a.item(i) == b.item(i))
            }
            (ValueRef::Map(a), ValueRef::Map(b)) => a == b,
            (ValueRef::File(a), ValueRef::File(b)) => a == b,
            // Of two kinds. All are named, so that a new one does not compile before it is compared.
            (
                ValueRef::Absent
                | ValueRef::Text(_)
                | ValueRef::Date(_)
                | ValueRef::DateTime(_)
                | ValueRef::Integer(_)
                | ValueRef::Decimal(_)
                | ValueRef::Flag(_)
                | ValueRef::Record(_)
                | ValueRef::List(_)
                | ValueRef::Map(_)
                | ValueRef::File(_)
                | ValueRef::Json(_)
                | ValueRef::Raw(_),
                _,
            ) => false,
        }
    }
}
