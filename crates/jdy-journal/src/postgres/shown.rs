//! What is shown of a list and its workers.
//!
//! Owns the reading of it. Must not write anything.

use std::time::Duration;

use tokio_postgres::Row;

use super::fault::Fault;
use super::rows::{entry, field, whole};
use super::session::Session;
use crate::entry::Entry;
use crate::fleet::{LateAnswer, WorkerInfo};
use crate::report::worker_ended;
use crate::state::State;

/// All lines, an intent whose worker has ended as unknown.
pub(super) async fn entries(session: &Session, list: i64) -> Result<Vec<Entry>, Fault> {
    let rows = session.rows(&session.statements()?.seen, &[&list]).await?;
    let entries = rows.iter().map(|row| {
        let mut entry = entry(row)?;
        let ended: Option<String> = field(row, 10)?;
        if let Some(name) = ended {
            let at = whole(field(row, 11)?);
            entry.show_as_left_behind(worker_ended(&name), at);
        }
        Ok(entry)
    });
    entries.collect()
}

/// The workers, the oldest first.
pub(super) async fn workers(session: &Session, list: i64) -> Result<Vec<WorkerInfo>, Fault> {
    let workers = &session.statements()?.workers;
    let rows = session.rows(workers, &[&list]).await?;
    rows.iter().map(worker).collect()
}

fn worker(row: &Row) -> Result<WorkerInfo, Fault> {
    let ended_at: Option<f64> = field(row, 8)?;
    let left: f64 = field(row, 3)?;
    let is_alive = ended_at.is_none() && left > 0.0;
    Ok(WorkerInfo {
        id: whole(field(row, 0)?),
        name: field(row, 1)?,
        joined_at: millis(field(row, 2)?),
        lease_left: is_alive.then(|| Duration::from_millis(millis(left))),
        is_running: field(row, 4)?,
        is_reconciler: field(row, 5)?,
        claimed: whole(field(row, 6)?),
        under_way: whole(field(row, 7)?),
        ended_at: ended_at.map(millis),
        end_reason: field(row, 9)?,
    })
}

/// The outcomes that are kept beside their lines, the oldest first.
pub(super) async fn late(session: &Session, list: i64) -> Result<Vec<LateAnswer>, Fault> {
    let rows = session.rows(&session.statements()?.late, &[&list]).await?;
    let late = rows.iter().map(|row| {
        let state: String = field(row, 3)?;
        Ok(LateAnswer {
            line: whole(field(row, 0)?),
            worker: whole(field(row, 1)?),
            at: whole(field(row, 2)?),
            state: State::from_text(&state).unwrap_or(State::Unknown),
            report: field(row, 4)?,
            is_contradiction: field(row, 5)?,
        })
    });
    late.collect()
}

/// Seconds as whole milliseconds; 0 for what is before 1970.
fn millis(seconds: f64) -> u64 {
    let length = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
