//! Whether a failed attempt is followed by another: one pure function.
//!
//! Owns the decision. It must not wait, send or draw lots; time left and chance are given.

use std::time::Duration;

pub use crate::clock::Correction;
use crate::error::ErrorKind;
use crate::gateway::GatewayCode;
use crate::operation::Effect;
use crate::outcome::Outcome;
use crate::transport::Cut;

/// How often and how patiently a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. Default 4. The one replay after a healed token, and
    /// the one after a healed clock, do not ask for this limit.
    pub attempts: u32,
    /// The longest pause after the first attempt; it doubles with each. Default 200 ms.
    pub first_pause: Duration,
    /// The longest pause at all. Default 5 s.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// One attempt, whatever comes of it; a rejected token and a refused timestamp are still
    /// healed, once.
    pub fn once() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }
}

/// All that the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// What the operation does on the other side.
    pub effect: Effect,
    /// What became of the attempt.
    pub outcome: Outcome,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// Why the answer's body was not whole.
    pub cut: Option<Cut>,
    /// How many attempts there were, this one included.
    pub attempt: u32,
    /// What was healed before in this call.
    pub healed: Healed,
    /// Whether the client's time is another now than the one that was sent.
    pub clock: Correction,
    /// How long the other side asks to wait.
    pub retry_after: Option<Duration>,
    /// Time to the end of the call.
    pub time_left: Duration,
    /// A random number from all of `u64`.
    pub random: u64,
}

/// Which of its healings the call has already had; it has each but once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Healed {
    /// Nothing was healed yet.
    Nothing,
    /// The token was replaced.
    Token,
    /// The clock was put right.
    Clock,
    /// Both.
    TokenAndClock,
}

impl Healed {
    /// With the token replaced as well.
    #[must_use]
    pub const fn and_token(self) -> Self {
        match self {
            Self::Nothing | Self::Token => Self::Token,
            Self::Clock | Self::TokenAndClock => Self::TokenAndClock,
        }
    }

    /// With the clock put right as well.
    #[must_use]
    pub const fn and_clock(self) -> Self {
        match self {
            Self::Nothing | Self::Clock => Self::Clock,
            Self::Token | Self::TokenAndClock => Self::TokenAndClock,
        }
    }

    pub(crate) const fn has_token(self) -> bool {
        matches!(self, Self::Token | Self::TokenAndClock)
    }

