//! What was checked: a line for each check, as soon as it is over.
//!
//! Owns the form of a line, and the exit status. Must not know what is checked.

use unicode_width::UnicodeWidthStr as _;

use crate::exit::{Failure, OneLine};
use crate::language::say;
use crate::output::print;

/// The columns that a verdict takes at least, and those that the name of a check takes.
const VERDICT: usize = 8;
const CHECK: usize = 14;

/// The checks so far.
#[derive(Default)]
pub(super) struct Report {
    failed: Vec<String>,
    unprinted: Option<std::io::Error>,
}

impl Report {
    pub(super) fn ok(&mut self, name: &str, text: &str) {
        self.say(&say!("verdict-ok"), name, text);
    }

    /// Calls get through, and something should be looked at.
    pub(super) fn warning(&mut self, name: &str, text: &str) {
        self.say(&say!("verdict-warning"), name, text);
    }

    /// Why, and what to do.
    pub(super) fn failed(&mut self, name: String, text: &str) {
        self.say(&say!("verdict-failed"), &name, text);
        self.failed.push(name);
    }

    /// Why it was not checked.
    pub(super) fn skipped(&mut self, name: &str, text: &str) {
        self.say(&say!("verdict-skipped"), name, text);
    }

    fn say(&mut self, verdict: &str, name: &str, text: &str) {
        let verdict = padded(verdict, width_of_verdicts());
        let name = padded(name, CHECK);
        let line = format!("{verdict} {name} {}\n", OneLine(text));
        self.unprinted = print(line).err().or(self.unprinted.take());
    }

    /// The end of the command.
    pub(super) fn end(self) -> Result<(), Failure> {
        if !self.failed.is_empty() {
            let failed = self.failed.join(&say!("and"));
            return Err(Failure::other(say!("doctor-failed", checks = failed)));
        }
        match self.unprinted {
            Some(error) => Err(Failure::other(say!("cannot-print-checks", error = error))),
            None => Ok(()),
        }
    }
}

/// The text with blanks behind it, by the columns that a terminal gives its characters.
fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

fn width_of_verdicts() -> usize {
    let longer = [
        say!("verdict-warning"),
        say!("verdict-failed"),
        say!("verdict-skipped"),
    ];
    longer
        .iter()
        .map(|word| word.width())
        .fold(VERDICT, usize::max)
}
