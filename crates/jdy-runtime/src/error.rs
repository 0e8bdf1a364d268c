//! The error of a call, and its line in a log.
//!
//! Owns what an error shows and what it hides. It must not know how the outcome was found, nor what
//! was attempted.

mod kind;
mod line;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jdy_wire::Errcode;

use crate::gateway::{Class, GatewayCode};
use crate::method::{ClientReference, Effect};
use crate::outcome::Outcome;
use crate::reconcile::{ReconcileOptions, Reconciliation, UnknownWrite};
use crate::row_verdict::{RowVerdict, RowVerdicts};

use self::line::Quoted;

pub use self::kind::ErrorKind;
pub use self::line::OneLine;
pub(crate) use self::line::ShortLine;

/// Why a call failed, and whether it took effect.
///
/// `Display` is one line that suffices in a log: operation, outcome, kind, errcode, description,
/// HTTP status, attempts, call id, the caller's own key, and what may be done. Neither it nor
/// `Debug` holds a secret, a token, a URL's query or a body.
///
/// ```
/// # use jdy_runtime::{Advice, Client, Error, Method};
/// # async fn example(client: &Client) -> Result<(), Error> {
/// let path = "/jdy/v2/ls/mall_recharge_rule";
/// let Err(error) = client.raw(Method::Get, path, [("member_id", "10")], None).await else {
///     return Ok(());
/// };
/// println!("{error}"); // one line, for the log
/// match error.advice() {
///     Advice::Retry { after } => println!("nothing happened; again after {after:?}"),
///     Advice::LookUp => println!("it may have taken effect; look {:?} up", error.key()),
///     Advice::FixCredentials => println!("wrong credentials of {}", error.account()),
///     // Others need a person, too; further ones may come.
///     other => println!("{}: {other:?}", error.outcome()),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Parts>);

/// The content of an error.
struct Parts {
    subject: CallInfo,
    outcome: Outcome,
    kind: ErrorKind,
    errcode: Option<Errcode>,
    description: Option<String>,
    status: Option<u16>,
    attempts: u32,
    elapsed: Duration,
    body: Option<Bytes>,
    source: Option<Source>,
    rows: RowVerdicts,
    /// How long the other side asks to wait.
    retry_after: Option<Duration>,
    /// Of a list, the page to go on from.
    next_page: Option<i64>,
    /// Of a write, what is needed to look it up.
    unknown_write: Option<UnknownWrite>,
    /// What a look-up has found out since.
    reconciliation: Option<Reconciliation>,
}

/// The call that an error or an event is about.
#[derive(Clone, Debug)]
pub struct CallInfo {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) effect: Effect,
    pub(crate) key: Option<ClientReference>,
    pub(crate) account: Arc<str>,
    pub(crate) call_id: Arc<str>,
}

impl CallInfo {
    /// The operation's id, or `METHOD:PATH` for one that the spec does not know.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// What the operation does on the other side.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The caller's own key.
    pub fn key(&self) -> Option<&ClientReference> {
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
    /// A cause from another library. What its own causes hold is not known, so they are left out.
    pub(crate) fn of_line(line: String) -> Self {
        Self {
            error: Arc::new(Line(line.clone())),
            line,
        }
    }
}

impl Error {
    /// An error with this outcome and kind, and nothing else yet.
    pub(crate) fn new(subject: CallInfo, outcome: Outcome, kind: ErrorKind) -> Self {
        Self(Box::new(Parts {
            subject,
            outcome,
            kind,
            errcode: None,
            description: None,
            status: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            body: None,
            source: None,
            rows: RowVerdicts::default(),
            retry_after: None,
            next_page: None,
            unknown_write: None,
            reconciliation: None,
        }))
    }

    /// An error before anything was sent.
    pub(crate) fn not_sent(subject: CallInfo, kind: ErrorKind, description: String) -> Self {
        Self::new(subject, Outcome::NotSent, kind).with_description(Some(description))
    }

    pub(crate) fn with_description(mut self, description: Option<String>) -> Self {
        self.0.description = description;
        self
    }

