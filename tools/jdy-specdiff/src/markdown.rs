//! Markdown: escaped words of a page, names in code, links.
//!
//! A label is foreign text: nothing in it may become a table, a tag, a link or a mention. Owns
//! escaping. Must not know what changed. Must not use: `jdy_spec`, `jdy_codegen`.

/// Text of a page as one line that Markdown shows as it is.
pub(super) fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 8);
    for word in words.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        word.chars().for_each(|letter| escape(letter, &mut out));
    }
    out
}

fn escape(letter: char, out: &mut String) {
    match letter {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        // A comment between the sign and the name: no person is notified, no issue is linked.
        '@' | '#' => out.extend([letter].into_iter().chain("<!-- -->".chars())),
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => out.extend(['\\', letter]),
        // What turns the direction of text, or is not seen.
        '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' => {}
        letter if letter.is_control() => {}
        letter => out.push(letter),
    }
}

/// A name as code, whatever stands in it.
pub(super) fn code(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if name.trim().is_empty() {
        return format!("`\"{name}\"`");
    }
    let fence = "`".repeat(longest_run(&name) + 1);
    match name.starts_with('`') || name.ends_with('`') {
        true => format!("{fence} {name} {fence}"),
        false => format!("{fence}{name}{fence}"),
    }
}

fn longest_run(name: &str) -> usize {
    name.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// A link; what is no address of the web is shown as text alone.
pub(super) fn link(words: &str, url: &str) -> String {
    let words = match text(words) {
        words if words.is_empty() => "page".to_owned(),
        words => words,
    };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return words;
    }
    let safe: String = url
        .chars()
        .map(|letter| match letter {
            '(' => "%28".to_owned(),
            ')' => "%29".to_owned(),
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            '|' => "%7C".to_owned(),
            '`' => "%60".to_owned(),
            letter if letter.is_whitespace() || letter.is_control() => "%20".to_owned(),
            letter => letter.to_string(),
        })
        .collect();
    format!("[{words}]({safe})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_a_label() {
        assert_eq!(text("a|b `c` <d>\n e&f"), r"a\|b \`c\` &lt;d&gt; e&amp;f");
        assert_eq!(text("[x](y) *z* _w_"), r"\[x\](y) \*z\* \_w\_");
        assert_eq!(text("@someone #1"), "@<!-- -->someone #<!-- -->1");
        assert_eq!(text("a\u{202E}b"), "ab");
    }

    #[test]
    fn a_name_is_code_even_with_backticks_or_nothing_in_it() {
        assert_eq!(code("store_id"), "`store_id`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "`\"\"`");
    }

    #[test]
    fn a_link_leads_to_the_web_or_is_none() {
        assert_eq!(
            link("页", "https://a.example/(1)"),
            "[页](https://a.example/%281%29)"
        );
        assert_eq!(link("页", "javascript:x"), "页");
    }
}
