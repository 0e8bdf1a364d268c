//! The report of a run: a table, every violation as a sentence, and the last line for scripts.
//!
//! Owns the names of the rows and the form of the last line. Must not know how the findings are made.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::run::Findings;
use crate::sabotage::Sabotage;

/// Prints the report; whether nothing is wrong.
pub(crate) fn print(findings: &Findings) -> std::io::Result<bool> {
    finish(&rows(findings), &failures(findings), &last_line(findings))
}

/// Prints the rows, every violation, and the last line; whether nothing is wrong.
pub(crate) fn finish(rows: &str, failures: &[String], last: &str) -> std::io::Result<bool> {
    let mut text = rows.to_owned();
    for sentence in failures {
        text += &format!("\n{sentence}");
    }
    if !failures.is_empty() {
        text.push('\n');
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}\n{last}")?;
    out.flush()?;
    Ok(failures.is_empty())
}

fn last_line(findings: &Findings) -> String {
    let verdict = &findings.verdict;
    format!(
        "calls={} unknown={} applied_twice={} not_sent_but_applied={} applied_but_absent={} lost_lines={} misdirected={} swapped={}",
        verdict.calls,
        verdict.unknown,
        verdict.applied_twice,
        verdict.not_sent_but_applied,
        verdict.applied_but_absent,
        verdict.lost_lines,
        verdict.misdirected,
        verdict.swapped
    )
}

/// Every violation, as a sentence.
fn failures(findings: &Findings) -> Vec<String> {
    let (verdict, reasons) = (&findings.verdict, &findings.reasons);
    let mut failures = verdict.examples.clone();
    if verdict.unexpected > 0 {
        failures.push(format!(
            "{} entries of the ledger or the journals belong to no recharge of the lists",
            verdict.unexpected
        ));
    }
    if reasons.cut_off > reasons.cut_off_at_most {
        failures.push(format!(
            "{} calls are unknown for no reason of their own, but no more than {} connections ended unread",
            reasons.cut_off, reasons.cut_off_at_most
        ));
    }
    if reasons.without_token > reasons.without_token_at_most {
        failures.push(format!(
            "{} calls were given up for no reason of their own, but no more than {} can have been without a token",
            reasons.without_token, reasons.without_token_at_most
        ));
    }
    let changed = findings.observed.changed.iter();
    failures.extend(changed.map(|what| format!("a refusal changed a journal: {what}")));
    failures.extend(document_failures(findings));
    debug_assert!(verdict.is_clean() || !failures.is_empty());
    failures
}

/// What is wrong with what was found out about documents.
fn document_failures(findings: &Findings) -> Vec<String> {
    let (verdict, reasons) = (&findings.documents, &findings.document_reasons);
    let mut failures = verdict.examples.clone();
    if reasons.cut_off > reasons.cut_off_at_most {
        failures.push(format!(
            "{} documents were unknown for no reason of their own, but no more than {} connections ended unread",
            reasons.cut_off, reasons.cut_off_at_most
        ));
    }
    let total = verdict.total();
    // Another sabotage leaves the documents as they are.
    let is_looked_up = findings.plan.sabotage.is_none_or(Sabotage::is_of_documents);
    if is_looked_up && !total.is_enough() {
        failures.push(format!(
            "of {} documents {} were unknown, and no more than {} of these were found out",
            total.documents,
            total.unknown,
            total.found_out()
        ));
    }
    failures
}

fn at_most(count: u64) -> String {
    format!("at most {count}")
}

/// One row: a name, a number, and a note.
pub(crate) fn row(text: &mut String, name: &str, count: u64, note: &str) {
    let row = format!("{name:<38}{count:>10}  {note}");
    let _ = writeln!(text, "{}", row.trim_end());
}

fn rows(findings: &Findings) -> String {
    let mut text = String::new();
    row(&mut text, "seed", findings.plan.seed, "");
    add_ends(&mut text, findings);
    add_violations(&mut text, findings);
    add_documents(&mut text, findings);
    add_disruptions(&mut text, findings);
    add_cost(&mut text, findings);
    let faults_fired: u64 = findings.faults_fired.iter().map(|(_, count)| count).sum();
    row(&mut text, "faults injected", faults_fired, "");
    for (name, count) in &findings.faults_fired {
        row(&mut text, &format!("  {name}"), *count, "");
    }
    text
}

