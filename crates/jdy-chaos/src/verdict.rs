//! The ledger held against what the clients believe: one pure function.
//!
//! It must not know where either comes from.

use std::collections::{HashMap, HashSet};

use jdy_journal::State;
use jdy_sandbox::Bill;

use crate::asked::Asked;

/// What a client says of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) key: String,
    pub(crate) state: State,
    /// How many times the call was made. More than once only because it was not sent before, by the
    /// error or by a look-up: an unknown line is not sent again without one.
    pub(crate) sent: u32,
    /// The bill that the answer named, where it is known.
    pub(crate) bill_no: Option<String>,
}

/// What the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) one: Asked,
    pub(crate) bill_no: String,
}

impl From<Bill> for Booked {
    fn from(bill: Bill) -> Self {
        let one = Asked {
            account_id: bill.account_id,
            key: bill.src_bill_id,
            member_id: bill.member_id,
            amount: bill.amount,
        };
        let bill_no = bill.bill_no;
        Self { one, bill_no }
    }
}

/// How many lines are said to stand where, and what is wrong with that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) calls: u64,
    pub(crate) done: u64,
    /// They took effect, but their answers could not be read.
    pub(crate) unreadable: u64,
    pub(crate) rejected: u64,
    pub(crate) not_sent: u64,
    pub(crate) unknown: u64,
    /// So many of the unknown ones took effect.
    pub(crate) unknown_but_applied: u64,
    /// So many were made again, having been not sent.
    pub(crate) made_again: u64,

    /// The ledger has it more than once.
    pub(crate) applied_twice: u64,
    /// Said to be not sent or rejected, or to be safe to be sent again; and the ledger has it.
    pub(crate) not_sent_but_applied: u64,
    /// Said to have taken effect, and the ledger does not have it as it was asked for.
    pub(crate) applied_but_absent: u64,
    /// Nobody tells of it, or what is told is no end.
    pub(crate) lost_lines: u64,
    /// The ledger has it, or a client tells of it, and nobody asked for it.
    pub(crate) strangers: u64,
    /// The ledger of another account set has it than was meant.
    pub(crate) misdirected: u64,
    /// Said to have another bill than the ledger has: it was told by another call's answer.
    pub(crate) swapped: u64,

    /// The keys of the first few for which one of the last seven was counted.
    pub(crate) examples: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        [
            self.applied_twice,
            self.not_sent_but_applied,
            self.applied_but_absent,
            self.lost_lines,
            self.strangers,
            self.misdirected,
            self.swapped,
        ] == [0; 7]
    }

    fn give_example(&mut self, wrong: &str, key: &str) {
        const MOST: usize = 20;
        if self.examples.len() < MOST {
            self.examples.push(format!("{wrong}: {key}"));
        }
    }
}

/// Holds the three against each other.
pub(crate) fn hold(asked: &[Asked], told: &[Told], booked: &[Booked]) -> Verdict {
    let mut verdict = Verdict {
        calls: asked.len() as u64,
        ..Verdict::default()
    };
    let mut by_key: HashMap<&str, Vec<&Told>> = HashMap::new();
    for one in told {
        by_key.entry(&one.key).or_default().push(one);
    }
    // However wrong the rest of it may be, a key that is there twice was done twice.
    let mut entries: HashMap<&str, Vec<&Booked>> = HashMap::new();
    for entry in booked {
        entries.entry(&entry.one.key).or_default().push(entry);
    }
    for line in asked {
        let ledger = InLedger {
            entries: entries.get(line.key.as_str()).map_or(&[], Vec::as_slice),
            line,
        };
        if ledger.entries.len() > 1 {
            verdict.applied_twice += 1;
            verdict.give_example("applied twice", &line.key);
        }
        if ledger.is_elsewhere() {
            verdict.misdirected += 1;
            verdict.give_example("went to another account set", &line.key);
        }
        match by_key.get(line.key.as_str()).map(Vec::as_slice) {
            Some([told]) => verdict.count(told, &ledger),
            // That it is told of twice tells nothing either.
            _ => verdict.lose(&line.key),
        }
    }
    count_strangers(&mut verdict, asked, told, booked);
    verdict
}

/// What the ledgers have of a line.
struct InLedger<'a> {
    entries: &'a [&'a Booked],
    line: &'a Asked,
}

impl InLedger<'_> {
    fn has_as_asked(&self) -> bool {
        self.entries.iter().any(|entry| entry.one == *self.line)
    }

    fn is_elsewhere(&self) -> bool {
        let own = &self.line.account_id;
        self.entries
            .iter()
            .any(|entry| entry.one.account_id != *own)
    }

    /// Whether the answer that was told named a bill, and none of this line.
    fn is_of_another(&self, told: &Told) -> bool {
        let is_own = |bill: &String| self.entries.iter().any(|entry| entry.bill_no == *bill);
        told.bill_no.as_ref().is_some_and(|bill| !is_own(bill))
    }
}

