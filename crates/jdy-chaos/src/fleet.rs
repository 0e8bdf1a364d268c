//! The client processes: started, listened to, killed with SIGKILL, and started again; and what
//! happens to their journals meanwhile.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Failure;
use crate::arguments::{Orders, Turn};
use crate::asked::{Way, Work};
use crate::causes::Causes;
use crate::chance::Chance;
use crate::heard::{Word, read};
use crate::journals::in_flight_where;
use crate::member::REFUSED;
use crate::stand::{Damage, Stand, remove};
use crate::verdict::Told;
use crate::watch::Watch;

/// Where the gateway is, by the way that a client takes.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) straight: String,
    pub(crate) relay: String,
    pub(crate) instance: String,
}

/// All clients and what is known of them.
pub(crate) struct Fleet<'a> {
    works: &'a [Work],
    environment: Vec<(&'static str, String)>,
    addresses: Addresses,
    seed: u64,
    watch: Watch,
    seats: Vec<Seat>,
    at_work: AtomicUsize,
    news: Mutex<News>,
}

/// The place of one client.
#[derive(Default)]
struct Seat {
    /// Its process, while it has one.
    process: Mutex<Option<Child>>,
    door: Mutex<Door>,
}

/// Whether a second process may come to a client's journal. It holds the door while it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Door {
    #[default]
    Open,
    /// The journal was left by a process that was killed, or is not where it should be.
    Shut,
}

/// Of so many kills one leaves the journal as it was.
const SPARED: u64 = 3;

/// How many things of each sort happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) kills: u64,
    /// Second processes on a journal that another one has.
    pub(crate) seconds: u64,
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
    /// How often something was refused before any call, by the reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Unknown lines that were found applied, and absent; lists that were asked for again.
    pub(crate) looked_up: [u64; 3],
    /// Second processes that were refused, and that came when nobody had the journal.
    pub(crate) seconds: [u64; 2],
    /// Damaged and copied journals that were refused, and that went on, by what was done to them.
    pub(crate) damaged: BTreeMap<&'static str, [u64; 2]>,
    /// Refusals that changed a file.
    pub(crate) changed: Vec<String>,
}

/// How a process ended.
struct Ended {
    status: ExitStatus,
    /// It had its journal open, so that calls may have left.
    has_opened: bool,
}

impl Ended {
    fn is_killed(&self) -> bool {
        // Whoever ends by itself has a status; whoever is killed has none.
        self.status.code().is_none()
    }

    fn is_refused(&self) -> bool {
        self.status.code() == Some(i32::from(REFUSED))
    }
}

