//! The product behind the gateway: which part answers a call that passed every check.
//!
//! Owns the data of an account set and the dispatch by operation. An operation is answered by the
//! first that can: a module with rules of its own (money, members), then the spec, which makes up an
//! answer. A store of documents belongs between the two: a field of [`AccountData`], and an arm of
//! [`answer`] that asks the spec which resource an operation reads or writes. Must not know
//! headers, tokens or signatures.
//! Must not use: `crate::account`, `crate::gateway`, `crate::server`, `crate::signature`, `tokio`.

mod recharge;
mod records;
mod rules;
mod state;

use serde_json::Value;

use crate::answer::{Answer, Refusal};
use crate::fault::PagingFault;
use crate::ledger::Ledger;
use crate::spec::{Operation, Spec};

pub use self::state::StateError;
pub(crate) use self::state::{export, import};

/// What the product keeps for one account set.
#[derive(Debug, Clone)]
pub(crate) struct AccountData {
    pub(crate) ledger: Ledger,
}

/// A call that the spec has no objection to.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    /// The fields of query and body as one object.
    pub(crate) fields: &'a Value,
    /// Epoch milliseconds, by the gateway's clock.
    pub(crate) now: i64,
    pub(crate) paging: Option<&'a PagingFault>,
}

/// Performs a call and gives its answer, or refuses it and changes nothing.
pub(crate) fn answer(
    spec: &Spec,
    data: &mut AccountData,
    call: &Call<'_>,
) -> Result<Answer, Refusal> {
    match call.operation.id.as_str() {
        "ls.mall_recharge" => recharge::answer(&mut data.ledger, call),
        "ls.mall_recharge_rule" => rules::answer(&data.ledger, call.fields),
        "ls.recharge_record" => Ok(records::answer(&data.ledger, call)),
        _ => {
            let sample = spec.sample(call.operation, call.fields, call.paging);
            Ok(Answer::json(200, &sample))
        }
    }
}

/// A field with text that is not empty.
fn text(fields: &Value, name: &str) -> Option<String> {
    fields
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
