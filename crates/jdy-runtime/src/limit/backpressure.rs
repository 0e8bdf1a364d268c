//! The delay between calls after the gateway refused one for its rate.
//!
//! Owns how the delay grows and shrinks. It must not know how calls are counted.

use std::time::Duration;

use super::Rate;
use crate::time::Instant;

/// The initial delay is no longer than this, however few calls the limit allows.
const MAX_INITIAL_DELAY: Duration = Duration::from_secs(5);
/// The delay grows to this many times the initial one.
const MAX_GROWTH: u32 = 16;

/// The state since the last refusal.
#[derive(Clone, Copy)]
pub(super) struct Backpressure {
    /// The time of the last refusal that counted.
    since: Instant,
    /// The delay between two calls at that time. It shrinks to nothing within one period.
    delay: Duration,
    /// The time of the last call.
    last_call: Instant,
    /// The end of the pause that the gateway asked for.
    closed_until: Instant,
}

/// The initial delay between calls.
fn initial_delay(rate: &Rate) -> Duration {
    (rate.period / rate.calls).min(MAX_INITIAL_DELAY)
}

/// The longest delay between calls.
fn max_delay(rate: &Rate) -> Duration {
    initial_delay(rate)
        .saturating_mul(MAX_GROWTH)
        .min(rate.period)
}

impl Backpressure {
    /// The state after a refusal at `now` of a call that was sent at `sent`.
    pub(super) fn after_refusal(
        previous: Option<Self>,
        rate: &Rate,
        now: Instant,
        sent: Instant,
        retry_after: Option<Duration>,
    ) -> Self {
        let delay = previous.map_or(Duration::ZERO, |previous| previous.delay(rate, now));
        let delay = delay.saturating_mul(2);
        let mut next = Self {
            since: now,
            delay: delay.clamp(initial_delay(rate), max_delay(rate)),
            last_call: now,
            closed_until: previous.map_or(Instant::default(), |previous| previous.closed_until),
        };
        // A call that was sent before the last refusal says nothing new.
        if let Some(previous) = previous.filter(|previous| sent < previous.since) {
            next = previous;
        }
        if let Some(retry_after) = retry_after {
            // A wrong date must not close the account set for a day.
            let until = now.plus(retry_after.min(rate.period));
            next.closed_until = next.closed_until.max(until);
        }
        next
    }

    /// Takes note of a call.
    pub(super) fn called(&mut self, now: Instant) {
        self.last_call = now;
    }

    /// The time of the next call that is allowed.
    pub(super) fn opens(&self, rate: &Rate, now: Instant) -> Instant {
        let next_call = self.last_call.plus(self.delay(rate, now));
        next_call.max(self.closed_until)
    }

    /// Whether it has no effect any more.
    pub(super) fn is_over(&self, rate: &Rate, now: Instant) -> bool {
        now >= self.closed_until && now.since(self.since) >= rate.period
    }

    /// The delay that is left: it shrinks linearly to nothing within one period.
    fn delay(&self, rate: &Rate, now: Instant) -> Duration {
        let left = rate.period.saturating_sub(now.since(self.since));
        let share = left.as_secs_f64() / rate.period.as_secs_f64();
        self.delay.mul_f64(share.clamp(0.0, 1.0))
    }

    #[cfg(test)]
    pub(super) fn full_delay(&self) -> Duration {
        self.delay
    }
}
