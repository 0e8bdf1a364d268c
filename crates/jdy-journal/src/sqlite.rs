//! A journal in a SQLite file.
//!
//! Owns the file: its tables and the one thread that writes it. Changes that are requested while
//! another is being written share one transaction and one checkpoint. Nothing is reported as
//! written before it is in the file itself, on disk: `-wal` beside the file holds nothing that
//! anyone relies on, so it can be lost, cut or damaged. A file is only read until the first change
//! is requested. Must not know what the lines are about.

mod check;
mod files;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jdy_runtime::runtime::BoxFuture;
use rusqlite::config::DbConfig;
use rusqlite::types::Type;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, Transaction,
    TransactionBehavior, params,
};
use tokio::sync::oneshot;

use self::check::{Found, Sum};
use self::files::Copied;
use crate::entry::{AnswerUpdate, Change, Entry};
use crate::state::State;
use crate::store::{
    Header, Identity, JournalStore, PlannedEntry, RequestHash, StoreError, deliver,
};

/// A killed process releases its lock at once, so the holder of a lock is alive.
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// The maximum number of changes in one transaction; more would delay the first of them.
const MAX_BATCH: usize = 512;

const SCHEMA: &str = "
CREATE TABLE journal (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    destination TEXT NOT NULL,
    input BLOB
) STRICT;
CREATE TABLE lines (
    line INTEGER PRIMARY KEY,
    key TEXT UNIQUE,
    hash BLOB,
    state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN
        ('planned', 'intent', 'done', 'rejected', 'not_sent', 'unknown', 'applied')),
    sent INTEGER NOT NULL DEFAULT 0,
    resent INTEGER NOT NULL DEFAULT 0,
    intended_at INTEGER,
    ended_at INTEGER,
    report TEXT,
    answer BLOB,
    history TEXT NOT NULL DEFAULT ''
) STRICT;
";

/// The checksum over the file's content, which detects a part that is older than the rest.
const SUM: &str = "
CREATE TABLE whole (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sum BLOB NOT NULL
) STRICT;
";

macro_rules! select_entries {
    () => {
        "SELECT line, key, hash, state, sent, resent, intended_at, ended_at, report, history \
         FROM lines"
    };
}

const ENTRY: &str = select_entries!();
const FIND_LINE: &str = concat!(select_entries!(), " WHERE line = ?1");

/// Writes a changed line; `?10` says whether the answer stays.
const UPDATE: &str = "
UPDATE lines SET
    state = ?2, sent = ?3, resent = ?4, intended_at = ?5, ended_at = ?6, report = ?7, history = ?8,
    answer = CASE WHEN ?10 THEN answer ELSE ?9 END
WHERE line = ?1";

/// Keeps a journal in a file, which it locks for this process.
///
/// The file must be on a local disk: the locks of network file systems are not reliable enough for
/// money. While it is open, and after its process was killed, there is a `-wal` beside it. The file
/// is complete without it, unless the process was killed in the middle of writing. That is
/// detected, and then `-wal` completes the file, or the file is refused.
pub struct SqliteStore {
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

enum Job {
    Change(Box<Change>, oneshot::Sender<Result<(), StoreError>>),
    Other(Box<dyn FnOnce(&mut Held) + Send>),
}

/// The file as the writer holds it.
enum Held {
    /// Nothing has been written.
    Looked(Looked),
    /// It may be written.
    Open(File),
    /// It could not be opened for writing. It is looked at anew before anything else, as that may
    /// have come halfway; the lock is kept meanwhile.
    Shut { path: PathBuf, lock: Lock },
    /// Nothing is known of it any more.
    Lost,
}

/// The lock, by one descriptor however often it is held: to close a second one of the same file would
/// drop the lock that SQLite has of it.
type Lock = Arc<std::fs::File>;

/// A locked file that is only read: a complete journal, or none yet.
struct Looked {
    /// `None` if there is nothing to read.
    reader: Option<Reader>,
    path: PathBuf,
    found: Found,
    lock: Lock,
}

/// Reads the file itself, or the copy that was completed with its `-wal`.
struct Reader {
    connection: Connection,
    // After the connection, so that it is removed when that is closed.
    #[allow(dead_code, reason = "it is held, not used")]
    copied: Option<Copied>,
}

impl Held {
    /// Reads the journal; `None` if there is none yet.
    fn look<T>(
        &mut self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.look_again()?;
        let connection = match self {
            Self::Looked(looked) => match &looked.reader {
                Some(reader) => &reader.connection,
                None => return Ok(None),
            },
            Self::Open(file) => &file.connection,
            Self::Shut { .. } | Self::Lost => return Err(StoreError::stopped()),
        };
        read(connection).map(Some).map_err(store_error)
    }

