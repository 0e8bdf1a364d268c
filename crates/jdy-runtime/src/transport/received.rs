//! What comes back of a request.
//!
//! Owns which headers are kept and how much of a body. It must not know which HTTP library reads it.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{SendProgress, Truncation};

/// The names that most answers have, which are not copied.
const USUAL: [&str; 12] = [
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
];

/// The headers that are text.
pub(super) fn text_headers(headers: &HeaderMap) -> Vec<(Cow<'static, str>, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name_of(name), value.to_str().ok()?.to_owned()))
    };
    let mut texts = Vec::with_capacity(headers.len());
    texts.extend(headers.iter().filter_map(text));
    texts
}

fn name_of(name: &HeaderName) -> Cow<'static, str> {
    let name = name.as_str();
    match USUAL.iter().find(|usual| **usual == name) {
        Some(usual) => Cow::Borrowed(*usual),
        None => Cow::Owned(name.to_owned()),
    }
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
