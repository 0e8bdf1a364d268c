//! Where a secret of a profile is kept: in a variable, a file, or what a program prints.
//!
//! Owns how it is looked up, and that a plain text is none. Must not show what it found.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use toml::Value;

use crate::language::say;

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
    say!("secret-plain", what = what, forms = FORMS)
}

impl Reference {
    /// Reads the place. An error says why it is none, and nothing of the value.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let table = match value {
            Value::Table(table) => table,
            Value::String(_) => return Err(plain(&say!("secret-plain-secret"))),
            _ => return Err(say!("secret-where", forms = FORMS)),
        };
        let mut items = table.iter();
        let (Some((kind, value)), None) = (items.next(), items.next()) else {
            return Err(say!("secret-one-place", forms = FORMS));
        };
        match (kind.as_str(), value) {
            ("env", Value::String(name)) => Ok(Self::Env(name.clone())),
            ("file", Value::String(path)) => Ok(Self::File(path.into())),
            ("command", Value::Array(words)) => {
                let words = words.iter().map(|word| word.as_str().map(str::to_owned));
                let words: Option<Vec<String>> = words.collect();
                let words = words.filter(|words| !words.is_empty());
                let words = words.ok_or_else(|| say!("secret-command-words"));
                Ok(Self::Command(words?))
            }
            ("command", _) => Err(say!("secret-command-list")),
            ("env" | "file", _) => Err(say!("secret-text", kind = kind)),
            _ => Err(say!("secret-no-place", forms = FORMS)),
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
            Self::Env(name) => {
                std::env::var(name).map_err(|_| say!("secret-unset", variable = name))?
            }
            Self::File(path) => of_file(&place(path, folder))?,
            Self::Command(words) => of_command(words)?,
        };
        // Editors on Windows begin a file with it, and it would be signed with.
        let text = text.trim_start_matches('\u{feff}').trim();
        match (text, text.chars().any(char::is_control)) {
            ("", _) => Err(say!("secret-empty")),
            (_, true) => Err(say!("secret-lines")),
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
    let unread = |error: std::io::Error| say!("secret-unread", file = shown, error = error);
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
    let mode = metadata.map_err(|error| say!("secret-unread", file = shown, error = error))?;
    let mode = mode.mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let mode = format!("{mode:04o}");
    Err(say!("secret-readable", file = shown, mode = mode))
}

/// Elsewhere the folder of the user is what keeps others out.
#[cfg(not(unix))]
fn refuse_if_others_can_read(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

fn of_command(words: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(say!("secret-no-program"));
    };
    let failed = |error: &dyn std::fmt::Display| {
        say!(
            "secret-program-failed",
            program = format!("{program:?}"),
            error = error
        )
    };
    // Its stderr is the terminal's, where it may ask for a password; what it prints is shown nowhere.
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(&error))?;
    if !output.status.success() {
        return Err(failed(&output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| say!("secret-program-text", program = format!("{program:?}")))
}
