//! What the server must be, and what the role must be allowed.

use std::path::Path;
use std::time::Duration;

use jdy_journal::{JournalStore, PostgresConfig, PostgresStore, State, StoreError};

use super::fleet::until;
use super::server::Server;
use super::{change, header, header_for, planned};

#[tokio::test]
async fn a_role_with_the_documented_rights_suffices() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.sql(
        "CREATE ROLE jdy_owner LOGIN; CREATE ROLE jdy_app LOGIN; \
                CREATE SCHEMA jdy_journal AUTHORIZATION jdy_owner",
    );
    let of = |role| server.config_of(role);
    let refused = PostgresStore::connect(of("jdy_app"), "a list")
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
    let owner = PostgresStore::connect(of("jdy_owner"), "first")
        .await
        .unwrap();
    owner
        .create(header_for("another"), planned(1))
        .await
        .unwrap();
    server.sql(&grants("docs/fleet.md"));
    let store = PostgresStore::connect(of("jdy_app"), "a list")
        .await
        .unwrap();
    store.create(header(), planned(1)).await.unwrap();
    store.add("R-new".to_owned(), None).await.unwrap();
    store
        .write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    assert_eq!(store.entries().await.unwrap().len(), 2);
}

/// Whatever the role's own setting is.
#[tokio::test]
async fn a_commit_is_on_disk_when_it_is_reported() {
    let Some(server) = Server::start(&["synchronous_commit=off"]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    server.sql(
        "CREATE TABLE seen (setting text); \
                CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                  INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); \
                  RETURN NEW; END $$; \
                CREATE TRIGGER look BEFORE UPDATE ON jdy_journal.lines \
                  FOR EACH ROW EXECUTE FUNCTION look()",
    );
    store
        .write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    assert_eq!(server.sql("SELECT setting FROM seen"), "on");
}

/// The server has it on its own disk then, and says that it is done.
#[tokio::test]
async fn a_commit_whose_wait_for_the_standby_was_cut_short_is_not_reported() {
    for end in ["pg_cancel_backend", "pg_terminate_backend"] {
        let Some(server) = Server::start(&[]) else {
            return;
        };
        let waits = |standby: &str| {
            let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{standby}'");
            server.sql(&set);
            server.sql("SELECT pg_reload_conf()");
        };
        // Whatever the role's own setting is: the server says it in a warning.
        server.sql("ALTER ROLE postgres SET client_min_messages = error");
        let store = server.store("a list").await.unwrap();
        store.create(header(), planned(2)).await.unwrap();
        // It joins, which is a commit as well.
        let joining = store.write(change(2, State::Planned, State::Intent));
        joining.await.unwrap();
        // The setting takes its time.
        waits("away");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut write = store.write(change(1, State::Planned, State::Intent));
        let waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        until("it waits for the standby", async || {
            server.sql(&format!("SELECT count(*) {waiting}")) == "1"
        })
        .await;
        server.sql(&format!("SELECT {end}(pid) {waiting}"));
        let early = tokio::time::timeout(Duration::from_secs(2), &mut write).await;
        assert!(early.is_err(), "{end}: {early:?}");
        waits("");
        write.await.unwrap();
        let entries = store.entries().await.unwrap();
        assert_eq!((entries[0].state, entries[0].sent), (State::Intent, 1));
    }
}

/// Such as a trigger of the shop's own.
#[tokio::test]
async fn what_else_the_server_warns_of_makes_no_commit_doubtful() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    server.sql(
        "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE WARNING 'seen'; RETURN NEW; END $$; \
         CREATE CONSTRAINT TRIGGER warns AFTER UPDATE ON jdy_journal.lines \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()",
    );
    let session = "SELECT pid FROM pg_stat_activity WHERE application_name = 'jdy-journal'";
    let before = server.sql(session);
    assert_ne!(before, "");
    for line in [1, 2] {
        let write = store.write(change(line, State::Planned, State::Intent));
        write.await.unwrap();
        assert_eq!(server.sql(session), before);
    }
    let entries = store.entries().await.unwrap();
    assert_eq!((entries[0].sent, entries[1].sent), (1, 1));
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let Some(server) = Server::start(&["fsync=off"]) else {
        return;
    };
    let refused = server.store("a list").await.unwrap_err();
    assert!(refused.to_string().contains("fsync=off"), "{refused}");
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.sql("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let address = format!("postgres://postgres@127.0.0.1:{}/old", server.port);
    let config = PostgresConfig::parse(&address).unwrap();
    let refused = PostgresStore::connect(config, "a list").await.unwrap_err();
    assert!(refused.to_string().contains("LATIN1"), "{refused}");
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    drop(store);
    server.sql("UPDATE jdy_journal.version SET version = 99");
    let refused = server.store("a list").await.unwrap_err();
    assert!(matches!(&refused, StoreError::NotAJournal(_)), "{refused}");
    assert!(refused.to_string().contains("99"), "{refused}");
}

/// The statements of a document that give rights.
pub(crate) fn grants(document: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(document);
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("/// ", "");
    let (_, rest) = text.split_once("GRANT USAGE").unwrap();
    let (grants, _) = rest.split_once("```").unwrap();
    format!("GRANT USAGE{grants}")
}

#[test]
fn every_document_gives_the_same_rights() {
    let own = grants("docs/fleet.md");
    assert!(own.contains("jdy_journal.permits"), "{own}");
    for other in ["docs/fleet.zh-CN.md", "crates/jdy-journal/src/postgres.rs"] {
        assert_eq!(grants(other), own, "{other}");
    }
}

/// A look at what there is to alert on.
#[tokio::test]
async fn the_statements_of_the_documents_run() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(1)).await.unwrap();
    store
        .write(change(1, State::Planned, State::Intent))
        .await
        .unwrap();
    store
        .write(change(1, State::Intent, State::Unknown))
        .await
        .unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet.md");
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text.split("```sql\n").skip(1);
    let asked: Vec<&str> = blocks
        .filter(|block| block.contains("SELECT list.name"))
        .collect();
    let [asked] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    let (asked, _) = asked.split_once("```").unwrap();
    assert_eq!(server.sql(asked).trim(), "a list|1");
}
