//! One call: its settings, its attempts, its end.
//!
//! Owns what a call is made with, and the decoding of its answer. It must not know how a token is
//! fetched, what an answer means or when to retry.

mod abandoned;
pub(crate) mod attempt_loop;

use std::any::Any;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use jdy_wire::{Field, Findings, Value, ValueMut};

use self::abandoned::AbandonedWriteGuard;
use self::attempt_loop::{Admission, CallState, Refusal, Target};
use crate::account::token_cache::Session;
use crate::account::{Account, Queueing, no_session};
use crate::answer::Answer;
use crate::attempt::{Attempt, AttemptResult};
use crate::classify::{
    AttemptEnding, Failure, NewSlot, Success, classify_decoding, classify_rows, empty_slot,
};
use crate::client::{AccountSet, Client};
use crate::error::{Advice, CallInfo, Error, ErrorKind};
use crate::hooks::AttemptEnd;
use crate::method::Effect;
use crate::operation::{Mismatch, Paging, PreparedRequest};
use crate::outcome::Outcome;
use crate::paging::paginator::TooLarge;
use crate::reconcile::UnknownWrite;
use crate::redaction::{Echo, Known};
use crate::retry::Recovered;
use crate::row_verdict::RowVerdict;
use crate::runtime::BoxFuture;
use crate::shared::Shared;
use crate::telemetry::{self, CallScope, OperationName, RequestFacts};
use crate::time::{Deadline, Instant};
use crate::transport::{Body, Connection, Response, SendGuard, SendProgress};

/// A call that is ready to be made: await it, or block on it with `wait`.
///
/// Nothing is sent before it is awaited. If the future of a write is dropped while in flight, the
/// outcome is unknown; the hooks are notified.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<D> {
    plan: Plan,
    data: PhantomData<fn() -> D>,
}

/// Why there is no request to send.
#[derive(Clone)]
pub(crate) struct NoRequest {
    subject: CallInfo,
    words: String,
}

impl NoRequest {
    pub(crate) fn new(subject: CallInfo, words: String) -> Box<Self> {
        Box::new(Self { subject, words })
    }
}

/// A call without its type.
struct Plan {
    client: Client,
    /// The request, or why there is none.
    prepared: Result<PreparedRequest, Box<NoRequest>>,
    deadline: Option<Duration>,
    account: Option<String>,
    call_id: Option<String>,
    queueing: Queueing,
    guard: Option<SendGuard>,
}

impl<D: Value> Call<D> {
    pub(crate) fn new(client: Client, prepared: Result<PreparedRequest, Box<NoRequest>>) -> Self {
        Self {
            plan: Plan {
                client,
                prepared,
                deadline: None,
                account: None,
                call_id: None,
                queueing: Queueing::InDeadline,
                guard: None,
            },
            data: PhantomData,
        }
    }

