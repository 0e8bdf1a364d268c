//! Packed titles: `a=label;b=maximum length;c=example;d=required`, as the vendor writes them.
//!
//! Owns where a part ends. Must not know what the words mean. The maximum lengths are those of no
//! field (2147483647, 1), and are not taken.

/// The parts of a title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed<'a> {
    /// What the field is.
    pub(crate) says: &'a str,
    /// An example.
    pub(crate) example: Option<&'a str>,
    /// Whether it is required.
    pub(crate) required: Option<&'a str>,
}

/// Reads a title; one that is not packed is all words.
#[must_use]
pub(crate) fn read(title: &str) -> Packed<'_> {
    let title = title.trim();
    // The parts keep their order, so that a `;b=` within a later part is none.
    let begins = |text: &str, least: char| {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(part @ 'a'..='d'), Some('=')) if part >= least => Some(part),
            _ => None,
        }
    };
    let mut ends: Vec<(char, usize, usize)> = Vec::new();
    let (mut part, mut begin) = begins(title, 'a').map_or(('a', 0), |part| (part, 2));
    for (at, _) in title.match_indices(';') {
        let next = char::from_u32(u32::from(part) + 1).unwrap_or('e');
        if let Some(next) = begins(&title[at + 1..], next) {
            ends.push((part, begin, at));
            (part, begin) = (next, at + 3);
        }
    }
    ends.push((part, begin, title.len()));
    let mut packed = Packed::default();
    for (part, begin, end) in ends {
        let text = title.get(begin..end).unwrap_or_default().trim();
        match part {
            'a' => packed.says = text,
            'c' => packed.example = Some(text),
            // `d=true.` ends a parameter's description.
            'd' => packed.required = Some(text.trim_end_matches('.')),
            _ => {}
        }
    }
    if packed.required.is_none() {
        (packed.example, packed.required) = packed.example.map_or((None, None), demand_of);
    }
    packed.example = packed.example.map(unquoted);
    packed
}

/// An example and the demand behind it whose `;` the vendor forgot: `c=0011d=false`.
fn demand_of(example: &str) -> (Option<&str>, Option<&str>) {
    let text = example.trim_end_matches('.');
    ["true", "false"]
        .into_iter()
        .find_map(|word| {
            let before = text.strip_suffix(word)?.strip_suffix("d=")?;
            // `valid=true` is an example.
            let is_word = before.ends_with(|c: char| c.is_ascii_lowercase());
            (!is_word).then_some((Some(before), Some(word)))
        })
        .unwrap_or((Some(example), None))
}

/// What stands in the quotes that some examples have: `c="800"`.
fn unquoted(example: &str) -> &str {
    let within = example
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    within.filter(|text| !text.contains('"')).unwrap_or(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str) -> (&str, Option<&str>, Option<&str>) {
        let packed = read(title);
        (packed.says, packed.example, packed.required)
    }

    #[test]
    fn the_parts_of_a_title_are_separated() {
        assert_eq!(
            of("a=单号;b=30;c=A-1;d=true"),
            ("单号", Some("A-1"), Some("true"))
        );
        assert_eq!(of("a=单号;d=false."), ("单号", None, Some("false")));
        assert_eq!(of("单号;c=1"), ("单号", Some("1"), None));
        assert_eq!(of("单号"), ("单号", None, None));
        assert_eq!(of("b=1;c=2"), ("", Some("2"), None));
        assert_eq!(of(""), ("", None, None));
        // Only a letter of the parts, in their order, begins one.
        assert_eq!(
            of("a=状态;0=停用;1=启用;c=1;b=2;d=true"),
            ("状态;0=停用;1=启用", Some("1;b=2"), Some("true"))
        );
        assert_eq!(of("a=;b=;c=;d="), ("", Some(""), Some("")));
    }

    #[test]
    fn an_example_in_quotes_is_what_stands_in_them() {
        let example = |text| of(text).1;
        assert_eq!(example("a=金额;c=\"800\";d=false"), Some("800"));
        assert_eq!(example("a=日期;c=\"2023-01-01\""), Some("2023-01-01"));
        assert_eq!(example("a=图片;c=\"\";d=false"), Some(""));
        // One quote alone, and a list of two, are as they stand.
        assert_eq!(example("a=单号;c=\"1;d=false"), Some("\"1"));
        assert_eq!(example("a=单号;c=\""), Some("\""));
        assert_eq!(example("a=单号;c=\"1\",\"2\""), Some("\"1\",\"2\""));
        assert_eq!(example("a=单号;c=[\"1\"]"), Some("[\"1\"]"));
    }

    #[test]
    fn a_demand_whose_sign_is_missing_is_one() {
        assert_eq!(
            of("a=联系人;c=一号联系人d=true"),
            ("联系人", Some("一号联系人"), Some("true"))
        );
        assert_eq!(
            of("a=数量;c=0011d=false."),
            ("数量", Some("0011"), Some("false"))
        );
        // With one of its own, and with another word, it belongs to the example.
        assert_eq!(
            of("a=单号;c=1d=true;d=false"),
            ("单号", Some("1d=true"), Some("false"))
        );
        assert_eq!(of("a=单号;c=1d=2"), ("单号", Some("1d=2"), None));
        assert_eq!(of("a=条件;c=valid=true").1, Some("valid=true"));
    }
}
