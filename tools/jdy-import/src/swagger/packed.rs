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
    packed
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
}
