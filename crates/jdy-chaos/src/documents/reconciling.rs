//! The reconciliation at the end of a run: the clients of documents start again and look up what is
//! unknown, through all faults and kills.
//!
//! Owns the rounds, and that the gateway's clock is moved before each instead of waiting for the time
//! after which an absence can be proven. Must not know how a client looks up.

use std::time::Duration;

use crate::Failure;
use crate::arguments::Plan;
use crate::fleet::{Disruptions, Fleet, Observations};
use crate::journals::document_lines;
use crate::work::{Mode, Work};
use crate::world::World;

/// How far the clock is moved before each round: the gateway accepts a request for 5 minutes, the
/// product may need 5 more, and a clock is read to the second.
const AHEAD: Duration = Duration::from_secs(11 * 60);

/// A line that a killed process left needs two rounds, and one that was sent again may be unknown
/// again.
const MAX_ROUNDS: u64 = 8;

/// The number of kills in a round.
const KILLS: u64 = 2;

/// Reconciles the documents of these clients; how many rounds that took.
pub(crate) fn reconcile(
    plan: Plan,
    works: &[Work],
    world: &mut World,
    environment: &[(&'static str, String)],
    observed: &mut Observations,
) -> Result<u64, Failure> {
    let works: Vec<Work> = works.iter().filter_map(reconciling).collect();
    let mut rounds = 0;
    loop {
        let open = open(&works)?;
        if open == 0 || rounds == MAX_ROUNDS {
            return Ok(rounds);
        }
        // What is on its way arrives before the clock is moved: it has the time of its margin.
        world.settle();
        world.sandbox.advance_clock(AHEAD);
        rounds += 1;
        world.observer.begin();
        let fleet = Fleet::new(
            &works,
            environment.to_vec(),
            world.addresses(),
            plan.seed.wrapping_add(rounds),
            world.observer.clone(),
        );
        let disruptions = Disruptions {
            kills: KILLS,
            second_processes: 1,
        };
        observed.merge(fleet.run(disruptions, open)?);
    }
}

/// The same client, if it has documents.
fn reconciling(work: &Work) -> Option<Work> {
    let Mode::Documents(kind) = work.mode else {
        return None;
    };
    Some(Work {
        mode: Mode::Reconcile(kind),
        ..work.clone()
    })
}

/// How many lines a look-up may still tell more of.
fn open(works: &[Work]) -> Result<u64, Failure> {
    let mut open = 0;
    for journal in works.iter().filter_map(|work| work.journal.as_deref()) {
        let lines = document_lines(journal)?;
        open += lines.iter().filter(|line| line.is_open).count() as u64;
    }
    Ok(open)
}
