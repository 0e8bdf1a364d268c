//! Writes whose outcome is unknown, and what the machine finds out about them.
//!
//! Owns what a caller asks and hears. The rule is a pure function of its own, and so is the
//! comparison of two records. Must not know a single operation by name, nor when a caller should
//! ask. Must not use: `crate::attempt`, `crate::transport`.

mod batch;
mod candidates;
mod client;
mod compare;
mod days;
mod look_up;
mod names;
mod query;
mod reading;
mod reconciled;
mod rule;
mod shared_lists;
mod unknown_write;
mod value;

use std::fmt;
use std::time::{Duration, SystemTime};

pub use batch::ReconcileBatch;
pub use candidates::Candidate;
pub use query::{DocumentQuery, VerificationQuery};
pub use reconciled::Written;
pub use unknown_write::UnknownWrite;

/// What was found out about a write whose outcome was unknown.
///
/// `Debug` shows numbers and ids, never the content of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reconciliation {
    /// It took effect: its record is there, and everything that was sent agrees with what is shown.
    Applied {
        /// The record.
        found: Found,
    },
    /// It did not take effect, and cannot any more: its record is not there, the look-up is proven
    /// complete, and the gateway refuses the request by now. It may be sent again.
    Absent,
    /// A record of this number is there with other content. A person decides; never send it again
    /// under this number.
    Conflict {
        /// The record.
        found: Found,
        /// The fields that differ, as paths of the request: `material_entity[2].qty`.
        fields: Vec<String>,
    },
    /// Its record is not there yet, and the gateway may still accept the request.
    TooEarly {
        /// When a look-up can tell, by the gateway's clock.
        ask_again_at: SystemTime,
        /// How long that is from the look-up.
        wait: Duration,
    },
    /// The records carry nothing that names this write. These may be it; a person decides.
    Candidates {
        /// The records, in the order in which they are shown.
        found: Vec<Candidate>,
        /// Whether there can be no others: the list is proven complete, and the gateway refuses the
        /// request by now.
        is_final: bool,
    },
    /// A request with several records, not all of which have the same outcome: what was found out
    /// about each, in the order of the request.
    Items(Vec<Self>),
    /// The machine cannot find it out.
    NotPossible {
        /// Why not.
        reason: NotPossible,
    },
}

impl Reconciliation {
    /// Whether it took effect, each record of it where it has several.
    pub fn is_applied(&self) -> bool {
        match self {
            Self::Applied { .. } => true,
            Self::Items(items) => !items.is_empty() && items.iter().all(Self::is_applied),
            _ => false,
        }
    }

    /// How long to wait before another look-up can tell more; `None` where waiting does not help.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooEarly { wait, .. } => Some(*wait),
            Self::Items(items) => items.iter().filter_map(Self::wait).max(),
            _ => None,
        }
    }

    /// When another look-up can tell more, by the gateway's clock; `None` where waiting does not
    /// help.
    pub fn ask_again_at(&self) -> Option<SystemTime> {
        match self {
            Self::TooEarly { ask_again_at, .. } => Some(*ask_again_at),
            Self::Items(items) => items.iter().filter_map(Self::ask_again_at).max(),
            _ => None,
        }
    }

    /// One result for several records: their common one, or all of them.
    fn of_items(mut items: Vec<Self>) -> Self {
        let is_common = match items.first() {
            Some(Self::Absent) => items.iter().all(|item| *item == Self::Absent),
            _ => items.len() == 1,
        };
        match (is_common, items.pop()) {
            (true, Some(item)) => item,
            (_, Some(item)) => {
                items.push(item);
                Self::Items(items)
            }
            (_, None) => Self::NotPossible {
                reason: NotPossible::NoNumber,
            },
        }
    }
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied { found } => write!(f, "applied: {found}"),
            Self::Absent => f.write_str("absent: it is not there, and cannot come any more"),
            Self::Conflict { found, fields } => {
                let fields = fields.join(", ");
                write!(f, "conflict: {found}, with other content in {fields}")
            }
            Self::TooEarly { wait, .. } => {
                let seconds = wait.as_secs().saturating_add(1);
                write!(
                    f,
                    "too early: it is not there yet; ask again in {seconds} s"
                )
            }
            Self::Candidates { found, is_final } => {
                let count = found.len();
                let more = if *is_final { "" } else { ", and more may come" };
                write!(
                    f,
                    "not decided: {count} records may be it{more}; a person decides"
                )?;
                found
                    .iter()
                    .take(MAX_SHOWN)
                    .try_for_each(|one| write!(f, "; {one}"))
            }
            Self::Items(items) => {
                for (index, item) in items.iter().enumerate() {
                    let before = if index > 0 { "; " } else { "" };
                    write!(f, "{before}record {}: {item}", index + 1)?;
                }
                Ok(())
            }
            Self::NotPossible { reason } => write!(f, "not possible: {reason}"),
        }
    }
}

/// How many candidates a line shows.
const MAX_SHOWN: usize = 5;

/// A record that a look-up has shown. `Debug` and `Display` do not show its content.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    operation: &'static str,
    id: Option<String>,
    number: String,
    record: String,
    compared: usize,
}

