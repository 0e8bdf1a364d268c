//! Bodies of requests, with a known length, reusable for each attempt.
//!
//! Owns what a body consists of. It must not read a file: the transport does, piece by piece.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

/// The body of a request.
#[derive(Clone)]
pub struct Body {
    content_type: Arc<str>,
    pieces: Arc<[Piece]>,
}

/// A piece of a body. `Debug` shows how long it is, and of a file its path.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file, to be read while it is sent. It must not get shorter meanwhile; what is behind
    /// its length is not sent.
    File {
        /// Its path.
        path: Arc<Path>,
        /// How many of its bytes are sent.
        length: u64,
    },
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Piece");
        if let Self::File { path, .. } = self {
            out.field("path", path);
        }
        out.field("length", &self.length()).finish()
    }
}

impl Piece {
    /// How many bytes it is.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}

impl Body {
    /// A body of these pieces, in their order.
    pub fn new(content_type: impl Into<Arc<str>>, pieces: impl Into<Arc<[Piece]>>) -> Self {
        Self {
            content_type: content_type.into(),
            pieces: pieces.into(),
        }
    }

    /// A body of JSON.
    pub fn json(text: &str) -> Self {
        let piece = Piece::Bytes(Bytes::copy_from_slice(text.as_bytes()));
        Self::new("application/json", [piece])
    }

    /// The value of the header `Content-Type`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// How many bytes it is.
    pub fn length(&self) -> u64 {
        self.pieces
            .iter()
            .fold(0, |sum, piece| sum.saturating_add(piece.length()))
    }

    /// What it is made of.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The whole body, if it is in memory: every body except uploads.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &*self.pieces {
            [Piece::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("content_type", &self.content_type)
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}
