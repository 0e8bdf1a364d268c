//! Tokens in a file: whole, sealed, for its owner's eyes, and shared by many processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jdy_runtime::token::{FileStore, Lease};
use jdy_runtime::{Client, LeaseStore, Secret, Timeouts, TokenStore};

use crate::script::{
    CLIENT_SECRET, RECHARGE, Reply, Script, Scripted, TestTime, credentials, recharge,
};
use crate::stores::{Failures, Folder, KEY, OTHER, keeps_tokens, leases, token};

fn store(path: &Path) -> FileStore {
    FileStore::new(path, &Secret::from(CLIENT_SECRET))
}

#[tokio::test]
async fn a_file_keeps_tokens_and_leases_across_instances() {
    let folder = Folder::new("file-rules");
    let path = folder.0.join("deeper/still/tokens");
    keeps_tokens(&store(&path)).await;
    leases(&store(&path), &store(&path)).await;
    let read = store(&path).get(OTHER).await.unwrap().unwrap();
    assert_eq!(read.value.expose(), "two.two.two");
}

#[tokio::test]
async fn the_file_is_sealed_and_for_its_owner_alone() {
    let folder = Folder::new("file-sealed");
    let path = folder.0.join("tokens");
    // One that lies there with a mode for everyone is replaced, too.
    std::fs::write(&path, "").unwrap();
    store(&path).put(KEY, &token("MARKER-token")).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("MARKER"), "{text}");
    assert!(text.starts_with("# ") && text.contains(KEY));
    #[cfg(unix)]
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let stranger = FileStore::new(&path, &Secret::from("another secret"));
    assert!(stranger.get(KEY).await.is_err());
}

