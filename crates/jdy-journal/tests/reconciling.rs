//! Unknown lines that a look-up settles: done if their record is there, sent again if it is proven
//! absent, left to a person if it is another one. Nothing is ever sent too early.

use std::time::Duration;

use jdy::ReconcileOptions;
use jdy::operations::{arap::AR_CREDIT_SAVE, scm::SAL_ORDER_SAVE};
use jdy_journal::{
    Change, Format, Journal, JournalStore as _, List, Options, Reconcile, SqliteStore, State,
    Summary,
};
use jdy_sandbox::{Fault, Sandbox};

use crate::bench::{RECHARGE, csv, fresh, go, list as recharges, options};

const SAVE: &str = "/jdy/v2/scm/sal_order";
const MINUTE: Duration = Duration::from_secs(60);

fn order(number: &str, qty: &str) -> String {
    format!(
        r#"{{"bill_no":"{number}","bill_date":"2024-05-01","customer_id":"810000030000000001",
        "material_entity":[{{"material_id":"810000020000000001","unit_id":"810000010000000001",
        "price":"1.50","qty":"{qty}","is_free":false}}]}}"#
    )
    .replace('\n', " ")
}

fn orders(count: usize) -> List {
    let lines = (1..=count).map(|number| order(&format!("SO-{number}"), "2"));
    let text = lines.collect::<Vec<_>>().join("\n");
    List::read(&SAL_ORDER_SAVE, Format::Jsonl, text.as_bytes()).unwrap()
}

fn reconciling() -> Options {
    Options {
        reconcile: Some(Reconcile::default()),
        ..options(1)
    }
}

/// A sandbox that treats the next saves so.
fn sandbox(faults: &str) -> Sandbox {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let (kind, times) = faults.split_once('*').unwrap();
    let fault: Fault = format!("{kind}@{SAVE}*{times}").parse().unwrap();
    sandbox.inject(fault);
    sandbox
}

fn states(summary: &Summary) -> Vec<State> {
    summary.entries.iter().map(|entry| entry.state).collect()
}

