//! The lists that all workers share: recharges, outbound orders and vouchers.
//!
//! Owns their names, their lines and their files. Must not know a journal.

use std::path::{Path, PathBuf};

use jdy::operations::ls::MALL_RECHARGE;
use jdy_journal::{Format, List};
use jdy_sandbox::Decimal;

use crate::Failure;
use crate::documents::Kind;
use crate::rng::Rng;
use crate::shared_list::arguments::Plan;
use crate::work::{NOBODY, Write};

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Recharges,
    Documents(Kind),
}

impl Subject {
    pub(crate) const ALL: [Self; 3] = [
        Self::Recharges,
        Self::Documents(Kind::Outbound),
        Self::Documents(Kind::Voucher),
    ];

    /// The name of its list.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Recharges => "recharges",
            Self::Documents(kind) => kind.name(),
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Recharges => "R",
            Self::Documents(Kind::Outbound) => "O",
            Self::Documents(Kind::Receipt) => "C",
            Self::Documents(Kind::Voucher) => "V",
        }
    }

    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Self::Recharges => None,
            Self::Documents(kind) => Some(kind),
        }
    }

    fn file(self, folder: &Path) -> PathBuf {
        match self {
            Self::Recharges => folder.join("recharges.csv"),
            Self::Documents(kind) => folder.join(format!("{}.jsonl", kind.stored_as())),
        }
    }

    /// Reads its list, as a worker does.
    pub(crate) fn read(self, folder: &Path) -> Result<List, Failure> {
        let content = std::fs::read(self.file(folder))?;
        Ok(match self {
            Self::Recharges => List::read(&MALL_RECHARGE, Format::Csv, &content)?,
            Self::Documents(kind) => List::read(kind.operation(), Format::Jsonl, &content)?,
        })
    }
}

/// A list, before anything happens.
pub(crate) struct SharedList {
    pub(crate) subject: Subject,
    pub(crate) writes: Vec<Write>,
    file: PathBuf,
}

/// A look-up of a recharge reads all that its member has.
const RECHARGES_PER_MEMBER: u64 = 40;

/// The members that recharges are made for.
pub(crate) fn members(recharges: u64) -> impl Iterator<Item = String> {
    (0..=recharges / RECHARGES_PER_MEMBER).map(member)
}

fn member(number: u64) -> String {
    (1_000 + number).to_string()
}

/// The lists of a run. The first has what the others leave.
pub(crate) fn shared(plan: Plan, account_id: &str, folder: &Path) -> Vec<SharedList> {
    let third = plan.lines / 3;
    let counts = [plan.lines - 2 * third, third, third];
    let mut rng = Rng::new(plan.seed, 20);
    let lists = Subject::ALL.into_iter().zip(counts);
    lists
        .map(|(subject, count)| of_subject(subject, count, account_id, folder, &mut rng))
        .collect()
}

/// One list of this many lines.
pub(crate) fn of_subject(
    subject: Subject,
    count: u64,
    account_id: &str,
    folder: &Path,
    rng: &mut Rng,
) -> SharedList {
    let writes = (0..count).map(|number| Write {
        account_id: account_id.to_owned(),
        key: format!("{}-{}", subject.prefix(), number + 1),
        subject: match subject {
            Subject::Recharges if rng.once_in(100) => NOBODY.to_owned(),
            Subject::Recharges => member(number / RECHARGES_PER_MEMBER),
            Subject::Documents(kind) => kind.name().to_owned(),
        },
        amount: Decimal::new(1 + i64::try_from(rng.below(99_999)).unwrap_or_default(), 2),
    });
    SharedList {
        subject,
        writes: writes.collect(),
        file: subject.file(folder),
    }
}

impl SharedList {
    /// Writes it where the workers read it.
    pub(crate) fn write(&self) -> std::io::Result<()> {
        let line = |write: &Write| match self.subject {
            Subject::Recharges => format!("{},{},{}\n", write.subject, write.amount, write.key),
            Subject::Documents(kind) => format!("{}\n", kind.request(&write.key, write.amount)),
        };
        let lines: String = self.writes.iter().map(line).collect();
        let head = match self.subject {
            Subject::Recharges => "member_id,bal_amount,src_bill_id\n",
            Subject::Documents(_) => "",
        };
        std::fs::write(&self.file, format!("{head}{lines}"))
    }
}
