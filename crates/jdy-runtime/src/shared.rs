//! What all calls of a client share.
//!
//! Owns the settings and the gateway's time. It must not know what a call does.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::account::shared_store::SharedStore;
use crate::address::{Address, Domains};
use crate::clock::{ClockSample, Offset};
use crate::config::Timeouts;
use crate::hooks::Hooks;
use crate::limit::Limits;
use crate::pool::Pool;
use crate::retry::RetryPolicy;
use crate::runtime::Runtime;
use crate::signing;
use crate::sync::Lock;
use crate::time::Instant;
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
    /// The last answer of the gateway with its time, and when it came.
    pub(crate) measured: Lock<Option<(Instant, ClockSample)>>,
    pub(crate) limits: Limits,
    pub(crate) pool: Pool,
    #[cfg(feature = "metrics")]
    pub(crate) server_labels: crate::telemetry::ServerLabels,
}

/// The local clocks, read at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockReading {
    time: SystemTime,
    instant: Instant,
}

impl ClockReading {
    pub(crate) fn of(runtime: &dyn Runtime) -> Self {
        Self {
            time: runtime.now(),
            instant: Instant::now(runtime),
        }
    }
}

/// How far off a clock may be whose requests the gateway accepts.
const ACCEPTED_SKEW: Duration = Duration::from_secs(5 * 60);
/// An older clock sample says little of this machine's clock now.
const FRESH: Duration = Duration::from_secs(60);

impl Shared {
    /// The earliest that the gateway's clock may have shown at this reading. It is known well if the
    /// gateway has answered since.
    pub(crate) fn earliest_gateway_time(&self, reading: ClockReading) -> SystemTime {
        let measured = *self.measured.lock();
        let since = measured.filter(|(at, _)| *at >= reading.instant);
        let (time, uncertainty) = match since {
            Some((_, sample)) => sample.gateway_time(reading.time),
            None => (self.offset.correct(reading.time), ACCEPTED_SKEW),
        };
        time.checked_sub(uncertainty)
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The latest that the gateway's clock may show now.
    pub(crate) fn latest_gateway_time(&self) -> SystemTime {
        let now = ClockReading::of(&*self.runtime);
        let measured = *self.measured.lock();
        let fresh = measured.filter(|(at, _)| now.instant.since(*at) <= FRESH);
        let (time, uncertainty) = match fresh {
            Some((_, sample)) => sample.gateway_time(now.time),
            None => (self.offset.correct(now.time), ACCEPTED_SKEW),
        };
        time.checked_add(uncertainty).unwrap_or(time)
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
