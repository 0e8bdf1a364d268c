//! The product's books of one account set: members, recharge rules, bills.
//!
//! Owns balances and the rules of a recharge; all amounts are exact decimals. Must not know HTTP,
//! signatures or JSON. Must not use: `crate::gateway`, `crate::request`, `crate::spec`, `serde_json`.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::answer::{Refusal, errcode};
use crate::clock::china_time;
use crate::decimal;

/// A member with a stored balance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The id that `member_id` names.
    pub id: String,
    /// A display name.
    pub name: String,
    /// The balance, gifts included.
    pub balance: Decimal,
}

/// One line of a recharge rule: a recharge of at least `recharge_amount` earns `donate_amount`.
///
/// The gift is given once, even if the amount is a multiple of the minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// `rule_id`, shared by all lines of a rule.
    pub(crate) rule_id: String,
    /// `id` in an answer and `rule_detail_id` in a recharge: this line.
    pub(crate) detail_id: String,
    /// The member to whom it is offered.
    pub(crate) member_id: String,
    /// The smallest amount that earns the gift.
    pub(crate) recharge_amount: Decimal,
    /// The gift.
    pub(crate) donate_amount: Decimal,
}

/// The result of a recharge.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bill {
    /// `bill_no` of the answer.
    pub bill_no: String,
    /// `id` of the answer.
    pub id: String,
    /// `inner_no` of the answer.
    pub inner_no: String,
    /// The account set whose token was used.
    pub account_id: String,
    /// The member whose balance it raised.
    pub member_id: String,
    /// The amount paid.
    pub amount: Decimal,
    /// The amount that the rule added.
    pub gift: Decimal,
    /// The balance after it.
    pub balance: Decimal,
    /// The caller's reference.
    pub src_bill_id: String,
    /// The line of the rule that gave the gift.
    pub rule_detail_id: Option<String>,
    /// As sent by the caller, or else the sandbox's time in China.
    pub bill_date: String,
    /// When it was made, by the sandbox's time in China.
    pub(crate) created: String,
}

/// A requested recharge, checked against the spec but not yet against the ledger.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recharge {
    pub(crate) member_id: String,
    pub(crate) amount: String,
    pub(crate) source: i64,
    pub(crate) src_bill_id: String,
    pub(crate) bill_date: Option<String>,
    pub(crate) rule_id: Option<String>,
    pub(crate) rule_detail_id: Option<String>,
    pub(crate) settlement: Vec<String>,
}

/// What a recharge does when its `src_bill_id` was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dedup {
    /// It is performed again.
    #[default]
    Off,
    /// It is answered with the first bill.
    BySrcBillId,
}

/// Members, rules and bills of one account set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    account_id: String,
    members: Vec<Member>,
    rules: Vec<Rule>,
    bills: Vec<Bill>,
    /// The number of the last bill: the next one's number and id are made of the one behind it.
    last: usize,
    by_key: HashMap<String, usize>,
    dedup: Dedup,
}

/// The digits with which every id of a bill begins.
const BILL_ID: &str = "85069321";

impl Ledger {
    pub(crate) fn new(members: Vec<Member>, rules: Vec<Rule>) -> Self {
        Self {
            members,
            rules,
            ..Self::default()
        }
    }

    /// The same ledger for this account set.
    pub(crate) fn of_account(mut self, account_id: &str) -> Self {
        account_id.clone_into(&mut self.account_id);
        self
    }

    /// Answers a repeated `src_bill_id` with its first bill.
    pub(crate) fn with_dedup(mut self, dedup: Dedup) -> Self {
        self.dedup = dedup;
        self
    }

    /// Opens a balance of zero for a member, unless there is one.
    pub(crate) fn admit(&mut self, id: &str, name: &str) {
        if self.members.iter().all(|member| member.id != id) {
            self.members.push(Member {
                id: id.to_owned(),
                name: name.to_owned(),
                balance: Decimal::ZERO,
            });
        }
    }

