//! The token of an account set.
//!
//! Owns the session at hand, the single flight of its refresh, and what is remembered of rejected
//! tokens. It must not know how a token is fetched.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::error::Error;
use crate::limit::RateLimitExceeded;
use crate::secret::Secret;
use crate::sparse::Sparse;
use crate::sync::Lock;
use crate::time::Instant;
use crate::token::Token;

/// After a freshly fetched token is rejected too, ignore ambiguous 401s for this long.
const AMBIGUOUS_401_COOLDOWN: Duration = Duration::from_secs(60);
/// How long a failed background refresh is not tried again while the old token is still valid.
const REFRESH_BACKOFF: Duration = Duration::from_secs(30);

/// A token, and the router address it belongs to.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: Token,
    pub(crate) router: Arc<str>,
}

/// The result of a refresh.
pub(crate) type RefreshResult = Result<Session, Arc<Error>>;

/// A refresh in progress.
#[derive(Clone)]
pub(crate) struct InFlight(watch::Receiver<Option<RefreshResult>>);

/// The end of a refresh that reports its result.
pub(crate) struct Refresh(watch::Sender<Option<RefreshResult>>);

impl Refresh {
    /// Reports the result to all who wait for it; there may be none left.
    pub(crate) fn report(self, result: RefreshResult) {
        drop(self.0.send(Some(result)));
    }
}

impl InFlight {
    /// The result. `None` if the task was lost together with the runtime that drove it.
    pub(crate) async fn result(mut self) -> Option<RefreshResult> {
        let result = self.0.wait_for(Option::is_some).await.ok()?;
        result.clone()
    }

    fn is_running(&self) -> bool {
        // It fails once the sender is gone.
        self.0.has_changed().is_ok()
    }
}

/// The token of an account set and its refresh.
#[derive(Default)]
pub(crate) struct TokenCache(Lock<State>);

#[derive(Default)]
struct State {
    session: Option<Session>,
    cold: Sparse<ColdState>,
}

/// Rarely used state, boxed to keep idle accounts small.
#[derive(Default)]
struct ColdState {
    in_flight: Option<InFlight>,
    /// The token that was last rejected: the store may still have it.
    rejected: Option<Secret>,
    /// When the gateway last gave a token again that had been rejected.
    given_again: Option<Instant>,
    /// No background refresh before this.
    next_refresh: Instant,
    /// The refresh waits for a token call permit.
    waiting: Option<RateLimitExceeded>,
    /// What the calls of the refresh met last.
    met: Option<Arc<Error>>,
    /// Ambiguous 401s are ignored until then.
    ignore_ambiguous_until: Instant,
}

impl ColdState {
    fn is_idle(&self) -> bool {
        self.in_flight.is_none()
            && self.rejected.is_none()
            && self.given_again.is_none()
            && self.next_refresh == Instant::default()
            && self.waiting.is_none()
            && self.met.is_none()
            && self.ignore_ambiguous_until == Instant::default()
    }
}

/// Whether the caller that starts a refresh waits for it.
#[derive(Clone, Copy)]
pub(crate) struct IsAwaited(pub(crate) bool);

/// What a caller does next.
pub(crate) enum Step {
    Use(Session),
    Wait(InFlight),
}

impl TokenCache {
    /// The valid session, or the refresh that will bring one. Callers share one refresh, which
    /// `start` starts; it survives a dropped caller.
    pub(crate) fn get(
        &self,
        now: SystemTime,
        at: impl FnOnce() -> Instant,
        start: impl FnOnce(Refresh, IsAwaited),
    ) -> Step {
        let mut state = self.0.lock();
        let valid = |session: &&Session| session.token.is_valid(now);
        if let Some(session) = state.session.as_ref().filter(valid).cloned() {
            if session.token.is_due(now) && at() >= state.next_refresh() {
                state.start_or_join(|refresh| start(refresh, IsAwaited(false)));
            }
            return Step::Use(session);
        }
        Step::Wait(state.start_or_join(|refresh| start(refresh, IsAwaited(true))))
    }

    /// The valid session, if no refresh is due.
    pub(crate) fn ready(&self, now: SystemTime) -> Option<Session> {
        let state = self.0.lock();
        let session = state.session.as_ref()?;
        let is_ready = session.token.is_valid(now) && !session.token.is_due(now);
        is_ready.then(|| session.clone())
    }

    /// Takes over the result of a refresh. Returns whether its token is used.
    pub(crate) fn finish(&self, result: &RefreshResult, now: SystemTime, at: Instant) -> bool {
        let later = at.plus(REFRESH_BACKOFF);
        let mut state = self.0.lock();
        state.cold.update(
            |cold| {
                cold.in_flight = None;
                cold.waiting = None;
                cold.met = None;
            },
            ColdState::is_idle,
        );
        match result {
            // It was rejected while this refresh was in progress.
            Ok(session) if state.rejected() == Some(&session.token.value) => false,
            Ok(session) => {
                if session.token.is_due(now) {
                    // An old token from the store: the next refresh can wait.
                    state.cold.get_mut().next_refresh = later;
                }
                state.session = Some(session.clone());
                true
            }
            Err(_) => {
                state.cold.get_mut().next_refresh = later;
                false
            }
        }
    }

