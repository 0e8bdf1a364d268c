//! What a sandbox holds when it starts: account sets, members, rules.
//!
//! Owns the defaults and the ids. Must not know sockets or requests.
//! Must not use: `crate::gateway`, `crate::request`, `crate::server`, `tokio`.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::StartError;
use crate::account::AccountSet;
use crate::decimal;
use crate::ledger::{Dedup, Ledger, Member, Rule};
use crate::product::{AccountData, Documents, MEMBER, StateError, add_documents};

/// The documents of a small shop, by kind.
const SHOP: &str = include_str!("../../shop.json");

/// The contents that a caller named. Empty members or rules mean the default ones.
#[derive(Debug, Default)]
pub(super) struct Seed {
    /// Nothing but what is named below.
    pub(super) empty: bool,
    /// Whether a save must name documents that exist.
    pub(super) strict_references: bool,
    /// Whether two vouchers may have one source number.
    pub(super) repeated_sources: bool,
    pub(super) dedup: Dedup,
    /// Id and balance.
    pub(super) members: Vec<(String, String)>,
    /// Member, smallest amount, gift.
    pub(super) rules: Vec<(String, String, String)>,
    /// Name and status of the account sets after the first one.
    pub(super) accounts: Vec<(String, i64)>,
}

impl Seed {
    pub(super) fn account_sets(&self) -> Vec<AccountSet> {
        let mut sets = vec![AccountSet::numbered(1, "沙箱账套", 1)];
        for (name, status) in &self.accounts {
            sets.push(AccountSet::numbered(sets.len() + 1, name, *status));
        }
        sets
    }

    /// The data of each account set. All begin alike.
    pub(super) fn data(&self, sets: &[AccountSet]) -> Result<Vec<AccountData>, StartError> {
        let ledger = self.ledger()?;
        let documents = self.documents(&ledger)?;
        let data = sets.iter().map(|set| AccountData {
            ledger: ledger.clone().of_account(&set.account_id),
            documents: documents.clone(),
        });
        Ok(data.collect())
    }

    /// The shop's documents, and one for each member.
    fn documents(&self, ledger: &Ledger) -> Result<Documents, StateError> {
        let mut documents = Documents::default()
            .with_strict_references(self.strict_references)
            .with_repeated_sources(self.repeated_sources);
        if !self.empty {
            let kinds: Map<String, Value> = serde_json::from_str(SHOP)
                .map_err(|error| StateError::new("shop", error.to_string()))?;
            add_documents(&mut documents, &kinds, "shop")?;
        }
        for member in ledger.members() {
            let fields = json!({"name": member.name, "custom_no": member.id});
            let document = json!({"id": member.id, "fields": fields});
            let kinds = Map::from_iter([(MEMBER.to_owned(), json!([document]))]);
            add_documents(&mut documents, &kinds, "members")?;
        }
        Ok(documents)
    }

    fn ledger(&self) -> Result<Ledger, StartError> {
        let members = self.members()?;
        let rules = self.rules(&members)?;
        Ok(Ledger::new(members, rules).with_dedup(self.dedup))
    }

    fn members(&self) -> Result<Vec<Member>, StartError> {
        let pair = |id: &str, balance: &str| (id.to_owned(), balance.to_owned());
        let members = match self.members.as_slice() {
            [] if self.empty => Vec::new(),
            [] => vec![pair("10", "100.00"), pair("11", "0.00")],
            named => named.to_vec(),
        };
        let member = |(id, balance): (String, String)| {
            Ok(Member {
                balance: amount(&balance)?,
                name: format!("会员{id}"),
                id,
            })
        };
        members.into_iter().map(member).collect()
    }

    fn rules(&self, members: &[Member]) -> Result<Vec<Rule>, StartError> {
        let first = members.first().map(|member| member.id.as_str());
        let first = first.unwrap_or_default();
        let line = |least: &str, gift: &str| (first.to_owned(), least.to_owned(), gift.to_owned());
        let rules = match self.rules.as_slice() {
            [] if self.empty => Vec::new(),
            [] => vec![line("50", "5"), line("200", "30")],
            named => named.to_vec(),
        };
        let rule = |(at, (member_id, least, gift)): (usize, (String, String, String))| {
            Ok(Rule {
                rule_id: format!("45265450000000{:04}", self.rule_number(&member_id)),
                detail_id: format!("45265460000000{:04}", at + 1),
                member_id,
                recharge_amount: amount(&least)?,
                donate_amount: amount(&gift)?,
            })
        };
        rules.into_iter().enumerate().map(rule).collect()
    }

    /// All lines of one member belong to one rule, numbered by the member's first line.
    fn rule_number(&self, member_id: &str) -> usize {
        let owner = |(owner, _, _): &(String, String, String)| owner == member_id;
        self.rules.iter().position(owner).unwrap_or_default() + 1
    }
}

fn amount(text: &str) -> Result<Decimal, StartError> {
    decimal::parse(text).ok_or_else(|| StartError::Amount(text.to_owned()))
}
