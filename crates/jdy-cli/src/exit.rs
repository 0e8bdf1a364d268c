//! The end of a command: its exit status, and its message if it fails.
//!
//! Owns what scripts rely on. Must not know what the command does.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use jdy::Outcome;
pub(crate) use jdy_runtime::OneLine;

use crate::language::{self, say};

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Other = 1,
    Usage = 2,
    Rejected = 3,
    NotSent = 4,
    Unknown = 5,
    Applied = 6,
}

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    message: String,
    /// The same in the language of the person, where the message is one of the SDK's.
    meaning: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            meaning: None,
        }
    }

    /// The same failure with more to say.
    pub(crate) fn and(mut self, words: &str) -> Self {
        self.message = say!("message-and-more", message = self.message, more = words);
        self
    }

    /// The same failure with more to say in the language of the person.
    pub(crate) fn and_meaning(mut self, words: &str) -> Self {
        let Some(meaning) = self.meaning else {
            return self.and(words);
        };
        self.meaning = Some(say!("message-and-more", message = meaning, more = words));
        self
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::new(Status::Other, message)
    }
}

/// A call's error: the status follows its outcome, and its line ends with what may be done.
impl From<&jdy::Error> for Failure {
    fn from(error: &jdy::Error) -> Self {
        let status = match error.outcome() {
            Outcome::NotSent => Status::NotSent,
            Outcome::Rejected => Status::Rejected,
            Outcome::Unknown => Status::Unknown,
            Outcome::Applied => Status::Applied,
            // Only of a list in pages: what was printed is not whole.
            Outcome::Incomplete => Status::Other,
        };
        Self {
            meaning: language::of_error(error),
            ..Self::new(status, error.to_string())
        }
    }
}

/// Ends the command: a failure is printed to stderr as one line, and what it means as a second one
/// where the first is not in the language of the person.
pub(crate) fn report(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    // If stderr is closed, the exit status still reports the failure.
    for text in [Some(&failure.message), failure.meaning.as_ref()] {
        let _ = text.map(|text| writeln!(io::stderr(), "jdy: {}", OneLine(text)));
    }
    ExitCode::from(failure.status as u8)
}

/// Ends the command if the arguments ask for help or are wrong.
pub(crate) fn without_command(reason: &clap::Error) -> ExitCode {
    if reason.use_stderr() {
        // For `jdy` alone this is the help, which is no error message.
        let _ = match reason.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                write!(io::stderr(), "{}", reason.render())
            }
            _ => write!(io::stderr(), "jdy: {}", language::refusal(reason)),
        };
        return ExitCode::from(Status::Usage as u8);
    }
    // A closed pipe is no failure.
    let _ = reason.print();
    ExitCode::SUCCESS
}