    const fn has_clock(self) -> bool {
        matches!(self, Self::Clock | Self::TokenAndClock)
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The error is final.
    Stop,
    /// Another attempt after this pause.
    Again(Duration),
    /// Replace the token, then another attempt.
    HealToken,
    /// Another attempt at once, with the time that the client has just learnt.
    HealClock,
}

/// Decides.
///
/// A read is repeated where another attempt may go better. A write is repeated only where it is
/// certain that nothing took effect, and the cause is one that passes: no connection, 429, 5006,
/// 5007. Either is sent once more after its token was replaced, and once more after its clock
/// was put right; a write only where nothing took effect.
pub fn decide(policy: &RetryPolicy, situation: &Situation) -> Decision {
    let harmless = situation.effect.is_read()
        || matches!(situation.outcome, Outcome::NotSent | Outcome::Rejected);
    if situation.kind.is_token() {
        let first = !situation.healed.has_token() && !situation.time_left.is_zero();
        return if harmless && first {
            Decision::HealToken
        } else {
            Decision::Stop
        };
    }
    if situation.kind == ErrorKind::Gateway(GatewayCode::TimestampInvalid) {
        let healed = situation.clock == Correction::Made && !situation.healed.has_clock();
        return if harmless && healed && !situation.time_left.is_zero() {
            Decision::HealClock
        } else {
            Decision::Stop
        };
    }
    let passes = if situation.effect.is_read() {
        passes_for_a_read(situation)
    } else {
        situation.outcome == Outcome::NotSent && passes_for_a_write(situation.kind)
    };
    if !passes || situation.attempt >= policy.attempts {
        return Decision::Stop;
    }
    let pause = pause(policy, situation);
    if pause < situation.time_left {
        Decision::Again(pause)
    } else {
        Decision::Stop
    }
}

fn passes_for_a_write(kind: ErrorKind) -> bool {
    match kind {
        // The last two only reach here where certainly no byte left: a connection that did not
        // come about in time, or was closed before it was used.
        ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Lost => true,
        ErrorKind::Gateway(code) => code.is_throttle(),
        _ => false,
    }
}

fn passes_for_a_read(situation: &Situation) -> bool {
    use GatewayCode as Code;
    match situation.kind {
        ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Lost => true,
        ErrorKind::Gateway(code) => matches!(
            code,
            Code::InternalServiceFail
                | Code::ApiUnavailable
                | Code::ApiTimeout
                | Code::ApiRequestCancel
                | Code::ApiRequestFuse
                | Code::ApiRequestOverload
        ),
        ErrorKind::Status => situation
            .status
            .is_some_and(|status| status >= 500 || status == 408),
        // What is too large stays too large.
        ErrorKind::NoErrcode => situation.cut != Some(Cut::TooLarge),
        ErrorKind::Unreadable => matches!(situation.cut, Some(Cut::Lost | Cut::TimedOut)),
        _ => false,
    }
}

/// Full jitter: anything up to a bound that doubles with each attempt, but not less than the
/// other side asks for.
fn pause(policy: &RetryPolicy, situation: &Situation) -> Duration {
    let doublings = situation.attempt.saturating_sub(1).min(20);
    let bound = policy
        .first_pause
        .saturating_mul(1 << doublings)
        .min(policy.longest_pause);
    let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let jitter = Duration::from_nanos(situation.random.checked_rem(bound).unwrap_or(0));
    jitter.max(situation.retry_after.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: Situation = Situation {
        effect: Effect::Money,
        outcome: Outcome::NotSent,
        kind: ErrorKind::Connect,
        status: None,
        cut: None,
        attempt: 1,
        healed: Healed::Nothing,
        clock: Correction::None,
        retry_after: None,
        time_left: Duration::from_secs(30),
        random: 0,
    };

    fn decision(situation: Situation) -> Decision {
        decide(&RetryPolicy::default(), &situation)
    }

    #[test]
    fn a_write_is_repeated_only_where_nothing_took_effect_and_the_cause_passes() {
        use ErrorKind as Kind;
        use GatewayCode as Code;
        use Outcome::{Applied, NotSent, Rejected, Unknown};
        let again = Decision::Again(Duration::ZERO);
        for (outcome, kind, expected) in [
            (NotSent, Kind::Connect, again),
            (NotSent, Kind::RateLimited, again),
            (NotSent, Kind::Gateway(Code::ApiRequestFuse), again),
            (NotSent, Kind::Gateway(Code::ApiRequestOverload), again),
            (NotSent, Kind::Timeout, again),
            (NotSent, Kind::Request, Decision::Stop),
            (NotSent, Kind::Token, Decision::Stop),
            (
                NotSent,
                Kind::Gateway(Code::SignatureInvalid),
                Decision::Stop,
            ),
            (
                NotSent,
                Kind::Gateway(Code::TimestampInvalid),
                Decision::Stop,
            ),
            (
                NotSent,
                Kind::Gateway(Code::AccessTokenExpired),
                Decision::HealToken,
            ),
            (NotSent, Kind::Unauthorized, Decision::HealToken),
            (Rejected, Kind::TokenRejected, Decision::HealToken),
            (Unknown, Kind::TokenRejected, Decision::Stop),
            (Rejected, Kind::Business, Decision::Stop),
            (Rejected, Kind::NoRoute, Decision::Stop),
            (Unknown, Kind::Timeout, Decision::Stop),
            (Unknown, Kind::Lost, Decision::Stop),
            (Unknown, Kind::Status, Decision::Stop),
            (Unknown, Kind::NoErrcode, Decision::Stop),
            (Unknown, Kind::SystemError, Decision::Stop),
            (Unknown, Kind::Gateway(Code::ApiTimeout), Decision::Stop),
            (Applied, Kind::Unreadable, Decision::Stop),
        ] {
            for effect in [Effect::Write, Effect::Money] {
                let situation = Situation {
                    effect,
                    outcome,
                    kind,
                    cut: Some(Cut::Lost),
                    ..LOW
                };
                assert_eq!(
                    decision(situation),
                    expected,
                    "{effect:?} {outcome:?} {kind:?}"
                );
            }
        }
    }

    #[test]
    fn a_read_is_repeated_where_another_attempt_may_go_better() {
        use ErrorKind as Kind;
        let read = Situation {
            effect: Effect::Read,
            outcome: Outcome::Unknown,
            ..LOW
        };
        let again = Decision::Again(Duration::ZERO);
        for (kind, status, expected) in [
            (Kind::Lost, None, again),
            (Kind::Timeout, None, again),
            (Kind::NoErrcode, Some(200), again),
            (Kind::Status, Some(504), again),
            (Kind::Status, Some(400), Decision::Stop),
            (Kind::Gateway(GatewayCode::ApiTimeout), Some(519), again),
            (
                Kind::Gateway(GatewayCode::NoPermission),
                Some(519),
                Decision::Stop,
            ),
            (Kind::Business, Some(200), Decision::Stop),
            (Kind::SystemError, Some(200), Decision::Stop),
            (Kind::Unreadable, Some(200), Decision::Stop),
            (Kind::TokenRejected, Some(500), Decision::HealToken),
        ] {
            assert_eq!(
                decision(Situation {
                    kind,
                    status,
                    ..read
                }),
                expected,
                "{kind:?}"
            );
        }
        let cut = Situation {
            kind: Kind::Unreadable,
            cut: Some(Cut::Lost),
            ..read
        };
        assert_eq!(decision(cut), again);
        let large = Situation {
            kind: Kind::NoErrcode,
            cut: Some(Cut::TooLarge),
            ..read
        };
        assert_eq!(decision(large), Decision::Stop);
    }

    #[test]
    fn a_token_is_healed_once() {
        let kind = ErrorKind::Gateway(GatewayCode::AccessTokenExpired);
        let rejected = Situation { kind, ..LOW };
        assert_eq!(decision(rejected), Decision::HealToken);
        assert_eq!(
            decision(Situation {
                attempt: 9,
                ..rejected
            }),
            Decision::HealToken
        );
        assert_eq!(
            decision(Situation {
                healed: Healed::Token,
                ..rejected
            }),
            Decision::Stop
        );
    }

    #[test]
    fn a_clock_is_healed_once_and_only_where_there_was_something_to_learn() {
        let kind = ErrorKind::Gateway(GatewayCode::TimestampInvalid);
        let refused = Situation {
            kind,
            attempt: 9,
            ..LOW
        };
        assert_eq!(decision(refused), Decision::Stop);
        let learnt = Situation {
            clock: Correction::Made,
            ..refused
        };
        for (healed, expected) in [
            (Healed::Nothing, Decision::HealClock),
            (Healed::Token, Decision::HealClock),
            (Healed::Clock, Decision::Stop),
            (Healed::Clock.and_token(), Decision::Stop),
            (Healed::Token.and_clock(), Decision::Stop),
        ] {
            assert_eq!(
                decision(Situation { healed, ..learnt }),
                expected,
                "{healed:?}"
            );
        }
        let late = Situation {
            time_left: Duration::ZERO,
            ..learnt
        };
        assert_eq!(decision(late), Decision::Stop);
    }

    #[test]
    fn attempts_and_time_end_the_repeating() {
        assert_eq!(decision(Situation { attempt: 4, ..LOW }), Decision::Stop);
        assert_eq!(
            decision(Situation {
                time_left: Duration::ZERO,
                ..LOW
            }),
            Decision::Stop
        );
        let asked = Situation {
            retry_after: Some(Duration::from_secs(7)),
            ..LOW
        };
        assert_eq!(decision(asked), Decision::Again(Duration::from_secs(7)));
        let longer = Situation {
            retry_after: Some(Duration::from_secs(31)),
            ..LOW
        };
        assert_eq!(decision(longer), Decision::Stop);
    }

    #[test]
    fn the_pause_is_full_jitter_below_a_doubling_bound() {
        let policy = RetryPolicy {
            attempts: 99,
            ..RetryPolicy::default()
        };
        for (attempt, bound) in [(1, 200), (2, 400), (3, 800), (6, 5000), (60, 5000)] {
            for random in [0, 1, 12_345_678_901_234, u64::MAX] {
                let situation = Situation {
                    attempt,
                    random,
                    ..LOW
                };
                let Decision::Again(pause) = decide(&policy, &situation) else {
                    unreachable!("{situation:?}")
                };
                assert!(pause < Duration::from_millis(bound), "{attempt} {pause:?}");
            }
        }
    }
}
