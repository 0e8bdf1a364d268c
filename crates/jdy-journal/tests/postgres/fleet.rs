//! A list that several workers run: each line is sent once, whoever dies, and all end together.

use std::collections::HashSet;
use std::future::pending;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jdy_journal::{
    Journal, JournalStore, List, Options, PostgresConfig, PostgresStore, Progress, Resolution,
    ResolvedAs, State, Summary, run,
};
use jdy_sandbox::{Fault, Sandbox};

use super::server::Server;
use super::{change, header, planned, states};
use crate::bench::{RECHARGE, built, client, count, csv, hold, list, options, sandbox};

/// Short, so that a test sees it end.
pub(crate) const LEASE: Duration = Duration::from_secs(1);

pub(crate) fn config(server: &Server) -> PostgresConfig {
    server.config().lease(LEASE)
}

pub(crate) async fn store(server: &Server, list: &str) -> PostgresStore {
    PostgresStore::connect(config(server), list).await.unwrap()
}

/// Waits for what must come, however slow the machine.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..6_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came: {what}");
}

/// How many recharges have reached the gateway.
pub(crate) fn recharges(sandbox: &Sandbox) -> usize {
    let requests = sandbox.requests();
    let recharges = requests.iter().filter(|request| request.path == RECHARGE);
    recharges.count()
}

async fn one(sandbox: &Sandbox, store: PostgresStore, list: &List, options: &Options) -> Summary {
    let journal = Journal::of_list(store, list, "sandbox").await.unwrap();
    let journal = journal.absent_after(Duration::ZERO);
    let progress = Progress::default();
    let end = run(
        &client(sandbox),
        &journal,
        list,
        options,
        &progress,
        pending(),
    )
    .await;
    end.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_send_each_line_once_and_end_with_the_same_summary() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list, options) = (sandbox(&[]), list(&csv(600)), options(4));
    // They begin at once, and one of them makes the list.
    let (a, b, c) = tokio::join!(
        one(
            &sandbox,
            server.store("May").await.unwrap(),
            &list,
            &options
        ),
        one(
            &sandbox,
            server.store("May").await.unwrap(),
            &list,
            &options
        ),
        one(
            &sandbox,
            server.store("May").await.unwrap(),
            &list,
            &options
        ),
    );
    hold(&sandbox, &list, &a.entries);
    assert_eq!(a.counts.of(State::Done), 600);
    assert_eq!((&a.entries, a.counts), (&b.entries, b.counts));
    assert_eq!((&a.entries, a.counts), (&c.entries, c.counts));
    let made = [a.made, b.made, c.made];
    assert_eq!(made.iter().sum::<u64>(), 600);
    assert!(made.iter().all(|made| *made > 0), "{made:?}");
    let store = server.store("May").await.unwrap();
    let workers = store.fleet().unwrap().workers().await.unwrap();
    assert_eq!(workers.len(), 3);
    for worker in &workers {
        assert_eq!(worker.end_reason.as_deref(), Some("left"), "{worker:?}");
        assert_eq!((worker.claimed, worker.under_way), (0, 0));
    }
    let names: HashSet<&str> = workers.iter().map(|worker| worker.name.as_str()).collect();
    assert_eq!(names.len(), 3);
}

#[tokio::test]
async fn a_run_of_a_list_that_is_done_sends_nothing_and_its_run_is_the_next_one() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&[]), list(&csv(5)));
    sandbox.inject(
        format!("unauthorized-401@{RECHARGE}*2")
            .parse::<Fault>()
            .unwrap(),
    );
    for (made, done) in [(5, 4), (1, 5), (0, 5)] {
        let store = server.store("May").await.unwrap();
        let end = one(&sandbox, store, &list, &options(1)).await;
        assert_eq!((end.made, end.counts.of(State::Done)), (made, done));
        assert_eq!(end.stopped, None);
    }
    assert_eq!(server.sql("SELECT run FROM jdy_journal.lists"), "3");
}

