//! One call: its settings, its attempts, its end.
//!
//! Owns the loop around the attempts. It must not know how a token is fetched, what an answer
//! means or when to try again; it asks those who do.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use jdy_wire::{Field, Page, Value, ValueMut};

use crate::account::{Account, Reserved, Session, without_session};
use crate::answer::{Answer, Presence};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Parts, Source, Subject};
use crate::exchange::{Attempt, Core, Landing, may_have_left};
use crate::hooks::AttemptEnd;
use crate::operation::{Effect, Paging, Prepared};
use crate::outcome::{Outcome, Verdict, judge};
use crate::paging::course::TooLarge;
use crate::paging::{Pages, Rows};
use crate::redaction::Echo;
use crate::retry::{Correction, Decision, Healed, Situation, decide};
use crate::row_verdict::{self, RowVerdict, RowVerdicts};
use crate::runtime::{BoxFuture, within};
use crate::token::CallKind;
use crate::transport::{Body, Connection, Progress, Response};

/// A call that is ready to go: await it, or wait for it.
///
/// Nothing happens before it is awaited. Dropping the future of a write that is under way leaves
/// its outcome unknown; the hooks are told so.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<D> {
    client: Client,
    /// Or why there is none, and of which call.
    prepared: Result<Prepared, (Subject, String)>,
    deadline: Option<Duration>,
    account: Option<String>,
    call_id: Option<String>,
    queueing: Queueing,
    data: PhantomData<fn() -> D>,
}

/// Whether the time that a call waits for a place within the limits is part of its deadline.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Queueing {
    InDeadline,
    Apart,
}

/// Who waits apart from any deadline waits no longer than this.
const LONGEST_QUEUE: Duration = Duration::from_secs(24 * 60 * 60);

impl<D: Value> Call<D> {
    pub(crate) fn new(client: Client, prepared: Result<Prepared, (Subject, String)>) -> Self {
        Self {
            client,
            prepared,
            deadline: None,
            account: None,
            call_id: None,
            queueing: Queueing::InDeadline,
            data: PhantomData,
        }
    }

    /// How long the whole call may take, from the moment it is awaited, with its token, its
    /// attempts and the pauses between. Default: the client's, 30 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Waits for a place within this client's own limits ([`Limits`](crate::Limits)) however long
    /// it takes, and does not count that time against the deadline: for one of many calls, such
    /// a wait is no failure. By default the call ends with
    /// [`ErrorKind::Limited`](crate::ErrorKind::Limited) where there is no place in time.
    pub fn wait_for_limits(mut self) -> Self {
        self.queueing = Queueing::Apart;
        self
    }

