//! The account sets that an instance has authorized, and the application's callback.
//!
//! Owns how both are read, in each of the vendor's forms. Must not know which one is chosen, nor how
//! they were asked for.

use std::fmt;

use jdy_wire::{Envelope, Field};

use crate::classify::{decoded, value};
use crate::secret::Secret;

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

pub(super) fn describe(one: &Authorization) -> String {
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
