//! The terminal that a person reads stdout on.
//!
//! Owns its width, and the cut of what is wider. Must not know what is printed.

use console::Term;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How many columns stdout has; `None` where it is no terminal. What goes into a file or a pipe is
/// never cut: a program reads it, and would not see that something is missing.
pub(crate) fn width() -> Option<usize> {
    let (_, columns) = Term::stdout().size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

/// The text with each line cut to this many columns; the last one of a line that is cut is `…`.
pub(crate) fn cut(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    let lines = text.lines().map(|line| cut_line(line, width));
    lines.map(|line| line + "\n").collect()
}

/// One line of text in at most this many columns.
pub(crate) fn cut_line(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let (mut short, mut used) = (String::new(), 1);
    for character in line.chars() {
        used += character.width().unwrap_or_default();
        if used > width {
            break;
        }
        short.push(character);
    }
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_line_is_cut_by_the_columns_that_its_characters_take() {
        let text = "会员充值 ls\nshort\n";
        assert_eq!(cut(text, None), text);
        assert_eq!(cut(text, Some(11)), text);
        assert_eq!(cut(text, Some(10)), "会员充值…\nshort\n");
        assert_eq!(cut(text, Some(6)), "会员…\nshort\n");
        assert_eq!(cut(text, Some(1)), "…\n…\n");
    }
}
