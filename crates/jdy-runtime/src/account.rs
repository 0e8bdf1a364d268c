//! One account set: its secrets, its token, and the one task that fetches a new one.
//!
//! Owns single flight, healing of a stale app secret, and what is shared through the store. It
//! must not know business calls; it is asked for a session, and told when one was rejected.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use jdy_wire::Errcode;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::credentials::{
    App, Authorization, AuthorizationError, Choice, Credentials, Pinned, is_plain_http,
    read_authorizations, router,
};
use crate::error::{Error, ErrorKind, Parts, Source, Subject};
use crate::exchange::{Attempt, Core};
use crate::hooks::{TokenNews, TokenOrigin};
use crate::http_date::{read_date, read_retry_after};
use crate::limits::{NoPlace, Place, Places, Rate};
use crate::operation::{Effect, Method};
use crate::outcome::{Exchange, Outcome, Verdict, data_of, judge};
use crate::redaction::{Echo, Known};
use crate::retry::{Correction, Decision, Healed, Situation, decide};
use crate::row_verdict::RowVerdicts;
use crate::runtime::within;
use crate::secret::Secret;
use crate::signing::{app_signature, hex};
use crate::token::{CallKind, Lease, Share, StoreError, Ticket, Token, half};
use crate::transport::{Connection, Progress, Response};

const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
const AUTHORIZE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";

/// How long one question to the store may take before the client goes on without it.
const STORE_PATIENCE: Duration = Duration::from_secs(1);
/// For how long a process leases the right to fetch a token. It prolongs the lease while it is at
/// it, so that the others need not wait longer than this for one that was killed.
const LEASE: Duration = Duration::from_secs(5);
/// How often a process that waits for a place among the token calls looks into the store.
const PLACE_LOOK: Duration = Duration::from_secs(1);
/// How often a process looks whether the one with the lease has put its token down.
const LEASE_LOOK: Duration = Duration::from_millis(100);
/// How long no token is rejected for no better reason, after one that was fetched because of a
/// refusal was refused as well.
const FRUITLESS: Duration = Duration::from_secs(60);
/// A token that ends sooner is of no use: most calls take less, and many take some seconds.
const SHORTEST_LIFE: Duration = Duration::from_secs(5);
/// How long a failed refresh is not tried again while the old token still serves.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);
/// How long an instance that said no is not asked again: it has no limit that would keep it from
/// being asked at every call. Each further no doubles it, so that one that was a slip of the
/// gateway's costs a moment, and one that is meant costs the instance a question in half a minute.
const FIRST_NO: Duration = Duration::from_millis(500);
const LONGEST_NO: Duration = Duration::from_secs(30);

/// What a business call needs: a token, and the address it belongs to.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: Token,
    pub(crate) router: Arc<str>,
}

type Landed = Result<Session, Arc<Error>>;
type Flight = watch::Receiver<Option<Landed>>;

/// One account set of a client. There may be very many of them, so that whatever is in common is
/// held once, and what few need is made when they do.
pub(crate) struct Account {
    pub(crate) name: Arc<str>,
    pub(crate) client_id: Arc<str>,
    pub(crate) client_secret: Secret,
    origin: Option<Box<Origin>>,
    /// Half of the hash of what tells this account set from every other: gateway, client id and
    /// app key. Set once, when the app key is known.
    identity: OnceLock<[u8; 16]>,
    /// The account set that its instance gave first. No other is called from then on.
    pinned: OnceLock<Box<Pinned>>,
    /// The places of its business calls.
    calls: Places,
    token_calls: Places,
    state: Mutex<State>,
}

/// Where its app key and app secret can be had, and which of several account sets it is there.
struct Origin {
    instance: String,
    choice: Choice,
}

#[derive(Default)]
struct State {
    app: Option<App>,
    session: Option<Session>,
    flight: Option<Flight>,
    /// Whether the app secret at hand has already brought a token.
    app_used: AppUse,
    seldom: Option<Box<Seldom>>,
}

/// What a token is for: it is asked for with a client id and an app key, and nothing else.
fn identity(core: &Core, client_id: &str, app_key: &str) -> [u8; 16] {
    let text = format!("{}\n{client_id}\n{app_key}", core.base.as_str());
    half(Sha256::digest(text.as_bytes()).into())
}

/// Whether an instance that brought no app secret has said no, or none fits, or several do.
fn is_no(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Authorization | ErrorKind::Business)
}

/// What an account set needs only when something did not go as usual.
#[derive(Default)]
struct Seldom {
    /// The token that was last rejected: the store may still have it.
    rejected: Option<Secret>,
    /// Monotonic time before which the background refresh is not tried again.
    not_before: Duration,
    /// The flight under way waits for a place among the token calls.
    waits: Option<NoPlace>,
    /// What was at hand before a callback brought something else. Nobody signs a callback, so
    /// this is kept until the new one has brought a token.
    former: Option<App>,
    /// Monotonic time until which a refusal without a clear word about the token is not its fault.
    fruitless_until: Duration,
    /// The last no of the instance, if it has brought no app secret since.
    no: Option<No>,
}

/// What the instance said instead of an app secret.
#[derive(Clone)]
struct No {
    error: Arc<Error>,
    /// Monotonic time before which it is not asked again.
    until: Duration,
    /// How long that was from when it was said.
    kept: Duration,
    /// The app secret at hand was refused as well, so that no token call with it is worth its
    /// place.
    is_needed: bool,
}

impl No {
    fn after(former: Option<&No>, error: &Arc<Error>, now: Duration) -> Self {
        // One of long ago has nothing to do with this one.
        let is_recent = |no: &&No| now < no.until.saturating_add(LONGEST_NO);
        let kept = former.filter(is_recent).map(|no| no.kept.saturating_mul(2));
        let kept = kept.map_or(FIRST_NO, |kept| kept.min(LONGEST_NO));
        Self {
            error: error.clone(),
            until: now.saturating_add(kept),
            kept,
            is_needed: former.is_some_and(|no| no.is_needed),
        }
    }
}

