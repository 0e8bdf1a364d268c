//! How a run ended: its results, its summary, and the exit status.
//!
//! Owns which status a list has. Must not decide what is sent again.

use std::collections::HashMap;

use jdy::{Effect, OperationInfo};
use jdy_journal::{Entry, Journal, List, RunError, State, Stopped, StoreError, Summary};

use super::results::Results;
use super::{reconciling, summary};
use crate::arguments::Format;
use crate::exit::{Failure, OneLine, Status};
use crate::language::{explained, of_count, of_report, of_state, say};
use crate::look_up::Called;
use crate::output::print;

/// Writes the results, prints the summary, and says how the run ended.
pub(super) async fn end_of(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    called: Called<'_>,
    format: Format,
    results: Option<&Results>,
) -> Result<(), Failure> {
    let written = match results {
        Some(results) => results.write(journal, list, summary).await,
        None => Ok(()),
    };
    let answers = match format {
        Format::Json => unread(journal, summary).await,
        Format::Table => HashMap::new(),
    };
    let told = tell(summary, list.info(), |summary| {
        summary::of(journal, list, summary, &answers, called, format)
    });
    with_results(told, written)
}

/// The end of a run whose results were written, or could not be. The exit status stays that of the
/// lines, where one of them is open.
fn with_results(told: Result<(), Failure>, written: Result<(), String>) -> Result<(), Failure> {
    let Err(why) = written else {
        return told;
    };
    let why = say!("batch-results-unwritten", why = why);
    match told {
        Ok(()) => Err(Failure::other(why)),
        Err(failure) => Err(failure.and(&why)),
    }
}

/// The answers that could not be read, or that refuse rows, by their lines. If the journal fails to
/// return one, it still holds it.
async fn unread(journal: &Journal, summary: &Summary) -> HashMap<u64, Vec<u8>> {
    let mut answers = HashMap::new();
    let kept = |entry: &&Entry| matches!(entry.state, State::Applied | State::Rejected);
    for entry in summary.entries.iter().filter(kept) {
        if let Ok(Some(answer)) = journal.answer(entry.line).await {
            answers.insert(entry.line, answer);
        }
    }
    answers
}

pub(super) fn failed(error: RunError, effect: Effect) -> Failure {
    match &error {
        RunError::Named(problems) => {
            let problems: Vec<String> = problems.iter().map(explained).collect();
            let problems = problems.join(&say!("and-then"));
            Failure::usage(say!("batch-named-wrong", problems = problems))
        }
        RunError::Store {
            error: store,
            unrecorded,
        } => {
            for one in unrecorded {
                let report = one.report.as_deref().map(of_report);
                let report = report.unwrap_or_else(|| say!("batch-no-failure"));
                let state = of_state(one.to);
                complain(&say!(
                    "batch-unstored",
                    line = one.line,
                    state = state,
                    report = report
                ));
                // A read can be repeated.
                if let Some(answer) = one.answer.as_ref().filter(|_| !effect.is_read()) {
                    let answer = String::from_utf8_lossy(answer);
                    complain(&say!("batch-answered", line = one.line, answer = answer));
                }
            }
            let error = explained(&error);
            Failure::other(match store {
                // To run it again would send lines twice.
                StoreError::SetBack => say!("batch-put-back", error = error),
                // It may lack nothing, and then no line need be looked up.
                StoreError::Restored => say!("batch-restored", error = error),
                _ => say!("batch-store-failed", error = error),
            })
        }
        _ => Failure::other(error.to_string()),
    }
}

/// Prints a line to stderr. A failure to print is ignored.
pub(super) fn complain(text: &str) {
    crate::stderr::line(OneLine(text));
}

fn tell(
    summary: &Summary,
    info: &OperationInfo,
    text: impl Fn(&Summary) -> String,
) -> Result<(), Failure> {
    let unprinted = print(text(summary))
        .err()
        .map(|error| say!("cannot-print-summary", error = error));
    // The exit status reports the state of the lines, even if printing fails.
    let Some((status, hint)) = worst(summary, info) else {
        return unprinted.map_or(Ok(()), |why| Err(Failure::other(why)));
    };
    if let Some(why) = unprinted {
        complain(&why);
    }
    let total = summary.counts.total();
    let open: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Done && summary.counts.of(*state) > 0)
        .map(|state| of_count(summary.counts.of(state), state))
        .collect();
    let hint = match reconciling::hint(summary) {
        Some(later) if status == Status::Unknown => later,
        _ => hint,
    };
    let lines = say!(
        "batch-end",
        total: total,
        open = open.join(&say!("and")),
        hint = hint
    );
    let message = match stopped(summary) {
        Some(why) => say!("message-and-more", message = why, more = lines),
        None => lines,
    };
    Err(Failure::new(status, message))
}

/// Why the run ended before its last line.
fn stopped(summary: &Summary) -> Option<String> {
    let why = last_not_sent(&summary.entries).map(|why| OneLine(&of_report(why)).to_string());
    let why = why.unwrap_or_else(|| say!("no-reason"));
    match summary.stopped? {
        Stopped::TooManyFailures => Some(say!("batch-nothing-through", why = why)),
        Stopped::RefusedByGateway => Some(say!("batch-refused-by-gateway", why = why)),
        _ => None,
    }
}

/// Why the last line that was tried was not sent.
fn last_not_sent(entries: &[Entry]) -> Option<&str> {
    let not_sent = entries.iter().filter(|entry| entry.state == State::NotSent);
    let last = not_sent.max_by_key(|entry| entry.ended_at)?;
    last.report.as_deref()
}

/// The exit status and the advice for the most serious state: first what may have cost money.
fn worst(summary: &Summary, info: &OperationInfo) -> Option<(Status, String)> {
    let counts = &summary.counts;
    let any = |states: &[State]| states.iter().any(|state| counts.of(*state) > 0);
    if any(&[State::Unknown, State::Intent]) {
        let hint = if info.effect.is_read() {
            say!("batch-ask-again")
        } else if is_found_by_key(info) {
            say!("batch-reconcile")
        } else {
            say!("batch-settle")
        };
        Some((Status::Unknown, hint))
    } else if any(&[State::Applied]) {
        Some((Status::Applied, say!("batch-acknowledge")))
    } else if any(&[State::NotSent, State::Planned]) {
        Some((Status::NotSent, say!("batch-goes-on")))
    } else if summary.entries.iter().any(Entry::is_rejected_in_part) {
        Some((Status::Rejected, say!("batch-rejected-in-part")))
    } else if any(&[State::Rejected]) {
        Some((Status::Rejected, say!("batch-rejected")))
    } else {
        None
    }
}

/// Whether a look-up compares the key of a line, so that `--reconcile` can find its record. One that
/// only shows records is for a person.
fn is_found_by_key(info: &OperationInfo) -> bool {
    let (Some(key), Some(verify)) = (info.key, info.verify) else {
        return false;
    };
    verify.matches.iter().any(|(_, field)| *field == key)
}

#[cfg(test)]
mod tests {
    use jdy::operations::{arap, fi, ls};

    use super::is_found_by_key;

    #[test]
    fn a_look_up_that_a_person_reads_is_not_said_to_find_a_record() {
        assert!(is_found_by_key(fi::VOUCHER_SAVE.info()));
        assert!(is_found_by_key(arap::AR_CREDIT_SAVE.info()));
        // Its look-up asks for the key and compares nothing.
        assert!(!is_found_by_key(fi::SA_BILL_SAVE.info()));
        assert!(!is_found_by_key(ls::MALL_RECHARGE.info()));
    }
}
