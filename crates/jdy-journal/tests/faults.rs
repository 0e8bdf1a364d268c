//! Beneath SQLite each call that changes a file fails, once or from then on, is torn, or is the
//! last of the process or the machine. The journal never shows a wrong state.

mod disk;
mod layer;

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jdy::{Client, ClientExt};
use jdy_journal::{
    Change, Entry, Header, Journal, JournalStore, List, OnceError, PlannedEntry, Progress,
    RequestHash, SqliteStore, State, StoreError, run,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_sandbox::Sandbox;

use self::disk::{Call, Course, Disk, Files, Luck, lay};
use crate::bench::{client, list, options, sandbox};

/// The number of lines of a run.
const LINES: u64 = 3;

/// The changes that a store has reported as written.
type Told = Arc<Mutex<BTreeMap<u64, State>>>;

/// A store that remembers what it reported, and prints it for a process that outlives it.
struct Telling {
    store: SqliteStore,
    told: Told,
    prints: bool,
}

impl JournalStore for Telling {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.store.add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.store.entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let (line, state) = (change.line, change.to);
        let (told, prints) = (self.told.clone(), self.prints);
        let written = self.store.write(change);
        Box::pin(async move {
            written.await?;
            told.lock().unwrap().insert(line, state);
            if prints {
                println!("told {line} {state}");
            }
            Ok(())
        })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }
}

/// How often each key took effect.
type Applied = HashMap<String, u32>;

/// The facts that a reopened journal is compared with.
struct Truth<'a> {
    applied: Applied,
    told: &'a Told,
    what: String,
}

/// The program that runs above the layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A list, which stops at the first error.
    List,
    /// A service, which goes on with the next key after an error.
    Service,
}

/// One run, with keys of its own.
struct Case<'a> {
    kind: Kind,
    /// The sandbox whose ledger is compared.
    sandbox: Option<&'a Sandbox>,
    client: &'a Client,
    prefix: String,
    list: List,
    prints: bool,
}

impl<'a> Case<'a> {
    fn new(kind: Kind, sandbox: Option<&'a Sandbox>, client: &'a Client, prefix: &str) -> Self {
        let rows = (1..=LINES).map(|number| format!("10,1.00,{prefix}-{number}\n"));
        let rows: String = rows.collect();
        Self {
            kind,
            sandbox,
            client,
            prefix: prefix.to_owned(),
            list: list(&format!("member_id,bal_amount,src_bill_id\n{rows}")),
            prints: false,
        }
    }

    fn key(&self, number: u64) -> String {
        format!("{}-{number}", self.prefix)
    }

    async fn open(&self, path: &Path, told: Told) -> Result<Journal, String> {
        let store = SqliteStore::open(path).map_err(|error| error.to_string())?;
        let prints = self.prints;
        let store = Telling {
            store,
            told,
            prints,
        };
        let journal = match self.kind {
            Kind::List => Journal::of_list(store, &self.list, "sandbox").await,
            Kind::Service => Journal::open(store, "recharges", "sandbox").await,
        };
        journal.map_err(|error| error.to_string())
    }

    /// Works to the end, or until it cannot go on; returns the first error.
    async fn work(&self, journal: &Journal) -> Result<(), String> {
        if self.kind == Kind::List {
            let (list, one, progress) = (&self.list, options(1), Progress::default());
            let end = run(self.client, journal, list, &one, &progress, pending()).await;
            return end.map(drop).map_err(|error| error.to_string());
        }
        let mut first = Ok(());
        for number in 1..=LINES {
            let key = self.key(number);
            let call = self
                .client
                .ls()
                .mall_recharge(jdy::ls::mall_recharge::Required {
                    bal_amount: "1".parse().unwrap(),
                    member_id: "10".into(),
                    src_bill_id: key.as_str().into(),
                });
            match journal.once(&key, call).await {
                Ok(_) | Err(OnceError::Known(_)) => {}
                Err(error) => first = first.and(Err(error.to_string())),
            }
        }
        first
    }

