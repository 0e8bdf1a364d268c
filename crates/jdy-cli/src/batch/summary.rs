//! The state of a list at the end of a run: counts, and the lines that a person has to look at.
//!
//! Owns the two formats of the summary. Must not know the exit status.

use std::collections::HashMap;
use std::fmt::Write as _;

use jdy::Effect;
use jdy_journal::{
    Entry, Journal, Line, List, State, Stopped, Summary, VerificationQuery, verification_query,
};
use serde_json::{Map, Value, json};

use super::reconciling;
use crate::arguments::Format;
use crate::exit::OneLine;
use crate::language::{of_state, say};
use crate::table;

/// The report of a line that was looked up begins so.
const RECONCILED: &str = "reconciled as ";

/// The maximum number of rejected and of unsent lines in the table. Unknown lines are all shown.
const MAX_SHOWN: usize = 20;

/// The groups of lines that need action, with the maximum number shown.
const OPEN: [(Group, usize); 5] = [
    (Group::State(State::Unknown), usize::MAX),
    (Group::State(State::Applied), usize::MAX),
    (Group::State(State::NotSent), MAX_SHOWN),
    (Group::InPart, usize::MAX),
    (Group::State(State::Rejected), MAX_SHOWN),
];

/// Lines that are reported together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Lines in this state, except those of the next group.
    State(State),
    /// Rejected lines that took effect in part.
    InPart,
}

impl Group {
    fn of(entry: &Entry) -> Self {
        match entry.is_rejected_in_part() {
            true => Self::InPart,
            false => Self::State(entry.state),
        }
    }

    /// What they are, and what to do about them. Unknown lines that only read are repeated
    /// automatically.
    fn words(self, is_read: bool) -> String {
        match self {
            Self::State(State::Unknown) if is_read => say!("summary-unanswered"),
            Self::State(State::Unknown) => say!("summary-unknown"),
            Self::State(State::Applied) => say!("summary-applied"),
            Self::State(State::NotSent) => say!("summary-not-sent"),
            Self::InPart => say!("summary-in-part"),
            Self::State(_) => say!("summary-rejected"),
        }
    }
}

/// The summary in the requested format.
pub(crate) fn of(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    answers: &HashMap<u64, Vec<u8>>,
    format: Format,
) -> String {
    let lines: Vec<ReportedLine<'_>> = list
        .lines()
        .iter()
        .zip(&summary.entries)
        .map(|(line, entry)| ReportedLine {
            line,
            entry,
            call_id: journal.call_id(entry.line),
            answer: answers.get(&entry.line).map(Vec::as_slice),
            query: verification_query(list.info(), &line.request),
        })
        .collect();
    match format {
        Format::Json => as_json(journal, list, summary, &lines),
        Format::Table => as_table(summary, &lines, list.info().effect),
    }
}

/// A line with everything that is reported about it.
struct ReportedLine<'a> {
    line: &'a Line,
    entry: &'a Entry,
    call_id: String,
    /// The answer that could not be read.
    answer: Option<&'a [u8]>,
    query: Option<VerificationQuery>,
}

fn as_table(summary: &Summary, lines: &[ReportedLine<'_>], effect: Effect) -> String {
    let counts = &summary.counts;
    let mut rows: Vec<Vec<String>> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Intent)
        .map(|state| vec![of_state(state), counts.of(state).to_string()])
        .collect();
    rows.push(vec![say!("total"), counts.total().to_string()]);
    rows.push(vec![say!("called-now"), summary.made.to_string()]);
    rows.extend(summary.reconciled.iter().flat_map(reconciling::rows));
    let mut text = table::whole(&[say!("heading-state"), say!("heading-lines")], &rows);
    for (group, most) in OPEN {
        let open: Vec<_> = lines
            .iter()
            .filter(|line| Group::of(line.entry) == group)
            .collect();
        if open.is_empty() {
            continue;
        }
        let rows = open.iter().take(most).map(|line| line.row(effect));
        let rows: Vec<Vec<String>> = rows.collect();
        let is_read = effect.is_read();
        let is_unknown = group == Group::State(State::Unknown);
        // Writing to a String does not fail.
        let _ = write!(text, "\n{}\n", group.words(is_read));
        text.push_str(&table::whole(&headings(is_unknown && !is_read), &rows));
        if open.len() > most {
            let _ = writeln!(text, "{}", say!("and-more", count = open.len() - most));
        }
    }
    text
}

fn headings(is_to_check: bool) -> [String; 6] {
    [
        say!("heading-line"),
        say!("heading-key"),
        say!("heading-call-id"),
        say!("heading-last-left"),
        say!("heading-asked-for"),
        match is_to_check {
            true => say!("heading-what-to-check"),
            false => say!("heading-why"),
        },
    ]
}

