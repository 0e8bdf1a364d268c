//! The sandbox's clock, and the two forms in which the gateway writes a time.
//!
//! Owns reading the machine's clock, calendar dates and their text. Must not know requests.
//! Must not use: `crate::answer`, `crate::gateway`, `crate::request`.

use std::time::{SystemTime, UNIX_EPOCH};

/// A clock for the sandbox. A closure that returns epoch milliseconds is one.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn epoch_millis(&self) -> i64;
}

impl<F> Clock for F
where
    F: Fn() -> i64 + Send + Sync + 'static,
{
    fn epoch_millis(&self) -> i64 {
        self()
    }
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn epoch_millis(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// 0 is Thursday, the day of the epoch.
    weekday: i64,
}

/// Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day comes last.
fn civil(epoch_millis: i64) -> Civil {
    // Outside of these years the arithmetic below would overflow.
    let seconds = epoch_millis
        .div_euclid(1000)
        .clamp(-62_000_000_000, 253_402_300_799);
    let days = seconds.div_euclid(86_400);
    let second_of_day = seconds.rem_euclid(86_400);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * march_month + 2) / 5 + 1,
        hour: second_of_day / 3600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
        weekday: days.rem_euclid(7),
    }
}

/// `yyyy-MM-dd HH:mm:ss` in China: UTC+8, without daylight saving time since 1991.
pub(crate) fn china_time(epoch_millis: i64) -> String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = civil(epoch_millis.saturating_add(8 * 3_600_000));
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The format of the `Date` header.
pub(crate) fn http_date(epoch_millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let name = |names: &'static [&str], at: i64| {
        usize::try_from(at)
            .ok()
            .and_then(|at| names.get(at))
            .copied()
            .unwrap_or("???")
    };
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        weekday,
    } = civil(epoch_millis);
    let (weekday, month) = (name(&DAYS, weekday), name(&MONTHS, month - 1));
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Whether the text is an existing day as `yyyy-MM-dd`.
pub(crate) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some((year, month, day)) = digits(year, 4)
        .zip(digits(month, 2))
        .zip(digits(day, 2))
        .map(|((y, m), d)| (y, m, d))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Whether the text is an existing time as `yyyy-MM-dd HH:mm:ss`.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(' ') else {
        return false;
    };
    let mut parts = time.split(':').map(|part| digits(part, 2));
    let limits = [23, 59, 59];
    let fits = limits
        .iter()
        .all(|limit| parts.next().flatten().is_some_and(|value| value <= *limit));
    fits && parts.next().is_none() && is_date(date)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_official_worked_example_is_written_both_ways() {
        assert_eq!(china_time(1_670_305_063_559), "2022-12-06 13:37:43");
        assert_eq!(
            http_date(1_670_305_063_559),
            "Tue, 06 Dec 2022 05:37:43 GMT"
        );
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(i64::MIN).len(), 29);
        assert_eq!(http_date(i64::MAX).len(), 29);
    }

    #[test]
    fn dates_that_do_not_exist_are_none() {
        for good in ["2024-02-29", "2000-02-29", "2022-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2022-13-01",
            "2022-1-01",
            "2022-01-00",
            "",
            "2022-01-01-",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
        assert!(is_date_time("2020-05-11 16:01:01"));
        for bad in [
            "2020-05-11",
            "2020-05-11 24:00:00",
            "2020-05-11 16:01",
            "2020-05-11T16:01:01",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }
}
