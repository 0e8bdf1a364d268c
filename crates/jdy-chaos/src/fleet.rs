//! The client processes: started, read from, killed with SIGKILL, and restarted.
//!
//! Owns the processes, the moments at which they are killed, and what is done to their journals in
//! between. Must not know how a client works, nor judge what it reports.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Failure;
use crate::arguments::{Task, Turn};
use crate::attribution::Attribution;
use crate::client_process::{REFUSED, was_killed};
use crate::journal_files::{Damage, JournalFiles, remove};
use crate::journals::in_flight_in;
use crate::observer::Observer;
use crate::protocol::{Event, parse};
use crate::rng::Rng;
use crate::verdict::LineReport;
use crate::work::{Route, Work};

/// The address of the gateway, by the client's route.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) direct: String,
    pub(crate) relay: String,
    pub(crate) instance: String,
}

/// All clients and what is known about them.
pub(crate) struct Fleet<'a> {
    works: &'a [Work],
    environment: Vec<(&'static str, String)>,
    addresses: Addresses,
    seed: u64,
    observer: Observer,
    slots: Vec<Slot>,
    running: AtomicUsize,
    observed: Mutex<Observations>,
}

/// One client.
#[derive(Default)]
struct Slot {
    /// Its process, while one is running.
    process: Mutex<Option<Child>>,
    access: Mutex<Access>,
}

/// Whether a second process may open a client's journal. The lock is held while one does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Access {
    #[default]
    Allowed,
    /// The journal was left by a killed process, or is not at its usual path.
    Denied,
}

/// One of so many kills leaves the journal intact.
const INTACT_EVERY: u64 = 3;

/// How many disruptions of each kind happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disruptions {
    pub(crate) kills: u64,
    /// Second processes on a journal that another process has open.
    pub(crate) second_processes: u64,
}

/// What the clients report, and what is found after a kill.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    /// Requests to unreachable targets, by the target's name.
    pub(crate) unreachable: BTreeMap<String, u64>,
    /// Faults, kills and drops on the client's side.
    pub(crate) attribution: Attribution,
    /// The ends of plain calls.
    pub(crate) reports: Vec<LineReport>,
    /// The peak memory of the largest process, in KiB.
    pub(crate) memory: u64,
    pub(crate) kills: u64,
    /// How often a list or a journal was refused before any call, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Unknown lines that were applied, and absent; lists that were requested again.
    pub(crate) looked_up: [u64; 3],
    /// Second processes that were refused, and that opened a free journal.
    pub(crate) second_processes: [u64; 2],
    /// Damaged, copied and linked journals that were refused, and that continued, by the damage.
    pub(crate) damaged: BTreeMap<&'static str, [u64; 2]>,
    /// Refusals that changed a file.
    pub(crate) changed: Vec<String>,
}

impl Observations {
    /// Adds what was observed in another part of the run.
    pub(crate) fn merge(&mut self, other: Self) {
        add(&mut self.unreachable, other.unreachable);
        add(&mut self.refused, other.refused);
        let attribution = std::mem::take(&mut self.attribution);
        self.attribution = attribution.merge(other.attribution);
        self.reports.extend(other.reports);
        self.memory = self.memory.max(other.memory);
        self.kills += other.kills;
        add_each(&mut self.looked_up, other.looked_up);
        add_each(&mut self.second_processes, other.second_processes);
        for (damage, counts) in other.damaged {
            add_each(self.damaged.entry(damage).or_default(), counts);
        }
        self.changed.extend(other.changed);
    }
}

fn add(sums: &mut BTreeMap<String, u64>, counts: BTreeMap<String, u64>) {
    for (name, count) in counts {
        *sums.entry(name).or_default() += count;
    }
}

fn add_each<const N: usize>(sums: &mut [u64; N], counts: [u64; N]) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += count;
    }
}

/// How a process ended.
struct ProcessEnd {
    status: ExitStatus,
    /// The journal was opened, so calls may have been sent.
    has_opened: bool,
}

