//! One account set of a client.
//!
//! Owns how a call is admitted, with a session and a permit, and starts the refresh of the token.
//! It must not know what a call does, nor how a token is fetched.

mod app_secrets;
mod authorize;
mod gateway_call;
mod identity;
mod kept;
mod limiter;
mod redactor;
pub(crate) mod shared_store;
mod state;
pub(crate) mod token_cache;
mod token_fetch;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::call::attempt_loop::{Admission, Refusal};
use crate::credentials::{App, Authorization, Credentials};
use crate::error::{CallInfo, Error, ErrorKind, Source};
use crate::limit::{LimitClass, Permit};
use crate::outcome::Outcome;
use crate::redaction::Known;
use crate::runtime::{noting_wait, within};
use crate::secret::Secret;
use crate::shared::Shared;
use crate::telemetry::{self, RefreshScope};
use crate::time::{Deadline, Instant};

use self::app_secrets::AppSecrets;
use self::identity::AccountIdentity;
pub use self::identity::AccountSet;
pub(crate) use self::identity::AccountSetId;
use self::limiter::Limiter;
use self::state::AccountState;
use self::token_cache::{IsAwaited, Refresh, RefreshResult, Session, Step, TokenCache};

/// A call that does not count its queueing time waits no longer than this.
const MAX_QUEUEING: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a call that does not count its queueing time looks whether the refresh still waits.
const QUEUE_LOOK: Duration = Duration::from_secs(1);
/// How often the refresh is started again if its task is lost with the runtime that drove it, or it
/// brings a token that was refused meanwhile.
const MAX_REFRESH_TASKS: u32 = 3;

/// Whether the time that a call waits for a permit counts against its deadline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queueing {
    InDeadline,
    Excluded,
}

/// One account set of a client. Clones share it.
#[derive(Clone)]
pub(crate) struct Account(Arc<AccountState>);

impl Account {
    /// An account set with checked credentials.
    pub(crate) fn new(name: &str, credentials: Credentials, shared: &Arc<Shared>) -> Self {
        let app_key = credentials.known_app_key().map(str::to_owned);
        let app = credentials.app.map(|app| App {
            router: shared.texts.share(&app.router),
            ..app
        });
        let identity = AccountIdentity::new(
            name,
            &credentials.client_id,
            credentials.client_secret,
            shared,
        );
        if let Some(app_key) = app_key {
            identity.identify(&app_key);
        }
        Self(Arc::new(AccountState {
            identity,
            limiter: Limiter::default(),
            secrets: AppSecrets::new(app, credentials.instance, credentials.choice),
            tokens: TokenCache::default(),
        }))
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.0.identity.name
    }

    /// Which account set it is, once its app key is known.
    pub(crate) fn id(&self) -> Option<AccountSetId> {
        self.0.identity.id()
    }

    /// The same by its names.
    pub(crate) fn known_set(&self) -> Option<AccountSet> {
        Some(AccountSet {
            client_id: self.client_id().to_string(),
            app_key: self.0.secrets.known_app_key()?.into(),
        })
    }

    pub(crate) fn client_id(&self) -> &Arc<str> {
        &self.0.identity.client_id
    }

    pub(crate) fn client_secret(&self) -> &Secret {
        &self.0.identity.client_secret
    }

    /// Admits one attempt of a call: with a valid session and a permit, this much before the
    /// deadline. That moves by the time that does not count against it.
    pub(crate) async fn admit(
        &self,
        deadline: &mut Deadline,
        reserve: Duration,
        queueing: Queueing,
    ) -> Result<Admission, Refusal> {
        if let Some(admission) = self.admit_at_once() {
            return Ok(admission);
        }
        // In a box: a call that need not wait has no room for all this.
        Box::pin(self.admit_in_time(deadline, reserve, queueing)).await
    }

    /// Admits an attempt if there is a session that need not be refreshed, and no limit.
    fn admit_at_once(&self) -> Option<Admission> {
        let session = self.0.tokens.ready(self.shared().now())?;
        Some(Admission {
            session: Some(session),
            permit: self.0.acquire_at_once(LimitClass::Business)?,
        })
    }

