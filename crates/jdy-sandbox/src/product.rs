//! The product behind the gateway: which part answers a call that passed every check.
//!
//! Owns the data of an account set and the dispatch by operation. An operation is answered by the
//! first that can: a module with rules of its own (recharges, balances, and operations on any document), then
//! the documents, if the spec says which record it reads or writes, then the spec, which makes up an
//! answer. Must not know headers, tokens or signatures.
//! Must not use: `crate::account`, `crate::gateway`, `crate::server`, `crate::signature`, `tokio`.

mod balance;
mod documents;
mod recharge;
mod records;
mod rules;
mod state;

use serde_json::Value;

use crate::answer::{Answer, Refusal};
use crate::fault::PagingFault;
use crate::ledger::Ledger;
use crate::spec::{Operation, Role, Spec};

pub(crate) use self::documents::Documents;
pub use self::state::StateError;
pub(crate) use self::state::{add_documents, export, import};

/// The kind of record that has a balance.
pub(crate) const MEMBER: &str = "ls.member";

/// What the product keeps for one account set.
#[derive(Debug, Clone)]
pub(crate) struct AccountData {
    pub(crate) ledger: Ledger,
    pub(crate) documents: Documents,
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
        "ls.account_balance_info" => balance::answer(&data.ledger, call.fields),
        "ls.mall_recharge" => recharge::answer(&mut data.ledger, call),
        "ls.mall_recharge_rule" => rules::answer(&data.ledger, call.fields),
        "ls.recharge_record" => Ok(records::answer(data, call)),
        "sys.common_operate" => {
            let before = data.member_ids();
            let answer = documents::operate(spec, &mut data.documents, call)?;
            data.dismiss_deleted(&before);
            Ok(answer)
        }
        _ => {
            if let Some(answer) = documents::answer(spec, &mut data.documents, call) {
                data.admit_member(call);
                return answer;
            }
            let sample = spec.sample(call.operation, call.fields, call.paging);
            // So that nobody takes it for what was saved.
            Ok(Answer::json(200, &sample).with_header("X-Sandbox-Answer", "sample"))
        }
    }
}

impl AccountData {
    /// After a save of a member: opens a balance of zero for the newest one, if it has none yet.
    fn admit_member(&mut self, call: &Call<'_>) {
        let resource = call.operation.resource.as_ref();
        if resource.is_some_and(|one| one.name == MEMBER && one.role == Role::Save)
            && let Some(member) = self.documents.of(MEMBER).next_back()
        {
            let name = text(&Value::Object(member.fields.clone()), "name");
            self.ledger.admit(&member.id, &name.unwrap_or_default());
        }
    }

    /// The ids of the members that are kept as documents.
    fn member_ids(&self) -> Vec<String> {
        let members = self.documents.of(MEMBER);
        members.map(|member| member.id.clone()).collect()
    }

    /// Closes the balances of the members that were there before and are not any more.
    fn dismiss_deleted(&mut self, before: &[String]) {
        for id in before {
            if self.documents.by_id(MEMBER, id).is_none() {
                self.ledger.dismiss(id);
            }
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
