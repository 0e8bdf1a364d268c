//! How many calls an account set makes in a time: its places, handed out in the order of asking.
//!
//! Owns the counting, and the slowing down and recovering when the gateway has had enough. It
//! must not know what a place is used for; time and sleep are the runtime's.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::runtime::{Runtime, within};
use crate::token::CallKind;

/// What an account set allows itself, so that the gateway need not refuse. The clones of a client
/// share it; another process has its own, unless both share them through a store
/// (`RedisStore::share_limits`).
///
/// The gateway takes 500 business calls a minute for each account set, and about 2 token calls;
/// these are the defaults. `None` counts nothing and slows down for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Business calls, each attempt counted.
    pub calls: Option<Rate>,
    /// Token calls, each attempt counted. A valid token is used whether or not there is a place
    /// for the call that would replace it.
    pub token_calls: Option<Rate>,
}

impl Limits {
    /// The limit of these calls.
    pub(crate) fn of(&self, calls: CallKind) -> Option<Rate> {
        match calls {
            CallKind::Business => self.calls,
            CallKind::Token => self.token_calls,
        }
    }

    /// No limit at all.
    pub const fn none() -> Self {
        Self {
            calls: None,
            token_calls: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: Some(Rate::per_minute(500)),
            token_calls: Some(Rate::per_minute(2)),
        }
    }
}

/// So many calls within any stretch of so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many calls, at least 1.
    pub calls: u32,
    /// In which time, more than zero.
    pub period: Duration,
}

impl Rate {
    /// So many calls a minute.
    pub const fn per_minute(calls: u32) -> Self {
        Self {
            calls,
            period: Duration::from_secs(60),
        }
    }

    pub(crate) fn makes_sense(&self) -> bool {
        self.calls > 0 && !self.slot().is_zero()
    }

    /// The grain of the counting: calls of one slot are forgotten together.
    fn slot(&self) -> Duration {
        self.period / SLOTS
    }

    fn slot_of(&self, now: Duration) -> u64 {
        let slot = now.as_nanos().checked_div(self.slot().as_nanos());
        slot.and_then(|slot| slot.try_into().ok())
            .unwrap_or(u64::MAX)
    }

    fn begin_of(&self, slot: u64) -> Duration {
        let nanos = u128::from(slot).saturating_mul(self.slot().as_nanos());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The gap between two calls with which slowing down begins.
    fn first_gap(&self) -> Duration {
        (self.period / self.calls).min(GENTLEST)
    }

    /// The widest gap between two calls that slowing down leads to.
    fn last_gap(&self) -> Duration {
        self.first_gap().saturating_mul(16).min(self.period)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls in {} s", self.calls, self.period.as_secs_f64())
    }
}

/// Into how many slots a period is divided.
const SLOTS: u32 = 60;
/// However few calls a limit allows, slowing down begins with no wider gap.
const GENTLEST: Duration = Duration::from_secs(5);

/// The places of one account set for one kind of call. It is small while there are few calls,
/// since a client may have very many account sets.
#[derive(Default)]
pub(crate) struct Places(Mutex<Window>);

/// The calls of the last period, and how fast the gateway lets them come.
#[derive(Default)]
struct Window {
    /// Number of the newest slot, and calls in it.
    newest: Slot,
    /// Calls in all slots.
    taken: u32,
    /// Made when calls fall into several slots, are slowed down, or have to wait.
    busy: Option<Box<Busy>>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    number: u64,
    count: u32,
}

/// What only an account set with many calls needs.
#[derive(Default)]
struct Busy {
    /// The slots before the newest one; none older than a period.
    earlier: VecDeque<Slot>,
    slow: Option<Slow>,
    /// Whoever holds it is the next to get a place. It is handed on in the order of asking, also
    /// when its holder is dropped. Made when someone has to wait for the first time.
    turn: Option<Turn>,
    /// The same for a place that the fleet shares, of which some ask at once.
    fleet_queue: Option<Arc<FleetQueue>>,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

/// How many of those who wait for a place that the fleet shares are next at once. Each of them
/// asks another machine, so that one after the other they would be kept waiting by its slowness
/// and not by the limit; and all at once they would ask it for nothing.
const ASKERS: usize = 8;

/// Those who wait for a place that the fleet shares, in the order of asking.
pub(crate) struct FleetQueue(Semaphore);

impl FleetQueue {
    /// The turn of one who waits, until it is dropped.
    pub(crate) async fn acquire(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.0.acquire().await.ok()
    }
}

impl Default for FleetQueue {
    fn default() -> Self {
        Self(Semaphore::new(ASKERS))
    }
}

impl Busy {
    /// Whether all of it is what a new one would be.
    fn is_over(&self) -> bool {
        let waits = is_taken(self.turn.as_ref()) || is_taken(self.fleet_queue.as_ref());
        self.earlier.is_empty() && self.slow.is_none() && !waits
    }
}

/// Whether anyone has this turn, or waits for it. Whoever does took it from its window, whose lock
/// is held here.
fn is_taken<T>(turn: Option<&Arc<T>>) -> bool {
    turn.is_some_and(|turn| Arc::strong_count(turn) > 1)
}

/// How slowly the calls come since the gateway has had enough.
#[derive(Clone, Copy)]
struct Slow {
    /// When it last had enough.
    since: Duration,
    /// The gap between two calls at that time; it shrinks from then on.
    gap: Duration,
    /// When the last call left.
    last: Duration,
    closed_until: Duration,
}

/// A place that was taken, to be given back if nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    rate: Rate,
    slot: u64,
    taken: Duration,
}

/// There is no place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPlace(pub(crate) Rate);

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no place in time within the limit of {} for this account set",
            self.0
        )
    }
}

