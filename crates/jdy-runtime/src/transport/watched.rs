//! The body of a request on its way.
//!
//! Owns that the progress hears of the first byte before it leaves, and that files are read while
//! they are sent. It must not know which HTTP library sends it.

use std::fs::File;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{Body, Piece, SendProgress};

/// A body that reports when the connection takes it.
///
/// A server cannot act on a request whose announced body never left, so until this moment the
/// request has certainly no effect, even if its head should be on the way.
pub(super) struct Watched {
    pieces: Option<Body>,
    /// The piece that comes next.
    at: usize,
    reading: Reading,
    /// How many bytes it has.
    length: u64,
    /// How many bytes have not been given yet.
    left: u64,
    progress: SendProgress,
}

/// Where a file is that is being read.
enum Reading {
    Nothing,
    /// Between two chunks, with this many bytes left.
    Open(File, u64),
    /// A chunk is being read, with this many bytes left, its own included.
    Chunk(tokio::task::JoinHandle<io::Result<(File, Bytes)>>, u64),
}

/// How much of a file is read at once.
const CHUNK: u64 = 64 << 10;

/// Reads the next bytes of a file, at least one.
fn read_chunk(mut file: File, left: u64) -> io::Result<(File, Bytes)> {
    let wanted = usize::try_from(left.min(CHUNK)).unwrap_or_default();
    let mut chunk = vec![0; wanted];
    let read = file.read(&mut chunk)?;
    if read == 0 {
        return Err(io::Error::other("a file of the upload has got shorter"));
    }
    chunk.truncate(read);
    Ok((file, chunk.into()))
}

impl Watched {
    /// The body of a request, which tells this progress when it leaves. An empty one tells nothing:
    /// it may leave with the head.
    pub(super) fn new(body: Option<Body>, progress: SendProgress) -> Self {
        let length = body.as_ref().map_or(0, Body::length);
        if length > 0 {
            progress.arm();
        }
        Self {
            pieces: body,
            at: 0,
            reading: Reading::Nothing,
            length,
            left: length,
            progress,
        }
    }

    fn piece(&self) -> Option<Piece> {
        self.pieces.as_ref()?.pieces().get(self.at).cloned()
    }

    /// The next bytes. Files are read in separate tasks, so that a slow disk blocks no other work.
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.reading, Reading::Nothing) {
                Reading::Nothing => match self.piece() {
                    None => return Poll::Ready(None),
                    Some(Piece::Bytes(bytes)) => {
                        self.at += 1;
                        if !bytes.is_empty() {
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                    }
                    Some(Piece::File { path, length }) => {
                        self.at += 1;
                        if length > 0 {
                            let open = move || read_chunk(File::open(path)?, length);
                            let task = tokio::task::spawn_blocking(open);
                            self.reading = Reading::Chunk(task, length);
                        }
                    }
                },
                Reading::Open(file, left) => {
                    let task = tokio::task::spawn_blocking(move || read_chunk(file, left));
                    self.reading = Reading::Chunk(task, left);
                }
                Reading::Chunk(mut task, left) => match Pin::new(&mut task).poll(context) {
                    Poll::Pending => {
                        self.reading = Reading::Chunk(task, left);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(broken)) => {
                        return Poll::Ready(Some(Err(io::Error::other(broken))));
                    }
                    Poll::Ready(Ok(Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(Ok((file, chunk)))) => {
                        let left = left.saturating_sub(chunk.len() as u64);
                        if left > 0 {
                            self.reading = Reading::Open(file, left);
                        }
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                },
            }
        }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let untouched = self.left == self.length && self.at == 0;
        // Once: an answer may come in while the rest still leaves.
        if untouched && !self.progress.started() {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let next = std::task::ready!(self.next(context));
        if let Some(Ok(bytes)) = &next {
            self.left = self.left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
