//! The gateway: the order of its checks, from a request to a [`Reply`].
//!
//! Owns the order, and which faults act between its steps. The checks, the counters and the record
//! are modules of their own, and the product answers. Must not know sockets.
//! Must not use: `crate::ledger`, `crate::server`, `tokio`.

mod checks;
mod quota;
mod record;
mod state;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::admin::Access;
use crate::answer::{Answer, BodyDelivery, Refusal};
use crate::clock::{Clock, http_date};
use crate::fault::{FaultKind, FaultPoint, PagingFault, Stage};
use crate::product::{self, Call};
use crate::request::{Head, Request};
use crate::spec::{Operation, Spec};

use self::quota::CallClass;

pub(crate) use self::quota::Limits;
pub(crate) use self::record::Observer;
pub use self::record::RecordedRequest;
pub(crate) use self::state::State;

pub(crate) const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
pub(crate) const AUTHORIZE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";

pub(crate) struct Gateway {
    clock: Box<dyn Clock>,
    /// How far the time was moved from the clock's, in milliseconds.
    clock_offset: AtomicI64,
    access: Access,
    scheme: &'static str,
    spec: Arc<Spec>,
    /// Whether fields that the spec does not know pass and are recorded, or are refused.
    allow_extra: bool,
    state: Mutex<State>,
}

/// What to send for a request, and how.
#[derive(Debug)]
pub(crate) struct Reply {
    /// How long to wait before the first byte.
    pub(crate) delay: Duration,
    /// `None`: the connection ends without an answer.
    pub(crate) answer: Option<Answer>,
    pub(crate) body: BodyDelivery,
    /// The `Date` of the answer, by the clock that the call was checked against.
    pub(crate) date: String,
}

impl Gateway {
    pub(crate) fn new(
        clock: Box<dyn Clock>,
        spec: Arc<Spec>,
        allow_extra: bool,
        state: State,
    ) -> Self {
        Self {
            clock,
            clock_offset: AtomicI64::new(0),
            access: Access::Loopback,
            scheme: "http",
            spec,
            allow_extra,
            state: Mutex::new(state),
        }
    }

    /// From where the admin interface can be used, and by `http` or `https`.
    pub(crate) fn with_admin(mut self, access: Access, scheme: &'static str) -> Self {
        self.access = access;
        self.scheme = scheme;
        self
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The time in epoch milliseconds, by the clock and how far it was moved.
    pub(crate) fn now(&self) -> i64 {
        self.clock
            .epoch_millis()
            .saturating_add(self.clock_offset())
    }

    pub(crate) fn clock_offset(&self) -> i64 {
        self.clock_offset.load(Ordering::Relaxed)
    }

    /// Moves the clock to this time; it goes on from there.
    pub(crate) fn set_clock(&self, epoch_millis: i64) {
        let offset = epoch_millis.saturating_sub(self.clock.epoch_millis());
        self.clock_offset.store(offset, Ordering::Relaxed);
    }

    /// Takes back every move of the clock.
    pub(crate) fn restore_clock(&self) {
        self.clock_offset.store(0, Ordering::Relaxed);
    }

    /// The state. A panic elsewhere leaves it consistent: each change below is made whole or not at all.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn date(&self) -> String {
        http_date(self.now())
    }

    /// Whether a fault resets a connection, or a further request on it, before anything is read.
    pub(crate) fn resets_at_start(&self) -> bool {
        self.state().faults.fire(&FaultPoint::Start).is_some()
    }

    /// Whether [`Self::resets_at_start`] may be true.
    pub(crate) fn may_reset_at_start(&self) -> bool {
        self.state().faults.applies(&FaultPoint::Start)
    }

    /// The fault that fires on this call.
    pub(crate) fn fault_for(&self, head: &Head) -> Option<FaultKind> {
        let path = head.path();
        let point = FaultPoint::Head {
            path,
            has_token: token(head).is_some(),
            is_token_call: path == TOKEN_PATH,
        };
        self.state().faults.fire(&point)
    }

    /// Notes that a connection was closed under a request.
    pub(crate) fn note_unread(&self) {
        self.state().unread_requests += 1;
    }

    /// Records a request that a fault cut off while it was read.
    pub(crate) fn note_reset(&self, head: &Head, fault: &FaultKind) {
        let mut request = RecordedRequest::unanswered(head, Some(fault));
        request.epoch_millis = self.now();
        request.operation = self.spec.id_at(head);
        self.state().record.add(request);
    }

