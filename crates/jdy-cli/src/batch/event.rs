//! What a store in Postgres tells while a batch runs.
//!
//! Owns its words in a language that the journal does not speak. Must not know what is done about it.

use jdy_journal::{LateEnd, PostgresEvent};

use crate::language::{Language, of_state, say};

/// An event as a line for a person.
pub(super) fn in_words(event: &PostgresEvent) -> String {
    if Language::current() == Language::English {
        return event.to_string();
    }
    match event {
        PostgresEvent::Waiting(why) => say!("event-waiting", why = why),
        PostgresEvent::Back => say!("event-back"),
        PostgresEvent::Unwatched => say!("event-unwatched"),
        PostgresEvent::LeaseEnded => say!("event-lease-ended"),
        PostgresEvent::Late { line, state, kept } => {
            let kept = match kept {
                LateEnd::Applied => say!("event-late-applied"),
                LateEnd::Kept => say!("event-late-kept"),
                LateEnd::Contradicts => say!("event-late-contradicts"),
            };
            let state = of_state(*state);
            say!("event-late", line = line, state = state, kept = kept)
        }
        other => other.to_string(),
    }
}
