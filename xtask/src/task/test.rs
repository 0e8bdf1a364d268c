//! `test`: the tests that a change needs.
//!
//! Owns which crate a file belongs to, and how tests are started. Must not know what a test does.
//! Must not use: `crate::cli`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::packages::{PACKAGES, Package};

use super::{Refused, TaskResult, workspace};

/// The spec is no package; the tests of the tasks read it.
const SPEC_HOLDER: &str = "xtask";

/// Files outside of the packages, by how they begin, and the packages whose tests read them.
const READ_BY: [(&str, &str); 2] = [
    ("docs/sandbox-api.", "jdy-sandbox"),
    ("Dockerfile", "jdy-cli"),
];

/// Runs the own tests of crates; without a name, those of all crates that differ from the last
/// commit and of those that hold their promises.
///
/// # Errors
/// A crate that is not known, or a test that fails.
pub fn run(crates: &[String]) -> TaskResult {
    let folder = workspace();
    let packages = if crates.is_empty() {
        changed(&folder).map(|files| touched(&files))
    } else {
        named(crates)
    };
    match packages.and_then(|packages| test(&packages, &folder)) {
        Ok(()) => {
            let others = holders(crates);
            if !others.is_empty() {
                println!(
                    "==> not run: {}, which hold their promises as well; without a crate, `cargo xtask test` runs all that a change needs",
                    others.join(", ")
                );
            }
            Ok(())
        }
        Err(why) => {
            eprintln!("error: {why}");
            Err(Refused)
        }
    }
}

/// The packages that hold promises of these crates and are not among them.
fn holders(crates: &[String]) -> Vec<&'static str> {
    let known = PACKAGES
        .iter()
        .filter(|known| crates.iter().any(|name| name == known.name));
    let holders: BTreeSet<&str> = known
        .flat_map(|known| known.held_by.iter().copied())
        .collect();
    let is_other = |holder: &&str| !crates.iter().any(|name| name == holder);
    holders.into_iter().filter(is_other).collect()
}

/// The packages with these names.
fn named(crates: &[String]) -> Result<BTreeSet<&'static str>, String> {
    let mut packages = BTreeSet::new();
    for name in crates {
        let Some(package) = PACKAGES.iter().find(|known| known.name == name) else {
            let known: Vec<&str> = PACKAGES.iter().map(|known| known.name).collect();
            return Err(format!(
                "there is no crate `{name}`; the crates are {}",
                known.join(", ")
            ));
        };
        packages.insert(package.name);
    }
    Ok(packages)
}

/// The packages whose tests are run for files.
fn touched(files: &str) -> BTreeSet<&'static str> {
    let mut packages = BTreeSet::new();
    for file in files.lines() {
        if file.starts_with("spec/") {
            packages.insert(SPEC_HOLDER);
        }
        let readers = READ_BY.iter().filter(|(begin, _)| file.starts_with(begin));
        packages.extend(readers.map(|(_, package)| *package));
        let is_within = |package: &&Package| {
            let rest = file.strip_prefix(package.folder);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(package) = PACKAGES.iter().find(is_within) {
            packages.insert(package.name);
            packages.extend(package.held_by);
        }
    }
    packages
}

/// The files that differ from the last commit, one a line.
fn changed(folder: &Path) -> Result<String, String> {
    let git = |arguments: &[&str]| -> Result<String, String> {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("git cannot be started: {error}"))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err("git cannot tell what changed; name the crates".to_owned()),
        }
    };
    let differ = git(&["diff", "--name-only", "--relative", "HEAD"])?;
    let new = git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(differ + &new)
}

/// Runs the tests of packages: with cargo-nextest where it is installed, which leaves out examples
/// in documentation, else with cargo alone.
fn test(packages: &BTreeSet<&str>, folder: &Path) -> Result<(), String> {
    if packages.is_empty() {
        return Err("no crate differs from the last commit; name the crates to test".to_owned());
    }
    if !has_nextest(folder) {
        return cargo(&["test"], packages.iter().copied(), folder);
    }
    let tests = ["nextest", "run", "--no-tests", "pass"];
    cargo(&tests, packages.iter().copied(), folder)?;
    let has_library = |name: &&str| {
        let package = PACKAGES.iter().find(|known| known.name == *name);
        package.is_some_and(|known| folder.join(known.folder).join("src/lib.rs").is_file())
    };
    let libraries: Vec<&str> = packages.iter().copied().filter(has_library).collect();
    if libraries.is_empty() {
        return Ok(());
    }
    cargo(&["test", "--doc"], libraries.into_iter(), folder)
}

fn has_nextest(folder: &Path) -> bool {
    let status = jdy_cargo::cargo()
        .args(["nextest", "--version"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Runs cargo for packages with all their features, as `ci` does, so that both share what is built.
fn cargo<'a>(
    arguments: &[&'a str],
    packages: impl Iterator<Item = &'a str>,
    folder: &Path,
) -> Result<(), String> {
    let mut arguments = [arguments, &["--all-features"]].concat();
    arguments.extend(packages.flat_map(|package| ["--package", package]));
    let shown = format!("cargo {}", arguments.join(" "));
    println!("==> {shown}");
    match jdy_cargo::cargo()
        .args(arguments)
        .current_dir(folder)
        .status()
    {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: failed ({status})")),
        Err(error) => Err(format!("{shown}: cannot be started: {error}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_by_name_is_tested_alone_and_it_is_said_who_else_holds_its_promises() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let crates = names(&["jdy-codegen", "jdy-fuzz", "jdy-wire"]);
        let packages = named(&crates).unwrap();
        assert_eq!(
            packages,
            BTreeSet::from(["jdy-codegen", "jdy-fuzz", "jdy-wire"])
        );
        assert_eq!(holders(&crates), ["promises", "xtask"]);
        assert!(holders(&[]).is_empty());
        let why = named(&names(&["jdy-wiire"])).unwrap_err();
        assert!(
            why.contains("no crate `jdy-wiire`") && why.contains("jdy-wire"),
            "{why}"
        );
    }

    #[test]
    fn a_changed_file_belongs_to_the_crate_of_its_folder_and_to_who_holds_its_promises() {
        assert_eq!(
            touched("README.md\ncrates/jdy-wired/a.rs\n"),
            BTreeSet::new()
        );
        assert_eq!(
            touched("crates/jdy/src/lib.rs\nspec/openapi.yaml\n"),
            BTreeSet::from(["jdy", "promises", "xtask"])
        );
        assert_eq!(
            touched("docs/sandbox-api.md\ndocs/glossary.md\nDockerfile\n"),
            BTreeSet::from(["jdy-cli", "jdy-sandbox"])
        );
    }
}
