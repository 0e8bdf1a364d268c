//! What a client says of itself while it calls.
//!
//! Owns which of it is kept. Must not print.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jdy::Hooks;
use jdy::hooks::{TokenInfo, TokenOrigin};
use jdy::token::StoreError;

use crate::language::say;

/// Clones share it.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    token: Option<TokenInfo>,
    store: Option<String>,
}

impl Seen {
    fn with<T>(&self, access: impl FnOnce(&mut Kept) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where the last token came from and how long it lasts.
    pub(super) fn token(&self) -> Option<String> {
        let token = self.with(|kept| kept.token)?;
        let left = token.expires_at.duration_since(SystemTime::now());
        let minutes = left.unwrap_or_default().as_secs() / 60;
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let left = say!("hours", hours = hours, minutes = minutes);
        Some(match token.origin {
            TokenOrigin::Gateway => say!("doctor-token-of-gateway", time = left),
            TokenOrigin::Store => say!("doctor-token-of-store", time = left),
        })
    }

    /// The first failure of the token store.
    pub(super) fn store_failure(&self) -> Option<String> {
        self.with(|kept| kept.store.clone())
    }
}

impl Hooks for Seen {
    fn token_refreshed(&self, _: &str, token: &TokenInfo) {
        self.with(|kept| kept.token = Some(*token));
    }

    fn token_store_failed(&self, _: &str, error: &StoreError) {
        self.with(|kept| {
            kept.store.get_or_insert_with(|| error.to_string());
        });
    }
}
