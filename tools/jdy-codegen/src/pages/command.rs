//! The example as a line of the command `jdy`.
//!
//! Owns quoting for a POSIX shell. Must not decide which fields are set. Must not use:
//! `crate::files`, `jdy_spec`.

use crate::plan::OperationPlan;
use crate::plan::sample::{RecordSample, Sample};

/// The line that calls the operation.
pub(super) fn line(operation: &OperationPlan) -> String {
    let mut out = format!("jdy call {}", operation.facts.id);
    for field in operation.sample.must.iter().chain(&operation.sample.more) {
        let value = match &field.value {
            Sample::Record(_) | Sample::List(_) | Sample::Any | Sample::Map => json(&field.value),
            scalar => bare(scalar),
        };
        out.push(' ');
        out.push_str(&quoted(&format!("{}={value}", field.wire)));
    }
    if operation.rows.is_some() {
        out.push_str(" --all");
    }
    out
}

/// A scalar as text.
fn bare(sample: &Sample) -> String {
    match sample {
        Sample::Text(text)
        | Sample::Decimal(text)
        | Sample::Date(text)
        | Sample::DateTime(text)
        | Sample::Code { code: text, .. } => text.clone(),
        Sample::Integer(number) | Sample::EpochMillis(number) => number.to_string(),
        Sample::Flag(flag) => flag.to_string(),
        Sample::File => "picture.png".to_owned(),
        Sample::Any | Sample::Map | Sample::List(_) | Sample::Record(_) => json(sample),
    }
}

/// A value as JSON.
fn json(sample: &Sample) -> String {
    match sample {
        Sample::Integer(_) | Sample::EpochMillis(_) | Sample::Flag(_) => bare(sample),
        Sample::Any => "{}".to_owned(),
        Sample::Map => "{\"name\":\"text\"}".to_owned(),
        Sample::List(None) => "[]".to_owned(),
        Sample::List(Some(item)) => format!("[{}]", json(item)),
        Sample::Record(record) => format!("{{{}}}", members(record)),
        scalar => text(&bare(scalar)),
    }
}

fn members(record: &RecordSample) -> String {
    let fields = record.must.iter().chain(&record.more);
    let members: Vec<String> = fields
        .map(|field| format!("{}:{}", text(&field.wire), json(&field.value)))
        .collect();
    members.join(",")
}

/// Text in JSON.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let is_plain =
        |sign: char| sign.is_ascii_alphanumeric() || "_-.,:=/+%".contains(sign) || !sign.is_ascii();
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_divide_it() {
        assert_eq!(quoted("a=1.5"), "a=1.5");
        assert_eq!(quoted("a=b c"), "'a=b c'");
        assert_eq!(quoted("a=it's"), "'a=it'\\''s'");
        assert_eq!(text("a\"\n"), "\"a\\\"\\u000a\"");
    }
}
