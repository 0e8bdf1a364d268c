//! What changes make of lines that several workers share.
//!
//! Owns who may change a line: its claim, the worker of its intent, and the person's statement that
//! is carried out once in a run. And what becomes of an outcome that comes late. Must not know how
//! lines are read and written.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::event::LateEnd;
use super::fault::Fault;
use super::lease::Intents;
use super::rows::{entry, field, number, storable};
use crate::entry::{AnswerUpdate, Change, Entry};
use crate::resolution::is_by_hand;
use crate::state::State;
use crate::store::StoreError;

/// Who changes lines.
#[derive(Clone, Copy)]
pub(super) struct Actor<'a> {
    /// The number of the worker.
    pub(super) worker: i64,
    /// The run that it takes part in; 0 for none.
    pub(super) run: i64,
    /// Whether the calls only read, so that one that is made twice contradicts nothing.
    pub(super) only_reads: bool,
    /// The intents that this process wrote, under whatever number.
    pub(super) intents: &'a Intents,
}

/// A line as it stands in the transaction, and what becomes of it.
struct Kept {
    entry: Entry,
    answer: AnswerUpdate,
    is_changed: bool,
    /// The worker that wrote its last intent.
    worker: Option<i64>,
    claim: Option<i64>,
    run: i64,
    named: i64,
    /// Whether that worker is another one that has not ended.
    is_others: bool,
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

/// Applies changes, in their order, to lines as they stand in the transaction.
pub(super) fn apply(rows: &[Row], changes: &[Change], actor: Actor<'_>) -> Result<Changed, Fault> {
    let mut lines = HashMap::new();
    for row in rows {
        let kept = Kept::of(row)?;
        lines.insert(kept.entry.line, kept);
    }
    let mut changed = Changed::default();
    for change in changes {
        let end = match lines.get_mut(&change.line) {
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

/// The changes to the lines of workers that have ended: what became of their calls is unknown.
pub(super) fn bury(
    rows: &[Row],
    at: u64,
    report: impl Fn(i64) -> String,
) -> Result<Columns, Fault> {
    let mut columns = Columns::default();
    for row in rows {
        let mut kept = Kept::of(row)?;
        let had_intent: bool = field(row, 15)?;
        if !had_intent {
            continue;
        }
        let change = Change {
            line: kept.entry.line,
            from: State::Intent,
            to: State::Unknown,
            at,
            report: Some(report(kept.worker.unwrap_or_default())),
            answer: None,
            of_call: None,
        };
        if kept.entry.apply(change).is_ok() {
            columns.push(kept);
        }
    }
    Ok(columns)
}

impl Kept {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            entry: entry(row)?,
            answer: AnswerUpdate::Keep,
            is_changed: false,
            worker: field(row, 10)?,
            claim: field(row, 11)?,
            run: field(row, 12)?,
            named: field(row, 13)?,
            is_others: field(row, 14)?,
        })
    }

    fn apply(
        &mut self,
        change: &Change,
        actor: Actor<'_>,
        changed: &mut Changed,
    ) -> Result<(), StoreError> {
        let lapsed = actor.intents.worker(change.line);
        if let Some(worker) = lapsed.filter(|own| *own != actor.worker)
            && change.from == State::Intent
        {
            self.apply_late(change, worker, actor, changed);
            return Ok(());
        }
        if !self.may_change(change, actor) {
            return Err(StoreError::Conflict(change.line));
        }
        let from = self.entry.state;
        let update = self.entry.apply(change.clone())?;
        self.is_changed = true;
        if update != AnswerUpdate::Keep {
            self.answer = update;
        }
        self.note(from, change, actor, changed);
        Ok(())
    }

    /// What the other columns say afterwards.
    fn note(&mut self, from: State, change: &Change, actor: Actor<'_>, changed: &mut Changed) {
        if change.to == State::Intent {
            self.worker = Some(actor.worker);
            self.is_others = false;
            if actor.run > 0 {
                self.run = actor.run;
            }
        }
        if (from == State::Unknown && change.to == State::Intent) || is_by_hand(change) {
            self.named = self.named.max(actor.run);
        }
        if from == State::Unknown && change.to == State::NotSent {
            // It was settled as absent: whoever is in the run may send it.
            self.run = 0;
            changed.freed += 1;
        }
    }

    fn may_change(&self, change: &Change, actor: Actor<'_>) -> bool {
        if change.from == State::Intent {
            return !self.is_others;
        }
        let was_named = actor.run > 0 && self.named == actor.run;
        if is_by_hand(change) {
            return !was_named;
        }
        if change.to != State::Intent {
            return true;
        }
        let is_free = self.claim.is_none_or(|claim| claim == actor.worker);
        // Our own limiter may have refused it, and then it is tried again.
        let is_resent = change.from == State::Unknown && was_named;
        is_free && (!is_resent || self.worker == Some(actor.worker))
    }

    /// An outcome of a call whose worker was fenced.
    fn apply_late(
        &mut self,
        change: &Change,
        worker: i64,
        actor: Actor<'_>,
        changed: &mut Changed,
    ) {
        let is_untouched = self.worker == Some(worker);
        let update = match is_untouched {
            true => self.entry.apply_late(change.clone()).ok(),
            false => None,
        };
        let kept = if let Some(update) = update {
            self.is_changed = true;
            if update != AnswerUpdate::Keep {
                self.answer = update;
            }
            LateEnd::Applied
        } else {
            let contradicts = !actor.only_reads && self.contradicts(change.to, is_untouched);
            changed.late.push(change, worker, contradicts);
            match contradicts {
                true => LateEnd::Contradicts,
                false => LateEnd::Kept,
            }
        };
        changed.events.push((change.line, change.to, kept));
    }

    /// Whether an outcome is not what the line says of that call.
    fn contradicts(&self, late: State, is_untouched: bool) -> bool {
        match late {
            // It took effect, and the line was sent again, or may be.
            State::Done | State::Applied => {
                !is_untouched || !matches!(self.entry.state, State::Done | State::Applied)
            }
            // It did not, and the line is settled as if it had.
            State::Rejected | State::NotSent => {
                is_untouched && matches!(self.entry.state, State::Done | State::Applied)
            }
            State::Planned | State::Intent | State::Unknown => false,
        }
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
        let Kept { entry, answer, .. } = kept;
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
        self.worker.push(kept.worker);
        self.run.push(kept.run);
        self.named.push(kept.named);
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
