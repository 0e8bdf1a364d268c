//! A process that ends at any point: nothing is done twice, no line is lost.

use std::future::pending;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jdy_journal::{
    Change, Entry, Header, Journal, JournalStore, PlannedEntry, Progress, RequestHash, RunError,
    SqliteStore, State, StoreError, run,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_sandbox::Sandbox;

use crate::bench::{client_of, count, csv, fresh, go, hold, list, options, sandbox};

/// A store whose process is killed, or whose disk is full, at one point.
struct Deadly {
    store: SqliteStore,
    point: String,
    line: u64,
}

fn die() -> ! {
    let own = std::process::id().to_string();
    drop(Command::new("kill").args(["-9", &own]).status());
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

impl JournalStore for Deadly {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.store.create(header, lines).await.unwrap();
            if self.point == "plan" {
                die();
            }
            Ok(())
        })
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
        let here = change.line == self.line;
        let what = if change.to == State::Intent {
            "intent"
        } else {
            "end"
        };
        if here && self.point == format!("before-{what}") {
            die();
        }
        if here && self.point == format!("full-at-{what}") {
            return Box::pin(std::future::ready(Err(StoreError::failed(
                "the disk is full",
            ))));
        }
        let dies_after = here && self.point == format!("after-{what}");
        let written = self.store.write(change);
        Box::pin(async move {
            written.await?;
            if dies_after {
                die();
            }
            Ok(())
        })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }
}

/// Runs this test binary again, as a process that works through the list and is killed at the
/// point: at line 4, or at the line after `@`.
pub(crate) fn child(
    sandbox: &Sandbox,
    journal: &Path,
    lines: usize,
    concurrency: usize,
    point: &str,
) -> Child {
    let own = Command::new(std::env::current_exe().unwrap());
    process(own, sandbox, journal, lines, concurrency, point)
}

/// The same, with a limit on the file size in blocks of 512 bytes: a write beyond it fails, or ends
/// the process.
#[cfg(target_os = "linux")]
pub(crate) fn cramped(sandbox: &Sandbox, journal: &Path, blocks: u32, dies: bool) -> Child {
    let trap = if dies { "" } else { "trap '' XFSZ; " };
    let mut shell = Command::new("sh");
    let script = format!("{trap}ulimit -c 0; ulimit -f {blocks}; exec \"$@\"");
    shell.args(["-c", &script, "sh"]);
    shell.arg(std::env::current_exe().unwrap());
    shell.stderr(Stdio::null());
    process(shell, sandbox, journal, 20, 1, "none")
}

