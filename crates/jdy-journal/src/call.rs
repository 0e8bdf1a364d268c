//! One call under a journal: the intent before, the end after.
//!
//! Owns the order of the two, what is written when the caller loses patience in between, and that
//! a second call takes nothing away from what the first one may have done. It must not know why
//! the call is made.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jdy_runtime::runtime::{Runtime as _, TokioRuntime};
use jdy_runtime::{Advice, Answer, Call, Effect, Error, ErrorKind, Outcome};
use jdy_wire::Value;

use crate::entry::{Change, IN_PART};
use crate::state::State;
use crate::store::{JournalStore, StoreError};

/// How much of a good answer is kept; of one that could not be read, all of it.
const KEPT: usize = 64 << 10;

/// The journal could not be written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// The intent; so the call was not made.
    Intent(StoreError),
    /// The end of a call that was made: what is known of it is here and nowhere else.
    End(StoreError, Box<Change>),
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

/// What held a call back, so that it had no effect and the product itself did not refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeldBy {
    /// The gateway refused it, or whoever checks token and secret: a setting is wrong, and will
    /// be so for the next line.
    Gateway,
    /// This client's own limit: it is back-pressure, and no failure.
    OwnLimit,
    /// The other side is busy, or it never got there.
    Way,
}

impl HeldBy {
    /// `None` where the product has said no, or where the call may have taken effect.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let is_refusal = match error.outcome() {
            Outcome::NotSent => false,
            Outcome::Rejected => true,
            Outcome::Unknown | Outcome::Applied | Outcome::Incomplete => return None,
        };
        match Speaker::of(error) {
            Speaker::Product if is_refusal => None,
            Speaker::OwnLimit if !is_refusal && error.attempts() == 0 => Some(Self::OwnLimit),
            // What comes after a refusal, such as a new token for which there is no place, hides
            // who refused: but for that it would not have come about.
            Speaker::OwnLimit | Speaker::Gateway => Some(Self::Gateway),
            Speaker::Way | Speaker::Product if !is_refusal => Some(Self::Way),
            Speaker::Way | Speaker::Product => Some(Self::Gateway),
        }
    }
}

/// Who the end of a call is told by.
enum Speaker {
    /// What was called.
    Product,
    /// Whoever stands before it and asks for token, secret, permission and path.
    Gateway,
    /// This client's own limit.
    OwnLimit,
    /// The network, this machine, or a gateway that asks for patience.
    Way,
}

impl Speaker {
    /// A kind that this does not know is not taken for the product's word, which would be final.
    #[deny(clippy::wildcard_enum_match_arm)] // A new kind is to be decided here.
    fn of(error: &Error) -> Self {
        match *error.kind() {
            ErrorKind::Business
            | ErrorKind::Rows
            | ErrorKind::SystemError
            | ErrorKind::MissingErrcode
            | ErrorKind::InvalidBody
            | ErrorKind::Pagination => Self::Product,
            ErrorKind::Gateway(code) if code.is_throttle() => Self::Way,
            ErrorKind::Gateway(_)
            | ErrorKind::NoRoute
            | ErrorKind::Unauthorized
            | ErrorKind::TokenRejected
            | ErrorKind::StaleSecret
            | ErrorKind::UnexpectedStatus => Self::Gateway,
            ErrorKind::Token | ErrorKind::Authorization if is_of_settings(error) => Self::Gateway,
            ErrorKind::Token | ErrorKind::Authorization => Self::Way,
            ErrorKind::LocalRateLimit => Self::OwnLimit,
            ErrorKind::Request
            | ErrorKind::Connect
            | ErrorKind::ConnectionLost
            | ErrorKind::Timeout
            | ErrorKind::RateLimited
            | ErrorKind::Runtime => Self::Way,
            _ => Self::Gateway,
        }
    }
}

/// Whether it comes about again until a person changes something.
fn is_of_settings(error: &Error) -> bool {
    matches!(
        error.advice(),
        Advice::FixCredentials | Advice::FixSetup | Advice::SetClock
    )
}

