//! The report of the run over shared lists: a table, every violation as a sentence, and the last
//! line for scripts.
//!
//! Owns the names of the rows and the form of the last line. Must not know how the findings are
//! made.

use std::time::Duration;

use crate::attribution::Reasons;
use crate::report::{finish, row};
use crate::shared_list::Findings;

/// Prints the report; whether nothing is wrong.
pub(crate) fn print(findings: &Findings) -> std::io::Result<bool> {
    finish(&rows(findings), &failures(findings), &last_line(findings))
}

fn last_line(findings: &Findings) -> String {
    let judged = &findings.judged;
    format!(
        "lines={} unknown={} applied_twice={} lost={} stuck={} said_wrongly={}",
        judged.verdict.calls,
        judged.verdict.unknown,
        judged.applied_twice(),
        judged.lost(),
        judged.stuck,
        judged.wrong_words()
    )
}

/// Every violation, as a sentence.
fn failures(findings: &Findings) -> Vec<String> {
    let judged = &findings.judged;
    let mut failures = judged.verdict.examples.clone();
    failures.extend(judged.documents.examples.clone());
    failures.extend(judged.said_wrongly.clone());
    let twice = judged.applied_twice();
    if twice > 0 {
        failures.push(format!(
            "{twice} keys have more than one success in the ledger"
        ));
    }
    let stuck = judged.stuck + findings.kept.claimed;
    if stuck > 0 {
        failures.push(format!(
            "{stuck} lines are planned, claimed or in flight at the end"
        ));
    }
    let [_, contradictions] = findings.kept.late;
    if contradictions > 0 {
        failures.push(format!(
            "{contradictions} answers came too late, and contradict what was decided meanwhile"
        ));
    }
    if findings.gave_up {
        let patience = findings.plan.patience().as_secs();
        failures.push(format!("the run has not ended after {patience} s"));
    }
    let in_part = [
        ("are", &judged.reasons),
        ("were once", &judged.once_reasons),
    ];
    for (word, reasons) in in_part {
        if reasons.cut_off > reasons.cut_off_at_most {
            failures.push(format!(
                "{} lines {word} unknown for no reason of their own, but no more than {} \
                 connections ended unread",
                reasons.cut_off, reasons.cut_off_at_most
            ));
        }
    }
    if findings.plan.sabotage.is_none() {
        failures.extend(of_found_out(findings));
        failures.extend(of_not_sent(findings));
    }
    failures
}

/// Each round sends again what was not sent, and no fault lasts. A fleet that gives its lines up would
/// have nothing applied twice, lost or stuck.
fn of_not_sent(findings: &Findings) -> Option<String> {
    let (not_sent, rounds) = (findings.judged.verdict.not_sent, findings.rounds);
    (not_sent > 0).then(|| format!("{not_sent} lines are not sent after {rounds} rounds"))
}

fn of_found_out(findings: &Findings) -> Option<String> {
    let total = findings.judged.documents.total();
    (!total.is_enough()).then(|| {
        format!(
            "of {} unknown documents no more than {} were found out",
            total.unknown,
            total.found_out()
        )
    })
}

fn rows(findings: &Findings) -> String {
    let mut text = String::new();
    add_ends(&mut text, findings);
    add_violations(&mut text, findings);
    add_reconciled(&mut text, findings);
    add_disruptions(&mut text, findings);
    add_cost(&mut text, findings);
    let fired: u64 = findings.faults_fired.iter().map(|(_, count)| count).sum();
    row(&mut text, "faults injected", fired, "");
    text
}

/// How the lines ended, and why.
fn add_ends(text: &mut String, findings: &Findings) {
    let (plan, verdict) = (&findings.plan, &findings.judged.verdict);
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("seed", plan.seed, "");
    let note = format!("on {} lists in one Postgres", findings.kept.lists.len());
    row("worker processes at a time", plan.workers as u64, &note);
    row("lines", verdict.calls, "");
    let note = format!("{} of them with unreadable responses", verdict.unreadable);
    row("  applied", verdict.done + verdict.unreadable, &note);
    row("  rejected", verdict.rejected, "");
    row("  not sent, and given up", verdict.not_sent, "");
    let note = format!("{} of them took effect", verdict.unknown_but_applied);
    row("  unknown", verdict.unknown, &note);
    add_reasons(text, &findings.judged.reasons);
    let once = &findings.judged.once_reasons;
    let all = once.hit + once.killed + once.dropped + once.late + once.cut_off;
    self::row(text, "  once unknown", all, "");
    add_reasons(text, once);
}

fn add_reasons(text: &mut String, reasons: &Reasons) {
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("    hit by a fault of its own", reasons.hit, "");
    row("    its worker was killed or frozen", reasons.killed, "");
    row("    its worker was cut off too long", reasons.dropped, "");
    row("    too late on a busy machine", reasons.late, "");
    let note = format!("at most {}", reasons.cut_off_at_most);
    row(
        "    on a connection that ended unread",
        reasons.cut_off,
        &note,
    );
}

