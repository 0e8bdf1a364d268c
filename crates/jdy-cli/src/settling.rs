//! The words by which a person settles a line, and what is said of them.
//!
//! Owns the spelling of `--settle` as it is printed. Must not decide what a state allows: that is the
//! journal's.

use jdy_journal::{Entry, Resolution, ResolvedAs, State};
use serde_json::{Value, json};

use crate::language::{of_state, say};
use crate::shell::word;

/// `KEY=applied` or `KEY=absent`; after a second call of the line `KEY=absent@2`.
fn words_for(entry: &Entry, name: &str, resolved_as: ResolvedAs) -> String {
    let resolved = resolved_as.as_str();
    match resolved_as {
        ResolvedAs::Absent if entry.sent > 1 => format!("{name}={resolved}@{}", entry.sent),
        _ => format!("{name}={resolved}"),
    }
}

/// How a person names a line: by its key, or by its number if it has no key.
fn name(entry: &Entry) -> String {
    entry.key.clone().unwrap_or_else(|| entry.line.to_string())
}

/// What may be stated of a line, ready for a shell; empty if nothing is to be stated.
pub(crate) fn choices(entry: &Entry) -> String {
    let name = name(entry);
    let word = |resolved_as| match words_for(entry, &name, resolved_as) {
        // Apart from its option it would be read as another one.
        words if words.starts_with('-') => word(&format!("--settle={words}")),
        words => word(&words),
    };
    match entry.state {
        State::Unknown => say!(
            "settle-choices",
            applied = word(ResolvedAs::Applied),
            absent = word(ResolvedAs::Absent)
        ),
        State::Applied => word(ResolvedAs::Applied),
        _ => String::new(),
    }
}

/// The same for a program, not quoted.
pub(crate) fn as_json(entry: &Entry) -> Value {
    let name = name(entry);
    let words = |resolved_as| words_for(entry, &name, resolved_as);
    match entry.state {
        State::Unknown => json!({
            "applied": words(ResolvedAs::Applied),
            "absent": words(ResolvedAs::Absent),
        }),
        State::Applied => json!({"applied": words(ResolvedAs::Applied)}),
        _ => Value::Null,
    }
}

/// That a line was settled.
pub(crate) fn done(resolution: &Resolution) -> String {
    let resolved_as = resolution.resolved_as.as_str();
    say!("settled", name = resolution.name, resolved_as = resolved_as)
}

/// That the same was stated before; `None` if it was not.
pub(crate) fn already(entry: &Entry, resolution: &Resolution) -> Option<String> {
    let by = resolution.stated_before_by(entry)?;
    Some(say!(
        "settled-already",
        name = resolution.name,
        resolved_as = resolution.resolved_as.as_str(),
        by = by,
        state = of_state(entry.state)
    ))
}
