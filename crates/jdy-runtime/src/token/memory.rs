//! Tokens in the memory of this process.
//!
//! Owns the map. It must not know how long a token is valid.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{LeaseStore, SharedLimiter, StoreError, Token, TokenStore, truncate_hash};
use crate::runtime::BoxFuture;
use crate::secret::Secret;
use crate::sync::Lock;

/// Keeps tokens in this process, for as long as it runs. Clones share them. It grants every lease
/// and every shared permit, since it serves one process.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Lock<HashMap<Slot, Token>>>);

/// Half of the hash of a key, which is smaller than any text: there may be very many keys.
type Slot = [u8; 16];

fn slot(key: &str) -> Slot {
    truncate_hash(Sha256::digest(key).into())
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("tokens", &self.0.lock().len())
            .finish()
    }
}

impl TokenStore for MemoryStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(async move { Ok(self.0.lock().get(&slot(key)).cloned()) })
    }

    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.0.lock().insert(slot(key), token.clone());
            Ok(())
        })
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        Box::pin(async move {
            let mut tokens = self.0.lock();
            let kept = tokens.entry(slot(key)).or_insert_with(|| token.clone());
            Ok(kept.clone())
        })
    }

    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut tokens = self.0.lock();
            let key = slot(key);
            if tokens.get(&key).is_some_and(|token| token.value == *value) {
                tokens.remove(&key);
            }
            Ok(())
        })
    }
}

impl LeaseStore for MemoryStore {}

impl SharedLimiter for MemoryStore {}
