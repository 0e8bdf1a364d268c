//! The sliding window over the calls of the last period.
//!
//! Owns the counting. It must not know what a call is, nor wait for anything.

use std::collections::VecDeque;
use std::time::Duration;

use super::Rate;
use super::backpressure::Backpressure;
use super::queue::{SharedQueue, Turn, is_used};
use crate::sparse::Sparse;
use crate::time::Instant;

/// The number of slots of a period. The calls of one slot expire together.
const SLOTS: u32 = 60;

/// The calls of the last period, and what limits the next one.
#[derive(Default)]
pub(crate) struct Window {
    newest: Slot,
    /// The calls in all slots.
    taken: u32,
    /// Allocated when calls fall into several slots, have to wait, or are refused.
    busy: Sparse<Busy>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    number: u64,
    count: u32,
}

/// State of an account set with many calls.
#[derive(Default)]
struct Busy {
    /// The slots before the newest one, none older than a period.
    earlier: VecDeque<Slot>,
    backpressure: Option<Backpressure>,
    turn: Option<Turn>,
    shared_queue: Option<SharedQueue>,
}

impl Busy {
    fn is_idle(&self) -> bool {
        let has_waiters = self.turn.as_ref().is_some_and(is_used)
            || self.shared_queue.as_ref().is_some_and(SharedQueue::is_used);
        self.earlier.is_empty() && self.backpressure.is_none() && !has_waiters
    }
}

/// Whether the period is long enough to be divided into slots.
pub(super) fn has_slots(rate: &Rate) -> bool {
    !slot_length(rate).is_zero()
}

fn slot_length(rate: &Rate) -> Duration {
    rate.period / SLOTS
}

fn slot_at(rate: &Rate, now: Instant) -> u64 {
    let nanos = now.since_origin().as_nanos();
    let slot = nanos.checked_div(slot_length(rate).as_nanos());
    slot.and_then(|slot| slot.try_into().ok())
        .unwrap_or(u64::MAX)
}

fn start_of(rate: &Rate, slot: u64) -> Instant {
    let nanos = u128::from(slot).saturating_mul(slot_length(rate).as_nanos());
    Instant::from_origin(Duration::from_nanos(
        u64::try_from(nanos).unwrap_or(u64::MAX),
    ))
}

impl Window {
    /// Counts a call and returns its slot, or the time until a call is allowed.
    pub(super) fn take(&mut self, rate: &Rate, now: Instant) -> Result<u64, Duration> {
        if let Some(wait) = self.wait(rate, now) {
            return Err(wait);
        }
        let slot = slot_at(rate, now);
        self.count(slot);
        self.busy.update(
            |busy| {
                if let Some(backpressure) = &mut busy.backpressure {
                    backpressure.called(now);
                }
            },
            |_| false,
        );
        Ok(slot)
    }

    /// The time until a call is allowed; `None` if one is now.
    pub(super) fn wait(&mut self, rate: &Rate, now: Instant) -> Option<Duration> {
        self.expire(slot_at(rate, now), rate, now);
        let opens = self.backpressure().map(|state| state.opens(rate, now));
        if let Some(opens) = opens.filter(|opens| *opens > now) {
            return Some(opens.since(now));
        }
        if self.taken >= rate.calls {
            let free = start_of(rate, self.oldest().saturating_add(u64::from(SLOTS) + 1));
            // Never zero, or the caller would not wait at all.
            return Some(free.since(now).max(Duration::from_millis(1)));
        }
        None
    }

    /// Uncounts a call of this slot.
    pub(super) fn uncount(&mut self, slot: u64) {
        let mut removed = take_one(&mut self.newest, slot);
        self.busy.update(
            |busy| {
                let mut slots = busy.earlier.iter_mut();
                removed = removed || slots.any(|earlier| take_one(earlier, slot));
            },
            |_| false,
        );
        if removed {
            self.taken -= 1;
        }
    }

    pub(super) fn back_off(
        &mut self,
        rate: &Rate,
        now: Instant,
        sent: Instant,
        retry_after: Option<Duration>,
    ) {
        let next = Backpressure::after_refusal(self.backpressure(), rate, now, sent, retry_after);
        self.busy.get_mut().backpressure = Some(next);
    }

    /// The turn, if anyone has it or waits for it.
    pub(super) fn turn(&self) -> Option<Turn> {
        let turn = self.busy.get()?.turn.as_ref();
        turn.filter(|turn| is_used(turn)).cloned()
    }

    pub(super) fn make_turn(&mut self) -> Turn {
        self.busy.get_mut().turn.get_or_insert_default().clone()
    }

    /// The queue for shared permits, if anyone waits in it.
    pub(super) fn shared_queue(&self) -> Option<SharedQueue> {
        let queue = self.busy.get()?.shared_queue.as_ref();
        queue.filter(|queue| queue.is_used()).cloned()
    }

    pub(super) fn make_shared_queue(&mut self) -> SharedQueue {
        let queue = &mut self.busy.get_mut().shared_queue;
        queue.get_or_insert_default().clone()
    }

    /// Drops the calls of slots that are a whole period old, and a backpressure that is over.
    fn expire(&mut self, slot: u64, rate: &Rate, now: Instant) {
        let is_old = |of: &Slot| of.number.saturating_add(u64::from(SLOTS)) < slot;
        let mut expired = 0;
        self.busy.update(
            |busy| {
                while let Some(oldest) = busy.earlier.front().copied().filter(is_old) {
                    busy.earlier.pop_front();
                    expired += oldest.count;
                }
                busy.backpressure.take_if(|state| state.is_over(rate, now));
            },
            Busy::is_idle,
        );
        self.taken = self.taken.saturating_sub(expired);
        if is_old(&self.newest) {
            self.taken = self.taken.saturating_sub(self.newest.count);
            self.newest.count = 0;
        }
    }

    /// Counts a call in this slot.
    fn count(&mut self, number: u64) {
        if self.newest.number != number {
            let earlier = std::mem::replace(&mut self.newest, Slot { number, count: 0 });
            if earlier.count > 0 {
                self.busy.get_mut().earlier.push_back(earlier);
            }
        }
        self.newest.count += 1;
        self.taken += 1;
    }

    /// The number of the oldest slot.
    fn oldest(&self) -> u64 {
        let earlier = self.busy.get().and_then(|busy| busy.earlier.front());
        earlier.unwrap_or(&self.newest).number
    }

    fn backpressure(&self) -> Option<Backpressure> {
        self.busy.get()?.backpressure
    }

    #[cfg(test)]
    pub(super) fn is_busy(&self) -> bool {
        self.busy.get().is_some()
    }

    #[cfg(test)]
    pub(super) fn delay(&self) -> Option<Duration> {
        self.backpressure().map(|state| state.full_delay())
    }
}

/// Uncounts one call of this slot, if it is the right one and has any.
fn take_one(slot: &mut Slot, number: u64) -> bool {
    let counted = slot.number == number && slot.count > 0;
    slot.count -= u32::from(counted);
    counted
}
