//! What an answer means for the call: the table of outcomes, as one pure function.
//!
//! Owns the judgement. It must not know credentials, clocks or retries; what is done about an
//! outcome is decided elsewhere.
//!
//! The table stands at [`Outcome`].

use std::borrow::Cow;
use std::fmt;

use jdy_wire::{Envelope, Errcode, Field, Value};

use crate::error::ErrorKind;
use crate::gateway::GatewayCode;
use crate::row_verdict::RowVerdicts;
use crate::secret::Secret;
use crate::transport::{Cut, Delivery, Response, TransportError, TransportFault};

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
/// | 2xx, errcode 0, no row says no, and of one it cannot be told, or there are too few or too many | `Applied` |
/// | 2xx, errcode 2000002000 | `Unknown` |
/// | 2xx, any other errcode, known or not, textual or huge | `Rejected` |
/// | 401; 429; 4xx or 519 with a token errcode | `NotSent` |
/// | 404 with the text No Route | `Rejected` |
/// | another 4xx with an errcode that is a refusal, 408 excepted | `Rejected` |
/// | 408; a 4xx page without errcode; 3xx | `Unknown` |
/// | 519 with 4001 to 4011, 5006, 5007 | `NotSent` |
/// | 519 with 4012, 5001, 5002 | `Rejected` |
/// | 519 with 5000, 5003 to 5005 or no known code | `Unknown` |
/// | any other 5xx, even with an errcode: a 504 page, an empty 502 | `Unknown` |
/// | no token or authorization to be had; no place within the client's own limit | `NotSent` |
/// | of a list in pages: more pages than allowed, fewer rows than its `count`, a page that comes twice or cannot be read | `Incomplete` |
///
/// When a byte has left: a connection comes about before anything of the request does, and a
/// handshake carries none of it (no early data), so that one which fails has sent nothing. From
/// then on a request with a body tells the moment before its first byte, head included, leaves; a
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
    /// The product answered no. Mend it, then send; where only some rows were refused
    /// ([`Error::rows`](crate::Error::rows)), these alone.
    Rejected,
    /// It may have taken effect. Ask; never send it again blindly.
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
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The errcodes of a token or an app secret that is not accepted.
const TOKEN_EXPIRED: i64 = 1_000_202_001;
const TOKEN_UNAUTHORIZED: i64 = 1_020_002_008;
const STALE_SECRET: i64 = 1_030_002_006;
/// An errcode in a 2xx answer; of the token only where its words are.
const UNAUTHORIZED: i64 = 401;
/// "System error": the product itself does not know what became of the request.
const SYSTEM_ERROR: i64 = 2_000_002_000;

/// What came of one attempt, before it is judged.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// An answer, or its beginning.
    Answered(Response),
    /// No answer.
    Failed(TransportError),
    /// Time was up before the head of an answer.
    TimedOut(Delivery),
}

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) kind: ErrorKind,
    pub(crate) errcode: Option<Errcode>,
    pub(crate) description: Option<String>,
    pub(crate) response: Option<Response>,
    pub(crate) source: Option<TransportError>,
    pub(crate) rows: RowVerdicts,
    /// What was sent for this attempt alone and nobody needs to see: nonce and signature.
    pub(crate) sent: Vec<Secret>,
}

impl Verdict {
    /// Whether the gateway has had enough of this account set for a while.
    pub(crate) fn is_throttle(&self) -> bool {
        match self.kind {
            ErrorKind::RateLimited => true,
            ErrorKind::Gateway(code) => code.is_throttle(),
            _ => false,
        }
    }

    /// Whether it may be that not the token is at fault but what is called, or a proxy: a bare 401,
    /// or a word of authorization that an endpoint may have for everyone. The gateway's own codes
    /// speak of the token: one that was revoked is of no use to any call.
    pub(crate) fn may_not_be_the_tokens(&self) -> bool {
        let errcode = self.errcode.as_ref().and_then(Errcode::as_i64);
        match self.kind {
            ErrorKind::Unauthorized => true,
            ErrorKind::TokenRejected => {
                matches!(errcode, Some(TOKEN_UNAUTHORIZED | UNAUTHORIZED))
            }
            _ => false,
        }
    }

    fn bare(outcome: Outcome, kind: ErrorKind) -> Self {
        Self {
            outcome,
            kind,
            errcode: None,
            description: None,
            response: None,
            source: None,
            rows: RowVerdicts::default(),
            sent: Vec::new(),
        }
    }
}

