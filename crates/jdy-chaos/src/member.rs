//! A client process: it works through one list, under a journal or with plain calls.
//!
//! It is killed at any moment and started again with the same orders. It must not know when.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jdy::hooks::AttemptEnd;
use jdy::operations::ls::MALL_RECHARGE;
use jdy::transport::Timeouts;
use jdy::{CallInfo, Client, Hooks, Limits, Rate, RetryPolicy};
use jdy_journal::{
    Counts, Format, Identity, Journal, Line, List, Options, Progress, SqliteStore, State,
    run as work,
};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Failure;
use crate::arguments::Orders;
use crate::chance::Chance;
use crate::faults::{MAX_BODY, PATIENCE};
use crate::fleet::in_flight;
use crate::heard::{Word, say};
use crate::memory;
use crate::road::Road;
use crate::verdict::Told;
use crate::wrong::{WRONG, Wrong};

/// So many calls are under way at once.
const AT_ONCE: usize = 16;
/// After so many runs over its list a client gives up: it does not come to its end.
const ROUNDS: u32 = 500;
/// In so many of them it drops its calls, where chance will have it.
const DROPPED_ROUNDS: u32 = 3;
/// So often a plain call is made that is not sent.
const TRIES: u32 = 5;
/// Who is told that nothing was sent waits so long before the next try.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Works until nothing of the list is left to do.
pub(crate) fn run(orders: &Orders) -> Result<(), Failure> {
    end_with_the_run();
    let content = std::fs::read(&orders.list)?;
    let list = List::read(&MALL_RECHARGE, Format::Csv, &content)?;
    match &orders.journal {
        Some(journal) => under_journal(&list, journal, orders.seed)?,
        None => plainly(list, orders.seed)?,
    }
    if let Some(kib) = memory::peak() {
        say(&Word::Memory(kib));
    }
    Ok(())
}

/// Standard input ends when whoever started this has gone.
fn end_with_the_run() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(1);
    });
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn client(seed: u64, ears: &Ears) -> Result<Client, Failure> {
    let base = std::env::var("JDY_BASE_URL")?;
    // Far above what this machine can do, so that only the gateway's 429 slows a client down.
    let fast = Some(Rate::per_minute(600_000));
    let builder = Client::builder()
        .from_env()?
        .transport(Road::new(&base, seed)?)
        .hooks(ears.clone())
        .max_body(MAX_BODY)
        .limits(Limits {
            calls: fast,
            token_calls: fast,
        })
        .retry(RetryPolicy {
            initial_backoff: Duration::from_millis(5),
            max_backoff: Duration::from_millis(50),
            ..RetryPolicy::default()
        })
        .timeouts(Timeouts {
            attempt: PATIENCE,
            ..Timeouts::default()
        });
    Ok(builder.build()?)
}

fn under_journal(list: &List, journal: &std::path::Path, seed: u64) -> Result<(), Failure> {
    let mut chance = Chance::new(seed, 4);
    for round in 0..ROUNDS {
        // A runtime, a client and an opening of the journal for each round, so that what was
        // dropped in one is gone in the next.
        let drop_after = (round < DROPPED_ROUNDS && chance.once_in(2))
            .then(|| chance.below(list.lines().len() as u64));
        let counts = runtime()?.block_on(one_round(list, journal, chance.next(), drop_after))?;
        if counts.is_some_and(|counts| is_finished(&counts)) {
            return Ok(());
        }
    }
    Err(format!("{journal:?} does not come to its end in {ROUNDS} rounds").into())
}

fn is_finished(counts: &Counts) -> bool {
    let left = [State::Planned, State::NotSent, State::Intent];
    left.into_iter().all(|state| counts.of(state) == 0)
}

/// Where the list stands afterwards; `None` when its calls were dropped.
async fn one_round(
    list: &List,
    path: &std::path::Path,
    seed: u64,
    drop_after: Option<u64>,
) -> Result<Option<Counts>, Failure> {
    let ears = Ears::default();
    let client = client(seed, &ears)?;
    let journal = Journal::of_list(SqliteStore::open(path)?, list, &destination()).await?;
    let options = Options {
        concurrency: NonZeroUsize::new(AT_ONCE).unwrap_or(NonZeroUsize::MIN),
        ..Options::default()
    };
    let progress = Progress::default();
    tokio::select! {
        end = work(&client, &journal, list, &options, &progress, pending()) => {
            Ok(Some(end?.counts))
        }
        () = ears.attempts(drop_after) => {
            for key in in_flight(journal.entries().await?) {
                say(&Word::Dropped(key));
            }
            Ok(None)
        }
    }
}

