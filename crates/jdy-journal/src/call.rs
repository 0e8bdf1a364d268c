//! One call under a journal: the intent before it, the outcome after it.
//!
//! Owns the order of the two writes, what is written if the caller drops the call in between, and
//! that a second call does not hide the possible effect of the first. Must not know why the call
//! is made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jdy_runtime::runtime::{BoxFuture, Runtime as _, TokioRuntime};
use jdy_runtime::{Advice, Answer, Call, Effect, Error, ErrorKind, Outcome};
use jdy_wire::Value;

use crate::entry::{Change, IN_PART, with_last_attempt};
use crate::report::{DROPPED, EARLIER_UNKNOWN};
use crate::state::State;
use crate::store::{JournalStore, StoreError};
use crate::under_way::UnderWay;

/// The maximum number of bytes kept of a good answer; one that could not be read is kept whole.
pub(crate) const MAX_KEPT_ANSWER: usize = 64 << 10;

/// When a call was dropped that was not begun.
const NOT_BEGUN: &str = "before it left";

/// The journal could not be written.
#[derive(Debug)]
pub(crate) enum WriteFailed {
    /// The intent was not written, so the call was not made.
    Intent(StoreError),
    /// The outcome of a call that was made was not written: only this holds it.
    End(StoreError, Box<Change>),
}

/// The store, and the lines whose calls are in flight in this process.
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn JournalStore>,
    pub(crate) under_way: Arc<UnderWay>,
    /// How calls ended whose intent is in the store, and which the store could not write, or was not
    /// waited for: it is tried again with the next change, and until then the lines are shown so. Each
    /// names its call, so that it falls on no later one. A store that several processes share does
    /// that itself.
    owed: Mutex<Vec<Change>>,
}

impl Inner {
    /// `journal` is the id of the journal that the store holds.
    pub(crate) fn new(store: Arc<dyn JournalStore>, journal: &str) -> Self {
        Self {
            store,
            under_way: UnderWay::of(journal),
            owed: Mutex::default(),
        }
    }

    /// How calls ended that the store may not have.
    pub(crate) fn owed(&self) -> MutexGuard<'_, Vec<Change>> {
        // Nothing that holds this lock can panic halfway.
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owe(&self, end: Change) {
        if self.store.fleet().is_none() {
            self.owed().push(end);
        }
    }

    /// Writes how calls ended where that could not be written. A line that still cannot be ended
    /// stops no other one: it is not sent.
    pub(crate) async fn pay(&self) {
        let owed = self.owed().clone();
        for end in owed {
            if is_settled(&self.write(end.clone()).await) {
                self.owed().retain(|other| *other != end);
            }
        }
    }

    /// Writes how a call ended whose intent is in the store.
    async fn end(&self, end: Change) -> Result<(), StoreError> {
        let mut unpaid = Unpaid {
            inner: self,
            end: Some(end.clone()),
        };
        let written = self.write(end).await;
        if is_settled(&written) {
            unpaid.end = None;
        }
        written
    }

    /// Writes a change, and counts the line if it ended. The change goes on when the future is
    /// dropped, and is not counted then.
    pub(crate) fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let ended = (change.from != change.to).then_some(change.to);
        let writing = self.store.write(change);
        #[cfg(feature = "metrics")]
        let writing = Box::pin(async move {
            writing.await?;
            if let Some(state) = ended.filter(|state| *state != State::Intent) {
                count(state);
            }
            Ok(())
        });
        #[cfg(not(feature = "metrics"))]
        let _ = ended;
        writing
    }
}

impl Drop for Inner {
    /// Once more: nobody asks for anything any more.
    fn drop(&mut self) {
        for end in std::mem::take(&mut *self.owed()) {
            drop(self.store.write(end));
        }
    }
}

/// Whether a line is ended: by this change, or otherwise.
fn is_settled(written: &Result<(), StoreError>) -> bool {
    matches!(written, Ok(()) | Err(StoreError::Conflict(_)))
}

/// How a call ended, until the store has it. It is owed if the store fails, and also if nobody waits
/// for the store any more, as then nobody hears that it fails.
struct Unpaid<'a> {
    inner: &'a Inner,
    end: Option<Change>,
}

impl Drop for Unpaid<'_> {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            self.inner.owe(end);
        }
    }
}

/// A line has ended in this state.
#[cfg(feature = "metrics")]
fn count(state: State) {
    use jdy_runtime::telemetry::{attribute, metric};
    let label = metrics::Label::from_static_parts(attribute::OUTCOME, state.as_str());
    metrics::counter!(metric::JOURNAL_LINES, vec![label]).increment(1);
}

/// Why a call had no effect although the product itself did not refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeldBy {
    /// The gateway or its authentication refused it: a setting is wrong, also for the next line.
    Gateway,
    /// This client's own rate limiter: it is backpressure, not a failure.
    OwnLimit,
    /// The lease of this worker did not certainly hold any more: it is no failure of the call.
    Lease,
    /// The other side is busy, or the request did not reach it.
    Network,
}

