//! The form of a value on the wire: a date, a time stamp, a decimal, a number.
//!
//! Owns how words, label, name and examples decide it together. Must not know codes. Must not use:
//! `crate::markdown`, `crate::html`, `crate::spec_folder`.

use jdy_spec::model::{ScalarType, Wire};

use super::pages;
use crate::endpoint::{Field, Type};
use crate::format::Shown::{Nothing, Number, Other, Padded};
use crate::format::{self, Amount, Stamp, Stated};
use crate::note::Notes;

/// A column that says date or time itself.
pub(crate) fn time_column(field: &mut Field, at: usize, column: &str, notes: &mut Notes) {
    notes.against(
        at,
        format!(
            "`{}` has the type `{column}`; it is text, of the form that its words or examples show",
            field.name
        ),
    );
}

pub(super) fn wire(field: &mut Field, examples: &[String], notes: &mut Notes) {
    match field.ty {
        Type::Scalar(ScalarType::Text) => text(field, examples, notes),
        Type::Scalar(ScalarType::Integer) | Type::Scalar(ScalarType::Number) => {
            number(field, examples, notes)
        }
        _ => {}
    }
}

fn all(examples: &[String], test: fn(&str) -> bool) -> bool {
    !examples.is_empty() && examples.iter().all(|example| test(example))
}

/// The wire form of a text: a stated pattern, a stated time stamp, a date by name, label and
/// example, or a decimal by label and example.
fn text(field: &mut Field, examples: &[String], notes: &mut Notes) {
    if counts(field, examples, notes) {
        return;
    }
    let stated = match format::stated_pattern(&field.says) {
        // The example shows whether the space between date and time was only lost.
        Some(Stated::Glued) if all(examples, format::is_datetime) => {
            Some(Stated::Wire(Wire::DateTime))
        }
        stated => stated,
    };
    match stated {
        Some(Stated::Wire(wire)) => {
            let fits = match wire {
                Wire::DateTime => format::is_datetime,
                _ => format::is_date,
            };
            if examples
                .iter()
                .any(|example| !example.is_empty() && !fits(example))
            {
                notes.note(
                    field.at,
                    format!("the example of `{}` is not of the form that its words state ({}); the words are kept", field.name, wire.as_str()),
                );
            }
            field.wire = Some(wire);
            return;
        }
        Some(Stated::Glued | Stated::Other) => {
            notes.note(
                field.at,
                format!(
                    "the words of `{}` state a date of another form; it stays text",
                    field.name
                ),
            );
            return;
        }
        None => {}
    }
    if stamp(field, examples, notes) {
        return;
    }
    if examples.is_empty() && format::stated_stamp(&field.says).is_some() {
        notes.note(
            field.at,
            format!("the words of `{}` speak of a time stamp, and neither they nor an example say milliseconds; it stays text", field.name),
        );
    }
    let label = field.label.clone().unwrap_or_default();
    if by_time(field, &label, examples, notes) {
        return;
    }
    decimal(field, &label, examples, notes);
}

/// Whether a text counts pages or rows of a page: then it is a whole number, unless an example
/// shows another value.
fn counts(field: &mut Field, examples: &[String], notes: &mut Notes) -> bool {
    if !pages(field) {
        return false;
    }
    // An example may fill up with zeros: `001`.
    let is_whole = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    if examples.iter().all(is_whole) {
        field.wire = Some(Wire::Integer);
    } else {
        notes.note(
            field.at,
            format!("`{}` counts pages or rows of a page, but its example is no whole number; it stays text", field.name),
        );
    }
    true
}

