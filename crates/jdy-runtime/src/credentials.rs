//! Credentials and authorizations.
//!
//! Owns how they are read, selected and checked. It must not know how a token is fetched or stored,
//! and sends nothing itself.

mod authorization;
mod pinned;

use std::sync::Arc;

use crate::address::{Address, AddressError, Domains};
use crate::config::{ConfigError, check_readable};
use crate::secret::Secret;

use self::authorization::describe;
pub(crate) use self::authorization::read_authorizations_of;
pub use self::authorization::{
    Authorization, AuthorizationError, CALLBACK_RESPONSE, Callback, read_authorizations,
    read_callback,
};
#[cfg(feature = "seal")]
pub(crate) use self::pinned::is_pinned_text;
pub(crate) use self::pinned::{Pinned, Proof, SealOfPinned};

/// The credentials of one account set (账套).
///
/// `Debug` shows the ids and none of the secrets.
///
/// ```
/// use std::collections::HashMap;
///
/// use jdy_runtime::Credentials;
///
/// // As the authorization gave them. With the instance, a stale app secret is replaced by itself.
/// let (id, secret) = ("200000", "0123456789abcdef");
/// let credentials = Credentials::app(id, secret, "app key", "app secret", "https://tf.jdy.com");
/// let credentials = credentials.with_instance("outer instance id");
/// assert!(!format!("{credentials:?}").contains("app secret"));
///
/// // The instance is asked for app key, app secret and router address. Of several account sets one
/// // is chosen.
/// let credentials = Credentials::instance(id, secret, "outer instance id").account_id("7");
///
/// // From a secret store, by the names that the environment has.
/// let kept = HashMap::from([
///     ("JDY_CLIENT_ID", id),
///     ("JDY_CLIENT_SECRET", secret),
///     ("JDY_OUTER_INSTANCE_ID", "outer instance id"),
/// ]);
/// let credentials = Credentials::from_names(&|name| kept.get(name).map(|text| (*text).to_owned()))?;
/// # Ok::<(), jdy_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) app: Option<App>,
    pub(crate) instance: Option<Instance>,
    pub(crate) choice: AccountSelector,
}

/// App key, app secret and router address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) key: Box<str>,
    pub(crate) secret: Secret,
    pub(crate) router: Arc<str>,
}

/// The outer instance from which app key and secret can be had.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) outer_instance_id: String,
}

/// Selects one of several authorizations.
#[derive(Clone, Debug, Default)]
pub struct AccountSelector {
    /// The one with this app key.
    pub app_key: Option<String>,
    /// The one with this account id.
    pub account_id: Option<String>,
    /// The one with this service id.
    pub service_id: Option<String>,
}

impl Credentials {
    /// The names that [`from_names`](Self::from_names) asks for.
    pub(crate) const NAMES: [&'static str; 6] = [
        "JDY_CLIENT_ID",
        "JDY_CLIENT_SECRET",
        "JDY_APP_KEY",
        "JDY_APP_SECRET",
        "JDY_ROUTER_ADDR",
        "JDY_OUTER_INSTANCE_ID",
    ];

