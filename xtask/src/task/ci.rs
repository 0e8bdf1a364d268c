//! `ci`: everything that must pass, in the order in which it fails soonest.

use std::process::Command;
use std::time::Instant;

use super::{Ended, workspace};

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
const STEPS: &[Step] = &[
    cargo(&["fmt", "--all", "--check"]),
    cargo(&["xtask", "lint"]),
    cargo(&["xtask", "gen", "--check"]),
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
];

/// Runs all steps; stops at the first that fails.
#[must_use]
pub fn run() -> Ended {
    let folder = workspace();
    let begin = Instant::now();
    for step in STEPS {
        let shown = format!("{} {}", step.program, step.arguments.join(" "));
        println!("==> {shown}");
        let start = Instant::now();
        let status = Command::new(step.program)
            .args(step.arguments)
            .envs(step.environment.iter().copied())
            .current_dir(&folder)
            .status();
        let seconds = start.elapsed().as_secs_f64();
        match status {
            Ok(status) if status.success() => println!("==> {shown}: ok, {seconds:.1} s"),
            Ok(status) => {
                eprintln!("==> {shown}: failed ({status}), {seconds:.1} s");
                return Ended::Refused;
            }
            Err(error) => {
                eprintln!("==> {shown}: cannot be started: {error}");
                return Ended::Refused;
            }
        }
    }
    println!("==> all steps ok, {:.1} s", begin.elapsed().as_secs_f64());
    Ended::Fine
}
