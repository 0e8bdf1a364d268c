//! The words that a language puts behind those of the journal.
//!
//! Owns that a state keeps the spelling of the journal in every language. Must not know
//! where they are printed.

use jdy_journal::State;

use super::say;

/// A state for a person: as the journal spells it, followed by what it means.
pub(crate) fn of_state(state: State) -> String {
    match state {
        State::Planned => say!("state-planned"),
        State::Intent => say!("state-intent"),
        State::Done => say!("state-done"),
        State::Rejected => say!("state-rejected"),
        State::NotSent => say!("state-not-sent"),
        State::Unknown => say!("state-unknown"),
        State::Applied => say!("state-applied"),
    }
}

/// So many lines in a state, within a sentence.
pub(crate) fn of_count(count: u64, state: State) -> String {
    say!("count-of-state", count = count, state = of_state(state))
}
