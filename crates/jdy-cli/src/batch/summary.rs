//! How a list stands at the end of a run: counts, and the lines that someone has to look at.
//!
//! Owns the two forms of the summary. It must not know what they mean to a script.

use std::collections::HashMap;
use std::fmt::Write as _;

use jdy::Effect;
use jdy_journal::{Entry, Journal, Line, List, Settling, State, Stopped, Summary, settling};
use serde_json::{Map, Value, json};

use crate::arguments::Format;
use crate::exit::OneLine;
use crate::table;

/// Of rejected lines and those not sent the table shows so many; unknown ones it shows all.
const SHOWN: usize = 20;

/// The lines that someone has to do something about, with what.
const OPEN: [(Group, &str, usize); 5] = [
    (
        Group::State(State::Unknown),
        "unknown: whether they took effect is not known; look each of them up, on every page \
         of a list, and settle it: --settle KEY=applied or KEY=absent",
        usize::MAX,
    ),
    (
        Group::State(State::Applied),
        "applied: they took effect, but their answers could not be read; --format json shows \
         them, and --settle KEY=applied says that someone has taken note",
        usize::MAX,
    ),
    (
        Group::State(State::NotSent),
        "not sent: the next run sends them",
        SHOWN,
    ),
    (
        Group::InPart,
        "rejected in part: the other rows took effect, so never send the whole line again, in any \
         list; mend and send its refused rows alone",
        usize::MAX,
    ),
    (
        Group::State(State::Rejected),
        "rejected: the product answered no",
        SHOWN,
    ),
];

/// Lines that are told of together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Those that stand there, but for the next group.
    State(State),
    /// Those that are rejected and took effect in part.
    InPart,
}

impl Group {
    fn of(entry: &Entry) -> Self {
        match entry.is_rejected_in_part() {
            true => Self::InPart,
            false => Self::State(entry.state),
        }
    }
}

/// The summary in the form that was asked for.
pub(crate) fn of(
    journal: &Journal,
    list: &List,
    summary: &Summary,
    answers: &HashMap<u64, Vec<u8>>,
    format: Format,
) -> String {
    let lines: Vec<Told<'_>> = list
        .lines()
        .iter()
        .zip(&summary.entries)
        .map(|(line, entry)| Told {
            line,
            entry,
            call_id: journal.call_id(entry.line),
            answer: answers.get(&entry.line).map(Vec::as_slice),
            settling: settling(list.info(), &line.request),
        })
        .collect();
    match format {
        Format::Json => as_json(journal, list, summary, &lines),
        Format::Table => as_table(summary, &lines, list.info().effect),
    }
}

/// A line with what is told of it.
struct Told<'a> {
    line: &'a Line,
    entry: &'a Entry,
    call_id: String,
    /// The answer that could not be read.
    answer: Option<&'a [u8]>,
    settling: Option<Settling>,
}

/// What only reads is asked again without anyone's word.
const UNANSWERED: &str = "unknown: no answer came; the next run asks again";

fn as_table(summary: &Summary, lines: &[Told<'_>], effect: Effect) -> String {
    let counts = &summary.counts;
    let mut rows: Vec<Vec<String>> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Intent)
        .map(|state| vec![state.to_string(), counts.of(state).to_string()])
        .collect();
    rows.push(vec!["total".to_owned(), counts.total().to_string()]);
    rows.push(vec!["called now".to_owned(), summary.made.to_string()]);
    let mut text = table::render(&["state", "lines"].map(str::to_owned), &rows);
    for (group, words, most) in OPEN {
        let open: Vec<_> = lines
            .iter()
            .filter(|told| Group::of(told.entry) == group)
            .collect();
        if open.is_empty() {
            continue;
        }
        let rows = open.iter().take(most).map(|told| told.row(effect));
        let rows: Vec<Vec<String>> = rows.collect();
        let is_read = effect.is_read();
        let is_unknown = group == Group::State(State::Unknown);
        let words = if is_read && is_unknown {
            UNANSWERED
        } else {
            words
        };
        let headings = [
            "line",
            "key",
            "call id",
            "last left at (UTC+8)",
            "asked for",
            match is_unknown && !is_read {
                true => "what to check",
                false => "why",
            },
        ];
        // Writing to a String does not fail.
        let _ = write!(text, "\n{words}\n");
        text.push_str(&table::render(&headings.map(str::to_owned), &rows));
        if open.len() > most {
            let _ = writeln!(text, "and {} more", open.len() - most);
        }
    }
    text
}

