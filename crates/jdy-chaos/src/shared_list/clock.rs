//! A clock that goes faster than the machine's, for workers and gateway alike, so that the minutes
//! after which a lost write is proven absent pass in seconds.
//!
//! Owns the clock, and the client's runtime that goes by it. Leases are not its matter: they are
//! Postgres's real time. Must not know what is timed.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

use jdy::runtime::{BoxFuture, Runtime, TokioRuntime};

/// A clock that shows the machine's time at its origin, and goes `factor` times as fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FastClock {
    /// Milliseconds since 1970.
    origin: u64,
    pub(crate) factor: u32,
    /// How far it is ahead, in seconds of its own.
    ahead: u64,
}

impl FastClock {
    pub(crate) fn start(factor: u32) -> Self {
        Self {
            origin: millis(since_1970()),
            factor,
            ahead: 0,
        }
    }

    /// The same clock, wrong by so many of its seconds.
    pub(crate) fn ahead(self, seconds: u64) -> Self {
        Self {
            ahead: seconds,
            ..self
        }
    }

    fn now(&self) -> Duration {
        let origin = Duration::from_millis(self.origin);
        let since = since_1970().saturating_sub(origin);
        origin + since * self.factor + Duration::from_secs(self.ahead)
    }

    /// Milliseconds since 1970.
    pub(crate) fn epoch_millis(&self) -> i64 {
        i64::try_from(self.now().as_millis()).unwrap_or(i64::MAX)
    }

    /// How long this much of its time takes.
    pub(crate) fn real(&self, own: Duration) -> Duration {
        own / self.factor.max(1)
    }
}

fn since_1970() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for FastClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*{}+{}", self.origin, self.factor, self.ahead)
    }
}

impl FromStr for FastClock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no clock");
        let (origin, rest) = text.split_once('*').ok_or_else(wrong)?;
        let (factor, ahead) = rest.split_once('+').ok_or_else(wrong)?;
        Ok(Self {
            origin: origin.parse().map_err(|_| wrong())?,
            factor: factor.parse().map_err(|_| wrong())?,
            ahead: ahead.parse().map_err(|_| wrong())?,
        })
    }
}

/// The client's runtime by such a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FastRuntime {
    clock: FastClock,
    begun: Instant,
}

impl FastRuntime {
    pub(crate) fn new(clock: FastClock) -> Self {
        Self {
            clock,
            begun: Instant::now(),
        }
    }
}

impl Runtime for FastRuntime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.begun.elapsed() * self.clock.factor
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        TokioRuntime.sleep(self.clock.real(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        TokioRuntime.spawn(task);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_clock_is_parsed_as_it_was_written() {
        let clock = FastClock::start(60).ahead(3_600);
        assert_eq!(clock.to_string().parse(), Ok(clock));
        assert!("1*2".parse::<FastClock>().is_err());
    }

    #[test]
    fn it_goes_as_many_times_as_fast() {
        let clock = FastClock {
            origin: millis(since_1970()) - 10_000,
            factor: 60,
            ahead: 3_600,
        };
        let shown = clock.now() - Duration::from_millis(clock.origin);
        assert!(shown >= Duration::from_secs(3_600 + 600), "{shown:?}");
        assert_eq!(
            clock.real(Duration::from_secs(600)),
            Duration::from_secs(10)
        );
    }
}
