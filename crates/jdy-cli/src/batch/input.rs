//! What a person gives to a run: the file, and what they state of its lines.
//!
//! Owns how problems of them are reported. Must not send anything.

use std::collections::HashMap;
use std::path::Path;

use jdy::DynOperation;
use jdy_journal::{Entry, InvalidList, Journal, List, Problem, Reading, Resolution};

use super::ending::complain;
use crate::arguments::{BatchArguments, Settled};
use crate::exit::Failure;
use crate::language::{explained, say};

/// Reads the list; a failure prints all its problems, one per line.
pub(super) fn read(
    operation: &dyn DynOperation,
    arguments: &BatchArguments,
) -> Result<List, Failure> {
    let file = &arguments.file;
    let Some(format) = jdy_journal::Format::of_path(file) else {
        let file = format!("{file:?}");
        return Err(Failure::usage(say!("no-list-format", file = file)));
    };
    let content = std::fs::read(file).map_err(|error| {
        let file = format!("{file:?}");
        Failure::usage(say!("batch-cannot-read", file = file, error = error))
    })?;
    let reading = Reading {
        key: arguments.key.clone(),
        allow_identical: arguments.allow_identical,
    };
    let read = List::read_by(operation, format, &content, &reading);
    read.map_err(|invalid| wrong(file, &invalid))
}

/// Prints the problems of a list to stderr, one per line; the failure says how many there are.
pub(super) fn wrong(file: &Path, invalid: &InvalidList) -> Failure {
    let count = invalid.problems.len() + invalid.more;
    for problem in &invalid.problems {
        complain(&format!("{}: {}", file.display(), of_problem(problem)));
    }
    let (file, shown) = (file.display(), invalid.problems.len());
    Failure::usage(match invalid.more {
        0 => say!("batch-problems", file = file, count: count),
        _ => say!("batch-more-problems", file = file, count: count, shown = shown),
    })
}

fn of_problem(problem: &Problem) -> String {
    match problem.line {
        Some(line) => say!(
            "batch-problem",
            line = line,
            what = explained(&problem.what)
        ),
        None => explained(&problem.what),
    }
}

/// The resolutions of `--settle` with the name of the person.
pub(crate) fn resolutions(settled: Vec<Settled>, by: Option<String>) -> Vec<Resolution> {
    let user = || {
        ["USER", "LOGNAME", "USERNAME"]
            .map(std::env::var)
            .into_iter()
            .find_map(Result::ok)
    };
    let user = || user().filter(|name| !name.trim().is_empty());
    let by = by.or_else(user).unwrap_or_else(|| "someone".to_owned());
    let resolution = |(name, resolved_as, of_call)| Resolution {
        name,
        resolved_as,
        of_call,
        by: by.clone(),
    };
    settled.into_iter().map(resolution).collect()
}

/// What is said of resolutions that were carried out before this run. If the journal cannot be read,
/// the run says so.
pub(super) async fn already_settled(
    journal: &Journal,
    list: &List,
    resolutions: &[Resolution],
) -> Vec<String> {
    if resolutions.is_empty() {
        return Vec::new();
    }
    let entries = journal.entries().await.unwrap_or_default();
    // Both are in the same order. If blank lines were added or removed, the numbers differ; then the
    // journal's number applies.
    let lines = list.lines().iter().zip(&entries).map(|(line, entry)| {
        let key = line.key().map(str::to_owned);
        (key.unwrap_or_else(|| entry.line.to_string()), entry)
    });
    let lines: HashMap<String, &Entry> = lines.collect();
    let said = resolutions.iter().filter_map(|resolution| {
        let entry = lines.get(&resolution.name)?;
        crate::settling::already(entry, resolution)
    });
    said.collect()
}
