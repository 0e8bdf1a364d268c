//! The one error of a call, and how it reads in a log.
//!
//! Owns what an error tells and what it keeps to itself. It must not know how the outcome was
//! found or what was tried; it is told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jdy_wire::Errcode;

use crate::gateway::GatewayCode;
use crate::operation::{Effect, Key};
use crate::outcome::Outcome;
use crate::row_verdict::{RowVerdict, RowVerdicts};

/// What went wrong, apart from what became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be sent as it is: a value without a form on the wire, an unknown
    /// account, a path or an address that is refused.
    Request,
    /// No connection came about.
    Connect,
    /// The connection broke.
    Lost,
    /// Time was up, for the attempt or for the call.
    Timeout,
    /// The gateway itself refused or failed.
    Gateway(GatewayCode),
    /// HTTP 401.
    Unauthorized,
    /// HTTP 429.
    RateLimited,
    /// This client's own limit ([`Limits`](crate::Limits)) had no place before the deadline.
    Limited,
    /// HTTP 404 "No Route": most often a wrong router address.
    NoRoute,
    /// Another HTTP status that is no success.
    Status,
    /// The product answered with an errcode of its own.
    Business,
    /// The product does not accept the token.
    TokenRejected,
    /// The product does not accept the app secret (1030002006).
    StaleSecret,
    /// The product reports a system error (2000002000).
    SystemError,
    /// A 2xx answer without an errcode, or cut before it.
    NoErrcode,
    /// The answer says success, but its rest cannot be read.
    Unreadable,
    /// The answer says success, but not of every row ([`Error::rows`]).
    Rows,
    /// A list in pages does not end as it should: a page came twice, there are more pages than
    /// the caller allows, or fewer rows than its answers say.
    Pages,
    /// No token was to be had. The source says why.
    Token,
    /// App key and app secret were not to be had. The source says why.
    Authorization,
    /// This program could not do it: no thread or task to run it on.
    Runtime,
}

impl ErrorKind {
    /// Whether the token was not accepted, so that a new one is worth a try.
    pub const fn is_token(self) -> bool {
        match self {
            Self::TokenRejected | Self::StaleSecret | Self::Unauthorized => true,
            Self::Gateway(code) => code.is_token(),
            _ => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request cannot be sent as it is",
            Self::Connect => "no connection",
            Self::Lost => "connection lost",
            Self::Timeout => "time was up",
            Self::Gateway(code) => return write!(f, "gateway code {code}"),
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "too many requests",
            Self::Limited => "no place within the client's own limit",
            Self::NoRoute => "no route",
            Self::Status => "unexpected HTTP status",
            Self::Business => "refused by the product",
            Self::TokenRejected => "token not accepted",
            Self::StaleSecret => "app secret not accepted",
            Self::SystemError => "system error of the product",
            Self::NoErrcode => "the answer has no errcode",
            Self::Unreadable => "the answer cannot be read",
            Self::Rows => "not every row of the answer says yes",
            Self::Pages => "the pages of the list do not end as they should",
            Self::Token => "no token to be had",
            Self::Authorization => "no authorization to be had",
            Self::Runtime => "the program could not run it",
        })
    }
}

/// Why a call failed, and what became of it.
///
/// `Display` is one line that suffices in a log: operation, outcome, kind, errcode, description,
/// HTTP status, attempts, call id, the caller's own key, and what may be done. Neither it nor
/// `Debug` holds a secret, a token, a URL's query or a body.
pub struct Error(Box<Parts>);

/// Everything an error is made from.
pub(crate) struct Parts {
    pub(crate) subject: Subject,
    pub(crate) outcome: Outcome,
    pub(crate) kind: ErrorKind,
    pub(crate) errcode: Option<Errcode>,
    pub(crate) description: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) body: Option<Bytes>,
    pub(crate) source: Option<Source>,
    pub(crate) rows: RowVerdicts,
    /// How long the other side asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Of a list, the page to go on from.
    pub(crate) next_page: Option<i64>,
}

