//! A client under a journal: it opens that in rounds, works, and looks up what is unknown.
//!
//! Owns what a journal that cannot be opened means to the process. It must not know what was done
//! to the journal.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jdy::Client;
use jdy_journal::{
    Counts, Identity, Journal, JournalError, List, Options, Progress, SqliteStore, State,
    StoreError, Word as Settled, run as work,
};

use crate::Failure;
use crate::arguments::{Orders, Turn};
use crate::asked::Manner;
use crate::chance::Chance;
use crate::ears::Ears;
use crate::faults::SLOW;
use crate::heard::{Word, say};
use crate::journals::in_flight;
use crate::look_up::{Dated, dated, look_up};
use crate::member::{AT_ONCE, End, client, runtime};
use crate::service;
use crate::wrong::Wrong;

/// The one account set that a client has.
const ACCOUNT: &str = "default";

/// After so many runs over its list a client gives up: it does not come to its end.
const ROUNDS: u32 = 500;
/// In so many of them it drops its calls, where chance will have it.
const DROPPED_ROUNDS: u32 = 3;
/// So often it waits until it may work.
const WAITS: u32 = 6_000;
const A_WAIT: Duration = Duration::from_millis(100);
/// So often it looks up what is unknown: what was absent may be unknown again.
const LOOKS: u32 = 2;
/// Whatever is still on its way to the product has come there after this time.
const UNTIL_SETTLED: Duration = SLOW.saturating_add(Duration::from_millis(1_500));
/// So often something else in this process opens and closes the journal's file, as a backup does.
const BACKUP: Duration = Duration::from_millis(100);

/// How a round over the list ends.
enum Round {
    Finished,
    Left,
    Shut(Shut),
}

/// Why the journal cannot be worked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shut {
    /// The instance does not say, or not yet, which account set it is.
    NoAccount,
    /// The journal is of another account set than the instance gives now.
    OtherAccount,
    /// Another process has it.
    Locked,
    /// It is damaged, or not its own.
    NotFit,
}

impl Shut {
    fn word(self) -> &'static str {
        match self {
            Self::NoAccount => "no-account-set",
            Self::OtherAccount => "other-account-set",
            Self::Locked => "locked",
            Self::NotFit => "not-fit",
        }
    }
}

impl From<StoreError> for Shut {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked => Self::Locked,
            _ => Self::NotFit,
        }
    }
}

impl From<JournalError> for Shut {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Store(error) => error.into(),
            JournalError::OtherDestination(_) => Self::OtherAccount,
            _ => Self::NotFit,
        }
    }
}

/// What a client has before it.
struct Desk {
    manner: Manner,
    path: PathBuf,
    list: Arc<List>,
    dated: Vec<Dated>,
    wrong: Option<Wrong>,
    has_opened: bool,
    looks: u32,
    settle: Vec<Settled>,
}

/// Works until nothing of the list is left to do, or the journal is refused.
pub(crate) fn run(
    orders: &Orders,
    journal: &Path,
    list: List,
    content: &str,
) -> Result<End, Failure> {
    let mut chance = Chance::new(orders.seed, 4);
    let mut desk = Desk {
        manner: orders.manner,
        path: journal.to_owned(),
        list: Arc::new(list),
        dated: dated(content),
        wrong: Wrong::told()?,
        has_opened: false,
        looks: 0,
        settle: Vec::new(),
    };
    let (mut rounds, mut waits) = (0, 0);
    while rounds < ROUNDS && waits < WAITS {
        // A runtime, a client and an opening of the journal for each round, so that what was
        // dropped in one is gone in the next.
        let may_drop = rounds < DROPPED_ROUNDS && desk.settle.is_empty() && chance.once_in(2);
        let drop_after = may_drop.then(|| chance.below(desk.list.lines().len() as u64));
        match runtime()?.block_on(desk.round(chance.next(), drop_after))? {
            Round::Finished => return Ok(End::Finished),
            Round::Left => rounds += 1,
            Round::Shut(why) => {
                if let Some(end) = desk.shut(why, orders.turn)? {
                    return Ok(end);
                }
                waits += 1;
                std::thread::sleep(A_WAIT);
            }
        }
    }
    Err(format!("{journal:?} does not come to its end in {rounds} rounds and {waits} waits").into())
}

