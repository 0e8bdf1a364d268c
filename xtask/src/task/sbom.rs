//! `sbom`: what the command `jdy` is built of, as a CycloneDX document.
//!
//! Owns the tool and where its document goes. Must not know what a dependency is.

use std::path::Path;
use std::process::Command;

use super::tool::{Tool, start};
use super::{Refused, TaskResult, workspace};

const TOOL: Tool = Tool {
    name: "cargo-cyclonedx",
    version: "0.5.9",
};

/// The document, from the workspace's folder.
const FILE: &str = "target/jdy.cdx.json";

/// Writes the document, with a tool that is built where there is none.
///
/// # Errors
/// What was wrong was printed.
pub fn run() -> TaskResult {
    let folder = workspace();
    match written(&folder) {
        Ok(()) => {
            println!("{FILE}");
            Ok(())
        }
        Err(why) => {
            eprintln!("sbom: {why}");
            Err(Refused)
        }
    }
}

fn written(folder: &Path) -> Result<(), String> {
    let tool = TOOL.built(folder)?;
    let package = folder.join("crates/jdy-cli");
    let mut command = Command::new(tool);
    command.args(["cyclonedx", "--format", "json", "--all-features"]);
    command.args(["--override-filename", "jdy.cdx"]);
    command
        .arg("--manifest-path")
        .arg(package.join("Cargo.toml"));
    start(command.current_dir(folder))?;
    // The tool writes beside each manifest that it looks at.
    let target = folder.join(FILE);
    let made = package.join("jdy.cdx.json");
    std::fs::rename(&made, &target).map_err(|error| format!("{}: {error}", made.display()))
}
