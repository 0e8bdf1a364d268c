//! The tasks, each a module.
//!
//! Owns the workspace's folders and how a task prints. Must not know the command line.
//! Must not use: `crate::cli`.

pub mod api;
pub mod bundle;
pub mod chaos;
pub mod ci;
pub mod deny;
pub mod diff;
pub mod generate;
pub mod import;
pub mod lint;
pub mod release;
pub mod sbom;
pub mod test;
pub mod tidy;
mod tool;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use miette::GraphicalTheme;

use jdy_codegen::pipeline::PlannedSpec;

/// A task refused something or found a difference, and printed it. Status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// How a task ends; well also with notes.
pub type TaskResult = Result<(), Refused>;

/// The folder of the workspace: the nearest one upwards that holds this crate.
#[must_use]
pub fn workspace() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    here.ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file())
        .map_or(here.clone(), Path::to_path_buf)
}

/// A path as it is shown: without the folder that the command was called in.
fn shown(path: PathBuf) -> PathBuf {
    match std::env::current_dir() {
        Ok(here) => path
            .strip_prefix(here)
            .map_or(path.clone(), Path::to_path_buf),
        Err(_) => path,
    }
}

/// The spec folder: as given, or the workspace's own.
#[must_use]
pub fn spec_folder(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| shown(workspace().join("spec")))
}

/// The folder of the crates: as given, or the workspace's own.
#[must_use]
pub fn crates_folder(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| shown(workspace().join("crates")))
}

/// Shows the diagnostics for a person on stderr, with the lines that they are about.
fn report(planned: &mut PlannedSpec) {
    let sources = &planned.spec.sources;
    let theme = if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    eprint!("{}", planned.diagnostics.report(sources, theme));
}

/// What the spec holds, and what was found, in one line.
fn summary(planned: &PlannedSpec) -> String {
    let count = &planned.model.count;
    let diagnostics = &planned.diagnostics;
    format!(
        "{} operations, {} entities, {} properties: {}, {}",
        count.operations,
        count.entities,
        count.properties,
        counted(diagnostics.errors(), "error"),
        counted(diagnostics.notes(), "note")
    )
}

/// `1 error`, `2 errors`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Prints; a reader that went away is no failure of the task.
fn print(text: &str) {
    let _ = deliver(text);
}

/// Prints what the task is for; a reader that went away has read enough.
fn deliver(text: &str) -> TaskResult {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: the output cannot be written: {error}");
            Err(Refused)
        }
        _ => Ok(()),
    }
}
