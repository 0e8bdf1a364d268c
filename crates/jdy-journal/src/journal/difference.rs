//! Whether a list is the one that a journal was made for, and what differs.
//!
//! Owns which requests are the same. Must not know a store, nor what follows from a difference.

use std::fmt;

use crate::entry::Entry;
use crate::list::Line;

/// Whether the journal holds the same requests in the same order.
pub(super) fn are_same(entries: &[Entry], lines: &[Line]) -> bool {
    let is_same = |(entry, line): (&Entry, &Line)| {
        entry.key.as_deref() == line.key() && asks_the_same(entry, line)
    };
    entries.len() == lines.len() && entries.iter().zip(lines).all(is_same)
}

/// Whether a line makes the same request. Earlier journals hash decimals as they are written.
fn asks_the_same(entry: &Entry, line: &Line) -> bool {
    entry.hash == Some(line.hash()) || entry.hash == Some(line.hash_as_written())
}

/// What has changed in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Lines whose request is another one.
    pub changed: Vec<u64>,
    /// Lines whose request is the same, and whose key is another one, or is there no more: then
    /// the field of the key was named when the journal was made, and is not now, or the other way
    /// round ([`Reading::key`](crate::Reading::key)).
    pub other_key: Vec<u64>,
    /// Lines that the journal does not have.
    pub added: Vec<u64>,
    /// Lines that only the journal has.
    pub removed: Vec<u64>,
}

impl Difference {
    /// Whether every request is the same, and only what is taken for its key is not.
    pub fn is_of_keys_alone(&self) -> bool {
        let others = [&self.changed, &self.added, &self.removed];
        !self.other_key.is_empty() && others.into_iter().all(Vec::is_empty)
    }

    /// Both are in the order of their numbers.
    pub(super) fn of(entries: &[Entry], lines: &[Line]) -> Self {
        let mut difference = Self::default();
        let (mut old, mut new) = (entries.iter().peekable(), lines.iter().peekable());
        loop {
            match (old.peek(), new.peek()) {
                (Some(was), Some(is)) if was.line == is.number => {
                    if !asks_the_same(was, is) {
                        difference.changed.push(is.number);
                    } else if was.key.as_deref() != is.key() {
                        difference.other_key.push(is.number);
                    }
                    old.next();
                    new.next();
                }
                (Some(was), is) if is.is_none_or(|is| was.line < is.number) => {
                    difference.removed.push(was.line);
                    old.next();
                }
                (_, Some(is)) => {
                    difference.added.push(is.number);
                    new.next();
                }
                (_, None) => return difference,
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("changed", &self.changed),
            ("with another key", &self.other_key),
            ("added", &self.added),
            ("removed", &self.removed),
        ];
        let mut before = "";
        for (word, lines) in parts.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            write!(f, "{before}{word}: ")?;
            write_lines(f, lines)?;
            before = "; ";
        }
        if before.is_empty() {
            f.write_str("no request differs")?;
        }
        Ok(())
    }
}

fn write_lines(f: &mut fmt::Formatter<'_>, lines: &[u64]) -> fmt::Result {
    const SHOWN: usize = 10;
    f.write_str(if lines.len() == 1 { "line" } else { "lines" })?;
    for (index, line) in lines.iter().take(SHOWN).enumerate() {
        write!(f, "{} {line}", if index > 0 { "," } else { "" })?;
    }
    match lines.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