    /// Changes the journal. The first change opens the file for writing.
    fn change<T>(
        &mut self,
        write: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.look_again()?;
        if let Self::Looked(looked) = self {
            let (path, lock) = (looked.path.clone(), looked.lock.clone());
            let Self::Looked(looked) = std::mem::replace(self, Self::Shut { path, lock }) else {
                return Err(StoreError::stopped());
            };
            *self = Self::Open(looked.open()?);
        }
        match self {
            Self::Open(file) => write(&mut file.connection).map_err(store_error),
            Self::Looked(_) | Self::Shut { .. } | Self::Lost => Err(StoreError::stopped()),
        }
    }

    /// Looks at a file that could not be opened for writing.
    fn look_again(&mut self) -> Result<(), StoreError> {
        if let Self::Shut { path, .. } = self {
            files::refuse_orphan(path)?;
            let (found, reader) = check::inspect(path)?;
            if let Self::Shut { path, lock } = std::mem::replace(self, Self::Lost) {
                *self = Self::Looked(Looked {
                    reader,
                    path,
                    found,
                    lock,
                });
            }
        }
        Ok(())
    }
}

/// The connection, and the lock that outlives it.
struct File {
    connection: Connection,
    // After the connection, so that it is released when that is closed.
    #[allow(dead_code, reason = "it is held, not used")]
    lock: Lock,
}

impl Drop for File {
    fn drop(&mut self) {
        // A commit that did not reach the file was reported as failed. Whether it reaches it now
        // does not matter, but a half-written file must keep its `-wal`.
        let keep = checkpoint(&self.connection).is_err();
        let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        let _ = self.connection.set_db_config(config, keep);
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, or creates it, readable by this user alone. An existing journal is not
    /// written before its first change, so that a caller that only reads, or is refused, changes no
    /// byte.
    ///
    /// # Errors
    /// Another process has locked it, it is no journal, or it cannot be read and written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let held = Held::Looked(look(path.as_ref())?);
        let (jobs, received) = channel();
        let writer = std::thread::Builder::new()
            .name("jdy-journal".to_owned())
            .spawn(move || work(held, &received))
            .map_err(StoreError::failed)?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    fn send(&self, job: Job) {
        // If the thread has ended, the caller's channel is closed, which reports it.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(job));
        }
    }

    /// Runs a closure on the writer thread between two transactions.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Other(Box::new(move |held| {
            drop(tell.send(work(held)));
        })));
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(StoreError::stopped())) })
    }
}

impl Drop for SqliteStore {
    /// Waits until all requested changes are written, and releases the lock.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the thread was already reported.
            drop(writer.join());
        }
    }
}

impl JournalStore for SqliteStore {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.ask(|held| {
            let found = held.look(|connection| {
                let sql = "SELECT id, subject, destination, input FROM journal";
                connection.query_row(sql, [], header).optional()
            });
            found.map(Option::flatten)
        })
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(move |held| held.change(|connection| create(connection, &header, &lines)))
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.ask(move |held| {
            let known = held.look(|connection| find(connection, &key))?;
            match known.flatten() {
                Some(known) => Ok(known),
                None => held.change(|connection| add(connection, &key, hash)),
            }
        })
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.ask(|held| {
            let found = held.look(|connection| {
                let mut statement = connection.prepare(&format!("{ENTRY} ORDER BY line"))?;
                statement.query_map([], entry)?.collect()
            });
            found.map(Option::unwrap_or_default)
        })
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Change(Box::new(change), tell));
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(StoreError::stopped())) })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.ask(move |held| {
            let found = held.look(|connection| {
                let sql = "SELECT answer FROM lines WHERE line = ?1";
                let answer = connection.query_row(sql, [number(line)?], |row| row.get(0));
                Ok(answer.optional()?.flatten())
            });
            found.map(Option::flatten)
        })
    }
}

/// Locks and reads the file. Nothing is written to it.
fn look(path: &Path) -> Result<Looked, StoreError> {
    let path = files::real(path)?;
    files::refuse_orphan(&path)?;
    let lock = Arc::new(files::lock(&path)?);
    let (found, reader) = check::inspect(&path)?;
    Ok(Looked {
        reader,
        path,
        found,
        lock,
    })
}

