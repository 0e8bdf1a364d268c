//! `test`: the tests that a change needs.
//!
//! Owns which crates' tests hold the promises of a crate, and which crate a file belongs to. Must
//! not know what a test does.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Refused, TaskResult, workspace};

/// A package of the workspace.
struct Package {
    name: &'static str,
    /// From the workspace's folder.
    folder: &'static str,
    /// The packages whose tests hold its promises, beside its own.
    held_by: &'static [&'static str],
}

const fn package(
    name: &'static str,
    folder: &'static str,
    held_by: &'static [&'static str],
) -> Package {
    Package {
        name,
        folder,
        held_by,
    }
}

/// All packages. A test compares them with the manifests.
static PACKAGES: &[Package] = &[
    package("jdy", "crates/jdy", &["promises"]),
    package("jdy-bench", "crates/jdy-bench", &[]),
    package("jdy-chaos", "crates/jdy-chaos", &[]),
    package("jdy-cli", "crates/jdy-cli", &[]),
    package("jdy-codegen", "tools/jdy-codegen", &["xtask"]),
    package("jdy-fuzz", "crates/jdy-fuzz", &[]),
    package("jdy-import", "tools/jdy-import", &["jdy-fuzz", "xtask"]),
    package(
        "jdy-journal",
        "crates/jdy-journal",
        &["jdy-chaos", "jdy-cli", "jdy-fuzz"],
    ),
    package("jdy-model", "crates/jdy-model", &["promises"]),
    package("jdy-model-scm", "crates/jdy-model-scm", &["promises"]),
    package("jdy-operations", "crates/jdy-operations", &["promises"]),
    package(
        "jdy-runtime",
        "crates/jdy-runtime",
        &["jdy-fuzz", "promises"],
    ),
    package(
        "jdy-sandbox",
        "crates/jdy-sandbox",
        &["jdy-fuzz", "promises"],
    ),
    package("jdy-spec", "tools/jdy-spec", &["jdy-fuzz", "xtask"]),
    package("jdy-specdiff", "tools/jdy-specdiff", &["xtask"]),
    package("jdy-tidy", "tools/tidy", &[]),
    package("jdy-wire", "crates/jdy-wire", &["jdy-fuzz", "promises"]),
    package("promises", "tests", &[]),
    package("xtask", "xtask", &[]),
];

/// The spec is no package; the tests of the tasks read it.
const SPEC_HOLDER: &str = "xtask";

/// Runs the tests of crates and of those that hold their promises; without a name, of the crates
/// that differ from the last commit.
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
        Ok(()) => Ok(()),
        Err(why) => {
            eprintln!("error: {why}");
            Err(Refused)
        }
    }
}

/// The packages whose tests are run for crates.
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
        packages.extend(package.held_by);
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
    let status = Command::new("cargo")
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
    match Command::new("cargo")
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
    use std::collections::BTreeMap;

    use super::*;

    /// The packages that each package of the workspace depends on directly, by its manifest.
    fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let parts = ["crates", "tools"].map(|part| folder.join(part).read_dir().unwrap());
        let within = parts
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path());
        let folders = within.chain([folder.join("tests"), folder.join("xtask")]);
        let mut all = BTreeMap::new();
        for folder in folders {
            let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
                continue;
            };
            let name = text.lines().find_map(|line| line.strip_prefix("name = "));
            let names = text.lines().map(|line| {
                let end = line.find([' ', '.', '=']).unwrap_or(line.len());
                line[..end].to_owned()
            });
            let name = name.unwrap().trim_matches('"').to_owned();
            all.insert(name, names.collect());
        }
        all
    }

    fn depends(on: &str, name: &str, all: &BTreeMap<String, BTreeSet<String>>) -> bool {
        let direct = &all[name];
        let known = direct
            .iter()
            .filter(|each| all.contains_key(*each) && *each != name);
        direct.contains(on) || known.into_iter().any(|each| depends(on, each, all))
    }

    #[test]
    fn the_table_names_every_package_and_only_what_depends_on_it() {
        let all = dependencies();
        let names: Vec<&str> = PACKAGES.iter().map(|package| package.name).collect();
        assert_eq!(names, all.keys().collect::<Vec<_>>());
        for package in PACKAGES {
            for holder in package.held_by {
                assert!(depends(package.name, holder, &all), "{holder}");
            }
        }
    }

    #[test]
    fn a_crate_is_tested_with_those_that_hold_its_promises() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let packages = named(&names(&["jdy-codegen", "jdy-tidy"])).unwrap();
        assert_eq!(
            packages,
            BTreeSet::from(["jdy-codegen", "jdy-tidy", "xtask"])
        );
        let why = named(&names(&["jdy-wiire"])).unwrap_err();
        assert!(
            why.contains("no crate `jdy-wiire`") && why.contains("jdy-wire"),
            "{why}"
        );
    }

    #[test]
    fn a_file_belongs_to_the_crate_of_its_folder() {
        assert_eq!(
            touched("README.md\ncrates/jdy-wired/a.rs\n"),
            BTreeSet::new()
        );
        assert_eq!(
            touched("crates/jdy/src/lib.rs\nspec/openapi.yaml\n"),
            BTreeSet::from(["jdy", "promises", "xtask"])
        );
    }
}