    /// Calls this account set instead of the client's default one.
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = Some(name.into());
        self
    }

    /// The id that stands in every error, log and event of this call. Default: a random one.
    pub fn call_id(mut self, id: impl Into<String>) -> Self {
        self.call_id = Some(id.into());
        self
    }

    /// Sends a field that the spec does not know, given as JSON text, signed and judged like any
    /// other: in the query of a GET or DELETE without a body, in the body otherwise. One that the
    /// spec knows, or that is given twice, or that no place is for, ends the call before anything
    /// is sent.
    pub fn extra(mut self, name: &str, json: &str) -> Self {
        let subject = self.subject();
        self.prepared = self.prepared.and_then(|prepared| {
            let made = prepared.extra(name, json);
            made.map_err(|error| (subject, error.to_string()))
        });
        self
    }

    /// The pages of the list that this call begins, one call each. They begin at the page that
    /// the request names, or else at the first one; the deadline is that of each page.
    pub fn pages(self) -> Pages<D>
    where
        D: Page,
    {
        Pages::new(self)
    }

    /// The rows of the list that this call begins, over all its pages.
    pub fn rows(self) -> Rows<D>
    where
        D: Page,
    {
        self.pages().rows()
    }

    /// The request, where it could be made.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.prepared.as_ref().ok()
    }

    /// The same call for another page.
    pub(crate) fn on_page(&self, paging: &Paging, page: i64) -> Self {
        let prepared = match &self.prepared {
            Ok(prepared) => Ok(prepared.on_page(paging, page)),
            Err(error) => Err(error.clone()),
        };
        Self {
            client: self.client.clone(),
            prepared,
            deadline: self.deadline,
            account: self.account.clone(),
            call_id: self.call_id.as_ref().map(|id| format!("{id}.{page}")),
            queueing: self.queueing,
            data: PhantomData,
        }
    }

    /// Waits for the call without async. It blocks the thread, also one of an async runtime, so
    /// there it belongs into `spawn_blocking`.
    ///
    /// # Errors
    /// As awaiting it; also where this program can start no thread, inside an async runtime of one
    /// thread, and inside a hook of a call that is itself waited for: nothing is sent then.
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<Answer<D>, Error> {
        let subject = self.subject();
        crate::blocking::wait(self.into_future(), subject)
    }

    /// What this call is about, for errors and events.
    pub(crate) fn subject(&self) -> Subject {
        let (operation, effect, key) = match &self.prepared {
            Ok(prepared) => (
                Arc::from(prepared.operation()),
                prepared.effect(),
                prepared.key().cloned(),
            ),
            Err((subject, _)) => (
                subject.operation.clone(),
                subject.effect,
                subject.key.clone(),
            ),
        };
        let core = self.client.core();
        Subject {
            operation,
            effect,
            key,
            account: self
                .account
                .as_deref()
                .unwrap_or(Client::DEFAULT_ACCOUNT)
                .into(),
            call_id: self
                .call_id
                .as_deref()
                .map_or_else(|| core.call_id(), Arc::from),
        }
    }
}

impl<D> fmt::Debug for Call<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("prepared", &self.prepared.as_ref().ok())
            .field("deadline", &self.deadline)
            .field("account", &self.account)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}

impl<D: Value> IntoFuture for Call<D> {
    type Output = Result<Answer<D>, Error>;
    type IntoFuture = CallFuture<D>;

    fn into_future(self) -> CallFuture<D> {
        let subject = self.subject();
        let work: BoxFuture<'static, _> = match self.prepared {
            Ok(prepared) => {
                let core = self.client.core().clone();
                let account = self.client.account(&subject.account);
                let deadline = self.deadline.unwrap_or(core.timeouts.call);
                Box::pin(
                    Run {
                        core,
                        subject,
                        prepared,
                        queueing: self.queueing,
                    }
                    .run(account, deadline),
                )
            }
            Err((_, words)) => {
                let error = Error::not_sent(subject, ErrorKind::Request, words);
                Box::pin(std::future::ready(Err(error)))
            }
        };
        CallFuture {
            work,
            data: PhantomData,
        }
    }
}

/// A call under way.
#[must_use = "a future does nothing until it is polled"]
pub struct CallFuture<D> {
    work: BoxFuture<'static, Result<Raw, Error>>,
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
        // Everything up to here is the same code for every operation.
        self.work
            .as_mut()
            .poll(context)
            .map(|raw| raw.and_then(decode))
    }
}

/// An answer whose data is not decoded yet.
struct Raw {
    run: Run,
    response: Response,
    verdicts: Vec<RowVerdict>,
    attempts: u32,
    elapsed: Duration,
}