/// All went as usual so far.
static USUAL: Seldom = Seldom {
    rejected: None,
    not_before: Duration::ZERO,
    waits: None,
    former: None,
    fruitless_until: Duration::ZERO,
    no: None,
};

impl State {
    fn seldom(&self) -> &Seldom {
        self.seldom.as_deref().unwrap_or(&USUAL)
    }

    fn seldom_mut(&mut self) -> &mut Seldom {
        self.seldom.get_or_insert_default()
    }

    /// The router address that a token of someone else belongs to. One that a callback brought
    /// may be a stranger's until it has brought a token of its own.
    fn proven_router(&self) -> Option<Arc<str>> {
        let proven = self.seldom().former.as_ref().or(self.app.as_ref());
        proven.map(|app| app.router.clone())
    }

    fn know(&mut self, app: App) {
        self.app = Some(app);
        self.app_used = AppUse::New;
    }

    /// Whether this session's token is the one at hand.
    fn holds(&self, session: &Session) -> bool {
        let held = self.session.as_ref();
        held.is_some_and(|held| held.token.value == session.token.value)
    }

    /// Changes it where there is any of it.
    fn mend(&mut self, mend: impl FnOnce(&mut Seldom)) {
        self.seldom.as_deref_mut().map(mend);
    }
}

/// Whether an app secret may be the last one that there is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum AppUse {
    /// It was never tried, so it may well be good.
    #[default]
    New,
    /// It has brought a token, or one was there before. It rotates as often as the token does,
    /// so by the time that another token is needed it is most likely stale.
    Used,
}

/// What a caller does next.
enum Step {
    Use(Session),
    Wait(Flight),
}

impl Account {
    /// An account set from checked credentials.
    pub(crate) fn new(name: &str, credentials: Credentials, core: &Core) -> Self {
        let known = credentials
            .known_app_key()
            .map(|app_key| identity(core, &credentials.client_id, app_key));
        let app = credentials.app.map(|app| App {
            router: core.pool.share(&app.router),
            ..app
        });
        let origin = credentials.instance.map(|instance| {
            Box::new(Origin {
                instance: instance.outer_instance_id,
                choice: credentials.choice,
            })
        });
        Self {
            name: name.into(),
            client_id: core.pool.share(&credentials.client_id),
            client_secret: credentials.client_secret,
            origin,
            identity: known.map_or_else(OnceLock::new, OnceLock::from),
            pinned: OnceLock::new(),
            calls: Places::default(),
            token_calls: Places::default(),
            state: Mutex::new(State {
                app,
                ..State::default()
            }),
        }
    }

