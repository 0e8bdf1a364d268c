//! The answer to a call that succeeded.
//!
//! Owns the decoded data and the bytes it came from. It must not know how the call was made.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jdy_wire::Drift;

use crate::row_verdict::RowVerdict;

/// The answer to a call: its data, which it dereferences to, and facts about the call.
///
/// If the answer has no data (`{}`, `[]`, `""`, `null` or nothing), it dereferences to a blank `D`,
/// and [`data`](Self::data) is `None`.
#[derive(Clone)]
pub struct Answer<D> {
    pub(crate) data: D,
    pub(crate) has_data: bool,
    pub(crate) status: u16,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) call_id: Arc<str>,
    pub(crate) raw: Bytes,
    pub(crate) drift: Vec<Drift>,
    pub(crate) verdicts: Vec<RowVerdict>,
}

impl<D> Answer<D> {
    /// The data; `None` where the answer held none.
    pub fn data(&self) -> Option<&D> {
        self.has_data.then_some(&self.data)
    }

    /// The data alone; blank where the answer held none.
    pub fn into_inner(self) -> D {
        self.data
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Time from the start of the call to its end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The id that all attempts of this call share.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The body as it came, envelope included.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The result of each row, in the order of the answer, if the spec defines such results; a
    /// single one if the answer reports the call as a whole. All are a success: if any row is refused
    /// or unclear, the call fails, and [`Error::rows`](crate::Error::rows) has the results.
    pub fn verdicts(&self) -> &[RowVerdict] {
        &self.verdicts
    }

    /// Where the answer differs from the spec; at most the first 64 differences.
    pub fn drift(&self) -> &[Drift] {
        &self.drift
    }
}

impl<D> Deref for Answer<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.data
    }
}

impl<D: fmt::Debug> fmt::Debug for Answer<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("data", &self.data())
            .field("status", &self.status)
            .field("attempts", &self.attempts)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}
