//! A client with a journal: it opens the journal in rounds, works through its list, and looks up what
//! is unknown.
//!
//! Owns the rounds, and what a journal that cannot be opened means to the process. Must not know what
//! was done to the journal.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jdy::Client;
use jdy_journal::{
    Counts, Entry, Identity, Journal, JournalError, Line, List, OnceError, Options, Progress,
    Reconcile, Resolution, RunError, SqliteStore, State, StoreError, Summary, run as work,
};

use crate::Failure;
use crate::arguments::{Task, Turn};
use crate::client_process::{CONCURRENCY, End, client, runtime};
use crate::documents::{Kind, sabotaged};
use crate::faults::SLOW;
use crate::hooks::ProcessHooks;
use crate::journals::dropped;
use crate::lookup::{Dated, dated, look_up};
use crate::protocol::{Event, emit};
use crate::rng::Rng;
use crate::sabotage::Sabotage;
use crate::service;
use crate::work::Mode;

/// The one account set that a client has.
const ACCOUNT: &str = "default";

/// The maximum number of runs over the list.
const MAX_ROUNDS: u32 = 500;
/// In how many of the first rounds calls may be dropped.
const MAX_DROPPED_ROUNDS: u32 = 3;
/// How often the client waits for its journal.
const MAX_WAITS: u32 = 6_000;
const WAIT: Duration = Duration::from_millis(100);
/// The maximum number of look-ups: a line that was absent and sent again may be unknown again.
const MAX_LOOKUPS: u32 = 2;
/// The same for sabotage, and how long a client works that looks up in haste.
const MAX_SABOTAGED_LOOKUPS: u32 = 10;
const HASTE: Duration = Duration::from_secs(2);
/// After this time every request in flight has reached the product.
const UNTIL_SETTLED: Duration = SLOW.saturating_add(Duration::from_millis(1_500));
/// How often other code of this process opens and closes the journal's file, as a backup does.
const BACKUP: Duration = Duration::from_millis(100);

/// How a round over the list ends.
enum Round {
    Finished,
    Unfinished,
    Refused(Refusal),
}

/// Why the journal cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The instance does not name the account set, or not yet.
    NoAccount,
    /// The journal belongs to another account set than the live one.
    OtherAccount,
    /// Another process has it.
    Locked,
    /// The journal is damaged, or belongs to another list.
    Unusable,
}

impl Refusal {
    fn name(self) -> &'static str {
        match self {
            Self::NoAccount => "no-account-set",
            Self::OtherAccount => "other-account-set",
            Self::Locked => "locked",
            Self::Unusable => "not-fit",
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked => Self::Locked,
            _ => Self::Unusable,
        }
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Store(error) => error.into(),
            JournalError::OtherDestination(_) => Self::OtherAccount,
            _ => Self::Unusable,
        }
    }
}

/// The state of a client over its rounds.
struct JournaledClient {
    mode: Mode,
    path: PathBuf,
    list: Arc<List>,
    dated: Vec<Dated>,
    sabotage: Option<Sabotage>,
    has_opened: bool,
    /// Sabotage: a new journal took the place of a refused one.
    is_renewed: bool,
    lookups: u32,
    resolutions: Vec<Resolution>,
}

/// Works until the list is finished, or the journal is refused.
pub(crate) fn run(task: &Task, journal: &Path, list: List, content: &str) -> Result<End, Failure> {
    let mut rng = Rng::new(task.seed, 4);
    let mut worker = JournaledClient {
        mode: task.mode,
        path: journal.to_owned(),
        list: Arc::new(list),
        dated: dated(content),
        sabotage: Sabotage::from_env()?,
        has_opened: false,
        is_renewed: false,
        lookups: 0,
        resolutions: Vec::new(),
    };
    let (mut rounds, mut waits) = (0, 0);
    while rounds < MAX_ROUNDS && waits < MAX_WAITS {
        // Each round has its own runtime and client and opens the journal anew, so that nothing
        // dropped survives into the next round.
        let may_drop =
            rounds < MAX_DROPPED_ROUNDS && worker.resolutions.is_empty() && rng.once_in(2);
        let drop_after = may_drop.then(|| rng.below(worker.list.lines().len() as u64));
        match runtime()?.block_on(worker.round(rng.next(), drop_after))? {
            Round::Finished => return Ok(End::Finished),
            Round::Unfinished => rounds += 1,
            Round::Refused(why) => {
                if let Some(end) = worker.refuse(why, task.turn)? {
                    return Ok(end);
                }
                waits += 1;
                std::thread::sleep(WAIT);
            }
        }
    }
    Err(format!("{journal:?} is not finished after {rounds} rounds and {waits} waits").into())
}

