//! The run over shared lists: many worker processes work through the same lists, whose journals are
//! in one Postgres, while workers, Postgres, gateway and network fail.
//!
//! Owns the order of the run: lists, rounds, comparison, report. Must not know how a worker works.
//!
//! `cargo xtask chaos --fleet [--workers N] [--lines N] [--seed S] [--wrong HOW] [--measure]`. The
//! exit status is 0 when nothing was applied twice, lost, stuck, given up or said wrongly, every
//! unknown line has its reason, and 99 of 100 that a look-up can tell of were found out; 1 otherwise,
//! 2 on wrong usage, 3 where there is no Postgres.

pub(crate) mod arguments;
mod clock;
mod database_relay;
mod disruptor;
mod gateway;
mod judgement;
mod kept;
mod lists;
mod measure;
mod processes;
mod report;
mod sabotage;
mod server;
mod words;
pub(crate) mod worker;
mod wrapped_store;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::shared_list::arguments::Plan;
use crate::shared_list::clock::FastClock;
use crate::shared_list::database_relay::DatabaseRelay;
use crate::shared_list::disruptor::{Disruptions, Disruptor};
use crate::shared_list::gateway::Gateway;
use crate::shared_list::judgement::{Judged, judge};
use crate::shared_list::kept::Kept;
use crate::shared_list::processes::{Observed, Workers};
use crate::shared_list::server::Server;
use crate::shared_list::worker::{Store, Task};

/// How the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Well,
    Violated,
    /// There is no Postgres on this machine.
    NoServer,
}

/// A line that was left behind needs two rounds, and one that was sent again may be unknown again.
const MAX_ROUNDS: u64 = 8;

/// The findings of a run.
pub(crate) struct Findings {
    pub(crate) plan: Plan,
    pub(crate) judged: Judged,
    pub(crate) kept: Kept,
    pub(crate) observed: Observed,
    pub(crate) disruptions: Disruptions,
    pub(crate) rounds: u64,
    /// Whether the run was ended because it did not end by itself.
    pub(crate) gave_up: bool,
    pub(crate) faults_fired: Vec<(String, u64)>,
    pub(crate) requests: u64,
    /// Until no line was planned any more.
    pub(crate) working: Duration,
    pub(crate) elapsed: Duration,
}

/// Runs and prints the report.
pub(crate) fn run(plan: Plan) -> Result<End, Failure> {
    let Some(server) = Server::start()? else {
        eprintln!("{}", server::MISSING);
        return Ok(End::NoServer);
    };
    let folder = folder()?;
    let is_well = if plan.measure {
        measure::run(plan, &server, &folder)?;
        true
    } else {
        let findings = findings(plan, &server, &folder);
        let findings = findings.map_err(|error| {
            let kept = server.keep();
            format!(
                "{error}; the lists are in {}, the database is in {kept}",
                folder.display()
            )
        })?;
        report::print(&findings)?
    };
    if is_well {
        std::fs::remove_dir_all(&folder)?;
        return Ok(End::Well);
    }
    let kept = server.keep();
    eprintln!("jdy-chaos: the database is in {kept}");
    std::fs::remove_dir_all(&folder)?;
    Ok(End::Violated)
}

fn folder() -> std::io::Result<PathBuf> {
    let name = format!("jdy-chaos-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn findings(plan: Plan, server: &Server, folder: &Path) -> Result<Findings, Failure> {
    let clock = FastClock::start(plan.factor());
    let gateway = Gateway::start(plan, clock)?;
    let lists = lists::shared(plan, &gateway.account_id(), folder);
    for list in &lists {
        list.write()?;
    }
    let relay = DatabaseRelay::start(server.port)?;
    let begun = Instant::now();
    let task = Task {
        index: 0,
        seed: plan.seed,
        folder: folder.to_owned(),
        store: Store::Postgres(relay.address()),
        clock,
        lease: plan.lease(),
        concurrency: plan.concurrency(),
        per_minute: plan.per_minute(),
        wrong: plan.sabotage,
        kind: worker::Kind::Working,
    };
    let environment = gateway.environment(folder);
    let mut disruptor = Disruptor::new(plan, server, &relay);
    let (mut observed, mut rounds) = (Observed::default(), 0);
    loop {
        rounds += 1;
        let workers = Workers::new(plan.workers, task.clone(), environment.clone());
        observed = workers.run(observed, |workers| disruptor.run(workers))?;
        let is_last = rounds == MAX_ROUNDS || plan.is_sabotaged_for_long(rounds);
        if is_last || disruptor.gave_up() || kept::open(server, &lists)? == 0 {
            break;
        }
    }
    let elapsed = begun.elapsed();
    let asked = ask(plan, task, server, environment)?;
    gateway.settle();
    let kept = Kept::read(server, &lists)?;
    Ok(Findings {
        plan,
        judged: judge(&lists, &gateway, &kept, &mut observed, &asked),
        rounds,
        gave_up: disruptor.gave_up(),
        working: disruptor.working(begun),
        disruptions: disruptor.into_done(relay.cuts()),
        faults_fired: gateway.faults_fired(&observed),
        requests: gateway.requests(),
        kept,
        observed,
        elapsed,
    })
}

/// Once more and undisturbed: all say the same of the same journals, and make no call.
fn ask(
    plan: Plan,
    task: Task,
    server: &Server,
    environment: Vec<(&'static str, String)>,
) -> Result<Observed, Failure> {
    const ASKED: usize = 3;
    let task = Task {
        kind: worker::Kind::Asking,
        store: Store::Postgres(server.address()),
        ..task
    };
    let workers = Workers::new(plan.workers.min(ASKED), task, environment);
    workers.run(Observed::default(), |_| {})
}
