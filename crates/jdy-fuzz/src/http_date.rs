//! `Date` and `Retry-After`: any text of a header.
//!
//! A date that was read, written again by a way of counting days that is not the reader's, is the
//! date that came. Owns this promise. Must not know how a date is read. Must not use:
//! `jdy_sandbox`, `jdy_spec`.

use std::time::{Duration, SystemTime};

use jdy_runtime::http_date::{read_date, read_retry_after};

use crate::text;

/// Reads the text as both headers, at a present that the first four bytes tell.
pub fn run(data: &[u8]) {
    let Some((seconds, rest)) = data.split_first_chunk::<4>() else {
        return;
    };
    let Some(text) = text(rest) else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u32::from_be_bytes(*seconds).into());
    let date = read_date(text);
    if let Some(date) = date {
        let (_, came) = text.trim().split_once(", ").unwrap();
        assert_eq!(shown(date), came.replace(":60 GMT", ":59 GMT"));
    }
    let expected = match (number(text.trim()), date) {
        (Some(seconds), _) => Some(Duration::from_secs(seconds)),
        (None, date) => date.map(|date| date.duration_since(now).unwrap_or_default()),
    };
    assert_eq!(read_retry_after(text, now), expected, "{text}");
}

/// The number of a text of digits alone, counted up to the largest there is.
fn number(text: &str) -> Option<u64> {
    let digits = text.chars().map(|digit| digit.to_digit(10));
    let digits: Option<Vec<u32>> = digits.collect();
    let add = |number: u64, digit: &u32| {
        let ten = number.checked_mul(10)?;
        ten.checked_add(u64::from(*digit))
    };
    let digits = digits.filter(|digits| !digits.is_empty())?;
    Some(digits.iter().try_fold(0, add).unwrap_or(u64::MAX))
}

/// A date without its day of the week, counted year by year and month by month.
fn shown(date: SystemTime) -> String {
    let since = date.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let (mut days, of_day) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let months = [
        ("Jan", 31),
        ("Feb", february),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    let mut month = "";
    for (name, length) in months {
        month = name;
        if days < length {
            break;
        }
        days -= length;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let day = days + 1;
    format!("{day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}
