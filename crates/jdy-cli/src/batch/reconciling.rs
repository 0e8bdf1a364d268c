//! What a run says about the lines that it has looked up.
//!
//! Owns the words and the JSON for it. Must not know how a line is looked up.

use std::time::SystemTime;

use jdy_journal::{Reconciled, Summary};
use serde_json::{Value, json};

use crate::clock::china_time;
use crate::exit::OneLine;
use crate::language::{of_report, say};

/// The rows of the table: what was found out about how many lines.
pub(super) fn rows(found: &Reconciled) -> Vec<Vec<String>> {
    let counts = [
        (say!("found-applied"), found.applied),
        (say!("found-absent"), found.absent),
        (say!("found-conflict"), found.conflicts),
        (say!("found-too-early"), found.too_early),
        (say!("found-undecided"), found.undecided),
        (say!("found-failed"), found.failed),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts
        .map(|(word, count)| vec![word, count.to_string()])
        .collect()
}

pub(super) fn as_json(found: &Reconciled) -> Value {
    json!({
        "applied": found.applied,
        "absent": found.absent,
        "conflicts": found.conflicts,
        "too_early": found.too_early,
        "undecided": found.undecided,
        "failed": found.failed,
        "failure": found.failure,
        "ask_again_at": found.ask_again_at.map(millis),
    })
}

/// What may be done about the lines that are still unknown; `None` where nothing was looked up.
pub(super) fn hint(summary: &Summary) -> Option<String> {
    let found = summary.reconciled.as_ref()?;
    let mut parts = Vec::new();
    if let Some(at) = found.ask_again_at {
        let at = china_time(millis(at));
        parts.push(say!("reconcile-later", count: found.too_early, at = at));
    }
    if found.failed > 0 {
        let why = found.failure.as_deref();
        let why = why.map_or_else(
            || say!("no-reason"),
            |why| OneLine(&of_report(why)).to_string(),
        );
        parts.push(say!("reconcile-failed", count: found.failed, why = why));
    }
    if found.conflicts > 0 {
        parts.push(say!("reconcile-conflict", count: found.conflicts));
    }
    if found.undecided > 0 {
        parts.push(say!("reconcile-undecided", count: found.undecided));
    }
    (!parts.is_empty()).then(|| parts.join(&say!("and-then")))
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
