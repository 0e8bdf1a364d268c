//! Whether a failed attempt is retried: one pure function.
//!
//! Owns the decision. It must not wait, send or draw random numbers; the time left and a random
//! number are given.

use std::time::Duration;

use crate::error::ErrorKind;
use crate::gateway::Class;
use crate::method::Effect;
use crate::outcome::Outcome;
use crate::transport::Truncation;

/// How often a call is attempted, and the backoff between the attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// After how many attempts, the first included, a transient failure ends the call. Default 4.
    /// It never prevents the one attempt after a refreshed token, nor the one after a corrected
    /// clock; these may be beyond it, by two at most, and count like any other: a transient failure
    /// after them is retried only if fewer attempts than this were made.
    pub max_attempts: u32,
    /// The maximum backoff after the first attempt; it doubles with each. Default 200 ms.
    pub initial_backoff: Duration,
    /// The maximum backoff after any attempt. Default 5 s.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
        }
    }
}

/// What the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct RetryContext {
    /// What the operation does on the other side.
    pub effect: Effect,
    /// The outcome of the attempt.
    pub outcome: Outcome,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status, if a response came.
    pub status: Option<u16>,
    /// Why the body of the response is not complete.
    pub truncation: Option<Truncation>,
    /// The number of attempts so far, this one included.
    pub attempt: u32,
    /// The recoveries of this call so far.
    pub recovered: Recovered,
    /// Whether the client's clock was corrected since the attempt was signed.
    pub clock_corrected: bool,
    /// How long the other side asks to wait.
    pub retry_after: Option<Duration>,
    /// The time left until the deadline of the call.
    pub time_left: Duration,
    /// A random number from all of `u64`.
    pub random: u64,
}

/// Which recoveries the call has already had; it has each at most once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The token was refreshed.
    pub token: bool,
    /// The clock was corrected.
    pub clock: bool,
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryDecision {
    /// The error is final.
    Stop,
    /// Another attempt after this backoff.
    RetryAfter(Duration),
    /// Refresh the token, then make another attempt.
    RefreshToken,
    /// Make another attempt at once, signed with the corrected time.
    ResyncClock,
}

impl RetryPolicy {
    /// A single attempt. After a rejected token or a refused timestamp there is still one more.
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// Whether to retry, and after how long.
    ///
    /// A read is retried if another attempt may succeed. A write is retried only if it certainly
    /// had no effect, and the cause is transient: no connection, 429, 5006, 5007. Either gets one
    /// more attempt after its token was refreshed, and one more after the clock was corrected; a
    /// write only if it had no effect.
    pub fn decide(&self, context: &RetryContext) -> RetryDecision {
        let is_safe = context.effect.is_read()
            || matches!(context.outcome, Outcome::NotSent | Outcome::Rejected);
        let may_repeat = is_safe && !context.time_left.is_zero();
        if context.kind.is_token() {
            return if may_repeat && !context.recovered.token {
                RetryDecision::RefreshToken
            } else {
                RetryDecision::Stop
            };
        }
        if context.kind.is_clock() {
            return if may_repeat && context.clock_corrected && !context.recovered.clock {
                RetryDecision::ResyncClock
            } else {
                RetryDecision::Stop
            };
        }
        let has_no_effect = context.effect.is_read() || context.outcome == Outcome::NotSent;
        if !has_no_effect || !is_retryable(context) || context.attempt >= self.max_attempts {
            return RetryDecision::Stop;
        }
        let backoff = self.backoff(context);
        if backoff < context.time_left {
            RetryDecision::RetryAfter(backoff)
        } else {
            RetryDecision::Stop
        }
    }

    /// Full jitter below a bound that doubles with each attempt, but not less than the other side
    /// asks for.
    fn backoff(&self, context: &RetryContext) -> Duration {
        let doublings = context.attempt.saturating_sub(1).min(20);
        let bound = self
            .initial_backoff
            .saturating_mul(1 << doublings)
            .min(self.max_backoff);
        let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        let jitter = Duration::from_nanos(context.random.checked_rem(bound).unwrap_or(0));
        jitter.max(context.retry_after.unwrap_or_default())
    }
}

