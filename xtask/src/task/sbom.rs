//! `sbom`: what the command `jdy` is built of, as a CycloneDX document.
//!
//! Owns the tool and where its document goes. Must not know what a dependency is.

use std::path::Path;
use std::process::Command;

use super::tool::{Tool, start};
use super::{Refused, TaskResult, workspace};
use crate::packages::PACKAGES;

const TOOL: Tool = Tool {
    name: "cargo-cyclonedx",
    version: "0.5.9",
};

/// The document, from the workspace's folder.
const FILE: &str = "target/jdy.cdx.json";

/// The document as the tool names it.
const MADE: &str = "jdy.cdx.json";

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
    let ended = start(command.current_dir(folder));
    let target = folder.join(FILE);
    let made = package.join(MADE);
    let kept = ended.and_then(|()| {
        let renamed = std::fs::rename(&made, &target);
        renamed.map_err(|error| format!("{}: {error}", made.display()))
    });
    clear(folder);
    kept
}

/// The tool writes beside the manifest of each package of the workspace; those documents are not
/// wanted, and would be committed by accident.
fn clear(folder: &Path) {
    for package in PACKAGES {
        // Most have none.
        let _ = std::fs::remove_file(folder.join(package.folder).join(MADE));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_document_is_left_beside_a_manifest() {
        let folder = std::env::temp_dir().join(format!("jdy-sbom-{}", std::process::id()));
        let beside = |name: &str| folder.join(name).join(MADE);
        for package in PACKAGES {
            std::fs::create_dir_all(folder.join(package.folder)).unwrap();
        }
        std::fs::write(beside("crates/jdy-wire"), "{}").unwrap();
        std::fs::write(beside("tests"), "{}").unwrap();
        let own = folder.join("tests/Cargo.toml");
        std::fs::write(&own, "").unwrap();
        clear(&folder);
        assert!(!beside("crates/jdy-wire").exists() && !beside("tests").exists());
        assert!(own.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
