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
        "calls={} unknown={} applied_twice={} not_sent_but_applied={} applied_but_absent={} lost_lines={}",
        verdict.calls,
        verdict.unknown,
        verdict.applied_twice,
        verdict.not_sent_but_applied,
        verdict.applied_but_absent,
        verdict.lost_lines
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
    debug_assert!(verdict.is_clean() || !wrong.is_empty());
    wrong
}

fn at_most(count: u64) -> String {
    format!("at most {count}")
}

fn table(findings: &Findings) -> String {
    let (verdict, reasons) = (&findings.verdict, &findings.reasons);
    let seconds = findings.elapsed.as_secs_f64();
    let struck: u64 = findings.struck.iter().map(|(_, count)| count).sum();
    let mut text = String::new();
    let mut row = |name: &str, count: u64, note: String| {
        let _ = writeln!(text, "{:<32}{count:>10}  {note}", name).map(|()| {
            text.truncate(text.trim_end().len());
            text.push('\n');
        });
    };
    let none = String::new;
    row("seed", findings.plan.seed, none());
    row("calls", verdict.calls, none());
    let note = format!(
        "{} of them with answers that nobody could read",
        verdict.unreadable
    );
    row("  applied", verdict.done + verdict.unreadable, note);
    row("  rejected", verdict.rejected, none());
    row("  not sent, and given up", verdict.not_sent, none());
    row("    told no, or dropped", reasons.refused, none());
    let note = at_most(reasons.without_token_at_most);
    row("    without a token", reasons.without_token, note);
    let note = format!("{} of them took effect", verdict.unknown_but_applied);
    row("  unknown", verdict.unknown, note);
    row("    struck by a fault", reasons.struck, none());
    row("    in flight when killed", reasons.killed, none());
    row("    in flight when dropped", reasons.dropped, none());
    row("    too late on a busy machine", reasons.late, none());
    let note = at_most(reasons.cut_off_at_most);
    row("    cut off unread", reasons.cut_off, note);
    row("made again after not sent", verdict.made_again, none());
    row("applied twice", verdict.applied_twice, none());
    row(
        "reported not sent but applied",
        verdict.not_sent_but_applied,
        none(),
    );
    row(
        "reported applied but absent",
        verdict.applied_but_absent,
        none(),
    );
    row("lost lines", verdict.lost_lines, none());
    row("kills", findings.kills, none());
    row("requests at the gateway", findings.requests, none());
    let note = format!("s, {:.0} calls a second", verdict.calls as f64 / seconds);
    row("elapsed", seconds.round() as u64, note);
    let (own, client) = findings.memory;
    let note = format!(
        "MiB with the gateway, {} MiB in the largest client",
        client / 1024
    );
    row("peak memory", own.unwrap_or_default() / 1024, note);
    row("faults struck", struck, none());
    for (word, count) in &findings.struck {
        row(&format!("  {word}"), *count, none());
    }
    text
}
