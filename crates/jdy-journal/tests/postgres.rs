//! The store in Postgres, against a real server: the contract of every store, and what only a
//! server can do to one.

mod cuts;
mod ends;
mod fleet;
mod limits;
mod outages;
mod owed;
mod pools;
mod rights;
mod roles;
mod secrets;
mod server;
mod services;
mod speed;

use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use jdy_journal::testing::{conformance, fleet_conformance};
use jdy_journal::{Change, Header, Identity, JournalStore, PlannedEntry, PostgresStore, State};

use self::server::Server;

pub(crate) fn header() -> Header {
    Header {
        id: "0123456789abcdef".to_owned(),
        identity: Identity {
            name: "ls.mall_recharge".to_owned(),
            destination: "sandbox".to_owned(),
            input: Some([7; 32]),
        },
    }
}

pub(crate) fn planned(count: u64) -> Vec<PlannedEntry> {
    let lines = (1..=count).map(|line| PlannedEntry {
        line,
        key: Some(format!("R-{line}")),
        hash: Some([1; 32]),
    });
    lines.collect()
}

pub(crate) fn change(line: u64, from: State, to: State) -> Change {
    Change::new(line, from, to, 1_700_000_000_000)
}

pub(crate) fn states(entries: &[jdy_journal::Entry]) -> Vec<State> {
    entries.iter().map(|entry| entry.state).collect()
}

#[test]
fn programs_that_run_beside_each_other_share_one_whole_template() {
    let Some(programs) = server::programs() else {
        return;
    };
    let folder = format!("template-race-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let start = Barrier::new(3);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                start.wait();
                server::make_template(&programs, &folder);
                assert!(folder.join("data/global/pg_control").exists());
            });
        }
    });
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn postgres_keeps_what_a_store_promises() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    conformance(async || server.store("a list").await)
        .await
        .unwrap();
}

#[tokio::test]
async fn postgres_keeps_what_a_shared_store_promises() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // No lease ends, and none is renewed, but by the check.
    let config = || server.config().lease(Duration::from_secs(36_000));
    let open = async || PostgresStore::connect(config(), "a list").await;
    let lapse = async |worker: u64| {
        server.sql(&format!(
            "UPDATE jdy_journal.workers SET lease_until = now() - interval '1 second' \
             WHERE id = {worker}"
        ));
        Ok(())
    };
    fleet_conformance(open, lapse).await.unwrap();
}

#[tokio::test]
async fn lists_of_one_database_know_nothing_of_each_other() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (may, june) = (server.store("May").await, server.store("June").await);
    let (may, june) = (may.unwrap(), june.unwrap());
    may.create(header(), planned(2)).await.unwrap();
    assert_eq!(june.header().await.unwrap(), None);
    june.create(header(), planned(3)).await.unwrap();
    may.write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    assert_eq!(states(&june.entries().await.unwrap()), [State::Planned; 3]);
    assert_eq!(may.entries().await.unwrap().len(), 2);
}

/// Nothing is written before the first change.
#[tokio::test]
async fn a_caller_that_only_reads_leaves_no_table() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    assert_eq!(store.header().await.unwrap(), None);
    assert_eq!(store.entries().await.unwrap(), []);
    assert_eq!(store.answer(1).await.unwrap(), None);
    drop(store);
    assert_eq!(
        server.sql("SELECT to_regnamespace('jdy_journal') IS NULL"),
        "t"
    );
}

/// What Postgres's text cannot hold.
#[tokio::test]
async fn a_nul_in_a_report_spoils_no_other_change_and_one_in_a_key_is_refused() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    let mut spoilt = planned(1);
    spoilt[0].key = Some("R\0".to_owned());
    let refused = store.create(header(), spoilt).await.unwrap_err();
    assert!(refused.to_string().contains("NUL"), "{refused}");
    store.create(header(), planned(2)).await.unwrap();
    assert!(store.add("R\0".to_owned(), None).await.is_err());
    let with_nul = Change {
        report: Some("a\0b".to_owned()),
        ..change(1, State::Intent, State::Unknown)
    };
    let writes = [
        store.write(change(1, State::Planned, State::Intent)),
        store.write(with_nul),
        store.write(change(2, State::Planned, State::Intent)),
    ];
    for write in writes {
        write.await.unwrap();
    }
    let entries = store.entries().await.unwrap();
    assert_eq!(entries[0].report.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(states(&entries), [State::Unknown, State::Intent]);
}

/// A list of many lines goes in with several statements.
#[tokio::test]
async fn a_long_list_is_made_wholly_or_not_at_all() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    let mut doubled = planned(12_000);
    doubled[11_999].key = Some("R-1".to_owned());
    store.create(header(), doubled).await.unwrap_err();
    assert_eq!(store.header().await.unwrap(), None);
    store.create(header(), planned(12_000)).await.unwrap();
    let entries = store.entries().await.unwrap();
    assert_eq!(entries.len(), 12_000);
    assert_eq!(entries[11_999].key.as_deref(), Some("R-12000"));
}
