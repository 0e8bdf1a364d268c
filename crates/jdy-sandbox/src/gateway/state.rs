//! What a sandbox remembers between calls, behind the gateway's one lock.
//!
//! Owns which parts there are. Must not know how a call uses them. Must not use: `crate::server`,
//! `crate::signature`, `tokio`.

use serde_json::{Value, json};

use super::quota::{Limits, Nonces, Quota};
use super::record::{Observer, Record};
use crate::account::Accounts;
use crate::fault::Faults;
use crate::product::{self, AccountData, StateError};

const SETS: &str = "account_sets";
const ROTATIONS: &str = "rotations";
/// How many rotations a state may tell of: more than a secret a day for a lifetime.
const MAX_ROTATIONS: usize = 100_000;

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

    /// The data of all account sets as JSON, and how often their secrets were rotated: a client that
    /// kept the latest one has to find it valid in the next run.
    pub(crate) fn export(&self) -> Value {
        let mut state = product::export(self.data.iter());
        for set in &self.accounts.sets {
            let place = format!("/{SETS}/{}", set.account_id);
            if let Some(Value::Object(told)) = state.pointer_mut(&place)
                && set.rotations() > 0
            {
                told.insert(ROTATIONS.to_owned(), json!(set.rotations()));
            }
        }
        state
    }

    /// Puts what the JSON holds in place of the data, or refuses it and changes nothing.
    pub(crate) fn import(&mut self, state: &Value) -> Result<(), StateError> {
        let data = product::import(&self.data, state)?;
        let sets = self.accounts.sets.iter();
        let rotations = sets.map(|set| rotations(state, &set.account_id));
        let rotations = rotations.collect::<Result<Vec<_>, _>>()?;
        self.accounts.rotate_up_to(&rotations);
        self.data = data;
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

/// How often a state says that the secret of an account set was rotated.
fn rotations(state: &Value, account_id: &str) -> Result<usize, StateError> {
    let set = state.get(SETS).and_then(|sets| sets.get(account_id));
    let Some(told) = set.and_then(|set| set.get(ROTATIONS)) else {
        return Ok(0);
    };
    let count = told.as_u64().and_then(|count| usize::try_from(count).ok());
    count
        .filter(|count| *count <= MAX_ROTATIONS)
        .ok_or_else(|| {
            let place = format!("{SETS}.{account_id}.{ROTATIONS}");
            StateError::new(place, format!("must be 0 to {MAX_ROTATIONS}"))
        })
}
