//! The lists that several look-ups need in full, each read once for all of them.
//!
//! Owns which look-ups share a reading, and what of it is kept: the rows with a number that one of
//! them looks for, in whatever spelling. Must not know the rule, nor how a list is read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::OnceCell;

use super::names::{folded, folded_name, text_of};
use super::reading::Rows;
use crate::account::AccountSetId;
use crate::error::Error;
use crate::operation::Confirm;

/// What tells one list from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ListKey {
    account: Arc<str>,
    operation: &'static str,
    /// The field that holds a row's number.
    number: &'static str,
    asks: Vec<(String, String)>,
}

impl ListKey {
    pub(super) fn new(account: &str, confirm: &Confirm, asks: &[(String, String)]) -> Self {
        Self {
            account: account.into(),
            operation: confirm.list.id,
            number: confirm.number,
            asks: asks.to_vec(),
        }
    }
}

/// The lists that a batch of look-ups may need.
#[derive(Default)]
pub(super) struct SharedLists(HashMap<ListKey, SharedList>);

/// One list: the numbers that are looked for in it, and its reading.
#[derive(Default)]
pub(super) struct SharedList {
    numbers: HashSet<String>,
    /// The same without their spelling.
    folded: HashSet<String>,
    reading: OnceCell<Reading>,
}

/// A list as it was at one moment.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) rows: Rows,
    /// Which account set it is of: the name may mean another one at the next look-up.
    pub(super) account_set: Option<AccountSetId>,
    /// When the reading began: the earliest that the gateway's clock may have shown then.
    pub(super) asked_at: SystemTime,
}

impl SharedLists {
    /// Adds a number that may be looked for.
    pub(super) fn add(&mut self, key: ListKey, number: String) {
        let list = self.0.entry(key).or_default();
        list.folded.insert(folded(&number));
        list.numbers.insert(number);
    }

    /// The list, where this number was added to it.
    pub(super) fn get(&self, key: &ListKey, number: &str) -> Option<&SharedList> {
        let list = self.0.get(key)?;
        list.numbers.contains(number).then_some(list)
    }
}

impl SharedList {
    /// The reading of this list. The first look-up that needs it makes it, and the next one if that
    /// fails.
    pub(super) async fn reading<F>(
        &self,
        number: &'static str,
        read: impl FnOnce() -> F,
    ) -> Result<&Reading, Error>
    where
        F: Future<Output = Result<Reading, Error>>,
    {
        let read_and_cut = async || {
            let mut reading = read().await?;
            let is_wanted = |json: &String| self.wants(json, number);
            reading.rows.rows.retain(is_wanted);
            Ok(reading)
        };
        self.reading.get_or_try_init(read_and_cut).await
    }

    /// Whether these rows show every number that is looked for.
    pub(super) fn is_shown_by(&self, rows: &[String], number: &str) -> bool {
        let shown = rows.iter().filter_map(|json| text_of(json, number));
        let shown: HashSet<String> = shown.filter(|text| self.numbers.contains(text)).collect();
        shown.len() == self.numbers.len()
    }

    /// Whether a row may be one of those that are looked for.
    fn wants(&self, json: &str, number: &str) -> bool {
        folded_name(json, number).is_none_or(|text| self.folded.contains(&text))
    }
}
