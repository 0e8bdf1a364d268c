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

/// Checks licences, bans and sources, with a tool that is built where there is none.
///
/// # Errors
/// What was wrong was printed.
pub fn run() -> TaskResult {
    let folder = workspace();
    match tool(&folder).and_then(|tool| check(&tool, &folder)) {
        Ok(()) => Ok(()),
        Err(why) => {
            eprintln!("deny: {why}");
            Err(Refused)
        }
    }
}

/// The same where the tool is there already, since building it takes longer than most of what is
/// checked; what was not checked, where it is not. How it failed, where it did.
pub(super) fn check_if_there(folder: &Path) -> Result<Option<String>, String> {
    match known(folder) {
        Some(tool) => {
            println!("==> cargo-deny: licences, bans, sources");
            check(&tool, folder).map(|()| None)
        }
        None => Ok(Some(format!(
            "licences, bans and sources of the dependencies were not checked: cargo-deny {VERSION} \
             is not there; `cargo xtask deny` builds it and checks them"
        ))),
    }
}

fn check(tool: &Path, folder: &Path) -> Result<(), String> {
    start(Command::new(tool).args(CHECK).current_dir(folder))
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
    let deny = |arguments: &[&str]| start(Command::new(&tool).args(arguments).current_dir(&folder));
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

/// Where tools are built.
const TOOLS: &str = "target/tools";

/// The tool, where it is there.
fn known(folder: &Path) -> Option<PathBuf> {
    let built = folder.join(TOOLS).join("bin/cargo-deny");
    let places = [PathBuf::from("cargo-deny"), built];
    places.into_iter().find(|place| is_our_version(place))
}

/// The tool, built where it is not there yet; that takes minutes, once.
fn tool(folder: &Path) -> Result<PathBuf, String> {
    if let Some(known) = known(folder) {
        return Ok(known);
    }
    let root = folder.join(TOOLS);
    println!("==> building cargo-deny {VERSION}, once, into target/tools");
    let install = ["install", "cargo-deny", "--locked", "--version", VERSION];
    let mut cargo = Command::new("cargo");
    start(cargo.args(install).arg("--root").arg(&root))?;
    Ok(root.join("bin/cargo-deny"))
}

fn is_our_version(tool: &Path) -> bool {
    let asked = Command::new(tool)
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    let ours = format!("cargo-deny {VERSION}");
    asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim() == ours)
}

fn start(command: &mut Command) -> Result<(), String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} failed ({status})")),
        Err(error) => Err(format!("{shown} cannot be started: {error}")),
    }
}
