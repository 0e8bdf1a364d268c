//! A connection that is cut at each message, in each way: every change is made exactly once.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jdy_journal::{
    Journal, JournalStore, PostgresEvent, PostgresStore, Progress, ResolvedAs, State, StoreError,
    run,
};

use super::server::{Cut, Proxy, Server};
use super::{change, header, header_for, planned, states};
use crate::bench::{client, csv, hold, list, options, sandbox};
use crate::once::recharge;

/// Makes some changes. A connection that is cut while it is made is the caller's to make again.
async fn script(proxy: &Proxy, list: &str) -> Result<(), StoreError> {
    let store = match PostgresStore::connect(proxy.config(), list).await {
        Ok(store) => store,
        Err(StoreError::Failed(_)) => PostgresStore::connect(proxy.config(), list).await?,
        Err(error) => return Err(error),
    };
    store.create(header_for(list), planned(3)).await?;
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
        let journal = Journal::of_list(store, &list, name).await.unwrap();
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

/// What follows in the same message must not take effect on its own.
#[tokio::test]
async fn a_statement_that_an_operator_cancels_loses_and_doubles_nothing() {
    at_each_message(Cut::Cancel, 1).await;
}

/// Stores that cannot tell whether they wrote an intent, which they did: the connection was cut behind
/// the commit, and the database stays away for longer than their patience. With their proxies.
async fn left_unclear(
    server: &Server,
    mut attempt: impl AsyncFnMut(PostgresStore, String),
) -> Vec<(String, Arc<Proxy>)> {
    // Before there are tables, no statement is parsed.
    let store = server.store("makes the tables").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    let connected = messages_of_a_connection(server).await;
    let mut unclear = Vec::new();
    for at in connected.saturating_sub(4)..connected + 60 {
        let name = format!("list {at}");
        let made = server.store(&name).await.unwrap();
        drop(Journal::open(made, "recharges", "sandbox").await.unwrap());
        let proxy = Arc::new(Proxy::start(server.port, Cut::After(at)));
        let down = proxy.clone();
        let config = proxy.config().patience(Duration::from_millis(300));
        let config = config.on_event(move |event| {
            if matches!(event, PostgresEvent::Waiting(_)) {
                down.down();
            }
        });
        let Ok(store) = PostgresStore::connect(config, &name).await else {
            continue;
        };
        attempt(store, name.clone()).await;
        let state = server.sql(&format!(
            "SELECT state FROM jdy_journal.lines AS l JOIN jdy_journal.lists AS s ON s.id = l.list
             WHERE s.name = '{name}'"
        ));
        if state == "intent" {
            unclear.push((name, proxy));
            break;
        }
    }
    assert!(!unclear.is_empty(), "no commit was unclear");
    unclear
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_intent_was_not_clear_can_be_made_when_the_database_is_back() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let mut books = HashMap::new();
    let unclear = left_unclear(&server, async |store, name| {
        if let Ok(book) = Journal::open(store, "recharges", "sandbox").await {
            drop(book.once(&name, recharge(&client, &name)).await);
            books.insert(name, book);
        }
    });
    for (name, proxy) in unclear.await {
        let bills = || {
            sandbox
                .bills()
                .into_iter()
                .filter(|it| it.src_bill_id == name)
        };
        assert_eq!(bills().count(), 0);
        proxy.up();
        let again = books[&name].once(&name, recharge(&client, &name)).await;
        assert!(again.is_ok(), "{again:?}");
        assert_eq!(bills().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_whose_intent_was_not_clear_is_settled_after_its_process_has_ended() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // A store alone, whose caller writes nothing after the failure.
    let mut stores = HashMap::new();
    let unclear = left_unclear(&server, async |store, name| {
        if let Ok(added) = store.add(name.clone(), None).await {
            drop(
                store
                    .write(change(added.line, State::Planned, State::Intent))
                    .await,
            );
            stores.insert(name, store);
        }
    });
    for (name, proxy) in unclear.await {
        proxy.up();
        drop(stores.remove(&name));
        let store = server.store(&name).await.unwrap();
        let book = Journal::open(store, "recharges", "sandbox").await.unwrap();
        let entry = book.entries().await.unwrap().remove(0);
        assert_eq!(entry.state, State::Unknown);
        book.resolve(&entry, ResolvedAs::Applied, "Li Lei")
            .await
            .unwrap();
        assert_eq!(states(&book.entries().await.unwrap()), [State::Done]);
    }
}
