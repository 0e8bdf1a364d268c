//! The client of the facade: the runtime's client, with a method for each module.
//!
//! Owns the names under which operations are found. Must not know how a call is made: that is the
//! runtime's.

use std::ops::Deref;

#[cfg(all(feature = "reqwest", feature = "tokio"))]
use jdy_runtime::ConfigError;

use crate::ClientBuilder;

/// Calls the gateway. Cheap to clone; clones share connections, tokens and account sets.
///
/// It dereferences to the runtime's client, which has the calls without a module:
/// [`raw`](jdy_runtime::Client::raw), [`send`](jdy_runtime::Client::send),
/// [`add_account`](jdy_runtime::Client::add_account) and the rest.
#[derive(Clone, Debug)]
pub struct Client(jdy_runtime::Client);

impl Client {
    /// A client to be put together.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client from the environment: `JDY_CLIENT_ID`, `JDY_CLIENT_SECRET`, and either
    /// `JDY_APP_KEY`, `JDY_APP_SECRET` and `JDY_ROUTER_ADDR`, or `JDY_OUTER_INSTANCE_ID`.
    /// `JDY_BASE_URL` names another gateway than Kingdee's.
    ///
    /// # Errors
    /// A variable that is missing or makes no sense, by name.
    #[cfg(all(feature = "reqwest", feature = "tokio"))]
    pub fn from_env() -> Result<Self, ConfigError> {
        jdy_runtime::Client::from_env().map(Self)
    }
}

jdy_operations::modules!(Client);

impl From<jdy_runtime::Client> for Client {
    fn from(client: jdy_runtime::Client) -> Self {
        Self(client)
    }
}

impl Deref for Client {
    type Target = jdy_runtime::Client;

    fn deref(&self) -> &jdy_runtime::Client {
        &self.0
    }
}
