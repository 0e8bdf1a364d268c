//! A connection that is cut at each message, in each way: every change is made exactly once.

use std::future::pending;
use std::sync::atomic::Ordering;

use jdy_journal::{Journal, JournalStore, PostgresStore, Progress, State, StoreError, run};

use super::server::{Cut, Proxy, Server};
use super::{change, header, planned, states};
use crate::bench::{client, csv, hold, list, options, sandbox};

/// Makes some changes. A connection that is cut while it is made is the caller's to make again.
async fn script(proxy: &Proxy, list: &str) -> Result<(), StoreError> {
    let store = match PostgresStore::connect(proxy.config(), list).await {
        Ok(store) => store,
        Err(StoreError::Failed(_)) => PostgresStore::connect(proxy.config(), list).await?,
        Err(error) => return Err(error),
    };
    store.create(header(), planned(3)).await?;
    store
        .write(change(1, State::Planned, State::Intent))
        .await?;
    store
        .write(change(1, State::Intent, State::Unknown))
        .await?;
    // The same states once more: what is read back must not be taken for what was there before.
    store
        .write(change(1, State::Unknown, State::Intent))
        .await?;
    let added = store.add("R-new".to_owned(), None).await?;
    assert_eq!(added.line, 4);
    let last = [
        store.write(change(1, State::Intent, State::Unknown)),
        store.write(change(2, State::Planned, State::Intent)),
        store.write(change(2, State::Intent, State::Done)),
    ];
    for write in last {
        write.await?;
    }
    let entries = store.entries().await?;
    let expected = [State::Unknown, State::Done, State::Planned, State::Planned];
    assert_eq!(states(&entries), expected);
    let sent: Vec<u32> = entries.iter().map(|entry| entry.sent).collect();
    assert_eq!(sent, [2, 1, 0, 0]);
    assert_eq!(entries[0].resent, 1);
    assert_eq!(entries[0].history.lines().count(), 1);
    Ok(())
}

/// Two workers run a list, and the connection of one is cut.
async fn two_workers(server: &Server, proxy: &Proxy, name: &str) {
    let (sandbox, list, options) = (sandbox(&[]), list(&csv(12)), options(2));
    let connect = async || {
        let connected = PostgresStore::connect(proxy.config(), name).await;
        match connected {
            // It is the caller's to connect again.
            Err(StoreError::Failed(_)) => PostgresStore::connect(proxy.config(), name).await,
            connected => connected,
        }
    };
    let (cut, whole) = tokio::join!(connect(), server.store(name));
    let client = client(&sandbox);
    let one = async |store: PostgresStore| {
        let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
        let progress = Progress::default();
        let end = run(&client, &journal, &list, &options, &progress, pending()).await;
        end.unwrap()
    };
    let (a, b) = tokio::join!(one(cut.unwrap()), one(whole.unwrap()));
    assert_eq!((&a.entries, a.counts), (&b.entries, b.counts));
    assert_eq!(a.counts.of(State::Done), 12, "{:?}", a.entries);
    assert_eq!(a.made + b.made, 12);
    hold(&sandbox, &list, &a.entries);
    let held = "SELECT count(*) FROM jdy_journal.lines WHERE claim IS NOT NULL";
    assert_eq!(server.sql(held), "0");
}

/// How many messages there are until the statements are parsed.
async fn messages_of_a_connection(server: &Server) -> usize {
    let proxy = Proxy::start(server.port, Cut::Before(usize::MAX));
    let store = PostgresStore::connect(proxy.config(), "none").await;
    let messages = proxy.messages.load(Ordering::SeqCst);
    drop(store.unwrap());
    messages
}

/// `JDY_TEST_CUTS=1` cuts at each message, which takes minutes.
fn cuts_each() -> bool {
    std::env::var_os("JDY_TEST_CUTS").is_some()
}

/// While the statements are parsed, one message is like another.
fn parsing(connected: usize) -> impl Iterator<Item = usize> {
    let step = if cuts_each() { 1 } else { connected / 6 };
    (0..connected).step_by(step)
}

async fn two_at_each_message(cut: fn(usize) -> Cut, first: usize) {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("makes the tables").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    let connected = messages_of_a_connection(&server).await;
    // Each takes a run of a list, so the messages of the two tests alternate, and not all are tried
    // unless that is asked for.
    let step = if cuts_each() { 2 } else { 8 };
    for at in parsing(connected).chain((connected + first..).step_by(step)) {
        let proxy = Proxy::start(server.port, cut(at));
        two_workers(&server, &proxy, &format!("list {at}")).await;
        // How many messages there are depends on who gets which lines.
        if proxy.messages.load(Ordering::SeqCst) <= at {
            assert!(at > connected + 20, "there were only {at} messages");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_send_each_line_once_if_one_is_cut_off_before_any_message() {
    two_at_each_message(Cut::Before, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_send_each_line_once_if_one_is_cut_off_after_any_message() {
    two_at_each_message(Cut::After, 1).await;
}

async fn at_each_message(cut: fn(usize) -> Cut, step: usize) {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("makes the tables").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    drop(store);
    let connected = messages_of_a_connection(&server).await;
    let mut last = 0;
    for at in parsing(connected).chain((connected..).step_by(step)) {
        let proxy = Proxy::start(server.port, cut(at));
        let list = format!("list {at}");
        let end = script(&proxy, &list).await;
        assert!(end.is_ok(), "{:?}: {end:?}", cut(at));
        last = at;
        if proxy.messages.load(Ordering::SeqCst) <= at {
            break;
        }
    }
    assert!(last > connected + 20, "there were only {last} messages");
}

/// The first connection of a database makes the tables.
#[tokio::test]
async fn a_connection_that_ends_while_the_tables_are_made_leaves_none_or_all() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for at in (0..).step_by(5) {
        server.sql("DROP SCHEMA IF EXISTS jdy_journal CASCADE");
        let proxy = Proxy::start(server.port, Cut::After(at));
        script(&proxy, "a list").await.unwrap();
        if proxy.messages.load(Ordering::SeqCst) <= at || at >= 40 {
            break;
        }
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_any_message_loses_and_doubles_nothing() {
    at_each_message(Cut::Before, 1).await;
}

#[tokio::test]
async fn a_connection_that_ends_after_any_message_loses_and_doubles_nothing() {
    at_each_message(Cut::After, 1).await;
}

/// The server keeps the lock for a session whose client is gone.
#[tokio::test]
async fn a_session_that_the_server_takes_for_alive_is_ended() {
    at_each_message(Cut::HalfOpen, 7).await;
}