/// The call that an error or an event is about.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(crate) operation: Arc<str>,
    pub(crate) effect: Effect,
    pub(crate) key: Option<Key>,
    pub(crate) account: Arc<str>,
    pub(crate) call_id: Arc<str>,
}

impl Subject {
    /// The operation's id, or `METHOD:PATH` for one that the spec does not know.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// What the operation does on the other side.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// The account set.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The id that all attempts of the call share.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }
}

/// A cause: its line, made safe, and the error itself where it is one of ours.
pub(crate) struct Source {
    pub(crate) line: String,
    pub(crate) error: Arc<dyn std::error::Error + Send + Sync>,
}

/// A cause of which only its line is shown.
#[derive(Debug)]
struct Line(String);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Line {}

impl Source {
    /// A cause that is not ours: what else it holds nobody knows, so it ends here.
    pub(crate) fn of_line(line: String) -> Self {
        Self {
            error: Arc::new(Line(line.clone())),
            line,
        }
    }
}

impl Error {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Box::new(parts))
    }

    /// An error before anything was sent.
    pub(crate) fn not_sent(subject: Subject, kind: ErrorKind, description: String) -> Self {
        Self::new(Parts {
            subject,
            outcome: Outcome::NotSent,
            kind,
            errcode: None,
            description: Some(description),
            status: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            body: None,
            source: None,
            rows: RowVerdicts::default(),
            retry_after: None,
            next_page: None,
        })
    }

    /// The same error with the page that a list is gone on with from.
    pub(crate) fn with_next_page(mut self, page: i64) -> Self {
        self.0.next_page = Some(page);
        self
    }

    /// The same error with how long the other side asks to wait.
    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    pub(crate) fn forget_body(&mut self) {
        self.0.body = None;
    }

    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation's id, or `METHOD:PATH` for one that the spec does not know.
    pub fn operation(&self) -> &str {
        &self.0.subject.operation
    }

    /// What the operation does on the other side.
    pub fn effect(&self) -> Effect {
        self.0.subject.effect
    }

    /// The code that the product or the gateway answered with.
    pub fn errcode(&self) -> Option<&Errcode> {
        self.0.errcode.as_ref()
    }

    /// What the product or the gateway said, or this client where it refused. Known secrets are
    /// cut out; otherwise as it came, so mind control characters.
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The HTTP status of the last answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How many times the request was sent or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Time from the start of the call to its end.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The id that all attempts of this call share.
    pub fn call_id(&self) -> &str {
        &self.0.subject.call_id
    }

    /// The caller's own key: the field's name and its text.
    pub fn key(&self) -> Option<(&str, &str)> {
        self.0
            .subject
            .key
            .as_ref()
            .map(|key| (key.name, key.value.as_str()))
    }

    /// The account set that was called.
    pub fn account(&self) -> &str {
        &self.0.subject.account
    }

    /// The body of the last answer as it came, up to the client's limit. It may hold anything
    /// that the other side wrote, so it is in no log.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// What the answer says of each of its rows, in their order, where the errcode says yes and
    /// they do not ([`ErrorKind::Rows`]); of an answer that speaks of the call as a whole, one.
    /// Those that are [`RowVerdict::Yes`] took effect.
    pub fn rows(&self) -> &[RowVerdict] {
        &self.0.rows.rows
    }

    /// Of a list in pages that stopped, the page to go on from
    /// ([`Pages::from_page`](crate::Pages::from_page)).
    pub fn next_page(&self) -> Option<i64> {
        self.0.next_page
    }

    /// What may be done now, for a program to decide by.
    ///
    /// ```
    /// use jdy_runtime::{Advice, Error};
    ///
    /// fn what_now(error: &Error) -> &'static str {
    ///     match error.advice() {
    ///         Advice::Retry { .. } => "queue it again",
    ///         Advice::LookUp => "ask what became of it; never send it blindly",
    ///         Advice::FixCredentials | Advice::FixSetup => "stop, and call the operator",
    ///         _ => "show it to a person",
    ///     }
    /// }
    /// ```
    pub fn advice(&self) -> Advice {
        let parts = &*self.0;
        match parts.outcome {
            Outcome::NotSent => self.advice_unsent(),
            Outcome::Rejected => advice_rejected(parts.kind, &parts.rows),
            Outcome::Unknown if parts.subject.effect.is_read() => Advice::Retry {
                after: parts.retry_after,
            },
            Outcome::Unknown => Advice::LookUp,
            // What became of a row cannot be told by the answer.
            Outcome::Applied
                if parts.kind == ErrorKind::Rows && !parts.subject.effect.is_read() =>
            {
                Advice::LookUp
            }
            Outcome::Applied => Advice::ReadAnswer,
            Outcome::Incomplete => Advice::Continue {
                page: parts.next_page.unwrap_or(1),
            },
        }
    }

    /// What may be done about a request that never left or was refused before the product saw it.
    fn advice_unsent(&self) -> Advice {
        let parts = &*self.0;
        let retry = Advice::Retry {
            after: parts.retry_after,
        };
        match parts.kind {
            ErrorKind::Request => Advice::FixRequest,
            ErrorKind::Gateway(GatewayCode::TimestampInvalid) => Advice::SetClock,
            ErrorKind::Gateway(code) if code.is_throttle() => retry,
            ErrorKind::Gateway(_)
            | ErrorKind::StaleSecret
            | ErrorKind::TokenRejected
            | ErrorKind::Unauthorized => Advice::FixCredentials,
            ErrorKind::Token | ErrorKind::Authorization => match self.inner() {
                Some(error) => match error.advice() {
                    Advice::FixRequest | Advice::FixCredentials => Advice::FixCredentials,
                    advice @ (Advice::SetClock | Advice::FixSetup | Advice::Retry { .. }) => advice,
                    _ => retry,
                },
                None if parts.kind == ErrorKind::Authorization => Advice::FixCredentials,
                None => retry,
            },
            _ => retry,
        }
    }

    /// The error of the call for a token or an authorization that this one comes from.
    fn inner(&self) -> Option<&Error> {
        let source: &(dyn std::error::Error + 'static) = &*self.0.source.as_ref()?.error;
        source.downcast_ref()
    }

    /// What may be done now, in a few words: those for [`advice`](Self::advice).
    pub fn hint(&self) -> &'static str {
        let parts = &*self.0;
        let is_read = parts.subject.effect.is_read();
        match (self.advice(), parts.outcome) {
            (Advice::Retry { .. }, Outcome::Unknown) => "it only reads; it may be asked again",
            (Advice::Retry { .. }, _) => match parts.kind {
                ErrorKind::Gateway(code) if code.is_throttle() => {
                    "the gateway is busy; nothing took effect, it may be sent again later"
                }
                _ => "nothing took effect; it may be sent again",
            },
            (Advice::FixRequest, Outcome::NotSent) => "mend the request, then send",
            (Advice::FixRequest, _) if parts.kind == ErrorKind::Rows => {
                "the product refused all of it; mend it, then send"
            }
            (Advice::FixRequest, _) => "nothing took effect; mend it, then send",
            (Advice::FixRows, _) => {
                "the other rows may have taken effect; never send the whole again, mend and send the refused ones alone"
            }
            (Advice::FixCredentials, _) => "check the credentials; nothing took effect",
            (Advice::FixSetup, _) => "check path and router address; nothing took effect",
            (Advice::SetClock, _) => "set the clock, then send again",
            (Advice::LookUp, Outcome::Applied) => {
                "it may have taken effect; look it up, do not send it again; the raw answer is kept in the error"
            }
            (Advice::LookUp, _) => "it may have taken effect; look it up before sending it again",
            (Advice::ReadAnswer, _) if is_read => "the raw answer is kept in the error",
            (Advice::ReadAnswer, _) => {
                "it took effect; do not send it again; the raw answer is kept in the error"
            }
            (Advice::Continue { .. }, _) => {
                "the pages before are whole; look at why it stopped, then go on from its next page"
            }
        }
    }
}

