//! The leases of a token file: one process of a machine fetches a token for all.
//!
//! Owns the files `PATH.lease-?` and `PATH.lapse`. The system's lock on one of the first is the lease,
//! as it ends with its process, however that ends. A process that is stopped does not end: the file
//! says until when it is leased, and then another process puts a new file in its place, while it has
//! the lock on the second. Must not know what a lease is for.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{failed, private};
use crate::runtime::system_monotonic;
use crate::sync::Lock;
use crate::token::StoreError;

/// What became of asking for a lease.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    New,
    Prolonged,
    Held(Duration),
}

/// The leases of this process, and those of others that have lapsed.
#[derive(Default)]
pub(super) struct Leases(Lock<State>);

#[derive(Default)]
struct State {
    held: HashMap<char, Held>,
    /// What a file said that had lapsed, and when that was seen first.
    lapsed: HashMap<char, (Until, Duration)>,
}

/// A lease of this process.
struct Held {
    owner: String,
    until: Duration,
    /// Its lock is the lease.
    file: File,
    /// Whether the file says until when: what lies there may be something else.
    is_ours: bool,
}

impl Held {
    fn prolong(&mut self, owner: String, duration: Duration) -> String {
        self.until = system_monotonic().saturating_add(duration);
        if self.is_ours {
            Until::after(duration).write(&self.file);
        }
        std::mem::replace(&mut self.owner, owner)
    }
}

impl Drop for Held {
    /// Unlocks it by name: a process that is just being started has a copy of every open file
    /// for a moment, and with it would go on holding a lock that merely closes.
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

/// The files beside a token file.
pub(super) trait Folder {
    /// The one with this ending.
    fn beside(&self, ending: &str) -> PathBuf;

    /// Makes the folder, if a token file may be there.
    fn prepare(&self) -> Result<(), StoreError>;
}

impl Leases {
    /// Does not wait for another process.
    pub(super) fn acquire(
        &self,
        folder: &impl Folder,
        key: &str,
        owner: String,
        duration: Duration,
    ) -> Result<Grant, StoreError> {
        let slot = slot(key);
        let path = folder.beside(&format!(".lease-{slot}"));
        let now = system_monotonic();
        let mut state = self.0.lock();
        if state
            .held
            .get(&slot)
            .is_some_and(|held| !is_at(&path, &held.file))
        {
            // Another process has put a new file in its place, or the file was deleted.
            state.held.remove(&slot);
        }
        if let Some(held) = state.held.get_mut(&slot) {
            if held.owner != owner && now < held.until {
                return Ok(Grant::Held(held.until - now));
            }
            // The owner continues, or its task was lost.
            let former = held.prolong(owner, duration);
            return Ok(if former == held.owner {
                Grant::Prolonged
            } else {
                Grant::New
            });
        }
        folder.prepare()?;
        let lapse = folder.beside(".lapse");
        let taken = state.take(&path, &lapse, slot, duration);
        let (file, is_ours) = match taken.map_err(failed("has no lease"))? {
            Taken::File(file, is_ours) => (file, is_ours),
            Taken::Held(left) => return Ok(Grant::Held(left.unwrap_or(duration).min(duration))),
        };
        let mut held = Held {
            owner: String::new(),
            until: now,
            file,
            is_ours,
        };
        held.prolong(owner, duration);
        // From now on it says that it has not lapsed.
        if !is_at(&path, &held.file) {
            return Ok(Grant::Held(Duration::ZERO));
        }
        state.held.insert(slot, held);
        Ok(Grant::New)
    }

