//! The one thread that speaks with the database.
//!
//! Owns the order of the requests, the groups of changes that share a transaction, and what follows
//! from a lost connection: wait, connect, take the lock again, see whether this process is still
//! the one that wrote last, and read an unclear commit before anything else. Must not know how a
//! transaction is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot::Sender;

use super::address::{Encryption, PostgresConfig};
use super::event::PostgresEvent;
use super::fault::Fault;
use super::rows::{entry, field, header, number};
use super::session::{Backend, Mark, Session};
use super::tls::Tls;
use super::transaction::{End, Ground, replaced};
use crate::entry::{Change, Entry};
use crate::store::{Header, PlannedEntry, RequestHash, StoreError, deliver};

/// The maximum number of changes in one transaction; more would delay the first of them.
const MAX_GROUP: usize = 512;

/// The maximum of their answers, in bytes.
const MAX_GROUP_BYTES: usize = 8 << 20;

/// How long a lock that another session holds is tried for. The session of a process that was
/// killed ends within moments.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The same when this process held it before: its own old session may not have ended yet.
const RELOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a store that is being dropped waits for a database that is away.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) type Tell<T> = Sender<Result<T, StoreError>>;

/// What is asked of the database.
pub(super) enum Job {
    Header(Tell<Option<Header>>),
    Create(Header, Vec<PlannedEntry>, Tell<()>),
    Add(String, Option<RequestHash>, Tell<Entry>),
    Entries(Tell<Vec<Entry>>),
    Change(Box<Change>, Tell<()>),
    Answer(u64, Tell<Option<Vec<u8>>>),
}

/// What the thread knows.
pub(super) struct Worker {
    config: PostgresConfig,
    encryption: Encryption,
    tls: Option<Tls>,
    list: String,
    lock: i64,
    /// The name of this process on the list.
    holder: String,
    session: Option<Session>,
    /// The server's process of the last session.
    last: Option<Backend>,
    /// The mark of the list as this process left or found it.
    known: Option<Mark>,
    /// The mark that an unclear commit leaves, if it was done.
    pending: Option<Mark>,
    /// Whether the commit was found done, when it was last looked up.
    was_done: bool,
    away_since: Option<Duration>,
    pause: Duration,
    is_closing: Arc<AtomicBool>,
}

impl Worker {
    /// Connects, takes the lock and reads the mark.
    pub(super) async fn open(
        config: PostgresConfig,
        list: String,
        is_closing: Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let encryption = config.encryption().map_err(StoreError::failed)?;
        let random = getrandom::u64().map_err(StoreError::failed)?;
        let mut worker = Self {
            tls: Tls::new(&encryption).map_err(StoreError::failed)?,
            lock: lock_of(&config.schema, &list),
            holder: format!("{random:016x}"),
            encryption,
            config,
            list,
            session: None,
            last: None,
            known: None,
            pending: None,
            was_done: false,
            away_since: None,
            pause: FIRST_PAUSE,
            is_closing,
        };
        match worker.connect().await {
            Ok((session, mark)) => {
                worker.last = Some(session.backend.clone());
                worker.session = Some(session);
                worker.known = mark;
                Ok(worker)
            }
            Err(Fault::Lost(why) | Fault::Passing(why)) => {
                let why = format!("{}: {why}", worker.config.place());
                Err(StoreError::failed(why))
            }
            Err(Fault::Final(error)) => Err(error),
        }
    }