fn advice_rejected(kind: ErrorKind, rows: &RowVerdicts) -> Advice {
    match kind {
        ErrorKind::Rows if !rows.refuse_all() => Advice::FixRows,
        ErrorKind::NoRoute | ErrorKind::Gateway(GatewayCode::ApiNotFound) => Advice::FixSetup,
        ErrorKind::TokenRejected
        | ErrorKind::StaleSecret
        | ErrorKind::Gateway(GatewayCode::NoPermission) => Advice::FixCredentials,
        _ => Advice::FixRequest,
    }
}

/// What may be done after an error ([`Error::advice`]); [`Error::hint`] says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Nothing took effect, or it only reads: the same may be sent again.
    Retry {
        /// How long the other side asks to wait before that, where it does.
        after: Option<Duration>,
    },
    /// Nothing took effect, and nothing would the next time: mend the request, then send it.
    FixRequest,
    /// The product refused some rows ([`Error::rows`]) and took others: mend and send the refused
    /// ones alone.
    FixRows,
    /// Nothing took effect, and nothing will with these credentials: check client id, secrets, app
    /// key and what the application is allowed to do.
    FixCredentials,
    /// Nothing took effect, and nothing will at this address: check path and router address.
    FixSetup,
    /// Nothing took effect, and nothing will with this clock: set it, then send again.
    SetClock,
    /// It may have taken effect: look it up, and send it again only where it is not there.
    LookUp,
    /// It took effect; what came of it stands in the raw answer ([`Error::body`]). Do not send it
    /// again.
    ReadAnswer,
    /// A list stopped before its end; the pages that were given are whole. Look at why, then go on.
    Continue {
        /// The page to go on from.
        page: i64,
    },
}

