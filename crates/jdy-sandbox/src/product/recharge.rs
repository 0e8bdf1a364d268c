//! `ls.mall_recharge`: from the fields of a request to a recharge, and from its bill to an answer.
//!
//! Owns the names of those fields. Must not know the rules of a recharge, which are the ledger's.
//! Must not use: `crate::gateway`, `crate::spec`.

use serde_json::{Value, json};

use super::{Call, text};
use crate::answer::{Answer, Refusal};
use crate::ledger::{Ledger, Recharge};

pub(super) fn answer(ledger: &mut Ledger, call: &Call<'_>) -> Result<Answer, Refusal> {
    let fields = call.fields;
    let lines = fields
        .get("settle_entries")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let recharge = Recharge {
        member_id: text(fields, "member_id").unwrap_or_default(),
        amount: text(fields, "bal_amount").unwrap_or_default(),
        source: fields
            .get("source")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        src_bill_id: text(fields, "src_bill_id").unwrap_or_default(),
        bill_date: text(fields, "bill_date"),
        rule_id: text(fields, "rule_id"),
        rule_detail_id: text(fields, "rule_detail_id"),
        settlement: lines
            .map(|line| text(line, "settle_amt").unwrap_or_default())
            .collect(),
    };
    let bill = ledger.recharge(&recharge, call.now)?;
    Ok(Answer::success(
        json!({"bill_no": bill.bill_no, "id": bill.id, "inner_no": bill.inner_no}),
    ))
}
