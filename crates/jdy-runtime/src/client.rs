//! The client and its builder.
//!
//! Owns the account sets of a client, and which settings are refused. It must not know how a call
//! is made.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use jdy_wire::{Json, Record, Value};

use crate::account::shared_store::SharedStore;
use crate::account::{Account, no_session};
use crate::address::{Address, Domains};
use crate::call::Call;
use crate::clock::Offset;
use crate::config::{ConfigError, Timeouts};
use crate::credentials::{Authorization, Credentials, is_plain_http};
use crate::error::{CallInfo, Error, ErrorKind};
use crate::hooks::{Hooks, NoHooks};
use crate::limit::Limits;
use crate::method::{Effect, Method};
use crate::operation::{Operation, PreparedRequest};
use crate::outcome::Outcome;
use crate::pool::Pool;
use crate::retry::RetryPolicy;
use crate::runtime::Runtime;
use crate::secret::Secret;
use crate::shared::Shared;
use crate::sync::RwLock;
use crate::time::Instant;
use crate::token::{MemoryStore, Store};
use crate::transport::Transport;

/// The gateway's address.
pub const GATEWAY: &str = "https://api.kingdee.com";

/// The default maximum size of a response body, in bytes.
const MAX_BODY: usize = 8 << 20;
const MAX_DECODED: usize = 128 << 20;

/// Calls the gateway. Cheap to clone; clones share connections, tokens and account sets.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    accounts: RwLock<HashSet<Named>>,
}

/// An account set, looked up by its name.
struct Named(Account);

impl Borrow<str> for Named {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.name().hash(hasher);
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Named {}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.shared.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The account set that a call means unless it names another.
    pub const DEFAULT_ACCOUNT: &'static str = "default";

