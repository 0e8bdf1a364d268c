//! Everything that the clients can reach: the gateways, the relay, and the instance with two account
//! sets.
//!
//! Owns the gateways, and the wait for what they perform late. Must not know what is done with them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jdy_sandbox::{Builder, Sandbox};

use crate::Failure;
use crate::arguments::Plan;
use crate::faults::{LATE, SLOW, all};
use crate::fleet::Addresses;
use crate::instance::Instance;
use crate::observer::Observer;
use crate::relay::Relay;

/// Everything that the clients can reach.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) instance: Instance,
    pub(crate) relay: Relay,
    pub(crate) observer: Observer,
    /// Receives the requests of the instance only.
    pub(crate) instance_observer: Observer,
    /// How many late calls will never be performed.
    never_performed: u64,
}

impl World {
    pub(crate) fn start(plan: Plan) -> Result<Self, Failure> {
        let (observer, instance_observer) = (Observer::default(), Observer::default());
        let own = observer.clone();
        let keyed = ["second", "third", "fourth", "fifth", "sixth"]
            .into_iter()
            .fold(Sandbox::builder(), |builder, name| {
                builder.account_set(name)
            })
            .seed(plan.seed)
            // A voucher that is sent twice shall be seen.
            .accept_repeated_sources()
            .observe(move |request| own.record(request));
        let sandbox = with_faults(keyed)?.start_blocking()?;
        let (all, own) = (observer.clone(), instance_observer.clone());
        let two = Sandbox::builder()
            .inactive_account_set("other shop")
            .accept_repeated_sources()
            .seed(plan.seed.wrapping_add(1))
            .observe(move |request| {
                all.record_journaled(request);
                own.record(request);
            });
        let instance = Instance::new(
            with_faults(two)?.start_blocking()?,
            instance_observer.clone(),
        )?;
        let relay = Relay::start(sandbox.addr(), plan.seed)?;
        Ok(Self {
            sandbox,
            instance,
            relay,
            observer,
            instance_observer,
            never_performed: 0,
        })
    }

    pub(crate) fn sandboxes(&self) -> [&Sandbox; 2] {
        [&self.sandbox, &self.instance.sandbox]
    }

    pub(crate) fn faults_fired(&self) -> BTreeMap<String, u64> {
        let mut faults_fired = BTreeMap::new();
        for (name, count) in self.sandboxes().into_iter().flat_map(Sandbox::faults_fired) {
            *faults_fired.entry(name.to_owned()).or_default() += count;
        }
        faults_fired
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Addresses {
            direct: self.sandbox.url().to_owned(),
            relay: self.relay.url().to_owned(),
            instance: self.instance.sandbox.url().to_owned(),
        }
    }

    /// Waits for the calls that the gateways perform late.
    pub(crate) fn settle(&mut self) {
        const POLL_INTERVAL: Duration = Duration::from_millis(100);
        let late = "slow-before-commit";
        let end = Instant::now() + LATE + SLOW;
        let mut before = u64::MAX;
        // A request whose body never came counts as a fault and is never performed: then this waits
        // until the end, once.
        let missing = || {
            self.fired(late)
                .saturating_sub(self.observer.requests_with(late))
        };
        while Instant::now() < end
            && (self.observer.requests() != before || missing() > self.never_performed)
        {
            before = self.observer.requests();
            std::thread::sleep(POLL_INTERVAL);
        }
        self.never_performed = missing();
    }

    /// How many connections the gateways reset before they read anything.
    pub(crate) fn reset_unread(&self) -> u64 {
        let reset = "reset-before-read";
        let read = self.observer.requests_with(reset);
        self.fired(reset).saturating_sub(read)
    }

    fn fired(&self, name: &str) -> u64 {
        self.faults_fired().get(name).copied().unwrap_or(0)
    }
}

fn with_faults(builder: Builder) -> Result<Builder, Failure> {
    let faults = all()?.into_iter();
    Ok(faults.fold(builder, |builder, fault| builder.fault(fault)))
}
