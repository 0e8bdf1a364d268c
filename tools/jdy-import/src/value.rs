//! Values: what is made of a field's words, its label, its name and its examples together.
//!
//! Every rule stands in `spec/README.md`. A rule that holds only in part leaves the field as the
//! column has it, and reports it. Owns how the rules are combined. Must not know the page's form.
//! Must not use: `crate::markdown`, `crate::html`, `crate::spec_folder`, `crate::splice`,
//! `crate::merge`, `crate::emit`.

mod coded;
mod form;
mod preset;

use jdy_spec::model::{ListForm, ScalarType, Wire};
use std::collections::BTreeMap;

use self::coded::enumeration;
pub(crate) use self::form::time_column;
use self::form::wire;
use self::preset::default;
use super::codes::{self, Found, Listed};
use super::endpoint::{Field, Type};
use super::example::{Seen, Shown};
use super::format;
use super::label;
use super::note::Notes;
use super::words;

/// Completes a field from its description and its examples.
pub(crate) fn finish(field: &mut Field, owner: &str, seen: &Seen, notes: &mut Notes) {
    let mut examples = seen.texts(owner, &field.name);
    if examples.is_empty()
        && let Some(example) = field.example.clone().filter(|text| !text.is_empty())
    {
        examples.push(example);
    }
    let (first, more) = field.says.split_at(field.first);
    let found = codes::find(first);
    let list_at = match &found {
        Found::List(listed) => Some(listed.at),
        _ => None,
    };
    field.label = label::label(first, list_at);
    let found = match (found, codes::find(more.trim_start_matches('；'))) {
        (Found::List(listed), _) | (_, Found::List(listed)) => Found::List(listed),
        (Found::None, other) => other,
        (found, _) => found,
    };
    let found = of_table(field, found, notes);
    encrypted(field, notes);
    let listed_default = enumeration(field, found, &examples, notes);
    if field.wire.is_none() && field.codes.is_empty() && !field.encrypted {
        wire(field, &examples, notes);
    }
    default(field, listed_default, notes);
    limits(field, notes);
}

/// The codes of a table of their own, where the words list none.
fn of_table(field: &mut Field, found: Found, notes: &mut Notes) -> Found {
    let listed = std::mem::take(&mut field.listed);
    match found {
        Found::List(words) => {
            if !listed.is_empty() && listed != words.codes {
                notes.warning(
                    field.at,
                    format!(
                        "the words of `{}` and a table list different codes; the words are kept",
                        field.name
                    ),
                );
            }
            Found::List(words)
        }
        _ if !listed.is_empty() => Found::List(Listed {
            codes: listed,
            ..Listed::default()
        }),
        found => found,
    }
}

fn encrypted(field: &mut Field, notes: &mut Notes) {
    if !format::says_encrypted(&field.says) {
        if format::speaks_of_cipher(&field.says) {
            notes.note(
                field.at,
                format!("the words of `{}` speak of a cipher, in words that are not known; it stays plain", field.name),
            );
        }
        return;
    }
    if field.ty == Type::Scalar(ScalarType::Text) {
        field.encrypted = true;
    } else {
        notes.warning(
            field.at,
            format!(
                "`{}` is said to be encrypted and is no text; it is taken as its column says",
                field.name
            ),
        );
    }
}

/// The type of one value: a list's is its item's.
fn flat(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => inner,
        ty => ty,
    }
}

/// Makes the labels of one table's fields differ, where the words behind them do: `年末盘点：经办人`
/// and `年末盘点：复核人` are not both 年末盘点. The end of a window (`结束日期，创建日期`) differs
/// from those of other lists as well: alone, its label does not say of which time.
pub(crate) fn tell_apart(fields: &mut [Field]) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for label in fields.iter().filter_map(|field| field.label.as_ref()) {
        *count.entry(label.clone()).or_default() += 1;
    }
    for field in fields {
        let first = field.says.get(..field.first).unwrap_or(&field.says);
        let longer = field
            .label
            .as_deref()
            .filter(|label| {
                words::WINDOW_ENDS.contains(label)
                    || count.get(*label).is_some_and(|count| *count > 1)
            })
            // Behind the label of a list stands the list.
            .filter(|_| field.codes.is_empty())
            .and_then(|label| label::apart(first, label));
        if let Some(longer) = longer {
            field.label = Some(longer);
        }
    }
}

/// Limits: of a page's size and number, of a text's length, of a decimal's digits.
fn limits(field: &mut Field, notes: &mut Notes) {
    if pages(field) {
        let is_value = matches!(
            field.ty,
            Type::Scalar(ScalarType::Text)
                | Type::Scalar(ScalarType::Integer)
                | Type::Scalar(ScalarType::Number)
        ) && !field.encrypted;
        if is_value {
            field.maximum = format::stated_maximum(&field.says);
            field.minimum = format::stated_minimum(&field.says);
        }
    }
    if field.ty == Type::Scalar(ScalarType::Text) && field.maximum.is_none() {
        field.max_length = field
            .max_length
            .or_else(|| format::stated_length(&field.says).filter(|_| is_of_letters(field)));
    } else {
        field.max_length = None;
    }
    let has_digits =
        field.ty == Type::Scalar(ScalarType::Number) || field.wire == Some(Wire::Decimal);
    let stated = field.scale.or_else(|| format::stated_scale(&field.says));
    field.scale = stated.filter(|_| has_digits);
    if stated.is_some() && !has_digits {
        notes.note(
            field.at,
            format!("the words of `{}` state digits after the point, but it is no decimal; they are not taken", field.name),
        );
    }
}

/// Whether a length counts letters: of a decimal, places are digits.
fn is_of_letters(field: &Field) -> bool {
    field.wire != Some(Wire::Decimal) || field.says.contains("长度") || field.says.contains('字')
}

/// Whether a field counts pages or rows of a page. A bare `size` is one of shoes, too, and a
/// bare `limit` one of money.
fn pages(field: &Field) -> bool {
    let lower = field.name.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    let plain = last.replace('_', "");
    let named = [
        "page",
        "pagesize",
        "pageno",
        "pagenum",
        "pageindex",
        "currentpage",
        "curpage",
        "rowsperpage",
    ];
    let label = field.label.as_deref().unwrap_or_default();
    let speaks = ["页", "条", "行数"].iter().any(|word| label.contains(word));
    named.contains(&plain.as_str())
        || (matches!(last, "size" | "limit") && speaks)
        || (last.contains("page") && last.contains("size"))
}

/// How a list travels in the query, as the example or the words show it.
pub(crate) fn list_form(field: &mut Field, shown: &Shown, notes: &mut Notes) {
    if !matches!(field.ty, Type::List(_)) {
        return;
    }
    let values: Vec<&str> = shown
        .query
        .iter()
        .filter(|(name, _)| *name == field.name)
        .map(|(_, value)| value.trim())
        .collect();
    let is_json = |value: &&str| value.starts_with('[');
    field.list = if values.len() > 1 {
        Some(ListForm::Repeat)
    } else if values.iter().any(is_json) {
        Some(ListForm::Json)
    } else if values.iter().any(|value| value.contains(',')) {
        Some(ListForm::Comma)
    } else if field.says.contains("[,]") || field.says.contains("[“") || field.says.contains("[\"")
    {
        Some(ListForm::Json)
    } else if field.says.contains("逗号") {
        Some(ListForm::Comma)
    } else {
        notes.note(
            field.at,
            format!("neither example nor words show how the list `{}` travels in the query; it is left open", field.name),
        );
        None
    };
}
