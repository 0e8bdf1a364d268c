//! Points in time and deadlines.
//!
//! Owns the difference between a point in time and a length of time, so that the two cannot be
//! mixed up. It must not know what a deadline is for.

use std::time::Duration;

use crate::runtime::Runtime;

/// A point of the runtime's monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    /// The current point in time.
    pub(crate) fn now(runtime: &dyn Runtime) -> Self {
        Self(runtime.monotonic())
    }

    /// The point this long after the origin of the clock.
    pub(crate) const fn from_origin(since: Duration) -> Self {
        Self(since)
    }

    /// The time since the origin of the clock.
    pub(crate) const fn since_origin(self) -> Duration {
        self.0
    }

    /// The point this much later, or the last one there is.
    pub(crate) const fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(length))
    }

    /// The point this much earlier, or the first one there is.
    pub(crate) const fn minus(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(length))
    }

    /// The time from an earlier point to this one; zero if that one is later.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The point in time at which work must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline this long from now.
    pub(crate) fn after(runtime: &dyn Runtime, length: Duration) -> Self {
        Self(Instant::now(runtime).plus(length))
    }

    /// The deadline at this point.
    pub(crate) const fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// Its point in time.
    pub(crate) const fn instant(self) -> Instant {
        self.0
    }

    /// The same deadline moved back by this much.
    pub(crate) const fn extended(self, by: Duration) -> Self {
        Self(self.0.plus(by))
    }

    /// The same deadline moved forward by this much.
    pub(crate) const fn earlier(self, by: Duration) -> Self {
        Self(self.0.minus(by))
    }

    /// The time left; zero once it is over.
    pub(crate) fn left(self, runtime: &dyn Runtime) -> Duration {
        self.left_at(Instant::now(runtime))
    }

    /// The time left at this point.
    pub(crate) const fn left_at(self, now: Instant) -> Duration {
        self.0.since(now)
    }

    /// Whether it has passed.
    pub(crate) fn is_over(self, runtime: &dyn Runtime) -> bool {
        Instant::now(runtime) >= self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_neither_overflows_nor_goes_below_the_origin() {
        let (first, last) = (Instant::default(), Instant::from_origin(Duration::MAX));
        assert_eq!(last.plus(Duration::from_secs(1)), last);
        assert_eq!(first.minus(Duration::from_secs(1)), first);
        assert_eq!(first.since(last), Duration::ZERO);
        assert_eq!(last.since(first), Duration::MAX);
    }
}
