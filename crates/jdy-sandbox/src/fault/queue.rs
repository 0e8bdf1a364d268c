//! The pending faults of a sandbox and which of them fires next.
//!
//! Owns their order, their counts and the random numbers. Must not know what a fault does.
//! Must not use: `crate::fault::apply`, `crate::gateway`.

use std::collections::BTreeMap;

use super::{Fault, FaultKind, FaultPoint};

/// A pending fault and the id by which it can be removed.
#[derive(Debug, Clone)]
struct Pending {
    id: u64,
    fault: Fault,
}

/// The pending faults, how often each kind fired, and the generator for probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    pending: Vec<Pending>,
    last_id: u64,
    fired: BTreeMap<&'static str, u64>,
    rng: u64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let mut all = Self {
            pending: Vec::new(),
            last_id: 0,
            fired: BTreeMap::new(),
            rng: seed,
        };
        for fault in faults {
            all.add(fault);
        }
        all
    }

    /// Adds a fault and returns its id.
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.pending.push(Pending { id, fault });
        id
    }

    /// Removes the fault with this id.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Fault> {
        let at = self.pending.iter().position(|one| one.id == id)?;
        Some(self.pending.remove(at).fault)
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }

    /// The pending faults with their ids, in order.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (u64, &Fault)> {
        self.pending.iter().map(|one| (one.id, &one.fault))
    }

    pub(crate) fn fired(&self) -> BTreeMap<&'static str, u64> {
        self.fired.clone()
    }

    /// Whether a fault applies here. Whether it fires may be left to chance.
    pub(crate) fn applies(&self, point: &FaultPoint<'_>) -> bool {
        self.pending.iter().any(|one| one.fault.is_due(point))
    }

    /// Fires the first pending fault, in order of injection, that applies here. A call gets at most
    /// one.
    pub(crate) fn fire(&mut self, point: &FaultPoint<'_>) -> Option<FaultKind> {
        for at in 0..self.pending.len() {
            let Some(Pending { fault, .. }) = self.pending.get(at) else {
                break;
            };
            if !fault.is_due(point) {
                continue;
            }
            let probability = fault.probability;
            if probability < 1.0 && self.roll() >= probability {
                continue;
            }
            let Some(Pending { fault, .. }) = self.pending.get_mut(at) else {
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
