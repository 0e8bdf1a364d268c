//! The work of the run: every recharge and document of every list, before anything happens.
//!
//! Owns which client gets which account set, and how calls are shared among clients. A recharge is
//! identified by its account set, the caller's own key, member and amount; the ledger has all four. A
//! document is identified by its account set, number, kind and amount.
//! Must not know how a client calls.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jdy_sandbox::{AccountSet, Decimal};

use crate::documents::Kind;
use crate::rng::Rng;

/// A recharge, or the save of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Write {
    pub(crate) account_id: String,
    /// The caller's own key; the number of a document.
    pub(crate) key: String,
    /// The member of a recharge, the kind of a document.
    pub(crate) subject: String,
    pub(crate) amount: Decimal,
}

/// How a client makes its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Call by call, without a journal.
    Plain,
    /// As a list with a journal.
    List,
    /// As a service: one by one with a journal, each key by several callers at once.
    Service,
    /// As a list; lines that are unknown are looked up, and sent where they are absent.
    LookUp,
    /// As a list of documents; what is unknown is left for later.
    Documents(Kind),
    /// The same list once more, now with reconciliation.
    Reconcile(Kind),
}

impl Mode {
    /// The kind of its documents, if it has some.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Self::Documents(kind) | Self::Reconcile(kind) => Some(kind),
            Self::Plain | Self::List | Self::Service | Self::LookUp => None,
        }
    }
}

/// How a client reaches its account set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// By its app key.
    Direct,
    /// By its app key, through a relay that delivers responses twice.
    Relay,
    /// By the outer instance id alone; the instance has another account set as well.
    Instance,
}

/// The work of one client.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) mode: Mode,
    pub(crate) route: Route,
    pub(crate) account: AccountSet,
    pub(crate) list: PathBuf,
    /// `None` for a client that makes plain calls.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) lines: Vec<Write>,
}

/// The account sets of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountSets<'a> {
    /// Those that are called by app key; the last two belong to the clients that look up.
    pub(crate) keyed: &'a [AccountSet],
    /// The account set of the instance that is live first.
    pub(crate) first: &'a AccountSet,
}

/// The clients, each with its share of the calls.
const CLIENTS: [(Mode, Route, u64); 17] = [
    (Mode::Plain, Route::Direct, 1),
    (Mode::Plain, Route::Direct, 1),
    (Mode::List, Route::Direct, 2),
    (Mode::List, Route::Direct, 2),
    (Mode::List, Route::Direct, 2),
    (Mode::List, Route::Direct, 2),
    (Mode::List, Route::Relay, 2),
    (Mode::List, Route::Relay, 2),
    (Mode::Service, Route::Direct, 1),
    (Mode::Service, Route::Direct, 1),
    (Mode::List, Route::Instance, 1),
    (Mode::List, Route::Instance, 1),
    (Mode::LookUp, Route::Direct, 1),
    (Mode::LookUp, Route::Direct, 1),
    (Mode::Documents(Kind::Outbound), Route::Direct, 1),
    (Mode::Documents(Kind::Receipt), Route::Direct, 1),
    (Mode::Documents(Kind::Voucher), Route::Direct, 1),
];

/// Each client that looks up has an account set of its own, so that an amount identifies a line.
pub(crate) const LOOKUP_CLIENTS: usize = 2;

/// Distributes the calls over clients and account sets.
pub(crate) fn distribute(calls: u64, seed: u64, sets: AccountSets<'_>, folder: &Path) -> Vec<Work> {
    let mut rng = Rng::new(seed, 1);
    let parts: u64 = CLIENTS.iter().map(|(.., share)| share).sum();
    let (common, own) = sets.keyed.split_at(sets.keyed.len() - LOOKUP_CLIENTS);
    let (mut common, mut own) = (common.iter().cycle(), own.iter().cycle());
    let (mut left, mut works) = (calls, Vec::new());
    for (index, (mode, route, share)) in (0..).zip(CLIENTS) {
        let account = match (mode, route) {
            (_, Route::Instance) => Some(sets.first),
            (Mode::LookUp, _) => own.next(),
            _ => common.next(),
        };
        let Some(account) = account else { continue };
        let is_last = index + 1 == CLIENTS.len() as u64;
        let count = if is_last { left } else { calls * share / parts };
        left -= count;
        let name = format!("client-{index}");
        let journal = folder.join(format!("{name}.journal"));
        works.push(Work {
            mode,
            route,
            account: account.clone(),
            list: folder.join(format!("{name}.{}", extension(mode))),
            journal: (mode != Mode::Plain).then_some(journal),
            lines: (0..count)
                .map(|number| line(&mut rng, mode, account, index, number))
                .collect(),
        });
    }
    // An empty list is not accepted.
    works.retain(|work| !work.lines.is_empty());
    works
}

