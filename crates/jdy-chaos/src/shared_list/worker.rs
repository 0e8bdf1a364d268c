//! A worker process: it joins the shared lists, works until they have ended, and says what it
//! found. It is killed at any moment, and a new one is started in its place.
//!
//! Owns the worker's configuration, and what it does when a journal fails. Must not know when it is
//! killed.

use std::convert::Infallible;
use std::future::pending;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jdy::transport::ReqwestTransport;
use jdy::{Client, Limits};
use jdy_journal::{
    Identity, InvalidAddress, Journal, JournalError, List, Options, PostgresConfig, PostgresStore,
    Progress, Reconcile, RunError, SqliteStore, State, StoreError, run as work,
};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client_process::{builder, end_with_the_run, runtime};
use crate::hooks::ProcessHooks;
use crate::memory;
use crate::protocol::{Event, emit};
use crate::shared_list::clock::{FastClock, FastRuntime};
use crate::shared_list::lists::Subject;
use crate::shared_list::sabotage::Sabotage;
use crate::shared_list::words::{Summary, Word, in_order, say};
use crate::shared_list::wrapped_store::WrappedStore;

/// The first argument of a worker process.
pub(crate) const WORKER: &str = "fleet-worker";

/// How often a worker joins a list.
const MAX_JOINS: u32 = 400;
/// The pause before it joins again.
const PAUSE: Duration = Duration::from_millis(200);

/// The worker that is slow between an intent and its call, and how slow.
pub(crate) const SLOW_WORKER: u64 = 2;
const SLOW: Duration = Duration::from_millis(400);

/// What a worker is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It works through all lists, and reconciles.
    Working,
    /// It only opens the journals and says what is in them.
    Asking,
    /// It works through the recharges, with nothing that slows it down.
    Measured,
}

/// Where a worker keeps its journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// In the Postgres of this address.
    Postgres(String),
    /// In files in the run's folder.
    Files,
    /// Nowhere: it makes plain calls.
    Nowhere,
}

/// The task of a worker process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) index: u64,
    pub(crate) seed: u64,
    /// Where the lists are.
    pub(crate) folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) clock: FastClock,
    pub(crate) lease: Duration,
    pub(crate) concurrency: usize,
    pub(crate) per_minute: Option<u32>,
    pub(crate) wrong: Option<Sabotage>,
    pub(crate) kind: Kind,
}

impl Task {
    /// The arguments that [`parse`] reads.
    pub(crate) fn to_arguments(&self) -> Vec<String> {
        let kind = match self.kind {
            Kind::Working => "working",
            Kind::Asking => "asking",
            Kind::Measured => "measured",
        };
        let store = match &self.store {
            Store::Postgres(address) => address,
            Store::Files => "files",
            Store::Nowhere => "nowhere",
        };
        let lease = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
        vec![
            WORKER.to_owned(),
            kind.to_owned(),
            store.to_owned(),
            self.index.to_string(),
            self.seed.to_string(),
            self.folder.display().to_string(),
            self.clock.to_string(),
            lease.to_string(),
            self.concurrency.to_string(),
            self.per_minute.unwrap_or_default().to_string(),
            self.wrong
                .map(|wrong| wrong.to_string())
                .unwrap_or_default(),
        ]
    }
}

/// Parses the arguments of a worker, without the first.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut next = || {
        arguments
            .next()
            .ok_or_else(|| "a worker wants ten arguments".to_owned())
    };
    let kind = match next()?.as_str() {
        "working" => Kind::Working,
        "asking" => Kind::Asking,
        "measured" => Kind::Measured,
        other => return Err(format!("{other:?} is no kind of worker")),
    };
    let store = match next()? {
        files if files == "files" => Store::Files,
        nowhere if nowhere == "nowhere" => Store::Nowhere,
        address => Store::Postgres(address),
    };
    let rate = |rate: u32| (rate > 0).then_some(rate);
    Ok(Task {
        kind,
        store,
        index: number(&next()?)?,
        seed: number(&next()?)?,
        folder: next()?.into(),
        clock: next()?.parse()?,
        lease: Duration::from_millis(number(&next()?)?),
        concurrency: number(&next()?)?,
        per_minute: rate(number(&next()?)?),
        wrong: Some(next()?)
            .filter(|wrong| !wrong.is_empty())
            .map(|wrong| wrong.parse())
            .transpose()?,
    })
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

