//! How a run is told: a table, what is wrong in sentences, and the last line for scripts.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::run::Findings;

/// Prints it; whether all is well.
pub(crate) fn print(findings: &Findings) -> std::io::Result<bool> {
    let wrong = wrong(findings);
    let mut text = table(findings);
    for sentence in &wrong {
        text += &format!("\n{sentence}");
    }
    if !wrong.is_empty() {
        text.push('\n');
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}\n{}", last_line(findings))?;
    out.flush()?;
    Ok(wrong.is_empty())
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

/// Everything that must not be, a sentence each.
fn wrong(findings: &Findings) -> Vec<String> {
    let (verdict, reasons) = (&findings.verdict, &findings.reasons);
    let mut wrong = verdict.examples.clone();
    if verdict.strangers > 0 {
        wrong.push(format!(
            "{} entries of ledger or journals are of calls that nobody asked for",
            verdict.strangers
        ));
    }
    if reasons.cut_off > reasons.cut_off_at_most {
        wrong.push(format!(
            "{} calls are unknown for no reason of their own, but no more than {} connections ended under a request",
            reasons.cut_off, reasons.cut_off_at_most
        ));
    }
    if reasons.without_token > reasons.without_token_at_most {
        wrong.push(format!(
            "{} calls were given up for no reason of their own, but no more than {} can have been without a token",
            reasons.without_token, reasons.without_token_at_most
        ));
    }
    let changed = findings.news.changed.iter();
    wrong.extend(changed.map(|what| format!("a refusal has changed a journal: {what}")));
    debug_assert!(verdict.is_clean() || !wrong.is_empty());
    wrong
}

fn at_most(count: u64) -> String {
    format!("at most {count}")
}

/// One row: a name, a number, and what else is to be said.
fn row(text: &mut String, name: &str, count: u64, note: &str) {
    let row = format!("{name:<32}{count:>10}  {note}");
    let _ = writeln!(text, "{}", row.trim_end());
}

fn table(findings: &Findings) -> String {
    let mut text = String::new();
    row(&mut text, "seed", findings.plan.seed, "");
    add_ends(&mut text, findings);
    add_wrongs(&mut text, findings);
    add_trouble(&mut text, findings);
    add_cost(&mut text, findings);
    let struck: u64 = findings.struck.iter().map(|(_, count)| count).sum();
    row(&mut text, "faults struck", struck, "");
    for (word, count) in &findings.struck {
        row(&mut text, &format!("  {word}"), *count, "");
    }
    text
}

/// How the calls ended, and why.
fn add_ends(text: &mut String, findings: &Findings) {
    let (verdict, reasons) = (&findings.verdict, &findings.reasons);
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("calls", verdict.calls, "");
    let unreadable = verdict.unreadable;
    let note = format!("{unreadable} of them with answers that nobody could read");
    row("  applied", verdict.done + unreadable, &note);
    row("  rejected", verdict.rejected, "");
    row("  not sent, and given up", verdict.not_sent, "");
    row("    told no, or dropped", reasons.refused, "");
    let note = at_most(reasons.without_token_at_most);
    row("    without a token", reasons.without_token, &note);
    let note = format!("{} of them took effect", verdict.unknown_but_applied);
    row("  unknown", verdict.unknown, &note);
    row("    struck by a fault", reasons.struck, "");
    row("    in flight when killed", reasons.killed, "");
    row("    in flight when dropped", reasons.dropped, "");
    row("    too late on a busy machine", reasons.late, "");
    let note = at_most(reasons.cut_off_at_most);
    row("    cut off unread", reasons.cut_off, &note);
    row("made again after not sent", verdict.made_again, "");
}

/// What must be 0.
fn add_wrongs(text: &mut String, findings: &Findings) {
    let verdict = &findings.verdict;
    for (name, count) in [
        ("applied twice", verdict.applied_twice),
        (
            "reported not sent but applied",
            verdict.not_sent_but_applied,
        ),
        ("reported applied but absent", verdict.applied_but_absent),
        ("lost lines", verdict.lost_lines),
        ("misdirected", verdict.misdirected),
        ("told by another's answer", verdict.swapped),
    ] {
        row(text, name, count, "");
    }
}

/// What happened beside the faults of the gateway.
fn add_trouble(text: &mut String, findings: &Findings) {
    let news = &findings.news;
    let mut row = |name: &str, count: u64, note: &str| row(text, name, count, note);
    row("kills", news.kills, "");
    let damaged = news.damaged.values();
    let count: u64 = damaged.clone().flatten().sum();
    let refused: u64 = damaged.map(|[refused, _]| refused).sum();
    let note = format!("{refused} of them refused, the others went on");
    row("journals damaged or copied", count, &note);
    for (name, [refused, went_on]) in &news.damaged {
        let note = format!("{refused} refused, {went_on} went on");
        row(&format!("  {name}"), refused + went_on, &note);
    }
    let [refused, free] = news.seconds;
    let note = format!("{refused} of them refused, the others when nobody had the journal");
    row("second processes", refused + free, &note);
    row(
        "account set went dead",
        findings.dead,
        "another one of its instance was live",
    );
    row("answers nobody asked for", findings.extra_answers, "");
    let [applied, absent, again] = news.looked_up;
    let note = format!("{absent} of them absent; {again} lists that did not end well");
    row("unknown lines looked up", applied + absent, &note);
    row("refused before any call", news.refused.values().sum(), "");
    for (why, count) in &news.refused {
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
    let client = findings.news.memory / 1024;
    let note = format!("MiB with the gateways, {client} MiB in the largest client");
    row(
        "peak memory",
        findings.memory.unwrap_or_default() / 1024,
        &note,
    );
}
