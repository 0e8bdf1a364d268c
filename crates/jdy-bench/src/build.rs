//! How long the generated crates take to build, how much memory all of rustc takes at once, how long
//! a check takes after one operation has changed, and how large the libraries are.
//!
//! The crates are touched, so that they are built and nothing else; what they depend on is built
//! before. Nothing is compiled incrementally, as in a fresh checkout and a CI build; only the check
//! after a change is, as at a desk.
//!
//! Owns how a build of the SDK is set up. Must not judge the figures.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::cost::{self, Cost};
use crate::{Failure, changed};

/// How often a check after a change is measured.
const CHANGES: usize = 5;

/// The generated crates, and what the names of the others begin with, one for each large module.
const GENERATED: [&str; 2] = ["jdy-model", "jdy-operations"];
const OF_A_MODULE: &str = "jdy-model-";

/// What is measured: words, how often, and arguments of cargo.
const CASES: [(&str, usize, &[&str]); 3] = [
    ("check, all features", 5, &["check", "--all-features"]),
    ("check, `ls` alone", 5, &["check", "--features", "ls"]),
    (
        "release build, all features",
        3,
        &["build", "--release", "--all-features"],
    ),
];

/// Measures each case, and prints medians.
pub(crate) fn run() -> Result<(), Failure> {
    let sdk = Sdk::new(target().join("jdy-bench"))?;
    println!("| `cargo check -p jdy --all-features`, incremental | processor | time | memory |");
    println!("|---|---|---|---|");
    for (what, costs) in changed::measure(&sdk.copy()?, CHANGES)? {
        println!("| {what} | {} |", Cost::median(&costs).cells());
    }

    println!("\n| the generated crates | processor | time | memory |");
    println!("|---|---|---|---|");
    for (what, turns, arguments) in CASES {
        sdk.build(arguments)?;
        let mut costs = Vec::new();
        for _ in 0..turns {
            sdk.touch()?;
            costs.push(sdk.build(arguments)?);
        }
        println!("| {what} | {} |", Cost::median(&costs).cells());
    }

    let (bytes, operations) = (sdk.library()?, sdk.operations()?);
    println!(
        "\n{operations} operations; the release libraries have {:.1} MB, {:.1} kB an operation",
        bytes as f64 / 1e6,
        bytes as f64 / 1e3 / operations as f64
    );
    Ok(())
}

/// The target folder of the workspace.
pub(crate) fn target() -> PathBuf {
    let own = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"))
}

/// The SDK as something to build.
pub(crate) struct Sdk {
    /// The folder of crates.
    pub(crate) crates: PathBuf,
    target: PathBuf,
}

impl Sdk {
    /// Built into this folder.
    pub(crate) fn new(target: PathBuf) -> Result<Self, Failure> {
        std::fs::create_dir_all(&target)?;
        Ok(Self {
            crates: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."),
            target: target.canonicalize()?,
        })
    }

    /// The same crates in a copy of the workspace, which may be changed.
    fn copy(&self) -> Result<Self, Failure> {
        Ok(Self {
            crates: changed::copy(&self.crates, &self.target.join("copy"))?,
            target: self.target.clone(),
        })
    }

    /// Makes the generated crates look new.
    pub(crate) fn touch(&self) -> Result<(), Failure> {
        let touched = |name: &String| touch(&self.crates.join(name).join("src/lib.rs"));
        self.generated()?.iter().try_for_each(touched)
    }

    /// The generated crates.
    fn generated(&self) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.crates)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if GENERATED.contains(&name.as_str()) || name.starts_with(OF_A_MODULE) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Builds the operations, and the types with them.
    pub(crate) fn build(&self, arguments: &[&str]) -> Result<Cost, Failure> {
        let mut command = self.cargo(arguments, "0");
        cost::of(
            command.args(["--package", "jdy-operations"]),
            &self.target.join("log"),
        )
    }

    /// Checks the SDK as a user of it would who changes it.
    pub(crate) fn check_incrementally(&self) -> Result<Cost, Failure> {
        let arguments = ["check", "--all-features", "--package", "jdy"];
        cost::of(&mut self.cargo(&arguments, "1"), &self.target.join("log"))
    }

    fn cargo(&self, arguments: &[&str], incremental: &str) -> Command {
        let mut command = jdy_cargo::cargo();
        command
            .args(arguments)
            .env("CARGO_INCREMENTAL", incremental)
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.crates);
        command
    }

    /// The bytes of the release libraries of the generated crates, as the last build left them.
    pub(crate) fn library(&self) -> Result<u64, Failure> {
        let names = self.generated()?;
        names.iter().map(|name| library(&self.target, name)).sum()
    }

    /// How many operations there are.
    pub(crate) fn operations(&self) -> Result<usize, Failure> {
        let text = |path: &Path| {
            Ok(std::fs::read_to_string(path)?
                .matches("Operation::new(")
                .count())
        };
        let files = rust_files(&self.crates.join("jdy-operations/src"))?;
        files.iter().map(|path| text(path)).sum()
    }

    /// How many lines of Rust are generated.
    pub(crate) fn lines(&self) -> Result<usize, Failure> {
        let of = |name: &String| lines(&self.crates.join(name).join("src"));
        self.generated()?.iter().map(of).sum()
    }
}

/// Makes a file look new.
pub(crate) fn touch(file: &Path) -> Result<(), Failure> {
    let file = std::fs::File::options().append(true).open(file)?;
    Ok(file.set_modified(SystemTime::now())?)
}

/// The bytes of the newest release library of a crate.
pub(crate) fn library(target: &Path, name: &str) -> Result<u64, Failure> {
    let prefix = format!("lib{}-", name.replace('-', "_"));
    let mut newest = None;
    for file in std::fs::read_dir(target.join("release/deps"))? {
        let file = file?;
        let file_name = file.file_name();
        let file_name = file_name.to_string_lossy();
        if file_name.starts_with(&prefix) && file_name.ends_with(".rlib") {
            let metadata = file.metadata()?;
            newest = newest.max(Some((metadata.modified()?, metadata.len())));
        }
    }
    let (_, bytes) = newest.ok_or_else(|| format!("{name} has no release library"))?;
    Ok(bytes)
}

/// The lines of all Rust files in a folder.
pub(crate) fn lines(folder: &Path) -> Result<usize, Failure> {
    let count = |path: PathBuf| Ok(std::fs::read_to_string(path)?.lines().count());
    rust_files(folder)?.into_iter().map(count).sum()
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}
