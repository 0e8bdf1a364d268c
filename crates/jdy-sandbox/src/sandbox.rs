//! The sandbox as its users see it: built, started, asked, and ended when it is dropped.
//!
//! It must not know how a request is judged or a byte is sent.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::account::{
    AccountSet, Accounts, AuthorizeData, AuthorizeEnvelope, CLIENT_ID, CLIENT_SECRET, FormerTokens,
    OUTER_INSTANCE_ID,
};
use crate::clock::{Clock, SystemClock};
use crate::fault::{Fault, Faults};
use crate::gateway::{ExtraFields, Gateway, Limits, Observer, Seen, State};
use crate::ledger::{Bill, Ledger, Member, Rule, decimal};
use crate::server::{Acceptor, serve};
use crate::spec::Spec;

/// The spec that the sandbox answers from: one OpenAPI document in JSON, with the `x-jdy-*` words
/// and the facts that follow from it.
pub const SPEC: &str = include_str!("../spec.json");

/// A running gateway. It ends when this is dropped.
pub struct Sandbox {
    gateway: Arc<Gateway>,
    url: String,
    addr: SocketAddr,
    #[cfg(feature = "tls")]
    ca_pem: Option<String>,
    /// Dropping the sender is what tells the server to stop.
    stop: Option<watch::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox with the default members, on a free port of the loopback interface.
    ///
    /// # Errors
    /// [`StartError`] when no port can be had.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// A sandbox to be set up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, or `https` with TLS, without a slash at its end. Of one that
    /// listens on every address it is the loopback's: a client asks no address that means any.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The certificate to trust, where it speaks TLS, in PEM form. It vouches for this sandbox alone.
    #[cfg(feature = "tls")]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The six environment variables that point a client here.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("JDY_BASE_URL", self.url.clone()),
            ("JDY_CLIENT_ID", CLIENT_ID.to_owned()),
            ("JDY_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("JDY_APP_KEY", self.app_key()),
            ("JDY_APP_SECRET", self.app_secret()),
            ("JDY_ROUTER_ADDR", self.router_addr()),
        ]
    }

    /// The client id. Every sandbox has the same one.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// The client secret. Every sandbox has the same one.
    pub fn client_secret(&self) -> &'static str {
        CLIENT_SECRET
    }

    /// The outer instance id under which all account sets were authorized.
    pub fn outer_instance_id(&self) -> &'static str {
        OUTER_INSTANCE_ID
    }

    /// The app key of the first account set.
    pub fn app_key(&self) -> String {
        self.first_account(|set| set.app_key.clone())
    }

    /// The app secret of the first account set that is good now.
    pub fn app_secret(&self) -> String {
        self.first_account(|set| set.app_secret.clone())
    }

    /// The router address of the first account set.
    pub fn router_addr(&self) -> String {
        self.first_account(|set| set.domain.clone())
    }

    fn first_account(&self, of: impl Fn(&AccountSet) -> String) -> String {
        self.gateway
            .state()
            .accounts
            .sets
            .first()
            .map(of)
            .unwrap_or_default()
    }

    /// All account sets, as an authorization tells them.
    pub fn account_sets(&self) -> Vec<AccountSet> {
        self.gateway.state().accounts.sets.clone()
    }

    /// The members of the first account set.
    pub fn members(&self) -> Vec<Member> {
        self.gateway
            .state()
            .ledgers
            .first()
            .map(|ledger| ledger.members().to_vec())
            .unwrap_or_default()
    }

    /// The balance of a member of the first account set.
    pub fn balance(&self, member_id: &str) -> Option<Decimal> {
        self.gateway
            .state()
            .ledgers
            .first()
            .and_then(|ledger| balance(ledger, member_id))
    }

    /// The balance of a member of the account set with this `accountId`.
    pub fn balance_in(&self, account_id: &str, member_id: &str) -> Option<Decimal> {
        let state = self.gateway.state();
        let at = state
            .accounts
            .sets
            .iter()
            .position(|set| set.account_id == account_id)?;
        state
            .ledgers
            .get(at)
            .and_then(|ledger| balance(ledger, member_id))
    }

    /// The bills of all account sets, those of one account set in their order.
    pub fn bills(&self) -> Vec<Bill> {
        self.gateway
            .state()
            .ledgers
            .iter()
            .flat_map(|ledger| ledger.bills().to_vec())
            .collect()
    }

    /// The latest requests, at most 10,000, the oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.gateway.state().seen.iter().cloned().collect()
    }

    /// How many token calls were signed well enough to be judged by the app secret.
    pub fn token_calls(&self) -> usize {
        self.gateway.state().token_calls
    }

    /// How many authorization calls were signed well.
    pub fn authorize_calls(&self) -> usize {
        self.gateway.state().authorize_calls
    }

    /// How many well-signed requests had a nonce that was seen before.
    pub fn replayed_nonces(&self) -> u64 {
        self.gateway.state().replayed_nonces
    }

    /// Lets something go wrong from now on.
    pub fn inject(&self, fault: impl Into<Fault>) {
        self.gateway.state().faults.add(fault.into());
    }

    /// Lets nothing go wrong from now on.
    pub fn clear_faults(&self) {
        self.gateway.state().faults.clear();
    }

    /// How often each kind of fault struck, by its word.
    pub fn faults_struck(&self) -> BTreeMap<&'static str, u64> {
        self.gateway.state().faults.struck()
    }

    /// How many requests were on their way over connections that the fault `close-after-answer`
    /// closed. Nobody has read them.
    pub fn unread_requests(&self) -> u64 {
        self.gateway.state().unread_requests
    }

    /// Rotates the app secret of every account set. App keys stay, and so do tokens.
    pub fn rotate_secret(&self) {
        self.gateway.state().accounts.rotate_for(None);
    }

    /// Gives the account set of this account id another status, as its next authorization tells
    /// it; 1 is live. Tokens stay. Tells whether there is such an account set.
    pub fn set_status(&self, account_id: &str, status: i64) -> bool {
        let accounts = &mut self.gateway.state().accounts;
        let found = accounts
            .sets
            .iter_mut()
            .find(|set| set.account_id == account_id);
        found.map(|set| set.status = status).is_some()
    }

    /// Lets every token that was issued so far expire.
    pub fn expire_tokens(&self) {
        self.gateway.state().accounts.expire_all();
    }

    /// Stops accepting, lets answers that are under way end, and returns when all connections are closed.
    /// Dropping the sandbox does the same without waiting.
    pub async fn stop(mut self) {
        self.stop = None;
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

fn balance(ledger: &Ledger, member_id: &str) -> Option<Decimal> {
    ledger
        .members()
        .iter()
        .find(|member| member.id == member_id)
        .map(|member| member.balance)
}

/// A sandbox to be set up. Each member and each rule that is named replaces the default ones.
#[derive(Default)]
pub struct Builder {
    listen: Option<SocketAddr>,
    reach: Reach,
    scheme: Scheme,
    clock: Option<Box<dyn Clock>>,
    spec: Option<String>,
    observer: Option<Observer>,
    key_memory: KeyMemory,
    extra: ExtraFields,
    members: Vec<(String, String)>,
    rules: Vec<(String, String, String)>,
    accounts: Vec<(String, i64)>,
    envelope: AuthorizeEnvelope,
    shape: AuthorizeData,
    former: FormerTokens,
    token_life: Option<Duration>,
    limits: Limits,
    faults: Vec<Fault>,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Reach {
    #[default]
    Loopback,
    Everywhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Scheme {
    #[default]
    Http,
    #[cfg(feature = "tls")]
    Https,
}

/// What a recharge does when its `src_bill_id` has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum KeyMemory {
    #[default]
    None,
    FirstBill,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Listens here instead of on a free port. Anything but loopback is refused.
    #[must_use]
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = Some(addr);
        self
    }

    /// Listens here though others than this machine can reach it. Whoever reaches it knows its
    /// credentials, since every sandbox has the same ones.
    #[must_use]
    pub fn listen_beyond_loopback(mut self, addr: SocketAddr) -> Self {
        self.listen = Some(addr);
        self.reach = Reach::Everywhere;
        self
    }

    /// Speaks https, with certificates made as it starts: a client trusts [`Sandbox::ca_pem`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.scheme = Scheme::Https;
        self
    }

    /// Takes the time from here.
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

    /// Is told of every request, as soon as its answer is decided. It must not call the sandbox.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Seen) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Lets a request pass that holds fields which the spec does not know, in its query or at the
    /// top of its body, and notes them ([`Seen::extra`]). Such a request is refused by default.
    #[must_use]
    pub fn allow_extra(mut self) -> Self {
        self.extra = ExtraFields::Noted;
        self
    }

    /// Answers a recharge whose `src_bill_id` was seen with the first bill, and raises nothing.
    /// Off by default: whether the real product does so is not known.
    #[must_use]
    pub fn dedupe_src_bill_id(mut self) -> Self {
        self.key_memory = KeyMemory::FirstBill;
        self
    }

    /// Adds a member with a balance, such as `"100.00"`, to every account set.
    #[must_use]
    pub fn member(mut self, id: impl Into<String>, balance: impl Into<String>) -> Self {
        self.members.push((id.into(), balance.into()));
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
        self.rules.push((
            member_id.into(),
            recharge_amount.into(),
            donate_amount.into(),
        ));
        self
    }

    /// Adds an account set of this name beside the first one, which always exists.
    #[must_use]
    pub fn account_set(mut self, name: impl Into<String>) -> Self {
        self.accounts.push((name.into(), 1));
        self
    }

    /// Adds an account set that is not live (status 0).
    #[must_use]
    pub fn retired_account_set(mut self, name: impl Into<String>) -> Self {
        self.accounts.push((name.into(), 0));
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

    /// Chooses what a new token does to the ones before it.
    #[must_use]
    pub fn former_tokens(mut self, former: FormerTokens) -> Self {
        self.former = former;
        self
    }

    /// Chooses how long a token lives; 24 hours unless told.
    #[must_use]
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = Some(life);
        self
    }

    /// Answers HTTP 429 to more business calls of one account set within a minute. The real gateway
    /// allows 500; here there is no limit unless told, or every test would have to be slow.
    #[must_use]
    pub fn calls_per_minute(mut self, calls: u32) -> Self {
        self.limits.calls = Some(calls);
        self
    }

    /// Answers HTTP 429 to more token calls for one app key within a minute. The real gateway is
    /// said to allow about 2; here there is no limit unless told.
    #[must_use]
    pub fn token_calls_per_minute(mut self, calls: u32) -> Self {
        self.limits.token_calls = Some(calls);
        self
    }

    /// Lets something go wrong from the beginning.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<Fault>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Chooses which calls are struck by faults with a probability.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Starts it on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when something that was set up cannot be, or the address cannot be had.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let addr = self.address()?;
        let scheme = self.scheme;
        let gateway = Arc::new(self.gateway()?);
        let listener = TcpListener::bind(addr)
            .await
            .map_err(|error| StartError::Listen(addr, error))?;
        let addr = listener
            .local_addr()
            .map_err(|error| StartError::Listen(addr, error))?;
        let door = Door::new(scheme, addr)?;
        let (stop, stopped) = watch::channel(());
        let server = tokio::spawn(serve(
            listener,
            door.acceptor,
            Arc::clone(&gateway),
            stopped,
        ));
        Ok(Sandbox {
            gateway,
            url: format!("{}://{}", door.scheme, reachable(addr)),
            addr,
            #[cfg(feature = "tls")]
            ca_pem: door.ca_pem,
            stop: Some(stop),
            server: Some(server),
        })
    }

    /// Starts it on a thread of its own, for callers without a runtime or with one that they block.
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
        if self.reach == Reach::Loopback && !addr.ip().is_loopback() {
            return Err(StartError::NotLoopback(addr));
        }
        Ok(addr)
    }

    fn gateway(self) -> Result<Gateway, StartError> {
        let ledger = self.ledger()?;
        let spec = match &self.spec {
            Some(bundle) => Spec::read(bundle).map(Arc::new),
            None => built_in_spec(),
        };
        let spec = spec.map_err(StartError::Spec)?;
        let mut sets = vec![AccountSet::numbered(1, "沙箱账套", 1)];
        for (name, status) in &self.accounts {
            sets.push(AccountSet::numbered(sets.len() + 1, name, *status));
        }
        let ledgers = sets
            .iter()
            .map(|set| ledger.clone().of_account(&set.account_id))
            .collect();
        let mut accounts = Accounts::new(sets);
        accounts.envelope = self.envelope;
        accounts.shape = self.shape;
        accounts.former = self.former;
        if let Some(life) = self.token_life {
            accounts.token_life_millis = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        }
        let clock = self.clock.unwrap_or_else(|| Box::new(SystemClock));
        let state =
            State::new(accounts, ledgers, Faults::new(self.faults, self.seed)).limited(self.limits);
        Ok(Gateway::new(clock, spec, self.observer, state).with_extra(self.extra))
    }

    fn ledger(&self) -> Result<Ledger, StartError> {
        let pair = |id: &str, balance: &str| (id.to_owned(), balance.to_owned());
        let members = match self.members.as_slice() {
            [] => vec![pair("10", "100.00"), pair("11", "0.00")],
            named => named.to_vec(),
        };
        let first = members
            .first()
            .map(|(id, _)| id.clone())
            .unwrap_or_default();
        let line = |least: &str, gift: &str| (first.clone(), least.to_owned(), gift.to_owned());
        let rules = match self.rules.as_slice() {
            [] => vec![line("50", "5"), line("200", "30")],
            named => named.to_vec(),
        };
        let members = members.into_iter().map(|(id, balance)| {
            let balance = amount(&balance)?;
            Ok(Member {
                name: format!("会员{id}"),
                id,
                balance,
            })
        });
        let rules = rules
            .into_iter()
            .enumerate()
            .map(|(at, (member_id, least, gift))| {
                Ok(Rule {
                    rule_id: format!("45265450000000{:04}", rule_number(&self.rules, &member_id)),
                    detail_id: format!("45265460000000{:04}", at + 1),
                    member_id,
                    recharge_amount: amount(&least)?,
                    donate_amount: amount(&gift)?,
                })
            });
        let ledger = Ledger::new(
            members.collect::<Result<_, StartError>>()?,
            rules.collect::<Result<_, StartError>>()?,
        );
        Ok(match self.key_memory {
            KeyMemory::None => ledger,
            KeyMemory::FirstBill => ledger.deduplicating(),
        })
    }
}

