//! The app secret of an account set, and its rotation.
//!
//! Owns which secret is current, which one came before, and what the instance last refused. It
//! must not know how a token is fetched, and sends nothing itself.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::address::Domains;
use crate::credentials::{
    AccountSelector, App, Authorization, AuthorizationError, Instance, Pinned, router,
};
use crate::error::Error;
use crate::interner::Interner;
use crate::secret::Secret;
use crate::signing::app_signature;
use crate::sparse::Sparse;
use crate::sync::Lock;
use crate::time::Instant;

/// How long the instance is not asked again after it refused. No rate limit covers this call, so
/// each further refusal doubles the time: a glitch of the gateway costs a moment, and a permanent
/// refusal costs one call in half a minute.
const MIN_REFUSAL_BACKOFF: Duration = Duration::from_millis(500);
const MAX_REFUSAL_BACKOFF: Duration = Duration::from_secs(30);

/// How many apps are kept beside the current one until one has brought a token: what the last
/// callbacks brought, and what was there before them.
const MAX_OTHERS: usize = 4;

/// The app secret of an account set.
pub(crate) struct AppSecrets {
    origin: Option<Box<Origin>>,
    /// The account set that the instance gave first. No other one is used from then on.
    pinned: OnceLock<Box<Pinned>>,
    state: Lock<State>,
}

/// The instance that knows the app secret, and which of its account sets is meant.
struct Origin {
    instance: String,
    choice: AccountSelector,
}

#[derive(Default)]
struct State {
    app: Option<App>,
    /// Whether the current secret has brought a token, or one was there before. It rotates as
    /// often as the token does, so by the time of the next refresh it is most likely stale.
    is_proven: bool,
    cold: Sparse<ColdState>,
}

/// Rarely used state, boxed to keep idle accounts small.
#[derive(Default)]
struct ColdState {
    /// The app before a callback brought another one. Nobody signs a callback, so it is kept until
    /// the new one has brought a token.
    previous: Option<App>,
    /// It, and what other callbacks brought, in the order in which they are tried: one that is
    /// delivered again late, or forged, must not cost a good one.
    others: Vec<App>,
    /// The app before the callbacks is the current one again and has not had its turn since: what a
    /// callback brings comes behind it.
    is_turn_of_previous: bool,
    /// A callback brought the first app that there is: nobody has named its address but a stranger.
    is_of_callback_alone: bool,
    refusal: Option<Refusal>,
}

impl ColdState {
    /// Keeps the app that a callback with this secret has replaced.
    fn keep(&mut self, former: App, secret: &Secret) {
        self.others
            .retain(|app| app.secret != former.secret && app.secret != *secret);
        if former.secret != *secret {
            self.others.insert(0, former.clone());
        }
        if self.previous.is_none() && !self.is_of_callback_alone {
            self.previous = Some(former);
        }
        self.shorten();
    }

    /// Keeps an app to be tried behind the current one.
    fn queue(&mut self, brought: App) {
        self.others.retain(|app| app.secret != brought.secret);
        self.others.insert(0, brought);
        self.shorten();
    }

    fn shorten(&mut self) {
        if self.others.len() > MAX_OTHERS {
            // Of several callbacks in a row none is confirmed, so the app before them stays.
            let is_previous = |app: &App| {
                (self.previous.as_ref()).is_some_and(|first| first.secret == app.secret)
            };
            let last = self.others.iter().rposition(|app| !is_previous(app));
            last.map(|at| self.others.remove(at));
        }
    }

    fn is_idle(&self) -> bool {
        self.previous.is_none()
            && self.others.is_empty()
            && !self.is_of_callback_alone
            && self.refusal.is_none()
    }
}

/// The last refusal of the instance, if it has brought no app secret since.
struct Refusal {
    error: Arc<Error>,
    /// The instance is not asked before this.
    until: Instant,
    backoff: Duration,
    /// The current secret was refused as well, so that no token call with it is worth a permit.
    secret_refused: bool,
}

impl Refusal {
    fn after(previous: Option<&Self>, error: &Arc<Error>, now: Instant) -> Self {
        // One of long ago does not count.
        let is_recent = |refusal: &&Self| now < refusal.until.plus(MAX_REFUSAL_BACKOFF);
        let backoff = previous
            .filter(is_recent)
            .map(|refusal| refusal.backoff.saturating_mul(2));
        let backoff = backoff.map_or(MIN_REFUSAL_BACKOFF, |backoff| {
            backoff.min(MAX_REFUSAL_BACKOFF)
        });
        Self {
            error: error.clone(),
            until: now.plus(backoff),
            backoff,
            secret_refused: previous.is_some_and(|refusal| refusal.secret_refused),
        }
    }
}

