//! Credentials and authorizations.
//!
//! Owns how they are read, selected and checked. It must not know how a token is fetched or stored,
//! and sends nothing itself.

mod pinned;

use std::fmt;
use std::sync::Arc;

use jdy_wire::{Envelope, Field};

use crate::address::{Address, AddressError, Domains};
use crate::classify::{decoded, value};
use crate::config::ConfigError;
use crate::secret::Secret;

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

    /// Chooses the account set by its app key.
    #[must_use]
    pub fn app_key(mut self, app_key: impl Into<String>) -> Self {
        self.choice.app_key = Some(app_key.into());
        self
    }

    /// Chooses the account set by its account id.
    #[must_use]
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.choice.account_id = Some(account_id.into());
        self
    }

    /// Chooses the account set by its service id.
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
    /// A variable that is missing, by name.
    pub fn from_env() -> Result<Self, ConfigError> {
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
            // With both, the instance must authorize this account set and no other.
            if self.instance.is_some() {
                self.choice
                    .app_key
                    .get_or_insert_with(|| app.key.to_string());
            }
        }
        if self
            .instance
            .as_ref()
            .is_some_and(|instance| instance.outer_instance_id.is_empty())
        {
            return Err(ConfigError::new("outer instance id", "is empty"));
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

/// The authorization of one account set, from an answer or a callback.
///
/// `Debug` does not show the app secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorization {
    /// The account set's id.
    pub account_id: String,
    /// Its name.
    pub account_name: String,
    /// The app key; it stays.
    pub app_key: String,
    /// The app secret; a new one comes every 24 hours.
    pub app_secret: Secret,
    /// The client id of the application.
    pub client_id: String,
    /// The router address.
    pub domain: String,
    /// The group.
    pub group_name: String,
    /// The outer instance id.
    pub outer_instance_id: String,
    /// The service id.
    pub service_id: String,
    /// `1` is live.
    pub status: String,
}

impl Authorization {
    /// Whether the gateway calls it live.
    pub fn is_live(&self) -> bool {
        self.status == "1"
    }
}

/// An authorization as it is sent.
struct Item {
    account_id: Field<String>,
    account_name: Field<String>,
    app_key: Field<String>,
    app_secret: Field<String>,
    client_id: Field<String>,
    domain: Field<String>,
    group_name: Field<String>,
    outer_instance_id: Field<String>,
    service_id: Field<String>,
    status: Field<String>,
}

jdy_wire::record! {
    Item in Body {
        "accountId" => account_id: Text,
        "accountName" => account_name: Text,
        "appKey" => app_key: Text,
        "appSecret" => app_secret: Text,
        "clientId" => client_id: Text,
        "domain" => domain: Text,
        "groupName" => group_name: Text,
        "outerInstanceId" => outer_instance_id: Text,
        "serviceId" => service_id: Text,
        "status" => status: Text,
    }
}

impl From<Item> for Authorization {
    fn from(item: Item) -> Self {
        let text = |field| value(field).unwrap_or_default();
        Self {
            account_id: text(item.account_id),
            account_name: text(item.account_name),
            app_key: text(item.app_key),
            app_secret: Secret::new(text(item.app_secret)),
            client_id: text(item.client_id),
            domain: text(item.domain),
            group_name: text(item.group_name),
            outer_instance_id: text(item.outer_instance_id),
            service_id: text(item.service_id),
            status: text(item.status),
        }
    }
}

/// The fields beside a list of authorizations that the usual envelope does not have.
struct Around {
    code: Field<String>,
    msg: Field<String>,
    biz_type: Field<String>,
    timestamp: Field<String>,
}

jdy_wire::record! {
    Around in Body {
        "code" => code: Text,
        "msg" => msg: Text,
        "bizType" => biz_type: Text,
        "timestamp" => timestamp: Text,
    }
}

