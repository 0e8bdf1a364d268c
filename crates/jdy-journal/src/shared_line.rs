//! A line of a list that several workers share, and what a change makes of it.
//!
//! Owns the safety rules of a shared line: who may change it, by its claim, the worker of its intent
//! and the person's statement, which is carried out once in a run for a call; and what becomes of an
//! outcome that comes late. Pure, so that every shared store has the same rules. Must not know how
//! lines are read and written. Must not use: `tokio_postgres`, `crate::postgres`.

use crate::entry::{AnswerUpdate, Change, Entry};
use crate::state::State;
use crate::store::StoreError;

/// Who changes lines of a shared list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineWriter {
    /// The number of the worker.
    pub worker: u64,
    /// The run that it takes part in; 0 for none.
    pub run: u64,
    /// Whether the calls only read, so that one that is made twice contradicts nothing: what
    /// [`Fleet::claim`](crate::Fleet::claim) was given as `with_unknown`.
    pub only_reads: bool,
}

/// A line of a shared list, as it stands in the transaction that changes it.
///
/// A shared store keeps all of it, reads it in a transaction, applies the changes, and writes the
/// result in the same transaction, without the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLine {
    /// The line itself.
    pub entry: Entry,
    /// The worker that wrote its last intent.
    pub worker: Option<u64>,
    /// The worker that has claimed it and not sent it yet.
    pub claim: Option<u64>,
    /// The run that sent it last; 0 for none, or if it is free for the current one again. A claim
    /// takes only lines of earlier runs.
    pub run: u64,
    /// The run in which a person named it, to be sent again or resolved, and with which that was
    /// done; 0 for none.
    pub named: u64,
}

/// What a change did to a shared line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedChange {
    /// What to do with the answer that is kept for the line.
    pub answer: AnswerUpdate,
    /// Whether the line is to be written. It is as it was after most outcomes that came late.
    pub is_changed: bool,
    /// Whether the line is free again, so that workers that found none to claim look again.
    pub is_freed: bool,
    /// What became of an outcome that came late; `None` if it did not. If it is not
    /// [`LateEnd::Applied`], the store keeps the outcome beside the line
    /// ([`Fleet::late`](crate::Fleet::late)), whether the line has it too or not.
    pub late: Option<LateEnd>,
}

/// What became of an outcome that came late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateEnd {
    /// The line was unknown by the lapsed lease alone: the outcome is its state now.
    Applied,
    /// The line has gone on without it. It is kept ([`Fleet::late`](crate::Fleet::late)).
    Kept,
    /// It is kept as well, and contradicts what was decided: the line may have taken effect twice, or
    /// not at all. A line that was settled as absent and not sent since has this outcome now, if it
    /// took effect: it is not sent.
    Contradicts,
}

impl SharedLine {
    /// A line that nobody has claimed, sent or named.
    pub const fn new(entry: Entry) -> Self {
        Self {
            entry,
            worker: None,
            claim: None,
            run: 0,
            named: 0,
        }
    }

    /// Applies a change. `intent_by` is the number under which the process of the writer wrote the
    /// line's intent, if it wrote one whose outcome it has not brought: another number than the
    /// writer's is that of a worker that was fenced, and the outcome comes late.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the writer may not change the line so, or
    /// [`Entry::apply`] refuses it. Then it is unchanged.
    pub fn apply(
        &mut self,
        change: &Change,
        writer: LineWriter,
        intent_by: Option<u64>,
    ) -> Result<SharedChange, StoreError> {
        if let Some(fenced) = intent_by.filter(|own| *own != writer.worker)
            && change.from == State::Intent
        {
            return Ok(self.apply_late(change, fenced, writer));
        }
        if !self.may_change(change, writer) {
            return Err(StoreError::Conflict(change.line));
        }
        let from = self.entry.state;
        let answer = self.entry.apply(change.clone())?;
        Ok(SharedChange {
            answer,
            is_changed: true,
            is_freed: self.note(from, change, writer),
            late: None,
        })
    }

