//! Asking the instance for the app secret.
//!
//! Owns the authorization call and when it is made. It must not know how a token is fetched.

use std::sync::Arc;

use jdy_wire::Errcode;

use super::gateway_call::{GatewayCall, PermitNeed};
use super::kept::Kept;
use super::state::AccountState;
use crate::classify::{AttemptEnding, Failure, Success, classify};
use crate::credentials::{
    App, Authorization, AuthorizationError, is_plain_http, read_authorizations,
    read_authorizations_of, router,
};
use crate::error::{Error, ErrorKind};
use crate::method::Method;
use crate::outcome::Outcome;
use crate::runtime::BoxFuture;
use crate::telemetry;
use crate::time::{Deadline, Instant};

const PATH: &str = "/jdyconnector/app_management/push_app_authorize";
pub(super) const OPERATION: &str = "authorize";

/// The app key. The instance is asked for it where nothing else says it.
pub(super) async fn resolve(state: &Arc<AccountState>) -> Result<Box<str>, Arc<Error>> {
    if let Some(app_key) = state.secrets.known_app_key() {
        return Ok(app_key);
    }
    let shared = &state.identity.shared;
    let deadline = Deadline::after(&*shared.runtime, shared.timeouts.token);
    Ok(authorize(state, deadline).await?.key)
}

/// Asks the instance for the app secret. A refusal is remembered for a while.
///
/// In a box, as a [`GatewayCall`] is; most refreshes need not ask.
pub(super) fn authorize(
    state: &Arc<AccountState>,
    deadline: Deadline,
) -> BoxFuture<'_, Result<App, Arc<Error>>> {
    Box::pin(ask_unless_refused(state, deadline))
}

async fn ask_unless_refused(
    state: &Arc<AccountState>,
    deadline: Deadline,
) -> Result<App, Arc<Error>> {
    let (secrets, runtime) = (&state.secrets, &*state.identity.shared.runtime);
    if let Some(refusal) = secrets.recent_refusal(Instant::now(runtime)) {
        return Err(refusal);
    }
    // Before the instance is asked: without it, its answer is of no use. The store may be back at
    // once, so that nothing is remembered.
    let kept = Kept::look_up(state).await;
    let kept = kept.map_err(|error| Arc::new(not_authorized(state, &error)))?;
    let asked = ask_instance(state, &kept, deadline).await.map_err(Arc::new);
    match &asked {
        Ok(app) => secrets.learn(app.clone()),
        // Only the instance's own refusal: any other failure may be over at once, and without a
        // token no call gets through meanwhile.
        Err(error) if matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Business) => {
            secrets.note_refusal(error, Instant::now(runtime));
        }
        Err(_) => {}
    }
    asked
}

/// All account sets that the instance has authorized. None is chosen, and nothing is kept.
pub(super) async fn list(
    state: &Arc<AccountState>,
    deadline: Deadline,
) -> Result<Vec<Authorization>, Error> {
    let Some(instance) = state.secrets.instance().map(str::to_owned) else {
        let words = "the credentials name no instance that could be asked".to_owned();
        let info = state.identity.call_info(OPERATION);
        return Err(Error::not_sent(info, ErrorKind::Request, words));
    };
    let query = [("outerInstanceId".to_owned(), instance)];
    let call = GatewayCall {
        state,
        operation: OPERATION,
        method: Method::Post,
        path: PATH,
        query: &query,
        permit: PermitNeed::Unlimited,
        classify: classify_authorizations,
    };
    let success = call.run(deadline).await?;
    Ok(authorizations_in(&success))
}

async fn ask_instance(
    state: &Arc<AccountState>,
    kept: &Kept<'_>,
    deadline: Deadline,
) -> Result<App, Error> {
    let all = list(state, deadline).await?;
    let chosen = match choose(state, all, kept) {
        Ok((app, one)) => pin(state, kept, &one).await.map(|()| app),
        Err(error) => Err(error),
    };
    chosen.map_err(|error| not_authorized(state, &error))
}

fn not_authorized(state: &AccountState, error: &AuthorizationError) -> Error {
    let words = state.redactor().known(None).cut_out_of(error.to_string());
    let info = state.identity.call_info(OPERATION);
    Error::not_sent(info, ErrorKind::Authorization, words)
}

/// From now on only this account set is used, by this client and by whoever shares its store.
async fn pin(
    state: &AccountState,
    kept: &Kept<'_>,
    one: &Authorization,
) -> Result<(), AuthorizationError> {
    let AccountState {
        identity, secrets, ..
    } = state;
    kept.confirm(one).await?;
    // Another call may have pinned another account set in the meantime.
    secrets.pin(one)?;
    identity.identify(&one.app_key);
    Ok(())
}

/// The app of the one authorization that belongs to this account set.
fn choose(
    state: &Arc<AccountState>,
    all: Vec<Authorization>,
    kept: &Kept<'_>,
) -> Result<(App, Authorization), AuthorizationError> {
    let AccountState {
        identity, secrets, ..
    } = &**state;
    let shared = &identity.shared;
    let one = secrets.choose(all, kept.believed())?;
    let router = router(&one.domain, &shared.domains)
        .map_err(|error| AuthorizationError::Router(format!("{:?} {error}", one.domain)))?;
    if is_plain_http(&one.domain) {
        telemetry::router_over_https(&*shared.hooks, &identity.name, &one.domain);
    }
    let app = App {
        key: one.app_key.as_str().into(),
        secret: one.app_secret.clone(),
        router: shared.texts.share(&router),
    };
    Ok((app, one))
}

/// The authorization call has an envelope of its own beside the usual one, so a complete 2xx answer
/// is read by the reader that knows both.
fn classify_authorizations(ending: AttemptEnding) -> Result<Success, Box<Failure>> {
    let response = match ending {
        AttemptEnding::Answered(response) if (200..300).contains(&response.status) => response,
        other => return classify(other),
    };
    match read_authorizations(&response.body) {
        Ok(_) => Ok(Success::without_data(response)),
        Err(AuthorizationError::Refused { code, description }) => Err(Box::new(Failure {
            errcode: Errcode::from_text(&code),
            description: Some(description),
            response: Some(response),
            ..Failure::new(Outcome::Rejected, ErrorKind::Business)
        })),
        Err(_) => classify(AttemptEnding::Answered(response)),
    }
}

/// The authorizations in an answer that was classified as a success: read by the reader that knows
/// both envelopes or, where that fails, from the usual one.
fn authorizations_in(success: &Success) -> Vec<Authorization> {
    read_authorizations(&success.response.body)
        .unwrap_or_else(|_| read_authorizations_of(success.data().unwrap_or("null")))
}
