//! Measures a run over a list against a sandbox of its own: lines a second with a journal on disk
//! and with one that keeps nothing, and the time from kill -9 to the next line.
//!
//! `cargo run --release -p jdy-journal --example lines [LINES] [FOLDER]`
#![allow(
    clippy::disallowed_methods,
    reason = "it measures with this machine's clock"
)]

use std::error::Error;
use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jdy::operations::ls::MALL_RECHARGE;
use jdy::runtime::BoxFuture;
use jdy::{Client, Limits};
use jdy_journal::{
    Change, Entry, Format, Header, Journal, JournalStore, List, Options, PlannedEntry, Progress,
    RequestHash, SqliteStore, State, StoreError, run,
};
use jdy_sandbox::Sandbox;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("child") {
        let path = PathBuf::from(arguments.next().ok_or("no journal")?);
        let count = arguments.next().ok_or("no count")?.parse()?;
        return child(&path, count);
    }
    let count = first.map_or(Ok(10_000), |count| count.parse())?;
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    for concurrency in [1, 8, 32, 128] {
        speeds(count, concurrency, &folder)?;
    }
    for count in ["10000", "100000"] {
        restart(count, &folder)?;
    }
    Ok(())
}

fn list(count: usize) -> Outcome<List> {
    let rows = (1..=count).map(|number| format!("10,0.01,R-{number}\n"));
    let text = format!(
        "member_id,bal_amount,src_bill_id\n{}",
        rows.collect::<String>()
    );
    Ok(List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes())?)
}

fn new_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    // As the command has it.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn client_of(sandbox: &Sandbox) -> Outcome<Client> {
    let credentials = jdy::Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    );
    let builder = Client::builder().base_url(sandbox.url());
    Ok(builder
        .credentials(credentials)
        .limits(Limits::none())
        .build()?)
}

fn speeds(count: usize, concurrency: usize, folder: &Path) -> Outcome<()> {
    let path = folder.join(format!("lines-{}.journal", std::process::id()));
    let without = seconds(count, concurrency, Arc::new(Forgetful::default()))?;
    let with = seconds(count, concurrency, Arc::new(SqliteStore::open(&path)?))?;
    let size = std::fs::metadata(&path)?.len();
    std::fs::remove_file(&path)?;
    println!(
        "{count} lines, {concurrency} at once: {:.0} a second with a journal ({} bytes a line), \
         {:.0} without; the journal costs {:.2} ms a line",
        count as f64 / with,
        size / count as u64,
        count as f64 / without,
        (with - without) * 1000.0 / count as f64,
    );
    Ok(())
}

fn seconds(count: usize, concurrency: usize, store: Arc<dyn JournalStore>) -> Outcome<f64> {
    let (sandbox, list) = (Sandbox::builder().start_blocking()?, list(count)?);
    let client = client_of(&sandbox)?;
    let options = Options {
        concurrency: NonZeroUsize::new(concurrency).ok_or("no concurrency")?,
        ..Options::default()
    };
    new_runtime()?.block_on(async {
        let start = Instant::now();
        let journal = Journal::of_list(store, &list, "sandbox").await?;
        let progress = Progress::default();
        let end = run(&client, &journal, &list, &options, &progress, pending()).await?;
        assert_eq!(end.counts.of(State::Done), count as u64);
        Ok(start.elapsed().as_secs_f64())
    })
}

/// A process with a journal, for the environment's sandbox.
fn child(path: &Path, count: usize) -> Outcome<()> {
    let list = list(count)?;
    let client = Client::builder()
        .from_env()?
        .limits(Limits::none())
        .build()?;
    new_runtime()?.block_on(async {
        let journal = Journal::of_list(SqliteStore::open(path)?, &list, "sandbox").await?;
        let (options, progress) = (Options::default(), Progress::default());
        run(&client, &journal, &list, &options, &progress, pending()).await?;
        Ok(())
    })
}

/// Kills a run in the middle, starts it again, and waits for the next line at the gateway.
fn restart(count: &str, folder: &Path) -> Outcome<()> {
    let path = folder.join(format!("restart-{}-{count}.journal", std::process::id()));
    let seen: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let watch = seen.clone();
    let sandbox = Sandbox::builder()
        .observe(move |request| {
            if request.path.ends_with("mall_recharge")
                && let Ok(mut seen) = watch.lock()
            {
                seen.push(Instant::now());
            }
        })
        .start_blocking()?;
    let start = || {
        Command::new(std::env::current_exe()?)
            .args(["child", &path.display().to_string(), count])
            .envs(sandbox.environment())
            .spawn()
    };
    let arrived = |after: Instant| {
        let seen = seen.lock().ok()?;
        seen.iter().find(|arrival| **arrival > after).copied()
    };
    let mut times = Vec::new();
    let mut process = start()?;
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(300));
        process.kill()?;
        process.wait()?;
        let killed = Instant::now();
        // What was under way when it was killed may still come in.
        std::thread::sleep(Duration::from_millis(20));
        let begun = Instant::now();
        process = start()?;
        let next = loop {
            match arrived(begun) {
                Some(next) => break next,
                None if process.try_wait()?.is_some() => {
                    return Err("the list ended before its last kill".into());
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        times.push((next - begun).as_secs_f64() * 1000.0);
        assert!(begun > killed);
    }
    process.kill()?;
    process.wait()?;
    let told: Vec<String> = times.iter().map(|time| format!("{time:.0}")).collect();
    println!(
        "from the start after kill -9 to the next line, {count} lines in the journal: {} ms",
        told.join(", ")
    );
    // What was killed leaves the other part of its journal behind.
    std::fs::remove_file(path.with_extension("journal-wal"))?;
    Ok(std::fs::remove_file(&path)?)
}

/// A journal that is gone with the process.
#[derive(Default)]
struct Forgetful(Mutex<(Option<Header>, Vec<Entry>)>);

impl JournalStore for Forgetful {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        let header = self.0.lock().map(|kept| kept.0.clone()).unwrap_or_default();
        Box::pin(ready(Ok(header)))
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if let Ok(mut kept) = self.0.lock() {
            kept.0 = Some(header);
            kept.1 = lines.into_iter().map(Entry::planned).collect();
        }
        Box::pin(ready(Ok(())))
    }

    fn add(&self, key: String, _: Option<RequestHash>) -> BoxFuture<'_, Result<Entry, StoreError>> {
        Box::pin(ready(Err(StoreError::failed(key))))
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        let entries = self.0.lock().map(|kept| kept.1.clone()).unwrap_or_default();
        Box::pin(ready(Ok(entries)))
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        if let Ok(mut kept) = self.0.lock() {
            // The first call of these lists stands on line 2.
            let index = usize::try_from(change.line).unwrap_or_default() - 2;
            if let Some(entry) = kept.1.get_mut(index) {
                entry.state = change.to;
            }
        }
        Box::pin(ready(Ok(())))
    }

    fn answer(&self, _: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(ready(Ok(None)))
    }
}
