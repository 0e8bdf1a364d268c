//! One refresh: from the store, or else lease, permit, token call, store.
//!
//! Owns the order of these steps, and what becomes of a stale app secret. It must not know who
//! waits for the token.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::authorize::{authorize, resolve};
use super::gateway_call::{GatewayCall, PermitNeed};
use super::shared_store::{LEASE, SharedStore};
use super::state::AccountState;
use super::token_cache::{RefreshResult, Session};
use crate::classify::classify;
use crate::credentials::App;
use crate::error::{Error, ErrorKind};
use crate::hooks::{TokenInfo, TokenOrigin};
use crate::limit::{LimitClass, Permit, RateLimitExceeded};
use crate::method::Method;
use crate::runtime::{Runtime, within};
use crate::secret::Secret;
use crate::shared::Shared;
use crate::signing::app_signature;
use crate::telemetry::{self, LimitScope, WaitScope};
use crate::time::{Deadline, Instant};
use crate::token::{Lease, Token};

const PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
pub(super) const OPERATION: &str = "token";

/// How often a process that waits for a token call permit looks into the store.
const PERMIT_POLL: Duration = Duration::from_secs(1);
/// How often a process that waits for the lease looks into the store.
const LEASE_POLL: Duration = Duration::from_millis(100);
/// A token that expires sooner is not used: a call takes up to some seconds.
const MIN_TOKEN_LIFE: Duration = Duration::from_secs(5);

/// Which token from the store is good enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// One that is not due for a refresh.
    Fresh,
    /// One that is still valid.
    Valid,
}

/// How an attempt to fetch a token ends.
enum Fetched {
    Session(Session),
    Failed(Arc<Error>),
    /// There is no shared token call permit for this long.
    RateLimited(Duration),
}

/// What a fetch begins with.
enum TokenOrPermit {
    /// A token from the store, so that it is over.
    Token(Session),
    /// A permit for the token call.
    Permit(Permit),
}

/// A refresh of the token of one account set.
pub(super) struct TokenFetch<'a> {
    state: &'a Arc<AccountState>,
    shared: &'a Shared,
    runtime: &'a dyn Runtime,
    store: &'a SharedStore,
    key: String,
    rejected: Option<Secret>,
}

/// Refreshes the token.
pub(super) async fn fetch(state: &Arc<AccountState>) -> RefreshResult {
    // Which account set it is comes first: the store may hold the token of another one.
    resolve(state).await?;
    let shared = &*state.identity.shared;
    let fetch = TokenFetch {
        state,
        shared,
        runtime: &*shared.runtime,
        store: &shared.store,
        key: state.identity.store_key(),
        rejected: state.tokens.rejected(),
    };
    fetch.run().await
}

