//! A line of a journal, and what a change makes of it.
//!
//! Owns the rules of a line's life, as one pure function. Must not know how a line is kept, nor
//! when a call is made.

use std::fmt;

use crate::report::{RECONCILED, RESTORED, ReportFact, program_ended};
use crate::state::State;
use crate::store::{PlannedEntry, RequestHash, StoreError};

/// The prefix of the report of a line of which some rows, but not all, were refused.
pub(crate) const IN_PART: &str = "in part: ";

/// What earlier journals say of such a line instead.
pub(crate) const IN_PART_FORMERLY: &str = "the other rows may have taken effect";

/// Stands before and behind the time of a line's last attempt in its report.
pub(crate) const LAST_ATTEMPT: (&str, &str) = ("; last attempt at ", " ms by the gateway's clock");

/// For how long the call of a process that was killed is taken to have been under way at most, in
/// milliseconds. Nobody saw its end; waiting for a permit is part of it.
const LONGEST_CALL: u64 = 60 * 60 * 1000;

/// What the report says of an outcome that came late.
pub(crate) const LATE: &str = "it came after the lease of its worker had ended";

/// A report that says when the last attempt of the line was made: milliseconds since 1970 by the
/// gateway's clock.
pub(crate) fn with_last_attempt(report: &str, at: u64) -> String {
    format!("{report}{}{at}{}", LAST_ATTEMPT.0, LAST_ATTEMPT.1)
}

/// When the last attempt was made, as a report says it.
fn last_attempt_in(report: &str) -> Option<u64> {
    let (_, rest) = report.rsplit_once(LAST_ATTEMPT.0)?;
    rest.strip_suffix(LAST_ATTEMPT.1)?.parse().ok()
}

/// The same as the call itself said it. A look-up repeats that, or says when it was made itself.
fn own_last_attempt_in(report: &str) -> Option<u64> {
    let is_look_up = report.starts_with(RECONCILED);
    (!is_look_up).then(|| last_attempt_in(report)).flatten()
}

/// The time and the report of a line of the history, if it says that the line was unknown.
fn as_unknown(state: &str) -> Option<(u64, &str)> {
    let (at, report) = state.split_once(" unknown: ")?;
    Some((at.parse().ok()?, report))
}

/// Whether a line of the history says no more than that a call was not sent: not who found that out,
/// nor that its worker had ended.
fn is_merely_not_sent(state: &str) -> bool {
    let Some((at, report)) = state.split_once(" not_sent: ") else {
        return false;
    };
    let says_more = |fact: &ReportFact| {
        !matches!(
            fact,
            ReportFact::Failed(_) | ReportFact::Gateway(_) | ReportFact::Dropped
        )
    };
    at.bytes().all(|it| it.is_ascii_digit()) && !ReportFact::of(report).iter().any(says_more)
}

/// Whether a report says that nobody saw the end of the call: its process was killed, or lost its
/// lease.
fn is_left_behind(report: &str) -> bool {
    let facts = ReportFact::of(report);
    let ended = |fact: &ReportFact| {
        matches!(
            fact,
            ReportFact::Ended { .. } | ReportFact::LeaseEnded { .. }
        )
    };
    facts.iter().any(ended)
}

/// A line of a journal. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub line: u64,
    /// The caller's own key.
    pub key: Option<String>,
    /// The hash of the request, which detects a changed line.
    pub hash: Option<RequestHash>,
    /// Its state.
    pub state: State,
    /// How many times its call was made.
    pub sent: u32,
    /// How many of these calls were made although the outcome was unknown: at the user's request,
    /// or because the call only reads.
    pub resent: u32,
    /// When its call was last sent.
    pub intended_at: Option<u64>,
    /// When the outcome of that call was known.
    pub ended_at: Option<u64>,
    /// The message of the last failure, or who resolved the line.
    pub report: Option<String>,
    /// Earlier states, one line each: milliseconds since 1970, state and report. Of several calls in a
    /// row that were merely not sent, the first and the last.
    pub history: String,
}

/// A change of a line from one state to another. `Debug` shows only the length of the answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The number of the line.
    pub line: u64,
    /// The state it must be in.
    pub from: State,
    /// Its next state.
    pub to: State,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The message of the failure.
    pub report: Option<String>,
    /// The answer's body as received. If there is none, the body that was kept before stays.
    pub answer: Option<Vec<u8>>,
    /// The number of the call that it is about ([`Entry::sent`]), if it is not about whichever was
    /// the last. What was found out about one call says nothing of the next, although the line may
    /// be in the same state again.
    pub of_call: Option<u32>,
    /// Whether a person states it, by a manual resolution: in a run of a shared list that is done once
    /// for a call of a line.
    pub is_stated: bool,
}