/// The body of a worker process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the process that tests here start and kill"]
async fn a_worker_of_its_own() {
    let Ok(address) = std::env::var("DATABASE") else {
        return;
    };
    let word = |name: &str| std::env::var(name).unwrap();
    let config = PostgresConfig::parse(&address).unwrap().lease(LEASE);
    let client = jdy::Client::builder()
        .base_url(word("SANDBOX"))
        .credentials(jdy::Credentials::app(
            word("CLIENT_ID"),
            word("CLIENT_SECRET"),
            word("APP_KEY"),
            word("APP_SECRET"),
            word("ROUTER"),
        ))
        .limits(jdy::Limits::none())
        .build()
        .unwrap();
    let list = list(&csv(word("LINES").parse().unwrap()));
    let store = PostgresStore::connect(config, "May").await.unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let (options, progress) = (options(4), Progress::default());
    let end = run(&client, &journal, &list, &options, &progress, pending()).await;
    end.unwrap();
}

/// A worker process, which is killed with the test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(server: &Server, sandbox: &Sandbox, lines: usize) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "postgres::fleet::a_worker_of_its_own",
                "--ignored",
            ])
            .env("DATABASE", server.address())
            .env("SANDBOX", sandbox.url())
            .env("CLIENT_ID", sandbox.client_id())
            .env("CLIENT_SECRET", sandbox.client_secret())
            .env("APP_KEY", sandbox.app_key())
            .env("APP_SECRET", sandbox.app_secret())
            .env("ROUTER", sandbox.router_addr())
            .env("LINES", lines.to_string())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let mut kill = Command::new("kill");
        let sent = kill.args([signal, &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Whether it has ended well; `None` if it has not ended.
    pub(crate) fn end(&mut self) -> Option<bool> {
        let status = self.0.try_wait().unwrap();
        status.map(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_joins() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&["slow=20ms"]);
    let mut processes: Vec<_> = (0..2)
        .map(|_| Process::start(&server, &sandbox, 300))
        .collect();
    for process in &mut processes {
        until("the end of a worker", async || process.end() == Some(true)).await;
    }
    let store = server.store("May").await.unwrap();
    let entries = store.entries().await.unwrap();
    hold(&sandbox, &list(&csv(300)), &entries);
    assert_eq!(count(&entries, State::Done), 300);
    let both = "SELECT count(DISTINCT worker) FROM jdy_journal.lines";
    assert_eq!(server.sql(both), "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_claims_of_a_killed_process_are_sent_by_others_and_its_calls_are_unknown() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[]);
    let lines = 60;
    // Its calls hang, so that it dies with four intents and some claims.
    sandbox.inject(format!("slow=60s@{RECHARGE}*4").parse::<Fault>().unwrap());
    let mut process = Process::start(&server, &sandbox, lines);
    let store = Arc::new(store(&server, "May").await);
    until("four calls", async || recharges(&sandbox) == 4).await;
    process.kill();
    let held = store.fleet().unwrap().workers().await.unwrap();
    assert_eq!((held.len(), held[0].under_way), (1, 4));
    assert!(held[0].claimed > 0, "{held:?}");
    let list = list(&csv(lines));
    let journal = Journal::of_list(store.clone(), &list, "sandbox")
        .await
        .unwrap();
    // Until its lease is over they are its own.
    let client = client(&sandbox);
    let end = run(
        &client,
        &journal,
        &list,
        &options(4),
        &Progress::default(),
        pending(),
    )
    .await;
    let end = end.unwrap();
    assert_eq!((end.made, end.stopped), (56, None));
    assert_eq!(count(&end.entries, State::Unknown), 4);
    for entry in end.entries.iter().filter(|it| it.state == State::Unknown) {
        let report = entry.report.as_deref().unwrap();
        assert!(report.contains("the lease of worker 1 ("), "{report}");
        assert_eq!((entry.sent, entry.resent), (1, 0));
    }
    hold(&sandbox, &list, &end.entries);
    let workers = store.fleet().unwrap().workers().await.unwrap();
    assert_eq!(workers[0].end_reason.as_deref(), Some("lease ended"));
    assert_eq!((workers[0].claimed, workers[0].under_way), (0, 0));
}

/// Without a change, a status shows what is known of a worker that has died.
#[tokio::test]
async fn an_intent_whose_lease_has_ended_reads_unknown_before_anyone_writes_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = server.store("a list").await.unwrap();
    store.create(header(), planned(2)).await.unwrap();
    let process = store.write(change(1, State::Planned, State::Intent));
    process.await.unwrap();
    server.sql("UPDATE jdy_journal.workers SET lease_until = now() - interval '1 second'");
    let reader = server.store("a list").await.unwrap();
    let seen = reader.fleet().unwrap().current_entries().await.unwrap();
    assert_eq!(states(&seen), [State::Unknown, State::Planned]);
    assert!(seen[0].report.as_ref().unwrap().contains("ended"));
    assert_eq!(reader.entries().await.unwrap()[0].state, State::Intent);
    let workers = reader.fleet().unwrap().workers().await.unwrap();
    assert_eq!((workers.len(), workers[0].lease_left), (1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_a_dead_worker_are_taken_up_while_the_others_are_busy() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&["slow=50ms"]), list(&csv(400)));
    let reader = store(&server, "May").await;
    let journal = Journal::of_list(store(&server, "May").await, &list, "sandbox").await;
    server.sql(
        "INSERT INTO jdy_journal.workers (list, name, lease_until, run)
         VALUES (1, 'till-7', now() - interval '1 minute', 1);
         UPDATE jdy_journal.lines SET state = 'intent', worker = 1, sent = 1 WHERE key = 'R-400';
         UPDATE jdy_journal.lines SET claim = 1 WHERE key = 'R-399'",
    );
    // It dies when the run has begun.
    server.sql("UPDATE jdy_journal.workers SET lease_until = now() + interval '1 second'");
    let (client, options, progress) = (client(&sandbox), options(2), Progress::default());
    let journal = journal.unwrap();
    let running = run(&client, &journal, &list, &options, &progress, pending());
    let watching = until("the end of the dead worker", async || {
        let entries = reader.entries().await.unwrap();
        let is_unknown = entries[399].state == State::Unknown;
        assert!(
            is_unknown || count(&entries, State::Planned) > 0,
            "only at the end"
        );
        is_unknown
    });
    let (end, ()) = tokio::join!(running, watching);
    let end = end.unwrap();
    assert_eq!(count(&end.entries, State::Done), 399);
    assert_eq!(end.entries[399].state, State::Unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_leaves_its_claims_to_the_others() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&["slow=20ms"]), list(&csv(200)));
    let first = Journal::of_list(server.store("May").await.unwrap(), &list, "sandbox").await;
    let (first, progress) = (first.unwrap(), Progress::default());
    let stop = tokio::time::sleep(Duration::from_millis(300));
    let (client, options) = (client(&sandbox), options(4));
    let (stopped, other) = tokio::join!(
        run(&client, &first, &list, &options, &progress, stop),
        one(
            &sandbox,
            server.store("May").await.unwrap(),
            &list,
            &options
        ),
    );
    assert!(stopped.unwrap().stopped.is_some());
    assert_eq!(other.counts.of(State::Done), 200);
    hold(&sandbox, &list, &other.entries);
    // Its store is open still, and nobody waited for it.
    let workers = "SELECT count(*) FROM jdy_journal.workers WHERE ended_at IS NULL";
    assert_eq!(server.sql(workers), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_future_is_dropped_keeps_nobody_waiting() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&["slow=20ms"]), list(&csv(100)));
    let first = Journal::of_list(server.store("May").await.unwrap(), &list, "sandbox").await;
    let (first, progress, options) = (first.unwrap(), Progress::default(), options(2));
    let client = client(&sandbox);
    let dropped = run(&client, &first, &list, &options, &progress, pending());
    let dropped = tokio::time::timeout(Duration::from_millis(200), dropped).await;
    assert!(dropped.is_err());
    let end = one(
        &sandbox,
        server.store("May").await.unwrap(),
        &list,
        &options,
    )
    .await;
    assert_eq!(
        end.counts.of(State::Done) + end.counts.of(State::Unknown),
        100
    );
    hold(&sandbox, &list, &end.entries);
    drop(first);
}

