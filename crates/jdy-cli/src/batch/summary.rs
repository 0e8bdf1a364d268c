//! The state of a list at the end of a run: counts, and the lines that a person has to look at.
//!
//! Owns the two formats of the summary. Must not know the exit status.

use std::collections::HashMap;
use std::fmt::Write as _;

use jdy::{Effect, ReconcileOptions, VerificationQuery};
use jdy_journal::{Entry, Journal, Line, List, ReportFact, State, Stopped, Summary};
use serde_json::{Map, Value, json};

use super::reconciling;
use crate::arguments::Format;
use crate::clock::china_time;
use crate::exit::OneLine;
use crate::language::{of_report, of_state, say};
use crate::look_up::{self, Called};
use crate::{settling, table};

/// The maximum number of rejected and of unsent lines in the table. Unknown lines are all shown.
const MAX_SHOWN: usize = 20;

/// The groups of lines that need action, with the maximum number shown.
const OPEN: [(Group, usize); 5] = [
    (Group::State(State::Unknown), usize::MAX),
    (Group::State(State::Applied), usize::MAX),
    (Group::State(State::NotSent), MAX_SHOWN),
    (Group::InPart, usize::MAX),
    (Group::State(State::Rejected), MAX_SHOWN),
];

/// Lines that are reported together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Lines in this state, except those of the next group.
    State(State),
    /// Rejected lines that took effect in part.
    InPart,
}

impl Group {
    fn of(entry: &Entry) -> Self {
        match entry.is_rejected_in_part() {
            true => Self::InPart,
            false => Self::State(entry.state),
        }
    }

    /// What they are, and what to do about them. Unknown lines that only read are repeated
    /// automatically.
    fn words(self, is_read: bool) -> String {
        match self {
            Self::State(State::Unknown) if is_read => say!("summary-unanswered"),
            Self::State(State::Unknown) => {
                let after = ReconcileOptions::default().provable_after();
                say!("summary-unknown", minutes = after.as_secs() / 60)
            }
            Self::State(State::Applied) => say!("summary-applied"),
            Self::State(State::NotSent) => say!("summary-not-sent"),
            Self::InPart => say!("summary-in-part"),
            Self::State(_) => say!("summary-rejected"),
        }
    }
}

/// The summary in the requested format.
pub(crate) fn of(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    answers: &HashMap<u64, Vec<u8>>,
    called: Called<'_>,
    format: Format,
) -> String {
    let lines: Vec<ReportedLine<'_>> = list
        .lines()
        .iter()
        .zip(&summary.entries)
        .map(|(line, entry)| ReportedLine {
            line,
            entry,
            call_id: journal.call_id(entry.line),
            answer: answers.get(&entry.line).map(Vec::as_slice),
            query: line.request.verification_query(),
            called,
        })
        .collect();
    match format {
        Format::Json => as_json(journal, list, summary, &lines),
        Format::Table => as_table(summary, &lines, list.info().effect),
    }
}

/// A line with everything that is reported about it.
struct ReportedLine<'a> {
    line: &'a Line,
    entry: &'a Entry,
    call_id: String,
    /// The answer that could not be read.
    answer: Option<&'a [u8]>,
    query: Option<VerificationQuery>,
    /// Whom the run called.
    called: Called<'a>,
}

fn as_table(summary: &Summary, lines: &[ReportedLine<'_>], effect: Effect) -> String {
    let counts = &summary.counts;
    let mut rows: Vec<Vec<String>> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Intent)
        .map(|state| vec![of_state(state), counts.of(state).to_string()])
        .collect();
    rows.push(vec![say!("total"), counts.total().to_string()]);
    rows.push(vec![say!("called-now"), summary.made.to_string()]);
    rows.extend(summary.reconciled.iter().flat_map(reconciling::rows));
    let mut text = table::whole(&[say!("heading-state"), say!("heading-lines")], &rows);
    for (group, most) in OPEN {
        let open: Vec<_> = lines
            .iter()
            .filter(|line| Group::of(line.entry) == group)
            .collect();
        if open.is_empty() {
            continue;
        }
        let is_read = effect.is_read();
        let is_unknown = group == Group::State(State::Unknown);
        // A read is asked again instead.
        let is_settled = !is_read && matches!(group, Group::State(State::Unknown | State::Applied));
        let rows = open.iter().take(most);
        let rows = rows.map(|line| line.row(effect, is_settled));
        let rows: Vec<Vec<String>> = rows.collect();
        // Writing to a String does not fail.
        let _ = write!(text, "\n{}\n", group.words(is_read));
        let headings = headings(is_unknown && !is_read, is_settled);
        text.push_str(&table::whole(&headings, &rows));
        if open.len() > most {
            let _ = writeln!(text, "{}", say!("and-more", count = open.len() - most));
        }
    }
    text
}

