//! What is observed from a beginning to an end: a call, an attempt, a refresh.
//!
//! Owns how a span follows a future. With the features off the scopes are empty, and a future stays
//! as it is. Must not know the names of spans and metrics.

use std::time::Duration;

use jdy_wire::Errcode;

use super::RequestFacts;
#[cfg(feature = "tracing")]
use super::events;
#[cfg(feature = "tracing")]
use super::spans::OpenSpan;
#[cfg(feature = "metrics")]
use super::{OperationName, meters};
use crate::answer::Answer;
use crate::error::{CallInfo, Error};
use crate::hooks::AttemptEnd;
use crate::limit::LimitClass;
#[cfg(feature = "tracing")]
use crate::outcome::Outcome;
use crate::runtime::Runtime;
use crate::shared::Shared;
#[cfg(feature = "metrics")]
use crate::time::Instant;

/// A call, until its answer is decoded.
pub(crate) struct CallScope {
    #[cfg(feature = "metrics")]
    operation: std::borrow::Cow<'static, str>,
    #[cfg(feature = "tracing")]
    span: OpenSpan,
}

impl CallScope {
    pub(crate) fn begin(info: &CallInfo) -> Self {
        #[cfg(not(any(feature = "tracing", feature = "metrics")))]
        let _ = info;
        Self {
            #[cfg(feature = "metrics")]
            operation: info.operation.clone(),
            #[cfg(feature = "tracing")]
            span: OpenSpan::of_call(info),
        }
    }

    /// The work, in this scope.
    pub(crate) fn observe<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::instrument(work, self.span.span.clone());
        work
    }

    /// Does the rest of the work and ends.
    pub(crate) fn end_with<D>(
        self,
        finish: impl FnOnce() -> Result<Answer<D>, Error>,
    ) -> Result<Answer<D>, Error> {
        #[cfg(feature = "tracing")]
        let entered = self.span.span.enter();
        let result = finish();
        self.ended(match &result {
            Ok(answer) => (None, answer.attempts(), answer.elapsed()),
            Err(error) => (Some(error), error.attempts(), error.elapsed()),
        });
        #[cfg(feature = "tracing")]
        {
            drop(entered);
            self.span.end(result.as_ref().err());
        }
        result
    }

    /// Reports the end with attempts and time, still in the scope.
    fn ended(&self, (error, attempts, elapsed): (Option<&Error>, u32, Duration)) {
        #[cfg(feature = "metrics")]
        meters::call_ended(OperationName::Of(&self.operation), error, attempts, elapsed);
        #[cfg(feature = "tracing")]
        if let Some(error) = error.filter(|error| error.outcome() == Outcome::Unknown) {
            events::outcome_unknown(error);
        }
        let _ = (error, attempts, elapsed);
    }
}

/// An attempt.
pub(crate) struct AttemptScope {
    #[cfg(feature = "tracing")]
    span: OpenSpan,
}

impl AttemptScope {
    pub(crate) fn begin(shared: &Shared, request: RequestFacts<'_>, attempt: u32) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = (shared, request, attempt);
        Self {
            #[cfg(feature = "tracing")]
            span: OpenSpan::of_attempt(shared, &request, attempt),
        }
    }

    /// The work, in this scope.
    pub(crate) fn observe<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::instrument(work, self.span.span.clone());
        work
    }

    pub(crate) fn end(
        self,
        shared: &Shared,
        request: RequestFacts<'_>,
        end: &AttemptEnd,
        errcode: Option<&Errcode>,
    ) {
        #[cfg(feature = "metrics")]
        meters::attempt_ended(&shared.server_labels, &request, end);
        #[cfg(feature = "tracing")]
        self.span.end_attempt(end, errcode);
        let _ = (shared, request, end, errcode);
    }
}

/// The refresh of a token.
pub(crate) struct RefreshScope {
    #[cfg(feature = "tracing")]
    span: OpenSpan,
}

impl RefreshScope {
    /// In the scope of the call that waits for it, if one does.
    pub(crate) fn begin(account: &str, is_awaited: bool) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = (account, is_awaited);
        Self {
            #[cfg(feature = "tracing")]
            span: OpenSpan::of_refresh(account, is_awaited),
        }
    }

    /// The work, in this scope.
    pub(crate) fn observe<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::instrument(work, self.span.span.clone());
        work
    }

    pub(crate) fn end(self, error: Option<&Error>) {
        #[cfg(feature = "tracing")]
        self.span.end(error);
        #[cfg(not(feature = "tracing"))]
        let _ = error;
    }
}

/// The wait for a permit.
pub(crate) struct WaitScope {
    #[cfg(feature = "metrics")]
    start: Instant,
}

impl WaitScope {
    pub(crate) fn begin(runtime: &dyn Runtime) -> Self {
        #[cfg(not(feature = "metrics"))]
        let _ = runtime;
        Self {
            #[cfg(feature = "metrics")]
            start: Instant::now(runtime),
        }
    }

    /// A permit was granted, or none was free in time.
    pub(crate) fn end(self, runtime: &dyn Runtime, class: LimitClass, is_granted: bool) {
        #[cfg(feature = "metrics")]
        {
            let waited = Instant::now(runtime).since(self.start);
            meters::limiter_waited(class, is_granted, waited);
        }
        #[cfg(not(feature = "metrics"))]
        let _ = (runtime, class, is_granted);
    }
}

/// The work of a task, with the subscriber of whoever starts it.
pub(crate) fn with_this_subscriber<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    #[cfg(feature = "tracing")]
    let work = tracing::instrument::WithSubscriber::with_current_subscriber(work);
    work
}

/// The work of a task that somebody waits for, in the waiter's span.
#[cfg(feature = "blocking")]
pub(crate) fn in_this_scope<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    #[cfg(feature = "tracing")]
    let work = tracing::Instrument::in_current_span(work);
    with_this_subscriber(work)
}
