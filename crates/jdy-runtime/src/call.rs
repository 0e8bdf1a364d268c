//! One call: its settings.
//!
//! Owns what the caller sets, and how the call begins. It must not know how a token is fetched, what
//! an answer means or when to retry.

mod abandoned;
mod answered;
pub(crate) mod attempt_loop;
mod business;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jdy_wire::Value;

pub use self::answered::CallFuture;
use self::answered::{Raw, Undecoded, decoded, new_slot};
use self::business::Run;
use crate::account::{Account, AccountSet, Queueing};
use crate::answer::Answer;
use crate::classify::{AttemptEnding, NewSlot, classify_decoding, classify_rows};
use crate::client::Client;
use crate::error::{CallInfo, Error, ErrorKind};
use crate::operation::{Paging, PreparedRequest};
use crate::redaction::Known;
use crate::runtime::BoxFuture;
use crate::telemetry::CallScope;
use crate::transport::{Response, SendGuard};

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
    /// What the account's name meant when it was looked up for several calls.
    held: Option<Account>,
    only_in: Option<Arc<AccountSet>>,
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
                held: None,
                only_in: None,
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

    /// Sends only if the account's name means this account set when the call is awaited; otherwise
    /// the call fails with [`ErrorKind::Request`] and was not sent. A name can be given to another
    /// account set meanwhile ([`Client::add_account`]).
    pub fn only_in(mut self, account_set: impl Into<Arc<AccountSet>>) -> Self {
        self.plan.only_in = Some(account_set.into());
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
                held: self.plan.held.clone(),
                only_in: self.plan.only_in.clone(),
                call_id: call_id.map(|id| format!("{id}.{page}")),
                queueing: self.plan.queueing,
                guard: self.plan.guard.clone(),
            },
            data: PhantomData,
        }
    }

    /// Goes to this account set, whatever its name means meanwhile.
    pub(crate) fn held(mut self, account: Option<Account>) -> Self {
        self.plan.held = account;
        self
    }

    /// Looks the account up for the first page of a list; the pages after it are not asked for in
    /// another account set, which may have its name by then.
    pub(crate) fn look_account_up(&mut self) {
        if self.plan.only_in.is_none() {
            self.plan.held = self.plan.client.account(self.plan.account_name());
        }
    }

    /// From now on it goes only to the account set that was looked up last.
    pub(crate) fn stay_in_its_set(&mut self) {
        // Another client secret of the same account set may be given meanwhile.
        if let Some(set) = self.plan.held.take().and_then(|held| held.known_set()) {
            self.plan.only_in = Some(Arc::new(set));
        }
    }

    /// What errors and events say about this call.
    pub(crate) fn subject(&self) -> CallInfo {
        self.plan.subject()
    }
}

impl Plan {
    fn subject(&self) -> CallInfo {
        self.subject_of(self.current_account().as_ref())
    }

    fn account_name(&self) -> &str {
        self.account.as_deref().unwrap_or(Client::DEFAULT_ACCOUNT)
    }

    /// The account set that it goes to.
    fn current_account(&self) -> Option<Account> {
        let held = self.held.clone();
        held.or_else(|| self.client.account(self.account_name()))
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
        let account = self.current_account();
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
                    only_in: self.only_in,
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
        CallFuture::new(self.plan.begin(slot))
    }
}
