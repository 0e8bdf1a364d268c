//! `jdy batch status`: the state of a list, its workers, and what a person has to look at.
//!
//! Owns the two formats of it. Must not write anything into a journal.

use std::fmt::Write as _;

use jdy_journal::{Entry, Header, LateAnswer, State, StoreError, WorkerInfo};
use serde_json::{Map, Value, json};

use super::place::{OfDatabase, Place};
use crate::arguments::{Format, StatusArguments};
use crate::clock::china_time;
use crate::exit::{Failure, OneLine};
use crate::language::{explained, of_report, of_state, say};
use crate::output::print;
use crate::request::Target;
use crate::{mcp, settling, table};

/// What is known of a list.
struct Known {
    list: Option<String>,
    header: Header,
    entries: Vec<Entry>,
    workers: Vec<WorkerInfo>,
    late: Vec<LateAnswer>,
}

/// Shows the state of a list, and writes nothing.
pub(crate) fn run(arguments: &StatusArguments) -> Result<(), Failure> {
    let list = arguments.list.as_deref();
    let place = Place::of(&arguments.journal, list, OfDatabase::default())?;
    if !place.has_journal() {
        return Err(Failure::usage(say!("status-no-journal", place = place)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(say!("status-unread", error = error)))?;
    let known = runtime.block_on(read(&place, list));
    let known = known.map_err(|error| {
        let message = say!("at-place", place = place, error = explained(&error));
        match error {
            StoreError::NotAJournal(_) => Failure::usage(message),
            _ => Failure::other(message),
        }
    })?;
    let text = match arguments.format {
        Format::Json => known.as_json(),
        Format::Table => known.as_table(),
    };
    print(text).map_err(|error| Failure::other(say!("cannot-print-status", error = error)))
}

async fn read(place: &Place, list: Option<&str>) -> Result<Known, StoreError> {
    let store = place.store()?;
    let header = store.header().await?;
    let header = header.ok_or_else(|| StoreError::failed(say!("status-no-header")))?;
    let (entries, workers, late) = match store.fleet() {
        Some(fleet) => (
            fleet.current_entries().await?,
            fleet.workers().await?,
            fleet.late().await?,
        ),
        None => {
            // No process works on a file that this one has locked.
            let entries = store.entries().await?.into_iter();
            let entries = entries.map(Entry::left_behind).collect();
            (entries, Vec::new(), Vec::new())
        }
    };
    Ok(Known {
        list: list.map(str::to_owned),
        header,
        entries,
        workers,
        late,
    })
}

impl Known {
    fn count(&self, state: State) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.state == state).count()
    }

    fn unknown(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.state == State::Unknown)
    }

    fn key(&self, line: u64) -> Option<&str> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.line == line)?.key.as_deref()
    }

    fn as_json(&self) -> String {
        let counts = State::ALL.into_iter();
        let counts: Map<String, Value> = counts
            .map(|state| (state.to_string(), json!(self.count(state))))
            .collect();
        let all = json!({
            "list": self.list,
            "operation": self.header.identity.name,
            "destination": self.header.identity.destination,
            "journal": self.header.id,
            "lines": self.entries.len(),
            "counts": counts,
            "workers": self.workers.iter().map(worker_as_json).collect::<Vec<_>>(),
            "unknown": self.unknown().map(|entry| self.entry_as_json(entry)).collect::<Vec<_>>(),
            "late": self.late.iter().map(|late| self.late_as_json(late)).collect::<Vec<_>>(),
        });
        format!("{all}\n")
    }

    fn entry_as_json(&self, entry: &Entry) -> Value {
        json!({
            "line": entry.line,
            "key": entry.key,
            "call_id": format!("{}-{}", self.header.id, entry.line),
            "sent": entry.sent,
            "resent": entry.resent,
            "left_at": entry.intended_at,
            "ended_at": entry.ended_at,
            "report": entry.report,
            "settle": settling::as_json(entry),
        })
    }

    fn late_as_json(&self, late: &LateAnswer) -> Value {
        json!({
            "line": late.line,
            "key": self.key(late.line),
            "worker": late.worker,
            "at": late.at,
            "state": late.state.to_string(),
            "report": late.report,
            "contradicts": late.is_contradiction,
        })
    }

    /// What is done about the unknown lines: only what made the calls of a journal goes on with it.
    fn next(&self) -> String {
        match &*self.header.identity.name {
            mcp::JOURNAL => say!("status-unknown-mcp"),
            name if matches!(Target::find(name), Ok(Target::Known(_))) => say!("status-unknown"),
            _ => say!("status-unknown-service"),
        }
    }

    fn as_table(&self) -> String {
        let mut rows: Vec<Vec<String>> = State::ALL
            .into_iter()
            .map(|state| vec![of_state(state), self.count(state).to_string()])
            .collect();
        rows.push(vec![say!("total"), self.entries.len().to_string()]);
        let mut text = table::whole(&[say!("heading-state"), say!("heading-lines")], &rows);
        let alerts = self.late.iter().filter(|late| late.is_contradiction);
        let alerts: Vec<_> = alerts.map(|late| self.late_row(late)).collect();
        let kept = self.late.iter().filter(|late| !late.is_contradiction);
        let kept: Vec<_> = kept.map(|late| self.late_row(late)).collect();
        let unknown = self.unknown().map(|entry| self.unknown_row(entry));
        for (words, headings, rows) in [
            (
                say!("status-workers"),
                &worker_headings()[..],
                self.workers.iter().map(worker_row).collect(),
            ),
            (self.next(), &unknown_headings()[..], unknown.collect()),
            (say!("status-alert"), &late_headings()[..], alerts),
            (say!("status-late"), &late_headings()[..], kept),
        ] {
            if !rows.is_empty() {
                // Writing to a String does not fail.
                let _ = write!(text, "\n{words}\n{}", table::whole(headings, &rows));
            }
        }
        text
    }

    fn unknown_row(&self, entry: &Entry) -> Vec<String> {
        vec![
            entry.line.to_string(),
            OneLine(entry.key.as_deref().unwrap_or("-")).to_string(),
            format!("{}-{}", self.header.id, entry.line),
            entry.intended_at.map_or_else(String::new, china_time),
            entry.sent.to_string(),
            OneLine(&settling::choices(entry)).to_string(),
            shown(entry.report.as_deref()),
        ]
    }

    fn late_row(&self, late: &LateAnswer) -> Vec<String> {
        vec![
            late.line.to_string(),
            OneLine(self.key(late.line).unwrap_or("-")).to_string(),
            late.worker.to_string(),
            china_time(late.at),
            of_state(late.state),
            shown(late.report.as_deref()),
        ]
    }
}