impl Places {
    /// A place, waited for in the order of asking, but not to `end`. It is refused as soon as it
    /// is certain that there will be none. `Ok(None)` where nothing is counted.
    pub(crate) async fn place(
        &self,
        rate: Option<Rate>,
        runtime: &dyn Runtime,
        end: Duration,
    ) -> Result<Option<Place>, NoPlace> {
        let Some(rate) = rate else {
            return Ok(None);
        };
        let turn = self.window().turn();
        let turn = match turn {
            Some(turn) => turn,
            None => match self.take(rate, runtime.monotonic()) {
                Ok(place) => return Ok(Some(place)),
                Err(_) => self.window().make_turn(),
            },
        };
        let _turn = match turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                let left = end.saturating_sub(runtime.monotonic());
                within(turn.lock(), runtime.sleep(left))
                    .await
                    .ok_or(NoPlace(rate))?
            }
        };
        loop {
            let now = runtime.monotonic();
            match self.take(rate, now) {
                Ok(place) => return Ok(Some(place)),
                Err(wait) if now.saturating_add(wait) >= end => return Err(NoPlace(rate)),
                Err(wait) => runtime.sleep(wait).await,
            }
        }
    }

    /// A place at once, past all who wait; or how long there is none, and why.
    pub(crate) fn try_place(
        &self,
        rate: Option<Rate>,
        now: Duration,
    ) -> Result<Option<Place>, (Duration, NoPlace)> {
        let Some(rate) = rate else {
            return Ok(None);
        };
        let place = self.take(rate, now);
        place.map(Some).map_err(|wait| (wait, NoPlace(rate)))
    }

    /// Gives a place back: what it was for never left.
    pub(crate) fn give_back(&self, place: Option<Place>) {
        let Some(place) = place else {
            return;
        };
        let mut window = self.window();
        let found = window.slots_mut().find(|slot| slot.number == place.slot);
        if let Some(slot) = found.filter(|slot| slot.count > 0) {
            slot.count -= 1;
            window.taken -= 1;
        }
    }

    /// The gateway has had enough: from now on the calls keep a distance, which shrinks to
    /// nothing within a period. A call that left before the last slowing down adds nothing.
    pub(crate) fn slow_down(&self, now: Duration, place: Option<Place>, asked: Option<Duration>) {
        let Some(Place { rate, taken, .. }) = place else {
            return;
        };
        let mut window = self.window();
        let old = window.slow();
        let mut slow = Slow {
            since: now,
            gap: window.gap(&rate, now).saturating_mul(2),
            last: now,
            closed_until: old.map_or(Duration::ZERO, |old| old.closed_until),
        };
        slow.gap = slow.gap.clamp(rate.first_gap(), rate.last_gap());
        if let Some(old) = old.filter(|old| taken < old.since) {
            // It left before the last slowing down.
            (slow.since, slow.gap, slow.last) = (old.since, old.gap, old.last);
        }
        if let Some(asked) = asked {
            // A mistaken date must not close the account set for a day.
            let until = now.saturating_add(asked.min(rate.period));
            slow.closed_until = slow.closed_until.max(until);
        }
        window.busy().slow = Some(slow);
    }

    /// Those who wait for a place that the fleet shares, where anyone does.
    pub(crate) fn fleet_queue(&self) -> Option<Arc<FleetQueue>> {
        let window = self.window();
        let queue = window.busy.as_ref()?.fleet_queue.as_ref();
        queue.filter(|_| is_taken(queue)).cloned()
    }

    pub(crate) fn make_fleet_queue(&self) -> Arc<FleetQueue> {
        let mut window = self.window();
        window.busy().fleet_queue.get_or_insert_default().clone()
    }

    /// A place at once, or how long there is none.
    fn take(&self, rate: Rate, now: Duration) -> Result<Place, Duration> {
        let mut window = self.window();
        let slot = rate.slot_of(now);
        window.forget(slot, &rate, now);
        let open = window.opens(&rate, now);
        if open > now {
            return Err(open - now);
        }
        if window.taken >= rate.calls {
            let free = rate.begin_of(window.oldest().saturating_add(u64::from(SLOTS) + 1));
            // Never nothing, or whoever waits for it would not wait at all.
            return Err(free.saturating_sub(now).max(Duration::from_millis(1)));
        }
        window.count(slot);
        if let Some(slow) = window.busy.as_mut().and_then(|busy| busy.slow.as_mut()) {
            slow.last = now;
        }
        Ok(Place {
            rate,
            slot,
            taken: now,
        })
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        // Nothing that holds this lock can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// Forgets the calls that are a whole period old, wherever in their slot they were, and a
    /// slowness that is over.
    fn forget(&mut self, slot: u64, rate: &Rate, now: Duration) {
        let old = |of: &Slot| of.number.saturating_add(u64::from(SLOTS)) < slot;
        if let Some(busy) = &mut self.busy {
            while let Some(oldest) = busy.earlier.front().copied().filter(old) {
                busy.earlier.pop_front();
                self.taken = self.taken.saturating_sub(oldest.count);
            }
            busy.slow.take_if(|slow| {
                now >= slow.closed_until && now.saturating_sub(slow.since) >= rate.period
            });
        }
        if old(&self.newest) {
            self.taken = self.taken.saturating_sub(self.newest.count);
            self.newest.count = 0;
        }
        // Once busy is not busy for ever: there may be very many account sets.
        self.busy.take_if(|busy| busy.is_over());
    }

    /// Counts a call in this slot.
    fn count(&mut self, slot: u64) {
        if self.newest.number != slot {
            let former = std::mem::replace(
                &mut self.newest,
                Slot {
                    number: slot,
                    count: 0,
                },
            );
            if former.count > 0 {
                self.busy().earlier.push_back(former);
            }
        }
        self.newest.count += 1;
        self.taken += 1;
    }

    /// The number of the oldest slot.
    fn oldest(&self) -> u64 {
        let earlier = self.busy.as_ref().and_then(|busy| busy.earlier.front());
        earlier.unwrap_or(&self.newest).number
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        let earlier = self.busy.iter_mut().flat_map(|busy| &mut busy.earlier);
        earlier.chain([&mut self.newest])
    }

    fn busy(&mut self) -> &mut Busy {
        self.busy.get_or_insert_default()
    }

    /// The turn, where anyone has it or waits for it.
    fn turn(&self) -> Option<Turn> {
        let turn = self.busy.as_ref()?.turn.as_ref();
        turn.filter(|_| is_taken(turn)).cloned()
    }

    fn make_turn(&mut self) -> Turn {
        self.busy().turn.get_or_insert_default().clone()
    }

    fn slow(&self) -> Option<Slow> {
        self.busy.as_ref()?.slow
    }

    /// From when on a call may leave, for all that the gateway has asked.
    fn opens(&self, rate: &Rate, now: Duration) -> Duration {
        let Some(slow) = self.slow() else {
            return Duration::ZERO;
        };
        let after_last = slow.last.saturating_add(self.gap(rate, now));
        after_last.max(slow.closed_until)
    }

    /// What is left of the gap: it shrinks evenly to nothing in one period.
    fn gap(&self, rate: &Rate, now: Duration) -> Duration {
        let Some(slow) = self.slow() else {
            return Duration::ZERO;
        };
        let left = rate.period.saturating_sub(now.saturating_sub(slow.since));
        let share = left.as_secs_f64() / rate.period.as_secs_f64();
        slow.gap.mul_f64(share.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// The places of one rate.
    struct Limiter(Rate, Places);

    impl Limiter {
        fn new(rate: Rate) -> Self {
            Self(rate, Places::default())
        }

        fn try_place(&self, now: Duration) -> Result<Place, Duration> {
            self.1.take(self.0, now)
        }

        fn give_back(&self, place: Place) {
            self.1.give_back(Some(place));
        }

        fn slow_down(&self, now: Duration, place: Place, asked: Option<Duration>) {
            self.1.slow_down(now, Some(place), asked);
        }
    }

    /// How many places there are at this moment.
    fn places(limiter: &Limiter, now: Duration) -> u32 {
        let mut count = 0;
        while limiter.try_place(now).is_ok() {
            count += 1;
        }
        count
    }

    #[test]
    fn no_stretch_of_a_period_holds_more_than_the_limit() {
        let limiter = Limiter::new(Rate::per_minute(500));
        let mut left = Vec::new();
        // Someone who takes whatever there is, ten times a second, for five minutes.
        for tick in 0_u32..3000 {
            let now = seconds(f64::from(tick) / 10.0 + 0.037);
            let count = if tick % 7 == 0 { 30 } else { 3 };
            for _ in 0..count {
                if limiter.try_place(now).is_ok() {
                    left.push(now);
                }
            }
        }
        for (index, first) in left.iter().enumerate() {
            let within = left[index..]
                .iter()
                .take_while(|time| **time < *first + seconds(60.0));
            assert!(within.count() <= 500);
        }
        assert!(left.len() >= 2_400, "{}", left.len());
    }

    #[test]
    fn a_wait_that_is_told_ends_with_a_place() {
        let limiter = Limiter::new(Rate::per_minute(2));
        for now in [0.0, 0.5] {
            assert!(limiter.try_place(seconds(now)).is_ok());
        }
        let wait = limiter.try_place(seconds(3.0)).unwrap_err();
        assert_eq!(wait, seconds(58.0));
        assert!(limiter.try_place(seconds(60.9)).is_err());
        assert_eq!(places(&limiter, seconds(61.0)), 2);
    }

    #[test]
    fn a_place_that_is_given_back_is_there_again() {
        let limiter = Limiter::new(Rate::per_minute(1));
        let place = limiter.try_place(seconds(1.0)).unwrap();
        assert!(limiter.try_place(seconds(2.0)).is_err());
        limiter.give_back(place);
        limiter.give_back(place);
        assert_eq!(places(&limiter, seconds(3.0)), 1);
    }

    #[test]
    fn slowing_down_doubles_the_gap_and_recovery_is_gradual() {
        let limiter = Limiter::new(Rate::per_minute(500));
        let start = limiter.try_place(seconds(1.0)).unwrap();
        limiter.slow_down(seconds(1.1), start, None);
        // Calls that were under way already do not count again.
        limiter.slow_down(seconds(1.1), start, None);
        let gap = || limiter.1.window().slow().unwrap().gap;
        assert_eq!(gap(), seconds(0.12));
        assert_eq!(places(&limiter, seconds(1.11)), 0);
        let next = limiter.try_place(seconds(1.23)).unwrap();
        limiter.slow_down(seconds(1.23), next, None);
        assert!(gap() > seconds(0.23));
        let mut counts = Vec::new();
        let mut now = seconds(1.3);
        for _ in 0..7 {
            let end = now + seconds(10.0);
            let mut count = 0;
            while now < end {
                count += u32::from(limiter.try_place(now).is_ok());
                now += seconds(0.005);
            }
            counts.push(count);
        }
        assert!(counts[0] < 60, "{counts:?}");
        assert!(counts[..5].is_sorted(), "{counts:?}");
        assert!(counts[4] > counts[0] * 2, "{counts:?}");
    }

    #[test]
    fn an_account_set_that_was_busy_takes_no_more_room_than_before() {
        let limiter = Limiter::new(Rate::per_minute(500));
        let is_busy = || limiter.1.window().busy.is_some();
        for second in 0_u32..30 {
            limiter.try_place(seconds(f64::from(second))).unwrap();
        }
        let place = limiter.try_place(seconds(30.0)).unwrap();
        limiter.slow_down(seconds(30.0), place, None);
        let turn = limiter.1.window().make_turn();
        limiter.try_place(seconds(91.5)).unwrap();
        assert!(is_busy(), "someone waits");
        drop(turn);
        limiter.try_place(seconds(91.5)).unwrap();
        assert!(!is_busy());
        assert!(limiter.1.window().turn().is_none());
    }

    #[test]
    fn slowing_down_has_an_end() {
        for calls in [1, 2, 500, 100_000] {
            let limiter = Limiter::new(Rate::per_minute(calls));
            for second in 0_u32..50 {
                let now = seconds(f64::from(second));
                let place = Place {
                    rate: limiter.0,
                    slot: 0,
                    taken: now,
                };
                limiter.slow_down(now, place, Some(Duration::MAX));
            }
            let latest = seconds(49.0 + 61.0);
            assert!(limiter.try_place(latest).is_ok(), "{calls}");
        }
    }
}