impl HeldBy {
    /// `None` if the product refused the call, or if the call may have taken effect.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let is_refusal = match error.outcome() {
            Outcome::NotSent => false,
            Outcome::Rejected => true,
            Outcome::Unknown | Outcome::Applied | Outcome::Incomplete => return None,
        };
        if *error.kind() == ErrorKind::Withheld && !is_refusal {
            return Some(Self::Lease);
        }
        match Speaker::of(error) {
            Speaker::Product if is_refusal => None,
            Speaker::OwnLimit if !is_refusal && error.attempts() == 0 => Some(Self::OwnLimit),
            // A follow-up of a refusal, such as a new token without a permit, hides the refusal
            // that caused it.
            Speaker::OwnLimit | Speaker::Gateway => Some(Self::Gateway),
            Speaker::Network | Speaker::Product if !is_refusal => Some(Self::Network),
            Speaker::Network | Speaker::Product => Some(Self::Gateway),
        }
    }
}

/// Where the failure of a call comes from.
enum Speaker {
    /// The operation itself.
    Product,
    /// The gateway, which checks token, secret, permission and path.
    Gateway,
    /// This client's own rate limiter.
    OwnLimit,
    /// The network, this machine, or a gateway that throttles.
    Network,
}

impl Speaker {
    /// An unknown kind does not count as the product's, which would be final.
    #[deny(clippy::wildcard_enum_match_arm)] // A new kind must be classified here.
    fn of(error: &Error) -> Self {
        match *error.kind() {
            ErrorKind::Business
            | ErrorKind::Rows
            | ErrorKind::SystemError
            | ErrorKind::MissingErrcode
            | ErrorKind::InvalidBody
            | ErrorKind::Pagination => Self::Product,
            ErrorKind::Gateway(code) if code.is_throttle() => Self::Network,
            ErrorKind::Gateway(_)
            | ErrorKind::NoRoute
            | ErrorKind::Unauthorized
            | ErrorKind::TokenRejected
            | ErrorKind::StaleSecret
            | ErrorKind::UnexpectedStatus => Self::Gateway,
            ErrorKind::Token | ErrorKind::Authorization if is_of_settings(error) => Self::Gateway,
            ErrorKind::Token | ErrorKind::Authorization => Self::Network,
            ErrorKind::LocalRateLimit => Self::OwnLimit,
            ErrorKind::Request
            | ErrorKind::Withheld
            | ErrorKind::Connect
            | ErrorKind::ConnectionLost
            | ErrorKind::Timeout
            | ErrorKind::RateLimited
            | ErrorKind::Runtime => Self::Network,
            _ => Self::Gateway,
        }
    }
}

/// Whether it happens again until a person changes a setting.
fn is_of_settings(error: &Error) -> bool {
    matches!(
        error.advice(),
        Advice::FixCredentials | Advice::FixSetup | Advice::SetClock
    )
}

impl State {
    /// The state in which a failed call leaves its line, if no earlier call of the line may have
    /// taken effect. Only a refusal by the product itself is `rejected`, which is final: after one by
    /// the gateway or its authentication, the same request is sent when it is asked for again.
    pub fn after(error: &Error) -> Self {
        match HeldBy::of(error) {
            Some(_) => Self::NotSent,
            None => Self::from(error.outcome()),
        }
    }
}

/// The result of a call, and the state of its line after it.
pub(crate) struct Ended<D> {
    pub(crate) state: State,
    pub(crate) end: Result<Answer<D>, Error>,
}

/// A line whose call is to be made, as it was last seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenLine {
    pub(crate) line: u64,
    pub(crate) state: State,
    /// How many times its call was made ([`Entry::sent`](crate::Entry::sent)). `None` where a claim
    /// keeps others away.
    pub(crate) sent: Option<u32>,
}

impl SeenLine {
    /// The change to `intent`. What was decided about a line is decided about its last call: one
    /// that was made since then is another one.
    fn intent(self) -> Change {
        Change {
            of_call: self.sent,
            ..change(self.line, self.state, State::Intent)
        }
    }

    /// A change that ends the call which that intent begins.
    fn end(self, to: State) -> Change {
        Change {
            of_call: self.sent.map(|sent| sent.saturating_add(1)),
            ..change(self.line, State::Intent, to)
        }
    }
}

/// Makes the call of a line.
pub(crate) async fn run_journaled<D: Value>(
    inner: Arc<Inner>,
    line: SeenLine,
    call: Call<D>,
) -> Result<Ended<D>, WriteFailed> {
    let intended = intend(inner, line, &call).await;
    intended.map_err(WriteFailed::Intent)?.make(call).await
}

/// A line whose intent is on disk, and whose call this process alone makes.
pub(crate) struct Intended {
    watch: Watch,
    prior: PriorAttempt,
}