    async fn admit_in_time(
        &self,
        deadline: &mut Deadline,
        reserve: Duration,
        queueing: Queueing,
    ) -> Result<Admission, Refusal> {
        // A token first, so that no permit is held while one is fetched.
        let mut session = self.session_before(deadline, reserve, queueing).await?;
        let (permit, has_waited) =
            noting_wait(pin!(self.permit_before(deadline, reserve, queueing))).await;
        let permit = permit?;
        if has_waited {
            // The token may have been replaced in the meantime.
            session = self.session_before(deadline, reserve, queueing).await?;
        }
        Ok(Admission {
            session: Some(session),
            permit,
        })
    }

    async fn session_before(
        &self,
        deadline: &mut Deadline,
        reserve: Duration,
        queueing: Queueing,
    ) -> Result<Session, Refusal> {
        let shared = self.shared();
        let runtime = &*shared.runtime;
        let uncounted = self.uncounted(queueing);
        let mut until = match queueing {
            Queueing::InDeadline => deadline.earlier(reserve),
            // What it takes is put on top.
            Queueing::Excluded => *deadline,
        };
        // One for all rounds: what the refresh ends with must not be missed between two of them.
        let mut session = pin!(self.session());
        loop {
            let left = until.left(runtime);
            let round = uncounted.map_or(left, |_| left.min(QUEUE_LOOK));
            if let Some(result) = within(session.as_mut(), || runtime.sleep(round)).await {
                if let Some(start) = uncounted {
                    *deadline = deadline.extended(self.now().since(start));
                }
                return result.map_err(Refusal::NoSession);
            }
            let waiting = self.0.tokens.waiting();
            if waiting.is_some() && queueing == Queueing::Excluded {
                // The token call has its time from when it has its permit.
                let anew = self.now().plus(shared.timeouts.call);
                until = Deadline::at(until.instant().max(anew));
            } else if round == left {
                return Err(match waiting {
                    Some(exceeded) => Refusal::RateLimited(LimitClass::Token, exceeded),
                    None => Refusal::NoTokenInTime(self.0.tokens.met()),
                });
            }
        }
    }

    async fn permit_before(
        &self,
        deadline: &mut Deadline,
        reserve: Duration,
        queueing: Queueing,
    ) -> Result<Permit, Refusal> {
        const CLASS: LimitClass = LimitClass::Business;
        let uncounted = self.uncounted(queueing);
        let until = match uncounted {
            None => deadline.earlier(reserve),
            Some(start) => Deadline::at(start.plus(MAX_QUEUEING)),
        };
        let permit = self
            .0
            .acquire(CLASS, until)
            .await
            .map_err(|exceeded| Refusal::RateLimited(CLASS, exceeded))?;
        if let Some(start) = uncounted {
            *deadline = deadline.extended(self.now().since(start));
        }
        Ok(permit)
    }

    /// The start of a wait that does not count against the deadline.
    fn uncounted(&self, queueing: Queueing) -> Option<Instant> {
        (queueing == Queueing::Excluded).then(|| self.now())
    }

    /// A session that is valid now.
    async fn session(&self) -> RefreshResult {
        let mut refused = None;
        for _ in 0..MAX_REFRESH_TASKS {
            let now = self.shared().now();
            let start = |refresh, is_awaited| self.start(refresh, is_awaited);
            let in_flight = match self.0.tokens.get(now, || self.now(), start) {
                Step::Use(session) => return Ok(session),
                Step::Wait(in_flight) => in_flight,
            };
            match in_flight.result().await {
                // While the refresh was under way. The next one knows it.
                Some(Ok(session)) if self.0.tokens.is_rejected(&session) => refused = Some(session),
                Some(result) => return result,
                None => {}
            }
        }
        refused.ok_or_else(|| {
            Arc::new(Error::not_sent(
                self.0.identity.call_info(token_fetch::OPERATION),
                ErrorKind::Runtime,
                "the task that fetches the token was lost".to_owned(),
            ))
        })
    }

