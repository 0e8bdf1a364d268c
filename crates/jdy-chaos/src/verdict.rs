//! The ledger compared with what the clients report: one pure function.
//!
//! Owns the promises that are counted. Must not know where ledger and reports come from.

use std::collections::{HashMap, HashSet};

use jdy_journal::State;
use jdy_sandbox::Bill;

use crate::work::{NOBODY, Write};

/// What a client reports about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineReport {
    pub(crate) key: String,
    pub(crate) state: State,
    /// How many times the call was made. It is made again only after it was not sent, by the error or
    /// by a look-up: an unknown line is never sent again without one.
    pub(crate) sent: u32,
    /// The bill number of the response, where it is known.
    pub(crate) bill_no: Option<String>,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerEntry {
    pub(crate) write: Write,
    pub(crate) bill_no: String,
}

impl From<Bill> for LedgerEntry {
    fn from(bill: Bill) -> Self {
        let write = Write {
            account_id: bill.account_id,
            key: bill.src_bill_id,
            subject: bill.member_id,
            amount: bill.amount,
        };
        let bill_no = bill.bill_no;
        Self { write, bill_no }
    }
}

/// How many lines ended in which state, and what is wrong with that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) calls: u64,
    pub(crate) done: u64,
    /// Applied, but the response could not be read.
    pub(crate) unreadable: u64,
    pub(crate) rejected: u64,
    pub(crate) not_sent: u64,
    pub(crate) unknown: u64,
    /// Unknown calls that took effect.
    pub(crate) unknown_but_applied: u64,
    /// Calls that were sent again after they were not sent.
    pub(crate) sent_again: u64,

    /// The ledger has the key more than once.
    pub(crate) applied_twice: u64,
    /// Reported as not sent, rejected or safe to send again, but the ledger has it.
    pub(crate) not_sent_but_applied: u64,
    /// Reported as applied, but the ledger does not have it as it was requested.
    pub(crate) applied_but_absent: u64,
    /// Reported as rejected, which is final, but the product would have taken it.
    pub(crate) rejected_for_nothing: u64,
    /// Not reported, reported twice, or reported without an outcome.
    pub(crate) lost_lines: u64,
    /// In the ledger or in a report, but in no list.
    pub(crate) unexpected: u64,
    /// In the ledger of another account set than requested.
    pub(crate) misdirected: u64,
    /// Reported with another bill than the ledger's: another call's response was used.
    pub(crate) swapped: u64,

    /// The first few keys for which one of the last eight was counted.
    pub(crate) examples: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        [
            self.applied_twice,
            self.not_sent_but_applied,
            self.applied_but_absent,
            self.rejected_for_nothing,
            self.lost_lines,
            self.unexpected,
            self.misdirected,
            self.swapped,
        ] == [0; 8]
    }

    /// Counts the lines of these that were rejected, and that the product would have taken. They are
    /// those with a journal: it takes what a gateway refuses for not sent, where a call alone is
    /// rejected.
    pub(crate) fn count_rejected_for_nothing<'a>(
        &mut self,
        journaled: impl IntoIterator<Item = &'a Write>,
        reports: &[LineReport],
    ) {
        let rejected = reports.iter().filter(|it| it.state == State::Rejected);
        let rejected: HashSet<&str> = rejected.map(|it| it.key.as_str()).collect();
        for line in journaled {
            if line.subject != NOBODY && rejected.contains(line.key.as_str()) {
                self.rejected_for_nothing += 1;
                self.add_example("rejected for nothing", &line.key);
            }
        }
    }

    fn add_example(&mut self, violation: &str, key: &str) {
        const MAX_EXAMPLES: usize = 20;
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push(format!("{violation}: {key}"));
        }
    }
}