impl Looked {
    /// Opens it for writing.
    fn open(self) -> Result<File, StoreError> {
        let Self {
            reader,
            path,
            found,
            lock,
        } = self;
        drop(reader);
        files::hide_new(&path, found)?;
        if matches!(found, Found::Whole | Found::WholeOfVersion1) {
            // Nothing in the `-wal` of a complete file was ever reported as written.
            files::empty_beside(&path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(store_error)?;
        prepare(File { connection, lock }, found)
    }
}

fn prepare(mut file: File, found: Found) -> Result<File, StoreError> {
    let connection = &mut file.connection;
    connection.busy_timeout(LOCK_TIMEOUT).map_err(store_error)?;
    // The lock of the first transaction is kept until the connection ends.
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .map_err(store_error)?;
    match found {
        Found::New => make_tables(connection).map_err(store_error)?,
        _ => connection
            .execute_batch("BEGIN EXCLUSIVE; COMMIT")
            .map_err(store_error)?,
    }
    settings(connection)?;
    if found == Found::WholeOfVersion1 {
        durably(connection, |transaction| {
            transaction.execute_batch(SUM)?;
            set_sum(transaction, &check::sum_of(transaction)?)?;
            transaction.pragma_update(None, "user_version", check::VERSION)
        })
        .map_err(store_error)?;
    }
    // Recovered changes go into the file before any new change.
    checkpoint(connection).map_err(store_error)?;
    Ok(file)
}

fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = begin(connection)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute_batch(SUM)?;
    transaction.pragma_update(None, "application_id", check::APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", check::VERSION)?;
    set_sum(&transaction, &Sum::default())?;
    transaction.commit()
}

fn set_sum(transaction: &Transaction<'_>, sum: &Sum) -> rusqlite::Result<()> {
    let sql = "INSERT INTO whole (one, sum) VALUES (1, ?1) \
               ON CONFLICT (one) DO UPDATE SET sum = excluded.sum";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.execute([sum.bytes()]).map(drop)
}

/// Writes everything that is committed into the file itself, on disk. Without a log, SQLite reports
/// -1 pages, and then nothing is known.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "PRAGMA wal_checkpoint(PASSIVE)";
    let mut statement = connection.prepare_cached(sql)?;
    let (busy, written, there): (i64, i64, i64) =
        statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if busy != 0 || written != there || there < 0 {
        let why = "what was committed is not in the file itself".to_owned();
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
        return Err(rusqlite::Error::SqliteFailure(busy, Some(why)));
    }
    Ok(())
}

/// Runs a transaction that is in the file itself, on disk, when this returns.
fn durably<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = begin(connection)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    checkpoint(connection)?;
    Ok(done)
}

fn settings(connection: &Connection) -> Result<(), StoreError> {
    let mode = use_wal(connection).map_err(store_error)?;
    if mode != "wal" {
        // A place where SQLite keeps its log in memory, for example, cannot hold a journal.
        let why = format!("SQLite cannot keep its log beside it (journal_mode {mode})");
        return Err(StoreError::failed(why));
    }
    // A commit is on disk when it returns; macOS needs both `fullfsync` settings for that.
    let durable = connection
        .pragma_update(None, "synchronous", "FULL")
        .and_then(|()| connection.pragma_update(None, "fullfsync", true))
        .and_then(|()| connection.pragma_update(None, "checkpoint_fullfsync", true))
        // Each commit has a checkpoint of its own.
        .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", 0));
    durable.map_err(store_error)
}

/// Sets the journal mode to WAL, and returns the mode that SQLite uses. SQLite returns the row
/// before it writes the mode, so the remaining rows must be read to get an error of the write.
fn use_wal(connection: &Connection) -> rusqlite::Result<String> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mut mode = String::new();
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// The writer thread: requests that arrive while it writes go into the next transaction.
fn work(mut held: Held, jobs: &Receiver<Job>) {
    let mut next = None;
    loop {
        let Some(job) = next.take().or_else(|| jobs.recv().ok()) else {
            return;
        };
        match job {
            Job::Other(work) => work(&mut held),
            Job::Change(change, tell) => {
                let mut batch = vec![(change, tell)];
                while batch.len() < MAX_BATCH && next.is_none() {
                    match jobs.try_recv() {
                        Ok(Job::Change(change, tell)) => batch.push((change, tell)),
                        Ok(other) => next = Some(other),
                        Err(_) => break,
                    }
                }
                write_batch(&mut held, batch);
            }
        }
    }
}

type Waiting = (Box<Change>, oneshot::Sender<Result<(), StoreError>>);