    /// Drops the session after the gateway rejected its token in an attempt that was made then. A
    /// newer one stays, also where the gateway has given the same token for it.
    pub(crate) fn reject(&self, session: &Session, sent: Instant) {
        let mut state = self.0.lock();
        let given_again = state.cold.get().and_then(|cold| cold.given_again);
        let is_late = given_again.is_some_and(|at| sent < at);
        if state.holds(session) && !is_late {
            state.session = None;
            state.cold.get_mut().rejected = Some(session.token.value.clone());
        }
    }

    /// The gateway gave this token after it was rejected: it is as good as another.
    pub(crate) fn note_given_again(&self, token: &Secret, at: Instant) {
        let mut state = self.0.lock();
        state.cold.update(
            |cold| {
                if cold
                    .rejected
                    .take_if(|rejected| rejected == token)
                    .is_some()
                {
                    cold.given_again = Some(at);
                }
            },
            ColdState::is_idle,
        );
    }

    /// Takes note that a token which was fetched after a rejection was rejected as well.
    pub(crate) fn note_refresh_useless(&self, at: Instant) {
        let until = at.plus(AMBIGUOUS_401_COOLDOWN);
        self.0.lock().cold.get_mut().ignore_ambiguous_until = until;
    }

    /// Whether another token would hardly help against an ambiguous 401: the endpoint or a proxy
    /// refuses everyone. A refresh would spend a token call and the good token of all other calls.
    /// If a newer token is at hand, it is worth a try.
    pub(crate) fn refresh_is_useless(&self, session: &Session, at: Instant) -> bool {
        let state = self.0.lock();
        let cold = state.cold.get();
        state.holds(session) && cold.is_some_and(|cold| at < cold.ignore_ambiguous_until)
    }

    /// Whether this session's token is the one at hand.
    pub(crate) fn holds(&self, session: &Session) -> bool {
        self.0.lock().holds(session)
    }

    /// Whether this session's token is the one that was last rejected.
    pub(crate) fn is_rejected(&self, session: &Session) -> bool {
        self.0.lock().rejected() == Some(&session.token.value)
    }

    /// The token that was last rejected.
    pub(crate) fn rejected(&self) -> Option<Secret> {
        self.0.lock().rejected().cloned()
    }

    /// The limit that keeps the refresh waiting, if one does.
    pub(crate) fn waiting(&self) -> Option<RateLimitExceeded> {
        self.0.lock().cold.get().and_then(|cold| cold.waiting)
    }

    /// What the calls of the refresh met last, while it goes on.
    pub(crate) fn met(&self) -> Option<Arc<Error>> {
        self.0.lock().cold.get()?.met.clone()
    }

    /// A call of the refresh failed, and is made again.
    pub(crate) fn note_met(&self, error: Error) {
        self.0.lock().cold.get_mut().met = Some(Arc::new(error));
    }

    /// The refresh begins to wait for a token call permit.
    pub(crate) fn wait(&self, exceeded: RateLimitExceeded) {
        self.0.lock().cold.get_mut().waiting = Some(exceeded);
    }

    /// The refresh has its token call permit.
    pub(crate) fn stop_waiting(&self) {
        let mut state = self.0.lock();
        state
            .cold
            .update(|cold| cold.waiting = None, ColdState::is_idle);
    }

    /// The tokens that must not be shown.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let state = self.0.lock();
        let current = state.session.as_ref();
        let current = current.map(|session| session.token.value.clone());
        [current, state.rejected().cloned()].into_iter().flatten()
    }
}

impl State {
    fn start_or_join(&mut self, start: impl FnOnce(Refresh)) -> InFlight {
        let cold = self.cold.get_mut();
        if let Some(in_flight) = &cold.in_flight
            && in_flight.is_running()
        {
            return in_flight.clone();
        }
        let (sender, receiver) = watch::channel(None);
        let in_flight = InFlight(receiver);
        cold.in_flight = Some(in_flight.clone());
        start(Refresh(sender));
        in_flight
    }

    fn holds(&self, session: &Session) -> bool {
        let held = self.session.as_ref();
        held.is_some_and(|held| held.token.value == session.token.value)
    }

    fn rejected(&self) -> Option<&Secret> {
        self.cold.get()?.rejected.as_ref()
    }

    fn next_refresh(&self) -> Instant {
        let cold = self.cold.get();
        cold.map_or(Instant::default(), |cold| cold.next_refresh)
    }
}
