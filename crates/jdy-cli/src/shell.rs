//! Words of a command that a person pastes into a shell.
//!
//! Owns their quoting. Must not know what they say.

use std::fmt::Write as _;

use crate::exit::OneLine;

/// Quotes a word for a shell, if it has to be. What it prints is one line.
pub(crate) fn word(text: &str) -> String {
    if OneLine(text).to_string() != text {
        return printed(text);
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+=.:/@,".contains(&byte);
    // Zsh takes what stands behind a leading = for a program.
    if text.bytes().all(is_plain) && !text.starts_with('=') {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word with signs that a line cannot show, such as a tab: `printf` makes them from their bytes.
fn printed(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        let mut bytes = [0; 4];
        let shown: &str = sign.encode_utf8(&mut bytes);
        if sign == '\\' {
            escaped.push_str(r"\\");
        } else if OneLine(shown).to_string() == shown {
            escaped.push(sign);
        } else {
            for byte in shown.bytes() {
                // Writing to a String does not fail.
                let _ = write!(escaped, "\\0{byte:03o}");
            }
        }
    }
    format!("\"$(printf %b {})\"", quoted(&escaped))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(word("member_id=10"), "member_id=10");
        assert_eq!(word("name=O'Neil $x"), r"'name=O'\''Neil $x'");
        assert_eq!(word("=1"), "'=1'");
        assert_eq!(word("a\t\\n'"), r#""$(printf %b 'a\0011\\n'\''')""#);
    }
}
