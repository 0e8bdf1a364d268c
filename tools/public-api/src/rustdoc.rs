//! rustdoc's JSON of crates.
//!
//! Owns how stable rustdoc is made to write it: the format is unstable, so rustdoc alone, and no
//! compiler, build script or cargo, is made to accept unstable options. For that this program stands in for
//! rustdoc. cargo documents the whole workspace, so that it uses what other commands have built;
//! crates that are not asked for are passed over. Must not know what stands in the JSON.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::text::Failure;

/// In the environment of a process that stands in for rustdoc: the real one.
const REAL: &str = "JDY_PUBLIC_API_RUSTDOC";

/// In the same environment: the crates that are asked for, with commas.
const WANTED: &str = "JDY_PUBLIC_API_CRATES";

/// Where this process was started in place of rustdoc: does its work; the status.
pub(crate) fn forwarded() -> Option<ExitCode> {
    let real = std::env::var_os(REAL)?;
    let wanted = std::env::var(WANTED).unwrap_or_default();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut after_name = arguments.iter().skip_while(|each| *each != "--crate-name");
    let is_wanted = match after_name.nth(1) {
        Some(name) => wanted.split(',').any(|each| name == each),
        None => true,
    };
    if !is_wanted {
        return Some(ExitCode::SUCCESS);
    }
    let status = Command::new(&real)
        .args(arguments)
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {} cannot be started: {error}", real.display());
            ExitCode::FAILURE
        }
    })
}

/// Writes the JSON of crates with all their features; the folder that it is in.
pub(crate) fn json(crates: &[&str], folder: &Path) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()
        .map_err(|error| Failure::Other(format!("this program's path is not known: {error}")))?;
    let real = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let target = target_folder(folder)?;
    let wanted: Vec<String> = crates.iter().map(|name| file_name(name)).collect();
    let arguments = ["doc", "--quiet", "--lib", "--workspace", "--all-features"];
    let mut cargo = jdy_cargo::cargo();
    cargo.args(arguments).arg("--no-deps").current_dir(folder);
    cargo.env("RUSTDOC", this).env(REAL, real);
    cargo.env(WANTED, wanted.join(","));
    let flags = "-Z unstable-options --output-format json --cap-lints allow";
    cargo.env("RUSTDOCFLAGS", flags);
    match cargo.status() {
        Ok(status) if status.success() => Ok(target.join("doc")),
        Ok(status) => Err(Failure::Other(format!("cargo doc failed ({status})"))),
        Err(error) => Err(Failure::Other(format!("cargo cannot be started: {error}"))),
    }
}

/// How rustc calls a package.
pub(crate) fn file_name(package: &str) -> String {
    package.replace('-', "_")
}

fn target_folder(folder: &Path) -> Result<PathBuf, Failure> {
    let output = jdy_cargo::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(folder)
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let metadata: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let target = metadata.get("target_directory");
    match target.and_then(serde_json::Value::as_str) {
        Some(target) => Ok(PathBuf::from(target)),
        None => Err(Failure::Other(
            "cargo metadata names no target folder".to_owned(),
        )),
    }
}
