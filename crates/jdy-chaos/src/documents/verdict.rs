//! What was found out about the documents whose outcome was unknown, compared with the store: one
//! pure function.
//!
//! Owns these figures and the share that must be found out. Must not know where lines and store come
//! from.

use std::collections::HashMap;

use jdy_journal::State;

use super::Kind;
use crate::verdict::LedgerEntry;
use crate::work::Write;

/// A line of a journal of documents, at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentLine {
    pub(crate) key: String,
    pub(crate) state: State,
    /// Whether its outcome was unknown at any time.
    pub(crate) was_unknown: bool,
    /// Whether it was reported as applied after a look-up found it.
    pub(crate) was_found: bool,
    /// Whether it was reported as absent after a look-up, at any time.
    pub(crate) was_absent: bool,
    /// Whether another look-up may tell more.
    pub(crate) is_open: bool,
}

/// The figures of one kind of document, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) documents: u64,
    /// Those whose outcome was unknown at any time.
    pub(crate) unknown: u64,
    /// Unknown ones that a look-up found.
    pub(crate) found: u64,
    /// Unknown ones that a look-up proved absent, and that were sent again.
    pub(crate) absent: u64,
    /// Unknown ones that are left to a person.
    pub(crate) left: u64,
}

/// The figures of all documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentVerdict {
    pub(crate) by_kind: Vec<(&'static str, Figures)>,
    /// Numbers of which the store has more than one document.
    pub(crate) applied_twice: u64,
    /// Reported absent, but the store had it: it was sent again and doubled or refused.
    pub(crate) absent_but_there: u64,
    /// Found by a look-up, but the store does not have it as it was sent.
    pub(crate) applied_but_not_there: u64,
    pub(crate) examples: Vec<String>,
}

/// The share of unknown documents that must be found out, in percent.
const MIN_FOUND_OUT: u64 = 99;

/// Of so many documents some become unknown. Where none does, nothing shows that any would be found
/// out.
const MIN_DOCUMENTS: u64 = 200;

impl Figures {
    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.unknown += other.unknown;
        self.found += other.found;
        self.absent += other.absent;
        self.left += other.left;
    }

    /// Unknown ones of which the machine found out what became of them.
    pub(crate) fn found_out(&self) -> u64 {
        self.unknown - self.left
    }

    pub(crate) fn is_enough(&self) -> bool {
        let is_tried = self.unknown > 0 || self.documents < MIN_DOCUMENTS;
        is_tried && self.found_out() * 100 >= self.unknown * MIN_FOUND_OUT
    }
}

impl DocumentVerdict {
    pub(crate) fn total(&self) -> Figures {
        let mut total = Figures::default();
        for (_, figures) in &self.by_kind {
            total.add(*figures);
        }
        total
    }

    /// Counts the documents of one client.
    pub(crate) fn count(
        &mut self,
        kind: Kind,
        writes: &[Write],
        lines: &[DocumentLine],
        ledger: &HashMap<&str, Vec<&LedgerEntry>>,
    ) {
        let lines: HashMap<&str, &DocumentLine> =
            lines.iter().map(|line| (line.key.as_str(), line)).collect();
        let mut figures = Figures::default();
        for write in writes {
            figures.documents += 1;
            let entries = ledger.get(write.key.as_str());
            let entries = entries.map_or(&[][..], Vec::as_slice);
            if entries.len() > 1 {
                self.applied_twice += 1;
            }
            if let Some(line) = lines.get(write.key.as_str()) {
                self.judge(line, write, entries);
                figures.add(figures_of(line));
            }
        }
        let found = self.by_kind.iter_mut();
        match found.into_iter().find(|(name, _)| *name == kind.name()) {
            Some((_, sum)) => sum.add(figures),
            None => self.by_kind.push((kind.name(), figures)),
        }
    }

    fn judge(&mut self, line: &DocumentLine, write: &Write, entries: &[&LedgerEntry]) {
        let was_there_before = match line.state {
            State::Done | State::Applied => entries.len() > 1,
            // It was sent again and refused, so that what is there came of the first call.
            State::Rejected | State::NotSent => !entries.is_empty(),
            State::Planned | State::Intent | State::Unknown => false,
        };
        if line.was_absent && was_there_before {
            self.absent_but_there += 1;
            self.examples
                .push(format!("reported absent but there: {}", line.key));
        }
        if line.was_found && !entries.iter().any(|entry| entry.write == *write) {
            self.applied_but_not_there += 1;
            self.examples
                .push(format!("reported applied but not there: {}", line.key));
        }
    }
}