fn decode<D: Value>(raw: Raw) -> Result<Answer<D>, Error> {
    // The envelope was judged before; an answer without `data` holds none.
    let (envelope, decoded) =
        jdy_wire::decode_answer_within::<D>(&raw.response.body, raw.run.core.max_decoded);
    // Of a type of the caller's own that takes anything, the operation's type judges: what a call
    // comes to must not depend on how it is decoded.
    if matches!(D::empty().target(), ValueMut::Json(_))
        && let Some(expected) = envelope.data.and_then(|data| raw.run.prepared.misfit(data))
    {
        return Err(raw.unreadable(&format!("data is not {expected}")));
    }
    let (data, drift, drift_count) = match decoded {
        Some(decoded) => (decoded.data, decoded.drift, decoded.drift_count),
        None => (Field::Absent, Vec::new(), 0),
    };
    if drift_count > 0 {
        raw.run
            .core
            .hooks
            .drift(&raw.run.subject, &drift, drift_count);
    }
    let (data, presence) = match data {
        Field::Value(data) => (data, Presence::Held),
        Field::Absent => (D::empty(), Presence::Empty),
        Field::Raw(_) => return Err(raw.unreadable(&format!("data is not {}", D::EXPECTED))),
    };
    Ok(Answer {
        data,
        presence,
        status: raw.response.status,
        attempts: raw.attempts,
        elapsed: raw.elapsed,
        call_id: raw.run.subject.call_id.as_ref().to_owned(),
        raw: raw.response.body,
        drift,
        verdicts: raw.verdicts,
    })
}

impl Raw {
    /// The call took effect, but its data is of another kind than the spec says.
    fn unreadable(self, why: &str) -> Error {
        Error::new(Parts {
            subject: self.run.subject,
            outcome: Outcome::Applied,
            kind: ErrorKind::Unreadable,
            errcode: Some(jdy_wire::Errcode::Number(0)),
            description: Some(why.to_owned()),
            status: Some(self.response.status),
            attempts: self.attempts,
            elapsed: self.elapsed,
            body: Some(self.response.body),
            source: None,
            rows: RowVerdicts::default(),
            retry_after: None,
            next_page: None,
        })
    }
}

/// A call without its types.
struct Run {
    core: Arc<Core>,
    subject: Subject,
    prepared: Prepared,
    queueing: Queueing,
}

/// Where a call stands between two attempts.
struct Tally {
    start: Duration,
    attempt_start: Duration,
    end: Duration,
    attempts: u32,
    healed: Healed,
    /// What an error before the next attempt would have to say: of a read, an earlier attempt
    /// may have got further.
    so_far: Outcome,
    /// Why the attempt before the next one is no success: the error, should there be no next one.
    last: Option<Last>,
}

/// The end of an attempt that is followed by another, and the session it was made with.
struct Last {
    verdict: Box<Verdict>,
    session: Session,
}

impl Run {
    async fn run(self, account: Option<Arc<Account>>, deadline: Duration) -> Result<Raw, Error> {
        let Some(account) = account else {
            let words = format!(
                "the client has no account set named {}",
                self.subject.account()
            );
            return Err(Error::not_sent(self.subject, ErrorKind::Request, words));
        };
        if let Err(words) = check_path(self.prepared.path()) {
            return Err(Error::not_sent(
                self.subject,
                ErrorKind::Request,
                words.to_owned(),
            ));
        }
        if let Some(too_large) = self.page_size() {
            let words = too_large.to_string();
            return Err(Error::not_sent(self.subject, ErrorKind::Request, words));
        }
        let start = self.core.runtime.monotonic();
        let mut tally = Tally {
            start,
            attempt_start: start,
            end: start.saturating_add(deadline),
            attempts: 0,
            healed: Healed::Nothing,
            so_far: Outcome::NotSent,
            last: None,
        };
        let body = match self.prepared.packed(&self.core.call_id()) {
            Ok(body) => body,
            Err(error) => {
                let words = error.to_string();
                return Err(Error::not_sent(self.subject, ErrorKind::Request, words));
            }
        };
        loop {
            // First a token, so that no place is taken while one is fetched.
            self.session(&account, &mut tally).await?;
            let seat = self.seat(&account, &mut tally).await?;
            // While this call waited for its place, the token may have been replaced.
            let session = self.session(&account, &mut tally).await?;
            if self.core.runtime.monotonic() >= tally.end {
                let words = "time was up before the request could be sent".to_owned();
                return Err(self.no_attempt(&account, ErrorKind::Timeout, words, &mut tally));
            }
            let seat = seat.used();
            tally.attempts += 1;
            tally.attempt_start = self.core.runtime.monotonic();
            let landing = self.attempt(&account, &session, &tally, body.clone()).await;
            if landing.never_left() {
                account
                    .give_back(&self.core, CallKind::Business, seat)
                    .await;
            }
            let judged = judge(landing.exchange)
                .and_then(|response| row_verdict::judge(self.prepared.awaited(), response))
                .map_err(|verdict| verdict.of(landing.sent));
            let verdict = judged.as_ref().err().map(|verdict| &**verdict);
            let clock = self.core.heed(landing.lesson, verdict);
            let verdict = match judged {
                Ok((response, verdicts)) => return Ok(self.succeed(response, verdicts, &tally)),
                Err(verdict) => verdict,
            };
            if verdict.is_throttle() {
                let asked = verdict.retry_after(self.core.now());
                account.slow_down(&self.core, CallKind::Business, seat, asked);
            }
            if verdict.outcome != Outcome::NotSent {
                tally.so_far = verdict.outcome;
            }
            // What is healed is no reason any more.
            tally.last = None;
            match self.decide(&verdict, &tally, clock) {
                Decision::Again(pause) => {
                    tally.last = Some(Last { verdict, session });
                    self.core.runtime.sleep(pause).await;
                }
                Decision::HealClock => tally.healed = tally.healed.and_clock(),
                Decision::HealToken if !self.in_vain(&account, &session, &verdict) => {
                    tally.healed = tally.healed.and_token();
                    account.reject(&session);
                }
                Decision::Stop | Decision::HealToken => {
                    if verdict.kind.is_token() {
                        self.end_with_token(&account, &session, &verdict, &tally);
                    }
                    return Err(self.fail(&account, Last { verdict, session }, &tally));
                }
            }
        }
    }

