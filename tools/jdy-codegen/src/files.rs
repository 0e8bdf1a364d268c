//! The generated files on the disk: written, or compared with what is there.
//!
//! Owns which file is whose. Must not know what a file holds. Must not use: `crate::plan`,
//! `crate::render`, `jdy_spec`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// What to do about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write what is new, delete what nothing made.
    Write,
    /// Change nothing.
    Check,
}

/// How one file on the disk differs from what was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is there, with another text.
    Stale,
    /// It is not there.
    Missing,
    /// It is there, and nothing made it.
    Unexpected,
}

impl Difference {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
        }
    }
}

/// Brings the folder and the generated files together; says what differed, by path.
///
/// Folders of `owned` hold generated files alone: everything else in them is unexpected, but for the
/// licences.
///
/// # Errors
/// A file cannot be read, written or deleted; the error names it.
pub fn reconcile(
    out: &Path,
    files: &BTreeMap<String, String>,
    owned: &[&str],
    mode: Mode,
) -> io::Result<BTreeMap<String, Difference>> {
    let mut differences = BTreeMap::new();
    for (path, text) in files {
        match std::fs::read(out.join(path)) {
            Ok(bytes) if bytes == text.as_bytes() => continue,
            Ok(_) => differences.insert(path.clone(), Difference::Stale),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.insert(path.clone(), Difference::Missing)
            }
            Err(error) => return Err(named(path, &error)),
        };
        if mode == Mode::Write {
            write(&out.join(path), text).map_err(|error| named(path, &error))?;
        }
    }
    let mut there = BTreeSet::new();
    for folder in owned {
        collect(out, folder, &mut there).map_err(|error| named(folder, &error))?;
    }
    for path in there {
        if !files.contains_key(&path) && !is_licence(&path, files) {
            if mode == Mode::Write {
                delete(out, &path).map_err(|error| named(&path, &error))?;
            }
            differences.insert(path, Difference::Unexpected);
        }
    }
    Ok(differences)
}

fn named(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

/// Writes a file as a whole: a manifest and a README hold what is written by hand as well, which a
/// run that ends here must not empty.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let done = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path));
    if done.is_err() {
        // What could not be written is of no use; the error that is returned is the first one.
        let _ = std::fs::remove_file(&new);
    }
    done
}

/// Deletes a file, and the folders that are empty without it.
fn delete(out: &Path, path: &str) -> io::Result<()> {
    std::fs::remove_file(out.join(path))?;
    let mut folder = Path::new(path).parent();
    while let Some(inner) = folder.filter(|inner| !inner.as_os_str().is_empty()) {
        // A folder that is not empty stays.
        if std::fs::remove_dir(out.join(inner)).is_err() {
            break;
        }
        folder = inner.parent();
    }
    Ok(())
}

/// What every published crate brings along, the same for all and put there by hand.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Whether this is a licence of a generated crate. One of a crate that is no longer generated goes with
/// it: cargo takes the folder that it would keep for a crate.
fn is_licence(path: &str, files: &BTreeMap<String, String>) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, name)| {
        LICENCES.contains(&name) && files.contains_key(&format!("{folder}/Cargo.toml"))
    })
}

/// All files beneath a folder, as paths with `/`. A folder that is not there holds none.
fn collect(out: &Path, folder: &str, paths: &mut BTreeSet<String>) -> io::Result<()> {
    let entries = match std::fs::read_dir(out.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(out, &path, paths)?;
        } else {
            paths.insert(path);
        }
    }
    Ok(())
}