    /// A session that is valid now. Fetched once, however many ask; the fetching goes on when
    /// the one who asked is gone.
    pub(crate) async fn session(self: &Arc<Self>, core: &Arc<Core>) -> Landed {
        // A task can be lost together with the runtime that drove it. Another is started then.
        for _ in 0..3 {
            let mut flight = match self.step(core) {
                Step::Use(session) => return Ok(session),
                Step::Wait(flight) => flight,
            };
            let landed = flight
                .wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|seen| seen.clone());
            if let Some(landed) = landed {
                return landed;
            }
        }
        Err(Arc::new(Error::not_sent(
            self.subject(core, "token"),
            ErrorKind::Runtime,
            "the task that fetches the token was lost".to_owned(),
        )))
    }

    fn step(self: &Arc<Self>, core: &Arc<Core>) -> Step {
        let now = core.now();
        let mut state = self.state();
        let valid = state
            .session
            .clone()
            .filter(|session| session.token.is_valid(now));
        if let Some(session) = valid {
            if session.token.is_due(now) && core.runtime.monotonic() >= state.seldom().not_before {
                self.join(core, &mut state);
            }
            return Step::Use(session);
        }
        Step::Wait(self.join(core, &mut state))
    }

    /// The flight that is under way, or a new one.
    fn join(self: &Arc<Self>, core: &Arc<Core>, state: &mut State) -> Flight {
        if let Some(flight) = &state.flight {
            // A sender that is gone will not land any more.
            if flight.has_changed().is_ok() {
                return flight.clone();
            }
        }
        let (sender, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        let (account, core_of_task) = (self.clone(), core.clone());
        core.runtime.spawn(Box::pin(async move {
            let landed = account.fly(&core_of_task).await;
            account.land(&core_of_task, &landed);
            // Those who waited may all be gone; the session is kept all the same.
            drop(sender.send(Some(landed)));
        }));
        flight
    }

    fn land(&self, core: &Core, landed: &Landed) {
        let now = core.runtime.monotonic();
        let later = now.saturating_add(REFRESH_PAUSE);
        let mut state = self.state();
        state.flight = None;
        state.mend(|seldom| seldom.waits = None);
        match landed {
            // It was rejected while this flight was on its way.
            Ok(session) if state.seldom().rejected.as_ref() == Some(&session.token.value) => {}
            Ok(session) => {
                state.app_used = AppUse::Used;
                if session.token.is_due(core.now()) {
                    // An old one from the store: the next try has time.
                    state.seldom_mut().not_before = later;
                }
                state.session = Some(session.clone());
            }
            Err(error) => {
                state.seldom_mut().not_before = later;
                drop(state);
                core.token_failed(&self.name, error);
            }
        }
    }

    /// Told that the gateway does not accept this session's token. A newer one stays.
    pub(crate) fn reject(&self, session: &Session) {
        let mut state = self.state();
        if state.holds(session) {
            state.session = None;
            let seldom = state.seldom_mut();
            seldom.rejected = Some(session.token.value.clone());
        }
    }

    /// Told that a token which was fetched because of a refusal was refused as well.
    pub(crate) fn healed_in_vain(&self, now: Duration) {
        self.state().seldom_mut().fruitless_until = now.saturating_add(FRUITLESS);
    }

    /// Whether a refusal of this session is hardly its token's fault: an endpoint, or a proxy,
    /// refuses everyone. Replacing the token would spend the few token calls there are, and with
    /// them the good token of all other calls. Where a newer token is there, it is worth a try.
    pub(crate) fn heals_in_vain(&self, session: &Session, now: Duration) -> bool {
        let state = self.state();
        state.holds(session) && now < state.seldom().fruitless_until
    }

    /// Takes over what an authorization says, if it is this account set's.
    pub(crate) fn adopt(&self, core: &Core, one: &Authorization) -> bool {
        let known = self.state().app.as_ref().map(|app| app.key.to_string());
        let Some(key) = known.or_else(|| self.origin.as_ref()?.choice.app_key.clone()) else {
            return false;
        };
        let ours = *key == *one.app_key
            && self.pinned.get().is_none_or(|pinned| pinned.is(one))
            && (one.client_id.is_empty() || *one.client_id == *self.client_id)
            && !one.app_secret.is_empty();
        // Anyone can send a callback: what is not ours costs nothing more.
        let domain = ours.then_some(&one.domain);
        let Some(Ok(router)) = domain.map(|domain| router(domain, &core.domains)) else {
            return false;
        };
        let router = core.pool.share(&router);
        let mut state = self.state();
        let former = state.app.replace(App {
            key: key.into(),
            secret: one.app_secret.clone(),
            router,
        });
        // Of several callbacks in a row none has been proven, so the oldest stays.
        let seldom = state.seldom_mut();
        seldom.former = seldom.former.take().or(former);
        state.app_used = AppUse::New;
        true
    }

    /// The key of its token in the store: the account set's own, however it was found. It is
    /// asked for only when the account set is known ([`resolve`](Self::resolve)).
    fn store_key(&self) -> String {
        hex(self.identity.get().unwrap_or(&[0; 16]))
    }

    /// Its app key, for which an instance is asked where nothing else says it.
    pub(crate) async fn resolve(&self, core: &Core) -> Result<Box<str>, Arc<Error>> {
        let app = self.state().app.as_ref().map(|app| app.key.clone());
        let chosen = || Some(self.origin.as_ref()?.choice.app_key.as_deref()?.into());
        if let Some(app_key) = app.or_else(chosen) {
            return Ok(app_key);
        }
        let end = core.runtime.monotonic().saturating_add(core.timeouts.token);
        Ok(self.authorize(core, end).await?.key)
    }

    /// Goes back to what was at hand before a callback brought what does not work.
    fn former(&self) -> Option<App> {
        let mut state = self.state();
        let former = state.seldom.as_mut()?.former.take()?;
        state.app = Some(former.clone());
        Some(former)
    }

    /// A place for a call: one of this client's, and one that the fleet shares where the store
    /// keeps such. A store that fails leaves the client to its own limit.
    pub(crate) async fn seat(
        &self,
        core: &Core,
        calls: CallKind,
        end: Duration,
    ) -> Result<Seat, NoPlace> {
        let (places, rate) = (self.places(calls), core.limits.of(calls));
        let place = places.place(rate, &*core.runtime, end).await?;
        let Some(rate) = rate else {
            return Ok(Seat::default());
        };
        let mut taken = Taken { places, place };
        let ticket = self.fleet_place(core, calls, rate, end).await?;
        let place = taken.place.take();
        Ok(Seat { place, ticket })
    }

    /// Gives a seat back: what it was for never left.
    pub(crate) async fn give_back(&self, core: &Core, calls: CallKind, seat: Seat) {
        self.places(calls).give_back(seat.place);
        if let Some(ticket) = seat.ticket {
            self.give_ticket_back(core, calls, ticket).await;
        }
    }

    async fn give_ticket_back(&self, core: &Core, calls: CallKind, ticket: Ticket) {
        let key = self.store_key();
        self.fleet_store(core, core.store.give_back(&key, calls, ticket))
            .await;
    }

    /// The gateway has had enough of these calls.
    pub(crate) fn slow_down(
        &self,
        core: &Core,
        calls: CallKind,
        seat: Seat,
        asked: Option<Duration>,
    ) {
        let now = core.runtime.monotonic();
        self.places(calls).slow_down(now, seat.place, asked);
    }

    fn places(&self, calls: CallKind) -> &Places {
        match calls {
            CallKind::Business => &self.calls,
            CallKind::Token => &self.token_calls,
        }
    }

    async fn fleet_place(
        &self,
        core: &Core,
        calls: CallKind,
        rate: Rate,
        end: Duration,
    ) -> Result<Option<Ticket>, NoPlace> {
        let places = self.places(calls);
        let queue = match places.fleet_queue() {
            Some(queue) => queue,
            None => match self.share(core, calls, rate).await {
                Ok(ticket) => return Ok(ticket),
                Err(_) => {
                    core.hooks.waits_for_limit(&self.name, calls);
                    places.make_fleet_queue()
                }
            },
        };
        let left = end.saturating_sub(core.runtime.monotonic());
        let _turn = within(queue.acquire(), core.runtime.sleep(left))
            .await
            .ok_or(NoPlace(rate))?;
        loop {
            let wait = match self.share(core, calls, rate).await {
                Ok(ticket) => return Ok(ticket),
                Err(wait) => wait,
            };
            if core.runtime.monotonic().saturating_add(wait) >= end {
                return Err(NoPlace(rate));
            }
            core.runtime.sleep(wait).await;
        }
    }

    /// One of the fleet's places, if the store keeps such and answers; or how long there is none.
    async fn share(
        &self,
        core: &Core,
        calls: CallKind,
        rate: Rate,
    ) -> Result<Option<Ticket>, Duration> {
        let key = self.store_key();
        let asked = core.store.place(&key, calls, rate);
        match self.fleet_store(core, asked).await {
            Some(Share::Taken(ticket)) => Ok(Some(ticket)),
            Some(Share::Wait(wait)) => Err(wait),
            None => Ok(None),
        }
    }

    /// Why a token is not there yet, where it is for want of a place among the token calls.
    pub(crate) fn waits_for_place(&self) -> Option<NoPlace> {
        self.state().seldom().waits
    }

    /// The text without any secret of this account set.
    pub(crate) fn redact(&self, text: String, session: Option<&Session>) -> String {
        self.known(session).cut_out_of(text)
    }

    /// The secrets of this account set.
    fn known(&self, session: Option<&Session>) -> Known {
        let mut secrets = vec![self.client_secret.clone()];
        let state = self.state();
        if let Some(app) = &state.app {
            secrets.push(app.secret.clone());
            secrets.push(Secret::new(app_signature(&app.secret, &app.key)));
        }
        let known = state.session.as_ref().into_iter().chain(session);
        secrets.extend(known.map(|session| session.token.value.clone()));
        secrets.extend(state.seldom().rejected.clone());
        drop(state);
        Known::default().and_secrets(&secrets)
    }

    async fn fly(&self, core: &Arc<Core>) -> Landed {
        // Which account set it is comes first: a token of another one may lie in the store.
        self.resolve(core).await?;
        let rejected = self.state().seldom().rejected.clone();
        if let Some(rejected) = &rejected {
            let key = self.store_key();
            let forgotten = core.store.expire_if(&key, rejected);
            self.store(core, forgotten).await;
        }
        if self.needs_secret() {
            // No token call with the secret at hand is worth its place, nor worth waiting for one.
            if let Some(session) = self.stored(core, rejected.as_ref(), Need::Valid).await {
                return Ok(session);
            }
            let end = core.runtime.monotonic().saturating_add(core.timeouts.token);
            self.authorize(core, end).await?;
        }
        loop {
            let place = match self.runway(core, rejected.as_ref()).await {
                Runway::Session(session) => return Ok(session),
                Runway::Place(place) => place,
            };
            let limit = core.timeouts.token;
            let start = core.runtime.monotonic();
            let time = start..start.saturating_add(limit);
            let owner = core.call_id();
            let fetching = self.fetch(core, &owner, rejected.as_ref(), place, time);
            let wait = match within(fetching, core.runtime.sleep(limit)).await {
                Some(Fetched::Session(session)) => return Ok(session),
                Some(Fetched::Failed(error)) => return Err(error),
                Some(Fetched::NoPlace(wait)) => wait,
                None => {
                    self.release(core, &owner).await;
                    return Err(Arc::new(Error::not_sent(
                        self.subject(core, "token"),
                        ErrorKind::Timeout,
                        "the token did not come in time".to_owned(),
                    )));
                }
            };
            // The fleet has made its token calls. One there that is due serves better than none.
            if let Some(session) = self.stored(core, rejected.as_ref(), Need::Valid).await {
                return Ok(session);
            }
            core.runtime.sleep(wait.min(PLACE_LOOK)).await;
        }
    }

    /// A token from the store, or else a place for the call that fetches one.
    ///
    /// The place is waited for as long as it takes; who waits for the token leaves at a deadline
    /// of its own. Meanwhile another process may put a token into the store, and one there that
    /// is due but valid serves better than none.
    async fn runway(&self, core: &Core, rejected: Option<&Secret>) -> Runway {
        let mut need = Need::Fresh;
        loop {
            if let Some(session) = self.stored(core, rejected, need).await {
                return Runway::Session(session);
            }
            let rate = core.limits.token_calls;
            match self.token_calls.try_place(rate, core.runtime.monotonic()) {
                Ok(place) => return Runway::Place(place),
                Err((_, no_place)) if need == Need::Fresh => {
                    self.state().seldom_mut().waits = Some(no_place);
                    need = Need::Valid;
                }
                Err((wait, _)) => core.runtime.sleep(wait.min(PLACE_LOOK)).await,
            }
        }
    }

    async fn fetch(
        &self,
        core: &Core,
        owner: &str,
        rejected: Option<&Secret>,
        place: Option<Place>,
        time: Range<Duration>,
    ) -> Fetched {
        let _lost = Leaving {
            core,
            key: self.store_key(),
            owner,
        };
        // One who keeps the lease is still at it, so it is waited for as long as an attempt of
        // one's own has time afterwards; where that is short, for half of the time.
        let half = time.start + (time.end - time.start) / 2;
        let patience = time.end.saturating_sub(core.timeouts.attempt).max(half);
        if let Some(session) = self.lease(core, owner, rejected, patience).await {
            self.token_calls.give_back(place);
            return Fetched::Session(session);
        }
        // The fleet's place only now: of all who wait for the lease but one makes the call.
        let seat = match self.fleet_seat(core, place).await {
            Ok(seat) => seat,
            Err(wait) => {
                self.release(core, owner).await;
                return Fetched::NoPlace(wait);
            }
        };
        let fetching = self.ask_for_token(core, seat, time.end);
        let fetched = self.holding(core, owner, fetching).await;
        if let Ok(session) = &fetched {
            self.store(core, core.store.put(&self.store_key(), &session.token))
                .await;
            self.news(core, &session.token, TokenOrigin::Gateway);
        }
        self.release(core, owner).await;
        let error = match fetched {
            Ok(session) => return Fetched::Session(session),
            Err(error) => error,
        };
        // An old token that still serves is better than none; that there is no new one is told.
        match self.found(core, rejected, Need::Valid).await {
            Some(session) => {
                core.token_failed(&self.name, &error);
                self.news_of_stored(core, &session);
                Fetched::Session(session)
            }
            None => Fetched::Failed(error),
        }
    }

    /// The fleet's place for a token call beside the one at hand, or how long there is none.
    async fn fleet_seat(&self, core: &Core, place: Option<Place>) -> Result<Seat, Duration> {
        let Some(rate) = core.limits.token_calls else {
            return Ok(Seat::default());
        };
        let shared = self.share(core, CallKind::Token, rate).await;
        let mut state = self.state();
        match shared {
            Ok(ticket) => {
                state.mend(|seldom| seldom.waits = None);
                Ok(Seat { place, ticket })
            }
            Err(wait) => {
                state.seldom_mut().waits = Some(NoPlace(rate));
                self.token_calls.give_back(place);
                Err(wait)
            }
        }
    }

    async fn release(&self, core: &Core, owner: &str) {
        self.store(core, core.store.release(&self.store_key(), owner))
            .await;
    }

    /// Does the work, and keeps the lease meanwhile.
    async fn holding<T>(&self, core: &Core, owner: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let done = within(work.as_mut(), core.runtime.sleep(LEASE / 3)).await;
            if let Some(done) = done {
                return done;
            }
            self.store(core, core.store.lease(&self.store_key(), owner, LEASE))
                .await;
        }
    }

    fn news(&self, core: &Core, token: &Token, origin: TokenOrigin) {
        let Token {
            refresh_after,
            expires_at,
            ..
        } = *token;
        let news = TokenNews {
            refresh_after,
            expires_at,
            origin,
        };
        core.hooks.token_refreshed(&self.name, &news);
    }

    /// That a token came from the store, unless it is the one at hand.
    fn news_of_stored(&self, core: &Core, session: &Session) {
        if !self.state().holds(session) {
            self.news(core, &session.token, TokenOrigin::Store);
        }
    }

    /// A token that another process has put into the store, better than the one at hand.
    async fn stored(&self, core: &Core, rejected: Option<&Secret>, need: Need) -> Option<Session> {
        let session = self.found(core, rejected, need).await?;
        self.news_of_stored(core, &session);
        Some(session)
    }

    /// The same, told to nobody.
    async fn found(&self, core: &Core, rejected: Option<&Secret>, need: Need) -> Option<Session> {
        let token = self
            .store(core, core.store.get(&self.store_key()))
            .await??;
        let now = core.now();
        let fresh = need == Need::Valid || !token.is_due(now);
        let serves = token.is_valid(now) && fresh && Some(&token.value) != rejected;
        if !serves {
            return None;
        }
        let known = self.state().proven_router();
        let router = match known {
            Some(router) => router,
            // The token is there, but not yet the address that it belongs to.
            None => {
                let end = core.runtime.monotonic().saturating_add(core.timeouts.token);
                self.authorize(core, end).await.ok()?.router
            }
        };
        Some(Session { token, router })
    }

    /// Waits until this process may fetch a token, or another one has. A store that fails is not
    /// waited for, and another owner no longer than `patience`.
    async fn lease(
        &self,
        core: &Core,
        owner: &str,
        rejected: Option<&Secret>,
        patience: Duration,
    ) -> Option<Session> {
        loop {
            let key = self.store_key();
            let asked = core.store.lease(&key, owner, LEASE);
            let lease = self.store(core, asked).await?;
            // Another process may have put its token down just before this one got the lease.
            if let Some(session) = self.stored(core, rejected, Need::Fresh).await {
                self.release(core, owner).await;
                return Some(session);
            }
            if lease == Lease::Granted || core.runtime.monotonic() >= patience {
                return None;
            }
            core.runtime.sleep(LEASE_LOOK).await;
        }
    }

    /// Asks the store, but not for long; a failure is told to the hooks and forgotten.
    async fn store<T>(
        &self,
        core: &Core,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Option<T> {
        if core.store_rest.lasts(core.runtime.monotonic()) {
            return None;
        }
        match self.answer(core, asked).await {
            Ok(answer) => Some(answer),
            Err(Failure::Silent) => {
                core.store_rest.begin(core.runtime.monotonic());
                None
            }
            Err(Failure::Told) => None,
        }
    }

    /// The same for the places that the fleet shares. They are asked for at every call, so that
    /// after any failure they are left in peace for a while; the tokens are not, which are asked
    /// for so seldom.
    async fn fleet_store<T>(
        &self,
        core: &Core,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Option<T> {
        let now = core.runtime.monotonic();
        if core.store_rest.lasts(now) || core.places_rest.lasts(now) {
            return None;
        }
        let answer = self.answer(core, asked).await;
        if answer.is_err() {
            core.places_rest.begin(core.runtime.monotonic());
        }
        answer.ok()
    }

    /// What the store says, if it does in time.
    async fn answer<T>(
        &self,
        core: &Core,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Failure> {
        let (error, failure) = match within(asked, core.runtime.sleep(STORE_PATIENCE)).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => (error, Failure::Told),
            None => (
                StoreError::new("the store did not answer in time"),
                Failure::Silent,
            ),
        };
        core.store_failed(&self.name, &error);
        Err(failure)
    }

    /// Fetches a token; a stale app secret is replaced once, and the token asked for once more.
    ///
    /// An app secret that has brought a token before is most likely stale by now: where an
    /// instance is known, it is asked first, which spares a token call. They are few.
    async fn ask_for_token(
        &self,
        core: &Core,
        seat: Seat,
        end: Duration,
    ) -> Result<Session, Arc<Error>> {
        let (known, used) = {
            let state = self.state();
            (state.app.clone(), state.app_used)
        };
        let mut authorized = false;
        let mut fare = Fare::Paid(seat);
        let mut app = match known {
            Some(app) if used == AppUse::New || self.origin.is_none() => app,
            known => match (self.authorize(core, end).await, known) {
                (Ok(app), _) => {
                    authorized = true;
                    app
                }
                (Err(_), Some(app)) if !self.needs_secret() => app,
                (Err(error), _) => {
                    self.give_back(core, CallKind::Token, seat).await;
                    return Err(error);
                }
            },
        };
        loop {
            let error = match self.token_call(core, &app, fare, end).await {
                Ok(token) => {
                    self.state().mend(|seldom| {
                        seldom.former = None;
                        seldom.no = None;
                    });
                    return Ok(Session {
                        token,
                        router: app.router,
                    });
                }
                Err(error) => Arc::new(error),
            };
            if *error.kind() != ErrorKind::StaleSecret {
                return Err(error);
            }
            self.state().mend(|seldom| {
                if let Some(no) = &mut seldom.no {
                    no.is_needed = true;
                }
            });
            if authorized {
                return Err(error);
            }
            // A callback may have brought the new secret in the meantime; otherwise the
            // instance is asked. Either way there is one more token call, and not another.
            authorized = true;
            fare = Fare::Due;
            let newer = self
                .state()
                .app
                .clone()
                .filter(|newer| newer.secret != app.secret);
            app = match newer {
                Some(newer) => newer,
                None if self.origin.is_some() => self.authorize(core, end).await?,
                None => match self.former() {
                    Some(former) => former,
                    None => return Err(error),
                },
            };
        }
    }

    /// Whether the instance brought no app secret, and the one at hand is refused.
    fn needs_secret(&self) -> bool {
        self.state()
            .seldom()
            .no
            .as_ref()
            .is_some_and(|no| no.is_needed)
    }

    async fn token_call(
        &self,
        core: &Core,
        app: &App,
        fare: Fare,
        end: Duration,
    ) -> Result<Token, Error> {
        let start = core.runtime.monotonic();
        let signature = app_signature(&app.secret, &app.key);
        let query = [
            ("app_key".to_owned(), app.key.to_string()),
            ("app_signature".to_owned(), signature),
        ];
        let ask = Ask {
            name: "token",
            method: Method::Get,
            path: TOKEN_PATH,
            query: &query,
            fare,
        };
        let answer = self.ask(core, ask, end, &judge).await?;
        // Only now: the answer may have taught the client what time it is.
        let took = core.runtime.monotonic().saturating_sub(start);
        let now = core.now();
        let asked = now.checked_sub(took).unwrap_or(now);
        let no_token =
            |words| Error::not_sent(self.subject(core, "token"), ErrorKind::Unreadable, words);
        let token = Token::read(&data_of(&answer.body), asked);
        let token = token
            .ok_or_else(|| no_token("the answer to the token call holds no token".to_owned()))?;
        let life = token.expires_at.duration_since(now).unwrap_or_default();
        if life < SHORTEST_LIFE {
            return Err(no_token(format!(
                "the token that came ends in {} ms, before a call with it could; it is not used",
                life.as_millis()
            )));
        }
        Ok(token)
    }

    /// What the instance says of its app secret. An answer that brought none is kept for a while.
    async fn authorize(&self, core: &Core, end: Duration) -> Result<App, Arc<Error>> {
        let now = core.runtime.monotonic();
        let no = self.state().seldom().no.clone();
        if let Some(no) = no.filter(|no| now < no.until) {
            return Err(no.error);
        }
        let asked = self.ask_instance(core, end).await.map_err(Arc::new);
        let mut state = self.state();
        match &asked {
            Ok(app) => {
                state.know(app.clone());
                state.mend(|seldom| seldom.no = None);
            }
            // Only the instance's own no: whatever else went wrong may be right again at once, and
            // without a token no call gets through meanwhile.
            Err(error) if is_no(error.kind()) => {
                let now = core.runtime.monotonic();
                let seldom = state.seldom_mut();
                seldom.no = Some(No::after(seldom.no.as_ref(), error, now));
            }
            Err(_) => {}
        }
        asked
    }

    async fn ask_instance(&self, core: &Core, end: Duration) -> Result<App, Error> {
        let instance = self.origin.as_ref().map(|origin| origin.instance.clone());
        let query = [("outerInstanceId".to_owned(), instance.unwrap_or_default())];
        let ask = Ask {
            name: "authorize",
            method: Method::Post,
            path: AUTHORIZE_PATH,
            query: &query,
            fare: Fare::Free,
        };
        let answer = self.ask(core, ask, end, &judge_authorization).await?;
        self.choose(core, &answer).map_err(|error| {
            let words = self.redact(error.to_string(), None);
            Error::not_sent(
                self.subject(core, "authorize"),
                ErrorKind::Authorization,
                words,
            )
        })
    }

    fn choose(&self, core: &Core, answer: &Response) -> Result<App, AuthorizationError> {
        let anyone = Choice::default();
        let choice = self
            .origin
            .as_ref()
            .map_or(&anyone, |origin| &origin.choice);
        let all = read_authorizations(&answer.body)?;
        let one = match self.pinned.get() {
            Some(pinned) => pinned.again(choice, all)?,
            None => choice.choose(all)?,
        };
        let router = router(&one.domain, &core.domains)
            .map_err(|error| AuthorizationError::Router(format!("{:?} {error}", one.domain)))?;
        if is_plain_http(&one.domain) {
            core.router_over_https(&self.name, &one.domain);
        }
        // Another question may have been answered in the meantime.
        let pinned = self.pinned.get_or_init(|| Box::new(Pinned::of(&one)));
        if !pinned.is(&one) {
            return Err(pinned.differs_from(&[one]));
        }
        self.identity
            .get_or_init(|| identity(core, &self.client_id, &one.app_key));
        Ok(App {
            key: one.app_key.into(),
            secret: one.app_secret,
            router: core.pool.share(&router),
        })
    }

    /// Asks the gateway for something that changes nothing that matters, with retries.
    async fn ask(
        &self,
        core: &Core,
        mut ask: Ask<'_>,
        end: Duration,
        judge: &Judge<'_>,
    ) -> Result<Response, Error> {
        let mut asked = Asked {
            start: core.runtime.monotonic(),
            attempts: 0,
            // A token cannot be healed by itself.
            healed: Healed::Token,
            last: None,
        };
        loop {
            let seat = match self.fare(core, &mut ask, end).await {
                Ok(seat) => seat,
                Err(no_place) => return Err(self.unasked(core, &ask, asked, &no_place)),
            };
            asked.attempts += 1;
            let left = end.saturating_sub(core.runtime.monotonic());
            let limit = left.min(core.timeouts.attempt);
            let landing = core.attempt(self.attempt(&ask), limit).await;
            if landing.never_left() {
                self.give_back(core, CallKind::Token, seat).await;
            }
            let judged = judge(landing.exchange).map_err(|verdict| verdict.of(landing.sent));
            let verdict = judged.as_ref().err().map(|verdict| &**verdict);
            let clock = core.heed(landing.lesson, verdict);
            let verdict = match judged {
                Ok(answer) => return Ok(answer),
                Err(verdict) => verdict,
            };
            if verdict.is_throttle() {
                let asked = verdict.retry_after(core.now());
                self.slow_down(core, CallKind::Token, seat, asked);
            }
            match self.after(core, &asked, &verdict, clock, end) {
                Decision::Again(pause) => core.runtime.sleep(pause).await,
                // Its place is spent: a gateway that refuses every clock would be asked without end.
                Decision::HealClock => asked.healed = asked.healed.and_clock(),
                Decision::Stop | Decision::HealToken => {
                    return Err(self.unanswered(core, &ask, &asked, *verdict));
                }
            }
            asked.last = Some(verdict);
        }
    }

    /// The place for the next attempt.
    async fn fare(&self, core: &Core, ask: &mut Ask<'_>, end: Duration) -> Result<Seat, NoPlace> {
        match ask.fare {
            Fare::Free => Ok(Seat::default()),
            Fare::Paid(seat) => {
                ask.fare = Fare::Due;
                Ok(seat)
            }
            Fare::Due => self.seat(core, CallKind::Token, end).await,
        }
    }

    fn after(
        &self,
        core: &Core,
        asked: &Asked,
        verdict: &Verdict,
        clock: Correction,
        end: Duration,
    ) -> Decision {
        let situation = Situation {
            attempt: asked.attempts,
            healed: asked.healed,
            clock,
            time_left: end.saturating_sub(core.runtime.monotonic()),
            random: core.runtime.random(),
            ..verdict.situation(Effect::Read, core.now())
        };
        decide(&core.retry, &situation)
    }

    /// The error of a question that got no answer.
    fn unanswered(&self, core: &Core, ask: &Ask<'_>, asked: &Asked, verdict: Verdict) -> Error {
        let elapsed = core.runtime.monotonic().saturating_sub(asked.start);
        let subject = self.subject(core, ask.name);
        let echo = Echo {
            query: ask.query,
            ..Echo::default()
        };
        let retry_after = verdict.retry_after(core.now());
        let mut error = self
            .error(subject, verdict, asked.attempts, elapsed, echo, None)
            .with_retry_after(retry_after);
        // An answer to these questions is made of secrets, even a broken one.
        error.forget_body();
        error
    }

    /// The error of a question that could not be asked again: the last one, if there is one.
    fn unasked(&self, core: &Core, ask: &Ask<'_>, mut asked: Asked, no_place: &NoPlace) -> Error {
        if let Some(verdict) = asked.last.take() {
            return self.unanswered(core, ask, &asked, *verdict);
        }
        let words = format!("token calls: {no_place}");
        Error::not_sent(self.subject(core, ask.name), ErrorKind::Limited, words)
    }

    fn attempt<'a>(&'a self, ask: &Ask<'a>) -> Attempt<'a> {
        Attempt {
            client_id: &self.client_id,
            client_secret: &self.client_secret,
            method: ask.method,
            path: ask.path,
            query: ask.query,
            body: None,
            pass: None,
            // A token that is another one's would send everything behind it astray.
            connection: Connection::Own,
            progress: Progress::default(),
        }
    }

    /// The error of a verdict, with every secret of this account set and the query cut out.
    pub(crate) fn error(
        &self,
        subject: Subject,
        verdict: Verdict,
        attempts: u32,
        elapsed: Duration,
        echo: Echo<'_>,
        session: Option<&Session>,
    ) -> Error {
        let known = self
            .known(session)
            .and_secrets(&verdict.sent)
            .and_echo(echo);
        let clean = |text: String| known.cut_out_of(text);
        let cut = verdict.response.as_ref().and_then(|response| response.cut);
        let cut = cut.map(|cut| format!("the answer was cut: {cut}"));
        Error::new(Parts {
            subject,
            outcome: verdict.outcome,
            kind: verdict.kind,
            errcode: verdict.errcode.map(|code| match code {
                Errcode::Text(text) => Errcode::Text(clean(text)),
                number => number,
            }),
            description: verdict.description.or(cut).map(clean),
            status: verdict.response.as_ref().map(|response| response.status),
            attempts,
            elapsed,
            body: verdict.response.map(|response| response.body),
            rows: verdict.rows.map_words(clean),
            // The error itself may hold anything: a transport of the user's own made it.
            source: verdict
                .source
                .map(|error| Source::of_line(clean(error.to_string()))),
            retry_after: None,
            next_page: None,
        })
    }

    fn subject(&self, core: &Core, operation: &str) -> Subject {
        Subject {
            operation: operation.into(),
            effect: Effect::Read,
            key: None,
            account: self.name.clone(),
            call_id: core.call_id(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Judge<'a> = dyn Fn(Exchange) -> Result<Response, Box<Verdict>> + Sync + 'a;

/// Where a question stands between two attempts.
struct Asked {
    start: Duration,
    attempts: u32,
    healed: Healed,
    last: Option<Box<Verdict>>,
}

/// Which token from the store is good enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// One that is not due to be replaced.
    Fresh,
    /// One that still serves.
    Valid,
}

/// A question to the gateway itself.
struct Ask<'a> {
    name: &'static str,
    method: Method,
    path: &'static str,
    query: &'a [(String, String)],
    fare: Fare,
}

/// What a question costs of the token calls' limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fare {
    /// Nothing.
    Free,
    /// A place for each attempt; the first one's is here.
    Paid(Seat),
    /// A place for each attempt.
    Due,
}

/// A place of this client's, and the one of the fleet's that goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seat {
    place: Option<Place>,
    ticket: Option<Ticket>,
}

/// A place of this client's, given back unless it is taken out again.
struct Taken<'a> {
    places: &'a Places,
    place: Option<Place>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.places.give_back(self.place.take());
    }
}

