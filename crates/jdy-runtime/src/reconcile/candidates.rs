//! Records that may be a write, where nothing names it: a recharge has no number in its record.
//!
//! Owns the evidence for each. Must not decide: it cannot distinguish two writes of one amount. Must not use: `crate::transport`.

use std::fmt;
use std::time::{Duration, SystemTime};

use jdy_wire::{Date, Decimal, EpochMillis};

use super::names::text_of;
use super::value::{Same, Scalar, same};
use crate::error::ShortLine;

/// A record is no candidate if it was made more than this before the last attempt, and before the
/// days that were sent.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// A record that may be a write, with the evidence for it. `Debug` and `Display` do not show its
/// content.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    id: Option<String>,
    time: Option<String>,
    agrees: Vec<(&'static str, String)>,
    record: String,
}

impl Candidate {
    /// The record's id, where it is shown.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// When the record was made, as it is shown.
    pub fn time(&self) -> Option<&str> {
        self.time.as_deref()
    }

    /// The evidence for it: fields of the request, each with where the record has the same value, by
    /// itself or as the difference of two amounts: `amount - last_amount`.
    pub fn agrees(&self) -> &[(&'static str, String)] {
        &self.agrees
    }

    /// The record as it came: the text of a JSON object.
    pub fn record(&self) -> &str {
        &self.record
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "id {}", ShortLine(self.id().unwrap_or("unknown")))?;
        if let Some(time) = self.time() {
            write!(f, " of {}", ShortLine(time))?;
        }
        for (field, place) in &self.agrees {
            write!(f, ", {field} is its {}", ShortLine(place))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("id", &self.id)
            .field("time", &self.time)
            .field("agrees", &self.agrees)
            .finish_non_exhaustive()
    }
}

/// The records that may be the write: those that show the value of every field to compare, and are
/// not older than a day before its last attempt, nor than the days that it names: whether the
/// product shows as the time of a record when it was made, or the date that was sent, is not known.
pub(super) fn candidates(
    sent: &str,
    fields: &[&'static str],
    rows: Vec<String>,
    last_attempt: SystemTime,
) -> Vec<Candidate> {
    let asked: Vec<(&'static str, Scalar)> = fields
        .iter()
        .filter_map(|field| Some((*field, Scalar::of(jdy_wire::member(sent, field)?)?)))
        .filter(|(_, value)| *value != Scalar::Nothing)
        .collect();
    let oldest = day_of(last_attempt.checked_sub(MAX_AGE));
    let oldest = oldest.map(|day| days_in(sent).into_iter().fold(day, Date::min));
    let rows = rows.into_iter();
    rows.filter_map(|record| candidate(record, &asked, oldest))
        .collect()
}

fn candidate(
    record: String,
    asked: &[(&'static str, Scalar)],
    oldest: Option<Date>,
) -> Option<Candidate> {
    let time = text_of(&record, "create_time");
    // A time in another form says nothing of its day.
    let day = time.as_deref().and_then(|time| time.get(..10));
    let day: Option<Date> = day.and_then(|day| day.parse().ok());
    if day.zip(oldest).is_some_and(|(day, oldest)| day < oldest) {
        return None;
    }
    let agrees: Option<Vec<_>> = asked
        .iter()
        .map(|(field, value)| Some((*field, place_of(&record, value)?)))
        .collect();
    Some(Candidate {
        id: text_of(&record, "id"),
        time,
        agrees: agrees?,
        record,
    })
}

/// Where a record has this value.
fn place_of(record: &str, value: &Scalar) -> Option<String> {
    let members = jdy_wire::members(record)?;
    let scalars: Vec<(&str, Scalar)> = members
        .iter()
        .filter_map(|(name, json)| Some((name.as_str(), Scalar::of(json)?)))
        .collect();
    let has = |shown: &Scalar| *shown != Scalar::Nothing && same(value, shown) == Same::Yes;
    if let Some((name, _)) = scalars.iter().find(|(_, shown)| has(shown)) {
        return Some((*name).to_owned());
    }
    let wanted: Decimal = value.text()?.parse().ok()?;
    scalars.iter().find_map(|(name, after)| {
        let last = format!("last_{name}");
        let (_, before) = scalars.iter().find(|(other, _)| *other == last)?;
        let number = |scalar: &Scalar| scalar.text()?.parse::<Decimal>().ok();
        let difference = number(after)?.checked_sub(number(before)?)?;
        (difference == wanted).then(|| format!("{name} - {last}"))
    })
}

/// The days that a request names.
fn days_in(sent: &str) -> Vec<Date> {
    let members = jdy_wire::members(sent).unwrap_or_default();
    let day = |json: &str| Scalar::of(json)?.text()?.get(..10)?.parse().ok();
    members.iter().filter_map(|(_, json)| day(json)).collect()
}

/// The day of a time in China. Where there is none, nothing is older.
fn day_of(time: Option<SystemTime>) -> Option<Date> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())?;
    let shown = EpochMillis(i64::try_from(since.as_millis()).ok()?).in_china()?;
    Some(shown.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn days_are_chinese() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_700_000_000, "2023-11-15"),
            (1_704_038_399, "2023-12-31"),
            (1_704_038_400, "2024-01-01"),
        ] {
            assert_eq!(day_of(Some(at(seconds))), day.parse().ok(), "{day}");
        }
    }

    #[test]
    fn a_record_speaks_for_itself_by_value_by_difference_and_by_time() {
        let rows = [
            r#"{"id":1,"create_time":"2023-11-15","last_amount":"5","amount":"105.00"}"#,
            r#"{"id":2,"create_time":"2023-11-15","last_amount":"5","amount":"106"}"#,
            r#"{"id":3,"create_time":"2023-11-15","paid":100}"#,
            r#"{"id":4,"create_time":"2023-11-13","paid":100}"#,
            r#"{"id":5,"paid":null}"#,
        ];
        let rows = rows.map(str::to_owned).to_vec();
        let sent = r#"{"bal_amount":"100.00","member_id":"1"}"#;
        let found = candidates(sent, &["bal_amount", "store_id"], rows, at(1_700_000_000));
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.id(), it.agrees().to_vec()))
            .collect();
        let expected = [
            (
                Some("1"),
                vec![("bal_amount", "amount - last_amount".to_owned())],
            ),
            (Some("3"), vec![("bal_amount", "paid".to_owned())]),
        ];
        assert_eq!(found, expected);
    }

    /// Whether the product shows the date of the write or the day of its making is not known.
    #[test]
    fn a_record_of_the_day_that_was_sent_is_not_too_old() {
        for (day, is_shown) in [
            ("2023-11-15", true),
            ("2023-11-10", true),
            ("2023-11-09", true),
            ("2023-11-08", false),
        ] {
            let row = format!(r#"{{"create_time":"{day}","paid":100}}"#);
            let sent = r#"{"bal_amount":"100.00","bill_date":"2023-11-09 08:00:00","note":"2023"}"#;
            let found = candidates(sent, &["bal_amount"], vec![row], at(1_700_000_000));
            assert_eq!(found.len(), usize::from(is_shown), "{day}");
        }
    }

    #[test]
    fn a_time_that_is_no_date_makes_no_record_too_old() {
        for (time, is_shown) in [
            ("\"2023-11-14 22:13:20\"", true),
            ("\"2023-11-13 23:59:59\"", false),
            ("\"1700000000000\"", true),
            ("1700000000000", true),
            ("\"2023-11-5 10:00:00\"", true),
            ("\"2023/1/5 10:00\"", true),
            ("\"14.11.2023\"", true),
            ("null", true),
        ] {
            let row = format!(r#"{{"create_time":{time},"paid":100}}"#);
            let sent = r#"{"bal_amount":"100.00"}"#;
            let found = candidates(sent, &["bal_amount"], vec![row], at(1_700_000_000));
            assert_eq!(found.len(), usize::from(is_shown), "{time}");
        }
    }
}
