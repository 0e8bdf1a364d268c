//! A call of the product: what it is made with, and what its attempts do.
//!
//! Owns its request to the loop of attempts, and its end. It must not know when an attempt is
//! repeated, nor the type of the answer.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::abandoned::AbandonedWriteGuard;
use super::answered::Raw;
use super::attempt_loop::{self, Admission, CallState, Refusal, Target};
use crate::account::token_cache::Session;
use crate::account::{Account, AccountSet, Queueing, no_session};
use crate::attempt::{Attempt, AttemptResult};
use crate::classify::{AttemptEnding, Failure, NewSlot, Success, classify_decoding, classify_rows};
use crate::error::{Advice, CallInfo, Error, ErrorKind};
use crate::hooks::AttemptEnd;
use crate::method::Effect;
use crate::operation::PreparedRequest;
use crate::outcome::Outcome;
use crate::paging::paginator::TooLarge;
use crate::reconcile::UnknownWrite;
use crate::redaction::Echo;
use crate::retry::Recovered;
use crate::row_verdict::RowVerdict;
use crate::runtime::within;
use crate::shared::Shared;
use crate::telemetry::{self, OperationName, RequestFacts};
use crate::time::{Deadline, Instant};
use crate::transport::{Body, Connection, SendGuard, SendProgress};

/// A call without its types.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) info: CallInfo,
    pub(super) prepared: PreparedRequest,
    pub(super) only_in: Option<Arc<AccountSet>>,
    pub(super) queueing: Queueing,
    pub(super) guard: Option<SendGuard>,
    pub(super) slot: NewSlot,
}

/// How a call succeeded.
pub(super) struct Done {
    success: Success,
    verdicts: Vec<RowVerdict>,
    attempts: u32,
    elapsed: Duration,
}

impl Done {
    pub(super) fn of(self, run: Run) -> Raw {
        Raw {
            shared: run.shared,
            info: run.info,
            mismatch: run.prepared.mismatch,
            success: self.success,
            verdicts: self.verdicts,
            attempts: self.attempts,
            elapsed: self.elapsed,
        }
    }
}

impl Run {
    pub(super) async fn run(
        &self,
        account: Option<Account>,
        deadline: Duration,
    ) -> Result<Done, Error> {
        let (account, body) = match self.checked(account.as_ref()) {
            Ok(checked) => checked,
            Err(words) => {
                return Err(Error::not_sent(
                    self.info.clone(),
                    ErrorKind::Request,
                    words,
                ));
            }
        };
        let runtime = &*self.shared.runtime;
        let start = Instant::now(runtime);
        let mut deadline = Deadline::at(start.plus(deadline));
        if let Some(wanted) = &self.only_in {
            // Boxed: most calls do not need it, and all would have room for it.
            Box::pin(self.check_account_set(account, wanted, deadline)).await?;
            if self.queueing == Queueing::Excluded {
                deadline = deadline.extended(Instant::now(runtime).since(start));
            }
        }
        let mut state = CallState::new(&self.shared, start, deadline);
        let mut call = BusinessCall {
            run: self,
            account,
            body,
        };
        let (success, verdicts) = attempt_loop::run(&mut call, &self.shared, &mut state).await?;
        let elapsed = state.elapsed(runtime);
        Ok(Done {
            success,
            verdicts,
            attempts: state.attempts,
            elapsed,
        })
    }

    /// Refuses another account set than the one that the call is for. An instance is asked which one
    /// it is, until the deadline of the call.
    async fn check_account_set(
        &self,
        account: &Account,
        wanted: &AccountSet,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let runtime = &*self.shared.runtime;
        let limit = deadline.left(runtime);
        let resolved = within(pin!(account.resolve()), || runtime.sleep(limit)).await;
        let app_key = match resolved {
            Some(Ok(app_key)) => app_key,
            Some(Err(error)) => {
                return Err(no_session(self.info.clone(), Outcome::NotSent, error));
            }
            None => {
                let words = "timed out asking the instance which account set it is".to_owned();
                let late = Error::not_sent(self.info.clone(), ErrorKind::Timeout, words);
                return Err(late.with_attempts(0, limit));
            }
        };
        if **account.client_id() == *wanted.client_id && *app_key == *wanted.app_key {
            return Ok(());
        }
        let words = format!(
            "the account set named {} has app key {app_key} now, and the call is for app key {}; \
             give each account set a name of its own",
            self.info.account(),
            wanted.app_key
        );
        Err(Error::not_sent(
            self.info.clone(),
            ErrorKind::Request,
            words,
        ))
    }