    /// Ends the call of a worker that has ended, on a line whose intent it wrote: what became of it
    /// is unknown. Returns whether the line was changed.
    pub fn bury(&mut self, at: u64, report: String) -> bool {
        let change = Change {
            report: Some(report),
            ..Change::new(self.entry.line, State::Intent, State::Unknown, at)
        };
        self.entry.apply(change).is_ok()
    }

    fn may_change(&self, change: &Change, writer: LineWriter) -> bool {
        if change.from == State::Intent {
            // The intent of a worker that has ended reads as unknown: whoever finds it buries it.
            return self.worker == Some(writer.worker);
        }
        let was_named = writer.run > 0 && self.named == writer.run;
        // The same words, given to another worker, are about an earlier call.
        let is_news = !was_named || change.of_call == Some(self.entry.sent);
        if change.is_stated {
            return is_news;
        }
        if change.to != State::Intent {
            return true;
        }
        let is_free = self.claim.is_none_or(|claim| claim == writer.worker);
        // Our own limiter may have refused it, and then it is tried again.
        let may_be_resent = is_news || self.worker == Some(writer.worker);
        is_free && (change.from != State::Unknown || may_be_resent)
    }

    /// What the other columns say afterwards. Returns whether the line is free again.
    fn note(&mut self, from: State, change: &Change, writer: LineWriter) -> bool {
        if change.to == State::Intent {
            self.worker = Some(writer.worker);
            if writer.run > 0 {
                self.run = writer.run;
            }
        }
        if (from == State::Unknown && change.to == State::Intent) || change.is_stated {
            self.named = self.named.max(writer.run);
        }
        let is_freed = from == State::Unknown && change.to == State::NotSent;
        if is_freed {
            // It was settled as absent: whoever is in the run may send it.
            self.run = 0;
        }
        is_freed
    }

    /// An outcome of a call whose worker was fenced.
    fn apply_late(&mut self, change: &Change, fenced: u64, writer: LineWriter) -> SharedChange {
        let is_untouched = self.worker == Some(fenced);
        let was_unknown = self.entry.state == State::Unknown;
        let contradicts = !writer.only_reads && self.contradicts(change, is_untouched);
        let update = match is_untouched {
            true => self.entry.apply_late(change.clone()).ok(),
            false => None,
        };
        let end = match update {
            Some(_) if was_unknown || writer.only_reads => LateEnd::Applied,
            _ if contradicts => LateEnd::Contradicts,
            _ => LateEnd::Kept,
        };
        SharedChange {
            is_changed: update.is_some(),
            answer: update.unwrap_or(AnswerUpdate::Keep),
            is_freed: false,
            late: Some(end),
        }
    }

