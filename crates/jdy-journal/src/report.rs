//! What the report of a line says, as facts.
//!
//! A journal may be read on a machine of another language than it was written on. What is stored is
//! the same everywhere, one line in the words of this crate and of the SDK, which do not change; who
//! shows it to a person reads the facts and says them in the person's language. So a journal of an
//! earlier version reads as well.
//! Owns the reading of reports. Must not know a language, nor decide by a report what is sent.

use jdy_runtime::{ErrorKind, Outcome};

use crate::entry::{IN_PART, IN_PART_FORMERLY, LAST_ATTEMPT, LATE};
use crate::resolution::{BY_HAND, ResolvedAs};

/// The report of a line whose process ended in the middle of a call: what ended, and these words.
const ENDED: &str = " ended while the call was under way";

/// What ended, of a journal in a file.
const PROGRAM: &str = "the program";

/// The same of a shared list, before the worker's number and name.
const WORKER: &str = "worker ";

/// The same where nobody knows what became of the worker.
const LEASE: &str = "the lease of worker ";

/// The report of a line that a process left behind which was killed.
pub(crate) fn program_ended() -> String {
    format!("{PROGRAM}{ENDED}")
}

/// The report of a line that this worker of a shared list left behind.
#[cfg(feature = "postgres")]
pub(crate) fn worker_ended(worker: &str) -> String {
    format!("{WORKER}{worker}{ENDED}")
}

/// The report of a line whose worker did not renew its lease.
#[cfg(feature = "postgres")]
pub(crate) fn lease_ended(worker: &str) -> String {
    format!("{LEASE}{worker}{ENDED}")
}

/// The report of a line whose call the program gave up begins so.
pub(crate) const DROPPED: &str = "the program dropped the call ";

/// The report of a line that may have been sent by a database that was put back since.
pub(crate) const RESTORED: &str =
    "it may have been sent: the database was restored or failed over, and may lack that it was";

/// What is added where the call before the last one is still unknown.
pub(crate) const EARLIER_UNKNOWN: &str =
    "; what became of the call before this one is still not known";

/// The report of a line that was looked up begins so.
pub(crate) const RECONCILED: &str = "reconciled as ";

/// One fact that a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportFact {
    /// Some rows were refused, and the others took effect.
    InPart,
    /// The call failed so.
    Failed(ErrorKind),
    /// The gateway refused it, by this code and name.
    Gateway(String),
    /// A person stated it.
    SettledByHand {
        /// Whether it took effect.
        resolved_as: ResolvedAs,
        /// The person's name.
        by: String,
    },
    /// A look-up found this out.
    Reconciled(FoundOut),
    /// The process of the call was killed or ended. Of a shared list, its worker.
    Ended {
        /// The worker's number and name; `None` for a journal in a file.
        worker: Option<String>,
    },
    /// The lease of the call's worker ended while the call was under way.
    LeaseEnded {
        /// The worker's number and name.
        worker: String,
    },
    /// The database of the list was restored or failed over, and may lack that the call was made.
    Restored,
    /// The program gave the call up.
    Dropped,
    /// The outcome came after the lease of its worker had ended.
    Late,
    /// What became of the call before the last one is not known.
    EarlierUnknown,
    /// When the last attempt was made: milliseconds since 1970 by the gateway's clock.
    LastAttempt(u64),
}

/// What a look-up found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundOut {
    /// It took effect.
    Applied,
    /// It did not, and cannot any more.
    Absent,
    /// Another record stands under its number.
    Conflict,
    /// It is too early to say.
    TooEarly,
    /// A person has to decide.
    Undecided,
}

impl ReportFact {
    /// The facts of a report, in the order in which they are best said. What it says beyond them, a
    /// text of the product for one, stands in the report alone.
    pub fn of(report: &str) -> Vec<Self> {
        let mut facts = Vec::new();
        let (report, attempt) = without_last_attempt(report);
        let rest = report
            .strip_prefix(LATE)
            .map(|rest| rest.trim_start_matches(": "));
        if rest.is_some() || report.ends_with(LATE) {
            facts.push(Self::Late);
        }
        let rest = rest.unwrap_or(report);
        if rest.starts_with(IN_PART) || rest.contains(IN_PART_FORMERLY) {
            facts.push(Self::InPart);
        }
        facts.extend(what_happened(rest.strip_prefix(IN_PART).unwrap_or(rest)));
        if report.contains(EARLIER_UNKNOWN) {
            facts.push(Self::EarlierUnknown);
        }
        facts.extend(attempt.map(Self::LastAttempt));
        facts
    }
}

