//! What a sandbox remembers between calls, behind the gateway's one lock.
//!
//! Owns which parts there are. Must not know how a call uses them. Must not use: `crate::server`,
//! `crate::signature`, `tokio`.

use serde_json::Value;

use super::quota::{Limits, Nonces, Quota};
use super::record::{Observer, Record};
use crate::account::Accounts;
use crate::fault::Faults;
use crate::product::{self, AccountData, StateError};

pub(crate) struct State {
    pub(crate) accounts: Accounts,
    /// One for each account set, in their order.
    pub(crate) data: Vec<AccountData>,
    /// What `data` was at the start.
    first: Vec<AccountData>,
    pub(crate) faults: Faults,
    pub(crate) record: Record,
    pub(crate) nonces: Nonces,
    pub(crate) token_calls: usize,
    pub(crate) authorize_calls: usize,
    pub(crate) unread_requests: u64,
    pub(super) quota: Quota,
}

impl State {
    pub(crate) fn new(accounts: Accounts, data: Vec<AccountData>, faults: Faults) -> Self {
        Self {
            accounts,
            first: data.clone(),
            data,
            faults,
            record: Record::new(None),
            nonces: Nonces::default(),
            token_calls: 0,
            authorize_calls: 0,
            unread_requests: 0,
            quota: Quota::default(),
        }
    }

    /// The data of all account sets as JSON.
    pub(crate) fn export(&self) -> Value {
        product::export(self.data.iter())
    }

    /// Puts what the JSON holds in place of the data, or refuses it and changes nothing.
    pub(crate) fn import(&mut self, state: &Value) -> Result<(), StateError> {
        self.data = product::import(&self.data, state)?;
        Ok(())
    }

    /// Makes the data what it was at the start.
    pub(crate) fn reset(&mut self) {
        self.data.clone_from(&self.first);
    }

    pub(crate) fn with_limits(mut self, limits: Limits) -> Self {
        self.quota = Quota::new(limits);
        self
    }

    pub(crate) fn with_observer(mut self, observer: Option<Observer>) -> Self {
        self.record = Record::new(observer);
        self
    }
}
