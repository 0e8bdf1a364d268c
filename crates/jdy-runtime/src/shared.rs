//! What all calls of a client share.
//!
//! Owns the settings, the gateway's time, and reports that go to the hooks and the log. It must
//! not know what a call does.

use std::sync::Arc;
use std::time::SystemTime;

use crate::account::shared_store::SharedStore;
use crate::address::{Address, Domains};
use crate::clock::Offset;
use crate::config::Timeouts;
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::error::OneLine;
use crate::hooks::Hooks;
use crate::limit::Limits;
use crate::pool::Pool;
use crate::retry::RetryPolicy;
use crate::runtime::Runtime;
use crate::transport::Transport;

/// What all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: Address,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: SharedStore,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_body: usize,
    pub(crate) max_decoded: usize,
    pub(crate) domains: Domains,
    pub(crate) offset: Offset,
    pub(crate) limits: Limits,
    pub(crate) pool: Pool,
}

impl Shared {
    /// The time of day, as the gateway sees it.
    pub(crate) fn now(&self) -> SystemTime {
        self.offset.correct(self.runtime.now())
    }

    /// A new id for a call: 128 random bits.
    pub(crate) fn call_id(&self) -> Arc<str> {
        format!(
            "{:016x}{:016x}",
            self.runtime.random(),
            self.runtime.random()
        )
        .into()
    }

    /// Reports that an account set got no token.
    pub(crate) fn token_failed(&self, account: &str, error: &Error) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "jdy",
            account = %OneLine(account),
            error = %OneLine(&error.to_string()),
            "no token"
        );
        self.hooks.token_failed(account, error);
    }

    /// Reports a router address that is sent in another spelling.
    pub(crate) fn router_over_https(&self, account: &str, given: &str) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "jdy",
            account = %OneLine(account),
            given = %OneLine(given),
            "router address spelled http:// is passed on as https://"
        );
        self.hooks.router_over_https(account, given);
    }
}
