//! One attempt: a request is signed, sent, and its end written down.
//!
//! Owns the headers, what all attempts of a client share, and the gateway's time among it. It
//! must not know why the attempt is made or what follows from its end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::address::{Address, Domains};
use crate::clock::{Correction, Offset, Sighting};
#[cfg(feature = "tracing")]
use crate::error::OneLine;
use crate::error::{Error, ErrorKind};
use crate::gateway::GatewayCode;
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::operation::Method;
use crate::outcome::{Exchange, Verdict};
use crate::pool::Pool;
use crate::retry::RetryPolicy;
use crate::runtime::{Runtime, epoch_millis, within};
use crate::secret::Secret;
use crate::signing::{Unsigned, sign};
use crate::token::{Rest, StoreError, TokenStore};
use crate::transport::{Body, Connection, Cut, Delivery, Progress, Request, Timeouts, Transport};

/// What all calls of a client share.
pub(crate) struct Core {
    pub(crate) base: Address,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: Box<dyn TokenStore>,
    pub(crate) hooks: Box<dyn Hooks>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_body: usize,
    pub(crate) max_decoded: usize,
    pub(crate) domains: Domains,
    pub(crate) offset: Offset,
    pub(crate) limits: Limits,
    pub(crate) store_rest: Rest,
    /// The same for the places that the fleet shares.
    pub(crate) places_rest: Rest,
    pub(crate) pool: Pool,
}

/// One request, not yet signed.
pub(crate) struct Attempt<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: &'a Secret,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: Option<Body>,
    /// Token and router address, for a business call.
    pub(crate) pass: Option<(&'a Secret, &'a str)>,
    pub(crate) connection: Connection,
    pub(crate) progress: Progress,
}

/// How an attempt ended, and what can be learnt from it about time.
pub(crate) struct Landing {
    pub(crate) exchange: Exchange,
    pub(crate) lesson: Lesson,
    /// Nonce and signature.
    pub(crate) sent: Vec<Secret>,
}

/// The offset that a request was signed with, and what its answer tells.
#[derive(Clone, Copy)]
pub(crate) struct Lesson {
    signed_with: i64,
    sighting: Option<Sighting>,
}

impl Landing {
    /// Whether certainly nothing left.
    pub(crate) fn never_left(&self) -> bool {
        match &self.exchange {
            Exchange::Answered(_) => false,
            Exchange::Failed(error) => error.delivery() == Delivery::NeverLeft,
            Exchange::TimedOut(delivery) => *delivery == Delivery::NeverLeft,
        }
    }
}

impl Core {
    /// The time of day, as the gateway sees it.
    pub(crate) fn now(&self) -> SystemTime {
        self.offset.correct(self.runtime.now())
    }

