//! One call under a journal: the intent before, the end after.
//!
//! Owns the order of the two, and what is written when the caller loses patience in between. It
//! must not know why the call is made.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Answer, Call, Error};
use jdy_wire::Value;

use crate::state::State;
use crate::store::{Change, JournalStore, StoreError};

/// How much of a good answer is kept; of one that could not be read, all of it.
const KEPT: usize = 64 << 10;

/// The journal could not be written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// The intent; so the call was not made.
    Intent(StoreError),
    /// The end of a call that was made: what is known of it is here and nowhere else.
    End {
        error: StoreError,
        state: State,
        report: Option<String>,
    },
}

/// The store, and the lines whose calls are under way in this process.
pub(crate) struct Book {
    pub(crate) store: Arc<dyn JournalStore>,
    under_way: Mutex<HashSet<u64>>,
}

impl Book {
    pub(crate) fn new(store: Arc<dyn JournalStore>) -> Self {
        Self {
            store,
            under_way: Mutex::default(),
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<u64>> {
        // Nothing that holds this lock can panic halfway.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the call of a line that stands at `from`.
pub(crate) async fn logged<D: Value>(
    book: Arc<Book>,
    line: u64,
    from: State,
    call: Call<D>,
) -> Result<Result<Answer<D>, Error>, Unwritten> {
    // The store would refuse the second of two as well. But then the second, when it is dropped
    // before it hears so, would take the first one's intent for its own.
    if !book.under_way().insert(line) {
        return Err(Unwritten::Intent(StoreError::Conflict(line)));
    }
    let mut watch = Watch {
        book,
        line,
        when_dropped: Some(State::NotSent),
    };
    let intent = watch.book.store.write(change(line, from, State::Intent));
    let written = intent.await;
    // Where that failed it may have been written all the same; then it stays and reads unknown.
    watch.when_dropped = None;
    written.map_err(Unwritten::Intent)?;
    watch.when_dropped = Some(State::Unknown);
    let end = call.await;
    // From here on the end is asked for, and goes on without us.
    watch.when_dropped = None;
    let change = end_of(line, &end);
    let (state, report) = (change.to, change.report.clone());
    let written = watch.book.store.write(change).await;
    written.map_err(|error| Unwritten::End {
        error,
        state,
        report,
    })?;
    Ok(end)
}

fn end_of<D>(line: u64, end: &Result<Answer<D>, Error>) -> Change {
    match end {
        Ok(answer) => Change {
            answer: Some(answer.raw().get(..KEPT).unwrap_or(answer.raw()).to_vec()),
            ..change(line, State::Intent, State::Done)
        },
        Err(error) => {
            let state = State::from(error.outcome());
            // What a failure says may be anything; only the answer that nobody could read is
            // needed once more.
            let body = error.body().filter(|_| state == State::Applied);
            Change {
                report: Some(error.to_string()),
                answer: body.map(<[u8]>::to_vec),
                ..change(line, State::Intent, state)
            }
        }
    }
}

/// A change of this moment that has nothing to tell.
pub(crate) fn change(line: u64, from: State, to: State) -> Change {
    Change {
        line,
        from,
        to,
        at: now(),
        report: None,
        answer: None,
    }
}

fn now() -> u64 {
    let since = TokioRuntime.now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// Holds the line for one call, and writes what is certain of a call that was dropped.
struct Watch {
    book: Arc<Book>,
    line: u64,
    when_dropped: Option<State>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(state) = self.when_dropped {
            let report = match state {
                State::Unknown => "the program dropped the call while it was under way",
                _ => "the program dropped the call before it left",
            };
            // The store goes on by itself; where the intent was not written, it changes nothing.
            drop(self.book.store.write(Change {
                report: Some(report.to_owned()),
                ..change(self.line, State::Intent, state)
            }));
        }
        // Whoever comes next comes behind that in the store as well.
        self.book.under_way().remove(&self.line);
    }
}