    /// The time limit of the whole call from the moment it is awaited, with its token, its attempts
    /// and the backoff between. Default: the client's, 30 s.
    ///
    /// A write is not sent near the end of it, as its outcome would be unknown if the answer came too
    /// late: the last quarter of this, or half of
    /// [`Timeouts::attempt`](crate::transport::Timeouts::attempt) if that is shorter, is kept for the
    /// answer.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.plan.deadline = Some(deadline);
        self
    }

    /// Waits for a permit of this client's own limits ([`Limits`](crate::Limits)) however long it
    /// takes, and does not count that time against the deadline: for one of many calls, such a wait
    /// is no failure. By default the call fails with
    /// [`ErrorKind::LocalRateLimit`](crate::ErrorKind::LocalRateLimit) if there is no permit in time.
    pub fn wait_for_limits(mut self) -> Self {
        self.plan.queueing = Queueing::Excluded;
        self
    }

    /// Sends only while this holds: it is asked for each attempt after its request was signed, and
    /// again at the moment the first byte would leave, as far as the transport reports it. So what
    /// leaves was signed, and has its timestamp, from a time at which the condition held. Where it
    /// does not hold, the call ends with [`ErrorKind::Withheld`] and is not retried; its outcome is
    /// that of the attempts before.
    ///
    /// For a lease that another process takes over when it ends, however long this process stood
    /// still. The condition must return at once.
    pub fn send_while(mut self, holds: SendGuard) -> Self {
        self.plan.guard = Some(holds);
        self
    }

    /// Calls this account set instead of the client's default one.
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.plan.account = Some(name.into());
        self
    }

    /// The id of this call in errors, logs and events. Default: a random one.
    pub fn call_id(mut self, id: impl Into<String>) -> Self {
        self.plan.call_id = Some(id.into());
        self
    }

    /// Sends a field that the spec does not know, given as JSON text: in the query of a GET or
    /// DELETE without a body, in the body otherwise. A field that the spec knows, that is duplicated
    /// or that fits nowhere fails the call before anything is sent.
    pub fn extra(mut self, name: &str, json: &str) -> Self {
        let subject = self.subject();
        self.plan.prepared = self.plan.prepared.and_then(|prepared| {
            let made = prepared.extra(name, json);
            made.map_err(|error| NoRequest::new(subject, error.to_string()))
        });
        self
    }

    /// The answer to this call from a body that was kept: as the gateway sent it, whole. Nothing is
    /// sent. It has no attempts.
    ///
    /// # Errors
    /// The body is no answer that says that the call succeeded, or it cannot be decoded.
    pub fn kept_answer(self, body: impl Into<Bytes>) -> Result<Answer<D>, Error> {
        let info = self.subject();
        let prepared = match self.plan.prepared {
            Ok(prepared) => prepared,
            Err(none) => return Err(Error::not_sent(info, ErrorKind::Request, none.words)),
        };
        let response = Response {
            status: 200,
            body: body.into(),
            ..Response::default()
        };
        let shared = self.plan.client.shared().clone();
        let slot = new_slot::<D>(&shared);
        let success = classify_decoding(AttemptEnding::Answered(response), Some(slot));
        let success = success.and_then(|success| classify_rows(prepared.awaited(), success));
        match success {
            Ok((success, verdicts)) => decoded(Raw {
                shared,
                info,
                mismatch: prepared.mismatch,
                success,
                verdicts,
                attempts: 0,
                elapsed: Duration::ZERO,
            }),
            Err(failure) => Err(failure.into_error(info, Known::default())),
        }
    }

    /// The request, if it is valid.
    pub fn prepared(&self) -> Option<&PreparedRequest> {
        self.plan.prepared.as_ref().ok()
    }

    /// Which account set it is for: what [`Client::resolve`] says of its account's name.
    ///
    /// # Errors
    /// As [`Client::resolve`]. Nothing of the call was sent.
    pub async fn account_set(&self) -> Result<AccountSet, Error> {
        let account = self.plan.account.as_deref();
        let account = account.unwrap_or(Client::DEFAULT_ACCOUNT);
        self.plan.client.resolve(account).await
    }

    /// The client that makes it.
    pub(crate) fn client(&self) -> &Client {
        &self.plan.client
    }

    /// How long it may take, by [`deadline`](Self::deadline) or by the client's setting.
    pub fn time_limit(&self) -> Duration {
        self.plan
            .deadline
            .unwrap_or(self.plan.client.shared().timeouts.call)
    }

    /// The same call for another page.
    pub(crate) fn on_page(&self, paging: &Paging, page: i64) -> Self {
        let prepared = match &self.plan.prepared {
            Ok(prepared) => Ok(prepared.on_page(paging, page)),
            Err(error) => Err(error.clone()),
        };
        let call_id = self.plan.call_id.as_ref();
        Self {
            plan: Plan {
                client: self.plan.client.clone(),
                prepared,
                deadline: self.plan.deadline,
                account: self.plan.account.clone(),
                call_id: call_id.map(|id| format!("{id}.{page}")),
                queueing: self.plan.queueing,
                guard: self.plan.guard.clone(),
            },
            data: PhantomData,
        }
    }

    /// What errors and events say about this call.
    pub(crate) fn subject(&self) -> CallInfo {
        self.plan.subject()
    }
}

