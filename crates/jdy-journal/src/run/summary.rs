//! The end of a run: its summary, or why there is none.
//!
//! Owns what a caller hears of a run. Must not know how it went.

use std::fmt;

use super::progress::Counts;
use crate::entry::{Change, Entry};
use crate::journal::OnceError;
use crate::list::Problem;
use crate::reconcile::Reconciled;
use crate::resolution::ResolveError;
use crate::store::StoreError;

/// Why a run ended before its list did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The caller stopped it.
    Interrupted,
    /// Too many lines in a row could not be sent.
    TooManyFailures,
    /// The gateway or its authentication refused several lines in a row: a setting is wrong. The
    /// next run sends them.
    RefusedByGateway,
}

/// The state of a list at the end of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// All lines in the order of their numbers, those of earlier runs included.
    pub entries: Vec<Entry>,
    /// How many lines are in each state.
    pub counts: Counts,
    /// How many calls this run made.
    pub made: u64,
    /// Why it ended early; `None` if it did not.
    pub stopped: Option<Stopped>,
    /// What was found out about unknown lines; `None` if they were not looked up.
    pub reconciled: Option<Reconciled>,
}

/// Why there is no summary.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// Lines that were named, to be sent again or resolved, are in a state that does not allow
    /// it. Nothing was sent or resolved.
    Named(Vec<Problem>),
    /// The run is for another account set than the calls before it under this journal
    /// ([`OnceError::OtherAccount`]), or it is not known for which. Nothing was sent or resolved.
    Account(Box<OnceError>),
    /// The journal failed. No further call was made, and those in flight were awaited.
    Store {
        /// The error of the store.
        error: StoreError,
        /// The outcomes of calls that could not be stored, with the bodies of their answers. The
        /// journal will show these lines as `unknown`, and only this says more, unless its store
        /// writes them when it can again.
        unrecorded: Vec<Change>,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    write!(f, "{}{problem}", if index > 0 { "; " } else { "" })?;
                }
                f.write_str("; nothing was sent")
            }
            Self::Account(why) => why.fmt(f),
            Self::Store { error, .. } => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Named(_) => None,
            Self::Account(why) => Some(why),
            Self::Store { error, .. } => Some(error),
        }
    }
}

impl RunError {
    /// A resolution that was valid could not be stored.
    pub(super) fn resolving(error: ResolveError) -> Self {
        Self::store(match error {
            ResolveError::Store(error) => error,
            early @ ResolveError::TooEarly(_) => StoreError::failed(early),
        })
    }

    pub(super) fn store(error: StoreError) -> Self {
        Self::Store {
            error,
            unrecorded: Vec::new(),
        }
    }
}