/// What must be 0.
fn add_violations(text: &mut String, findings: &Findings) {
    let judged = &findings.judged;
    for (name, count, note) in [
        ("applied twice", judged.applied_twice(), ""),
        ("keys twice in the ledger alone", judged.twice_in_ledger, ""),
        ("lost", judged.lost(), ""),
        ("stuck", judged.stuck + findings.kept.claimed, ""),
        (
            "said wrongly",
            judged.wrong_words(),
            "by a journal or a worker",
        ),
    ] {
        row(text, name, count, note);
    }
}

/// What was found out about documents whose outcome was unknown.
fn add_reconciled(text: &mut String, findings: &Findings) {
    let documents = &findings.judged.documents;
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    let total = documents.total();
    row("documents once unknown", total.unknown, "");
    let percent = total.found_out() as f64 * 100.0 / total.unknown.max(1) as f64;
    let note = format!("{percent:.2} %");
    row("  found out by the fleet", total.found_out(), &note);
    row("    looked up and found", total.found, "");
    row("    absent, and sent again", total.absent, "");
    row("  left to a person", total.left, "");
    for (name, kind) in &documents.by_kind {
        let (unknown, found) = (kind.unknown, kind.found_out());
        let note = format!("{unknown} once unknown, {found} found out");
        row(&format!("  {name}"), kind.documents, &note);
    }
}

fn add_disruptions(text: &mut String, findings: &Findings) {
    let (done, kept) = (&findings.disruptions, &findings.kept);
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("workers killed", done.kills, "kill -9");
    let note = format!("for longer than the lease of {:?}", findings.plan.lease());
    row("workers frozen", done.freezes, &note);
    row("workers whose clock is an hour off", 1, "");
    let [killed, stopped] = done.restarts;
    let away = done.away;
    let note = format!("{killed} killed, {stopped} stopped at once; away for {away} ms at most");
    row("Postgres restarted", killed + stopped, &note);
    let [at_once, unheard] = done.cuts;
    let note = format!("{unheard} of them after a question, before its answer");
    row("connections to Postgres cut", at_once + unheard, &note);
    let [late, _] = kept.late;
    row("workers that joined a list", kept.joined, "");
    row("  whose lease ended", kept.lapsed.len() as u64, "");
    row(
        "lines in flight when a lease ended",
        findings.judged.left_behind,
        "",
    );
    row("answers that came too late", late, "kept beside the line");
    let unrecorded = findings.observed.unrecorded.len();
    row("answers that no journal took", unrecorded as u64, "");
    let failures = findings.observed.failures.values().sum();
    row("runs that were joined again", failures, "");
    for (why, count) in &findings.observed.failures {
        let why: String = why.chars().take(300).collect();
        row(&format!("  {why}"), *count, "");
    }
}

fn add_cost(text: &mut String, findings: &Findings) {
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    let takeovers = &findings.judged.takeovers;
    let at = |share: usize| {
        let index = takeovers.len().saturating_sub(1) * share / 100;
        takeovers.get(index).map_or(0, Duration::as_millis)
    };
    let note = format!(
        "ms, {} at 95 %, {} at most, of {}",
        at(95),
        at(100),
        takeovers.len()
    );
    let median = u64::try_from(at(50)).unwrap_or(u64::MAX);
    row("from a kill until its lines are free", median, &note);
    row("requests at the gateway", findings.requests, "");
    row("rounds", findings.rounds, "");
    let seconds = findings.working.as_secs_f64();
    let lines = findings.judged.verdict.calls as f64;
    let note = format!("s, {:.0} lines a second", lines / seconds.max(0.001));
    row("until every line was sent", seconds.round() as u64, &note);
    let factor = findings.plan.factor();
    let note = format!("s, by a clock that goes {factor} times as fast for gateway and clients");
    row("elapsed", findings.elapsed.as_secs(), &note);
    let memory = findings.observed.memory / 1024;
    row("peak memory of a worker", memory, "MiB");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_list::arguments::Plan;
    use crate::shared_list::judgement::Judged;
    use crate::shared_list::kept::Kept;
    use crate::verdict::Verdict;

    fn findings(verdict: Verdict) -> Findings {
        Findings {
            plan: Plan::default(),
            judged: Judged {
                verdict,
                ..Judged::default()
            },
            kept: Kept {
                lists: Vec::new(),
                stuck: [0; 2],
                claimed: 0,
                late: [0; 2],
                lapsed: Vec::new(),
                joined: 0,
            },
            observed: Default::default(),
            disruptions: Default::default(),
            rounds: 8,
            gave_up: false,
            faults_fired: Vec::new(),
            requests: 0,
            working: Duration::ZERO,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn a_fleet_that_gives_its_lines_up_has_failed() {
        let of = |not_sent| {
            failures(&findings(Verdict {
                not_sent,
                ..Verdict::default()
            }))
        };
        assert_eq!(of(0), [""; 0]);
        assert_eq!(of(3), ["3 lines are not sent after 8 rounds"]);
    }
}
