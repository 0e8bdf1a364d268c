//! What is asked for: every recharge of every list, before anything happens.
//!
//! A call is known by its account set, the caller's own key, member and amount; the ledger has
//! all four.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

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

/// How a client makes its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Call by call, without a journal.
    Plain,
    /// As a list under a journal.
    List,
    /// As a service: one by one under a journal, each key by several callers at once.
    Service,
    /// As a list; lines that are unknown are looked up, and sent where they are absent.
    LookUp,
}

/// How a client reaches its account set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its app key.
    Straight,
    /// By its app key, through a relay that gives answers twice.
    Relay,
    /// By the instance alone, which has another account set as well.
    Instance,
}

/// The work of one client.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) manner: Manner,
    pub(crate) way: Way,
    pub(crate) account: AccountSet,
    pub(crate) list: PathBuf,
    /// `None` for a client that makes plain calls.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) lines: Vec<Asked>,
}

/// The account sets that there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sets<'a> {
    /// Those that are called by their app keys; the last two are looked up.
    pub(crate) keyed: &'a [AccountSet],
    /// The one that the instance gives first.
    pub(crate) first: &'a AccountSet,
}

/// The clients, and how much each has to do compared with the others.
const CLIENTS: [(Manner, Way, u64); 14] = [
    (Manner::Plain, Way::Straight, 1),
    (Manner::Plain, Way::Straight, 1),
    (Manner::List, Way::Straight, 2),
    (Manner::List, Way::Straight, 2),
    (Manner::List, Way::Straight, 2),
    (Manner::List, Way::Straight, 2),
    (Manner::List, Way::Relay, 2),
    (Manner::List, Way::Relay, 2),
    (Manner::Service, Way::Straight, 1),
    (Manner::Service, Way::Straight, 1),
    (Manner::List, Way::Instance, 1),
    (Manner::List, Way::Instance, 1),
    (Manner::LookUp, Way::Straight, 1),
    (Manner::LookUp, Way::Straight, 1),
];

/// Each of those that look up has an account set of its own, so that amounts tell its lines apart.
pub(crate) const LOOKED_UP: usize = 2;

/// Shares the calls out, over the account sets as well.
pub(crate) fn share_out(calls: u64, seed: u64, sets: Sets<'_>, folder: &Path) -> Vec<Work> {
    let mut chance = Chance::new(seed, 1);
    let parts: u64 = CLIENTS.iter().map(|(.., share)| share).sum();
    let (common, own) = sets.keyed.split_at(sets.keyed.len() - LOOKED_UP);
    let (mut common, mut own) = (common.iter().cycle(), own.iter().cycle());
    let (mut left, mut works) = (calls, Vec::new());
    for (index, (manner, way, share)) in (0..).zip(CLIENTS) {
        let account = match (manner, way) {
            (_, Way::Instance) => Some(sets.first),
            (Manner::LookUp, _) => own.next(),
            _ => common.next(),
        };
        let Some(account) = account else { continue };
        let is_last = index + 1 == CLIENTS.len() as u64;
        let count = if is_last { left } else { calls * share / parts };
        left -= count;
        let name = format!("client-{index}");
        let journal = folder.join(format!("{name}.journal"));
        works.push(Work {
            manner,
            way,
            account: account.clone(),
            list: folder.join(format!("{name}.csv")),
            journal: (manner != Manner::Plain).then_some(journal),
            lines: (0..count)
                .map(|number| line(&mut chance, manner, account, index, number))
                .collect(),
        });
    }
    // A list without a line is none.
    works.retain(|work| !work.lines.is_empty());
    works
}

fn line(
    chance: &mut Chance,
    manner: Manner,
    account: &AccountSet,
    client: u64,
    number: u64,
) -> Asked {
    // The sandbox knows members 10 and 11. What is asked for another is rejected.
    let member = match chance.below(100) {
        0 => "12",
        1..50 => "11",
        _ => "10",
    };
    let cents = match manner {
        // A list of recharges shows no key: here the amount is one.
        Manner::LookUp => 1 + number,
        _ => 1 + chance.below(99_999),
    };
    Asked {
        account_id: account.account_id.clone(),
        key: format!("C{client}-{}", number + 1),
        member_id: member.to_owned(),
        amount: Decimal::new(i64::try_from(cents).unwrap_or(1), 2),
    }
}

/// So many lines of those that are looked up have the same date.
const A_DAY: usize = 100;

/// The date of a line that can be looked up.
fn day(number: usize) -> String {
    let day = number / A_DAY;
    let (year, month, day) = (day / 336, day / 28 % 12, day % 28);
    format!("{}-{:02}-{:02}", 2000 + year, 1 + month, 1 + day)
}

impl Work {
    /// Writes the list where its client reads it.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        let is_dated = self.manner == Manner::LookUp;
        let dated = if is_dated { ",bill_date" } else { "" };
        let mut text = format!("member_id,bal_amount,src_bill_id{dated}\n");
        for (number, line) in self.lines.iter().enumerate() {
            text += &format!("{},{},{}", line.member_id, line.amount, line.key);
            if is_dated {
                text += &format!(",{} 12:00:00", day(number));
            }
            text.push('\n');
        }
        std::fs::write(&self.list, text)
    }
}

const MANNERS: [(Manner, &str); 4] = [
    (Manner::Plain, "plain"),
    (Manner::List, "list"),
    (Manner::Service, "service"),
    (Manner::LookUp, "look-up"),
];

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = MANNERS.iter().find(|(manner, _)| manner == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for Manner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = MANNERS.iter().find(|(_, name)| *name == text);
        let known = named.map(|(manner, _)| *manner);
        known.ok_or_else(|| format!("{text:?} is no way to make calls"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_lines_than_pages_need_have_one_date() {
        let days: Vec<String> = (0..40_000).map(day).collect();
        assert_eq!(days[99], "2000-01-01");
        assert_eq!(days[100], "2000-01-02");
        assert_eq!(days[33_600], "2001-01-01");
        for days in days.chunks(A_DAY) {
            assert!(days.iter().all(|day| *day == days[0]));
        }
    }
}