#[tokio::test]
async fn a_damaged_file_is_nothing_and_a_hook_is_notified() {
    let folder = Folder::new("file-garbage");
    let good = {
        let path = folder.0.join("good");
        let build = |hooks: Failures| {
            let store = FileStore::new(&path, &Secret::from("another secret"));
            let script = Script::new();
            let client = Client::builder().credentials(credentials()).hooks(hooks);
            let client = client.token_store(store).runtime(TestTime::new());
            (
                client.transport(Scripted(script.clone())).build().unwrap(),
                script,
            )
        };
        let (client, script) = build(Failures::default());
        client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(script.token_count(), 1);
        std::fs::read(&path).unwrap()
    };
    let rows: [(&str, &[u8]); 2] = [("foreign seal", &good), ("half", &good[..good.len() / 2])];
    for (name, bytes) in rows {
        let path = folder.0.join("tokens");
        std::fs::write(&path, bytes).unwrap();
        let (script, failures) = (Script::new(), Failures::default());
        let client = crate::script::builder(&script)
            .hooks(failures.clone())
            .token_store(store(&path));
        let client = client.build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(script.token_count(), 1, "{name}");
        assert!(!failures.take().is_empty(), "{name}");
        // From then on there is a good one.
        let again = crate::script::builder(&script).token_store(store(&path));
        again
            .build()
            .unwrap()
            .call(&RECHARGE, recharge())
            .await
            .unwrap();
        assert_eq!(script.token_count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_stops_nobody() {
    let folder = Folder::new("file-unwritable");
    let path = folder.0.join("no-folder");
    std::fs::write(&path, "a file, not a folder").unwrap();
    let (script, failures) = (Script::new(), Failures::default());
    let client = crate::script::builder(&script)
        .hooks(failures.clone())
        .token_store(store(&path.join("tokens")));
    client
        .build()
        .unwrap()
        .call(&RECHARGE, recharge())
        .await
        .unwrap();
    assert_eq!(script.token_count(), 1);
    let told = failures.take().join("\n");
    assert!(told.contains("the token file"), "{told}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_stops_nobody_and_a_hook_is_notified() {
    let folder = Folder::new("file-unreadable");
    // Nobody can read a folder as a file, not even root.
    let path = folder.0.join("tokens");
    std::fs::create_dir(&path).unwrap();
    let (script, failures) = (Script::new(), Failures::default());
    let client = crate::script::builder(&script)
        .hooks(failures.clone())
        .token_store(store(&path));
    let client = client.build().unwrap();
    for _ in 0..2 {
        client.call(&RECHARGE, recharge()).await.unwrap();
    }
    assert_eq!(script.token_count(), 1);
    let told = failures.take().join("\n");
    assert!(told.contains("is no regular file"), "{told}");
}

/// All names in a folder with what they hold.
fn everything(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut all: Vec<_> = entries
        .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn what_is_no_token_file_is_left_as_it_is_and_a_hook_is_notified() {
    let rows: [(&str, &[u8]); 5] = [
        ("json", b"{\"token\":\"abc\"}"),
        ("binary", &[0, 159, 146, 150, 255, 10, 0]),
        ("notes", b"# shopping\nmilk\n"),
        ("words", b"facade jdy is a word\n"),
        ("journal", b"SQLite format 3\0\x10\0"),
    ];
    for (name, bytes) in rows {
        let folder = Folder::new("file-others");
        let path = folder.0.join("notes");
        std::fs::write(&path, bytes).unwrap();
        let before = everything(&folder.0);
        let (script, failures) = (Script::new(), Failures::default());
        let client = crate::script::builder(&script)
            .hooks(failures.clone())
            .token_store(store(&path));
        let client = client.build().unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
        assert_eq!(everything(&folder.0), before, "{name}");
        let told = failures.take().join("\n");
        let path = path.display().to_string();
        assert!(
            told.contains(&path) && told.contains("left as it is"),
            "{name}: {told}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_device_and_a_pipe_are_no_token_files() {
    let folder = Folder::new("file-devices");
    let (device, pipe) = (folder.0.join("device"), folder.0.join("pipe"));
    // A link to a device stands for the device itself: should this test fail, it spoils nothing.
    std::os::unix::fs::symlink("/dev/full", &device).unwrap();
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [device, pipe] {
        let work = async {
            let store = store(&path);
            assert!(store.get(KEY).await.is_err());
            assert!(store.put(KEY, &token("one.one.one")).await.is_err());
            let lease = store.try_lease(KEY, "a", Duration::from_secs(1)).await;
            assert!(lease.is_err());
        };
        let work = tokio::time::timeout(Duration::from_secs(20), work);
        work.await.unwrap();
        let names = std::fs::read_dir(&folder.0).unwrap().count();
        assert_eq!(names, 2, "nothing is made beside it");
        use std::os::unix::fs::FileTypeExt as _;
        let kind = std::fs::metadata(&path).unwrap().file_type();
        assert!(kind.is_char_device() || kind.is_fifo());
    }
}

#[tokio::test]
async fn lines_of_another_version_stay() {
    let folder = Folder::new("file-later");
    let path = folder.0.join("tokens");
    let later = "# Tokens of the Kingdee JDY SDK, form 2.\nf1aa11bb jdy2 x y z\n!more\n";
    std::fs::write(&path, later).unwrap();
    let (one, two) = (token("one.one.one"), token("two.two.two"));
    let store = store(&path);
    assert_eq!(store.get(KEY).await.unwrap(), None);
    assert!(store.get(OTHER).await.is_err(), "told, since it is there");
    store.put(KEY, &one).await.unwrap();
    store.put(KEY, &two).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), Some(two.clone()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(later), "{text}");
    assert_eq!(text.matches(KEY).count(), 1);
    store.compare_and_delete(KEY, &two.value).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), later);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_a_token_file_stays_a_link() {
    let folder = Folder::new("file-link");
    let (path, link) = (folder.0.join("tokens"), folder.0.join("link"));
    store(&path).put(KEY, &token("one.one.one")).await.unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    store(&link).put(KEY, &token("two.two.two")).await.unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    let held = store(&path).get(KEY).await.unwrap().unwrap();
    assert_eq!(held.value.expose(), "two.two.two");
}

/// What a process does whose files can grow no more.
#[cfg(unix)]
#[tokio::test]
async fn child_on_a_full_disk() {
    let Some((folder, _)) = task() else {
        return;
    };
    let path = folder.join("tokens");
    let (script, failures) = (Script::new(), Failures::default());
    let client = crate::script::builder(&script)
        .hooks(failures.clone())
        .token_store(store(&path));
    let client = client.build().unwrap();
    for _ in 0..2 {
        client.call(&RECHARGE, recharge()).await.unwrap();
    }
    assert_eq!(script.token_count(), 1);
    let told = failures.take().join("\n");
    assert!(told.contains("the token file cannot be written"), "{told}");
    // What was there is whole.
    let held = store(&path).get(KEY).await.unwrap().unwrap();
    assert_eq!(held.value.expose(), "one.one.one");
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_stops_nobody_and_spoils_nothing() {
    let folder = Folder::new("file-full");
    let path = folder.0.join("tokens");
    store(&path).put(KEY, &token("one.one.one")).await.unwrap();
    // The shell ignores the signal that goes with the limit, and so does what it becomes.
    let ended = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "file_store::child_on_a_full_disk"])
        .env("JDY_TEST_CHILD_FOLDER", &folder.0)
        .env("JDY_TEST_CHILD_NUMBER", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// Runs one of the tests below in a process of its own, as a child with a task.
fn child(test: &str, folder: &Folder, number: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("JDY_TEST_CHILD_FOLDER", &folder.0)
        .env("JDY_TEST_CHILD_NUMBER", number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn task() -> Option<(std::path::PathBuf, usize)> {
    let folder = std::env::var_os("JDY_TEST_CHILD_FOLDER")?;
    let number = std::env::var("JDY_TEST_CHILD_NUMBER").ok()?;
    Some((folder.into(), number.parse().unwrap()))
}

#[tokio::test]
async fn child_that_writes_and_leases() {
    let Some((folder, number)) = task() else {
        return;
    };
    let store = store(&folder.join("tokens"));
    let mut log = std::fs::OpenOptions::new();
    let mut log = log
        .append(true)
        .create(true)
        .open(folder.join("log"))
        .unwrap();
    for round in 0..20 {
        let own = format!("a{number}");
        let value = token(&format!("{number}-{round}"));
        store.put(&own, &value).await.unwrap();
        assert_eq!(store.get(&own).await.unwrap(), Some(value));
        let owner = format!("{number}-{round}");
        while store
            .try_lease(KEY, &owner, Duration::from_secs(9))
            .await
            .unwrap()
            != Lease::Granted
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        writeln!(log, "in {owner}").unwrap();
        writeln!(log, "out {owner}").unwrap();
        store.release_lease(KEY, &owner).await.unwrap();
    }
}

#[tokio::test]
async fn eight_processes_lose_no_token_and_lease_one_at_a_time() {
    let folder = Folder::new("file-processes");
    let children: Vec<_> = (0..8)
        .map(|number| child("file_store::child_that_writes_and_leases", &folder, number))
        .collect();
    for child in children {
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(
            ended.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }
    let store = store(&folder.0.join("tokens"));
    for number in 0..8 {
        let last = store.get(&format!("a{number}")).await.unwrap().unwrap();
        assert_eq!(last.value.expose(), format!("{number}-19"));
    }
    let log = std::fs::read_to_string(folder.0.join("log")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 8 * 20 * 2);
    for pair in lines.chunks(2) {
        assert_eq!(pair[0].replace("in ", "out "), pair[1]);
    }
}

#[tokio::test]
async fn child_that_takes_the_lease_and_dies() {
    let Some((folder, seconds)) = task() else {
        return;
    };
    let store = store(&folder.join("tokens"));
    let lease = store
        .try_lease(KEY, "child", Duration::from_secs(seconds as u64))
        .await;
    assert_eq!(lease.unwrap(), Lease::Granted);
    println!("\nleased");
    std::future::pending::<()>().await;
}

/// A process that ends with the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A process that has a lease for so many seconds, and waits.
fn that_leases(folder: &Folder, seconds: usize) -> Killed {
    let test = "file_store::child_that_takes_the_lease_and_dies";
    let mut child = Killed(child(test, folder, seconds));
    let mut said = BufReader::new(child.0.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == "leased"));
    child
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_its_lease_at_once() {
    let folder = Folder::new("file-killed");
    let child = that_leases(&folder, 900);
    let store = store(&folder.0.join("tokens"));
    let long = Duration::from_secs(900);
    let held = store.try_lease(KEY, "parent", long).await.unwrap();
    assert!(matches!(held, Lease::Held(_)));
    drop(child);
    let lease = store.try_lease(KEY, "parent", long).await.unwrap();
    assert_eq!(lease, Lease::Granted);
}

/// Asks for the lease until it is granted; how often it was refused.
#[cfg(unix)]
async fn granted(store: &FileStore, owner: &str, long: Duration) -> usize {
    let mut refused = 0;
    while store.try_lease(KEY, owner, long).await.unwrap() != Lease::Granted {
        refused += 1;
        assert!(refused < 600, "it never lapses");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    refused
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_that_is_stopped_keeps_its_lease_no_longer_than_it_was_leased_for() {
    let folder = Folder::new("file-stopped");
    let child = that_leases(&folder, 2);
    let signal = |which: &str| {
        let mut kill = Command::new("kill");
        let sent = kill.args([which, &child.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    signal("-STOP");
    let path = folder.0.join("tokens");
    let (one, other) = (store(&path), store(&path));
    // Whoever replaces the token file is no reason to wait.
    let lock = std::fs::File::create(folder.0.join("tokens.lock")).unwrap();
    lock.lock().unwrap();
    let (short, long) = (Duration::from_secs(2), Duration::from_secs(900));
    assert!(granted(&one, "one", short).await > 0);
    let prolonged = one.try_lease(KEY, "one", long).await.unwrap();
    assert_eq!(prolonged, Lease::Granted);
    // It is one process alone that has it now, also when the stopped one goes on and ends.
    signal("-CONT");
    for _ in 0..3 {
        let held = other.try_lease(KEY, "other", long).await.unwrap();
        assert!(matches!(held, Lease::Held(left) if left > Duration::from_secs(800)));
    }
    drop(child);
    let held = other.try_lease(KEY, "other", long).await.unwrap();
    assert!(matches!(held, Lease::Held(_)), "{held:?}");
    one.release_lease(KEY, "one").await.unwrap();
    assert_eq!(granted(&other, "other", long).await, 0);
}

/// As that of a process that was stopped for long, and goes on.
#[cfg(unix)]
#[tokio::test]
async fn a_lease_whose_file_has_another_one_in_its_place_is_lost() {
    let folder = Folder::new("file-replaced");
    let (path, long) = (folder.0.join("tokens"), Duration::from_secs(900));
    let (one, other) = (store(&path), store(&path));
    let lease = one.try_lease(KEY, "one", long).await.unwrap();
    assert_eq!(lease, Lease::Granted);
    let mut files = std::fs::read_dir(&folder.0).unwrap().map(Result::unwrap);
    let file = files.find(|it| it.file_name().to_string_lossy().contains(".lease-"));
    std::fs::remove_file(file.unwrap().path()).unwrap();
    let lease = other.try_lease(KEY, "other", long).await.unwrap();
    assert_eq!(lease, Lease::Granted);
    for owner in ["one", "a task of the same process"] {
        let held = one.try_lease(KEY, owner, long).await.unwrap();
        assert!(matches!(held, Lease::Held(_)), "{owner}: {held:?}");
    }
}

/// A mistyped path may lie beside anything.
#[tokio::test]
async fn a_file_in_the_place_of_a_lease_that_is_none_stays_as_it_is() {
    let folder = Folder::new("file-foreign");
    let (path, long) = (folder.0.join("tokens"), Duration::from_secs(900));
    let keys: Vec<String> = "0123456789abcdef".chars().map(String::from).collect();
    let place = |key: &str| folder.0.join(format!("tokens.lease-{key}"));
    for key in &keys {
        std::fs::write(place(key), "something of somebody").unwrap();
    }
    let store = store(&path);
    for key in &keys {
        let lease = store.try_lease(key, "own", long).await.unwrap();
        assert_eq!(lease, Lease::Granted);
        store.release_lease(key, "own").await.unwrap();
        let text = std::fs::read_to_string(place(key)).unwrap();
        assert_eq!(text, "something of somebody");
    }
}

#[tokio::test]
async fn a_lease_that_was_left_by_a_kill_has_not_lapsed_for_its_next_owner() {
    let folder = Folder::new("file-left");
    let child = that_leases(&folder, 0);
    drop(child);
    let (path, long) = (folder.0.join("tokens"), Duration::from_secs(900));
    let (one, other) = (store(&path), store(&path));
    let lease = one.try_lease(KEY, "one", long).await.unwrap();
    assert_eq!(lease, Lease::Granted);
    for _ in 0..3 {
        let held = other.try_lease(KEY, "other", long).await.unwrap();
        assert!(matches!(held, Lease::Held(_)), "{held:?}");
    }
}

/// How many of the sixteen leases another process could have now.
async fn free(path: &Path) -> usize {
    let (other, mut free) = (store(path), 0);
    for slot in "0123456789abcdef".chars() {
        let key = slot.to_string();
        let lease = other
            .try_lease(&key, "other", Duration::from_secs(900))
            .await;
        free += usize::from(lease.unwrap() == Lease::Granted);
        other.release_lease(&key, "other").await.unwrap();
    }
    free
}

#[tokio::test]
async fn a_refresh_that_takes_too_long_or_is_lost_keeps_no_lease_from_other_processes() {
    let folder = Folder::new("file-lost");
    let path = folder.0.join("tokens");
    let script = Script::new();
    for _ in 0..2 {
        script.token(Reply::Hang(|_| {}));
    }
    let client = |token| {
        let timeouts = Timeouts {
            token: Duration::from_millis(token),
            ..Timeouts::default()
        };
        let client = crate::script::builder(&script).timeouts(timeouts);
        client.token_store(store(&path)).build().unwrap()
    };
    let slow = client(600);
    let call = tokio::spawn(async move { slow.call(&RECHARGE, recharge()).await.map(drop) });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(free(&path).await, 15);
    call.await.unwrap().unwrap_err();
    assert_eq!(free(&path).await, 16);

    // A task that is lost with the runtime that drove it.
    let lost = client(60_000);
    let thread = std::thread::spawn({
        let lost = lost.clone();
        move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            let call = lost.call(&RECHARGE, recharge());
            let call = call.deadline(Duration::from_millis(300));
            runtime.block_on(call.into_future()).map(drop).unwrap_err();
        }
    });
    thread.join().unwrap();
    assert_eq!(free(&path).await, 16);
}

#[tokio::test]
async fn a_lease_that_comes_when_nobody_waits_for_it_any_more_is_let_go() {
    let folder = Folder::new("file-unawaited");
    let path = folder.0.join("tokens");
    let own = store(&path);
    for slot in "0123456789abcdef".chars() {
        let key = slot.to_string();
        let mut lease = own.try_lease(&key, "own", Duration::from_secs(900));
        let asked = std::future::poll_fn(|context| {
            std::task::Poll::Ready(lease.as_mut().poll(context).is_ready())
        });
        if asked.await {
            own.release_lease(&key, "own").await.unwrap();
        }
    }
    // The threads may need a moment. Some may have been done before their lease was dropped.
    for _ in 0..100 {
        if free(&path).await >= 12 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("only {} are free", free(&path).await);
}
