//! How calls ended, kept in memory while the database does not take it.

use std::time::Duration;

use jdy_journal::{JournalStore, PostgresConfig, PostgresStore, State, StoreError};

use super::fleet::{LEASE, until};
use super::server::{Cut, Proxy, Server};
use super::{change, header, planned, states};

/// A store that gives up soon, with so many lines whose calls are under way.
async fn under_way(config: PostgresConfig, calls: u64) -> PostgresStore {
    let config = config.patience(Duration::from_millis(300));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    store.create(header(), planned(3)).await.unwrap();
    for line in 1..=calls {
        let intent = store.write(change(line, State::Planned, State::Intent));
        intent.await.unwrap();
    }
    store
}

#[tokio::test]
async fn what_the_database_refuses_for_good_stops_no_other_change_and_is_written_when_it_is_taken()
{
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = under_way(server.config(), 2).await;
    server.sql("ALTER TABLE jdy_journal.lines ADD CONSTRAINT never_done CHECK (state <> 'done')");
    let refused = store.write(change(1, State::Intent, State::Done));
    let others = [
        store.write(change(2, State::Intent, State::Rejected)),
        store.write(change(3, State::Planned, State::Intent)),
    ];
    assert!(refused.await.is_err());
    for other in others {
        other.await.unwrap();
    }
    server.sql("ALTER TABLE jdy_journal.lines DROP CONSTRAINT never_done");
    // Nobody else may end the call of a living worker.
    until("the end of the call", async || {
        let entries = store.entries().await.unwrap();
        states(&entries) == [State::Done, State::Rejected, State::Intent]
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_was_ended_during_an_outage_writes_how_its_call_ended_without_being_asked() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let proxy = Proxy::start(server.port, Cut::Never);
    let store = under_way(proxy.config().lease(LEASE), 1).await;
    proxy.down();
    let end = store.write(change(1, State::Intent, State::Done));
    assert!(end.await.is_err());
    let other = server.store("a list").await.unwrap();
    until("the end of its lease", async || {
        other.fleet().unwrap().reap().await.unwrap();
        states(&other.entries().await.unwrap())[0] == State::Unknown
    })
    .await;
    proxy.up();
    until("the end of the call", async || {
        states(&other.entries().await.unwrap())[0] == State::Done
    })
    .await;
    drop(store);
}

#[tokio::test]
async fn a_store_that_ends_when_the_database_is_back_writes_how_its_call_ended() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = under_way(server.config(), 1).await;
    server.kill();
    let end = store.write(change(1, State::Intent, State::Done));
    assert!(end.await.is_err());
    server.up();
    drop(store);
    let store = server.store("a list").await.unwrap();
    assert_eq!(states(&store.entries().await.unwrap())[0], State::Done);
}

#[tokio::test]
async fn a_line_whose_call_took_effect_is_not_sent_while_the_database_does_not_take_that() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let proxy = Proxy::start(server.port, Cut::Never);
    let store = under_way(proxy.config().lease(LEASE), 1).await;
    server.sql("ALTER TABLE jdy_journal.lines ADD CONSTRAINT never_done CHECK (state <> 'done')");
    let end = store.write(change(1, State::Intent, State::Done));
    assert!(end.await.is_err());
    proxy.down();
    let other = server.store("a list").await.unwrap();
    until("the end of its lease", async || {
        other.fleet().unwrap().reap().await.unwrap();
        states(&other.entries().await.unwrap())[0] == State::Unknown
    })
    .await;
    // Whoever looked saw nothing of it.
    let absent = other.write(change(1, State::Unknown, State::NotSent));
    absent.await.unwrap();
    proxy.up();
    until("the database", async || store.entries().await.is_ok()).await;
    let again = store.write(change(1, State::NotSent, State::Intent)).await;
    assert!(matches!(again, Err(StoreError::Conflict(1))), "{again:?}");
    // No other line is stopped.
    let next = store.write(change(2, State::Planned, State::Intent));
    next.await.unwrap();
    server.sql("ALTER TABLE jdy_journal.lines DROP CONSTRAINT never_done");
    until("the end of the call", async || {
        states(&other.entries().await.unwrap())[0] == State::Done
    })
    .await;
}
