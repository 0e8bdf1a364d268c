//! How calls ended that the store could not write at once, whoever has gone meanwhile.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jdy::{Client, Method};
use jdy_journal::{
    Change, Entry, Journal, JournalStore, OnceError, Progress, RunError, State, run,
};

use crate::bench::{client, csv, list, options, sandbox};
use crate::once::{Full, recharge};

async fn opened() -> (Arc<Full>, Journal) {
    let store = Arc::new(Full::default());
    let book = Journal::open(store.clone(), "recharges", "sandbox").await;
    (store, book.unwrap())
}

async fn states(store: &Full) -> Vec<State> {
    let entries = store.entries().await.unwrap();
    entries.iter().map(|entry| entry.state).collect()
}

/// A request without a key of its own.
fn keyless(client: &Client) -> jdy::Call<jdy::Json> {
    let none = Vec::<(String, String)>::new();
    client.raw(Method::Post, "/jdy/v2/none", none, Some("{}".to_owned()))
}

#[tokio::test]
async fn a_call_that_its_caller_drops_is_unknown_also_where_the_disk_was_full() {
    let sandbox = sandbox(&["slow=60s"]);
    let client = client(&sandbox);
    let (store, book) = opened().await;
    store.is_full.store(true, Ordering::SeqCst);
    {
        let call = book.once("R-1", recharge(&client, "R-1"));
        let under_way = async {
            while states(&store).await != [State::Intent] {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            ended = call => panic!("{ended:?}"),
            () = under_way => {}
        }
    }
    assert_eq!(book.entries().await.unwrap()[0].state, State::Unknown);
    store.is_full.store(false, Ordering::SeqCst);
    book.recover().await.unwrap();
    assert_eq!(states(&store).await, [State::Unknown]);
}

#[tokio::test]
async fn how_a_call_ended_is_known_although_its_caller_did_not_wait_until_it_was_written() {
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let (store, book) = opened().await;
    store.is_full.store(true, Ordering::SeqCst);
    store.is_silent.store(true, Ordering::SeqCst);
    {
        let call = book.once("R-1", recharge(&client, "R-1"));
        let is_paid = async {
            while sandbox.bills().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // The answer has been read by then, or the caller is gone before.
            tokio::time::sleep(Duration::from_millis(300)).await;
        };
        tokio::select! {
            ended = call => panic!("{ended:?}"),
            () = is_paid => {}
        }
    }
    let known = book.entries().await.unwrap()[0].state;
    assert!(matches!(known, State::Done | State::Unknown), "{known}");
    store.is_full.store(false, Ordering::SeqCst);
    book.recover().await.unwrap();
    assert_eq!(states(&store).await, [known]);
}

#[tokio::test]
async fn a_keyless_request_that_was_withdrawn_is_not_sent_also_where_the_disk_was_full() {
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let (store, book) = opened().await;
    let made = book.once("A", keyless(&client)).await;
    assert!(matches!(made, Err(OnceError::Call(_))), "{made:?}");
    let was = states(&store).await[0];
    let other = store.write(Change::new(1, was, State::Intent, 1));
    other.await.unwrap();
    store.is_full.store(true, Ordering::SeqCst);
    store.is_blind.store(true, Ordering::SeqCst);
    let withdrawn = book.once_unless_open("B", keyless(&client)).await;
    assert!(
        matches!(withdrawn, Err(OnceError::Store(_))),
        "{withdrawn:?}"
    );
    assert_eq!(states(&store).await, [State::Intent, State::Intent]);
    store.is_full.store(false, Ordering::SeqCst);
    book.recover().await.unwrap();
    assert_eq!(states(&store).await, [State::Intent, State::NotSent]);
}

#[tokio::test]
async fn how_the_calls_of_a_list_ended_is_known_to_its_next_run_where_the_disk_was_full() {
    let (sandbox, list) = (sandbox(&[]), list(&csv(2)));
    let client = client(&sandbox);
    let store = Arc::new(Full::default());
    let journal = Journal::of_list(store.clone(), &list, "sandbox").await;
    let (journal, options) = (journal.unwrap(), options(1));
    let progress = Progress::default();
    let run = async || run(&client, &journal, &list, &options, &progress, pending()).await;
    store.is_full.store(true, Ordering::SeqCst);
    let full = run().await;
    assert!(matches!(full, Err(RunError::Store { .. })), "{full:?}");
    store.is_full.store(false, Ordering::SeqCst);
    let summary = run().await.unwrap();
    assert_eq!(summary.made, 1);
    let is_done = |entry: &Entry| entry.state == State::Done;
    assert!(summary.entries.iter().all(is_done), "{:?}", summary.entries);
    assert_eq!(states(&store).await, [State::Done, State::Done]);
    assert_eq!(sandbox.bills().len(), 2);
}

#[tokio::test]
async fn a_line_of_a_list_whose_call_cannot_be_ended_stops_no_other_line() {
    let (sandbox, list) = (sandbox(&["unauthorized-401"]), list(&csv(3)));
    let client = client(&sandbox);
    let store = Arc::new(Full::default());
    let journal = Journal::of_list(store.clone(), &list, "sandbox").await;
    let (journal, options) = (journal.unwrap(), options(1));
    let progress = Progress::default();
    let run = async || run(&client, &journal, &list, &options, &progress, pending()).await;
    let first = journal.entries().await.unwrap()[0].line;
    store.line.store(first, Ordering::SeqCst);
    store.is_full.store(true, Ordering::SeqCst);
    let full = run().await;
    assert!(matches!(full, Err(RunError::Store { .. })), "{full:?}");
    sandbox.clear_faults();
    let summary = run().await.unwrap();
    let seen: Vec<_> = summary.entries.iter().map(|entry| entry.state).collect();
    assert_eq!(seen, [State::NotSent, State::Done, State::Done]);
    assert_eq!((summary.made, sandbox.bills().len()), (2, 2));
    store.is_full.store(false, Ordering::SeqCst);
    assert_eq!(run().await.unwrap().made, 1);
    assert_eq!(sandbox.bills().len(), 3);
}

#[tokio::test]
async fn a_journal_that_ends_when_there_is_room_again_writes_how_its_call_ended() {
    let sandbox = sandbox(&[]);
    let (store, book) = opened().await;
    store.is_full.store(true, Ordering::SeqCst);
    let full = book.once("R-1", recharge(&client(&sandbox), "R-1")).await;
    assert!(
        matches!(full, Err(OnceError::Unrecorded { .. })),
        "{full:?}"
    );
    store.is_full.store(false, Ordering::SeqCst);
    drop(book);
    assert_eq!(states(&store).await, [State::Done]);
}
