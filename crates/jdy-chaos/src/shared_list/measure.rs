//! How fast a fleet is, and what it costs: beside a journal in a file, and beside no journal.
//!
//! Owns the passes and their figures. Must not know how a worker works.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::rng::Rng;
use crate::shared_list::arguments::Plan;
use crate::shared_list::clock::FastClock;
use crate::shared_list::database_relay::DatabaseRelay;
use crate::shared_list::gateway::Gateway;
use crate::shared_list::lists::{SharedList, Subject, of_subject};
use crate::shared_list::processes::{Observed, Workers};
use crate::shared_list::server::Server;
use crate::shared_list::worker::{self, Kind, Store, Task};

/// How many calls a worker has in flight.
const CONCURRENCY: usize = 16;

/// What one pass showed.
struct Pass {
    name: &'static str,
    workers: usize,
    lines: u64,
    /// From the first call to the last.
    took: Duration,
    commits: Option<u64>,
    trips: Option<u64>,
    bytes: Option<u64>,
    /// Seconds of processor time: gateway, workers, Postgres.
    processor: [f64; 3],
}

/// Measures, and prints a table.
pub(crate) fn run(plan: Plan, server: &Server, folder: &Path) -> Result<(), Failure> {
    let relay = DatabaseRelay::start(server.port)?;
    let bench = Bench {
        plan,
        server,
        folder,
        relay: &relay,
    };
    let direct = || Store::Postgres(server.address());
    let mut passes = Vec::new();
    for (name, store, workers, share) in [
        ("no journal", Store::Nowhere, 1, 1),
        ("a file", Store::Files, 1, 1),
        ("Postgres", direct(), 1, 1),
        ("Postgres", direct(), 4, 1),
        ("Postgres", direct(), 12, 1),
        ("Postgres, counted", Store::Postgres(relay.address()), 1, 5),
        ("Postgres, counted", Store::Postgres(relay.address()), 4, 5),
    ] {
        passes.push(bench.pass(name, store, workers, plan.lines / share)?);
    }
    print!("{}", table(&passes));
    Ok(())
}

struct Bench<'a> {
    plan: Plan,
    server: &'a Server,
    folder: &'a Path,
    relay: &'a DatabaseRelay,
}

impl Bench<'_> {
    fn pass(
        &self,
        name: &'static str,
        store: Store,
        workers: usize,
        lines: u64,
    ) -> Result<Pass, Failure> {
        let gateway = Gateway::without_faults(lines)?;
        let mut rng = Rng::new(self.plan.seed, 22);
        let account = gateway.account_id();
        let list = of_subject(Subject::Recharges, lines, &account, self.folder, &mut rng);
        list.write()?;
        let is_counted =
            matches!(&store, Store::Postgres(address) if *address == self.relay.address());
        let is_postgres = matches!(store, Store::Postgres(_));
        let is_file = store == Store::Files;
        let has_journal = store != Store::Nowhere;
        let task = Task {
            index: 0,
            seed: self.plan.seed,
            folder: self.folder.to_owned(),
            store,
            clock: FastClock::start(1),
            lease: Duration::from_secs(60),
            concurrency: CONCURRENCY,
            per_minute: None,
            wrong: None,
            kind: Kind::Measured,
        };
        let (commits, trips) = (self.commits(is_postgres)?, self.relay.trips());
        let processor = self.processor();
        let environment = gateway.environment(self.folder);
        let observed = Workers::new(workers, task, environment).run(Observed::default(), |_| {})?;
        let commits = self
            .commits(is_postgres)?
            .zip(commits)
            .map(|(now, then)| now - then);
        let spent = self.processor();
        if has_journal {
            check(&gateway, &list, &observed)?;
        }
        let pass = Pass {
            name,
            workers,
            lines,
            took: gateway.took(),
            commits,
            trips: is_counted.then(|| self.relay.trips() - trips),
            bytes: self.bytes(is_postgres, is_file)?,
            processor: std::array::from_fn(|at| {
                at_or_zero(&spent, at) - at_or_zero(&processor, at)
            }),
        };
        self.clear(is_postgres)?;
        Ok(pass)
    }

    /// The commits of the database so far.
    fn commits(&self, is_postgres: bool) -> Result<Option<u64>, Failure> {
        if !is_postgres {
            return Ok(None);
        }
        // A session that ends reports what it did; the statistics are read a moment later.
        std::thread::sleep(Duration::from_millis(1_500));
        let sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
        self.server.number(sql).map(Some)
    }

    fn bytes(&self, is_postgres: bool, is_file: bool) -> Result<Option<u64>, Failure> {
        if is_postgres {
            let sql = "SELECT pg_total_relation_size('jdy_journal.lines')";
            return self.server.number(sql).map(Some);
        }
        let file = worker::file(self.folder, Subject::Recharges.name());
        Ok(match is_file {
            true => Some(std::fs::metadata(file)?.len()),
            false => None,
        })
    }

    /// Seconds of processor time so far: this process, which is the gateway, the workers that have
    /// ended, and Postgres.
    fn processor(&self) -> [f64; 3] {
        let [own, children] = processor_of("self");
        let server = self.server.id().map(|id| processor_of(&id.to_string()));
        [own, children, server.map_or(0.0, |both| both.iter().sum())]
    }

    /// The next pass begins with nothing.
    fn clear(&self, is_postgres: bool) -> Result<(), Failure> {
        if is_postgres {
            self.server
                .sql("DROP SCHEMA IF EXISTS jdy_journal CASCADE; CHECKPOINT")?;
        }
        Ok(())
    }
}

