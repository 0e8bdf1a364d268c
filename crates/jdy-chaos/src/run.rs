//! The run from its plan to its findings: gateways, lists, client processes, and the comparison.
//!
//! Owns the order of these steps. Must not know how a client works, nor print
//! anything but where the journals are.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jdy_journal::State;
use jdy_sandbox::Sandbox;

use crate::Failure;
use crate::arguments::Plan;
use crate::attribution::Reasons;
use crate::documents::ledger;
use crate::documents::reconciling::reconcile;
use crate::documents::verdict::DocumentVerdict;
use crate::fleet::{Disruptions, Fleet, Observations};
use crate::journals;
use crate::memory;
use crate::report;
use crate::sabotage::{SABOTAGE_VARIABLE, Sabotage};
use crate::verdict::{LedgerEntry, LineReport, Verdict, compare};
use crate::work::{AccountSets, Route, Work, Write, distribute};
use crate::world::World;

/// The number of calls for one kill and for one second process, and the minimum of either.
const CALLS_PER_KILL: u64 = 1_250;
const CALLS_PER_SECOND_PROCESS: u64 = 2_500;
const MIN_DISRUPTIONS: u64 = 4;

/// The findings of a run.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) plan: Plan,
    pub(crate) verdict: Verdict,
    pub(crate) documents: DocumentVerdict,
    /// How often the clock was moved and documents were looked up.
    pub(crate) rounds: u64,
    /// How long that took.
    pub(crate) reconciling: Duration,
    /// How often each fault was injected, unreachable targets included.
    pub(crate) faults_fired: Vec<(String, u64)>,
    pub(crate) requests: u64,
    pub(crate) observed: Observations,
    /// How often the account set of the instance went dead.
    pub(crate) dead: u64,
    /// Responses that nobody asked for.
    pub(crate) extra_responses: u64,
    pub(crate) reasons: Reasons,
    /// The reasons of documents that were unknown at any time.
    pub(crate) document_reasons: Reasons,
    pub(crate) elapsed: Duration,
    /// The peak memory of the process with the gateways, in KiB.
    pub(crate) memory: Option<u64>,
}

