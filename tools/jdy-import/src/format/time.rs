//! Dates and time stamps, as a description states them.
//!
//! Owns which pattern has a wire form. Must not know names, labels or examples of fields.

use jdy_spec::model::Wire;

use super::{is_date, is_datetime};
use crate::words;

/// What a stated pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stated {
    /// One that there is a wire form for.
    Wire(Wire),
    /// Date and time without the space between, which a writer or a table may have lost.
    Glued,
    /// Another one, or more than one.
    Other,
}

/// The pattern that a description states for a date or time.
#[must_use]
pub(crate) fn stated_pattern(says: &str) -> Option<Stated> {
    let mut lower: String = says.to_lowercase().replace('：', ":");
    // `yyy-mm-dd`: a letter was lost.
    if !lower.contains("yyyy") {
        lower = lower.replace("yyy-mm-dd", "yyyy-mm-dd");
    }
    let mut first: Option<(Stated, usize)> = None;
    for (at, year) in lower.match_indices("yyyy") {
        let from = at + year.len();
        let (stated, length) = pattern(&lower[from..]);
        match first {
            None => first = Some((stated, from + length)),
            // Two patterns, or two ends of a range in one text.
            Some((before, end))
                if before != stated || lower.get(end..at).is_none_or(makes_range) =>
            {
                return Some(Stated::Other);
            }
            Some(_) => first = Some((stated, from + length)),
        }
    }
    first
        .map(|(stated, _)| stated)
        .or_else(|| stated_by_example(&lower))
}

/// The pattern that follows `yyyy`, and how long it is.
fn pattern(tail: &str) -> (Stated, usize) {
    const TIMES: [&str; 3] = ["hh:mm:ss", "00:00:00", "23:59:59"];
    let Some(rest) = tail.strip_prefix("-mm-dd") else {
        return (Stated::Other, 0);
    };
    let bare = rest.trim_start_matches(' ');
    let time = TIMES.iter().find_map(|time| bare.strip_prefix(time));
    let (stated, rest) = match time {
        Some(after) if bare.len() < rest.len() => (Stated::Wire(Wire::DateTime), after),
        Some(after) => (Stated::Glued, after),
        None => (Stated::Wire(Wire::Date), rest),
    };
    let length = tail.len() - rest.len();
    if is_over(rest) {
        (stated, length)
    } else {
        (Stated::Other, length)
    }
}

/// Whether a pattern is over where this follows: the end, a sign, or Han. `'T'HH`, ` HH:mm` and
/// `.SSS` go on.
fn is_over(rest: &str) -> bool {
    let mut letters = rest.trim_start().chars();
    let Some(first) = letters.next() else {
        return true;
    };
    let next = letters.next();
    let goes_on = next.is_some_and(|next| next.is_ascii_alphanumeric());
    match first {
        '\'' | '.' | ':' => !goes_on,
        '(' | '（' | '[' | '【' | '［' | '{' => next != Some('h'),
        '-' | '_' | '+' | '/' | '~' | '～' | '—' | '*' | '\\' => false,
        other => !other.is_ascii_alphanumeric(),
    }
}

/// Whether what stands between two patterns makes one text of them.
fn makes_range(between: &str) -> bool {
    matches!(
        between.trim_matches([' ', '"', '“', '”', '\'']),
        "" | "," | "，" | "至" | "到"
    )
}

/// `格式：2019-01-01`
fn stated_by_example(lower: &str) -> Option<Stated> {
    let at = lower.find("格式")?;
    let rest =
        lower[at + "格式".len()..].trim_start_matches([':', ' ', '为', '如', '"', '“', '是']);
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | ':' | ' ')))
        .unwrap_or(rest.len());
    let form = rest[..end].trim();
    let stated = if is_date(form) {
        Stated::Wire(Wire::Date)
    } else if is_datetime(form) {
        Stated::Wire(Wire::DateTime)
    } else {
        return None;
    };
    let more = rest[end..].starts_with(['至', '到', '或']) || !is_over(&rest[end..]);
    Some(if more { Stated::Other } else { stated })
}

