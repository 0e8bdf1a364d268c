//! What stands in a journal, read by the run itself.

use std::path::Path;

use jdy_journal::{Entry, JournalStore as _, SqliteStore, State};

use crate::Failure;
use crate::member::bill_in;
use crate::stand::Stand;
use crate::verdict::Told;

/// The keys of the lines that are under way.
pub(crate) fn in_flight(entries: Vec<Entry>) -> impl Iterator<Item = String> {
    entries
        .into_iter()
        .filter(|entry| entry.state == State::Intent)
        .filter_map(|entry| entry.key)
}

/// The keys of the lines that are under way where a journal stands so. A copy of it is opened, so
/// that looking does not put it right.
pub(crate) fn in_flight_where(stand: &Stand, journal: &Path) -> Result<Vec<String>, Failure> {
    let mut copy = journal.to_owned();
    copy.as_mut_os_string().push(".look");
    stand.write(&copy)?;
    let entries = opened(&copy, async |store| Ok(store.entries().await?));
    Stand::default().write(&copy)?;
    Ok(in_flight(entries?).collect())
}

/// What a journal tells of its lines, with the bills of their answers where these count.
pub(crate) fn told(journal: &Path, with_bills: bool) -> Result<Vec<Told>, Failure> {
    opened(journal, async |store| {
        let mut told = Vec::new();
        for entry in store.entries().await? {
            let answer = match with_bills && entry.state == State::Done {
                true => store.answer(entry.line).await?,
                false => None,
            };
            told.push(Told {
                key: entry.key.unwrap_or_default(),
                state: entry.state,
                sent: entry.sent,
                bill_no: answer.as_deref().and_then(bill_in),
            });
        }
        Ok(told)
    })
}

fn opened<T>(
    journal: &Path,
    look: impl AsyncFnOnce(&SqliteStore) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = SqliteStore::open(journal)?;
    runtime.block_on(look(&store))
}