/// Runs and prints the report; whether nothing is wrong.
pub(crate) fn run(plan: Plan) -> Result<bool, Failure> {
    let name = format!("jdy-chaos-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    let findings = findings(plan, &folder)
        .map_err(|error| format!("{error}; the journals are in {}", folder.display()))?;
    let is_well = report::print(&findings)?;
    if is_well {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("jdy-chaos: the journals are in {}", folder.display());
    }
    Ok(is_well)
}

fn findings(plan: Plan, folder: &Path) -> Result<Findings, Failure> {
    let mut world = World::start(plan)?;
    let sets = world.sandbox.account_sets();
    let sets = AccountSets {
        keyed: &sets,
        first: &world.instance.first,
    };
    let works = distribute(plan.calls, plan.seed, sets, folder);
    for work in &works {
        work.write()?;
    }
    let at_start = ledger::ids(&world.sandbox.state());
    let mut environment = environment(&world.sandbox, folder);
    let ordered = |sabotage: Sabotage| (SABOTAGE_VARIABLE, sabotage.to_string());
    environment.extend(plan.sabotage.map(ordered));
    let start = Instant::now();
    let (mut observed, dead) = make_calls(plan, &works, &world, &environment)?;
    let (elapsed, start) = (start.elapsed(), Instant::now());
    let rounds = match plan.sabotage.is_none_or(Sabotage::is_of_documents) {
        true => reconcile(plan, &works, &mut world, &environment, &mut observed)?,
        false => 0,
    };
    world.settle();
    let reconciling = start.elapsed();

    let mut attribution = world
        .observer
        .attribution()
        .merge(std::mem::take(&mut observed.attribution));
    let unread = world.sandboxes().map(Sandbox::unread_requests);
    attribution.record_unread(world.reset_unread() + unread.into_iter().sum::<u64>());
    let reports = reports(&works, &mut observed)?;
    let bills = world.sandboxes().into_iter().flat_map(Sandbox::bills);
    let mut ledger: Vec<LedgerEntry> = bills.map(LedgerEntry::from).collect();
    ledger.extend(ledger::entries(&world.sandbox.state(), &at_start));
    let (documents, once_unknown) = documents(&works, &ledger)?;
    let mut faults_fired: Vec<(String, u64)> = world.faults_fired().into_iter().collect();
    faults_fired.extend(std::mem::take(&mut observed.unreachable));
    faults_fired.sort_unstable();
    Ok(Findings {
        plan,
        verdict: verdict(&works, &reports, &ledger),
        documents,
        rounds,
        reconciling,
        faults_fired,
        requests: world.observer.requests(),
        observed,
        dead,
        extra_responses: world.relay.extra(),
        reasons: attribution.explain(&reports),
        document_reasons: attribution.explain(&once_unknown),
        elapsed,
        memory: memory::peak(),
    })
}

fn verdict(works: &[Work], reports: &[LineReport], ledger: &[LedgerEntry]) -> Verdict {
    let lines = works.iter().flat_map(|work| work.lines.iter().cloned());
    let lines: Vec<Write> = lines.collect();
    let mut verdict = compare(&lines, reports, ledger);
    let journaled = works.iter().filter(|work| work.journal.is_some());
    verdict.count_rejected_for_nothing(journaled.flat_map(|work| &work.lines), reports);
    verdict
}

/// What the clients report, and how often the account set of the instance went dead meanwhile.
fn make_calls(
    plan: Plan,
    works: &[Work],
    world: &World,
    environment: &[(&'static str, String)],
) -> Result<(Observations, u64), Failure> {
    let addresses = world.addresses();
    let fleet = Fleet::new(
        works,
        environment.to_vec(),
        addresses,
        plan.seed,
        world.observer.clone(),
    );
    let disruptions = Disruptions {
        kills: MIN_DISRUPTIONS.max(plan.calls / CALLS_PER_KILL),
        second_processes: MIN_DISRUPTIONS.max(plan.calls / CALLS_PER_SECOND_PROCESS),
    };
    let of_instance = works.iter().filter(|work| work.route == Route::Instance);
    let calls: usize = of_instance.clone().map(|work| work.lines.len()).sum();
    // The key up to the number of the line.
    let prefix = |work: &Work| Some(work.lines.first()?.key.strip_suffix('1')?.to_owned());
    let prefixes: Vec<String> = of_instance.filter_map(prefix).collect();
    std::thread::scope(|scope| {
        let outages = scope.spawn(|| world.instance.swap_account_sets(calls as u64, &prefixes));
        let observed = fleet.run(disruptions, plan.calls);
        world.instance_observer.end();
        let dead = outages.join().map_err(|_| "a thread of the run panicked")?;
        Ok((observed?, dead))
    })
}

/// The clients know the outer instance id, so that they can authorize again after a secret
/// rotation; they share tokens.
pub(crate) fn environment(sandbox: &Sandbox, folder: &Path) -> Vec<(&'static str, String)> {
    let tokens = folder.join("tokens");
    vec![
        ("JDY_CLIENT_ID", sandbox.client_id().to_owned()),
        ("JDY_CLIENT_SECRET", sandbox.client_secret().to_owned()),
        (
            "JDY_OUTER_INSTANCE_ID",
            sandbox.outer_instance_id().to_owned(),
        ),
        ("JDY_APP_SECRET", String::new()),
        ("JDY_ROUTER_ADDR", String::new()),
        ("JDY_TOKEN_STORE", format!("file:{}", tokens.display())),
        // An unresolvable name must not be sent to a proxy.
        ("NO_PROXY", "*".to_owned()),
        ("no_proxy", "*".to_owned()),
    ]
}

/// What was found out about documents, and a report of each whose outcome was unknown at any time.
fn documents(
    works: &[Work],
    ledger: &[LedgerEntry],
) -> Result<(DocumentVerdict, Vec<LineReport>), Failure> {
    let mut by_key: HashMap<&str, Vec<&LedgerEntry>> = HashMap::new();
    for entry in ledger {
        by_key.entry(&entry.write.key).or_default().push(entry);
    }
    let (mut verdict, mut once_unknown) = (DocumentVerdict::default(), Vec::new());
    for work in works {
        let (Some(kind), Some(journal)) = (work.mode.kind(), &work.journal) else {
            continue;
        };
        let lines = journals::document_lines(journal)?;
        verdict.count(kind, &work.lines, &lines, &by_key);
        let unknown = lines.into_iter().filter(|line| line.was_unknown);
        once_unknown.extend(unknown.map(|line| LineReport {
            key: line.key,
            state: State::Unknown,
            sent: 1,
            bill_no: None,
        }));
    }
    Ok((verdict, once_unknown))
}

/// What the clients report: by their journals, or by their events where they have none.
fn reports(works: &[Work], observed: &mut Observations) -> Result<Vec<LineReport>, Failure> {
    let mut reports = std::mem::take(&mut observed.reports);
    for work in works {
        if let Some(journal) = &work.journal {
            // A damaged journal may hold a response that was never sent: only behind the relay, where
            // no journal is damaged, does the response count.
            reports.extend(journals::reports(journal, work.route == Route::Relay)?);
        }
    }
    Ok(reports)
}
