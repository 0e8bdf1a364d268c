//! The loop around the attempts of a call.
//!
//! Owns the order: admit, send, classify, decide. It must not know what the call is for, how a
//! token is fetched, what an answer means or when to retry; it asks those who do.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::account::token_cache::Session;
use crate::attempt::AttemptResult;
use crate::classify::{AttemptEnding, Failure};
use crate::error::{Error, ErrorKind};
use crate::hooks::AttemptEnd;
use crate::limit::{LimitClass, Permit, RateLimitExceeded};
use crate::method::Effect;
use crate::outcome::Outcome;
use crate::retry::{Recovered, RetryContext, RetryDecision};
use crate::runtime::Runtime;
use crate::shared::Shared;
use crate::telemetry::{AttemptScope, RequestFacts};
use crate::time::{Deadline, Instant};

/// What an attempt needs before it is made.
pub(crate) struct Admission {
    /// The session of a business call.
    pub(crate) session: Option<Session>,
    pub(crate) permit: Permit,
}

/// Why there is no further attempt.
pub(crate) enum Refusal {
    /// The refresh of the token failed.
    NoSession(Arc<Error>),
    /// The refresh did not end before the deadline. With what its calls met last.
    NoTokenInTime(Option<Arc<Error>>),
    /// No permit is free before the deadline.
    RateLimited(LimitClass, RateLimitExceeded),
    /// The deadline has passed, or is too near for a write.
    TooLate,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSession(error) => error.fmt(f),
            Self::NoTokenInTime(_) => f.write_str("timed out waiting for a token"),
            Self::RateLimited(LimitClass::Business, exceeded) => {
                write!(f, "business calls: {exceeded}")
            }
            Self::RateLimited(LimitClass::Token, exceeded) => write!(f, "token calls: {exceeded}"),
            Self::TooLate => f.write_str("timed out before the request could be sent"),
        }
    }
}

/// A call that attempts are made of.
pub(crate) trait Target: Send {
    /// What a successful attempt brings.
    type Success: Send;

    /// Admits the next attempt.
    fn admit(
        &mut self,
        state: &mut CallState,
    ) -> impl Future<Output = Result<Admission, Refusal>> + Send;

    /// What spans and metrics record of the request.
    fn request(&self) -> RequestFacts<'_>;

    /// Makes one attempt.
    fn send(
        &self,
        admission: &Admission,
        state: &CallState,
    ) -> impl Future<Output = AttemptResult> + Send;

    /// Classifies the result of an attempt.
    fn classify(&self, ending: AttemptEnding) -> Result<Self::Success, Box<Failure>>;

    /// What the call does on the other side.
    fn effect(&self) -> Effect {
        Effect::Read
    }

    /// An attempt has ended.
    fn finished(&self, _: &AttemptEnd) {}

    /// A failure that another attempt follows, before the wait for it.
    fn will_retry(&self, _: &Failure, _: &CallState) {}

    /// Drops the token of this session, in an attempt that was made then, for a new one. Returns
    /// whether that may help.
    fn refresh_token(&self, _: Option<&Session>, _: &Failure, _: Instant) -> bool {
        false
    }

    /// The call ends with a failure that is about its token, after an attempt that was made then.
    fn ends_with_token(&self, _: Option<&Session>, _: &Failure, _: Recovered, _: Instant) {}

    /// The error of a failed attempt that no other one follows.
    fn error(&self, failure: Box<Failure>, session: Option<&Session>, state: &CallState) -> Error;

    /// The error of a call whose next attempt was not admitted.
    fn not_admitted(&self, refusal: Refusal, state: &mut CallState) -> Error;
}

/// The state of a call between two attempts.
pub(crate) struct CallState {
    start: Instant,
    pub(crate) attempt_start: Instant,
    pub(crate) deadline: Deadline,
    /// How much time an answer is given: until then a write must have been admitted.
    time_to_answer: Duration,
    /// The attempts so far, the current one included.
    pub(crate) attempts: u32,
    recovered: Recovered,
    /// The outcome to report if no further attempt is made: an earlier attempt of a read may have
    /// got further than the last one.
    pub(crate) outcome: Outcome,
    pub(crate) previous: Option<Previous>,
    /// When the last attempt was made that may have taken effect, by the gateway's clock.
    pub(crate) last_attempt: Option<SystemTime>,
}

/// A failed attempt that another one follows.
pub(crate) struct Previous {
    pub(crate) failure: Box<Failure>,
    pub(crate) session: Option<Session>,
    /// Whether its cause was removed. A recovered error must not be reported as that of the call.
    pub(crate) recovered: bool,
}

impl CallState {
    pub(crate) fn new(shared: &Shared, start: Instant, deadline: Deadline) -> Self {
        let whole = deadline.left_at(start);
        Self {
            start,
            attempt_start: start,
            deadline,
            time_to_answer: (shared.timeouts.attempt / 2).min(whole / 4),
            attempts: 0,
            recovered: Recovered::default(),
            outcome: Outcome::NotSent,
            previous: None,
            last_attempt: None,
        }
    }

    /// An attempt that was made at this time failed. One that was not sent takes no effect later, and
    /// its time may be wrong by years: it may be why the gateway refused it.
    fn note_attempt(&mut self, made_at: SystemTime, outcome: Outcome) {
        if outcome != Outcome::NotSent {
            self.last_attempt = self.last_attempt.max(Some(made_at));
        }
    }