/// Leases are the database's: whoever's clock is hours off is neither taken for dead nor for alive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_of_a_worker_does_not_matter() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&[]), list(&csv(100)));
    let store = Arc::new(server.store("May").await.unwrap());
    let journal = Journal::of_list(store.clone(), &list, "sandbox")
        .await
        .unwrap();
    let other = server.store("May").await.unwrap();
    for (line, at) in [(2, 1), (3, 4_102_444_800_000)] {
        let intent = jdy_journal::Change {
            at,
            ..change(line, State::Planned, State::Intent)
        };
        other.write(intent).await.unwrap();
    }
    let (client, options, progress) = (client(&sandbox), options(4), Progress::default());
    let end = run(&client, &journal, &list, &options, &progress, pending()).await;
    let counts = end.unwrap().counts;
    assert_eq!((counts.of(State::Done), counts.of(State::Intent)), (98, 2));
    // Its lease ends by the database's clock alone.
    server.sql(
        "UPDATE jdy_journal.workers SET lease_until = now() - interval '1 second' \
                WHERE id <> (SELECT max(worker) FROM jdy_journal.lines WHERE state = 'done')",
    );
    let seen = journal.entries().await.unwrap();
    assert_eq!(count(&seen, State::Unknown), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_states_is_done_once_whichever_workers_are_given_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&[]), list(&csv(40)));
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}*2")
            .parse::<Fault>()
            .unwrap(),
    );
    let first = one(
        &sandbox,
        server.store("May").await.unwrap(),
        &list,
        &options(1),
    )
    .await;
    let unknown = |summary: &Summary| -> Vec<String> {
        let unknown = summary
            .entries
            .iter()
            .filter(|it| it.state == State::Unknown);
        unknown.map(|entry| entry.key.clone().unwrap()).collect()
    };
    let names = unknown(&first);
    assert_eq!(names.len(), 2);
    // They are lost again and again: a second resend would show.
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}")
            .parse::<Fault>()
            .unwrap(),
    );
    let stated = Options {
        resend: vec![names[0].clone()],
        resolutions: vec![Resolution {
            name: names[1].clone(),
            resolved_as: ResolvedAs::Absent,
            of_call: None,
            by: "Li Lei".to_owned(),
        }],
        ..options(2)
    };
    let (a, b, c) = tokio::join!(
        one(&sandbox, server.store("May").await.unwrap(), &list, &stated),
        one(&sandbox, server.store("May").await.unwrap(), &list, &stated),
        one(&sandbox, server.store("May").await.unwrap(), &list, &stated),
    );
    assert_eq!(a.made + b.made + c.made, 2);
    for summary in [&a, &b, &c] {
        assert_eq!(unknown(summary), names);
        for name in &names {
            let entry = summary
                .entries
                .iter()
                .find(|it| it.key.as_ref() == Some(name));
            assert_eq!(entry.unwrap().sent, 2, "{entry:?}");
        }
    }
    // In a run of its own it is a new statement, about the last call.
    let alone = Options {
        resend: names.iter().map(|name| format!("{name}@2")).collect(),
        ..options(1)
    };
    let again = one(&sandbox, server.store("May").await.unwrap(), &list, &alone).await;
    assert_eq!(again.made, 2);
}

/// A client that is refused by the gateway stops, and the others go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_with_a_wrong_setting_leaves_the_list_to_the_others() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, list) = (sandbox(&["slow=20ms"]), list(&csv(100)));
    let wrong = crate::bench::Fake::answering(519, r#"{"errcode":4012,"description":"no"}"#);
    let journal = Journal::of_list(server.store("May").await.unwrap(), &list, "sandbox").await;
    let (journal, progress, options) = (journal.unwrap(), Progress::default(), options(2));
    let client = built(&wrong.url, &sandbox, jdy::Limits::none());
    let (stopped, other) = tokio::join!(
        run(&client, &journal, &list, &options, &progress, pending()),
        one(
            &sandbox,
            server.store("May").await.unwrap(),
            &list,
            &options
        ),
    );
    let stopped = stopped.unwrap();
    assert!(stopped.stopped.is_some());
    hold(&sandbox, &list, &other.entries);
    let done = other.counts.of(State::Done);
    assert_eq!(done + other.counts.of(State::NotSent), 100);
    // Those that it tried are sent by the next run.
    assert_eq!(other.counts.of(State::NotSent), stopped.made);
}
