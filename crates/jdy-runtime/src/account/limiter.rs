//! The rate limits of an account set, its own and those it shares.
//!
//! Owns the order: a permit of this client first, then the shared one. It must not know what a
//! permit is for.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::identity::AccountIdentity;
use crate::limit::{
    LimitClass, Permit, PermitId, PermitOwner, Rate, RateLimitExceeded, RateLimiter,
};
use crate::runtime::within;
use crate::telemetry::{self, LimitScope};
use crate::time::{Deadline, Instant};

/// One limiter for each class of calls.
#[derive(Default)]
pub(crate) struct Limiter {
    calls: RateLimiter,
    token_calls: RateLimiter,
}

impl Limiter {
    /// A permit, waited for in line until the deadline. If the store fails, the client keeps to
    /// its own limit alone.
    pub(crate) async fn acquire(
        &self,
        identity: &AccountIdentity,
        owner: Arc<dyn PermitOwner>,
        class: LimitClass,
        deadline: Deadline,
    ) -> Result<Permit, RateLimitExceeded> {
        let shared = &identity.shared;
        let Some(rate) = shared.limits.rate(class) else {
            return Ok(Permit::unlimited());
        };
        let grant = self.of(class);
        let waits = || {
            telemetry::waiting_for_permit(&*shared.hooks, &identity.name, class, LimitScope::Own);
        };
        let grant = grant
            .acquire(rate, &*shared.runtime, deadline, waits)
            .await?;
        let permit = Permit::new(owner, class, grant);
        let id = self.acquire_shared(identity, class, rate, deadline).await?;
        Ok(permit.with_shared(id))
    }

    /// A token call permit of this client, without the shared one, or the time until there is one.
    pub(crate) fn try_acquire_token_call(
        &self,
        identity: &AccountIdentity,
        owner: Arc<dyn PermitOwner>,
    ) -> Result<Permit, (Duration, RateLimitExceeded)> {
        let shared = &identity.shared;
        let Some(rate) = shared.limits.token_calls else {
            return Ok(Permit::unlimited());
        };
        let now = Instant::now(&*shared.runtime);
        match self.token_calls.take(rate, now) {
            Ok(grant) => Ok(Permit::new(owner, LimitClass::Token, grant)),
            Err(wait) => Err((wait, RateLimitExceeded(rate))),
        }
    }

    /// Adds the shared permit to a token call permit of this client, or returns the time until
    /// there is one.
    pub(crate) async fn share_token_call(
        &self,
        identity: &AccountIdentity,
        permit: Permit,
    ) -> Result<Permit, (Duration, RateLimitExceeded)> {
        let Some(rate) = identity.shared.limits.token_calls else {
            return Ok(permit);
        };
        match self
            .try_acquire_shared(identity, LimitClass::Token, rate)
            .await
        {
            Ok(id) => Ok(permit.with_shared(id)),
            Err(wait) => Err((wait, RateLimitExceeded(rate))),
        }
    }

    /// The limiter of this class of calls.
    pub(crate) fn of(&self, class: LimitClass) -> &RateLimiter {
        match class {
            LimitClass::Business => &self.calls,
            LimitClass::Token => &self.token_calls,
        }
    }

    async fn acquire_shared(
        &self,
        identity: &AccountIdentity,
        class: LimitClass,
        rate: Rate,
        deadline: Deadline,
    ) -> Result<Option<PermitId>, RateLimitExceeded> {
        let (shared, limiter) = (&identity.shared, self.of(class));
        let runtime = &*shared.runtime;
        let queue = match limiter.shared_queue() {
            Some(queue) => queue,
            None => match self.try_acquire_shared(identity, class, rate).await {
                Ok(id) => return Ok(id),
                Err(_) => {
                    let scope = LimitScope::Shared;
                    telemetry::waiting_for_permit(&*shared.hooks, &identity.name, class, scope);
                    limiter.make_shared_queue()
                }
            },
        };
        let _turn = within(pin!(queue.turn()), || runtime.sleep(deadline.left(runtime)))
            .await
            .ok_or(RateLimitExceeded(rate))?;
        loop {
            let wait = match self.try_acquire_shared(identity, class, rate).await {
                Ok(id) => return Ok(id),
                Err(wait) => wait,
            };
            if Instant::now(runtime).plus(wait) >= deadline.instant() {
                return Err(RateLimitExceeded(rate));
            }
            runtime.sleep(wait).await;
        }
    }

    async fn try_acquire_shared(
        &self,
        identity: &AccountIdentity,
        class: LimitClass,
        rate: Rate,
    ) -> Result<Option<PermitId>, Duration> {
        let key = identity.store_key();
        let entry = identity.entry(&key);
        identity.shared.store.acquire(entry, class, rate).await
    }
}