    /// Closes the balance of a member. The bills stay.
    pub(crate) fn dismiss(&mut self, id: &str) {
        self.members.retain(|member| member.id != id);
    }

    /// The same account set and settings, with other members, rules and bills.
    pub(crate) fn with_books(
        &self,
        members: Vec<Member>,
        rules: Vec<Rule>,
        bills: Vec<Bill>,
    ) -> Self {
        let mut by_key = HashMap::new();
        for (at, bill) in bills.iter().enumerate() {
            by_key.entry(bill.src_bill_id.clone()).or_insert(at);
        }
        // Some of the bills that were made may be missing, and no number is given twice.
        let numbers = bills.iter().filter_map(|bill| {
            let digits = bill.id.strip_prefix(BILL_ID)?;
            digits.parse().ok()
        });
        let last = numbers.fold(bills.len(), usize::max);
        Self {
            account_id: self.account_id.clone(),
            members,
            rules,
            bills,
            last,
            by_key,
            dedup: self.dedup,
        }
    }

    pub(crate) fn account_id(&self) -> &str {
        &self.account_id
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn bills(&self) -> &[Bill] {
        &self.bills
    }

    pub(crate) fn member(&self, id: &str) -> Result<&Member, Refusal> {
        self.members
            .iter()
            .find(|member| member.id == id)
            .ok_or_else(|| self.unknown_member(id))
    }

    fn unknown_member(&self, id: &str) -> Refusal {
        let known: Vec<&str> = self
            .members
            .iter()
            .take(10)
            .map(|member| member.id.as_str())
            .collect();
        let known = known.join(", ");
        Refusal::business(
            errcode::UNKNOWN_MEMBER,
            format!("member_id: no member {id:?}; the sandbox knows {known}"),
        )
    }

    /// The gifts of a member among the first so many bills. A state may hold amounts of any size.
    pub(crate) fn gifts_of(&self, member_id: &str, bills: usize) -> Decimal {
        let bills = self.bills.iter().take(bills);
        let own = bills.filter(|bill| bill.member_id == member_id);
        own.fold(Decimal::ZERO, |sum, bill| sum.saturating_add(bill.gift))
    }

    /// The rules offered to a member, the smallest amount first.
    pub(crate) fn rules_of(&self, member_id: &str) -> Result<Vec<&Rule>, Refusal> {
        self.member(member_id)?;
        let mut rules: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|rule| rule.member_id == member_id)
            .collect();
        rules.sort_by_key(|rule| rule.recharge_amount);
        Ok(rules)
    }

    /// Raises the balance and adds a bill, or refuses and changes nothing.
    pub(crate) fn recharge(&mut self, request: &Recharge, now: i64) -> Result<&Bill, Refusal> {
        if request.src_bill_id.is_empty() {
            let reason = "src_bill_id: required in the body, and empty; send a key of your own for each recharge";
            return Err(Refusal::business(errcode::MISSING_FIELD, reason));
        }
        if let Some(first) = self.first_bill(&request.src_bill_id) {
            return self.bill_at(first);
        }
        if request.source != 9 {
            let reason = format!(
                "source: must be 9, which every ISV sends; got {}",
                request.source
            );
            return Err(Refusal::business(errcode::BAD_SOURCE, reason));
        }
        let amount = positive("bal_amount", &request.amount)?;
        check_settlement(amount, &request.settlement)?;
        let before = self.member(&request.member_id)?.balance;
        let rule = self.fitting_rule(request, amount)?;
        let gift = rule.map_or(Decimal::ZERO, |rule| rule.donate_amount);
        let rule_detail_id = rule.map(|rule| rule.detail_id.clone());
        let balance = before
            .checked_add(amount)
            .and_then(|sum| sum.checked_add(gift))
            .ok_or_else(|| {
                Refusal::business(
                    errcode::BAD_AMOUNT,
                    "bal_amount: the balance would have more than 28 digits",
                )
            })?;
        for member in self
            .members
            .iter_mut()
            .filter(|member| member.id == request.member_id)
        {
            member.balance = balance;
        }
        let at = self.bills.len();
        self.last = self.last.saturating_add(1);
        let number = self.last;
        let time = china_time(now);
        let day: String = time.chars().filter(char::is_ascii_digit).take(8).collect();
        self.bills.push(Bill {
            bill_no: format!("LSD{day}{number:06}"),
            id: format!("{BILL_ID}{number:010}"),
            inner_no: format!("19{day}{number:08}"),
            account_id: self.account_id.clone(),
            member_id: request.member_id.clone(),
            amount,
            gift,
            balance,
            src_bill_id: request.src_bill_id.clone(),
            rule_detail_id,
            bill_date: request.bill_date.clone().unwrap_or_else(|| time.clone()),
            created: time,
        });
        self.by_key.entry(request.src_bill_id.clone()).or_insert(at);
        self.bill_at(at)
    }

