//! Whether a record is called what a document was called.
//!
//! Owns the difference between a record that has the names, one that may have them, and one that has
//! others. A product may keep a number in another spelling than it was sent in: such a record is
//! not taken for the document, but neither is the document absent beside it. Must not know what
//! follows.

use super::value::Scalar;

/// The fields that name a record, with their texts.
pub(super) type Names = [(&'static str, String)];

/// Whether a record shows all these names.
pub(super) fn has_names(json: &str, names: &Names) -> bool {
    let has = |(field, text): &(&'static str, String)| {
        !jdy_wire::contradicts(json, field) && text_of(json, field).as_ref() == Some(text)
    };
    !names.is_empty() && names.iter().all(has)
}

/// Whether a record may have these names: it shows each in some spelling, or does not tell it.
pub(super) fn may_have_names(json: &str, names: &Names) -> bool {
    let may = |(field, text): &(&'static str, String)| {
        folded_name(json, field).is_none_or(|shown| shown == folded(text))
    };
    !names.is_empty() && names.iter().all(may)
}

/// The text of a field without its spelling; `None` where the record does not tell it.
pub(super) fn folded_name(json: &str, field: &str) -> Option<String> {
    let is_clear = !jdy_wire::contradicts(json, field);
    text_of(json, field)
        .filter(|_| is_clear)
        .map(|text| folded(&text))
}

/// A text without its spelling: in lower case, of half width, without blanks and what cannot be
/// seen.
pub(super) fn folded(text: &str) -> String {
    text.chars()
        .map(narrow)
        .filter(|sign| !sign.is_whitespace() && !sign.is_control() && !is_unseen(*sign))
        .flat_map(char::to_lowercase)
        .collect()
}

fn narrow(sign: char) -> char {
    match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
        other => other,
    }
}

fn is_unseen(sign: char) -> bool {
    matches!(
        sign,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

/// The text of a scalar member.
pub(super) fn text_of(json: &str, field: &str) -> Option<String> {
    Scalar::of(jdy_wire::member(json, field)?)?.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_blanks_are_spelling() {
        for (one, other) in [
            ("so-a1", "SO-A1"),
            ("ＳＯ－Ａ１", "so-a1"),
            (" SO \u{3000}- A\u{a0}1\t", "SO-A1"),
            ("ÄÉ-1", "äé-1"),
            ("SO\u{200b}-A1", "SO-A1"),
            ("充值-1", "充值－１"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        for (one, other) in [("A-1", "A-2"), ("A-1", "A1"), ("1", "01"), ("充值", "充")] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn a_record_has_the_names_may_have_them_or_has_others() {
        let names = [("no", "so-1".to_owned()), ("shop", "7".to_owned())];
        for (json, has, may) in [
            (r#"{"no":"so-1","shop":7}"#, true, true),
            (r#"{"no":"SO-1","shop":"7"}"#, false, true),
            (r#"{"no":"so-1"}"#, false, true),
            (r#"{"no":null,"shop":""}"#, false, true),
            (r#"{"no":"so-1","no":"so-2","shop":7}"#, false, true),
            (r#"{"no":"SO-1","shop":"8"}"#, false, false),
            (r#"{"no":"so-2","shop":"7"}"#, false, false),
        ] {
            assert_eq!(has_names(json, &names), has, "{json}");
            assert_eq!(may_have_names(json, &names), may, "{json}");
        }
        assert!(!has_names("{}", &[]) && !may_have_names("{}", &[]));
    }
}
