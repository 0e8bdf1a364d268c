//! The lines whose calls are in flight in this process.
//!
//! Owns that all journals of one id share them: two of them may be open over one store, and what one
//! caller writes about its call must not fall on the call of another. Must not know a call or a store.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

/// Those of each journal that is open, by its id.
static JOURNALS: LazyLock<Mutex<HashMap<String, Weak<UnderWay>>>> = LazyLock::new(Mutex::default);

/// The numbers of the lines of one journal.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<HashSet<u64>>);

impl UnderWay {
    /// Those of the journal with this id.
    pub(crate) fn of(journal: &str) -> Arc<Self> {
        let mut journals = locked(&JOURNALS);
        if let Some(known) = journals.get(journal).and_then(Weak::upgrade) {
            return known;
        }
        journals.retain(|_, lines| lines.strong_count() > 0);
        let lines = Arc::new(Self::default());
        journals.insert(journal.to_owned(), Arc::downgrade(&lines));
        lines
    }

    /// Adds a line; `false` if it is there already.
    pub(crate) fn begin(&self, line: u64) -> bool {
        locked(&self.0).insert(line)
    }

    /// Removes a line.
    pub(crate) fn end(&self, line: u64) {
        locked(&self.0).remove(&line);
    }

    /// Whether the call of a line is in flight.
    pub(crate) fn holds(&self, line: u64) -> bool {
        locked(&self.0).contains(&line)
    }
}

/// Nothing that holds such a lock can panic halfway.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_of_one_id_share_their_lines_and_others_do_not() {
        let (one, same, other) = (UnderWay::of("a"), UnderWay::of("a"), UnderWay::of("b"));
        assert!(one.begin(1));
        assert!(!same.begin(1) && same.holds(1));
        assert!(!other.holds(1) && other.begin(1));
        one.end(1);
        assert!(same.begin(1));
        drop((one, same));
        assert!(!UnderWay::of("a").holds(1));
    }
}