/// A report for a person.
fn shown(report: Option<&str>) -> String {
    let report = of_report(report.unwrap_or_default());
    OneLine(&report).to_string()
}

/// Why a worker has ended, for a person.
fn of_end(reason: &str) -> String {
    match reason {
        "left" => say!("worker-left"),
        "lease ended" => say!("worker-lease-ended"),
        other => other.to_owned(),
    }
}

fn worker_headings() -> [String; 6] {
    [
        say!("heading-id"),
        say!("heading-name"),
        say!("heading-joined"),
        say!("heading-state"),
        say!("heading-claimed"),
        say!("heading-under-way"),
    ]
}

fn unknown_headings() -> [String; 7] {
    [
        say!("heading-line"),
        say!("heading-key"),
        say!("heading-call-id"),
        say!("heading-last-call"),
        say!("heading-sent"),
        say!("heading-settle"),
        say!("heading-why"),
    ]
}

fn late_headings() -> [String; 6] {
    [
        say!("heading-line"),
        say!("heading-key"),
        say!("heading-worker"),
        say!("heading-at"),
        say!("heading-outcome"),
        say!("heading-report"),
    ]
}

fn worker_row(worker: &WorkerInfo) -> Vec<String> {
    let state = match (&worker.end_reason, worker.lease_left) {
        (Some(reason), _) => {
            let at = worker.ended_at.map_or_else(String::new, china_time);
            say!("worker-ended", reason = of_end(reason), at = at)
        }
        (None, None) => say!("worker-lapsed"),
        (None, Some(left)) => {
            let left = left.as_secs();
            match (worker.is_running, worker.is_reconciler) {
                (true, false) => say!("worker-works", left = left),
                (true, true) => say!("worker-works-reconciles", left = left),
                (false, false) => say!("worker-joined", left = left),
                (false, true) => say!("worker-joined-reconciles", left = left),
            }
        }
    };
    vec![
        worker.id.to_string(),
        OneLine(&worker.name).to_string(),
        china_time(worker.joined_at),
        state,
        worker.claimed.to_string(),
        worker.under_way.to_string(),
    ]
}

fn worker_as_json(worker: &WorkerInfo) -> Value {
    json!({
        "id": worker.id,
        "name": worker.name,
        "joined_at": worker.joined_at,
        "lease_left_ms": worker.lease_left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        "running": worker.is_running,
        "reconciler": worker.is_reconciler,
        "claimed": worker.claimed,
        "under_way": worker.under_way,
        "ended_at": worker.ended_at,
        "end_reason": worker.end_reason,
    })
}
