//! The files of a journal at one moment, and what can happen to them between two processes: damage,
//! loss, a copy, a link.
//!
//! Owns the kinds of damage and how the files are restored. Must not know what the files contain.

use std::path::{Path, PathBuf};

use crate::rng::Rng;

/// The suffixes of a journal's files.
const SUFFIXES: [&str; 4] = ["", "-wal", "-journal", "-shm"];
const FILE: usize = 0;
const LOG: usize = 1;

/// The bytes of each file, `None` for one that does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JournalFiles([Option<Vec<u8>>; SUFFIXES.len()]);

/// What happens to a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    FileOverwritten,
    FileCut,
    LogOverwritten,
    LogCut,
    LogEmptied,
    LogRemoved,
    /// The log is replaced by an earlier one.
    LogReplaced,
    /// Only the main file is copied, and opened under the other path.
    Copied,
    /// The journal is opened by a link.
    Linked,
}

pub(crate) const DAMAGES: [(Damage, &str); 9] = [
    (Damage::FileOverwritten, "file overwritten"),
    (Damage::FileCut, "file cut"),
    (Damage::LogOverwritten, "-wal overwritten"),
    (Damage::LogCut, "-wal cut"),
    (Damage::LogEmptied, "-wal emptied"),
    (Damage::LogRemoved, "-wal removed"),
    (Damage::LogReplaced, "-wal replaced by an older one"),
    (Damage::Copied, "copied to another path"),
    (Damage::Linked, "opened by a link"),
];

impl Damage {
    /// One in three damages the main file.
    pub(crate) fn draw(rng: &mut Rng) -> (Self, &'static str) {
        let index = match rng.once_in(3) {
            true => rng.below(2),
            false => 2 + rng.below(DAMAGES.len() as u64 - 2),
        };
        let drawn = usize::try_from(index)
            .ok()
            .and_then(|index| DAMAGES.get(index));
        drawn.copied().unwrap_or((Self::FileCut, "file cut"))
    }

    /// The path under which the journal is opened.
    pub(crate) fn path(self, journal: &Path) -> PathBuf {
        match self {
            Self::Copied => with(journal, ".copy"),
            Self::Linked => with(journal, ".link"),
            _ => journal.to_owned(),
        }
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl JournalFiles {
    pub(crate) fn read(journal: &Path) -> std::io::Result<Self> {
        let mut files = [const { None }; SUFFIXES.len()];
        for (file, suffix) in files.iter_mut().zip(SUFFIXES) {
            *file = match std::fs::read(with(journal, suffix)) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        Ok(Self(files))
    }

    /// Writes the files, and removes the others.
    pub(crate) fn write(&self, journal: &Path) -> std::io::Result<()> {
        for (file, suffix) in self.0.iter().zip(SUFFIXES) {
            let path = with(journal, suffix);
            match file {
                Some(bytes) => std::fs::write(path, bytes)?,
                None => remove(&path)?,
            }
        }
        Ok(())
    }

    /// Writes the damaged files where they are opened.
    pub(crate) fn write_damaged(&self, damage: Damage, journal: &Path) -> std::io::Result<()> {
        let path = damage.path(journal);
        if damage == Damage::Linked {
            remove(&path)?;
            return link(journal, &path);
        }
        self.write(&path)
    }

    /// These files after the damage.
    pub(crate) fn damaged(&self, damage: Damage, before: Option<&Self>, rng: &mut Rng) -> Self {
        let mut files = self.clone();
        let [file, log, ..] = &mut files.0;
        match damage {
            Damage::FileOverwritten => overwrite(file, rng),
            Damage::FileCut => cut(file, rng),
            Damage::LogOverwritten => overwrite(log, rng),
            Damage::LogCut => cut(log, rng),
            Damage::LogEmptied => *log = log.take().map(|_| Vec::new()),
            Damage::LogRemoved => *log = None,
            Damage::LogReplaced => *log = before.and_then(|before| before.0[LOG].clone()),
            Damage::Copied => files = Self([self.0[FILE].clone(), None, None, None]),
            Damage::Linked => {}
        }
        files
    }
}

fn overwrite(file: &mut Option<Vec<u8>>, rng: &mut Rng) {
    const MAX_BYTES: u64 = 200;
    let Some(bytes) = file.as_mut().filter(|bytes| !bytes.is_empty()) else {
        return;
    };
    for _ in 0..=rng.below(3) {
        let from = offset(bytes, rng);
        let count = 1 + usize::try_from(rng.below(MAX_BYTES)).unwrap_or_default();
        for byte in bytes.iter_mut().skip(from).take(count) {
            *byte = u8::try_from(rng.below(256)).unwrap_or_default();
        }
    }
}

fn cut(file: &mut Option<Vec<u8>>, rng: &mut Rng) {
    if let Some(bytes) = file {
        bytes.truncate(offset(bytes, rng));
    }
}

fn offset(bytes: &[u8], rng: &mut Rng) -> usize {
    usize::try_from(rng.below(bytes.len().max(1) as u64)).unwrap_or_default()
}

#[cfg(unix)]
fn link(journal: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(journal, path)
}

#[cfg(not(unix))]
fn link(journal: &Path, path: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(journal, path)
}

/// Removes a file, or a link, where there is one.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(log: Option<&[u8]>) -> JournalFiles {
        JournalFiles([Some(vec![1; 4096]), log.map(<[u8]>::to_vec), None, None])
    }

    #[test]
    fn each_damage_changes_the_named_file_only() {
        let whole = files(Some(&[2; 1024]));
        let before = files(Some(&[3; 512]));
        for (damage, name) in DAMAGES {
            let mut rng = Rng::new(7, 8);
            let damaged = whole.damaged(damage, Some(&before), &mut rng);
            let is_of_file = matches!(damage, Damage::FileOverwritten | Damage::FileCut);
            assert_eq!(damaged.0[FILE] != whole.0[FILE], is_of_file, "{name}");
            let is_of_log = !is_of_file && damage != Damage::Linked;
            assert_eq!(damaged.0[LOG] != whole.0[LOG], is_of_log, "{name}");
        }
    }

    #[test]
    fn a_missing_file_cannot_be_damaged() {
        let whole = files(None);
        for damage in [Damage::LogOverwritten, Damage::LogCut, Damage::LogEmptied] {
            let mut rng = Rng::new(7, 8);
            assert_eq!(whole.damaged(damage, None, &mut rng), whole);
        }
    }

    #[test]
    fn files_are_restored_as_they_were() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("jdy-chaos-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let journal = folder.join("journal");
        let (old, new) = (files(None), files(Some(&[2; 9])));
        new.write(&journal)?;
        assert_eq!(JournalFiles::read(&journal)?, new);
        old.write(&journal)?;
        assert_eq!(JournalFiles::read(&journal)?, old);
        std::fs::remove_dir_all(&folder)
    }
}
