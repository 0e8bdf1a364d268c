//! An outer instance with two account sets, one of which is live at a time. During the run the
//! first one's authorization goes dead while the other one is live, and comes back.
//!
//! Owns these outages and their duration. Must not know the clients, only when each has received its
//! first response.

use std::time::{Duration, Instant};

use jdy_sandbox::{AccountSet, Sandbox};

use crate::Failure;
use crate::observer::Observer;

/// How often the authorization goes dead.
const OUTAGES: u64 = 3;
/// An outage lasts until so many authorizations were requested, within these limits.
const MIN_AUTHORIZE_CALLS: usize = 24;
const MIN_OUTAGE: Duration = Duration::from_secs(1);
const MAX_OUTAGE: Duration = Duration::from_secs(3);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub(crate) struct Instance {
    pub(crate) sandbox: Sandbox,
    pub(crate) first: AccountSet,
    other: AccountSet,
    observer: Observer,
}

impl Instance {
    /// `observer` receives the requests of this sandbox only.
    pub(crate) fn new(sandbox: Sandbox, observer: Observer) -> Result<Self, Failure> {
        let [first, other]: [AccountSet; 2] = sandbox
            .account_sets()
            .try_into()
            .map_err(|_| "the instance must have two account sets")?;
        Ok(Self {
            sandbox,
            first,
            other,
            observer,
        })
    }

    /// Lets the first account set go dead several times while `calls` are made, but not before a
    /// recharge with each of these key prefixes took effect. Returns how often it did.
    pub(crate) fn swap_account_sets(&self, calls: u64, prefixes: &[String]) -> u64 {
        for outage in 0..OUTAGES {
            if !self.observer.wait_for(calls * (outage + 1) / (OUTAGES + 1)) {
                return outage;
            }
            while !self.have_started(prefixes) {
                if self.observer.has_ended() {
                    return outage;
                }
                std::thread::sleep(POLL_INTERVAL);
            }
            self.run_outage();
        }
        OUTAGES
    }

    /// Whether each client has made a recharge, so that it knows its account set.
    fn have_started(&self, prefixes: &[String]) -> bool {
        let bills = self.sandbox.bills();
        let has_started = |prefix: &String| {
            bills
                .iter()
                .any(|bill| bill.src_bill_id.starts_with(prefix))
        };
        prefixes.iter().all(has_started)
    }

    fn run_outage(&self) {
        self.sandbox.set_status(&self.first.account_id, 0);
        self.sandbox.set_status(&self.other.account_id, 1);
        self.sandbox.expire_tokens();
        self.sandbox.rotate_secret();
        let (begin, before) = (Instant::now(), self.sandbox.authorize_calls());
        let has_enough_calls = || self.sandbox.authorize_calls() >= before + MIN_AUTHORIZE_CALLS;
        while begin.elapsed() < MIN_OUTAGE || (begin.elapsed() < MAX_OUTAGE && !has_enough_calls())
        {
            std::thread::sleep(POLL_INTERVAL);
        }
        // For a moment both are live.
        self.sandbox.set_status(&self.first.account_id, 1);
        std::thread::sleep(MIN_OUTAGE / 2);
        self.sandbox.set_status(&self.other.account_id, 0);
    }
}
