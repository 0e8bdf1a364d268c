//! What the gateway's clock shows at most and at least, derived from the last answer with its time.
//!
//! Owns the two bounds, which no step of this machine's clock may break: a bound that is wrong by an
//! hour makes a write count as absent that is still to come. So time is carried on by the monotonic
//! clock, which nobody sets; it may stand still while the machine sleeps, so the wall clock counts
//! as well where it says that more time has passed. Must not read a clock but in [`ClockReading`].

use std::time::{Duration, SystemTime};

use crate::clock::Offset;
use crate::gateway::ACCEPTED_SKEW;
use crate::runtime::Runtime;
use crate::time::Instant;

/// An older sample is not relied on to the second.
const FRESH: Duration = Duration::from_secs(60);

/// The local clocks, read at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockReading {
    wall: SystemTime,
    instant: Instant,
}

/// What the gateway's clock showed at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GatewaySample {
    pub(crate) at: ClockReading,
    pub(crate) gateway: SystemTime,
    pub(crate) uncertainty: Duration,
}

/// What is known of the gateway's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    pub(crate) started: ClockReading,
    pub(crate) measured: Option<GatewaySample>,
}

impl ClockReading {
    pub(crate) fn of(runtime: &dyn Runtime) -> Self {
        Self {
            wall: runtime.now(),
            instant: Instant::now(runtime),
        }
    }

    pub(crate) const fn wall(self) -> SystemTime {
        self.wall
    }

    pub(crate) const fn instant(self) -> Instant {
        self.instant
    }

    /// The time from an earlier reading to this one: the longer of what the two clocks say.
    fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        self.instant.since(earlier.instant).max(wall)
    }
}

impl Anchor {
    /// The earliest that the gateway's clock may have shown at this reading.
    pub(crate) fn earliest_at(&self, reading: ClockReading, offset: &Offset) -> SystemTime {
        if let Some(sample) = self.measured
            && sample.at.instant >= reading.instant
        {
            let before = sample.at.since(reading).saturating_add(sample.uncertainty);
            return earlier(sample.gateway, before);
        }
        let carried = self.carried_to(reading, offset);
        earlier(carried.min(offset.correct(reading.wall)), ACCEPTED_SKEW)
    }

    /// The latest that the gateway's clock may show at this reading, which is now.
    pub(crate) fn latest_at(&self, reading: ClockReading, offset: &Offset) -> SystemTime {
        let fresh = self
            .measured
            .map(|sample| (sample, reading.since(sample.at)));
        if let Some((sample, since)) = fresh.filter(|(_, since)| *since <= FRESH) {
            return later(sample.gateway, since.saturating_add(sample.uncertainty));
        }
        let carried = self.carried_to(reading, offset);
        later(carried.max(offset.correct(reading.wall)), ACCEPTED_SKEW)
    }

    /// The gateway's time by what was known before this reading and the monotonic clock alone.
    fn carried_to(&self, reading: ClockReading, offset: &Offset) -> SystemTime {
        let (from, time) = match self.measured {
            Some(sample) => (sample.at, sample.gateway),
            None => (self.started, offset.correct(self.started.wall)),
        };
        later(time, reading.instant.since(from.instant))
    }
}

fn earlier(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn later(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_add(by).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const MINUTE: i64 = 60;

    /// So many seconds after some moment.
    fn at(seconds: i64) -> SystemTime {
        let since = 1_700_000_000_i64.saturating_add(seconds);
        SystemTime::UNIX_EPOCH + Duration::from_secs(since.unsigned_abs())
    }

    /// At this true second, with a wall clock that is so much ahead.
    fn read(second: u64, ahead: i64) -> ClockReading {
        ClockReading {
            wall: at(i64::try_from(second).unwrap_or_default() + ahead),
            instant: Instant::from_origin(Duration::from_secs(second)),
        }
    }

    fn sample(second: u64, ahead: i64) -> GatewaySample {
        GatewaySample {
            at: read(second, ahead),
            gateway: at(i64::try_from(second).unwrap_or_default()),
            uncertainty: Duration::from_secs(1),
        }
    }

    fn anchor(measured: Option<GatewaySample>) -> Anchor {
        Anchor {
            started: read(0, 0),
            measured,
        }
    }

    /// How a bound lies to the true time, in seconds.
    fn off(bound: SystemTime, second: u64) -> i64 {
        let truth = at(i64::try_from(second).unwrap_or_default());
        match bound.duration_since(truth) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        }
    }

    #[test]
    fn a_wall_clock_that_is_set_between_reading_and_answer_moves_no_bound_the_wrong_way() {
        for (before, after, expected) in [
            (0, 0, -1),
            (HOUR, 0, -1),
            (HOUR, HOUR, -1),
            (-HOUR, -2 * HOUR, -1),
            // Set forward, it may as well have been asleep: earlier than the truth is safe.
            (0, HOUR, -HOUR - 1),
        ] {
            let known = anchor(Some(sample(130, after)));
            let earliest = known.earliest_at(read(100, before), &Offset::default());
            assert_eq!(off(earliest, 100), expected, "{before} {after}");
        }
        for (before, after, expected) in [(0, 0, 1), (HOUR, 0, 1), (HOUR, HOUR, 1)] {
            let known = anchor(Some(sample(100, before)));
            let latest = known.latest_at(read(130, after), &Offset::default());
            assert_eq!(off(latest, 130), expected, "{before} {after}");
        }
    }

    #[test]
    fn a_machine_that_slept_counts_the_time_that_the_wall_clock_shows() {
        // It slept an hour between the reading and the answer, and the monotonic clock with it.
        let slept = GatewaySample {
            gateway: at(HOUR + 130),
            ..sample(130, HOUR)
        };
        let earliest = anchor(Some(slept)).earliest_at(read(100, 0), &Offset::default());
        assert_eq!(off(earliest, 100), -1);
        let latest = anchor(Some(sample(100, 0))).latest_at(read(130, HOUR), &Offset::default());
        assert!(off(latest, 130) >= HOUR, "{latest:?}");
    }

    #[test]
    fn without_a_recent_answer_the_safer_of_two_clocks_counts_and_five_minutes() {
        for (measured, ahead, earliest, latest) in [
            (None, 0, -5 * MINUTE, 5 * MINUTE),
            (None, HOUR, -5 * MINUTE, HOUR + 5 * MINUTE),
            (None, -HOUR, -HOUR - 5 * MINUTE, 5 * MINUTE),
            (Some(sample(100, 0)), HOUR, -5 * MINUTE, HOUR + 5 * MINUTE),
            (Some(sample(100, 0)), -HOUR, -HOUR - 5 * MINUTE, 5 * MINUTE),
        ] {
            let (known, now) = (anchor(measured), read(1000, ahead));
            let offset = Offset::default();
            assert_eq!(
                off(known.earliest_at(now, &offset), 1000),
                earliest,
                "{ahead}"
            );
            assert_eq!(off(known.latest_at(now, &offset), 1000), latest, "{ahead}");
        }
    }
}
