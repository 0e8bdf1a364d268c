//! What must not be shown of an account set.
//!
//! Owns the list of its secrets. It must not know what text they are cut out of.

use super::app_secrets::AppSecrets;
use super::token_cache::{Session, TokenCache};
use crate::redaction::Known;
use crate::secret::Secret;

/// The secrets of an account set.
pub(crate) struct Redactor<'a> {
    pub(super) client_secret: &'a Secret,
    pub(super) secrets: &'a AppSecrets,
    pub(super) tokens: &'a TokenCache,
}

impl Redactor<'_> {
    /// All secrets, those of a session that was used included.
    pub(crate) fn known(&self, session: Option<&Session>) -> Known {
        let mut secrets = vec![self.client_secret.clone()];
        secrets.extend(self.secrets.secrets());
        secrets.extend(self.tokens.secrets());
        secrets.extend(session.map(|session| session.token.value.clone()));
        Known::default().and_secrets(&secrets)
    }
}
