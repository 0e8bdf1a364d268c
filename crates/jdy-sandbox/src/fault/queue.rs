//! The pending faults of a sandbox and which of them fires next.
//!
//! Owns their order, their counts and the random numbers. Must not know what a fault does.
//! Must not use: `crate::fault::apply`, `crate::gateway`.

use std::collections::BTreeMap;

use super::{Fault, FaultKind, FaultPoint};

/// The pending faults, how often each kind fired, and the generator for probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    pending: Vec<Fault>,
    fired: BTreeMap<&'static str, u64>,
    rng: u64,
}

impl Faults {
    pub(crate) fn new(pending: Vec<Fault>, seed: u64) -> Self {
        Self {
            pending,
            fired: BTreeMap::new(),
            rng: seed,
        }
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.pending.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }

    pub(crate) fn fired(&self) -> BTreeMap<&'static str, u64> {
        self.fired.clone()
    }

    /// Fires the first pending fault, in order of injection, that applies here. A call gets at most
    /// one.
    pub(crate) fn fire(&mut self, point: &FaultPoint<'_>) -> Option<FaultKind> {
        for at in 0..self.pending.len() {
            let Some(fault) = self.pending.get(at) else {
                break;
            };
            if fault.times == Some(0) || !fault.applies_at(point) {
                continue;
            }
            let probability = fault.probability;
            if probability < 1.0 && self.roll() >= probability {
                continue;
            }
            let Some(fault) = self.pending.get_mut(at) else {
                break;
            };
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            let (kind, spent) = (fault.kind.clone(), fault.times == Some(0));
            if spent {
                self.pending.remove(at);
            }
            *self.fired.entry(kind.word()).or_default() += 1;
            return Some(kind);
        }
        None
    }

    /// SplitMix64, in `0.0..1.0`. The sequence depends on the seed alone.
    fn roll(&mut self) -> f64 {
        self.rng = self.rng.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let top = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default();
        f64::from(top) / (f64::from(u32::MAX) + 1.0)
    }
}
