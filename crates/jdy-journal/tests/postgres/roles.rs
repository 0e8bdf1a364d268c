//! The unknown lines of a shared list: one worker looks them up for all.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jdy::operations::scm::SAL_ORDER_SAVE;
use jdy_journal::{
    Format, Journal, JournalStore, List, LookUpProgress, Options, PostgresStore, Progress,
    Reconcile, State, Summary, run,
};
use jdy_sandbox::{Fault, Sandbox};

use super::fleet::{config, until};
use super::server::Server;
use crate::bench::{client, count, options};

const SAVE: &str = "/jdy/v2/scm/sal_order";
const DETAIL: &str = "/jdy/v2/scm/sal_order_detail";

fn orders(count: usize) -> List {
    let line = |number| {
        format!(
            r#"{{"bill_no":"SO-{number}","bill_date":"2024-05-01","customer_id":"810000030000000001","material_entity":[{{"material_id":"810000020000000001","unit_id":"810000010000000001","price":"1.50","qty":"2","is_free":false}}]}}"#
        )
    };
    let lines: Vec<String> = (1..=count).map(line).collect();
    List::read(&SAL_ORDER_SAVE, Format::Jsonl, lines.join("\n").as_bytes()).unwrap()
}

fn requests(sandbox: &Sandbox, path: &str, method: &str) -> usize {
    let requests = sandbox.requests();
    let own = requests
        .iter()
        .filter(|request| request.path == path && request.method == method);
    own.count()
}

fn reconciling(wait: bool) -> Options {
    Options {
        reconcile: Some(Reconcile {
            wait,
            ..Reconcile::default()
        }),
        ..options(2)
    }
}

async fn one(sandbox: &Sandbox, store: Arc<PostgresStore>, list: &List, wait: bool) -> Summary {
    let journal = Journal::of_list(store, list, "sandbox").await.unwrap();
    let (progress, options) = (Progress::default(), reconciling(wait));
    let client = client(sandbox);
    let end = run(&client, &journal, list, &options, &progress, pending()).await;
    end.unwrap()
}

async fn store(server: &Server) -> Arc<PostgresStore> {
    let store = PostgresStore::connect(config(server), "orders").await;
    Arc::new(store.unwrap())
}

fn sandbox(faults: &[&str]) -> Sandbox {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    for fault in faults {
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_unknown_line_is_looked_up_once_for_all_and_all_say_the_same() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[&format!("lost-after-commit@{SAVE}*6")]);
    let list = orders(30);
    let stores = [
        store(&server).await,
        store(&server).await,
        store(&server).await,
    ];
    let [a, b, c] = stores;
    let (a, b, c) = tokio::join!(
        one(&sandbox, a, &list, false),
        one(&sandbox, b, &list, false),
        one(&sandbox, c, &list, false),
    );
    assert_eq!(count(&a.entries, State::Done), 30);
    let found = a.reconciled.clone().unwrap();
    assert_eq!(found.applied, 6);
    for other in [&b, &c] {
        assert_eq!(other.entries, a.entries);
        assert_eq!(other.reconciled.as_ref(), Some(&found));
    }
    assert_eq!(requests(&sandbox, DETAIL, "GET"), 6);
    assert_eq!(requests(&sandbox, SAVE, "POST"), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_absent_is_sent_again_once_and_the_others_wait_for_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[&format!("lost-before-commit@{SAVE}*3")]);
    let list = orders(20);
    let (a, b) = (store(&server).await, store(&server).await);
    let (first, second) = tokio::join!(
        one(&sandbox, a.clone(), &list, false),
        one(&sandbox, b.clone(), &list, false),
    );
    for summary in [&first, &second] {
        let found = summary.reconciled.clone().unwrap();
        assert_eq!((found.too_early, found.absent), (3, 0));
    }
    sandbox.advance_clock(Duration::from_secs(11 * 60));
    let (first, second) = tokio::join!(
        one(&sandbox, a, &list, false),
        one(&sandbox, b, &list, false),
    );
    for summary in [&first, &second] {
        assert_eq!(count(&summary.entries, State::Done), 20);
    }
    assert_eq!(first.made + second.made, 3);
    assert_eq!(requests(&sandbox, SAVE, "POST"), 23);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_role_of_a_reconciler_that_dies_is_taken_over() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    // The look-up of the first hangs, and it dies with the role.
    let sandbox = sandbox(&[
        &format!("lost-after-commit@{SAVE}*2"),
        &format!("slow=60s@{DETAIL}*1"),
    ]);
    let list = orders(6);
    let first = store(&server).await;
    let journal = Journal::of_list(first.clone(), &list, "sandbox")
        .await
        .unwrap();
    let (hanging, options, progress) = (client(&sandbox), reconciling(false), Progress::default());
    let running = run(&hanging, &journal, &list, &options, &progress, pending());
    let watching = async {
        let reader = store(&server).await;
        until("a reconciler", async || {
            let workers = reader.fleet().unwrap().workers().await.unwrap();
            workers.iter().any(|worker| worker.is_reconciler)
                && requests(&sandbox, DETAIL, "GET") > 0
        })
        .await;
        // It is not heard of any more: the rows say so, as it cannot be killed alone.
        server.sql(
            "UPDATE jdy_journal.workers SET ended_at = now(), end_reason = 'lease ended', run = 0",
        );
        one(&sandbox, reader, &list, false).await
    };
    let end = tokio::select! {
        end = watching => end,
        end = running => panic!("it ended: {end:?}"),
    };
    assert_eq!(count(&end.entries, State::Done), 6);
    assert_eq!(end.reconciled.unwrap().applied, 2);
    assert_eq!(requests(&sandbox, SAVE, "POST"), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_over_the_role_goes_on_where_the_one_before_has_come_to() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&[&format!("lost-after-commit@{SAVE}*6")]);
    let list = orders(6);
    let (first, other) = (store(&server).await, store(&server).await);
    let journal = Journal::of_list(first.clone(), &list, "sandbox");
    let journal = journal.await.unwrap();
    let (client, progress) = (client(&sandbox), Progress::default());
    let no_look_ups = options(2);
    let unknown = run(&client, &journal, &list, &no_look_ups, &progress, pending());
    assert_eq!(count(&unknown.await.unwrap().entries, State::Unknown), 6);

    let (first, other) = (first.fleet().unwrap(), other.fleet().unwrap());
    let number = first.begin().await.unwrap();
    assert_eq!(other.begin().await.unwrap(), number);
    let nothing = LookUpProgress::default();
    assert_eq!(first.take_role().await.unwrap(), Some(nothing.clone()));
    assert_eq!(other.take_role().await.unwrap(), None);
    let mut come = nothing.clone();
    (come.found.conflicts, come.lines) = (4, 4);
    first.keep_progress(come).await.unwrap();
    first.leave().await.unwrap();
    other.rest().await.unwrap();
    let end = one(&sandbox, store(&server).await, &list, false).await;
    let found = end.reconciled.unwrap();
    assert_eq!((found.conflicts, found.applied), (4, 2));
    assert_eq!(requests(&sandbox, DETAIL, "GET"), 2);
    assert_eq!(other.take_role().await.unwrap(), None);

    // The next run begins with the first line.
    other.leave().await.unwrap();
    assert_eq!(first.begin().await.unwrap(), number + 1);
    assert_eq!(first.take_role().await.unwrap(), Some(nothing));
}