/// Which attempts of an operation that reads may be repeated, and which of one that writes, where it
/// had no effect.
fn is_retryable(context: &RetryContext) -> bool {
    let is_read = context.effect.is_read();
    match context.kind {
        // Of a write the last two only get here if certainly no byte left: a connection that was not
        // made in time, or was closed before it was used.
        ErrorKind::Connect
        | ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::ConnectionLost => true,
        ErrorKind::Gateway(code) => match code.class() {
            Class::Throttle => true,
            Class::Unavailable => is_read,
            // The first two are decided before: a refresh or a correction comes first.
            Class::Token
            | Class::Clock
            | Class::Credentials
            | Class::Permission
            | Class::Address
            | Class::Method => false,
        },
        ErrorKind::UnexpectedStatus => {
            let is_server_side = |status| status >= 500 || status == 408;
            is_read && context.status.is_some_and(is_server_side)
        }
        // A body that is too large stays too large.
        ErrorKind::MissingErrcode => is_read && context.truncation != Some(Truncation::TooLarge),
        ErrorKind::InvalidBody => {
            let is_cut = Some(Truncation::Lost) == context.truncation
                || Some(Truncation::TimedOut) == context.truncation;
            is_read && is_cut
        }
        ErrorKind::Request
        | ErrorKind::Unauthorized
        | ErrorKind::LocalRateLimit
        | ErrorKind::Withheld
        | ErrorKind::NoRoute
        | ErrorKind::Business
        | ErrorKind::TokenRejected
        | ErrorKind::StaleSecret
        | ErrorKind::SystemError
        | ErrorKind::Rows
        | ErrorKind::Pagination
        | ErrorKind::Token
        | ErrorKind::Authorization
        | ErrorKind::Runtime => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::GatewayCode;

    const NOTHING: Recovered = Recovered {
        token: false,
        clock: false,
    };
    const TOKEN: Recovered = Recovered {
        token: true,
        ..NOTHING
    };
    const CLOCK: Recovered = Recovered {
        clock: true,
        ..NOTHING
    };
    const BOTH: Recovered = Recovered {
        token: true,
        clock: true,
    };

    const LOW: RetryContext = RetryContext {
        effect: Effect::Money,
        outcome: Outcome::NotSent,
        kind: ErrorKind::Connect,
        status: None,
        truncation: None,
        attempt: 1,
        recovered: NOTHING,
        clock_corrected: false,
        retry_after: None,
        time_left: Duration::from_secs(30),
        random: 0,
    };

    fn decision(context: RetryContext) -> RetryDecision {
        RetryPolicy::default().decide(&context)
    }

    #[test]
    fn a_write_is_retried_only_where_nothing_took_effect_and_the_cause_is_transient() {
        use ErrorKind as Kind;
        use GatewayCode as Code;
        use Outcome::{Applied, NotSent, Rejected, Unknown};
        let again = RetryDecision::RetryAfter(Duration::ZERO);
        for (outcome, kind, expected) in [
            (NotSent, Kind::Connect, again),
            (NotSent, Kind::RateLimited, again),
            (NotSent, Kind::Gateway(Code::ApiRequestFuse), again),
            (NotSent, Kind::Gateway(Code::ApiRequestOverload), again),
            (NotSent, Kind::Timeout, again),
            (NotSent, Kind::Request, RetryDecision::Stop),
            (NotSent, Kind::Token, RetryDecision::Stop),
            (
                NotSent,
                Kind::Gateway(Code::SignatureInvalid),
                RetryDecision::Stop,
            ),
            (
                NotSent,
                Kind::Gateway(Code::TimestampInvalid),
                RetryDecision::Stop,
            ),
            (
                NotSent,
                Kind::Gateway(Code::AccessTokenExpired),
                RetryDecision::RefreshToken,
            ),
            (NotSent, Kind::Unauthorized, RetryDecision::RefreshToken),
            (Rejected, Kind::TokenRejected, RetryDecision::RefreshToken),
            (Unknown, Kind::TokenRejected, RetryDecision::Stop),
            (Rejected, Kind::Business, RetryDecision::Stop),
            (Rejected, Kind::NoRoute, RetryDecision::Stop),
            (Unknown, Kind::Timeout, RetryDecision::Stop),
            (Unknown, Kind::ConnectionLost, RetryDecision::Stop),
            (Unknown, Kind::UnexpectedStatus, RetryDecision::Stop),
            (Unknown, Kind::MissingErrcode, RetryDecision::Stop),
            (Unknown, Kind::SystemError, RetryDecision::Stop),
            (
                Unknown,
                Kind::Gateway(Code::ApiTimeout),
                RetryDecision::Stop,
            ),
            (Applied, Kind::InvalidBody, RetryDecision::Stop),
        ] {
            for effect in [Effect::Write, Effect::Money] {
                let context = RetryContext {
                    effect,
                    outcome,
                    kind,
                    truncation: Some(Truncation::Lost),
                    ..LOW
                };
                assert_eq!(
                    decision(context),
                    expected,
                    "{effect:?} {outcome:?} {kind:?}"
                );
            }
        }
    }

    #[test]
    fn a_read_is_retried_where_another_attempt_may_go_better() {
        use ErrorKind as Kind;
        let read = RetryContext {
            effect: Effect::Read,
            outcome: Outcome::Unknown,
            ..LOW
        };
        let again = RetryDecision::RetryAfter(Duration::ZERO);
        for (kind, status, expected) in [
            (Kind::ConnectionLost, None, again),
            (Kind::Timeout, None, again),
            (Kind::MissingErrcode, Some(200), again),
            (Kind::UnexpectedStatus, Some(504), again),
            (Kind::UnexpectedStatus, Some(400), RetryDecision::Stop),
            (Kind::Gateway(GatewayCode::ApiTimeout), Some(519), again),
            (
                Kind::Gateway(GatewayCode::NoPermission),
                Some(519),
                RetryDecision::Stop,
            ),
            (Kind::Business, Some(200), RetryDecision::Stop),
            (Kind::SystemError, Some(200), RetryDecision::Stop),
            (Kind::InvalidBody, Some(200), RetryDecision::Stop),
            (Kind::TokenRejected, Some(500), RetryDecision::RefreshToken),
        ] {
            assert_eq!(
                decision(RetryContext {
                    kind,
                    status,
                    ..read
                }),
                expected,
                "{kind:?}"
            );
        }
        let cut = RetryContext {
            kind: Kind::InvalidBody,
            truncation: Some(Truncation::Lost),
            ..read
        };
        assert_eq!(decision(cut), again);
        let large = RetryContext {
            kind: Kind::MissingErrcode,
            truncation: Some(Truncation::TooLarge),
            ..read
        };
        assert_eq!(decision(large), RetryDecision::Stop);
    }

    #[test]
    fn a_token_is_refreshed_once() {
        let kind = ErrorKind::Gateway(GatewayCode::AccessTokenExpired);
        let rejected = RetryContext { kind, ..LOW };
        assert_eq!(decision(rejected), RetryDecision::RefreshToken);
        assert_eq!(
            decision(RetryContext {
                attempt: 9,
                ..rejected
            }),
            RetryDecision::RefreshToken
        );
        assert_eq!(
            decision(RetryContext {
                recovered: TOKEN,
                ..rejected
            }),
            RetryDecision::Stop
        );
    }

    #[test]
    fn a_clock_is_corrected_once_and_only_where_there_was_something_to_learn() {
        let kind = ErrorKind::Gateway(GatewayCode::TimestampInvalid);
        let refused = RetryContext {
            kind,
            attempt: 9,
            ..LOW
        };
        assert_eq!(decision(refused), RetryDecision::Stop);
        let learnt = RetryContext {
            clock_corrected: true,
            ..refused
        };
        for (recovered, expected) in [
            (NOTHING, RetryDecision::ResyncClock),
            (TOKEN, RetryDecision::ResyncClock),
            (CLOCK, RetryDecision::Stop),
            (BOTH, RetryDecision::Stop),
            (BOTH, RetryDecision::Stop),
        ] {
            assert_eq!(
                decision(RetryContext {
                    recovered,
                    ..learnt
                }),
                expected,
                "{recovered:?}"
            );
        }
        let late = RetryContext {
            time_left: Duration::ZERO,
            ..learnt
        };
        assert_eq!(decision(late), RetryDecision::Stop);
    }

    #[test]
    fn attempts_and_time_end_the_retries() {
        assert_eq!(
            decision(RetryContext { attempt: 4, ..LOW }),
            RetryDecision::Stop
        );
        let recovered = RetryContext {
            recovered: BOTH,
            ..LOW
        };
        for (attempt, ends) in [(3, false), (4, true), (6, true)] {
            let decided = decision(RetryContext {
                attempt,
                ..recovered
            });
            assert_eq!(decided == RetryDecision::Stop, ends, "{attempt}");
        }
        assert_eq!(
            decision(RetryContext {
                time_left: Duration::ZERO,
                ..LOW
            }),
            RetryDecision::Stop
        );
        let asked = RetryContext {
            retry_after: Some(Duration::from_secs(7)),
            ..LOW
        };
        assert_eq!(
            decision(asked),
            RetryDecision::RetryAfter(Duration::from_secs(7))
        );
        let longer = RetryContext {
            retry_after: Some(Duration::from_secs(31)),
            ..LOW
        };
        assert_eq!(decision(longer), RetryDecision::Stop);
    }

    #[test]
    fn the_backoff_is_full_jitter_below_a_doubling_bound() {
        let policy = RetryPolicy {
            max_attempts: 99,
            ..RetryPolicy::default()
        };
        for (attempt, bound) in [(1, 200), (2, 400), (3, 800), (6, 5000), (60, 5000)] {
            for random in [0, 1, 12_345_678_901_234, u64::MAX] {
                let context = RetryContext {
                    attempt,
                    random,
                    ..LOW
                };
                let RetryDecision::RetryAfter(backoff) = policy.decide(&context) else {
                    unreachable!("{context:?}")
                };
                assert!(
                    backoff < Duration::from_millis(bound),
                    "{attempt} {backoff:?}"
                );
            }
        }
    }
}
