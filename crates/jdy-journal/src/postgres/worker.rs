//! The one thread that speaks with the database.
//!
//! Owns what follows from a lost connection (wait, connect, take the lock again, see whether this
//! process is still the worker that it was, and read an unclear commit before anything else) and
//! from a lease that ended: the process goes on as a new worker. Must not know how a transaction is
//! made, nor what is asked.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};

use super::address::{Encryption, PostgresConfig};
use super::event::PostgresEvent;
use super::fault::Fault;
use super::lease::{Intents, Lease, Moment};
use super::session::{Backend, Mark, Session};
use super::tls::Tls;
use super::transaction::{End, Ground, replaced};
use crate::entry::Change;
use crate::store::StoreError;

/// How long the lock of this worker is tried for: its own old session may not have ended yet.
const RELOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a store that is being dropped waits for a database that is away.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the thread knows.
pub(super) struct Worker {
    pub(super) config: PostgresConfig,
    encryption: Encryption,
    tls: Option<Tls>,
    /// The name of the list.
    pub(super) list: String,
    /// The name under which this process joins; another one for each worker.
    name: Option<String>,
    /// Its number; `None` if it was not made.
    pub(super) id: Option<i64>,
    pub(super) session: Option<Session>,
    /// The server's process of the last session.
    last: Option<Backend>,
    /// This process as a worker of the list; `None` before its first change.
    pub(super) own: Option<Own>,
    /// The run that a fenced worker took part in, and the next one goes on with.
    pub(super) former_run: i64,
    /// The lease under which the last transaction was written.
    pub(super) written_under: Option<Arc<Lease>>,
    pub(super) intents: Arc<Intents>,
    /// Whether the calls of the list only read.
    pub(super) only_reads: bool,
    /// The mark that an unclear commit leaves, if it was done.
    pending: Option<Mark>,
    /// Whether the commit was found done, when it was last looked up.
    was_done: bool,
    /// Whether a commit was found done that the standby may lack.
    is_unconfirmed: bool,
    /// Whether it was reported that a restore would not be noticed.
    is_unwatched: bool,
    pub(super) away_since: Option<Duration>,
    pause: Duration,
    /// When the lease is tried to be renewed again, after that failed.
    renew_at: Duration,
    /// When the leases of others are looked at again.
    pub(super) reap_at: Duration,
    /// How calls have ended, of lines that may still be `intent`: the database was away or refused
    /// it, and nobody else may end the calls of a living worker.
    pub(super) owed: Vec<Change>,
    /// When that is tried again.
    pub(super) pay_at: Duration,
    is_closing: Arc<AtomicBool>,
}

/// A worker, from its joining until it ends or is fenced.
pub(super) struct Own {
    pub(super) mark: Mark,
    pub(super) lease: Arc<Lease>,
    /// The run that it takes part in; 0 for none.
    pub(super) run: i64,
    /// Whether the database knows it as one that holds no line and finds none.
    pub(super) is_idle: bool,
    /// The line behind which it claims next.
    pub(super) cursor: i64,
    /// What the list said of free lines before a search that found all.
    pub(super) exhausted_at: Option<i64>,
    /// The lines that it has claimed and not sent.
    pub(super) held: HashSet<u64>,
}

impl Own {
    fn new(mark: Mark, lease: Lease) -> Self {
        Self {
            mark,
            lease: Arc::new(lease),
            run: 0,
            is_idle: false,
            cursor: 0,
            exhausted_at: None,
            held: HashSet::new(),
        }
    }

    /// It is in this run now, and has searched for nothing.
    pub(super) fn enter(&mut self, run: i64) {
        (self.run, self.is_idle, self.cursor) = (run, false, 0);
        self.exhausted_at = None;
        self.held.clear();
    }
}

/// What becomes of a transaction when the worker was fenced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenFenced {
    /// It is made by the next worker.
    Rejoin,
    /// It is not made.
    Stop,
}

