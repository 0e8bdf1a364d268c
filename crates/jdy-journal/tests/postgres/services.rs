//! One key that several services ask for at once: one sends, and all get the answer.

use std::sync::Arc;
use std::time::Duration;

use jdy_journal::{Journal, JournalStore, OnceError, PostgresStore, State};

use super::server::Server;
use crate::bench::{client, sandbox};
use crate::once::recharge;

async fn journal(server: &Server) -> (Arc<PostgresStore>, Arc<Journal>) {
    let store = PostgresStore::connect(server.config(), "service").await;
    let store = Arc::new(store.unwrap());
    let journal = Journal::open(store.clone(), "recharges", "sandbox").await;
    (store, Arc::new(journal.unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_services_that_ask_for_one_key_one_sends_and_both_get_its_answer() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, keys) = (sandbox(&["slow=100ms"]), 12);
    let client = client(&sandbox);
    let (first, second) = tokio::join!(journal(&server), journal(&server));
    let mut calls = Vec::new();
    for key in 0..keys {
        for (_, journal) in [&first, &second] {
            let (client, journal) = (client.clone(), journal.clone());
            calls.push(tokio::spawn(async move {
                let key = format!("R-{key}");
                let answer = journal.once(&key, recharge(&client, &key)).await;
                let answer = answer.unwrap();
                (answer.bill_no.clone(), answer.attempts())
            }));
        }
    }
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    for both in answers.chunks(2) {
        assert_eq!(both[0].0, both[1].0);
        assert_eq!(both[0].1 + both[1].1, 1);
    }
    assert_eq!(sandbox.bills().len(), keys);
    let lines = first.1.entries().await.unwrap();
    let numbers: Vec<u64> = lines.iter().map(|entry| entry.line).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_service_that_dies_hears_that_the_call_is_unknown() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let (store, first) = journal(&server).await;
    let (_, second) = journal(&server).await;
    first.once("R-1", recharge(&client, "R-1")).await.unwrap();
    // The first has written its intent, and is heard of no more.
    store.add("R-2".to_owned(), None).await.unwrap();
    let intent = super::change(2, State::Planned, State::Intent);
    store.write(intent).await.unwrap();
    let waiting = second.once("R-2", recharge(&client, "R-2"));
    let dying = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.sql("UPDATE jdy_journal.workers SET lease_until = now() - interval '1 hour'");
        second.entries().await.unwrap()
    };
    let (ended, _) = tokio::join!(waiting, dying);
    let Err(OnceError::Known(entry)) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(entry.state, State::Unknown);
    assert_eq!(sandbox.bills().len(), 1);
    let workers = store.fleet().unwrap().workers().await.unwrap();
    assert!(
        workers.iter().any(|it| it.end_reason.is_some()),
        "{workers:?}"
    );
}
