//! The state of a line, and the states it may change to.
//!
//! Owns the states and their spelling. Must not know how they are stored.

use std::fmt;

use jdy_runtime::{Effect, Outcome};

/// The state of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It was not sent yet.
    Planned,
    /// Its call was sent or may have been, and its outcome is not known yet.
    Intent,
    /// The product accepted it.
    Done,
    /// The product refused all or some of its rows; the report says which. Only the other rows took
    /// effect.
    Rejected,
    /// It was not sent, or was refused, but not by the product itself.
    NotSent,
    /// It may have taken effect.
    Unknown,
    /// It took effect, but its answer could not be read, or is not clear.
    Applied,
}

impl State {
    /// All states, in the order in which they are reported.
    pub const ALL: [Self; 7] = [
        Self::Planned,
        Self::Intent,
        Self::Done,
        Self::Rejected,
        Self::NotSent,
        Self::Unknown,
        Self::Applied,
    ];

    /// `planned`, `intent`, `done`, `rejected`, `not_sent`, `unknown` or `applied`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Intent => "intent",
            Self::Done => "done",
            Self::Rejected => Outcome::Rejected.as_word(),
            Self::NotSent => Outcome::NotSent.as_word(),
            Self::Unknown => Outcome::Unknown.as_word(),
            Self::Applied => Outcome::Applied.as_word(),
        }
    }

    /// The state with this spelling.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a run sends a line in this state that is not named.
    pub const fn is_sent_again(self, effect: Effect) -> bool {
        match self {
            Self::Planned | Self::NotSent => true,
            // Repeating a read is harmless.
            Self::Unknown => effect.is_read(),
            Self::Intent | Self::Done | Self::Rejected | Self::Applied => false,
        }
    }

    /// Whether a line may go from here to there.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Planned | Self::NotSent => matches!(next, Self::Intent),
            // To `done` or `not_sent` only by a resolution, of a person or of a look-up. A look-up
            // that settles nothing is kept as well: the line stays `unknown`.
            Self::Unknown => matches!(
                next,
                Self::Intent | Self::Done | Self::NotSent | Self::Unknown
            ),
            Self::Intent => !matches!(next, Self::Planned | Self::Intent),
            // By a manual resolution that acknowledges the unreadable answer.
            Self::Applied => matches!(next, Self::Done),
            Self::Done | Self::Rejected => false,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// The outcome as a word. The state of a line after a failed call is [`State::after`].
impl From<Outcome> for State {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NotSent => Self::NotSent,
            Outcome::Rejected => Self::Rejected,
            Outcome::Unknown => Self::Unknown,
            Outcome::Applied => Self::Applied,
            // Only of a list in pages, but a line is one call. What was read is no answer to it.
            Outcome::Incomplete => Self::Unknown,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_or_rejected_stays_so_and_what_is_applied_may_be_done() {
        let next = |from: State| {
            let next = State::ALL
                .into_iter()
                .filter(move |to| from.may_become(*to));
            next.collect::<Vec<_>>()
        };
        for (end, after) in [
            (State::Done, &[][..]),
            (State::Rejected, &[]),
            (State::Applied, &[State::Done]),
        ] {
            assert_eq!(next(end), after);
            assert!(!end.is_sent_again(Effect::Read));
        }
    }

    #[test]
    fn only_a_read_is_repeated_when_its_outcome_is_unknown() {
        assert!(State::Unknown.is_sent_again(Effect::Read));
        assert!(!State::Unknown.is_sent_again(Effect::Write));
        assert!(!State::Unknown.is_sent_again(Effect::Money));
        assert!(!State::Intent.is_sent_again(Effect::Read));
    }

    #[test]
    fn what_took_effect_is_never_to_be_sent() {
        let from = State::ALL
            .into_iter()
            .filter(|from| from.may_become(State::NotSent));
        assert_eq!(from.collect::<Vec<_>>(), [State::Intent, State::Unknown]);
        assert!(!State::Unknown.may_become(State::Rejected));
        assert!(!State::Unknown.may_become(State::Applied));
    }

    #[test]
    fn every_state_is_found_by_its_spelling() {
        for state in State::ALL {
            assert_eq!(State::from_text(state.as_str()), Some(state));
            assert_eq!(State::ALL.get(state.index()), Some(&state));
        }
    }
}
