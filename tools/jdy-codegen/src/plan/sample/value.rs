//! One value of an example: of the field's type, and plausible by its name.
//!
//! Owns the invented values. Must not know records. Must not use: `crate::render`, `crate::pages`,
//! `crate::files`.

use jdy_spec::model::{Field, Scalar, Type, Wire, is_decimal};
use jdy_spec::tree::Node;

use super::super::{CodesPlan, paging};
use super::Sample;

/// A known code: that of the example, or the default, or the first one that does not undo anything,
/// since a reader may run what is pasted.
pub(super) fn code(codes: &CodesPlan, field: Option<&Field>, given: Option<&Node>) -> Sample {
    let of = |wanted: Option<&str>| {
        let wanted = wanted?;
        codes.variants.iter().find(|each| each.code == wanted)
    };
    let undoes = |label: &str| UNDOING.iter().any(|word| label.contains(word));
    let named = || codes.variants.iter().filter(|each| !each.code.is_empty());
    let harmless = named().find(|each| !undoes(&each.label));
    let variant = of(given.and_then(Node::text))
        .or_else(|| of(said(field)))
        .or(harmless)
        .or_else(|| named().next())
        .or_else(|| codes.variants.first());
    match variant {
        Some(variant) => Sample::Code {
            ty: codes.name.clone(),
            variant: variant.ident.clone(),
            code: variant.code.clone(),
        },
        // A type of codes has at least one.
        None => Sample::Any,
    }
}

/// Parts of the labels of codes that delete or take back.
const UNDOING: [&str; 5] = ["删", "作废", "反", "禁", "关闭"];

/// What the field is where nobody says.
fn said(field: Option<&Field>) -> Option<&str> {
    let field = field?;
    let said = field.default.as_deref().or(field.assumed.as_deref());
    said.filter(|text| !text.is_empty())
}

/// What the example or the spec states for a field.
fn stated(field: Option<&Field>, given: Option<&str>) -> Option<String> {
    let page = || field.and_then(|field| paging::example(&field.name));
    let stated = given.or_else(|| said(field)).map(str::to_owned);
    stated.or_else(|| page().map(|number| number.to_string()))
}

/// A text.
pub(super) fn text(field: Option<&Field>, given: Option<&str>, is_key: bool) -> Sample {
    Sample::Text(stated(field, given).unwrap_or_else(|| invented(field, is_key)))
}

/// A value of a wire form. A type of the spec without one has the Rust type of a form.
pub(super) fn of_form(form: Wire, field: Option<&Field>, given: Option<&str>) -> Sample {
    let stated = stated(field, given);
    let stated = stated.as_deref();
    match form {
        Wire::Integer => {
            let least = field.and_then(|field| field.minimum.as_deref());
            let number = [stated, least].into_iter().flatten();
            let mut number = number.filter_map(|text| text.parse().ok());
            Sample::Integer(number.next().unwrap_or(1))
        }
        Wire::Decimal => Sample::Decimal(match stated.filter(|text| is_plain_decimal(text)) {
            Some(text) => text.to_owned(),
            None => decimal(field).to_owned(),
        }),
        Wire::Flag => Sample::Flag(stated.is_none_or(|text| matches!(text, "1" | "true"))),
        Wire::Date => Sample::Date(shaped(stated, "0000-00-00", "2024-05-01")),
        Wire::DateTime => {
            Sample::DateTime(shaped(stated, "0000-00-00 00:00:00", "2024-05-01 08:30:00"))
        }
        Wire::EpochMillis => Sample::EpochMillis(1_714_521_600_000),
    }
}

/// Whether a text is a decimal that reads back as it is written.
fn is_plain_decimal(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default();
    is_decimal(text) && (whole == "0" || !whole.starts_with('0'))
}

/// The text, if it has the digits and signs of this form.
fn shaped(text: Option<&str>, form: &str, otherwise: &str) -> String {
    let fits = |text: &&str| {
        let alike = |(own, wanted): (u8, u8)| match wanted {
            b'0' => own.is_ascii_digit(),
            sign => own == sign,
        };
        text.len() == form.len() && text.bytes().zip(form.bytes()).all(alike)
    };
    text.filter(fits).unwrap_or(otherwise).to_owned()
}

/// An invented decimal: a quantity or a rate is no sum of money.
fn decimal(field: Option<&Field>) -> &'static str {
    let name = field.map_or("", |field| field.name.as_str());
    let counts = [
        "qty", "quantity", "rate", "count", "num", "weight", "volume",
    ];
    match counts.iter().any(|word| name.contains(word)) {
        true => "1",
        false => "100.00",
    }
}

/// An invented text: an id, a number, or the field's own label.
fn invented(field: Option<&Field>, is_key: bool) -> String {
    if is_key {
        return "R-2026-0001".to_owned();
    }
    let Some(field) = field else {
        return "text".to_owned();
    };
    if let Some(code) = codes(&field.ty).and_then(|scalar| scalar.codes.first()) {
        return code.code.clone();
    }
    let name = field.name.rsplit('.').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    let label = field.title.as_deref().unwrap_or_default().trim();
    if ends(&["id", "ids"]) || label.to_ascii_lowercase().ends_with("id") {
        return "850693217107061760".to_owned();
    }
    let is_number = label.is_empty() || label.contains(['码', '号']);
    if is_number && ends(&["number", "numbers", "_no", "code", "_nos"]) {
        return "A-0001".to_owned();
    }
    let most = field
        .max_length
        .as_deref()
        .and_then(|text| text.parse().ok());
    let most: usize = most.unwrap_or(LABEL).min(LABEL);
    let label: String = label
        .chars()
        .filter(|sign| !is_odd(*sign))
        .take(most)
        .collect();
    match label.is_empty() {
        true => "text".to_owned(),
        false => label,
    }
}

/// How many letters of a label stand as a text.
const LABEL: usize = 16;

/// What a text of a program should not hold.
fn is_odd(sign: char) -> bool {
    sign.is_control() || matches!(sign, '"' | '\'' | '\\' | '`' | '@')
}

/// The scalar of a field, or of its list, that has known codes.
fn codes(ty: &Type) -> Option<&Scalar> {
    match ty {
        Type::Scalar(scalar) if !scalar.codes.is_empty() => Some(scalar),
        Type::List(inner) => codes(inner),
        _ => None,
    }
}
