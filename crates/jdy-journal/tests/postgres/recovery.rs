//! A database that was restored, copied or failed over, and may lack what was sent.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jdy_journal::{
    Journal, JournalStore, Missing, PostgresConfig, PostgresEvent, PostgresStore, ReportFact,
    State, StoreError,
};

use super::ends::listening;
use super::server::{Cut, Proxy, Server};
use super::{change, header, header_for, of_june, planned, states};
use crate::bench::{client, sandbox};
use crate::once::recharge;

async fn sent(store: &PostgresStore, line: u64, end: State) {
    for (from, to) in [(State::Planned, State::Intent), (State::Intent, end)] {
        store.write(change(line, from, to)).await.unwrap();
    }
}

fn is_restored<T>(end: &Result<T, StoreError>) -> bool {
    matches!(end, Err(StoreError::Restored))
}

/// Lines 2 and 3 were sent after the backup.
async fn a_backup_that_lacks_two_calls(server: &Server) {
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(5)).await.unwrap();
    sent(&store, 1, State::Done).await;
    sent(&store, 4, State::Rejected).await;
    sent(&store, 5, State::NotSent).await;
    drop(store);
    server.back_up();
    let store = server.store("a list").await.unwrap();
    sent(&store, 2, State::Done).await;
    sent(&store, 3, State::Unknown).await;
    drop(store);
    server.restore();
}

const AFTER_THE_BACKUP: [State; 5] = [
    State::Done,
    State::Planned,
    State::Planned,
    State::Rejected,
    State::NotSent,
];

#[tokio::test]
async fn what_a_restored_database_lacks_is_not_sent_and_is_unknown_when_it_was_recovered() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    a_backup_that_lacks_two_calls(&server).await;
    let store = server.store("a list").await.unwrap();
    for line in [2, 3, 5] {
        let from = AFTER_THE_BACKUP[usize::try_from(line).unwrap() - 1];
        let refused = store.write(change(line, from, State::Intent)).await;
        assert!(is_restored(&refused), "{line}: {refused:?}");
    }
    let refused = store.add("R-new".to_owned(), None).await;
    assert!(is_restored(&refused), "{refused:?}");
    let begun = store.fleet().unwrap().begin().await;
    assert!(is_restored(&begun), "{begun:?}");
    // What it does know is read.
    let known = store.add("R-1".to_owned(), Some([1; 32])).await.unwrap();
    assert_eq!(known.state, State::Done);
    assert_eq!(states(&store.entries().await.unwrap()), AFTER_THE_BACKUP);
    drop(store);
    // It may lack a list as well.
    let other = server.store("June").await.unwrap();
    let refused = other.create(header(), of_june(1)).await;
    assert!(is_restored(&refused), "{refused:?}");
    assert!(other.header().await.unwrap().is_none());
    drop(other);

    let recovered = PostgresStore::recover(server.config(), Missing::Calls).await;
    let recovered = recovered.unwrap();
    assert_eq!((recovered.lists, recovered.lines), (1, 3));
    let store = server.store("a list").await.unwrap();
    let entries = store.entries().await.unwrap();
    for entry in &entries {
        let expected = match entry.line {
            1 => State::Done,
            4 => State::Rejected,
            _ => State::Unknown,
        };
        assert_eq!(entry.state, expected, "{entry:?}");
        if expected == State::Unknown {
            let report = entry.report.as_deref().unwrap();
            assert_eq!(ReportFact::of(report), [ReportFact::Restored]);
            // Its look-up does not count from any earlier call.
            assert_eq!(entry.last_attempt(), None);
        }
    }
    assert_eq!(entries[1].sent, 1);
    // A worker that the database has forgotten may still live.
    let before = store.fleet().unwrap().workers().await.unwrap();
    assert!(entries[4].history.contains("not_sent"), "{:?}", entries[4]);
    let again = store.write(change(2, State::Unknown, State::Intent)).await;
    again.unwrap();
    let now = store.fleet().unwrap().workers().await.unwrap();
    assert_eq!(now.len(), before.len() + 1);
    assert!(now.last().unwrap().id > before.last().unwrap().id + 1_000);
    let other = server.store("June").await.unwrap();
    other.create(header(), of_june(1)).await.unwrap();
}

