//! `cargo-deny`: what may stand among the dependencies (`deny.toml`), and what is known of them.
//!
//! Owns the version that the project is checked with. Must not know what is allowed; that stands in
//! `deny.toml`.

use std::path::Path;
use std::process::Command;

use super::tool::{Tool, start};
use super::{Refused, TaskResult, workspace};

/// The same checks run everywhere.
const TOOL: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

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
    match TOOL.built(&folder).and_then(|tool| check(&tool, &folder)) {
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
    match TOOL.known(folder) {
        Some(tool) => {
            println!("==> cargo-deny: licences, bans, sources");
            check(&tool, folder).map(|()| None)
        }
        None => Ok(Some(format!(
            "licences, bans and sources of the dependencies were not checked: cargo-deny {} is not \
             there; `cargo xtask deny` builds it and checks them",
            TOOL.version
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
    let tool = match TOOL.built(&folder) {
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
