//! The instructions of a call, which are the same on a noisy machine as on a quiet one.
//!
//! Owns how valgrind counts them. Must not know a client.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// Calls of two runs, whose difference is that of the calls alone.
const CALLS: [usize; 2] = [640, 1_920];

/// What valgrind's report says before the number.
const COUNTED: &str = "Collected : ";

/// The instructions of one call of a client; `None` where there is no valgrind.
pub(super) fn of_call(
    program: &Path,
    name: &str,
    address: &str,
    at_once: usize,
) -> Result<Option<f64>, Failure> {
    let [few, many] = CALLS;
    let Some(base) = of_run(program, name, address, at_once, few)? else {
        return Ok(None);
    };
    let all = of_run(program, name, address, at_once, many)?.unwrap_or(base);
    Ok(Some((all - base) / (many - few) as f64))
}

/// The instructions of a whole process that makes so many calls.
fn of_run(
    program: &Path,
    name: &str,
    address: &str,
    at_once: usize,
    calls: usize,
) -> Result<Option<f64>, Failure> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["call-client", name, address])
        .args([at_once.to_string(), calls.to_string()])
        .output();
    let output = match run {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let report = String::from_utf8_lossy(&output.stderr);
    let counted = report.split_once(COUNTED).map(|(_, rest)| rest);
    let number = counted.and_then(|rest| rest.split_whitespace().next());
    match number {
        Some(number) if output.status.success() => Ok(Some(number.parse()?)),
        _ => Err(format!("valgrind counted nothing for {name}: {report}").into()),
    }
}
