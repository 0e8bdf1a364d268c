//! The gateway that all workers call, with its faults and its ledger.
//!
//! Owns the faults of this run, and what the gateway has seen. Must not know a journal.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jdy_sandbox::{Builder, Fault, FaultKind, Sandbox};

use crate::Failure;
use crate::attribution::Attribution;
use crate::documents::{Kind, ledger};
use crate::faults::{SLOW, of_any_call};
use crate::observer::Observer;
use crate::run::environment;
use crate::shared_list::arguments::Plan;
use crate::shared_list::clock::FastClock;
use crate::shared_list::lists::{Subject, members};
use crate::shared_list::processes::Observed;
use crate::verdict::LedgerEntry;

/// After so long a save takes effect that its worker has given up. It is shorter than the margin
/// that a look-up leaves for the product.
const LATE: Duration = Duration::from_millis(3_000);

/// What happens to documents more often than to recharges, to their saves and to what shows them.
const OF_DOCUMENTS: &[&str] = &[
    "lost-after-commit%0.6",
    "lost-before-commit%0.6",
    "not-json%0.3",
    "cut-pages=2%0.5",
    "wrong-total%0.5",
    "data=[]%0.2",
    "data=null%0.2",
];

pub(crate) struct Gateway {
    pub(crate) sandbox: Sandbox,
    observer: Observer,
    /// The documents that it had at the start.
    at_start: HashSet<String>,
    /// When the first and the last call were answered.
    span: Arc<Mutex<Option<(Instant, Instant)>>>,
}

impl Gateway {
    /// One with faults.
    pub(crate) fn start(plan: Plan, clock: FastClock) -> Result<Self, Failure> {
        let builder = faults()?
            .into_iter()
            .fold(Sandbox::builder(), Builder::fault)
            .clock(move || clock.epoch_millis())
            .seed(plan.seed);
        Self::of(builder, plan.lines)
    }

    /// One without faults, by the machine's clock.
    pub(crate) fn without_faults(recharges: u64) -> Result<Self, Failure> {
        Self::of(Sandbox::builder(), recharges)
    }

    fn of(builder: Builder, recharges: u64) -> Result<Self, Failure> {
        let observer = Observer::default();
        let span = Arc::new(Mutex::new(None));
        let (own, times) = (observer.clone(), span.clone());
        let builder =
            members(recharges).fold(builder, |builder, member| builder.member(member, "0"));
        let builder = builder.observe(move |request| {
            own.record(request);
            if request.key.is_some() {
                let now = Instant::now();
                let mut span = lock(&times);
                let first = span.map_or(now, |(first, _)| first);
                *span = Some((first, now));
            }
        });
        let sandbox = builder.start_blocking()?;
        let at_start = ledger::ids(&sandbox.state());
        Ok(Self {
            sandbox,
            observer,
            at_start,
            span,
        })
    }

    pub(crate) fn account_id(&self) -> String {
        let sets = self.sandbox.account_sets();
        sets.into_iter()
            .next()
            .map(|set| set.account_id)
            .unwrap_or_default()
    }

    /// What configures the client of a worker.
    pub(crate) fn environment(&self, folder: &Path) -> Vec<(&'static str, String)> {
        let mut environment = environment(&self.sandbox, folder);
        environment.push(("JDY_BASE_URL", self.sandbox.url().to_owned()));
        environment.push(("JDY_APP_KEY", self.sandbox.app_key()));
        environment
    }

    /// Everything that took effect.
    pub(crate) fn ledger(&self) -> Vec<LedgerEntry> {
        let bills = self.sandbox.bills();
        let mut entries: Vec<LedgerEntry> = bills.into_iter().map(LedgerEntry::from).collect();
        entries.extend(ledger::entries(&self.sandbox.state(), &self.at_start));
        entries
    }

    /// The faults by the key of the call that each hit.
    pub(crate) fn attribution(&self) -> Attribution {
        let mut attribution = self.observer.attribution();
        let reset = "reset-before-read";
        let fired = self.sandbox.faults_fired().get(reset).copied();
        let reset = fired
            .unwrap_or_default()
            .saturating_sub(self.observer.requests_with(reset));
        attribution.record_unread(reset + self.sandbox.unread_requests());
        attribution
    }

    /// Waits for the calls that it performs late.
    pub(crate) fn settle(&self) {
        const POLL: Duration = Duration::from_millis(200);
        let end = Instant::now() + LATE + SLOW;
        let (mut before, mut same) = (u64::MAX, 0);
        // The last request came as long ago as the latest effect takes.
        while Instant::now() < end && same < LATE.as_millis() / POLL.as_millis() {
            let requests = self.observer.requests();
            same = if requests == before { same + 1 } else { 0 };
            before = requests;
            std::thread::sleep(POLL);
        }
    }

    /// From the first call with a key to the last.
    pub(crate) fn took(&self) -> Duration {
        lock(&self.span).map_or(Duration::ZERO, |(first, last)| last - first)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.observer.requests()
    }

    /// How often each fault fired, unreachable targets included.
    pub(crate) fn faults_fired(&self, observed: &Observed) -> Vec<(String, u64)> {
        let fired = self.sandbox.faults_fired().into_iter();
        let mut fired: Vec<(String, u64)> = fired
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        let unreachable = observed.unreachable.iter();
        fired.extend(unreachable.map(|(name, count)| (name.clone(), *count)));
        fired.sort_unstable();
        fired
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that holds this lock can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn faults() -> Result<Vec<Fault>, Failure> {
    let mut faults = of_any_call()?;
    for kind in Subject::ALL.into_iter().filter_map(Subject::kind) {
        for path in paths(kind) {
            for fault in OF_DOCUMENTS {
                faults.push(fault.replace('%', &format!("@{path}%")).parse()?);
            }
        }
        let late = Fault::on(kind.info().path, FaultKind::SlowBeforeCommit(LATE));
        faults.push(late.probability(0.006));
    }
    Ok(faults)
}

fn paths(kind: Kind) -> Vec<&'static str> {
    let save = kind.info().path;
    let shows = kind.look_ups().filter(|path| *path != save);
    std::iter::once(save).chain(shows).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_fault_is_one_of_the_sandbox() {
        assert!(faults().unwrap().len() > of_any_call().unwrap().len() + 20);
    }
}
