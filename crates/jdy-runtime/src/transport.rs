//! The interface to the network.
//!
//! Owns the request that a transport gets, the response it returns, and the send state it reports.
//! It must not know what a request means, whether it may be retried, or what an answer says.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::method::Method;
use crate::runtime::BoxFuture;
use crate::secret::Secret;
use crate::sync::Lock;

mod body;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod header_map;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod proxy;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod reach;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod received;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod settings;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod tls;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod unreached;
#[cfg(any(feature = "hyper", feature = "reqwest"))]
mod watched;

pub use self::body::{Body, Piece};
pub use crate::config::Timeouts;

#[cfg(feature = "hyper")]
pub use self::hyper::{HyperTransport, HyperTransportBuilder};
#[cfg(feature = "reqwest")]
pub use self::reqwest::{ReqwestTransport, ReqwestTransportBuilder};

/// Sends one request once.
///
/// A transport retries nothing, follows no redirect and changes no byte of the signed URL. It has no
/// timeout either: the client drops the future, and takes the send state from [`SendProgress`].
///
/// One for the tests of your own code, which answers from a table. The client asks for a token first:
///
/// ```
/// use jdy_runtime::runtime::BoxFuture;
/// use jdy_runtime::transport::{Request, Response, Transport, TransportError};
/// use jdy_runtime::Client;
///
/// struct Scripted(Vec<(&'static str, &'static str)>);
///
/// impl Transport for Scripted {
///     fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
///         let answer = self.0.iter().find(|(path, _)| request.url.contains(path));
///         let answer = answer.map(|(_, body)| Response {
///             status: 200,
///             body: (*body).into(),
///             ..Response::default()
///         });
///         let answer = answer.ok_or_else(|| TransportError::rejected("not in the script"));
///         Box::pin(std::future::ready(answer))
///     }
/// }
///
/// let script = Scripted(vec![
///     ("kingdee_auth_token", r#"{"errcode": 0, "data": {"app-token": "t"}}"#),
///     ("/jdy/v2/bd/material", r#"{"errcode": 0, "data": {"rows": [], "count": "0"}}"#),
/// ]);
/// let builder = Client::builder().transport(script);
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and reads the answer, to its end or to [`Request::max_body`].
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

/// One request, signed.
///
/// `Debug` shows the method and the path, no query, no values of headers, no body.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL. Its bytes are what was signed.
    pub url: String,
    /// The headers, free of line breaks and other control characters.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body; `None` sends none.
    pub body: Option<Body>,
    /// How many bytes of an answer's body to read, in bytes.
    pub max_body: usize,
    /// Whether the connection may be one that others use.
    pub connection: Connection,
    /// Where the transport reports the send state. This is optional; the more it reports, the fewer
    /// calls have an unknown outcome.
    pub progress: SendProgress,
}

/// Whether the connection of a request may be one that others use.
///
/// On a kept connection an answer belongs to a request by its position alone: one answer too many,
/// from a proxy that repeats, makes every later one another request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Connection {
    /// It may have been used before, and may be used again: what only reads.
    Shared,
    /// It is made for this request and closed after its answer: everything else.
    Own,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &path)
            .finish_non_exhaustive()
    }
}

/// An answer, as far as it was read.
#[derive(Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers' names in lower case, and their values; those that are not text are left out.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body, or its beginning.
    pub body: Bytes,
    /// Why the body is not complete; `None` if it is.
    pub truncation: Option<Truncation>,
}

impl Response {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("truncation", &self.truncation)
            .finish_non_exhaustive()
    }
}

/// Why a body is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Truncation {
    /// It is longer than the limit.
    TooLarge,
    /// The connection broke.
    Lost,
    /// The attempt timed out.
    TimedOut,
}

impl fmt::Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "longer than the limit",
            Self::Lost => "the connection broke",
            Self::TimedOut => "timed out",
        })
    }
}

/// The send state of a request without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// Certainly no byte of it left.
    NeverLeft,
    /// It may have reached the other side, in whole or in part.
    MayHaveLeft,
    /// The head of an answer came.
    Answered,
}