/// The seat of a business call that has not begun: given back unless it is used, also where the
/// call is dropped.
pub(crate) struct Reserved<'a> {
    pub(crate) account: &'a Arc<Account>,
    pub(crate) core: &'a Arc<Core>,
    pub(crate) seat: Option<Seat>,
}

impl Reserved<'_> {
    pub(crate) fn used(mut self) -> Seat {
        self.seat.take().unwrap_or_default()
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        const CALLS: CallKind = CallKind::Business;
        let Some(seat) = self.seat.take() else {
            return;
        };
        self.account.places(CALLS).give_back(seat.place);
        if let Some(ticket) = seat.ticket {
            let (account, core) = (self.account.clone(), self.core.clone());
            self.core.runtime.spawn(Box::pin(async move {
                account.give_ticket_back(&core, CALLS, ticket).await;
            }));
        }
    }
}

/// Lets go of a lease, also where the flight is dropped: a store that holds something of this
/// process would hold it for as long as the process lives. Nobody can be waited for here, and
/// such a store does it when it is asked.
struct Leaving<'a> {
    core: &'a Core,
    key: String,
    owner: &'a str,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        drop(self.core.store.release(&self.key, self.owner));
    }
}

/// How a store failed.
enum Failure {
    /// It said so.
    Told,
    /// It did not answer in time.
    Silent,
}

