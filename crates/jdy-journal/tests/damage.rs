//! The files of a journal: locks that other code drops, damage, copies, and refusals, which must
//! change no byte.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use jdy_journal::{
    Change, Entry, Header, Journal, JournalStore, PlannedEntry, Progress, RequestHash, SqliteStore,
    State, StoreError, run,
};
use jdy_runtime::runtime::BoxFuture;

use crate::bench::{count, csv, fresh, go, hold, list, options, sandbox};
use crate::crashes::child;

/// The path with a suffix to its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Every file of the folder, byte by byte.
fn files(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let paths = folder.map(|file| file.unwrap().path());
    paths
        .map(|path| {
            let content = std::fs::read(&path).unwrap();
            (path, content)
        })
        .collect()
}

/// The body of such a process: it prints whether it got the journal.
#[test]
#[ignore = "it is a process that the tests here start"]
fn a_process_that_asks() {
    let Ok(journal) = std::env::var("ASKED") else {
        return;
    };
    if matches!(SqliteStore::open(journal), Err(StoreError::Locked)) {
        std::process::exit(42);
    }
}

/// Whether another process finds the journal locked.
fn is_locked(path: &Path) -> bool {
    let mut asks = Command::new(std::env::current_exe().unwrap());
    asks.args(["--exact", "damage::a_process_that_asks", "--ignored"]);
    let asks = asks.env("ASKED", path).stdout(Stdio::null());
    asks.status().unwrap().code() == Some(42)
}

/// A backup or a checksum closes the file; that drops the POSIX locks of its process.
#[tokio::test]
async fn the_lock_is_held_whatever_the_process_opens_and_closes() {
    let path = fresh("dropped-lock");
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list(&csv(3)), "sandbox").await;
    drop(std::fs::read(&path).unwrap());
    drop(std::fs::read(beside(&path, "-wal")));
    assert!(is_locked(&path));
    drop(journal);
    assert!(!is_locked(&path));
}

/// The body of such a process: it fails if SQLite lets it write the file.
#[test]
#[ignore = "it is a process that the tests here start"]
fn a_program_of_sqlite() {
    let Ok(journal) = std::env::var("WRITTEN") else {
        return;
    };
    let other = rusqlite::Connection::open(journal).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    let written = other.execute_batch("UPDATE lines SET state = 'planned'");
    if written.is_err_and(|error| error.to_string().contains("locked")) {
        std::process::exit(43);
    }
}

/// It knows nothing of the journal's own lock: `sqlite3` of a person, say.
#[tokio::test]
async fn a_program_that_knows_the_lock_of_sqlite_alone_does_not_write_an_open_journal() {
    let path = fresh("sqlite-lock");
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list(&csv(3)), "sandbox").await;
    let mut writes = Command::new(std::env::current_exe().unwrap());
    writes.args(["--exact", "damage::a_program_of_sqlite", "--ignored"]);
    let writes = writes.env("WRITTEN", &path).stdout(Stdio::null());
    assert_eq!(writes.status().unwrap().code(), Some(43));
    drop(journal);
}

#[cfg(unix)]
#[tokio::test]
async fn every_name_of_a_journal_meets_the_same_lock() {
    let path = fresh("names");
    let store = SqliteStore::open(&path).unwrap();
    let (symbolic, hard) = (beside(&path, "-symbolic"), beside(&path, "-hard"));
    std::os::unix::fs::symlink(&path, &symbolic).unwrap();
    std::fs::hard_link(&path, &hard).unwrap();
    for name in [&path, &symbolic, &hard] {
        let refused = SqliteStore::open(name).unwrap_err();
        assert!(matches!(refused, StoreError::Locked), "{refused}");
        drop(std::fs::read(name).unwrap());
        assert!(is_locked(name));
    }
    drop(store);
    for name in [&symbolic, &hard, &path] {
        drop(SqliteStore::open(name).unwrap());
    }
}

