//! `ls.mall_recharge_rule`: the rules that a member is offered.
//!
//! Owns the names of the answer's fields. Must not know which rule a recharge earns.
//! Must not use: `crate::gateway`, `crate::spec`.

use serde_json::{Value, json};

use super::text;
use crate::answer::{Answer, Refusal};
use crate::ledger::{Ledger, Rule};

pub(super) fn answer(ledger: &Ledger, fields: &Value) -> Result<Answer, Refusal> {
    let rules = ledger.rules_of(&text(fields, "member_id").unwrap_or_default())?;
    let row = |rule: &Rule| {
        json!({
            "coupon_list": [],
            "donate_amount": rule.donate_amount.to_string(),
            "id": rule.detail_id,
            "material_list": [],
            "material_set": false,
            "material_value": "",
            "recharge_amount": rule.recharge_amount.to_string(),
            "rule_id": rule.rule_id,
            "to_amount": true,
            "to_coupon": false,
            "to_material": false,
            "to_member_point": "0",
            "to_point": false,
        })
    };
    let rows: Vec<Value> = rules.into_iter().map(row).collect();
    Ok(Answer::success(json!({"rows": rows})))
}
