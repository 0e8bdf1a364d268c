//! How a list is run.
//!
//! Owns the settings of a run and their defaults. Must not know what a run does with them.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::reconcile::Reconcile;
use crate::resolution::Resolution;

/// How a list is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many calls are in flight at once. Default: 8.
    pub concurrency: NonZeroUsize,
    /// How many lines are started per minute, evenly. Set it to the client's own limit, so that
    /// few calls wait for a permit. A line waits for its turn before its deadline starts. `None`,
    /// the default, does not limit the rate.
    pub per_minute: Option<u32>,
    /// How long each call may take; the client's default unless set.
    pub deadline: Option<Duration>,
    /// The account set; the client's default one unless set.
    pub account: Option<String>,
    /// The names ([`Line::name`](crate::Line::name)) of unknown lines that are sent again, at the user's
    /// request. A line that was sent more than once is named with its last call, `R-1@2`: the same
    /// words, given twice, would send it twice.
    pub resend: Vec<String>,
    /// Manual resolutions of unknown or applied lines. They are stored before the first call is
    /// sent; lines that are resolved as absent are sent.
    pub resolutions: Vec<Resolution>,
    /// Whether and how unknown lines are looked up when all others are sent: those that took effect
    /// become `done`, and those that are proven absent are sent again by the same run. `None`, the
    /// default, leaves them to a person.
    pub reconcile: Option<Reconcile>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            per_minute: None,
            deadline: None,
            account: None,
            resend: Vec::new(),
            resolutions: Vec::new(),
            reconcile: None,
        }
    }
}
