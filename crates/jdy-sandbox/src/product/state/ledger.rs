//! The ledger as JSON, and back.
//!
//! Owns the names of its fields. Must not know the rules of a recharge.
//! Must not use: `crate::gateway`, `crate::spec`, `tokio`.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::error::{StateError, list, object, text};
use crate::decimal;
use crate::ledger::{Bill, Ledger, Member, Rule};

pub(super) fn export(ledger: &Ledger) -> Value {
    let members: Vec<Value> = ledger.members().iter().map(member).collect();
    let rules: Vec<Value> = ledger.rules().iter().map(rule).collect();
    let bills: Vec<Value> = ledger.bills().iter().map(bill).collect();
    json!({"members": members, "rules": rules, "bills": bills})
}

/// A ledger of the same account set with the members, rules and bills of the JSON.
pub(super) fn import(
    before: &Ledger,
    value: Option<&Value>,
    place: &str,
) -> Result<Ledger, StateError> {
    let books = object(value, place)?;
    let members = list(books, "members", place)?.map(|(item, at)| read_member(item, &at));
    let rules = list(books, "rules", place)?.map(|(item, at)| read_rule(item, &at));
    let account = before.account_id();
    let bills = list(books, "bills", place)?.map(|(item, at)| read_bill(item, &at, account));
    let members: Vec<Member> = members.collect::<Result<_, _>>()?;
    // A recharge of one of two with the same id would set the balance of both.
    let mut known = HashSet::new();
    if let Some(at) = members.iter().position(|member| !known.insert(&member.id)) {
        let place = format!("{place}.members[{at}]");
        return Err(StateError::new(place, "its id is another's"));
    }
    Ok(before.with_books(
        members,
        rules.collect::<Result<_, _>>()?,
        bills.collect::<Result<_, _>>()?,
    ))
}

fn member(member: &Member) -> Value {
    json!({"id": member.id, "name": member.name, "balance": member.balance.to_string()})
}

fn read_member(value: &Value, place: &str) -> Result<Member, StateError> {
    let fields = object(Some(value), place)?;
    Ok(Member {
        id: text(fields, "id", place)?,
        name: text(fields, "name", place)?,
        balance: amount(fields, "balance", place)?,
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "rule_id": rule.rule_id,
        "detail_id": rule.detail_id,
        "member_id": rule.member_id,
        "recharge_amount": rule.recharge_amount.to_string(),
        "donate_amount": rule.donate_amount.to_string(),
    })
}

fn read_rule(value: &Value, place: &str) -> Result<Rule, StateError> {
    let fields = object(Some(value), place)?;
    Ok(Rule {
        rule_id: text(fields, "rule_id", place)?,
        detail_id: text(fields, "detail_id", place)?,
        member_id: text(fields, "member_id", place)?,
        recharge_amount: amount(fields, "recharge_amount", place)?,
        donate_amount: amount(fields, "donate_amount", place)?,
    })
}

fn bill(bill: &Bill) -> Value {
    json!({
        "bill_no": bill.bill_no,
        "id": bill.id,
        "inner_no": bill.inner_no,
        "member_id": bill.member_id,
        "amount": bill.amount.to_string(),
        "gift": bill.gift.to_string(),
        "balance": bill.balance.to_string(),
        "src_bill_id": bill.src_bill_id,
        "rule_detail_id": bill.rule_detail_id,
        "bill_date": bill.bill_date,
        "created": bill.created,
    })
}

fn read_bill(value: &Value, place: &str, account_id: &str) -> Result<Bill, StateError> {
    let fields = object(Some(value), place)?;
    let line = fields.get("rule_detail_id").filter(|line| !line.is_null());
    let bill_date = text(fields, "bill_date", place)?;
    Ok(Bill {
        bill_no: text(fields, "bill_no", place)?,
        id: text(fields, "id", place)?,
        inner_no: text(fields, "inner_no", place)?,
        account_id: account_id.to_owned(),
        member_id: text(fields, "member_id", place)?,
        amount: amount(fields, "amount", place)?,
        gift: amount(fields, "gift", place)?,
        balance: amount(fields, "balance", place)?,
        src_bill_id: text(fields, "src_bill_id", place)?,
        rule_detail_id: match line {
            Some(_) => Some(text(fields, "rule_detail_id", place)?),
            None => None,
        },
        created: match fields.get("created") {
            Some(_) => text(fields, "created", place)?,
            // Of a state that was written when a bill had one time.
            None => bill_date.clone(),
        },
        bill_date,
    })
}

fn amount(fields: &Map<String, Value>, name: &str, place: &str) -> Result<Decimal, StateError> {
    let amount = decimal::parse(&text(fields, name, place)?);
    amount.ok_or_else(|| {
        StateError::new(
            format!("{place}.{name}"),
            "must be a decimal as text, such as \"100.00\"",
        )
    })
}
