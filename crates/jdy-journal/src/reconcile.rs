//! Unknown lines that a look-up settles, and what the journal keeps of it.
//!
//! Owns what follows for a line from what was found: a record that agrees makes it done, a record
//! that is proven absent lets it be sent again, everything else leaves it unknown. What was asked
//! and found stays in the journal as evidence. Must not know when a write is absent: that is the
//! runtime's rule.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::{
    AccountSet, Client, NotPossible, PreparedRequest, ReconcileBatch, ReconcileOptions,
    Reconciliation, UnknownWrite,
};

use crate::call::{change, epoch_millis};
use crate::entry::{Change, Entry, with_last_attempt};
use crate::journal::Journal;
use crate::report::RECONCILED;
use crate::state::State;
use crate::store::StoreError;

/// How a run reconciles its unknown lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconcile {
    /// How a line is looked up, and the margin for the product.
    pub options: ReconcileOptions,
    /// Waits for the lines for which it is too early to decide, and looks them up again. Without it
    /// the run ends, and says when they can be decided.
    pub wait: bool,
}

/// What a run found out about its unknown lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// Lines whose record was found: they are done.
    pub applied: u64,
    /// Lines whose record is proven absent: they were sent again, unless the run was stopped.
    pub absent: u64,
    /// Lines under whose number another record stands. They stay unknown, for a person.
    pub conflicts: u64,
    /// Lines for which it is too early to decide.
    pub too_early: u64,
    /// Lines that only a person can settle.
    pub undecided: u64,
    /// Lines whose look-up failed; the next run asks again.
    pub failed: u64,
    /// Why the last of these look-ups failed.
    pub failure: Option<String>,
    /// When all lines can be decided that are too early now, by the gateway's clock.
    pub ask_again_at: Option<SystemTime>,
}

/// What was found out about one line.
pub(crate) struct Verdict {
    pub(crate) end: LineEnd,
    /// The change that the journal keeps; none where it says so already.
    change: Option<Change>,
    /// Why the look-up failed.
    pub(crate) failure: Option<String>,
}

impl Verdict {
    /// What was found out before, and kept.
    pub(crate) fn known(end: LineEnd) -> Self {
        Self {
            end,
            change: None,
            failure: None,
        }
    }
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    Applied,
    Absent,
    Conflict,
    TooEarly {
        ask_again_at: SystemTime,
        wait: Duration,
    },
    Undecided,
    Failed,
}

impl Reconciled {
    /// Counts a line.
    pub(crate) fn count(&mut self, end: LineEnd) {
        match end {
            LineEnd::Applied => self.applied += 1,
            LineEnd::Absent => self.absent += 1,
            LineEnd::Conflict => self.conflicts += 1,
            LineEnd::TooEarly { ask_again_at, .. } => {
                self.too_early += 1;
                self.ask_again_at = self.ask_again_at.max(Some(ask_again_at));
            }
            LineEnd::Undecided => self.undecided += 1,
            LineEnd::Failed => self.failed += 1,
        }
    }

    /// As text that [`from_text`](Self::from_text) reads: a shared store keeps it for the others.
    /// It has no NUL.
    pub fn to_text(&self) -> String {
        let at = self.ask_again_at.map(epoch_millis).unwrap_or_default();
        let counts = [
            self.applied,
            self.absent,
            self.conflicts,
            self.too_early,
            self.undecided,
            self.failed,
            at,
        ];
        let counts = counts.map(|count| count.to_string()).join(" ");
        let failure = self.failure.as_deref().unwrap_or_default();
        format!("{counts}\n{}", failure.replace('\0', "\u{fffd}"))
    }

    /// What another worker has found, of the text that [`to_text`](Self::to_text) made. What is no
    /// number there counts as 0.
    pub fn from_text(text: &str) -> Self {
        let (counts, failure) = text.split_once('\n').unwrap_or((text, ""));
        let mut counts = counts
            .split(' ')
            .map(|count| count.parse().unwrap_or_default());
        let mut next = || counts.next().unwrap_or_default();
        Self {
            applied: next(),
            absent: next(),
            conflicts: next(),
            too_early: next(),
            undecided: next(),
            failed: next(),
            ask_again_at: Some(next()).filter(|at| *at > 0).and_then(time_of),
            failure: Some(failure.to_owned()).filter(|failure| !failure.is_empty()),
        }
    }

    /// Forgets the lines that are looked up once more.
    pub(crate) fn again(&mut self) {
        let Self {
            applied, absent, ..
        } = *self;
        *self = Self {
            applied,
            absent,
            ..Self::default()
        };
    }
}

