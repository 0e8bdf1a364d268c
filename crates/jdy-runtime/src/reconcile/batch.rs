//! Many writes that are looked up together.
//!
//! Owns what they share: a list that several of them need in full is read once. Must not know what
//! a record holds, nor the rule.

use std::fmt;

use super::client::{reconcile, share_lists};
use super::shared_lists::SharedLists;
use super::{NotPossible, ReconcileOptions, Reconciliation, UnknownWrite};
use crate::client::Client;
use crate::error::Error;

/// Writes whose outcome is unknown, looked up together.
///
/// Each is looked up by itself, at any time and several at once. Where a list has no filter for
/// numbers, all its rows prove that a record is not there; the writes of a batch that need the same
/// rows share one reading, made by the first of them. So a thousand documents of one day cost one
/// reading of that day's list and not a thousand.
///
/// A batch holds what it has read, and grows old: build a new one for what was too early.
///
/// ```
/// # use jdy_runtime::{Client, Error, ReconcileBatch, ReconcileOptions, UnknownWrite};
/// # async fn example(client: Client, unknown: Vec<UnknownWrite>) -> Result<(), Error> {
/// let batch = ReconcileBatch::new(&client, unknown, ReconcileOptions::default());
/// for (index, write) in batch.writes().iter().enumerate() {
///     let found = batch.reconcile(index).await?;
///     println!("{:?}: {found}", write.prepared().key());
/// }
/// # Ok(())
/// # }
/// ```
pub struct ReconcileBatch {
    client: Client,
    writes: Vec<UnknownWrite>,
    options: ReconcileOptions,
    lists: SharedLists,
}

impl ReconcileBatch {
    /// A batch of these writes. Nothing is sent yet.
    pub fn new(client: &Client, writes: Vec<UnknownWrite>, options: ReconcileOptions) -> Self {
        let mut lists = SharedLists::default();
        for write in &writes {
            share_lists(write, &mut lists);
        }
        Self {
            client: client.clone(),
            writes,
            options,
            lists,
        }
    }

    /// The writes, in the order in which they were given.
    pub fn writes(&self) -> &[UnknownWrite] {
        &self.writes
    }

    /// Finds out what became of one of them, counted from 0, as
    /// [`Client::reconcile_write`] does. An index that no write has is
    /// [`NotPossible::NotUnknown`].
    ///
    /// # Errors
    /// A look-up fails. Nothing is known then that was not known before.
    pub async fn reconcile(&self, index: usize) -> Result<Reconciliation, Error> {
        match self.writes.get(index) {
            Some(write) => reconcile(&self.client, write, &self.options, &self.lists).await,
            None => Ok(Reconciliation::NotPossible {
                reason: NotPossible::NotUnknown,
            }),
        }
    }
}

impl fmt::Debug for ReconcileBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileBatch")
            .field("writes", &self.writes)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
