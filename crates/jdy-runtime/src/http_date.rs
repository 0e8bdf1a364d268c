//! The two headers that speak of time: `Date` and `Retry-After`.
//!
//! Owns their reading, as pure functions that take any text. It must not know a clock; where the
//! present is needed, it is given.

use std::time::{Duration, SystemTime};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a date in the one form that servers may send (RFC 9110, IMF-fixdate):
/// `Tue, 06 Dec 2022 05:37:43 GMT`. The two obsolete forms are no date here. The day of the week
/// is not compared with the rest; a leap second is the second before it.
pub fn read_date(text: &str) -> Option<SystemTime> {
    let bytes: &[u8; 29] = text.trim().as_bytes().try_into().ok()?;
    let fixed = [
        (3, b','),
        (4, b' '),
        (7, b' '),
        (11, b' '),
        (16, b' '),
        (19, b':'),
        (22, b':'),
    ];
    let shaped = fixed.iter().all(|(at, byte)| bytes.get(*at) == Some(byte));
    let day_name = name(&DAYS, bytes.get(..3)?);
    if !shaped || bytes.get(25..)? != b" GMT" || day_name.is_none() {
        return None;
    }
    let day = number(bytes.get(5..7)?)?;
    let month = name(&MONTHS, bytes.get(8..11)?)? + 1;
    let year = number(bytes.get(12..16)?)?;
    let hour = number(bytes.get(17..19)?)?;
    let minute = number(bytes.get(20..22)?)?;
    let second = number(bytes.get(23..25)?)?;
    let exists = (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && year >= 1970;
    if !exists {
        return None;
    }
    let of_day = hour * 3600 + minute * 60 + second.min(59);
    let seconds = days_since_1970(year, month, day) * 86_400 + of_day;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Reads `Retry-After`: seconds, or a date, which is compared with `now`. A date that has passed
/// asks for no wait; more seconds than a number holds are the longest wait there is.
pub fn read_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = read_date(text)?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn name(names: &[&str], text: &[u8]) -> Option<u64> {
    let index = names.iter().position(|name| name.as_bytes() == text)?;
    u64::try_from(index).ok()
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u64::from(byte - b'0'))
    })
}

fn days_in(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day that exists and is not before it. Years begin in March here, so
/// that the leap day comes last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    // From 0000-03-01 to 1970-01-01.
    days - 719_468
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let since = read_date(text)?.duration_since(SystemTime::UNIX_EPOCH);
        since.ok().map(|since| since.as_secs())
    }

    #[test]
    fn a_date_is_read_to_the_second() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 06 Dec 2022 05:37:43 GMT", 1_670_305_063),
            (" Tue, 29 Feb 2000 00:00:00 GMT ", 951_782_400),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_799),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "now",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Xxx, 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 1900 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 0\u{6f6} Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMTx",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_one_after_the_last() {
        let mut expected = days_since_1970(1970, 1, 1);
        assert_eq!(expected, 0);
        for year in 1970..2370 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected);
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn a_wait_is_given_in_seconds_or_by_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_670_305_000);
        for (text, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Tue, 06 Dec 2022 05:37:43 GMT", Some(63)),
            ("Tue, 06 Dec 2022 05:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(read_retry_after(text, now), expected, "{text}");
        }
    }
}
