//! `ls.recharge_record`: the recharges of the ledger as a list in pages.
//!
//! Owns its filters, its pages and the names of its fields. Must not know how a balance came about.
//! Must not use: `crate::gateway`, `crate::spec`.

use serde_json::{Value, json};

use super::{AccountData, Call, MEMBER, text};
use crate::answer::Answer;
use crate::ledger::{Bill, Ledger};
use crate::page::MAX_SIZE;

/// The requested page of the bills, the last one first.
pub(super) fn answer(data: &AccountData, call: &Call<'_>) -> Answer {
    let ledger = &data.ledger;
    let all = matching(data, call.fields);
    let number = |name: &str| text(call.fields, name).and_then(|text| text.parse::<usize>().ok());
    let page = number("page").filter(|page| *page > 0).unwrap_or(1);
    let size = number("page_size").filter(|size| *size > 0).unwrap_or(10);
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let size = count(size).min(MAX_SIZE);
    let size = call.paging.map_or(size, |fault| fault.page_size(size));
    let size = usize::try_from(size).unwrap_or(1);
    let rows = all.iter().skip((page - 1).saturating_mul(size)).take(size);
    let rows: Vec<Value> = rows.map(|(at, bill)| record(ledger, *at, bill)).collect();
    let (total, pages) = (count(all.len()), count(all.len().div_ceil(size)));
    let (total, pages) = call.paging.map_or((total, pages), |fault| {
        fault.totals(count(page - 1), total, pages)
    });
    Answer::success(json!({
        "count": total,
        "cur_page_size": rows.len(),
        "page": page,
        "page_size": size,
        "rows": rows,
        "total_page": pages,
    }))
}

/// The bills that pass the filters of a request, the last one first, each with its place.
fn matching<'a>(data: &'a AccountData, fields: &Value) -> Vec<(usize, &'a Bill)> {
    let filter = |name: &str| text(fields, name);
    let (id, member, kind) = (filter("id"), filter("member_id"), filter("type"));
    let mobile = filter("mobile");
    let (start, end) = (filter("start_date"), filter("end_date"));
    let is_match = |(at, bill): &(usize, &Bill)| {
        // Dates compare as text: both begin with the year.
        mobile
            .as_ref()
            .is_none_or(|mobile| has_mobile(data, &bill.member_id, mobile))
            && id.as_ref().is_none_or(|id| *id == record_id(*at))
            && member.as_ref().is_none_or(|id| *id == bill.member_id)
            && kind.as_ref().is_none_or(|kind| kind == RECHARGE_KIND)
            && start.as_ref().is_none_or(|start| *start <= bill.bill_date)
            && end.as_ref().is_none_or(|end| *end >= bill.bill_date)
    };
    let bills = data.ledger.bills().iter().enumerate();
    bills.rev().filter(is_match).collect()
}

/// Whether a member was saved with this phone number.
fn has_mobile(data: &AccountData, member_id: &str, mobile: &str) -> bool {
    let member = data.documents.by_id(MEMBER, member_id);
    let saved = member.and_then(|member| member.fields.get("mobile"));
    saved.and_then(Value::as_str) == Some(mobile)
}

/// The `type` of a recharge.
const RECHARGE_KIND: &str = "1";

/// The id of a record: not that of its bill, since whether the product's are the same is not known.
fn record_id(at: usize) -> String {
    format!("86069321{:010}", at.saturating_add(1))
}

/// One row. Its times are those of its making, whatever date the caller gave the bill.
fn record(ledger: &Ledger, at: usize, bill: &Bill) -> Value {
    let day = bill.created.get(..10).unwrap_or(&bill.created);
    let member = ledger.member(&bill.member_id);
    // The balance contains both payments and gifts; the record separates them.
    let last_gift = ledger.gifts_of(&bill.member_id, at);
    let gift = last_gift.saturating_add(bill.gift);
    let amount = bill.balance.saturating_sub(gift);
    json!({
        "amount": amount.to_string(),
        "consume_amount": "0",
        "consume_gift_amount": "0",
        "create_time": day,
        "gift_amount": gift.to_string(),
        "id": record_id(at),
        "last_amount": amount.saturating_sub(bill.amount).to_string(),
        "last_gift_amount": last_gift.to_string(),
        "member_id": bill.member_id,
        "member_name": member.map_or("", |member| member.name.as_str()),
        "modify_time": day,
        "store_id": "",
        "store_name": "",
        "type": RECHARGE_KIND,
    })
}