impl Desk {
    /// What a journal that cannot be worked with means: the end, or a while.
    fn shut(&mut self, why: Shut, turn: Turn) -> Result<Option<End>, Failure> {
        let is_for_good = why == Shut::NotFit || turn == Turn::Second;
        let is_refused = is_for_good || why == Shut::Locked;
        say(&Word::Refused(why.word().to_owned()));
        if self.wrong == Some(Wrong::Renew) && is_refused {
            self.path.as_mut_os_string().push(".new");
            return Ok(None);
        }
        match (is_for_good, self.has_opened) {
            (false, _) => Ok(None),
            (true, false) => Ok(Some(End::Refused)),
            // It came between two rounds of the other one, which may go on.
            (true, true) if why != Shut::NotFit => Ok(Some(End::Finished)),
            (true, true) => Err(format!("{:?} was its own before: {why:?}", self.path).into()),
        }
    }

    async fn round(&mut self, seed: u64, drop_after: Option<u64>) -> Result<Round, Failure> {
        let ears = Ears::default();
        let client = client(seed, &ears)?;
        let journal = match self.open(&client).await {
            Ok(journal) => journal,
            Err(why) => return Ok(Round::Shut(why)),
        };
        if !self.has_opened {
            say(&Word::Opened);
            self.has_opened = true;
        }
        tokio::spawn(back_up(self.path.clone()));
        let journal = Arc::new(journal);
        let progress = async {
            match self.manner {
                Manner::Service => self.serve(seed, &client, &ears, &journal).await,
                _ => self.work(&client, &journal).await,
            }
        };
        tokio::select! {
            end = progress => end,
            () = ears.attempts(drop_after) => {
                for key in in_flight(journal.entries().await?) {
                    say(&Word::Dropped(key));
                }
                Ok(Round::Left)
            }
        }
    }

    async fn open(&self, client: &Client) -> Result<Journal, Shut> {
        let destination = match self.wrong {
            Some(Wrong::Stray) => Identity::destination_of(&["whichever"]),
            _ => {
                let account = client.resolve(ACCOUNT).await;
                let account = account.map_err(|_| Shut::NoAccount)?;
                Identity::destination_of(&[&account.client_id, &account.app_key])
            }
        };
        let store = SqliteStore::open(&self.path)?;
        Ok(match self.manner {
            Manner::Service => Journal::open(store, "recharges", &destination).await?,
            _ => Journal::of_list(store, &self.list, &destination).await?,
        })
    }

    async fn serve(
        &self,
        seed: u64,
        one: &Client,
        ears: &Ears,
        journal: &Arc<Journal>,
    ) -> Result<Round, Failure> {
        let other = client(seed.wrapping_add(1), ears)?;
        let clients = [one.clone(), other];
        let is_finished = service::round(&clients, journal, &self.list, self.wrong).await?;
        Ok(if is_finished {
            Round::Finished
        } else {
            Round::Left
        })
    }

    async fn work(&mut self, client: &Client, journal: &Journal) -> Result<Round, Failure> {
        let options = Options {
            concurrency: NonZeroUsize::new(AT_ONCE).unwrap_or(NonZeroUsize::MIN),
            settle: std::mem::take(&mut self.settle),
            ..Options::default()
        };
        let progress = Progress::default();
        let never = std::future::pending();
        let ended = work(client, journal, &self.list, &options, &progress, never).await?;
        if !is_finished(&ended.counts) {
            return Ok(Round::Left);
        }
        let is_known = ended.counts.of(State::Unknown) == 0;
        if self.manner != Manner::LookUp || is_known || self.looks == LOOKS {
            return Ok(Round::Finished);
        }
        self.looks += 1;
        tokio::time::sleep(UNTIL_SETTLED).await;
        let unknown = ended.entries.into_iter();
        let unknown = unknown.filter(|entry| entry.state == State::Unknown);
        let keys = unknown.filter_map(|entry| entry.key).collect();
        self.settle = look_up(client, &self.dated, &keys, self.wrong).await;
        Ok(Round::Left)
    }
}

fn is_finished(counts: &Counts) -> bool {
    let left = [State::Planned, State::NotSent, State::Intent];
    left.into_iter().all(|state| counts.of(state) == 0)
}

/// Opens and closes the journal's file for as long as the round goes on.
async fn back_up(path: PathBuf) {
    loop {
        tokio::time::sleep(BACKUP).await;
        drop(std::fs::read(&path));
    }
}
