//! The accounting period of a record, which follows from its date.
//!
//! Owns which records have one. A record whose page shows no date beside its period has none here:
//! nothing is made up. Must not know requests. Must not use: `crate::answer`, `crate::gateway`,
//! `tokio`.

use serde_json::{Map, Value};

/// The field that holds it.
const PERIOD: &str = "period";

/// The records whose pages show both, `2022-06-09` and `202206`, and the field of the date.
const DATED: &[(&str, &str)] = &[("fi.journal", "date"), ("fi.voucher", "date")];

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
