//! Notes: what a rule decided on a page, and where.
//!
//! Owns how many are kept. Must not know the rules. Must not use: `crate::reading`,
//! `crate::endpoint`, `crate::table`.

use jdy_spec::diagnostic::Severity;

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// How much it weighs.
    pub(crate) severity: Severity,
    /// The byte on the page.
    pub(crate) at: usize,
    /// The cause; what was decided.
    pub(crate) what: String,
}

/// Most notes of one page, and most of its errors; the rest is counted.
const MAX_NOTES: usize = 4000;

/// The notes of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The notes.
    pub(crate) list: Vec<Note>,
    /// How many there are beyond.
    pub(crate) beyond: usize,
    errors: usize,
}

impl Notes {
    fn add(&mut self, severity: Severity, at: usize, what: impl Into<String>) {
        // An error is reported behind any number of notes: it decides how the task ends.
        let is_kept = match severity {
            Severity::Error => self.errors < MAX_NOTES,
            _ => self.list.len() < MAX_NOTES,
        };
        if !is_kept {
            self.beyond += 1;
            return;
        }
        self.errors += usize::from(severity == Severity::Error);
        self.list.push(Note {
            severity,
            at,
            what: what.into(),
        });
    }

    /// What a rule decided.
    pub(crate) fn note(&mut self, at: usize, what: impl Into<String>) {
        self.add(Severity::Note, at, what);
    }

    /// What a rule decided against a column of the page, for what other words or an example say.
    pub(crate) fn against(&mut self, at: usize, what: impl Into<String>) {
        self.add(Severity::Against, at, what);
    }

    /// What changed in the spec.
    pub(crate) fn change(&mut self, at: usize, what: impl Into<String>) {
        self.add(Severity::Change, at, what);
    }

    /// What the page has and the spec does not get.
    pub(crate) fn error(&mut self, at: usize, what: impl Into<String>) {
        self.add(Severity::Error, at, what);
    }

    /// Whether nothing that the page has is lost to the spec.
    ///
    /// # Errors
    /// That something is, for a page that is therefore not taken.
    pub(crate) fn fine(&self) -> Result<(), String> {
        match self.errors {
            0 => Ok(()),
            1 => Err("what is reported as an error cannot be imported".to_owned()),
            count => Err(format!(
                "what is reported as {count} errors cannot be imported"
            )),
        }
    }

    /// What a person should look at.
    pub(crate) fn warning(&mut self, at: usize, what: impl Into<String>) {
        self.add(Severity::Warning, at, what);
    }
}
