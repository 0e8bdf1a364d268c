//! Wrongs that a client can be told to do, one for each thing that the run looks for: a check
//! that cannot fail proves nothing.

use std::fmt;
use std::str::FromStr;

use jdy_journal::State;

/// The environment variable that tells a client process.
pub(crate) const WRONG: &str = "JDY_CHAOS_WRONG";

/// What a client does wrong: the first six the plain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It makes an unknown call again, as if it were not sent.
    Resend,
    /// It tells that an unknown call was not sent.
    Deny,
    /// It tells that an unknown call was done.
    Claim,
    /// It does not tell of an unknown call.
    Forget,
    /// Of some calls it does not believe the answer: what was done is told to be unknown.
    Doubt,
    /// It gives up before it tries.
    Shirk,
    /// It takes whichever account set the instance gives, and does not ask which was the first.
    Stray,
    /// Of several callers with one key each makes its call.
    Double,
    /// It makes its writes on connections that others use.
    Share,
    /// Where its journal is refused it takes another one.
    Renew,
    /// It takes the first page of a list for all of it.
    Glance,
}

use Wrong as W;

const ALL: [(&str, Wrong); 11] = [
    ("resend", W::Resend),
    ("deny", W::Deny),
    ("claim", W::Claim),
    ("forget", W::Forget),
    ("doubt", W::Doubt),
    ("shirk", W::Shirk),
    ("stray", W::Stray),
    ("double", W::Double),
    ("share", W::Share),
    ("renew", W::Renew),
    ("glance", W::Glance),
];

impl Wrong {
    /// What this process was told to do wrong.
    pub(crate) fn told() -> Result<Option<Self>, String> {
        std::env::var(WRONG)
            .ok()
            .map(|text| text.parse())
            .transpose()
    }

    /// Whether it is done to a line with this number. One doubt in three must be found.
    pub(crate) fn is_done_to(self, line: u64) -> bool {
        self != W::Doubt || line.is_multiple_of(3)
    }

    /// What it tells of a call that ended so; `None` where it tells nothing.
    pub(crate) fn tells(self, state: State) -> Option<State> {
        match (self, state) {
            (W::Deny, State::Unknown) => Some(State::NotSent),
            (W::Claim, State::Unknown) => Some(State::Done),
            (W::Forget, State::Unknown) => None,
            (W::Doubt, State::Done) => Some(State::Unknown),
            (_, state) => Some(state),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = ALL.iter().find(|(_, wrong)| wrong == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

impl FromStr for Wrong {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = ALL.iter().find(|(name, _)| *name == text);
        named.map(|(_, wrong)| *wrong).ok_or_else(|| {
            let names = ALL.map(|(name, _)| name).join(", ");
            format!("{text:?} is no wrong; they are {names}")
        })
    }
}