    /// What is wrong with the size of a page that is asked for: one that is cut without a word
    /// would make a part of the list look like all of it.
    fn page_size(&self) -> Option<TooLarge> {
        let paging = self.prepared.paging()?;
        let size = self.prepared.number(paging.size?, paging.place);
        TooLarge::of(paging, size)
    }

    /// Whether a new token would hardly be accepted either.
    fn in_vain(&self, account: &Account, session: &Session, verdict: &Verdict) -> bool {
        let now = self.core.runtime.monotonic();
        verdict.may_not_be_the_tokens() && account.heals_in_vain(session, now)
    }

    /// What the refusal that ends a call says of its token.
    fn end_with_token(
        &self,
        account: &Account,
        session: &Session,
        verdict: &Verdict,
        tally: &Tally,
    ) {
        if tally.healed.has_token() {
            account.healed_in_vain(self.core.runtime.monotonic());
        } else if !self.in_vain(account, session, verdict) {
            // Not for this call any more, but the next one shall have a new one.
            account.reject(session);
        }
    }

    /// A session, waited for no longer than the call may take; where the token call waits for a
    /// place and that does not count, longer.
    async fn session(&self, account: &Arc<Account>, tally: &mut Tally) -> Result<Session, Error> {
        let runtime = &self.core.runtime;
        let (kind, words) = loop {
            let left = tally.end.saturating_sub(runtime.monotonic());
            match within(account.session(&self.core), runtime.sleep(left)).await {
                Some(Ok(session)) => return Ok(session),
                Some(Err(error)) => {
                    return Err(without_session(
                        self.subject.clone(),
                        error,
                        tally.so_far,
                        tally.attempts,
                        runtime.monotonic().saturating_sub(tally.start),
                    ));
                }
                None => match account.waits_for_place() {
                    Some(_) if self.queueing == Queueing::Apart => {
                        tally.end = runtime.monotonic().saturating_add(self.core.timeouts.call);
                    }
                    Some(no_place) => {
                        break (ErrorKind::Limited, format!("token calls: {no_place}"));
                    }
                    None => {
                        let words = "time was up before the token was there".to_owned();
                        break (ErrorKind::Token, words);
                    }
                },
            }
        };
        Err(self.no_attempt(account, kind, words, tally))
    }

