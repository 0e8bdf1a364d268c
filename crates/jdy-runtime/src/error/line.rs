//! Text from outside, made fit for one line of a log.
//!
//! Owns escaping and length. It must not know what the text says.

use std::fmt;

/// Text from outside in one line: line breaks, control characters and characters that change the
/// direction of the text are escaped.
#[derive(Clone, Copy, Debug)]
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.0.chars().try_for_each(|character| {
            // Also those that turn or break a line without being control characters.
            let turns = matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if character.is_control() || turns {
                write!(f, "{}", character.escape_default())
            } else {
                f.write_char(character)
            }
        })
    }
}

/// The same, cut to a length that a log bears.
pub(crate) struct ShortLine<'a>(pub(crate) &'a str);

const MAX_LINE_CHARS: usize = 300;

impl fmt::Display for ShortLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(MAX_LINE_CHARS);
        match end.and_then(|(end, _)| self.0.get(..end)) {
            Some(start) => write!(f, "{}...", OneLine(start)),
            None => OneLine(self.0).fmt(f),
        }
    }
}

/// Text from outside between quotes that it cannot end.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', r"\\").replace('"', "\\\"");
        write!(f, "\"{}\"", ShortLine(&escaped))
    }
}