impl Worker {
    /// Connects, and looks whether there is a list.
    pub(super) async fn open(
        config: PostgresConfig,
        list: String,
        is_closing: Arc<AtomicBool>,
        intents: Arc<Intents>,
    ) -> Result<Self, StoreError> {
        let encryption = config.encryption().map_err(StoreError::failed)?;
        let mut worker = Self {
            tls: Tls::new(&encryption).map_err(StoreError::failed)?,
            encryption,
            config,
            list,
            name: None,
            id: None,
            session: None,
            last: None,
            own: None,
            former_run: 0,
            written_under: None,
            intents,
            only_reads: false,
            pending: None,
            was_done: false,
            is_unconfirmed: false,
            is_unwatched: false,
            away_since: None,
            pause: FIRST_PAUSE,
            renew_at: Duration::ZERO,
            reap_at: Duration::ZERO,
            owed: Vec::new(),
            pay_at: Duration::ZERO,
            is_closing,
        };
        match worker.session().await {
            Ok(()) => Ok(worker),
            Err(Fault::Lost(why) | Fault::Passing(why)) => {
                let why = format!("{}: {why}", worker.config.place());
                Err(StoreError::failed(why))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Reads until it succeeds or the patience ends; `None` if there is no journal.
    pub(super) async fn read<T>(
        &mut self,
        mut work: impl AsyncFnMut(&Session, i64) -> Result<T, Fault>,
    ) -> Result<Option<T>, StoreError> {
        loop {
            let fault = match self.session().await {
                Err(fault) => fault,
                Ok(()) => {
                    let Some((session, id)) = self.session.as_ref().zip(self.id) else {
                        return Ok(None);
                    };
                    match work(session, id).await {
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
    /// is not clear is looked up first. If this process is no worker yet, or not any more, it joins.
    pub(super) async fn write<T>(
        &mut self,
        work: impl AsyncFnMut(&Session, &Ground, &Own) -> Result<End<T>, Fault>,
    ) -> Result<T, StoreError> {
        let written = self.written(work, WhenFenced::Rejoin).await?;
        written.ok_or_else(|| StoreError::failed("it is no worker of the list"))
    }

    /// The same, but only as the worker that it is.
    pub(super) async fn write_as_is<T>(
        &mut self,
        work: impl AsyncFnMut(&Session, &Ground, &Own) -> Result<End<T>, Fault>,
    ) -> Result<Option<T>, StoreError> {
        self.written(work, WhenFenced::Stop).await
    }

    async fn written<T>(
        &mut self,
        mut work: impl AsyncFnMut(&Session, &Ground, &Own) -> Result<End<T>, Fault>,
        when_fenced: WhenFenced,
    ) -> Result<Option<T>, StoreError> {
        let mut unclear = None;
        loop {
            let fault = match self.session().await {
                Err(fault) => fault,
                Ok(()) => {
                    if let Some(done) = unclear.take()
                        && self.was_done
                    {
                        self.is_well();
                        return Ok(Some(done));
                    }
                    if self.own.is_none() && when_fenced == WhenFenced::Stop {
                        return Ok(None);
                    }
                    match self.tried(&mut work).await {
                        Ok(End::Unchanged(done) | End::Committed(done, _)) => {
                            self.is_well();
                            return Ok(Some(done));
                        }
                        Ok(End::Unclear(done, _, why)) => {
                            unclear = Some(done);
                            Fault::Lost(why)
                        }
                        Err(fault) => fault,
                    }
                }
            };
            if matches!(fault, Fault::Fenced) {
                self.fenced();
                continue;
            }
            self.bear(fault, unclear.is_some()).await?;
        }
    }

    /// Makes a transaction once, as the worker that this process is or becomes.
    async fn tried<T>(
        &mut self,
        work: &mut impl AsyncFnMut(&Session, &Ground, &Own) -> Result<End<T>, Fault>,
    ) -> Result<End<T>, Fault> {
        self.joined().await?;
        let ((session, list), own) = self
            .session
            .as_ref()
            .zip(self.id)
            .zip(self.own.as_ref())
            .ok_or_else(Fault::no_answer)?;
        let ground = Ground {
            list,
            mark: own.mark,
            lease: millis(self.config.lease),
        };
        let sent = Moment::now();
        let end = work(session, &ground, own).await?;
        self.note(&end, sent);
        Ok(end)
    }

    /// What is known after a transaction that began at this moment.
    fn note<T>(&mut self, end: &End<T>, sent: Moment) {
        let Some(own) = &mut self.own else { return };
        match end {
            End::Unchanged(_) => {}
            End::Committed(_, mark) => {
                own.mark = *mark;
                own.lease.renewed(sent);
                self.written_under = Some(own.lease.clone());
            }
            End::Unclear(_, mark, _) => self.pending = Some(*mark),
        }
    }

    /// Renews the lease if it is due and the database is there. Whoever writes waits for it; this
    /// does not.
    pub(super) async fn renew(&mut self) {
        let now = TokioRuntime.monotonic();
        let is_due = self.own.as_ref().is_some_and(|own| own.lease.is_due());
        if !is_due || now < self.renew_at {
            return;
        }
        let mut work =
            async |session: &Session, ground: &Ground, _: &Own| session.renew(ground).await;
        let renewed = match self.session().await {
            // It may have been found fenced: then whatever comes next joins.
            Ok(()) if self.own.is_none() => return,
            Ok(()) => self.tried(&mut work).await,
            Err(fault) => Err(fault),
        };
        match renewed {
            Ok(End::Committed(..) | End::Unchanged(_)) => self.is_well(),
            Err(Fault::Fenced) => self.fenced(),
            Ok(End::Unclear(..)) | Err(Fault::Lost(_)) => self.session = None,
            Err(Fault::Passing(_) | Fault::Final(_)) => {}
        }
        let is_due = self.own.as_ref().is_some_and(|own| own.lease.is_due());
        let pause = if is_due {
            LONGEST_PAUSE.min(self.config.lease / 6)
        } else {
            Duration::ZERO
        };
        self.renew_at = TokioRuntime.monotonic() + pause;
    }

    /// How long until the lease is to be renewed, or what is owed is to be written; `None` if there is
    /// neither.
    pub(super) fn until_tended(&self) -> Option<Duration> {
        let now = TokioRuntime.monotonic();
        let renewal = self.own.as_ref().map(|own| {
            let blocked = self.renew_at.saturating_sub(now);
            own.lease.until_due().max(blocked)
        });
        let payment = self.may_pay().then(|| self.pay_at.saturating_sub(now));
        renewal.into_iter().chain(payment).min()
    }

    /// Whether the last commit may have been done.
    pub(super) fn is_unclear(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether something is owed that may be written now. That the database is back is found out by
    /// the renewals of a worker, and by trying if this process is none any more.
    pub(super) fn may_pay(&self) -> bool {
        let may_be_back = self.away_since.is_none() || self.own.is_none();
        !self.owed.is_empty() && may_be_back
    }

    /// Joins the list if this process is no worker of it, and goes on with the run of the one that
    /// was fenced.
    async fn joined(&mut self) -> Result<(), Fault> {
        let (Some(session), Some(list)) = (self.session.as_ref(), self.id) else {
            return Err(Fault::failed("there is no journal yet"));
        };
        let lease = millis(self.config.lease);
        if self.own.is_none() {
            let name = match self.name.clone() {
                Some(name) => name,
                None => new_name()?,
            };
            self.name = Some(name.clone());
            let sent = Moment::now();
            let mark = session.join(list, &name, lease).await?;
            let mark = mark.ok_or_else(super::session::pool)?;
            // Nobody else can hold it.
            session
                .lock(lock_of(&self.config.schema, mark.worker))
                .await?;
            let lease = Lease::new(mark.worker, self.config.lease, sent);
            self.own = Some(Own::new(mark, lease));
        }
        let Some(own) = self
            .own
            .as_mut()
            .filter(|own| own.run == 0 && self.former_run > 0)
        else {
            return Ok(());
        };
        let ground = Ground {
            list,
            mark: own.mark,
            lease,
        };
        match session.begin(&ground, self.former_run).await? {
            End::Committed(run, mark) => {
                own.mark = mark;
                own.enter(run);
                self.former_run = 0;
                Ok(())
            }
            End::Unclear(_, mark, why) => {
                self.pending = Some(mark);
                Err(Fault::Lost(why))
            }
            End::Unchanged(_) => Ok(()),
        }
    }

    /// This worker has ended: what it held is others'.
    fn fenced(&mut self) {
        let Some(own) = self.own.take() else { return };
        own.lease.end();
        if own.run > 0 {
            self.former_run = own.run;
        }
        self.name = None;
        self.tell(&PostgresEvent::LeaseEnded);
    }

    /// Sees to it that there is an open session. If it is a new one, the outcome of an unclear
    /// commit is read before this returns.
    async fn session(&mut self) -> Result<(), Fault> {
        self.was_done = false;
        if let Some(session) = self.session.take_if(|it| it.client.is_closed()) {
            drop(session);
        }
        if self.session.is_none() {
            let session = self.connect().await?;
            self.last = Some(session.backend.clone());
            if let Some(worker) = self.own.as_ref().map(|own| own.mark.worker) {
                let mark = session.mark(worker).await?;
                self.settle(mark)?;
            }
            self.session = Some(session);
        }
        if self.is_unconfirmed {
            self.confirm().await?;
        }
        if self.id.is_none()
            && let Some(session) = &mut self.session
        {
            // Another process may have made it.
            session.look(&self.config.schema).await?;
            self.id = session.list(&self.list).await?;
        }
        let is_unwatched = self.session.as_ref().is_some_and(|it| !it.is_watched);
        if is_unwatched && !self.is_unwatched {
            self.is_unwatched = true;
            self.tell(&PostgresEvent::Unwatched);
        }
        Ok(())
    }

    /// Makes sure that a commit which was found done is kept. The server has it, but nobody waited for
    /// a synchronous standby; a later commit that did has the standby keep both.
    async fn confirm(&mut self) -> Result<(), Fault> {
        if let Some((session, own)) = self.session.as_ref().zip(self.own.as_mut()) {
            let ground = Ground {
                list: self.id.unwrap_or_default(),
                mark: own.mark,
                lease: millis(self.config.lease),
            };
            let sent = Moment::now();
            match session.renew(&ground).await {
                Ok(End::Unclear((), mark, why)) => {
                    self.pending = Some(mark);
                    self.session = None;
                    return Err(Fault::Lost(why));
                }
                Ok(End::Committed((), mark)) => {
                    own.mark = mark;
                    own.lease.renewed(sent);
                }
                Ok(End::Unchanged(())) => {}
                // Whoever ended this worker had seen what it committed.
                Err(Fault::Fenced) => self.fenced(),
                Err(fault) => return Err(fault),
            }
        }
        self.is_unconfirmed = false;
        self.was_done = true;
        Ok(())
    }

    /// Compares the mark of the worker with what this process knows.
    fn settle(&mut self, found: Option<(Mark, bool)>) -> Result<(), Fault> {
        let (Some((mark, has_ended)), Some(own)) = (found, self.own.as_mut()) else {
            return Err(replaced());
        };
        if mark == own.mark {
            self.pending = None;
        } else if self.pending == Some(mark) {
            own.mark = mark;
            self.pending = None;
            self.is_unconfirmed = true;
            self.written_under = Some(own.lease.clone());
        } else {
            return Err(replaced());
        }
        if has_ended {
            self.fenced();
        }
        Ok(())
    }

    /// Connects, and takes the lock of this worker. With it, it is certain that no earlier session
    /// of this process can still commit anything as this worker.
    async fn connect(&self) -> Result<Session, Fault> {
        let connected = Session::connect(&self.config, &self.encryption, self.tls.as_ref());
        let mut session = connected.await?;
        if let Some(last) = &self.last {
            // The server may take it for a living one.
            session.end(last).await?;
        }
        let begun = TokioRuntime.monotonic();
        if let Some(own) = &self.own {
            let lock = lock_of(&self.config.schema, own.mark.worker);
            while !session.lock(lock).await? {
                if TokioRuntime.monotonic().saturating_sub(begun) >= RELOCK_TIMEOUT {
                    let why = "the server has not ended the last session of this process";
                    return Err(Fault::Lost(why.to_owned()));
                }
                TokioRuntime.sleep(FIRST_PAUSE).await;
            }
        }
        session.look(&self.config.schema).await?;
        Ok(session)
    }

    /// Waits before the next attempt, or fails: at once with what cannot pass, and else when the
    /// patience has ended.
    pub(super) async fn bear(&mut self, fault: Fault, is_unclear: bool) -> Result<(), StoreError> {
        let why = match fault {
            Fault::Final(_) | Fault::Fenced => {
                // Whatever the session is in the middle of, it is not used again.
                drop(self.session.take_if(|it| it.client.is_closed()));
                return Err(fault.into());
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

    pub(super) fn is_well(&mut self) {
        self.pause = FIRST_PAUSE;
        if self.away_since.take().is_some() {
            self.tell(&PostgresEvent::Back);
        }
    }

    pub(super) fn tell(&self, event: &PostgresEvent) {
        if let Some(hook) = &self.config.on_event {
            hook(event);
        }
    }
}

/// A name that no other worker has: host, process and a random part.
fn new_name() -> Result<String, Fault> {
    let random = getrandom::u64().map_err(|error| Fault::failed(error.to_string()))?;
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter();
    let host = variables.filter_map(|name| std::env::var(name).ok()).next();
    let host = host.or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let host = host.unwrap_or_default();
    let host = match host.trim() {
        "" => "host",
        host => host,
    };
    let host = host.replace(|it: char| it.is_control(), "");
    Ok(format!(
        "{host}-{}-{:08x}",
        std::process::id(),
        random >> 32
    ))
}

fn millis(length: Duration) -> f64 {
    length.as_secs_f64() * 1000.0
}

/// The number of the advisory lock of a worker. Two that share one exclude each other, which is
/// improbable and harmless.
fn lock_of(schema: &str, worker: i64) -> i64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(format!("jdy-journal\n{schema}\n{worker}"));
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    i64::from_be_bytes(bytes)
}
