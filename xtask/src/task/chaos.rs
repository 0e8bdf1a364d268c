//! `chaos`: the proof that no call is made twice, lost or misreported.
//!
//! It only starts the package that does it, which links the generated crates. Owns the command that
//! starts it. Must not know what it does.

use crate::cli::Chaos;

use super::{Refused, TaskResult, workspace};

/// Builds the package for speed and runs it.
///
/// # Errors
/// What was wrong was printed.
pub fn run(chaos: &Chaos) -> TaskResult {
    let mut command = jdy_cargo::cargo();
    command
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "jdy-chaos",
            "--",
        ])
        .current_dir(workspace());
    for (name, is_set) in [("--fleet", chaos.fleet), ("--measure", chaos.measure)] {
        if is_set {
            command.arg(name);
        }
    }
    for (name, value) in [
        ("--calls", chaos.calls),
        ("--seed", chaos.seed),
        ("--workers", chaos.workers),
        ("--lines", chaos.lines),
    ] {
        if let Some(value) = value {
            command.args([name, &value.to_string()]);
        }
    }
    if let Some(wrong) = &chaos.wrong {
        command.arg("--wrong").arg(wrong);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Refused),
        Err(error) => {
            eprintln!("error: cargo cannot be started: {error}");
            Err(Refused)
        }
    }
}
