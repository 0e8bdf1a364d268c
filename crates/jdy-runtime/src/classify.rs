//! What the result of an attempt means for the call: one pure function.
//!
//! Owns the classification by the table at [`Outcome`]. It must not know credentials, clocks or
//! retries; what is done about an outcome is decided elsewhere.

use std::any::Any;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jdy_wire::{Envelope, Errcode, Field, FieldSlot, Findings, Value};

use crate::error::{CallInfo, Error, ErrorKind, Source};
use crate::gateway::GatewayCode;
use crate::http_date::{read_date, read_retry_after};
use crate::outcome::Outcome;
use crate::redaction::Known;
use crate::row_verdict::{Awaited, RowVerdict, RowVerdicts};
use crate::secret::Secret;
use crate::transport::{Response, SendState, TransportError, TransportFault, Truncation};

/// The errcodes of a token or an app secret that is not accepted.
const TOKEN_EXPIRED: i64 = 1_000_202_001;
const TOKEN_UNAUTHORIZED: i64 = 1_020_002_008;
const STALE_SECRET: i64 = 1_030_002_006;
/// An errcode in a 2xx answer; it is about the token only if the description is.
const UNAUTHORIZED: i64 = 401;
/// "System error": the product itself does not know whether the request took effect.
const SYSTEM_ERROR: i64 = 2_000_002_000;

/// The result of one attempt, before it is classified.
#[derive(Debug)]
pub(crate) enum AttemptEnding {
    /// An answer, or its beginning.
    Answered(Response),
    /// No answer.
    Failed(TransportError),
    /// The time was over before the head of an answer.
    TimedOut(SendState),
    /// The caller's condition for sending did not hold any more; nothing left.
    Withheld,
}

impl AttemptEnding {
    /// The HTTP status, if an answer came.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered(response) => Some(response.status),
            Self::Failed(_) | Self::TimedOut(_) | Self::Withheld => None,
        }
    }
}

/// What the data of an answer is decoded into: a [`Field`] whose type only the call knows.
pub(crate) trait DataSlot: Any + Send {
    /// As the decoder sees it.
    fn field(&mut self) -> &mut dyn FieldSlot;
}

impl<D: Value> DataSlot for Field<D> {
    fn field(&mut self) -> &mut dyn FieldSlot {
        self
    }
}

/// A slot with data in it, and what was found there.
pub(crate) type Decoded = (Box<dyn DataSlot>, Findings);

/// How a slot is made when an answer is there, and how many bytes the lists in it may take.
#[derive(Clone, Copy)]
pub(crate) struct NewSlot {
    pub(crate) make: fn() -> Box<dyn DataSlot>,
    pub(crate) max_bytes: usize,
}

/// An empty slot for a `D`.
pub(crate) fn empty_slot<D: Value>() -> Box<dyn DataSlot> {
    Box::new(Field::<D>::Absent)
}

/// A complete 2xx answer with errcode 0.
pub(crate) struct Success {
    pub(crate) response: Response,
    /// The JSON text of `data`, a part of the body.
    data: Option<Bytes>,
    /// What `data` was decoded into, where that was asked for, and what was found in it. Of a `data`
    /// that comes twice with different values, that it is unreadable.
    pub(crate) decoded: Option<Decoded>,
}

impl Success {
    /// A success that has no `data` where it is usually.
    pub(crate) fn without_data(response: Response) -> Self {
        Self {
            response,
            data: None,
            decoded: None,
        }
    }

    /// The JSON text of `data`, if there is one.
    pub(crate) fn data(&self) -> Option<&str> {
        std::str::from_utf8(self.data.as_deref()?).ok()
    }
}

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) kind: ErrorKind,
    pub(crate) errcode: Option<Errcode>,
    pub(crate) description: Option<String>,
    pub(crate) response: Option<Response>,
    pub(crate) source: Option<TransportError>,
    pub(crate) rows: RowVerdicts,
    /// Nonce and signature of this attempt, which are removed from the texts of its error.
    pub(crate) sent: Vec<Secret>,
}