    fn first_bill(&self, src_bill_id: &str) -> Option<usize> {
        if self.dedup == Dedup::BySrcBillId {
            self.by_key.get(src_bill_id).copied()
        } else {
            None
        }
    }

    fn bill_at(&self, at: usize) -> Result<&Bill, Refusal> {
        self.bills.get(at).ok_or_else(|| {
            Refusal::gateway(
                5000,
                "the sandbox lost a bill; this is a bug of the sandbox",
            )
        })
    }

    /// The named line, or the largest line of the named rule that the amount reaches. Without
    /// either there is no gift.
    fn fitting_rule(&self, request: &Recharge, amount: Decimal) -> Result<Option<&Rule>, Refusal> {
        let refuse = |what: String| Err(Refusal::business(errcode::RULE_DOES_NOT_FIT, what));
        if request.rule_id.is_none() && request.rule_detail_id.is_none() {
            return Ok(None);
        }
        let mut rules = self.rules_of(&request.member_id)?;
        if let Some(rule_id) = &request.rule_id {
            rules.retain(|rule| rule.rule_id == *rule_id);
            if rules.is_empty() {
                return refuse(format!(
                    "rule_id: no rule {rule_id:?} for member {}; ask ls.mall_recharge_rule",
                    request.member_id
                ));
            }
        }
        if let Some(detail_id) = &request.rule_detail_id {
            rules.retain(|rule| rule.detail_id == *detail_id);
            if rules.is_empty() {
                return refuse(format!(
                    "rule_detail_id: no line {detail_id:?} of that rule for member {}; ask ls.mall_recharge_rule",
                    request.member_id
                ));
            }
        }
        let least = rules
            .first()
            .map(|rule| rule.recharge_amount)
            .unwrap_or_default();
        match rules
            .into_iter()
            .rev()
            .find(|rule| rule.recharge_amount <= amount)
        {
            Some(rule) => Ok(Some(rule)),
            None => refuse(format!(
                "bal_amount: the rule is for {least} or more; got {amount}"
            )),
        }
    }
}

fn positive(field: &str, text: &str) -> Result<Decimal, Refusal> {
    let refuse = |what: &str| {
        Err(Refusal::business(
            errcode::BAD_AMOUNT,
            format!("{field}: must be {what}; got {text:?}"),
        ))
    };
    match decimal::parse(text) {
        None => refuse("a decimal of at most 28 digits as text, such as \"50.00\""),
        Some(amount) if amount <= Decimal::ZERO => refuse("above zero"),
        Some(amount) => Ok(amount),
    }
}

fn check_settlement(amount: Decimal, lines: &[String]) -> Result<(), Refusal> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut sum = Decimal::ZERO;
    for (at, line) in lines.iter().enumerate() {
        let line = positive(&format!("settle_entries[{at}].settle_amt"), line)?;
        sum = sum.checked_add(line).unwrap_or(Decimal::MAX);
    }
    if sum == amount {
        return Ok(());
    }
    let reason = format!("settle_entries: the lines add up to {sum}, but bal_amount is {amount}");
    Err(Refusal::business(errcode::BAD_SETTLEMENT, reason))
}
