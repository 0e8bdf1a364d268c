//! The storage of a journal.
//!
//! Owns the trait that SQLite, Postgres or any durable store can implement, and its types. Must
//! not know when a call is made.

use std::fmt;
use std::sync::Arc;

use jdy_runtime::runtime::BoxFuture;
use tokio::sync::oneshot;

use crate::entry::{Change, Entry};
use crate::fleet::Fleet;

/// The SHA-256 of a request, or of all requests of a list.
pub type RequestHash = [u8; 32];

/// What a journal is for. All of it must be the same when the journal is opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of a list's operation, or a name that the service chose.
    pub name: String,
    /// The account set that is called, without a secret.
    pub destination: String,
    /// The hash of a list's requests; `None` if lines are added one by one.
    pub input: Option<RequestHash>,
}

impl Identity {
    /// A destination from the ids that identify an account set: client id and app key. An instance
    /// id is not enough, as an instance may have several. Only a hash of the ids goes into the
    /// journal.
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
        format!("{ACCOUNT_SET}{}", hex.get(..8).unwrap_or_default().concat())
    }

    /// The same, with the app key as a readable name of the account set; it is no secret. The name
    /// is not compared, so that journals without one, or with another, still open.
    pub fn named_destination_of(ids: &[&str], name: &str) -> String {
        let name = name.replace(char::is_control, " ");
        format!("{}{NAMED}{name}", Self::destination_of(ids))
    }

    /// The name in a destination of [`named_destination_of`](Self::named_destination_of); `None` if
    /// it has none.
    ///
    /// ```
    /// use jdy_journal::Identity;
    ///
    /// let named = Identity::named_destination_of(&["client", "key"], "key");
    /// assert_eq!(Identity::name_in(&named), Some("key"));
    /// let nameless = Identity::destination_of(&["client", "key"]);
    /// assert_eq!(Identity::name_in(&nameless), None);
    /// ```
    pub fn name_in(destination: &str) -> Option<&str> {
        parts(destination).1
    }

    /// Whether the calls of both go to the same place.
    pub(crate) fn goes_where(&self, other: &Self) -> bool {
        parts(&self.destination).0 == parts(&other.destination).0
    }
}

/// The separator between an account set and its name.
pub(crate) const NAMED: &str = ", app key ";

/// Stands before the hash of an account set.
const ACCOUNT_SET: &str = "account set ";

/// A destination without the name of the account set, and that name.
fn parts(destination: &str) -> (&str, Option<&str>) {
    match destination.split_once(NAMED) {
        Some((place, name)) if is_account_set(place) => (place, Some(name)),
        _ => (destination, None),
    }
}

/// Whether it is what [`Identity::destination_of`] makes.
fn is_account_set(place: &str) -> bool {
    let is_hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    place.strip_prefix(ACCOUNT_SET).is_some_and(is_hash)
}

/// The header of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The prefix of the call ids of its lines.
    pub id: String,
    /// What it is for.
    pub identity: Identity,
}

/// A line of a list before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Its line number in the file, from 1.
    pub line: u64,
    /// The caller's own key.
    pub key: Option<String>,
    /// The hash of the request, which detects a changed line.
    pub hash: Option<RequestHash>,
}

