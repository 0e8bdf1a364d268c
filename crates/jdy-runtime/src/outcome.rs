//! Whether a failed call took effect, and the table of outcomes.
//!
//! Owns the enum and its documentation. It must not know how an answer is classified
//! (`classify.rs`), nor what may be done next.

use std::fmt;

/// Whether a failed call took effect, which decides what may be done next.
///
/// The same over http and https, for reads and writes:
///
/// | what came of the attempt | outcome |
/// |---|---|
/// | name not resolved; connection refused; connect time-out, TLS included | `NotSent` |
/// | TLS refused: unknown authority, certificate expired or not yet good, wrong name, a server that speaks plain http or ends in the handshake | `NotSent` |
/// | a proxy that refuses the tunnel, or opens it itself | `NotSent` |
/// | time-out or lost connection before a byte left: a new connection reset at once, a kept one closed before the request | `NotSent` where that is certain, else `Unknown` |
/// | connection reset while sending, or closed during or after the request | `Unknown` |
/// | time-out before the head of the answer or in it; an answer that is none of HTTP | `Unknown` |
/// | time-out in the body, body cut, or larger than the limit (8 MiB unless set) | by the errcode where that was read (0: `Applied`), else `Unknown` |
/// | 2xx, errcode missing, null, a word, a fraction, `00` or cut in its digits; body empty, not JSON or no UTF-8 up to the errcode | `Unknown` |
/// | 2xx, errcode 0 as number or text, the rest cut, no UTF-8 or followed by something; `data` of a wrong kind | `Applied` |
/// | 2xx, errcode 0, and a row of the answer says no, all of them or some | `Rejected` |
/// | 2xx, errcode 0, no row says no, but one is not clear, or there are too few or too many rows or listed ids | `Applied` |
/// | 2xx, errcode 2000002000 | `Unknown` |
/// | 2xx, any other errcode, known or not, textual or huge | `Rejected` |
/// | 401 or 429, but for the errcodes below; 4xx or 519 with a token errcode | `NotSent` |
/// | 404 with the text No Route | `Rejected` |
/// | another 4xx with an errcode that is a refusal, 408 excepted | `Rejected` |
/// | 408; a 4xx page without errcode, any 4xx with errcode 0 or 2000002000; 3xx | `Unknown` |
/// | 519 with 4001 to 4011, 5006, 5007 | `NotSent` |
/// | 519 with 4012, 5001, 5002 | `Rejected` |
/// | 519 with 5000, 5003 to 5005 or no known code | `Unknown` |
/// | any other 5xx, even with an errcode: a 504 page, an empty 502 | `Unknown` |
/// | no token or authorization available; no permit of the client's own limit | `NotSent` |
/// | of a list in pages: more pages than allowed, fewer rows than its `count`, a page that comes twice or cannot be read | `Incomplete` |
///
/// When a byte has left: a connection comes about before anything of the request does, and a
/// handshake carries none of it (no early data), so that one which fails has sent nothing. From
/// then on a request with a body reports the moment before its first byte, head included, leaves; a
/// request without one does not, and counts as on its way from the start unless the connection
/// itself failed. What was given up before that moment cannot leave any more.
///
/// A token errcode is 1000202001, 1020002008 or 1030002006, and 401 in a 2xx answer whose words
/// speak of the token. In a 2xx answer it stays `Rejected`,
/// as every errcode there: nothing took effect, and a new token is still worth one try. With a
/// 5xx other than 519 it stays `Unknown`: whoever answered so may have been half done.
/// A 4xx page without errcode says nothing certain of a request that a proxy may have passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The request never left, or was refused before the product saw it. It may be sent again.
    NotSent,
    /// The product refused it. Fix it, then send it; if only some rows were refused
    /// ([`Error::rows`](crate::Error::rows)), send these alone.
    Rejected,
    /// It may have taken effect. Look it up; never resend it blindly.
    Unknown,
    /// It took effect, but the answer could not be read, or does not say of all its rows what
    /// became of them. Read the raw answer.
    Applied,
    /// A list in pages stopped before its end, or does not end as its answers say; every page that
    /// was given is whole. Only [`Pages`](crate::Pages) and [`Rows`](crate::Rows) end so, and
    /// [`Error::next_page`](crate::Error::next_page) says where to go on.
    Incomplete,
}

impl Outcome {
    /// `not sent`, `rejected`, `unknown`, `applied` or `incomplete`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Applied => "applied",
            Self::Incomplete => "incomplete",
        }
    }

    /// The same as one word, as telemetry and journals have it: `not_sent` for `not sent`.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