/// Whether label, name and examples make a decimal of a text.
fn decimal(field: &mut Field, label: &str, examples: &[String], notes: &mut Notes) {
    let shown = format::shown(examples);
    let name = &field.name;
    let (wire, told) = match (format::amount(label, &field.says, name), shown) {
        (Amount::None, _) => return,
        (Amount::InPart, Number) => (
            false,
            format!(
                "a part of the label of `{name}` says amount, price, quantity or rate, and another does not; it stays text"
            ),
        ),
        (Amount::Key, Number | Padded) => (
            false,
            format!(
                "the label of `{name}` says amount, price, quantity or rate, but its words say that it is a key; it stays text"
            ),
        ),
        (Amount::InPart | Amount::Key, _) => return,
        (Amount::Money { .. }, Number | Padded) | (Amount::Measure { .. }, Number) => {
            (true, String::new())
        }
        (Amount::Measure { .. } | Amount::Named, Padded) => (
            false,
            format!(
                "`{name}` speaks of a quantity or rate, but its example has a leading zero, as keys do; it stays text"
            ),
        ),
        (Amount::Named, Number) => (
            true,
            format!(
                "the label of `{name}` does not say amount, its name and its example do; it is a decimal"
            ),
        ),
        (Amount::Money { named: true } | Amount::Measure { named: true }, Nothing) => (
            true,
            format!(
                "no example shows a number for `{name}`, but its label and its name both say amount, price, quantity or rate; it is a decimal"
            ),
        ),
        (Amount::Named, _) => return,
        (_, Nothing) => (
            false,
            format!(
                "the label of `{name}` says amount, price, quantity or rate, but there is no example; it stays text"
            ),
        ),
        (_, Other) => (
            false,
            format!(
                "the label of `{name}` says amount, price, quantity or rate, but its example is no number; it stays text"
            ),
        ),
    };
    if wire {
        field.wire = Some(Wire::Decimal);
    }
    if !told.is_empty() {
        notes.note(field.at, told);
    }
}

/// Whether a stated time stamp settles the field; one that does not say milliseconds wants an
/// example of 13 digits, and one in seconds has no wire form.
fn stamp(field: &mut Field, examples: &[String], notes: &mut Notes) -> bool {
    let is_millis = match format::stated_stamp(&field.says) {
        Some(Stamp::Millis) => true,
        Some(Stamp::Seconds) => {
            notes.note(
                field.at,
                format!("the words of `{}` speak of a time stamp, and of seconds; it stays as its column says", field.name),
            );
            return true;
        }
        Some(Stamp::Bare) => all(examples, format::is_stamp),
        None => false,
    };
    if is_millis {
        field.wire = Some(Wire::EpochMillis);
    }
    is_millis
}

fn by_time(field: &mut Field, label: &str, examples: &[String], notes: &mut Notes) -> bool {
    let shown: Vec<String> = examples
        .iter()
        .filter(|example| !format::shows_no_form(example))
        .cloned()
        .collect();
    let found = if all(&shown, format::is_date) {
        Wire::Date
    } else if all(&shown, format::is_datetime) {
        Wire::DateTime
    } else if all(&shown, format::is_millis) {
        Wire::EpochMillis
    } else {
        if shown.is_empty() && format::speaks_of_day(&field.name, label) {
            notes.note(
                field.at,
                format!("no example shows the form of `{}`, but its name and its label both speak of a day; it is a date", field.name),
            );
            field.wire = Some(Wire::Date);
            return true;
        }
        if format::names_time(&field.name) && format::says_time(label) && !examples.is_empty() {
            notes.note(
                field.at,
                format!("`{}` speaks of a date or time, but its example has no form that is known; it stays text", field.name),
            );
        }
        return false;
    };
    if format::names_time(&field.name) && format::says_time(label) {
        field.wire = Some(found);
        return true;
    }
    if found != Wire::EpochMillis {
        notes.note(
            field.at,
            format!("the example of `{}` is a date or time, but its name and label do not both say so; it stays text", field.name),
        );
    }
    false
}

fn number(field: &mut Field, examples: &[String], notes: &mut Notes) {
    if stamp(field, examples, notes) {
        return;
    }
    let label = field.label.clone().unwrap_or_default();
    if format::names_time(&field.name)
        && format::says_time(&label)
        && all(examples, format::is_millis)
    {
        field.wire = Some(Wire::EpochMillis);
    }
}