fn extension(mode: Mode) -> &'static str {
    match mode.kind() {
        Some(_) => "jsonl",
        None => "csv",
    }
}

/// No gateway knows this member: a recharge of it is rejected.
pub(crate) const NOBODY: &str = "999";

fn line(rng: &mut Rng, mode: Mode, account: &AccountSet, client: u64, number: u64) -> Write {
    // The sandbox knows members 10 and 11.
    let member = match rng.below(100) {
        0 => NOBODY,
        1..50 => "11",
        _ => "10",
    };
    let subject = mode.kind().map_or(member, Kind::name);
    let cents = match mode {
        // The list of recharges shows no key: the amount identifies the line.
        Mode::LookUp => 1 + number,
        _ => 1 + rng.below(99_999),
    };
    Write {
        account_id: account.account_id.clone(),
        key: format!("C{client}-{}", number + 1),
        subject: subject.to_owned(),
        amount: Decimal::new(i64::try_from(cents).unwrap_or(1), 2),
    }
}

/// How many lines that are looked up have the same date.
const LINES_PER_DATE: usize = 100;

/// The date of a line that can be looked up.
fn day(number: usize) -> String {
    let day = number / LINES_PER_DATE;
    let (year, month, day) = (day / 336, day / 28 % 12, day % 28);
    format!("{}-{:02}-{:02}", 2000 + year, 1 + month, 1 + day)
}

impl Work {
    /// Writes the list where its client reads it.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        if let Some(kind) = self.mode.kind() {
            let request = |line: &Write| format!("{}\n", kind.request(&line.key, line.amount));
            let text: String = self.lines.iter().map(request).collect();
            return std::fs::write(&self.list, text);
        }
        let is_dated = self.mode == Mode::LookUp;
        let dated = if is_dated { ",bill_date" } else { "" };
        let mut text = format!("member_id,bal_amount,src_bill_id{dated}\n");
        for (number, line) in self.lines.iter().enumerate() {
            text += &format!("{},{},{}", line.subject, line.amount, line.key);
            if is_dated {
                text += &format!(",{} 12:00:00", day(number));
            }
            text.push('\n');
        }
        std::fs::write(&self.list, text)
    }
}

const MODES: [(Mode, &str); 10] = [
    (Mode::Plain, "plain"),
    (Mode::List, "list"),
    (Mode::Service, "service"),
    (Mode::LookUp, "look-up"),
    (Mode::Documents(Kind::Outbound), "outbound"),
    (Mode::Documents(Kind::Receipt), "receipt"),
    (Mode::Documents(Kind::Voucher), "voucher"),
    (Mode::Reconcile(Kind::Outbound), "reconcile-outbound"),
    (Mode::Reconcile(Kind::Receipt), "reconcile-receipt"),
    (Mode::Reconcile(Kind::Voucher), "reconcile-voucher"),
];

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = MODES.iter().find(|(mode, _)| mode == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = MODES.iter().find(|(_, name)| *name == text);
        let known = named.map(|(mode, _)| *mode);
        known.ok_or_else(|| format!("{text:?} is no mode of a client"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_as_many_lines_as_intended() {
        let days: Vec<String> = (0..40_000).map(day).collect();
        assert_eq!(days[99], "2000-01-01");
        assert_eq!(days[100], "2000-01-02");
        assert_eq!(days[33_600], "2001-01-01");
        for days in days.chunks(LINES_PER_DATE) {
            assert!(days.iter().all(|day| *day == days[0]));
        }
    }
}
