//! What a tool answers: one JSON object as text.
//!
//! Owns its form. Must not know the protocol, nor what is answered.

use crate::exit::{Failure, OneLine};
use crate::json::{Members, quoted};

/// An answer, member by member, each value as JSON text: no number is read.
pub(super) struct Reply {
    members: Vec<(String, String)>,
    pub(super) is_error: bool,
}

impl Reply {
    pub(super) const fn new() -> Self {
        Self {
            members: Vec::new(),
            is_error: false,
        }
    }

    /// Nothing was done, and why.
    pub(super) fn refused(failure: &Failure) -> Self {
        Self::new().failed(failure.message())
    }

    /// A member with a text.
    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.json(name, quoted(text))
    }

    /// A member with JSON text.
    pub(super) fn json(mut self, name: &str, json: String) -> Self {
        self.members.push((name.to_owned(), json));
        self
    }

    /// Says why, and that it is an error.
    pub(super) fn failed(mut self, why: &str) -> Self {
        self.is_error = true;
        self.text("error", &OneLine(why).to_string())
    }

    /// Notes, if there are any.
    pub(super) fn notes(self, notes: &[String]) -> Self {
        match notes.is_empty() {
            true => self,
            false => self.text("note", &notes.join("; ")),
        }
    }

    pub(super) fn to_json(&self) -> String {
        Members(self.members.clone()).to_json()
    }
}
