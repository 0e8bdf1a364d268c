//! How fast the store is, beside a file in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jdy_journal::{JournalStore, SqliteStore, State};

use super::server::Server;
use super::{change, header, planned};
use crate::bench::fresh;

/// Changes a second with this many callers, each waiting for its change.
async fn changes_a_second(store: Arc<dyn JournalStore>, writers: u64, from: u64) -> f64 {
    let each = (2_000 / writers).max(30);
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|own| {
            let store = store.clone();
            tokio::spawn(async move {
                let first = from + own * each;
                for line in first + 1..=first + each {
                    let intent = store.write(change(line, State::Planned, State::Intent));
                    intent.await.unwrap();
                    let mut end = change(line, State::Intent, State::Done);
                    end.answer = Some(vec![b'x'; 300]);
                    store.write(end).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = begun.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    #[allow(clippy::cast_precision_loss)]
    let changes = (writers * each * 2) as f64;
    changes / seconds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: cargo test --release -p jdy-journal speed -- --ignored --nocapture"]
async fn changes_a_second_beside_a_file() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    const LINES: u64 = 12_000;
    let path = fresh("speed");
    let postgres: Arc<dyn JournalStore> = Arc::new(server.store("a list").await.unwrap());
    let sqlite: Arc<dyn JournalStore> = Arc::new(SqliteStore::open(&path).unwrap());
    for (name, store) in [("postgres", postgres), ("sqlite", sqlite)] {
        store.create(header(), planned(LINES)).await.unwrap();
        let mut speeds = Vec::new();
        for (writers, from) in [(1, 0), (8, 3_000), (64, 6_000)] {
            let before = commits(&server);
            let speed = changes_a_second(store.clone(), writers, from).await;
            let each = (2_000 / writers).max(30) * writers * 2;
            let commits = commits(&server) - before;
            speeds.push(format!(
                "{writers} writers: {speed:.0}/s, {each} changes, {commits} commits"
            ));
        }
        println!("{name}: {}", speeds.join("; "));
    }
    let size = "SELECT pg_total_relation_size('jdy_journal.lines')";
    let size: u64 = server.sql(size).parse().unwrap();
    let file = std::fs::metadata(&path).unwrap().len();
    println!(
        "bytes per line: postgres {}, sqlite {}",
        size / LINES,
        file / LINES
    );
}

fn commits(server: &Server) -> i64 {
    server
        .sql("SELECT sum(writes) FROM jdy_journal.workers")
        .parse()
        .unwrap()
}
