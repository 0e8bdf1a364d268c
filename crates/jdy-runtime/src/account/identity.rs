//! Which account set this is.
//!
//! Owns its names and the key of its entry in the store. It must not know its app secret, its
//! token or its limits.

use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::shared_store::Entry;
use crate::credentials::AccountSelector;
use crate::error::CallInfo;
use crate::method::Effect;
use crate::secret::Secret;
use crate::shared::Shared;
use crate::signing::hex;
use crate::token::truncate_hash;

/// Half of the hash of gateway, client id and app key: tells an account set from every other one.
pub(crate) type AccountSetId = [u8; 16];

/// The identity of an account set. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AccountSet {
    /// The client id.
    pub client_id: String,
    /// The app key.
    pub app_key: String,
}

/// An account set of a client. What the account sets have in common is held once.
pub(crate) struct AccountIdentity {
    pub(crate) name: Arc<str>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_secret: Secret,
    pub(crate) shared: Arc<Shared>,
    /// What a token is issued for. Set once, when the app key is known.
    store_id: OnceLock<AccountSetId>,
}

impl AccountIdentity {
    pub(crate) fn new(
        name: &str,
        client_id: &str,
        client_secret: Secret,
        shared: &Arc<Shared>,
    ) -> Self {
        Self {
            name: name.into(),
            client_id: shared.texts.share(client_id),
            client_secret,
            shared: shared.clone(),
            store_id: OnceLock::new(),
        }
    }

    /// Takes note of the app key. The first one stays.
    pub(crate) fn identify(&self, app_key: &str) {
        let gateway = self.shared.base.as_str();
        let text = format!("{gateway}\n{}\n{app_key}", self.client_id);
        let hash = || truncate_hash(Sha256::digest(text.as_bytes()).into());
        self.store_id.get_or_init(hash);
    }

    /// Which account set it is, once its app key is known.
    pub(crate) fn id(&self) -> Option<AccountSetId> {
        self.store_id.get().copied()
    }

    /// The key of its entry in the store. The app key must be known.
    pub(crate) fn store_key(&self) -> String {
        hex(self.store_id.get().unwrap_or(&[0; 16]))
    }

    /// The key under which the store keeps the account set that an instance resolved to.
    pub(crate) fn instance_key(&self, instance: &str, choice: &AccountSelector) -> String {
        let gateway = self.shared.base.as_str();
        let chosen = [&choice.account_id, &choice.service_id];
        let chosen = chosen.map(|id| id.as_deref().unwrap_or_default());
        let text = format!(
            "instance\n{gateway}\n{}\n{instance}\n{}",
            self.client_id,
            chosen.join("\n")
        );
        hex(truncate_hash(Sha256::digest(text.as_bytes()).into()).as_slice())
    }

    /// Its entry in the store.
    pub(crate) fn entry<'a>(&'a self, key: &'a str) -> Entry<'a> {
        Entry {
            account: &self.name,
            key,
            client_secret: &self.client_secret,
        }
    }

    /// A call of the client itself, for its errors.
    pub(crate) fn call_info(&self, operation: &'static str) -> CallInfo {
        CallInfo {
            operation: operation.into(),
            effect: Effect::Read,
            key: None,
            account: self.name.clone(),
            call_id: self.shared.call_id(),
        }
    }
}
