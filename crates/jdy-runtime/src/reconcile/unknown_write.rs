//! A write whose outcome is unknown: what is needed to look it up.
//!
//! Owns the request, the account set and the time of the last attempt. Must not know how it is
//! looked up. Must not use: `crate::client`, `crate::call`.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::ReconcileOptions;
use super::rule::provable_from;
use crate::account::{Account, AccountSet, AccountSetId};
use crate::operation::PreparedRequest;

/// A write whose outcome is unknown.
///
/// An error carries one ([`Error::unknown_write`](crate::Error::unknown_write)); a journal builds
/// one from what it keeps. `Debug` shows the operation, the caller's key, the account set and the
/// time, never the query or the body.
#[derive(Clone)]
pub struct UnknownWrite {
    prepared: Arc<PreparedRequest>,
    account: Arc<str>,
    /// Which account set the name meant; none where that is not known.
    account_set: Option<AccountSetId>,
    /// The same as its caller kept it, who does not know the gateway's part of it.
    only_in: Option<Arc<AccountSet>>,
    last_attempt: Option<SystemTime>,
}

impl UnknownWrite {
    /// A write that was sent to this account set. No attempt of it was made, or signed, later than
    /// `last_attempt` by the gateway's clock. `None` where that is not known, but none is under way
    /// any more: then it counts from the look-up.
    pub fn new(
        prepared: PreparedRequest,
        account: impl Into<Arc<str>>,
        last_attempt: Option<SystemTime>,
    ) -> Self {
        Self {
            prepared: Arc::new(prepared),
            account: account.into(),
            account_set: None,
            only_in: None,
            last_attempt,
        }
    }

    /// The same with the account set that its account was when it was sent.
    pub(crate) fn sent_to(mut self, account_set: Option<AccountSetId>) -> Self {
        self.account_set = account_set;
        self
    }

    /// The same, which was sent to this account set: another one that has the name of its account
    /// when it is looked up decides nothing.
    #[must_use]
    pub fn only_in(mut self, account_set: impl Into<Arc<AccountSet>>) -> Self {
        self.only_in = Some(account_set.into());
        self
    }

    /// Whether it was sent to another account set than this one.
    pub(super) fn is_of_another(&self, account: Option<&Account>) -> bool {
        let id = account.and_then(Account::id);
        let set = account.and_then(Account::known_set);
        let is_another = self.account_set.is_some() && self.account_set != id;
        is_another || self.only_in.is_some() && self.only_in.as_deref() != set.as_ref()
    }

    /// The request.
    pub fn prepared(&self) -> &PreparedRequest {
        &self.prepared
    }

    /// The name of the account set that it was sent to.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// No attempt was made later, by the gateway's clock; `None` where that is not known.
    pub fn last_attempt(&self) -> Option<SystemTime> {
        self.last_attempt
    }

    /// From when on a look-up that finds nothing proves that the write is absent, by the gateway's
    /// clock.
    pub fn provable_from(&self, options: &ReconcileOptions) -> Option<SystemTime> {
        let last_attempt = self.last_attempt?;
        Some(provable_from(last_attempt, options.margin))
    }
}

impl fmt::Debug for UnknownWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownWrite")
            .field("prepared", &self.prepared)
            .field("account", &self.account)
            .field("last_attempt", &self.last_attempt)
            .finish()
    }
}