    pub(super) fn release(&self, key: &str, owner: &str) {
        let slot = slot(key);
        let mut state = self.0.lock();
        let is_own = state
            .held
            .get(&slot)
            .is_some_and(|held| held.owner == owner);
        let released = is_own.then(|| state.held.remove(&slot));
        drop(state);
        drop(released);
    }
}

/// What became of looking for the file of a lease.
enum Taken {
    /// It is locked; and whether it says until when, or nothing yet.
    File(File, bool),
    /// Another process has it, for so long if that is known.
    Held(Option<Duration>),
}

impl State {
    fn take(
        &mut self,
        path: &Path,
        lapse: &Path,
        slot: char,
        duration: Duration,
    ) -> io::Result<Taken> {
        let mut file = open(path)?;
        if try_lock(&file)? {
            self.lapsed.remove(&slot);
            let is_ours = Until::is_only_content_of(&mut file);
            return Ok(Taken::File(file, is_ours));
        }
        let Some(until) = Until::read(&mut file) else {
            return Ok(Taken::Held(None));
        };
        if let Some(left) = until.left() {
            return Ok(Taken::Held(Some(left)));
        }
        if !self.has_lapsed_for_good(slot, until, duration) {
            return Ok(Taken::Held(None));
        }
        // Where the files may not be changed, it does not lapse.
        Ok(match replace(path, lapse, until) {
            Ok(Some(file)) => Taken::File(file, true),
            Ok(None) | Err(_) => Taken::Held(None),
        })
    }

    /// Whether the file has said the same for half the time of a lease. Who has a lease and lives renews
    /// it more often, whatever becomes of the clock, and a new owner has said its own by then.
    fn has_lapsed_for_good(&mut self, slot: char, until: Until, duration: Duration) -> bool {
        let now = system_monotonic();
        let seen = self.lapsed.get(&slot).filter(|(known, _)| *known == until);
        // One that was looked at long ago may have changed hands since.
        let age = seen.map(|(_, since)| now.saturating_sub(*since));
        match age.filter(|age| *age <= duration.saturating_mul(2)) {
            Some(age) if age >= duration / 2 => self.lapsed.remove(&slot).is_some(),
            Some(_) => false,
            None => {
                self.lapsed.insert(slot, (until, now));
                false
            }
        }
    }
}

/// Puts a new file, which is locked, in the place of one that still says this. One process at a time
/// does so.
fn replace(path: &Path, lapse: &Path, lapsed: Until) -> io::Result<Option<File>> {
    let lock = open(lapse)?;
    if !try_lock(&lock)? {
        return Ok(None);
    }
    let replaced = replace_alone(path, lapsed);
    drop(lock.unlock());
    replaced
}

fn replace_alone(path: &Path, lapsed: Until) -> io::Result<Option<File>> {
    let mut file = open(path)?;
    if try_lock(&file)? {
        return Ok(Some(file));
    }
    if Until::read(&mut file) != Some(lapsed) {
        return Ok(None);
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = open(path)?;
    Ok(try_lock(&file)?.then_some(file))
}

/// Until when a lease lasts, in milliseconds of Unix time by the clock of the machine, which all its
/// processes share.
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

    /// What the file says. An older version of this library writes nothing, so the file is empty or
    /// says what was true of a former owner; and some systems let nobody read a locked file. An empty
    /// or unreadable one does not lapse.
    fn read(file: &mut File) -> Option<Self> {
        let mut text = String::new();
        file.rewind().ok()?;
        file.take(DIGITS as u64 + 1)
            .read_to_string(&mut text)
            .ok()?;
        let is_whole = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| text.parse().ok().map(Self)).flatten()
    }

    /// Whether the file holds this form and nothing else, or nothing.
    fn is_only_content_of(file: &mut File) -> bool {
        let is_empty = file
            .metadata()
            .is_ok_and(|it| it.is_file() && it.len() == 0);
        is_empty || Self::read(file).is_some()
    }

    /// In one piece. Where it cannot be written, the lease does not lapse, or lapses early.
    fn write(self, mut file: &File) {
        let text = format!("{:0DIGITS$}", self.0);
        if file.rewind().is_ok() {
            drop(file.write_all(text.as_bytes()));
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