type Damage = fn(&Path);

fn damages() -> Vec<(&'static str, Damage)> {
    vec![
        ("removed", |wal| drop(std::fs::remove_file(wal))),
        ("emptied", |wal| std::fs::write(wal, "").unwrap()),
        ("cut", |wal| {
            let content = std::fs::read(wal).unwrap_or_default();
            std::fs::write(wal, &content[..content.len() / 2]).unwrap();
        }),
        ("cut-early", |wal| {
            let content = std::fs::read(wal).unwrap_or_default();
            std::fs::write(wal, &content[..content.len().min(1000)]).unwrap();
        }),
        ("bad-bytes", |wal| {
            let mut content = std::fs::read(wal).unwrap_or_default();
            let middle = content.len() / 2;
            for byte in content.iter_mut().skip(middle).take(200) {
                *byte ^= 0x55;
            }
            std::fs::write(wal, content).unwrap();
        }),
        ("bad-head", |wal| {
            let mut content = std::fs::read(wal).unwrap_or_default();
            content.iter_mut().take(200).for_each(|byte| *byte ^= 0x55);
            std::fs::write(wal, content).unwrap();
        }),
        ("foreign", |wal| std::fs::write(wal, [7; 9000]).unwrap()),
    ]
}

/// No file beside the journal decides what was sent.
#[tokio::test]
async fn after_a_kill_no_damage_beside_the_journal_doubles_a_line() {
    for (name, damage) in damages() {
        for point in ["before-end", "after-intent", "after-end"] {
            let (sandbox, path, list) = (sandbox(&[]), fresh(name), list(&csv(10)));
            let end = child(&sandbox, &path, 10, 1, &format!("{point}@7")).wait();
            assert!(!end.unwrap().success(), "{point} was never reached");
            damage(&beside(&path, "-wal"));
            let last = go(&sandbox, &path, &list, &options(1)).await;
            hold(&sandbox, &list, &last.entries);
            let unknown = count(&last.entries, State::Unknown);
            assert_eq!(unknown, usize::from(point != "after-end"), "{name} {point}");
            assert_eq!(count(&last.entries, State::Done), 10 - unknown);
        }
    }
}

/// A `-wal` that was copied earlier is valid, and would undo later changes.
#[tokio::test]
async fn an_older_file_beside_the_journal_undoes_nothing() {
    let (sandbox, path, list) = (sandbox(&[]), fresh("older-wal"), list(&csv(30)));
    let wal = beside(&path, "-wal");
    let end = child(&sandbox, &path, 30, 1, "before-end@5").wait();
    assert!(!end.unwrap().success());
    let older = std::fs::read(&wal).unwrap_or_default();
    let end = child(&sandbox, &path, 30, 1, "before-end@20").wait();
    assert!(!end.unwrap().success());
    std::fs::write(&wal, older).unwrap();
    let last = go(&sandbox, &path, &list, &options(1)).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!(count(&last.entries, State::Unknown), 2);
}

/// A page of the file that is older than the others, or that was changed.
#[tokio::test]
async fn a_journal_that_is_not_what_was_written_is_refused_before_the_first_call() {
    let (sandbox, path, list) = (sandbox(&[]), fresh("torn"), list(&csv(400)));
    let store = SqliteStore::open(&path).unwrap();
    drop(Journal::of_list(store, &list, "sandbox").await.unwrap());
    let planned = std::fs::read(&path).unwrap();
    go(&sandbox, &path, &list, &options(8)).await;
    let whole = std::fs::read(&path).unwrap();
    let calls = sandbox.requests().len();
    let pages = planned.len() / 4096;
    let mut refused = 0;
    for page in 0..pages {
        let place = page * 4096..(page + 1) * 4096;
        if planned[place.clone()] == whole[place.clone()] {
            continue;
        }
        let mut torn = whole.clone();
        torn[place.clone()].copy_from_slice(&planned[place]);
        std::fs::write(&path, &torn).unwrap();
        let before = files(&path);
        let error = SqliteStore::open(&path).err();
        let error = error.unwrap_or_else(|| panic!("page {page} of {pages}"));
        assert!(matches!(error, StoreError::NotAJournal(_)), "{error}");
        assert!(error.to_string().contains("backup"), "{error}");
        assert!(files(&path) == before, "page {page}");
        refused += 1;
    }
    assert!(refused > 3, "{refused} of {pages}");
    for length in [4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let before = files(&path);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NotAJournal(_)), "{error}");
        assert!(files(&path) == before, "{length}");
    }
    std::fs::write(&path, &whole).unwrap();
    let last = go(&sandbox, &path, &list, &options(8)).await;
    assert_eq!((last.made, sandbox.requests().len()), (0, calls));
}

