//! `api` and `bless`: the public API as text, compared or written anew.
//!
//! Owns the command that starts the package that does it, and what `bless` writes beside it. Must
//! not know how an API is read.

use std::path::Path;
use std::process::Command;

use jdy_codegen::files::Mode;

use super::{Refused, TaskResult, crates_folder, generate, spec_folder, workspace};

/// The program of the package that reads and compares the API.
const PROGRAM: &str = "jdy-public-api";

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
    // With all features of all packages, as the tests are built: what they have in common is built once.
    let mut build = jdy_cargo::cargo();
    build.args(["build", "--quiet", "--workspace", "--all-features"]);
    build.args(["--bin", PROGRAM]).current_dir(folder);
    succeeded(&mut build)?;
    // cargo has put it beside this one.
    let Ok(own) = std::env::current_exe() else {
        eprintln!("error: the folder of this program is not known");
        return Err(Refused);
    };
    let program = own.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    let mut program = Command::new(program);
    succeeded(program.args(arguments).current_dir(folder))
}

fn succeeded(command: &mut Command) -> TaskResult {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Refused),
        Err(error) => {
            eprintln!("error: {command:?} cannot be started: {error}");
            Err(Refused)
        }
    }
}