    /// A place within the limit, waited for no longer than the call may take, unless that does
    /// not count.
    async fn seat<'a>(
        &'a self,
        account: &'a Arc<Account>,
        tally: &mut Tally,
    ) -> Result<Reserved<'a>, Error> {
        let core = &self.core;
        let begin = core.runtime.monotonic();
        let end = match self.queueing {
            Queueing::InDeadline => tally.end,
            Queueing::Apart => begin.saturating_add(LONGEST_QUEUE),
        };
        match account.seat(core, CallKind::Business, end).await {
            Ok(seat) => {
                if self.queueing == Queueing::Apart {
                    let waited = core.runtime.monotonic().saturating_sub(begin);
                    tally.end = tally.end.saturating_add(waited);
                }
                Ok(Reserved {
                    account,
                    core,
                    seat: Some(seat),
                })
            }
            Err(no_place) => {
                let words = format!("business calls: {no_place}");
                Err(self.no_attempt(account, ErrorKind::Limited, words, tally))
            }
        }
    }

    /// The error of a call that got no further than before its next attempt: the last one's, or,
    /// where there was none, why there is none.
    fn no_attempt(
        &self,
        account: &Account,
        kind: ErrorKind,
        description: String,
        tally: &mut Tally,
    ) -> Error {
        if let Some(mut last) = tally.last.take() {
            last.verdict.outcome = tally.so_far;
            return self.fail(account, last, tally);
        }
        Error::new(Parts {
            subject: self.subject.clone(),
            outcome: tally.so_far,
            kind,
            errcode: None,
            description: Some(description),
            status: None,
            attempts: tally.attempts,
            elapsed: self.core.runtime.monotonic().saturating_sub(tally.start),
            body: None,
            source: None,
            rows: RowVerdicts::default(),
            retry_after: None,
            next_page: None,
        })
    }

    async fn attempt(
        &self,
        account: &Account,
        session: &Session,
        tally: &Tally,
        body: Option<Body>,
    ) -> Landing {
        let core = &self.core;
        let left = tally.end.saturating_sub(core.runtime.monotonic());
        let progress = Progress::default();
        let attempt = Attempt {
            client_id: &account.client_id,
            client_secret: &account.client_secret,
            method: self.prepared.method(),
            path: self.prepared.path(),
            query: self.prepared.query(),
            body,
            pass: Some((&session.token.value, &session.router)),
            connection: match self.prepared.effect() {
                Effect::Read => Connection::Shared,
                Effect::Write | Effect::Money => Connection::Own,
            },
            progress: progress.clone(),
        };
        core.hooks.attempt_started(&self.subject, tally.attempts);
        let mut watch = Watch {
            run: self,
            attempt: tally.attempts,
            progress,
            stage: Stage::Flying,
        };
        // What is uploaded takes the time it takes: it is not sent a second time anyway.
        let limit = match self.prepared.parts() {
            Some(_) => left,
            None => left.min(core.timeouts.attempt),
        };
        let landing = core.attempt(attempt, limit).await;
        watch.stage = Stage::Landed;
        landing
    }

    fn decide(&self, verdict: &Verdict, tally: &Tally, clock: Correction) -> Decision {
        let now = self.core.runtime.monotonic();
        self.finished(
            tally,
            verdict.response.as_ref().map(|response| response.status),
            Some((verdict.outcome, verdict.kind)),
        );
        let situation = Situation {
            attempt: tally.attempts,
            healed: tally.healed,
            clock,
            time_left: tally.end.saturating_sub(now),
            random: self.core.runtime.random(),
            ..verdict.situation(self.prepared.effect(), self.core.now())
        };
        decide(&self.core.retry, &situation)
    }

    fn succeed(self, response: Response, verdicts: Vec<RowVerdict>, tally: &Tally) -> Raw {
        self.finished(tally, Some(response.status), None);
        let elapsed = self.core.runtime.monotonic().saturating_sub(tally.start);
        Raw {
            run: self,
            response,
            verdicts,
            attempts: tally.attempts,
            elapsed,
        }
    }

    fn fail(&self, account: &Account, last: Last, tally: &Tally) -> Error {
        let elapsed = self.core.runtime.monotonic().saturating_sub(tally.start);
        let retry_after = last.verdict.retry_after(self.core.now());
        let echo = Echo {
            query: self.prepared.query(),
            body: self.prepared.body(),
            key: self.prepared.key().map(|key| key.value.as_str()),
        };
        account
            .error(
                self.subject.clone(),
                *last.verdict,
                tally.attempts,
                elapsed,
                echo,
                Some(&last.session),
            )
            .with_retry_after(retry_after)
    }

    fn finished(&self, tally: &Tally, status: Option<u16>, failure: Option<(Outcome, ErrorKind)>) {
        let elapsed = self
            .core
            .runtime
            .monotonic()
            .saturating_sub(tally.attempt_start);
        let end = AttemptEnd {
            attempt: tally.attempts,
            status,
            failure,
            elapsed,
        };
        trace(&self.subject, &end);
        self.core.hooks.attempt_finished(&self.subject, &end);
    }
}