/// After a kill during a write of the file itself, `-wal` completes the file, or it is refused.
#[tokio::test]
async fn a_file_that_is_half_written_is_whole_with_what_lies_beside_it_alone() {
    let path = fresh("half");
    let store = SqliteStore::open(&path).unwrap();
    drop(
        Journal::of_list(store, &list(&csv(400)), "sandbox")
            .await
            .unwrap(),
    );
    let planned = std::fs::read(&path).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    for (from, to) in [
        (State::Planned, State::Intent),
        (State::Intent, State::NotSent),
    ] {
        let change = Change::new(2, from, to, 1_700_000_000_000);
        store.write(change).await.unwrap();
    }
    let (written, wal) = (
        std::fs::read(&path).unwrap(),
        std::fs::read(beside(&path, "-wal")).unwrap(),
    );
    drop(store);
    let pages = 0..planned.len() / 4096;
    let differs = |page: &usize| {
        let place = page * 4096..(page + 1) * 4096;
        planned[place.clone()] != written[place]
    };
    let differing: Vec<usize> = pages.filter(differs).collect();
    assert!(differing.len() > 1, "{differing:?}");
    for page in differing {
        let place = page * 4096..(page + 1) * 4096;
        let mut half = written.clone();
        half[place.clone()].copy_from_slice(&planned[place]);
        std::fs::write(&path, &half).unwrap();
        for other in [None, Some(&wal[..wal.len() / 2]), Some(&[7; 9000][..])] {
            drop(std::fs::remove_file(beside(&path, "-wal")));
            if let Some(other) = other {
                std::fs::write(beside(&path, "-wal"), other).unwrap();
            }
            let before = files(&path);
            let error = SqliteStore::open(&path).unwrap_err();
            assert!(matches!(error, StoreError::NotAJournal(_)), "{error}");
            assert!(files(&path) == before);
        }
        std::fs::write(beside(&path, "-wal"), &wal).unwrap();
        // Another process was killed while it inspected the file.
        let check = beside(&path, "-check");
        std::fs::create_dir(&check).unwrap();
        std::fs::write(check.join("copy"), "half").unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let states: Vec<State> = entries(&store).await;
        assert_eq!(states[0], State::NotSent);
        assert!(states[1..].iter().all(|state| *state == State::Planned));
        drop(store);
        assert!(!check.exists());
        // It was only read; the first change recovers it.
        assert!(std::fs::read(&path).unwrap() == half);
        let store = SqliteStore::open(&path).unwrap();
        let added = store.add("R-new".to_owned(), None).await.unwrap();
        assert_eq!(added.line, 402);
        assert!(!check.exists());
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        let states: Vec<State> = entries(&store).await;
        assert_eq!((states[0], states.len()), (State::NotSent, 401));
    }
}

async fn entries(store: &SqliteStore) -> Vec<State> {
    let entries = store.entries().await.unwrap();
    entries.iter().map(|entry| entry.state).collect()
}

