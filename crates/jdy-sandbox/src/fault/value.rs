//! The text forms of a fault's value: sizes, durations, offsets, codes, JSON.
//!
//! Owns how a value is read and written. Must not know which faults exist.
//! Must not use: `crate::fault`, `crate::gateway`.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// One text form of a value of type `T`.
pub(super) trait Form<T> {
    /// The placeholder in `word=NAME`.
    const NAME: &'static str;
    /// An example, for messages.
    const HINT: &'static str;

    fn read(text: &str) -> Option<T>;

    fn write(value: &T) -> String;
}

/// Forms that read and write a number as it is.
macro_rules! numbers {
    ($($(#[$doc:meta])* $form:ident = $name:literal,)*) => {$(
        $(#[$doc])*
        pub(super) struct $form;

        impl<T: FromStr + Display> Form<T> for $form {
            const NAME: &'static str = $name;
            const HINT: &'static str = "a whole number";

            fn read(text: &str) -> Option<T> {
                text.parse().ok()
            }

            fn write(value: &T) -> String {
                value.to_string()
            }
        }
    )*};
}

numbers! {
    /// A number of bytes.
    Bytes = "BYTES",
    /// A number of seconds.
    Seconds = "SECONDS",
    /// A code of the gateway.
    Code = "CODE",
}

/// A number of rows, at least 1.
pub(super) struct Rows;

impl Form<u32> for Rows {
    const NAME: &'static str = "ROWS";
    const HINT: &'static str = "a whole number above 0";

    fn read(text: &str) -> Option<u32> {
        text.parse().ok().filter(|rows| *rows > 0)
    }

    fn write(value: &u32) -> String {
        value.to_string()
    }
}

/// Any text, meant to be JSON.
pub(super) struct Json;

impl Form<String> for Json {
    const NAME: &'static str = "JSON";
    const HINT: &'static str = "JSON text";

    fn read(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn write(value: &String) -> String {
        value.clone()
    }
}

/// A length of time, such as `500ms`.
pub(super) struct Time;

impl Form<Duration> for Time {
    const NAME: &'static str = "DURATION";
    const HINT: &'static str = "one such as 500ms, 2s, 1m";

    fn read(text: &str) -> Option<Duration> {
        duration(text)
    }

    fn write(value: &Duration) -> String {
        format!("{}ms", value.as_millis())
    }
}

/// A signed difference of clocks in milliseconds, such as `-90s`.
pub(super) struct Offset;

impl Form<i64> for Offset {
    const NAME: &'static str = "OFFSET";
    const HINT: &'static str = "one such as +10m, -90s";

    fn read(text: &str) -> Option<i64> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        i64::try_from(duration(rest)?.as_millis())
            .ok()
            .map(|millis| sign * millis)
    }

    fn write(value: &i64) -> String {
        format!("{value:+}ms")
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let millis = match text.get(digits.len()..)? {
        "ms" => number,
        "s" => number.checked_mul(1000)?,
        "m" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}
