//! An instance with two account sets, of which one is live: in mid-run the first one's
//! authorization goes dead while the other one is live, and comes back later.
//!
//! It must not know the clients, only when each has had its first answer.

use std::time::{Duration, Instant};

use jdy_sandbox::{AccountSet, Sandbox};

use crate::Failure;
use crate::watch::Watch;

/// So often the authorization goes dead.
const TIMES: u64 = 3;
/// It stays so until so many have asked for it, within these times.
const ASKED: usize = 24;
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);

pub(crate) struct Shops {
    pub(crate) sandbox: Sandbox,
    pub(crate) first: AccountSet,
    other: AccountSet,
    watch: Watch,
}

impl Shops {
    /// `watch` is told of what this sandbox alone sees.
    pub(crate) fn of(sandbox: Sandbox, watch: Watch) -> Result<Self, Failure> {
        let [first, other]: [AccountSet; 2] = sandbox
            .account_sets()
            .try_into()
            .map_err(|_| "the instance has not two account sets")?;
        Ok(Self {
            sandbox,
            first,
            other,
            watch,
        })
    }

    /// Lets the first one's authorization go dead some times while so many calls are made, but
    /// not before something has been recharged whose key begins with each of these. How often it did.
    pub(crate) fn trade_places(&self, calls: u64, prefixes: &[String]) -> u64 {
        for time in 0..TIMES {
            if !self.watch.wait_for(calls * (time + 1) / (TIMES + 1)) {
                return time;
            }
            while !self.have_begun(prefixes) {
                if self.watch.has_ended() {
                    return time;
                }
                std::thread::sleep(LOOK);
            }
            self.go_dead();
        }
        TIMES
    }

    /// Each client has recharged something, so that its account set is known to it.
    fn have_begun(&self, prefixes: &[String]) -> bool {
        let bills = self.sandbox.bills();
        let has_begun = |prefix: &String| {
            bills
                .iter()
                .any(|bill| bill.src_bill_id.starts_with(prefix))
        };
        prefixes.iter().all(has_begun)
    }

    fn go_dead(&self) {
        self.sandbox.set_status(&self.first.account_id, 0);
        self.sandbox.set_status(&self.other.account_id, 1);
        self.sandbox.expire_tokens();
        self.sandbox.rotate_secret();
        let (begin, asked) = (Instant::now(), self.sandbox.authorize_calls());
        let has_been_asked = || self.sandbox.authorize_calls() >= asked + ASKED;
        while begin.elapsed() < LEAST || (begin.elapsed() < MOST && !has_been_asked()) {
            std::thread::sleep(LOOK);
        }
        // For a moment both are live.
        self.sandbox.set_status(&self.first.account_id, 1);
        std::thread::sleep(LEAST / 2);
        self.sandbox.set_status(&self.other.account_id, 0);
    }
}