/// Works until all lists have ended.
pub(crate) fn run(task: Task) -> Result<(), Failure> {
    end_with_the_run();
    let turns = turns(&task);
    runtime()?.block_on(async {
        let client = client(&task)?;
        let task = Arc::new(task);
        for subjects in turns {
            at_a_time(&client, &task, &subjects).await?;
        }
        Ok::<(), Failure>(())
    })?;
    if let Some(kib) = memory::peak() {
        emit(&Event::Memory(kib));
    }
    Ok(())
}

/// The lists that a worker works on at a time, in their order. Short ones all at once. To read a long
/// one takes a large part of a worker's life, so it takes one after the other, and each worker
/// begins with another.
fn turns(task: &Task) -> Vec<Vec<Subject>> {
    match task.kind {
        Kind::Measured => vec![vec![Subject::Recharges]],
        Kind::Working if task.per_minute.is_none() => {
            let mut turns = Subject::ALL.map(|subject| vec![subject]);
            let first = usize::try_from(task.seed % 3).unwrap_or_default();
            turns.rotate_left(first);
            turns.to_vec()
        }
        Kind::Working | Kind::Asking => vec![Subject::ALL.to_vec()],
    }
}

/// Works through these lists at the same time.
async fn at_a_time(client: &Client, task: &Arc<Task>, subjects: &[Subject]) -> Result<(), Failure> {
    let mut joined = JoinSet::new();
    for subject in subjects.iter().copied() {
        let list = Arc::new(subject.read(&task.folder)?);
        let (client, task) = (client.clone(), task.clone());
        joined.spawn(async move { through(&client, &task, subject, &list).await });
    }
    while let Some(ended) = joined.join_next().await {
        ended??;
    }
    Ok(())
}

/// The client: in a run with faults, behind a flaky transport and by the fast clock.
fn client(task: &Task) -> Result<Client, Failure> {
    if task.kind == Kind::Measured {
        let client = Client::builder().from_env()?;
        let client = client.transport(ReqwestTransport::builder().build()?);
        return Ok(client.limits(Limits::none()).build()?);
    }
    let hooks = ProcessHooks::default();
    let builder = builder(task.seed, &hooks, task.clock.factor)?;
    Ok(builder.runtime(FastRuntime::new(task.clock)).build()?)
}

/// Works through one list to its end. A journal that failed is joined again.
async fn through(
    client: &Client,
    task: &Task,
    subject: Subject,
    list: &Arc<List>,
) -> Result<(), Failure> {
    if task.store == Store::Nowhere {
        return plainly(client, task, list).await;
    }
    for _ in 0..MAX_JOINS {
        match once(client, task, subject, list).await {
            Ok(summary) => {
                let has_ended = summary.stopped.is_none();
                say(&Word::Ended(summary));
                if has_ended {
                    return Ok(());
                }
            }
            Err(why) => say(&Word::Failed(subject.name().to_owned(), why.to_string())),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("{} has not ended after {MAX_JOINS} times", subject.name()).into())
}

/// One run over a list, with a store of its own.
async fn once(
    client: &Client,
    task: &Task,
    subject: Subject,
    list: &Arc<List>,
) -> Result<Summary, Failure> {
    let account = client.resolve(Client::DEFAULT_ACCOUNT).await?;
    let destination = Identity::destination_of(&[&account.client_id, &account.app_key]);
    let journal = open(task, subject, list, &destination).await?;
    let journal = Arc::new(journal);
    let ended = match task.kind {
        Kind::Asking => asked(subject, &journal).await,
        Kind::Working | Kind::Measured => worked(client, task, subject, list, &journal).await,
    };
    // It waits until all is written, and this thread has more to do.
    tokio::task::spawn_blocking(move || drop(journal)).await?;
    ended
}

async fn open(
    task: &Task,
    subject: Subject,
    list: &List,
    destination: &str,
) -> Result<Journal, JournalError> {
    let name = subject.name();
    let journal = match &task.store {
        Store::Postgres(address) => {
            let config = config(address, task.lease).map_err(StoreError::failed)?;
            let store = PostgresStore::connect(config, name).await?;
            if task.kind != Kind::Working {
                return at_once(Journal::of_list(store, list, destination).await);
            }
            let is_slow = task.index == SLOW_WORKER || task.wrong.is_some();
            let delay = if is_slow { SLOW } else { Duration::ZERO };
            let store = WrappedStore::new(store, task.wrong, delay);
            Journal::of_list(store, list, destination).await
        }
        Store::Files | Store::Nowhere => {
            let store = SqliteStore::open(file(&task.folder, name))?;
            Journal::of_list(store, list, destination).await
        }
    };
    at_once(journal)
}

/// Statements are made at once: the sandbox carries out nothing after its answer.
fn at_once(journal: Result<Journal, JournalError>) -> Result<Journal, JournalError> {
    journal.map(|journal| journal.absent_after(Duration::ZERO))
}

/// The file of a journal that is kept in one.
pub(crate) fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.journal"))
}