impl JournaledClient {
    /// Whether a refused journal ends the process; `None` to wait and try again.
    fn refuse(&mut self, why: Refusal, turn: Turn) -> Result<Option<End>, Failure> {
        let is_final = why == Refusal::Unusable || turn == Turn::Second;
        let is_refused = is_final || why == Refusal::Locked;
        emit(&Event::Refused(why.name().to_owned()));
        if self.sabotage == Some(Sabotage::Renew) && is_refused {
            self.path.as_mut_os_string().push(".new");
            self.is_renewed = true;
            // They are of lines of the refused journal.
            self.resolutions.clear();
            return Ok(None);
        }
        match (is_final, self.has_opened) {
            (false, _) => Ok(None),
            (true, false) => Ok(Some(End::Refused)),
            // The second process opened the journal between two rounds of the first one.
            (true, true) if why != Refusal::Unusable => Ok(Some(End::Finished)),
            (true, true) => Err(format!(
                "{:?} was opened before, and is refused now: {why:?}",
                self.path
            )
            .into()),
        }
    }

    async fn round(&mut self, seed: u64, drop_after: Option<u64>) -> Result<Round, Failure> {
        let hooks = ProcessHooks::default();
        let client = client(seed, &hooks)?;
        let journal = match self.open(&client).await {
            Ok(journal) => journal,
            Err(why) => return Ok(Round::Refused(why)),
        };
        if !self.has_opened && !self.is_renewed {
            // The run asks for the journal that it gave, not for one that took its place.
            emit(&Event::Opened);
        }
        self.has_opened = true;
        tokio::spawn(back_up(self.path.clone()));
        let journal = Arc::new(journal);
        let progress = async {
            match self.mode {
                Mode::Service => self.serve(seed, &client, &hooks, &journal).await,
                _ => self.work(&client, &journal).await,
            }
        };
        tokio::select! {
            end = progress => end,
            () = hooks.attempts(drop_after) => {
                for key in dropped(journal.entries().await?) {
                    emit(&Event::Dropped(key));
                }
                Ok(Round::Unfinished)
            }
        }
    }

    async fn open(&self, client: &Client) -> Result<Journal, Refusal> {
        let destination = match self.sabotage {
            Some(Sabotage::Stray) => Identity::destination_of(&["any"]),
            _ => {
                let account = client.resolve(ACCOUNT).await;
                let account = account.map_err(|_| Refusal::NoAccount)?;
                Identity::destination_of(&[&account.client_id, &account.app_key])
            }
        };
        let store = SqliteStore::open(&self.path)?;
        let journal = match self.mode {
            Mode::Service => Journal::open(store, "recharges", &destination).await?,
            _ => Journal::of_list(store, &self.list, &destination).await?,
        };
        // Statements are made at once: the sandbox carries out nothing after its answer.
        Ok(journal.absent_after(Duration::ZERO))
    }

    async fn serve(
        &self,
        seed: u64,
        one: &Client,
        hooks: &ProcessHooks,
        journal: &Arc<Journal>,
    ) -> Result<Round, Failure> {
        let other = client(seed.wrapping_add(1), hooks)?;
        let clients = [one.clone(), other];
        let is_finished = service::round(&clients, journal, &self.list, self.sabotage).await?;
        Ok(if is_finished {
            Round::Finished
        } else {
            Round::Unfinished
        })
    }

