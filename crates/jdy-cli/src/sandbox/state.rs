//! The state of a sandbox in a file: read at the start, written at the end.
//!
//! Owns that the file is replaced as a whole or not at all, and only if nobody else wrote it
//! meanwhile. Must not know what a state holds.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::exit::Failure;
use crate::language::say;

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A file that holds a state, or will.
pub(super) struct StateFile {
    path: PathBuf,
    /// What it held at the start.
    before: Option<String>,
}

impl StateFile {
    /// Reads the state; `None` if there is no file yet.
    pub(super) fn read(path: PathBuf) -> Result<(Self, Option<Value>), Failure> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            // Without its folder nothing could be kept at the end.
            Err(error) if error.kind() == ErrorKind::NotFound && folder_of(&path).is_dir() => None,
            Err(error) => {
                let file = path.display();
                return Err(Failure::other(say!(
                    "sandbox-state-unread",
                    file = file,
                    error = error
                )));
            }
        };
        // A link stays one: what it points to is replaced.
        let path = fs::canonicalize(&path).unwrap_or(path);
        let state = text.as_ref().map(|text| {
            serde_json::from_str(text).map_err(|error| {
                let shown = path.display();
                Failure::other(say!("sandbox-no-state", file = shown, error = error))
            })
        });
        let state = state.transpose()?;
        let before = text;
        Ok((Self { path, before }, state))
    }

    /// Puts a state in place of the file; beside it, if another sandbox over the same file ended
    /// since it was read: its data would be lost.
    pub(super) fn write(&self, state: &Value) -> Result<(), Failure> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = self.path.with_file_name(name);
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(format!("{state:#}\n").as_bytes())?;
            file.sync_all()
        });
        if written.is_ok() && self.is_changed() {
            let (file, new) = (self.path.display(), new.display());
            return Err(Failure::other(say!(
                "sandbox-state-changed",
                file = file,
                new = new
            )));
        }
        let written = written.and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|error| {
            let _ = fs::remove_file(&new);
            let file = self.path.display();
            Failure::other(say!("sandbox-state-unwritten", file = file, error = error))
        })
    }

    /// Whether the file holds something else than at the start. One that is gone has nothing to lose.
    fn is_changed(&self) -> bool {
        fs::read(&self.path)
            .is_ok_and(|now| Some(now.as_slice()) != self.before.as_deref().map(str::as_bytes))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
