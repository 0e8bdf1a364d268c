//! What may be said about a write whose outcome is unknown: one pure function over evidence.
//!
//! Owns the rule. A write is applied only when its record is shown and everything that was sent
//! agrees, as far as it is shown; one that changes a record, only if all of it is shown; it is absent only when nothing is shown that may be it, the look-up is proven complete,
//! and the gateway can no longer accept the request. Must not know a clock, a network, or how a
//! record is looked up. Must not use: `crate::client`, `crate::runtime`, `crate::call`.

use std::time::{Duration, SystemTime};

use super::compare::{Returns, compare, is_deed, last};
use super::names::{folded_name, has_names, may_have_names, text_of};
use super::{Found, NotPossible, Reconciliation};
use crate::gateway::ACCEPTED_SKEW;

/// What was asked, and what was shown.
#[derive(Clone, Debug)]
pub(super) struct Evidence<'a> {
    /// The record as it was sent, as a JSON object.
    pub(super) sent: &'a str,
    /// The fields that name it among what is shown, with their texts.
    pub(super) names: &'a [(&'static str, String)],
    /// The id of the record, where the write changes one that exists.
    pub(super) changes: bool,
    /// What was shown.
    pub(super) shown: &'a Shown,
    /// When the last attempt was made, by the gateway's clock.
    pub(super) last_attempt: SystemTime,
    /// When the look-up began: the earliest that the gateway's clock may have shown then.
    pub(super) asked_at: SystemTime,
    /// How long the product may need beyond the time for which the gateway accepts a request.
    pub(super) margin: Duration,
}

/// The records that a look-up has shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) rows: Vec<ShownRow>,
    /// Whether it is proven that there are no others of this name, or why it is not.
    pub(super) complete: Result<(), NotPossible>,
}

/// One record that a look-up has shown.
#[derive(Clone, Debug)]
pub(super) struct ShownRow {
    /// The operation that showed it.
    pub(super) operation: &'static str,
    /// The record, as a JSON object.
    pub(super) json: String,
    /// The field that holds its id.
    pub(super) id: Option<&'static str>,
    /// The fields that come back under another name.
    pub(super) returns: &'static Returns,
}

/// When a look-up that finds nothing proves that a write is absent.
pub(super) fn provable_from(last_attempt: SystemTime, margin: Duration) -> SystemTime {
    let after = ACCEPTED_SKEW.saturating_add(margin);
    // A time out of range is never reached.
    last_attempt
        .checked_add(after)
        .or_else(|| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)))
        .unwrap_or(last_attempt)
}

/// The rule.
pub(super) fn judge(evidence: &Evidence<'_>) -> Reconciliation {
    let provable_from = provable_from(evidence.last_attempt, evidence.margin);
    let too_early = || {
        let wait = provable_from.duration_since(evidence.asked_at);
        wait.ok()
            .filter(|wait| !wait.is_zero())
            .map(|wait| Reconciliation::TooEarly {
                ask_again_at: provable_from,
                wait,
            })
    };
    let rows = evidence.shown.rows.iter();
    let mut named = rows
        .filter(|row| has_names(&row.json, evidence.names))
        .map(|row| (row, compare(evidence.sent, &row.json, row.returns)))
        .peekable();
    if named.peek().is_some() {
        let compared: Vec<_> = named.collect();
        let agrees = compared.iter().find(|(_, it)| it.differing.is_empty());
        match agrees {
            // The record was there before the change: what is not shown may be what it would change.
            Some((_, comparison)) if evidence.changes && comparison.lacks => {
                return too_early().unwrap_or(Reconciliation::NotPossible {
                    reason: NotPossible::ChangeNotShown,
                });
            }
            Some((row, comparison)) => {
                return Reconciliation::Applied {
                    found: found(row, evidence, comparison.compared),
                };
            }
            None => {}
        }
        let lacks_deed = |differing: &[String]| differing.iter().all(|field| is_deed(field));
        // A change that has not come yet leaves the record as it was, and what follows on a save
        // may not have come either.
        let is_pending =
            evidence.changes || compared.iter().any(|(_, it)| lacks_deed(&it.differing));
        let other = compared.into_iter().next();
        if is_pending && let Some(too_early) = too_early() {
            return too_early;
        }
        if let Some((row, comparison)) = other {
            return Reconciliation::Conflict {
                found: found(row, evidence, comparison.compared),
                fields: comparison.differing,
            };
        }
    }
    match (too_early(), &evidence.shown.complete) {
        (Some(too_early), _) => too_early,
        (None, Err(reason)) => Reconciliation::NotPossible {
            reason: reason.clone(),
        },
        (None, Ok(())) if may_be_shown(evidence) => Reconciliation::NotPossible {
            reason: NotPossible::OtherShown,
        },
        (None, Ok(())) => Reconciliation::Absent,
    }
}

/// Whether a record is shown that may be it: with its number in another spelling, or with none and
/// nothing else that differs. A shop has many records without a number of ours.
fn may_be_shown(evidence: &Evidence<'_>) -> bool {
    let names = evidence.names;
    let mut rows = evidence.shown.rows.iter();
    rows.any(|row| {
        let is_named = names
            .iter()
            .all(|(field, _)| folded_name(&row.json, field).is_some());
        may_have_names(&row.json, names) && (is_named || differs_in_names_alone(evidence, row))
    })
}

fn differs_in_names_alone(evidence: &Evidence<'_>, row: &ShownRow) -> bool {
    let differing = compare(evidence.sent, &row.json, row.returns).differing;
    differing.iter().filter(|path| !is_deed(path)).all(|path| {
        let theirs = row.returns.iter().find(|(own, _)| own == path);
        let theirs = theirs.map_or(path.as_str(), |(_, theirs)| last(theirs));
        evidence.names.iter().any(|(field, _)| *field == theirs)
    })
}

fn found(row: &ShownRow, evidence: &Evidence<'_>, compared: usize) -> Found {
    let number = evidence.names.first().map(|(_, text)| text.clone());
    Found {
        operation: row.operation,
        id: row.id.and_then(|id| text_of(&row.json, id)),
        number: number.unwrap_or_default(),
        record: row.json.clone(),
        compared,
    }
}

#[cfg(test)]
mod tests;