/// Judges one attempt. Success means: 2xx, errcode 0, and the answer whole.
pub(crate) fn judge(exchange: Exchange) -> Result<Response, Box<Verdict>> {
    match exchange {
        Exchange::Answered(response) => judge_answer(response),
        Exchange::Failed(error) => Err(Box::new(judge_failure(error))),
        Exchange::TimedOut(delivery) => Err(Box::new(Verdict::bare(
            undelivered(delivery),
            ErrorKind::Timeout,
        ))),
    }
}

fn undelivered(delivery: Delivery) -> Outcome {
    match delivery {
        Delivery::NeverLeft => Outcome::NotSent,
        Delivery::MayHaveLeft | Delivery::Answered => Outcome::Unknown,
    }
}

fn judge_failure(error: TransportError) -> Verdict {
    let kind = match error.fault() {
        TransportFault::Connect => ErrorKind::Connect,
        TransportFault::Lost => ErrorKind::Lost,
        TransportFault::Unfit => ErrorKind::Request,
    };
    let outcome = undelivered(error.delivery());
    Verdict {
        source: Some(error),
        ..Verdict::bare(outcome, kind)
    }
}

fn judge_answer(response: Response) -> Result<Response, Box<Verdict>> {
    let (errcode, description, complete) = read(&response);
    if is_success_status(response.status)
        && complete
        && errcode.as_ref().is_some_and(Errcode::is_success)
    {
        return Ok(response);
    }
    let (outcome, kind) = if is_success_status(response.status) {
        by_errcode(errcode.as_ref(), description.as_deref())
    } else {
        by_status(&response, errcode.as_ref())
    };
    Err(Box::new(Verdict {
        outcome,
        kind,
        errcode,
        description,
        response: Some(response),
        source: None,
        rows: RowVerdicts::default(),
        sent: Vec::new(),
    }))
}

/// The HTTP status of the gateway's own errors.
const GATEWAY_STATUS: u16 = 519;