    pub(crate) fn with_errcode(mut self, errcode: Option<Errcode>) -> Self {
        self.0.errcode = errcode;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    pub(crate) fn with_answer(mut self, status: Option<u16>, body: Option<Bytes>) -> Self {
        self.0.status = status;
        self.0.body = body;
        self
    }

    pub(crate) fn with_source(mut self, source: Option<Source>) -> Self {
        self.0.source = source;
        self
    }

    pub(crate) fn with_rows(mut self, rows: RowVerdicts) -> Self {
        self.0.rows = rows;
        self
    }

    /// With the page to continue a list from.
    pub(crate) fn with_next_page(mut self, page: Option<i64>) -> Self {
        self.0.next_page = page;
        self
    }

    /// With what is needed to look the write up.
    pub(crate) fn with_unknown_write(mut self, write: Option<UnknownWrite>) -> Self {
        self.0.unknown_write = write;
        self
    }

    /// With what a look-up has found out.
    pub(crate) fn with_reconciliation(mut self, found: Reconciliation) -> Self {
        self.0.reconciliation = Some(found);
        self
    }

    /// With how long the other side asks to wait.
    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    /// Without the body, for answers that consist of secrets.
    pub(crate) fn without_body(mut self) -> Self {
        self.0.body = None;
        self
    }

    /// Whether the call took effect.
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

    /// The result of each row, in the order of the answer, if the errcode is 0 and not every row
    /// succeeded ([`ErrorKind::Rows`]); a single one if the answer gives one result for the whole
    /// call. If that is a refusal of several items, it may concern only some of them. If there are
    /// fewer or more rows than items, the place of a row does not say which item it is about.
    /// Those that are [`RowVerdict::Yes`] took effect.
    pub fn rows(&self) -> &[RowVerdict] {
        &self.0.rows.rows
    }

    /// Of a list in pages that stopped, the page to go on from
    /// ([`Pages::from_page`](crate::Pages::from_page)).
    pub fn next_page(&self) -> Option<i64> {
        self.0.next_page
    }

    /// Of a write that may have taken effect, what is needed to look it up: its request, its account
    /// set and the time of its last attempt.
    pub fn unknown_write(&self) -> Option<&UnknownWrite> {
        self.0.unknown_write.as_ref()
    }

    /// Of a write that may have taken effect, what [`Call::reconciled`](crate::Call::reconciled)
    /// found out about it before its deadline.
    pub fn reconciliation(&self) -> Option<&Reconciliation> {
        self.0.reconciliation.as_ref()
    }

    /// Of a write that may have taken effect, from when on a look-up can tell
    /// ([`Client::reconcile`](crate::Client::reconcile)), by the gateway's clock. `None` where
    /// waiting does not help.
    pub fn ask_again_at(&self) -> Option<SystemTime> {
        match &self.0.reconciliation {
            Some(found) => found.ask_again_at(),
            None => {
                let write = self.0.unknown_write.as_ref()?;
                write.provable_from(&ReconcileOptions::default())
            }
        }
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
            // The answer does not say whether every row took effect.
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
            ErrorKind::Gateway(code) => advice_of(code, retry),
            ErrorKind::StaleSecret | ErrorKind::TokenRejected | ErrorKind::Unauthorized => {
                Advice::FixCredentials
            }
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

    /// What may be done now, as text for [`advice`](Self::advice).
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
            (Advice::FixRequest, Outcome::NotSent) => "fix the request, then send it",
            (Advice::FixRequest, _) if parts.kind == ErrorKind::Rows => {
                "the product refused all of it; fix it, then send it"
            }
            (Advice::FixRequest, _) => "nothing took effect; fix it, then send it",
            (Advice::FixRows, _) if !parts.rows.tell_items_apart() => {
                "some of its items may have taken effect; never send the whole again, look up which, fix and send the refused ones alone"
            }
            (Advice::FixRows, _) => {
                "the other rows may have taken effect; never send the whole again, fix and send the refused rows alone"
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

/// What may be done about a code of the gateway; `later` where nothing of the request is wrong.
fn advice_of(code: GatewayCode, later: Advice) -> Advice {
    match code.class() {
        Class::Credentials | Class::Token | Class::Permission => Advice::FixCredentials,
        Class::Clock => Advice::SetClock,
        Class::Address => Advice::FixSetup,
        Class::Method => Advice::FixRequest,
        Class::Unavailable | Class::Throttle => later,
    }
}

fn advice_rejected(kind: ErrorKind, rows: &RowVerdicts) -> Advice {
    match kind {
        ErrorKind::Rows if !rows.refuse_all() => Advice::FixRows,
        ErrorKind::NoRoute => Advice::FixSetup,
        ErrorKind::TokenRejected | ErrorKind::StaleSecret => Advice::FixCredentials,
        ErrorKind::Gateway(code) => advice_of(code, Advice::LookUp),
        _ => Advice::FixRequest,
    }
}

/// What may be done after an error ([`Error::advice`]); [`Error::hint`] is its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Nothing took effect, or it only reads: the same may be sent again.
    Retry {
        /// How long the other side asks to wait before that, where it does.
        after: Option<Duration>,
    },
    /// Nothing took effect, and a retry would not either: fix the request, then send it.
    FixRequest,
    /// The product refused some rows ([`Error::rows`]) and accepted others, or its one verdict on
    /// several items does not say that it refused each: look up which took effect where the rows do
    /// not tell, then fix and send the refused ones alone.
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
    /// It took effect; the raw answer has the result ([`Error::body`]). Do not send it again.
    ReadAnswer,
    /// A list stopped before its end; the pages that were given are whole. Look at why, then go on.
    Continue {
        /// The page to go on from.
        page: i64,
    },
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        write!(
            f,
            "{} {}: {}",
            ShortLine(self.operation()),
            parts.outcome,
            parts.kind
        )?;
        if let Some(errcode) = &parts.errcode {
            write!(f, ", errcode {}", ShortLine(&errcode.to_string()))?;
        }
        if let Some(description) = &parts.description {
            write!(f, ", {}", Quoted(description))?;
        }
        if let Some(status) = parts.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(source) = &parts.source {
            write!(f, " ({})", ShortLine(&source.line))?;
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
            ShortLine(self.call_id()),
            ShortLine(self.account())
        )?;
        if let Some((name, value)) = self.key() {
            write!(f, ", {name}={}", ShortLine(value))?;
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
