//! The output of a command to stdout.
//!
//! Owns stdout. Must not know what is printed.

use std::io::{self, ErrorKind, Write as _};

/// Writes a text and flushes it. A closed pipe is no failure.
pub(crate) fn print(piece: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(piece.as_ref())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