    /// How often each key took effect.
    fn applied(&self) -> Applied {
        let mut applied = Applied::new();
        let own = format!("{}-", self.prefix);
        for bill in self.sandbox.unwrap().bills() {
            if bill.src_bill_id.starts_with(&own) {
                *applied.entry(bill.src_bill_id).or_default() += 1;
            }
        }
        applied
    }

    /// Opens the journal without any fault. `Err` is a refusal.
    async fn judge(&self, path: &Path, truth: &Truth<'_>) -> Result<Journal, String> {
        let journal = self.open(path, Told::default()).await?;
        self.hold(&journal.entries().await.unwrap(), truth);
        Ok(journal)
    }

    /// No line that took effect is planned again or missing, no line has a wrong state, and every
    /// reported change is there.
    fn hold(&self, entries: &[Entry], truth: &Truth<'_>) {
        let Truth {
            applied,
            told,
            what,
        } = truth;
        let twice = applied.values().any(|times| *times > 1);
        assert!(!twice, "{what}: applied twice: {applied:?}");
        let kept: HashMap<&str, State> = entries
            .iter()
            .map(|entry| (entry.key.as_deref().unwrap(), entry.state))
            .collect();
        for key in applied.keys() {
            let state = kept.get(key.as_str()).copied();
            let knows = matches!(state, Some(State::Done | State::Unknown));
            assert!(knows, "{what}: {key} took effect, and is {state:?}");
        }
        for (key, state) in &kept {
            let is_right = match state {
                State::Done => applied.contains_key(*key),
                State::Planned | State::Unknown => true,
                // Its intent was written although that was reported as a failure; no call followed.
                State::NotSent => !applied.contains_key(*key),
                _ => false,
            };
            assert!(is_right, "{what}: {key} is {state}");
        }
        if self.kind == Kind::List {
            assert_eq!(entries.len() as u64, LINES, "{what}: lost lines");
        }
        for (line, state) in told.lock().unwrap().iter() {
            let entry = entries.iter().find(|entry| entry.line == *line);
            let now = entry.map(|entry| entry.state);
            let is_so = match state {
                // The write of its end was requested, and may be there.
                State::Intent => matches!(now, Some(State::Unknown | State::Done)),
                state => now == Some(*state),
            };
            assert!(
                is_so,
                "{what}: line {line} was reported as {state}, and is {now:?}"
            );
        }
    }

    /// Goes on without any fault, to the end.
    async fn go_on(&self, journal: &Journal, mut truth: Truth<'_>) {
        self.work(journal).await.unwrap();
        let entries = journal.entries().await.unwrap();
        truth.applied = self.applied();
        self.hold(&entries, &truth);
        let what = &truth.what;
        let count = |state| entries.iter().filter(|entry| entry.state == state).count() as u64;
        let (done, unknown) = (count(State::Done), count(State::Unknown));
        assert_eq!(done + unknown, LINES, "{what}");
        assert!(
            unknown <= 1 || self.kind == Kind::Service,
            "{what}: {unknown}"
        );
    }
}

/// The files before a run, with the changes that were reported as written.
struct Before {
    files: Files,
    told: BTreeMap<u64, State>,
    prefix: Option<String>,
}

impl Before {
    fn nothing() -> Self {
        Self {
            files: Files::new(),
            told: BTreeMap::new(),
            prefix: None,
        }
    }

    /// The files of a process that was killed while it wrote the last outcome into the file itself.
    async fn half_written(sandbox: &Sandbox, client: &Client) -> Self {
        let path = place("before");
        let case = Case::new(Kind::List, Some(sandbox), client, "before");
        let mut disk = Disk::of(path.parent().unwrap());
        layer::arm("eio-once", u64::MAX);
        let told = Told::default();
        let journal = case.open(&path, told.clone()).await.unwrap();
        case.work(&journal).await.unwrap();
        drop(journal);
        let course = layer::trace();
        layer::disarm();
        let into_file =
            |call: &(PathBuf, Call)| call.0 == path && matches!(call.1, Call::Write(..));
        let last = course
            .windows(2)
            .rposition(|two| two.iter().all(into_file))
            .unwrap();
        disk.play(&course[..=last]);
        let mut told = told.lock().unwrap().clone();
        told.insert(LINES + 1, State::Intent);
        Self {
            files: disk.now(),
            told,
            prefix: Some("before".to_owned()),
        }
    }
}