/// Writes the intent of a line.
pub(crate) async fn intend<D: Value>(
    inner: Arc<Inner>,
    line: SeenLine,
    call: &Call<D>,
) -> Result<Intended, StoreError> {
    let prior = PriorAttempt::of(line.state, call);
    // The store would refuse the second of two as well. But if the second is dropped before it
    // learns that, it would take the first one's intent for its own.
    if !inner.under_way.begin(line.line) {
        return Err(StoreError::Conflict(line.line));
    }
    let mut watch = Watch {
        inner,
        line,
        is_intended: false,
        when_dropped: Some((prior.without_effect(State::NotSent), NOT_BEGUN)),
    };
    let intent = watch.inner.write(line.intent());
    let written = intent.await;
    if let Err(StoreError::Conflict(_)) = written {
        // It is another caller's.
        watch.when_dropped = None;
    }
    // After any other failure it may have been written all the same. No call follows, and the watch
    // says so, behind whatever becomes of the intent.
    written?;
    watch.is_intended = true;
    Ok(Intended { watch, prior })
}

impl Intended {
    /// Makes the call, if the store says that this process may still do so when it leaves.
    pub(crate) async fn make<D: Value>(self, call: Call<D>) -> Result<Ended<D>, WriteFailed> {
        let Self { mut watch, prior } = self;
        watch.when_dropped = Some((State::Unknown, "while it was under way"));
        let line = watch.line;
        let fleet = watch.inner.store.fleet();
        let call = match fleet.and_then(|fleet| fleet.guard(line.line)) {
            Some(guard) => call.send_while(guard),
            None => call,
        };
        let end = call.await;
        // The write of the outcome goes on even if this future is dropped.
        watch.when_dropped = None;
        let change = end_of(line, prior, &end);
        let state = change.to;
        let written = watch.inner.end(change.clone()).await;
        written.map_err(|error| WriteFailed::End(error, Box::new(change)))?;
        Ok(Ended { state, end })
    }

    /// Does not make the call.
    pub(crate) async fn withdraw(self) -> Result<(), StoreError> {
        let Self { mut watch, prior } = self;
        // The write goes on even if this future is dropped.
        watch.when_dropped = None;
        let change = Change {
            report: Some(format!("{DROPPED}{NOT_BEGUN}")),
            ..watch.line.end(prior.without_effect(State::NotSent))
        };
        watch.inner.end(change).await
    }
}

/// Whether an earlier call of the line may have taken effect. Then only the success of this one
/// settles both: if this one was not sent, or was rejected (perhaps as a duplicate), the outcome
/// of the earlier one is still unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PriorAttempt {
    None,
    Unknown,
}

impl PriorAttempt {
    fn of<D: Value>(from: State, call: &Call<D>) -> Self {
        // A read had no effect the first time either.
        let effect = call.prepared().map_or(Effect::Write, |own| own.effect());
        match from {
            State::Unknown if !effect.is_read() => Self::Unknown,
            _ => Self::None,
        }
    }

    /// The state of a line whose call had no effect.
    fn without_effect(self, state: State) -> State {
        match self {
            Self::None => state,
            Self::Unknown => State::Unknown,
        }
    }
}

fn end_of<D>(line: SeenLine, prior: PriorAttempt, end: &Result<Answer<D>, Error>) -> Change {
    match end {
        Ok(answer) => Change {
            answer: Some(
                answer
                    .raw()
                    .get(..MAX_KEPT_ANSWER)
                    .unwrap_or(answer.raw())
                    .to_vec(),
            ),
            ..line.end(State::Done)
        },
        Err(error) => {
            let own = State::after(error);
            let state = match own {
                State::NotSent | State::Rejected => prior.without_effect(own),
                _ => own,
            };
            let mut report = error.to_string();
            if error.advice() == Advice::FixRows {
                report.insert_str(0, IN_PART);
            }
            if state != own {
                report += EARLIER_UNKNOWN;
            } else if let Some(at) = error.unknown_write().and_then(|write| write.last_attempt()) {
                report = with_last_attempt(&report, epoch_millis(at));
            }
            // The body of a failure may be anything. Only an answer that could not be read, or
            // of which some rows took effect, is needed again.
            let is_needed = state == State::Applied || *error.kind() == ErrorKind::Rows;
            let body = error.body().filter(|_| is_needed);
            Change {
                report: Some(report),
                answer: body.map(<[u8]>::to_vec),
                ..line.end(state)
            }
        }
    }
}

/// A change made now, without report and answer.
pub(crate) fn change(line: u64, from: State, to: State) -> Change {
    Change::new(line, from, to, now())
}

fn now() -> u64 {
    epoch_millis(TokioRuntime.now())
}

/// Milliseconds since 1970; 0 before that.
pub(crate) fn epoch_millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// Locks the line for one call, and writes what is known of a call that was dropped.
struct Watch {
    inner: Arc<Inner>,
    line: SeenLine,
    /// Whether the store has the intent for certain.
    is_intended: bool,
    /// The state, and when it was dropped.
    when_dropped: Option<(State, &'static str)>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((state, when)) = self.when_dropped {
            let end = Change {
                report: Some(format!("{DROPPED}{when}")),
                ..self.line.end(state)
            };
            if self.is_intended {
                self.inner.owe(end.clone());
            }
            // The write goes on by itself. If the intent was not written, it changes nothing.
            drop(self.inner.write(end));
        }
        // A later caller is behind that write in the store as well.
        self.inner.under_way.end(self.line.line);
    }
}
