//! The settings of a client, and which of them are refused.
//!
//! Owns the defaults. Must not know the environment or how a call is made.
//! Must not use: `std::env`.

use std::fmt;
use std::sync::Arc;

use super::{Client, Inner};
use crate::account::shared_store::SharedStore;
use crate::address::{Address, Domains};
use crate::clock::Offset;
use crate::config::{ConfigError, Timeouts};
use crate::credentials::Credentials;
use crate::gateway_time::ClockReading;
use crate::hooks::{Hooks, NoHooks};
use crate::interner::Interner;
use crate::limit::Limits;
use crate::retry::RetryPolicy;
use crate::runtime::Runtime;
use crate::shared::Shared;
use crate::sync::{Lock, RwLock};
use crate::token::{MemoryStore, SharedLimiter, Store};
use crate::transport::Transport;

/// The gateway's address.
pub const GATEWAY: &str = "https://api.kingdee.com";

/// The default maximum size of a response body, in bytes.
const MAX_BODY: usize = 8 << 20;
const MAX_DECODED: usize = 128 << 20;

/// The settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    pub(super) base_url: String,
    accounts: Vec<(String, Credentials)>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: Limits,
    max_body: usize,
    max_decoded: usize,
    domains: Domains,
    transport: Option<Box<dyn Transport>>,
    runtime: Option<Arc<dyn Runtime>>,
    pub(super) store: Box<dyn Store>,
    limiter: Option<Box<dyn SharedLimiter>>,
    hooks: Arc<dyn Hooks>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: GATEWAY.to_owned(),
            accounts: Vec::new(),
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            limits: Limits::default(),
            max_body: MAX_BODY,
            max_decoded: MAX_DECODED,
            domains: Domains::default(),
            transport: None,
            runtime: None,
            store: Box::new(MemoryStore::default()),
            limiter: None,
            hooks: Arc::new(NoHooks),
        }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address that will be refused may hold a password.
        let base_url = Address::parse(&self.base_url)
            .map(|address| address.as_str().to_owned())
            .ok();
        f.debug_struct("ClientBuilder")
            .field("base_url", &base_url.as_deref())
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The credentials of the account set that a call means unless it names another.
    pub fn credentials(self, credentials: Credentials) -> Self {
        self.account(Client::DEFAULT_ACCOUNT, credentials)
    }

    /// The credentials of another account set, which calls name.
    pub fn account(mut self, name: impl Into<String>, credentials: Credentials) -> Self {
        self.accounts.push((name.into(), credentials));
        self
    }

    /// Where requests go; Kingdee's gateway unless set. `https`, or `http` to a loopback address.
    pub fn base_url(mut self, address: impl Into<String>) -> Self {
        self.base_url = address.into();
        self
    }

    /// How long things may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often a call is attempted, and the backoff between the attempts.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many calls an account set makes in a time. Default: 500 business calls and 2 token
    /// calls a minute; [`Limits::none`] switches both off.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A transport of your own.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// A clock, timers, tasks and random numbers of your own.
    pub fn runtime(mut self, runtime: impl Runtime) -> Self {
        self.runtime = Some(Arc::new(runtime));
        self
    }

    /// The store that processes share tokens, refresh leases and limits through. Default: the memory
    /// of this process, which shares nothing.
    pub fn token_store(mut self, store: impl Store) -> Self {
        self.store = Box::new(store);
        self
    }

    /// What the clients of all processes keep to their limits ([`Limits`]) together through, instead
    /// of the token store. Before each call it is asked for a permit; while it fails, each client
    /// keeps to its own limits. Default: the token store.
    pub fn shared_limiter(mut self, limiter: impl SharedLimiter) -> Self {
        self.limiter = Some(Box::new(limiter));
        self
    }

    /// What is notified of the client's actions.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks = Arc::new(hooks);
        self
    }

    /// How much of an answer's body is read, in bytes. Default 8 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How much memory the lists of one answer may take once they are decoded, in bytes: a few
    /// bytes of an answer can become a record of thousands. A list beyond it stays raw
    /// ([`Field::Raw`](jdy_wire::Field::Raw)), and the drift says so. Default 128 MiB.
    pub fn max_decoded(mut self, bytes: usize) -> Self {
        self.max_decoded = bytes;
        self
    }

    /// Further domains that a router address may belong to, beside `jdy.com` and `kingdee.com`.
    /// A token is sent with every router address, so name only domains you trust.
    pub fn router_domains<T: AsRef<str>>(mut self, domains: impl IntoIterator<Item = T>) -> Self {
        for domain in domains {
            self.domains.add(domain.as_ref());
        }
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that makes no sense or is missing, by name.
    pub fn build(self) -> Result<Client, ConfigError> {
        let base = Address::parse(&self.base_url)
            .and_then(|address| address.check_base().map(|()| address))
            .map_err(|error| ConfigError::new("base URL", error.to_string()))?;
        let rates = [self.limits.calls, self.limits.token_calls];
        if rates.iter().flatten().any(|rate| !rate.is_valid()) {
            return Err(ConfigError::new(
                "limits",
                "hold a rate of no calls or no time; calls and period must be above zero",
            ));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(&self.timeouts)?,
        };
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => default_runtime()?,
        };
        let hooks: Arc<dyn Hooks> = self.hooks;
        let shared = Shared {
            #[cfg(feature = "metrics")]
            server_labels: crate::telemetry::ServerLabels::of(&base),
            base,
            transport,
            store: SharedStore::new(self.store, self.limiter, runtime.clone(), hooks.clone()),
            started: ClockReading::of(&*runtime),
            runtime,
            hooks,
            timeouts: self.timeouts,
            retry: self.retry,
            max_body: self.max_body,
            max_decoded: self.max_decoded,
            domains: self.domains,
            offset: Offset::default(),
            measured: Lock::default(),
            limits: self.limits,
            texts: Interner::default(),
        };
        let client = Client(Arc::new(Inner {
            shared: Arc::new(shared),
            accounts: RwLock::default(),
        }));
        for (name, credentials) in self.accounts {
            client.add_account(&name, credentials)?;
        }
        Ok(client)
    }
}

#[cfg(feature = "reqwest")]
fn default_transport(timeouts: &Timeouts) -> Result<Box<dyn Transport>, ConfigError> {
    let builder = crate::transport::ReqwestTransport::builder();
    Ok(Box::new(builder.connect_timeout(timeouts.connect).build()?))
}

#[cfg(all(feature = "hyper", not(feature = "reqwest")))]
fn default_transport(timeouts: &Timeouts) -> Result<Box<dyn Transport>, ConfigError> {
    let builder = crate::transport::HyperTransport::builder();
    Ok(Box::new(builder.connect_timeout(timeouts.connect).build()?))
}

#[cfg(not(any(feature = "hyper", feature = "reqwest")))]
fn default_transport(_: &Timeouts) -> Result<Box<dyn Transport>, ConfigError> {
    Err(ConfigError::new(
        "transport",
        "is not set, and the features `reqwest` and `hyper` are off",
    ))
}

#[cfg(feature = "tokio")]
fn default_runtime() -> Result<Arc<dyn Runtime>, ConfigError> {
    Ok(Arc::new(crate::runtime::TokioRuntime))
}

#[cfg(not(feature = "tokio"))]
fn default_runtime() -> Result<Arc<dyn Runtime>, ConfigError> {
    Err(ConfigError::new(
        "runtime",
        "is not set, and the feature `tokio` is off",
    ))
}
