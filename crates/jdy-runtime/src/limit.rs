//! Client-side rate limits.
//!
//! Owns how many calls an account set may make in a period, the permits for them, and the
//! backpressure after a refusal of the gateway. It must not know what a call does; time and sleep
//! come from the runtime.

mod backpressure;
mod permit;
mod queue;
mod window;

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::MutexGuard;

use crate::runtime::{Runtime, within};
use crate::sync::Lock;
use crate::time::{Deadline, Instant};

use self::queue::{SharedQueue, Turn};
use self::window::Window;

pub(crate) use self::permit::{Permit, PermitOwner};

/// The rate limits of an account set. The clones of a client share them; another process has its
/// own, unless both share them through a store (`RedisStore::share_limits`).
///
/// The gateway accepts 500 business calls a minute for each account set, and about 2 token calls;
/// these are the defaults. `None` turns a limit off, and the backpressure with it.
///
/// ```
/// use jdy_runtime::limit::{Limits, Rate};
/// use jdy_runtime::Client;
///
/// // A program at night leaves the shops their share.
/// let limits = Limits {
///     calls: Some(Rate::per_minute(200)),
///     ..Limits::default()
/// };
/// let builder = Client::builder().limits(limits);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Business calls. Each attempt counts.
    pub calls: Option<Rate>,
    /// Token calls. Each attempt counts. A valid token is used whether or not a token call that
    /// would replace it has a permit.
    pub token_calls: Option<Rate>,
}

impl Limits {
    /// The rate of this class of calls.
    pub(crate) fn rate(&self, class: LimitClass) -> Option<Rate> {
        match class {
            LimitClass::Business => self.calls,
            LimitClass::Token => self.token_calls,
        }
    }

    /// No limits.
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

/// The kinds of calls that have limits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitClass {
    /// Calls of the product.
    Business,
    /// Calls that fetch a token.
    Token,
}

/// A number of calls per period, counted over a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The number of calls, at least 1.
    pub calls: u32,
    /// The length of the period, more than zero.
    pub period: Duration,
}

impl Rate {
    /// This many calls per minute.
    pub const fn per_minute(calls: u32) -> Self {
        Self {
            calls,
            period: Duration::from_secs(60),
        }
    }

    /// Whether it allows any call at all.
    pub(crate) fn is_valid(&self) -> bool {
        self.calls > 0 && window::has_slots(self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls in {} s", self.calls, self.period.as_secs_f64())
    }
}

/// The answer to a request for a shared permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquire {
    /// Granted; the permit can be released by this id.
    Granted(PermitId),
    /// No permit is free for this long.
    RetryAfter(Duration),
}

/// The id of a shared permit. A store that shares no limits uses the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermitId(pub [u8; 16]);

/// The limit of one account set for one class of calls. It stays small while there are few calls,
/// because a client may have very many account sets.
#[derive(Default)]
pub(crate) struct RateLimiter(Lock<Window>);

/// How long a permit stays free that somebody in line could take, before it is taken by another.
const UNUSED: Duration = Duration::from_secs(1);

/// What a caller in line gets.
enum Next<'a> {
    Turn(MutexGuard<'a, ()>),
    Granted(Grant),
}

/// A call that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    rate: Rate,
    slot: u64,
    at: Instant,
}

/// No permit is free before the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimitExceeded(pub(crate) Rate);

impl fmt::Display for RateLimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no permit in time within the limit of {} for this account set",
            self.0
        )
    }
}

