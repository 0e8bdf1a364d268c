//! The default of a value.
//!
//! Owns where it is stated, and whether the field can hold it. Must not know how codes are listed.
//! Must not use:
//! `crate::markdown`, `crate::html`, `crate::spec_folder`.

use jdy_spec::model::{ScalarType, Wire, is_integer};

use crate::endpoint::{Field, Type};
use crate::format;
use crate::note::Notes;

/// The default: of the table's own column, of the list of codes, or of the words.
pub(super) fn default(field: &mut Field, listed: Option<String>, notes: &mut Notes) {
    let of_column = field.default.take();
    // `是否默认` asks, and states no default.
    let says = field
        .says
        .replace("是否默认", "是否")
        .replace("是否缺省", "是否");
    let stated = format::stated_default(&says).filter(|(token, rest)| is_whole(field, token, rest));
    let fixed = format::fixed_value(&says).filter(|_| field.required);
    let wanted = of_column
        .or(listed)
        .or_else(|| fixed.map(str::to_owned))
        .or_else(|| stated.map(|(token, _)| token.to_owned()))
        .or_else(|| by_label(field, &says));
    match wanted {
        Some(value) if can_hold(field, &value) => field.default = Some(value),
        Some(value) => notes.note(
            field.at,
            format!("`{value}` is said to be the default of `{}`, which cannot hold it; it is not taken", field.name),
        ),
        None if format::speaks_of_default(&says) => notes.note(
            field.at,
            format!("the words of `{}` speak of a default that is no plain value; it is not taken", field.name),
        ),
        None => {}
    }
}

/// Whether a value stands alone or is named by what follows, and is not the beginning of other
/// words: `默认4位` and `默认1启用`, but not `默认30天`.
fn is_whole(field: &Field, token: &str, rest: &str) -> bool {
    let goes_on = rest.starts_with(|c: char| c.is_alphanumeric());
    !goes_on
        || field.codes.iter().any(|code| code.code == token)
        || (rest.starts_with(['位', '条', '个', '页']) && !rest.starts_with("个月"))
        || (field.codes.is_empty() && format::names_default(token, rest))
        || (matches!(field.ty, Type::Scalar(ScalarType::Flag)) && matches!(token, "true" | "false"))
}

/// `默认统一库存`, `默认否`: a default that is named by its label.
fn by_label(field: &Field, says: &str) -> Option<String> {
    let words = format::default_words(says)?;
    if field.ty == Type::Scalar(ScalarType::Flag) {
        return match words {
            "是" => Some("true".to_owned()),
            "否" => Some("false".to_owned()),
            _ => None,
        };
    }
    let named = |words: &str| field.codes.iter().find(|code| code.label == words);
    // `不传默认查询全部`
    let shorter = ["查询", "查", "按", "取"]
        .iter()
        .find_map(|verb| words.strip_prefix(verb));
    named(words)
        .or_else(|| shorter.and_then(named))
        .map(|code| code.code.clone())
}

fn can_hold(field: &Field, value: &str) -> bool {
    let short = value.len() <= 18;
    match (&field.ty, field.wire) {
        (_, Some(Wire::Date | Wire::DateTime | Wire::EpochMillis)) => false,
        (Type::Scalar(ScalarType::Flag), _) => matches!(value, "true" | "false"),
        (_, Some(Wire::Flag)) => matches!(value, "0" | "1"),
        (Type::Scalar(ScalarType::Text), Some(Wire::Decimal)) => {
            format::is_decimal(value) && short && !value.starts_with('+')
        }
        (Type::Scalar(ScalarType::Text), Some(Wire::Integer)) => is_integer(value),
        (Type::Scalar(ScalarType::Text), _) => {
            !field.encrypted
                && (field.codes.is_empty() || field.codes.iter().any(|code| code.code == value))
        }
        (Type::Scalar(ScalarType::Integer), _) => {
            is_json_number(value) && value.parse::<i64>().is_ok() && known(field, value)
        }
        (Type::Scalar(ScalarType::Number), _) => {
            is_json_number(value) && short && known(field, value)
        }
        _ => false,
    }
}

fn known(field: &Field, value: &str) -> bool {
    field.codes.is_empty() || field.codes.iter().any(|code| code.code == value)
}

/// A number as JSON and YAML write it, without an exponent: no leading zeros, no plus.
fn is_json_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    format::is_decimal(text)
        && !text.starts_with('+')
        && (bare == "0" || bare.starts_with("0.") || !bare.starts_with('0'))
}
