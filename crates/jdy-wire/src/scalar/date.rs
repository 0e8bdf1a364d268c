//! Dates and times. They have no time zone on the wire; the vendor means China time.
//!
//! Owns the calendar types and their patterns. Must not read a clock.
//! Must not use: `crate::decode`, `crate::encode`, `std::time`.

use std::fmt;
use std::str::FromStr;

use crate::value::{Value, ValueMut, ValueRef};

/// The text or numbers are not a date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateError(&'static str);

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for DateError {}

/// A date, on the wire `yyyy-MM-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A date and time without a time zone, on the wire `yyyy-MM-dd HH:mm:ss`; the vendor means China
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    date: Date,
    hour: u8,
    minute: u8,
    second: u8,
}

/// A time in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochMillis(pub i64);

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl Date {
    const ERROR: DateError = DateError("a date yyyy-MM-dd");

    /// A date, from year 1 to 9999.
    ///
    /// # Errors
    /// There is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let real = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        if real {
            Ok(Self { year, month, day })
        } else {
            Err(Self::ERROR)
        }
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }
}

impl DateTime {
    /// A date with a time of day.
    ///
    /// # Errors
    /// There is no such time.
    pub fn new(date: Date, hour: u8, minute: u8, second: u8) -> Result<Self, DateError> {
        if hour < 24 && minute < 60 && second < 60 {
            Ok(Self {
                date,
                hour,
                minute,
                second,
            })
        } else {
            Err(Self::ERROR)
        }
    }

    const ERROR: DateError = DateError("a date and time yyyy-MM-dd HH:mm:ss");

    /// The date.
    pub fn date(self) -> Date {
        self.date
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 59.
    pub fn second(self) -> u8 {
        self.second
    }
}

impl EpochMillis {
    /// What the product's clock shows at this time: the date and time in China. `None` outside of the
    /// years 1 to 9999.
    ///
    /// ```
    /// use jdy_wire::EpochMillis;
    ///
    /// let shown = EpochMillis(1_709_136_000_000).in_china();
    /// assert_eq!(shown.map(|time| time.to_string()).as_deref(), Some("2024-02-29 00:00:00"));
    /// ```
    pub fn in_china(self) -> Option<DateTime> {
        const AHEAD_SECONDS: i64 = 8 * 3600;
        let seconds = self.0.div_euclid(1000).checked_add(AHEAD_SECONDS)?;
        let of_day = seconds.rem_euclid(86_400);
        let part = |of_day: i64| u8::try_from(of_day).ok();
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let date = date_of_day(seconds.div_euclid(86_400))?;
        DateTime::new(date, part(hour)?, part(minute)?, part(second)?).ok()
    }
}

/// The date so many days after 1970-01-01. It counts years that begin in March, in eras of 400 years
/// (Howard Hinnant's `civil_from_days`).
fn date_of_day(day: i64) -> Option<Date> {
    let day = day.checked_add(719_468)?;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = match month {
        0..=9 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    let year = u16::try_from(era * 400 + year + next).ok()?;
    Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

/// A number of exactly `count` digits.
fn digits(text: Option<&str>, count: usize) -> Option<u16> {
    let text = text?;
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn small(text: Option<&str>) -> Option<u8> {
    digits(text, 2).and_then(|number| u8::try_from(number).ok())
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (
        digits(parts.next(), 4)?,
        small(parts.next())?,
        small(parts.next())?,
    );
    if parts.next().is_some() {
        None
    } else {
        Date::new(year, month, day).ok()
    }
}

fn date_time(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_once(' ')?;
    let mut parts = time.split(':');
    let (hour, minute, second) = (
        small(parts.next())?,
        small(parts.next())?,
        small(parts.next())?,
    );
    if parts.next().is_some() {
        None
    } else {
        DateTime::new(date(day)?, hour, minute, second).ok()
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        date(text).ok_or(Self::ERROR)
    }
}

impl FromStr for DateTime {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        date_time(text).ok_or(Self::ERROR)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:02}:{:02}:{:02}",
            self.date, self.hour, self.minute, self.second
        )
    }
}

impl Value for Date {
    const EXPECTED: &'static str = "a date yyyy-MM-dd";

    fn empty() -> Self {
        Date {
            year: 1,
            month: 1,
            day: 1,
        }
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Date(*self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Date(self)
    }
}

impl Value for DateTime {
    const EXPECTED: &'static str = "a date and time yyyy-MM-dd HH:mm:ss";

    fn empty() -> Self {
        DateTime {
            date: Date::empty(),
            hour: 0,
            minute: 0,
            second: 0,
        }
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::DateTime(*self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::DateTime(self)
    }
}

impl Value for EpochMillis {
    const EXPECTED: &'static str = "milliseconds since 1970";

    fn empty() -> Self {
        EpochMillis(0)
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::Integer(self.0)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::Integer(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Date, DateTime, EpochMillis};

    #[test]
    fn the_time_of_the_product_is_that_of_china_in_every_year() {
        for (millis, shown) in [
            (0, "1970-01-01 08:00:00"),
            (-1, "1970-01-01 07:59:59"),
            (951_782_400_000, "2000-02-29 08:00:00"),
            (1_709_135_999_999, "2024-02-28 23:59:59"),
            (1_709_136_000_000, "2024-02-29 00:00:00"),
            (-2_208_988_800_000, "1900-01-01 08:00:00"),
            (-62_135_596_800_000, "0001-01-01 08:00:00"),
            (253_402_271_999_999, "9999-12-31 23:59:59"),
        ] {
            let time = EpochMillis(millis).in_china().unwrap();
            assert_eq!(time.to_string(), shown, "{millis}");
        }
        for millis in [i64::MIN, -62_135_625_600_001, 253_402_272_000_000, i64::MAX] {
            assert_eq!(EpochMillis(millis).in_china(), None, "{millis}");
        }
    }

    #[test]
    fn a_date_is_read_and_written_in_its_one_pattern() {
        for text in ["2020-02-29", "2022-12-31", "0001-01-01"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        for text in ["2022-08-08 23:59:59", "2020-05-11 16:01:01"] {
            assert_eq!(text.parse::<DateTime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        for text in [
            "2021-02-29",
            "1900-02-29",
            "2022-13-01",
            "2022-00-10",
            "2022-1-1",
            "22-01-01",
            "0000-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        for text in [
            "2022-08-08",
            "2022-08-08 24:00:00",
            "2022-08-08T10:00:00",
            "2022-08-08 1:00:00",
        ] {
            assert!(text.parse::<DateTime>().is_err(), "{text}");
        }
    }
}