/// Why an answer or a callback gives no authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The text is not what is expected; what was.
    InvalidResponse(&'static str),
    /// The gateway refused.
    Refused {
        /// Its code.
        code: String,
        /// Its message.
        description: String,
    },
    /// No account set fits the choice. Lists those that came, without secrets.
    NotFound(Vec<String>),
    /// Several fit. Lists them, without secrets; choose one by its app key.
    Ambiguous(Vec<String>),
    /// The instance gave one account set first, and now another. Nothing is sent to that one until a
    /// person chooses. Ids and names, without secrets.
    OtherAccount {
        /// The one that it gave first.
        first: String,
        /// What it gives now.
        now: Vec<String>,
    },
    /// Only the instance says which account set it is, and the token store could not say whether
    /// another one was used before; why not. Nothing is sent until it can, or a person chooses.
    Unconfirmed(String),
    /// The chosen one has no app key or no app secret.
    Incomplete(String),
    /// The router address that came is not one that a token may be sent to.
    Router(String),
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidResponse(expected) => write!(f, "the authorization is not {expected}"),
            Self::Refused { code, description } => {
                write!(f, "the authorization was refused: {code} {description}")
            }
            Self::NotFound(list) if list.is_empty() => {
                f.write_str("the instance has authorized no account set")
            }
            Self::NotFound(list) => {
                write!(
                    f,
                    "no account set fits the choice; there are: {}",
                    list.join("; ")
                )
            }
            Self::Ambiguous(list) => write!(
                f,
                "several account sets fit, choose one by its app key (JDY_APP_KEY): {}",
                list.join("; ")
            ),
            Self::OtherAccount { first, now } => write!(
                f,
                "the account set was {first}, and the instance now gives {}; nothing is sent to another one until it is chosen by its app key (JDY_APP_KEY)",
                now.join("; ")
            ),
            Self::Unconfirmed(why) => write!(
                f,
                "the account set of this instance cannot be confirmed while the token store fails ({why}); nothing is sent until the store works again, or the account set is chosen by its app key (JDY_APP_KEY)"
            ),
            Self::Incomplete(which) => {
                write!(
                    f,
                    "the authorization lacks app key, app secret or domain: {which}"
                )
            }
            Self::Router(why) => write!(f, "the router address that came: {why}"),
        }
    }
}

impl std::error::Error for AuthorizationError {}

/// Reads the answer to an authorization call, in either of its two envelopes.
///
/// # Errors
/// The text is no such answer, or a refusal.
pub fn read_authorizations(body: &[u8]) -> Result<Vec<Authorization>, AuthorizationError> {
    let (envelope, around) = open(body)?;
    let code = value(around.code);
    let granted = match (&envelope.errcode, code.as_deref()) {
        (Some(errcode), _) => errcode.is_success(),
        (None, Some(code)) => code == "200" || code == "0",
        (None, None) => return Err(AuthorizationError::InvalidResponse("an answer with a code")),
    };
    if !granted {
        let code = envelope.errcode.map(|errcode| errcode.to_string()).or(code);
        let words = envelope.description.or(value(around.msg));
        return Err(AuthorizationError::Refused {
            code: code.unwrap_or_default(),
            description: words.unwrap_or_default(),
        });
    }
    Ok(read_authorizations_of(envelope.data.unwrap_or("null")))
}

/// The envelope and the fields beside it, of a body that must be complete.
fn open(body: &[u8]) -> Result<(Envelope<'_>, Around), AuthorizationError> {
    let envelope = Envelope::read(body);
    if !envelope.complete {
        return Err(AuthorizationError::InvalidResponse("one JSON object"));
    }
    let text = std::str::from_utf8(body)
        .unwrap_or_default()
        .trim_start_matches('\u{feff}');
    Ok((envelope, decoded::<Around>(text).unwrap_or_default()))
}

/// What Kingdee sends to the application's own callback address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callback {
    /// The kind of message.
    pub biz_type: String,
    /// Milliseconds since 1970, as the message says.
    pub timestamp: String,
    /// The authorizations in it, each with the app secret that holds from now on.
    pub authorizations: Vec<Authorization>,
}

/// The text that a callback is answered with.
pub const CALLBACK_RESPONSE: &str = "success";

/// Reads the body of a callback, which carries rotated app secrets. Answer it with
/// [`CALLBACK_RESPONSE`].
///
/// A callback has no signature: anyone who knows the address can send one. So use from it
/// only account sets you know, and keep the old secret until the new one has worked.
///
/// # Errors
/// The text is no such message.
pub fn read_callback(body: &[u8]) -> Result<Callback, AuthorizationError> {
    let (envelope, around) = open(body)?;
    let data = envelope.data.ok_or(AuthorizationError::InvalidResponse(
        "a JSON object with data",
    ))?;
    Ok(Callback {
        biz_type: value(around.biz_type).unwrap_or_default(),
        timestamp: value(around.timestamp).unwrap_or_default(),
        authorizations: read_authorizations_of(data),
    })
}

/// A list of authorizations, or the single object that sometimes takes its place.
pub(crate) fn read_authorizations_of(data: &str) -> Vec<Authorization> {
    let items = decoded::<Vec<Item>>(data)
        .or_else(|| decoded::<Item>(data).map(|item| vec![item]))
        .unwrap_or_default();
    items
        .into_iter()
        .map(Authorization::from)
        .filter(|one| !one.app_key.is_empty())
        .collect()
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
}

fn describe(one: &Authorization) -> String {
    let name = if one.account_name.is_empty() {
        "without a name"
    } else {
        &one.account_name
    };
    format!(
        "{name} (account {}, service {}, app key {}, status {})",
        one.account_id, one.service_id, one.app_key, one.status
    )
}
