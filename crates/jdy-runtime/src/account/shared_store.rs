//! Access to the store that processes share: tokens, the account set of an instance, the refresh
//! lease, shared permits.
//!
//! Owns the timeout of each request to the store and the cooldown after a failure, so that a store
//! that fails stops no caller who can do without it. A failure is never reported as an empty store.
//! It must not know why something is stored.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::credentials::{Pinned, Proof, SealOfPinned};
use crate::hooks::Hooks;
use crate::limit::{Acquire, LimitClass, PermitId, Rate};
use crate::redaction::Known;
use crate::runtime::{BoxFuture, Runtime, within};
use crate::secret::Secret;
use crate::sync::Lock;
use crate::telemetry;
use crate::time::Instant;
use crate::token::{Lease, SharedLimiter, Store, StoreError, Token};

/// The time limit of one request to the store.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a store that did not answer in time is not asked again.
const COOLDOWN: Duration = Duration::from_secs(5);
/// How long a process leases the right to fetch a token. It renews the lease while it works, so
/// that the others wait no longer than this for a process that was killed.
pub(super) const LEASE: Duration = Duration::from_secs(5);

/// The store of a client.
pub(crate) struct SharedStore {
    store: Box<dyn Store>,
    /// Where the shared permits are, if not in the store.
    limiter: Option<Box<dyn SharedLimiter>>,
    runtime: Arc<dyn Runtime>,
    hooks: Arc<dyn Hooks>,
    cooldown: Cooldown,
    /// Shared permits are requested for every call, so that any failure starts their cooldown.
    /// Tokens are requested rarely: only a timeout does.
    limits_cooldown: Cooldown,
}

/// The time until which a store is not asked.
#[derive(Default)]
struct Cooldown(Lock<Instant>);

impl Cooldown {
    fn start(&self, now: Instant) {
        *self.0.lock() = now.plus(COOLDOWN);
    }

    fn is_active(&self, now: Instant) -> bool {
        now < *self.0.lock()
    }
}

/// Which account set a request is about, and the key of its token.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) account: &'a str,
    pub(crate) key: &'a str,
    pub(crate) client_secret: &'a Secret,
}

impl<'a> Entry<'a> {
    /// What the account set of an instance is sealed with under this key.
    fn seal(self) -> SealOfPinned<'a> {
        SealOfPinned {
            key: self.key,
            client_secret: self.client_secret,
        }
    }
}

/// The error of a store, which may be the user's and may quote what it was given.
fn without_secrets(error: &StoreError, of: Entry<'_>, given: Option<&Secret>) -> StoreError {
    let mut secrets = vec![of.client_secret.clone()];
    secrets.extend(given.cloned());
    let known = Known::default().and_secrets(&secrets);
    StoreError::new(known.cut_out_of(error.to_string()))
}

/// Why a request to the store brought nothing; it was reported.
enum Failed {
    WithError(StoreError),
    TimedOut(StoreError),
}

impl SharedStore {
    pub(crate) fn new(
        store: Box<dyn Store>,
        limiter: Option<Box<dyn SharedLimiter>>,
        runtime: Arc<dyn Runtime>,
        hooks: Arc<dyn Hooks>,
    ) -> Self {
        Self {
            store,
            limiter,
            runtime,
            hooks,
            cooldown: Cooldown::default(),
            limits_cooldown: Cooldown::default(),
        }
    }

    pub(crate) async fn get(&self, of: Entry<'_>) -> Option<Token> {
        let getting = self.store.get(of.key);
        let token = self.request(of, None, getting).await.ok()??;
        if !token.is_sendable() {
            let what = "what is stored under the key of a token is no token";
            self.report(of.account, &StoreError::new(what));
            return None;
        }
        Some(token)
    }

    /// The account set that is kept under the key of an instance, and how far that is believed;
    /// `Ok(None)` only if the store says that none is.
    pub(crate) async fn pinned(
        &self,
        of: Entry<'_>,
    ) -> Result<Option<(Pinned, Proof)>, StoreError> {
        let token = self.request(of, None, self.store.get(of.key)).await?;
        let pinned = token.map(|token| self.read_pinned(of, &token));
        pinned.transpose()
    }

    fn read_pinned(&self, of: Entry<'_>, token: &Token) -> Result<(Pinned, Proof), StoreError> {
        let pinned = Pinned::from_text(token.value.expose(), of.seal());
        pinned.ok_or_else(|| {
            let error = StoreError::new("what is stored of the instance names no account set");
            self.report(of.account, &error);
            error
        })
    }

    /// Keeps the account set of an instance if none is kept. Returns the one that is kept then.
    pub(crate) async fn pin_if_absent(
        &self,
        of: Entry<'_>,
        pinned: &Pinned,
    ) -> Result<(Pinned, Proof), StoreError> {
        let token = Token::of_pinned(pinned.to_text(of.seal()));
        let putting = self.store.put_if_absent(of.key, &token);
        let kept = self.request(of, None, putting).await?;
        self.read_pinned(of, &kept)
    }