/// The report without the time of the last attempt, and that time.
fn without_last_attempt(report: &str) -> (&str, Option<u64>) {
    let parts = report.rsplit_once(LAST_ATTEMPT.0).and_then(|(rest, at)| {
        let at = at.strip_suffix(LAST_ATTEMPT.1)?.parse().ok()?;
        Some((rest, Some(at)))
    });
    parts.unwrap_or((report, None))
}

/// The one thing that a report is about.
fn what_happened(report: &str) -> Option<ReportFact> {
    if let Some(rest) = report.strip_prefix(BY_HAND) {
        let (resolved_as, by) = rest.split_once(" by ")?;
        return Some(ReportFact::SettledByHand {
            resolved_as: ResolvedAs::from_text(resolved_as)?,
            by: by.trim().to_owned(),
        });
    }
    if let Some(rest) = report.strip_prefix(RECONCILED) {
        return found_out(rest).map(ReportFact::Reconciled);
    }
    if report == RESTORED {
        return Some(ReportFact::Restored);
    }
    if report.starts_with(DROPPED) {
        return Some(ReportFact::Dropped);
    }
    if let Some(who) = report.strip_suffix(ENDED) {
        return match (who, who.strip_prefix(LEASE)) {
            (PROGRAM, _) => Some(ReportFact::Ended { worker: None }),
            (_, Some(worker)) => Some(ReportFact::LeaseEnded {
                worker: worker.to_owned(),
            }),
            (who, None) => Some(ReportFact::Ended {
                worker: Some(who.strip_prefix(WORKER)?.to_owned()),
            }),
        };
    }
    of_error(report)
}

fn found_out(words: &str) -> Option<FoundOut> {
    let found = [
        ("applied", FoundOut::Applied),
        ("absent", FoundOut::Absent),
        ("conflict", FoundOut::Conflict),
        ("too early", FoundOut::TooEarly),
        ("not decided", FoundOut::Undecided),
        ("not possible", FoundOut::Undecided),
        // Several records, each with an end of its own.
        ("record ", FoundOut::Undecided),
    ];
    let found = found.into_iter().find(|(word, _)| words.starts_with(word));
    found.map(|(_, found)| found)
}

