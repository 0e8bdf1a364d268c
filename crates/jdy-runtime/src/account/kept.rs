//! What the store keeps of an instance: the account set that it was resolved to first, in whichever
//! run.
//!
//! Owns when that is believed, and that a store which cannot say is no store that keeps nothing: who
//! knows its account set by the instance alone then sends nothing. It must not know how the instance
//! is asked.

use super::state::AccountState;
use crate::credentials::{Authorization, AuthorizationError, Pinned, Proof};
use crate::token::StoreError;

/// What the store keeps of the instance of an account set.
pub(super) struct Kept<'a> {
    state: &'a AccountState,
    /// None if an app key decides.
    key: Option<String>,
    found: Option<(Pinned, Proof)>,
}

impl<'a> Kept<'a> {
    /// Fails if the store cannot say, and this client does not know it either.
    pub(super) async fn look_up(state: &'a AccountState) -> Result<Self, AuthorizationError> {
        let unchosen = state.secrets.unchosen();
        let key = unchosen.map(|(instance, choice)| state.identity.instance_key(instance, choice));
        let mut kept = Self {
            state,
            key,
            found: None,
        };
        if let Some(key) = &kept.key {
            kept.found = kept.stored(key).await?;
        }
        Ok(kept)
    }

    /// What this or another run has kept. An account set that this client has confirmed before is
    /// known without the store.
    async fn stored(&self, key: &str) -> Result<Option<(Pinned, Proof)>, AuthorizationError> {
        let AccountState { identity, .. } = self.state;
        let store = &identity.shared.store;
        let stored = store.pinned(identity.entry(key)).await;
        stored.or_else(|error| self.without(&error).map(|()| None))
    }

    /// Goes on without a store that failed, where this client knows the account set itself.
    fn without(&self, error: &StoreError) -> Result<(), AuthorizationError> {
        match self.state.secrets.is_pinned() {
            true => Ok(()),
            false => Err(AuthorizationError::Unconfirmed(error.to_string())),
        }
    }

    /// The account set to choose, where others are live as well.
    pub(super) fn believed(&self) -> Option<&Pinned> {
        let (pinned, proof) = self.found.as_ref()?;
        (*proof == Proof::Sealed).then_some(pinned)
    }

    /// Keeps this one if none was kept, and fails if another is.
    pub(super) async fn confirm(&self, one: &Authorization) -> Result<(), AuthorizationError> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        match &self.found {
            Some(found) => self.agree(key, found, one).await,
            None => self.keep(key, one).await,
        }
    }

    /// Keeps it unless another process was faster.
    async fn keep(&self, key: &str, one: &Authorization) -> Result<(), AuthorizationError> {
        let AccountState { identity, .. } = self.state;
        let (store, pinned) = (&identity.shared.store, Pinned::of(one));
        let keeping = store.pin_if_absent(identity.entry(key), &pinned);
        match keeping.await {
            Ok(found) => self.agree(key, &found, one).await,
            Err(error) => self.without(&error),
        }
    }

    /// Fails if it is another one than is kept. What is kept in another form is kept anew, so that
    /// it is believed from now on.
    async fn agree(
        &self,
        key: &str,
        (kept, proof): &(Pinned, Proof),
        one: &Authorization,
    ) -> Result<(), AuthorizationError> {
        if !kept.is(one) {
            return Err(kept.differs_from(std::slice::from_ref(one)));
        }
        if *proof != Proof::Sealed {
            let AccountState { identity, .. } = self.state;
            let (store, pinned) = (&identity.shared.store, Pinned::of(one));
            store.pin_anew(identity.entry(key), &pinned).await;
        }
        Ok(())
    }
}