impl Told<'_> {
    fn row(&self, effect: Effect) -> Vec<String> {
        let report = self.entry.report.as_deref().unwrap_or_default();
        let last = match self.entry.state {
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

    /// What is to be compared with what the check shows.
    fn asked_for(&self) -> String {
        let settling = self.settling.iter();
        let pairs = settling.flat_map(|settling| {
            let matches = settling.asks.iter().flat_map(|ask| &ask.matches);
            matches.chain(&settling.look)
        });
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// The commands that can tell, or what to look for.
    fn check(&self) -> String {
        if let Some(settling) = &self.settling {
            return check(settling);
        }
        match (self.line.request.key(), self.line.key()) {
            (Some(key), _) => format!("look in the product for {}={}", key.name, key.value),
            (None, Some(key)) => format!("look in the product for {key}"),
            (None, None) => "look in the product for what the line asked for".to_owned(),
        }
    }

    fn as_json(&self) -> Value {
        let check = self.settling.as_ref().map(|settling| {
            let calls = settling.asks.iter();
            let calls = calls.map(
                |ask| json!({"arguments": object(&ask.arguments), "match": object(&ask.matches)}),
            );
            json!({
                "operation": settling.operation,
                "calls": calls.collect::<Vec<_>>(),
                "missing": settling.missing,
                "compare": object(&settling.look),
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

/// A command for each document; for those that none can show, what a person can do.
fn check(settling: &Settling) -> String {
    let mut parts: Vec<String> = Vec::new();
    for ask in &settling.asks {
        let mut command = format!("jdy call {}", settling.operation);
        for (name, value) in &ask.arguments {
            let _ = write!(command, " {}", shell_word(&format!("{name}={value}")));
        }
        if !parts.contains(&command) {
            parts.push(command);
        }
    }
    if !settling.missing.is_empty() {
        let missing = settling.missing.join(", ");
        parts.push(match parts.is_empty() {
            true => format!(
                "no command can tell, as the request gives no {missing}; look in the product for \
                 what was made at that time with the content of this line"
            ),
            false => format!(
                "what has no {missing} no command can show; look in the product for what was made \
                 at that time with its content"
            ),
        });
    }
    parts.join("; ")
}

fn as_json(journal: &Journal, list: &List, summary: &Summary, lines: &[Told<'_>]) -> String {
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
            Stopped::Told => "told",
            Stopped::NothingGetsThrough => "nothing_gets_through",
            Stopped::RefusedByGateway => "refused_by_gateway",
            _ => "other",
        }),
        "counts": counts,
    });
    for (group, _, _) in OPEN {
        let Group::State(state) = group else { continue };
        let open = lines.iter().filter(|told| told.entry.state == state);
        let open: Vec<Value> = open.map(Told::as_json).collect();
        if let Some(all) = all.as_object_mut() {
            all.insert(state.to_string(), json!(open));
        }
    }
    format!("{all}\n")
}

/// A word that a shell takes as it is.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+=.:/@,".contains(&byte);
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Milliseconds since 1970 as the product's own clock shows them: `yyyy-MM-dd HH:mm:ss` in China.
fn china_time(millis: u64) -> String {
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

/// The date so many days after 1970-01-01: years of March to February, in eras of 400 years.
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
