//! Rust names for the names of the wire, each from its own place alone.
//!
//! Owns keywords and collisions. Must not know types. Must not use: `crate::render`,
//! `crate::files`, `jdy_spec::tree`.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// The words that rustc keeps for itself, as of edition 2024.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "Self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Keywords that `r#` cannot make a name of.
const NEVER_RAW: [&str; 4] = ["self", "Self", "super", "crate"];

/// Types that a generated file or a table macro names without a path.
const TAKEN_TYPES: [&str; 43] = [
    "BTreeMap",
    "Box",
    "Call",
    "Clone",
    "Confirm",
    "Date",
    "DateTime",
    "DateWindow",
    "Debug",
    "Decimal",
    "Default",
    "Deserialize",
    "Effect",
    "Encrypted",
    "EpochMillis",
    "Err",
    "OperationInfo",
    "Field",
    "File",
    "FnOnce",
    "From",
    "Into",
    "Json",
    "Method",
    "NoData",
    "None",
    "Ok",
    "Operation",
    "Option",
    "Paging",
    "PartialEq",
    "Request",
    "Required",
    "Resource",
    "Result",
    "Role",
    "Serialize",
    "Some",
    "String",
    "SuccessField",
    "Vec",
    "VerdictFields",
    "Verify",
];

/// The name of a field: `page_data.page` is `page_data_page`, `type` is `r#type`.
/// `None` where nothing of it can stand in a Rust name.
pub(super) fn field(wire: &str) -> Option<String> {
    let snake = match is_snake(wire) {
        true => wire.to_owned(),
        false => wire.to_snake_case(),
    };
    let name = sound(snake, "n")?;
    Some(match name.as_str() {
        // The required fields of a record stand in a field of this name.
        "required" => "required_".to_owned(),
        name => keyword(name),
    })
}

/// Whether a name is in snake case already, as nearly all of the wire's are.
fn is_snake(wire: &str) -> bool {
    let is_word = |word: &str| {
        let letters = || word.bytes();
        !word.is_empty() && letters().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    wire.starts_with(|first: char| first.is_ascii_lowercase()) && wire.split('_').all(is_word)
}

/// The name of a type.
pub(super) fn record(wire: &str) -> Option<String> {
    let name = sound(wire.to_upper_camel_case(), "N")?;
    if TAKEN_TYPES.contains(&name.as_str()) || NEVER_RAW.contains(&name.as_str()) {
        return Some(format!("{name}Entity"));
    }
    Some(name)
}

/// The name of a code's variant: `90` is `C90`, `-1` is `CNeg1`, `special` is `Special`.
pub(super) fn variant(code: &str) -> Option<String> {
    if code.is_empty() {
        return Some("Empty".to_owned());
    }
    let (sign, bare) = match code.strip_prefix('-') {
        Some(bare) if !bare.is_empty() => ("Neg", bare),
        _ => ("", code),
    };
    if bare.starts_with(|letter: char| letter.is_ascii_digit()) {
        let rest: String = bare
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        return Some(format!("C{sign}{}", rest.trim_end_matches('_')));
    }
    let name = sound(format!("{sign}{}", bare.to_upper_camel_case()), "C")?;
    Some(match name.as_str() {
        // The variant for a code that the spec does not know has this name.
        "Other" | "Self" => format!("C{name}"),
        _ => name,
    })
}

/// The name of an operation's module, file and method.
pub(super) fn operation(name: &str) -> String {
    match name {
        // `mod.rs` and `new` are the module's own.
        "mod" | "new" => format!("{name}_"),
        name => keyword(name),
    }
}

/// The name of an operation's constant.
pub(super) fn constant(name: &str) -> String {
    match name {
        "operations" => "OPERATIONS_".to_owned(),
        name => name.to_ascii_uppercase(),
    }
}

/// A name as rustc takes it.
pub(super) fn keyword(name: &str) -> String {
    if NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// Makes the beginning one that a name may have, and gives up where rustc would still refuse it.
fn sound(name: String, prefix: &str) -> Option<String> {
    let name = match name.chars().next()? {
        first if first.is_ascii_digit() => format!("{prefix}{name}"),
        _ => name,
    };
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain || syn::parse_str::<syn::Ident>(&name).is_ok() {
        Some(name)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_rust_name_whatever_the_page_calls_it() {
        let named = |wire| field(wire).unwrap_or_default();
        assert_eq!(named("page_data.page"), "page_data_page");
        assert_eq!(named("type"), "r#type");
        assert_eq!(named("yield"), "r#yield");
        assert_eq!(named("self"), "self_");
        assert_eq!(named("2d_code"), "n2d_code");
        assert_eq!(named("_id"), "id");
        assert_eq!(named("materialId"), "material_id");
        assert_eq!(named("required"), "required_");
        assert_eq!(field("..."), None);
        assert_eq!(field("\u{2603}"), None);
    }

    #[test]
    fn a_code_names_its_variant() {
        let named = |code| variant(code).unwrap_or_default();
        assert_eq!(named("90"), "C90");
        assert_eq!(named("-1"), "CNeg1");
        assert_eq!(named("special"), "Special");
        assert_eq!(named(""), "Empty");
        assert_eq!(named("other"), "COther");
        assert_eq!(named("1.5"), "C1_5");
        assert_eq!(named("IN_STOCK"), "InStock");
    }

    #[test]
    fn an_entity_never_hides_a_type_that_the_file_needs() {
        let named = |wire| record(wire).unwrap_or_default();
        assert_eq!(named("Result"), "ResultEntity");
        assert_eq!(named("paymentEntry"), "PaymentEntry");
        assert_eq!(named("Sub_MaterialEntity"), "SubMaterialEntity");
        assert_eq!(named("2Row"), "N2row");
    }
}