    /// Does what is asked until nobody can ask any more.
    pub(super) async fn work(mut self, mut jobs: UnboundedReceiver<Job>) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => Some(job),
                None => jobs.recv().await,
            };
            match job {
                Some(Job::Change(change, tell)) => {
                    next = self.group(*change, tell, &mut jobs).await;
                }
                Some(other) => self.answer(other).await,
                None => break,
            }
        }
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    /// Makes a change together with those that wait behind it. Returns the request behind them.
    async fn group(
        &mut self,
        change: Change,
        tell: Tell<()>,
        jobs: &mut UnboundedReceiver<Job>,
    ) -> Option<Job> {
        let size = |change: &Change| change.answer.as_ref().map_or(0, Vec::len);
        let mut bytes = size(&change);
        let (mut changes, mut tells) = (vec![change], vec![tell]);
        let mut next = None;
        while changes.len() < MAX_GROUP && bytes < MAX_GROUP_BYTES && next.is_none() {
            match jobs.try_recv() {
                Ok(Job::Change(change, tell)) => {
                    bytes += size(&change);
                    changes.push(*change);
                    tells.push(tell);
                }
                Ok(other) => next = Some(other),
                Err(_) => break,
            }
        }
        // The changes are made even if their callers no longer wait.
        let work =
            async |session: &Session, ground: &Ground<'_>| session.change(ground, &changes).await;
        deliver(tells, self.write(work).await);
        next
    }

    async fn answer(&mut self, job: Job) {
        match job {
            Job::Header(tell) => drop(tell.send(self.header().await)),
            Job::Entries(tell) => drop(tell.send(self.entries().await)),
            Job::Answer(line, tell) => drop(tell.send(self.kept_answer(line).await)),
            Job::Create(header, lines, tell) => {
                let done = self.create(&header, &lines).await;
                drop(tell.send(done));
            }
            Job::Add(key, hash, tell) => {
                let work = async |session: &Session, ground: &Ground<'_>| {
                    session.add(ground, &key, hash).await
                };
                drop(tell.send(self.write(work).await));
            }
            Job::Change(_, tell) => drop(tell.send(Err(StoreError::failed("out of order")))),
        }
    }

    async fn create(&mut self, header: &Header, lines: &[PlannedEntry]) -> Result<(), StoreError> {
        let schema = self.config.schema.clone();
        loop {
            let session = self.session().await;
            let made = match session {
                Ok(session) => session.make(&schema).await,
                Err(fault) => Err(fault),
            };
            match made {
                Ok(()) => break,
                Err(fault) => self.bear(fault, false).await?,
            }
        }
        let work = async |session: &Session, ground: &Ground<'_>| {
            session.create(ground, header, lines).await
        };
        self.write(work).await
    }

    async fn header(&mut self) -> Result<Option<Header>, StoreError> {
        let list = self.list.clone();
        let read = async |session: &Session, _: i64| {
            let rows = session
                .rows(&session.statements()?.header, &[&list])
                .await?;
            rows.first().map(header).transpose()
        };
        self.read(read).await.map(Option::flatten)
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, StoreError> {
        let read = async |session: &Session, id: i64| {
            let rows = session.rows(&session.statements()?.entries, &[&id]).await?;
            rows.iter().map(entry).collect::<Result<Vec<_>, _>>()
        };
        self.read(read).await.map(Option::unwrap_or_default)
    }

    async fn kept_answer(&mut self, line: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = async |session: &Session, id: i64| {
            let answer = &session.statements()?.answer;
            let rows = session.rows(answer, &[&id, &number(line)]).await?;
            let answer = rows.first().map(|row| field::<Option<Vec<u8>>>(row, 0));
            answer.transpose()
        };
        let kept = self.read(read).await?;
        Ok(kept.flatten().flatten())
    }

    /// Reads until it succeeds or the patience ends; `None` if there is no journal.
    async fn read<T>(
        &mut self,
        mut work: impl AsyncFnMut(&Session, i64) -> Result<T, Fault>,
    ) -> Result<Option<T>, StoreError> {
        loop {
            let fault = match self.session().await.map(|_| ()) {
                Err(fault) => fault,
                Ok(()) => {
                    let Some((session, known)) = self.session.as_ref().zip(self.known.as_ref())
                    else {
                        return Ok(None);
                    };
                    match work(session, known.id).await {
                        Ok(done) => {
                            self.is_well();
                            return Ok(Some(done));
                        }
                        Err(fault) => fault,
                    }
                }
            };
            self.bear(fault, false).await?;
        }
    }

    /// Makes a transaction until it is committed or refused, or the patience ends. One whose commit
    /// is not clear is looked up first.
    async fn write<T>(
        &mut self,
        mut work: impl AsyncFnMut(&Session, &Ground<'_>) -> Result<End<T>, Fault>,
    ) -> Result<T, StoreError> {
        let mut unclear = None;
        loop {
            let fault = match self.session().await.map(|_| ()) {
                Err(fault) => fault,
                Ok(()) => {
                    if let Some(done) = unclear.take()
                        && self.was_done
                    {
                        self.is_well();
                        return Ok(done);
                    }
                    match self.tried(&mut work).await {
                        Ok(End::Unchanged(done)) => {
                            self.is_well();
                            return Ok(done);
                        }
                        Ok(End::Committed(done, mark)) => {
                            self.known = Some(mark);
                            self.is_well();
                            return Ok(done);
                        }
                        Ok(End::Unclear(done, mark, why)) => {
                            self.pending = Some(mark);
                            unclear = Some(done);
                            Fault::Lost(why)
                        }
                        Err(fault) => fault,
                    }
                }
            };
            self.bear(fault, unclear.is_some()).await?;
        }
    }

    async fn tried<T>(
        &self,
        work: &mut impl AsyncFnMut(&Session, &Ground<'_>) -> Result<End<T>, Fault>,
    ) -> Result<End<T>, Fault> {
        let ground = Ground {
            list: &self.list,
            holder: &self.holder,
            mark: self.known.as_ref(),
        };
        match self.session.as_ref() {
            Some(session) => work(session, &ground).await,
            None => Err(Fault::no_answer()),
        }
    }

    /// The open session. If there is none, a new one: then the outcome of an unclear commit is read
    /// before this returns.
    async fn session(&mut self) -> Result<&mut Session, Fault> {
        self.was_done = false;
        if let Some(session) = self.session.take_if(|it| it.client.is_closed()) {
            drop(session);
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let (session, mark) = self.connect().await?;
                self.settle(mark)?;
                session
            }
        };
        self.last = Some(session.backend.clone());
        Ok(self.session.insert(session))
    }

    /// Compares the mark of the list with what this process knows.
    fn settle(&mut self, mark: Option<Mark>) -> Result<(), Fault> {
        if mark == self.known {
            self.pending = None;
        } else if mark.is_some() && mark == self.pending {
            self.known = self.pending.take();
            self.was_done = true;
        } else {
            return Err(replaced());
        }
        Ok(())
    }

    /// Connects, takes the lock and reads the mark. With the lock it is certain that no earlier
    /// session of this process can still commit anything.
    async fn connect(&self) -> Result<(Session, Option<Mark>), Fault> {
        let connected = Session::connect(&self.config, &self.encryption, self.tls.as_ref());
        let mut session = connected.await?;
        let limit = match &self.last {
            None => LOCK_TIMEOUT,
            Some(_) => RELOCK_TIMEOUT,
        };
        let begun = TokioRuntime.monotonic();
        while !session.lock(self.lock).await? {
            if let Some(last) = &self.last {
                session.end(last).await?;
            }
            if TokioRuntime.monotonic().saturating_sub(begun) >= limit {
                return Err(Fault::Final(StoreError::Locked));
            }
            TokioRuntime.sleep(FIRST_PAUSE).await;
        }
        session.look(&self.config.schema).await?;
        let mark = session.mark(&self.list).await?;
        Ok((session, mark))
    }

    /// Waits before the next attempt, or fails: at once with what cannot pass, and else when the
    /// patience has ended.
    async fn bear(&mut self, fault: Fault, is_unclear: bool) -> Result<(), StoreError> {
        let why = match fault {
            Fault::Final(error) => {
                // Whatever the session is in the middle of, it is not used again.
                if self
                    .session
                    .as_ref()
                    .is_some_and(|it| it.client.is_closed())
                {
                    self.session = None;
                }
                return Err(error);
            }
            Fault::Passing(why) => why,
            Fault::Lost(why) => {
                self.session = None;
                why
            }
        };
        let now = TokioRuntime.monotonic();
        if self.away_since.is_none() {
            self.tell(&PostgresEvent::Waiting(why.clone()));
        }
        let since = *self.away_since.get_or_insert(now);
        let limit = match self.is_closing.load(Ordering::Relaxed) {
            true => self.config.patience.min(LAST_PATIENCE),
            false => self.config.patience,
        };
        let waited = now.saturating_sub(since);
        if waited >= limit {
            let outcome = match is_unclear {
                true => "; whether the change was committed is not known",
                false => "; the change was not made",
            };
            let place = self.config.place();
            let seconds = waited.as_secs();
            return Err(StoreError::failed(format!(
                "{place} could not be written for {seconds} s: {why}{outcome}"
            )));
        }
        TokioRuntime.sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }

    fn is_well(&mut self) {
        self.pause = FIRST_PAUSE;
        if self.away_since.take().is_some() {
            self.tell(&PostgresEvent::Back);
        }
    }

    fn tell(&self, event: &PostgresEvent) {
        if let Some(hook) = &self.config.on_event {
            hook(event);
        }
    }
}

/// The number of the advisory lock of a list. Two lists that share one exclude each other, which is
/// improbable and harmless.
fn lock_of(schema: &str, list: &str) -> i64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(format!("jdy-journal\n{schema}\n{list}"));
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    i64::from_be_bytes(bytes)
}
