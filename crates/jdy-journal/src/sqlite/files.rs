//! The files of a journal: the file that a path means, the files beside it, and the lock.
//!
//! Owns the names, the modes and the lock that no other part of the process can drop. Must not know
//! the content of the files.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::Found;
use crate::store::StoreError;

/// The number of attempts to take the lock, and the wait between them: a killed process releases it
/// at once, a process that another thread has just forked soon.
const MAX_ATTEMPTS: u32 = 20;
const RETRY_DELAY: Duration = Duration::from_millis(10);

/// The suffixes of the files that SQLite may leave beside the file, and reads first.
const BESIDE: [&str; 2] = ["-wal", "-journal"];

/// The file itself, with links resolved. SQLite puts its other files beside it. An absolute path is
/// not read as `:memory:` or `file:..`, which would keep nothing.
pub(super) fn real(path: &Path) -> Result<PathBuf, StoreError> {
    if path.symlink_metadata().is_ok() {
        return path.canonicalize().map_err(StoreError::failed);
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    let name = path
        .file_name()
        .ok_or_else(|| StoreError::failed("the path names no file"))?;
    Ok(folder.map_err(StoreError::failed)?.join(name))
}

/// The path with a suffix to its name.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The suffixes of the files beside it that are not empty.
pub(super) fn leftovers(path: &Path) -> Vec<&'static str> {
    let holds = |end: &&str| std::fs::metadata(beside(path, end)).is_ok_and(|it| it.len() > 0);
    BESIDE.into_iter().filter(holds).collect()
}

/// Refuses a journal of which only the `-wal` is left.
pub(super) fn refuse_orphan(path: &Path) -> Result<(), StoreError> {
    let length = std::fs::metadata(path).map_or(0, |found| found.len());
    if length == 0 && leftovers(path).contains(&"-wal") {
        return Err(StoreError::NotAJournal(
            "it is empty or missing, and a file of the same name with -wal at its end is what is \
             left of a journal; put the file back that belongs to that"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The file, created if missing, locked as long as the handle is open. Unlike SQLite's own lock, it
/// does not end when other code of this process closes the same file.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let file = open(path)?;
    let lock = lock_file(path, file)?;
    for _ in 0..MAX_ATTEMPTS {
        match lock.try_lock() {
            Ok(()) => return still_there(path, lock),
            Err(TryLockError::WouldBlock) => pause(),
            Err(TryLockError::Error(error)) => return Err(StoreError::failed(error)),
        }
    }
    Err(StoreError::Locked)
}

#[allow(
    clippy::disallowed_methods,
    reason = "opening blocks anyway, as SQLite's own waiting does"
)]
fn pause() {
    std::thread::sleep(RETRY_DELAY);
}

/// A lock on the file itself covers all its names. On Linux it does not conflict with SQLite's.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_wraps)] // Elsewhere another file is opened.
fn lock_file(_: &Path, file: File) -> Result<File, StoreError> {
    Ok(file)
}

/// Elsewhere a lock on the file itself would lock SQLite out, so a file beside it is locked.
#[cfg(not(target_os = "linux"))]
fn lock_file(path: &Path, _: File) -> Result<File, StoreError> {
    open(&beside(path, "-lock"))
}

fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let found = match options.open(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return make(path, options),
        Err(error) => return Err(StoreError::failed(error)),
    };
    match found.metadata().map_err(StoreError::failed)?.is_file() {
        true => Ok(found),
        false => Err(StoreError::NotAJournal("it is no regular file".to_owned())),
    }
}

/// Creates the file before SQLite would: `-wal` gets its mode as well.
fn make(path: &Path, mut options: OpenOptions) -> Result<File, StoreError> {
    options.create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path).map_err(StoreError::failed)?;
    keep_name(path).map_err(StoreError::failed)?;
    Ok(made)
}

/// The name of a new file survives a power cut only if its folder is on disk as well.
#[cfg(unix)]
fn keep_name(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // There is nothing to do, so it cannot fail.
fn keep_name(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Checks that the path still leads to the locked file.
#[cfg(target_os = "linux")]
fn still_there(path: &Path, lock: File) -> Result<File, StoreError> {
    use std::os::unix::fs::MetadataExt as _;
    let of = |found: std::io::Result<std::fs::Metadata>| {
        found
            .map(|found| (found.dev(), found.ino()))
            .map_err(StoreError::failed)
    };
    match of(std::fs::metadata(path))? == of(lock.metadata())? {
        true => Ok(lock),
        false => Err(StoreError::failed(
            "another file took its place while it was opened",
        )),
    }
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps)] // Where the lock is a file of its own, nothing can differ.
fn still_there(_: &Path, lock: File) -> Result<File, StoreError> {
    Ok(lock)
}

/// Makes an existing empty file, which becomes a journal, readable by its owner alone.
pub(super) fn hide_new(path: &Path, found: Found) -> Result<(), StoreError> {
    #[cfg(unix)]
    if found == Found::New {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, mode).map_err(StoreError::failed)?;
    }
    #[cfg(not(unix))]
    let _ = (path, found);
    Ok(())
}

/// Empties the files beside a complete file. They are not removed: a program that still has them
/// open would keep their content, and could write it into the file later.
pub(super) fn empty_beside(path: &Path) -> Result<(), StoreError> {
    for end in leftovers(path) {
        let file = OpenOptions::new().write(true).open(beside(path, end));
        let emptied = file.and_then(|file| {
            file.set_len(0)?;
            file.sync_all()
        });
        emptied.map_err(StoreError::failed)?;
    }
    Ok(())
}

/// A copy of the file and the files beside it, removed on drop.
pub(super) struct Copied {
    folder: PathBuf,
}

impl Copied {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let folder = beside(path, "-check");
        let copied = Self { folder };
        // We hold the lock, so a copy that exists was left by a killed process. Its name has no
        // process id, as these repeat, in containers at every start.
        if copied.folder.exists() {
            copied.remove()?;
        }
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&copied.folder)?;
        std::fs::copy(path, copied.path())?;
        for end in leftovers(path) {
            std::fs::copy(beside(path, end), beside(&copied.path(), end))?;
        }
        Ok(copied)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("copy")
    }

    /// Removes the files that it may have created, and nothing else.
    fn remove(&self) -> std::io::Result<()> {
        for end in ["", "-wal", "-journal", "-shm"] {
            match std::fs::remove_file(beside(&self.path(), end)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::remove_dir(&self.folder)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}