#[tokio::test]
async fn lines_of_a_database_that_lacks_nothing_stay_as_they_are() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    a_backup_that_lacks_two_calls(&server).await;
    let recovered = PostgresStore::recover(server.config(), Missing::Nothing).await;
    assert_eq!(recovered.unwrap().lines, 0);
    let store = server.store("a list").await.unwrap();
    assert_eq!(states(&store.entries().await.unwrap()), AFTER_THE_BACKUP);
    sent(&store, 2, State::Done).await;
}

#[tokio::test]
async fn a_failover_is_trusted_only_where_that_is_said() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(3)).await.unwrap();
    drop(store);
    server.fail_over();
    let trusting = server.config().trust_failover();
    let store = PostgresStore::connect(trusting.clone(), "a list")
        .await
        .unwrap();
    sent(&store, 1, State::Done).await;
    store.add("R-new".to_owned(), None).await.unwrap();
    let june = PostgresStore::connect(trusting, "June").await.unwrap();
    june.create(header(), of_june(1)).await.unwrap();
    // The others are not meant by that.
    let store = server.store("a list").await.unwrap();
    let refused = store.write(change(2, State::Planned, State::Intent)).await;
    assert!(is_restored(&refused), "{refused:?}");
}

/// The session that it has was there before the promotion.
#[tokio::test]
async fn a_worker_that_lives_through_a_failover_writes_how_its_calls_ended_and_makes_no_other() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(3)).await.unwrap();
    for line in [1, 2] {
        let intent = store.write(change(line, State::Planned, State::Intent));
        intent.await.unwrap();
    }
    server.become_standby();
    // It reads from the standby, and waits to write.
    assert_eq!(store.entries().await.unwrap().len(), 3);
    let done = store.write(change(1, State::Intent, State::Done));
    server.promote();
    done.await.unwrap();
    let refused = store.write(change(3, State::Planned, State::Intent)).await;
    assert!(is_restored(&refused), "{refused:?}");
    let together = [
        store.write(change(3, State::Planned, State::Intent)),
        store.write(change(2, State::Intent, State::Done)),
    ];
    let [refused, done] = together;
    assert!(is_restored(&refused.await));
    done.await.unwrap();
    let entries = store.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Done, State::Done, State::Planned]);
}

#[tokio::test]
async fn a_copy_of_the_tables_is_another_database() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    drop(store);
    server.dump_and_load();
    let store = server.store("a list").await.unwrap();
    let refused = store.write(change(1, State::Planned, State::Intent)).await;
    assert!(is_restored(&refused), "{refused:?}");
}

#[tokio::test]
async fn a_database_is_not_recovered_while_a_process_works_on_a_list() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let absent = PostgresStore::recover(server.config(), Missing::Calls).await;
    let absent = absent.unwrap_err().to_string();
    assert!(absent.contains("no tables"), "{absent}");
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    let intent = store.write(change(1, State::Planned, State::Intent));
    intent.await.unwrap();
    for missing in [Missing::Calls, Missing::Nothing] {
        let refused = PostgresStore::recover(server.config(), missing).await;
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("works on the list \"a list\""),
            "{refused}"
        );
    }
    let entries = store.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Intent, State::Planned]);
    drop(store);
    // It left a call under way.
    let recovered = PostgresStore::recover(server.config(), Missing::Calls).await;
    assert_eq!(recovered.unwrap().lines, 2);
    let store = server.store("a list").await.unwrap();
    assert_eq!(states(&store.entries().await.unwrap()), [State::Unknown; 2]);
    store.fleet().unwrap().begin().await.unwrap();
    assert_eq!(states(&store.entries().await.unwrap()), [State::Unknown; 2]);
}

