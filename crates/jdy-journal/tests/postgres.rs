//! The store in Postgres, against a real server: the contract of every store, and what only a
//! server can do to one.

mod cuts;
mod ends;
mod fleet;
mod limits;
mod outages;
mod owed;
mod pools;
mod recovery;
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
use jdy_journal::{
    Change, Header, Identity, JournalStore, PlannedEntry, PostgresStore, State, StoreError,
};

use self::server::Server;

pub(crate) fn header() -> Header {
    header_for("sandbox")
}

/// The header of a list for this account set. Another may have the same lines.
pub(crate) fn header_for(destination: &str) -> Header {
    Header {
        id: "0123456789abcdef".to_owned(),
        identity: Identity {
            name: "ls.mall_recharge".to_owned(),
            destination: destination.to_owned(),
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

/// Lines with the same keys and other requests.
fn of_june(count: u64) -> Vec<PlannedEntry> {
    let mut lines = planned(count);
    for line in &mut lines {
        line.hash = Some([2; 32]);
    }
    lines
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
    june.create(header(), of_june(3)).await.unwrap();
    may.write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    assert_eq!(states(&june.entries().await.unwrap()), [State::Planned; 3]);
    assert_eq!(may.entries().await.unwrap().len(), 2);
}

/// A mistyped name would send everything once more.
#[tokio::test]
async fn a_list_is_not_made_under_a_second_name() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let may = server.store("May").await.unwrap();
    may.create(header(), planned(2)).await.unwrap();
    let may_2 = server.store("may").await.unwrap();
    // It has grown, and so has another hash as a whole.
    let mut grown = planned(4);
    grown.rotate_left(2);
    for (line, number) in grown.iter_mut().zip(1..) {
        line.line = number;
    }
    let other = Header {
        identity: Identity {
            input: Some([8; 32]),
            ..header().identity
        },
        ..header()
    };
    let refused = may_2.create(other.clone(), grown.clone()).await;
    let refused = refused.unwrap_err();
    let words = "2 of the lines, the first of them line 3, are in the list \"May\"";
    assert!(refused.to_string().contains(words), "{refused}");
    assert_eq!(may_2.header().await.unwrap(), None);
    assert_eq!(server.sql("SELECT count(*) FROM jdy_journal.lines"), "2");

    // What was rejected took no effect, and may have been corrected.
    server.sql("UPDATE jdy_journal.lines SET state = 'rejected' WHERE key = 'R-1'");
    let refused = may_2.create(other.clone(), grown.clone()).await;
    let words = "1 of the lines, the first of them line 4";
    assert!(refused.unwrap_err().to_string().contains(words));

    let config = server.config().allow_repeated_lines();
    let meant = PostgresStore::connect(config, "may").await.unwrap();
    meant.create(other, grown).await.unwrap();
    assert_eq!(meant.entries().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_list_for_another_account_set_or_operation_may_have_the_same_lines() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let made = async |list: &str, name: &str, destination: &str, lines| {
        let identity = Identity {
            name: name.to_owned(),
            destination: destination.to_owned(),
            input: Some([7; 32]),
        };
        let id = header().id;
        let store = server.store(list).await.unwrap();
        store.create(Header { id, identity }, lines).await
    };
    let key = |key: &str| Identity::named_destination_of(&["client", key], key);
    let unnamed = Identity::destination_of(&["client", "a"]);
    let recharge = "ls.mall_recharge";
    made("1", recharge, &key("a"), planned(1)).await.unwrap();
    made("2", recharge, &key("b"), planned(1)).await.unwrap();
    made("3", "ls.mall_sale", &key("a"), planned(1))
        .await
        .unwrap();
    let refused = made("4", recharge, &unnamed, planned(1)).await;
    assert!(matches!(refused, Err(StoreError::Repeated { .. })));
}

/// Of lines without a key, two lists may have one in common.
#[tokio::test]
async fn a_list_without_keys_is_refused_only_as_a_whole() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let keyless = |count| {
        let mut lines = planned(count);
        lines.iter_mut().for_each(|line| line.key = None);
        lines
    };
    let (may, june) = (server.store("May").await, server.store("June").await);
    let (may, june) = (may.unwrap(), june.unwrap());
    may.create(header(), keyless(2)).await.unwrap();
    let refused = june.create(header(), keyless(2)).await.unwrap_err();
    assert!(refused.to_string().contains("2 of the lines"), "{refused}");
    let mut other = header();
    other.identity.input = Some([8; 32]);
    june.create(other, keyless(3)).await.unwrap();
}

/// Its rows were sorted, or the field of its key is named now and was not before, or the other way
/// round. The hash as a whole is another one, and each line would be sent again.
#[tokio::test]
async fn a_list_of_the_same_requests_is_refused_in_another_order_and_by_another_key() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let lines = |keys: [Option<&str>; 3], hashes: [u8; 3]| {
        let lines = keys.into_iter().zip(hashes).zip(2..);
        let lines = lines.map(|((key, hash), line)| PlannedEntry {
            line,
            key: key.map(str::to_owned),
            hash: Some([hash; 32]),
        });
        lines.collect::<Vec<_>>()
    };
    let make = async |list: &str, input: u8, lines: Vec<PlannedEntry>| {
        let mut own = header();
        own.identity.input = Some([input; 32]);
        server.store(list).await.unwrap().create(own, lines).await
    };
    let (keyless, keyed) = ([None; 3], [Some("R-1"), Some("R-2"), Some("R-3")]);
    make("May", 1, lines(keyless, [1, 2, 2])).await.unwrap();
    make("June", 2, lines(keyed, [4, 5, 6])).await.unwrap();
    server.sql("UPDATE jdy_journal.lines SET state = 'rejected' WHERE key IS NULL AND line = 2");
    for (keys, hashes, count, first) in [
        (keyless, [2, 1, 2], 2, 2),
        (keyed, [1, 2, 2], 2, 3),
        (keyless, [4, 5, 6], 3, 2),
    ] {
        let refused = make("July", 3, lines(keys, hashes)).await.unwrap_err();
        let words = format!("{count} of the lines, the first of them line {first},");
        assert!(
            refused.to_string().contains(&words),
            "{hashes:?}: {refused}"
        );
    }
    // These requests are in May as well, but not as often.
    make("July", 3, lines(keyless, [1, 1, 2])).await.unwrap();
}

/// Of such a line some rows took effect, and would take effect twice.
#[tokio::test]
async fn a_line_that_was_rejected_in_part_is_not_sent_by_another_list() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let refused = async |name: &str, lines| {
        let store = server.store(name).await.unwrap();
        let refused = store.create(header(), lines).await.unwrap_err();
        assert!(refused.to_string().contains("1 of the lines"), "{refused}");
    };
    let keyless = || {
        let mut lines = of_june(1);
        lines.iter_mut().for_each(|line| line.key = None);
        lines
    };
    let (keyed, unkeyed) = (server.store("May").await, server.store("June").await);
    for (store, lines) in [(keyed, planned(1)), (unkeyed, keyless())] {
        let (store, report) = (store.unwrap(), "in part: scm.a rejected: not every row");
        store.create(header(), lines).await.unwrap();
        let rejected = Change {
            report: Some(report.to_owned()),
            ..change(1, State::Intent, State::Rejected)
        };
        let intent = store.write(change(1, State::Planned, State::Intent));
        intent.await.unwrap();
        store.write(rejected).await.unwrap();
        assert!(store.entries().await.unwrap()[0].is_rejected_in_part());
    }
    refused("may", planned(1)).await;
    refused("june", keyless()).await;
    // As earlier journals say it.
    server.sql(
        "UPDATE jdy_journal.lines SET report = \
         'scm.a rejected: a row was refused; the other rows may have taken effect'",
    );
    refused("may", planned(1)).await;
}

/// As machines do that are started at the same minute, each with its own name for the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_names_that_are_given_at_once_one_is_made() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let before = server.store("before").await.unwrap();
    before.create(header(), of_june(1)).await.unwrap();
    for round in 1..=10 {
        let lines = |_| PlannedEntry {
            line: 1,
            key: Some(format!("S-{round}")),
            hash: Some([3; 32]),
        };
        let make = async |name: &str| {
            let store = server.store(&format!("{name} {round}")).await.unwrap();
            store.create(header(), (1..=1).map(lines).collect()).await
        };
        let (first, second) = tokio::join!(make("till-1"), make("till-2"));
        assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    }
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