/// What a description says of a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// It says milliseconds.
    Millis,
    /// It says seconds, or that they are no milliseconds.
    Seconds,
    /// It says time stamp, and not of what.
    Bare,
}

/// Whether a description says that a value is a time stamp.
#[must_use]
pub(crate) fn stated_stamp(says: &str) -> Option<Stamp> {
    if !says.contains("时间戳") {
        return None;
    }
    let lower = says.to_ascii_lowercase();
    let is_seconds = lower
        .match_indices('秒')
        .any(|(at, _)| !lower[..at].ends_with('毫'));
    let denies = words::NO_MILLIS.iter().any(|word| lower.contains(word));
    Some(if is_seconds || denies {
        Stamp::Seconds
    } else if lower.contains("毫秒") || lower.contains("13位") || has_word(&lower, "ms") {
        Stamp::Millis
    } else {
        Stamp::Bare
    })
}

/// Whether a word of Latin letters stands by itself.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_taken_as_they_are_stated() {
        let date = Some(Stated::Wire(Wire::Date));
        let datetime = Some(Stated::Wire(Wire::DateTime));
        let other = Some(Stated::Other);
        for (says, wanted) in [
            ("日期，yyyy-MM-dd", date),
            ("日期（“yyyy-MM-dd”）不传查本月", date),
            ("日期 yyyy-MM-dd 必填", date),
            ("入账（yyyy-MM-dd）（yyyy-MM-dd）", date),
            ("日期，格式'yyyy-MM-dd'", date),
            ("日期,格式：2019-01-01", date),
            ("栽种日期yyy-mm-dd", date),
            ("栽种日期YYYY-MM-DD", date),
            ("时间（格式yyyy-MM-dd HH：mm：ss）", datetime),
            ("时间，yyyy-MM-dd 00:00:00", datetime),
            ("时间，yyyy-MM-dd 23:59:59，含当天", datetime),
            ("时间，yyyy-MM-ddHH:mm:ss", Some(Stated::Glued)),
            ("期间，yyyyMM", other),
            ("时间，yyyy-MM-dd HH:mm", other),
            ("时间，yyyy-MM-dd HH", other),
            ("时间，yyyy-MM-dd'T'HH:mm:ss", other),
            ("时间，yyyy-MM-ddTHH:mm:ss", other),
            ("时间，yyyy-MM-dd HH:mm:ss.SSS", other),
            ("时间，yyyy-MM-dd HH:mm:ssZ", other),
            ("时间，yyyy-MM-dd/HH:mm:ss", other),
            ("时间，yyyy-MM-dd（HH:mm:ss）", other),
            ("时间，yyyy-MM-dd或yyyy-MM-dd HH:mm:ss", other),
            ("区间，yyyy-MM-dd~yyyy-MM-dd", other),
            ("区间，yyyy-MM-dd至yyyy-MM-dd", other),
            ("区间，yyyy-MM-dd,yyyy-MM-dd", other),
            ("时间,格式：2019-01-01T00:00:00", other),
            ("区间,格式：2019-01-01~2019-02-01", other),
            ("序列号 格式：001:备注", None),
        ] {
            assert_eq!(stated_pattern(says), wanted, "{says}");
        }
    }

    #[test]
    fn a_time_stamp_counts_milliseconds_where_the_words_say_so_and_deny_nothing() {
        for (says, wanted) in [
            ("时间的时间戳(毫秒)", Stamp::Millis),
            ("时间戳，单位ms", Stamp::Millis),
            ("13位时间戳", Stamp::Millis),
            ("（格式：“时间戳”）", Stamp::Bare),
            ("时间戳，对应items的时间", Stamp::Bare),
            ("时间戳（秒），对应items的时间", Stamp::Seconds),
            ("时间戳（秒级，非毫秒）", Stamp::Seconds),
        ] {
            assert_eq!(stated_stamp(says), Some(wanted), "{says}");
        }
        assert_eq!(stated_stamp("耗时，毫秒"), None);
    }
}