impl Verdict {
    fn count(&mut self, told: &Told, ledger: &InLedger) {
        let is_there = !ledger.entries.is_empty();
        self.made_again += u64::from(told.sent > 1);
        match told.state {
            State::Done => self.done += 1,
            State::Applied => self.unreadable += 1,
            State::Rejected => self.rejected += 1,
            State::NotSent => self.not_sent += 1,
            State::Unknown => {
                self.unknown += 1;
                self.unknown_but_applied += u64::from(is_there);
            }
            State::Planned | State::Intent => self.lose(&told.key),
        }
        let says_nothing_happened = matches!(
            told.state,
            State::Planned | State::NotSent | State::Rejected
        );
        let said_so_before = told.sent > 1 && ledger.entries.len() > 1;
        if is_there && (says_nothing_happened || said_so_before) {
            self.not_sent_but_applied += 1;
            self.give_example("said to be not applied, but was", &told.key);
        }
        if matches!(told.state, State::Done | State::Applied) && !ledger.has_as_asked() {
            self.applied_but_absent += 1;
            self.give_example("said to be applied, but absent", &told.key);
        }
        if ledger.is_of_another(told) {
            self.swapped += 1;
            self.give_example("told by the answer of another call", &told.key);
        }
    }

    fn lose(&mut self, key: &str) {
        self.lost_lines += 1;
        self.give_example("lost", key);
    }
}

fn count_strangers(verdict: &mut Verdict, asked: &[Asked], told: &[Told], booked: &[Booked]) {
    let wanted: HashSet<&Asked> = asked.iter().collect();
    for entry in booked.iter().filter(|entry| !wanted.contains(&entry.one)) {
        verdict.strangers += 1;
        verdict.give_example("booked, but not asked for so", &entry.one.key);
    }
    let keys: HashSet<&str> = asked.iter().map(|one| one.key.as_str()).collect();
    for one in told.iter().filter(|one| !keys.contains(one.key.as_str())) {
        verdict.strangers += 1;
        verdict.give_example("told of, but not asked for", &one.key);
    }
}

#[cfg(test)]
mod tests {
    use jdy_sandbox::Decimal;

    use super::*;

    fn asked(key: &str) -> Asked {
        Asked {
            account_id: "A".to_owned(),
            key: key.to_owned(),
            member_id: "10".to_owned(),
            amount: Decimal::new(150, 2),
        }
    }

    fn told(key: &str, state: State) -> Told {
        Told {
            key: key.to_owned(),
            state,
            sent: 1,
            bill_no: None,
        }
    }

    fn booked(key: &str) -> Booked {
        booked_as(asked(key))
    }

    fn booked_as(one: Asked) -> Booked {
        let bill_no = format!("bill of {}", one.key);
        Booked { one, bill_no }
    }

    /// Applied twice, not sent but applied, applied but absent, lost, strangers.
    fn wrongs(verdict: &Verdict) -> [u64; 5] {
        assert_eq!(verdict.is_clean(), verdict.examples.is_empty());
        [
            verdict.applied_twice,
            verdict.not_sent_but_applied,
            verdict.applied_but_absent,
            verdict.lost_lines,
            verdict.strangers,
        ]
    }

