//! `ci`: everything that must pass, in the order in which it fails soonest.
//!
//! Owns the steps. Must not know what a step does.

mod package;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jdy_codegen::render;

use super::{Refused, TaskResult, deny, workspace};

/// A step: its command, and what it needs in the environment.
struct Step {
    program: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const fn cargo(arguments: &'static [&'static str]) -> Step {
    Step {
        program: "cargo",
        arguments,
        environment: &[],
    }
}

/// The steps.
static STEPS: &[Step] = &[
    cargo(&["fmt", "--all", "--check"]),
    cargo(&["xtask", "lint"]),
    cargo(&["xtask", "gen", "--check"]),
    cargo(&["xtask", "tidy"]),
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]),
    cargo(&["test", "--workspace", "--all-features"]),
    // Libraries alone: the command's binary and the library of the SDK share the name `jdy`.
    Step {
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
        ..cargo(&["doc", "--lib", "--workspace", "--all-features", "--no-deps"])
    },
    cargo(&["xtask", "api"]),
];

/// One module's feature alone, whose name follows.
static ALONE: Step = cargo(&[
    "check",
    "--quiet",
    "--package",
    "jdy",
    "--no-default-features",
    "--features",
]);

/// Runs all steps; stops at the first that fails.
///
/// # Errors
/// What was wrong was printed.
pub fn run() -> TaskResult {
    let folder = workspace();
    let begin = Instant::now();
    let mut skipped: Vec<String> = package::ALL
        .into_iter()
        .filter_map(package::provide)
        .collect();
    let all = STEPS
        .iter()
        .map(|step| (step, Vec::new()))
        .chain(modules(&folder));
    for (step, more) in all {
        if let Err(why) = step.run(&more, &folder) {
            eprintln!("==> {why}");
            return Err(Refused);
        }
    }
    match deny::check_if_there(&folder) {
        Ok(unchecked) => skipped.extend(unchecked),
        Err(why) => {
            eprintln!("==> {why}");
            return Err(Refused);
        }
    }
    println!("==> all steps ok, {:.1} s", begin.elapsed().as_secs_f64());
    for skipped in skipped {
        println!("==> but {skipped}");
    }
    Ok(())
}

/// Each module's feature alone: one that needs another would only be found by its users.
fn modules(folder: &Path) -> impl Iterator<Item = (&'static Step, Vec<String>)> {
    let manifest = std::fs::read_to_string(folder.join("crates/jdy/Cargo.toml"));
    let names: Vec<String> = render::modules(&manifest.unwrap_or_default())
        .into_iter()
        .map(str::to_owned)
        .collect();
    names.into_iter().map(|name| (&ALONE, vec![name]))
}

impl Step {
    /// Runs the step with further arguments; how it failed, where it did.
    fn run(&self, more: &[String], folder: &Path) -> Result<(), String> {
        let more = more.iter().map(String::as_str);
        let arguments: Vec<&str> = self.arguments.iter().copied().chain(more).collect();
        let shown = format!("{} {}", self.program, arguments.join(" "));
        println!("==> {shown}");
        let start = Instant::now();
        let status = Command::new(self.program)
            .args(arguments)
            .envs(self.environment.iter().copied())
            .current_dir(folder)
            .status();
        let seconds = start.elapsed().as_secs_f64();
        match status {
            Ok(status) if status.success() => {
                println!("==> {shown}: ok, {seconds:.1} s");
                Ok(())
            }
            Ok(status) => Err(format!("{shown}: failed ({status}), {seconds:.1} s")),
            Err(error) => Err(format!("{shown}: cannot be started: {error}")),
        }
    }
}
