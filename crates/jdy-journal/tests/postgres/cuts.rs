//! A connection that is cut at each message, in each way: every change is made exactly once.

use std::sync::atomic::Ordering;

use jdy_journal::{JournalStore, PostgresStore, State, StoreError};

use super::server::{Cut, Proxy, Server};
use super::{change, header, planned, states};

/// Makes some changes. A connection that is cut while it is made is the caller's to make again.
async fn script(proxy: &Proxy, list: &str, cut: Cut) -> Result<(), StoreError> {
    let store = match PostgresStore::connect(proxy.config(), list).await {
        Ok(store) => store,
        Err(StoreError::Failed(_)) => {
            match PostgresStore::connect(proxy.config(), list).await {
                // A session that was locked before there was a store is nobody's to end.
                Err(StoreError::Locked) if matches!(cut, Cut::HalfOpen(_)) => return Ok(()),
                again => again?,
            }
        }
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

async fn at_each_message(cut: fn(usize) -> Cut, step: usize) {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // The tables are made by the first.
    let mut at = 0;
    loop {
        if at % 20 == 0 {
            server.sql("DROP SCHEMA IF EXISTS jdy_journal CASCADE");
        }
        let proxy = Proxy::start(server.port, cut(at));
        let list = format!("list {at}");
        let end = script(&proxy, &list, cut(at)).await;
        assert!(end.is_ok(), "{:?}: {end:?}", cut(at));
        if proxy.messages.load(Ordering::SeqCst) <= at {
            break;
        }
        at += step;
    }
    assert!(at > 60, "there were only {at} messages");
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
