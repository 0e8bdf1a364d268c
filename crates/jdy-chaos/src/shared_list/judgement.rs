//! Ledger, journals and the words of the workers compared.
//!
//! Owns what counts as applied twice, lost, stuck and said wrongly, and which reason a line has that
//! was unknown. Must not know how a report looks.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jdy_journal::{Entry, ReportFact, State};

use crate::attribution::{Attribution, Reasons};
use crate::documents::verdict::DocumentVerdict;
use crate::journals::document_line;
use crate::shared_list::gateway::Gateway;
use crate::shared_list::kept::{Kept, KeptList};
use crate::shared_list::lists::SharedList;
use crate::shared_list::processes::Observed;
use crate::shared_list::words::Summary;
use crate::verdict::{LedgerEntry, LineReport, Verdict, compare};
use crate::work::Write;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) documents: DocumentVerdict,
    /// Keys of which the ledger has more than one success, by the ledger alone.
    pub(crate) twice_in_ledger: u64,
    pub(crate) stuck: u64,
    /// What workers said that is not so.
    pub(crate) said_wrongly: Vec<String>,
    /// Of lines that are unknown at the end, and of lines that ever were.
    pub(crate) reasons: Reasons,
    pub(crate) once_reasons: Reasons,
    /// Lines that were in flight when the lease of their worker ended.
    pub(crate) left_behind: u64,
    /// From a kill until the lines of the killed worker were free or unknown.
    pub(crate) takeovers: Vec<Duration>,
}

impl Judged {
    /// Lines that are done by the journal and not in the ledger, and lines that no journal has.
    pub(crate) fn lost(&self) -> u64 {
        let in_journals = self.verdict.lost_lines.saturating_sub(self.stuck);
        self.verdict.applied_but_absent + in_journals
    }

    pub(crate) fn applied_twice(&self) -> u64 {
        self.verdict.applied_twice.max(self.twice_in_ledger)
    }

    /// How often a journal or a worker said what is not so.
    pub(crate) fn wrong_words(&self) -> u64 {
        let (verdict, documents) = (&self.verdict, &self.documents);
        self.said_wrongly.len() as u64
            + verdict.not_sent_but_applied
            + verdict.rejected_for_nothing
            + verdict.misdirected
            + verdict.swapped
            + verdict.unexpected
            + documents.absent_but_there
            + documents.applied_but_not_there
    }
}

/// Compares everything.
pub(crate) fn judge(
    lists: &[SharedList],
    gateway: &Gateway,
    kept: &Kept,
    observed: &mut Observed,
    asked: &Observed,
) -> Judged {
    let ledger = gateway.ledger();
    let writes: Vec<Write> = lists.iter().flat_map(|list| list.writes.clone()).collect();
    let reports: Vec<LineReport> = kept.lists.iter().flat_map(reports).collect();
    let mut attribution = gateway
        .attribution()
        .merge(std::mem::take(&mut observed.attribution));
    let left_behind = record_left_behind(&mut attribution, kept, observed);
    let once_unknown: Vec<LineReport> = kept.entries().filter_map(once_unknown).collect();
    let mut by_key: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
    for entry in &ledger {
        by_key.entry(&entry.write.key).or_default().push(entry);
    }
    let mut documents = DocumentVerdict::default();
    for (list, own) in lists.iter().zip(&kept.lists) {
        if let Some(kind) = list.subject.kind() {
            let lines: Vec<_> = own.entries.iter().cloned().map(document_line).collect();
            documents.count(kind, &list.writes, &lines, &by_key);
        }
    }
    let mut said_wrongly = Vec::new();
    check_summaries(&mut said_wrongly, kept, observed, asked);
    check_unrecorded(&mut said_wrongly, observed, &by_key);
    let [planned, intents] = kept.stuck;
    let mut verdict = compare(&writes, &reports, &ledger);
    verdict.count_rejected_for_nothing(&writes, &reports);
    Judged {
        verdict,
        documents,
        twice_in_ledger: twice(&ledger),
        stuck: planned + intents,
        said_wrongly,
        reasons: attribution.explain(&reports),
        once_reasons: attribution.explain(&once_unknown),
        left_behind,
        takeovers: takeovers(kept, observed),
    }
}

/// Keys of which the ledger has more than one success.
fn twice(ledger: &[LedgerEntry]) -> u64 {
    let mut keys = HashSet::new();
    let entries = ledger.iter().map(|entry| entry.write.key.as_str());
    let twice: HashSet<&str> = entries.filter(|key| !keys.insert(*key)).collect();
    twice.len() as u64
}

fn reports(list: &KeptList) -> Vec<LineReport> {
    let report = |entry: &Entry| {
        let key = entry.key.clone().unwrap_or_default();
        LineReport {
            bill_no: list.bills.get(&key).cloned(),
            key,
            state: entry.state,
            sent: entry.sent,
        }
    };
    list.entries.iter().map(report).collect()
}

