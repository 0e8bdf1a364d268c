//! Where a secret of a profile is kept: in a variable, a file, or what a program prints.
//!
//! Owns how it is looked up, and that a plain text is none. Must not show what it found.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use toml::Value;

/// What a secret is, for messages.
const FORMS: &str =
    "{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

/// The place of a secret.
pub(super) enum Reference {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

/// Why a secret in plain text is refused, and what to do.
pub(super) fn plain(what: &str) -> String {
    format!(
        "{what}, which whoever reads this file would know; put it into a file that only you can \
         read (mode 0600) and say where: {FORMS}"
    )
}

impl Reference {
    /// Reads the place. An error says why it is none, and nothing of the value.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let table = match value {
            Value::Table(table) => table,
            Value::String(_) => return Err(plain("is a secret in plain text")),
            _ => return Err(format!("is a secret; say where it is kept: {FORMS}")),
        };
        let mut items = table.iter();
        let (Some((kind, value)), None) = (items.next(), items.next()) else {
            return Err(format!("names one place: {FORMS}"));
        };
        match (kind.as_str(), value) {
            ("env", Value::String(name)) => Ok(Self::Env(name.clone())),
            ("file", Value::String(path)) => Ok(Self::File(path.into())),
            ("command", Value::Array(words)) => {
                let words = words.iter().map(|word| word.as_str().map(str::to_owned));
                let words: Option<Vec<String>> = words.collect();
                let words = words.filter(|words| !words.is_empty());
                let words = words.ok_or("command is a list of texts: a program and its arguments");
                Ok(Self::Command(words?))
            }
            ("command", _) => Err("command is a list of texts; no shell reads it".to_owned()),
            ("env" | "file", _) => Err(format!("{kind} is a text, in quotes")),
            _ => Err(format!("is kept in none of these: {FORMS}")),
        }
    }

    /// The variable it comes from.
    pub(super) fn variable(&self) -> Option<String> {
        match self {
            Self::Env(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// The secret. A relative path is one from this folder.
    pub(super) fn look_up(&self, folder: &Path) -> Result<String, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name)
                .map_err(|_| format!("comes from the variable {name}, which is not set"))?,
            Self::File(path) => of_file(&place(path, folder))?,
            Self::Command(words) => of_command(words)?,
        };
        let text = text.trim();
        match (text, text.chars().any(char::is_control)) {
            ("", _) => Err("is empty where it is kept".to_owned()),
            (_, true) => Err("is not one line where it is kept".to_owned()),
            (text, false) => Ok(text.to_owned()),
        }
    }
}

/// `~/` is the user's own folder, as a shell has it.
fn place(path: &Path, folder: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => folder.join(path),
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let unread = |error: std::io::Error| format!("cannot be read from {shown}: {error}");
    let mut file = File::open(path).map_err(unread)?;
    refuse_if_others_can_read(&file, path)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unread)?;
    Ok(text)
}

#[cfg(unix)]
fn refuse_if_others_can_read(file: &File, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    let shown = path.display();
    let metadata = file.metadata();
    let mode = metadata.map_err(|error| format!("cannot be read from {shown}: {error}"))?;
    let mode = mode.mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "is kept in {shown}, which others than its owner may use (mode {mode:04o}); chmod 600 it, \
         and if others could read it, let the secret be changed"
    ))
}

/// Elsewhere the folder of the user is what keeps others out.
#[cfg(not(unix))]
fn refuse_if_others_can_read(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

fn of_command(words: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("comes from no program".to_owned());
    };
    // Its stderr is the terminal's, where it may ask for a password; what it prints is shown nowhere.
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("comes from the program {program:?}, which failed: {error}"))?;
    if !output.status.success() {
        let status = output.status;
        return Err(format!(
            "comes from the program {program:?}, which failed: {status}"
        ));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("comes from the program {program:?}, which printed no text"))
}
