//! The leases of a token file: one process of a machine fetches a token for all.
//!
//! Owns the files `PATH.lease-?`. The system's lock on one is the lease, as it ends with its process,
//! however that ends. A process that is stopped does not end: the file says until when it is leased,
//! and then another process puts a new file in its place. Must not know what a lease is for.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::private;
use crate::runtime::system_monotonic;
use crate::sync::Lock;

/// What became of asking for a lease.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    New,
    Prolonged,
    Held(Duration),
}

/// A lease that has lapsed is looked at once more: its file may say what its former owner wrote, while
/// a new one is about to write.
const SECOND_LOOK: Duration = Duration::from_millis(50);

/// The leases of this process, and those of others that have lapsed.
#[derive(Default)]
pub(super) struct Leases(Lock<State>);

#[derive(Default)]
struct State {
    held: HashMap<char, Held>,
    /// What a file said, and since when it is known.
    lapsed: HashMap<char, (Until, Duration)>,
}

/// A lease of this process.
struct Held {
    owner: String,
    until: Duration,
    /// Its lock is the lease.
    file: File,
}

impl Drop for Held {
    /// Unlocks it by name: a process that is just being started has a copy of every open file
    /// for a moment, and with it would go on holding a lock that merely closes.
    fn drop(&mut self) {
        drop(self.file.set_len(0));
        drop(self.file.unlock());
    }
}

/// Names a file beside the token file by its ending.
type Beside<'a> = &'a dyn Fn(&str) -> PathBuf;

impl Leases {
    /// Does not wait for another process.
    pub(super) fn acquire(
        &self,
        beside: Beside<'_>,
        key: &str,
        owner: String,
        duration: Duration,
    ) -> io::Result<Grant> {
        let slot = slot(key);
        let now = system_monotonic();
        let until = now.saturating_add(duration);
        let mut state = self.0.lock();
        if let Some(held) = state.held.get_mut(&slot) {
            if held.owner != owner && now < held.until {
                return Ok(Grant::Held(held.until - now));
            }
            // The owner continues, or its task was lost.
            held.until = until;
            Until::after(duration).write(&held.file);
            let former = std::mem::replace(&mut held.owner, owner);
            return Ok(if former == held.owner {
                Grant::Prolonged
            } else {
                Grant::New
            });
        }
        match state.take(beside, slot, now)? {
            Ok(file) => {
                Until::after(duration).write(&file);
                let held = Held { owner, until, file };
                state.held.insert(slot, held);
                Ok(Grant::New)
            }
            Err(left) => Ok(Grant::Held(left.unwrap_or(duration).min(duration))),
        }
    }

    pub(super) fn release(&self, key: &str, owner: &str) {
        let slot = slot(key);
        let held = &mut self.0.lock().held;
        if held.get(&slot).is_some_and(|held| held.owner == owner) {
            held.remove(&slot);
        }
    }
}

impl State {
    /// The locked file, or how long another process has it, if that is known.
    fn take(
        &mut self,
        beside: Beside<'_>,
        slot: char,
        now: Duration,
    ) -> io::Result<Result<File, Option<Duration>>> {
        let path = beside(&format!(".lease-{slot}"));
        let mut file = open(&path)?;
        if try_lock(&file)? {
            self.lapsed.remove(&slot);
            // Another process may have put a new file in its place meanwhile.
            return Ok(if is_at(&path, &file) {
                Ok(file)
            } else {
                Err(Some(SECOND_LOOK))
            });
        }
        let Some(until) = Until::read(&mut file) else {
            return Ok(Err(None));
        };
        if let Some(left) = until.left() {
            return Ok(Err(Some(left)));
        }
        match self.lapsed.get(&slot) {
            Some((known, since)) if *known == until => {
                if now.saturating_sub(*since) < SECOND_LOOK {
                    return Ok(Err(Some(SECOND_LOOK)));
                }
            }
            _ => {
                self.lapsed.insert(slot, (until, now));
                return Ok(Err(Some(SECOND_LOOK)));
            }
        }
        self.lapsed.remove(&slot);
        let lock = open(&beside(".lock"))?;
        // One process replaces it, while nobody replaces the token file.
        if !try_lock(&lock)? {
            return Ok(Err(Some(SECOND_LOOK)));
        }
        let replaced = replace(&path, until);
        drop(lock.unlock());
        Ok(replaced?.ok_or(Some(SECOND_LOOK)))
    }
}

/// Puts a new file, which is locked, in the place of one that still says this.
fn replace(path: &Path, lapsed: Until) -> io::Result<Option<File>> {
    let mut file = open(path)?;
    if try_lock(&file)? {
        return Ok(Some(file));
    }
    if Until::read(&mut file) != Some(lapsed) {
        return Ok(None);
    }
    std::fs::remove_file(path)?;
    let file = open(path)?;
    Ok(try_lock(&file)?.then_some(file))
}

/// Until when a lease lasts, in milliseconds of Unix time by the clock of the machine, which all its
/// processes share. A clock that is set makes it longer or shorter: then a token is fetched late, or
/// once too often.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Until(u64);

/// How many digits a file holds: always as many, so that one that is overwritten is whole.
const DIGITS: usize = 20;

impl Until {
    #[allow(
        clippy::disallowed_methods,
        reason = "processes compare it, whatever the time of their gateways is"
    )]
    fn after(duration: Duration) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let until = now.unwrap_or_default().saturating_add(duration);
        Self(u64::try_from(until.as_millis()).unwrap_or(u64::MAX))
    }

    /// How much is left; `None` once it has lapsed.
    fn left(self) -> Option<Duration> {
        let left = self.0.checked_sub(Self::after(Duration::ZERO).0)?;
        (left > 0).then(|| Duration::from_millis(left))
    }

    /// What the file says. An older version of this library leaves it empty, and some systems let
    /// nobody read a locked file: such a lease does not lapse.
    fn read(file: &mut File) -> Option<Self> {
        let mut text = String::new();
        file.rewind().ok()?;
        file.take(DIGITS as u64 + 1)
            .read_to_string(&mut text)
            .ok()?;
        let is_whole = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| text.parse().ok().map(Self)).flatten()
    }

    /// Where it cannot be written, the lease does not lapse, or lapses early.
    fn write(self, mut file: &File) {
        if file.rewind().is_ok() {
            drop(write!(file, "{:0DIGITS$}", self.0));
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).create(true).truncate(false)).open(path)
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the file is still the one of this name.
#[cfg(unix)]
fn is_at(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let own = file.metadata().map(identity).ok();
    own.is_some() && own == std::fs::metadata(path).map(identity).ok()
}

#[cfg(not(unix))]
fn is_at(_: &Path, _: &File) -> bool {
    true
}

/// Account sets share sixteen lease files, so that there is not one for each.
fn slot(key: &str) -> char {
    let first = key.chars().next().filter(char::is_ascii_hexdigit);
    first.unwrap_or('0')
}