fn figures_of(line: &DocumentLine) -> Figures {
    let if_unknown = |is: bool| u64::from(line.was_unknown && is);
    let is_left = matches!(line.state, State::Unknown | State::Intent);
    Figures {
        documents: 0,
        unknown: if_unknown(true),
        found: if_unknown(line.was_found),
        absent: if_unknown(line.was_absent && !line.was_found && !is_left),
        left: if_unknown(is_left),
    }
}

#[cfg(test)]
mod tests {
    use jdy_sandbox::Decimal;

    use super::*;

    fn write(kind: Kind) -> Write {
        Write {
            account_id: "A".to_owned(),
            key: "C1-1".to_owned(),
            subject: kind.name().to_owned(),
            amount: Decimal::new(150, 2),
        }
    }

    fn line(state: State) -> DocumentLine {
        DocumentLine {
            key: "C1-1".to_owned(),
            state,
            was_unknown: true,
            was_found: false,
            was_absent: false,
            is_open: false,
        }
    }

    fn verdict(kind: Kind, line: &DocumentLine, ledger: &[LedgerEntry]) -> DocumentVerdict {
        let mut verdict = DocumentVerdict::default();
        let mut by_key: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
        for entry in ledger {
            by_key.entry(&entry.write.key).or_default().push(entry);
        }
        verdict.count(kind, &[write(kind)], std::slice::from_ref(line), &by_key);
        verdict
    }

    fn entry(kind: Kind) -> LedgerEntry {
        LedgerEntry {
            write: write(kind),
            bill_no: "7".to_owned(),
        }
    }

    #[test]
    fn absence_is_false_if_what_was_sent_again_is_doubled_or_refused() {
        let kind = Kind::Voucher;
        let absent = |state| DocumentLine {
            was_absent: true,
            ..line(state)
        };
        let once = [entry(kind)];
        let twice = [entry(kind), entry(kind)];
        for (state, ledger, wanted) in [
            (State::Done, &once[..], [0, 0]),
            (State::Done, &twice, [1, 1]),
            (State::Rejected, &once, [0, 1]),
            (State::Unknown, &[], [0, 0]),
        ] {
            let found = verdict(kind, &absent(state), ledger);
            let figures = [found.applied_twice, found.absent_but_there];
            assert_eq!(figures, wanted, "{state}");
        }
    }

    #[test]
    fn what_was_found_is_there_as_it_was_sent() {
        let kind = Kind::Outbound;
        let found = DocumentLine {
            was_found: true,
            ..line(State::Done)
        };
        let right = entry(kind);
        let mut other = right.clone();
        other.write.subject = "other content".to_owned();
        for (ledger, wrong) in [(vec![right], 0), (vec![other], 1), (vec![], 1)] {
            let verdict = verdict(kind, &found, &ledger);
            assert_eq!(verdict.applied_but_not_there, wrong);
        }
    }

    #[test]
    fn what_stays_unknown_is_left_to_a_person() {
        for kind in Kind::ALL {
            for ledger in [vec![], vec![entry(kind)]] {
                let total = verdict(kind, &line(State::Unknown), &ledger).total();
                assert_eq!((total.unknown, total.left), (1, 1));
                assert!(!total.is_enough(), "{kind:?}");
            }
        }
    }

    #[test]
    fn one_of_a_hundred_may_be_left() {
        let figures = |left| Figures {
            unknown: 200,
            left,
            ..Figures::default()
        };
        assert!(figures(2).is_enough());
        assert!(!figures(3).is_enough());
    }

    #[test]
    fn many_documents_of_which_none_was_unknown_prove_nothing() {
        for (documents, unknown, is_enough) in [(199, 0, true), (200, 0, false), (200, 1, true)] {
            let figures = Figures {
                documents,
                unknown,
                ..Figures::default()
            };
            assert_eq!(figures.is_enough(), is_enough, "{documents} {unknown}");
        }
    }
}
