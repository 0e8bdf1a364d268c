//! What happens to workers and Postgres during the run.
//!
//! Owns when a worker is killed or frozen, a connection cut, and Postgres stopped, and how often
//! each was done. Must not know what the workers make of it.

use std::time::{Duration, Instant};

use crate::rng::Rng;
use crate::shared_list::arguments::Plan;
use crate::shared_list::database_relay::DatabaseRelay;
use crate::shared_list::processes::Workers;
use crate::shared_list::server::Server;
use crate::shared_list::worker::SLOW_WORKER;

/// How often a worker is killed while lines are planned, and afterwards.
const KILL: Duration = Duration::from_secs(1);
const KILL_LATER: Duration = Duration::from_secs(5);
/// The kills and the freezes after the last planned line was sent: the lists must end sometime.
const MAX_LATER: u64 = 6;
const FREEZE: Duration = Duration::from_millis(4_500);
/// Afterwards one worker looks all up that is unknown, and whoever takes that over begins again.
const FREEZE_LATER: Duration = Duration::from_secs(12);
const CUT: Duration = Duration::from_millis(700);
const TICK: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(500);

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Disruptions {
    /// By `kill -9`, and by its own stop without an end.
    pub(crate) restarts: [u64; 2],
    pub(crate) kills: u64,
    pub(crate) freezes: u64,
    pub(crate) cuts: [u64; 2],
    /// The longest time that Postgres was away, in milliseconds.
    pub(crate) away: u64,
}

pub(crate) struct Disruptor<'a> {
    plan: Plan,
    server: &'a Server,
    relay: &'a DatabaseRelay,
    rng: Rng,
    done: Disruptions,
    frozen: Vec<Frozen>,
    begun: Instant,
    /// How many lines are planned.
    planned: u64,
    /// When no line was planned any more.
    worked_at: Option<Instant>,
    /// Whether it is known what became of every document.
    is_settled: bool,
    later_kills: u64,
    later_freezes: u64,
    has_given_up: bool,
}

/// A frozen worker.
#[derive(Clone, Copy, Debug)]
struct Frozen {
    place: usize,
    id: u32,
    /// When it goes on.
    until: Instant,
    /// It goes on only after the others have found out what became of its calls.
    is_to_the_end: bool,
}

/// After so long by the fast clock a lost write is absent.
const UNTIL_ABSENT: Duration = Duration::from_secs(11 * 60);

/// When each is due.
struct Due {
    kill: Instant,
    freeze: Instant,
    cut: Instant,
    look: Instant,
}

impl<'a> Disruptor<'a> {
    pub(crate) fn new(plan: Plan, server: &'a Server, relay: &'a DatabaseRelay) -> Self {
        Self {
            plan,
            server,
            relay,
            rng: Rng::new(plan.seed, 21),
            done: Disruptions::default(),
            frozen: Vec::new(),
            begun: Instant::now(),
            planned: plan.lines,
            worked_at: None,
            is_settled: false,
            later_kills: 0,
            later_freezes: 0,
            has_given_up: false,
        }
    }

    /// Whether the run was ended because it did not end by itself.
    pub(crate) fn gave_up(&self) -> bool {
        self.has_given_up
    }

    /// How long it took until no line was planned any more.
    pub(crate) fn working(&self, begun: Instant) -> Duration {
        let end = self.worked_at.unwrap_or_else(Instant::now);
        end.saturating_duration_since(begun)
    }

    pub(crate) fn into_done(self, cuts: [u64; 2]) -> Disruptions {
        Disruptions { cuts, ..self.done }
    }

    /// Disrupts the workers until all have ended.
    pub(crate) fn run(&mut self, workers: &Workers) {
        let now = Instant::now();
        let mut due = Due {
            kill: now + KILL,
            freeze: now + FREEZE / 2,
            cut: now + CUT,
            look: now,
        };
        while workers.running() > 0 {
            std::thread::sleep(TICK);
            let now = Instant::now();
            if self.begun.elapsed() > self.plan.patience() {
                self.has_given_up = true;
                self.thaw(workers, None);
                workers.give_up();
                continue;
            }
            self.thaw(workers, Some(now));
            self.act(workers, &mut due, now);
        }
    }

    fn act(&mut self, workers: &Workers, due: &mut Due, now: Instant) {
        if now >= due.look {
            self.look();
            due.look = now + LOOK;
            self.restart_if_due();
        }
        if now >= due.cut {
            self.relay.cut(&mut self.rng);
            due.cut = now + CUT;
        }
        if now >= due.freeze {
            let is_over = self.planned == 0;
            self.later_freezes += u64::from(is_over);
            if self.later_freezes <= MAX_LATER {
                self.freeze(workers, now);
            }
            due.freeze = now + if is_over { FREEZE_LATER } else { FREEZE };
        }
        if now >= due.kill {
            let is_over = self.planned == 0;
            due.kill = now + if is_over { KILL_LATER } else { KILL };
            self.later_kills += u64::from(is_over);
            if self.later_kills <= MAX_LATER {
                self.kill(workers);
            }
        }
    }

