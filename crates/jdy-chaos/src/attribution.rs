//! Attribution: which fault, kill or drop explains the outcome of a call, found by the call's key.
//!
//! Owns the rule that every unknown or abandoned call needs a reason, and the upper bounds for calls
//! whose reason has no key. Must not know where faults, kills and drops are observed.

use std::collections::HashSet;

use jdy_journal::State;

use crate::faults::{Effect, effect};
use crate::verdict::LineReport;

/// How many calls one failed token call may explain: all that waited for it and have no attempt left.
/// In most runs it is half a call, in small ones up to two.
const CALLS_PER_TOKEN_CALL: u64 = 4;

/// The faults, kills and drops of a run, by the key of the call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attribution {
    /// Hit by a fault at the gateway that may leave the outcome unknown.
    hit: HashSet<String>,
    /// In flight when their process was killed.
    killed: HashSet<String>,
    /// Dropped by their caller.
    dropped: HashSet<String>,
    /// An attempt timed out by the client's own clock.
    late: HashSet<String>,
    /// Refused by a fault, or unreachable before anything was sent.
    refused: HashSet<String>,
    /// Recharges of which no more than the head was read, so that their keys are unknown.
    cut_off: u64,
    /// Faults of token calls and authorizations.
    of_tokens: u64,
    /// Connections that ended before anything of a request was read.
    unread: u64,
}

/// A fault that was injected into a request, as the gateway saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FiredFault<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Option<&'a str>,
    /// Whether it was a recharge, or the save of a document.
    pub(crate) is_write: bool,
    /// The caller's own key, where the request was read.
    pub(crate) key: Option<&'a str>,
}

impl Attribution {
    /// Records a fault of a request at the gateway.
    pub(crate) fn record_fault(&mut self, fault: FiredFault<'_>) {
        // A fault that is not classified explains no unknown call.
        let effect = effect(fault.name, fault.value).unwrap_or(Effect::Definite);
        match fault.key {
            _ if !fault.is_write => self.of_tokens += 1,
            _ if effect == Effect::Definite => {}
            None => self.cut_off += 1,
            Some(key) if effect == Effect::Ambiguous => {
                self.hit.insert(key.to_owned());
            }
            Some(key) => {
                self.refused.insert(key.to_owned());
            }
        }
    }

    /// Records connections that ended before anything of a request was read.
    pub(crate) fn record_unread(&mut self, count: u64) {
        self.unread += count;
    }

    /// Records calls that were in flight when their process was killed.
    pub(crate) fn record_kill(&mut self, keys: impl IntoIterator<Item = String>) {
        self.killed.extend(keys);
    }

    /// Records a dropped call.
    pub(crate) fn record_drop(&mut self, key: String) {
        self.dropped.insert(key);
    }

    /// Records a call of which an attempt timed out.
    pub(crate) fn record_late(&mut self, key: String) {
        self.late.insert(key);
    }

    /// Records a request of which nothing was sent; a recharge has a key.
    pub(crate) fn record_unreachable(&mut self, key: Option<String>) {
        match key {
            Some(key) => drop(self.refused.insert(key)),
            None => self.of_tokens += 1,
        }
    }

    /// Merges what both sides recorded.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.hit.extend(other.hit);
        self.killed.extend(other.killed);
        self.dropped.extend(other.dropped);
        self.late.extend(other.late);
        self.refused.extend(other.refused);
        self.cut_off += other.cut_off;
        self.of_tokens += other.of_tokens;
        self.unread += other.unread;
        self
    }
}

/// The reasons that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// Unknown calls: hit by a fault, killed in flight, dropped.
    pub(crate) hit: u64,
    pub(crate) killed: u64,
    pub(crate) dropped: u64,
    /// Not hit by a fault, but timed out: the machine was overloaded.
    pub(crate) late: u64,
    /// Unknown without a reason of their own.
    pub(crate) cut_off: u64,
    /// Upper bound of these.
    pub(crate) cut_off_at_most: u64,
    /// Abandoned calls: refused, unreachable or dropped.
    pub(crate) refused: u64,
    /// Abandoned without a reason of their own.
    pub(crate) without_token: u64,
    /// Upper bound of these.
    pub(crate) without_token_at_most: u64,
}

