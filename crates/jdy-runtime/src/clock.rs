//! Local time corrected by the gateway's Date header.
//!
//! Owns the offset and how it is learned. It must not read a clock itself, nor know what is retried
//! because of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use crate::http_date::read_date;
use crate::transport::Response;

/// A smaller difference to the `Date` of an accepted request changes nothing, in milliseconds. The
/// gateway itself accepts five minutes.
const SKEW_LIMIT: i64 = 60_000;
/// A smaller correction does not make a refused timestamp acceptable, in milliseconds.
const MIN_CORRECTION: i64 = 1_000;

/// How far this machine's clock is from the gateway's, in milliseconds; one for each client.
#[derive(Debug, Default)]
pub(crate) struct Offset(AtomicI64);

/// The clock sample of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockSample {
    /// The gateway's time minus this machine's, by the midpoint rule.
    offset: i64,
    /// The uncertainty of the offset.
    uncertainty: i64,
}

impl Offset {
    /// The gateway's time, from this machine's.
    pub(crate) fn correct(&self, own: SystemTime) -> SystemTime {
        let offset = self.millis();
        let by = Duration::from_millis(offset.unsigned_abs());
        let corrected = if offset < 0 {
            own.checked_sub(by)
        } else {
            own.checked_add(by)
        };
        corrected.unwrap_or(own)
    }

    pub(crate) fn millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Learns from the response to a request whose timestamp was refused. Returns whether the
    /// offset changed.
    pub(crate) fn learn_from_refusal(&self, seen: ClockSample) -> bool {
        self.learn(seen, MIN_CORRECTION)
    }

    /// Learns from any other response of the gateway. Returns whether the offset changed.
    pub(crate) fn learn_in_passing(&self, seen: ClockSample) -> bool {
        self.learn(seen, SKEW_LIMIT)
    }

    fn learn(&self, seen: ClockSample, bearable: i64) -> bool {
        let off = seen.offset.saturating_sub(self.millis()).saturating_abs();
        if off <= bearable.saturating_add(seen.uncertainty) {
            return false;
        }
        self.0.store(seen.offset, Ordering::Relaxed);
        true
    }

    /// Whether a request that was signed with this offset is now signed with another.
    pub(crate) fn changed_since(&self, signed_with: i64) -> bool {
        self.millis().saturating_sub(signed_with).saturating_abs() > MIN_CORRECTION
    }
}

impl ClockSample {
    /// The gateway's time when the response came, which was at this local time, and how far off it
    /// may be.
    pub(crate) fn gateway_time(self, received: SystemTime) -> (SystemTime, Duration) {
        let by = Duration::from_millis(self.offset.unsigned_abs());
        let time = if self.offset < 0 {
            received.checked_sub(by)
        } else {
            received.checked_add(by)
        };
        let uncertainty = u64::try_from(self.uncertainty).unwrap_or_default();
        (time.unwrap_or(received), Duration::from_millis(uncertainty))
    }

    /// The clock sample of a response that came at `received` by the local clock, this long after
    /// its request was sent.
    ///
    /// The gateway wrote its `Date` somewhere between the two, so the middle is the best guess;
    /// the second it names is meant to be half over. An answer with an `Age` came from a cache
    /// and has the time of another request.
    pub(crate) fn of(response: &Response, received: SystemTime, took: Duration) -> Option<Self> {
        if response.header("age").is_some() {
            return None;
        }
        let date = read_date(response.header("date")?)?;
        let half = millis(took) / 2;
        let middle = since_1970(received).saturating_sub(half);
        Some(Self {
            offset: since_1970(date).saturating_add(500).saturating_sub(middle),
            uncertainty: half.saturating_add(500),
        })
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970, or before it.
fn since_1970(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// 2022-12-06 05:37:43 and a half.
    const DATE: i64 = 1_670_305_063_500;

    fn own(offset: i64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(DATE - offset).unwrap())
    }

    fn answer(headers: &[(&str, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned()));
        Response {
            headers: headers.collect(),
            ..Response::default()
        }
    }

    fn seen(offset: i64, took: Duration) -> ClockSample {
        let dated = answer(&[("date", "Tue, 06 Dec 2022 05:37:43 GMT")]);
        ClockSample::of(&dated, own(offset) + took / 2, took).unwrap()
    }

    #[test]
    fn the_middle_of_the_exchange_is_compared_with_the_date() {
        for offset in [0, 600_000, -600_000, 86_400_000] {
            let took = Duration::from_secs(4);
            assert_eq!(
                seen(offset, took),
                ClockSample {
                    offset,
                    uncertainty: 2_500
                }
            );
        }
    }

    #[test]
    fn a_cached_or_undated_answer_tells_nothing() {
        let date = ("date", "Tue, 06 Dec 2022 05:37:43 GMT");
        for headers in [
            &[date, ("age", "3600")][..],
            &[date, ("age", "0")],
            &[],
            &[("date", "yesterday")],
        ] {
            let told = ClockSample::of(&answer(headers), own(600_000), Duration::ZERO);
            assert_eq!(told, None, "{headers:?}");
        }
    }

    #[test]
    fn a_refusal_teaches_what_is_beyond_doubt_and_the_rest_only_what_is_far_off() {
        let quick = Duration::from_millis(20);
        for (offset, refused, passing) in [
            (0, false, false),
            (1_200, false, false),
            (-5_000, true, false),
            (59_000, true, false),
            (-301_000, true, true),
        ] {
            let (one, other) = (Offset::default(), Offset::default());
            assert_eq!(one.learn_from_refusal(seen(offset, quick)), refused);
            assert_eq!(other.learn_in_passing(seen(offset, quick)), passing);
        }
        let slow = seen(59_000, Duration::from_secs(200));
        assert!(
            !Offset::default().learn_from_refusal(slow),
            "an answer that took so long says nothing of a minute"
        );
    }

    #[test]
    fn the_corrected_time_is_the_gateways_and_never_out_of_range() {
        let offset = Offset::default();
        assert!(offset.learn_from_refusal(seen(-600_000, Duration::ZERO)));
        assert_eq!(offset.correct(own(-600_000)), own(0));
        assert!(offset.changed_since(0));
        assert!(!offset.changed_since(-600_000));
        let far = ClockSample {
            offset: i64::MIN,
            uncertainty: 0,
        };
        assert!(offset.learn_from_refusal(far));
        let _ = offset.correct(SystemTime::UNIX_EPOCH);
    }
}
