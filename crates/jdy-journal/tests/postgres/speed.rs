//! How fast the store is, beside a file in the same run.

use std::future::pending;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use jdy_journal::{Journal, JournalStore, Progress, SqliteStore, State, run};

use super::server::Server;
use super::{change, header, planned};
use crate::bench::{client, csv, fresh, list, options, sandbox};

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

/// Lines a second of a list that several workers run, and what a line costs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: cargo test --release -p jdy-journal speed -- --ignored --nocapture"]
#[allow(clippy::cast_precision_loss, reason = "it is a rate")]
async fn lines_a_second_with_several_workers() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    const LINES: usize = 2_000;
    let list = list(&csv(LINES));
    for workers in [1, 4] {
        let (sandbox, name) = (sandbox(&[]), format!("{workers} workers"));
        let before = commits_of_all(&server);
        let begun = Instant::now();
        let runs: Vec<_> = (0..workers)
            .map(|_| async {
                let store = server.store(&name).await.unwrap();
                let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
                let (client, options, progress) =
                    (client(&sandbox), options(16), Progress::default());
                let end = run(&client, &journal, &list, &options, &progress, pending()).await;
                end.unwrap().made
            })
            .collect();
        let mut made = 0;
        for run in join_all(runs).await {
            made += run;
        }
        let speed = LINES as f64 / begun.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let commits = (commits_of_all(&server) - before) as f64 / LINES as f64;
        let writes = commits_of(&server, &name) as f64 / LINES as f64;
        println!(
            "{workers} workers: {made} lines, {speed:.0}/s; a line: {writes:.2} transactions that \
             write, {commits:.2} in all"
        );
    }
}

async fn join_all<T>(runs: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut runs: Vec<_> = runs.into_iter().map(Box::pin).collect();
    let mut ends: Vec<Option<T>> = runs.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (run, end) in runs.iter_mut().zip(&mut ends) {
            if end.is_none()
                && let Poll::Ready(done) = run.as_mut().poll(context)
            {
                *end = Some(done);
            }
        }
        match ends.iter().all(Option::is_some) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    ends.into_iter().flatten().collect()
}

fn commits_of_all(server: &Server) -> i64 {
    let sql = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'shop'";
    server.sql(sql).parse().unwrap()
}

fn commits_of(server: &Server, list: &str) -> i64 {
    let sql = format!(
        "SELECT sum(writes) FROM jdy_journal.workers WHERE list = \
         (SELECT id FROM jdy_journal.lists WHERE name = '{list}')"
    );
    server.sql(&sql).parse().unwrap()
}
