//! The documents of an account set: what was saved, for every kind of record that the spec names.
//!
//! Owns the dispatch by what an operation does with a record. What a record holds and how it looks
//! is the spec's; there is no code for any single kind. Must not know balances.
//! Must not use: `crate::gateway`, `crate::ledger`, `crate::server`, `tokio`.

mod detail;
mod document;
mod filter;
mod list;
mod objection;
mod operate;
mod period;
mod reference;
mod reply;
mod save;
mod store;
mod view;

use crate::answer::{Answer, Refusal};
use crate::spec::{Resource, Role, Spec};

use super::Call;

pub(crate) use self::document::{Document, Progress};
pub(crate) use self::operate::operate;
pub(crate) use self::store::Documents;

/// The answer of an operation on documents; `None` where the store has no part in it.
pub(super) fn answer(
    spec: &Spec,
    documents: &mut Documents,
    call: &Call<'_>,
) -> Option<Result<Answer, Refusal>> {
    let resource = call.operation.resource.as_ref()?;
    if !keeps(spec, documents, resource) {
        return None;
    }
    Some(match resource.role {
        Role::Save => save::answer(spec, documents, call, resource),
        Role::List => list::answer(spec, documents, call, resource)?,
        Role::Detail => detail::answer(spec, documents, call, resource)?,
        Role::Delete => operate::delete(spec, documents, call, resource),
    })
}

/// Whether the store keeps this kind of record: something saves it, or a state brought some.
fn keeps(spec: &Spec, documents: &Documents, resource: &Resource) -> bool {
    let kind = spec.records().get(&resource.name);
    kind.is_some_and(|kind| kind.is_saved) || documents.has_any(&resource.name)
}