/// Stores a journal.
///
/// A store holds an exclusive lock on its journal for its lifetime: an `intent` that is found when
/// a journal is opened belongs to a terminated process. Or it is shared by several processes, and
/// knows which of them are alive ([`fleet`](Self::fleet)).
///
/// [`testing::conformance`](crate::testing::conformance) (feature `testing`) checks a store against
/// what is stated here, but for the lock, a kill and a loss of power; and
/// [`testing::fleet_conformance`](crate::testing::fleet_conformance) a shared one against [`Fleet`].
pub trait JournalStore: Send + Sync + 'static {
    /// The header; `None` if there is no journal yet.
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>>;

    /// Creates the journal with its lines, completely or not at all.
    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The line with this key in its current state. If there is none, a new planned line with this
    /// request, after all others.
    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>>;

    /// All lines in the order of their numbers.
    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>>;

    /// Changes a line that is in state [`Change::from`], or fails with [`StoreError::Conflict`].
    /// When it succeeds, the change survives a kill of the process and a loss of power.
    ///
    /// [`Entry::apply`] decides the result; the store reads the line and writes the result in one
    /// transaction. Changes of one line happen in the order of the calls. The change goes on when
    /// the future is dropped, also before it was first polled.
    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>>;

    /// The answer's body that was kept for a line.
    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;

    /// What a store does whose journal several processes share. `None` for one that holds its
    /// journal alone.
    fn fleet(&self) -> Option<&dyn Fleet> {
        None
    }
}

impl<T: JournalStore + ?Sized> JournalStore for Arc<T> {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        (**self).header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
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

    fn fleet(&self) -> Option<&dyn Fleet> {
        (**self).fleet()
    }
}

/// The error of a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has locked the journal.
    Locked,
    /// The content is no journal, or one of a newer version; it was not changed.
    NotAJournal(String),
    /// The line is not in the state that the change requires.
    Conflict(u64),
    /// Lines of a new list are in another list of the same operation and account set, which has
    /// sent them or will send them. The list was not created.
    Repeated {
        /// The name of the other list.
        list: String,
        /// How many of the new lines are in it.
        lines: u64,
        /// The line number of the first of them in the new list.
        first: u64,
    },
    /// The store was put back to an earlier state, and lacks what this process wrote. What was sent
    /// since then is planned there, and would be sent twice.
    SetBack,
    /// The database was restored, copied or failed over since it was known to have every commit, and
    /// may lack that calls were made. Nothing is sent there before `PostgresStore::recover`.
    Restored,
    /// Reading or writing failed.
    Failed(Arc<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// A failure of the underlying storage.
    pub fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(Arc::from(error.into()))
    }

    /// The thread of the store has ended.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn stopped() -> Self {
        Self::failed("it stopped after an earlier failure; open it again")
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("another process is working with this journal"),
            Self::NotAJournal(why) => write!(f, "this is no journal: {why}"),
            Self::Conflict(line) => write!(
                f,
                "line {line} of the journal is not in the expected state; nothing was changed"
            ),
            Self::Repeated { list, lines, first } => write!(
                f,
                "{lines} of the lines, the first of them line {first}, are in the list {list:?} \
                 already and would be sent twice; go on with that list, or leave out the lines \
                 that it has"
            ),
            Self::SetBack => f.write_str(
                "the journal was put back to an earlier state, and lacks what this process wrote; \
                 what was sent since then is planned there, and would be sent twice; start nothing \
                 on it before its newest state is back, or all of that was looked up",
            ),
            Self::Restored => f.write_str(
                "the database was restored, copied or failed over, and may lack that calls were \
                 made; nothing is sent before it was recovered, which says what becomes of the \
                 lines that may have been sent: by `jdy batch recover` or `PostgresStore::recover`",
            ),
            Self::Failed(error) => write!(f, "the journal cannot be read or written: {error}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::Locked
            | Self::NotAJournal(_)
            | Self::Conflict(_)
            | Self::Repeated { .. }
            | Self::SetBack
            | Self::Restored => None,
        }
    }
}

/// Tells the callers of a group of changes how each ended, or all of them why none was made. One
/// that no longer waits is passed over.
pub(crate) fn deliver(
    callers: Vec<oneshot::Sender<Result<(), StoreError>>>,
    ends: Result<Vec<Result<(), StoreError>>, StoreError>,
) {
    match ends {
        Ok(ends) => {
            for (caller, end) in callers.into_iter().zip(ends) {
                drop(caller.send(end));
            }
        }
        Err(error) => {
            for caller in callers {
                drop(caller.send(Err(error.clone())));
            }
        }
    }
}