/// How connections come in.
struct Door {
    scheme: &'static str,
    acceptor: Acceptor,
    #[cfg(feature = "tls")]
    ca_pem: Option<String>,
}

impl Door {
    #[cfg_attr(
        not(feature = "tls"),
        allow(clippy::unnecessary_wraps, unused_variables)
    )]
    fn new(scheme: Scheme, addr: SocketAddr) -> Result<Self, StartError> {
        match scheme {
            Scheme::Http => Ok(Self {
                scheme: "http",
                acceptor: Acceptor::Plain,
                #[cfg(feature = "tls")]
                ca_pem: None,
            }),
            #[cfg(feature = "tls")]
            Scheme::Https => {
                let identity = crate::tls::Identity::new(addr.ip())
                    .map_err(|error| StartError::Certificate(error.to_string()))?;
                Ok(Self {
                    scheme: "https",
                    acceptor: Acceptor::Tls(identity.acceptor),
                    ca_pem: Some(identity.ca_pem),
                })
            }
        }
    }
}

/// Read once for all sandboxes of a process: a test suite starts hundreds.
fn built_in_spec() -> Result<Arc<Spec>, String> {
    static READ: OnceLock<Result<Arc<Spec>, String>> = OnceLock::new();
    READ.get_or_init(|| Spec::read(SPEC).map(Arc::new)).clone()
}

