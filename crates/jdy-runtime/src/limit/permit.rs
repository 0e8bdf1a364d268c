//! The permit to send one request.
//!
//! Owns when a permit is released: on drop, unless it was consumed. It must not know who shares
//! the limit, nor how.

use std::sync::Arc;
use std::time::Duration;

use super::{Grant, LimitClass, PermitId, RateLimiter};
use crate::runtime::BoxFuture;
use crate::time::Instant;

/// Whoever grants permits.
pub(crate) trait PermitOwner: Send + Sync {
    /// The limiter of this class of calls.
    fn limiter(&self, class: LimitClass) -> &RateLimiter;

    /// Releases a permit that several clients share.
    fn release_shared(&self, class: LimitClass, id: PermitId) -> BoxFuture<'_, ()>;

    /// Releases a permit that several clients share, in the background.
    fn release_shared_later(&self, class: LimitClass, id: PermitId);
}

/// The permit to send one request. Dropping it releases it, unless it was consumed.
#[must_use = "a permit that is dropped is released"]
pub(crate) struct Permit {
    granted: Option<Granted>,
    consumed: bool,
}

struct Granted {
    owner: Arc<dyn PermitOwner>,
    class: LimitClass,
    grant: Grant,
    shared: Option<PermitId>,
}

impl Granted {
    fn release_own(&self) {
        self.owner.limiter(self.class).release(self.grant);
    }
}

impl Permit {
    /// A permit where nothing is limited.
    pub(crate) const fn unlimited() -> Self {
        Self {
            granted: None,
            consumed: false,
        }
    }

    /// A permit of this client.
    pub(crate) fn new(owner: Arc<dyn PermitOwner>, class: LimitClass, grant: Grant) -> Self {
        let granted = Granted {
            owner,
            class,
            grant,
            shared: None,
        };
        Self {
            granted: Some(granted),
            consumed: false,
        }
    }

    /// The same permit with the shared one that goes with it.
    pub(crate) fn with_shared(mut self, id: Option<PermitId>) -> Self {
        if let Some(granted) = &mut self.granted {
            granted.shared = id;
        }
        self
    }

    /// The request is about to leave: from now on the permit is used up, also if it is dropped.
    pub(crate) fn consume(&mut self) {
        self.consumed = true;
    }

    /// Releases a consumed permit whose request did not leave, and waits until that is done.
    pub(crate) async fn release(&mut self) {
        let Some(granted) = self.granted.take() else {
            return;
        };
        granted.release_own();
        if let Some(id) = granted.shared {
            granted.owner.release_shared(granted.class, id).await;
        }
    }

    /// The gateway refused the request for its rate.
    pub(crate) fn back_off(&self, now: Instant, retry_after: Option<Duration>) {
        if let Some(granted) = &self.granted {
            let limiter = granted.owner.limiter(granted.class);
            limiter.back_off(now, granted.grant, retry_after);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.consumed {
            return;
        }
        if let Some(granted) = self.granted.take() {
            granted.release_own();
            if let Some(id) = granted.shared {
                granted.owner.release_shared_later(granted.class, id);
            }
        }
    }
}