    /// Handles a whole request, with the fault that fired on it.
    pub(crate) fn handle(&self, request: &Request, fault: Option<&FaultKind>) -> Reply {
        let head = &request.head;
        let mut recorded = RecordedRequest::unanswered(head, fault);
        recorded.key = self.spec.key_in(request);
        recorded.extra = self.extras_in(request);
        let stage = fault.map(FaultKind::stage);
        let offset = stage.as_ref().map_or(0, Stage::clock_offset);
        let mut state = self.state();
        let now = self.now().saturating_add(offset);
        recorded.epoch_millis = now;
        recorded.operation = self.spec.id_at(head);
        if let Some(Stage::Setup(setup)) = &stage {
            setup.prepare(&mut state.accounts, token(head));
        }
        let mut answer = if let Some(Stage::Refusal(refusal)) = &stage {
            refusal.answer()
        } else {
            let paging = match &stage {
                Some(Stage::Paging(paging)) => Some(paging),
                _ => None,
            };
            let done = self
                .perform(&mut state, request, now, paging, &mut recorded)
                .unwrap_or_else(Refusal::into_answer);
            match &stage {
                Some(Stage::Answer(fault)) => fault.replace(done),
                _ => Some(done),
            }
        };
        // An answer to HEAD has no body, or the client could not find the next answer.
        if let Some(answer) = answer.as_mut().filter(|_| head.method == "HEAD") {
            answer.body.clear();
        }
        state.record.add(recorded.answered(answer.as_ref()));
        let delivery = stage.as_ref().map(Stage::delivery);
        let (delay, body) = delivery.unwrap_or((Duration::ZERO, BodyDelivery::Whole));
        Reply {
            delay,
            answer,
            body,
            date: http_date(now),
        }
    }

    /// The checks in the gateway's order, then the call.
    fn perform(
        &self,
        state: &mut State,
        request: &Request,
        now: i64,
        paging: Option<&PagingFault>,
        recorded: &mut RecordedRequest,
    ) -> Result<Answer, Refusal> {
        let head = &request.head;
        checks::headers(head, now)?;
        let app_secret = state.accounts.first_app_secret();
        checks::signature(request, app_secret, &mut recorded.signature)?;
        state
            .nonces
            .note(head.header("x-api-nonce").unwrap_or_default());
        match head.path() {
            TOKEN_PATH => {
                checks::method(head, TOKEN_PATH, &["GET"])?;
                state.token_calls += 1;
                let app_key = request.parameter("app_key").unwrap_or_default();
                state.quota.count(CallClass::Token, &app_key, now)?;
                state.accounts.token_call(request, now)
            }
            AUTHORIZE_PATH => {
                checks::method(head, AUTHORIZE_PATH, &["POST"])?;
                state.authorize_calls += 1;
                state.accounts.authorize_call(request)
            }
            _ => {
                let at = state
                    .accounts
                    .check_token(token(head).unwrap_or_default(), now)?;
                let account = state.accounts.sets.get(at);
                recorded.account_id = account.map(|account| account.account_id.clone());
                state
                    .quota
                    .count(CallClass::Business, &at.to_string(), now)?;
                checks::router(head, account.map_or("", |account| account.domain.as_str()))?;
                let operation = checks::operation(&self.spec, head)?;
                let Some(data) = state.data.get_mut(at) else {
                    let reason = "the sandbox has no data for this account set";
                    return Err(Refusal::gateway(5000, reason));
                };
                let checked = self
                    .spec
                    .check(operation, request, &self.extras_in(request));
                let answer = checked.and_then(|fields| {
                    let call = Call {
                        operation,
                        fields: &fields,
                        now,
                        paging,
                    };
                    product::answer(&self.spec, data, &call)
                });
                answer.map_err(|refusal| self.in_form_of(operation, refusal))
            }
        }
    }

    /// A refusal of the product in the form in which the operation answers.
    fn in_form_of(&self, operation: &Operation, refusal: Refusal) -> Refusal {
        match self.spec.answers_as_upload(operation) {
            true => refusal.of_upload(),
            false => refusal,
        }
    }

    /// The fields that the spec does not know, if they are allowed.
    fn extras_in(&self, request: &Request) -> Vec<String> {
        if self.allow_extra {
            self.spec.extras_in(request)
        } else {
            Vec::new()
        }
    }
}

/// The token that a request carries.
fn token(head: &Head) -> Option<&str> {
    head.header("app-token").filter(|token| !token.is_empty())
}
