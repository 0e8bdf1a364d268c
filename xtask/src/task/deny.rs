//! `cargo-deny`: what may stand among the dependencies (`deny.toml`), and what is known of them.
//!
//! Owns the tool: the version that the project is checked with, taken from the caller's path or
//! built once into `target/tools`. Must not know what is allowed; that stands in `deny.toml`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Refused, TaskResult, workspace};

/// The version that is run, so that the same checks run everywhere.
const VERSION: &str = "0.20.2";

/// Where the advisories come from.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";

/// Licences, bans and sources. Exceptions that are no longer needed fail as well.
const CHECK: [&str; 8] = [
    "check",
    "-D",
    "unmatched-skip",
    "-D",
    "unnecessary-skip",
    "licenses",
    "bans",
    "sources",
];

/// Checks licences, bans and sources; how it failed, where it did.
pub(super) fn check(folder: &Path) -> Result<(), String> {
    let tool = tool(folder)?;
    run(Command::new(tool).args(CHECK).current_dir(folder))
}

/// Asks the advisory database. Where that cannot be reached, nothing is known, and that is said.
///
/// # Errors
/// What was wrong was printed.
pub fn advisories() -> TaskResult {
    let folder = workspace();
    let tool = match tool(&folder) {
        Ok(tool) => tool,
        Err(why) => return refused(&why),
    };
    let deny = |arguments: &[&str]| run(Command::new(&tool).args(arguments).current_dir(&folder));
    if deny(&["fetch", "db"]).is_err() {
        return refused(&format!(
            "not checked: the advisory database {DATABASE} cannot be reached from here (see above). \
             This says nothing of the dependencies, good or bad; run it where the database can be reached"
        ));
    }
    match deny(&["check", "advisories"]) {
        Ok(()) => Ok(()),
        Err(why) => refused(&why),
    }
}

fn refused(why: &str) -> TaskResult {
    eprintln!("advisories: {why}");
    Err(Refused)
}

/// The tool, built where it is not there yet; that takes minutes, once.
fn tool(folder: &Path) -> Result<PathBuf, String> {
    let root = folder.join("target/tools");
    let built = root.join("bin/cargo-deny");
    for known in [PathBuf::from("cargo-deny"), built.clone()] {
        if is_our_version(&known) {
            return Ok(known);
        }
    }
    println!("==> building cargo-deny {VERSION}, once, into target/tools");
    let install = ["install", "cargo-deny", "--locked", "--version", VERSION];
    let mut cargo = Command::new("cargo");
    run(cargo.args(install).arg("--root").arg(root))?;
    Ok(built)
}

fn is_our_version(tool: &Path) -> bool {
    let asked = Command::new(tool)
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    let ours = format!("cargo-deny {VERSION}");
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim() == ours)
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} failed ({status})")),
        Err(error) => Err(format!("{shown} cannot be started: {error}")),
    }
}
