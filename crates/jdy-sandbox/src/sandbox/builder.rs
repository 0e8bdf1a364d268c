//! Sets up and starts a sandbox.
//!
//! Owns [`Builder`]: every option, and how gateway and server are put together. Must not know how a
//! request is checked. Must not use: `crate::request`, `crate::signature`.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::seed::Seed;
use super::{Sandbox, StartError};
use crate::account::{Accounts, AuthorizeData, AuthorizeEnvelope, OldTokens};
use crate::admin::Access;
use crate::clock::{Clock, SystemClock};
use crate::fault::{Fault, Faults};
use crate::gateway::{Gateway, Limits, Observer, RecordedRequest, State};
use crate::ledger::Dedup;
use crate::server::{Acceptor, serve};
use crate::spec::Spec;

/// Sets up a sandbox. Members replace the default members, and rules the default rules.
#[derive(Default)]
pub struct Builder {
    listen: Option<SocketAddr>,
    beyond_loopback: bool,
    admin: Access,
    #[cfg(feature = "tls")]
    tls: bool,
    clock: Option<Box<dyn Clock>>,
    spec: Option<String>,
    observer: Option<Observer>,
    allow_extra: bool,
    contents: Seed,
    state: Option<Value>,
    envelope: AuthorizeEnvelope,
    shape: AuthorizeData,
    old_tokens: OldTokens,
    token_life: Option<Duration>,
    limits: Limits,
    faults: Vec<Fault>,
    seed: u64,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Listens on this address, which must be a loopback address, instead of a free port.
    #[must_use]
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = Some(addr);
        self
    }

    /// Listens on this address even if other machines can reach it. Anyone who reaches it knows its
    /// credentials, because every sandbox has the same ones.
    #[must_use]
    pub fn listen_beyond_loopback(mut self, addr: SocketAddr) -> Self {
        self.listen = Some(addr);
        self.beyond_loopback = true;
        self
    }

    /// Lets other machines use the admin interface under `/__sandbox/`, which is for this machine
    /// alone by default. They can read and change everything that the sandbox holds.
    #[must_use]
    pub fn admin_anywhere(mut self) -> Self {
        self.admin = Access::Anywhere;
        self
    }

    /// Serves https, with certificates generated at the start: a client trusts [`Sandbox::ca_pem`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Uses this clock instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Answers from this bundle (OpenAPI 3.1 as JSON) instead of the built-in one.
    #[must_use]
    pub fn spec(mut self, bundle: impl Into<String>) -> Self {
        self.spec = Some(bundle.into());
        self
    }

    /// Calls `observer` with every request, once its answer is decided. It must not call the
    /// sandbox, which would deadlock.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&RecordedRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Accepts fields that the spec does not know, in the query or at the top level of the body, and
    /// records them ([`RecordedRequest::extra`]). By default such a request is refused.
    #[must_use]
    pub fn allow_extra(mut self) -> Self {
        self.allow_extra = true;
        self
    }

    /// Answers a recharge with a repeated `src_bill_id` with the first bill, and leaves the balance
    /// as it is. Off by default: whether the real product does so is unknown.
    #[must_use]
    pub fn dedupe_src_bill_id(mut self) -> Self {
        self.contents.dedup = Dedup::BySrcBillId;
        self
    }

    /// Begins with nothing: no documents, and only the members and rules that are named here.
    #[must_use]
    pub fn empty(mut self) -> Self {
        self.contents.empty = true;
        self
    }

    /// Refuses a save that names a customer, material, unit, warehouse, supplier, department or
    /// employee that does not exist. By default such a save is accepted.
    #[must_use]
    pub fn strict_references(mut self) -> Self {
        self.contents.strict_references = true;
        self
    }

    /// Accepts several vouchers of one `source_bill_no`, so that a test sees a write that was sent
    /// twice. By default the second one is refused, as the product does by its page.
    #[must_use]
    pub fn accept_repeated_sources(mut self) -> Self {
        self.contents.repeated_sources = true;
        self
    }

    /// Begins with this state, which [`Sandbox::state`] gave. [`Sandbox::reset`] does not return to
    /// it, but to what the builder set up besides.
    #[must_use]
    pub fn state(mut self, state: Value) -> Self {
        self.state = Some(state);
        self
    }

    /// Adds a member with a balance, such as `"100.00"`, to every account set.
    #[must_use]
    pub fn member(mut self, id: impl Into<String>, balance: impl Into<String>) -> Self {
        self.contents.members.push((id.into(), balance.into()));
        self
    }

    /// Offers a member a gift for a recharge of at least this amount.
    #[must_use]
    pub fn rule(
        mut self,
        member_id: impl Into<String>,
        recharge_amount: impl Into<String>,
        donate_amount: impl Into<String>,
    ) -> Self {
        self.contents.rules.push((
            member_id.into(),
            recharge_amount.into(),
            donate_amount.into(),
        ));
        self
    }

    /// Adds an account set with this name. The first one always exists.
    #[must_use]
    pub fn account_set(mut self, name: impl Into<String>) -> Self {
        self.contents.accounts.push((name.into(), 1));
        self
    }

    /// Adds an account set that is not active (status 0).
    #[must_use]
    pub fn inactive_account_set(mut self, name: impl Into<String>) -> Self {
        self.contents.accounts.push((name.into(), 0));
        self
    }

    /// Chooses the envelope of the authorization call.
    #[must_use]
    pub fn authorize_envelope(mut self, envelope: AuthorizeEnvelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// Chooses how the authorization call answers a single account set.
    #[must_use]
    pub fn authorize_data(mut self, shape: AuthorizeData) -> Self {
        self.shape = shape;
        self
    }

    /// Chooses what becomes of the older tokens when a new one is issued.
    #[must_use]
    pub fn old_tokens(mut self, old_tokens: OldTokens) -> Self {
        self.old_tokens = old_tokens;
        self
    }

    /// Sets how long a token is valid; 24 hours by default.
    #[must_use]
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = Some(life);
        self
    }

    /// Limits the business calls of one account set per minute; more get HTTP 429. The real gateway
    /// allows 500. There is no limit by default, because tests would be slow.
    #[must_use]
    pub fn calls_per_minute(mut self, calls: u32) -> Self {
        self.limits.calls = Some(calls);
        self
    }

    /// Limits the token calls for one app key per minute; more get HTTP 429. The real gateway is
    /// said to allow about 2. There is no limit by default.
    #[must_use]
    pub fn token_calls_per_minute(mut self, calls: u32) -> Self {
        self.limits.token_calls = Some(calls);
        self
    }

    /// Adds a fault from the start.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<Fault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Seeds the random numbers of faults with a probability.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Starts it on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] if the setup is invalid or the address is not available.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let addr = self.address()?;
        #[cfg(feature = "tls")]
        let tls = self.tls;
        let gateway = Arc::new(self.gateway()?);
        let listener = TcpListener::bind(addr)
            .await
            .map_err(|error| StartError::Listen(addr, error))?;
        let addr = listener
            .local_addr()
            .map_err(|error| StartError::Listen(addr, error))?;
        #[cfg(feature = "tls")]
        let endpoint = if tls {
            Endpoint::https(addr)?
        } else {
            Endpoint::http()
        };
        #[cfg(not(feature = "tls"))]
        let endpoint = Endpoint::http();
        let (stop, stopped) = watch::channel(());
        let server = tokio::spawn(serve(
            listener,
            endpoint.acceptor,
            Arc::clone(&gateway),
            stopped,
        ));
        Ok(Sandbox {
            gateway,
            url: format!("{}://{}", endpoint.scheme, reachable(addr)),
            addr,
            #[cfg(feature = "tls")]
            ca_pem: endpoint.ca_pem,
            stop: Some(stop),
            server: Some(server),
        })
    }

    /// Starts it on its own thread, for callers without a tokio runtime or that block theirs.
    ///
    /// # Errors
    /// [`StartError`], as [`Builder::start`].
    pub fn start_blocking(self) -> Result<Sandbox, StartError> {
        let (send, receive) = std::sync::mpsc::channel();
        let addr = self.address()?;
        let run = move || {
            let runtime = match tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                Ok(runtime) => runtime,
                Err(error) => return drop(send.send(Err(StartError::Listen(addr, error)))),
            };
            runtime.block_on(async move {
                let mut started = self.start().await;
                let server = started
                    .as_mut()
                    .ok()
                    .and_then(|sandbox| sandbox.server.take());
                let _ = send.send(started);
                if let Some(server) = server {
                    let _ = server.await;
                }
            });
        };
        let thread = std::thread::Builder::new()
            .name("jdy-sandbox".to_owned())
            .spawn(run);
        thread.map_err(|error| StartError::Listen(addr, error))?;
        let gone = || StartError::Listen(addr, io::Error::other("the sandbox's thread ended"));
        receive.recv().unwrap_or_else(|_| Err(gone()))
    }

    fn address(&self) -> Result<SocketAddr, StartError> {
        let addr = self
            .listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        if !self.beyond_loopback && !addr.ip().is_loopback() {
            return Err(StartError::NotLoopback(addr));
        }
        Ok(addr)
    }

    fn gateway(self) -> Result<Gateway, StartError> {
        let sets = self.contents.account_sets();
        let data = self.contents.data(&sets)?;
        let spec = match &self.spec {
            Some(bundle) => Spec::read(bundle).map(Arc::new),
            None => built_in_spec(),
        };
        let spec = spec.map_err(StartError::Spec)?;
        let mut accounts = Accounts::new(sets);
        accounts.envelope = self.envelope;
        accounts.shape = self.shape;
        accounts.old_tokens = self.old_tokens;
        if let Some(life) = self.token_life {
            accounts.token_life_millis = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        }
        let clock = self.clock.unwrap_or_else(|| Box::new(SystemClock));
        let mut state = State::new(accounts, data, Faults::new(self.faults, self.seed))
            .with_limits(self.limits)
            .with_observer(self.observer);
        if let Some(kept) = &self.state {
            state.import(kept)?;
        }
        #[cfg(feature = "tls")]
        let scheme = if self.tls { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        Ok(Gateway::new(clock, spec, self.allow_extra, state).with_admin(self.admin, scheme))
    }
}

/// How a client connects.
struct Endpoint {
    scheme: &'static str,
    acceptor: Acceptor,
    #[cfg(feature = "tls")]
    ca_pem: Option<String>,
}

impl Endpoint {
    fn http() -> Self {
        Self {
            scheme: "http",
            acceptor: Acceptor::Plain,
            #[cfg(feature = "tls")]
            ca_pem: None,
        }
    }

    #[cfg(feature = "tls")]
    fn https(addr: SocketAddr) -> Result<Self, StartError> {
        let identity = crate::tls::Identity::new(addr.ip())
            .map_err(|error| StartError::Certificate(error.to_string()))?;
        Ok(Self {
            scheme: "https",
            acceptor: Acceptor::Tls(identity.acceptor),
            ca_pem: Some(identity.ca_pem),
        })
    }
}

/// Read once per process: a test suite starts hundreds of sandboxes.
fn built_in_spec() -> Result<Arc<Spec>, String> {
    static READ: OnceLock<Result<Arc<Spec>, String>> = OnceLock::new();
    READ.get_or_init(|| Spec::read(super::SPEC).map(Arc::new))
        .clone()
}

/// The address at which a client on this machine reaches a listener.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => addr.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => addr.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    addr
}