/// One event for each attempt, without anything that a log should not hold.
#[cfg(feature = "tracing")]
fn trace(subject: &Subject, end: &AttemptEnd) {
    use crate::error::OneLine;
    let key = subject
        .key()
        .map(|key| format!("{}={}", key.name, OneLine(&key.value)));
    let outcome = end.failure.map_or("done", |(outcome, _)| outcome.as_str());
    let kind = end.failure.map(|(_, kind)| kind.to_string());
    // A level is part of the place in the code that an event has, so there are two.
    macro_rules! event {
        ($level:expr) => {
            tracing::event!(
                target: "jdy",
                $level,
                operation = %OneLine(subject.operation()),
                call_id = %OneLine(subject.call_id()),
                account = %OneLine(subject.account()),
                key,
                attempt = end.attempt,
                status = end.status,
                outcome,
                kind,
                elapsed_ms = u64::try_from(end.elapsed.as_millis()).unwrap_or(u64::MAX),
                "attempt finished"
            )
        };
    }
    if end
        .failure
        .is_some_and(|(outcome, _)| outcome == Outcome::Unknown)
    {
        event!(tracing::Level::WARN);
    } else {
        event!(tracing::Level::DEBUG);
    }
}

/// A write whose fate nobody will report but this line.
#[cfg(feature = "tracing")]
fn trace_dropped(subject: &Subject, attempt: u32) {
    use crate::error::OneLine;
    let key = subject
        .key()
        .map(|key| format!("{}={}", key.name, OneLine(&key.value)));
    tracing::warn!(
        target: "jdy",
        operation = %OneLine(subject.operation()),
        call_id = %OneLine(subject.call_id()),
        account = %OneLine(subject.account()),
        key,
        attempt,
        outcome = Outcome::Unknown.as_str(),
        "write dropped by its caller"
    );
}

#[cfg(not(feature = "tracing"))]
fn trace(_: &Subject, _: &AttemptEnd) {}

#[cfg(not(feature = "tracing"))]
fn trace_dropped(_: &Subject, _: u32) {}

/// Tells the hooks when a write is dropped in mid-air.
struct Watch<'a> {
    run: &'a Run,
    attempt: u32,
    progress: Progress,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Flying,
    Landed,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let writes = self.run.prepared.effect() != Effect::Read;
        if self.stage == Stage::Flying && writes && may_have_left(&self.progress) {
            trace_dropped(&self.run.subject, self.attempt);
            self.run.core.hooks.dropped(&self.run.subject, self.attempt);
        }
    }
}

/// A path that reaches the wire as it was signed.
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

impl From<TaskLost> for Source {
    fn from(lost: TaskLost) -> Self {
        Self {
            line: lost.to_string(),
            error: Arc::new(lost),
        }
    }
}

/// The task of a call ended without an end.
#[derive(Debug)]
pub(crate) struct TaskLost(pub(crate) String);

impl fmt::Display for TaskLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TaskLost {}
