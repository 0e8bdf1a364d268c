//! Changes of lines as rows: which are written, and what is reported of them.
//!
//! Owns how several changes of several lines become columns. Must not know who may change a line,
//! which is the rule of `crate::shared_line`, nor how rows are read and written.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::fault::Fault;
use super::lease::Intents;
use super::rows::{entry, field, number, storable, whole};
use crate::entry::{AnswerUpdate, Change};
use crate::shared_line::{LateEnd, LineWriter, SharedLine};
use crate::state::State;
use crate::store::StoreError;

/// Who changes lines.
#[derive(Clone, Copy)]
pub(super) struct Actor<'a> {
    pub(super) writer: LineWriter,
    /// The intents that this process wrote, under whatever number.
    pub(super) intents: &'a Intents,
    /// Whether it sends although the database may lack commits.
    pub(super) trusts_failover: bool,
}

/// A line as it stands in the transaction, and what becomes of it.
struct Kept {
    line: SharedLine,
    answer: AnswerUpdate,
    is_changed: bool,
}

/// The result of some changes of some lines.
#[derive(Default)]
pub(super) struct Changed {
    /// One for each change.
    pub(super) ends: Vec<Result<(), StoreError>>,
    /// The lines that are to be written.
    pub(super) columns: Columns,
    /// The outcomes that are kept beside their lines.
    pub(super) late: LateColumns,
    /// What became of outcomes that came late.
    pub(super) events: Vec<(u64, State, LateEnd)>,
    /// How many lines are free again.
    pub(super) freed: i64,
}

impl Changed {
    pub(super) fn is_empty(&self) -> bool {
        self.columns.line.is_empty() && self.late.line.is_empty()
    }
}

/// Applies changes, in their order, to lines as they stand in the transaction. No call begins in a
/// database that may lack commits.
pub(super) fn apply(rows: &[Row], changes: &[Change], actor: Actor<'_>) -> Result<Changed, Fault> {
    let mut lines = HashMap::new();
    for row in rows {
        let kept = Kept::of(row)?;
        lines.insert(kept.line.entry.line, kept);
    }
    let is_known = rows.first().map_or(Ok(true), |row| field(row, 14))?;
    let may_begin = is_known || actor.trusts_failover;
    let mut changed = Changed::default();
    for change in changes {
        let end = match lines.get_mut(&change.line) {
            Some(_) if change.to == State::Intent && !may_begin => Err(StoreError::Restored),
            Some(kept) => kept.apply(change, actor, &mut changed),
            None => Err(StoreError::Conflict(change.line)),
        };
        changed.ends.push(end);
    }
    for kept in lines.into_values().filter(|kept| kept.is_changed) {
        changed.columns.push(kept);
    }
    Ok(changed)
}

/// The changes to lines that may have been sent since a database was put back.
pub(super) fn recover(rows: &[Row], at: u64) -> Result<Columns, Fault> {
    let mut columns = Columns::default();
    for row in rows {
        let mut kept = Kept::of(row)?;
        if kept.line.entry.recover(at) {
            columns.push(kept);
        }
    }
    Ok(columns)
}

/// The changes to the lines of workers that have ended: what became of their calls is unknown.
pub(super) fn bury(
    rows: &[Row],
    at: u64,
    report: impl Fn(i64) -> String,
) -> Result<Columns, Fault> {
    let mut columns = Columns::default();
    for row in rows {
        let mut kept = Kept::of(row)?;
        let had_intent: bool = field(row, 14)?;
        if !had_intent {
            continue;
        }
        let worker = kept.line.worker.map(number).unwrap_or_default();
        if kept.line.bury(at, report(worker)) {
            columns.push(kept);
        }
    }
    Ok(columns)
}

impl Kept {
    fn of(row: &Row) -> Result<Self, Fault> {
        let line = SharedLine {
            entry: entry(row)?,
            worker: field::<Option<i64>>(row, 10)?.map(whole),
            claim: field::<Option<i64>>(row, 11)?.map(whole),
            run: whole(field(row, 12)?),
            named: whole(field(row, 13)?),
        };
        Ok(Self {
            line,
            answer: AnswerUpdate::Keep,
            is_changed: false,
        })
    }

    fn apply(
        &mut self,
        change: &Change,
        actor: Actor<'_>,
        changed: &mut Changed,
    ) -> Result<(), StoreError> {
        let intent_by = actor.intents.worker(change.line);
        let done = self
            .line
            .apply(change, actor.writer, intent_by.map(whole))?;
        if let Some(end) = done.late {
            changed.events.push((change.line, change.to, end));
            if end != LateEnd::Applied {
                let contradicts = end == LateEnd::Contradicts;
                let worker = intent_by.unwrap_or_default();
                changed.late.push(change, worker, contradicts);
            }
        }
        if !done.is_changed {
            return Ok(());
        }
        self.is_changed = true;
        if done.answer != AnswerUpdate::Keep {
            self.answer = done.answer;
        }
        changed.freed += i64::from(done.is_freed);
        Ok(())
    }
}

/// Changed lines, a column each.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) line: Vec<i64>,
    pub(super) state: Vec<&'static str>,
    pub(super) sent: Vec<i64>,
    pub(super) resent: Vec<i64>,
    pub(super) intended_at: Vec<Option<i64>>,
    pub(super) ended_at: Vec<Option<i64>>,
    pub(super) report: Vec<Option<String>>,
    pub(super) history: Vec<String>,
    pub(super) answer: Vec<Option<Vec<u8>>>,
    pub(super) keeps_answer: Vec<bool>,
    pub(super) worker: Vec<Option<i64>>,
    pub(super) run: Vec<i64>,
    pub(super) named: Vec<i64>,
}

impl Columns {
    fn push(&mut self, kept: Kept) {
        let Kept { line, answer, .. } = kept;
        let entry = line.entry;
        self.line.push(number(entry.line));
        self.state.push(entry.state.as_str());
        self.sent.push(entry.sent.into());
        self.resent.push(entry.resent.into());
        self.intended_at.push(entry.intended_at.map(number));
        self.ended_at.push(entry.ended_at.map(number));
        self.report.push(entry.report.as_deref().map(storable));
        self.history.push(storable(&entry.history));
        self.keeps_answer.push(answer == AnswerUpdate::Keep);
        self.answer.push(answer.after(None));
        self.worker.push(line.worker.map(number));
        self.run.push(number(line.run));
        self.named.push(number(line.named));
    }
}

/// Outcomes that came late, a column each.
#[derive(Default)]
pub(super) struct LateColumns {
    pub(super) line: Vec<i64>,
    pub(super) worker: Vec<i64>,
    pub(super) at: Vec<i64>,
    pub(super) state: Vec<&'static str>,
    pub(super) report: Vec<Option<String>>,
    pub(super) answer: Vec<Option<Vec<u8>>>,
    pub(super) contradicts: Vec<bool>,
}

impl LateColumns {
    fn push(&mut self, change: &Change, worker: i64, contradicts: bool) {
        self.line.push(number(change.line));
        self.worker.push(worker);
        self.at.push(number(change.at));
        self.state.push(change.to.as_str());
        self.report.push(change.report.as_deref().map(storable));
        self.answer.push(change.answer.clone());
        self.contradicts.push(contradicts);
    }
}
