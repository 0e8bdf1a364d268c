//! One attempt: a request is signed, sent, and its result recorded.
//!
//! Owns the headers of a request. It must not know why an attempt is made, nor what follows from
//! its result.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::classify::{AttemptEnding, Failure};
use crate::clock::ClockSample;
use crate::gateway_time::{ClockReading, GatewaySample};
use crate::method::Method;
use crate::runtime::{epoch_millis, within};
use crate::secret::Secret;
use crate::shared::Shared;
use crate::signing::{SIGNATURE_LENGTH, Unsigned, push_signature, sign_for};
use crate::telemetry;
use crate::time::Instant;
use crate::transport::{Body, Connection, Request, SendProgress, SendState, Truncation};

/// How many headers a business call has.
const HEADERS: usize = 9;
/// Room for a timestamp of 13 digits, a nonce of 16 and a signature.
const OWN_VALUES: usize = 13 + 16 + SIGNATURE_LENGTH;

/// One request, not yet signed.
pub(crate) struct Attempt<'a> {
    pub(crate) client_id: &'a Arc<str>,
    pub(crate) client_secret: &'a Secret,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: Option<Body>,
    /// Token and router address, for a business call.
    pub(crate) auth: Option<(&'a Secret, &'a Arc<str>)>,
    pub(crate) connection: Connection,
    pub(crate) progress: SendProgress,
    /// When it began.
    pub(crate) start: Instant,
}

/// The result of an attempt.
pub(crate) struct AttemptResult {
    pub(crate) ending: AttemptEnding,
    pub(crate) clock: ClockCheck,
    /// Nonce and signature.
    pub(crate) sent: [Secret; 2],
    /// The later of the request's timestamp and the end of the attempt, by the gateway's clock.
    pub(crate) made_at: SystemTime,
}

/// The clock offset that a request was signed with, and the clock sample of its response.
#[derive(Clone, Copy)]
pub(crate) struct ClockCheck {
    /// When the attempt ended.
    pub(crate) ended: ClockReading,
    signed_with: i64,
    sample: Option<ClockSample>,
}

impl AttemptResult {
    /// Whether no byte of the request left, for certain.
    pub(crate) fn never_left(&self) -> bool {
        match &self.ending {
            AttemptEnding::Answered(_) => false,
            AttemptEnding::Withheld => true,
            AttemptEnding::Failed(error) => error.send_state() == SendState::NeverLeft,
            AttemptEnding::TimedOut(delivery) => *delivery == SendState::NeverLeft,
        }
    }
}

impl Shared {
    /// Signs and sends a request within the time limit.
    pub(crate) async fn send(&self, attempt: Attempt<'_>, limit: Duration) -> AttemptResult {
        let progress = attempt.progress.clone();
        let (signed_with, start) = (self.offset.millis(), attempt.start);
        let signed_at = self.now();
        let (request, sent) = self.signed(attempt, signed_at);
        // Asked after the request was signed: one that leaves has a timestamp from before that.
        let ending = match progress.is_allowed() {
            true => self.transmitted(request, &progress, limit).await,
            false => AttemptEnding::Withheld,
        };
        let ended = ClockReading::of(&*self.runtime);
        let took = ended.instant().since(start);
        let sample = match &ending {
            AttemptEnding::Answered(response) => ClockSample::of(response, ended.wall(), took),
            _ => None,
        };
        let clock = ClockCheck {
            ended,
            signed_with,
            sample,
        };
        // The wall clock may have been set back since.
        let carried_on = signed_at.checked_add(took).unwrap_or(signed_at);
        AttemptResult {
            ending,
            clock,
            sent,
            made_at: carried_on.max(self.offset.correct(ended.wall())),
        }
    }

    async fn transmitted(
        &self,
        request: Request,
        progress: &SendProgress,
        limit: Duration,
    ) -> AttemptEnding {
        let mut sending = self.transport.send(request);
        let sent = within(sending.as_mut(), || self.runtime.sleep(limit)).await;
        // Dropping it cancels what was still to be sent or received.
        drop(sending);
        match sent {
            Some(Ok(response)) => AttemptEnding::Answered(response),
            Some(Err(_)) if progress.was_withheld() => AttemptEnding::Withheld,
            Some(Err(error)) => AttemptEnding::Failed(error),
            None => match (
                progress.close(),
                progress.finish(Some(Truncation::TimedOut)),
            ) {
                (_, Some(response)) => AttemptEnding::Answered(response),
                (_, None) if progress.was_withheld() => AttemptEnding::Withheld,
                (delivery, None) => AttemptEnding::TimedOut(delivery),
            },
        }
    }

