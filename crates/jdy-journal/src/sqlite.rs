//! A journal in a SQLite file.
//!
//! Owns the file: its tables, its lock, and the one thread that writes it. Changes that are asked
//! for while another is being written share one transaction, so that many share one fsync. What
//! is new lies in `-wal` beside the file until it is closed, so the file says of itself whether
//! it is whole: parted from its `-wal` it would read like a journal of calls that were never
//! made. It must not know what the lines are about.

use std::fmt;
use std::path::{Path, PathBuf};
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

use crate::state::State;
use crate::store::{Change, Entry, Hash, Header, Identity, JournalStore, Planned, StoreError};

/// "jdyj": what SQLite keeps in the file's head, and `file` shows.
const APPLICATION_ID: i64 = 0x6a64_796a;
const VERSION: i64 = 1;
/// Stands in the version while the file is open: then it is whole only with its `-wal`.
const OPEN: i64 = 1 << 16;

/// The lock of a process that was killed is gone at once, so whoever has it is alive.
const PATIENCE: Duration = Duration::from_millis(200);

/// The most changes in one transaction; more would make the first of them wait long.
const MOST: usize = 512;

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

const ENTRY: &str = "SELECT line, key, hash, state, sent, resent, intended_at, ended_at, report, \
                     history FROM lines";

/// The history with what is known now. What stands right of `=` is what was there before.
macro_rules! longer_history {
    () => {
        "history || coalesce(ended_at, intended_at, '') || ' ' || state || ': ' || \
         coalesce(report, '') || char(10)"
    };
}

const TO_INTENT: &str = concat!(
    "
UPDATE lines SET
    history = CASE state WHEN 'planned' THEN history ELSE ",
    longer_history!(),
    " END,
    resent = resent + (state = 'unknown'),
    sent = sent + 1,
    state = 'intent', intended_at = ?3, ended_at = NULL, report = NULL, answer = NULL
WHERE line = ?1 AND state = ?2"
);

const TO_END: &str = concat!(
    "
UPDATE lines SET
    history = CASE state WHEN 'intent' THEN history ELSE ",
    longer_history!(),
    " END,
    state = ?3, ended_at = ?4, report = ?5, answer = COALESCE(?6, answer)
WHERE line = ?1 AND state = ?2"
);

/// Keeps a journal in a file, which it locks for this process.
///
/// The file lies on a disk of this machine: the locks of network file systems are not to be
/// trusted with money. While it is open, and after its process was killed, `-wal` lies beside it
/// and belongs to it; the file alone is refused then.
pub struct SqliteStore {
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

enum Job {
    Change(Box<Change>, oneshot::Sender<Result<(), StoreError>>),
    Other(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// The connection, which leaves a whole file when it ends.
struct File(Connection);

impl Drop for File {
    fn drop(&mut self) {
        // Where the mark stays, `-wal` must stay as well.
        if set_version(&self.0, VERSION).is_ok() {
            let _ = keep_wal(&self.0, false);
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, or makes it: readable by this user alone.
    ///
    /// # Errors
    /// Another process has it, it is something else, or it cannot be read and written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = connect(path.as_ref())?;
        let (jobs, received) = channel();
        let writer = std::thread::Builder::new()
            .name("jdy-journal".to_owned())
            .spawn(move || work(file, &received))
            .map_err(StoreError::failed)?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    fn send(&self, job: Job) {
        // Whoever waits for an answer hears of a thread that is gone by its silence.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(job));
        }
    }

    /// Has the writer do something between two transactions.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Other(Box::new(move |connection| {
            drop(tell.send(work(connection).map_err(store_error)));
        })));
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(gone())) })
    }
}

impl Drop for SqliteStore {
    /// Waits until everything that was asked for is written, and gives the lock back.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // A panic there was reported where it happened.
            drop(writer.join());
        }
    }
}

impl JournalStore for SqliteStore {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.ask(|connection| {
            let sql = "SELECT id, subject, destination, input FROM journal";
            connection.query_row(sql, [], header).optional()
        })
    }

    fn create(&self, header: Header, lines: Vec<Planned>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(move |connection| create(connection, &header, &lines))
    }

    fn add(&self, key: String, hash: Option<Hash>) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.ask(move |connection| add(connection, &key, hash))
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.ask(|connection| {
            let mut statement = connection.prepare(&format!("{ENTRY} ORDER BY line"))?;
            statement.query_map([], entry)?.collect()
        })
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Change(Box::new(change), tell));
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(gone())) })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.ask(move |connection| {
            let sql = "SELECT answer FROM lines WHERE line = ?1";
            let answer = connection.query_row(sql, [number(line)?], |row| row.get(0));
            Ok(answer.optional()?.flatten())
        })
    }
}

