//! The output of a command to stdout.
//!
//! Owns stdout. Must not know what is printed.

use std::io::{self, ErrorKind, Write as _};

/// Whether anybody still reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    There,
    Gone,
}

/// Writes a text and flushes it. A closed pipe is no failure.
pub(crate) fn print(piece: impl AsRef<[u8]>) -> io::Result<()> {
    write(piece).map(drop)
}

/// Writes a text and flushes it, and says whether it was still read.
pub(crate) fn write(piece: impl AsRef<[u8]>) -> io::Result<Reader> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(piece.as_ref())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}