impl Change {
    /// A change that says nothing but the states: no report, no answer, and of whichever call was
    /// the last.
    pub const fn new(line: u64, from: State, to: State, at: u64) -> Self {
        Self {
            line,
            from,
            to,
            at,
            report: None,
            answer: None,
            of_call: None,
            is_stated: false,
        }
    }

    /// Whether it says that the call took effect, wholly or in some of its rows.
    pub(crate) fn took_effect(&self) -> bool {
        let report = self.report.as_deref().unwrap_or_default();
        match self.to {
            State::Done | State::Applied => true,
            State::Rejected => report.starts_with(IN_PART),
            _ => false,
        }
    }
}

/// The change to the answer that is kept for a line. `Debug` shows only the length of the answer.
#[derive(Clone, PartialEq, Eq)]
pub enum AnswerUpdate {
    /// It stays, if there is one.
    Keep,
    /// It is removed: another call is made.
    Clear,
    /// This one replaces it.
    Set(Vec<u8>),
}

impl Entry {
    /// A line that was planned and not sent.
    pub fn planned(planned: PlannedEntry) -> Self {
        Self {
            line: planned.line,
            key: planned.key,
            hash: planned.hash,
            state: State::Planned,
            sent: 0,
            resent: 0,
            intended_at: None,
            ended_at: None,
            report: None,
            history: String::new(),
        }
    }

    /// Whether it is rejected and some of its rows took effect. Then it must not be sent as a whole
    /// again, not in another list either.
    pub fn is_rejected_in_part(&self) -> bool {
        let report = self.report.as_deref().unwrap_or_default();
        self.state == State::Rejected
            && (report.starts_with(IN_PART) || report.contains(IN_PART_FORMERLY))
    }

    /// When the last attempt of an unknown line was made, by the gateway's clock: no attempt of it is
    /// later. `None` where that is not known: the line was left behind by a process that was killed,
    /// or by an earlier version.
    pub fn last_attempt(&self) -> Option<u64> {
        if self.state != State::Unknown {
            return None;
        }
        last_attempt_in(self.report.as_deref()?)
    }

    /// Until when its last call may have been under way, in milliseconds since 1970: by the clock of
    /// those who wrote the line, or by the gateway's, whichever is later.
    pub(crate) fn under_way_until(&self) -> u64 {
        let begun = self.intended_at.unwrap_or_default();
        let mut until = self.ended_at.unwrap_or(begun);
        let mut end = self.report.as_deref().unwrap_or_default();
        let mut last_attempt = own_last_attempt_in(end);
        // A look-up that found nothing out is a later state of the same call.
        let earlier = self.history.lines().rev().map_while(as_unknown);
        for (at, report) in earlier.take_while(|(at, _)| *at > begun) {
            if end == RESTORED {
                // That is not the call of the states before.
                break;
            }
            until = until.min(at);
            end = report;
            last_attempt = last_attempt.max(own_last_attempt_in(report));
        }
        if is_left_behind(end) {
            // It is found long after its process was killed.
            until = until.min(begun.saturating_add(LONGEST_CALL));
        }
        until.max(last_attempt.unwrap_or_default())
    }

    /// Applies a change to the line, and says what to do with its answer. These are the rules of a
    /// line's life; a store only reads the line and writes the result.
    ///
    /// A change to `intent` counts the call and clears the report and the answer. A change from
    /// anything but `planned` and `intent` first adds what was known to the history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the line is not in state [`Change::from`], or may not go from
    /// there to [`Change::to`], or another call than [`Change::of_call`] was made since. Then it is
    /// unchanged.
    pub fn apply(&mut self, change: Change) -> Result<AnswerUpdate, StoreError> {
        let is_of_call = change.of_call.is_none_or(|sent| sent == self.sent);
        let is_allowed =
            is_of_call && self.state == change.from && change.from.may_become(change.to);
        if self.line != change.line || !is_allowed {
            return Err(StoreError::Conflict(change.line));
        }
        if !matches!(self.state, State::Planned | State::Intent) {
            self.remember();
        }
        let answer = if change.to == State::Intent {
            self.sent = self.sent.saturating_add(1);
            if self.state == State::Unknown {
                self.resent = self.resent.saturating_add(1);
            }
            (self.intended_at, self.ended_at) = (Some(change.at), None);
            self.report = None;
            AnswerUpdate::Clear
        } else {
            self.ended_at = Some(change.at);
            self.report = change.report;
            change.answer.map_or(AnswerUpdate::Keep, AnswerUpdate::Set)
        };
        self.state = change.to;
        Ok(answer)
    }