impl AppSecrets {
    pub(crate) fn new(
        app: Option<App>,
        instance: Option<Instance>,
        choice: AccountSelector,
    ) -> Self {
        let origin = instance.map(|instance| {
            Box::new(Origin {
                instance: instance.outer_instance_id,
                choice,
            })
        });
        Self {
            origin,
            pinned: OnceLock::new(),
            state: Lock::new(State {
                app,
                ..State::default()
            }),
        }
    }

    /// The instance that knows the app secret.
    pub(crate) fn instance(&self) -> Option<&str> {
        Some(&self.origin.as_ref()?.instance)
    }

    /// The instance and the choice, where an app key neither is known nor was chosen by a person:
    /// what the instance resolved to first is then kept for later runs.
    pub(crate) fn unchosen(&self) -> Option<(&str, &AccountSelector)> {
        let origin = self.origin.as_ref()?;
        let is_chosen = origin.choice.app_key.is_some();
        (!is_chosen).then_some((&*origin.instance, &origin.choice))
    }

    /// The current app.
    pub(crate) fn current(&self) -> Option<App> {
        self.state.lock().app.clone()
    }

    /// The current app, and whether its secret has brought a token.
    pub(crate) fn current_and_proven(&self) -> (Option<App>, bool) {
        let state = self.state.lock();
        (state.app.clone(), state.is_proven)
    }

    /// The app key, if it is known without asking the instance.
    pub(crate) fn known_app_key(&self) -> Option<Box<str>> {
        let current = self.state.lock().app.as_ref().map(|app| app.key.clone());
        current.or_else(|| Some(self.origin.as_ref()?.choice.app_key.as_deref()?.into()))
    }

    /// The router address for a token that another process fetched. One that a callback brought
    /// may be a stranger's until it has brought a token of its own; where there is no other, none.
    pub(crate) fn proven_router(&self) -> Option<Arc<str>> {
        let state = self.state.lock();
        let cold = state.cold.get();
        if cold.is_some_and(|cold| cold.is_of_callback_alone) {
            return None;
        }
        let previous = cold.and_then(|cold| cold.previous.as_ref());
        let proven = previous.or(state.app.as_ref());
        proven.map(|app| app.router.clone())
    }

    /// The account set is served with a token.
    pub(crate) fn set_proven(&self) {
        self.state.lock().is_proven = true;
    }

    /// The secret of this app has brought a token, after these were refused. A callback may have
    /// brought another one meanwhile.
    pub(crate) fn confirm(&self, proven: &App, refused: &[Secret]) {
        let mut state = self.state.lock();
        let is_out = |app: &App| app.secret == proven.secret || refused.contains(&app.secret);
        let newer = state.app.take_if(|current| !is_out(current));
        let previous = newer.is_some().then(|| proven.clone());
        state.app = Some(newer.unwrap_or_else(|| proven.clone()));
        let confirmed = ColdState {
            others: previous.iter().cloned().collect(),
            previous,
            ..ColdState::default()
        };
        state
            .cold
            .update(|cold| *cold = confirmed, ColdState::is_idle);
    }

    /// Takes over what a callback says, if it is about this account set.
    pub(crate) fn apply_rotation(
        &self,
        one: &Authorization,
        client_id: &str,
        domains: &Domains,
        texts: &Interner,
    ) -> bool {
        let Some(key) = self.known_app_key() else {
            return false;
        };
        let ours = *key == *one.app_key
            && self.pinned.get().is_none_or(|pinned| pinned.is(one))
            && (self.origin.as_ref()).is_none_or(|origin| origin.choice.may_mean(one))
            && (one.client_id.is_empty() || *one.client_id == *client_id)
            && !one.app_secret.is_empty();
        // Anyone can send a callback: what is not ours costs nothing more.
        let domain = ours.then_some(&one.domain);
        let Some(Ok(router)) = domain.map(|domain| router(domain, domains)) else {
            return false;
        };
        let router = texts.share(&router);
        let brought = App {
            key,
            secret: one.app_secret.clone(),
            router,
        };
        let mut state = self.state.lock();
        let is_another = |app: &App| app.secret != one.app_secret;
        let waits = state
            .cold
            .get()
            .is_some_and(|cold| cold.is_turn_of_previous)
            && state.app.as_ref().is_some_and(is_another);
        if waits {
            state.cold.get_mut().queue(brought);
        } else {
            match state.app.replace(brought) {
                Some(former) => state.cold.get_mut().keep(former, &one.app_secret),
                None => state.cold.get_mut().is_of_callback_alone = true,
            }
        }
        state.is_proven = false;
        true
    }

