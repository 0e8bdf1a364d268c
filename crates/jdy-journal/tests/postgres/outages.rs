//! A server that is killed, restarted or read-only.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_journal::{Journal, JournalStore, PostgresEvent, PostgresStore, Progress, State, run};

use super::server::Server;
use super::{change, header, planned, states};
use crate::bench::{client, csv, hold, list, options, sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = Arc::new(server.store("a list").await.unwrap());
    store.create(header(), planned(100_000)).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8_u64)
        .map(|own| {
            let (store, is_over) = (store.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut line = own * 10_000;
                let first = line + 1;
                while !is_over.load(Ordering::Relaxed) {
                    line += 1;
                    // A conflict would be a change that was made twice.
                    let intent = store.write(change(line, State::Planned, State::Intent));
                    intent.await.unwrap();
                    let end = store.write(change(line, State::Intent, State::Done));
                    end.await.unwrap();
                }
                (first, line)
            })
        })
        .collect();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill();
        server.up();
    }
    is_over.store(true, Ordering::Relaxed);
    let mut made = Vec::new();
    for writer in writers {
        made.push(writer.await.unwrap());
    }
    drop(store);
    let store = server.store("a list").await.unwrap();
    for entry in store.entries().await.unwrap() {
        let is_made = made.iter().any(|(a, b)| (*a..=*b).contains(&entry.line));
        let expected = if is_made {
            (State::Done, 1)
        } else {
            (State::Planned, 0)
        };
        assert_eq!((entry.state, entry.sent), expected, "{entry:?}");
    }
}

#[tokio::test]
async fn what_is_reported_as_not_made_was_not_made_and_the_end_of_a_call_is_made_later() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let config = server.config().patience(Duration::from_millis(300));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    store.create(header(), planned(3)).await.unwrap();
    store
        .write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    server.kill();
    let writes = [
        store.write(change(1, State::Intent, State::Done)),
        store.write(change(2, State::Planned, State::Intent)),
    ];
    for write in writes {
        let error = write.await.unwrap_err().to_string();
        assert!(error.contains("database shop on 127.0.0.1"), "{error}");
        assert!(error.contains("the change was not made"), "{error}");
    }
    server.up();
    store
        .write(change(3, State::Planned, State::Intent))
        .await
        .unwrap();
    let entries = store.entries().await.unwrap();
    assert_eq!(states(&entries)[1..], [State::Planned, State::Intent]);
    // Nobody else may end the call of a living worker.
    let ended = async {
        while states(&store.entries().await.unwrap())[0] != State::Done {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let limit = tokio::time::timeout(Duration::from_secs(60), ended).await;
    limit.expect("the end of the call is written when the server is back");
}

/// What was owed from before an outage is about the calls before it.
#[tokio::test]
async fn how_an_earlier_call_ended_is_written_before_the_intent_of_the_next_one() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let config = server.config().patience(Duration::from_millis(300));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    let other = store.write(change(2, State::Planned, State::Intent));
    other.await.unwrap();
    server.kill();
    // A call that was not begun, as its intent failed; and what says so failed as well.
    for (from, to) in [
        (State::Planned, State::Intent),
        (State::Intent, State::NotSent),
    ] {
        assert!(store.write(change(1, from, to)).await.is_err());
    }
    server.up();
    // The first that the database hears is the next call of the line.
    let next = store.write(change(1, State::Planned, State::Intent));
    next.await.unwrap();
    // A later change is behind all that is owed.
    let other = store.write(change(2, State::Intent, State::Done));
    other.await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let entries = store.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Intent, State::Done]);
}

/// As after a failover to a standby that lacks the last commits. What was sent since is planned there.
#[tokio::test]
async fn what_a_database_that_was_put_back_has_planned_again_is_not_to_be_sent_unseen() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    for (from, to) in [
        (State::Planned, State::Intent),
        (State::Intent, State::Done),
    ] {
        store.write(change(1, from, to)).await.unwrap();
    }
    server.sql(
        "UPDATE jdy_journal.workers SET writes = writes - 2; \
         UPDATE jdy_journal.lines SET state = 'planned', sent = 0; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'jdy-journal'",
    );
    for _ in 0..2 {
        let refused = store.write(change(2, State::Planned, State::Intent)).await;
        let refused = refused.unwrap_err().to_string();
        for words in ["put back to an earlier state", "would be sent twice"] {
            assert!(refused.contains(words), "{refused}");
        }
        assert!(!refused.contains("begin again"), "{refused}");
    }
    let other = server.store("a list").await.unwrap();
    let entries = other.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Planned; 2]);
}

#[tokio::test]
async fn a_read_only_server_is_read_and_written_when_it_can_be() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    drop(store);
    server.sql("ALTER DATABASE shop SET default_transaction_read_only = on");
    let config = server.config().patience(Duration::from_millis(200));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    assert_eq!(store.entries().await.unwrap().len(), 2);
    let refused = store.write(change(1, State::Planned, State::Intent)).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("read-only"), "{refused}");
    drop(store);

    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = events.clone();
    let config = server.config().on_event(move |event| {
        heard.lock().unwrap().push(event.clone());
    });
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    let write = store.write(change(1, State::Planned, State::Intent));
    while events.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.sql("BEGIN READ WRITE; ALTER DATABASE shop RESET default_transaction_read_only; COMMIT");
    write.await.unwrap();
    let events = events.lock().unwrap();
    assert!(matches!(&events[0], PostgresEvent::Waiting(why) if why.contains("read-only")));
    assert_eq!(events.last(), Some(&PostgresEvent::Back));
}

/// The whole way, with the ledger of the gateway as the witness.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_when_the_server_is_back_and_nothing_is_sent_twice() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[]);
    let list = list(&csv(1_500));
    let store = server.store("May").await.unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let is_over = AtomicBool::new(false);
    let (client, options, progress) = (client(&sandbox), options(8), Progress::default());
    let running = async {
        let end = run(&client, &journal, &list, &options, &progress, pending()).await;
        is_over.store(true, Ordering::Relaxed);
        end.unwrap()
    };
    let killing = async {
        let mut times = 0;
        while !is_over.load(Ordering::Relaxed) && times < 3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| {
                server.kill();
                server.up();
            });
            times += 1;
        }
        times
    };
    let (summary, times) = tokio::join!(running, killing);
    assert!(times > 0);
    assert_eq!(summary.counts.of(State::Done), 1_500);
    hold(&sandbox, &list, &summary.entries);
}