    /// Tells that the store failed: what goes on without it is not what was asked for.
    pub(crate) fn store_failed(&self, account: &str, error: &StoreError) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "jdy",
            account = %OneLine(account),
            error = %OneLine(&error.to_string()),
            "token store failed; going on without it"
        );
        self.hooks.store_failed(account, error);
    }

    /// Tells that an account set got no token.
    pub(crate) fn token_failed(&self, account: &str, error: &Error) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "jdy",
            account = %OneLine(account),
            error = %OneLine(&error.to_string()),
            "no token"
        );
        self.hooks.token_failed(account, error);
    }

    /// Tells that a router address is not passed on as it was spelled.
    pub(crate) fn router_over_https(&self, account: &str, given: &str) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "jdy",
            account = %OneLine(account),
            given = %OneLine(given),
            "router address spelled http:// is passed on as https://"
        );
        self.hooks.router_over_https(account, given);
    }

    /// Signs and sends, for at most `limit`.
    pub(crate) async fn attempt(&self, attempt: Attempt<'_>, limit: Duration) -> Landing {
        let progress = attempt.progress.clone();
        let (signed_with, start) = (self.offset.millis(), self.runtime.monotonic());
        let request = self.signed(attempt);
        let own = |(name, _): &&(&str, Secret)| ["X-Api-Nonce", "X-Api-Signature"].contains(name);
        let sent = request.headers.iter().filter(own);
        let sent = sent.map(|(_, value)| value.clone()).collect();
        let sending = self.transport.send(request);
        let exchange = match within(sending, self.runtime.sleep(limit)).await {
            Some(Ok(response)) => Exchange::Answered(response),
            Some(Err(error)) => Exchange::Failed(error),
            None => match (progress.close(), progress.take(Some(Cut::TimedOut))) {
                (_, Some(response)) => Exchange::Answered(response),
                (delivery, None) => Exchange::TimedOut(delivery),
            },
        };
        let took = self.runtime.monotonic().saturating_sub(start);
        let sighting = match &exchange {
            Exchange::Answered(response) => Sighting::of(response, self.runtime.now(), took),
            _ => None,
        };
        let lesson = Lesson {
            signed_with,
            sighting,
        };
        Landing {
            exchange,
            lesson,
            sent,
        }
    }

    /// Learns what an answer tells of time, and says whether the request that it refused would
    /// be signed with another time now.
    pub(crate) fn heed(&self, lesson: Lesson, verdict: Option<&Verdict>) -> Correction {
        let refused = verdict.is_some_and(|verdict| {
            verdict.kind == ErrorKind::Gateway(GatewayCode::TimestampInvalid)
        });
        // A page without errcode may come from anyone on the way, with that one's clock.
        let by_the_gateway = verdict.is_none_or(|verdict| verdict.errcode.is_some());
        if let Some(sighting) = lesson.sighting.filter(|_| by_the_gateway) {
            let learnt = if refused {
                self.offset.learn_from_refusal(sighting)
            } else {
                self.offset.learn_in_passing(sighting)
            };
            if learnt == Correction::Made {
                self.hooks.clock_corrected(self.offset.millis());
            }
        }
        // Another call may have learnt it in the meantime.
        if refused {
            self.offset.has_left(lesson.signed_with)
        } else {
            Correction::None
        }
    }

    fn signed(&self, attempt: Attempt<'_>) -> Request {
        let nonce = self.nonce();
        let timestamp = epoch_millis(self.now()).to_string();
        let signed = sign(
            attempt.client_secret,
            Unsigned {
                method: attempt.method,
                path: attempt.path,
                query: attempt.query,
                nonce: &nonce,
                timestamp: &timestamp,
            },
        );
        let content_type = attempt.body.as_ref().map(Body::content_type);
        let mut headers = vec![
            (
                "Content-Type",
                Secret::from(content_type.unwrap_or("application/json")),
            ),
            ("X-Api-ClientID", Secret::from(attempt.client_id)),
            ("X-Api-Auth-Version", Secret::from("2.0")),
            ("X-Api-TimeStamp", Secret::new(timestamp)),
            ("X-Api-Nonce", Secret::new(nonce)),
            (
                "X-Api-SignHeaders",
                Secret::from("X-Api-TimeStamp,X-Api-Nonce"),
            ),
            ("X-Api-Signature", Secret::from(signed.signature.as_str())),
        ];
        if let Some((token, router)) = attempt.pass {
            headers.push(("app-token", token.clone()));
            headers.push(("X-GW-Router-Addr", Secret::from(router)));
        }
        Request {
            method: attempt.method,
            url: format!("{}{}", self.base.as_str(), signed.target()),
            headers,
            body: attempt.body,
            max_body: self.max_body,
            connection: attempt.connection,
            progress: attempt.progress,
        }
    }

    /// A positive integer of 16 digits.
    fn nonce(&self) -> String {
        const SIXTEEN_DIGITS: u64 = 1_000_000_000_000_000;
        (SIXTEEN_DIGITS + self.runtime.random() % (9 * SIXTEEN_DIGITS)).to_string()
    }

    /// A new id for a call: 128 random bits.
    pub(crate) fn call_id(&self) -> Arc<str> {
        format!(
            "{:016x}{:016x}",
            self.runtime.random(),
            self.runtime.random()
        )
        .into()
    }
}

/// Whether a dropped attempt may have taken effect.
pub(crate) fn may_have_left(progress: &Progress) -> bool {
    progress.close() != Delivery::NeverLeft
}
