//! What a journal is kept in.
//!
//! Owns the trait behind which SQLite, Postgres or anything durable can stand, and what goes
//! through it. It must not know when a call is made.

use std::fmt;
use std::sync::Arc;

use jdy_runtime::runtime::BoxFuture;

use crate::entry::{Change, Entry};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What a journal is for. All of it must be the same when it is opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The operation of a list, or a name that the service chose.
    pub subject: String,
    /// Where the calls go: the account set, without a secret.
    pub destination: String,
    /// The requests of a list; `None` where lines come one by one.
    pub input: Option<Hash>,
}

impl Identity {
    /// A destination from what tells account sets apart: client id and app key. An instance may
    /// have several, and is not enough. The ids themselves do not go into the journal.
    pub fn destination_of(ids: &[&str]) -> String {
        use sha2::{Digest as _, Sha256};
        let mut hash = Sha256::new();
        for id in ids {
            hash.update(id.len().to_le_bytes());
            hash.update(id);
        }
        let hex: Vec<String> = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("account set {}", hex.get(..8).unwrap_or_default().concat())
    }

    /// The same, with what names the account set to a person: its app key, which is no secret.
    /// The name decides nothing, so that journals without one, or with another, still open.
    pub fn named_destination_of(ids: &[&str], name: &str) -> String {
        let name = name.replace(char::is_control, " ");
        format!("{}{NAMED}{name}", Self::destination_of(ids))
    }

    /// Whether the calls of both go to the same place.
    pub(crate) fn goes_where(&self, other: &Self) -> bool {
        place(&self.destination) == place(&other.destination)
    }
}

/// What stands between an account set and its name.
const NAMED: &str = ", app key ";

/// A destination without the name of the account set.
fn place(destination: &str) -> &str {
    let is_hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    match destination.split_once(NAMED) {
        Some((place, _)) if place.strip_prefix("account set ").is_some_and(is_hash) => place,
        _ => destination,
    }
}

/// The head of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the call ids of its lines begin with.
    pub id: String,
    /// What it is for.
    pub identity: Identity,
}

/// A line of a list before anything happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its number: where it stands in the file, from 1.
    pub line: u64,
    /// The caller's own key.
    pub key: Option<String>,
    /// The request, so that a changed line can be told.
    pub hash: Option<Hash>,
}

/// Keeps a journal.
///
/// A store holds its journal for itself from its making until it is dropped: an `intent` that is
/// found when a journal is opened belongs to a process that is gone. Where several processes can
/// reach it (Postgres), it takes a lock that ends with the process, such as an advisory lock of
/// the session.
///
/// [`testing::conformance`](crate::testing::conformance) (feature `testing`) holds a store against
/// all that is said here.
pub trait JournalStore: Send + Sync + 'static {
    /// The head; `None` where there is no journal yet.
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>>;

    /// Makes the journal with its lines, wholly or not at all.
    fn create(&self, header: Header, lines: Vec<Planned>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The line with this key, as it stands; a new one with this request, planned and behind all
    /// others, where there is none.
    fn add(&self, key: String, hash: Option<Hash>) -> BoxFuture<'_, Result<Entry, StoreError>>;

    /// All lines, by their numbers.
    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>>;

    /// Changes a line that stands where [`Change::from`] says, or fails with
    /// [`StoreError::Conflict`]. When it succeeds, the change outlives the process and the
    /// machine's power.
    ///
    /// What becomes of the line is [`Entry::apply`]'s to say; the store reads the line and writes what
    /// came of it, in one transaction. Changes of one line happen in the order in which this was
    /// called. The change goes on when the future is dropped, also before it was first polled.
    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>>;

    /// The answer's body that was kept for a line.
    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;
}

impl<T: JournalStore + ?Sized> JournalStore for Arc<T> {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        (**self).header()
    }

    fn create(&self, header: Header, lines: Vec<Planned>) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).create(header, lines)
    }

    fn add(&self, key: String, hash: Option<Hash>) -> BoxFuture<'_, Result<Entry, StoreError>> {
        (**self).add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        (**self).entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        (**self).write(change)
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        (**self).answer(line)
    }
}

/// Why a store did not do what was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the journal.
    Locked,
    /// What is there is no journal, or one of a newer version; it was left as it was.
    NotAJournal(String),
    /// The line does not stand where the change said.
    Conflict(u64),
    /// Reading or writing failed.
    Failed(Arc<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// A failure of the thing below.
    pub fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(Arc::from(error.into()))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("another process is working with this journal"),
            Self::NotAJournal(why) => write!(f, "this is no journal: {why}"),
            Self::Conflict(line) => write!(
                f,
                "line {line} of the journal does not stand where it should; nothing was changed"
            ),
            Self::Failed(error) => write!(f, "the journal cannot be read or written: {error}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::Locked | Self::NotAJournal(_) | Self::Conflict(_) => None,
        }
    }
}