/// A new folder beneath the layer with nothing in it.
fn place(name: &str) -> PathBuf {
    let folder = layer::folder().unwrap().join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir(&folder).unwrap();
    folder.join("journal")
}

/// All runs with one manner of fault.
struct Series<'a> {
    kind: Kind,
    manner: &'a str,
    before: Before,
    sandbox: &'a Sandbox,
    client: &'a Client,
    fired: BTreeMap<String, u32>,
    silent: BTreeMap<String, u32>,
    refused: BTreeMap<String, u32>,
}

impl Series<'_> {
    /// A run in which the call with this number fails. Returns whether there was such a call.
    async fn run(&mut self, at: u64) -> bool {
        let path = place("run");
        lay(&self.before.files, path.parent().unwrap());
        let prefix = self.before.prefix.clone();
        let prefix = prefix.unwrap_or_else(|| format!("N{at}"));
        let case = Case::new(self.kind, Some(self.sandbox), self.client, &prefix);
        let disk = Disk::of(path.parent().unwrap());
        let told: Told = Arc::new(Mutex::new(self.before.told.clone()));
        layer::arm(self.manner, at);
        let end = match case.open(&path, told.clone()).await {
            Ok(journal) => {
                let end = case.work(&journal).await;
                // A failure while it is closed is harmless: everything is in the file.
                let (count, first) = layer::fired();
                if end.is_ok() && count > 0 {
                    *self.silent.entry(first).or_default() += 1;
                }
                end
            }
            Err(error) => Err(error),
        };
        let ((count, first), course) = (layer::fired(), layer::trace());
        layer::disarm();
        if count == 0 {
            assert_eq!(end, Ok(()), "no fault fired");
            return false;
        }
        *self.fired.entry(first.clone()).or_default() += 1;
        let mut truth = Truth {
            applied: case.applied(),
            told: &told,
            what: format!("{} {at}, {first}, {end:?}", self.manner),
        };
        for (name, files) in self.after_a_power_cut(disk, course, at) {
            let path = place("cut");
            lay(&files, path.parent().unwrap());
            let what = format!("{}, power cut ({name})", truth.what);
            let before = std::mem::replace(&mut truth.what, what);
            let judged = case.judge(&path, &truth).await;
            drop(self.opened(judged, name));
            truth.what = before;
        }
        let judged = case.judge(&path, &truth).await;
        if let Some(journal) = self.opened(judged, &first) {
            case.go_on(&journal, truth).await;
        }
        true
    }

    fn opened(&mut self, judged: Result<Journal, String>, what: &str) -> Option<Journal> {
        let refusal = |why| format!("{what}: {why}");
        let judged = judged.map_err(|why| self.refused.entry(refusal(why)).or_default());
        judged.map_err(|times| *times += 1).ok()
    }

    /// The files that are left if the machine loses power at the end. If no call succeeds after the
    /// fault, that is a loss of power at the fault, which may be in the middle of the call.
    fn after_a_power_cut(
        &self,
        mut disk: Disk,
        mut course: Course,
        seed: u64,
    ) -> Vec<(&'static str, Files)> {
        let is_at_the_fault = self.manner.ends_with("ever");
        if is_at_the_fault {
            course.retain(|(_, call)| *call != Call::Forget);
        }
        disk.play(&course);
        let mut left = vec![
            ("all lost", disk.after_a_power_cut(&mut Luck::Bad)),
            ("some lost", disk.after_a_power_cut(&mut Luck::Mixed(seed))),
        ];
        if !is_at_the_fault {
            return left;
        }
        let other = disk.after_a_power_cut(&mut Luck::Mixed(!seed));
        left.push(("others lost", other));
        let begun = course.into_iter().find_map(|(path, call)| match call {
            Call::Begun(at, bytes) => Some((path, at, bytes)),
            _ => None,
        });
        if let Some((path, at, mut bytes)) = begun {
            bytes.truncate(bytes.len() / 2);
            disk.play(&[(path, Call::Write(at, bytes))]);
            left.push(("torn", disk.now()));
        }
        left
    }
}