fn gone() -> StoreError {
    StoreError::failed("its thread has ended")
}

/// The file, locked, with its tables, and marked as open.
fn connect(path: &Path) -> Result<File, StoreError> {
    // Both asked before SQLite makes one, or takes one that is alone for rubbish.
    let wal = std::fs::metadata(wal_of(path));
    let (has_wal, wal) = (wal.is_ok(), wal.map_or(0, |found| found.len()));
    let main = std::fs::metadata(path).map_or(0, |found| found.len());
    if main == 0 && wal > 0 {
        return Err(StoreError::NotAJournal(
            "it is empty or missing, and a file of the same name with -wal at its end is what is \
             left of a journal; put the file back that belongs to that"
                .to_owned(),
        ));
    }
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(plain(path), flags).map_err(store_error)?;
    prepare(connection, has_wal)
}

/// A path that SQLite takes for nothing else: `:memory:` and `file:..` would keep nothing.
fn plain(path: &Path) -> PathBuf {
    Path::new(".").join(path)
}

fn wal_of(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

/// Makes the file before SQLite would: its mode is what `-wal` gets as well.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => take_over(path),
        Err(error) => Err(StoreError::failed(error)),
        Ok(_) => keep_name(path).map_err(StoreError::failed),
    }
}

/// A file that is there already: an empty one becomes a journal, and one too short for SQLite,
/// which would write over it, is none.
fn take_over(path: &Path) -> Result<(), StoreError> {
    let found = std::fs::metadata(path).map_err(StoreError::failed)?;
    match found.len() {
        0 if found.is_file() => hide(path).map_err(StoreError::failed),
        length @ 1..512 => Err(StoreError::NotAJournal(format!(
            "it is no SQLite file, which has 512 bytes at least, and this one {length}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn hide(path: &Path) -> std::io::Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode)
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // There is nothing to be done, and no failure.
fn hide(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// A new file's name outlives a power cut only when its folder is on disk as well.
#[cfg(unix)]
fn keep_name(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // There is nothing to be done, and no failure.
fn keep_name(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn prepare(connection: Connection, has_wal: bool) -> Result<File, StoreError> {
    connection.busy_timeout(PATIENCE).map_err(store_error)?;
    // The lock of the first transaction is kept until the connection ends.
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .map_err(store_error)?;
    // It is held from the first look on, so that of two who come at once one gets it.
    connection
        .execute_batch("BEGIN EXCLUSIVE")
        .map_err(store_error)?;
    let is_new = is_new(&connection, has_wal)?;
    connection.execute_batch("COMMIT").map_err(store_error)?;
    settings(&connection)?;
    let mut file = File(connection);
    if is_new {
        make_tables(&mut file.0).map_err(store_error)?;
    }
    mark_open(&file.0).map_err(store_error)?;
    Ok(file)
}

fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = begin(connection)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    set_version(&transaction, VERSION)?;
    transaction.commit()
}

/// Writes into the file itself that it is not whole from now on. Nothing is sent before that.
fn mark_open(connection: &Connection) -> rusqlite::Result<()> {
    keep_wal(connection, true)?;
    set_version(connection, VERSION | OPEN)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn set_version(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", version)
}

/// Whether `-wal` stays as it is when the connection ends.
fn keep_wal(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(config, keep).map(drop)
}

/// Whether there is nothing in the file; an error where it is something else than a journal, or
/// half of one.
fn is_new(connection: &Connection, has_wal: bool) -> Result<bool, StoreError> {
    let ask = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let tables = ask("SELECT count(*) FROM sqlite_schema").map_err(store_error)?;
    let application = ask("PRAGMA application_id").map_err(store_error)?;
    let version = ask("PRAGMA user_version").map_err(store_error)?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(true),
        (APPLICATION_ID, VERSION, _) => Ok(false),
        (APPLICATION_ID, version, _) if version == VERSION | OPEN => match has_wal {
            true => Ok(false),
            false => Err(StoreError::NotAJournal(
                "it is only half of one: its process was killed, and what was written last is in \
                 a file of the same name with -wal at its end, which is missing; put that beside it"
                    .to_owned(),
            )),
        },
        (APPLICATION_ID, newer, _) => Err(StoreError::NotAJournal(format!(
            "its version is {newer}, and this program knows {VERSION}"
        ))),
        _ => Err(StoreError::NotAJournal(
            "it is a SQLite file of something else".to_owned(),
        )),
    }
}

fn settings(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(store_error)?;
    if mode != "wal" {
        // A place where SQLite keeps its log in memory, say, keeps no journal.
        let why = format!("SQLite cannot keep its log beside it (journal_mode {mode})");
        return Err(StoreError::failed(why));
    }
    // A commit is on disk when it returns; on macOS only so.
    let durable = connection
        .pragma_update(None, "synchronous", "FULL")
        .and_then(|()| connection.pragma_update(None, "fullfsync", true))
        .and_then(|()| connection.pragma_update(None, "checkpoint_fullfsync", true));
    durable.map_err(store_error)
}

fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// The writer: whatever came while it was writing goes into the next transaction.
fn work(mut file: File, jobs: &Receiver<Job>) {
    let connection = &mut file.0;
    let mut held = None;
    loop {
        let Some(job) = held.take().or_else(|| jobs.recv().ok()) else {
            return;
        };
        match job {
            Job::Other(work) => work(connection),
            Job::Change(change, tell) => {
                let mut batch = vec![(change, tell)];
                while batch.len() < MOST && held.is_none() {
                    match jobs.try_recv() {
                        Ok(Job::Change(change, tell)) => batch.push((change, tell)),
                        Ok(other) => held = Some(other),
                        Err(_) => break,
                    }
                }
                write_batch(connection, batch);
            }
        }
    }
}

type Waiting = (Box<Change>, oneshot::Sender<Result<(), StoreError>>);

fn write_batch(connection: &mut Connection, batch: Vec<Waiting>) {
    let (changes, tells): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    // Whoever does not wait any more still gets the change.
    match commit(connection, &changes) {
        Ok(ends) => {
            for (tell, end) in tells.into_iter().zip(ends) {
                drop(tell.send(end));
            }
        }
        Err(error) => {
            let error = store_error(error);
            for tell in tells {
                drop(tell.send(Err(error.clone())));
            }
        }
    }
}

type Ends = Vec<Result<(), StoreError>>;

fn commit(connection: &mut Connection, changes: &[Box<Change>]) -> rusqlite::Result<Ends> {
    let transaction = begin(connection)?;
    let mut ends = Vec::with_capacity(changes.len());
    for change in changes {
        ends.push(match apply(&transaction, change)? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict(change.line)),
        });
    }
    transaction.commit()?;
    Ok(ends)
}

/// How many lines it changed: one, or none.
fn apply(transaction: &Transaction<'_>, change: &Change) -> rusqlite::Result<usize> {
    if !change.from.may_become(change.to) {
        return Ok(0);
    }
    let (line, from) = (number(change.line)?, change.from.as_str());
    let at = number(change.at)?;
    if change.to == State::Intent {
        let mut statement = transaction.prepare_cached(TO_INTENT)?;
        return statement.execute(params![line, from, at]);
    }
    let mut statement = transaction.prepare_cached(TO_END)?;
    let to = change.to.as_str();
    statement.execute(params![line, from, to, at, change.report, change.answer])
}

fn create(connection: &mut Connection, header: &Header, lines: &[Planned]) -> rusqlite::Result<()> {
    let transaction = begin(connection)?;
    let Identity {
        subject,
        destination,
        input,
    } = &header.identity;
    transaction.execute(
        "INSERT INTO journal (one, id, subject, destination, input) VALUES (1, ?1, ?2, ?3, ?4)",
        params![header.id, subject, destination, input],
    )?;
    {
        let sql = "INSERT INTO lines (line, key, hash) VALUES (?1, ?2, ?3)";
        let mut statement = transaction.prepare(sql)?;
        for planned in lines {
            statement.execute(params![number(planned.line)?, planned.key, planned.hash])?;
        }
    }
    transaction.commit()
}

fn add(connection: &mut Connection, key: &str, hash: Option<Hash>) -> rusqlite::Result<Entry> {
    let find = format!("{ENTRY} WHERE key = ?1");
    let known = connection.query_row(&find, [key], entry).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let transaction = begin(connection)?;
    let sql = "INSERT INTO lines (key, hash) VALUES (?1, ?2)";
    transaction.execute(sql, params![key, hash])?;
    let added = transaction.query_row(&find, [key], entry)?;
    transaction.commit()?;
    Ok(added)
}

fn header(row: &Row<'_>) -> rusqlite::Result<Header> {
    Ok(Header {
        id: row.get(0)?,
        identity: Identity {
            subject: row.get(1)?,
            destination: row.get(2)?,
            input: row.get::<_, Option<Hash>>(3)?,
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
