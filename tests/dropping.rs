//! A future may be dropped at any of its awaits: no lock stays, no journal is half-written, no token
//! is lost, and the hooks receive exactly one end of a write that may have been sent.
//!
//! Each piece of work is polled once and dropped, then twice, and so on until it comes to its end;
//! after every drop it is proven that all goes on.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use jdy::hooks::AttemptEnd;
use jdy::token::FileStore;
use jdy::{CallInfo, Client, ErrorKind, Hooks, Limits, Outcome, Secret};
use jdy_journal::{Journal, OnceError, SqliteStore, State};
use jdy_sandbox::{Fault, Sandbox};

use crate::paging::{bundle, things};
use crate::sandbox::{RECHARGE, RULES, builder, credentials, recharge};

/// Polls so many times at most, each time that it is woken, and drops what is not done by then.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    polled_and_left(times, Duration::ZERO, future).await
}

/// The same, but what is not done by then is left lying for a while before it is dropped: what it
/// handed to others, such as bytes to a connection, goes its way meanwhile.
async fn polled_and_left<F: Future>(times: usize, rest: Duration, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = times;
    let end = poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    let end = end.await;
    if end.is_none() && !rest.is_zero() {
        tokio::time::sleep(rest).await;
    }
    end
}

/// How many times the longest of these pieces of work may be polled.
const MOST: usize = 500;

/// What the hooks received for each attempt: how often it began, and how often it ended.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<HashMap<(String, u32), Told>>>);

#[derive(Clone, Copy, Default)]
struct Told {
    started: u32,
    finished: u32,
    dropped: u32,
}

impl Ends {
    fn tell(&self, call: &CallInfo, attempt: u32, what: impl FnOnce(&mut Told)) {
        let mut told = self.0.lock().unwrap();
        what(
            told.entry((call.call_id().to_owned(), attempt))
                .or_default(),
        );
    }

    /// The attempts of one call.
    fn of(&self, call_id: &str) -> Vec<Told> {
        let told = self.0.lock().unwrap();
        let own = told.iter().filter(|((id, _), _)| id == call_id);
        own.map(|(_, told)| *told).collect()
    }
}

impl Hooks for Ends {
    fn attempt_started(&self, call: &CallInfo, attempt: u32) {
        self.tell(call, attempt, |told| told.started += 1);
    }

    fn attempt_finished(&self, call: &CallInfo, end: &AttemptEnd) {
        self.tell(call, end.attempt, |told| told.finished += 1);
    }

    fn write_abandoned(&self, call: &CallInfo, attempt: u32) {
        self.tell(call, attempt, |told| told.dropped += 1);
    }
}