/// How the calls ended, and why.
fn add_ends(text: &mut String, findings: &Findings) {
    let (verdict, reasons) = (&findings.verdict, &findings.reasons);
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("calls", verdict.calls, "");
    let unreadable = verdict.unreadable;
    let note = format!("{unreadable} of them with unreadable responses");
    row("  applied", verdict.done + unreadable, &note);
    row("  rejected", verdict.rejected, "");
    row("  not sent, and given up", verdict.not_sent, "");
    row("    refused, unreachable or dropped", reasons.refused, "");
    let note = at_most(reasons.without_token_at_most);
    row("    without a token", reasons.without_token, &note);
    let note = format!("{} of them took effect", verdict.unknown_but_applied);
    row("  unknown", verdict.unknown, &note);
    row("    hit by a fault of its own", reasons.hit, "");
    row("    in flight when killed", reasons.killed, "");
    row("    in flight when dropped", reasons.dropped, "");
    row("    too late on a busy machine", reasons.late, "");
    let note = at_most(reasons.cut_off_at_most);
    row(
        "    on a connection that ended unread",
        reasons.cut_off,
        &note,
    );
    row("sent again after not sent", verdict.sent_again, "");
}

/// What must be 0.
fn add_violations(text: &mut String, findings: &Findings) {
    let verdict = &findings.verdict;
    for (name, count) in [
        ("applied twice", verdict.applied_twice),
        (
            "reported not sent but applied",
            verdict.not_sent_but_applied,
        ),
        ("reported applied but absent", verdict.applied_but_absent),
        ("rejected for nothing", verdict.rejected_for_nothing),
        ("lost lines", verdict.lost_lines),
        ("misdirected to another account set", verdict.misdirected),
        ("reported by another call's response", verdict.swapped),
    ] {
        row(text, name, count, "");
    }
}

/// What was found out about the documents whose outcome was unknown.
fn add_documents(text: &mut String, findings: &Findings) {
    let verdict = &findings.documents;
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    let total = verdict.total();
    row("documents", total.documents, "of these calls");
    row("  once unknown", total.unknown, "");
    let percent = total.found_out() as f64 * 100.0 / total.unknown.max(1) as f64;
    let note = format!("{percent:.2} %");
    row("    found out by the machine", total.found_out(), &note);
    row("      looked up and found", total.found, "");
    row("      absent, and sent again", total.absent, "");
    row("    left to a person", total.left, "");
    for (name, kind) in &verdict.by_kind {
        let note = format!(
            "{} once unknown, {} found out, {} left",
            kind.unknown,
            kind.found_out(),
            kind.left
        );
        row(&format!("  {name}"), kind.documents, &note);
    }
    row("documents applied twice", verdict.applied_twice, "");
    row("reported absent but there", verdict.absent_but_there, "");
    let count = verdict.applied_but_not_there;
    row("reported applied but not there", count, "");
    let note = "rounds; before each the gateway's clock was moved by 11 min instead of waiting";
    row("reconciliation", findings.rounds, note);
}

/// What happened besides the faults of the gateway.
fn add_disruptions(text: &mut String, findings: &Findings) {
    let observed = &findings.observed;
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("kills", observed.kills, "");
    let damaged = observed.damaged.values();
    let count: u64 = damaged.clone().flatten().sum();
    let refused: u64 = damaged.map(|[refused, _]| refused).sum();
    let note = format!("{refused} of them refused, the others continued");
    row("journals damaged, copied or linked", count, &note);
    for (name, [refused, continued]) in &observed.damaged {
        let note = format!("{refused} refused, {continued} continued");
        row(&format!("  {name}"), refused + continued, &note);
    }
    let [refused, free] = observed.second_processes;
    let note = format!("{refused} of them refused, the others opened a free journal");
    row("second processes on one journal", refused + free, &note);
    row(
        "account set dead, another one live",
        findings.dead,
        "of one instance",
    );
    row(
        "responses that nobody asked for",
        findings.extra_responses,
        "",
    );
    let [applied, absent, retries] = observed.looked_up;
    let note = format!("{absent} of them absent; {retries} lists ended with an error");
    row("unknown lines looked up", applied + absent, &note);
    row(
        "refused before any call",
        observed.refused.values().sum(),
        "",
    );
    for (why, count) in &observed.refused {
        row(&format!("  {why}"), *count, "");
    }
}

fn add_cost(text: &mut String, findings: &Findings) {
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("requests at the gateway", findings.requests, "");
    let seconds = findings.elapsed.as_secs_f64();
    let calls = findings.verdict.calls;
    let note = format!("s, {:.0} calls a second", calls as f64 / seconds);
    row("elapsed", seconds.round() as u64, &note);
    let seconds = findings.reconciling.as_secs_f64();
    row("reconciling", seconds.round() as u64, "s");
    let client = findings.observed.memory / 1024;
    let note = format!("MiB with the gateways, {client} MiB in the largest client");
    row(
        "peak memory",
        findings.memory.unwrap_or_default() / 1024,
        &note,
    );
}