/// Compares the requested writes with the reports and the ledger.
pub(crate) fn compare(writes: &[Write], reports: &[LineReport], ledger: &[LedgerEntry]) -> Verdict {
    let mut verdict = Verdict {
        calls: writes.len() as u64,
        ..Verdict::default()
    };
    let mut by_key: HashMap<&str, Vec<&LineReport>> = HashMap::new();
    for report in reports {
        by_key.entry(&report.key).or_default().push(report);
    }
    // A key that is in the ledger twice was applied twice, whatever else the entries say.
    let mut entries: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
    for entry in ledger {
        entries.entry(&entry.write.key).or_default().push(entry);
    }
    for line in writes {
        let matched = MatchedEntries {
            entries: entries.get(line.key.as_str()).map_or(&[], Vec::as_slice),
            line,
        };
        if matched.entries.len() > 1 {
            verdict.applied_twice += 1;
            verdict.add_example("applied twice", &line.key);
        }
        if matched.is_elsewhere() {
            verdict.misdirected += 1;
            verdict.add_example("went to another account set", &line.key);
        }
        match by_key.get(line.key.as_str()).map(Vec::as_slice) {
            Some([report]) => verdict.count(report, &matched),
            // Two reports of one line count as none.
            _ => verdict.lose(&line.key),
        }
    }
    count_unexpected(&mut verdict, writes, reports, ledger);
    verdict
}

/// The entries of all ledgers with the key of a line.
struct MatchedEntries<'a> {
    entries: &'a [&'a LedgerEntry],
    line: &'a Write,
}

impl MatchedEntries<'_> {
    fn has_as_requested(&self) -> bool {
        self.entries.iter().any(|entry| entry.write == *self.line)
    }

    fn is_elsewhere(&self) -> bool {
        let own = &self.line.account_id;
        self.entries
            .iter()
            .any(|entry| entry.write.account_id != *own)
    }

    /// Whether the response named a bill, and not one of this line.
    fn is_of_another(&self, report: &LineReport) -> bool {
        let is_own = |bill: &String| self.entries.iter().any(|entry| entry.bill_no == *bill);
        report.bill_no.as_ref().is_some_and(|bill| !is_own(bill))
    }
}

impl Verdict {
    fn count(&mut self, report: &LineReport, ledger: &MatchedEntries) {
        let is_there = !ledger.entries.is_empty();
        self.sent_again += u64::from(report.sent > 1);
        match report.state {
            State::Done => self.done += 1,
            State::Applied => self.unreadable += 1,
            State::Rejected => self.rejected += 1,
            State::NotSent => self.not_sent += 1,
            State::Unknown => {
                self.unknown += 1;
                self.unknown_but_applied += u64::from(is_there);
            }
            State::Planned | State::Intent => self.lose(&report.key),
        }
        let is_reported_not_applied = matches!(
            report.state,
            State::Planned | State::NotSent | State::Rejected
        );
        let was_reported_not_sent = report.sent > 1 && ledger.entries.len() > 1;
        if is_there && (is_reported_not_applied || was_reported_not_sent) {
            self.not_sent_but_applied += 1;
            self.add_example("reported not sent but applied", &report.key);
        }
        if matches!(report.state, State::Done | State::Applied) && !ledger.has_as_requested() {
            self.applied_but_absent += 1;
            self.add_example("reported applied but absent", &report.key);
        }
        if ledger.is_of_another(report) {
            self.swapped += 1;
            self.add_example("reported by another call's response", &report.key);
        }
    }

    fn lose(&mut self, key: &str) {
        self.lost_lines += 1;
        self.add_example("lost", key);
    }
}

fn count_unexpected(
    verdict: &mut Verdict,
    writes: &[Write],
    reports: &[LineReport],
    ledger: &[LedgerEntry],
) {
    let wanted: HashSet<&Write> = writes.iter().collect();
    for entry in ledger.iter().filter(|entry| !wanted.contains(&entry.write)) {
        verdict.unexpected += 1;
        verdict.add_example("in the ledger, but in no list", &entry.write.key);
    }
    let keys: HashSet<&str> = writes.iter().map(|one| one.key.as_str()).collect();
    for one in reports
        .iter()
        .filter(|one| !keys.contains(one.key.as_str()))
    {
        verdict.unexpected += 1;
        verdict.add_example("reported, but in no list", &one.key);
    }
}

#[cfg(test)]
mod tests {
    use jdy_sandbox::Decimal;

    use super::*;

