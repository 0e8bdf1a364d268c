//! The run from its plan to its verdict: gateway, lists, fleet, and the reckoning.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jdy_sandbox::{Builder, Sandbox};

use crate::Failure;
use crate::arguments::Plan;
use crate::asked::{Asked, Sets, Way, Work, share_out};
use crate::causes::Reasons;
use crate::faults::{SLOW, all};
use crate::fleet::{Addresses, Fleet, News, Trouble};
use crate::journals;
use crate::memory;
use crate::relay::Relay;
use crate::shops::Shops;
use crate::table;
use crate::verdict::{Booked, Told, Verdict, hold};
use crate::watch::Watch;
use crate::wrong::WRONG;

/// One kill for so many calls, and one second process, and never less than the least.
const CALLS_FOR_A_KILL: u64 = 1_250;
const CALLS_FOR_A_SECOND: u64 = 2_500;
const LEAST: u64 = 4;

/// All that a run has brought to light.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) plan: Plan,
    pub(crate) verdict: Verdict,
    /// How often each fault struck, those on the way to the gateway included.
    pub(crate) struck: Vec<(String, u64)>,
    pub(crate) requests: u64,
    pub(crate) news: News,
    /// How often the account set of the instance went dead.
    pub(crate) dead: u64,
    /// Answers that nobody asked for.
    pub(crate) extra_answers: u64,
    pub(crate) reasons: Reasons,
    pub(crate) elapsed: Duration,
    /// The most memory of the process with the gateways, in KiB.
    pub(crate) memory: Option<u64>,
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

/// All that the clients can reach.
struct World {
    sandbox: Sandbox,
    shops: Shops,
    relay: Relay,
    watch: Watch,
    /// Is told of the instance's requests alone.
    of_shops: Watch,
}

impl World {
    fn made(plan: Plan) -> Result<Self, Failure> {
        let (watch, of_shops) = (Watch::default(), Watch::default());
        let own = watch.clone();
        let keyed = ["second", "third", "fourth", "fifth", "sixth"]
            .into_iter()
            .fold(Sandbox::builder(), |builder, name| {
                builder.account_set(name)
            })
            .seed(plan.seed)
            .observe(move |seen| own.note(seen));
        let sandbox = with_faults(keyed)?.start_blocking()?;
        let (all, own) = (watch.clone(), of_shops.clone());
        let two = Sandbox::builder()
            .inactive_account_set("other shop")
            .seed(plan.seed.wrapping_add(1))
            .observe(move |seen| {
                all.note_of_journals(seen);
                own.note(seen);
            });
        let shops = Shops::of(with_faults(two)?.start_blocking()?, of_shops.clone())?;
        let relay = Relay::start(sandbox.addr(), plan.seed)?;
        Ok(Self {
            sandbox,
            shops,
            relay,
            watch,
            of_shops,
        })
    }

    fn sandboxes(&self) -> [&Sandbox; 2] {
        [&self.sandbox, &self.shops.sandbox]
    }

    fn struck(&self) -> BTreeMap<String, u64> {
        let mut struck = BTreeMap::new();
        for (word, count) in self.sandboxes().into_iter().flat_map(Sandbox::faults_fired) {
            *struck.entry(word.to_owned()).or_default() += count;
        }
        struck
    }

    fn addresses(&self) -> Addresses {
        Addresses {
            straight: self.sandbox.url().to_owned(),
            relay: self.relay.url().to_owned(),
            instance: self.shops.sandbox.url().to_owned(),
        }
    }
}

fn with_faults(builder: Builder) -> Result<Builder, Failure> {
    let faults = all()?.into_iter();
    Ok(faults.fold(builder, |builder, fault| builder.fault(fault)))
}

fn findings(plan: Plan, folder: &Path) -> Result<Findings, Failure> {
    let world = World::made(plan)?;
    let sets = world.sandbox.account_sets();
    let sets = Sets {
        keyed: &sets,
        first: &world.shops.first,
    };
    let works = share_out(plan.calls, plan.seed, sets, folder);
    for work in &works {
        work.write()?;
    }
    let start = Instant::now();
    let (mut news, dead) = make_calls(plan, &works, &world, folder)?;
    let elapsed = start.elapsed();
    let at_begin = settle(&world);

    let mut causes = world.watch.causes().with(std::mem::take(&mut news.causes));
    let unread = world.sandboxes().map(Sandbox::unread_requests);
    causes.unread(at_begin + unread.into_iter().sum::<u64>());
    let told = told(&works, &mut news)?;
    let asked: Vec<Asked> = works.into_iter().flat_map(|work| work.lines).collect();
    let bills = world.sandboxes().into_iter().flat_map(Sandbox::bills);
    let booked: Vec<Booked> = bills.map(Booked::from).collect();
    let mut struck: Vec<(String, u64)> = world.struck().into_iter().collect();
    struck.extend(std::mem::take(&mut news.struck));
    struck.sort_unstable();
    Ok(Findings {
        plan,
        verdict: hold(&asked, &told, &booked),
        struck,
        requests: world.watch.requests(),
        news,
        dead,
        extra_answers: world.relay.given(),
        reasons: causes.explain(&told),
        elapsed,
        memory: memory::peak(),
    })
}

/// What the clients tell, and how often the account set of the instance went dead meanwhile.
fn make_calls(
    plan: Plan,
    works: &[Work],
    world: &World,
    folder: &Path,
) -> Result<(News, u64), Failure> {
    let mut environment = environment(&world.sandbox, folder);
    environment.extend(plan.wrong.map(|wrong| (WRONG, wrong.to_string())));
    let addresses = world.addresses();
    let fleet = Fleet::new(
        works,
        environment,
        addresses,
        plan.seed,
        world.watch.clone(),
    );
    let trouble = Trouble {
        kills: LEAST.max(plan.calls / CALLS_FOR_A_KILL),
        seconds: LEAST.max(plan.calls / CALLS_FOR_A_SECOND),
    };
    let of_instance = works.iter().filter(|work| work.way == Way::Instance);
    let calls: usize = of_instance.clone().map(|work| work.lines.len()).sum();
    // Up to the number of the line.
    let begin = |work: &Work| Some(work.lines.first()?.key.strip_suffix('1')?.to_owned());
    let prefixes: Vec<String> = of_instance.filter_map(begin).collect();
    std::thread::scope(|scope| {
        let places = scope.spawn(|| world.shops.trade_places(calls as u64, &prefixes));
        let news = fleet.run(trouble, plan.calls);
        world.of_shops.end();
        let dead = places.join().map_err(|_| "a thread of the run panicked")?;
        Ok((news?, dead))
    })
}

/// The clients know an instance, so that they can heal a rotated secret; tokens are shared.
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
        // A name that cannot be resolved is not to be asked of a proxy.
        ("NO_PROXY", "*".to_owned()),
        ("no_proxy", "*".to_owned()),
    ]
}

/// Waits for the calls that the gateways perform late, and tells how many connections they reset
/// before they read anything.
fn settle(world: &World) -> u64 {
    const LOOK: Duration = Duration::from_millis(100);
    let watch = &world.watch;
    let struck = |word: &str| world.struck().get(word).copied().unwrap_or(0);
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
    for work in works {
        if let Some(journal) = &work.journal {
            // What was damaged may hold an answer that nobody gave: answers decide nothing there.
            told.extend(journals::told(journal, work.way == Way::Relay)?);
        }
    }
    Ok(told)
}