/// Makes and checks every run with one manner of fault.
#[tokio::test]
#[ignore = "it is a process that the tests here start above the layer"]
async fn a_manner_of_its_own() {
    if layer::folder().is_none() {
        return;
    }
    let word = |name| std::env::var(name).unwrap();
    let (manner, scenario) = (word("MANNER"), word("SCENARIO"));
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let before = match scenario.as_str() {
        "recovery" => Before::half_written(&sandbox, &client).await,
        _ => Before::nothing(),
    };
    let mut series = Series {
        kind: match scenario.as_str() {
            "service" => Kind::Service,
            _ => Kind::List,
        },
        manner: &manner,
        before,
        sandbox: &sandbox,
        client: &client,
        fired: BTreeMap::new(),
        silent: BTreeMap::new(),
        refused: BTreeMap::new(),
    };
    let mut at = 1;
    while series.run(at).await {
        at += 1;
    }
    println!("runs {}", at - 1);
    for (name, all) in [
        ("fired", &series.fired),
        ("silent", &series.silent),
        ("refused", &series.refused),
    ] {
        for (what, times) in all {
            println!("{name} {times} {what}");
        }
    }
}

/// The output of such a process, in lines.
struct Said(String);

impl Said {
    fn of(command: &mut Command, what: &str) -> Self {
        let end = command.output().unwrap();
        let text = String::from_utf8_lossy(&end.stdout).into_owned();
        let error = String::from_utf8_lossy(&end.stderr);
        assert!(end.status.success(), "{what}: {text}{error}");
        Self(text)
    }

    /// The rest of each line that begins with this word.
    fn all(&self, word: &str) -> Vec<&str> {
        let lines = self.0.lines();
        let own = lines.filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        own.collect()
    }

    fn number(&self, word: &str) -> u64 {
        self.all(word)[0].parse().unwrap()
    }
}

/// The names of the reported calls, without their counts.
fn names<'a>(told: &[&'a str]) -> Vec<&'a str> {
    let names = told.iter().map(|told| told.split_once(' ').unwrap().1);
    names.collect()
}

/// A failure that SQLite does not report: of a folder's sync, which only affects names of files
/// that are not needed, of an open that it repeats, and of a copy that is only read.
fn is_needless(fired: &str) -> bool {
    let (kind, file) = fired.split_once(' ').unwrap();
    match file {
        "folder" => matches!(kind, "open" | "sync"),
        "journal-wal" => kind == "open",
        file => file.starts_with("copy") || file.starts_with("journal-check"),
    }
}

/// Runs one scenario with one manner of fault; the calls at which a fault fired.
fn series(scenario: &str, manner: &str, least: u64) -> Vec<String> {
    let what = format!("{scenario} {manner}");
    let (mut process, _) = layer::process("faults::a_manner_of_its_own");
    process.env("SCENARIO", scenario).env("MANNER", manner);
    let said = Said::of(&mut process, &what);
    let (runs, silent, refused) = (said.number("runs"), said.all("silent"), said.all("refused"));
    assert!(runs >= least, "{what}: {runs} runs");
    assert!(refused.is_empty(), "{what}: {refused:?}");
    let untold: Vec<&str> = names(&silent)
        .into_iter()
        .filter(|fired| manner.ends_with("ever") || !is_needless(fired))
        .collect();
    assert!(untold.is_empty(), "{what}: {untold:?}");
    let fired = names(&said.all("fired"));
    fired.into_iter().map(str::to_owned).collect()
}