    /// A builder with default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the environment: the credentials ([`Credentials::from_env`]), and
    /// `JDY_BASE_URL` for another gateway than Kingdee's. `JDY_TOKEN_STORE` says where tokens
    /// are kept: `memory`, `file:PATH` (feature `file-store`), `redis://HOST:PORT` (feature
    /// `redis`) or `rediss://HOST:PORT` (feature `redis-tls`). `JDY_SHARE_LIMITS=1` lets all
    /// processes with the same Redis keep to the limits together.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    #[cfg(all(feature = "reqwest", feature = "tokio"))]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().from_env()?.build()
    }

    /// A call of an operation. The request is encoded at once and sent when the call is awaited.
    pub fn call<Q: Record + Value, D: Value>(
        &self,
        operation: &Operation<Q, D>,
        request: Q,
    ) -> Call<D> {
        let facts = operation.info();
        let prepared = operation.prepare(&request).map_err(|error| {
            let subject = CallInfo {
                operation: facts.id.into(),
                effect: facts.effect,
                key: None,
                account: Self::DEFAULT_ACCOUNT.into(),
                call_id: "".into(),
            };
            (subject, error.to_string())
        });
        Call::new(self.clone(), prepared)
    }

    /// A call without types, of a request that an operation found by name has prepared.
    pub fn send(&self, prepared: PreparedRequest) -> Call<Json> {
        Call::new(self.clone(), Ok(prepared))
    }

    /// A call of a path that the spec does not know, with the same signing and outcomes. The
    /// path and the pairs of the query are not encoded yet; the body is JSON. A GET is taken to
    /// read, everything else to write.
    pub fn raw<N: Into<String>, V: Into<String>>(
        &self,
        method: Method,
        path: impl Into<String>,
        query: impl IntoIterator<Item = (N, V)>,
        body: Option<String>,
    ) -> Call<Json> {
        let query = query
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        self.send(PreparedRequest::raw(method, path.into(), query, body))
    }

    /// Adds an account set, or replaces the credentials of one.
    ///
    /// # Errors
    /// Credentials that make no sense.
    pub fn add_account(&self, name: &str, credentials: Credentials) -> Result<(), ConfigError> {
        let shared = &self.0.shared;
        let plain = credentials
            .given_router()
            .filter(|text| is_plain_http(text));
        let plain = plain.map(str::to_owned);
        let credentials = credentials.checked(&shared.domains)?;
        if let Some(given) = plain {
            shared.router_over_https(name, &given);
        }
        let account = Account::new(name, credentials, shared);
        let mut accounts = self.0.accounts.write();
        accounts.replace(Named(account));
        Ok(())
    }

    /// Removes an account set; calls in flight continue. Returns whether there was one.
    pub fn remove_account(&self, name: &str) -> bool {
        let mut accounts = self.0.accounts.write();
        accounts.remove(name)
    }

    /// Takes over rotated app secrets from a callback
    /// ([`read_callback`](crate::credentials::read_callback)). Returns how many account sets of
    /// this client they belong to; current tokens are kept.
    pub fn apply_rotation(&self, authorizations: &[Authorization]) -> usize {
        let accounts = self.0.accounts.read();
        let meant = |named: &&Named| authorizations.iter().any(|one| named.0.apply_rotation(one));
        accounts.iter().filter(meant).count()
    }

    /// Which account set is called under this name ([`DEFAULT_ACCOUNT`](Self::DEFAULT_ACCOUNT)
    /// unless others were named): its client id and app key, neither of which is a secret. Where
    /// only an instance is known, it is asked; the account set that it gives first is the one
    /// that this client calls from then on, and what a journal should be kept for.
    ///
    /// # Errors
    /// There is no such name, or the instance gives no account set or several.
    pub async fn resolve(&self, account: &str) -> Result<AccountSet, Error> {
        let shared = &self.0.shared;
        let subject = CallInfo {
            operation: "authorize".into(),
            effect: Effect::Read,
            key: None,
            account: account.into(),
            call_id: shared.call_id(),
        };
        let start = Instant::now(&*shared.runtime);
        let Some(found) = self.account(account) else {
            let words = format!("the client has no account set named {account}");
            return Err(Error::not_sent(subject, ErrorKind::Request, words));
        };
        let app_key = found.resolve().await.map_err(|error| {
            let elapsed = Instant::now(&*shared.runtime).since(start);
            no_session(subject, Outcome::NotSent, error).with_attempts(0, elapsed)
        })?;
        Ok(AccountSet {
            client_id: found.client_id().to_owned(),
            app_key: app_key.into(),
        })
    }

    /// The address that requests go to.
    pub fn base_url(&self) -> &str {
        self.0.shared.base.as_str()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub(crate) fn account(&self, name: &str) -> Option<Account> {
        let accounts = self.0.accounts.read();
        accounts.get(name).map(|named| named.0.clone())
    }
}

/// The identity of an account set. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AccountSet {
    /// The client id.
    pub client_id: String,
    /// The app key.
    pub app_key: String,
}

/// The settings of a client.
///
/// `C` is the client that comes out: [`Client`], or one that wraps it.
#[must_use]
pub struct ClientBuilder<C = Client> {
    base_url: String,
    accounts: Vec<(String, Credentials)>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: Limits,
    max_body: usize,
    max_decoded: usize,
    domains: Domains,
    transport: Option<Box<dyn Transport>>,
    runtime: Option<Arc<dyn Runtime>>,
    store: Box<dyn Store>,
    hooks: Arc<dyn Hooks>,
    client: PhantomData<fn() -> C>,
}

impl<C> Default for ClientBuilder<C> {
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
            hooks: Arc::new(NoHooks),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
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

impl<C: From<Client>> ClientBuilder<C> {
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

