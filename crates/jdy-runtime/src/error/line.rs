//! Text from outside, made fit for one line of a log.
//!
//! Owns escaping and length. It must not know what the text says.

use std::fmt;

/// Text from outside in one line: control characters escaped, cut to a length that a log bears.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

const MAX_LINE_CHARS: usize = 300;

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (index, character) in self.0.chars().enumerate() {
            if index == MAX_LINE_CHARS {
                return f.write_str("...");
            }
            // Also the characters that turn or break a line without being control characters.
            let unfit = character.is_control()
                || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if unfit {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Text from outside between quotes that it cannot end.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', r"\\").replace('"', "\\\"");
        write!(f, "\"{}\"", OneLine(&escaped))
    }
}