/// How a flight ends.
enum Fetched {
    Session(Session),
    Failed(Arc<Error>),
    /// The fleet has no place for a token call for this long.
    NoPlace(Duration),
}

/// How a flight begins.
enum Runway {
    /// With a token from the store, so that it is over.
    Session(Session),
    /// With a place for the token call.
    Place(Option<Place>),
}

/// The authorization call has an envelope of its own beside the usual one, so a 2xx answer that
/// is whole is handed on to the reader that knows both.
fn judge_authorization(exchange: Exchange) -> Result<Response, Box<Verdict>> {
    let response = match exchange {
        Exchange::Answered(response) if (200..300).contains(&response.status) => response,
        other => return judge(other),
    };
    match read_authorizations(&response.body) {
        Ok(_) => Ok(response),
        Err(AuthorizationError::Refused { code, description }) => Err(Box::new(Verdict {
            outcome: Outcome::Rejected,
            kind: ErrorKind::Business,
            errcode: Errcode::from_text(&code),
            description: Some(description),
            response: Some(response),
            source: None,
            rows: RowVerdicts::default(),
            sent: Vec::new(),
        })),
        Err(_) => judge(Exchange::Answered(response)),
    }
}

impl Verdict {
    /// The same, with what was sent for the attempt.
    pub(crate) fn of(mut self: Box<Self>, sent: Vec<Secret>) -> Box<Self> {
        self.sent = sent;
        self
    }