    #[test]
    fn what_fits_is_clean_and_every_end_is_counted() {
        let keys = ["done", "unreadable", "rejected", "not", "open", "open too"];
        let states = [
            State::Done,
            State::Applied,
            State::Rejected,
            State::NotSent,
            State::Unknown,
            State::Unknown,
        ];
        let told: Vec<Told> = keys
            .iter()
            .zip(states)
            .map(|(key, state)| told(key, state))
            .collect();
        let ledger = ["done", "unreadable", "open"].map(booked);
        let verdict = hold(&keys.map(asked), &told, &ledger);
        assert_eq!(wrongs(&verdict), [0; 5]);
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
    fn a_double_entry_of_the_ledger_is_applied_twice_whatever_is_told() {
        for state in [State::Done, State::Applied, State::Unknown] {
            let verdict = hold(
                &[asked("R-1")],
                &[told("R-1", state)],
                &[booked("R-1"), booked("R-1")],
            );
            assert_eq!(wrongs(&verdict), [1, 0, 0, 0, 0], "{state}");
        }
    }

    #[test]
    fn a_second_entry_with_another_amount_or_account_set_is_applied_twice_as_well() {
        let mut amount = asked("R-1");
        amount.amount = Decimal::new(1, 0);
        let mut account = asked("R-1");
        account.account_id = "B".to_owned();
        for (other, misdirected) in [(amount, 0), (account, 1)] {
            let ledger = [booked("R-1"), booked_as(other)];
            let verdict = hold(&[asked("R-1")], &[told("R-1", State::Done)], &ledger);
            assert_eq!(wrongs(&verdict), [1, 0, 0, 0, 1]);
            assert_eq!(verdict.misdirected, misdirected);
        }
    }

    #[test]
    fn what_is_said_to_be_not_sent_or_rejected_must_not_be_in_the_ledger() {
        for state in [State::NotSent, State::Rejected] {
            let verdict = hold(&[asked("R-1")], &[told("R-1", state)], &[booked("R-1")]);
            assert_eq!(wrongs(&verdict), [0, 1, 0, 0, 0], "{state}");
        }
    }

    #[test]
    fn what_was_said_to_be_not_sent_and_made_again_must_not_be_there_twice() {
        let again = Told {
            sent: 2,
            ..told("R-1", State::Done)
        };
        let twice = [booked("R-1"), booked("R-1")];
        let verdict = hold(&[asked("R-1")], std::slice::from_ref(&again), &twice);
        assert_eq!(wrongs(&verdict), [1, 1, 0, 0, 0]);
        let verdict = hold(&[asked("R-1")], &[again], &[booked("R-1")]);
        assert_eq!(wrongs(&verdict), [0; 5]);
        assert_eq!(verdict.made_again, 1);
    }

    #[test]
    fn what_is_said_to_be_applied_must_be_in_the_ledger_as_it_was_asked_for() {
        for state in [State::Done, State::Applied] {
            let verdict = hold(&[asked("R-1")], &[told("R-1", state)], &[]);
            assert_eq!(wrongs(&verdict), [0, 0, 1, 0, 0], "{state}");
            let mut other = asked("R-1");
            other.member_id = "11".to_owned();
            let verdict = hold(&[asked("R-1")], &[told("R-1", state)], &[booked_as(other)]);
            assert_eq!(wrongs(&verdict), [0, 0, 1, 0, 1], "{state}");
        }
    }

    #[test]
    fn a_line_of_which_nobody_tells_or_no_end_is_told_is_lost() {
        let verdict = hold(&[asked("R-1")], &[], &[]);
        assert_eq!(wrongs(&verdict), [0, 0, 0, 1, 0]);
        for state in [State::Planned, State::Intent] {
            let verdict = hold(&[asked("R-1")], &[told("R-1", state)], &[]);
            assert_eq!(wrongs(&verdict), [0, 0, 0, 1, 0], "{state}");
        }
        let both = [told("R-1", State::Done), told("R-1", State::NotSent)];
        let verdict = hold(&[asked("R-1")], &both, &[booked("R-1")]);
        assert_eq!(wrongs(&verdict), [0, 0, 0, 1, 0]);
    }

    #[test]
    fn what_went_to_another_account_set_is_misdirected_whatever_is_told() {
        for state in [State::Done, State::Unknown, State::Rejected] {
            let mut other = asked("R-1");
            other.account_id = "B".to_owned();
            let verdict = hold(&[asked("R-1")], &[told("R-1", state)], &[booked_as(other)]);
            assert_eq!(verdict.misdirected, 1, "{state}");
            assert!(!verdict.is_clean());
        }
    }

    #[test]
    fn the_bill_that_is_told_of_is_the_one_of_the_line() {
        let keys = ["R-1", "R-2"];
        let ledger = keys.map(booked);
        let with = |bill: &str, key| Told {
            bill_no: Some(format!("bill of {bill}")),
            ..told(key, State::Done)
        };
        let right = [with("R-1", "R-1"), with("R-2", "R-2")];
        assert_eq!(hold(&keys.map(asked), &right, &ledger).swapped, 0);
        let swapped = [with("R-2", "R-1"), with("R-1", "R-2")];
        let verdict = hold(&keys.map(asked), &swapped, &ledger);
        assert_eq!(verdict.swapped, 2);
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_false_absent_is_counted() {
        // Looked up, said to be absent, and not sent again, or sent again.
        let verdict = hold(
            &[asked("R-1")],
            &[told("R-1", State::NotSent)],
            &[booked("R-1")],
        );
        assert_eq!(wrongs(&verdict), [0, 1, 0, 0, 0]);
        let again = Told {
            sent: 2,
            ..told("R-1", State::Done)
        };
        let twice = [booked("R-1"), booked("R-1")];
        let verdict = hold(&[asked("R-1")], &[again], &twice);
        assert_eq!(wrongs(&verdict), [1, 1, 0, 0, 0]);
    }

    #[test]
    fn what_nobody_asked_for_is_a_stranger() {
        let verdict = hold(&[], &[told("R-1", State::Done)], &[booked("R-2")]);
        assert_eq!(wrongs(&verdict), [0, 0, 0, 0, 2]);
    }
}