    /// Takes credentials, address and token store from the environment, as `Client::from_env`
    /// does, and leaves the rest as it is.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    #[allow(clippy::wrong_self_convention)] // It adds to a builder; nothing is converted.
    pub fn from_env(mut self) -> Result<Self, ConfigError> {
        let get = |name| {
            std::env::var(name)
                .ok()
                .filter(|text| !text.trim().is_empty())
        };
        if let Some(base_url) = get("JDY_BASE_URL") {
            Address::parse(&base_url)
                .and_then(|address| address.check_base())
                .map_err(|error| ConfigError::new("JDY_BASE_URL", error.to_string()))?;
            self.base_url = base_url;
        }
        let credentials = Credentials::from_env()?;
        let limits = shared_limits(get("JDY_SHARE_LIMITS").as_deref())?;
        let store = get("JDY_TOKEN_STORE");
        // Limits cannot be shared without a store.
        let store = store.or((limits == Keep::Together).then(|| "memory".to_owned()));
        if let Some(store) = store {
            self.store = named_store(store.trim(), &credentials.client_secret, limits)?;
        }
        Ok(self.credentials(credentials))
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that makes no sense or is missing, by name.
    pub fn build(self) -> Result<C, ConfigError> {
        let base = Address::parse(&self.base_url)
            .and_then(|address| address.check_base().map(|()| address))
            .map_err(|error| ConfigError::new("base URL", error.to_string()))?;
        let rates = [self.limits.calls, self.limits.token_calls];
        if rates.iter().flatten().any(|rate| !rate.is_valid()) {
            return Err(ConfigError::new(
                "limits",
                "hold a rate of no calls or no time",
            ));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => usual_transport(&self.timeouts)?,
        };
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => usual_runtime()?,
        };
        let hooks: Arc<dyn Hooks> = self.hooks;
        let shared = Shared {
            base,
            transport,
            store: SharedStore::new(self.store, runtime.clone(), hooks.clone()),
            runtime,
            hooks,
            timeouts: self.timeouts,
            retry: self.retry,
            max_body: self.max_body,
            max_decoded: self.max_decoded,
            domains: self.domains,
            offset: Offset::default(),
            limits: self.limits,
            pool: Pool::default(),
        };
        let client = Client(Arc::new(Inner {
            shared: Arc::new(shared),
            accounts: RwLock::default(),
        }));
        for (name, credentials) in self.accounts {
            client.add_account(&name, credentials)?;
        }
        Ok(client.into())
    }
}

/// Whether the processes that use one store keep to the limits together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Alone,
    Together,
}

/// What `JDY_SHARE_LIMITS` says.
fn shared_limits(text: Option<&str>) -> Result<Keep, ConfigError> {
    match text.map(str::trim) {
        None | Some("0") => Ok(Keep::Alone),
        Some("1") => Ok(Keep::Together),
        Some(_) => Err(ConfigError::new("JDY_SHARE_LIMITS", "is neither 1 nor 0")),
    }
}

/// The store that `JDY_TOKEN_STORE` names.
fn named_store(
    name: &str,
    client_secret: &Secret,
    limits: Keep,
) -> Result<Box<dyn Store>, ConfigError> {
    let wrong = |why| Err(ConfigError::new("JDY_TOKEN_STORE", why));
    let scheme = name.split_once(':').map_or(name, |(scheme, _)| scheme);
    match scheme {
        "redis" | "rediss" => redis_store(name, client_secret, limits),
        "memory" | "file" if limits == Keep::Together => Err(ConfigError::new(
            "JDY_SHARE_LIMITS",
            "is 1, for which JDY_TOKEN_STORE must name a Redis server",
        )),
        "memory" => Ok(Box::new(MemoryStore::default())),
        "file" => file_store(name, client_secret),
        _ => wrong("is none of memory, file:PATH, redis://HOST:PORT and rediss://HOST:PORT"),
    }
}

#[cfg(feature = "file-store")]
fn file_store(name: &str, client_secret: &Secret) -> Result<Box<dyn Store>, ConfigError> {
    match name.strip_prefix("file:") {
        Some(path) if !path.is_empty() => {
            Ok(Box::new(crate::token::FileStore::new(path, client_secret)))
        }
        _ => Err(ConfigError::new("JDY_TOKEN_STORE", "names no file")),
    }
}

#[cfg(not(feature = "file-store"))]
fn file_store(_: &str, _: &Secret) -> Result<Box<dyn Store>, ConfigError> {
    let why = "names a file, and the feature `file-store` is off";
    Err(ConfigError::new("JDY_TOKEN_STORE", why))
}

