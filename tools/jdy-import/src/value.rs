//! Values: what is made of a field's words, its label, its name and its examples together.
//!
//! Every rule stands in `spec/README.md`. A rule that holds only in part leaves the field as the
//! column has it, and reports it. Owns how the rules are combined. Must not know the page's form.
//! Must not use: `crate::markdown`, `crate::html`, `crate::spec_folder`, `crate::splice`,
//! `crate::merge`, `crate::emit`.

use jdy_spec::model::{ListForm, ScalarType, Wire, is_integer};
use std::collections::BTreeMap;

use super::codes::{self, Code, Found, Listed};
use super::endpoint::{Field, Type};
use super::example::{Seen, Shown};
use super::format::Shown::{Nothing, Number, Other, Padded};
use super::format::{self, Amount, Stamp, Stated};
use super::label;
use super::note::Notes;
use crate::words;

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

/// Takes the codes that the description lists, where the type can hold them.
fn enumeration(
    field: &mut Field,
    found: Found,
    examples: &[String],
    notes: &mut Notes,
) -> Option<String> {
    let listed = match found {
        Found::None => return None,
        Found::Doubtful(why) => {
            if !matches!(flat(&field.ty), Type::Scalar(ScalarType::Flag)) {
                notes.note(
                    field.at,
                    format!("the description of `{}` looks like a list of codes, but {why}; it stays plain", field.name),
                );
            }
            return None;
        }
        Found::List(listed) => listed,
    };
    if flat(&field.ty) == &Type::Scalar(ScalarType::Flag) && listed.is_weak {
        return None;
    }
    if let Some(why) = why_plain(field, &listed.codes) {
        notes.note(field.at, why);
        return None;
    }
    // The wire form is one value's: a list has none.
    let is_list = matches!(field.ty, Type::List(_));
    let strange = examples.iter().find(|example| {
        !example.is_empty() && !is_list && !listed.codes.iter().any(|code| code.code == **example)
    });
    if let Some(strange) = strange {
        notes.note(
            field.at,
            format!("the example of `{}` holds `{strange}`, which is none of its codes; the codes are kept, and open", field.name),
        );
    }
    if listed.is_torn {
        notes.note(
            field.at,
            format!("something stands between the codes of `{}` that cannot be read; the codes beside it are kept", field.name),
        );
    }
    if !is_list
        && !listed.is_torn
        && (is_yes_or_no(&listed.codes) || field.ty == Type::Scalar(ScalarType::Flag))
    {
        flag(field, examples, notes);
    }
    let default = listed
        .default
        .or_else(|| marked_default(&field.says, &listed.codes));
    field.codes = listed.codes;
    default
}

/// Why the type of a field cannot hold the codes of its description.
fn why_plain(field: &Field, codes: &[Code]) -> Option<String> {
    // `多个用英文逗号隔开`: the text holds several of them, and none alone.
    let joins = words::JOINED.iter().any(|word| field.says.contains(word));
    if field.ty == Type::Scalar(ScalarType::Text) && joins {
        return Some(format!(
            "the description of `{}` lists codes, but several may stand in the one text; it stays plain",
            field.name
        ));
    }
    let is_number = |code: &Code| code.code.parse::<i64>().is_ok();
    let is_flag = |code: &Code| matches!(code.code.as_str(), "true" | "false");
    let fits = match flat(&field.ty) {
        Type::Scalar(ScalarType::Text) => !field.encrypted,
        Type::Scalar(ScalarType::Integer) | Type::Scalar(ScalarType::Number) => {
            codes.iter().all(is_number)
        }
        Type::Scalar(ScalarType::Flag) => codes.iter().all(is_flag),
        _ => false,
    };
    (!fits).then(|| {
        format!(
            "the codes in the description of `{}` do not fit its type; they are not taken",
            field.name
        )
    })
}

/// Makes a flag of a field that lists no and yes, unless its examples are neither.
fn flag(field: &mut Field, examples: &[String], notes: &mut Notes) {
    let reads = |text: &String| matches!(text.as_str(), "" | "0" | "1" | "true" | "false");
    if examples.iter().all(reads) {
        field.wire = Some(Wire::Flag);
        return;
    }
    notes.note(
        field.at,
        format!(
            "`{}` lists 0 and 1 for no and yes, but its example is neither; it is no flag",
            field.name
        ),
    );
}

/// 0 is 否 and 1 is 是, and there is no third.
fn is_yes_or_no(codes: &[Code]) -> bool {
    let label = |code: &str| {
        codes
            .iter()
            .find(|known| known.code == code)
            .map(|known| known.label.as_str())
    };
    codes.len() == 2 && label("0") == Some("否") && label("1") == Some("是")
}

/// `1：同价（默认），2：异价`. The bracket must end there: of `是（默认0）` the words behind tell, and
/// of two labels that end alike the longer one was marked.
fn marked_default(says: &str, codes: &[Code]) -> Option<String> {
    let mut marked: Vec<&str> = Vec::new();
    for mark in ["（默认", "(默认"] {
        for (at, _) in says.match_indices(mark) {
            let after = &says[at + mark.len()..];
            let after = after.strip_prefix('值').unwrap_or(after);
            if !after.starts_with(['）', ')', '，', ',']) {
                continue;
            }
            let before = says[..at].trim_end_matches([' ', '"', '”', '“']);
            let labelled = codes.iter().filter(|code| before.ends_with(&code.label));
            marked.extend(
                labelled
                    .max_by_key(|code| code.label.len())
                    .map(|code| code.code.as_str()),
            );
        }
    }
    marked.dedup();
    match marked.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    }
}

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

fn wire(field: &mut Field, examples: &[String], notes: &mut Notes) {
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

/// Makes the labels of one table's fields differ, where the words behind them do: `年末盘点：经办人`
/// and `年末盘点：复核人` are not both 年末盘点.
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
            .filter(|label| count.get(*label).is_some_and(|count| *count > 1))
            // Behind the label of a list stands the list.
            .filter(|_| field.codes.is_empty())
            .and_then(|label| label::apart(first, label));
        if let Some(longer) = longer {
            field.label = Some(longer);
        }
    }
}

/// The default: of the table's own column, of the list of codes, or of the words.
fn default(field: &mut Field, listed: Option<String>, notes: &mut Notes) {
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