/// The write of an unknown line.
pub(crate) fn unknown_write(
    account: &str,
    account_set: Option<Arc<AccountSet>>,
    request: PreparedRequest,
    entry: &Entry,
) -> UnknownWrite {
    // Where that is not known, its process has ended: it counts from the look-up.
    let last_attempt = entry.last_attempt().and_then(time_of);
    let write = UnknownWrite::new(request, account, last_attempt);
    match account_set {
        Some(account_set) => write.only_in(account_set),
        None => write,
    }
}

/// Looks the line up whose write has this index in the batch.
pub(crate) async fn look_up(
    client: &Client,
    batch: &ReconcileBatch,
    index: usize,
    entry: &Entry,
) -> Verdict {
    let known = entry.last_attempt().and_then(time_of);
    let found = match batch.reconcile(index).await {
        Ok(found) => found,
        // The journal says already that the line is unknown, and no more is known.
        Err(error) => {
            return Verdict {
                end: LineEnd::Failed,
                change: None,
                failure: Some(error.to_string()),
            };
        }
    };
    // The look-up was answered, so the client knows the gateway's clock.
    let last_attempt = known.unwrap_or_else(|| client.gateway_time());
    verdict(entry, last_attempt, &found)
}

/// What follows from what was found.
fn verdict(entry: &Entry, last_attempt: SystemTime, found: &Reconciliation) -> Verdict {
    let (end, to) = match found {
        Reconciliation::Applied { .. } => (LineEnd::Applied, State::Done),
        Reconciliation::Absent => (LineEnd::Absent, State::NotSent),
        Reconciliation::Conflict { .. } => (LineEnd::Conflict, State::Unknown),
        found if found.is_applied() => (LineEnd::Applied, State::Done),
        found => match found.ask_again_at().zip(found.wait()) {
            Some((ask_again_at, wait)) => {
                (LineEnd::TooEarly { ask_again_at, wait }, State::Unknown)
            }
            None => (LineEnd::Undecided, State::Unknown),
        },
    };
    let report = match (found, to) {
        // Nobody looked: the report of the call says more.
        (Reconciliation::NotPossible { reason }, _) if is_of_the_request(reason) => None,
        (found, State::Unknown) => {
            // The time that is left changes with every look-up, and this evidence does not.
            let words = match end {
                LineEnd::TooEarly { .. } => "too early: it is not there yet".to_owned(),
                _ => found.to_string(),
            };
            let at = epoch_millis(last_attempt);
            Some(with_last_attempt(&evidence(&words), at))
        }
        (found, _) => Some(evidence(&found.to_string())),
    };
    let is_new = report.is_some() && report != entry.report;
    let kept = is_new.then(|| Change {
        report,
        // Meanwhile another process may have sent it again.
        of_call: Some(entry.sent),
        ..change(entry.line, State::Unknown, to)
    });
    Verdict {
        end,
        change: kept,
        failure: None,
    }
}

fn evidence(words: &str) -> String {
    // A line break would end the line of the history.
    let words = words.replace(char::is_control, " ");
    format!("{RECONCILED}{words}")
}

/// Whether no look-up was made at all.
fn is_of_the_request(reason: &NotPossible) -> bool {
    matches!(
        reason,
        NotPossible::NotUnknown | NotPossible::NoLookUp | NotPossible::NoNumber
    )
}

fn time_of(millis: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

impl Journal {
    /// Keeps what was found out about a line; `None` if the journal says so already. The request is
    /// made by this call.
    pub(crate) fn keep(
        &self,
        verdict: &Verdict,
    ) -> Option<BoxFuture<'static, Result<(), StoreError>>> {
        let change = verdict.change.clone()?;
        Some(self.inner().write(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PlannedEntry;

    /// Meanwhile another process may have sent the line again: that call may still come.
    #[test]
    fn a_verdict_is_about_the_call_that_was_looked_up() {
        let planned = PlannedEntry {
            line: 3,
            key: None,
            hash: None,
        };
        let entry = Entry {
            state: State::Unknown,
            sent: 2,
            ..Entry::planned(planned)
        };
        let kept = verdict(&entry, SystemTime::UNIX_EPOCH, &Reconciliation::Absent).change;
        let kept = kept.map(|it| (it.line, it.from, it.to, it.of_call));
        assert_eq!(kept, Some((3, State::Unknown, State::NotSent, Some(2))));
    }

    #[test]
    fn what_was_found_is_read_back() {
        let found = Reconciled {
            applied: 1,
            absent: 2,
            conflicts: 3,
            too_early: 4,
            undecided: 5,
            failed: 6,
            failure: Some("no\nconnection".to_owned()),
            ask_again_at: time_of(1_700_000_000_123),
        };
        for found in [found, Reconciled::default()] {
            assert_eq!(Reconciled::from_text(&found.to_text()), found);
        }
    }
}