    /// How unknown lines are looked up by the run itself.
    fn reconcile(&self) -> Option<Reconcile> {
        let is_due = matches!(self.mode, Mode::Reconcile(_)) && self.sabotaged_look_up().is_none();
        is_due.then(Reconcile::default)
    }

    /// The wrong look-up of documents that this client was ordered to make.
    fn sabotaged_look_up(&self) -> Option<Sabotage> {
        match (self.mode, self.sabotage?) {
            (Mode::Documents(_), Sabotage::Hasty)
            | (Mode::Reconcile(Kind::Voucher), Sabotage::Skim) => self.sabotage,
            _ => None,
        }
    }

    async fn work(&mut self, client: &Client, journal: &Journal) -> Result<Round, Failure> {
        let options = Options {
            concurrency: NonZeroUsize::new(CONCURRENCY).unwrap_or(NonZeroUsize::MIN),
            resolutions: self.resolutions.clone(),
            reconcile: self.reconcile(),
            ..Options::default()
        };
        let progress = Progress::default();
        let sabotage = self.sabotaged_look_up();
        let stop = async {
            match sabotage {
                Some(Sabotage::Hasty) => tokio::time::sleep(HASTE).await,
                _ => std::future::pending().await,
            }
        };
        let ended = match work(client, journal, &self.list, &options, &progress, stop).await {
            // Nothing was sent or resolved.
            Err(RunError::Account(why)) if matches!(*why, OnceError::Call(_)) => {
                return Ok(Round::Refused(Refusal::NoAccount));
            }
            ended => ended?,
        };
        self.resolutions.clear();
        let lines = unknown_lines(&self.list, &ended);
        if let Some(sabotage) = sabotage
            && !lines.is_empty()
            && self.lookups < MAX_SABOTAGED_LOOKUPS
        {
            self.lookups += 1;
            let found = sabotaged::look_up(client, ACCOUNT, lines, sabotage).await;
            self.resolutions = of_their_calls(found, &ended.entries);
            return Ok(Round::Unfinished);
        }
        if !is_finished(&ended.counts) {
            return Ok(Round::Unfinished);
        }
        let has_failed = ended.reconciled.as_ref().is_some_and(|it| it.failed > 0);
        if has_failed {
            // The next round asks again.
            return Ok(Round::Unfinished);
        }
        let is_known = ended.counts.of(State::Unknown) == 0;
        if self.mode != Mode::LookUp || is_known || self.lookups == MAX_LOOKUPS {
            return Ok(Round::Finished);
        }
        self.lookups += 1;
        tokio::time::sleep(UNTIL_SETTLED).await;
        let unknown = ended.entries.iter();
        let unknown = unknown.filter(|entry| entry.state == State::Unknown);
        let keys = unknown.filter_map(|entry| entry.key.clone()).collect();
        let found = look_up(client, &self.dated, &keys, self.sabotage).await;
        self.resolutions = of_their_calls(found, &ended.entries);
        Ok(Round::Unfinished)
    }
}

/// Names the calls that were looked up.
fn of_their_calls(mut found: Vec<Resolution>, entries: &[Entry]) -> Vec<Resolution> {
    let calls: HashMap<_, _> = entries
        .iter()
        .filter_map(|entry| Some((entry.key.as_deref()?, entry.sent)))
        .collect();
    for resolution in &mut found {
        resolution.of_call = calls.get(resolution.name.as_str()).copied();
    }
    found
}

/// The lines of the list that are unknown.
fn unknown_lines<'a>(list: &'a List, ended: &Summary) -> Vec<&'a Line> {
    let pairs = list.lines().iter().zip(&ended.entries);
    let unknown = pairs.filter(|(_, entry)| entry.state == State::Unknown);
    unknown.map(|(line, _)| line).collect()
}

fn is_finished(counts: &Counts) -> bool {
    let left = [State::Planned, State::NotSent, State::Intent];
    left.into_iter().all(|state| counts.of(state) == 0)
}

/// Opens and closes the journal's file until the round ends.
async fn back_up(path: PathBuf) {
    loop {
        tokio::time::sleep(BACKUP).await;
        drop(std::fs::read(&path));
    }
}