impl RateLimiter {
    /// Waits in line for a grant, and reports that it does. Fails as soon as none can be free before
    /// the deadline.
    pub(crate) async fn acquire(
        &self,
        rate: Rate,
        runtime: &dyn Runtime,
        deadline: Deadline,
        waits: impl FnOnce(),
    ) -> Result<Grant, RateLimitExceeded> {
        let mut waits = Some(waits);
        let mut report = || {
            if let Some(waits) = waits.take() {
                waits();
            }
        };
        let turn = self.0.lock().turn();
        let turn = match turn {
            Some(turn) => turn,
            None => match self.take(rate, Instant::now(runtime)) {
                Ok(grant) => return Ok(grant),
                Err(_) => self.0.lock().make_turn(),
            },
        };
        let _turn = match turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                report();
                let next = self.turn_or_grant(&turn, rate, runtime, deadline);
                match next.await.ok_or(RateLimitExceeded(rate))? {
                    Next::Turn(turn) => turn,
                    Next::Granted(grant) => return Ok(grant),
                }
            }
        };
        loop {
            let now = Instant::now(runtime);
            match self.take(rate, now) {
                Ok(grant) => return Ok(grant),
                Err(wait) if now.plus(wait) >= deadline.instant() => {
                    return Err(RateLimitExceeded(rate));
                }
                Err(wait) => {
                    report();
                    runtime.sleep(wait).await;
                }
            }
        }
    }

    /// Waits for the turn. Whoever has it may be a future that nobody polls, as that of a page whose
    /// caller has stopped waiting for a while: a permit that stays free is taken without it.
    async fn turn_or_grant<'a>(
        &self,
        turn: &'a Turn,
        rate: Rate,
        runtime: &dyn Runtime,
        deadline: Deadline,
    ) -> Option<Next<'a>> {
        let mut waiting = pin!(turn.lock());
        let mut was_free = false;
        loop {
            let pause = deadline.left(runtime).min(UNUSED);
            if let Some(turn) = within(waiting.as_mut(), || runtime.sleep(pause)).await {
                return Some(Next::Turn(turn));
            }
            let now = Instant::now(runtime);
            if now >= deadline.instant() {
                return None;
            }
            let is_free = self.0.lock().wait(&rate, now).is_none();
            if is_free
                && was_free
                && let Ok(grant) = self.take(rate, now)
            {
                return Some(Next::Granted(grant));
            }
            was_free = is_free;
        }
    }

    /// A grant without waiting in line, or the time until one is free.
    pub(crate) fn take(&self, rate: Rate, now: Instant) -> Result<Grant, Duration> {
        let slot = self.0.lock().take(&rate, now)?;
        Ok(Grant {
            rate,
            slot,
            at: now,
        })
    }

    /// Uncounts a call that was not sent.
    pub(crate) fn release(&self, grant: Grant) {
        self.0.lock().uncount(grant.slot);
    }

    /// Backs off after the gateway refused a call for its rate. A call that was sent before the
    /// last backoff does not count again.
    pub(crate) fn back_off(&self, now: Instant, grant: Grant, retry_after: Option<Duration>) {
        self.0
            .lock()
            .back_off(&grant.rate, now, grant.at, retry_after);
    }

    /// The queue for shared permits, if anyone waits in it.
    pub(crate) fn shared_queue(&self) -> Option<SharedQueue> {
        self.0.lock().shared_queue()
    }

    /// The queue for shared permits.
    pub(crate) fn make_shared_queue(&self) -> SharedQueue {
        self.0.lock().make_shared_queue()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// A limiter with one rate, and time as a length since the origin.
    struct Limiter(Rate, RateLimiter);

    impl Limiter {
        fn new(rate: Rate) -> Self {
            Self(rate, RateLimiter::default())
        }

        fn take(&self, now: Duration) -> Result<Grant, Duration> {
            self.1.take(self.0, Instant::from_origin(now))
        }

        fn release(&self, grant: Grant) {
            self.1.release(grant);
        }

        fn back_off(&self, now: Duration, grant: Grant, retry_after: Option<Duration>) {
            self.1
                .back_off(Instant::from_origin(now), grant, retry_after);
        }
    }

    /// The number of permits that are free at this moment.
    fn free(limiter: &Limiter, now: Duration) -> u32 {
        let mut count = 0;
        while limiter.take(now).is_ok() {
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
                if limiter.take(now).is_ok() {
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
    fn a_reported_wait_ends_with_a_permit() {
        let limiter = Limiter::new(Rate::per_minute(2));
        for now in [0.0, 0.5] {
            assert!(limiter.take(seconds(now)).is_ok());
        }
        let wait = limiter.take(seconds(3.0)).unwrap_err();
        assert_eq!(wait, seconds(58.0));
        assert!(limiter.take(seconds(60.9)).is_err());
        assert_eq!(free(&limiter, seconds(61.0)), 2);
    }

    #[test]
    fn a_released_permit_is_free_again() {
        let limiter = Limiter::new(Rate::per_minute(1));
        let grant = limiter.take(seconds(1.0)).unwrap();
        assert!(limiter.take(seconds(2.0)).is_err());
        limiter.release(grant);
        limiter.release(grant);
        assert_eq!(free(&limiter, seconds(3.0)), 1);
    }

    #[test]
    fn backing_off_doubles_the_delay_and_recovery_is_gradual() {
        let limiter = Limiter::new(Rate::per_minute(500));
        let start = limiter.take(seconds(1.0)).unwrap();
        limiter.back_off(seconds(1.1), start, None);
        // Calls that were under way already do not count again.
        limiter.back_off(seconds(1.1), start, None);
        let delay = || limiter.1.0.lock().delay().unwrap();
        assert_eq!(delay(), seconds(0.12));
        assert_eq!(free(&limiter, seconds(1.11)), 0);
        let next = limiter.take(seconds(1.23)).unwrap();
        limiter.back_off(seconds(1.23), next, None);
        assert!(delay() > seconds(0.23));
        let mut counts = Vec::new();
        let mut now = seconds(1.3);
        for _ in 0..7 {
            let end = now + seconds(10.0);
            let mut count = 0;
            while now < end {
                count += u32::from(limiter.take(now).is_ok());
                now += seconds(0.005);
            }
            counts.push(count);
        }
        assert!(counts[0] < 60, "{counts:?}");
        assert!(counts[..5].is_sorted(), "{counts:?}");
        assert!(counts[4] > counts[0] * 2, "{counts:?}");
    }

    #[test]
    fn an_account_set_that_was_busy_takes_no_more_memory_than_before() {
        let limiter = Limiter::new(Rate::per_minute(500));
        let is_busy = || limiter.1.0.lock().is_busy();
        for second in 0_u32..30 {
            limiter.take(seconds(f64::from(second))).unwrap();
        }
        let grant = limiter.take(seconds(30.0)).unwrap();
        limiter.back_off(seconds(30.0), grant, None);
        let turn = limiter.1.0.lock().make_turn();
        limiter.take(seconds(91.5)).unwrap();
        assert!(is_busy(), "someone waits");
        drop(turn);
        limiter.take(seconds(91.5)).unwrap();
        assert!(!is_busy());
        assert!(limiter.1.0.lock().turn().is_none());
    }

    #[test]
    fn backing_off_has_an_end() {
        for calls in [1, 2, 500, 100_000] {
            let limiter = Limiter::new(Rate::per_minute(calls));
            for second in 0_u32..50 {
                let now = seconds(f64::from(second));
                let grant = Grant {
                    rate: limiter.0,
                    slot: 0,
                    at: Instant::from_origin(now),
                };
                limiter.back_off(now, grant, Some(Duration::MAX));
            }
            let latest = seconds(49.0 + 61.0);
            assert!(limiter.take(latest).is_ok(), "{calls}");
        }
    }
}
