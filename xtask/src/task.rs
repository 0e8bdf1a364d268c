//! The tasks, each a module; and how they are asked for.

pub mod bundle;
pub mod chaos;
pub mod ci;
pub mod deny;
pub mod diff;
pub mod generate;
pub mod import;
pub mod lint;
pub mod tidy;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use miette::GraphicalTheme;

use jdy_codegen::pipeline::Understood;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All is well, notes included. Status 0.
    Fine,
    /// Something was refused or differs. Status 1.
    Refused,
}

/// What the tasks print.
pub const USAGE: &str = "\
The maintainers' tasks.

Usage: cargo xtask TASK

  import [--spec DIR] [--keep-descriptions] [--allow-removal] [--allow-move] [--all] PAGE...
                                            pages of the vendor, or its Swagger file, to files
                                            of the spec; what a page lacks or moves is taken out
                                            or along only if allowed; --all tells every finding
  lint   [--spec DIR]                       check the spec; all findings at once
  gen    [--spec DIR] [--out DIR] [--check] generate the crates; --check only compares
  bundle [--spec DIR] [--out FILE]          the spec as one OpenAPI document in JSON
  diff   [REV] [--spec DIR]                 what changed since REV, as Markdown
  chaos  [--calls N] [--seed S] [--wrong HOW]
                                            recharges through faults and kills, held against a ledger
  tidy                                      rules over the text: headers, lengths, words, links
  ci                                        everything that must pass, as CI runs it
  advisories                                what is known against the dependencies

DIR of --spec is `spec`, of --out `crates`, unless given; REV is `HEAD`. `lint` and
`gen` print one line `file:line:column: error: what; help: ..` for each finding.
Status: 0 fine (notes included), 1 refused or different, 2 wrong usage.
";

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

/// Shows the findings for a person on stderr, with the lines that they speak of.
fn report(understood: &mut Understood) {
    let sources = &understood.spec.sources;
    let theme = if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    eprint!("{}", understood.findings.report(sources, theme));
}

/// What the spec holds, and what was found, in one line.
fn summary(understood: &Understood) -> String {
    let count = &understood.model.count;
    let findings = &understood.findings;
    format!(
        "{} operations, {} entities, {} properties: {} errors, {} notes",
        count.operations,
        count.entities,
        count.properties,
        findings.errors(),
        findings.notes()
    )
}

/// Prints; a reader that went away is no failure of the task.
fn print(text: &str) {
    let _ = deliver(text);
}

/// Prints what the task is for; a reader that went away has read enough.
fn deliver(text: &str) -> Ended {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: the output cannot be written: {error}");
            Ended::Refused
        }
        _ => Ended::Fine,
    }
}
