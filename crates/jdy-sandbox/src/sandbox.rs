//! A running sandbox: what a test reads from it and changes in it.
//!
//! Owns [`Sandbox`]. Must not know how a request is checked or a byte is sent.
//! Must not use: `crate::request`, `crate::server`, `crate::signature`, `crate::spec`.

mod builder;
mod error;
mod seed;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::account::{AccountSet, CLIENT_ID, CLIENT_SECRET, OUTER_INSTANCE_ID};
use crate::fault::Fault;
use crate::gateway::{Gateway, RecordedRequest};
use crate::ledger::{Bill, Ledger, Member};
use crate::product::StateError;

pub use self::builder::Builder;
pub use self::error::StartError;

/// The spec that the sandbox answers from: one OpenAPI document in JSON, with its `x-jdy-*`
/// extensions.
pub const SPEC: &str = include_str!("../spec.json");

/// A running sandbox. It stops when this is dropped.
pub struct Sandbox {
    gateway: Arc<Gateway>,
    url: String,
    addr: SocketAddr,
    #[cfg(feature = "tls")]
    ca_pem: Option<String>,
    /// Dropping the sender stops the server.
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
    /// [`StartError`] if no port is free.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Sets up a sandbox.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, or `https` with TLS, without a trailing slash. A sandbox that
    /// listens on every address gives the loopback address, which a client can connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the console, a page that shows the requests and steers the sandbox.
    pub fn console_url(&self) -> String {
        format!("{}/__sandbox/", self.url)
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// With TLS: the certificate to trust, in PEM form. It is valid for this sandbox alone.
    #[cfg(feature = "tls")]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The six environment variables that configure a client for this sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.gateway.state().accounts.environment(&self.url)
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

    /// The current app secret of the first account set.
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

    /// All account sets, as an authorization returns them.
    pub fn account_sets(&self) -> Vec<AccountSet> {
        self.gateway.state().accounts.sets.clone()
    }

    /// The members of the first account set.
    pub fn members(&self) -> Vec<Member> {
        let state = self.gateway.state();
        let first = state.data.first();
        first
            .map(|data| data.ledger.members().to_vec())
            .unwrap_or_default()
    }

    /// The balance of a member of the first account set.
    pub fn balance(&self, member_id: &str) -> Option<Decimal> {
        let state = self.gateway.state();
        balance(&state.data.first()?.ledger, member_id)
    }

    /// The balance of a member of the account set with this `accountId`.
    pub fn balance_in(&self, account_id: &str, member_id: &str) -> Option<Decimal> {
        let state = self.gateway.state();
        let at = state
            .accounts
            .sets
            .iter()
            .position(|set| set.account_id == account_id)?;
        balance(&state.data.get(at)?.ledger, member_id)
    }

    /// The bills of all account sets, in order within each.
    pub fn bills(&self) -> Vec<Bill> {
        self.gateway
            .state()
            .data
            .iter()
            .flat_map(|data| data.ledger.bills().to_vec())
            .collect()
    }

    /// The data of all account sets (members, rules, bills, documents) as JSON: `version`, and
    /// `account_sets` by `accountId`, each with the number of `rotations` of its app secret, if
    /// there was one. [`Sandbox::replace_state`] reads it again.
    pub fn state(&self) -> Value {
        self.gateway.state().export()
    }

    /// Puts a state in place of the data. An account set that it does not name stays as it is. App
    /// secrets are rotated as often as it says; a rotation is never taken back.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be used; nothing is changed then.
    pub fn replace_state(&self, state: &Value) -> Result<(), StateError> {
        self.gateway.state().import(state)
    }

    /// Makes the data what the builder set up. Tokens, faults and the record of requests stay.
    pub fn reset(&self) {
        self.gateway.state().reset();
    }

    /// The latest requests, at most 10,000 and 8 MiB of text, the oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.gateway.state().record.requests().cloned().collect()
    }

    /// How many token calls had a valid request signature.
    pub fn token_calls(&self) -> usize {
        self.gateway.state().token_calls
    }

    /// How many authorization calls had a valid signature.
    pub fn authorize_calls(&self) -> usize {
        self.gateway.state().authorize_calls
    }

    /// How many requests with a valid signature reused a nonce.
    pub fn replayed_nonces(&self) -> u64 {
        self.gateway.state().nonces.replayed()
    }

    /// Adds a fault.
    pub fn inject(&self, fault: impl Into<Fault>) {
        self.gateway.state().faults.add(fault.into());
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.gateway.state().faults.clear();
    }

    /// How often each kind of fault fired, by its word.
    pub fn faults_fired(&self) -> BTreeMap<&'static str, u64> {
        self.gateway.state().faults.fired()
    }

    /// How many requests were in flight on connections that the fault `close-after-answer` closed.
    /// They were never read.
    pub fn unread_requests(&self) -> u64 {
        self.gateway.state().unread_requests
    }

    /// Moves the clock ahead; it goes on from there.
    pub fn advance_clock(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let now = self.gateway.now();
        self.gateway.set_clock(now.saturating_add(by));
    }

    /// Sets the clock to this time in epoch milliseconds; it goes on from there.
    pub fn set_clock(&self, epoch_millis: i64) {
        self.gateway.set_clock(epoch_millis);
    }

    /// Rotates the app secret of every account set. App keys and tokens stay valid.
    pub fn rotate_secret(&self) {
        self.gateway.state().accounts.rotate_for(None);
    }

    /// Sets the status of an account set, as its next authorization returns it; 1 is active.
    /// Tokens stay valid. Returns whether the account set exists.
    pub fn set_status(&self, account_id: &str, status: i64) -> bool {
        let accounts = &mut self.gateway.state().accounts;
        let found = accounts
            .sets
            .iter_mut()
            .find(|set| set.account_id == account_id);
        found.map(|set| set.status = status).is_some()
    }

    /// Expires every token issued so far.
    pub fn expire_tokens(&self) {
        self.gateway.state().accounts.expire_all();
    }

    /// Stops accepting, finishes answers in flight, and returns when all connections are closed.
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