impl Failure {
    pub(crate) fn new(outcome: Outcome, kind: ErrorKind) -> Self {
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

    /// The same, with what the transport said as a description.
    pub(crate) fn copy(&self) -> Self {
        let said = self.source.as_ref().map(ToString::to_string);
        Self {
            errcode: self.errcode.clone(),
            description: self.description.clone().or(said),
            response: self.response.clone(),
            rows: self.rows.clone(),
            sent: self.sent.clone(),
            ..Self::new(self.outcome, self.kind)
        }
    }

    /// With the values that were sent for the attempt.
    pub(crate) fn with_sent(mut self: Box<Self>, sent: [Secret; 2]) -> Box<Self> {
        self.sent = sent.into();
        self
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    pub(crate) fn truncation(&self) -> Option<Truncation> {
        self.response
            .as_ref()
            .and_then(|response| response.truncation)
    }

    /// Whether the gateway refused the request for its rate.
    pub(crate) fn is_throttle(&self) -> bool {
        match self.kind {
            ErrorKind::RateLimited => true,
            ErrorKind::Gateway(code) => code.is_throttle(),
            _ => false,
        }
    }

    /// Whether a 401 may come from the endpoint or a proxy rather than the token. The gateway's
    /// own codes are about the token: a revoked one is of no use to any call.
    pub(crate) fn is_ambiguous_auth_error(&self) -> bool {
        let errcode = self.errcode.as_ref().and_then(Errcode::as_i64);
        match self.kind {
            ErrorKind::Unauthorized => true,
            ErrorKind::TokenRejected => {
                matches!(errcode, Some(TOKEN_UNAUTHORIZED | UNAUTHORIZED))
            }
            _ => false,
        }
    }

    /// How long the other side asks to wait.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let response = self.response.as_ref()?;
        // A date in the header is the gateway's, so it is compared with the gateway's time.
        let now = response.header("date").and_then(read_date).unwrap_or(now);
        read_retry_after(response.header("retry-after")?, now)
    }

    /// The error of the call, without any of the known values.
    pub(crate) fn into_error(self, subject: CallInfo, known: Known) -> Error {
        let known = known.and_secrets(&self.sent);
        let clean = |text: String| known.cut_out_of(text);
        let status = self.status();
        let cut = self
            .truncation()
            .map(|cut| format!("the answer was cut: {cut}"));
        let errcode = self.errcode.map(|code| match code {
            Errcode::Text(text) => Errcode::Text(clean(text)),
            number => number,
        });
        // The text of an error may hold anything: the transport may be the user's.
        let source = self.source.map(|error| clean(error.to_string()));
        Error::new(subject, self.outcome, self.kind)
            .with_errcode(errcode)
            .with_description(self.description.or(cut).map(clean))
            .with_answer(status, self.response.map(|response| response.body))
            .with_rows(self.rows.map_words(clean))
            .with_source(source.map(Source::of_line))
    }
}

/// Classifies the result of one attempt. Success means: 2xx, errcode 0, and a complete answer.
pub(crate) fn classify(ending: AttemptEnding) -> Result<Success, Box<Failure>> {
    classify_decoding(ending, None)
}

/// The same, and decodes the answer where it is read: into a new slot of this kind.
pub(crate) fn classify_decoding(
    ending: AttemptEnding,
    into: Option<NewSlot>,
) -> Result<Success, Box<Failure>> {
    match ending {
        AttemptEnding::Answered(response) => classify_answer(response, into),
        AttemptEnding::Failed(error) => Err(Box::new(classify_fault(error))),
        AttemptEnding::TimedOut(delivery) => Err(Box::new(Failure::new(
            undelivered(delivery),
            ErrorKind::Timeout,
        ))),
        AttemptEnding::Withheld => Err(Box::new(Failure::new(
            Outcome::NotSent,
            ErrorKind::Withheld,
        ))),
    }
}

/// Classifies the rows of a success. The call succeeded only if every row did.
pub(crate) fn classify_rows(
    awaited: Option<&Awaited>,
    success: Success,
) -> Result<(Success, Vec<RowVerdict>), Box<Failure>> {
    let Some(awaited) = awaited else {
        return Ok((success, Vec::new()));
    };
    let verdicts = RowVerdicts::read(awaited, success.data().unwrap_or("null"));
    let Some(outcome) = verdicts.outcome() else {
        return Ok((success, verdicts.rows));
    };
    Err(Box::new(Failure {
        errcode: Some(Errcode::Number(0)),
        description: Some(verdicts.words(&awaited.fields)),
        response: Some(success.response),
        rows: verdicts,
        ..Failure::new(outcome, ErrorKind::Rows)
    }))
}

fn undelivered(delivery: SendState) -> Outcome {
    match delivery {
        SendState::NeverLeft => Outcome::NotSent,
        SendState::MayHaveLeft | SendState::Answered => Outcome::Unknown,
    }
}

fn classify_fault(error: TransportError) -> Failure {
    let kind = match error.fault() {
        TransportFault::Connect => ErrorKind::Connect,
        TransportFault::Lost => ErrorKind::ConnectionLost,
        TransportFault::Rejected => ErrorKind::Request,
    };
    let outcome = undelivered(error.send_state());
    Failure {
        source: Some(error),
        ..Failure::new(outcome, kind)
    }
}

fn classify_answer(response: Response, into: Option<NewSlot>) -> Result<Success, Box<Failure>> {
    let read = read(&response, into);
    let is_2xx = is_success_status(response.status);
    if is_2xx && read.complete && read.errcode.as_ref().is_some_and(Errcode::is_success) {
        return Ok(Success {
            data: read.data,
            decoded: read.decoded,
            response,
        });
    }
    let (outcome, kind) = if is_2xx {
        by_errcode(read.errcode.as_ref(), read.description.as_deref())
    } else {
        by_status(&response, read.errcode.as_ref())
    };
    Err(Box::new(Failure {
        errcode: read.errcode,
        description: read.description,
        response: Some(response),
        ..Failure::new(outcome, kind)
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
        None => (Outcome::Unknown, ErrorKind::MissingErrcode),
        Some(code) if code.is_success() => (Outcome::Applied, ErrorKind::InvalidBody),
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
            None => (Outcome::Unknown, ErrorKind::MissingErrcode),
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
        // A refusal that says that the call succeeded, or that the product failed, is none to rely on.
        (400..=499, None) if matches!(number, Some(0 | SYSTEM_ERROR)) => {
            (Outcome::Unknown, ErrorKind::UnexpectedStatus)
        }
        (519 | 400..=499, Some(kind)) => (Outcome::NotSent, kind),
        (519, None) => match number.and_then(GatewayCode::from_code) {
            Some(code) => (code.outcome(), ErrorKind::Gateway(code)),
            None => (Outcome::Unknown, ErrorKind::UnexpectedStatus),
        },
        (401, None) => (Outcome::NotSent, ErrorKind::Unauthorized),
        (429, None) => (Outcome::NotSent, ErrorKind::RateLimited),
        (404, None) if is_no_route(response) => (Outcome::Rejected, ErrorKind::NoRoute),
        // Whoever ran out of time may have passed the request on before.
        (408, None) => (Outcome::Unknown, ErrorKind::UnexpectedStatus),
        (400..=499, None) => match number {
            Some(_) => (Outcome::Rejected, ErrorKind::Business),
            None if errcode.is_some_and(Errcode::is_refusal) => {
                (Outcome::Rejected, ErrorKind::Business)
            }
            None => (Outcome::Unknown, ErrorKind::UnexpectedStatus),
        },
        // Of a 5xx even a token error leaves the outcome open; that it is one is still said.
        (_, Some(kind)) => (Outcome::Unknown, kind),
        (_, None) => (Outcome::Unknown, ErrorKind::UnexpectedStatus),
    }
}

/// The gateway's own plain text for an address it has no way to.
fn is_no_route(response: &Response) -> bool {
    let start = response.body.get(..256).unwrap_or(&response.body);
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    text.contains("no route") && !text.trim_start().starts_with('<')
}

/// What the classification needs of an answer.
struct Read {
    errcode: Option<Errcode>,
    description: Option<String>,
    data: Option<Bytes>,
    decoded: Option<Decoded>,
    complete: bool,
}

/// Reads an answer, once: here and nowhere else.
fn read(response: &Response, into: Option<NewSlot>) -> Read {
    let (envelope, decoded) = match into.filter(|_| is_success_status(response.status)) {
        Some(into) => decode(response, into),
        None => (Envelope::read(&response.body), None),
    };
    let mut read = Read {
        errcode: envelope.errcode,
        description: envelope.description,
        data: envelope
            .data
            .map(|data| response.body.slice_ref(data.as_bytes())),
        decoded,
        // A body that is one whole JSON object has lost nothing, however the connection ended;
        // but behind the limit there may be more.
        complete: envelope.complete && response.truncation != Some(Truncation::TooLarge),
    };
    if read.errcode.is_some() || is_success_status(response.status) {
        return read;
    }
    let (code, description) = gateway_words(&response.body);
    // Only the gateway's own status makes a `code` the gateway's: any proxy's page may hold one.
    read.errcode = code.filter(|_| response.status == GATEWAY_STATUS);
    read.description = read.description.or(description);
    read
}

/// Reads an answer and decodes its data in the same pass.
fn decode(response: &Response, into: NewSlot) -> (Envelope<'_>, Option<Decoded>) {
    let mut slot = (into.make)();
    let (envelope, found) =
        jdy_wire::decode_answer_into(&response.body, into.max_bytes, slot.field());
    (envelope, found.map(|found| (slot, found)))
}

/// The fields in which a gateway may answer; the exact ones are not documented.
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

/// The first of these that says something.
fn first<const N: usize>(fields: [Field<String>; N]) -> Option<String> {
    let mut filled = fields.into_iter().filter_map(value);
    filled.find(|text| !matches!(text.trim(), "" | "null"))
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
