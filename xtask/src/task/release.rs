//! `release --dry-run`: all that a release needs, but for what a person does.
//!
//! Owns the order: the change log, the packages and their build from what was packed, the public API,
//! the comparison with the last release, and what is left to do. Publishes nothing.
//! Must not know what a package holds.

use std::path::Path;
use std::process::Command;

use super::tool::{Tool, start};
use super::{Refused, TaskResult, api, workspace};
use crate::packages::PUBLISHED;

/// What compares the API with the last release.
const SEMVER: Tool = Tool {
    name: "cargo-semver-checks",
    version: "0.51.0",
};

/// Does all that a release needs, and says what is left for a person.
///
/// # Errors
/// What was wrong was printed.
pub fn dry_run() -> TaskResult {
    let folder = workspace();
    match checked(&folder) {
        Ok(left) => {
            println!("{left}");
            Ok(())
        }
        Err(why) => {
            eprintln!("release: {why}");
            Err(Refused)
        }
    }
}

fn checked(folder: &Path) -> Result<String, String> {
    let version = env!("CARGO_PKG_VERSION");
    let path = folder.join("CHANGELOG.md");
    let log = std::fs::read_to_string(&path).map_err(|error| format!("CHANGELOG.md: {error}"))?;
    has_section(&log, version)?;
    println!("==> cargo package, {} crates", PUBLISHED.len());
    start(&mut packaged(folder))?;
    println!("==> public API");
    api::check().map_err(|Refused| "the public API is not that of docs/api".to_owned())?;
    let compared = compared(folder)?;
    Ok(left(version, &compared))
}

/// Packs all crates, and builds each from what was packed and from the ones packed before. Cargo
/// refuses files that are not committed.
fn packaged(folder: &Path) -> Command {
    let mut cargo = jdy_cargo::cargo();
    cargo.arg("package").current_dir(folder);
    for name in PUBLISHED {
        cargo.args(["--package", name]);
    }
    cargo
}

/// Whether the change log has a section for the version, with its date.
fn has_section(log: &str, version: &str) -> Result<(), String> {
    let start = format!("## {version} - ");
    let found = log.lines().find_map(|line| line.strip_prefix(&start));
    let is_date = |text: &str| {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        lengths == [4, 2, 2] && parts.iter().all(digits)
    };
    match found {
        Some(date) if is_date(date) => Ok(()),
        _ => Err(format!(
            "CHANGELOG.md has no section `## {version} - YEAR-MONTH-DAY`; give what is under \
             `## Unreleased` that heading"
        )),
    }
}

/// Compares the API with the last release, and says what was compared.
fn compared(folder: &Path) -> Result<String, String> {
    let asked = Command::new("git")
        .args(["describe", "--tags", "--abbrev=0", "--match", "v*"])
        .current_dir(folder)
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    if !asked.status.success() {
        return Ok(
            "there is no tag of a release before, so nothing was compared with it".to_owned(),
        );
    }
    let tag = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let tool = SEMVER.built(folder)?;
    println!("==> cargo semver-checks, since {tag}");
    let mut command = Command::new(tool);
    command.args(["semver-checks", "--all-features", "--baseline-rev", &tag]);
    for name in PUBLISHED.iter().filter(|name| **name != "jdy-cli") {
        command.args(["--package", name]);
    }
    start(command.current_dir(folder))?;
    Ok(format!("the API fits the version since {tag}"))
}

fn left(version: &str, compared: &str) -> String {
    let publish: Vec<String> = PUBLISHED
        .iter()
        .map(|name| format!("  cargo publish --package {name}"))
        .collect();
    format!(
        "\nEverything is packed and builds from the packed form; {compared}.\nLeft for a person:\n  \
         git tag v{version}\n  git push origin v{version}\n{}\n  cargo xtask sbom, and its file \
         beside the binaries of the release",
        publish.join("\n")
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_a_section_with_its_date_in_the_change_log() {
        let log = "# Changelog\n\n## 0.2.0 - 2026-11-26\n\n## 0.1.0 - soon\n";
        assert_eq!(has_section(log, "0.2.0"), Ok(()));
        for version in ["0.1.0", "0.3.0", "0.2"] {
            let why = has_section(log, version).unwrap_err();
            assert!(why.contains(&format!("## {version} - YEAR")), "{why}");
        }
    }

    #[test]
    fn what_is_left_names_every_crate_in_order() {
        let text = left("0.1.0", "nothing was compared");
        let lines = PUBLISHED.map(|name| format!("cargo publish --package {name}\n"));
        let places = lines.map(|line| text.find(&line));
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{text}"
        );
    }
}