    /// Corrects the clock by an answer. Returns whether a request that was refused for its
    /// timestamp would be signed with another time now.
    pub(crate) fn observe_clock(&self, check: ClockCheck, failure: Option<&Failure>) -> bool {
        let refused = failure.is_some_and(|failure| failure.kind.is_clock());
        // A page without errcode may come from a proxy, with a clock of its own.
        let by_the_gateway = failure.is_none_or(|failure| failure.errcode.is_some());
        if let Some(sample) = check.sample.filter(|_| by_the_gateway) {
            let (gateway, uncertainty) = sample.gateway_time(check.ended.wall());
            *self.measured.lock() = Some(GatewaySample {
                at: check.ended,
                gateway,
                uncertainty,
            });
            let learnt = if refused {
                self.offset.learn_from_refusal(sample)
            } else {
                self.offset.learn_in_passing(sample)
            };
            if learnt {
                telemetry::clock_corrected(&*self.hooks, self.offset.millis());
            }
        }
        // Another call may have corrected it in the meantime.
        refused && self.offset.changed_since(check.signed_with)
    }

    /// The URL, and what is this attempt's alone: timestamp, nonce and signature.
    fn own_values(&self, attempt: &Attempt<'_>, at: SystemTime) -> (String, [Secret; 3]) {
        let mut text = String::with_capacity(OWN_VALUES);
        push_number(&mut text, epoch_millis(at));
        let middle = text.len();
        push_number(&mut text, self.nonce());
        let (timestamp, nonce) = text.split_at_checked(middle).unwrap_or_default();
        let (lengths, unsigned) = (
            [timestamp.len(), nonce.len(), SIGNATURE_LENGTH],
            Unsigned {
                method: attempt.method,
                path: attempt.path,
                query: attempt.query,
                nonce,
                timestamp,
            },
        );
        let (url, hmac) = sign_for(self.base.as_str(), attempt.client_secret, &unsigned);
        push_signature(&mut text, hmac);
        (url, Secret::parts(text, lengths))
    }

    /// The request, and its nonce and signature, which are removed from the texts of an error.
    fn signed(&self, attempt: Attempt<'_>, at: SystemTime) -> (Request, [Secret; 2]) {
        let (url, [timestamp, nonce, signature]) = self.own_values(&attempt, at);
        let content_type = attempt.body.as_ref().map(Body::content_type);
        let sent = [nonce.clone(), signature.clone()];
        let mut headers = Vec::with_capacity(HEADERS);
        headers.extend([
            (
                "Content-Type",
                content_type.map_or(const { Secret::known("application/json") }, Secret::from),
            ),
            ("X-Api-ClientID", Secret::shared(attempt.client_id)),
            ("X-Api-Auth-Version", Secret::known("2.0")),
            ("X-Api-TimeStamp", timestamp),
            ("X-Api-Nonce", nonce),
            (
                "X-Api-SignHeaders",
                Secret::known("X-Api-TimeStamp,X-Api-Nonce"),
            ),
            ("X-Api-Signature", signature),
        ]);
        if let Some((token, router)) = attempt.auth {
            headers.push(("app-token", token.clone()));
            headers.push(("X-GW-Router-Addr", Secret::shared(router)));
        }
        let request = Request {
            method: attempt.method,
            url,
            headers,
            body: attempt.body,
            max_body: self.max_body,
            connection: attempt.connection,
            progress: attempt.progress,
        };
        (request, sent)
    }

    /// A positive integer of 16 digits.
    fn nonce(&self) -> u64 {
        const SIXTEEN_DIGITS: u64 = 1_000_000_000_000_000;
        SIXTEEN_DIGITS + self.runtime.random() % (9 * SIXTEEN_DIGITS)
    }
}

fn push_number(text: &mut String, number: u64) {
    // Writing to a text does not fail.
    write!(text, "{number}").unwrap_or_default();
}

/// Whether a dropped attempt may have taken effect.
pub(crate) fn may_have_left(progress: &SendProgress) -> bool {
    progress.close() != SendState::NeverLeft
}