/// A report of a line whose outcome was unknown at any time.
fn once_unknown(entry: &Entry) -> Option<LineReport> {
    let was_unknown = entry.state == State::Unknown || entry.history.contains(" unknown: ");
    was_unknown.then(|| LineReport {
        key: entry.key.clone().unwrap_or_default(),
        state: State::Unknown,
        sent: 1,
        bill_no: None,
    })
}

/// The names of the workers that left this line in flight, as its reports say.
fn workers_of(entry: &Entry) -> Vec<String> {
    let former = entry.history.lines();
    let former = former.filter_map(|line| line.split_once(": ").map(|(_, report)| report));
    let facts = entry.report.as_deref().into_iter().chain(former);
    let workers = facts
        .flat_map(ReportFact::of)
        .filter_map(|fact| match fact {
            ReportFact::Ended { worker } => worker,
            ReportFact::LeaseEnded { worker } => Some(worker),
            _ => None,
        });
    // The number and, in brackets, the name.
    let named = workers.filter_map(|worker| {
        let (_, name) = worker.strip_suffix(')')?.split_once('(')?;
        Some(name.to_owned())
    });
    named.collect()
}

/// Whether a worker of this name was one of these processes.
fn is_of(name: &str, id: u32) -> bool {
    let id = id.to_string();
    name.split(|it: char| !it.is_ascii_digit())
        .any(|part| part == id)
}

/// Records the lines that a worker left in flight whose lease ended: it was killed or frozen, or
/// was cut off from Postgres. How many these are.
fn record_left_behind(attribution: &mut Attribution, kept: &Kept, observed: &Observed) -> u64 {
    let disrupted = observed.killed.iter().map(|(id, _)| id);
    let disrupted: Vec<u32> = disrupted.chain(&observed.frozen).copied().collect();
    let mut count = 0;
    for entry in kept.entries() {
        let key = entry.key.clone().unwrap_or_default();
        let workers = workers_of(entry);
        count += u64::from(!workers.is_empty());
        for name in workers {
            if disrupted.iter().any(|id| is_of(&name, *id)) {
                attribution.record_kill([key.clone()]);
            } else if observed.started.iter().any(|id| is_of(&name, *id)) {
                attribution.record_drop(key.clone());
            }
        }
    }
    count
}

/// From each kill until the lease of the killed worker was found to have ended. A worker has one for
/// each list.
fn takeovers(kept: &Kept, observed: &Observed) -> Vec<Duration> {
    let mut takeovers = Vec::new();
    for (name, at) in &kept.lapsed {
        let killed = observed.killed.iter().find(|(id, _)| is_of(name, *id));
        // One that was frozen before may have lapsed before it was killed.
        takeovers.extend(killed.and_then(|(_, killed)| at.checked_sub(*killed)));
    }
    takeovers.sort_unstable();
    takeovers
}

fn check_summaries(wrong: &mut Vec<String>, kept: &Kept, observed: &Observed, asked: &Observed) {
    for list in &kept.lists {
        let name = list.subject.name();
        let count = |state| {
            let entries = list.entries.iter().filter(|entry| entry.state == state);
            entries.count() as u64
        };
        let of_list = |summary: &&Summary| summary.list == name;
        for said in asked.summaries.iter().filter(of_list) {
            for state in State::ALL {
                if said.of(state) != count(state) {
                    let (said, is) = (said.of(state), count(state));
                    wrong.push(format!(
                        "at the end {said} {name} said {state}, and {is} are"
                    ));
                }
            }
        }
        let ended = observed.summaries.iter().filter(of_list);
        for said in ended.filter(|said| said.stopped.is_none()) {
            for state in [State::Done, State::Rejected] {
                if said.of(state) > count(state) {
                    let (said, is) = (said.of(state), count(state));
                    wrong.push(format!("{said} {name} said {state}, and {is} are"));
                }
            }
            for state in [State::Planned, State::Intent] {
                if said.of(state) > 0 {
                    let said = said.of(state);
                    wrong.push(format!("a list ended, but {said} {name} said {state}"));
                }
            }
        }
    }
}

fn check_unrecorded(
    wrong: &mut Vec<String>,
    observed: &Observed,
    ledger: &HashMap<&str, Vec<&LedgerEntry>>,
) {
    for (key, state) in &observed.unrecorded {
        let is_said = matches!(state, State::Done | State::Applied);
        if is_said && !ledger.contains_key(key.as_str()) {
            wrong.push(format!("said {state}, but not in the ledger: {key}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_found_by_its_process() {
        let name = "host-4711-9f3a";
        assert!(is_of(name, 4711));
        assert!(!is_of(name, 471));
        assert!(!is_of(name, 7));
    }

    #[test]
    fn the_workers_that_left_a_line_are_read_from_its_report_and_history() {
        let entry = Entry {
            line: 1,
            key: None,
            hash: None,
            state: State::Unknown,
            sent: 2,
            resent: 0,
            intended_at: None,
            ended_at: None,
            report: Some("the lease of worker 7 (a-1) ended while the call was under way".into()),
            history:
                "5 unknown: worker 8 (b-2) ended while the call was under way\n6 not_sent: x\n"
                    .to_owned(),
        };
        assert_eq!(workers_of(&entry), ["a-1", "b-2"]);
    }
}
