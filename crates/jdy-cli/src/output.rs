//! What the command prints: whole pieces to stdout.
//!
//! Owns stdout. It must not know what is printed.

use std::io::{self, ErrorKind, Write as _};

/// Writes one piece and flushes it. A reader that went away has seen enough, which is no failure.
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
