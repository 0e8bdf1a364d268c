//! The answer to a call that succeeded.
//!
//! Owns the decoded data beside the bytes it came from. It must not know how it was got.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;
use jdy_wire::Drift;

use crate::row_verdict::RowVerdict;

/// What a call brought back: the data, which it dereferences to, and what is known of the way.
///
/// Where the answer held no data (`{}`, `[]`, `""`, `null` or nothing), it dereferences to a
/// blank `D`, and [`data`](Self::data) tells the difference.
#[derive(Clone)]
pub struct Answer<D> {
    pub(crate) data: D,
    pub(crate) presence: Presence,
    pub(crate) status: u16,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) call_id: String,
    pub(crate) raw: Bytes,
    pub(crate) drift: Vec<Drift>,
    pub(crate) verdicts: Vec<RowVerdict>,
}

/// Whether the answer held data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Held,
    Empty,
}

impl<D> Answer<D> {
    /// The data; `None` where the answer held none.
    pub fn data(&self) -> Option<&D> {
        match self.presence {
            Presence::Held => Some(&self.data),
            Presence::Empty => None,
        }
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

    /// What the answer says of each of its rows, in their order, where the spec knows of such
    /// words; of an answer that speaks of the call as a whole, one. Each is a yes: a call of which
    /// any row says no, or cannot be understood, ends with an error, and
    /// [`Error::rows`](crate::Error::rows) has them.
    pub fn verdicts(&self) -> &[RowVerdict] {
        &self.verdicts
    }

    /// What the answer held that the spec does not foresee; at most the first 64.
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
