//! What comes back of a request.
//!
//! Owns which headers are kept and how much of a body. It must not know which HTTP library reads it.

use bytes::Bytes;
use http::HeaderMap;

use super::{SendProgress, Truncation};

/// The headers that are text.
pub(super) fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// Hands the chunks of a body on, up to a limit.
pub(super) struct Chunks<'a> {
    left: usize,
    progress: &'a SendProgress,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(limit: usize, progress: &'a SendProgress) -> Self {
        let left = limit;
        Self { left, progress }
    }

    /// Takes the next chunk. Returns why none may follow.
    pub(super) fn take(&mut self, mut bytes: Bytes) -> Option<Truncation> {
        let arrived = bytes.len();
        bytes.truncate(self.left);
        self.progress.on_chunk(&bytes);
        let is_within = arrived <= self.left;
        self.left = self.left.saturating_sub(arrived);
        (!is_within).then_some(Truncation::TooLarge)
    }
}
