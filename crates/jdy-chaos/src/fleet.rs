//! The client processes: started, listened to, killed with SIGKILL, and started again.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jdy_journal::{Entry, JournalStore as _, SqliteStore, State};

use crate::Failure;
use crate::arguments::Orders;
use crate::asked::Work;
use crate::causes::Causes;
use crate::chance::Chance;
use crate::heard::{Word, read};
use crate::verdict::Told;
use crate::watch::Watch;

/// All clients and what is known of them.
pub(crate) struct Fleet<'a> {
    works: &'a [Work],
    environment: Vec<(&'static str, String)>,
    seed: u64,
    watch: Watch,
    /// The process of each client, while it has one.
    processes: Vec<Mutex<Option<Child>>>,
    at_work: AtomicUsize,
    news: Mutex<News>,
}

/// What the clients tell, and what is found where one was killed.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) struck: BTreeMap<String, u64>,
    /// What struck calls on the client's side.
    pub(crate) causes: Causes,
    /// The ends of plain calls.
    pub(crate) told: Vec<Told>,
    /// The largest of all processes, in KiB.
    pub(crate) memory: u64,
    pub(crate) kills: u64,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(
        works: &'a [Work],
        environment: Vec<(&'static str, String)>,
        seed: u64,
        watch: Watch,
    ) -> Self {
        Self {
            works,
            environment,
            seed,
            watch,
            processes: works.iter().map(|_| Mutex::default()).collect(),
            at_work: AtomicUsize::new(works.len()),
            news: Mutex::default(),
        }
    }

    /// Runs all clients to the ends of their lists, and kills some of them as often as told, when
    /// chance will have it.
    pub(crate) fn run(self, kills: u64, calls: u64) -> Result<News, Failure> {
        let ended: Result<(), Failure> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..self.works.len())
                .map(|index| {
                    let fleet = &self;
                    scope.spawn(move || fleet.see_through(index))
                })
                .collect();
            self.kill_some(kills, calls);
            for client in clients {
                client
                    .join()
                    .map_err(|_| "a thread of the run panicked")??;
            }
            Ok(())
        });
        ended?;
        let news = self.news.into_inner();
        Ok(news.unwrap_or_else(PoisonError::into_inner))
    }

    /// One client to its end, over all its processes.
    fn see_through(&self, index: usize) -> Result<(), Failure> {
        let end = self.processes_of(index);
        if self.at_work.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.watch.end();
        }
        end
    }

    fn processes_of(&self, index: usize) -> Result<(), Failure> {
        let Some(work) = self.works.get(index) else {
            return Ok(());
        };
        for process in 0.. {
            let mut child = self.start(work, index as u64 * 10_000 + process)?;
            let out = child.stdout.take().ok_or("a process without an output")?;
            let input = child.stdin.take();
            *self.process(index) = Some(child);
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                self.hear(&line);
            }
            drop(input);
            let child = self.process(index).take();
            let status = child.ok_or("a process was lost")?.wait()?;
            if status.success() {
                return Ok(());
            }
            // Whoever ends by itself has a status; whoever is killed has none.
            let Some(journal) = work.journal.as_ref().filter(|_| status.code().is_none()) else {
                return Err(format!("client {index} ended by itself: {status}").into());
            };
            let in_flight = in_flight(entries(journal)?);
            let mut news = self.news();
            news.kills += 1;
            news.causes.kill(in_flight);
        }
        Ok(())
    }

    fn start(&self, work: &Work, number: u64) -> std::io::Result<Child> {
        let orders = Orders {
            list: work.list.clone(),
            journal: work.journal.clone(),
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(number),
        };
        Command::new(std::env::current_exe()?)
            .args(orders.words())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("JDY_APP_KEY", &work.account.app_key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }

    fn hear(&self, line: &str) {
        let mut news = self.news();
        match read(line) {
            Some(Word::Struck(word, key)) => {
                *news.struck.entry(word).or_default() += 1;
                news.causes.lead_astray(key);
            }
            Some(Word::Dropped(key)) => news.causes.drop(key),
            Some(Word::Late(key)) => news.causes.run_late(key),
            Some(Word::Told(told)) => news.told.push(told),
            Some(Word::Memory(kib)) => news.memory = news.memory.max(kib),
            None => {}
        }
    }

    /// Kills when the gateway has seen so many requests, which is in the middle of something.
    fn kill_some(&self, kills: u64, calls: u64) {
        let mut chance = Chance::new(self.seed, 2);
        let mut moments: Vec<u64> = (0..kills)
            .map(|_| calls / 50 + chance.below(calls * 9 / 10))
            .collect();
        moments.sort_unstable();
        for moment in moments {
            if !self.watch.wait_for(moment) {
                return;
            }
            let index = chance.below(self.works.len() as u64);
            let killed = self.kill_near(usize::try_from(index).unwrap_or_default());
            if chance.once_in(4) {
                // Once more, while it finds its way back.
                std::thread::sleep(Duration::from_millis(chance.below(50)));
                killed.map(|index| self.kill(index));
            }
        }
    }

    /// Kills this client, or else the next one that has a journal and is at work; which.
    fn kill_near(&self, index: usize) -> Option<usize> {
        let count = self.works.len();
        (0..count)
            .map(|further| (index + further) % count)
            .find(|index| self.kill(*index))
    }

    fn kill(&self, index: usize) -> bool {
        let has_journal = |work: &Work| work.journal.is_some();
        if !self.works.get(index).is_some_and(has_journal) {
            return false;
        }
        let mut process = self.process(index);
        process.as_mut().is_some_and(|child| child.kill().is_ok())
    }

    fn process(&self, index: usize) -> MutexGuard<'_, Option<Child>> {
        // Every client has its place here.
        self.processes[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of the lines that are under way.
pub(crate) fn in_flight(entries: Vec<Entry>) -> impl Iterator<Item = String> {
    entries
        .into_iter()
        .filter(|entry| entry.state == State::Intent)
        .filter_map(|entry| entry.key)
}

/// What a journal holds, as it lies there: looking does not put it right.
pub(crate) fn entries(journal: &std::path::Path) -> Result<Vec<Entry>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = SqliteStore::open(journal)?;
    Ok(runtime.block_on(store.entries())?)
}
