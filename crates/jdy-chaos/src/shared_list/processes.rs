//! The worker processes: one in each place, and another when it was killed.
//!
//! Owns the processes and what they say. Must not know when one is killed or frozen.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jdy_journal::State;

use crate::Failure;
use crate::attribution::Attribution;
use crate::client_process::was_killed;
use crate::protocol::{Event, parse};
use crate::shared_list::words::{self, Summary, Word};
use crate::shared_list::worker::{Kind, Task};

/// What the workers of all rounds have said, and what was done to them.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) attribution: Attribution,
    pub(crate) unreachable: BTreeMap<String, u64>,
    pub(crate) summaries: Vec<Summary>,
    /// Outcomes that the journal did not take.
    pub(crate) unrecorded: Vec<(String, State)>,
    /// Why runs failed or stopped, and how often.
    pub(crate) failures: BTreeMap<String, u64>,
    /// When each killed process was killed, by its id.
    pub(crate) killed: Vec<(u32, Duration)>,
    /// The processes that were frozen.
    pub(crate) frozen: HashSet<u32>,
    /// All processes that were started.
    pub(crate) started: HashSet<u32>,
    /// The largest memory of one, in KiB.
    pub(crate) memory: u64,
}

/// The places of the workers.
pub(crate) struct Workers {
    slots: Vec<Mutex<Option<Child>>>,
    task: Task,
    environment: Vec<(&'static str, String)>,
    running: AtomicUsize,
    has_given_up: AtomicBool,
    observed: Mutex<Observed>,
}

impl Workers {
    pub(crate) fn new(count: usize, task: Task, environment: Vec<(&'static str, String)>) -> Self {
        Self {
            slots: (0..count).map(|_| Mutex::default()).collect(),
            task,
            environment,
            running: AtomicUsize::new(count),
            has_given_up: AtomicBool::new(false),
            observed: Mutex::default(),
        }
    }

    /// Runs all workers to the end, and `disrupt` meanwhile.
    pub(crate) fn run(
        self,
        before: Observed,
        disrupt: impl FnOnce(&Self),
    ) -> Result<Observed, Failure> {
        *self.observed() = before;
        let ended: Result<(), Failure> = std::thread::scope(|scope| {
            let own = &self;
            let places = 0..self.slots.len();
            let places: Vec<_> = places
                .map(|place| {
                    scope.spawn(move || {
                        let ended = own.run_place(place);
                        own.running.fetch_sub(1, Ordering::SeqCst);
                        ended
                    })
                })
                .collect();
            disrupt(own);
            for place in places {
                place.join().map_err(|_| "a thread of the run panicked")??;
            }
            Ok(())
        });
        ended?;
        let observed = self.observed.into_inner();
        Ok(observed.unwrap_or_else(PoisonError::into_inner))
    }

    /// How many places have a worker that has not ended.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub(crate) fn count(&self) -> usize {
        self.slots.len()
    }

    /// Kills all, and starts no other.
    pub(crate) fn give_up(&self) {
        self.has_given_up.store(true, Ordering::SeqCst);
        for place in 0..self.slots.len() {
            self.kill(place);
        }
    }

    fn run_place(&self, place: usize) -> Result<(), Failure> {
        let Some(slot) = self.slots.get(place) else {
            return Ok(());
        };
        for process in 0.. {
            if self.has_given_up.load(Ordering::SeqCst) {
                break;
            }
            let mut child = self.start(place, process)?;
            let out = child.stdout.take().ok_or("a process without an output")?;
            let input = child.stdin.take();
            self.observed().started.insert(child.id());
            *lock(slot) = Some(child);
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                self.hear(&line);
            }
            drop(input);
            let child = lock(slot).take();
            let status = child.ok_or("a process was lost")?.wait()?;
            match was_killed(status) {
                true => {}
                false if status.success() => break,
                false => return Err(format!("worker {place} failed: {status}").into()),
            }
        }
        Ok(())
    }

    fn start(&self, place: usize, process: u64) -> std::io::Result<Child> {
        const HOUR: u64 = 3_600;
        let index = place as u64;
        // One worker's clock is wrong.
        let ahead = match (self.task.kind, index) {
            (Kind::Working, 1) => HOUR,
            _ => 0,
        };
        let seed = self.task.seed.wrapping_mul(1_000_003);
        let task = Task {
            index,
            seed: seed.wrapping_add(index * 10_000 + process),
            clock: self.task.clock.ahead(ahead),
            ..self.task.clone()
        };
        Command::new(std::env::current_exe()?)
            .args(task.to_arguments())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }

    fn hear(&self, line: &str) {
        let mut observed = self.observed();
        match (parse(line), words::parse(line)) {
            (Some(Event::Unreachable(target, key)), _) => {
                *observed.unreachable.entry(target).or_default() += 1;
                observed.attribution.record_unreachable(key);
            }
            (Some(Event::Late(key)), _) => observed.attribution.record_late(key),
            (Some(Event::Memory(kib)), _) => observed.memory = observed.memory.max(kib),
            (_, Some(Word::Ended(summary))) => {
                if let Some(why) = &summary.stopped {
                    *observed.failures.entry(why.clone()).or_default() += 1;
                }
                observed.summaries.push(summary);
            }
            (_, Some(Word::Failed(_, why))) => *observed.failures.entry(why).or_default() += 1,
            (_, Some(Word::Unrecorded(key, state))) => observed.unrecorded.push((key, state)),
            _ => {}
        }
    }

    /// Kills the worker in this place; whether there was one.
    pub(crate) fn kill(&self, place: usize) -> bool {
        let Some(slot) = self.slots.get(place) else {
            return false;
        };
        let mut process = lock(slot);
        let Some(child) = process.as_mut() else {
            return false;
        };
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let was_killed = child.kill().is_ok();
        if was_killed {
            let id = child.id();
            self.observed().killed.push((id, at.unwrap_or_default()));
        }
        was_killed
    }

    /// Stops the worker in this place without ending it; its process id, if there is one.
    pub(crate) fn freeze(&self, place: usize) -> Option<u32> {
        let process = lock(self.slots.get(place)?);
        let id = process.as_ref()?.id();
        signal("-STOP", id).then(|| {
            self.observed().frozen.insert(id);
            id
        })
    }

    /// Lets the worker in this place go on, if it is still this process.
    pub(crate) fn thaw(&self, place: usize, id: u32) {
        let Some(slot) = self.slots.get(place) else {
            return;
        };
        if lock(slot).as_ref().is_some_and(|child| child.id() == id) {
            signal("-CONT", id);
        }
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        lock(&self.observed)
    }
}

fn signal(which: &str, id: u32) -> bool {
    let mut kill = Command::new("kill");
    let status = kill
        .args([which, &id.to_string()])
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that holds one of these locks can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