fn write_batch(held: &mut Held, batch: Vec<Waiting>) {
    let batch = batch.into_iter().map(|(change, tell)| (*change, tell));
    let (changes, tells): (Vec<_>, Vec<_>) = batch.unzip();
    // The change is written even if its caller no longer waits.
    deliver(tells, held.change(|connection| commit(connection, changes)));
}

type Ends = Vec<Result<(), StoreError>>;

fn commit(connection: &mut Connection, changes: Vec<Change>) -> rusqlite::Result<Ends> {
    durably(connection, |transaction| {
        let mut sum = check::kept_sum(transaction)?;
        let mut ends = Vec::with_capacity(changes.len());
        for change in changes {
            let line = change.line;
            sum.toggle_line(transaction, line)?;
            ends.push(apply(transaction, change)?);
            sum.toggle_line(transaction, line)?;
        }
        set_sum(transaction, &sum)?;
        Ok(ends)
    })
}

/// Applies a change to a line as it stands in the transaction.
fn apply(
    transaction: &Transaction<'_>,
    change: Change,
) -> rusqlite::Result<Result<(), StoreError>> {
    let mut find = transaction.prepare_cached(FIND_LINE)?;
    let kept = find.query_row([number(change.line)?], entry).optional()?;
    let Some(mut changed) = kept else {
        return Ok(Err(StoreError::Conflict(change.line)));
    };
    let answer = match changed.apply(change) {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    let stays = answer == AnswerUpdate::Keep;
    let mut update = transaction.prepare_cached(UPDATE)?;
    update.execute(params![
        number(changed.line)?,
        changed.state.as_str(),
        changed.sent,
        changed.resent,
        changed.intended_at.map(number).transpose()?,
        changed.ended_at.map(number).transpose()?,
        changed.report,
        changed.history,
        answer.after(None),
        stays,
    ])?;
    Ok(Ok(()))
}

fn create(
    connection: &mut Connection,
    header: &Header,
    lines: &[PlannedEntry],
) -> rusqlite::Result<()> {
    durably(connection, |transaction| {
        let Identity {
            name,
            destination,
            input,
        } = &header.identity;
        transaction.execute(
            "INSERT INTO journal (one, id, subject, destination, input) \
             VALUES (1, ?1, ?2, ?3, ?4)",
            params![header.id, name, destination, input],
        )?;
        let sql = "INSERT INTO lines (line, key, hash) VALUES (?1, ?2, ?3)";
        let mut statement = transaction.prepare(sql)?;
        for planned in lines {
            statement.execute(params![number(planned.line)?, planned.key, planned.hash])?;
        }
        set_sum(transaction, &check::sum_of(transaction)?)
    })
}

fn find(connection: &Connection, key: &str) -> rusqlite::Result<Option<Entry>> {
    let sql = format!("{ENTRY} WHERE key = ?1");
    connection.query_row(&sql, [key], entry).optional()
}

fn add(
    connection: &mut Connection,
    key: &str,
    hash: Option<RequestHash>,
) -> rusqlite::Result<Entry> {
    durably(connection, |transaction| {
        let sql = "INSERT INTO lines (key, hash) VALUES (?1, ?2)";
        transaction.execute(sql, params![key, hash])?;
        let added = find(transaction, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let mut sum = check::kept_sum(transaction)?;
        sum.toggle_line(transaction, added.line)?;
        set_sum(transaction, &sum)?;
        Ok(added)
    })
}

fn header(row: &Row<'_>) -> rusqlite::Result<Header> {
    Ok(Header {
        id: row.get(0)?,
        identity: Identity {
            name: row.get(1)?,
            destination: row.get(2)?,
            input: row.get::<_, Option<RequestHash>>(3)?,
        },
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let state: String = row.get(3)?;
    let state = State::from_text(&state).ok_or_else(|| {
        let why = format!("{state} is no state").into();
        rusqlite::Error::FromSqlConversionFailure(3, Type::Text, why)
    })?;
    let time = |index| -> rusqlite::Result<Option<u64>> {
        let at: Option<i64> = row.get(index)?;
        Ok(at.and_then(|at| at.try_into().ok()))
    };
    let line: i64 = row.get(0)?;
    Ok(Entry {
        line: line.unsigned_abs(),
        key: row.get(1)?,
        hash: row.get(2)?,
        state,
        sent: row.get(4)?,
        resent: row.get(5)?,
        intended_at: time(6)?,
        ended_at: time(7)?,
        report: row.get(8)?,
        history: row.get(9)?,
    })
}

fn number(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn store_error(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
        Some(ErrorCode::NotADatabase) => StoreError::NotAJournal("it is no SQLite file".to_owned()),
        _ => StoreError::failed(error),
    }
}
