//! The effect of each fault on a call, by stage.
//!
//! Owns one exhaustive `match` per stage, so that a new row of the table does not compile until its
//! effect is here. Must not know sockets, the ledger or the order of the checks.
//! Must not use: `crate::gateway`, `crate::ledger`, `crate::server`, `tokio`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    AnswerFault, ConnectionFault, DeliveryFault, PagingFault, RefusalFault, SetupFault, Stage,
};
use crate::account::Accounts;
use crate::answer::{Answer, BodyDelivery, Refusal};

const TIMEOUT_PAGE: &str = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n\
    <center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n";

impl ConnectionFault {
    /// How long to wait between reading the call and performing it; `None` to reset instead.
    pub(crate) fn delay(&self) -> Option<Duration> {
        match self {
            Self::ResetBeforeRead | Self::ResetWhileReading => None,
            Self::SlowBeforeCommit(time) => Some(*time),
        }
    }
}

impl Stage {
    /// By how much the gateway's clock is off for this call.
    pub(crate) fn clock_offset(&self) -> i64 {
        match self {
            Self::Setup(SetupFault::WrongClock(millis)) => *millis,
            _ => 0,
        }
    }

    /// How the answer is sent, and after which delay.
    pub(crate) fn delivery(&self) -> (Duration, BodyDelivery) {
        let Self::Delivery(fault) = self else {
            return (Duration::ZERO, BodyDelivery::Whole);
        };
        match fault {
            DeliveryFault::Slow(time) => (*time, BodyDelivery::Whole),
            DeliveryFault::SlowBody(time) => (Duration::ZERO, BodyDelivery::Paused(*time)),
            DeliveryFault::CutAnswer(bytes) => (Duration::ZERO, BodyDelivery::Cut(*bytes)),
            DeliveryFault::HugeAnswer(bytes) => (Duration::ZERO, BodyDelivery::Padded(*bytes)),
            DeliveryFault::CloseAfterAnswer => (Duration::ZERO, BodyDelivery::ThenClose),
        }
    }
}

impl SetupFault {
    /// Changes tokens and secrets before the call with this token is checked.
    pub(crate) fn prepare(&self, accounts: &mut Accounts, token: Option<&str>) {
        match (self, token) {
            (Self::ExpiredToken, Some(token)) => accounts.expire(token),
            (Self::RefusedToken, Some(token)) => accounts.revoke(token),
            (Self::RotatedSecret, token) => {
                accounts.rotate_for(token);
                if let Some(token) = token {
                    accounts.revoke(token);
                }
            }
            (Self::ExpiredToken | Self::RefusedToken, None) | (Self::WrongClock(_), _) => {}
        }
    }
}

impl RefusalFault {
    /// The answer in place of the call; `None` where none is sent.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let injected = "injected by the sandbox; the call was not performed";
        let too_many = || Answer::text(429, "Too Many Requests");
        Some(match self {
            Self::LostBeforeCommit => return None,
            Self::Status429 => too_many(),
            Self::RetryAfter(seconds) => too_many().with_header("Retry-After", seconds.to_string()),
            Self::Gateway(code) => Refusal::gateway(*code, injected).into_answer(),
            Self::GatewayTimeoutHtml => Answer::html(504, TIMEOUT_PAGE),
            Self::Empty502 => Answer::empty(502),
            Self::NoRoute404 => {
                let reason = injected.to_owned();
                Refusal::NoRoute { reason }.into_answer()
            }
            Self::Unauthorized401 => Answer::text(401, "Unauthorized"),
            Self::JwtExpired401 => {
                let body =
                    json!({"errcode": 1_000_202_001, "description": "JWT token has expired"});
                Answer::json(401, &body)
            }
        })
    }
}

impl PagingFault {
    /// The page size that the sandbox uses in place of `size`.
    pub(crate) fn page_size(&self, size: i64) -> i64 {
        match self {
            Self::CutPages(rows) => size.min(i64::from(*rows)),
            Self::WrongTotal | Self::ShrinkingCount => size,
        }
    }

    /// The numbers of rows and pages that the answer gives on page `index`, counted from 0.
    pub(crate) fn totals(&self, index: i64, rows: i64, pages: i64) -> (i64, i64) {
        match self {
            Self::WrongTotal if index > 0 => (rows, index + 1),
            Self::ShrinkingCount => ((rows - index * 5).max(0), pages),
            Self::WrongTotal | Self::CutPages(_) => (rows, pages),
        }
    }
}

impl AnswerFault {
    /// What is sent in place of the answer of a performed call; `None` for nothing.
    pub(crate) fn replace(&self, done: Answer) -> Option<Answer> {
        let injected = "injected by the sandbox; the call was performed before";
        Some(match self {
            Self::LostAfterCommit => return None,
            Self::GatewayAfterCommit(code) => Refusal::gateway(*code, injected).into_answer(),
            Self::GatewayTimeoutHtmlAfterCommit => Answer::html(504, TIMEOUT_PAGE),
            Self::Empty502AfterCommit => Answer::empty(502),
            Self::Empty200 => Answer {
                errcode: None,
                body: Vec::new(),
                ..done
            },
            Self::NotJson => Answer::html(200, "<html><body>please log in</body></html>"),
            Self::NotUtf8 => {
                let mut body = br#"{"description":""#.to_vec();
                body.extend_from_slice(b"\xb3\xc9\xb9\xa6");
                body.extend_from_slice(br#"","#);
                body.extend_from_slice(done.body.get(1..).unwrap_or_default());
                Answer { body, ..done }
            }
            Self::ErrcodeMissing => with_member(done, "errcode", None),
            // A refusal keeps its code: the fault changes the spelling, not the outcome.
            Self::Errcode(text) if done.errcode.is_none_or(|code| code == 0) => {
                with_member(done, "errcode", Some(text))
            }
            Self::Errcode(_) => done,
            Self::Data(text) => with_member(done, "data", Some(text)),
        })
    }
}

/// The answer with one member removed, or replaced by a text that need not be JSON.
fn with_member(done: Answer, name: &str, text: Option<&str>) -> Answer {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&done.body) else {
        return done;
    };
    members.shift_remove(name);
    let rest = Value::Object(members).to_string();
    let body = match (text, rest.as_str()) {
        (None, _) => rest,
        (Some(text), "{}") => format!("{{\"{name}\":{text}}}"),
        (Some(text), _) => format!("{{\"{name}\":{text},{}", rest.get(1..).unwrap_or_default()),
    };
    Answer::unchecked_json(done.status, body.into_bytes())
}
