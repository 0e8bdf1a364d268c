//! Words of a command that a person pastes into a shell.
//!
//! Owns their quoting. Must not know what they say.

/// Quotes a word for a shell, if it has to be.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+=.:/@,".contains(&byte);
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(word("member_id=10"), "member_id=10");
        assert_eq!(word("name=O'Neil $x"), r"'name=O'\''Neil $x'");
    }
}