impl Attribution {
    /// Finds the reason of each call that is reported as unknown or not sent.
    pub(crate) fn explain(&self, reports: &[LineReport]) -> Reasons {
        let mut reasons = Reasons::default();
        for one in reports {
            let count = match one.state {
                State::Unknown if self.hit.contains(&one.key) => &mut reasons.hit,
                State::Unknown if self.killed.contains(&one.key) => &mut reasons.killed,
                State::Unknown if self.dropped.contains(&one.key) => &mut reasons.dropped,
                State::Unknown if self.late.contains(&one.key) => &mut reasons.late,
                State::Unknown => &mut reasons.cut_off,
                State::NotSent if self.has_reason_not_to_be_sent(&one.key) => &mut reasons.refused,
                State::NotSent => &mut reasons.without_token,
                _ => continue,
            };
            *count += 1;
        }
        // A connection that ended unread explains one call, of either kind.
        let beyond = reasons.cut_off.saturating_sub(self.cut_off);
        let left = self.unread.saturating_sub(beyond);
        reasons.cut_off_at_most = self.cut_off + self.unread;
        reasons.without_token_at_most = (self.of_tokens + left) * CALLS_PER_TOKEN_CALL;
        reasons
    }

    fn has_reason_not_to_be_sent(&self, key: &str) -> bool {
        self.refused.contains(key) || self.dropped.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(key: &str, state: State) -> LineReport {
        LineReport {
            key: key.to_owned(),
            state,
            sent: 1,
            bill_no: None,
        }
    }

    fn fired<'a>(name: &'a str, key: Option<&'a str>) -> FiredFault<'a> {
        FiredFault {
            name,
            value: None,
            is_write: true,
            key,
        }
    }

    #[test]
    fn a_fault_explains_the_call_that_it_hit_and_no_other() {
        let mut attribution = Attribution::default();
        attribution.record_fault(fired("lost-after-commit", Some("R-1")));
        attribution.record_fault(fired("status-429", Some("R-2")));
        attribution.record_kill(["R-3".to_owned()]);
        attribution.record_drop("R-4".to_owned());
        attribution.record_late("R-6".to_owned());
        let unknown =
            ["R-1", "R-2", "R-3", "R-4", "R-5", "R-6"].map(|key| report(key, State::Unknown));
        let reasons = attribution.explain(&unknown);
        // The refusal of R-2 does not explain an unknown outcome.
        let wanted = Reasons {
            hit: 1,
            killed: 1,
            dropped: 1,
            late: 1,
            cut_off: 2,
            ..Reasons::default()
        };
        assert_eq!(reasons, wanted);
    }

    #[test]
    fn a_refused_unreachable_or_dropped_call_may_be_abandoned() {
        let mut attribution = Attribution::default();
        attribution.record_fault(fired("status-429", Some("R-1")));
        attribution.record_unreachable(Some("R-2".to_owned()));
        attribution.record_drop("R-3".to_owned());
        attribution.record_fault(fired("lost-before-commit", Some("R-4")));
        let given_up = ["R-1", "R-2", "R-3", "R-4"].map(|key| report(key, State::NotSent));
        let reasons = attribution.explain(&given_up);
        let wanted = Reasons {
            refused: 3,
            without_token: 1,
            ..Reasons::default()
        };
        assert_eq!(reasons, wanted);
    }

    #[test]
    fn unread_requests_are_counted_and_belong_to_no_call() {
        let mut attribution = Attribution::default();
        attribution.record_fault(fired("reset-before-read", None));
        // Its response was complete.
        attribution.record_fault(fired("close-after-answer", Some("R-1")));
        attribution.record_fault(FiredFault {
            is_write: false,
            ..fired("status-429", None)
        });
        attribution.record_unreachable(None);
        attribution.record_unread(3);
        let explained = |unknown: usize, given_up: usize| {
            let unknown = (0..unknown).map(|_| report("R-1", State::Unknown));
            let given_up = (0..given_up).map(|_| report("R-1", State::NotSent));
            attribution.explain(&unknown.chain(given_up).collect::<Vec<_>>())
        };
        // A connection is not counted for both.
        for (unknown, given_up, left) in [(1, 1, 3), (2, 1, 2), (4, 2, 0), (9, 2, 0)] {
            let wanted = Reasons {
                cut_off: unknown as u64,
                cut_off_at_most: 1 + 3,
                without_token: given_up as u64,
                without_token_at_most: (1 + 1 + left) * CALLS_PER_TOKEN_CALL,
                ..Reasons::default()
            };
            assert_eq!(explained(unknown, given_up), wanted);
        }
    }

    #[test]
    fn a_known_outcome_needs_no_reason() {
        let ends = [State::Done, State::Applied, State::Rejected].map(|state| report("R-1", state));
        assert_eq!(Attribution::default().explain(&ends), Reasons::default());
    }
}