fn destination() -> String {
    Identity::destination_of(&[&std::env::var("JDY_APP_KEY").unwrap_or_default()])
}

/// All lines by plain calls, some of which are dropped.
fn plainly(list: List, seed: u64) -> Result<(), Failure> {
    let ears = Ears::default();
    let client = client(seed, &ears)?;
    let list = Arc::new(list);
    let wrong = match std::env::var(WRONG) {
        Ok(text) => Some(text.parse::<Wrong>()?),
        Err(_) => None,
    };
    runtime()?.block_on(async {
        let mut workers = JoinSet::new();
        for first in 0..AT_ONCE {
            let (client, ears, list) = (client.clone(), ears.clone(), list.clone());
            let mut chance = Chance::new(seed, 5 + first as u64);
            workers.spawn(async move {
                for line in list.lines().iter().skip(first).step_by(AT_ONCE) {
                    let wrong = wrong.filter(|wrong| wrong.is_done_to(line.number));
                    let mut told = plain_line(&client, &ears, &mut chance, line, wrong).await;
                    match wrong.map_or(Some(told.state), |wrong| wrong.tells(told.state)) {
                        Some(state) => told.state = state,
                        None => continue,
                    }
                    say(&Word::Told(told));
                }
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended?;
        }
        Ok(())
    })
}

/// One line, made again where it was not sent: some give up at once.
async fn plain_line(
    client: &Client,
    ears: &Ears,
    chance: &mut Chance,
    line: &Line,
    wrong: Option<Wrong>,
) -> Told {
    let tries = match wrong {
        Some(Wrong::Shirk) => 0,
        Some(Wrong::Resend) => TRIES,
        _ if chance.once_in(2) => 1,
        _ => TRIES,
    };
    let may_be_made = |state| {
        state == State::NotSent || (wrong == Some(Wrong::Resend) && state == State::Unknown)
    };
    let (mut state, mut sent) = (State::NotSent, 0);
    while may_be_made(state) && sent < tries {
        if sent > 0 {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        sent += 1;
        let is_dropped = chance.once_in(20);
        let patience = is_dropped.then(|| Duration::from_micros(chance.below(60_000)));
        state = plain_call(client, ears, line, sent, patience).await;
    }
    Told {
        key: line.name(),
        state,
        sent,
    }
}

/// What became of one call; of one that is dropped, what the hooks say.
async fn plain_call(
    client: &Client,
    ears: &Ears,
    line: &Line,
    sent: u32,
    patience: Option<Duration>,
) -> State {
    let call_id = format!("{}-{sent}", line.name());
    let call = client.send(line.request.clone()).call_id(&call_id);
    let out_of_patience = async {
        match patience {
            Some(patience) => tokio::time::sleep(patience).await,
            None => pending().await,
        }
    };
    tokio::select! {
        end = call.into_future() => {
            return end.map_or_else(|error| State::from(error.outcome()), |_| State::Done);
        }
        () = out_of_patience => {}
    }
    say(&Word::Dropped(line.name()));
    if ears.heard_dropped(&call_id) {
        State::Unknown
    } else {
        // A drop of which the hooks hear nothing has sent nothing.
        State::NotSent
    }
}

/// Counts attempts, and keeps which calls were dropped when they may have left.
#[derive(Clone, Default)]
struct Ears(Arc<(Mutex<Heard>, Notify)>);

#[derive(Default)]
struct Heard {
    attempts: u64,
    dropped: HashSet<String>,
    /// When the attempts under way began.
    begun: HashMap<(String, u32), Instant>,
}

impl Ears {
    /// Ends after so many attempts; never, where no number is given.
    async fn attempts(&self, count: Option<u64>) {
        let Some(count) = count else {
            return pending().await;
        };
        while self.heard().attempts <= count {
            self.0.1.notified().await;
        }
    }

    fn heard_dropped(&self, call_id: &str) -> bool {
        self.heard().dropped.contains(call_id)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hooks for Ears {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        let mut heard = self.heard();
        heard.attempts += 1;
        let call_id = call.call_id().to_owned();
        heard.begun.insert((call_id, attempt), Instant::now());
        self.0.1.notify_one();
    }

    /// On a machine that has too much to do, an answer that nothing holds up may come too late.
    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        let attempt = (call.call_id().to_owned(), end.attempt);
        let begun = self.heard().begun.remove(&attempt);
        let is_late = begun.is_some_and(|begun| begun.elapsed() >= PATIENCE);
        if let Some(key) = call.key().filter(|_| is_late) {
            say(&Word::Late(key.value.clone()));
        }
    }

    fn write_abandoned(&self, call: &CallInfo, _: u32) {
        self.heard().dropped.insert(call.call_id().to_owned());
    }
}
