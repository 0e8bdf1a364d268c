//! The files of a journal as they lay there at one moment, and what can happen to them between
//! two processes: damage, loss, a copy of them elsewhere.
//!
//! It must not know what is in them.

use std::path::{Path, PathBuf};

use crate::chance::Chance;

/// What may lie beside a journal.
const ENDS: [&str; 4] = ["", "-wal", "-journal", "-shm"];
const FILE: usize = 0;
const LOG: usize = 1;

/// The bytes of each file, `None` for one that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stand([Option<Vec<u8>>; ENDS.len()]);

/// What happens to a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    FileOverwritten,
    FileCut,
    LogOverwritten,
    LogCut,
    LogEmptied,
    LogRemoved,
    /// The log is one of an earlier moment.
    LogOfBefore,
    /// The file alone is copied, and opened under the other path.
    Copied,
    /// It is opened by a link.
    Linked,
}

pub(crate) const DAMAGES: [(Damage, &str); 9] = [
    (Damage::FileOverwritten, "file overwritten"),
    (Damage::FileCut, "file cut"),
    (Damage::LogOverwritten, "-wal overwritten"),
    (Damage::LogCut, "-wal cut"),
    (Damage::LogEmptied, "-wal emptied"),
    (Damage::LogRemoved, "-wal removed"),
    (Damage::LogOfBefore, "-wal of before"),
    (Damage::Copied, "copied elsewhere"),
    (Damage::Linked, "opened by a link"),
];

impl Damage {
    /// One in three is of the file itself.
    pub(crate) fn drawn(chance: &mut Chance) -> (Self, &'static str) {
        let index = match chance.once_in(3) {
            true => chance.below(2),
            false => 2 + chance.below(DAMAGES.len() as u64 - 2),
        };
        let drawn = usize::try_from(index)
            .ok()
            .and_then(|index| DAMAGES.get(index));
        drawn.copied().unwrap_or((Self::FileCut, "file cut"))
    }

    /// Where it is opened.
    pub(crate) fn path(self, journal: &Path) -> PathBuf {
        match self {
            Self::Copied => with(journal, ".copy"),
            Self::Linked => with(journal, ".link"),
            _ => journal.to_owned(),
        }
    }
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

impl Stand {
    pub(crate) fn read(journal: &Path) -> std::io::Result<Self> {
        let mut files = [const { None }; ENDS.len()];
        for (file, end) in files.iter_mut().zip(ENDS) {
            *file = match std::fs::read(with(journal, end)) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        Ok(Self(files))
    }

    /// Puts the files there, and none beside them.
    pub(crate) fn write(&self, journal: &Path) -> std::io::Result<()> {
        for (file, end) in self.0.iter().zip(ENDS) {
            let path = with(journal, end);
            match file {
                Some(bytes) => std::fs::write(path, bytes)?,
                None => remove(&path)?,
            }
        }
        Ok(())
    }

    /// Puts what has happened to it where it is opened.
    pub(crate) fn put(&self, damage: Damage, journal: &Path) -> std::io::Result<()> {
        let path = damage.path(journal);
        if damage == Damage::Linked {
            remove(&path)?;
            return link(journal, &path);
        }
        self.write(&path)
    }

    /// These files after that has happened.
    pub(crate) fn damaged(
        &self,
        damage: Damage,
        before: Option<&Self>,
        chance: &mut Chance,
    ) -> Self {
        let mut stand = self.clone();
        let [file, log, ..] = &mut stand.0;
        match damage {
            Damage::FileOverwritten => overwrite(file, chance),
            Damage::FileCut => cut(file, chance),
            Damage::LogOverwritten => overwrite(log, chance),
            Damage::LogCut => cut(log, chance),
            Damage::LogEmptied => *log = log.take().map(|_| Vec::new()),
            Damage::LogRemoved => *log = None,
            Damage::LogOfBefore => *log = before.and_then(|before| before.0[LOG].clone()),
            Damage::Copied => stand = Self([self.0[FILE].clone(), None, None, None]),
            Damage::Linked => {}
        }
        stand
    }
}

fn overwrite(file: &mut Option<Vec<u8>>, chance: &mut Chance) {
    const MOST: u64 = 200;
    let Some(bytes) = file.as_mut().filter(|bytes| !bytes.is_empty()) else {
        return;
    };
    for _ in 0..=chance.below(3) {
        let from = place(bytes, chance);
        let count = 1 + usize::try_from(chance.below(MOST)).unwrap_or_default();
        for byte in bytes.iter_mut().skip(from).take(count) {
            *byte = u8::try_from(chance.below(256)).unwrap_or_default();
        }
    }
}

fn cut(file: &mut Option<Vec<u8>>, chance: &mut Chance) {
    if let Some(bytes) = file {
        bytes.truncate(place(bytes, chance));
    }
}

fn place(bytes: &[u8], chance: &mut Chance) -> usize {
    usize::try_from(chance.below(bytes.len().max(1) as u64)).unwrap_or_default()
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

    fn stand(log: Option<&[u8]>) -> Stand {
        Stand([Some(vec![1; 4096]), log.map(<[u8]>::to_vec), None, None])
    }

    #[test]
    fn each_damage_does_what_it_says_and_no_more() {
        let whole = stand(Some(&[2; 1024]));
        let before = stand(Some(&[3; 512]));
        for (damage, name) in DAMAGES {
            let mut chance = Chance::new(7, 8);
            let damaged = whole.damaged(damage, Some(&before), &mut chance);
            let is_of_file = matches!(damage, Damage::FileOverwritten | Damage::FileCut);
            assert_eq!(damaged.0[FILE] != whole.0[FILE], is_of_file, "{name}");
            let is_of_log = !is_of_file && damage != Damage::Linked;
            assert_eq!(damaged.0[LOG] != whole.0[LOG], is_of_log, "{name}");
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_damaged() {
        let whole = stand(None);
        for damage in [Damage::LogOverwritten, Damage::LogCut, Damage::LogEmptied] {
            let mut chance = Chance::new(7, 8);
            assert_eq!(whole.damaged(damage, None, &mut chance), whole);
        }
    }

    #[test]
    fn a_stand_is_put_back_as_it_was() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("jdy-chaos-stand-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let journal = folder.join("journal");
        let (old, new) = (stand(None), stand(Some(&[2; 9])));
        new.write(&journal)?;
        assert_eq!(Stand::read(&journal)?, new);
        old.write(&journal)?;
        assert_eq!(Stand::read(&journal)?, old);
        std::fs::remove_dir_all(&folder)
    }
}
