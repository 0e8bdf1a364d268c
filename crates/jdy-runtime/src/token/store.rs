//! What a store that processes share must offer.
//!
//! Owns the three interfaces: tokens, refresh leases, shared limits. It must not know how a store
//! keeps them, nor when it is asked.

use std::fmt;
use std::time::Duration;

use super::Token;
use crate::limit::{Acquire, LimitClass, PermitId, Rate};
use crate::runtime::BoxFuture;
use crate::secret::Secret;

/// Keeps tokens, so that processes and runs can share them.
///
/// A key is an opaque text, one for each account set and gateway, and one for each instance, whose
/// account set is kept like a token that does not end. A store may fail or be slow: the
/// client then goes on without it and notifies the hooks. Only where credentials name nothing but an
/// instance ([`Credentials::instance`](crate::Credentials::instance) without an app key), and this
/// client has not confirmed its account set yet, does it send nothing: another one may have been used
/// before. So `get` must fail where it cannot tell, and say `None` only where nothing is kept; and a
/// store for such credentials needs `put_if_absent`.
///
/// A client takes a [`Store`]: this trait with [`LeaseStore`] and [`SharedLimiter`], whose methods
/// have defaults.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Mutex, PoisonError};
///
/// use jdy_runtime::runtime::BoxFuture;
/// use jdy_runtime::token::{LeaseStore, SharedLimiter, StoreError, Token, TokenStore};
/// use jdy_runtime::{Client, Secret};
///
/// /// A table of a database: key, token, and its times.
/// #[derive(Default)]
/// struct Table(Mutex<HashMap<String, Token>>);
///
/// impl Table {
///     fn rows(&self) -> std::sync::MutexGuard<'_, HashMap<String, Token>> {
///         self.0.lock().unwrap_or_else(PoisonError::into_inner)
///     }
/// }
///
/// impl TokenStore for Table {
///     fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
///         Box::pin(async move { Ok(self.rows().get(key).cloned()) })
///     }
///
///     fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async move {
///             self.rows().insert(key.to_owned(), token.clone());
///             Ok(())
///         })
///     }
///
///     fn put_if_absent<'a>(
///         &'a self,
///         key: &'a str,
///         token: &'a Token,
///     ) -> BoxFuture<'a, Result<Token, StoreError>> {
///         Box::pin(async move {
///             let mut rows = self.rows();
///             Ok(rows.entry(key.to_owned()).or_insert_with(|| token.clone()).clone())
///         })
///     }
///
///     fn compare_and_delete<'a>(
///         &'a self,
///         key: &'a str,
///         value: &'a Secret,
///     ) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async move {
///             self.rows().retain(|name, token| name != key || token.value != *value);
///             Ok(())
///         })
///     }
/// }
///
/// impl LeaseStore for Table {}
/// impl SharedLimiter for Table {}
///
/// let builder = Client::builder().token_store(Table::default());
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// The token under this key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>>;

    /// Stores a token under this key, replacing any other.
    fn put<'a>(&'a self, key: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Stores a token under this key if none is there, and returns the one that is there then: of
    /// two processes that ask at the same moment, both get the first one's. What is there and cannot
    /// be read is an error, not nothing.
    ///
    /// Only credentials that name nothing but an instance need it: it keeps the account set that came
    /// first. Without it, which is the default, it fails, and such credentials are refused.
    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        token: &'a Token,
    ) -> BoxFuture<'a, Result<Token, StoreError>> {
        let _ = (key, token);
        let what =
            "the token store has no put_if_absent, which the account set of an instance needs";
        Box::pin(std::future::ready(Err(StoreError::new(what))))
    }

    /// Deletes the token under this key if it is this one; a newer one stays.
    fn compare_and_delete<'a>(
        &'a self,
        key: &'a str,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Grants the lease to refresh a token, so that one process does it for all.
///
/// By default every lease is granted, which is right for a store that serves one process: its
/// refresh is single-flight anyway.
pub trait LeaseStore: Send + Sync + 'static {
    /// Tries to acquire the refresh lease of this key for at most `duration`. An owner that has it
    /// already renews it.
    fn try_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Lease, StoreError>> {
        let _ = (key, owner, duration);
        Box::pin(std::future::ready(Ok(Lease::Granted)))
    }

    /// Releases the lease if `owner` still has it. It may be called more than once, and if the task
    /// of a refresh is lost, the future is dropped unpolled: what this process holds, such as a
    /// file lock, must be released before the future is returned.
    fn release_lease<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let _ = (key, owner);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Counts the calls of all processes that use the store, so that they keep one limit together.
///
/// By default every permit is granted: each client then keeps to its own limit alone.
pub trait SharedLimiter: Send + Sync + 'static {
    /// Requests a permit, before each call.
    fn acquire<'a>(
        &'a self,
        key: &'a str,
        class: LimitClass,
        rate: Rate,
    ) -> BoxFuture<'a, Result<Acquire, StoreError>> {
        let _ = (key, class, rate);
        Box::pin(std::future::ready(Ok(
            Acquire::Granted(PermitId::default()),
        )))
    }

    /// Releases a permit whose call was not sent.
    fn release<'a>(
        &'a self,
        key: &'a str,
        class: LimitClass,
        id: PermitId,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let _ = (key, class, id);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A store for everything that processes share. Whatever implements the three traits is one.
pub trait Store: TokenStore + LeaseStore + SharedLimiter {}

impl<T: TokenStore + LeaseStore + SharedLimiter> Store for T {}

/// The answer to a request for the refresh lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The caller has the lease.
    Granted,
    /// Another owner has it, for at most this long.
    Held(Duration),
}

/// Why a store failed. Its text must hold no token: the hooks get it without the one that the store
/// was given, and others are not known.
#[derive(Clone, Debug)]
pub struct StoreError(String);

impl StoreError {
    /// A failure, described in words.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
