//! A write that looks itself up when its answer is lost.
//!
//! Owns how often it asks within the deadline of the call. Must not know how a record is looked up.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use jdy_wire::Value;

use super::names::text_of;
use super::{Found, ReconcileOptions, Reconciliation};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::Error;
use crate::runtime::within;
use crate::time::Deadline;

/// The waits between the look-ups, while the deadline allows it: a request that is still being
/// worked on is there within seconds or not for minutes.
const WAITS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(9),
];

/// A write that took effect: by its answer, or because its record was found. `Debug` shows neither.
#[derive(Clone)]
pub struct Written<D> {
    id: Option<String>,
    number: Option<String>,
    proof: Proof<D>,
}

#[derive(Clone)]
enum Proof<D> {
    Answer(Box<Answer<D>>),
    Found(Box<Found>),
}

impl<D> fmt::Debug for Written<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("is_answered", &self.answer().is_some())
            .finish_non_exhaustive()
    }
}

impl<D> Written<D> {
    /// The id of the record, where the answer or the record shows one.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number of the record: as it is shown, or as it was sent.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// The answer to the write; `None` where it was lost, and the record was found.
    pub fn answer(&self) -> Option<&Answer<D>> {
        match &self.proof {
            Proof::Answer(answer) => Some(answer),
            Proof::Found(_) => None,
        }
    }

    /// The record that was found; `None` where the write was answered.
    pub fn found(&self) -> Option<&Found> {
        match &self.proof {
            Proof::Answer(_) => None,
            Proof::Found(found) => Some(found),
        }
    }
}

/// What of a request names its record.
struct Naming {
    id: Option<&'static str>,
    number: Option<&'static str>,
    sent: Option<String>,
}

impl<D: Value> Call<D> {
    /// Makes the call; where its answer is lost, looks its record up within the call's deadline.
    ///
    /// ```
    /// # use jdy_runtime::{Call, Error};
    /// # async fn example<D: jdy_wire::Value>(save: Call<D>) -> Result<(), Error> {
    /// match save.reconciled().await {
    ///     Ok(written) => println!("{:?}", written.id()),
    ///     Err(error) => match error.ask_again_at() {
    ///         Some(time) => println!("nobody can tell before {time:?}"),
    ///         None => println!("{error}"),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As awaiting the call. An error whose outcome is unknown says what the last look-up found
    /// ([`Error::reconciliation`]) and from when on one can tell ([`Error::ask_again_at`]).
    pub async fn reconciled(self) -> Result<Written<D>, Error> {
        let client = self.client().clone();
        let runtime = client.shared().runtime.clone();
        let length = self.time_limit();
        let deadline = Deadline::after(&*runtime, length);
        let naming = self.naming();
        let mut error = match self.deadline(length).await {
            Ok(answer) => return Ok(naming.of_answer(answer)),
            Err(error) => error,
        };
        let Some(write) = error.unknown_write().cloned() else {
            return Err(error);
        };
        let options = ReconcileOptions::default();
        for wait in WAITS.into_iter().map(Some).chain([None]) {
            let left = deadline.left(&*runtime);
            let looking = client.reconcile_write(&write, &options);
            match within(pin!(looking), || runtime.sleep(left)).await {
                None => return Err(error),
                Some(Err(_)) => {}
                Some(Ok(Reconciliation::Applied { found })) => return Ok(naming.of_found(found)),
                Some(Ok(other)) => {
                    let may_change = other.wait().is_some();
                    error = error.with_reconciliation(other);
                    if !may_change {
                        return Err(error);
                    }
                }
            }
            match wait.filter(|wait| *wait < deadline.left(&*runtime)) {
                Some(wait) => runtime.sleep(wait).await,
                None => break,
            }
        }
        Err(error)
    }

    fn naming(&self) -> Naming {
        let resource = self.prepared().and_then(|prepared| prepared.resource());
        let number = resource.and_then(|resource| resource.number);
        let body = self.prepared().and_then(|prepared| prepared.body());
        Naming {
            id: resource.and_then(|resource| resource.id),
            number,
            sent: number
                .zip(body)
                .and_then(|(number, body)| text_of(body, number)),
        }
    }
}

impl Naming {
    fn of_answer<D>(self, answer: Answer<D>) -> Written<D> {
        let raw = std::str::from_utf8(answer.raw()).unwrap_or_default();
        let data = jdy_wire::member(raw, "data").unwrap_or("null");
        let shown = |field: Option<&str>| text_of(data, field?);
        // A save answers with the list of the ids that it made, or with one.
        let listed = || {
            let mut ids = jdy_wire::items(jdy_wire::member(data, "ids")?)?.into_iter();
            let only = ids.next().filter(|_| ids.next().is_none())?;
            jdy_wire::leaves(only).pop().map(|(_, id)| id)
        };
        Written {
            id: shown(self.id).or_else(|| shown(Some("id"))).or_else(listed),
            number: shown(self.number).or(self.sent),
            proof: Proof::Answer(Box::new(answer)),
        }
    }

    fn of_found<D>(self, found: Found) -> Written<D> {
        let number = text_of(found.record(), self.number.unwrap_or_default());
        Written {
            id: found.id().map(str::to_owned),
            number: number.or(self.sent),
            proof: Proof::Found(Box::new(found)),
        }
    }
}

impl fmt::Debug for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Naming").finish_non_exhaustive()
    }
}
