//! A call of the client itself: for a token, or for an authorization.
//!
//! Owns its request, and which permit it needs. It must not know what follows from its answer.

use std::sync::Arc;

use super::state::AccountState;
use super::token_cache::Session;
use crate::attempt::{Attempt, AttemptResult};
use crate::call::attempt_loop::{Admission, CallState, Previous, Refusal, Target};
use crate::classify::{AttemptEnding, Failure, Success};
use crate::error::{Error, ErrorKind};
use crate::limit::{LimitClass, Permit};
use crate::method::Method;
use crate::redaction::Echo;
use crate::runtime::BoxFuture;
use crate::telemetry::{OperationName, RequestFacts};
use crate::time::{Deadline, Instant};
use crate::transport::{Connection, SendProgress};

/// How the result of an attempt is classified.
type Classify = fn(AttemptEnding) -> Result<Success, Box<Failure>>;

/// An idempotent call of the client itself.
pub(super) struct GatewayCall<'a> {
    pub(super) state: &'a Arc<AccountState>,
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) query: &'a [(String, String)],
    pub(super) permit: PermitNeed,
    pub(super) classify: Classify,
}

/// Which permits the attempts need.
pub(super) enum PermitNeed {
    /// None.
    Unlimited,
    /// One each; the first one is at hand.
    Held(Permit),
    /// One each.
    PerAttempt,
}

impl<'a> GatewayCall<'a> {
    /// Makes the call, with retries until the deadline.
    ///
    /// In a box: the body of an `async fn` is compiled once more for each module that awaits it, and
    /// this one has a whole call in it.
    pub(super) fn run(mut self, deadline: Deadline) -> BoxFuture<'a, Result<Success, Error>> {
        Box::pin(async move {
            let shared = &self.state.identity.shared;
            let start = Instant::now(&*shared.runtime);
            let mut state = CallState::new(shared, start, deadline);
            crate::call::attempt_loop::run(&mut self, shared, &mut state).await
        })
    }
}

impl Target for GatewayCall<'_> {
    type Success = Success;

    async fn admit(&mut self, state: &mut CallState) -> Result<Admission, Refusal> {
        let need = match self.permit {
            PermitNeed::Unlimited => PermitNeed::Unlimited,
            _ => PermitNeed::PerAttempt,
        };
        let permit = match std::mem::replace(&mut self.permit, need) {
            PermitNeed::Unlimited => Permit::unlimited(),
            PermitNeed::Held(permit) => permit,
            PermitNeed::PerAttempt => {
                let acquired = self.state.acquire(LimitClass::Token, state.deadline);
                acquired
                    .await
                    .map_err(|exceeded| Refusal::RateLimited(LimitClass::Token, exceeded))?
            }
        };
        Ok(Admission {
            session: None,
            permit,
        })
    }

    fn request(&self) -> RequestFacts<'_> {
        RequestFacts {
            operation: OperationName::Own(self.operation),
            call_id: None,
            account: &self.state.identity.name,
            method: self.method,
            path: self.path,
        }
    }

    async fn send(&self, _: &Admission, state: &CallState) -> AttemptResult {
        let identity = &self.state.identity;
        let attempt = Attempt {
            client_id: &identity.client_id,
            client_secret: &identity.client_secret,
            method: self.method,
            path: self.path,
            query: self.query,
            body: None,
            auth: None,
            // The token of another account set would misdirect every call after it.
            connection: Connection::Own,
            progress: SendProgress::default(),
            start: state.attempt_start,
        };
        let left = state.deadline.left_at(attempt.start);
        let limit = left.min(identity.shared.timeouts.attempt);
        identity.shared.send(attempt, limit).await
    }

    fn classify(&self, ending: AttemptEnding) -> Result<Success, Box<Failure>> {
        (self.classify)(ending)
    }

    fn will_retry(&self, failure: &Failure, state: &CallState) {
        // A caller that stops waiting for the token reports this.
        let error = self.error(Box::new(failure.copy()), None, state);
        self.state.tokens.note_met(error);
    }

    fn error(&self, failure: Box<Failure>, session: Option<&Session>, state: &CallState) -> Error {
        let identity = &self.state.identity;
        let shared = &identity.shared;
        let retry_after = failure.retry_after(shared.now());
        let known = self.state.redactor().known(session).and_echo(Echo {
            query: self.query,
            ..Echo::default()
        });
        failure
            .into_error(identity.call_info(self.operation), known)
            .with_attempts(state.attempts, state.elapsed(&*shared.runtime))
            .with_retry_after(retry_after)
            // An answer to these calls consists of secrets, even a broken one.
            .without_body()
    }

    fn not_admitted(&self, refusal: Refusal, state: &mut CallState) -> Error {
        if let Some(Previous { failure, .. }) = state.previous.take() {
            return self.error(failure, None, state);
        }
        let info = self.state.identity.call_info(self.operation);
        match refusal {
            Refusal::RateLimited(..) => {
                Error::not_sent(info, ErrorKind::LocalRateLimit, refusal.to_string())
            }
            _ => Error::not_sent(info, ErrorKind::Timeout, refusal.to_string()),
        }
    }
}
