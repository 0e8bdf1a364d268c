//! The run from its plan to its findings: gateways, lists, client processes, and the comparison.
//!
//! Owns the order of these steps and the gateways. Must not know how a client works, nor print
//! anything but where the journals are.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jdy_sandbox::{Builder, Sandbox};

use crate::Failure;
use crate::arguments::Plan;
use crate::attribution::Reasons;
use crate::faults::{SLOW, all};
use crate::fleet::{Addresses, Disruptions, Fleet, Observations};
use crate::instance::Instance;
use crate::journals;
use crate::memory;
use crate::observer::Observer;
use crate::relay::Relay;
use crate::report;
use crate::sabotage::SABOTAGE_VARIABLE;
use crate::verdict::{LedgerEntry, LineReport, Verdict, compare};
use crate::work::{AccountSets, Recharge, Route, Work, distribute};

/// The number of calls for one kill and for one second process, and the minimum of either.
const CALLS_PER_KILL: u64 = 1_250;
const CALLS_PER_SECOND_PROCESS: u64 = 2_500;
const MIN_DISRUPTIONS: u64 = 4;

/// The findings of a run.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) plan: Plan,
    pub(crate) verdict: Verdict,
    /// How often each fault was injected, unreachable targets included.
    pub(crate) faults_fired: Vec<(String, u64)>,
    pub(crate) requests: u64,
    pub(crate) observed: Observations,
    /// How often the account set of the instance went dead.
    pub(crate) dead: u64,
    /// Responses that nobody asked for.
    pub(crate) extra_responses: u64,
    pub(crate) reasons: Reasons,
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

/// Everything that the clients can reach.
struct World {
    sandbox: Sandbox,
    instance: Instance,
    relay: Relay,
    observer: Observer,
    /// Receives the requests of the instance only.
    instance_observer: Observer,
}

impl World {
    fn start(plan: Plan) -> Result<Self, Failure> {
        let (observer, instance_observer) = (Observer::default(), Observer::default());
        let own = observer.clone();
        let keyed = ["second", "third", "fourth", "fifth", "sixth"]
            .into_iter()
            .fold(Sandbox::builder(), |builder, name| {
                builder.account_set(name)
            })
            .seed(plan.seed)
            .observe(move |request| own.record(request));
        let sandbox = with_faults(keyed)?.start_blocking()?;
        let (all, own) = (observer.clone(), instance_observer.clone());
        let two = Sandbox::builder()
            .inactive_account_set("other shop")
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
        })
    }

    fn sandboxes(&self) -> [&Sandbox; 2] {
        [&self.sandbox, &self.instance.sandbox]
    }

    fn faults_fired(&self) -> BTreeMap<String, u64> {
        let mut faults_fired = BTreeMap::new();
        for (name, count) in self.sandboxes().into_iter().flat_map(Sandbox::faults_fired) {
            *faults_fired.entry(name.to_owned()).or_default() += count;
        }
        faults_fired
    }

    fn addresses(&self) -> Addresses {
        Addresses {
            direct: self.sandbox.url().to_owned(),
            relay: self.relay.url().to_owned(),
            instance: self.instance.sandbox.url().to_owned(),
        }
    }
}

fn with_faults(builder: Builder) -> Result<Builder, Failure> {
    let faults = all()?.into_iter();
    Ok(faults.fold(builder, |builder, fault| builder.fault(fault)))
}

fn findings(plan: Plan, folder: &Path) -> Result<Findings, Failure> {
    let world = World::start(plan)?;
    let sets = world.sandbox.account_sets();
    let sets = AccountSets {
        keyed: &sets,
        first: &world.instance.first,
    };
    let works = distribute(plan.calls, plan.seed, sets, folder);
    for work in &works {
        work.write()?;
    }
    let start = Instant::now();
    let (mut observed, dead) = make_calls(plan, &works, &world, folder)?;
    let elapsed = start.elapsed();
    let reset_unread = settle(&world);

    let mut attribution = world
        .observer
        .attribution()
        .merge(std::mem::take(&mut observed.attribution));
    let unread = world.sandboxes().map(Sandbox::unread_requests);
    attribution.record_unread(reset_unread + unread.into_iter().sum::<u64>());
    let reports = reports(&works, &mut observed)?;
    let recharges: Vec<Recharge> = works.into_iter().flat_map(|work| work.lines).collect();
    let bills = world.sandboxes().into_iter().flat_map(Sandbox::bills);
    let ledger: Vec<LedgerEntry> = bills.map(LedgerEntry::from).collect();
    let mut faults_fired: Vec<(String, u64)> = world.faults_fired().into_iter().collect();
    faults_fired.extend(std::mem::take(&mut observed.unreachable));
    faults_fired.sort_unstable();
    Ok(Findings {
        plan,
        verdict: compare(&recharges, &reports, &ledger),
        faults_fired,
        requests: world.observer.requests(),
        observed,
        dead,
        extra_responses: world.relay.extra(),
        reasons: attribution.explain(&reports),
        elapsed,
        memory: memory::peak(),
    })
}

/// What the clients report, and how often the account set of the instance went dead meanwhile.
fn make_calls(
    plan: Plan,
    works: &[Work],
    world: &World,
    folder: &Path,
) -> Result<(Observations, u64), Failure> {
    let mut environment = environment(&world.sandbox, folder);
    environment.extend(
        plan.sabotage
            .map(|sabotage| (SABOTAGE_VARIABLE, sabotage.to_string())),
    );
    let addresses = world.addresses();
    let fleet = Fleet::new(
        works,
        environment,
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
fn environment(sandbox: &Sandbox, folder: &Path) -> Vec<(&'static str, String)> {
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

/// Waits for the calls that the gateways perform late. Returns how many connections they reset
/// before they read anything.
fn settle(world: &World) -> u64 {
    const POLL_INTERVAL: Duration = Duration::from_millis(100);
    let observer = &world.observer;
    let fired = |name: &str| world.faults_fired().get(name).copied().unwrap_or(0);
    let late = "slow-before-commit";
    let end = Instant::now() + 2 * SLOW;
    let mut before = u64::MAX;
    // A request whose body never came counts as a fault and is never performed: then this waits
    // until the end.
    while Instant::now() < end
        && (observer.requests() != before || fired(late) > observer.requests_with(late))
    {
        before = observer.requests();
        std::thread::sleep(POLL_INTERVAL);
    }
    let reset = "reset-before-read";
    fired(reset).saturating_sub(observer.requests_with(reset))
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
