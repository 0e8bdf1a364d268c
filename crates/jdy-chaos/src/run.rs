//! The run from its plan to its verdict: gateway, lists, fleet, and the reckoning.

use std::path::Path;
use std::time::{Duration, Instant};

use jdy_sandbox::Sandbox;

use crate::Failure;
use crate::arguments::Plan;
use crate::asked::{Asked, Work, share_out};
use crate::causes::Reasons;
use crate::faults::{SLOW, all};
use crate::fleet::{Fleet, News, entries};
use crate::memory;
use crate::table;
use crate::verdict::{Booked, Told, Verdict, hold};
use crate::watch::Watch;
use crate::wrong::WRONG;

/// One kill for so many calls, and never less than the least.
const CALLS_FOR_A_KILL: u64 = 2_000;
const LEAST_KILLS: u64 = 3;

/// All that a run has brought to light.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) plan: Plan,
    pub(crate) verdict: Verdict,
    /// How often each fault struck, those on the way to the gateway included.
    pub(crate) struck: Vec<(String, u64)>,
    pub(crate) requests: u64,
    pub(crate) kills: u64,
    pub(crate) reasons: Reasons,
    pub(crate) elapsed: Duration,
    /// The most memory of the process with the gateway, and of the largest client, in KiB.
    pub(crate) memory: (Option<u64>, u64),
}

/// Runs, and prints what came of it; whether all is well.
pub(crate) fn run(plan: Plan) -> Result<bool, Failure> {
    let name = format!("jdy-chaos-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder)?;
    let findings = findings(plan, &folder)
        .map_err(|error| format!("{error}; the journals are in {}", folder.display()))?;
    let is_well = table::print(&findings)?;
    if is_well {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("jdy-chaos: the journals are in {}", folder.display());
    }
    Ok(is_well)
}

fn findings(plan: Plan, folder: &Path) -> Result<Findings, Failure> {
    let watch = Watch::default();
    let sandbox = gateway(plan, &watch)?;
    let works = share_out(plan.calls, plan.seed, &sandbox.account_sets(), folder);
    for work in &works {
        work.write()?;
    }
    let start = Instant::now();
    let mut environment = environment(&sandbox, folder);
    environment.extend(plan.wrong.map(|wrong| (WRONG, wrong.to_string())));
    let fleet = Fleet::new(&works, environment, plan.seed, watch.clone());
    let kills = LEAST_KILLS.max(plan.calls / CALLS_FOR_A_KILL);
    let mut news = fleet.run(kills, plan.calls)?;
    let elapsed = start.elapsed();
    let at_begin = settle(&sandbox, &watch);

    let mut causes = watch.causes().with(std::mem::take(&mut news.causes));
    causes.unread(at_begin + sandbox.unread_requests());
    let told = told(&works, &mut news)?;
    let asked: Vec<Asked> = works.into_iter().flat_map(|work| work.lines).collect();
    let booked: Vec<Booked> = sandbox.bills().into_iter().map(Booked::from).collect();
    let mut struck: Vec<(String, u64)> = sandbox
        .faults_fired()
        .into_iter()
        .map(|(word, count)| (word.to_owned(), count))
        .chain(news.struck)
        .collect();
    struck.sort_unstable();
    Ok(Findings {
        plan,
        verdict: hold(&asked, &told, &booked),
        struck,
        requests: watch.requests(),
        kills: news.kills,
        reasons: causes.explain(&told),
        elapsed,
        memory: (memory::peak(), news.memory),
    })
}

fn gateway(plan: Plan, watch: &Watch) -> Result<Sandbox, Failure> {
    let watch = watch.clone();
    let builder = Sandbox::builder()
        .account_set("second")
        .account_set("third")
        .account_set("fourth")
        .seed(plan.seed)
        .observe(move |seen| watch.note(seen));
    let builder = all()?
        .into_iter()
        .fold(builder, |builder, fault| builder.fault(fault));
    Ok(builder.start_blocking()?)
}

/// The clients know an instance, so that they can heal a rotated secret; tokens are shared.
fn environment(sandbox: &Sandbox, folder: &Path) -> Vec<(&'static str, String)> {
    let tokens = folder.join("tokens");
    vec![
        ("JDY_BASE_URL", sandbox.url().to_owned()),
        ("JDY_CLIENT_ID", sandbox.client_id().to_owned()),
        ("JDY_CLIENT_SECRET", sandbox.client_secret().to_owned()),
        (
            "JDY_OUTER_INSTANCE_ID",
            sandbox.outer_instance_id().to_owned(),
        ),
        ("JDY_APP_SECRET", String::new()),
        ("JDY_ROUTER_ADDR", String::new()),
        ("JDY_TOKEN_STORE", format!("file:{}", tokens.display())),
        // A name that cannot be resolved is not to be asked of a proxy.
        ("NO_PROXY", "*".to_owned()),
        ("no_proxy", "*".to_owned()),
    ]
}

/// Waits for the calls that the gateway performs late, and tells how many connections it reset
/// before it read anything.
fn settle(sandbox: &Sandbox, watch: &Watch) -> u64 {
    const LOOK: Duration = Duration::from_millis(100);
    let struck = |word| sandbox.faults_fired().get(word).copied().unwrap_or(0);
    let late = "slow-before-commit";
    let end = Instant::now() + 2 * SLOW;
    let mut before = u64::MAX;
    // A request whose body never came is struck and never performed: then it is waited for in vain.
    while Instant::now() < end && (watch.requests() != before || struck(late) > watch.seen(late)) {
        before = watch.requests();
        std::thread::sleep(LOOK);
    }
    let reset = "reset-before-read";
    struck(reset).saturating_sub(watch.seen(reset))
}

/// What the clients believe: by their journals, and by their words where they have none.
fn told(works: &[Work], news: &mut News) -> Result<Vec<Told>, Failure> {
    let mut told = std::mem::take(&mut news.told);
    for journal in works.iter().filter_map(|work| work.journal.as_ref()) {
        told.extend(entries(journal)?.into_iter().map(|entry| Told {
            key: entry.key.unwrap_or_default(),
            state: entry.state,
            sent: entry.sent,
        }));
    }
    Ok(told)
}