impl Found {
    /// The id of the operation that showed it.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The record's id, where it is shown.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number, or other key, by which it was found.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The record as it came: the text of a JSON object.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// How many values of the request were compared with it, its number included.
    pub fn compared(&self) -> usize {
        self.compared
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::error::ShortLine;
        write!(f, "{} shows {}", self.operation, ShortLine(&self.number))?;
        if let Some(id) = &self.id {
            write!(f, " (id {})", ShortLine(id))?;
        }
        write!(f, ", {} values compared", self.compared)
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("operation", &self.operation)
            .field("id", &self.id)
            .field("number", &self.number)
            .field("compared", &self.compared)
            .finish_non_exhaustive()
    }
}

/// Why the machine cannot find out what became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPossible {
    /// The error is not that of a write whose outcome is unknown.
    NotUnknown,
    /// The spec knows no operation that shows what this one writes.
    NoLookUp,
    /// The request has no number or key of the caller's own: the product assigns one, which the lost
    /// answer would have stated.
    NoNumber,
    /// The list that shows it has no pages by which its end could be proven.
    ListNotProven,
    /// The list that shows it ended before its proven end, each time it was read.
    ListIncomplete,
    /// The list that shows it has several pages, and was never the same twice.
    ListChanged,
    /// All rows of a list would have to be read, and it has more pages than
    /// [`ReconcileOptions::max_pages`] allows.
    ListTooLong {
        /// How many pages were allowed.
        max_pages: u32,
    },
    /// The rows of a list would have to be read for the days around the record's own, and the
    /// request has none that can be read.
    NoDate,
    /// The product refused to show the record, which proves nothing, and no list confirms it.
    Refused,
    /// The record is shown, and not all of what the write would change in it.
    ChangeNotShown,
    /// The number, or another field by which the record is looked up, begins or ends with a blank:
    /// whether the product keeps the blank is not known.
    PaddedName,
    /// The look-up shows another record, one with this number in another spelling, or none that can
    /// be recognized.
    OtherShown,
    /// The name of its account set means another one here than where it was sent: other credentials
    /// were given to it since, or this is another client. What one does not show says nothing of
    /// the other.
    OtherAccountSet,
}

impl fmt::Display for NotPossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ListTooLong { max_pages } => {
                return write!(
                    f,
                    "the list that would show it has more than {max_pages} pages, and max_pages \
                     allows no more"
                );
            }
            Self::ListChanged => "the list changed while it was read",
            Self::NoDate => {
                "the list is read for the days around the record's own, and the request has none"
            }
            Self::NotUnknown => "this is no write whose outcome is unknown",
            Self::NoLookUp => "no operation is known that shows what this one writes",
            Self::NoNumber => "the request has no number by which its record could be found",
            Self::ListNotProven => {
                "it is not in the list, and nothing proves that the list is complete"
            }
            Self::ListIncomplete => "the list ended before its proven end",
            Self::Refused => {
                "the product refused to show it, which proves nothing, and no list confirms it"
            }
            Self::ChangeNotShown => {
                "the record is there, and not all is shown of what the write would change in it"
            }
            Self::PaddedName => {
                "a field by which it is looked up begins or ends with a blank, which the product may \
                 keep or not"
            }
            Self::OtherAccountSet => {
                "its account set's name means another account set here; look it up with the \
                 credentials with which it was sent"
            }
            Self::OtherShown => {
                "the look-up shows another record, one with this number in another spelling, or \
                 none that can be recognized"
            }
        })
    }
}

/// How writes are reconciled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileOptions {
    /// How long the product may need for a request after the last moment at which the gateway
    /// accepts it, which is 5 minutes after the request's timestamp. Only after both is a write
    /// absent. How long the product really needs is not documented; it answers within seconds, and
    /// a request that it queues is done within minutes, so the default is 5 minutes more. A shorter
    /// margin may declare a write absent that is still to come.
    pub margin: Duration,
    /// The time limit of each call of the look-up; the client's own unless set.
    pub deadline: Option<Duration>,
    /// How many pages of a list are read that has no filter by number, to prove that a record is
    /// not among its rows. A list of several pages is read at least twice, so that one look-up
    /// makes at least twice as many calls. A longer list proves nothing
    /// ([`NotPossible::ListTooLong`]). The default is 20: up to 2,000 records, of three days where
    /// the list can be narrowed by date.
    pub max_pages: u32,
}

impl ReconcileOptions {
    /// The margin unless another is set.
    pub const DEFAULT_MARGIN: Duration = Duration::from_secs(5 * 60);

    /// The maximum number of pages unless another is set.
    pub const DEFAULT_MAX_PAGES: u32 = 20;

    /// The same with another maximum number of pages.
    pub fn max_pages(mut self, max_pages: u32) -> Self {
        self.max_pages = max_pages;
        self
    }

    /// The same with another margin.
    pub fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How long after its last attempt a write that is not shown is absent, at the earliest: the 5
    /// minutes for which the gateway accepts a request, and the margin.
    pub fn provable_after(&self) -> Duration {
        crate::gateway::ACCEPTED_SKEW.saturating_add(self.margin)
    }

    /// The same with a time limit for each call of the look-up.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl Default for ReconcileOptions {
    fn default() -> Self {
        Self {
            margin: Self::DEFAULT_MARGIN,
            deadline: None,
            max_pages: Self::DEFAULT_MAX_PAGES,
        }
    }
}
