//! The contract of the SQLite store with its callers.

use jdy_journal::{
    Change, Header, Identity, JournalStore, PlannedEntry, SqliteStore, State, StoreError,
};

use crate::bench::fresh;

async fn planned(path: &std::path::Path) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    let identity = Identity {
        name: "ls.mall_recharge".to_owned(),
        destination: "sandbox".to_owned(),
        input: Some([7; 32]),
    };
    let lines = (1..=3).map(|line| PlannedEntry {
        line,
        key: Some(format!("R-{line}")),
        hash: None,
    });
    let header = Header {
        id: "0123456789abcdef".to_owned(),
        identity,
    };
    store.create(header, lines.collect()).await.unwrap();
    store
}

fn change(line: u64, from: State, to: State) -> Change {
    Change::new(line, from, to, 1_700_000_000_000)
}

#[tokio::test]
async fn a_change_from_a_wrong_state_is_refused_and_no_other() {
    let store = planned(&fresh("conflict")).await;
    let writes = [
        store.write(change(1, State::Planned, State::Intent)),
        store.write(change(1, State::Planned, State::Intent)),
        store.write(change(2, State::Planned, State::Done)),
        store.write(change(3, State::Planned, State::Intent)),
        store.write(change(1, State::Intent, State::Done)),
        store.write(change(1, State::Done, State::Intent)),
        store.write(change(9, State::Planned, State::Intent)),
    ];
    let mut ends = Vec::new();
    for write in writes {
        ends.push(match write.await {
            Ok(()) => "written",
            Err(StoreError::Conflict(_)) => "refused",
            Err(other) => panic!("{other}"),
        });
    }
    let (written, refused) = ("written", "refused");
    assert_eq!(
        ends,
        [
            written, refused, refused, written, written, refused, refused
        ]
    );
}

#[tokio::test]
async fn what_was_asked_for_is_written_though_nobody_waits_for_it() {
    let path = fresh("unheard");
    let store = planned(&path).await;
    drop(store.write(change(1, State::Planned, State::Intent)));
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.entries().await.unwrap()[0].state, State::Intent);
    assert_eq!(
        store.header().await.unwrap().unwrap().identity.input,
        Some([7; 32])
    );
}

#[tokio::test]
async fn a_journal_is_made_wholly_or_not_at_all() {
    let path = fresh("whole");
    let store = SqliteStore::open(&path).unwrap();
    let planned = |line, key: &str| PlannedEntry {
        line,
        key: Some(key.to_owned()),
        hash: None,
    };
    let identity = Identity {
        name: "a".to_owned(),
        destination: "b".to_owned(),
        input: None,
    };
    let header = Header {
        id: "c".to_owned(),
        identity,
    };
    let doubled = vec![planned(1, "R"), planned(2, "R")];
    assert!(store.create(header, doubled).await.is_err());
    assert!(store.header().await.unwrap().is_none());
    assert!(store.entries().await.unwrap().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn no_other_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    for is_there in [false, true] {
        let path = fresh(&format!("private-{is_there}"));
        if is_there {
            std::fs::write(&path, "").unwrap();
        }
        let store = planned(&path).await;
        store
            .write(change(1, State::Planned, State::Intent))
            .await
            .unwrap();
        let files: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert!(files.len() >= 2, "the -wal is there as well");
        for file in files {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}

#[tokio::test]
async fn a_name_that_sqlite_takes_for_no_file_is_one_all_the_same() {
    // Relative to the folder of the tests, as a user would give it.
    for name in [":memory:", "file:x?mode=memory"] {
        drop(planned(std::path::Path::new(name)).await);
        let kept = SqliteStore::open(name).unwrap().header().await;
        std::fs::remove_file(name).unwrap();
        assert!(kept.unwrap().is_some(), "{name}");
    }
}

/// A service opens its journal and calls for the first time when the disk is full.
#[tokio::test]
async fn a_file_that_could_not_be_opened_for_writing_is_opened_when_it_can_be() {
    let path = fresh("not-now");
    drop(planned(&path).await);
    let store = SqliteStore::open(&path).unwrap();
    let in_the_way = std::path::PathBuf::from(format!("{}-wal", path.display()));
    drop(std::fs::remove_file(&in_the_way));
    std::fs::create_dir(&in_the_way).unwrap();
    let intent = || store.write(change(1, State::Planned, State::Intent));
    assert!(intent().await.is_err());
    assert!(intent().await.is_err());
    // Nobody else has it meanwhile.
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Locked)));
    std::fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(store.entries().await.unwrap().len(), 3);
    intent().await.unwrap();
    assert_eq!(store.entries().await.unwrap()[0].state, State::Intent);
}
