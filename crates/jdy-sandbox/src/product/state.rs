//! The data of an account set as JSON, and back.
//!
//! Owns the names in that JSON and what makes it unusable. Must not know files or sockets.
//! Must not use: `crate::gateway`, `crate::server`, `tokio`.

mod documents;
mod error;
mod ledger;

use serde_json::{Map, Value, json};

use super::AccountData;

pub(crate) use self::documents::add as add_documents;
pub use self::error::StateError;

/// The version of the JSON's form. Another one is refused.
const VERSION: u64 = 1;

/// The data of some account sets, by `accountId`, as one JSON object.
pub(crate) fn export<'a>(data: impl Iterator<Item = &'a AccountData>) -> Value {
    let sets: Map<String, Value> = data
        .map(|data| (data.ledger.account_id().to_owned(), account(data)))
        .collect();
    json!({"version": VERSION, "account_sets": sets})
}

fn account(data: &AccountData) -> Value {
    json!({
        "ledger": ledger::export(&data.ledger),
        "documents": documents::export(&data.documents),
    })
}

/// The data with what the JSON holds in its place. An account set that the JSON does not name stays
/// as it is; one that is not among the data is an error.
pub(crate) fn import(data: &[AccountData], state: &Value) -> Result<Vec<AccountData>, StateError> {
    let version = state.get("version").and_then(Value::as_u64);
    if version != Some(VERSION) {
        return Err(StateError::new("version", format!("must be {VERSION}")));
    }
    let sets = error::object(state.get("account_sets"), "account_sets")?;
    let known = |id: &str| data.iter().any(|data| data.ledger.account_id() == id);
    if let Some(unknown) = sets.keys().find(|id| !known(id)) {
        let place = format!("account_sets.{unknown}");
        return Err(StateError::new(
            place,
            "the sandbox has no such account set",
        ));
    }
    data.iter()
        .map(|data| match sets.get(data.ledger.account_id()) {
            Some(set) => replaced(data, set),
            None => Ok(data.clone()),
        })
        .collect()
}

fn replaced(data: &AccountData, set: &Value) -> Result<AccountData, StateError> {
    let place = format!("account_sets.{}", data.ledger.account_id());
    let set = error::object(Some(set), &place)?;
    let at = |name: &str| (set.get(name), format!("{place}.{name}"));
    let (books, books_at) = at("ledger");
    let (kept, kept_at) = at("documents");
    Ok(AccountData {
        ledger: ledger::import(&data.ledger, books, &books_at)?,
        documents: documents::import(&data.documents, kept, &kept_at)?,
    })
}