    /// With app key, app secret and router address, as they came with the authorization.
    ///
    /// The router address is an `https` address of a Kingdee domain; a trailing slash is taken
    /// off. It is checked when the client is built.
    pub fn app(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        app_key: impl Into<String>,
        app_secret: impl Into<Secret>,
        router_addr: impl Into<String>,
    ) -> Self {
        let app = App {
            key: app_key.into().into(),
            secret: app_secret.into(),
            router: router_addr.into().into(),
        };
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            app: Some(app),
            instance: None,
            choice: AccountSelector::default(),
        }
    }

    /// With an outer instance id; the instance is asked for app key, app secret and
    /// router address.
    ///
    /// Where the instance has several live account sets, one must be chosen, by
    /// [`app_key`](Self::app_key), [`account_id`](Self::account_id) or
    /// [`service_id`](Self::service_id).
    ///
    /// Unless an app key is chosen, the token store keeps which account set came first, and nothing is
    /// sent while the store cannot say so ([`AuthorizationError::Unconfirmed`]).
    pub fn instance(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        outer_instance_id: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            app: None,
            instance: Some(Instance {
                outer_instance_id: outer_instance_id.into(),
            }),
            choice: AccountSelector::default(),
        }
    }

    /// Names the instance as well: if the app secret is stale, the instance is asked once for a new
    /// one, and the call continues.
    #[must_use]
    pub fn with_instance(mut self, outer_instance_id: impl Into<String>) -> Self {
        self.instance = Some(Instance {
            outer_instance_id: outer_instance_id.into(),
        });
        self
    }

    /// Chooses the account set by its app key. Another one than that of [`app`](Self::app) is refused
    /// when the client is built.
    #[must_use]
    pub fn app_key(mut self, app_key: impl Into<String>) -> Self {
        self.choice.app_key = Some(app_key.into());
        self
    }

    /// Chooses the account set by its account id. Without an instance, which tells account sets
    /// apart by it, it is refused when the client is built.
    #[must_use]
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.choice.account_id = Some(account_id.into());
        self
    }

    /// Chooses the account set by its service id; as [`account_id`](Self::account_id).
    #[must_use]
    pub fn service_id(mut self, service_id: impl Into<String>) -> Self {
        self.choice.service_id = Some(service_id.into());
        self
    }

    /// From the environment: `JDY_CLIENT_ID`, `JDY_CLIENT_SECRET`, and either `JDY_APP_KEY`,
    /// `JDY_APP_SECRET` and `JDY_ROUTER_ADDR`, or `JDY_OUTER_INSTANCE_ID` (with `JDY_APP_KEY` to
    /// choose), or both.
    ///
    /// # Errors
    /// A variable that is missing or not UTF-8, by name.
    pub fn from_env() -> Result<Self, ConfigError> {
        check_readable(&Self::NAMES, &|name| std::env::var(name))?;
        Self::from_names(&|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), from any source of named texts. An empty text counts as
    /// missing.
    ///
    /// # Errors
    /// A name that is missing.
    pub fn from_names(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| {
            look_up(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let need =
            |name: &'static str| get(name).ok_or_else(|| ConfigError::new(name, "is not set"));
        let (client_id, client_secret) = (need("JDY_CLIENT_ID")?, need("JDY_CLIENT_SECRET")?);
        let instance = get("JDY_OUTER_INSTANCE_ID");
        let Some(app_secret) = get("JDY_APP_SECRET") else {
            let instance = instance.ok_or_else(|| {
                ConfigError::new(
                    "JDY_APP_SECRET",
                    "is not set, and neither is JDY_OUTER_INSTANCE_ID; one of them is needed",
                )
            })?;
            let mut credentials = Self::instance(client_id, client_secret, instance);
            credentials.choice.app_key = get("JDY_APP_KEY");
            return Ok(credentials);
        };
        let (app_key, router) = (need("JDY_APP_KEY")?, need("JDY_ROUTER_ADDR")?);
        let credentials = Self::app(client_id, client_secret, app_key, app_secret, router);
        Ok(match instance {
            Some(instance) => credentials.with_instance(instance),
            None => credentials,
        })
    }

    /// Checks what can be checked without asking anyone, and brings the router address into form.
    pub(crate) fn checked(mut self, domains: &Domains) -> Result<Self, ConfigError> {
        fit_for_header("client id", &self.client_id)?;
        if self.client_secret.is_empty() {
            return Err(ConfigError::new("client secret", "is empty"));
        }
        if let Some(app) = &mut self.app {
            if app.key.is_empty() {
                return Err(ConfigError::new("app key", "is empty"));
            }
            if app.secret.is_empty() {
                return Err(ConfigError::new("app secret", "is empty"));
            }
            app.router = router(&app.router, domains)
                .map_err(|error| ConfigError::new("router address", error.to_string()))?;
            // Or calls would go to the one account set first, and later to the other.
            if let Some(other) = self.choice.app_key.as_ref().filter(|key| **key != *app.key) {
                let why = format!(
                    "{:?} comes with an app secret, and {other:?} is chosen; name one of them",
                    app.key
                );
                return Err(ConfigError::new("app key", why));
            }
            // With both, the instance must authorize this account set and no other.
            if self.instance.is_some() {
                self.choice
                    .app_key
                    .get_or_insert_with(|| app.key.to_string());
            }
        }
        match &self.instance {
            Some(instance) if instance.outer_instance_id.is_empty() => {
                return Err(ConfigError::new("outer instance id", "is empty"));
            }
            Some(_) => {}
            None => self.choice.needs_no_instance()?,
        }
        Ok(self)
    }

    /// The app key, if it is known without asking the instance.
    pub(crate) fn known_app_key(&self) -> Option<&str> {
        let own = self.app.as_ref().map(|app| &*app.key);
        own.or(self.choice.app_key.as_deref())
    }

    /// The router address as it was given.
    pub(crate) fn given_router(&self) -> Option<&str> {
        self.app.as_ref().map(|app| &*app.router)
    }
}

/// A router address in the one form that is sent: `https`, of a Kingdee domain, no slash behind.
/// It is a header's text and no way of ours, so that one which is spelled `http://`, as on older
/// account sets, means the same host.
pub(crate) fn router(text: &str, domains: &Domains) -> Result<Arc<str>, AddressError> {
    let text = text.trim();
    let host = text.get(PLAIN_HTTP.len()..).filter(|_| is_plain_http(text));
    let secure = host.map(|host| format!("https://{host}"));
    let address = Address::parse(secure.as_deref().unwrap_or(text))?;
    address.check_router(domains)?;
    Ok(address.as_str().into())
}

const PLAIN_HTTP: &str = "http://";

/// Whether an address is spelled `http://`.
pub(crate) fn is_plain_http(text: &str) -> bool {
    let scheme = text.trim().get(..PLAIN_HTTP.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(PLAIN_HTTP))
}

fn fit_for_header(what: &'static str, text: &str) -> Result<(), ConfigError> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(())
    } else {
        Err(ConfigError::new(
            what,
            "is empty or holds characters that do not fit into a header",
        ))
    }
}

impl AccountSelector {
    /// The selected authorization: of those that match, the live ones count. Without a live one, a
    /// single other one is used, and the gateway decides.
    ///
    /// # Errors
    /// None fits, or several do; both list what there is.
    pub fn choose(&self, all: Vec<Authorization>) -> Result<Authorization, AuthorizationError> {
        let listed: Vec<String> = all.iter().map(describe).collect();
        let fitting: Vec<Authorization> = all.into_iter().filter(|one| self.fits(one)).collect();
        let (live, dead): (Vec<_>, Vec<_>) = fitting.into_iter().partition(Authorization::is_live);
        let candidates = if live.is_empty() { dead } else { live };
        let described: Vec<String> = candidates.iter().map(describe).collect();
        let mut candidates = candidates.into_iter();
        match (candidates.next(), candidates.next()) {
            (Some(one), None) if one.app_secret.is_empty() || one.domain.is_empty() => {
                Err(AuthorizationError::Incomplete(describe(&one)))
            }
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(AuthorizationError::Ambiguous(described)),
            (None, _) => Err(AuthorizationError::NotFound(listed)),
        }
    }

    fn fits(&self, one: &Authorization) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
        same(&self.app_key, &one.app_key)
            && same(&self.account_id, &one.account_id)
            && same(&self.service_id, &one.service_id)
    }

    /// Only an instance says which account set has an account id or a service id: without one, calls
    /// would go to another account set than the chosen one, and nobody would notice.
    fn needs_no_instance(&self) -> Result<(), ConfigError> {
        for (name, chosen) in [
            ("account id", &self.account_id),
            ("service id", &self.service_id),
        ] {
            if chosen.is_some() {
                let why = "chooses among the account sets of an instance, and none is named; \
                           call with_instance, or leave it out";
                return Err(ConfigError::new(name, why));
            }
        }
        Ok(())
    }

    /// Whether nothing that a callback says of an account set differs from the selected one. It need
    /// not say all.
    pub(crate) fn may_mean(&self, one: &Authorization) -> bool {
        let agrees = |wanted: &Option<String>, is: &str| {
            is.is_empty() || wanted.as_ref().is_none_or(|wanted| wanted == is)
        };
        agrees(&self.account_id, &one.account_id) && agrees(&self.service_id, &one.service_id)
    }
}