impl ReportedLine<'_> {
    fn row(&self, effect: Effect) -> Vec<String> {
        let report = self.entry.report.as_deref().unwrap_or_default();
        let last = match self.entry.state {
            State::Unknown if !effect.is_read() && report.starts_with(RECONCILED) => {
                say!("message-and-more", message = report, more = self.check())
            }
            State::Unknown if !effect.is_read() => self.check(),
            _ => report.to_owned(),
        };
        vec![
            self.entry.line.to_string(),
            OneLine(self.entry.key.as_deref().unwrap_or("-")).to_string(),
            self.call_id.clone(),
            self.entry.intended_at.map_or_else(String::new, china_time),
            OneLine(&self.asked_for()).to_string(),
            OneLine(&last).to_string(),
        ]
    }

    /// The fields of the request to compare with the result of the check.
    fn asked_for(&self) -> String {
        let query = self.query.iter();
        let pairs = query.flat_map(|query| {
            let matches = query.asks.iter().flat_map(|ask| &ask.matches);
            matches.chain(&query.compare)
        });
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// The commands that look the line up, or what to look for.
    fn check(&self) -> String {
        if let Some(query) = &self.query {
            return check(query);
        }
        match (self.line.request.key(), self.line.key()) {
            (Some(key), _) => {
                let key = format!("{}={}", key.name, key.value);
                say!("look-in-product", key = key)
            }
            (None, Some(key)) => say!("look-in-product", key = key),
            (None, None) => say!("look-in-product-anyhow"),
        }
    }

    fn as_json(&self) -> Value {
        let check = self.query.as_ref().map(|query| {
            let calls = query.asks.iter();
            let calls = calls.map(
                |ask| json!({"arguments": object(&ask.arguments), "match": object(&ask.matches)}),
            );
            json!({
                "operation": query.operation,
                "calls": calls.collect::<Vec<_>>(),
                "missing": query.missing,
                "compare": object(&query.compare),
            })
        });
        json!({
            "line": self.entry.line,
            "key": self.entry.key,
            "call_id": self.call_id,
            "sent": self.entry.sent,
            "resent": self.entry.resent,
            "left_at": self.entry.intended_at,
            "ended_at": self.entry.ended_at,
            "report": self.entry.report,
            "in_part": self.entry.is_rejected_in_part(),
            "answer": self.answer.map(String::from_utf8_lossy),
            "check": check,
        })
    }
}

fn object(pairs: &[(&str, String)]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

/// A command for each document. For documents without a query, what a person can do instead.
fn check(query: &VerificationQuery) -> String {
    let mut parts: Vec<String> = Vec::new();
    for ask in &query.asks {
        let mut command = format!("jdy call {}", query.operation);
        for (name, value) in &ask.arguments {
            let _ = write!(command, " {}", shell_word(&format!("{name}={value}")));
        }
        if !parts.contains(&command) {
            parts.push(command);
        }
    }
    if !query.missing.is_empty() {
        let missing = query.missing.join(", ");
        parts.push(match parts.is_empty() {
            true => say!("look-up-impossible", missing = missing),
            false => say!("look-up-incomplete", missing = missing),
        });
    }
    parts.join(&say!("and-then"))
}

fn as_json(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    lines: &[ReportedLine<'_>],
) -> String {
    let counts: Map<String, Value> = State::ALL
        .into_iter()
        .map(|state| (state.to_string(), json!(summary.counts.of(state))))
        .collect();
    let mut all = json!({
        "operation": list.info().id,
        "journal": journal.id(),
        "lines": summary.counts.total(),
        "called_now": summary.made,
        "stopped": summary.stopped.map(|stopped| match stopped {
            Stopped::Interrupted => "told",
            Stopped::TooManyFailures => "nothing_gets_through",
            Stopped::RefusedByGateway => "refused_by_gateway",
            _ => "other",
        }),
        "counts": counts,
        "reconciled": summary.reconciled.as_ref().map(reconciling::as_json),
    });
    for (group, _) in OPEN {
        let Group::State(state) = group else { continue };
        let open = lines.iter().filter(|line| line.entry.state == state);
        let open: Vec<Value> = open.map(ReportedLine::as_json).collect();
        if let Some(all) = all.as_object_mut() {
            all.insert(state.to_string(), json!(open));
        }
    }
    format!("{all}\n")
}

/// Quotes a word for a shell.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+=.:/@,".contains(&byte);
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Milliseconds since 1970 as the product's own clock shows them: `yyyy-MM-dd HH:mm:ss` in China.
pub(super) fn china_time(millis: u64) -> String {
    let seconds = millis / 1000 + 8 * 3600;
    let (day, second) = (seconds / 86400, seconds % 86400);
    let (year, month, day) = civil(day);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The date this many days after 1970-01-01: years of March to February, in eras of 400 years.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (month, next_year) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next_year, month, day - first + 1)
}

#[cfg(test)]
mod tests {
    use super::{china_time, shell_word};

    #[test]
    fn a_time_is_that_of_the_product() {
        assert_eq!(china_time(0), "1970-01-01 08:00:00");
        assert_eq!(china_time(1_709_135_999_999), "2024-02-28 23:59:59");
        assert_eq!(china_time(1_709_136_000_000), "2024-02-29 00:00:00");
        assert_eq!(china_time(1_735_660_800_000), "2025-01-01 00:00:00");
    }

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(shell_word("member_id=10"), "member_id=10");
        assert_eq!(shell_word("name=O'Neil $x"), r"'name=O'\''Neil $x'");
    }
}
