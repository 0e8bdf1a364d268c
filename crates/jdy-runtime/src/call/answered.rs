//! A call in flight, and its answer.
//!
//! Owns the decoding of the answer into the caller's type. It must not know how the answer came.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use jdy_wire::{Field, Findings, Value, ValueMut};

use crate::answer::Answer;
use crate::classify::{NewSlot, Success, empty_slot};
use crate::error::{CallInfo, Error, ErrorKind};
use crate::operation::Mismatch;
use crate::outcome::Outcome;
use crate::row_verdict::RowVerdict;
use crate::runtime::BoxFuture;
use crate::shared::Shared;
use crate::telemetry::{self, CallScope};

/// A call in flight.
#[must_use = "a future does nothing until it is polled"]
pub struct CallFuture<D> {
    work: BoxFuture<'static, Undecoded>,
    data: PhantomData<fn() -> D>,
}

impl<D> CallFuture<D> {
    /// `work` is made with the slot for this type.
    pub(super) fn new(work: BoxFuture<'static, Undecoded>) -> Self {
        Self {
            work,
            data: PhantomData,
        }
    }
}

impl<D> fmt::Debug for CallFuture<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").finish_non_exhaustive()
    }
}

impl<D: Value> Future for CallFuture<D> {
    type Output = Result<Answer<D>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Everything up to here is compiled once for all operations.
        self.work
            .as_mut()
            .poll(context)
            .map(|(scope, raw)| scope.end_with(|| raw.and_then(decoded)))
    }
}

/// The end of a call, whose answer is judged in its scope.
pub(super) type Undecoded = (CallScope, Result<Raw, Error>);

/// An answer whose data has no type yet.
pub(super) struct Raw {
    pub(super) shared: Arc<Shared>,
    pub(super) info: CallInfo,
    /// Checks the data against the operation's own type.
    pub(super) mismatch: Option<Mismatch>,
    pub(super) success: Success,
    pub(super) verdicts: Vec<RowVerdict>,
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
}

/// How the answer to a call is decoded.
pub(super) fn new_slot<D: Value>(shared: &Shared) -> NewSlot {
    NewSlot {
        make: empty_slot::<D>,
        max_bytes: shared.max_decoded,
    }
}

pub(super) fn decoded<D: Value>(mut raw: Raw) -> Result<Answer<D>, Error> {
    let (slot, findings) = raw.success.decoded.take().unzip();
    let slot: Option<Box<dyn Any>> = slot.map(|slot| slot as _);
    let data = slot.and_then(|slot| slot.downcast::<Field<D>>().ok());
    let takes_anything = matches!(D::empty().target(), ValueMut::Json(_));
    if let Some(expected) = raw.mismatch(takes_anything) {
        return Err(raw.unreadable(expected));
    }
    let findings = findings.unwrap_or_default();
    raw.report(&findings);
    let (data, has_data) = match data.map_or(Field::Absent, |data| *data) {
        Field::Value(data) => (data, true),
        Field::Absent => (D::empty(), false),
        Field::Raw(_) => return Err(raw.unreadable(D::EXPECTED)),
    };
    Ok(Answer {
        data,
        has_data,
        status: raw.success.response.status,
        attempts: raw.attempts,
        elapsed: raw.elapsed,
        call_id: raw.info.call_id,
        raw: raw.success.response.body,
        drift: findings.drift,
        verdicts: raw.verdicts,
    })
}

impl Raw {
    /// What `data` should be, if a type that takes anything hides that it is not: the outcome of a
    /// call must not depend on how its answer is decoded, so the operation's own type judges.
    fn mismatch(&self, takes_anything: bool) -> Option<&'static str> {
        let check = self.mismatch.filter(|_| takes_anything)?;
        check(self.success.data()?)
    }

    /// Reports where the answer differs from the spec.
    fn report(&self, found: &Findings) {
        if found.drift_count > 0 {
            let hooks = &*self.shared.hooks;
            telemetry::drift(hooks, &self.info, &found.drift, found.drift_count);
        }
    }

    /// The call took effect, but its data is of another kind than the spec says.
    fn unreadable(self, expected: &str) -> Error {
        let response = self.success.response;
        Error::new(self.info, Outcome::Applied, ErrorKind::InvalidBody)
            .with_errcode(Some(jdy_wire::Errcode::Number(0)))
            .with_description(Some(format!("data is not {expected}")))
            .with_answer(Some(response.status), Some(response.body))
            .with_attempts(self.attempts, self.elapsed)
    }
}
