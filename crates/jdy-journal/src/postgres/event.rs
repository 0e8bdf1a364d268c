//! What a store tells of the database.
//!
//! Owns the words. Must not know who reads them.

use std::fmt;

use crate::shared_line::LateEnd;
use crate::state::State;

/// What a program may want to show of the connection. It holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostgresEvent {
    /// The store waits for the database, for this reason. Nothing is sent meanwhile that is not in
    /// the journal.
    Waiting(String),
    /// The database is back, and the journal is as this process left it.
    Back,
    /// The server does not say whether it was restored or failed over: the role may not call
    /// `pg_control_system` and `pg_current_wal_lsn`, or it has no such functions; or the role that made
    /// or recovered the tables was not told. A database that lacks commits is not noticed.
    Unwatched,
    /// The lease of this worker ended, and another worker took what it held: its calls that were
    /// under way are unknown. The process goes on as a new worker.
    LeaseEnded,
    /// The outcome of a call came after the lease of its worker had ended.
    Late {
        /// The number of its line.
        line: u64,
        /// The outcome.
        state: State,
        /// What became of it.
        kept: LateEnd,
    },
}

impl fmt::Display for PostgresEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(why) => write!(f, "waiting for the database: {why}"),
            Self::Back => f.write_str("the database is back"),
            Self::Unwatched => f.write_str(
                "the server does not say whether it was restored or failed over; a database that \
                 lacks what was sent is not noticed, and sends it again",
            ),
            Self::LeaseEnded => f.write_str(
                "the lease of this worker ended; its calls under way are unknown, others have its \
                 other lines; it goes on as a new worker",
            ),
            Self::Late { line, state, kept } => {
                let kept = match kept {
                    LateEnd::Applied => "the line was unknown, and has this outcome now",
                    LateEnd::Kept => "the line has gone on; it is kept beside it",
                    LateEnd::Contradicts => {
                        "ALERT: it contradicts what was decided meanwhile: look the line up"
                    }
                };
                write!(f, "line {line} was {state}, but late: {kept}")
            }
        }
    }
}
