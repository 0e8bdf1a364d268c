//! What a failure of the database means.
//!
//! Owns the difference between a failure that passes, a lost connection, and a refusal. Must not
//! know what was being done.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity};

use crate::store::StoreError;

/// Why something was not done. Nothing of it is in the database.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server refuses for now; the connection can be used again.
    Passing(String),
    /// The connection has ended, or leads to a server that must not be written.
    Lost(String),
    /// Another worker has ended this one, whose lease was over.
    Fenced,
    /// It does not help to try again.
    Final(StoreError),
}

/// The server cannot be written: a standby, or one that was made read-only.
const READ_ONLY: &str = "25006";

/// The session is still in a transaction that failed: its end was cancelled as well.
const IN_FAILED_TRANSACTION: &str = "25P02";

impl Fault {
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self::Final(StoreError::failed(why.into()))
    }

    pub(super) fn no_answer() -> Self {
        Self::Lost("the server does not answer".to_owned())
    }

    /// What this error means for a statement that was not a commit.
    pub(super) fn of(error: &Error) -> Self {
        let why = text(error);
        match error.as_db_error() {
            Some(own) if ends_session(own) || needs_another_session(own) => Self::Lost(why),
            Some(own) if passes(own.code().code()) => Self::Passing(why),
            Some(_) => Self::failed(why),
            None if is_of_connection(error) => Self::Lost(why),
            None => Self::failed(why),
        }
    }

    /// The same for a commit; `None` if it is not clear whether it was done.
    pub(super) fn of_commit(error: &Error) -> Option<Self> {
        let refused = error.as_db_error().filter(|own| !ends_session(own));
        refused.map(|_| Self::of(error))
    }
}

/// Whether the server ends the session with this error, which says nothing about a commit.
fn ends_session(error: &DbError) -> bool {
    // A pool in front may leave out the severity that can be relied on.
    !matches!(error.parsed_severity(), Some(Severity::Error)) && error.severity() != "ERROR"
}

fn needs_another_session(error: &DbError) -> bool {
    [READ_ONLY, IN_FAILED_TRANSACTION].contains(&error.code().code())
}

/// Errors of the connection, of resources, of an operator, and of concurrent transactions.
fn passes(code: &str) -> bool {
    ["08", "40", "53", "55", "57", "58"]
        .iter()
        .any(|class| code.starts_with(class))
}

fn is_of_connection(error: &Error) -> bool {
    let io = error
        .source()
        .and_then(|it| it.downcast_ref::<std::io::Error>());
    error.is_closed() || io.is_some()
}

/// One line: code and message of the server, or the chain of causes. The server's details are left
/// out, as they may quote what was written.
pub(super) fn text(error: &Error) -> String {
    if let Some(own) = error.as_db_error() {
        return format!("{} ({})", own.message(), own.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