impl TokenFetch<'_> {
    async fn run(&self) -> RefreshResult {
        if let Some(rejected) = &self.rejected {
            let entry = self.state.identity.entry(&self.key);
            self.store.compare_and_delete(entry, rejected).await;
        }
        if self.state.secrets.needs_secret() {
            // A token call with the current secret is not worth a permit.
            if let Some(session) = self.stored(Freshness::Valid).await {
                return Ok(session);
            }
            authorize(self.state, self.deadline()).await?;
        }
        loop {
            let permit = match self.token_or_permit().await {
                TokenOrPermit::Token(session) => return Ok(session),
                TokenOrPermit::Permit(permit) => permit,
            };
            let wait = match self.fetch_in_time(permit).await {
                Fetched::Session(session) => return Ok(session),
                Fetched::Failed(error) => return Err(error),
                Fetched::RateLimited(wait) => wait,
            };
            // The shared limit is used up. A token that is due serves better than none.
            if let Some(session) = self.stored(Freshness::Valid).await {
                return Ok(session);
            }
            let scope = WaitScope::begin(self.runtime);
            self.runtime.sleep(wait.min(PERMIT_POLL)).await;
            scope.end(self.runtime, LimitClass::Token, false);
        }
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.runtime, self.shared.timeouts.token)
    }

    /// A token from the store, or else a permit of this client for the token call.
    ///
    /// The permit is waited for as long as it takes; those who wait for the token have deadlines of
    /// their own. Meanwhile another process may store a token, and one that is due but valid
    /// serves better than none.
    async fn token_or_permit(&self) -> TokenOrPermit {
        let AccountState {
            identity, limiter, ..
        } = &**self.state;
        let mut freshness = Freshness::Fresh;
        let scope = WaitScope::begin(self.runtime);
        loop {
            if let Some(session) = self.stored(freshness).await {
                return TokenOrPermit::Token(session);
            }
            match limiter.try_acquire_token_call(identity, self.state.clone()) {
                Ok(permit) => {
                    scope.end(self.runtime, LimitClass::Token, true);
                    return TokenOrPermit::Permit(permit);
                }
                Err((_, exceeded)) if freshness == Freshness::Fresh => {
                    self.begin_wait(exceeded, LimitScope::Own);
                    freshness = Freshness::Valid;
                }
                Err((wait, _)) => self.runtime.sleep(wait.min(PERMIT_POLL)).await,
            }
        }
    }

    /// Fetches a token within the time limit of a refresh.
    async fn fetch_in_time(&self, permit: Permit) -> Fetched {
        let owner = self.shared.call_id();
        let (start, deadline) = (Instant::now(self.runtime), self.deadline());
        let limit = || self.runtime.sleep(deadline.instant().since(start));
        let fetching = self.fetch(&owner, permit, start, deadline);
        if let Some(fetched) = within(pin!(fetching), limit).await {
            return fetched;
        }
        self.release_lease(&owner).await;
        Fetched::Failed(Arc::new(Error::not_sent(
            self.state.identity.call_info(OPERATION),
            ErrorKind::Timeout,
            "timed out fetching the token".to_owned(),
        )))
    }

    async fn fetch(
        &self,
        owner: &str,
        permit: Permit,
        start: Instant,
        deadline: Deadline,
    ) -> Fetched {
        let _guard = LeaseGuard {
            store: self.store,
            key: &self.key,
            owner,
        };
        // An owner that renews its lease is still at work, so it is waited for as long as there is
        // time for an attempt afterwards; if that is short, for half of the time.
        let half = start.plus(deadline.instant().since(start) / 2);
        let patience = deadline.instant().minus(self.shared.timeouts.attempt);
        if let Some(session) = self.lease(owner, Deadline::at(patience.max(half))).await {
            return Fetched::Session(session);
        }
        // The shared permit only now: of all who wait for the lease, one makes the call.
        let permit = match self.with_shared(permit).await {
            Ok(permit) => permit,
            Err(wait) => {
                self.release_lease(owner).await;
                return Fetched::RateLimited(wait);
            }
        };
        let fetched = self
            .renewing_lease(owner, self.fetch_token(permit, deadline))
            .await;
        if let Ok(session) = &fetched {
            if self.rejected.as_ref() == Some(&session.token.value) {
                let now = Instant::now(self.runtime);
                (self.state.tokens).note_given_again(&session.token.value, now);
            }
            let entry = self.state.identity.entry(&self.key);
            self.store.put(entry, &session.token).await;
            self.report(&session.token, TokenOrigin::Gateway);
        }
        self.release_lease(owner).await;
        match fetched {
            Ok(session) => Fetched::Session(session),
            Err(error) => self.fall_back(error).await,
        }
    }

    /// An old token that is still valid is better than none; the failure is reported.
    async fn fall_back(&self, error: Arc<Error>) -> Fetched {
        let Some(session) = self.find(Freshness::Valid).await else {
            return Fetched::Failed(error);
        };
        telemetry::token_failed(&*self.shared.hooks, &self.state.identity.name, &error);
        self.report_stored(&session);
        Fetched::Session(session)
    }

    async fn with_shared(&self, permit: Permit) -> Result<Permit, Duration> {
        let AccountState {
            identity,
            limiter,
            tokens,
            ..
        } = &**self.state;
        match limiter.share_token_call(identity, permit).await {
            Ok(permit) => {
                tokens.stop_waiting();
                Ok(permit)
            }
            Err((wait, exceeded)) => {
                self.begin_wait(exceeded, LimitScope::Shared);
                Err(wait)
            }
        }
    }

    /// From now on the refresh waits for a token call permit, which is reported once.
    fn begin_wait(&self, exceeded: RateLimitExceeded, scope: LimitScope) {
        let AccountState {
            identity, tokens, ..
        } = &**self.state;
        if tokens.waiting().is_none() {
            let (hooks, class) = (&*identity.shared.hooks, LimitClass::Token);
            telemetry::waiting_for_permit(hooks, &identity.name, class, scope);
        }
        tokens.wait(exceeded);
    }

    /// Waits until this process has the lease, or another one has stored a token. A store that
    /// fails is not waited for.
    async fn lease(&self, owner: &str, patience: Deadline) -> Option<Session> {
        loop {
            let entry = self.state.identity.entry(&self.key);
            let lease = self.store.try_lease(entry, owner).await?;
            // Another process may have stored its token just before this one got the lease.
            if let Some(session) = self.stored(Freshness::Fresh).await {
                self.release_lease(owner).await;
                return Some(session);
            }
            if lease == Lease::Granted || patience.is_over(self.runtime) {
                return None;
            }
            self.runtime.sleep(LEASE_POLL).await;
        }
    }

    async fn release_lease(&self, owner: &str) {
        let entry = self.state.identity.entry(&self.key);
        self.store.release_lease(entry, owner).await;
    }

    /// Does the work, and renews the lease meanwhile.
    async fn renewing_lease<T>(&self, owner: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let done = within(work.as_mut(), || self.runtime.sleep(LEASE / 3)).await;
            if let Some(done) = done {
                return done;
            }
            let entry = self.state.identity.entry(&self.key);
            self.store.try_lease(entry, owner).await;
        }
    }

    /// A token from the store that is better than the one at hand, reported to the hooks.
    async fn stored(&self, freshness: Freshness) -> Option<Session> {
        let session = self.find(freshness).await?;
        self.report_stored(&session);
        Some(session)
    }

    /// Like `stored`, without notifying the hooks.
    async fn find(&self, freshness: Freshness) -> Option<Session> {
        let entry = self.state.identity.entry(&self.key);
        let token = self.store.get(entry).await?;
        let now = self.shared.now();
        let is_fresh = freshness == Freshness::Valid || !token.is_due(now);
        let is_rejected = self.rejected.as_ref() == Some(&token.value);
        if !token.is_valid(now) || !is_fresh || is_rejected {
            return None;
        }
        let router = match self.state.secrets.proven_router() {
            Some(router) => router,
            // The token is known, but not yet the address it belongs to.
            None => authorize(self.state, self.deadline()).await.ok()?.router,
        };
        Some(Session { token, router })
    }

    fn report(&self, token: &Token, origin: TokenOrigin) {
        let news = TokenInfo {
            refresh_after: token.refresh_after,
            expires_at: token.expires_at,
            origin,
        };
        let name = &self.state.identity.name;
        telemetry::token_refreshed(&*self.shared.hooks, name, &news);
    }

    /// Reports a token from the store, unless it is the one at hand.
    fn report_stored(&self, session: &Session) {
        if !self.state.tokens.holds(session) {
            self.report(&session.token, TokenOrigin::Store);
        }
    }

    /// Makes the token call. A stale app secret is replaced by the instance's, once, or else by each
    /// other one that is known, and the call repeated.
    async fn fetch_token(&self, permit: Permit, deadline: Deadline) -> RefreshResult {
        let secrets = &self.state.secrets;
        let (mut app, mut authorized) = self.app_to_try(deadline).await?;
        let (mut permit, mut refused) = (PermitNeed::Held(permit), Vec::new());
        loop {
            let error = match self.token_call(&app, permit, deadline).await {
                Ok(session) => {
                    secrets.confirm(&app, &refused);
                    return Ok(session);
                }
                Err(error) => error,
            };
            if *error.kind() != ErrorKind::StaleSecret {
                secrets.give_turn(&refused);
                return Err(error);
            }
            secrets.note_secret_refused();
            if authorized {
                return Err(error);
            }
            if secrets.instance().is_none() {
                secrets.set_aside(&app);
            }
            refused.push(app.secret);
            (app, authorized) = self.app_after_stale(&refused, error, deadline).await?;
            permit = PermitNeed::PerAttempt;
        }
    }

    /// The app whose secret is tried first, and whether the instance was asked for it.
    ///
    /// A secret that has brought a token before is most likely stale by now. If an instance is
    /// known, it is asked first, which saves a token call: they are few.
    async fn app_to_try(&self, deadline: Deadline) -> Result<(App, bool), Arc<Error>> {
        let secrets = &self.state.secrets;
        let (known, is_proven) = secrets.current_and_proven();
        match known {
            Some(app) if !is_proven || secrets.instance().is_none() => Ok((app, false)),
            known => match (authorize(self.state, deadline).await, known) {
                (Ok(app), _) => Ok((app, true)),
                (Err(_), Some(app)) if !secrets.needs_secret() => Ok((app, false)),
                (Err(error), _) => Err(error),
            },
        }
    }

    /// The app to try after these secrets were stale, and whether the instance was asked for it. A
    /// callback may have brought another one, also in the meantime; otherwise the instance is asked.
    async fn app_after_stale(
        &self,
        refused: &[Secret],
        error: Arc<Error>,
        deadline: Deadline,
    ) -> Result<(App, bool), Arc<Error>> {
        let secrets = &self.state.secrets;
        let current = secrets.current();
        match current.filter(|current| !refused.contains(&current.secret)) {
            Some(other) => Ok((other, false)),
            None if secrets.instance().is_some() => {
                Ok((authorize(self.state, deadline).await?, true))
            }
            None => Err(error),
        }
    }

    async fn token_call(&self, app: &App, permit: PermitNeed, deadline: Deadline) -> RefreshResult {
        let signature = app_signature(&app.secret, &app.key);
        let query = [
            ("app_key".to_owned(), app.key.to_string()),
            ("app_signature".to_owned(), signature),
        ];
        let start = Instant::now(self.runtime);
        let call = GatewayCall {
            state: self.state,
            operation: OPERATION,
            method: Method::Get,
            path: PATH,
            query: &query,
            permit,
            classify,
        };
        let success = call.run(deadline).await.map_err(Arc::new)?;
        let took = Instant::now(self.runtime).since(start);
        let token = self.read_token(success.data().unwrap_or("null"), took)?;
        Ok(Session {
            token,
            router: app.router.clone(),
        })
    }

    fn read_token(&self, data: &str, took: Duration) -> RefreshResultOf<Token> {
        // Only now: the answer may have corrected the clock.
        let now = self.shared.now();
        let requested = now.checked_sub(took).unwrap_or(now);
        let no_token = |words: String| {
            let info = self.state.identity.call_info(OPERATION);
            Arc::new(Error::not_sent(info, ErrorKind::InvalidBody, words))
        };
        let token = Token::read(data, requested)
            .ok_or_else(|| no_token("the answer to the token call has no token".to_owned()))?;
        let life = token.expires_at.duration_since(now).unwrap_or_default();
        if life < MIN_TOKEN_LIFE {
            return Err(no_token(format!(
                "the token expires in {} ms, too soon for a call; it is not used",
                life.as_millis()
            )));
        }
        Ok(token)
    }
}

type RefreshResultOf<T> = Result<T, Arc<Error>>;

/// Releases the lease when a refresh is dropped: a store that holds something of this process,
/// such as a file lock, would keep it for as long as the process lives.
struct LeaseGuard<'a> {
    store: &'a SharedStore,
    key: &'a str,
    owner: &'a str,
}

impl Drop for LeaseGuard<'_> {
    fn drop(&mut self) {
        self.store.release_lease_at_once(self.key, self.owner);
    }
}
