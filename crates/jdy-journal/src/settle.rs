//! How the fate of an unknown line can be settled: what to ask, and what someone may find.
//!
//! Owns what the spec's `x-jdy-verify` comes to for one request, and the words of a person who has
//! looked. It must not ask anyone.

use std::collections::BTreeMap;

use jdy_runtime::{Facts, Prepared};
use serde_json::value::RawValue;

use crate::state::State;

/// The operation that can tell what became of a call, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settling {
    /// The operation's id.
    pub operation: &'static str,
    /// Its arguments: text as it is, anything else as JSON. An argument whose field the request
    /// does not hold is left out.
    pub arguments: Vec<(&'static str, String)>,
    /// What to look for in its answer: fields of the request, as far as it holds them.
    pub look: Vec<(&'static str, String)>,
}

/// So much before the call left is looked as well, in milliseconds: clocks differ.
const BEFORE: u64 = 10 * 60 * 1000;

/// What became of an unknown line, found by a person who has looked it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It took effect: it is done.
    Applied,
    /// It did not, and will not any more: it is to be sent.
    Absent,
}

impl Fate {
    /// `applied` or `absent`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Absent => "absent",
        }
    }

    /// The fate that is spelled so.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Applied, Self::Absent]
            .into_iter()
            .find(|fate| fate.as_str() == text)
    }

    /// Whether this can be said of a line that stands so.
    pub(crate) const fn settles(self, state: State) -> bool {
        match state {
            State::Unknown => true,
            State::Applied => matches!(self, Self::Applied),
            _ => false,
        }
    }

    pub(crate) const fn state(self) -> State {
        match self {
            Self::Applied => State::Done,
            Self::Absent => State::NotSent,
        }
    }

    /// What the journal keeps of it, beside the time.
    pub(crate) fn report(self, by: &str) -> String {
        // The history has a line for each time.
        let by = by.replace(char::is_control, " ");
        format!("settled by hand as {} by {by}", self.as_str())
    }
}

/// A person's word on one line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Which line ([`Line::name`](crate::Line::name)).
    pub name: String,
    /// What became of it.
    pub fate: Fate,
    /// Who says so.
    pub by: String,
}

/// What to ask about this request, where the spec knows. `left_at` is when its call left, in
/// milliseconds since 1970 ([`Entry::intended_at`](crate::Entry::intended_at)).
pub fn settling(facts: &Facts, request: &Prepared, left_at: Option<u64>) -> Option<Settling> {
    let verify = facts.verify?;
    let body: BTreeMap<String, Box<RawValue>> = request
        .body()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let field = |name: &str| {
        let query = request.query().iter().find(|(own, _)| own == name);
        query
            .map(|(_, value)| value.clone())
            .or_else(|| body.get(name).map(|value| text(value.get())))
    };
    let by = verify.by.iter();
    let with = verify.with.iter();
    let mut arguments: Vec<(&str, String)> = by
        .filter_map(|(argument, name)| Some((*argument, field(name)?)))
        .chain(with.map(|(argument, value)| (*argument, (*value).to_owned())))
        .collect();
    if let (Some(since), Some(left_at)) = (verify.since, left_at) {
        let left = china_time(left_at.saturating_sub(BEFORE));
        match arguments.iter_mut().find(|(name, _)| *name == since) {
            // Both have the year first, and so on.
            Some((_, given)) if *given > left => *given = left,
            Some(_) => {}
            None => arguments.push((since, left)),
        }
    }
    let look = verify.look.iter();
    Some(Settling {
        operation: verify.operation,
        arguments,
        look: look
            .filter_map(|name| Some((*name, field(name)?)))
            .collect(),
    })
}

/// Milliseconds since 1970 as the product's own clock shows them: `yyyy-MM-dd HH:mm:ss` in China.
pub fn china_time(millis: u64) -> String {
    let seconds = millis / 1000 + 8 * 3600;
    let (day, second) = (seconds / 86400, seconds % 86400);
    let (year, month, day) = civil(day);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The date so many days after 1970-01-01: years of March to February, in eras of 400 years.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (month, next_year) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next_year, month, day - first + 1)
}

fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::china_time;

    #[test]
    fn a_time_is_that_of_the_product() {
        assert_eq!(china_time(0), "1970-01-01 08:00:00");
        assert_eq!(china_time(1_709_135_999_999), "2024-02-28 23:59:59");
        assert_eq!(china_time(1_709_136_000_000), "2024-02-29 00:00:00");
        assert_eq!(china_time(1_735_660_800_000), "2025-01-01 00:00:00");
    }
}