    /// How long the other side asks to wait.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let response = self.response.as_ref()?;
        // The date in it is the gateway's, and so is the one that tells its present.
        let now = response.header("date").and_then(read_date).unwrap_or(now);
        read_retry_after(response.header("retry-after")?, now)
    }

    /// What the decision about another attempt needs to know of this one.
    pub(crate) fn situation(&self, effect: Effect, now: SystemTime) -> Situation {
        let response = self.response.as_ref();
        Situation {
            effect,
            outcome: self.outcome,
            kind: self.kind,
            status: response.map(|response| response.status),
            cut: response.and_then(|response| response.cut),
            attempt: 1,
            healed: Healed::Nothing,
            clock: Correction::None,
            retry_after: self.retry_after(now),
            time_left: Duration::ZERO,
            random: 0,
        }
    }
}

/// The error of a business call that got no session.
pub(crate) fn without_session(
    subject: Subject,
    error: Arc<Error>,
    outcome: Outcome,
    attempts: u32,
    elapsed: Duration,
) -> Error {
    let kind = match error.kind() {
        ErrorKind::StaleSecret => ErrorKind::StaleSecret,
        ErrorKind::Limited => ErrorKind::Limited,
        ErrorKind::RateLimited => ErrorKind::RateLimited,
        ErrorKind::Authorization => ErrorKind::Authorization,
        // A wrong client secret, or a clock that cannot be put right: no token will ever come. Or
        // the gateway has had enough of these calls, and a later one may bring it.
        ErrorKind::Gateway(code) if error.outcome() == Outcome::NotSent => {
            ErrorKind::Gateway(*code)
        }
        _ if error.operation() == "authorize" => ErrorKind::Authorization,
        _ => ErrorKind::Token,
    };
    let said = error.description().map(str::to_owned);
    let description = match kind {
        // Not this call was refused; which one is, is more than its source's business.
        ErrorKind::RateLimited => Some(format!(
            "too many {} calls, it was refused{}",
            error.operation(),
            said.map(|said| format!(": {said}")).unwrap_or_default()
        )),
        _ => said,
    };
    Error::new(Parts {
        subject,
        outcome,
        kind,
        errcode: error.errcode().cloned(),
        description,
        status: error.status(),
        attempts,
        elapsed,
        body: None,
        source: Some(Source {
            line: format!("{}: {}", error.operation(), error.cause()),
            error,
        }),
        rows: RowVerdicts::default(),
        retry_after: None,
        next_page: None,
    })
}
