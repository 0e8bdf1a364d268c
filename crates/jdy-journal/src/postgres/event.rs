//! What a store tells of the database.
//!
//! Owns the words. Must not know who reads them.

use std::fmt;

/// What a program may want to show of the connection. It holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostgresEvent {
    /// The store waits for the database, for this reason. Nothing is sent meanwhile that is not in
    /// the journal.
    Waiting(String),
    /// The database is back, and the journal is as this process left it.
    Back,
}

impl fmt::Display for PostgresEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(why) => write!(f, "waiting for the database: {why}"),
            Self::Back => f.write_str("the database is back"),
        }
    }
}
