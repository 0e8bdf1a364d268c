//! rustdoc's JSON of crates.
//!
//! Owns how stable rustdoc is made to write it: the format is unstable, so rustdoc alone, and no
//! compiler, build script or cargo, is made to accept unstable options. For that this program stands in for
//! rustdoc. The whole workspace is documented, so that what other commands have built is used, and
//! every warning of rustdoc is seen: they do not depend on the format, and HTML takes four times as
//! long. Must not know what stands in the JSON.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::text::Failure;

/// In the environment of a process that stands in for rustdoc: the real one.
const REAL: &str = "JDY_PUBLIC_API_RUSTDOC";

/// What a warning of rustdoc is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warnings {
    /// An error.
    Denied,
    /// Nothing: the text is to be written.
    Allowed,
}

/// Where this process was started in place of rustdoc: does its work; the status.
pub(crate) fn forwarded() -> Option<ExitCode> {
    let real = std::env::var_os(REAL)?;
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
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

/// Writes the JSON of all libraries with all their features; the folder that it is in.
pub(crate) fn json(folder: &Path, warnings: Warnings) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()
        .map_err(|error| Failure::Other(format!("this program's path is not known: {error}")))?;
    let real = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let target = target_folder(folder)?;
    // Libraries alone: the command's binary and the library of the SDK share the name `jdy`.
    let arguments = ["doc", "--quiet", "--lib", "--workspace", "--all-features"];
    let mut cargo = jdy_cargo::cargo();
    cargo.args(arguments).arg("--no-deps").current_dir(folder);
    cargo.env("RUSTDOC", this).env(REAL, real);
    let lints = match warnings {
        Warnings::Denied => "-D warnings",
        Warnings::Allowed => "--cap-lints allow",
    };
    let flags = format!("-Z unstable-options --output-format json {lints}");
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