fn config(address: &str, lease: Duration) -> Result<PostgresConfig, InvalidAddress> {
    Ok(PostgresConfig::parse(address)?.lease(lease))
}

async fn asked(subject: Subject, journal: &Journal) -> Result<Summary, Failure> {
    let mut counts = [0; State::ALL.len()];
    for entry in journal.entries().await? {
        let at = State::ALL.iter().position(|state| *state == entry.state);
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    Ok(Summary {
        list: subject.name().to_owned(),
        counts,
        made: 0,
        stopped: None,
    })
}

async fn worked(
    client: &Client,
    task: &Task,
    subject: Subject,
    list: &List,
    journal: &Journal,
) -> Result<Summary, Failure> {
    let options = Options {
        concurrency: NonZeroUsize::new(task.concurrency).unwrap_or(NonZeroUsize::MIN),
        per_minute: task.per_minute,
        reconcile: (task.kind == Kind::Working).then(|| Reconcile {
            wait: true,
            ..Reconcile::default()
        }),
        ..Options::default()
    };
    let progress = Progress::default();
    let ended = work(client, journal, list, &options, &progress, pending()).await;
    if let Err(RunError::Store { unrecorded, .. }) = &ended {
        for change in unrecorded {
            let line = list.lines().iter().find(|line| line.number == change.line);
            let key = line.map(jdy_journal::Line::name).unwrap_or_default();
            say(&Word::Unrecorded(key, change.to));
        }
    }
    let ended = ended?;
    Ok(Summary {
        list: subject.name().to_owned(),
        counts: in_order(&ended.counts),
        made: ended.made,
        stopped: ended.stopped.map(|why| format!("{why:?}")),
    })
}

/// Makes the calls of a list without a journal.
async fn plainly(client: &Client, task: &Task, list: &Arc<List>) -> Result<(), Failure> {
    let mut callers = JoinSet::new();
    for first in 0..task.concurrency {
        let (client, list, each) = (client.clone(), list.clone(), task.concurrency);
        callers.spawn(async move {
            for line in list.lines().iter().skip(first).step_by(each) {
                // A rejected one is as good a call as any.
                drop(client.send(line.request.clone()).await);
            }
            Ok::<(), Infallible>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_parsed_as_it_was_written() {
        let task = Task {
            index: 3,
            seed: 7,
            folder: "/a folder".into(),
            store: Store::Postgres(crate::shared_list::server::address(5)),
            clock: FastClock::start(30),
            lease: Duration::from_millis(1_500),
            concurrency: 4,
            per_minute: Some(60),
            wrong: Some(Sabotage::Unfenced),
            kind: Kind::Working,
        };
        let plain = Task {
            store: Store::Files,
            per_minute: None,
            wrong: None,
            kind: Kind::Measured,
            ..task.clone()
        };
        for task in [task, plain] {
            let arguments = task.to_arguments().into_iter().skip(1);
            assert_eq!(parse(arguments), Ok(task));
        }
    }
}