/// How many requests to save an order came.
fn saves(sandbox: &Sandbox) -> usize {
    let requests = sandbox.requests();
    let saves = requests
        .iter()
        .filter(|request| request.path == SAVE && request.method == "POST");
    saves.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_record_is_there_is_done_at_once() {
    let sandbox = sandbox("lost-after-commit*3");
    let (path, list) = (fresh("applied"), orders(3));
    let summary = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(states(&summary), [State::Done; 3]);
    assert_eq!(summary.reconciled.unwrap().applied, 3);
    assert_eq!(saves(&sandbox), 3);
    let first = &summary.entries[0];
    let report = first.report.as_deref().unwrap();
    let shown = "reconciled as applied: scm.sal_order_detail shows SO-1";
    assert!(report.starts_with(shown), "{report}");
    assert!(first.history.contains("unknown: "), "{}", first.history);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_never_came_is_sent_again_only_when_it_cannot_come_any_more() {
    let sandbox = sandbox("lost-before-commit*1");
    let (path, list) = (fresh("absent"), orders(2));
    for (minutes, is_due) in [(0, false), (5, false), (4, false), (2, true)] {
        sandbox.advance_clock(minutes * MINUTE);
        let summary = go(&sandbox, &path, &list, &reconciling()).await;
        let found = summary.reconciled.clone().unwrap();
        if is_due {
            assert_eq!((found.absent, found.too_early), (1, 0));
            assert_eq!(states(&summary), [State::Done; 2]);
            assert_eq!(summary.entries[0].sent, 2);
            let history = &summary.entries[0].history;
            for words in ["unknown: ", "too early", "not_sent: reconciled as absent"] {
                assert!(history.contains(words), "{words}: {history}");
            }
        } else {
            assert_eq!((found.absent, found.too_early), (0, 1));
            assert!(found.ask_again_at.is_some());
            assert_eq!(states(&summary), [State::Unknown, State::Done]);
            assert_eq!(saves(&sandbox), 2, "nothing was sent again");
        }
    }
    assert_eq!(saves(&sandbox), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_the_last_attempt_is_kept_over_runs_and_is_the_gateways() {
    let sandbox = sandbox("lost-before-commit*1");
    // This machine's clock is hours behind, and the client knows only the gateway's.
    sandbox.advance_clock(300 * MINUTE);
    let (path, list) = (fresh("clock"), orders(1));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    assert!(first.entries[0].last_attempt().unwrap() > first.entries[0].ended_at.unwrap());
    let second = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(second.reconciled.unwrap().too_early, 1);
    assert_eq!(
        second.entries[0].last_attempt(),
        first.entries[0].last_attempt()
    );
    sandbox.advance_clock(11 * MINUTE);
    let third = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(states(&third), [State::Done]);
}

/// A receipt, whose list has no filter by number.
fn receipt(number: usize) -> String {
    let day = 1 + number % 3;
    format!(
        r#"{{"bill_no":"SK-{number}","bill_date":"2024-05-0{day}","customer_id":"810000030000000001",
        "pay_entry_list":[{{"settle_account_id":"1","amount":"5.00"}}],
        "source_bill_entry_list":[{{"src_bill_id":"2","src_bill_type_id":"3","cur_settle_amount":"5.00"}}]}}"#
    )
    .replace('\n', " ")
}

fn receipts(count: usize) -> List {
    let lines: Vec<String> = (1..=count).map(receipt).collect();
    List::read(&AR_CREDIT_SAVE, Format::Jsonl, lines.join("\n").as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_absent_only_if_it_is_not_among_all_of_the_days_around_its_own() {
    const RECEIPTS: &str = "/jdy/v2/arap/ar_credit";
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    // Two of them never came, and one did. The details of all three are refused.
    for fault in [
        format!("lost-before-commit@{RECEIPTS}*2"),
        format!("lost-after-commit@{RECEIPTS}*1"),
        format!("errcode=2008@{RECEIPTS}_detail*6"),
    ] {
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let (path, list) = (fresh("receipts"), receipts(250));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    let unknown = first
        .entries
        .iter()
        .filter(|entry| entry.state == State::Unknown);
    assert_eq!(unknown.count(), 3);
    sandbox.advance_clock(11 * MINUTE);
    let short = Options {
        reconcile: Some(Reconcile {
            options: ReconcileOptions::default().max_pages(1),
            ..Reconcile::default()
        }),
        ..options(1)
    };
    let summary = go(&sandbox, &path, &list, &short).await;
    let found = summary.reconciled.unwrap();
    assert_eq!((found.applied, found.absent, found.undecided), (0, 0, 3));
    let report = summary.entries[0].report.clone().unwrap();
    assert!(report.contains("max_pages"), "{report}");

    let summary = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(states(&summary), [State::Done; 250]);
    let found = summary.reconciled.unwrap();
    assert_eq!((found.applied, found.absent), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_record_under_the_number_is_left_to_a_person() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let other = List::read(
        &SAL_ORDER_SAVE,
        Format::Jsonl,
        order("SO-1", "3").as_bytes(),
    )
    .unwrap();
    go(&sandbox, &fresh("other"), &other, &options(1)).await;
    let fault: Fault = format!("lost-before-commit@{SAVE}*1").parse().unwrap();
    sandbox.inject(fault);
    let (path, list) = (fresh("conflict"), orders(1));
    for minutes in [0, 20] {
        sandbox.advance_clock(minutes * MINUTE);
        let summary = go(&sandbox, &path, &list, &reconciling()).await;
        assert_eq!(states(&summary), [State::Unknown]);
        assert_eq!(summary.reconciled.unwrap().conflicts, 1);
        let report = summary.entries[0].report.clone().unwrap();
        assert!(report.contains("material_entity[1].qty"), "{report}");
    }
    assert_eq!(saves(&sandbox), 2, "it is never sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_is_over_when_the_line_can_be_told() {
    let sandbox = sandbox("lost-before-commit*1");
    let (path, list) = (fresh("waits"), orders(1));
    go(&sandbox, &path, &list, &options(1)).await;
    // All but a few seconds have passed.
    sandbox.advance_clock(10 * MINUTE - Duration::from_secs(4));
    let waiting = Options {
        reconcile: Some(Reconcile {
            wait: true,
            ..Reconcile::default()
        }),
        ..options(1)
    };
    let summary = go(&sandbox, &path, &list, &waiting).await;
    assert_eq!(states(&summary), [State::Done]);
    assert_eq!(
        (summary.reconciled.unwrap().absent, saves(&sandbox)),
        (1, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recharge_is_shown_and_never_decided() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let fault: Fault = format!("lost-after-commit@{RECHARGE}*2").parse().unwrap();
    sandbox.inject(fault);
    let (path, list) = (fresh("recharge"), recharges(&csv(2)));
    for minutes in [0, 20] {
        sandbox.advance_clock(minutes * MINUTE);
        let summary = go(&sandbox, &path, &list, &reconciling()).await;
        assert_eq!(states(&summary), [State::Unknown; 2]);
        assert_eq!(summary.reconciled.unwrap().undecided, 2);
        let report = summary.entries[0].report.clone().unwrap();
        assert!(report.contains("2 records may be it"), "{report}");
    }
    assert_eq!(sandbox.bills().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_a_killed_process_left_counts_from_its_recovery() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.advance_clock(300 * MINUTE);
    let (path, list) = (fresh("killed"), orders(1));
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    drop(journal);
    // What a process leaves that is killed behind its intent, an hour ago by its own clock.
    let store = SqliteStore::open(&path).unwrap();
    let intent = Change::new(1, State::Planned, State::Intent, 1_700_000_000_000);
    store.write(intent).await.unwrap();
    drop(store);
    let recovered = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(recovered.reconciled.unwrap().too_early, 1);
    assert!(recovered.entries[0].last_attempt().is_some());
    sandbox.advance_clock(9 * MINUTE);
    let early = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(
        (early.reconciled.unwrap().too_early, saves(&sandbox)),
        (1, 0)
    );
    sandbox.advance_clock(2 * MINUTE);
    let late = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!((states(&late), saves(&sandbox)), (vec![State::Done], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_fails_changes_nothing_and_is_reported() {
    let sandbox = sandbox("lost-after-commit*1");
    let (path, list) = (fresh("fails"), orders(1));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    let fault: Fault = "unauthorized-401@/jdy/v2/scm/sal_order_detail*9"
        .parse()
        .unwrap();
    sandbox.inject(fault);
    let failed = go(&sandbox, &path, &list, &reconciling()).await;
    let found = failed.reconciled.unwrap();
    assert_eq!(found.failed, 1);
    assert!(found.failure.unwrap().contains("scm.sal_order_detail"));
    assert_eq!(failed.entries, first.entries);
    sandbox.clear_faults();
    let last = go(&sandbox, &path, &list, &reconciling()).await;
    assert_eq!(states(&last), [State::Done]);
}