fn sqlite(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// The journal of a killed process, with a `-wal` beside it.
fn killed(path: &Path) {
    let sandbox = sandbox(&[]);
    let end = child(&sandbox, path, 6, 1, "before-end@4").wait();
    assert!(!end.unwrap().success());
}

/// Every refusal except the one for a wrong list, which the journal makes.
#[tokio::test]
async fn a_refusal_leaves_every_byte_as_it_was() {
    type Make = fn(&Path);
    let cases: Vec<(&str, Make, &str)> = vec![
        (
            "newer",
            |path| {
                killed(path);
                let mut content = std::fs::read(path).unwrap();
                content[60..64].copy_from_slice(&99_u32.to_be_bytes());
                std::fs::write(path, content).unwrap();
            },
            "version is 99",
        ),
        (
            "foreign",
            |path| sqlite(path, "CREATE TABLE mine (a)"),
            "something else",
        ),
        (
            "foreign-wal",
            |path| {
                let other = beside(path, "-other");
                let connection = rusqlite::Connection::open(&other).unwrap();
                let sql = "PRAGMA journal_mode = WAL; CREATE TABLE mine (a)";
                connection.execute_batch(sql).unwrap();
                std::fs::copy(beside(&other, "-wal"), beside(path, "-wal")).unwrap();
                std::fs::copy(&other, path).unwrap();
            },
            "something else",
        ),
        (
            "text",
            |path| std::fs::write(path, "a,b\n".repeat(1000)).unwrap(),
            "no SQLite file",
        ),
        (
            "short",
            |path| std::fs::write(path, "1").unwrap(),
            "no SQLite file",
        ),
        (
            "orphan",
            |path| std::fs::write(beside(path, "-wal"), "rest").unwrap(),
            "what is left of a journal",
        ),
        (
            "orphan-empty",
            |path| {
                std::fs::write(path, "").unwrap();
                std::fs::write(beside(path, "-wal"), "rest").unwrap();
            },
            "what is left of a journal",
        ),
        (
            "damaged",
            |path| {
                killed(path);
                let mut content = std::fs::read(path).unwrap();
                let length = content.len();
                content[length - 4096..].fill(0);
                std::fs::write(path, content).unwrap();
                // It would recover the file.
                std::fs::write(beside(path, "-wal"), "rest").unwrap();
            },
            "damaged",
        ),
    ];
    for (name, make, said) in cases {
        let path = fresh(name);
        make(&path);
        let before = files(&path);
        for _ in 0..2 {
            let error = SqliteStore::open(&path).unwrap_err().to_string();
            assert!(error.contains(said), "{name}: {error}");
            assert!(files(&path) == before, "{name}: {error}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn through_a_symlink_a_journal_whose_process_was_killed_goes_on() {
    let (sandbox, path, list) = (sandbox(&[]), fresh("linked"), list(&csv(6)));
    let end = child(&sandbox, &path, 6, 1, "before-end@4").wait();
    assert!(!end.unwrap().success());
    std::fs::create_dir(beside(&path, "-elsewhere")).unwrap();
    let link = beside(&path, "-elsewhere").join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let last = go(&sandbox, &link, &list, &options(1)).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!(count(&last.entries, State::Unknown), 1);
}

#[tokio::test]
async fn a_locked_journal_is_left_as_it_is() {
    let (sandbox, path) = (sandbox(&[]), fresh("left"));
    let end = child(&sandbox, &path, 6, 1, "before-end@4").wait();
    assert!(!end.unwrap().success());
    let store = SqliteStore::open(&path).unwrap();
    let before = files(&path);
    assert!(SqliteStore::open(&path).is_err());
    assert!(files(&path) == before, "locked");
    drop(store);
}

/// Nothing is written before the list is found to be the same.
#[tokio::test]
async fn a_journal_of_another_list_or_of_which_a_line_is_named_wrongly_is_left_as_it_is() {
    type Make = fn(&Path);
    let cases: [(&str, Make); 4] = [
        ("other-killed", killed),
        ("other-damaged-wal", |path| {
            killed(path);
            std::fs::write(beside(path, "-wal"), [7; 9000]).unwrap();
        }),
        ("other-version-1", |path| {
            sqlite(path, &format!("{VERSION_1} PRAGMA user_version = 1;"));
        }),
        ("other-version-1-intent", |path| {
            let intent = "UPDATE lines SET state = 'intent', sent = 1 WHERE line = 3;";
            let sql = format!("{VERSION_1} {intent} PRAGMA user_version = 1;");
            sqlite(path, &sql);
        }),
    ];
    for (name, make) in cases {
        let path = fresh(name);
        make(&path);
        let before = files(&path);
        let other_operation = jdy_journal::List::read(
            &jdy::operations::ls::MALL_RECHARGE_RULE,
            jdy_journal::Format::Csv,
            b"member_id\n10\n",
        );
        let others = [
            (list(&csv(7)), "sandbox"),
            (list(&csv(6)), "another"),
            (other_operation.unwrap(), "sandbox"),
        ];
        for (other, destination) in &others {
            let store = SqliteStore::open(&path).unwrap();
            let refused = Journal::of_list(store, other, destination).await;
            assert!(refused.is_err());
            drop(refused);
            assert!(files(&path) == before, "{name}: {destination}");
        }
        let store = SqliteStore::open(&path).unwrap();
        let refused = Journal::open(store, "a service", "sandbox").await;
        assert!(refused.is_err());
        drop(refused);
        assert!(files(&path) == before, "{name}");
    }

    let (sandbox, path, own) = (sandbox(&[]), fresh("named"), list(&csv(6)));
    killed(&path);
    let before = files(&path);
    let resolution = jdy_journal::Resolution {
        name: "NOPE".to_owned(),
        resolved_as: jdy_journal::ResolvedAs::Applied,
        of_call: None,
        by: "Li".to_owned(),
    };
    let resolve = jdy_journal::Options {
        resolutions: vec![resolution],
        ..options(1)
    };
    let resend = jdy_journal::Options {
        resend: vec!["NOPE".to_owned()],
        ..options(1)
    };
    for wrong in [resolve, resend] {
        let store = SqliteStore::open(&path).unwrap();
        let journal = Journal::of_list(store, &own, "sandbox").await.unwrap();
        // It reads `unknown` nevertheless.
        let unknown = count(&journal.entries().await.unwrap(), State::Unknown);
        assert_eq!(unknown, 1);
        let client = crate::bench::client(&sandbox);
        let progress = Progress::default();
        let refused = run(&client, &journal, &own, &wrong, &progress, pending()).await;
        assert!(matches!(refused, Err(jdy_journal::RunError::Named(_))));
        drop(journal);
        assert!(files(&path) == before);
    }
    // The first change after a refusal is written completely.
    let last = go(&sandbox, &path, &own, &options(1)).await;
    assert_eq!(count(&last.entries, State::Unknown), 1);
    let store = SqliteStore::open(&path).unwrap();
    assert!(!entries(&store).await.contains(&State::Intent));
}

#[cfg(unix)]
#[test]
fn a_journal_that_can_only_be_read_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let path = fresh("read-only");
    killed(&path);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    let before = files(&path);
    match SqliteStore::open(&path) {
        Err(_) => assert!(files(&path) == before),
        // The superuser may write it.
        Ok(store) => drop(store),
    }
}

/// The tables of version 1, as they were.
const VERSION_1: &str = "
CREATE TABLE journal (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL,
    subject TEXT NOT NULL, destination TEXT NOT NULL, input BLOB) STRICT;
CREATE TABLE lines (line INTEGER PRIMARY KEY, key TEXT UNIQUE, hash BLOB,
    state TEXT NOT NULL DEFAULT 'planned', sent INTEGER NOT NULL DEFAULT 0,
    resent INTEGER NOT NULL DEFAULT 0, intended_at INTEGER, ended_at INTEGER, report TEXT,
    answer BLOB, history TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO journal VALUES (1, '0123456789abcdef', 'ls.mall_recharge', 'sandbox', zeroblob(32));
INSERT INTO lines (line, key, state, sent) VALUES (2, 'R-1', 'done', 1), (3, 'R-2', 'planned', 0);
PRAGMA application_id = 0x6a64796a;
";

#[tokio::test]
async fn a_journal_of_version_1_is_taken_over_where_it_was_closed() {
    let path = fresh("version-1");
    sqlite(&path, &format!("{VERSION_1} PRAGMA user_version = 1;"));
    let before = files(&path);
    for _ in 0..2 {
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(entries(&store).await, [State::Done, State::Planned]);
    }
    assert!(files(&path) == before, "it was only looked at");
    for _ in 0..2 {
        let store = SqliteStore::open(&path).unwrap();
        let added = store.add("R-3".to_owned(), None).await.unwrap();
        assert_eq!((added.line, added.state), (4, State::Planned));
    }
    let content = std::fs::read(&path).unwrap();
    assert_eq!(content[60..64], 2_u32.to_be_bytes());

    let path = fresh("version-1-open");
    sqlite(&path, &format!("{VERSION_1} PRAGMA user_version = 65537;"));
    let before = files(&path);
    let error = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(error.contains("was not closed"), "{error}");
    assert!(files(&path) == before);
}

/// A store of which one write fails: before it takes effect, or after it did.
struct Failing {
    store: SqliteStore,
    left: std::sync::atomic::AtomicUsize,
    although_written: bool,
}

impl JournalStore for Failing {
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
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        if left != 1 {
            return self.store.write(change);
        }
        let written = self.although_written.then(|| self.store.write(change));
        Box::pin(async move {
            if let Some(written) = written {
                written.await?;
            }
            Err(StoreError::failed("the disk fails"))
        })
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }
}

/// Three lines are six writes. Whichever fails, the journal shows no wrong state.
#[tokio::test]
async fn whichever_write_fails_the_journal_tells_no_lie() {
    for although_written in [false, true] {
        for failing in 1..=7 {
            let (sandbox, path, list) = (sandbox(&[]), fresh("failing"), list(&csv(3)));
            let store = Failing {
                store: SqliteStore::open(&path).unwrap(),
                left: failing.into(),
                although_written,
            };
            let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
            let (client, progress) = (crate::bench::client(&sandbox), Progress::default());
            let end = run(&client, &journal, &list, &options(1), &progress, pending()).await;
            assert_eq!(end.is_ok(), failing > 6, "{failing}");
            drop(journal);
            let last = go(&sandbox, &path, &list, &options(1)).await;
            hold(&sandbox, &list, &last.entries);
        }
    }
}

/// Beneath SQLite, a write that no longer fits fails, or is the last of the process: a write of the
/// file itself or of a file beside it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn wherever_the_room_ends_the_journal_tells_no_lie() {
    let (mut ended_early, mut went_through) = (0, 0);
    for blocks in (1..=71).step_by(10) {
        for dies in [false, true] {
            let (sandbox, path, list) = (sandbox(&[]), fresh("room"), list(&csv(20)));
            let end = crate::crashes::cramped(&sandbox, &path, blocks, dies).wait();
            match end.unwrap().success() {
                true => went_through += 1,
                false => ended_early += 1,
            }
            let last = go(&sandbox, &path, &list, &options(1)).await;
            hold(&sandbox, &list, &last.entries);
            let unknown = count(&last.entries, State::Unknown);
            assert!(unknown <= 1, "{unknown} at {blocks}");
            assert_eq!(count(&last.entries, State::Done), 20 - unknown, "{blocks}");
        }
    }
    assert!(
        ended_early > 3 && went_through > 0,
        "{ended_early} {went_through}"
    );
}