/// How a call ended, and where that leaves its line.
pub(crate) struct Ended<D> {
    pub(crate) state: State,
    pub(crate) end: Result<Answer<D>, Error>,
}

/// Makes the call of a line that stands at `from`.
pub(crate) async fn logged<D: Value>(
    book: Arc<Book>,
    line: u64,
    from: State,
    call: Call<D>,
) -> Result<Ended<D>, Unwritten> {
    let doubt = Doubt::of(from, &call);
    // The store would refuse the second of two as well. But then the second, when it is dropped
    // before it hears so, would take the first one's intent for its own.
    if !book.under_way().insert(line) {
        return Err(Unwritten::Intent(StoreError::Conflict(line)));
    }
    let mut watch = Watch {
        book,
        line,
        when_dropped: Some((doubt.of_none(State::NotSent), "before it left")),
    };
    let intent = watch.book.store.write(change(line, from, State::Intent));
    let written = intent.await;
    // Where that failed it may have been written all the same; then it stays and reads unknown.
    watch.when_dropped = None;
    written.map_err(Unwritten::Intent)?;
    watch.when_dropped = Some((State::Unknown, "while it was under way"));
    let end = call.await;
    // From here on the end is asked for, and goes on without us.
    watch.when_dropped = None;
    let change = end_of(line, doubt, &end);
    let state = change.to;
    let written = watch.book.store.write(change.clone()).await;
    written.map_err(|error| Unwritten::End(error, Box::new(change)))?;
    Ok(Ended { state, end })
}

/// Whether an earlier call of the line may have taken effect. Then only a yes of this one says
/// anything of both: that this one was not sent, or was rejected (as a double, perhaps), leaves
/// open what became of the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    Earlier,
}

impl Doubt {
    fn of<D: Value>(from: State, call: &Call<D>) -> Self {
        // What only reads did nothing the first time either.
        let effect = call.prepared().map_or(Effect::Write, |own| own.effect());
        match from {
            State::Unknown if !effect.is_read() => Self::Earlier,
            _ => Self::None,
        }
    }

    /// Where a line stands whose call had no effect.
    fn of_none(self, state: State) -> State {
        match self {
            Self::None => state,
            Self::Earlier => State::Unknown,
        }
    }
}

fn end_of<D>(line: u64, doubt: Doubt, end: &Result<Answer<D>, Error>) -> Change {
    match end {
        Ok(answer) => Change {
            answer: Some(answer.raw().get(..KEPT).unwrap_or(answer.raw()).to_vec()),
            ..change(line, State::Intent, State::Done)
        },
        Err(error) => {
            let own = match HeldBy::of(error) {
                // Final is only what the product itself has said.
                Some(_) => State::NotSent,
                None => State::from(error.outcome()),
            };
            let state = match own {
                State::NotSent | State::Rejected => doubt.of_none(own),
                _ => own,
            };
            let mut report = error.to_string();
            if error.advice() == Advice::FixRows {
                report.insert_str(0, IN_PART);
            }
            if state != own {
                report += "; what became of the call before this one is still not known";
            }
            // What a failure says may be anything; only the answer that nobody could read, or of
            // which some rows took effect, is needed once more.
            let is_needed = state == State::Applied || *error.kind() == ErrorKind::Rows;
            let body = error.body().filter(|_| is_needed);
            Change {
                report: Some(report),
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
    /// The state, and when it was dropped.
    when_dropped: Option<(State, &'static str)>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((state, when)) = self.when_dropped {
            // The store goes on by itself; where the intent was not written, it changes nothing.
            drop(self.book.store.write(Change {
                report: Some(format!("the program dropped the call {when}")),
                ..change(self.line, State::Intent, state)
            }));
        }
        // Whoever comes next comes behind that in the store as well.
        self.book.under_way().remove(&self.line);
    }
}