/// What an error's line says: `OPERATION OUTCOME: KIND`, and more.
fn of_error(line: &str) -> Option<ReportFact> {
    let (_, line) = line.split_once(' ')?;
    let outcomes = [
        Outcome::NotSent,
        Outcome::Rejected,
        Outcome::Unknown,
        Outcome::Applied,
        Outcome::Incomplete,
    ];
    let mut kinds = outcomes.into_iter().filter_map(|outcome| {
        let rest = line.strip_prefix(outcome.to_string().as_str())?;
        rest.strip_prefix(": ")
    });
    let kind = kinds.next()?;
    if let Some(code) = kind.strip_prefix("gateway code ") {
        let code = code.split([',', ';', '(']).next().unwrap_or(code);
        return Some(ReportFact::Gateway(code.trim().to_owned()));
    }
    // Their words are always the same.
    let mut plain = ErrorKind::PLAIN.iter();
    let known = plain.find(|known| {
        let rest = kind.strip_prefix(known.to_string().as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ';', ' ']))
    });
    known.copied().map(ReportFact::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "postgres")]
    use crate::entry::with_last_attempt;

    #[test]
    fn each_kind_of_error_is_read_and_none_is_taken_for_another() {
        assert!(ErrorKind::PLAIN.len() > 20);
        for kind in ErrorKind::PLAIN {
            let report = format!("ls.mall_recharge {}: {kind}", Outcome::Unknown);
            assert_eq!(
                ReportFact::of(&report),
                [ReportFact::Failed(*kind)],
                "{report}"
            );
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn what_is_written_is_read() {
        let worker = || "7 (host-12-ab)".to_owned();
        for (report, fact) in [
            (program_ended(), ReportFact::Ended { worker: None }),
            (
                worker_ended(&worker()),
                ReportFact::Ended {
                    worker: Some(worker()),
                },
            ),
            (
                lease_ended(&worker()),
                ReportFact::LeaseEnded { worker: worker() },
            ),
            (
                ResolvedAs::Absent.report("Li Lei"),
                ReportFact::SettledByHand {
                    resolved_as: ResolvedAs::Absent,
                    by: "Li Lei".to_owned(),
                },
            ),
        ] {
            assert_eq!(
                ReportFact::of(&report),
                std::slice::from_ref(&fact),
                "{report}"
            );
            let report = with_last_attempt(&report, 5);
            let facts = [fact, ReportFact::LastAttempt(5)];
            assert_eq!(ReportFact::of(&report), facts, "{report}");
        }
    }

    /// As journals hold them, word for word: those that are written already do not change.
    #[test]
    fn the_reports_that_journals_hold_are_read() {
        let by = |resolved_as, by: &str| ReportFact::SettledByHand {
            resolved_as,
            by: by.to_owned(),
        };
        let worker = || Some("7 (host-12-ab)".to_owned());
        for (report, facts) in [
            (
                "ls.mall_recharge unknown: connection lost (end of file); attempts 1 in 12 ms, call \
                 a-1, account default, src_bill_id=R-1; look it up; last attempt at 1700000000123 ms \
                 by the gateway's clock",
                vec![
                    ReportFact::Failed(ErrorKind::ConnectionLost),
                    ReportFact::LastAttempt(1_700_000_000_123),
                ],
            ),
            (
                "in part: scm.a rejected: not every row of the answer succeeded, errcode 0; attempts",
                vec![ReportFact::InPart, ReportFact::Failed(ErrorKind::Rows)],
            ),
            (
                "scm.a not sent: gateway code 4012 router address wrong, \"x\", HTTP 519; attempts 1",
                vec![ReportFact::Gateway("4012 router address wrong".to_owned())],
            ),
            (
                "ls.a rejected: refused by the product, errcode 7, \"余额不足\"; attempts 1; what became of \
                 the call before this one is still not known",
                vec![
                    ReportFact::Failed(ErrorKind::Business),
                    ReportFact::EarlierUnknown,
                ],
            ),
            (
                "settled by hand as applied by Han Meimei ",
                vec![by(ResolvedAs::Applied, "Han Meimei")],
            ),
            (
                "settled by hand as absent by a by b",
                vec![by(ResolvedAs::Absent, "a by b")],
            ),
            (
                "reconciled as too early: it is not there yet; last attempt at 5 ms by the gateway's \
                 clock",
                vec![
                    ReportFact::Reconciled(FoundOut::TooEarly),
                    ReportFact::LastAttempt(5),
                ],
            ),
            (
                "reconciled as absent: it is not there, and cannot come any more",
                vec![ReportFact::Reconciled(FoundOut::Absent)],
            ),
            (
                "reconciled as not decided: 2 records may be it; a person decides",
                vec![ReportFact::Reconciled(FoundOut::Undecided)],
            ),
            (
                "the program ended while the call was under way",
                vec![ReportFact::Ended { worker: None }],
            ),
            (
                "worker 7 (host-12-ab) ended while the call was under way",
                vec![ReportFact::Ended { worker: worker() }],
            ),
            (
                "the lease of worker 7 (host-12-ab) ended while the call was under way",
                vec![ReportFact::LeaseEnded {
                    worker: "7 (host-12-ab)".to_owned(),
                }],
            ),
            (
                "it may have been sent: the database was restored or failed over, and may lack that \
                 it was",
                vec![ReportFact::Restored],
            ),
            (
                "the program dropped the call before it was sent",
                vec![ReportFact::Dropped],
            ),
            (
                "it came after the lease of its worker had ended: ls.a unknown: timed out; attempts 1",
                vec![ReportFact::Late, ReportFact::Failed(ErrorKind::Timeout)],
            ),
            (
                "ls.a not sent: no connection; it came after the lease of its worker had ended",
                vec![ReportFact::Late, ReportFact::Failed(ErrorKind::Connect)],
            ),
            ("something of a store of one's own", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(ReportFact::of(report), facts, "{report}");
        }
    }
}
