//! Whether a file is a complete journal, before anything is written to it.
//!
//! Owns the file's header fields, and the checksum over its content: SQLite detects an invalid
//! page, and the checksum one that is older than the others. Must not change any file.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

use super::files::{Copied, leftovers};
use super::{ENTRY, Reader, entry, header, number};
use crate::entry::Entry;
use crate::store::{Header, StoreError};

/// "jdyj": SQLite keeps it in the file's header, and `file` shows it.
pub(super) const APPLICATION_ID: u32 = 0x6a64_796a;
pub(super) const VERSION: u32 = 2;
/// A file without a checksum, which was complete when it was closed.
const VERSION_1: u32 = 1;
/// Such a file that was not closed.
const VERSION_1_OPEN: u32 = VERSION_1 | 1 << 16;

/// The state of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing yet.
    New,
    /// A journal that is complete without the files beside it.
    Whole,
    /// The same, of version 1.
    WholeOfVersion1,
    /// A journal that is complete only with the files beside it.
    WholeWithBeside,
}

/// Why a file is refused.
enum Refusal {
    /// The files beside it may complete it.
    Damaged(StoreError),
    /// Nothing can complete it.
    Final(StoreError),
}

impl Refusal {
    fn last(why: impl Into<String>) -> Self {
        Self::Final(StoreError::NotAJournal(why.into()))
    }
}

/// Inspects a locked file: its state, and a reader that does not change it.
pub(super) fn inspect(path: &Path) -> Result<(Found, Option<Reader>), StoreError> {
    let error = match alone(path) {
        Ok(found) => return reader_of(path, found),
        Err(Refusal::Final(error)) => return Err(error),
        Err(Refusal::Damaged(error)) => error,
    };
    if leftovers(path).is_empty() {
        return Err(error);
    }
    // SQLite writes while it recovers, so it gets a copy.
    let copied = Copied::of(path).map_err(StoreError::failed)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(copied.path(), flags).map_err(|_| error.clone())?;
    if is_empty(&connection).unwrap_or(false) {
        return Ok((Found::New, None));
    }
    match verify(&connection) {
        Ok(()) => {
            let reader = Reader {
                connection,
                copied: Some(copied),
            };
            Ok((Found::WholeWithBeside, Some(reader)))
        }
        Err(_) => Err(error),
    }
}

fn reader_of(path: &Path, found: Found) -> Result<(Found, Option<Reader>), StoreError> {
    if found == Found::New {
        return Ok((found, None));
    }
    let connection = untouched(path).map_err(|refusal| match refusal {
        Refusal::Damaged(error) | Refusal::Final(error) => error,
    })?;
    let copied = None;
    Ok((found, Some(Reader { connection, copied })))
}

/// The state of the file without the files beside it.
fn alone(path: &Path) -> Result<Found, Refusal> {
    let failed = |error| Refusal::Final(StoreError::failed(error));
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    match length {
        0 => return Ok(Found::New),
        1..512 => {
            return Err(Refusal::last(format!(
                "it is no SQLite file, which has 512 bytes at least, and this one {length}"
            )));
        }
        _ => {}
    }
    let mut head = [0; 100];
    file.rewind().map_err(failed)?;
    file.read_exact(&mut head).map_err(failed)?;
    if !head.starts_with(b"SQLite format 3\0") {
        let why = "it is no SQLite file".to_owned();
        return Err(Refusal::Damaged(StoreError::NotAJournal(why)));
    }
    match (number_at(&head, 68), number_at(&head, 60)) {
        (APPLICATION_ID, VERSION) => {
            if length < length_in_header(&head) {
                return Err(damaged("its end is missing"));
            }
            verify(&untouched(path)?)?;
            Ok(Found::Whole)
        }
        (APPLICATION_ID, VERSION_1) if leftovers(path).is_empty() => {
            intact(&untouched(path)?)?;
            Ok(Found::WholeOfVersion1)
        }
        (APPLICATION_ID, VERSION_1 | VERSION_1_OPEN) => Err(Refusal::last(
            "its version is 1 and it was not closed; let a program of that version, the one that \
             made it, open and close it once, with the file beside it that has -wal at the end of \
             its name",
        )),
        (APPLICATION_ID, newer) => Err(Refusal::last(format!(
            "its version is {newer}, and this program knows {VERSION}; use a newer program"
        ))),
        (0, 0) if leftovers(path).is_empty() => match is_empty(&untouched(path)?) {
            Ok(true) => Ok(Found::New),
            Ok(false) => Err(something_else()),
            Err(error) => Err(damaged_or_failed(error)),
        },
        _ => Err(something_else()),
    }
}

fn something_else() -> Refusal {
    Refusal::last("it is a SQLite file of something else")
}

/// The length of the file according to its header: pages times page size, where 1 means 65536.
fn length_in_header(head: &[u8; 100]) -> u64 {
    let size = u64::from(number_at(head, 16) >> 16);
    let size = if size == 1 { 65_536 } else { size };
    u64::from(number_at(head, 28)) * size
}