fn process(
    mut command: Command,
    sandbox: &Sandbox,
    journal: &Path,
    lines: usize,
    concurrency: usize,
    point: &str,
) -> Child {
    command
        .args([
            "--exact",
            "crashes::a_process_of_its_own",
            "--ignored",
            "--nocapture",
        ])
        .env("JOURNAL", journal)
        .env("GATEWAY", sandbox.url())
        .env("LINES", lines.to_string())
        .env("CONCURRENCY", concurrency.to_string())
        .env("POINT", point)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The body of such a process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the process that the tests here start and kill"]
async fn a_process_of_its_own() {
    let Ok(journal) = std::env::var("JOURNAL") else {
        return;
    };
    let word = |name| std::env::var(name).unwrap();
    let list = list(&csv(word("LINES").parse().unwrap()));
    let point = word("POINT");
    let (point, line) = point.split_once('@').unwrap_or((&point, "4"));
    let store = Deadly {
        store: SqliteStore::open(journal).unwrap(),
        point: point.to_owned(),
        line: line.parse().unwrap(),
    };
    // Every sandbox has the same credentials; only its address counts here.
    let credentials = sandbox(&[]);
    let client = client_of(&word("GATEWAY"), &credentials);
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let options = options(word("CONCURRENCY").parse().unwrap());
    run(
        &client,
        &journal,
        &list,
        &options,
        &Progress::default(),
        pending(),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_crash_at_any_point_leaves_the_line_as_it_is_known() {
    // The point, the number of lines that are unknown then, and how many of these took effect.
    for (point, unknown, of_which_applied) in [
        ("plan", 0, 0),
        ("before-intent", 0, 0),
        ("after-intent", 1, 0),
        ("before-end", 1, 1),
        ("after-end", 0, 0),
    ] {
        let (sandbox, path, list) = (sandbox(&[]), fresh(point), list(&csv(6)));
        let end = child(&sandbox, &path, 6, 1, point).wait().unwrap();
        assert!(!end.success(), "{point} was never reached");
        let bills_before = sandbox.bills().len();

        let last = go(&sandbox, &path, &list, &options(1)).await;
        hold(&sandbox, &list, &last.entries);
        assert_eq!(count(&last.entries, State::Unknown), unknown, "{point}");
        assert_eq!(count(&last.entries, State::Done), 6 - unknown, "{point}");
        assert_eq!(
            sandbox.bills().len(),
            6 - unknown + of_which_applied,
            "{point}"
        );
        // Line 1 of the file is its header, so line 4 is the third call.
        assert!(bills_before <= 3, "{point}");
    }
}

/// A journal that is moved, restored or cleaned up without its `-wal` must not look as if some of
/// its calls had never been made.
#[tokio::test]
async fn a_journal_whose_process_was_killed_is_whole_without_the_file_beside_it() {
    let (sandbox, path, list) = (sandbox(&[]), fresh("parted"), list(&csv(6)));
    let end = child(&sandbox, &path, 6, 1, "before-end").wait().unwrap();
    assert!(!end.success());
    let wal = path.with_file_name("journal-wal");
    std::fs::rename(&wal, path.with_file_name("aside")).unwrap();
    let last = go(&sandbox, &path, &list, &options(1)).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!(count(&last.entries, State::Unknown), 1);
    // A closed journal is complete by itself.
    assert!(!wal.exists());
    let moved = path.with_file_name("moved");
    std::fs::rename(&path, &moved).unwrap();
    let again = go(&sandbox, &moved, &list, &options(1)).await;
    assert_eq!((again.made, count(&again.entries, State::Done)), (0, 5));
}

#[tokio::test]
async fn a_run_that_is_killed_again_and_again_does_nothing_twice_and_loses_no_line() {
    let sandbox = sandbox(&[
        "slow=40ms%50",
        "slow-before-commit=60ms%50",
        "lost-after-commit%5",
    ]);
    let (path, list) = (fresh("killed"), list(&csv(150)));
    for goal in [10, 40, 80] {
        let mut process = child(&sandbox, &path, 150, 6, "none");
        let start = Instant::now();
        while sandbox.bills().len() < goal {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "it does not get on"
            );
            assert!(process.try_wait().unwrap().is_none(), "it ended by itself");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        // The gateway may still process the calls that were in flight at the kill.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let last = go(&sandbox, &path, &list, &options(6)).await;
    hold(&sandbox, &list, &last.entries);
    let unknown = count(&last.entries, State::Unknown);
    let lost = sandbox.faults_fired().get("lost-after-commit").copied();
    let by_faults = usize::try_from(lost.unwrap_or_default()).unwrap();
    assert!(unknown > 0, "nothing was under way when it was killed");
    assert!(
        unknown <= by_faults + 3 * 6,
        "{unknown} unknown, {by_faults} by faults"
    );
    assert_eq!(count(&last.entries, State::Done) + unknown, 150);
}

#[tokio::test]
async fn a_run_whose_future_is_dropped_leaves_what_is_certain() {
    let sandbox = sandbox(&["slow-before-commit=300ms"]);
    let (path, list) = (fresh("dropped"), list(&csv(10)));
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let client = client_of(sandbox.url(), &sandbox);
    {
        let (options, progress) = (options(4), Progress::default());
        let running = run(&client, &journal, &list, &options, &progress, pending());
        let limit = tokio::time::sleep(Duration::from_millis(150));
        tokio::select! {
            _ = running => panic!("it is too fast"),
            () = limit => {}
        }
    }
    // Aborted tasks end when the runtime next polls them.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let entries = journal.entries().await.unwrap();
    assert_eq!(count(&entries, State::Unknown), 4);
    assert_eq!(count(&entries, State::Planned), 6);
    drop(journal);

    let last = go(&sandbox, &path, &list, &options(10)).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!(count(&last.entries, State::Unknown), 4);
    assert_eq!(count(&last.entries, State::Done), 6);
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_ends_the_run_and_the_unwritten_outcomes_are_reported() {
    for (point, unwritten, bills) in [("full-at-intent", 0, 2), ("full-at-end", 1, 3)] {
        let (sandbox, path, list) = (sandbox(&[]), fresh(point), list(&csv(6)));
        let store = Deadly {
            store: SqliteStore::open(&path).unwrap(),
            point: point.to_owned(),
            line: 4,
        };
        let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
        let client = client_of(sandbox.url(), &sandbox);
        let (one, progress) = (options(1), Progress::default());
        let end = run(&client, &journal, &list, &one, &progress, pending()).await;
        let Err(RunError::Store { error, unrecorded }) = end else {
            panic!("{end:?}");
        };
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert_eq!(unrecorded.len(), unwritten, "{point}");
        for one in unrecorded {
            assert_eq!((one.line, one.to), (4, State::Done));
            let answer = String::from_utf8(one.answer.unwrap()).unwrap();
            assert!(answer.contains(&sandbox.bills()[2].bill_no), "{answer}");
        }
        assert_eq!(sandbox.bills().len(), bills, "{point}");
        drop(journal);

        let last = go(&sandbox, &path, &list, &options(1)).await;
        hold(&sandbox, &list, &last.entries);
        assert_eq!(count(&last.entries, State::Unknown), unwritten, "{point}");
        assert_eq!(count(&last.entries, State::Done), 6 - unwritten, "{point}");
    }
}