    /// The account set and the body, or why the request cannot be sent.
    fn checked<'a>(
        &self,
        account: Option<&'a Account>,
    ) -> Result<(&'a Account, Option<Body>), String> {
        let account = account.ok_or_else(|| {
            let name = self.info.account();
            format!("the client has no account set named {name}")
        })?;
        check_path(self.prepared.path())?;
        if let Some(too_large) = self.page_size() {
            return Err(too_large.to_string());
        }
        let body = self.prepared.encode_body(|| self.shared.call_id());
        Ok((account, body.map_err(|error| error.to_string())?))
    }

    /// What is wrong with the requested page size: if the page is silently truncated, a part of
    /// the list looks like all of it.
    fn page_size(&self) -> Option<TooLarge> {
        let paging = self.prepared.paging()?;
        let size = self.prepared.number(paging.size?, paging.location);
        TooLarge::of(paging, size)
    }
}

/// A call of the product.
struct BusinessCall<'a> {
    run: &'a Run,
    account: &'a Account,
    body: Option<Body>,
}

impl BusinessCall<'_> {
    /// Whether another token would hardly be accepted either.
    fn refresh_is_useless(&self, session: &Session, failure: &Failure) -> bool {
        failure.is_ambiguous_auth_error() && self.account.refresh_is_useless(session)
    }

    /// What is needed to look the write up, if it may have taken effect.
    fn unknown_write(&self, error: &Error, state: &CallState) -> Option<UnknownWrite> {
        let Run { info, prepared, .. } = self.run;
        let is_write = !prepared.effect().is_read();
        (is_write && error.advice() == Advice::LookUp).then(|| {
            UnknownWrite::new(prepared.clone(), info.account.clone(), state.last_attempt)
                .sent_to(self.account.id())
        })
    }

    fn attempt<'b>(
        &'b self,
        admission: &'b Admission,
        state: &CallState,
        progress: SendProgress,
    ) -> Attempt<'b> {
        let session = admission.session.as_ref();
        let prepared = &self.run.prepared;
        Attempt {
            client_id: self.account.client_id(),
            client_secret: self.account.client_secret(),
            method: prepared.method(),
            path: prepared.path(),
            query: prepared.query(),
            body: self.body.clone(),
            auth: session.map(|session| (&session.token.value, &session.router)),
            connection: match prepared.effect() {
                Effect::Read if !prepared.is_evidence => Connection::Shared,
                Effect::Read | Effect::Write | Effect::Money => Connection::Own,
            },
            progress,
            start: state.attempt_start,
        }
    }
}