#[cfg(feature = "redis")]
fn redis_store(
    name: &str,
    client_secret: &Secret,
    limits: Keep,
) -> Result<Box<dyn Store>, ConfigError> {
    let store = crate::token::RedisStore::new(name, client_secret)
        .map_err(|error| ConfigError::new("JDY_TOKEN_STORE", error.why()))?;
    Ok(Box::new(match limits {
        Keep::Alone => store,
        Keep::Together => store.share_limits(),
    }))
}

#[cfg(not(feature = "redis"))]
fn redis_store(_: &str, _: &Secret, _: Keep) -> Result<Box<dyn Store>, ConfigError> {
    let why = "names a Redis server, and the feature `redis` is off";
    Err(ConfigError::new("JDY_TOKEN_STORE", why))
}

#[cfg(feature = "reqwest")]
fn usual_transport(timeouts: &Timeouts) -> Result<Box<dyn Transport>, ConfigError> {
    let builder = crate::transport::ReqwestTransport::builder();
    Ok(Box::new(builder.connect_timeout(timeouts.connect).build()?))
}

#[cfg(not(feature = "reqwest"))]
fn usual_transport(_: &Timeouts) -> Result<Box<dyn Transport>, ConfigError> {
    Err(ConfigError::new(
        "transport",
        "is not set, and the feature `reqwest` is off",
    ))
}

#[cfg(feature = "tokio")]
fn usual_runtime() -> Result<Arc<dyn Runtime>, ConfigError> {
    Ok(Arc::new(crate::runtime::TokioRuntime))
}

#[cfg(not(feature = "tokio"))]
fn usual_runtime() -> Result<Arc<dyn Runtime>, ConfigError> {
    Err(ConfigError::new(
        "runtime",
        "is not set, and the feature `tokio` is off",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_store_is_named_in_one_word_or_refused_by_the_name_of_its_variable() {
        let secret = Secret::from("MARKER");
        let named = |name: &str| named_store(name, &secret, Keep::Alone);
        assert!(named("memory").is_ok());
        let file = named("file:/tmp/tokens");
        assert_eq!(file.is_ok(), cfg!(feature = "file-store"));
        let redis = named("redis://127.0.0.1:6379");
        assert_eq!(redis.is_ok(), cfg!(feature = "redis"));
        for wrong in ["", "file", "file:", "/tmp/tokens", "redis", "disk:x"] {
            let error = named(wrong).err();
            let setting = error.as_ref().map(ConfigError::setting);
            assert_eq!(setting, Some("JDY_TOKEN_STORE"), "{wrong}");
        }
        let error = named("redis://:MARKER@host:port").err();
        assert!(!format!("{error:?}").contains("MARKER"));
    }

    #[test]
    fn redis_over_tls_is_spoken_or_refused_with_what_to_do() {
        let secret = Secret::from("MARKER");
        let named = named_store("rediss://127.0.0.1:6379", &secret, Keep::Alone);
        let told = named.err().map(|error| error.to_string());
        if cfg!(feature = "redis-tls") {
            assert_eq!(told, None);
        } else if cfg!(feature = "redis") {
            assert!(told.is_some_and(|told| told.contains("`redis-tls`")));
        } else {
            assert!(told.is_some_and(|told| told.contains("`redis`")));
        }
    }

    #[test]
    fn limits_are_shared_through_redis_or_the_variable_is_refused() {
        assert!(shared_limits(None) == Ok(Keep::Alone));
        assert!(shared_limits(Some("0")) == Ok(Keep::Alone));
        assert!(shared_limits(Some("1")) == Ok(Keep::Together));
        assert!(shared_limits(Some("yes")).is_err());
        let secret = Secret::from("s");
        for name in ["memory", "file:/tmp/tokens"] {
            let error = named_store(name, &secret, Keep::Together).err();
            let setting = error.as_ref().map(ConfigError::setting);
            assert_eq!(setting, Some("JDY_SHARE_LIMITS"), "{name}");
        }
    }
}
