//! Text within Markdown.
//!
//! Owns escaping. Must not know what a page holds. Must not use: `crate::files`, `jdy_spec`.

/// Text as one line that Markdown shows as it is, also within a table.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let mut before = ' ';
        for letter in word.chars() {
            match letter {
                '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' => {
                    out.extend(['\\', letter]);
                }
                '_' if !before.is_alphanumeric() => out.push_str("\\_"),
                '&' => out.push_str("&amp;"),
                // Letters that turn the direction of text would hide what a line says.
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
                letter if letter.is_control() => {}
                letter => out.push(letter),
            }
            before = letter;
        }
    }
    out
}

/// A name as code, also within a table.
pub(super) fn code(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .map(|letter| if letter == '`' { '\'' } else { letter })
        .collect();
    match name.as_str() {
        "" => "empty".to_owned(),
        name => format!("`{}`", name.replace('|', "\\|")),
    }
}

/// The anchor of a heading that is one name as code.
pub(super) fn anchor(name: &str) -> String {
    let letters = name.chars().flat_map(char::to_lowercase);
    letters
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
        .collect()
}

/// An address that stands in the brackets of a link.
pub(super) fn address(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for letter in url.chars() {
        match letter {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            letter if letter.is_whitespace() || letter.is_control() => out.push_str("%20"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_page_stays_text_in_a_table() {
        assert_eq!(plain("a|b *c*\n_d_e"), "a\\|b \\*c\\* \\_d_e");
        assert_eq!(plain("<b>&lt;"), "\\<b\\>&amp;lt;");
        assert_eq!(code("a|b`"), "`a\\|b'`");
        assert_eq!(code(""), "empty");
        assert_eq!(anchor("Sub_MaterialEntity"), "sub_materialentity");
    }
}