    /// The line as it is shown while no process works on its store: an intent is unknown, as the
    /// next run will find it, since the program ended while the call was under way. For a store
    /// without [`Fleet`](crate::Fleet), which alone knows whether a worker lives; it changes nothing
    /// in the store.
    #[must_use]
    pub fn left_behind(mut self) -> Self {
        if self.state == State::Intent {
            let at = self.intended_at.unwrap_or_default();
            self.show_as_left_behind(program_ended(), at);
        }
        self
    }

    /// Makes an intent unknown, for a reader. Its call was not under way after this time.
    pub(crate) fn show_as_left_behind(&mut self, report: String, at: u64) {
        let unknown = Change {
            report: Some(report),
            ..Change::new(self.line, State::Intent, State::Unknown, at)
        };
        drop(self.apply(unknown));
    }

    /// Applies the outcome of a call to a line that became unknown because the lease of its worker
    /// ended while the call was under way. Only then may an unknown line become rejected or applied.
    /// One that was settled as absent since, and not sent, takes an outcome that says that it took
    /// effect: it must not be sent. So does one that is unknown as its database may lack a call: what
    /// else became of this one says nothing of that.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the line is none of them, or the change is none of an intent's.
    pub fn apply_late(&mut self, change: Change) -> Result<AnswerUpdate, StoreError> {
        let is_outcome = change.from == State::Intent && State::Intent.may_become(change.to);
        let is_open = match self.state {
            State::Unknown => change.took_effect() || !self.is_restored(),
            State::NotSent => change.took_effect(),
            _ => false,
        };
        if self.line != change.line || !is_open || !is_outcome {
            return Err(StoreError::Conflict(change.line));
        }
        self.remember();
        self.ended_at = Some(change.at);
        self.report = Some(match (change.report, change.to) {
            // The time of the last attempt stands at the end.
            (Some(report), State::Unknown) => format!("{LATE}: {report}"),
            (Some(report), _) => format!("{report}; {LATE}"),
            (None, _) => LATE.to_owned(),
        });
        self.state = change.to;
        Ok(change.answer.map_or(AnswerUpdate::Keep, AnswerUpdate::Set))
    }

    /// Makes a line unknown unless it was settled: the database was put back, and may lack that its
    /// call was made. Returns whether it was changed. No attempt of it is later than this time; when
    /// the last was is not known, so that a look-up counts from itself.
    #[cfg(feature = "postgres")]
    pub(crate) fn recover(&mut self, at: u64) -> bool {
        match self.state {
            State::Planned | State::Intent => {}
            State::NotSent | State::Unknown => self.remember(),
            State::Done | State::Rejected | State::Applied => return false,
        }
        // What was found out about the calls that are known says nothing of this one.
        self.sent = self.sent.saturating_add(1);
        self.ended_at = Some(at);
        self.report = Some(RESTORED.to_owned());
        self.state = State::Unknown;
        true
    }

    /// Whether an unknown line is so as its database may lack a call, whatever was found out since.
    fn is_restored(&self) -> bool {
        let earlier = self.history.lines().rev().map_while(as_unknown);
        let mut reports = earlier
            .map(|(_, report)| report)
            .chain(self.report.as_deref());
        reports.any(|report| report == RESTORED)
    }

    /// Adds the current state to the history, as one line: time, state, report. Of several calls in a
    /// row that were merely not sent, the first and the last are kept: a caller may try again for
    /// hours, and each change of the line writes all of it.
    fn remember(&mut self) {
        let at = self.ended_at.or(self.intended_at);
        let at = at.map(|at| at.to_string()).unwrap_or_default();
        let report = self.report.as_deref().unwrap_or_default();
        let line = format!("{at} {}: {report}\n", self.state);
        if is_merely_not_sent(&line) {
            let mut former = self.history.lines().rev();
            if let (Some(last), Some(before)) = (former.next(), former.next())
                && is_merely_not_sent(last)
                && is_merely_not_sent(before)
            {
                let kept = self.history.len().saturating_sub(last.len() + 1);
                self.history.truncate(kept);
            }
        }
        self.history += &line;
    }
}

