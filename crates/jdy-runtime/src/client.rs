//! The client: the account sets that it serves, and the ways to make a call.
//!
//! Owns the account sets of a client. Must not know how a call is made.

mod builder;
mod environment;

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jdy_wire::{Json, Record, Value};

use crate::account::{Account, AccountSet, no_session};
use crate::call::{Call, NoRequest};
use crate::config::ConfigError;
use crate::credentials::{Authorization, Credentials, is_plain_http};
use crate::error::{CallInfo, Error, ErrorKind};
use crate::method::{Effect, Method};
use crate::operation::{Operation, PreparedRequest};
use crate::outcome::Outcome;
use crate::shared::Shared;
use crate::sync::RwLock;
use crate::telemetry;
use crate::time::Instant;

pub use builder::{ClientBuilder, GATEWAY};

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
    #[cfg(all(any(feature = "hyper", feature = "reqwest"), feature = "tokio"))]
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
            NoRequest::new(subject, error.to_string())
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
            telemetry::router_over_https(&*shared.hooks, name, &given);
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
    /// this client they belong to; current tokens are kept. Of several for one account set, a live one
    /// counts.
    pub fn apply_rotation(&self, authorizations: &[Authorization]) -> usize {
        let accounts = self.0.accounts.read();
        let mut live_first: Vec<&Authorization> = authorizations.iter().collect();
        live_first.sort_by_key(|one| !one.is_live());
        let meant = |named: &&Named| live_first.iter().any(|one| named.0.apply_rotation(one));
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
        let subject = self.authorize_info(account);
        let start = Instant::now(&*shared.runtime);
        let Some(found) = self.account(account) else {
            return Err(self.no_such_account(account));
        };
        let app_key = found.resolve().await.map_err(|error| {
            let elapsed = Instant::now(&*shared.runtime).since(start);
            no_session(subject, Outcome::NotSent, error).with_attempts(0, elapsed)
        })?;
        Ok(AccountSet {
            client_id: found.client_id().to_string(),
            app_key: app_key.into(),
        })
    }

    /// The account sets that the instance of these credentials has authorized, live or not. None
    /// is chosen by it.
    ///
    /// # Errors
    /// There is no such name, the credentials name no instance, or the instance did not answer.
    pub async fn authorizations(&self, account: &str) -> Result<Vec<Authorization>, Error> {
        match self.account(account) {
            Some(found) => found.authorizations().await,
            None => Err(self.no_such_account(account)),
        }
    }

    fn authorize_info(&self, account: &str) -> CallInfo {
        CallInfo {
            operation: "authorize".into(),
            effect: Effect::Read,
            key: None,
            account: account.into(),
            call_id: self.0.shared.call_id(),
        }
    }

    fn no_such_account(&self, account: &str) -> Error {
        let words = format!("the client has no account set named {account}");
        Error::not_sent(self.authorize_info(account), ErrorKind::Request, words)
    }

    /// The address that requests go to.
    pub fn base_url(&self) -> &str {
        self.0.shared.base.as_str()
    }

    /// The clocks and timers of this client: a wait that its clock has measured ends by them.
    #[doc(hidden)]
    pub fn runtime(&self) -> &dyn crate::runtime::Runtime {
        &*self.0.shared.runtime
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub(crate) fn account(&self, name: &str) -> Option<Account> {
        let accounts = self.0.accounts.read();
        accounts.get(name).map(|named| named.0.clone())
    }
}
