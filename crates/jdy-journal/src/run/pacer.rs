//! The rate at which the lines of a run are started.
//!
//! Owns when the next one is due. Must not know a clock, nor what a line is.

use std::time::Duration;

use super::Options;

/// Starts lines at an even rate. At first and after a pause it starts a few at once, at most as
/// many as may be in flight together.
pub(super) struct Pacer {
    gap: Duration,
    slack: Duration,
    /// When the next line would start if all had started at an even rate.
    due: Duration,
}

impl Pacer {
    pub(super) fn new(options: &Options) -> Self {
        let per_minute = options.per_minute.filter(|rate| *rate > 0);
        let gap = per_minute.map_or(Duration::ZERO, |rate| Duration::from_secs(60) / rate);
        // At most what the client's limit catches up with within the deadline of any call.
        let most = per_minute.unwrap_or_default() / 20;
        let ahead = u32::try_from(options.concurrency.get() - 1).unwrap_or(u32::MAX);
        Self {
            gap,
            slack: gap.saturating_mul(ahead.min(most)),
            due: Duration::ZERO,
        }
    }

    /// How long the next line has to wait.
    pub(super) fn wait(&self, now: Duration) -> Option<Duration> {
        let wait = self.due.saturating_sub(self.slack).saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    pub(super) fn begin(&mut self, now: Duration) {
        self.due = self.due.max(now) + self.gap;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn lines_begin_evenly_after_the_first_few() {
        let mut pacer = Pacer::new(&Options {
            per_minute: Some(60),
            concurrency: NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN),
            ..Options::default()
        });
        let mut now = Duration::from_secs(100);
        let mut begun = Vec::new();
        while begun.len() < 8 {
            match pacer.wait(now) {
                Some(wait) => now += wait,
                None => {
                    pacer.begin(now);
                    begun.push(now.as_secs() - 100);
                }
            }
        }
        assert_eq!(begun, [0, 0, 0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pacer = Pacer::new(&Options::default());
        pacer.begin(Duration::ZERO);
        assert_eq!(pacer.wait(Duration::ZERO), None);
    }
}
