//! What a run says about the lines that it has looked up.
//!
//! Owns the words and the JSON for it. Must not know how a line is looked up.

use std::time::SystemTime;

use jdy_journal::{Reconciled, Summary};
use serde_json::{Value, json};

use super::summary::china_time;
use crate::exit::OneLine;

/// The rows of the table: what was found out about how many lines.
pub(super) fn rows(found: &Reconciled) -> Vec<Vec<String>> {
    let counts = [
        ("found applied", found.applied),
        ("found absent", found.absent),
        ("in conflict", found.conflicts),
        ("too early to tell", found.too_early),
        ("for a person", found.undecided),
        ("look-up failed", found.failed),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts
        .map(|(word, count)| vec![word.to_owned(), count.to_string()])
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
        parts.push(format!(
            "{} cannot be told yet: run it again with --reconcile after {at} (UTC+8), or give \
             --wait",
            found.too_early
        ));
    }
    if found.failed > 0 {
        let failed = found.failed;
        let why = OneLine(found.failure.as_deref().unwrap_or("no reason is known"));
        parts.push(format!(
            "{failed} could not be looked up ({why}): run it again"
        ));
    }
    if found.conflicts > 0 {
        parts.push(format!(
            "under the number of {} stands a record with other content: compare it, then settle it \
             with --settle",
            found.conflicts
        ));
    }
    if found.undecided > 0 {
        let undecided = found.undecided;
        parts.push(format!(
            "{undecided} no look-up can tell: look at them, then settle them with --settle"
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Milliseconds since 1970.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