    fn asked(key: &str) -> Write {
        Write {
            account_id: "A".to_owned(),
            key: key.to_owned(),
            subject: match key {
                "rejected" => NOBODY.to_owned(),
                _ => "10".to_owned(),
            },
            amount: Decimal::new(150, 2),
        }
    }

    fn report(key: &str, state: State) -> LineReport {
        LineReport {
            key: key.to_owned(),
            state,
            sent: 1,
            bill_no: None,
        }
    }

    fn entry(key: &str) -> LedgerEntry {
        entry_of(asked(key))
    }

    fn entry_of(write: Write) -> LedgerEntry {
        let bill_no = format!("bill of {}", write.key);
        LedgerEntry { write, bill_no }
    }

    /// Applied twice, not sent but applied, applied but absent, lost, unexpected.
    fn violations(verdict: &Verdict) -> [u64; 5] {
        assert_eq!(verdict.is_clean(), verdict.examples.is_empty());
        [
            verdict.applied_twice,
            verdict.not_sent_but_applied,
            verdict.applied_but_absent,
            verdict.lost_lines,
            verdict.unexpected,
        ]
    }

    #[test]
    fn matching_reports_are_clean_and_every_state_is_counted() {
        let keys = ["done", "unreadable", "rejected", "not", "open", "open too"];
        let states = [
            State::Done,
            State::Applied,
            State::Rejected,
            State::NotSent,
            State::Unknown,
            State::Unknown,
        ];
        let reports: Vec<LineReport> = keys
            .iter()
            .zip(states)
            .map(|(key, state)| report(key, state))
            .collect();
        let ledger = ["done", "unreadable", "open"].map(entry);
        let verdict = compare(&keys.map(asked), &reports, &ledger);
        assert_eq!(violations(&verdict), [0; 5]);
        let ends = [
            verdict.done,
            verdict.unreadable,
            verdict.rejected,
            verdict.not_sent,
            verdict.unknown,
            verdict.unknown_but_applied,
        ];
        assert_eq!(ends, [1, 1, 1, 1, 2, 1]);
        assert_eq!(verdict.calls, 6);
    }

    #[test]
    fn a_line_that_the_product_takes_must_not_be_rejected_under_a_journal() {
        let reports = [
            report("R-1", State::Rejected),
            report("rejected", State::Rejected),
        ];
        let lines = ["R-1", "rejected"].map(asked);
        let mut verdict = compare(&lines, &reports, &[]);
        assert!(verdict.is_clean());
        verdict.count_rejected_for_nothing(&lines, &reports);
        assert_eq!((verdict.rejected, verdict.rejected_for_nothing), (2, 1));
        assert!(!verdict.is_clean());
        assert_eq!(verdict.examples, ["rejected for nothing: R-1"]);
    }

    #[test]
    fn a_double_entry_of_the_ledger_is_applied_twice_whatever_is_reported() {
        for state in [State::Done, State::Applied, State::Unknown] {
            let verdict = compare(
                &[asked("R-1")],
                &[report("R-1", state)],
                &[entry("R-1"), entry("R-1")],
            );
            assert_eq!(violations(&verdict), [1, 0, 0, 0, 0], "{state}");
        }
    }

    #[test]
    fn a_second_entry_with_another_amount_or_account_set_is_applied_twice_as_well() {
        let mut amount = asked("R-1");
        amount.amount = Decimal::new(1, 0);
        let mut account = asked("R-1");
        account.account_id = "B".to_owned();
        for (other, misdirected) in [(amount, 0), (account, 1)] {
            let ledger = [entry("R-1"), entry_of(other)];
            let verdict = compare(&[asked("R-1")], &[report("R-1", State::Done)], &ledger);
            assert_eq!(violations(&verdict), [1, 0, 0, 0, 1]);
            assert_eq!(verdict.misdirected, misdirected);
        }
    }

    #[test]
    fn a_line_reported_not_sent_or_rejected_must_not_be_in_the_ledger() {
        for state in [State::NotSent, State::Rejected] {
            let verdict = compare(&[asked("R-1")], &[report("R-1", state)], &[entry("R-1")]);
            assert_eq!(violations(&verdict), [0, 1, 0, 0, 0], "{state}");
        }
    }