/// Text from outside in one line: control characters escaped, cut to a length that a log bears.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

const LONGEST: usize = 300;

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (index, character) in self.0.chars().enumerate() {
            if index == LONGEST {
                return f.write_str("...");
            }
            // Also the characters that turn or break a line without being control characters.
            let unfit = character.is_control()
                || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if unfit {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

impl Error {
    /// What happened, as exactly as it is known, in one line without secrets.
    pub(crate) fn cause(&self) -> String {
        match &self.0.source {
            Some(source) => source.line.clone(),
            None => self.0.kind.to_string(),
        }
    }
}

/// Text from outside between quotes that it cannot end.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('\\', r"\\").replace('"', "\\\"");
        write!(f, "\"{}\"", OneLine(&escaped))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        write!(
            f,
            "{} {}: {}",
            OneLine(self.operation()),
            parts.outcome,
            parts.kind
        )?;
        if let Some(errcode) = &parts.errcode {
            write!(f, ", errcode {}", OneLine(&errcode.to_string()))?;
        }
        if let Some(description) = &parts.description {
            write!(f, ", {}", Quoted(description))?;
        }
        if let Some(status) = parts.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(source) = &parts.source {
            write!(f, " ({})", OneLine(&source.line))?;
        }
        write!(
            f,
            "; attempts {} in {} ms",
            parts.attempts,
            parts.elapsed.as_millis()
        )?;
        write!(
            f,
            ", call {}, account {}",
            OneLine(self.call_id()),
            OneLine(self.account())
        )?;
        if let Some((name, value)) = self.key() {
            write!(f, ", {name}={}", OneLine(value))?;
        }
        write!(f, "; {}", self.hint())
    }
}

/// The same line as `Display`, so that `unwrap` and `{:?}` leak nothing either.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&*source.error),
            None => None,
        }
    }
}