    /// Counts the planned lines.
    fn look(&mut self) {
        let lines = "SELECT count(*) FROM jdy_journal.lines";
        // Without tables or server nothing is known.
        let counted = self.server.number(lines).and_then(|made| {
            let left = self
                .server
                .number(&format!("{lines} WHERE state = 'planned'"));
            Ok(self.plan.lines.saturating_sub(made) + left?)
        });
        self.planned = counted.unwrap_or(self.planned);
        if self.planned == 0 {
            let open = "SELECT count(*) FROM jdy_journal.lines JOIN jdy_journal.lists \
                        ON lists.id = lines.list WHERE subject <> 'ls.mall_recharge' \
                        AND state NOT IN ('done', 'rejected', 'applied')";
            self.is_settled = self.server.number(open).is_ok_and(|open| open == 0);
        }
        if self.planned == 0 && self.worked_at.is_none() {
            self.worked_at = Some(Instant::now());
        }
    }

    /// Stops Postgres when so much of the work is done, and starts it again.
    fn restart_if_due(&mut self) {
        let [killed, stopped] = self.done.restarts;
        let (done, all) = (killed + stopped, self.plan.restarts());
        let worked = self.plan.lines.saturating_sub(self.planned);
        if done == all || worked * (all + 1) < self.plan.lines * (done + 1) {
            return;
        }
        let begun = Instant::now();
        if done.is_multiple_of(2) {
            self.server.kill();
            self.done.restarts[0] += 1;
        } else {
            self.server.stop_at_once();
            self.done.restarts[1] += 1;
        }
        std::thread::sleep(Duration::from_millis(self.rng.below(600)));
        // If it does not start, the workers wait, and the run is given up.
        if let Err(error) = self.server.up() {
            eprintln!("jdy-chaos: {error}");
        }
        let away = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.done.away = self.done.away.max(away);
    }

    /// A place, and all after it.
    fn places(&mut self, workers: &Workers) -> impl Iterator<Item = usize> + use<> {
        let count = workers.count();
        let first = usize::try_from(self.rng.below(count as u64)).unwrap_or_default();
        (0..count).map(move |further| (first + further) % count)
    }

    fn kill(&mut self, workers: &Workers) {
        let to_the_end = self.frozen.iter().filter(|it| it.is_to_the_end);
        let spared: Vec<usize> = to_the_end.map(|it| it.place).collect();
        let mut places = self.places(workers).filter(|it| !spared.contains(it));
        let killed = places.any(|place| workers.kill(place));
        self.done.kills += u64::from(killed);
    }

    /// Freezes a worker for longer than its lease. The first is the one that is slow between an
    /// intent and its call: it goes on when the others have looked its lines up and sent them again.
    fn freeze(&mut self, workers: &Workers, now: Instant) {
        let lease = u64::try_from(self.plan.lease().as_millis()).unwrap_or(u64::MAX);
        let mut time = Duration::from_millis(lease + 300 + self.rng.below(lease));
        if self.done.freezes % 4 == 3 {
            time += UNTIL_ABSENT / self.plan.factor();
        }
        let frozen: Vec<usize> = self.frozen.iter().map(|it| it.place).collect();
        // One at least goes on.
        if frozen.len() + 1 >= workers.count() {
            return;
        }
        let slow = usize::try_from(SLOW_WORKER).unwrap_or_default();
        let is_to_the_end = self.done.freezes == 0;
        let first = is_to_the_end.then_some(slow).into_iter();
        let places = first.chain(self.places(workers));
        let mut places = places.filter(|place| !frozen.contains(place));
        let found = places.find_map(|place| Some((place, workers.freeze(place)?)));
        if let Some((place, id)) = found {
            self.frozen.push(Frozen {
                place,
                id,
                until: now + time,
                is_to_the_end,
            });
            self.done.freezes += 1;
        }
    }

    /// Lets frozen workers go on: those whose time has come, or all.
    fn thaw(&mut self, workers: &Workers, now: Option<Instant>) {
        // Look-ups may fail, and then nobody finds out.
        let last = 4 * UNTIL_ABSENT / self.plan.factor();
        let is_over = self.worked_at.is_some_and(|at| at.elapsed() > last);
        let is_settled = self.is_settled || is_over;
        self.frozen.retain(|it| {
            let is_to_the_end = it.is_to_the_end && !is_settled;
            let is_frozen = now.is_some_and(|now| now < it.until || is_to_the_end);
            if !is_frozen {
                workers.thaw(it.place, it.id);
            }
            is_frozen
        });
    }
}
