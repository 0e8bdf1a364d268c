//! What belongs to an account set.
//!
//! Owns nothing itself; it holds what a refresh needs together. It must not know business calls.

use std::sync::Arc;

use super::app_secrets::AppSecrets;
use super::identity::AccountIdentity;
use super::limiter::Limiter;
use super::redactor::Redactor;
use super::shared_store::Entry;
use super::token_cache::TokenCache;
use crate::limit::{LimitClass, Permit, PermitId, PermitOwner, RateLimitExceeded, RateLimiter};
use crate::runtime::BoxFuture;
use crate::telemetry::WaitScope;
use crate::time::Deadline;

/// What belongs to an account set: types with state of their own.
pub(crate) struct AccountState {
    pub(crate) identity: AccountIdentity,
    pub(crate) limiter: Limiter,
    pub(crate) secrets: AppSecrets,
    pub(crate) tokens: TokenCache,
}

impl AccountState {
    /// A permit where calls of this class are not limited.
    pub(crate) fn acquire_at_once(&self, class: LimitClass) -> Option<Permit> {
        let shared = &self.identity.shared;
        if shared.limits.rate(class).is_some() {
            return None;
        }
        let scope = WaitScope::begin(&*shared.runtime);
        scope.end(&*shared.runtime, class, true);
        Some(Permit::unlimited())
    }

    /// A permit for a call of this class, waited for until the deadline.
    pub(crate) async fn acquire(
        self: &Arc<Self>,
        class: LimitClass,
        deadline: Deadline,
    ) -> Result<Permit, RateLimitExceeded> {
        let owner = self.clone();
        let runtime = &*self.identity.shared.runtime;
        let scope = WaitScope::begin(runtime);
        let acquiring = self.limiter.acquire(&self.identity, owner, class, deadline);
        let permit = acquiring.await;
        scope.end(runtime, class, permit.is_ok());
        permit
    }

    pub(crate) fn redactor(&self) -> Redactor<'_> {
        Redactor {
            client_secret: &self.identity.client_secret,
            secrets: &self.secrets,
            tokens: &self.tokens,
        }
    }
}

impl PermitOwner for AccountState {
    fn limiter(&self, class: LimitClass) -> &RateLimiter {
        self.limiter.of(class)
    }

    fn release_shared(&self, class: LimitClass, id: PermitId) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let key = self.identity.store_key();
            let entry = self.identity.entry(&key);
            self.identity.shared.store.release(entry, class, id).await;
        })
    }

    fn release_shared_later(&self, class: LimitClass, id: PermitId) {
        let (shared, name) = (self.identity.shared.clone(), self.identity.name.clone());
        let (key, client_secret) = (
            self.identity.store_key(),
            self.identity.client_secret.clone(),
        );
        self.identity.shared.runtime.spawn(Box::pin(async move {
            let entry = Entry {
                account: &name,
                key: &key,
                client_secret: &client_secret,
            };
            shared.store.release(entry, class, id).await;
        }));
    }
}