/// Four bytes of the header, big-endian.
fn number_at(head: &[u8; 100], at: usize) -> u32 {
    let bytes = head.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(bytes.unwrap_or_default())
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let ask = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    Ok(tables == 0 && ask("PRAGMA application_id")? == 0 && ask("PRAGMA user_version")? == 0)
}

/// Opens the file alone: takes no lock, reads no file beside it, and creates none.
fn untouched(path: &Path) -> Result<Connection, Refusal> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(immutable(path), flags).map_err(damaged_or_failed)
}

/// The URI by which SQLite reads a file as immutable.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    let text = path.as_os_str().as_encoded_bytes();
    let text = text.strip_prefix(br"\\?\").unwrap_or(text);
    if !text.starts_with(b"/") {
        uri.push('/');
    }
    for byte in text {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' | b':' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}

/// Whether the content matches its checksum, so that all parts are of the same moment.
fn verify(connection: &Connection) -> Result<(), Refusal> {
    intact(connection)?;
    let kept = kept_sum(connection).map_err(damaged_or_failed)?;
    let sum = sum_of(connection).map_err(damaged_or_failed)?;
    match kept == sum {
        true => Ok(()),
        false => Err(damaged("its parts are not of the same moment")),
    }
}

/// Whether SQLite's integrity check passes.
fn intact(connection: &Connection) -> Result<(), Refusal> {
    let sql = "PRAGMA integrity_check(1)";
    let said: String = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(damaged_or_failed)?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(damaged(&said)),
    }
}

fn damaged(why: &str) -> Refusal {
    Refusal::Damaged(StoreError::NotAJournal(format!(
        "the file is damaged ({why}). If files were moved, put the one back that has its name and \
         -wal at the end; else take the newest backup of the journal and look up every line that \
         was sent after it, before anything is sent again"
    )))
}

fn damaged_or_failed(error: rusqlite::Error) -> Refusal {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::CannotOpen,
        ) => Refusal::Final(StoreError::failed(error)),
        _ => damaged(&error.to_string()),
    }
}

/// A SHA-256.
type Checksum = [u8; 32];

/// The checksum over the header and all lines, independent of their order. The answers are not part
/// of it, as no decision depends on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(Checksum);

impl Sum {
    pub(super) fn bytes(&self) -> &Checksum {
        &self.0
    }

    /// Adds a line's content, or removes it again.
    pub(super) fn toggle_line(
        &mut self,
        connection: &Connection,
        line: u64,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&format!("{ENTRY} WHERE line = ?1"))?;
        let found = statement.query_row([number(line)?], entry).optional()?;
        if let Some(found) = found {
            self.toggle(&hash_of_entry(&found));
        }
        Ok(())
    }

    fn toggle(&mut self, hash: &Checksum) {
        for (byte, other) in self.0.iter_mut().zip(hash) {
            *byte ^= other;
        }
    }
}

pub(super) fn kept_sum(connection: &Connection) -> rusqlite::Result<Sum> {
    let mut statement = connection.prepare_cached("SELECT sum FROM whole")?;
    statement.query_row([], |row| row.get(0).map(Sum))
}

/// The checksum over the current content.
pub(super) fn sum_of(connection: &Connection) -> rusqlite::Result<Sum> {
    let mut sum = Sum::default();
    let sql = "SELECT id, subject, destination, input FROM journal";
    if let Some(found) = connection.query_row(sql, [], header).optional()? {
        sum.toggle(&hash_of_header(&found));
    }
    let mut statement = connection.prepare(ENTRY)?;
    for found in statement.query_map([], entry)? {
        sum.toggle(&hash_of_entry(&found?));
    }
    Ok(sum)
}

fn hash_of_header(header: &Header) -> Checksum {
    let identity = &header.identity;
    let input = identity.input.as_ref().map(<[u8; 32]>::as_slice);
    hash_of(&[
        Some(b"head"),
        Some(header.id.as_bytes()),
        Some(identity.name.as_bytes()),
        Some(identity.destination.as_bytes()),
        input,
    ])
}

fn hash_of_entry(entry: &Entry) -> Checksum {
    let optional = |number: Option<u64>| number.map(u64::to_be_bytes);
    let (intended, ended) = (optional(entry.intended_at), optional(entry.ended_at));
    hash_of(&[
        Some(b"line"),
        Some(&entry.line.to_be_bytes()),
        entry.key.as_deref().map(str::as_bytes),
        entry.hash.as_ref().map(<[u8; 32]>::as_slice),
        Some(entry.state.as_str().as_bytes()),
        Some(&entry.sent.to_be_bytes()),
        Some(&entry.resent.to_be_bytes()),
        intended.as_ref().map(<[u8; 8]>::as_slice),
        ended.as_ref().map(<[u8; 8]>::as_slice),
        entry.report.as_deref().map(str::as_bytes),
        Some(entry.history.as_bytes()),
    ])
}

fn hash_of(parts: &[Option<&[u8]>]) -> Checksum {
    let mut hash = Sha256::new();
    for part in parts {
        // Absent differs from empty, and different rows do not hash the same bytes.
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        hash.update(length.to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    hash.finalize().into()
}
