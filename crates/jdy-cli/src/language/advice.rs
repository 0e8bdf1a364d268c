//! What an error of a call means and what to do about it, for a language that the SDK does not
//! speak.
//!
//! Owns the second line of such an error. Must not change the first one, which is the SDK's and the
//! same in every language. Must not decide what may be done: that is the SDK's advice.

use jdy::{Advice, Error, ErrorKind, Outcome};

use super::problems::UNCONFIRMED;
use super::{Language, say};

/// The outcome and the advice in words; `None` where the error's own line says them already.
pub(crate) fn of_error(error: &Error) -> Option<String> {
    (Language::current() != Language::English).then(|| {
        say!(
            "error-means",
            operation = error.operation(),
            outcome = outcome(error.outcome()),
            advice = advice(error)
        )
    })
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::NotSent => say!("outcome-not-sent"),
        Outcome::Rejected => say!("outcome-rejected"),
        Outcome::Unknown => say!("outcome-unknown"),
        Outcome::Applied => say!("outcome-applied"),
        Outcome::Incomplete => say!("outcome-incomplete"),
    }
}

fn advice(error: &Error) -> String {
    let is_read = error.effect().is_read();
    match (error.advice(), error.outcome()) {
        (Advice::Retry { .. }, Outcome::Unknown) => say!("advice-ask-again"),
        (Advice::Retry { .. }, _) => retry(error.kind()),
        (Advice::FixRequest, Outcome::NotSent) => say!("advice-fix-request"),
        (Advice::FixRequest, _) => say!("advice-fix-refused"),
        (Advice::FixRows, _) => say!("advice-fix-rows"),
        (Advice::FixCredentials, _) if error.to_string().contains(UNCONFIRMED) => {
            say!("advice-unconfirmed")
        }
        (Advice::FixCredentials, _) => say!("advice-credentials"),
        (Advice::FixSetup, _) => say!("advice-setup"),
        (Advice::SetClock, _) => say!("advice-clock"),
        (Advice::LookUp, Outcome::Applied) => say!("advice-look-up-applied"),
        (Advice::LookUp, _) => say!("advice-look-up"),
        (Advice::ReadAnswer, _) if is_read => say!("advice-read-answer"),
        (Advice::ReadAnswer, _) => say!("advice-took-effect"),
        (Advice::Continue { page }, _) => say!("advice-continue", page = page),
        _ => say!("advice-look-up"),
    }
}

fn retry(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::Gateway(code) if code.is_throttle() => say!("advice-busy"),
        ErrorKind::RateLimited | ErrorKind::LocalRateLimit => say!("advice-busy"),
        ErrorKind::Connect => say!("advice-connection"),
        ErrorKind::Timeout => say!("advice-timeout"),
        _ => say!("advice-send-again"),
    }
}
