//! The end of a command: its exit status, and its message if it fails.
//!
//! Owns what scripts rely on. Must not know what the command does.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use jdy::Outcome;

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

/// The statuses of a command that calls, for its help.
pub(crate) const OF_A_CALL: &str = "\
Exit status:
  0  done
  1  something else went wrong
  2  wrong usage; nothing was sent
  3  rejected: the product refused it, or refused a row of it
  4  not sent: it never left, or was refused before the product saw it
  5  unknown: it may have taken effect; look it up before sending it again
  6  applied: it took effect, but its answer could not be read, or does not say so of every row";

/// The statuses of a list of calls, for its help: the first that applies, in this order.
pub(crate) const OF_A_BATCH: &str = "\
Exit status, over all lines and all runs; where several are true, the first of this order counts:
  5  some line is unknown: it may have taken effect; look it up
  6  some line is applied: it took effect, but its answer could not be read, or is not clear
  4  some line was not sent, or not tried; run it again
  3  some line was rejected: the product refused it, or refused a row of it
  0  all lines are done
Otherwise:
  1  something else went wrong
  2  wrong usage, or the file or the journal was refused; nothing was sent";

/// The statuses of a command that calls nothing, for its help.
pub(crate) const OF_THE_REST: &str = "\
Exit status:
  0  done
  1  something else went wrong
  2  wrong usage";

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    message: String,
}

impl Failure {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// The same failure with more to say.
    pub(crate) fn and(mut self, words: &str) -> Self {
        self.message = format!("{}; {words}", self.message);
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
        Self::new(status, error.to_string())
    }
}

/// Ends the command: a failure is printed to stderr as one line.
pub(crate) fn report(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    // If stderr is closed, the exit status still reports the failure.
    let _ = writeln!(io::stderr(), "jdy: {}", OneLine(&failure.message));
    ExitCode::from(failure.status as u8)
}

/// Ends the command if the arguments ask for help or are wrong.
pub(crate) fn without_command(reason: &clap::Error) -> ExitCode {
    if reason.use_stderr() {
        // For `jdy` alone this is the help, which is no error message.
        let text = reason.render().to_string();
        let _ = match text.strip_prefix("error: ") {
            Some(message) => write!(io::stderr(), "jdy: {message}"),
            None => write!(io::stderr(), "{text}"),
        };
        return ExitCode::from(Status::Usage as u8);
    }
    // A closed pipe is no failure.
    let _ = reason.print();
    ExitCode::SUCCESS
}

/// Text in one line: line breaks, control characters and bidi characters are escaped.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.0.chars().try_for_each(|character| {
            let turns = matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if character.is_control() || turns {
                write!(f, "{}", character.escape_default())
            } else {
                f.write_char(character)
            }
        })
    }
}