impl AnswerUpdate {
    /// The answer that is kept from now on.
    #[must_use]
    pub fn after(self, kept: Option<Vec<u8>>) -> Option<Vec<u8>> {
        match self {
            Self::Keep => kept,
            Self::Clear => None,
            Self::Set(answer) => Some(answer),
        }
    }
}

impl fmt::Debug for AnswerUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("Keep"),
            Self::Clear => f.write_str("Clear"),
            Self::Set(answer) => write!(f, "Set({} bytes)", answer.len()),
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("line", &self.line)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("at", &self.at)
            .field("report", &self.report)
            .field("answer_bytes", &self.answer.as_ref().map(Vec::len))
            .field("of_call", &self.of_call)
            .field("is_stated", &self.is_stated)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Entry {
        Entry::planned(PlannedEntry {
            line: 3,
            key: Some("R-3".to_owned()),
            hash: None,
        })
    }

    fn change(from: State, to: State, at: u64) -> Change {
        Change::new(3, from, to, at)
    }

    /// The changes in a row; none is refused.
    fn after(changes: &[Change]) -> (Entry, Option<Vec<u8>>) {
        let (mut entry, mut answer) = (line(), None);
        for change in changes {
            match entry.apply(change.clone()) {
                Ok(update) => answer = update.after(answer),
                Err(error) => unreachable!("{change:?}: {error}"),
            }
        }
        (entry, answer)
    }

    #[test]
    fn a_change_from_another_state_or_line_or_against_the_rules_changes_nothing() {
        for wrong in [
            change(State::Unknown, State::Intent, 1),
            change(State::Planned, State::Done, 1),
            Change {
                line: 4,
                ..change(State::Planned, State::Intent, 1)
            },
        ] {
            let mut entry = line();
            let number = wrong.line;
            let refused = entry.apply(wrong);
            assert!(matches!(refused, Err(StoreError::Conflict(line)) if line == number));
            assert_eq!(entry, line());
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn what_a_database_may_lack_is_unknown_since_then_unless_it_was_settled() {
        let intent = change(State::Planned, State::Intent, 5);
        let unknown = Change {
            report: Some(with_last_attempt("it timed out", 6)),
            ..change(State::Intent, State::Unknown, 7)
        };
        let not_sent = change(State::Intent, State::NotSent, 7);
        for (changes, history) in [
            (vec![], ""),
            (vec![intent.clone()], ""),
            (vec![intent.clone(), not_sent], "7 not_sent: \n"),
            (
                vec![intent.clone(), unknown],
                "7 unknown: it timed out; last attempt at 6 ms by the gateway's clock\n",
            ),
        ] {
            let (mut entry, _) = after(&changes);
            let sent = entry.sent;
            assert!(entry.recover(100));
            assert_eq!(entry.state, State::Unknown);
            assert_eq!((entry.sent, entry.history.as_str()), (sent + 1, history));
            // No call of it is later, and none that is known is the last.
            assert_eq!((entry.under_way_until(), entry.last_attempt()), (100, None));
            let looked_up = Change {
                report: Some("reconciled as too early: it is not there yet".to_owned()),
                ..change(State::Unknown, State::Unknown, 200)
            };
            assert!(entry.apply(looked_up).is_ok());
            assert_eq!(entry.under_way_until(), 100);
        }
        for end in [State::Done, State::Rejected, State::Applied] {
            let (mut entry, _) = after(&[intent.clone(), change(State::Intent, end, 7)]);
            let before = entry.clone();
            assert!(!entry.recover(100));
            assert_eq!(entry, before);
        }
    }

    #[test]
    fn the_last_attempt_is_that_of_the_current_report_alone() {
        let (mut entry, _) = after(&[
            change(State::Planned, State::Intent, 10),
            Change {
                report: Some(with_last_attempt("lost", 1_700_000_000_123)),
                ..change(State::Intent, State::Unknown, 20)
            },
        ]);
        assert_eq!(entry.last_attempt(), Some(1_700_000_000_123));
        // Of the next call, only its own end may say when it was made.
        for step in [
            change(State::Unknown, State::Intent, 30),
            change(State::Intent, State::Unknown, 40),
        ] {
            assert!(entry.apply(step).is_ok());
            assert_eq!(entry.last_attempt(), None);
        }
        entry.report = Some("; last attempt at soon".to_owned());
        assert_eq!(entry.last_attempt(), None);
    }

    /// When a line whose call began at 10 may have been under way, by the reports of its states.
    fn under_way_until(reports: &[(u64, &str)]) -> u64 {
        let mut from = State::Intent;
        let mut steps = vec![change(State::Planned, State::Intent, 10)];
        for (at, report) in reports {
            steps.push(Change {
                report: Some((*report).to_owned()),
                ..change(from, State::Unknown, *at)
            });
            from = State::Unknown;
        }
        after(&steps).0.under_way_until()
    }

    #[test]
    fn a_call_was_under_way_until_its_own_end_and_a_look_up_makes_it_no_longer() {
        let (late, hour) = (2 * LONGEST_CALL, 10 + LONGEST_CALL);
        let lost = with_last_attempt("lost", 30);
        let looked_up = with_last_attempt("reconciled as too early: it is not there yet", 90);
        let (ended, lease) = (
            "the program ended while the call was under way",
            "the lease of worker 1 (a) ended while the call was under way",
        );
        for (reports, until) in [
            (&[(20, "lost")][..], 20),
            // The call waited, or the machine slept.
            (&[(late, "lost")], late),
            // This machine's clock is behind.
            (&[(20, &lost)], 30),
            (&[(20, &lost), (80, &looked_up)], 30),
            (
                &[(20, &lost), (80, "reconciled as not decided: 2 records")],
                30,
            ),
            // Nobody saw its end.
            (&[(20, ended)], 20),
            (&[(late, ended)], hour),
            (&[(late, lease), (late + 1, &looked_up)], hour),
            (
                &[(late, lease), (late + 1, &with_last_attempt("late", late))],
                late,
            ),
        ] {
            assert_eq!(under_way_until(reports), until, "{reports:?}");
        }
    }

    /// The time of the first call would let the second one count as absent while it may still come.
    #[test]
    fn a_call_that_was_sent_again_was_under_way_until_its_own_end_not_that_of_the_first() {
        let first = with_last_attempt("lost", 30);
        for (report, until) in [(None, 2_010), (Some("too early"), 2_010)] {
            let mut steps = vec![
                change(State::Planned, State::Intent, 10),
                Change {
                    report: Some(first.clone()),
                    ..change(State::Intent, State::Unknown, 20)
                },
                change(State::Unknown, State::Intent, 2_000),
                change(State::Intent, State::Unknown, 2_010),
            ];
            steps.extend(report.map(|report| Change {
                report: Some(format!("{RECONCILED}{report}")),
                ..change(State::Unknown, State::Unknown, 2_500)
            }));
            assert_eq!(after(&steps).0.under_way_until(), until, "{report:?}");
        }
    }

    #[test]
    fn what_was_found_out_about_a_call_does_not_settle_the_next() {
        let unknown_again = [
            change(State::Planned, State::Intent, 10),
            change(State::Intent, State::Unknown, 20),
            change(State::Unknown, State::NotSent, 30),
            change(State::NotSent, State::Intent, 40),
            change(State::Intent, State::Unknown, 50),
        ];
        for (of_call, is_allowed) in [(Some(1), false), (Some(2), true), (None, true)] {
            let (mut entry, _) = after(&unknown_again);
            let absent = Change {
                of_call,
                ..change(State::Unknown, State::NotSent, 60)
            };
            assert_eq!(entry.apply(absent).is_ok(), is_allowed, "{of_call:?}");
        }
    }

    #[test]
    fn the_history_of_a_line_that_is_tried_for_hours_stays_short_and_keeps_what_decides() {
        let absent = "settled by hand as absent by Li";
        let mut entry = line();
        let step = |entry: &mut Entry, from, to, at, report: Option<&str>| {
            let step = Change {
                report: report.map(str::to_owned),
                ..change(from, to, at)
            };
            assert!(entry.apply(step).is_ok(), "{at}");
        };
        let mut from = State::Planned;
        let mut tried = |entry: &mut Entry, begin: u64, count: u64| {
            for at in begin..begin + count {
                step(entry, from, State::Intent, at, None);
                let report = format!("ls.mall_recharge not sent: {at}");
                step(entry, State::Intent, State::NotSent, at, Some(&report));
                from = State::NotSent;
            }
        };
        tried(&mut entry, 1_000, 5_000);
        let not_sent = |at: u64| format!("{at} not_sent: ls.mall_recharge not sent: {at}\n");
        assert_eq!(entry.history, not_sent(1_000) + &not_sent(5_998));
        assert_eq!(entry.sent, 5_000);
        step(&mut entry, State::NotSent, State::Intent, 6_000, None);
        step(
            &mut entry,
            State::Intent,
            State::Unknown,
            6_001,
            Some("lost"),
        );
        step(
            &mut entry,
            State::Unknown,
            State::NotSent,
            6_002,
            Some(absent),
        );
        tried(&mut entry, 7_000, 5_000);
        let lines = [
            not_sent(1_000),
            not_sent(5_999),
            "6001 unknown: lost\n".to_owned(),
            format!("6002 not_sent: {absent}\n"),
            not_sent(7_000),
            not_sent(11_998),
        ];
        assert_eq!(entry.history, lines.concat());
    }

    #[test]
    fn a_look_up_that_settles_nothing_is_kept_and_counts_no_call() {
        let (entry, _) = after(&[
            change(State::Planned, State::Intent, 10),
            change(State::Intent, State::Unknown, 20),
            Change {
                report: Some("too early".to_owned()),
                ..change(State::Unknown, State::Unknown, 30)
            },
            change(State::Unknown, State::NotSent, 40),
            change(State::NotSent, State::Intent, 50),
        ]);
        assert_eq!((entry.sent, entry.resent), (2, 0));
        assert_eq!(
            entry.history,
            "20 unknown: \n30 unknown: too early\n40 not_sent: \n"
        );
    }

    #[test]
    fn a_second_call_is_counted_and_what_was_known_before_stays_in_the_history() {
        let (entry, answer) = after(&[
            change(State::Planned, State::Intent, 10),
            Change {
                report: Some("lost".to_owned()),
                answer: Some(b"half".to_vec()),
                ..change(State::Intent, State::Unknown, 20)
            },
            change(State::Unknown, State::Intent, 30),
        ]);
        assert_eq!((entry.sent, entry.resent), (2, 1));
        assert_eq!((entry.intended_at, entry.ended_at), (Some(30), None));
        assert_eq!((entry.report, answer), (None, None));
        assert_eq!(entry.history, "20 unknown: lost\n");
    }

    #[test]
    fn a_late_outcome_ends_an_unknown_line_alone_and_the_history_says_so() {
        let unknown = [
            change(State::Planned, State::Intent, 10),
            Change {
                report: Some("the lease ended".to_owned()),
                ..change(State::Intent, State::Unknown, 20)
            },
        ];
        for (to, report, words) in [
            (State::Done, None, LATE.to_owned()),
            (State::Rejected, Some("no"), format!("no; {LATE}")),
            (State::Applied, Some("odd"), format!("odd; {LATE}")),
            (State::NotSent, Some("held"), format!("held; {LATE}")),
        ] {
            let (mut entry, _) = after(&unknown);
            let late = Change {
                report: report.map(str::to_owned),
                answer: Some(b"late".to_vec()),
                ..change(State::Intent, to, 30)
            };
            let update = entry.apply_late(late.clone());
            assert!(matches!(update, Ok(AnswerUpdate::Set(_))));
            assert_eq!((entry.state, entry.ended_at), (to, Some(30)));
            assert_eq!(entry.report, Some(words));
            assert_eq!(entry.history, "20 unknown: the lease ended\n");
            assert!(entry.apply_late(late).is_err());
        }
        let (mut entry, _) = after(&unknown);
        let attempt = with_last_attempt("lost", 1_700_000_000_123);
        let late = Change {
            report: Some(attempt),
            ..change(State::Intent, State::Unknown, 30)
        };
        assert!(entry.apply_late(late).is_ok());
        assert_eq!(entry.last_attempt(), Some(1_700_000_000_123));
        assert!(
            entry
                .apply_late(change(State::Unknown, State::Done, 40))
                .is_err()
        );
    }

    #[test]
    fn a_line_that_was_not_sent_is_no_second_call_and_an_answer_stays_until_another_comes() {
        let (entry, answer) = after(&[
            change(State::Planned, State::Intent, 10),
            change(State::Intent, State::NotSent, 20),
            change(State::NotSent, State::Intent, 30),
            Change {
                answer: Some(b"odd".to_vec()),
                ..change(State::Intent, State::Applied, 40)
            },
            Change {
                report: Some("by Li".to_owned()),
                ..change(State::Applied, State::Done, 50)
            },
        ]);
        assert_eq!((entry.sent, entry.resent), (2, 0));
        assert_eq!(entry.history, "20 not_sent: \n40 applied: \n");
        assert_eq!(entry.report.as_deref(), Some("by Li"));
        assert_eq!(answer.as_deref(), Some(&b"odd"[..]));
    }
}
