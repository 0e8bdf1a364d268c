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
        let mut cargo = jdy_cargo::cargo();
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
                self.is_meant(&text)
            })
        })
    }
}

impl Tool {
    /// Whether what a program says of its version means this tool: its name, the name of the
    /// subcommand, or both in one word.
    fn is_meant(self, said: &str) -> bool {
        let command = self.name.strip_prefix("cargo-").unwrap_or(self.name);
        let mut words = said.split_whitespace();
        let is_name = |word: &str| {
            let own = word
                .strip_suffix(command)
                .and_then(|own| own.strip_suffix('-'));
            self.name.ends_with(word) || own == Some(self.name)
        };
        words.next().is_some_and(is_name) && words.any(|word| word == self.version)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_what_it_says_of_its_version() {
        let tool = Tool {
            name: "cargo-cyclonedx",
            version: "0.5.9",
        };
        for said in [
            "cargo-cyclonedx 0.5.9\n",
            "cyclonedx 0.5.9",
            // What it says in fact.
            "cargo-cyclonedx-cyclonedx 0.5.9\n",
        ] {
            assert!(tool.is_meant(said), "{said}");
        }
        for other in [
            "cargo-cyclonedx 0.5.8",
            "cargo 0.5.9",
            "cargo-deny 0.5.9",
            "deny-cyclonedx 0.5.9",
            "",
        ] {
            assert!(!tool.is_meant(other), "{other}");
        }
    }
}
