//! What was checked: a line for each check, as soon as it is over.
//!
//! Owns the form of a line, and the exit status. Must not know what is checked.

use crate::exit::{Failure, OneLine};
use crate::output::print;

/// The checks so far.
#[derive(Default)]
pub(super) struct Report {
    failed: Vec<&'static str>,
    unprinted: Option<std::io::Error>,
}

impl Report {
    pub(super) fn ok(&mut self, name: &str, text: &str) {
        self.say("ok", name, text);
    }

    /// Calls get through, and something should be looked at.
    pub(super) fn warning(&mut self, name: &str, text: &str) {
        self.say("warning", name, text);
    }

    /// Why, and what to do.
    pub(super) fn failed(&mut self, name: &'static str, text: &str) {
        self.failed.push(name);
        self.say("FAILED", name, text);
    }

    /// Why it was not checked.
    pub(super) fn skipped(&mut self, name: &str, text: &str) {
        self.say("skipped", name, text);
    }

    fn say(&mut self, verdict: &str, name: &str, text: &str) {
        let line = format!("{verdict:<8} {name:<14} {}\n", OneLine(text));
        self.unprinted = print(line).err().or(self.unprinted.take());
    }

    /// The end of the command.
    pub(super) fn end(self) -> Result<(), Failure> {
        if !self.failed.is_empty() {
            let failed = self.failed.join(", ");
            return Err(Failure::other(format!("failed: {failed}")));
        }
        match self.unprinted {
            Some(error) => Err(Failure::other(format!("cannot print the checks: {error}"))),
            None => Ok(()),
        }
    }
}