/// A key that a restored database lacks may have been called.
#[tokio::test]
async fn a_service_makes_no_call_in_a_restored_database() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let open = async || {
        let store = server.store("recharges").await.unwrap();
        Journal::open(store, "recharges", "shop 1").await.unwrap()
    };
    let journal = open().await;
    journal.once("R-1", recharge(&client, "R-1")).await.unwrap();
    drop(journal);
    server.fail_over();
    let journal = open().await;
    let refused = journal.once("R-2", recharge(&client, "R-2")).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("restored, copied or failed over"),
        "{refused}"
    );
    assert_eq!(sandbox.bills().len(), 1);
    assert_eq!(journal.entries().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_say_whether_it_was_restored_is_used_and_that_is_reported() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.sql(
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; \
         CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE shop TO app",
    );
    let (config, reported) = listening(server.config_of("app"));
    let store = PostgresStore::connect(config.clone(), "a list")
        .await
        .unwrap();
    store.create(header(), planned(2)).await.unwrap();
    sent(&store, 1, State::Done).await;
    assert_eq!(*reported.lock().unwrap(), [PostgresEvent::Unwatched]);
    drop(store);
    server.fail_over();
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    sent(&store, 2, State::Done).await;
}

#[tokio::test]
async fn tables_of_an_earlier_version_are_migrated_by_their_owner_and_keep_their_lines() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    drop(store);
    server.sql(
        "ALTER TABLE jdy_journal.version DROP COLUMN incarnation; \
         UPDATE jdy_journal.version SET version = 1; CREATE ROLE app LOGIN; \
         GRANT USAGE ON SCHEMA jdy_journal TO app; \
         GRANT SELECT ON ALL TABLES IN SCHEMA jdy_journal TO app",
    );
    let refused = PostgresStore::connect(server.config_of("app"), "a list")
        .await
        .unwrap_err();
    let refused = refused.to_string();
    for words in ["have version 1", "the role that owns them", "must be owner"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let both = tokio::join!(server.store("a list"), server.store("a list"));
    for store in [both.0.unwrap(), both.1.unwrap()] {
        assert_eq!(states(&store.entries().await.unwrap()), [State::Planned; 2]);
    }
    let store = server.store("a list").await.unwrap();
    sent(&store, 1, State::Done).await;
    let other = server.store("another").await.unwrap();
    other
        .create(header_for("another"), planned(1))
        .await
        .unwrap();
    assert_eq!(server.sql("SELECT version FROM jdy_journal.version"), "2");
    // From here on it is noticed.
    drop((store, other));
    server.fail_over();
    let config = server.config().patience(Duration::from_secs(5));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    let refused = store.write(change(2, State::Planned, State::Intent)).await;
    assert!(is_restored(&refused), "{refused:?}");
}

/// A copy of the files of a database, within its cluster. It is often kept as a backup.
#[tokio::test]
async fn a_database_that_was_made_from_another_as_its_template_is_another() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    drop(store);
    server.sql("CREATE DATABASE copy TEMPLATE shop");
    let address = server.address().replace("/shop", "/copy");
    let copy = PostgresConfig::parse(&address).unwrap();
    let store = PostgresStore::connect(copy, "a list").await.unwrap();
    let refused = store.write(change(1, State::Planned, State::Intent)).await;
    assert!(is_restored(&refused), "{refused:?}");
    // The first one is what it was.
    let store = server.store("a list").await.unwrap();
    sent(&store, 1, State::Done).await;
}

/// A worker whose lease is over by the database, and not by itself.
async fn lapsed(server: &Server) -> PostgresStore {
    let config = server.config().lease(Duration::from_secs(36_000));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    let intent = store.write(change(1, State::Planned, State::Intent));
    intent.await.unwrap();
    server.sql("UPDATE jdy_journal.workers SET lease_until = now() - interval '1 second'");
    store
}

/// Its process stood still, and the call was under way meanwhile.
#[tokio::test]
async fn the_outcome_of_a_call_that_outlived_its_lease_is_kept_after_a_recovery() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let slow = lapsed(&server).await;
    let recovered = PostgresStore::recover(server.config(), Missing::Calls).await;
    assert_eq!(recovered.unwrap().lines, 2);
    let ended = "SELECT end_reason FROM jdy_journal.workers";
    assert_eq!(server.sql(ended), "lease ended");
    let done = slow.write(change(1, State::Intent, State::Done)).await;
    done.unwrap();
    let entries = slow.entries().await.unwrap();
    assert_eq!(states(&entries), [State::Done, State::Unknown]);
}