    #[test]
    fn a_line_sent_again_after_not_sent_must_not_be_in_the_ledger_twice() {
        let again = LineReport {
            sent: 2,
            ..report("R-1", State::Done)
        };
        let twice = [entry("R-1"), entry("R-1")];
        let verdict = compare(&[asked("R-1")], std::slice::from_ref(&again), &twice);
        assert_eq!(violations(&verdict), [1, 1, 0, 0, 0]);
        let verdict = compare(&[asked("R-1")], &[again], &[entry("R-1")]);
        assert_eq!(violations(&verdict), [0; 5]);
        assert_eq!(verdict.sent_again, 1);
    }

    #[test]
    fn a_line_reported_applied_must_be_in_the_ledger_as_requested() {
        for state in [State::Done, State::Applied] {
            let verdict = compare(&[asked("R-1")], &[report("R-1", state)], &[]);
            assert_eq!(violations(&verdict), [0, 0, 1, 0, 0], "{state}");
            let mut other = asked("R-1");
            other.subject = "11".to_owned();
            let verdict = compare(&[asked("R-1")], &[report("R-1", state)], &[entry_of(other)]);
            assert_eq!(violations(&verdict), [0, 0, 1, 0, 1], "{state}");
        }
    }

    #[test]
    fn a_line_without_a_report_or_an_outcome_is_lost() {
        let verdict = compare(&[asked("R-1")], &[], &[]);
        assert_eq!(violations(&verdict), [0, 0, 0, 1, 0]);
        for state in [State::Planned, State::Intent] {
            let verdict = compare(&[asked("R-1")], &[report("R-1", state)], &[]);
            assert_eq!(violations(&verdict), [0, 0, 0, 1, 0], "{state}");
        }
        let both = [report("R-1", State::Done), report("R-1", State::NotSent)];
        let verdict = compare(&[asked("R-1")], &both, &[entry("R-1")]);
        assert_eq!(violations(&verdict), [0, 0, 0, 1, 0]);
    }

    #[test]
    fn an_entry_in_another_account_set_is_misdirected_whatever_is_reported() {
        for state in [State::Done, State::Unknown, State::Rejected] {
            let mut other = asked("R-1");
            other.account_id = "B".to_owned();
            let verdict = compare(&[asked("R-1")], &[report("R-1", state)], &[entry_of(other)]);
            assert_eq!(verdict.misdirected, 1, "{state}");
            assert!(!verdict.is_clean());
        }
    }

    #[test]
    fn the_reported_bill_is_the_one_of_the_line() {
        let keys = ["R-1", "R-2"];
        let ledger = keys.map(entry);
        let with = |bill: &str, key| LineReport {
            bill_no: Some(format!("bill of {bill}")),
            ..report(key, State::Done)
        };
        let right = [with("R-1", "R-1"), with("R-2", "R-2")];
        assert_eq!(compare(&keys.map(asked), &right, &ledger).swapped, 0);
        let swapped = [with("R-2", "R-1"), with("R-1", "R-2")];
        let verdict = compare(&keys.map(asked), &swapped, &ledger);
        assert_eq!(verdict.swapped, 2);
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_false_absent_is_counted() {
        // Looked up, reported absent, and either not sent again or sent again.
        let verdict = compare(
            &[asked("R-1")],
            &[report("R-1", State::NotSent)],
            &[entry("R-1")],
        );
        assert_eq!(violations(&verdict), [0, 1, 0, 0, 0]);
        let again = LineReport {
            sent: 2,
            ..report("R-1", State::Done)
        };
        let twice = [entry("R-1"), entry("R-1")];
        let verdict = compare(&[asked("R-1")], &[again], &twice);
        assert_eq!(violations(&verdict), [1, 1, 0, 0, 0]);
    }

    #[test]
    fn what_is_in_no_list_is_unexpected() {
        let verdict = compare(&[], &[report("R-1", State::Done)], &[entry("R-2")]);
        assert_eq!(violations(&verdict), [0, 0, 0, 0, 2]);
    }
}