    /// Keeps the account set of an instance in today's form, in that of a token that does not end.
    pub(crate) async fn pin_anew(&self, of: Entry<'_>, pinned: &Pinned) {
        let token = Token::of_pinned(pinned.to_text(of.seal()));
        let putting = self.store.put(of.key, &token);
        drop(self.request(of, None, putting).await);
    }

    pub(crate) async fn put(&self, of: Entry<'_>, token: &Token) {
        let putting = self.store.put(of.key, token);
        drop(self.request(of, Some(&token.value), putting).await);
    }

    /// Deletes the token if it is this one.
    pub(crate) async fn compare_and_delete(&self, of: Entry<'_>, token: &Secret) {
        let deleting = self.store.compare_and_delete(of.key, token);
        drop(self.request(of, Some(token), deleting).await);
    }

    /// Tries to acquire or renew the refresh lease. `None` if the store failed.
    pub(crate) async fn try_lease(&self, of: Entry<'_>, owner: &str) -> Option<Lease> {
        let leasing = self.store.try_lease(of.key, owner, LEASE);
        self.request(of, None, leasing).await.ok()
    }

    pub(crate) async fn release_lease(&self, of: Entry<'_>, owner: &str) {
        let releasing = self.store.release_lease(of.key, owner);
        drop(self.request(of, None, releasing).await);
    }

    /// Releases the lease where the caller cannot wait. A store that holds something of this process,
    /// such as a file lock, must release it when it is asked, not when the future is polled.
    pub(crate) fn release_lease_at_once(&self, key: &str, owner: &str) {
        drop(self.store.release_lease(key, owner));
    }

    /// A shared permit, or the time until one is free. `Ok(None)` if the store failed: the client
    /// then keeps to its own limit alone.
    pub(crate) async fn acquire(
        &self,
        of: Entry<'_>,
        class: LimitClass,
        rate: Rate,
    ) -> Result<Option<PermitId>, Duration> {
        let request = match &self.limiter {
            Some(limiter) => limiter.acquire(of.key, class, rate),
            None => self.store.acquire(of.key, class, rate),
        };
        match self.limits_request(of, request).await {
            Some(Acquire::Granted(id)) => Ok(Some(id)),
            Some(Acquire::RetryAfter(wait)) => Err(wait),
            None => Ok(None),
        }
    }

    pub(crate) async fn release(&self, of: Entry<'_>, class: LimitClass, id: PermitId) {
        let request = match &self.limiter {
            Some(limiter) => limiter.release(of.key, class, id),
            None => self.store.release(of.key, class, id),
        };
        self.limits_request(of, request).await;
    }

    /// Asks the store, which was given this token.
    ///
    /// In a box, so that it is not compiled once more for each module that awaits it.
    fn request<'a, T: 'a>(
        &'a self,
        of: Entry<'a>,
        given: Option<&'a Secret>,
        request: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        Box::pin(async move {
            if self.cooldown.is_active(self.now()) {
                let what = "it did not answer in time, and is not asked again for some seconds";
                return Err(StoreError::new(what));
            }
            match self.answer(of, given, request).await {
                Ok(answer) => Ok(answer),
                Err(Failed::WithError(error)) => Err(error),
                Err(Failed::TimedOut(error)) => {
                    self.cooldown.start(self.now());
                    Err(error)
                }
            }
        })
    }

    async fn limits_request<T>(
        &self,
        of: Entry<'_>,
        request: BoxFuture<'_, Result<T, StoreError>>,
    ) -> Option<T> {
        let now = self.now();
        if self.cooldown.is_active(now) || self.limits_cooldown.is_active(now) {
            return None;
        }
        let answer = self.answer(of, None, request).await;
        if answer.is_err() {
            self.limits_cooldown.start(self.now());
        }
        answer.ok()
    }

    async fn answer<T>(
        &self,
        of: Entry<'_>,
        given: Option<&Secret>,
        request: BoxFuture<'_, Result<T, StoreError>>,
    ) -> Result<T, Failed> {
        let limit = || self.runtime.sleep(REQUEST_TIMEOUT);
        let failed = match within(pin!(request), limit).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => Failed::WithError(without_secrets(&error, of, given)),
            None => Failed::TimedOut(StoreError::new("the store did not answer in time")),
        };
        let (Failed::WithError(error) | Failed::TimedOut(error)) = &failed;
        self.report(of.account, error);
        Err(failed)
    }

    fn report(&self, account: &str, error: &StoreError) {
        telemetry::store_failed(&*self.hooks, account, error);
    }

    fn now(&self) -> Instant {
        Instant::now(&*self.runtime)
    }
}