impl ProcessEnd {
    fn was_killed(&self) -> bool {
        was_killed(self.status)
    }

    fn is_refused(&self) -> bool {
        self.status.code() == Some(i32::from(REFUSED))
    }
}

/// A journal that was damaged, copied or linked.
struct DamagedJournal {
    damage: Damage,
    name: &'static str,
    whole: JournalFiles,
    damaged: JournalFiles,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(
        works: &'a [Work],
        environment: Vec<(&'static str, String)>,
        addresses: Addresses,
        seed: u64,
        observer: Observer,
    ) -> Self {
        Self {
            works,
            environment,
            addresses,
            seed,
            observer,
            slots: works.iter().map(|_| Slot::default()).collect(),
            running: AtomicUsize::new(works.len()),
            observed: Mutex::default(),
        }
    }

    /// Runs all clients to the ends of their lists, and disrupts them at random moments.
    pub(crate) fn run(self, disruptions: Disruptions, calls: u64) -> Result<Observations, Failure> {
        let ended: Result<(), Failure> = std::thread::scope(|scope| {
            let fleet = &self;
            let clients: Vec<_> = (0..fleet.works.len())
                .map(|index| scope.spawn(move || fleet.run_client(index)))
                .collect();
            let second_processes = scope
                .spawn(move || fleet.start_second_processes(disruptions.second_processes, calls));
            fleet.kill_clients(disruptions.kills, calls);
            for thread in clients.into_iter().chain([second_processes]) {
                thread
                    .join()
                    .map_err(|_| "a thread of the run panicked")??;
            }
            Ok(())
        });
        ended?;
        let observed = self.observed.into_inner();
        Ok(observed.unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs one client to its end, over all its processes.
    fn run_client(&self, index: usize) -> Result<(), Failure> {
        let end = self.run_processes(index);
        if self.running.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.observer.end();
        }
        end
    }

    fn run_processes(&self, index: usize) -> Result<(), Failure> {
        let (Some(work), Some(slot)) = (self.works.get(index), self.slots.get(index)) else {
            return Ok(());
        };
        let mut rng = Rng::new(self.seed, 100 + index as u64);
        let (mut damaged_journal, mut before): (Option<DamagedJournal>, Option<JournalFiles>) =
            (None, None);
        for process in 0.. {
            let journal = work.journal.as_deref();
            let path = journal.map(|own| {
                damaged_journal
                    .as_ref()
                    .map_or(own.to_owned(), |damaged_journal| damaged_journal.path(own))
            });
            let number = index as u64 * 10_000 + process;
            let ended = self.read_events(self.start(work, path, Turn::Own, number)?, Some(slot))?;
            if let (Some(damaged_journal), Some(journal)) = (damaged_journal.take(), journal) {
                self.finish_damaged(&damaged_journal, journal, &ended)?;
                *lock(&slot.access) = Access::Allowed;
                if ended.is_refused() {
                    continue;
                }
            }
            let Some(journal) = journal.filter(|_| ended.was_killed()) else {
                return match ended.status.success() {
                    true => Ok(()),
                    false => Err(format!("client {index} failed: {}", ended.status).into()),
                };
            };
            let mut access = lock(&slot.access);
            let files = JournalFiles::read(journal)?;
            let in_flight = in_flight_in(&files, journal)?;
            let mut observed = self.observed();
            observed.kills += 1;
            observed.attribution.record_kill(in_flight);
            let is_damaged = !observed.kills.is_multiple_of(INTACT_EVERY);
            drop(observed);
            if work.route != Route::Relay && is_damaged {
                damaged_journal = Some(DamagedJournal::apply(
                    &files,
                    before.as_ref(),
                    journal,
                    &mut rng,
                )?);
            }
            *access = match &damaged_journal {
                Some(damaged_journal) if damaged_journal.damage != Damage::Linked => Access::Denied,
                _ => Access::Allowed,
            };
            before = Some(files);
        }
        Ok(())
    }

    /// Records what happened to a damaged journal. A refused one is restored; one that was opened
    /// continues in its place.
    fn finish_damaged(
        &self,
        damaged_journal: &DamagedJournal,
        journal: &Path,
        ended: &ProcessEnd,
    ) -> Result<(), Failure> {
        let path = damaged_journal.path(journal);
        if !ended.has_opened {
            let real = if damaged_journal.damage == Damage::Linked {
                journal
            } else {
                &path
            };
            let is_changed =
                ended.is_refused() && JournalFiles::read(real)? != damaged_journal.damaged;
            damaged_journal.whole.write(journal)?;
            let mut observed = self.observed();
            if ended.is_refused() {
                observed.damaged.entry(damaged_journal.name).or_default()[0] += 1;
            }
            if is_changed {
                observed
                    .changed
                    .push(format!("{} of {}", damaged_journal.name, journal.display()));
            }
        } else {
            let in_flight = in_flight_in(&damaged_journal.damaged, journal)?;
            let mut observed = self.observed();
            observed.damaged.entry(damaged_journal.name).or_default()[1] += 1;
            observed.attribution.record_kill(in_flight);
            drop(observed);
            if damaged_journal.damage == Damage::Copied {
                JournalFiles::read(&path)?.write(journal)?;
            }
        }
        match damaged_journal.damage {
            Damage::Copied => Ok(JournalFiles::default().write(&path)?),
            Damage::Linked => Ok(remove(&path)?),
            _ => Ok(()),
        }
    }

    fn start(
        &self,
        work: &Work,
        journal: Option<PathBuf>,
        turn: Turn,
        number: u64,
    ) -> std::io::Result<Child> {
        let task = Task {
            mode: work.mode,
            turn,
            list: work.list.clone(),
            journal,
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(number),
        };
        let (address, app_key) = match work.route {
            Route::Direct => (&self.addresses.direct, work.account.app_key.as_str()),
            Route::Relay => (&self.addresses.relay, work.account.app_key.as_str()),
            Route::Instance => (&self.addresses.instance, ""),
        };
        Command::new(std::env::current_exe()?)
            .args(task.to_arguments())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("JDY_BASE_URL", address)
            .env("JDY_APP_KEY", app_key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }

    /// Reads the events of a process to its end. A process in a slot can be killed.
    fn read_events(&self, mut child: Child, slot: Option<&Slot>) -> Result<ProcessEnd, Failure> {
        let out = child.stdout.take().ok_or("a process without an output")?;
        let input = child.stdin.take();
        let mut own = Some(child);
        if let Some(slot) = slot {
            *lock(&slot.process) = own.take();
        }
        let mut has_opened = false;
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            has_opened |= self.handle(&line);
        }
        drop(input);
        let child = own.or_else(|| slot.and_then(|slot| lock(&slot.process).take()));
        let status = child.ok_or("a process was lost")?.wait()?;
        Ok(ProcessEnd { status, has_opened })
    }

    /// Handles one line; whether it says that the journal is open.
    fn handle(&self, line: &str) -> bool {
        let mut observed = self.observed();
        match parse(line) {
            Some(Event::Unreachable(target, key)) => {
                *observed.unreachable.entry(target).or_default() += 1;
                observed.attribution.record_unreachable(key);
            }
            Some(Event::Dropped(key)) => observed.attribution.record_drop(key),
            Some(Event::Late(key)) => observed.attribution.record_late(key),
            Some(Event::Ended(report)) => observed.reports.push(report),
            Some(Event::Refused(why)) => *observed.refused.entry(why).or_default() += 1,
            Some(Event::LookedUp(counts)) => add_each(&mut observed.looked_up, counts),
            Some(Event::Memory(kib)) => observed.memory = observed.memory.max(kib),
            Some(Event::Opened) => return true,
            None => {}
        }
        false
    }

    /// The clients to disrupt, each yielded at its moment: when the gateways have seen a drawn number
    /// of requests, in the middle of other calls.
    fn trigger_points(&self, count: u64, calls: u64, purpose: u64) -> impl Iterator<Item = usize> {
        let mut rng = Rng::new(self.seed, purpose);
        let mut trigger_points: Vec<(u64, u64)> = (0..count)
            .map(|_| {
                let moment = calls / 50 + rng.below(calls * 9 / 10);
                (moment, rng.below(self.works.len() as u64))
            })
            .collect();
        trigger_points.sort_unstable();
        trigger_points.into_iter().map_while(|(moment, index)| {
            let index = usize::try_from(index).unwrap_or_default();
            self.observer.wait_for(moment).then_some(index)
        })
    }

    fn kill_clients(&self, kills: u64, calls: u64) {
        let mut rng = Rng::new(self.seed, 2);
        for index in self.trigger_points(kills, calls, 9) {
            let killed = self.starting_at(index).find(|index| self.kill(*index));
            if rng.once_in(4) {
                // Once more, while it recovers.
                std::thread::sleep(Duration::from_millis(rng.below(50)));
                killed.map(|index| self.kill(index));
            }
        }
    }

    /// This client, then all others.
    fn starting_at(&self, index: usize) -> impl Iterator<Item = usize> {
        let count = self.works.len();
        (0..count).map(move |further| (index + further) % count)
    }

    /// Kills this client if it has a journal and is running, and no second process has the journal.
    fn kill(&self, index: usize) -> bool {
        let has_journal = self
            .works
            .get(index)
            .is_some_and(|work| work.journal.is_some());
        let Some(slot) = self.slots.get(index).filter(|_| has_journal) else {
            return false;
        };
        let Ok(mut access) = slot.access.try_lock() else {
            return false;
        };
        let mut process = lock(&slot.process);
        let was_killed = process.as_mut().is_some_and(|child| child.kill().is_ok());
        if was_killed {
            *access = Access::Denied;
        }
        was_killed
    }

    /// Starts second processes on journals that are in use.
    fn start_second_processes(&self, count: u64, calls: u64) -> Result<(), Failure> {
        let trigger_points = self.trigger_points(count, calls, 7);
        for (number, index) in (0..).zip(trigger_points) {
            for index in self.starting_at(index) {
                if self.start_second_process(index, number)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Starts a second process if this client is running; whether it is.
    fn start_second_process(&self, index: usize, number: u64) -> Result<bool, Failure> {
        let (Some(work), Some(slot)) = (self.works.get(index), self.slots.get(index)) else {
            return Ok(false);
        };
        // While the lock is held, the client is not killed.
        let access = lock(&slot.access);
        let is_running = lock(&slot.process).is_some();
        if work.journal.is_none() || *access == Access::Denied || !is_running {
            return Ok(false);
        }
        let number = index as u64 * 10_000 + 5_000 + number;
        let second = self.start(work, work.journal.clone(), Turn::Second, number)?;
        let ended = self.read_events(second, None)?;
        let mut observed = self.observed();
        match (ended.is_refused(), ended.status.success()) {
            (true, _) => observed.second_processes[0] += 1,
            (false, true) => observed.second_processes[1] += 1,
            _ => {
                return Err(format!("a second process of client {index}: {}", ended.status).into());
            }
        }
        Ok(true)
    }

    fn observed(&self) -> MutexGuard<'_, Observations> {
        lock(&self.observed)
    }
}

impl DamagedJournal {
    fn apply(
        whole: &JournalFiles,
        before: Option<&JournalFiles>,
        journal: &Path,
        rng: &mut Rng,
    ) -> std::io::Result<Self> {
        let (damage, name) = Damage::draw(rng);
        let damaged = whole.damaged(damage, before, rng);
        damaged.write_damaged(damage, journal)?;
        Ok(Self {
            damage,
            name,
            whole: whole.clone(),
            damaged,
        })
    }

    fn path(&self, journal: &Path) -> PathBuf {
        self.damage.path(journal)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that holds one of these locks can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
