//! `chaos`: the proof that no call is made twice, lost or misreported.
//!
//! It only starts the package that does it, which links the generated crates.

use std::ffi::OsString;
use std::process::Command;

use super::{Ended, workspace};

/// Builds the package for speed and runs it.
#[must_use]
pub fn run(calls: Option<u64>, seed: Option<u64>, wrong: Option<OsString>) -> Ended {
    let mut command = Command::new("cargo");
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
    for (name, value) in [("--calls", calls), ("--seed", seed)] {
        if let Some(value) = value {
            command.args([name, &value.to_string()]);
        }
    }
    if let Some(wrong) = wrong {
        command.arg("--wrong").arg(wrong);
    }
    match command.status() {
        Ok(status) if status.success() => Ended::Fine,
        Ok(_) => Ended::Refused,
        Err(error) => {
            eprintln!("error: cargo cannot be started: {error}");
            Ended::Refused
        }
    }
}