/// A client with a token file of its own process, as it were.
fn client(sandbox: &Sandbox, file: &Path, ends: &Ends) -> Client {
    builder(sandbox)
        .credentials(credentials(sandbox))
        .limits(Limits::none())
        .token_store(FileStore::new(file, &Secret::from(sandbox.client_secret())))
        .hooks(ends.clone())
        .build()
        .unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dropping-{name}"));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn inject(sandbox: &Sandbox, faults: &[&str]) {
    for fault in faults {
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
}

fn bills(sandbox: &Sandbox, key: &str) -> usize {
    let bills = sandbox.bills().into_iter();
    bills.filter(|bill| bill.src_bill_id == key).count()
}

/// What must hold for a write however far it came: every attempt that began has one end, or never
/// left.
fn hold(sandbox: &Sandbox, ends: &Ends, key: &str) {
    let told = ends.of(key);
    for one in &told {
        assert_eq!(one.started, 1, "{key}");
        assert!(one.finished + one.dropped <= 1, "{key}: two ends");
    }
    let without_end = told.iter().filter(|one| one.finished + one.dropped == 0);
    assert!(without_end.count() <= 1, "{key}");
    let may_have_left = told.iter().any(|one| one.finished + one.dropped == 1);
    assert!(
        may_have_left || bills(sandbox, key) == 0,
        "{key}: applied, and no hook was called"
    );
    assert!(bills(sandbox, key) <= 1, "{key}: applied twice");
}

/// Drops a write after each of its polls, at once and after this rest. How many attempts were in
/// flight then.
async fn dropped_in_flight(rest: Duration) -> u32 {
    // An attempt that is refused and repeated after a pause, and an answer that takes its time.
    let faults = [
        format!("gateway=5006@{RECHARGE}*1"),
        format!("slow=5ms@{RECHARGE}*1"),
        format!("slow-before-commit=5ms@{RECHARGE}*1"),
    ];
    let mut dropped = 0;
    let rests = [Duration::ZERO, rest];
    for (polls, rest) in (1..).flat_map(|polls| rests.map(|rest| (polls, rest))) {
        assert!(polls < MOST, "it does not come to an end");
        let sandbox = Sandbox::start().await.unwrap();
        let (file, ends) = (
            folder(&format!("write-{polls}")).join("tokens"),
            Ends::default(),
        );
        let client = client(&sandbox, &file, &ends);
        inject(&sandbox, &faults.each_ref().map(String::as_str));
        let call = recharge(&client, "first").call_id("first");
        let end = polled_and_left(polls, rest, call.into_future()).await;
        hold(&sandbox, &ends, "first");
        let of_first = ends.of("first");
        dropped += of_first.iter().map(|told| told.dropped).sum::<u32>();

        sandbox.clear_faults();
        recharge(&client, "next").call_id("next").await.unwrap();
        hold(&sandbox, &ends, "next");
        assert_eq!(bills(&sandbox, "next"), 1);
        // One token for all of them: the one that was dropped has not cost the next one another.
        assert_eq!(sandbox.token_calls(), 1);
        if let Some(end) = end {
            end.unwrap();
            break;
        }
    }
    dropped
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_dropped_at_each_await_and_the_next_one_goes_through() {
    // What a request needs to leave, which is more on a machine that is busy.
    let mut rest = Duration::from_millis(2);
    while dropped_in_flight(rest).await == 0 {
        rest *= 4;
        assert!(rest.as_secs() < 3, "no write was dropped in flight");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_is_dropped_at_each_await_and_the_next_one_goes_through() {
    let sandbox = Sandbox::start().await.unwrap();
    let (file, ends) = (folder("read").join("tokens"), Ends::default());
    let client = client(&sandbox, &file, &ends);
    let ask = || client.raw(jdy::Method::Get, RULES, [("member_id", "10")], None);
    for polls in 1.. {
        assert!(polls < MOST, "it does not come to an end");
        inject(
            &sandbox,
            &[
                &format!("empty-502@{RULES}*1"),
                &format!("slow=5ms@{RULES}*1"),
            ],
        );
        let end = polled(polls, ask().call_id("first").into_future()).await;
        sandbox.clear_faults();
        ask().await.unwrap();
        let told = ends.of("first");
        // A dropped read has no effect, so no hook is called.
        assert!(told.iter().all(|told| told.dropped == 0));
        if end.is_some_and(|end| end.is_ok()) {
            break;
        }
    }
    assert_eq!(sandbox.token_calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_is_dropped_at_each_await_and_leaves_neither_lease_nor_lost_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let (file, ends) = (folder("refresh").join("tokens"), Ends::default());
    // Two processes of one machine, by all that a file's locks can tell.
    let (one, other) = (
        client(&sandbox, &file, &ends),
        client(&sandbox, &file, &ends),
    );
    recharge(&one, "begin").await.unwrap();
    recharge(&other, "begin too").await.unwrap();
    for polls in 1.. {
        assert!(polls < MOST, "it does not come to an end");
        let key = format!("refresh-{polls}");
        let before = sandbox.token_calls();
        sandbox.expire_tokens();
        let end = polled(polls, recharge(&one, &key).call_id(&key).into_future()).await;
        hold(&sandbox, &ends, &key);
        // The lease is free, or given up by a task that goes on, and what it fetched is shared.
        for (client, which) in [(&other, "other"), (&one, "one")] {
            let key = format!("{key}-{which}");
            recharge(client, &key).call_id(&key).await.unwrap();
            hold(&sandbox, &ends, &key);
        }
        assert_eq!(sandbox.token_calls() - before, 1, "after {polls} polls");
        if let Some(end) = end {
            end.unwrap();
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_under_a_journal_is_dropped_at_each_await_and_the_journal_says_what_is_certain() {
    let mut unknown = 0;
    for polls in 1.. {
        assert!(polls < MOST, "it does not come to an end");
        let sandbox = Sandbox::start().await.unwrap();
        let (folder, ends) = (folder(&format!("journal-{polls}")), Ends::default());
        let client = client(&sandbox, &folder.join("tokens"), &ends);
        let open = async || {
            let store = SqliteStore::open(folder.join("journal")).unwrap();
            Journal::open(store, "shop", "sandbox").await.unwrap()
        };
        let journal = open().await;
        inject(&sandbox, &[&format!("slow=5ms@{RECHARGE}*1")]);
        let call = recharge(&client, "first");
        let end = polled(polls, journal.once("first", call)).await;
        // Whoever opens it next finds all of it, whether or not this process goes on.
        drop(journal);
        let journal = open().await;
        let entries = journal.entries().await.unwrap();
        let state = entries.first().map_or(State::Planned, |entry| entry.state);
        match state {
            State::Planned | State::NotSent => assert_eq!(bills(&sandbox, "first"), 0),
            State::Unknown => unknown += 1,
            State::Done => assert_eq!(bills(&sandbox, "first"), 1),
            other => panic!("after {polls} polls the line is {other}"),
        }
        sandbox.clear_faults();
        journal
            .once("next", recharge(&client, "next"))
            .await
            .unwrap();
        let again = journal.once("first", recharge(&client, "first")).await;
        match state {
            State::Planned | State::NotSent => drop(again.unwrap()),
            _ => assert!(matches!(again, Err(OnceError::Known(_))), "{again:?}"),
        }
        assert!(bills(&sandbox, "first") <= 1);
        if end.is_some() {
            assert_eq!(state, State::Done);
            break;
        }
    }
    assert!(unknown > 0, "no call was dropped in flight");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_on_after_each_await_at_which_its_next_page_was_dropped() {
    let sandbox = Sandbox::builder().spec(bundle()).start().await.unwrap();
    let (file, ends) = (folder("pages").join("tokens"), Ends::default());
    let client = client(&sandbox, &file, &ends);
    for polls in 1.. {
        assert!(polls < MOST, "it does not come to an end");
        let mut rows = things(&client).rows();
        let (mut names, mut drops) = (Vec::new(), 0);
        loop {
            match polled(polls, rows.next()).await {
                None => drops += 1,
                Some(None) => break,
                Some(Some(row)) => names.push(row.unwrap().name.to_string()),
            }
        }
        assert_eq!(names.len(), 25, "after {polls} polls");
        if drops == 0 {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_waits_for_its_place_is_dropped_and_leaves_the_place_to_others() {
    let sandbox = Sandbox::start().await.unwrap();
    let one_a_time = Limits {
        calls: Some(jdy::Rate {
            calls: 1,
            period: Duration::from_millis(100),
        }),
        token_calls: None,
    };
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .limits(one_a_time)
        .build()
        .unwrap();
    recharge(&client, "first").await.unwrap();
    for polls in 1..6 {
        let key = format!("waiting-{polls}");
        drop(polled(polls, recharge(&client, &key).into_future()).await);
        assert!(bills(&sandbox, &key) <= 1);
    }
    recharge(&client, "next").await.unwrap();
    let hasty = recharge(&client, "hasty")
        .deadline(Duration::from_millis(1))
        .await;
    let error = hasty.unwrap_err();
    assert_eq!(
        (error.outcome(), *error.kind()),
        (Outcome::NotSent, ErrorKind::LocalRateLimit)
    );
}