impl Target for BusinessCall<'_> {
    type Success = (Success, Vec<RowVerdict>);

    async fn admit(&mut self, state: &mut CallState) -> Result<Admission, Refusal> {
        let reserve = state.reserve(self.effect());
        self.account
            .admit(&mut state.deadline, reserve, self.run.queueing)
            .await
    }

    fn request(&self) -> RequestFacts<'_> {
        let Run { info, prepared, .. } = self.run;
        RequestFacts {
            operation: OperationName::Of(&info.operation),
            call_id: Some(info.call_id()),
            account: info.account(),
            method: prepared.method(),
            path: prepared.path(),
        }
    }

    async fn send(&self, admission: &Admission, state: &CallState) -> AttemptResult {
        let Run {
            shared,
            info,
            prepared,
            ..
        } = self.run;
        let left = state.deadline.left_at(state.attempt_start);
        let progress = SendProgress::guarded(self.run.guard.clone());
        let attempt = self.attempt(admission, state, progress.clone());
        telemetry::attempt_started(&*shared.hooks, info, state.attempts);
        let mut guard = AbandonedWriteGuard {
            info,
            hooks: &*shared.hooks,
            attempt: state.attempts,
            progress,
            finished: false,
        };
        // An upload takes the time it takes: it is not sent a second time anyway.
        let limit = match prepared.parts() {
            Some(_) => left,
            None => left.min(shared.timeouts.attempt),
        };
        let result = shared.send(attempt, limit).await;
        guard.finished = true;
        result
    }

    fn classify(&self, ending: AttemptEnding) -> Result<Self::Success, Box<Failure>> {
        let success = classify_decoding(ending, Some(self.run.slot))?;
        classify_rows(self.run.prepared.awaited(), success)
    }

    fn effect(&self) -> Effect {
        self.run.prepared.effect()
    }

    fn finished(&self, end: &AttemptEnd) {
        telemetry::attempt_finished(&*self.run.shared.hooks, &self.run.info, end);
    }

    fn refresh_token(&self, session: Option<&Session>, failure: &Failure, sent: Instant) -> bool {
        match session {
            Some(session) if !self.refresh_is_useless(session, failure) => {
                self.account.reject(session, sent);
                true
            }
            _ => false,
        }
    }

    fn ends_with_token(
        &self,
        session: Option<&Session>,
        failure: &Failure,
        recovered: Recovered,
        sent: Instant,
    ) {
        let Some(session) = session else { return };
        if recovered.token {
            self.account.note_refresh_useless();
        } else if !self.refresh_is_useless(session, failure) {
            // This call ends, but the next one shall have a new token.
            self.account.reject(session, sent);
        }
    }

    fn error(&self, failure: Box<Failure>, session: Option<&Session>, state: &CallState) -> Error {
        let Run {
            shared,
            info,
            prepared,
            ..
        } = self.run;
        let retry_after = failure.retry_after(shared.now());
        let known = self.account.known_secrets(session).and_echo(Echo {
            query: prepared.query(),
            body: prepared.body(),
            key: prepared.key().map(|key| key.value.as_str()),
        });
        let error = failure
            .into_error(info.clone(), known)
            .with_attempts(state.attempts, state.elapsed(&*shared.runtime))
            .with_retry_after(retry_after);
        let unknown = self.unknown_write(&error, state);
        error.with_unknown_write(unknown)
    }

    fn not_admitted(&self, refusal: Refusal, state: &mut CallState) -> Error {
        let previous = state.previous.take().filter(|last| !last.recovered);
        let kind = match &refusal {
            Refusal::NoSession(_) | Refusal::NoTokenInTime(_) => ErrorKind::Token,
            Refusal::RateLimited(..) => ErrorKind::LocalRateLimit,
            Refusal::TooLate => ErrorKind::Timeout,
        };
        let info = self.run.info.clone();
        let error = match (refusal, previous) {
            (Refusal::NoSession(error), _) => no_session(info, state.outcome, error),
            (Refusal::NoTokenInTime(Some(met)), None) => {
                let late = Refusal::NoTokenInTime(None).to_string();
                let error = no_session(info, state.outcome, met);
                let description = match error.description() {
                    Some(met) => format!("{late}; {met}"),
                    None => late,
                };
                error.with_description(Some(description))
            }
            (_, Some(mut last)) => {
                last.failure.outcome = state.outcome;
                return self.error(last.failure, last.session.as_ref(), state);
            }
            (refusal, None) => {
                Error::new(info, state.outcome, kind).with_description(Some(refusal.to_string()))
            }
        };
        let elapsed = state.elapsed(&*self.run.shared.runtime);
        error.with_attempts(state.attempts, elapsed)
    }
}

/// Checks that the path is sent as it was signed.
fn check_path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("the path does not begin with /");
    }
    if path.contains(['?', '#']) {
        return Err("the path holds ? or #; a query is given apart from it");
    }
    if path
        .split('/')
        .any(|segment| segment == "." || segment == "..")
    {
        return Err("the path holds . or .. as a segment");
    }
    Ok(())
}
