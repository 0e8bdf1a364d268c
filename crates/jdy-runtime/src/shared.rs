//! What all calls of a client share.
//!
//! Owns the settings, and what of the gateway's time is kept. It must not know what a call does.

use std::sync::Arc;
use std::time::SystemTime;

use crate::account::shared_store::SharedStore;
use crate::address::{Address, Domains};
use crate::clock::Offset;
use crate::config::Timeouts;
use crate::gateway_time::{Anchor, ClockReading, GatewaySample};
use crate::hooks::Hooks;
use crate::interner::Interner;
use crate::limit::Limits;
use crate::retry::RetryPolicy;
use crate::runtime::Runtime;
use crate::signing;
use crate::sync::Lock;
use crate::transport::Transport;

/// What all calls of a client share.
pub(crate) struct Shared {
    pub(crate) base: Address,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: SharedStore,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_body: usize,
    pub(crate) max_decoded: usize,
    pub(crate) domains: Domains,
    pub(crate) offset: Offset,
    /// The local clocks when the client was built.
    pub(crate) started: ClockReading,
    /// The gateway's time, from its last answer that stated it.
    pub(crate) measured: Lock<Option<GatewaySample>>,
    pub(crate) limits: Limits,
    pub(crate) texts: Interner,
    #[cfg(feature = "metrics")]
    pub(crate) server_labels: crate::telemetry::ServerLabels,
}

impl Shared {
    /// The earliest that the gateway's clock may have shown at this reading. It is known well if the
    /// gateway has answered since.
    pub(crate) fn earliest_gateway_time(&self, reading: ClockReading) -> SystemTime {
        self.anchor().earliest_at(reading, &self.offset)
    }

    /// The latest that the gateway's clock may show now.
    pub(crate) fn latest_gateway_time(&self) -> SystemTime {
        let now = ClockReading::of(&*self.runtime);
        self.anchor().latest_at(now, &self.offset)
    }

    fn anchor(&self) -> Anchor {
        Anchor {
            started: self.started,
            measured: *self.measured.lock(),
        }
    }

    /// The time of day, as the gateway sees it.
    pub(crate) fn now(&self) -> SystemTime {
        self.offset.correct(self.runtime.now())
    }

    /// A new id for a call: 128 random bits.
    pub(crate) fn call_id(&self) -> Arc<str> {
        let random = [self.runtime.random(), self.runtime.random()];
        let mut bytes = [0; 16];
        for (place, byte) in bytes
            .iter_mut()
            .zip(random.iter().flat_map(|it| it.to_be_bytes()))
        {
            *place = byte;
        }
        // Hex is ASCII.
        let hex = signing::hex_of::<16, 32>(bytes);
        std::str::from_utf8(&hex).unwrap_or_default().into()
    }
}