/// All lines of one member are lines of one rule, numbered by the member's first line.
fn rule_number(rules: &[(String, String, String)], member_id: &str) -> usize {
    rules
        .iter()
        .position(|(owner, _, _)| owner == member_id)
        .unwrap_or_default()
        + 1
}

fn amount(text: &str) -> Result<Decimal, StartError> {
    decimal(text).ok_or_else(|| StartError::Amount(text.to_owned()))
}

/// Why a sandbox does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The address is not a loopback address.
    NotLoopback(SocketAddr),
    /// A balance or an amount of a rule that is no decimal.
    Amount(String),
    /// A bundle that cannot be read.
    Spec(String),
    /// Certificates that cannot be made.
    Certificate(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(addr, error) => write!(f, "cannot listen on {addr}: {error}"),
            Self::NotLoopback(addr) => write!(
                f,
                "{addr} can be reached from other machines; a sandbox listens on loopback unless it is told \
                 listen_beyond_loopback"
            ),
            Self::Amount(text) => write!(f, "{text:?} is no amount; write one such as \"100.00\""),
            Self::Spec(error) => write!(f, "the spec cannot be read: {error}"),
            Self::Certificate(error) => write!(f, "no certificate can be made: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) => Some(error),
            _ => None,
        }
    }
}

/// The address by which a client of this machine reaches a listener.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => addr.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => addr.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    addr
}