fn at_or_zero(values: &[f64; 3], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}

/// A measurement of something that is wrong says nothing.
fn check(gateway: &Gateway, list: &SharedList, observed: &Observed) -> Result<(), Failure> {
    let mut keys: Vec<String> = gateway
        .ledger()
        .into_iter()
        .map(|it| it.write.key)
        .collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    let rejected = list
        .writes
        .iter()
        .filter(|write| write.subject == crate::work::NOBODY);
    let expected = list.writes.len() - rejected.count();
    if keys.len() == expected && all == expected && observed.failures.is_empty() {
        return Ok(());
    }
    let (own, failures) = (keys.len(), &observed.failures);
    Err(format!("{expected} lines, {own} keys in {all} entries of the ledger: {failures:?}").into())
}

/// Seconds of processor time of a process, and of its children that have ended.
fn processor_of(process: &str) -> [f64; 2] {
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let fields: Vec<f64> = behind
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    let sum = |from: usize| -> f64 { fields.iter().skip(from).take(2).sum::<f64>() / TICKS };
    // utime and stime, then the same of the children.
    [sum(11), sum(13)]
}

fn table(passes: &[Pass]) -> String {
    let mut text = format!(
        "{:<20}{:>8}{:>9}{:>10}{:>9}{:>9}{:>9}   ms of processor per line: gateway, workers, \
         Postgres\n",
        "journal", "workers", "lines", "lines/s", "commits", "trips", "bytes"
    );
    for pass in passes {
        let calls = match pass.name {
            "no journal" => pass.lines * pass.workers as u64,
            _ => pass.lines,
        };
        let each = |count: Option<u64>, digits: usize| match count {
            Some(count) => format!("{:.digits$}", count as f64 / calls.max(1) as f64),
            None => "-".to_owned(),
        };
        let speed = calls as f64 / pass.took.as_secs_f64().max(0.001);
        let spent = pass
            .processor
            .map(|it| format!("{:.2}", it * 1_000.0 / calls.max(1) as f64));
        let _ = writeln!(
            text,
            "{:<20}{:>8}{calls:>9}{speed:>10.0}{:>9}{:>9}{:>9}   {}",
            pass.name,
            pass.workers,
            each(pass.commits, 2),
            each(pass.trips, 2),
            each(pass.bytes, 0),
            spent.join(", ")
        );
    }
    text + "commits, round trips and bytes are per line\n"
}