    /// Starts a refresh in the background.
    fn start(&self, refresh: Refresh, IsAwaited(is_awaited): IsAwaited) {
        let account = self.clone();
        let scope = RefreshScope::begin(account.name(), is_awaited);
        let task = async move {
            let fetching = async {
                let result = token_fetch::fetch(&account.0).await;
                account.finish(&result);
                result
            };
            let result = scope.observe(fetching).await;
            scope.end(result.as_ref().err().map(|error| &**error));
            refresh.report(result);
        };
        let task = telemetry::with_this_subscriber(task);
        self.shared().runtime.spawn(Box::pin(task));
    }

    fn finish(&self, result: &RefreshResult) {
        let AccountState {
            tokens, secrets, ..
        } = &*self.0;
        if tokens.finish(result, self.shared().now(), self.now()) {
            secrets.set_proven();
        }
        if let Err(error) = result {
            telemetry::token_failed(&*self.shared().hooks, self.name(), error);
        }
    }

    /// Drops the session after the gateway rejected its token in an attempt that was made then. A
    /// newer one stays.
    pub(crate) fn reject(&self, session: &Session, sent: Instant) {
        self.0.tokens.reject(session, sent);
    }

    /// Takes note that a token which was fetched after a rejection was rejected as well.
    pub(crate) fn note_refresh_useless(&self) {
        self.0.tokens.note_refresh_useless(self.now());
    }

    /// Whether another token would hardly help against an ambiguous 401.
    pub(crate) fn refresh_is_useless(&self, session: &Session) -> bool {
        self.0.tokens.refresh_is_useless(session, self.now())
    }

    /// Takes over a rotated app secret, if it is about this account set.
    pub(crate) fn apply_rotation(&self, one: &Authorization) -> bool {
        let AccountState {
            identity, secrets, ..
        } = &*self.0;
        let shared = &identity.shared;
        secrets.apply_rotation(one, &identity.client_id, &shared.domains, &shared.texts)
    }

    /// The app key. The instance is asked for it where nothing else says it.
    pub(crate) async fn resolve(&self) -> Result<Box<str>, Arc<Error>> {
        authorize::resolve(&self.0).await
    }

    /// What the instance has authorized.
    pub(crate) async fn authorizations(&self) -> Result<Vec<Authorization>, Error> {
        let shared = self.shared();
        let deadline = Deadline::after(&*shared.runtime, shared.timeouts.token);
        authorize::list(&self.0, deadline).await
    }

    /// What must not be shown of this account set.
    pub(crate) fn known_secrets(&self, session: Option<&Session>) -> Known {
        self.0.redactor().known(session)
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.identity.shared
    }

    fn now(&self) -> Instant {
        Instant::now(&*self.shared().runtime)
    }
}

/// The error of a call that got no session.
pub(crate) fn no_session(info: CallInfo, outcome: Outcome, error: Arc<Error>) -> Error {
    let kind = match error.kind() {
        ErrorKind::StaleSecret => ErrorKind::StaleSecret,
        ErrorKind::LocalRateLimit => ErrorKind::LocalRateLimit,
        ErrorKind::RateLimited => ErrorKind::RateLimited,
        ErrorKind::Authorization => ErrorKind::Authorization,
        // A wrong client secret, or a clock that cannot be corrected: no token will ever come. Or
        // the gateway throttles these calls, and a later one may bring it.
        ErrorKind::Gateway(code) if error.outcome() == Outcome::NotSent => {
            ErrorKind::Gateway(*code)
        }
        _ if error.operation() == authorize::OPERATION => ErrorKind::Authorization,
        _ => ErrorKind::Token,
    };
    let said = error.description().map(str::to_owned);
    let description = match kind {
        // Not this call was refused, so the description says which one.
        ErrorKind::RateLimited => Some(format!(
            "too many {} calls, it was refused{}",
            error.operation(),
            said.map(|said| format!(": {said}")).unwrap_or_default()
        )),
        _ => said,
    };
    Error::new(info, outcome, kind)
        .with_errcode(error.errcode().cloned())
        .with_description(description)
        .with_answer(error.status(), None)
        .with_source(Some(Source {
            line: format!("{}: {}", error.operation(), error.cause()),
            error,
        }))
}
