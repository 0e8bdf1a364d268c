//! Why calls end as they do: what struck them, by their own keys, held against what is told.
//!
//! A call whose fate is unknown, or that was given up, must have had a reason. It must not know
//! where the reasons come from.

use std::collections::HashSet;

use jdy_journal::State;

use crate::faults::{Effect, effect};
use crate::verdict::Told;

/// So many calls may have failed with one call for a token: all that waited for it and have no
/// further try. In most runs it is a half, in small ones up to two.
const WAITING: u64 = 4;

/// What struck calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Causes {
    /// Struck at the gateway so that their fate may be unknown.
    struck: HashSet<String>,
    /// In flight when their process was killed.
    killed: HashSet<String>,
    /// Dropped by their caller.
    dropped: HashSet<String>,
    /// An attempt took all the time that it was given, by the client's own clock.
    late: HashSet<String>,
    /// Told no by a fault, or led nowhere before anything was sent.
    refused: HashSet<String>,
    /// Recharges of which no more than the head was read: nobody knows whose they were.
    cut_off: u64,
    /// Faults of calls for tokens and authorizations.
    of_tokens: u64,
    /// Connections that ended under a request of which nothing was read.
    unread: u64,
}

/// What happened to a request, as the gateway saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Struck<'a> {
    pub(crate) word: &'a str,
    pub(crate) value: Option<&'a str>,
    /// Whether it was a recharge.
    pub(crate) is_recharge: bool,
    /// The caller's own key, where the request was read.
    pub(crate) key: Option<&'a str>,
}

impl Causes {
    /// A fault struck a request at the gateway.
    pub(crate) fn strike(&mut self, struck: Struck<'_>) {
        let effect = effect(struck.word, struck.value);
        match struck.key {
            _ if !struck.is_recharge => self.of_tokens += 1,
            _ if effect == Effect::Tells => {}
            None => self.cut_off += 1,
            Some(key) if effect == Effect::LeavesOpen => {
                self.struck.insert(key.to_owned());
            }
            Some(key) => {
                self.refused.insert(key.to_owned());
            }
        }
    }

    /// So many connections ended under a request of which nothing was read.
    pub(crate) fn unread(&mut self, count: u64) {
        self.unread += count;
    }

    /// These were in flight when their process was killed.
    pub(crate) fn kill(&mut self, keys: impl IntoIterator<Item = String>) {
        self.killed.extend(keys);
    }

    /// This one was dropped.
    pub(crate) fn drop(&mut self, key: String) {
        self.dropped.insert(key);
    }

    /// An attempt of this one took all the time that it was given.
    pub(crate) fn run_late(&mut self, key: String) {
        self.late.insert(key);
    }

    /// A request went nowhere, and nothing of it was sent; a recharge has a key.
    pub(crate) fn lead_astray(&mut self, key: Option<String>) {
        match key {
            Some(key) => drop(self.refused.insert(key)),
            None => self.of_tokens += 1,
        }
    }

    /// All that struck, on both sides.
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.struck.extend(other.struck);
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
    /// Of the unknown calls: struck, killed in flight, dropped.
    pub(crate) struck: u64,
    pub(crate) killed: u64,
    pub(crate) dropped: u64,
    /// Not struck, and yet without an answer in time: the machine had too much to do.
    pub(crate) late: u64,
    /// Unknown without a reason of their own.
    pub(crate) cut_off: u64,
    /// No more of those can there be.
    pub(crate) cut_off_at_most: u64,
    /// Of those that were given up: told no, led nowhere or dropped.
    pub(crate) refused: u64,
    /// Given up without a reason of their own.
    pub(crate) without_token: u64,
    /// No more of those can there be.
    pub(crate) without_token_at_most: u64,
}

