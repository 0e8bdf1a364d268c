//! `api` and `bless`: the public API as text, compared or written anew.
//!
//! Owns the command that starts the package that does it, and what `bless` writes beside it. Must
//! not know how an API is read.

use std::path::Path;

use jdy_codegen::files::Mode;

use super::{Refused, TaskResult, crates_folder, generate, spec_folder, workspace};

/// Documents all libraries, with a warning as an error, and compares the public API of the published
/// crates with `docs/api`.
///
/// # Errors
/// What was wrong was printed.
pub fn check() -> TaskResult {
    run(&workspace(), &[])
}

/// Writes every file anew that a check compares with the code: the generated crates, then the
/// public API.
///
/// # Errors
/// What was wrong was printed.
pub fn bless() -> TaskResult {
    generate::run(&spec_folder(None), &crates_folder(None), Mode::Write)?;
    run(&workspace(), &["--bless"])
}

fn run(folder: &Path, arguments: &[&str]) -> TaskResult {
    let status = jdy_cargo::cargo()
        .args(["run", "--quiet", "--package", "jdy-public-api", "--"])
        .args(arguments)
        .current_dir(folder)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Refused),
        Err(error) => {
            eprintln!("error: cargo cannot be started: {error}");
            Err(Refused)
        }
    }
}
