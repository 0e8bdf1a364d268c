//! A journal in a Postgres database.
//!
//! Owns the store as its callers see it: the requests go to a thread of their own, in the order of
//! the calls, whatever becomes of the caller. Must not know what the lines are about.

mod address;
mod changes;
mod claims;
mod credentials;
mod event;
mod fault;
mod incarnation;
mod jobs;
mod lease;
mod limits;
mod membership;
mod parameters;
mod recovery;
mod rows;
mod schema;
mod session;
mod shown;
mod statements;
mod tls;
mod transaction;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::SendGuard;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

pub use self::address::{InvalidAddress, PostgresConfig};
pub use self::event::PostgresEvent;
use self::jobs::{Job, Tell};
use self::lease::Intents;
pub use self::limits::PostgresLimiter;
pub use self::recovery::{Missing, Recovered};
use self::worker::Worker;
use crate::entry::{Change, Entry};
use crate::fleet::{Claim, Fleet, LateAnswer, LookUpProgress, Rest, WorkerInfo};
use crate::reconcile::Reconciled;
use crate::store::{Header, JournalStore, PlannedEntry, RequestHash, StoreError};

/// Keeps a journal in a Postgres database, version 12 or later. One database holds many lists, each
/// by its name, and several processes may work on one list at a time.
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
/// a later version of this crate migrates them when it connects. That needs a role that owns the
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
/// GRANT SELECT, INSERT, UPDATE ON jdy_journal.lists, jdy_journal.lines,
///     jdy_journal.workers, jdy_journal.late, jdy_journal.permits TO jdy_app;
/// ```
///
/// # Workers and leases
///
/// A store becomes a worker of its list with its first change; one that only reads writes nothing.
/// A worker has a number that is greater than those of all before it, and a lease
/// ([`PostgresConfig::lease`]), which is counted by the database's clock alone and renewed by a
/// thread of the store. When it ends, any other worker of the list ends this one: the lines that it
/// had claimed are free again, those whose intent it had written are unknown. Whatever it writes as
/// this worker from then on is refused; the process goes on as a new worker, with a new number. The
/// outcome of a call that it brings late is not lost: if the line is still unknown, by the lapsed
/// lease alone, it becomes the line's outcome; otherwise it is kept beside it ([`Fleet::late`]), and
/// one that contradicts what was decided is an alert ([`PostgresEvent::Late`]).
///
/// A process that stood still, as a machine that was suspended does, must not send what others have
/// declared unknown. So a request is signed first, and leaves only while the lease certainly holds
/// by both of the machine's clocks ([`Call::send_while`](jdy_runtime::Call::send_while)). One that
/// is not let go is not sent, and is tried again. What leaves was signed before the lease ended, and
/// the gateway refuses a timestamp that is 5 minutes old: what a look-up that began after the end of
/// the lease does not find 5 minutes later does not come any more.
///
/// A session advisory lock on the worker's number proves after a lost connection that no earlier
/// session of this process can still commit. A pool in front of Postgres that gives each
/// transaction another session (pgbouncer in its mode `transaction`) is detected and refused.
///
/// # Cost
///
/// A batch of claims is one round trip and one commit, a group of intents or outcomes two round
/// trips and one commit, however many lines it has. An idle worker renews its lease three times in
/// its length; one that waits for the others reads ten times a second.
///
/// # When the database is away
///
/// A change that was requested waits, up to [`PostgresConfig::patience`], and
/// [`PostgresConfig::on_event`] is called. The store connects again and takes the lock again. If the
/// connection was lost in a commit, it first reads whether the commit was done. If the database has
/// forgotten a commit, every further change is refused ([`StoreError::SetBack`]).
///
/// # After a restore or a failover
///
/// A database that was restored, copied or failed over may lack that calls were made, and a process
/// that starts afterwards would make them again. So the tables hold which incarnation of the
/// database has every commit: the cluster, its timeline, the database and the table. In another one
/// nothing is sent and no list is created ([`StoreError::Restored`]); how calls ended is still
/// written, and all can be read. [`PostgresStore::recover`] says what becomes of the lines. Where
/// each failover has every commit, [`PostgresConfig::trust_failover`] goes on without. What begins
/// no timeline is the same incarnation: a disk that was put back, and a base backup or a standby
/// that was started without its signal file. So is a server whose role may not ask for it
/// ([`PostgresEvent::Unwatched`]).
///
/// # What the server must keep
///
/// A commit is on the server's disk when it is reported: `synchronous_commit` is switched on, and a
/// server with `fsync=off` is refused. Whether it survives the loss of that server is a matter of
/// its standby: only with `synchronous_standby_names` has a standby that takes over every commit. One
/// that did not wait for it, as an operator cancelled the waiting or the server was started again, is
/// reported only when a later one has waited.
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
    intents: Arc<Intents>,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, for the list of this name. Nothing is written before the first change, so that a
    /// caller that only reads, or is refused, leaves the lists as they are. Tables of an earlier
    /// version are migrated.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, it cannot keep what it confirms, or the tables are of
    /// an earlier version and of another role.
    pub async fn connect(config: PostgresConfig, list: &str) -> Result<Self, StoreError> {
        let list = list.to_owned();
        if list.is_empty() || list.contains('\0') {
            return Err(StoreError::failed("a list needs a name, without a NUL"));
        }
        let is_closing = Arc::new(AtomicBool::new(false));
        let (jobs, received) = unbounded_channel();
        let (tell, told) = oneshot::channel();
        let intents = Arc::new(Intents::default());
        let shared = (is_closing.clone(), intents.clone());
        // A thread of its own: what was requested is written whatever becomes of the caller's
        // runtime.
        let worker = std::thread::Builder::new()
            .name("jdy-journal".to_owned())
            .spawn(move || run(config, list, shared, received, tell))
            .map_err(StoreError::failed)?;
        told.await.unwrap_or_else(|_| Err(StoreError::stopped()))?;
        Ok(Self {
            jobs: Some(jobs),
            worker: Some(worker),
            is_closing,
            intents,
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
        Box::pin(async move { told.await.unwrap_or_else(|_| Err(StoreError::stopped())) })
    }
}

/// The body of the thread.
fn run(
    config: PostgresConfig,
    list: String,
    (is_closing, intents): (Arc<AtomicBool>, Arc<Intents>),
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
        match Worker::open(config, list, is_closing, intents).await {
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
    /// and ends the worker: its claims are free at once.
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

    fn fleet(&self) -> Option<&dyn Fleet> {
        Some(self)
    }
}

impl Fleet for PostgresStore {
    fn current_entries(&self) -> BoxFuture<'static, Result<Vec<Entry>, StoreError>> {
        self.ask(Job::Seen)
    }

    fn reap(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(Job::Reap)
    }

    fn begin(&self) -> BoxFuture<'static, Result<u64, StoreError>> {
        self.ask(Job::Begin)
    }

    fn claim(
        &self,
        most: usize,
        with_unknown: bool,
    ) -> BoxFuture<'static, Result<Vec<Claim>, StoreError>> {
        self.ask(|tell| Job::Claim(most, with_unknown, tell))
    }

    fn rest(&self) -> BoxFuture<'static, Result<Rest, StoreError>> {
        self.ask(Job::Rest)
    }

    fn leave(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(Job::Leave)
    }

    fn named(&self) -> BoxFuture<'static, Result<Vec<u64>, StoreError>> {
        self.ask(Job::Named)
    }

    fn take_role(&self) -> BoxFuture<'static, Result<Option<LookUpProgress>, StoreError>> {
        self.ask(Job::TakeRole)
    }

    fn keep_progress(
        &self,
        progress: LookUpProgress,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|tell| Job::KeepProgress(progress, tell))
    }

    fn give_role(
        &self,
        found: Reconciled,
        is_done: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        self.ask(|tell| Job::GiveRole(found, is_done, tell))
    }

    fn guard(&self, line: u64) -> Option<SendGuard> {
        self.intents.guard(line)
    }

    fn workers(&self) -> BoxFuture<'static, Result<Vec<WorkerInfo>, StoreError>> {
        self.ask(Job::Workers)
    }

    fn late(&self) -> BoxFuture<'static, Result<Vec<LateAnswer>, StoreError>> {
        self.ask(Job::Late)
    }
}
