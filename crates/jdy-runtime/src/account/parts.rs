//! The parts of an account set.
//!
//! Owns nothing itself; it holds what a refresh needs together. It must not know business calls.

use std::sync::Arc;

use super::app_secrets::AppSecrets;
use super::limiter::Limiter;
use super::member::Member;
use super::redactor::Redactor;
use super::shared_store::Entry;
use super::token_cache::TokenCache;
use crate::limit::{LimitClass, Permit, PermitId, PermitOwner, RateLimitExceeded, RateLimiter};
use crate::runtime::BoxFuture;
use crate::telemetry::WaitScope;
use crate::time::Deadline;

/// The parts of an account set, each with state of its own.
pub(crate) struct Parts {
    pub(crate) member: Member,
    pub(crate) limiter: Limiter,
    pub(crate) secrets: AppSecrets,
    pub(crate) tokens: TokenCache,
}

impl Parts {
    /// A permit where calls of this class are not limited.
    pub(crate) fn acquire_at_once(&self, class: LimitClass) -> Option<Permit> {
        let shared = &self.member.shared;
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
        let runtime = &*self.member.shared.runtime;
        let scope = WaitScope::begin(runtime);
        let acquiring = self.limiter.acquire(&self.member, owner, class, deadline);
        let permit = acquiring.await;
        scope.end(runtime, class, permit.is_ok());
        permit
    }

    pub(crate) fn redactor(&self) -> Redactor<'_> {
        Redactor {
            client_secret: &self.member.client_secret,
            secrets: &self.secrets,
            tokens: &self.tokens,
        }
    }
}

impl PermitOwner for Parts {
    fn limiter(&self, class: LimitClass) -> &RateLimiter {
        self.limiter.of(class)
    }

    fn release_shared(&self, class: LimitClass, id: PermitId) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let key = self.member.store_key();
            let entry = self.member.entry(&key);
            self.member.shared.store.release(entry, class, id).await;
        })
    }

    fn release_shared_later(&self, class: LimitClass, id: PermitId) {
        let (shared, name) = (self.member.shared.clone(), self.member.name.clone());
        let key = self.member.store_key();
        self.member.shared.runtime.spawn(Box::pin(async move {
            let entry = Entry {
                account: &name,
                key: &key,
            };
            shared.store.release(entry, class, id).await;
        }));
    }
}