    /// Whether an outcome is not what the line says of that call.
    fn contradicts(&self, late: &Change, is_untouched: bool) -> bool {
        let is_settled = matches!(self.entry.state, State::Done | State::Applied);
        match late.to {
            // It took effect, and the line was sent again, or would have been.
            _ if late.took_effect() && !(is_untouched && is_settled) => true,
            // It did not, and the line is settled as if it had.
            State::Rejected | State::NotSent => is_untouched && is_settled,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PlannedEntry;

    const OWN: LineWriter = LineWriter {
        worker: 2,
        run: 5,
        only_reads: false,
    };

    fn line() -> SharedLine {
        let planned = PlannedEntry {
            line: 3,
            key: None,
            hash: None,
        };
        SharedLine::new(Entry::planned(planned))
    }

    fn change(from: State, to: State) -> Change {
        Change::new(3, from, to, 10)
    }

    /// A line whose call worker 1 made, which has ended.
    fn buried() -> SharedLine {
        let mut line = line();
        let first = LineWriter { worker: 1, ..OWN };
        let intent = change(State::Planned, State::Intent);
        assert!(line.apply(&intent, first, None).is_ok());
        assert!(line.bury(20, "it ended".to_owned()));
        assert!(!line.bury(21, "it ended".to_owned()));
        line
    }

    #[test]
    fn a_line_that_another_worker_has_claimed_is_not_sent() {
        for (claim, may_be_sent) in [(None, true), (Some(2), true), (Some(1), false)] {
            let mut line = SharedLine { claim, ..line() };
            let before = line.clone();
            let end = line.apply(&change(State::Planned, State::Intent), OWN, None);
            assert_eq!(end.is_ok(), may_be_sent, "{claim:?}");
            match may_be_sent {
                true => assert_eq!((line.worker, line.run), (Some(2), 5)),
                false => assert_eq!(line, before),
            }
        }
    }

    #[test]
    fn the_intent_of_a_worker_is_ended_by_itself_alone_also_when_it_has_ended() {
        for (worker, may_end) in [(2, true), (1, false)] {
            let mut line = line();
            let writer = LineWriter { worker, ..OWN };
            let intent = change(State::Planned, State::Intent);
            assert!(line.apply(&intent, writer, None).is_ok());
            for to in [State::NotSent, State::Unknown, State::Done] {
                let mut line = line.clone();
                let end = line.apply(&change(State::Intent, to), OWN, None);
                assert_eq!(end.is_ok(), may_end, "{worker} {to}");
            }
        }
    }

    #[test]
    fn what_a_person_states_is_carried_out_once_in_a_run() {
        let stated = Change {
            is_stated: true,
            ..change(State::Unknown, State::NotSent)
        };
        let mut line = buried();
        let done = line.apply(&stated, OWN, None);
        assert!(done.is_ok_and(|done| done.is_freed));
        assert_eq!((line.run, line.named), (0, 5));
        for step in [
            change(State::NotSent, State::Intent),
            change(State::Intent, State::Unknown),
        ] {
            assert!(line.apply(&step, OWN, None).is_ok());
        }
        // The same words, given to another worker of the run.
        for of_call in [None, Some(1)] {
            let same = Change {
                of_call,
                ..stated.clone()
            };
            assert!(line.apply(&same, OWN, None).is_err(), "{of_call:?}");
        }
        // The call that was made since is another one.
        let of_last_call = Change {
            of_call: Some(2),
            ..stated.clone()
        };
        assert!(line.clone().apply(&of_last_call, OWN, None).is_ok());
        let next = LineWriter { run: 6, ..OWN };
        assert!(line.apply(&stated, next, None).is_ok());
    }

    #[test]
    fn a_line_that_was_sent_again_in_a_run_is_sent_once_more_by_the_name_of_its_last_call() {
        let mut line = buried();
        let first = LineWriter { worker: 1, ..OWN };
        for (from, to) in [
            (State::Unknown, State::Intent),
            (State::Intent, State::Unknown),
        ] {
            assert!(line.apply(&change(from, to), first, None).is_ok());
        }
        for (of_call, may_be_sent) in [(None, false), (Some(1), false), (Some(2), true)] {
            let again = Change {
                of_call,
                ..change(State::Unknown, State::Intent)
            };
            let end = line.clone().apply(&again, OWN, None);
            assert_eq!(end.is_ok(), may_be_sent, "{of_call:?}");
        }
    }

    #[test]
    fn a_line_settled_as_absent_of_which_some_rows_took_effect_is_not_sent() {
        let mut line = buried();
        let absent = change(State::Unknown, State::NotSent);
        assert!(line.apply(&absent, OWN, None).is_ok());
        let in_part = Change {
            report: Some("in part: scm.a rejected: not every row succeeded".to_owned()),
            ..change(State::Intent, State::Rejected)
        };
        let end = line.apply(&in_part, OWN, Some(1));
        let end = end.ok().and_then(|end| end.late);
        assert_eq!(end, Some(LateEnd::Contradicts));
        assert!(line.entry.is_rejected_in_part());
        assert!(line.entry.history.contains("not_sent"));
    }

    #[test]
    fn a_late_outcome_is_the_lines_own_only_while_nothing_else_was_decided() {
        use State::{Applied, Done, Intent, NotSent, Rejected, Unknown};
        let (applied, kept, loud) = (LateEnd::Applied, LateEnd::Kept, LateEnd::Contradicts);
        for (steps, late, only_reads, expected) in [
            (&[][..], Done, false, applied),
            (&[][..], Rejected, false, applied),
            (&[Done][..], Done, false, kept),
            (&[Done][..], NotSent, false, loud),
            (&[Done][..], Rejected, false, loud),
            (&[NotSent][..], Done, false, loud),
            (&[NotSent][..], Applied, false, loud),
            (&[NotSent][..], Done, true, applied),
            (&[NotSent][..], Rejected, false, kept),
            (&[Intent][..], Done, false, loud),
            (&[Intent][..], Done, true, kept),
            (&[Intent][..], NotSent, false, kept),
        ] {
            let mut line = buried();
            for to in steps {
                let step = change(Unknown, *to);
                assert!(line.apply(&step, OWN, None).is_ok(), "{steps:?}");
            }
            let before = line.clone();
            let writer = LineWriter { only_reads, ..OWN };
            let end = line.apply(&change(Intent, late), writer, Some(1));
            let end = end.ok().and_then(|end| end.late);
            assert_eq!(end, Some(expected), "{steps:?} {late}");
            // What took effect and is not sent yet is never sent.
            let is_kept_from_it = steps == [NotSent] && matches!(late, Done | Applied);
            let is_changed = expected == applied || is_kept_from_it;
            assert_eq!(line == before, !is_changed, "{steps:?} {late}");
            if is_changed {
                assert_eq!(line.entry.state, late, "{steps:?}");
            }
        }
    }

    /// The outcome of the first call would hide that of the second: a line that is free again would
    /// be sent a third time.
    #[test]
    fn a_late_outcome_of_a_call_before_the_last_one_never_becomes_the_lines_own() {
        use State::{Applied, Done, NotSent, Rejected, Unknown};
        let (kept, loud) = (LateEnd::Kept, LateEnd::Contradicts);
        for (end, late, expected) in [
            (Unknown, Done, loud),
            (Unknown, Applied, loud),
            (Unknown, NotSent, kept),
            (Unknown, Rejected, kept),
            (Done, Done, loud),
            (Done, Applied, loud),
            (Done, NotSent, kept),
            (Done, Rejected, kept),
        ] {
            let mut line = buried();
            for step in [change(Unknown, State::Intent), change(State::Intent, end)] {
                assert!(line.apply(&step, OWN, None).is_ok(), "{end} {late}");
            }
            let before = line.clone();
            let done = line.apply(&change(State::Intent, late), OWN, Some(1));
            let done = done.ok().and_then(|done| done.late);
            assert_eq!(done, Some(expected), "{end} {late}");
            assert_eq!(line, before, "{end} {late}");
        }
    }

    #[test]
    fn a_call_that_is_made_in_no_run_lets_no_words_of_the_run_be_carried_out_again() {
        let mut line = buried();
        let stated = Change {
            is_stated: true,
            ..change(State::Unknown, State::NotSent)
        };
        assert!(line.apply(&stated, OWN, None).is_ok());
        let outside = LineWriter { run: 0, ..OWN };
        for (from, to) in [
            (State::NotSent, State::Intent),
            (State::Intent, State::Unknown),
            (State::Unknown, State::Intent),
            (State::Intent, State::Unknown),
        ] {
            assert!(line.apply(&change(from, to), outside, None).is_ok());
        }
        assert!(line.apply(&stated, OWN, None).is_err());
    }
}