/// What stopped a request that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFault {
    /// No connection: name, refusal, TLS, or too slow to connect.
    Connect,
    /// The connection broke.
    Lost,
    /// The transport will not send this request as it is.
    Rejected,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct TransportError {
    delivery: SendState,
    fault: TransportFault,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TransportError {
    /// No connection came about, so that nothing was sent.
    pub fn connect(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            delivery: SendState::NeverLeft,
            fault: TransportFault::Connect,
            source: source.into(),
        }
    }

    /// The connection broke, after this much.
    pub fn lost(
        delivery: SendState,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            delivery,
            fault: TransportFault::Lost,
            source: source.into(),
        }
    }

    /// The transport will not send this request, now or ever.
    pub fn rejected(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            delivery: SendState::NeverLeft,
            fault: TransportFault::Rejected,
            source: source.into(),
        }
    }

    /// How far the request got.
    pub fn send_state(&self) -> SendState {
        self.delivery
    }

    /// What stopped it.
    pub fn fault(&self) -> TransportFault {
        self.fault
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            TransportFault::Connect => "no connection",
            TransportFault::Lost => "connection lost",
            TransportFault::Rejected => "request refused before sending",
        })?;
        // The causes in one line: a log often has no more.
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*self.source);
        let mut last = String::new();
        while let Some(error) = cause {
            let text = error.to_string();
            if !last.contains(&text) {
                write!(f, ": {text}")?;
                last = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// The send state of a request in flight.
///
/// A transport that reports nothing counts as having sent everything at once.
#[derive(Clone, Default)]
pub struct SendProgress {
    stage: Arc<Lock<Stage>>,
    guard: Option<SendGuard>,
}

/// Whether a request may still be sent, asked at the moment its first byte would leave. It must
/// return at once.
pub type SendGuard = Arc<dyn Fn() -> bool + Send + Sync>;

#[derive(Default)]
enum Stage {
    /// Nothing was reported, so the worst case is assumed.
    #[default]
    Untold,
    /// Certainly nothing has left yet.
    Waiting,
    /// Bytes are leaving.
    Leaving,
    /// Nothing has left, and nothing may leave any more.
    Closed,
    /// The same, because the guard refused it.
    Withheld,
    /// An answer is coming in.
    Answering(Response, Vec<u8>),
}

impl Stage {
    fn send_state(&self) -> SendState {
        match self {
            Self::Untold | Self::Leaving => SendState::MayHaveLeft,
            Self::Waiting | Self::Closed | Self::Withheld => SendState::NeverLeft,
            Self::Answering(..) => SendState::Answered,
        }
    }
}

impl SendProgress {
    /// The progress of a request that is sent only while this guard allows it.
    pub(crate) fn guarded(guard: Option<SendGuard>) -> Self {
        Self {
            stage: Arc::default(),
            guard,
        }
    }

    /// Asks the guard before the transport gets the request: not every transport reports when it
    /// starts. Returns `false` if the request must not be sent.
    pub(crate) fn is_allowed(&self) -> bool {
        let is_allowed = self.guard.as_ref().is_none_or(|guard| guard());
        if !is_allowed {
            self.become_stage(Stage::Withheld);
        }
        is_allowed
    }

    /// Whether the guard refused the request before anything left.
    pub(crate) fn was_withheld(&self) -> bool {
        matches!(*self.stage(), Stage::Withheld)
    }

    /// Nothing has left, and [`started`](Self::started) will be called before anything does.
    pub fn arm(&self) {
        self.become_stage(Stage::Waiting);
    }

    /// Bytes are about to leave. Returns `false` if they must not.
    #[must_use]
    pub fn started(&self) -> bool {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Closed | Stage::Withheld) {
            return false;
        }
        let has_left = matches!(*stage, Stage::Leaving | Stage::Answering(..));
        if !has_left && self.guard.as_ref().is_some_and(|guard| !guard()) {
            *stage = Stage::Withheld;
            return false;
        }
        *stage = Stage::Leaving;
        true
    }

    /// Closes it: what has not left by now must not leave any more.
    pub fn close(&self) -> SendState {
        {
            let mut stage = self.stage();
            if matches!(*stage, Stage::Waiting) {
                *stage = Stage::Closed;
            }
        }
        self.send_state()
    }

    /// The head of the answer has arrived.
    pub fn on_head(&self, status: u16, headers: Vec<(Cow<'static, str>, String)>) {
        let response = Response {
            status,
            headers,
            body: Bytes::new(),
            truncation: None,
        };
        self.become_stage(Stage::Answering(response, Vec::new()));
    }

    /// A chunk of the body has arrived.
    pub fn on_chunk(&self, bytes: &[u8]) {
        if let Stage::Answering(_, body) = &mut *self.stage() {
            body.extend_from_slice(bytes);
        }
    }

    /// The current send state. It may change a moment later: a decision needs
    /// [`close`](Self::close).
    pub fn send_state(&self) -> SendState {
        self.stage().send_state()
    }

    /// Takes the answer as far as it has arrived, with the reason why it ends there, and resets the
    /// progress.
    pub fn finish(&self, truncation: Option<Truncation>) -> Option<Response> {
        let mut stage = self.stage();
        match std::mem::take(&mut *stage) {
            Stage::Answering(response, body) => Some(Response {
                body: body.into(),
                truncation,
                ..response
            }),
            other => {
                *stage = other;
                None
            }
        }
    }

    fn become_stage(&self, stage: Stage) {
        *self.stage() = stage;
    }

    fn stage(&self) -> std::sync::MutexGuard<'_, Stage> {
        self.stage.lock()
    }
}

impl fmt::Debug for SendProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendProgress")
            .field(&self.send_state())
            .finish()
    }
}
