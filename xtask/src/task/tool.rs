//! A tool of another project, in one version.
//!
//! Owns where it is looked for, and that it is built once into `target/tools` where it is not there.
//! Must not know what it does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where tools are built.
const TOOLS: &str = "target/tools";

/// A subcommand of cargo.
#[derive(Clone, Copy)]
pub(super) struct Tool {
    /// Its package, and its program.
    pub(super) name: &'static str,
    /// The version that is run.
    pub(super) version: &'static str,
}

impl Tool {
    /// The program, where it is there: on the caller's path, or built before.
    pub(super) fn known(self, folder: &Path) -> Option<PathBuf> {
        let built = folder.join(TOOLS).join("bin").join(self.name);
        let places = [PathBuf::from(self.name), built];
        places.into_iter().find(|place| self.is(place))
    }

    /// The program, built where it is not there yet; that takes minutes, once.
    pub(super) fn built(self, folder: &Path) -> Result<PathBuf, String> {
        if let Some(known) = self.known(folder) {
            return Ok(known);
        }
        let Self { name, version } = self;
        let root = folder.join(TOOLS);
        println!("==> building {name} {version}, once, into target/tools");
        let install = ["install", name, "--locked", "--version", version];
        let mut cargo = Command::new("cargo");
        start(cargo.args(install).arg("--root").arg(&root))?;
        Ok(root.join("bin").join(name))
    }

    /// Whether this program has the version. Some print it only as a subcommand.
    fn is(self, program: &Path) -> bool {
        let command = self.name.strip_prefix("cargo-").unwrap_or(self.name);
        let asked: [&[&str]; 2] = [&["--version"], &[command, "--version"]];
        asked.into_iter().any(|arguments| {
            let asked = Command::new(program)
                .args(arguments)
                .stderr(Stdio::null())
                .output();
            asked.is_ok_and(|said| {
                let text = String::from_utf8_lossy(&said.stdout).into_owned();
                let mut words = text.split_whitespace();
                words.next().is_some_and(|word| self.name.ends_with(word))
                    && words.any(|word| word == self.version)
            })
        })
    }
}

/// Runs a command, with its output on the terminal.
pub(super) fn start(command: &mut Command) -> Result<(), String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown} failed ({status})")),
        Err(error) => Err(format!("{shown} cannot be started: {error}")),
    }
}
