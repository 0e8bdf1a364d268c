//! Sabotage: misbehaviour that a client can be ordered to show, one kind for each promise that the
//! run checks. A check that cannot fail proves nothing.
//!
//! Owns the kinds of sabotage and their names. Must not know how the run detects them.

use std::fmt;
use std::str::FromStr;

use jdy_journal::State;

/// The environment variable that orders sabotage of a client process.
pub(crate) const SABOTAGE_VARIABLE: &str = "JDY_CHAOS_SABOTAGE";

/// How a client misbehaves. The first six are for clients without a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Sends an unknown call again, as if it were not sent.
    Resend,
    /// Reports an unknown call as not sent.
    Deny,
    /// Reports an unknown call as done.
    Claim,
    /// Does not report an unknown call.
    Forget,
    /// Reports some calls that are done as unknown.
    Doubt,
    /// Gives up before the first attempt.
    Shirk,
    /// Accepts any account set of the instance, and does not check which one was first.
    Stray,
    /// Every one of several callers with one key makes its call.
    Double,
    /// Sends its writes on shared connections.
    Share,
    /// Creates a new journal where its own is refused.
    Renew,
    /// Takes the first page of a list for the whole list.
    Glance,
    /// Takes what the gateway refuses for a refusal by the product.
    Blame,
    /// Looks documents up at once and with no margin, as if the gateway could not accept them any
    /// more.
    Hasty,
    /// Takes the first page of all vouchers for the whole list.
    Skim,
}

use Sabotage as S;

const ALL: [(&str, Sabotage); 14] = [
    ("resend", S::Resend),
    ("deny", S::Deny),
    ("claim", S::Claim),
    ("forget", S::Forget),
    ("doubt", S::Doubt),
    ("shirk", S::Shirk),
    ("stray", S::Stray),
    ("double", S::Double),
    ("share", S::Share),
    ("renew", S::Renew),
    ("glance", S::Glance),
    ("blame", S::Blame),
    ("hasty", S::Hasty),
    ("skim", S::Skim),
];

impl Sabotage {
    /// The sabotage that this process was ordered to commit.
    pub(crate) fn from_env() -> Result<Option<Self>, String> {
        std::env::var(SABOTAGE_VARIABLE)
            .ok()
            .map(|text| text.parse())
            .transpose()
    }

    /// Whether the run must reconcile documents to detect it.
    pub(crate) fn is_of_documents(self) -> bool {
        matches!(self, S::Hasty | S::Skim)
    }

    /// Whether a line with this number is affected. `Doubt` affects one in three.
    pub(crate) fn applies_to(self, line: u64) -> bool {
        self != S::Doubt || line.is_multiple_of(3)
    }

    /// The state that is reported instead; `None` if nothing is reported.
    pub(crate) fn falsify(self, state: State) -> Option<State> {
        match (self, state) {
            (S::Deny, State::Unknown) => Some(State::NotSent),
            (S::Claim, State::Unknown) => Some(State::Done),
            (S::Forget, State::Unknown) => None,
            (S::Doubt, State::Done) => Some(State::Unknown),
            (_, state) => Some(state),
        }
    }
}

/// The name of one in a table of names.
pub(crate) fn name_of<T: PartialEq>(all: &[(&'static str, T)], one: T) -> &'static str {
    let found = all.iter().find(|(_, known)| *known == one);
    found.map_or("", |(name, _)| name)
}

/// The one of this name in a table of names.
pub(crate) fn named<T: Copy>(all: &[(&'static str, T)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, one)| *one).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("unknown sabotage {text:?}; use one of {}", names.join(", "))
    })
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&ALL, *self))
    }
}

impl FromStr for Sabotage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named(&ALL, text)
    }
}
