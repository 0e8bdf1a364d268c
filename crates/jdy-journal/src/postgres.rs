//! A journal in a Postgres database.
//!
//! Owns the store as its callers see it: the requests go to a thread of their own, in the order of
//! the calls, whatever becomes of the caller. Must not know what the lines are about.

mod address;
mod credentials;
mod event;
mod fault;
mod parameters;
mod rows;
mod schema;
mod session;
mod tls;
mod transaction;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use jdy_runtime::runtime::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

pub use self::address::{InvalidAddress, PostgresConfig};
pub use self::event::PostgresEvent;
use self::worker::{Job, Tell, Worker};
use crate::entry::{Change, Entry};
use crate::store::{Header, JournalStore, PlannedEntry, RequestHash, StoreError};

/// Keeps a journal in a Postgres database, version 12 or later. One database holds many lists, each
/// by its name; a store locks one of them for its process.
///
/// ```no_run
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// use jdy_journal::{Journal, PostgresConfig, PostgresStore};
///
/// // The password is in PGPASSWORD or in ~/.pgpass.
/// let config = PostgresConfig::from_environment("postgres://shop@db.example/shop")?;
/// let store = PostgresStore::connect(config, "recharges of May").await?;
/// let journal = Journal::open(store, "recharges", "account set of shop 1").await?;
/// # Ok(())
/// # }
/// ```
///
/// # Rights
///
/// The tables are in a schema of their own, `jdy_journal` unless
/// [`PostgresConfig::schema`] says otherwise. The first change of the first list makes them, and
/// the first change by a later version of this crate migrates them. That needs a role that owns the
/// schema, or that may make it:
///
/// ```sql
/// CREATE SCHEMA jdy_journal AUTHORIZATION jdy_owner;
/// ```
///
/// Once they are made, a role with these rights suffices:
///
/// ```sql
/// GRANT USAGE ON SCHEMA jdy_journal TO jdy_app;
/// GRANT SELECT ON jdy_journal.version TO jdy_app;
/// GRANT SELECT, INSERT, UPDATE ON jdy_journal.lists, jdy_journal.lines TO jdy_app;
/// ```
///
/// # The lock
///
/// A session advisory lock: Postgres releases it when the connection ends, and so when the process
/// does. If the network between them is cut, it takes about a minute. A pool in front of Postgres
/// that gives each transaction another session (pgbouncer in its mode `transaction`) is detected
/// and refused.
///
/// # When the database is away
///
/// A change that was requested waits, up to [`PostgresConfig::patience`], and
/// [`PostgresConfig::on_event`] is called. The store connects again and takes the lock again. If the
/// connection was lost in a commit, it first reads whether the commit was done. If another process
/// has written the list meanwhile, or the database has forgotten a commit, every further change is
/// refused.
///
/// # What the server must keep
///
/// A commit is on the server's disk when it is reported: `synchronous_commit` is switched on, and a
/// server with `fsync=off` is refused. Whether it survives the loss of that server is a matter of
/// its standby: only with `synchronous_standby_names` has a standby that takes over every commit.
///
/// # Differences from a file
///
/// Postgres keeps no NUL in a text: it becomes U+FFFD in a report, and a key with one is refused.
/// The library beneath writes statements with their values to the `log` crate at level `debug`,
/// under the target `tokio_postgres`; a program that logs at that level logs keys and answers.
pub struct PostgresStore {
    jobs: Option<UnboundedSender<Job>>,
    worker: Option<JoinHandle<()>>,
    is_closing: Arc<AtomicBool>,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects and locks the list of this name. Nothing is written before the first change, so
    /// that a caller that only reads, or is refused, leaves the database as it is.
    ///
    /// # Errors
    /// Another process has locked the list, the server cannot be reached or refuses, or it cannot
    /// keep what it confirms.
    pub async fn connect(config: PostgresConfig, list: &str) -> Result<Self, StoreError> {
        let list = list.to_owned();
        if list.is_empty() || list.contains('\0') {
            return Err(StoreError::failed("a list needs a name, without a NUL"));
        }
        let is_closing = Arc::new(AtomicBool::new(false));
        let (jobs, received) = unbounded_channel();
        let (tell, told) = oneshot::channel();
        let closing = is_closing.clone();
        // A thread of its own: what was requested is written whatever becomes of the caller's
        // runtime.
        let worker = std::thread::Builder::new()
            .name("jdy-journal".to_owned())
            .spawn(move || run(config, list, closing, received, tell))
            .map_err(StoreError::failed)?;
        told.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Self {
            jobs: Some(jobs),
            worker: Some(worker),
            is_closing,
        })
    }

    /// Asks the thread. The request is made when this is called, not when the future is polled.
    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(Tell<T>) -> Job,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (tell, told) = oneshot::channel();
        // If the thread has ended, the caller's channel is closed, which reports it.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(job(tell)));
        }
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(gone())) })
    }
}

/// The body of the thread.
fn run(
    config: PostgresConfig,
    list: String,
    is_closing: Arc<AtomicBool>,
    jobs: UnboundedReceiver<Job>,
    tell: Tell<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return drop(tell.send(Err(StoreError::failed(error)))),
    };
    runtime.block_on(async {
        match Worker::open(config, list, is_closing).await {
            Ok(worker) => {
                drop(tell.send(Ok(())));
                worker.work(jobs).await;
            }
            Err(error) => drop(tell.send(Err(error))),
        }
    });
    // A look-up of a name that is still running must not delay the end.
    runtime.shutdown_background();
}

impl Drop for PostgresStore {
    /// Waits until all requested changes are written, for a few seconds if the database is away,
    /// and releases the lock.
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(worker) = self.worker.take() {
            // A panic of the thread was already reported.
            drop(worker.join());
        }
    }
}

impl JournalStore for PostgresStore {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.ask(Job::Header)
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(|tell| Job::Create(header, lines, tell))
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.ask(|tell| Job::Add(key, hash, tell))
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.ask(Job::Entries)
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|tell| Job::Change(Box::new(change), tell))
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.ask(|tell| Job::Answer(line, tell))
    }
}

fn gone() -> StoreError {
    StoreError::failed("its thread has ended")
}