/// What the first call did says nothing of the second, which the database has forgotten.
#[tokio::test]
async fn a_late_outcome_lets_nothing_be_sent_that_a_database_may_lack() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let slow = lapsed(&server).await;
    let next = server.store("a list").await.unwrap();
    next.fleet().unwrap().begin().await.unwrap();
    assert_eq!(next.entries().await.unwrap()[0].state, State::Unknown);
    drop(next);
    server.back_up();
    let next = server.store("a list").await.unwrap();
    // It was looked up, and sent again.
    let absent = next.write(change(1, State::Unknown, State::NotSent));
    absent.await.unwrap();
    for (from, to) in [
        (State::NotSent, State::Intent),
        (State::Intent, State::Done),
    ] {
        next.write(change(1, from, to)).await.unwrap();
    }
    drop(next);
    server.restore();
    let recovered = PostgresStore::recover(server.config(), Missing::Calls).await;
    assert_eq!(recovered.unwrap().lines, 2);
    for end in [State::NotSent, State::Rejected, State::Unknown] {
        drop(slow.write(change(1, State::Intent, end)).await);
        let entry = slow.entries().await.unwrap().remove(0);
        assert_eq!(entry.state, State::Unknown, "{entry:?}");
        let report = entry.report.as_deref().unwrap();
        assert_eq!(ReportFact::of(report), [ReportFact::Restored], "{end}");
    }
    assert_eq!(slow.fleet().unwrap().late().await.unwrap().len(), 1);
}

/// The role that made the tables could not ask for it.
#[tokio::test]
async fn tables_that_say_no_incarnation_are_reported() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    server.sql("UPDATE jdy_journal.version SET incarnation = NULL");
    let (config, reported) = listening(server.config());
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    sent(&store, 1, State::Done).await;
    assert_eq!(*reported.lock().unwrap(), [PostgresEvent::Unwatched]);
}

#[tokio::test]
async fn a_role_that_does_not_own_the_tables_recovers_nothing_and_learns_who_does() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.sql("CREATE ROLE jdy_app LOGIN");
    a_backup_that_lacks_two_calls(&server).await;
    server.sql(&super::rights::grants("docs/fleet.md"));
    let app = server.config_of("jdy_app");
    for missing in [Missing::Calls, Missing::Nothing] {
        let refused = PostgresStore::recover(app.clone(), missing).await;
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("the role that owns the tables"),
            "{refused}"
        );
    }
    let store = server.store("a list").await.unwrap();
    assert_eq!(states(&store.entries().await.unwrap()), AFTER_THE_BACKUP);
}

/// Either all of it is done, or nothing, and it is done when it is called again.
#[tokio::test]
async fn a_recovery_that_is_cut_at_any_message_is_made_wholly_or_not_at_all() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for (list, lines) in [("a list", planned(2)), ("June", of_june(2))] {
        let store = server.store(list).await.unwrap();
        store.create(header(), lines).await.unwrap();
    }
    let known = server.sql("SELECT incarnation FROM jdy_journal.version");
    let put_back = || {
        server.sql(
            "UPDATE jdy_journal.lines SET state = 'planned', report = NULL, sent = 0; \
             UPDATE jdy_journal.version SET incarnation = 'another'",
        );
    };
    let found = || {
        server.sql(
            "SELECT string_agg(DISTINCT state, ' '), (SELECT incarnation FROM jdy_journal.version) \
             FROM jdy_journal.lines",
        )
    };
    put_back();
    let whole = Proxy::start(server.port, Cut::Before(usize::MAX));
    let recovered = PostgresStore::recover(whole.config(), Missing::Calls).await;
    assert_eq!(recovered.unwrap().lines, 4);
    let messages = whole.messages.load(Ordering::SeqCst);
    // Those before parse the statements. The commit is the third from the end.
    for at in (messages - 25..messages).step_by(2) {
        for cut in [Cut::Before(at), Cut::After(at)] {
            put_back();
            let proxy = Proxy::start(server.port, cut);
            let ended = PostgresStore::recover(proxy.config(), Missing::Calls).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            let found = found();
            let is_whole = found == format!("unknown|{known}");
            let is_nothing = found == "planned|another";
            assert!(is_whole || is_nothing, "{cut:?}: {ended:?} {found}");
            assert!(ended.is_err() || is_whole, "{cut:?}: {ended:?} {found}");
            let again = PostgresStore::recover(server.config(), Missing::Calls).await;
            assert_eq!(again.unwrap().lines, 4, "{cut:?}");
        }
    }
}