impl Causes {
    /// Looks for the reason of each call that is told to be unknown or not sent.
    pub(crate) fn explain(&self, told: &[Told]) -> Reasons {
        let mut reasons = Reasons::default();
        for one in told {
            let count = match one.state {
                State::Unknown if self.struck.contains(&one.key) => &mut reasons.struck,
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
        // A connection that ended under a request explains one call, of this kind or that.
        let beyond = reasons.cut_off.saturating_sub(self.cut_off);
        let left = self.unread.saturating_sub(beyond);
        reasons.cut_off_at_most = self.cut_off + self.unread;
        reasons.without_token_at_most = (self.of_tokens + left) * WAITING;
        reasons
    }

    fn has_reason_not_to_be_sent(&self, key: &str) -> bool {
        self.refused.contains(key) || self.dropped.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, state: State) -> Told {
        Told {
            key: key.to_owned(),
            state,
            sent: 1,
            bill_no: None,
        }
    }

    fn struck<'a>(word: &'a str, key: Option<&'a str>) -> Struck<'a> {
        Struck {
            word,
            value: None,
            is_recharge: true,
            key,
        }
    }

    #[test]
    fn a_fault_explains_the_call_that_it_struck_and_no_other() {
        let mut causes = Causes::default();
        causes.strike(struck("lost-after-commit", Some("R-1")));
        causes.strike(struck("status-429", Some("R-2")));
        causes.kill(["R-3".to_owned()]);
        causes.drop("R-4".to_owned());
        causes.run_late("R-6".to_owned());
        let unknown =
            ["R-1", "R-2", "R-3", "R-4", "R-5", "R-6"].map(|key| told(key, State::Unknown));
        let reasons = causes.explain(&unknown);
        // That R-2 was told no is no reason not to know what became of it.
        let wanted = Reasons {
            struck: 1,
            killed: 1,
            dropped: 1,
            late: 1,
            cut_off: 2,
            ..Reasons::default()
        };
        assert_eq!(reasons, wanted);
    }

    #[test]
    fn what_was_told_no_or_led_astray_or_dropped_may_be_given_up() {
        let mut causes = Causes::default();
        causes.strike(struck("status-429", Some("R-1")));
        causes.lead_astray(Some("R-2".to_owned()));
        causes.drop("R-3".to_owned());
        causes.strike(struck("lost-before-commit", Some("R-4")));
        let given_up = ["R-1", "R-2", "R-3", "R-4"].map(|key| told(key, State::NotSent));
        let reasons = causes.explain(&given_up);
        let wanted = Reasons {
            refused: 3,
            without_token: 1,
            ..Reasons::default()
        };
        assert_eq!(reasons, wanted);
    }

    #[test]
    fn what_no_one_read_is_counted_and_belongs_to_no_call() {
        let mut causes = Causes::default();
        causes.strike(struck("reset-before-read", None));
        // Its answer came whole.
        causes.strike(struck("close-after-answer", Some("R-1")));
        causes.strike(Struck {
            is_recharge: false,
            ..struck("status-429", None)
        });
        causes.lead_astray(None);
        causes.unread(3);
        let told = |unknown: usize, given_up: usize| {
            let unknown = (0..unknown).map(|_| told("R-1", State::Unknown));
            let given_up = (0..given_up).map(|_| told("R-1", State::NotSent));
            causes.explain(&unknown.chain(given_up).collect::<Vec<_>>())
        };
        // A connection is not counted for both.
        for (unknown, given_up, left) in [(1, 1, 3), (2, 1, 2), (4, 2, 0), (9, 2, 0)] {
            let wanted = Reasons {
                cut_off: unknown as u64,
                cut_off_at_most: 1 + 3,
                without_token: given_up as u64,
                without_token_at_most: (1 + 1 + left) * WAITING,
                ..Reasons::default()
            };
            assert_eq!(told(unknown, given_up), wanted);
        }
    }

    #[test]
    fn what_ended_needs_no_reason() {
        let ends = [State::Done, State::Applied, State::Rejected].map(|state| told("R-1", state));
        assert_eq!(Causes::default().explain(&ends), Reasons::default());
    }
}