    /// No token came, after these were refused, as a limit did not let all be tried, say. The app
    /// before the callbacks has the next turn, if it had none: a stranger may call back as often as
    /// there are token calls.
    pub(crate) fn give_turn(&self, refused: &[Secret]) {
        if refused.is_empty() || self.instance().is_some() {
            return;
        }
        let mut state = self.state.lock();
        let State { app, cold, .. } = &mut *state;
        cold.update(
            |cold| {
                let had_none = |first: &&App| !refused.contains(&first.secret);
                let Some(first) = cold.previous.as_ref().filter(had_none) else {
                    return;
                };
                let is_first = |app: &App| app.secret == first.secret;
                if let Some(at) = cold.others.iter().position(is_first) {
                    let first = cold.others.remove(at);
                    if let Some(next) = app.replace(first) {
                        cold.others.insert(0, next);
                    }
                }
                cold.is_turn_of_previous = true;
            },
            ColdState::is_idle,
        );
    }

    /// Goes on to the next app after this one was refused, which comes last from now on: a limit may
    /// not let all be tried at once, and a refusal may be a glitch.
    pub(crate) fn set_aside(&self, refused: &App) {
        let mut state = self.state.lock();
        let State { app, cold, .. } = &mut *state;
        let is_refused = |current: &App| current.secret == refused.secret;
        if app.as_ref().is_some_and(is_refused) {
            cold.update(
                |cold| {
                    cold.is_turn_of_previous = false;
                    if !cold.others.is_empty() {
                        let next = cold.others.remove(0);
                        cold.others.extend(app.replace(next));
                    }
                },
                ColdState::is_idle,
            );
        }
    }

    /// The one of these authorizations that belongs to this account set. Where another run has kept
    /// an account set, it is that one.
    pub(crate) fn choose(
        &self,
        all: Vec<Authorization>,
        kept: Option<&Pinned>,
    ) -> Result<Authorization, AuthorizationError> {
        let any = AccountSelector::default();
        let origin = self.origin.as_ref();
        let choice = origin.map_or(&any, |origin| &origin.choice);
        match self.pinned.get().map(|pinned| &**pinned).or(kept) {
            Some(pinned) => pinned.again(choice, all),
            None => choice.choose(all),
        }
    }

    /// Whether one account set alone is used from now on.
    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned.get().is_some()
    }

    /// From now on only this account set is used. Fails if it was another one before.
    pub(crate) fn pin(&self, one: &Authorization) -> Result<(), AuthorizationError> {
        let pinned = self.pinned.get_or_init(|| Box::new(Pinned::of(one)));
        if pinned.is(one) {
            Ok(())
        } else {
            Err(pinned.differs_from(std::slice::from_ref(one)))
        }
    }

    /// The instance brought an app secret. What callbacks brought before counts no more.
    pub(crate) fn learn(&self, app: App) {
        let mut state = self.state.lock();
        state.app = Some(app);
        state.is_proven = false;
        state
            .cold
            .update(|cold| *cold = ColdState::default(), ColdState::is_idle);
    }

    /// The instance refused.
    pub(crate) fn note_refusal(&self, error: &Arc<Error>, now: Instant) {
        let mut state = self.state.lock();
        let cold = state.cold.get_mut();
        cold.refusal = Some(Refusal::after(cold.refusal.as_ref(), error, now));
    }

    /// The last refusal, if the instance must not be asked again yet.
    pub(crate) fn recent_refusal(&self, now: Instant) -> Option<Arc<Error>> {
        let state = self.state.lock();
        let refusal = state.cold.get()?.refusal.as_ref()?;
        (now < refusal.until).then(|| refusal.error.clone())
    }

    /// The current secret was refused by a token call.
    pub(crate) fn note_secret_refused(&self) {
        let mut state = self.state.lock();
        state.cold.update(
            |cold| {
                if let Some(refusal) = &mut cold.refusal {
                    refusal.secret_refused = true;
                }
            },
            ColdState::is_idle,
        );
    }

    /// Whether the instance brought no app secret, and the current one is refused.
    pub(crate) fn needs_secret(&self) -> bool {
        let state = self.state.lock();
        let refusal = state.cold.get().and_then(|cold| cold.refusal.as_ref());
        refusal.is_some_and(|refusal| refusal.secret_refused)
    }

    /// The secrets at hand and their signatures, which must not be shown.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let state = self.state.lock();
        let cold = state.cold.get();
        let kept = cold.map(|cold| cold.others.iter().chain(&cold.previous));
        let apps: Vec<App> = state
            .app
            .iter()
            .chain(kept.into_iter().flatten())
            .cloned()
            .collect();
        apps.into_iter().flat_map(|app| {
            let signature = Secret::new(app_signature(&app.secret, &app.key));
            [app.secret, signature]
        })
    }
}