impl Plan {
    fn subject(&self) -> CallInfo {
        self.subject_of(self.client.account(self.account_name()).as_ref())
    }

    fn account_name(&self) -> &str {
        self.account.as_deref().unwrap_or(Client::DEFAULT_ACCOUNT)
    }

    /// The same, with the account set looked up.
    fn subject_of(&self, account: Option<&Account>) -> CallInfo {
        let (operation, effect, key) = match &self.prepared {
            Ok(prepared) => (
                prepared.operation.clone(),
                prepared.effect(),
                prepared.key().cloned(),
            ),
            Err(none) => (
                none.subject.operation.clone(),
                none.subject.effect,
                none.subject.key.clone(),
            ),
        };
        let shared = self.client.shared();
        CallInfo {
            operation,
            effect,
            key,
            account: match account {
                Some(account) => account.name().clone(),
                None => self.account_name().into(),
            },
            call_id: self
                .call_id
                .as_deref()
                .map_or_else(|| shared.call_id(), Arc::from),
        }
    }

    /// The call, up to its answer. Compiled once for all operations.
    fn begin(self, slot: NewSlot) -> BoxFuture<'static, Undecoded> {
        let account = self.client.account(self.account_name());
        let subject = self.subject_of(account.as_ref());
        match self.prepared {
            Ok(prepared) => {
                let shared = self.client.shared().clone();
                let deadline = self.deadline.unwrap_or(shared.timeouts.call);
                let run = Run {
                    slot,
                    shared,
                    info: subject,
                    prepared,
                    queueing: self.queueing,
                    guard: self.guard,
                };
                Box::pin(async move {
                    let scope = CallScope::begin(&run.info);
                    // By reference: an `async fn` stores a future that it takes by value twice, as its
                    // argument and where it awaits it.
                    let done = scope.observe(run.run(account, deadline)).await;
                    (scope, done.map(|done| done.of(run)))
                })
            }
            Err(none) => Box::pin(async move {
                let scope = CallScope::begin(&subject);
                let error = Error::not_sent(subject, ErrorKind::Request, none.words);
                (scope, Err(error))
            }),
        }
    }
}

impl<D> fmt::Debug for Call<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("prepared", &self.plan.prepared.as_ref().ok())
            .field("deadline", &self.plan.deadline)
            .field("account", &self.plan.account)
            .field("call_id", &self.plan.call_id)
            .finish_non_exhaustive()
    }
}

impl<D: Value> IntoFuture for Call<D> {
    type Output = Result<Answer<D>, Error>;
    type IntoFuture = CallFuture<D>;

    fn into_future(self) -> CallFuture<D> {
        let slot = new_slot::<D>(self.plan.client.shared());
        CallFuture {
            work: self.plan.begin(slot),
            data: PhantomData,
        }
    }
}

/// A call in flight.
#[must_use = "a future does nothing until it is polled"]
pub struct CallFuture<D> {
    work: BoxFuture<'static, Undecoded>,
    data: PhantomData<fn() -> D>,
}

impl<D> fmt::Debug for CallFuture<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").finish_non_exhaustive()
    }
}

impl<D: Value> Future for CallFuture<D> {
    type Output = Result<Answer<D>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Everything up to here is compiled once for all operations.
        self.work
            .as_mut()
            .poll(context)
            .map(|(scope, raw)| scope.end_with(|| raw.and_then(decoded)))
    }
}

/// The end of a call, whose answer is judged in its scope.
type Undecoded = (CallScope, Result<Raw, Error>);

/// An answer whose data has no type yet.
struct Raw {
    shared: Arc<Shared>,
    info: CallInfo,
    /// Checks the data against the operation's own type.
    mismatch: Option<Mismatch>,
    success: Success,
    verdicts: Vec<RowVerdict>,
    attempts: u32,
    elapsed: Duration,
}

