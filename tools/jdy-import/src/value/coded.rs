//! The codes of a value: of which type, and whether it is a flag.
//!
//! Owns which listed codes a field takes. Must not know how a list of codes is read. Must not use:
//! `crate::markdown`, `crate::html`, `crate::spec_folder`.

use jdy_spec::model::{ScalarType, Wire};

use super::flat;
use crate::codes::{Code, Found};
use crate::endpoint::{Field, Type};
use crate::note::Notes;
use crate::words;

/// Takes the codes that the description lists, where the type can hold them.
pub(super) fn enumeration(
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