/// Does jobs 0 to `jobs - 1`, two at a time.
fn by_two(jobs: u64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        job if job < jobs => work(job),
                        _ => return,
                    }
                }
            });
        }
    });
}

#[test]
fn whichever_call_fails_the_journal_tells_no_lie() {
    if !layer::is_there() {
        return;
    }
    // The minimum number of runs, so that a lost fault point is noticed.
    let all = [
        ("service", "eio-once", 140),
        ("service", "eio-ever", 140),
        ("list", "eio-ever", 100),
        ("list", "eio-once", 100),
        ("list", "enospc-ever", 60),
        ("list", "enospc-once", 60),
        ("list", "torn-once", 60),
        ("recovery", "eio-once", 30),
        ("recovery", "eio-ever", 30),
    ];
    let fired = Mutex::new(Vec::new());
    by_two(all.len() as u64, |job| {
        let (scenario, manner, least) = all[usize::try_from(job).unwrap()];
        let own = series(scenario, manner, least);
        fired.lock().unwrap().extend(own);
    });
    let fired = fired.into_inner().unwrap();
    for kind in [
        "open journal",
        "open journal-journal",
        "open journal-wal",
        "write journal",
        "write journal-journal",
        "write journal-wal",
        "truncate journal",
        "sync folder",
        "sync journal",
        "sync journal-journal",
        "sync journal-wal",
        "unlink journal-journal",
        "unlink journal-wal",
        "write copy",
    ] {
        assert!(fired.iter().any(|fired| fired == kind), "{kind}: {fired:?}");
    }
}

/// A list in a process that is killed at one call.
#[tokio::test]
#[ignore = "it is a process that the tests here start above the layer"]
async fn a_process_that_dies() {
    let Some(folder) = layer::folder() else {
        return;
    };
    let word = |name| std::env::var(name).unwrap();
    let builder = Client::builder().from_env().unwrap();
    let client = builder.limits(jdy::Limits::none()).build().unwrap();
    // Its ledger is not compared here.
    let mut case = Case::new(Kind::List, None, &client, &word("PREFIX"));
    case.prints = true;
    layer::arm("dies", word("AT").parse().unwrap());
    let journal = case.open(&folder.join("journal"), Told::default()).await;
    let journal = journal.unwrap();
    case.work(&journal).await.unwrap();
    drop(journal);
    println!("calls {}", layer::calls());
}

#[test]
fn whichever_call_is_the_last_of_the_process_the_journal_tells_no_lie() {
    if !layer::is_there() {
        return;
    }
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let process = |at: u64| {
        let (mut process, folder) = layer::process("faults::a_process_that_dies");
        process
            .envs(sandbox.environment())
            .env("PREFIX", format!("N{at}"))
            .env("AT", at.to_string())
            .stderr(Stdio::null());
        (process, folder)
    };
    let calls = Said::of(&mut process(u64::MAX).0, "no fault").number("calls");
    assert!(calls >= 100, "{calls} calls");
    by_two(calls, |job| {
        let at = job + 1;
        let (mut process, folder) = process(at);
        let end = process.output().unwrap();
        let what = format!("killed at {at}");
        assert!(!end.status.success(), "{what}: it lives");
        let said = Said(String::from_utf8(end.stdout).unwrap());
        let told = said.all("told").into_iter().map(|told| {
            let (line, state) = told.split_once(' ').unwrap();
            let known = State::ALL.into_iter().find(|known| known.as_str() == state);
            (line.parse().unwrap(), known.unwrap())
        });
        let told: Told = Arc::new(Mutex::new(told.collect()));
        let case = Case::new(Kind::List, Some(&sandbox), &client, &format!("N{at}"));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let truth = Truth {
                applied: case.applied(),
                told: &told,
                what,
            };
            case.judge(&folder.join("journal"), &truth).await.unwrap();
        });
    });
}