/// How the answer to a call is decoded.
fn new_slot<D: Value>(shared: &Shared) -> NewSlot {
    NewSlot {
        make: empty_slot::<D>,
        max_bytes: shared.max_decoded,
    }
}

fn decoded<D: Value>(mut raw: Raw) -> Result<Answer<D>, Error> {
    let (slot, findings) = raw.success.decoded.take().unzip();
    let slot: Option<Box<dyn Any>> = slot.map(|slot| slot as _);
    let data = slot.and_then(|slot| slot.downcast::<Field<D>>().ok());
    let takes_anything = matches!(D::empty().target(), ValueMut::Json(_));
    if let Some(expected) = raw.mismatch(takes_anything) {
        return Err(raw.unreadable(expected));
    }
    let findings = findings.unwrap_or_default();
    raw.report(&findings);
    let (data, has_data) = match data.map_or(Field::Absent, |data| *data) {
        Field::Value(data) => (data, true),
        Field::Absent => (D::empty(), false),
        Field::Raw(_) => return Err(raw.unreadable(D::EXPECTED)),
    };
    Ok(Answer {
        data,
        has_data,
        status: raw.success.response.status,
        attempts: raw.attempts,
        elapsed: raw.elapsed,
        call_id: raw.info.call_id,
        raw: raw.success.response.body,
        drift: findings.drift,
        verdicts: raw.verdicts,
    })
}

impl Raw {
    /// What `data` should be, if a type that takes anything hides that it is not: the outcome of a
    /// call must not depend on how its answer is decoded, so the operation's own type judges.
    fn mismatch(&self, takes_anything: bool) -> Option<&'static str> {
        let check = self.mismatch.filter(|_| takes_anything)?;
        check(self.success.data()?)
    }

    /// Reports where the answer differs from the spec.
    fn report(&self, found: &Findings) {
        if found.drift_count > 0 {
            let hooks = &*self.shared.hooks;
            telemetry::drift(hooks, &self.info, &found.drift, found.drift_count);
        }
    }

    /// The call took effect, but its data is of another kind than the spec says.
    fn unreadable(self, expected: &str) -> Error {
        let response = self.success.response;
        Error::new(self.info, Outcome::Applied, ErrorKind::InvalidBody)
            .with_errcode(Some(jdy_wire::Errcode::Number(0)))
            .with_description(Some(format!("data is not {expected}")))
            .with_answer(Some(response.status), Some(response.body))
            .with_attempts(self.attempts, self.elapsed)
    }
}

/// A call without its types.
struct Run {
    shared: Arc<Shared>,
    info: CallInfo,
    prepared: PreparedRequest,
    queueing: Queueing,
    guard: Option<SendGuard>,
    slot: NewSlot,
}

/// How a call succeeded.
struct Done {
    success: Success,
    verdicts: Vec<RowVerdict>,
    attempts: u32,
    elapsed: Duration,
}

impl Done {
    fn of(self, run: Run) -> Raw {
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
    async fn run(&self, account: Option<Account>, deadline: Duration) -> Result<Done, Error> {
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
        let deadline = Deadline::at(start.plus(deadline));
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
        (is_write && error.advice() == Advice::LookUp)
            .then(|| UnknownWrite::new(prepared.clone(), info.account.clone(), state.last_attempt))
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
                Effect::Read => Connection::Shared,
                Effect::Write | Effect::Money => Connection::Own,
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
        shared.hooks.attempt_started(info, state.attempts);
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

    fn refresh_token(&self, session: Option<&Session>, failure: &Failure) -> bool {
        match session {
            Some(session) if !self.refresh_is_useless(session, failure) => {
                self.account.reject(session);
                true
            }
            _ => false,
        }
    }

    fn ends_with_token(&self, session: Option<&Session>, failure: &Failure, recovered: Recovered) {
        let Some(session) = session else { return };
        if recovered.token {
            self.account.note_refresh_useless();
        } else if !self.refresh_is_useless(session, failure) {
            // This call ends, but the next one shall have a new token.
            self.account.reject(session);
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