fn is_success_status(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A 2xx answer that is no plain success.
fn by_errcode(errcode: Option<&Errcode>, description: Option<&str>) -> (Outcome, ErrorKind) {
    let speaks_of_the_token =
        || description.is_some_and(|words| words.to_ascii_lowercase().contains("token"));
    match errcode {
        None => (Outcome::Unknown, ErrorKind::NoErrcode),
        Some(code) if code.is_success() => (Outcome::Applied, ErrorKind::Unreadable),
        Some(code) => match code.as_i64() {
            Some(SYSTEM_ERROR) => (Outcome::Unknown, ErrorKind::SystemError),
            Some(UNAUTHORIZED) if speaks_of_the_token() => {
                (Outcome::Rejected, ErrorKind::TokenRejected)
            }
            Some(number) => (
                Outcome::Rejected,
                token_kind(number).unwrap_or(ErrorKind::Business),
            ),
            None if code.is_refusal() => (Outcome::Rejected, ErrorKind::Business),
            // A word or a fraction says neither yes nor no.
            None => (Outcome::Unknown, ErrorKind::NoErrcode),
        },
    }
}

fn token_kind(errcode: i64) -> Option<ErrorKind> {
    match errcode {
        TOKEN_EXPIRED | TOKEN_UNAUTHORIZED => Some(ErrorKind::TokenRejected),
        STALE_SECRET => Some(ErrorKind::StaleSecret),
        _ => None,
    }
}

fn by_status(response: &Response, errcode: Option<&Errcode>) -> (Outcome, ErrorKind) {
    let number = errcode.and_then(Errcode::as_i64);
    let token = number.and_then(token_kind);
    match (response.status, token) {
        (519 | 400..=499, Some(kind)) => (Outcome::NotSent, kind),
        (519, None) => number
            .and_then(GatewayCode::from_code)
            .map_or((Outcome::Unknown, ErrorKind::Status), by_gateway),
        (401, None) => (Outcome::NotSent, ErrorKind::Unauthorized),
        (429, None) => (Outcome::NotSent, ErrorKind::RateLimited),
        (404, None) if is_no_route(response) => (Outcome::Rejected, ErrorKind::NoRoute),
        // Whoever ran out of time may have passed the request on before.
        (408, None) => (Outcome::Unknown, ErrorKind::Status),
        (400..=499, None) => match number {
            Some(0 | SYSTEM_ERROR) => (Outcome::Unknown, ErrorKind::Status),
            Some(_) => (Outcome::Rejected, ErrorKind::Business),
            None if errcode.is_some_and(Errcode::is_refusal) => {
                (Outcome::Rejected, ErrorKind::Business)
            }
            None => (Outcome::Unknown, ErrorKind::Status),
        },
        // Of a 5xx even a token error leaves the outcome open; that it is one is still said.
        (_, Some(kind)) => (Outcome::Unknown, kind),
        (_, None) => (Outcome::Unknown, ErrorKind::Status),
    }
}

fn by_gateway(code: GatewayCode) -> (Outcome, ErrorKind) {
    use GatewayCode as Code;
    let outcome = match code {
        Code::NoPermission | Code::ApiNotFound | Code::MethodNotAllowed => Outcome::Rejected,
        Code::InternalServiceFail
        | Code::ApiUnavailable
        | Code::ApiTimeout
        | Code::ApiRequestCancel => Outcome::Unknown,
        Code::ApiRequestFuse | Code::ApiRequestOverload => Outcome::NotSent,
        Code::AuthTypeNoSupport
        | Code::ClientIdEmpty
        | Code::ClientIdInvalid
        | Code::ClientSecretEmpty
        | Code::ClientPairInvalid
        | Code::TimestampInvalid
        | Code::SignHeadersInvalid
        | Code::SignatureInvalid
        | Code::AccessTokenEmpty
        | Code::AccessTokenInvalid
        | Code::AccessTokenExpired => Outcome::NotSent,
    };
    (outcome, ErrorKind::Gateway(code))
}

/// The gateway's own plain text for an address it has no way to.
fn is_no_route(response: &Response) -> bool {
    let start = response.body.get(..256).unwrap_or(&response.body);
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    text.contains("no route") && !text.trim_start().starts_with('<')
}

/// Errcode, description, and whether the answer is whole.
fn read(response: &Response) -> (Option<Errcode>, Option<String>, bool) {
    let envelope = Envelope::read(&response.body);
    // A body that is one whole JSON object has lost nothing, however the connection ended;
    // but behind the limit there may be more.
    let complete = envelope.complete && response.cut != Some(Cut::TooLarge);
    let errcode = envelope.errcode;
    if errcode.is_some() || is_success_status(response.status) {
        return (errcode, envelope.description, complete);
    }
    let (code, description) = gateway_words(&response.body);
    // Only the gateway's own status makes a `code` the gateway's: any proxy's page may hold one.
    let code = code.filter(|_| response.status == GATEWAY_STATUS);
    (code, envelope.description.or(description), complete)
}

/// The words in which a gateway may answer; the exact ones are not known for sure.
struct GatewayWords {
    code: Field<String>,
    err_code: Field<String>,
    error_code: Field<String>,
    error: Field<String>,
    msg: Field<String>,
    error_message: Field<String>,
}

jdy_wire::record! {
    GatewayWords in Body {
        "code" => code: Text,
        "errCode" => err_code: Text,
        "error_code" => error_code: Text,
        "error" => error: Text,
        "msg" => msg: Text,
        "error_message" => error_message: Text,
    }
}

/// Code and description by another spelling than the envelope's.
fn gateway_words(body: &[u8]) -> (Option<Errcode>, Option<String>) {
    let Some(words) = decoded::<GatewayWords>(&String::from_utf8_lossy(body)) else {
        return (None, None);
    };
    let code = first([words.code, words.err_code, words.error_code, words.error]);
    let code = code.as_deref().and_then(Errcode::from_text);
    let description = first([words.msg, words.error_message]);
    (code, description)
}

fn first<const N: usize>(fields: [Field<String>; N]) -> Option<String> {
    fields.into_iter().find_map(value)
}

/// The value of a field, where it could be read.
pub(crate) fn value<T>(field: Field<T>) -> Option<T> {
    match field {
        Field::Value(value) => Some(value),
        Field::Absent | Field::Raw(_) => None,
    }
}

/// The text as a `D`, where it is one.
pub(crate) fn decoded<D: Value>(json: &str) -> Option<D> {
    jdy_wire::decode_data::<D>(json)
        .ok()
        .and_then(|decoded| value(decoded.data))
}

/// The text of `data` in an answer.
pub(crate) fn data_of(body: &[u8]) -> Cow<'_, str> {
    Envelope::read(body)
        .data
        .map_or(Cow::Borrowed("null"), Cow::Borrowed)
}