    /// The time since the start of the call.
    pub(crate) fn elapsed(&self, runtime: &dyn Runtime) -> Duration {
        Instant::now(runtime).since(self.start)
    }

    /// The time before the deadline that an admission must leave. A write that is cut off is
    /// unknown, so its answer is given some time; a read is repeated.
    pub(crate) fn reserve(&self, effect: Effect) -> Duration {
        match effect {
            Effect::Read => Duration::ZERO,
            Effect::Write | Effect::Money => self.time_to_answer,
        }
    }

    /// Whether an answer could hardly come before the deadline. What was admitted in time may be a
    /// little late.
    fn is_too_late(&self, now: Instant, effect: Effect) -> bool {
        let left = self.deadline.left_at(now);
        left.is_zero() || left < self.reserve(effect) / 2
    }

    fn end(
        &self,
        at: Instant,
        status: Option<u16>,
        failure: Option<(Outcome, ErrorKind)>,
    ) -> AttemptEnd {
        AttemptEnd {
            attempt: self.attempts,
            status,
            failure,
            elapsed: at.since(self.attempt_start),
        }
    }

    fn decide(
        &self,
        shared: &Shared,
        effect: Effect,
        failure: &Failure,
        clock_corrected: bool,
    ) -> RetryDecision {
        let context = RetryContext {
            effect,
            outcome: failure.outcome,
            kind: failure.kind,
            status: failure.status(),
            truncation: failure.truncation(),
            attempt: self.attempts,
            recovered: self.recovered,
            clock_corrected,
            retry_after: failure.retry_after(shared.now()),
            time_left: self
                .deadline
                .earlier(self.reserve(effect))
                .left(&*shared.runtime),
            random: shared.runtime.random(),
        };
        shared.retry.decide(&context)
    }
}

/// Makes attempts until one succeeds, or none that follows may help.
pub(crate) async fn run<T: Target>(
    target: &mut T,
    shared: &Shared,
    state: &mut CallState,
) -> Result<T::Success, Error> {
    let runtime = &*shared.runtime;
    loop {
        let mut admission = match target.admit(state).await {
            Ok(admission) => admission,
            Err(refusal) => return Err(target.not_admitted(refusal, state)),
        };
        let start = Instant::now(runtime);
        if state.is_too_late(start, target.effect()) {
            return Err(target.not_admitted(Refusal::TooLate, state));
        }
        admission.permit.consume();
        state.attempts += 1;
        state.attempt_start = start;
        let scope = AttemptScope::begin(shared, target.request(), state.attempts);
        let result = scope.observe(target.send(&admission, state)).await;
        let made_at = result.made_at;
        if result.never_left() {
            admission.permit.release().await;
        }
        let (status, ended) = (result.ending.status(), result.clock.ended.instant());
        let classified = target.classify(result.ending);
        let classified = classified.map_err(|failure| failure.with_sent(result.sent));
        let failure = classified.as_ref().err().map(|failure| &**failure);
        let clock_corrected = shared.observe_clock(result.clock, failure);
        let failure = match classified {
            Ok(success) => {
                let end = state.end(ended, status, None);
                target.finished(&end);
                scope.end(shared, target.request(), &end, None);
                return Ok(success);
            }
            Err(failure) => failure,
        };
        state.note_attempt(made_at, failure.outcome);
        if failure.is_throttle() {
            let retry_after = failure.retry_after(shared.now());
            admission
                .permit
                .back_off(Instant::now(runtime), retry_after);
        }
        let end = state.end(ended, status, Some((failure.outcome, failure.kind)));
        target.finished(&end);
        scope.end(shared, target.request(), &end, failure.errcode.as_ref());
        recover(
            target,
            shared,
            state,
            admission.session,
            failure,
            clock_corrected,
        )
        .await?;
    }
}

/// Prepares another attempt after a failure, or ends the call with its error.
async fn recover<T: Target>(
    target: &T,
    shared: &Shared,
    state: &mut CallState,
    session: Option<Session>,
    mut failure: Box<Failure>,
    clock_corrected: bool,
) -> Result<(), Error> {
    if failure.kind == ErrorKind::Withheld {
        // It says nothing about the attempts before it.
        failure.outcome = state.outcome;
    }
    if failure.outcome != Outcome::NotSent {
        state.outcome = failure.outcome;
    }
    let sent = state.attempt_start;
    let recovered = match state.decide(shared, target.effect(), &failure, clock_corrected) {
        RetryDecision::RetryAfter(backoff) => {
            target.will_retry(&failure, state);
            shared.runtime.sleep(backoff).await;
            false
        }
        RetryDecision::ResyncClock => {
            state.recovered.clock = true;
            true
        }
        RetryDecision::RefreshToken if target.refresh_token(session.as_ref(), &failure, sent) => {
            state.recovered.token = true;
            true
        }
        RetryDecision::Stop | RetryDecision::RefreshToken => {
            if failure.kind.is_token() {
                target.ends_with_token(session.as_ref(), &failure, state.recovered, sent);
            }
            return Err(target.error(failure, session.as_ref(), state));
        }
    };
    state.previous = Some(Previous {
        failure,
        session,
        recovered,
    });
    Ok(())
}
