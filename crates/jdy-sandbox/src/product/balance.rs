//! `ls.account_balance_info`: the balance of a member.
//!
//! Owns the names of the answer's fields. The ledger keeps no points and no cards: nothing is said of
//! the first, and the id of a card is not looked at. Must not know how a balance came about.
//! Must not use: `crate::gateway`, `crate::spec`.

use serde_json::{Value, json};

use super::text;
use crate::answer::{Answer, Refusal};
use crate::ledger::Ledger;

pub(super) fn answer(ledger: &Ledger, fields: &Value) -> Result<Answer, Refusal> {
    let member = ledger.member(&text(fields, "member_id").unwrap_or_default())?;
    // Nothing is ever consumed here: what is left is all that there was.
    let gift = ledger.gifts_of(&member.id, ledger.bills().len());
    let paid = member.balance.saturating_sub(gift).to_string();
    let gift = gift.to_string();
    Ok(Answer::success(json!({
        "recharge": {
            "accu_gift": gift,
            "accu_recharge": paid,
            "available_gift": gift,
            "available_recharge": paid,
            "gift_amt": gift,
            "member": {"id": member.id, "name": member.name},
            "pre_ver_gift": "0",
            "pre_ver_recharge": "0",
            "re_charge_amt": paid,
        },
    })))
}