/// A journal to which something was done.
struct Hurt {
    damage: Damage,
    name: &'static str,
    whole: Stand,
    damaged: Stand,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(
        works: &'a [Work],
        environment: Vec<(&'static str, String)>,
        addresses: Addresses,
        seed: u64,
        watch: Watch,
    ) -> Self {
        Self {
            works,
            environment,
            addresses,
            seed,
            watch,
            seats: works.iter().map(|_| Seat::default()).collect(),
            at_work: AtomicUsize::new(works.len()),
            news: Mutex::default(),
        }
    }

    /// Runs all clients to the ends of their lists, and makes as much trouble as told, when
    /// chance will have it.
    pub(crate) fn run(self, trouble: Trouble, calls: u64) -> Result<News, Failure> {
        let ended: Result<(), Failure> = std::thread::scope(|scope| {
            let fleet = &self;
            let clients: Vec<_> = (0..fleet.works.len())
                .map(|index| scope.spawn(move || fleet.see_through(index)))
                .collect();
            let seconds = scope.spawn(move || fleet.send_seconds(trouble.seconds, calls));
            fleet.kill_some(trouble.kills, calls);
            for thread in clients.into_iter().chain([seconds]) {
                thread
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
        let (Some(work), Some(seat)) = (self.works.get(index), self.seats.get(index)) else {
            return Ok(());
        };
        let mut chance = Chance::new(self.seed, 100 + index as u64);
        let (mut hurt, mut before): (Option<Hurt>, Option<Stand>) = (None, None);
        for process in 0.. {
            let journal = work.journal.as_deref();
            let path =
                journal.map(|own| hurt.as_ref().map_or(own.to_owned(), |hurt| hurt.path(own)));
            let number = index as u64 * 10_000 + process;
            let ended = self.listen(self.start(work, path, Turn::Own, number)?, Some(seat))?;
            if let (Some(hurt), Some(journal)) = (hurt.take(), journal) {
                self.put_right(&hurt, journal, &ended)?;
                *lock(&seat.door) = Door::Open;
                if ended.is_refused() {
                    continue;
                }
            }
            let Some(journal) = journal.filter(|_| ended.is_killed()) else {
                return match ended.status.success() {
                    true => Ok(()),
                    false => {
                        Err(format!("client {index} ended by itself: {}", ended.status).into())
                    }
                };
            };
            let mut door = lock(&seat.door);
            let stand = Stand::read(journal)?;
            let in_flight = in_flight_where(&stand, journal)?;
            let mut news = self.news();
            news.kills += 1;
            news.causes.kill(in_flight);
            let is_hurt = !news.kills.is_multiple_of(SPARED);
            drop(news);
            if work.way != Way::Relay && is_hurt {
                hurt = Some(Hurt::done_to(
                    &stand,
                    before.as_ref(),
                    journal,
                    &mut chance,
                )?);
            }
            *door = match &hurt {
                Some(hurt) if hurt.damage != Damage::Linked => Door::Shut,
                _ => Door::Open,
            };
            before = Some(stand);
        }
        Ok(())
    }

    /// Takes note of what came of a journal to which something was done. One that was refused is put
    /// back as it was before; one that was opened goes on, in its place.
    fn put_right(&self, hurt: &Hurt, journal: &Path, ended: &Ended) -> Result<(), Failure> {
        let path = hurt.path(journal);
        if !ended.has_opened {
            let real = if hurt.damage == Damage::Linked {
                journal
            } else {
                &path
            };
            let is_changed = ended.is_refused() && Stand::read(real)? != hurt.damaged;
            hurt.whole.write(journal)?;
            let mut news = self.news();
            if ended.is_refused() {
                news.damaged.entry(hurt.name).or_default()[0] += 1;
            }
            if is_changed {
                news.changed
                    .push(format!("{} of {}", hurt.name, journal.display()));
            }
        } else {
            let in_flight = in_flight_where(&hurt.damaged, journal)?;
            let mut news = self.news();
            news.damaged.entry(hurt.name).or_default()[1] += 1;
            news.causes.kill(in_flight);
            drop(news);
            if hurt.damage == Damage::Copied {
                Stand::read(&path)?.write(journal)?;
            }
        }
        match hurt.damage {
            Damage::Copied => Ok(Stand::default().write(&path)?),
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
        let orders = Orders {
            manner: work.manner,
            turn,
            list: work.list.clone(),
            journal,
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(number),
        };
        let (address, app_key) = match work.way {
            Way::Straight => (&self.addresses.straight, work.account.app_key.as_str()),
            Way::Relay => (&self.addresses.relay, work.account.app_key.as_str()),
            Way::Instance => (&self.addresses.instance, ""),
        };
        Command::new(std::env::current_exe()?)
            .args(orders.words())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("JDY_BASE_URL", address)
            .env("JDY_APP_KEY", app_key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }

    /// Hears a process to its end. In a seat it can be killed.
    fn listen(&self, mut child: Child, seat: Option<&Seat>) -> Result<Ended, Failure> {
        let out = child.stdout.take().ok_or("a process without an output")?;
        let input = child.stdin.take();
        let mut own = Some(child);
        if let Some(seat) = seat {
            *lock(&seat.process) = own.take();
        }
        let mut has_opened = false;
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            has_opened |= self.hear(&line);
        }
        drop(input);
        let child = own.or_else(|| seat.and_then(|seat| lock(&seat.process).take()));
        let status = child.ok_or("a process was lost")?.wait()?;
        Ok(Ended { status, has_opened })
    }

    /// Whether it was told that the journal is open.
    fn hear(&self, line: &str) -> bool {
        let mut news = self.news();
        match read(line) {
            Some(Word::Struck(word, key)) => {
                *news.struck.entry(word).or_default() += 1;
                news.causes.lead_astray(key);
            }
            Some(Word::Dropped(key)) => news.causes.drop(key),
            Some(Word::Late(key)) => news.causes.run_late(key),
            Some(Word::Told(told)) => news.told.push(told),
            Some(Word::Refused(why)) => *news.refused.entry(why).or_default() += 1,
            Some(Word::LookedUp(counts)) => {
                for (sum, count) in news.looked_up.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
            Some(Word::Memory(kib)) => news.memory = news.memory.max(kib),
            Some(Word::Opened) => return true,
            None => {}
        }
        false
    }

    /// The moments at which something happens: when the gateway has seen so many requests, which is
    /// in the middle of something.
    fn moments(&self, count: u64, calls: u64, purpose: u64) -> impl Iterator<Item = usize> {
        let mut chance = Chance::new(self.seed, purpose);
        let mut moments: Vec<(u64, u64)> = (0..count)
            .map(|_| {
                let moment = calls / 50 + chance.below(calls * 9 / 10);
                (moment, chance.below(self.works.len() as u64))
            })
            .collect();
        moments.sort_unstable();
        moments.into_iter().map_while(|(moment, index)| {
            let index = usize::try_from(index).unwrap_or_default();
            self.watch.wait_for(moment).then_some(index)
        })
    }

    fn kill_some(&self, kills: u64, calls: u64) {
        let mut chance = Chance::new(self.seed, 2);
        for index in self.moments(kills, calls, 9) {
            let killed = self.near(index).find(|index| self.kill(*index));
            if chance.once_in(4) {
                // Once more, while it finds its way back.
                std::thread::sleep(Duration::from_millis(chance.below(50)));
                killed.map(|index| self.kill(index));
            }
        }
    }

    /// This client and then all others.
    fn near(&self, index: usize) -> impl Iterator<Item = usize> {
        let count = self.works.len();
        (0..count).map(move |further| (index + further) % count)
    }

    /// Kills this client if it has a journal and is at work, and no one else is at that.
    fn kill(&self, index: usize) -> bool {
        let has_journal = self
            .works
            .get(index)
            .is_some_and(|work| work.journal.is_some());
        let Some(seat) = self.seats.get(index).filter(|_| has_journal) else {
            return false;
        };
        let Ok(mut door) = seat.door.try_lock() else {
            return false;
        };
        let mut process = lock(&seat.process);
        let is_killed = process.as_mut().is_some_and(|child| child.kill().is_ok());
        if is_killed {
            *door = Door::Shut;
        }
        is_killed
    }

    /// Starts second processes on journals that others have.
    fn send_seconds(&self, count: u64, calls: u64) -> Result<(), Failure> {
        let moments = self.moments(count, calls, 7);
        for (number, index) in (0..).zip(moments) {
            for index in self.near(index) {
                if self.send_second(index, number)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Starts a second process if this client is at work; whether it is.
    fn send_second(&self, index: usize, number: u64) -> Result<bool, Failure> {
        let (Some(work), Some(seat)) = (self.works.get(index), self.seats.get(index)) else {
            return Ok(false);
        };
        // Nobody is killed while it is there.
        let door = lock(&seat.door);
        let is_at_work = lock(&seat.process).is_some();
        if work.journal.is_none() || *door == Door::Shut || !is_at_work {
            return Ok(false);
        }
        let number = index as u64 * 10_000 + 5_000 + number;
        let second = self.start(work, work.journal.clone(), Turn::Second, number)?;
        let ended = self.listen(second, None)?;
        let mut news = self.news();
        match (ended.is_refused(), ended.status.success()) {
            (true, _) => news.seconds[0] += 1,
            (false, true) => news.seconds[1] += 1,
            _ => {
                return Err(format!("a second process of client {index}: {}", ended.status).into());
            }
        }
        Ok(true)
    }

    fn news(&self) -> MutexGuard<'_, News> {
        lock(&self.news)
    }
}

impl Hurt {
    fn done_to(
        whole: &Stand,
        before: Option<&Stand>,
        journal: &Path,
        chance: &mut Chance,
    ) -> std::io::Result<Self> {
        let (damage, name) = Damage::drawn(chance);
        let damaged = whole.damaged(damage, before, chance);
        damaged.put(damage, journal)?;
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
    // Nothing that holds one of these can panic halfway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
