//! What is asked for: every recharge of every list, before anything happens.
//!
//! A call is known by its account set, the caller's own key, member and amount; the ledger has
//! all four.

use std::path::{Path, PathBuf};

use jdy_sandbox::{AccountSet, Decimal};

use crate::chance::Chance;

/// One recharge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) account_id: String,
    pub(crate) key: String,
    pub(crate) member_id: String,
    pub(crate) amount: Decimal,
}

/// The work of one client.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) account: AccountSet,
    pub(crate) list: PathBuf,
    /// `None` for a client that makes plain calls.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) lines: Vec<Asked>,
}

/// How many clients have a journal, and how many make plain calls.
const WITH_JOURNAL: u64 = 8;
const PLAIN: u64 = 2;
/// A client without a journal has so much less to do than one with.
const LESS: u64 = 2;

/// Shares the calls out, over the account sets as well.
pub(crate) fn share_out(
    calls: u64,
    seed: u64,
    accounts: &[AccountSet],
    folder: &Path,
) -> Vec<Work> {
    let mut chance = Chance::new(seed, 1);
    let parts = WITH_JOURNAL * LESS + PLAIN;
    let mut left = calls;
    let mut works = Vec::new();
    for (index, account) in (0..WITH_JOURNAL + PLAIN).zip(accounts.iter().cycle()) {
        let is_plain = index < PLAIN;
        let share = if is_plain { 1 } else { LESS };
        let is_last = index + 1 == WITH_JOURNAL + PLAIN;
        let count = if is_last { left } else { calls * share / parts };
        left -= count;
        let name = format!("client-{index}");
        works.push(Work {
            account: account.clone(),
            list: folder.join(format!("{name}.csv")),
            journal: (!is_plain).then(|| folder.join(format!("{name}.journal"))),
            lines: (0..count)
                .map(|number| line(&mut chance, account, index, number))
                .collect(),
        });
    }
    // A list without a line is none.
    works.retain(|work| !work.lines.is_empty());
    works
}

fn line(chance: &mut Chance, account: &AccountSet, client: u64, number: u64) -> Asked {
    // The sandbox knows members 10 and 11. What is asked for another is rejected.
    let member = match chance.below(100) {
        0 => "12",
        1..50 => "11",
        _ => "10",
    };
    let cents = i64::try_from(1 + chance.below(99_999)).unwrap_or(1);
    Asked {
        account_id: account.account_id.clone(),
        key: format!("C{client}-{}", number + 1),
        member_id: member.to_owned(),
        amount: Decimal::new(cents, 2),
    }
}

impl Work {
    /// Writes the list where its client reads it.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        let mut text = "member_id,bal_amount,src_bill_id\n".to_owned();
        for line in &self.lines {
            text += &format!("{},{},{}\n", line.member_id, line.amount, line.key);
        }
        std::fs::write(&self.list, text)
    }
}
