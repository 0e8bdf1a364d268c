//! The accounting period of a record, which follows from its date and begins its numbers anew.
//!
//! Owns which records have one, and which of them may have the same number. A record whose page
//! shows no date beside its period has none here: nothing is made up. Must not know requests.
//! Must not use: `crate::answer`, `crate::gateway`, `tokio`.

use serde_json::{Map, Value};

/// The field that holds it.
const PERIOD: &str = "period";

/// The records whose pages show both, `2022-06-09` and `202206`, and the field of the date.
const DATED: &[(&str, &str)] = &[("fi.journal", "date"), ("fi.voucher", "date")];

/// The fields of a record with a period that name the series of its number (凭证字).
const SERIES: &[&str] = &["group_id", "group_number"];

/// Whether two records of this kind may have the same number: those of two periods, or of two series.
pub(super) fn may_share_number(
    kind: &str,
    one: &Map<String, Value>,
    other: &Map<String, Value>,
) -> bool {
    let (Some(here), Some(there)) = (period(kind, one, PERIOD), period(kind, other, PERIOD)) else {
        return false;
    };
    let differs = |name: &&str| {
        let (one, other) = (one.get(*name), other.get(*name));
        one.zip(other).is_some_and(|(one, other)| one != other)
    };
    here != there || SERIES.iter().any(differs)
}

/// What a field of this record tells, where it is the period: year and month of its date.
pub(super) fn period(kind: &str, fields: &Map<String, Value>, field: &str) -> Option<String> {
    let (_, date) = DATED.iter().find(|(own, _)| *own == kind)?;
    let date = fields.get(*date).filter(|_| field == PERIOD)?.as_str()?;
    let (year, rest) = date.split_once('-')?;
    let (month, _) = rest.split_once('-')?;
    let is_number =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(year, 4) && is_number(month, 2)).then(|| format!("{year}{month}"))
}