/// Whether it says what a look-up has found out.
fn is_looked_up(report: &str) -> bool {
    let is_found = |fact: &ReportFact| matches!(fact, ReportFact::Reconciled(_));
    ReportFact::of(report).iter().any(is_found)
}

fn headings(is_to_check: bool, is_settled: bool) -> Vec<String> {
    let mut headings = vec![
        say!("heading-line"),
        say!("heading-key"),
        say!("heading-call-id"),
        say!("heading-last-call"),
    ];
    headings.extend(is_settled.then(|| say!("heading-settle")));
    headings.push(say!("heading-asked-for"));
    headings.push(match is_to_check {
        true => say!("heading-what-to-check"),
        false => say!("heading-why"),
    });
    headings
}

impl ReportedLine<'_> {
    fn row(&self, effect: Effect, is_settled: bool) -> Vec<String> {
        let report = self.entry.report.as_deref().unwrap_or_default();
        let last = match self.entry.state {
            State::Unknown if !effect.is_read() && is_looked_up(report) => {
                let report = of_report(report);
                say!("message-and-more", message = report, more = self.check())
            }
            State::Unknown if !effect.is_read() => self.check(),
            _ => of_report(report),
        };
        let mut row = vec![
            self.entry.line.to_string(),
            OneLine(self.entry.key.as_deref().unwrap_or("-")).to_string(),
            self.call_id.clone(),
            self.entry.intended_at.map_or_else(String::new, china_time),
        ];
        let settle = || OneLine(&settling::choices(self.entry)).to_string();
        row.extend(is_settled.then(settle));
        row.push(OneLine(&self.asked_for()).to_string());
        row.push(OneLine(&last).to_string());
        row
    }

    /// The fields of the request to compare with the result of the check.
    fn asked_for(&self) -> String {
        let query = self.query.iter();
        let pairs = query.flat_map(|query| {
            let matches = query.asks.iter().flat_map(|ask| &ask.matches);
            matches.chain(&query.compare)
        });
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// The commands that look the line up, or what to look for.
    fn check(&self) -> String {
        if let Some(query) = &self.query {
            return look_up::words(query, self.called);
        }
        match (self.line.request.key(), self.line.key()) {
            (Some(key), _) => {
                let key = format!("{}={}", key.name, key.value);
                say!("look-in-product", key = key)
            }
            (None, Some(key)) => say!("look-in-product", key = key),
            (None, None) => say!("look-in-product-anyhow"),
        }
    }

    fn as_json(&self) -> Value {
        let check = self.query.as_ref().map(|query| {
            let calls = query.asks.iter();
            let calls = calls.map(
                |ask| json!({"arguments": object(&ask.arguments), "match": object(&ask.matches)}),
            );
            json!({
                "operation": query.operation,
                "calls": calls.collect::<Vec<_>>(),
                "commands": look_up::commands(query, self.called),
                "missing": query.missing,
                "compare": object(&query.compare),
            })
        });
        json!({
            "line": self.entry.line,
            "key": self.entry.key,
            "call_id": self.call_id,
            "sent": self.entry.sent,
            "resent": self.entry.resent,
            "left_at": self.entry.intended_at,
            "ended_at": self.entry.ended_at,
            "report": self.entry.report,
            "in_part": self.entry.is_rejected_in_part(),
            "answer": self.answer.map(String::from_utf8_lossy),
            "check": check,
            "settle": settling::as_json(self.entry),
        })
    }
}

fn object(pairs: &[(&str, String)]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

fn as_json(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    lines: &[ReportedLine<'_>],
) -> String {
    let counts: Map<String, Value> = State::ALL
        .into_iter()
        .map(|state| (state.to_string(), json!(summary.counts.of(state))))
        .collect();
    let mut all = json!({
        "operation": list.info().id,
        "journal": journal.id(),
        "lines": summary.counts.total(),
        "called_now": summary.made,
        "stopped": summary.stopped.map(|stopped| match stopped {
            Stopped::Interrupted => "told",
            Stopped::TooManyFailures => "nothing_gets_through",
            Stopped::RefusedByGateway => "refused_by_gateway",
            _ => "other",
        }),
        "counts": counts,
        "reconciled": summary.reconciled.as_ref().map(reconciling::as_json),
    });
    for (group, _) in OPEN {
        let Group::State(state) = group else { continue };
        let open = lines.iter().filter(|line| line.entry.state == state);
        let open: Vec<Value> = open.map(ReportedLine::as_json).collect();
        if let Some(all) = all.as_object_mut() {
            all.insert(state.to_string(), json!(open));
        }
    }
    format!("{all}\n")
}
