//! How an unknown line is looked up, and what a manual resolution does to it.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jdy::ls::mall_recharge::{self, Data, Request};
use jdy::operations::ls::MALL_RECHARGE;
use jdy::operations::scm::SAL_ORDER_SAVE;
use jdy::{ClientExt, Operation, OperationInfo, Verify};
use jdy_journal::{
    Change, Entry, Format, Journal, JournalStore as _, List, OnceError, Options, Progress,
    Resolution, ResolveError, ResolvedAs, RunError, SqliteStore, State, StoreError, run,
};
use jdy_sandbox::{Fault, Sandbox};

use crate::bench::{RECHARGE, client, count, csv, fresh, go, hold, list, options, sandbox};

#[test]
fn the_query_names_its_operation_with_the_arguments_filled_in() {
    let verified: Operation<Request, Data> = Operation::new(OperationInfo {
        verify: Some(Verify {
            operation: "ls.recharge_record",
            by: &[
                ("member", "member_id"),
                ("amount", "bal_amount"),
                ("store", "store_id"),
            ],
            with: &[("type", "1")],
            matches: &[],
            compare: &["bal_amount", "store_id"],
            look_up: None,
            confirm: None,
        }),
        ..*MALL_RECHARGE.info()
    });
    let of = |text: &str| {
        let list = List::read(&verified, Format::Csv, text.as_bytes()).unwrap();
        list.lines()[0].request.verification_query().unwrap()
    };
    let found = of("member_id,bal_amount,src_bill_id,store_id\n10,1.50,R-1,7\n");
    assert_eq!(found.operation, "ls.recharge_record");
    let arguments = [
        ("member", "10"),
        ("amount", "1.50"),
        ("store", "7"),
        ("type", "1"),
    ];
    assert_eq!(found.asks.len(), 1);
    assert_eq!(found.asks[0].arguments, pairs(&arguments));
    assert_eq!(
        found.compare,
        pairs(&[("bal_amount", "1.50"), ("store_id", "7")])
    );
    // Without one of its arguments the operation would show something else.
    for text in [
        "member_id,bal_amount,src_bill_id\n10,1.50,R-1\n",
        "member_id,bal_amount,src_bill_id,store_id\n10,1.50,R-1,\"\"\n",
    ] {
        let found = of(text);
        assert_eq!((found.asks.len(), found.missing), (0, vec!["store_id"]));
    }
}

fn pairs(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

fn query_of(operation: &dyn jdy::DynOperation, line: &str) -> jdy_runtime::VerificationQuery {
    let request = operation.request(line).unwrap();
    request.verification_query().unwrap()
}

/// Each document is looked up by its own key; there is no query for one without a key.
#[test]
fn each_of_several_documents_has_a_query() {
    use jdy::operations::bd::INCOME_TYPE_SAVE;
    use jdy::operations::fi::VOUCHER_SAVE;
    use jdy::operations::scm::{SAL_OUT_BOUND_BATCH_SAVE, SAL_OUT_BOUND_SAVE};
    let item = |number: &str| {
        format!(r#"{{"date":"2026-01-31","entry_list":[],"source_bill_no":"{number}"}}"#)
    };
    let two = format!("{{\"items\":[{},{}]}}", item("V1"), item("V2"));
    let found = query_of(&VOUCHER_SAVE, &two);
    let arguments = |number: &str| pairs(&[("source_bill_no", number), ("page_size", "100")]);
    let all: Vec<_> = found.asks.iter().map(|ask| ask.arguments.clone()).collect();
    assert_eq!(all, [arguments("V1"), arguments("V2")]);
    assert_eq!(found.asks[1].matches, pairs(&[("source_bill_no", "V2")]));
    assert_eq!(found.missing, [] as [&str; 0]);

    let sale = r#""bill_date":"2026-01-31","customer_id":"7","material_entity":[]"#;
    for (data, numbers) in [
        (
            format!(r#"{{{sale},"bill_no":"X1"}},{{{sale}}}"#),
            &["X1"][..],
        ),
        (format!(r#"{{{sale},"bill_no":""}}"#), &[]),
        (String::new(), &[]),
    ] {
        let found = query_of(&SAL_OUT_BOUND_BATCH_SAVE, &format!("{{\"data\":[{data}]}}"));
        let asks: Vec<_> = found.asks.iter().map(|ask| ask.arguments.clone()).collect();
        let numbers = numbers.iter().map(|number| pairs(&[("number", number)]));
        assert_eq!(asks, numbers.collect::<Vec<_>>());
        assert_eq!(found.missing, ["data.bill_no"]);
    }

    let found = query_of(&SAL_OUT_BOUND_SAVE, &format!("{{{sale}}}"));
    assert_eq!((found.asks.len(), found.missing), (0, vec!["bill_no"]));

    // The whole list is read, and only the number tells which record is meant.
    let found = query_of(&INCOME_TYPE_SAVE, r#"{"name":"a","number":"N-1"}"#);
    assert_eq!(found.asks[0].arguments, pairs(&[("page_size", "100")]));
    assert_eq!(found.asks[0].matches, pairs(&[("number", "N-1")]));
}

/// A list with two unknown lines: the first was applied, the second was not.
async fn two_unknown(sandbox: &Sandbox, path: &std::path::Path) -> List {
    for (word, times) in [("lost-after-commit", 1), ("lost-before-commit", 1)] {
        let fault = format!("{word}@{RECHARGE}*{times}");
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let list = list(&csv(4));
    let first = go(sandbox, path, &list, &options(1)).await;
    assert_eq!(count(&first.entries, State::Unknown), 2);
    list
}

fn resolution(name: &str, resolved_as: ResolvedAs) -> Resolution {
    Resolution {
        name: name.to_owned(),
        resolved_as,
        of_call: None,
        by: "Han Meimei\n".to_owned(),
    }
}

#[tokio::test]
async fn a_resolved_line_is_done_or_sent_and_the_journal_keeps_the_name_and_the_state_before() {
    let (sandbox, path) = (sandbox(&[]), fresh("settled"));
    let list = two_unknown(&sandbox, &path).await;
    let resolve = Options {
        resolutions: vec![
            resolution("R-1", ResolvedAs::Applied),
            resolution("R-2", ResolvedAs::Absent),
        ],
        ..options(1)
    };
    let last = go(&sandbox, &path, &list, &resolve).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!((last.made, count(&last.entries, State::Done)), (1, 4));
    let lines = |entry: &Entry| -> Vec<String> {
        let lines = entry.history.lines();
        lines
            .map(|line| line.split_once(' ').unwrap().1.to_owned())
            .collect()
    };
    let (applied, absent) = (&last.entries[0], &last.entries[1]);
    assert_eq!(
        applied.report.as_deref(),
        Some("settled by hand as applied by Han Meimei ")
    );
    assert!(applied.ended_at >= applied.intended_at);
    assert_eq!((applied.sent, lines(applied).len()), (1, 1));
    assert!(lines(applied)[0].starts_with("unknown: ls.mall_recharge unknown"));
    assert_eq!((absent.sent, absent.resent, &absent.report), (2, 0, &None));
    assert!(lines(absent)[0].starts_with("unknown: ls.mall_recharge unknown"));
    assert_eq!(
        lines(absent)[1],
        "not_sent: settled by hand as absent by Han Meimei "
    );
    assert_eq!(lines(absent).len(), 2);
}

#[tokio::test]
async fn a_line_that_was_sent_again_is_absent_only_by_the_name_of_its_last_call() {
    let (sandbox, path) = (sandbox(&[]), fresh("sent-again"));
    let list = two_unknown(&sandbox, &path).await;
    let absent = |of_call| Options {
        resolutions: vec![Resolution {
            of_call,
            ..resolution("R-2", ResolvedAs::Absent)
        }],
        ..options(1)
    };
    // Sent again, and this call is applied and its answer lost.
    let fault = format!("lost-after-commit@{RECHARGE}*1");
    sandbox.inject(fault.parse::<Fault>().unwrap());
    let second = go(&sandbox, &path, &list, &absent(None)).await;
    assert_eq!((second.made, second.entries[1].sent), (1, 2));
    assert_eq!(second.entries[1].state, State::Unknown);
    let bills = sandbox.bills().len();

    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let journal = journal.absent_after(Duration::ZERO);
    let (client, progress) = (client(&sandbox), Progress::default());
    let before = journal.entries().await.unwrap();
    for (of_call, words) in [
        (None, "says nothing of the last one"),
        (Some(1), "call 1 is not the last one"),
        (Some(3), "call 3 is not the last one"),
    ] {
        let said = absent(of_call);
        let end = run(&client, &journal, &list, &said, &progress, pending()).await;
        let error = end.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains("say R-2=absent@2"), "{error}");
        assert_eq!(journal.entries().await.unwrap(), before, "{of_call:?}");
    }
    // A service that holds what it saw before the second call.
    let seen = Entry {
        sent: 1,
        ..before[1].clone()
    };
    let old = journal.resolve(&seen, ResolvedAs::Absent, "a clerk").await;
    assert!(is_conflict(&old), "{old:?}");
    assert_eq!(sandbox.bills().len(), bills);
    drop(journal);

    let last = go(&sandbox, &path, &list, &absent(Some(2))).await;
    assert_eq!((last.made, last.entries[1].sent), (1, 3));
}

#[tokio::test]
async fn a_line_whose_answer_could_not_be_read_is_done_once_a_person_acknowledges_it() {
    let (sandbox, path) = (sandbox(&[]), fresh("noted"));
    let cut = format!("cut-answer=30@{RECHARGE}*1");
    sandbox.inject(cut.parse::<Fault>().unwrap());
    let list = list(&csv(2));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    assert_eq!(first.entries[0].state, State::Applied);
    let resolved = |resolved_as| Options {
        resolutions: vec![resolution("R-1", resolved_as)],
        ..options(1)
    };
    let journal = || async {
        let store = SqliteStore::open(&path).unwrap();
        Journal::of_list(store, &list, "sandbox").await.unwrap()
    };
    let (client, progress) = (client(&sandbox), Progress::default());
    let absent = resolved(ResolvedAs::Absent);
    let held = journal().await;
    let end = run(&client, &held, &list, &absent, &progress, pending()).await;
    let error = end.unwrap_err().to_string();
    assert!(
        error.contains("\"R-1\" is applied: it took effect"),
        "{error}"
    );
    drop(held);
    let last = go(&sandbox, &path, &list, &resolved(ResolvedAs::Applied)).await;
    hold(&sandbox, &list, &last.entries);
    assert_eq!((last.made, count(&last.entries, State::Done)), (0, 2));
    // The answer is still kept.
    let kept = journal().await.answer(2).await.unwrap().unwrap();
    assert!(!kept.is_empty() && kept.len() <= 30, "{kept:?}");
    assert!(last.entries[0].history.contains(" applied: "));
}

#[tokio::test]
async fn if_one_resolution_is_invalid_nothing_is_resolved_and_nothing_sent() {
    let (sandbox, path) = (sandbox(&[]), fresh("senseless"));
    let list = two_unknown(&sandbox, &path).await;
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let seen = sandbox.requests().len();
    for (second, resend) in [
        ("R-3", vec![]),
        ("R-9", vec![]),
        ("R-1", vec![]),
        ("R-2", vec!["R-2"]),
    ] {
        let resolve = Options {
            resolutions: vec![
                resolution("R-1", ResolvedAs::Applied),
                resolution(second, ResolvedAs::Absent),
            ],
            resend: resend.into_iter().map(str::to_owned).collect(),
            ..options(1)
        };
        let (client, progress) = (client(&sandbox), Progress::default());
        let end = run(&client, &journal, &list, &resolve, &progress, pending()).await;
        assert!(matches!(end, Err(RunError::Named(_))), "{second}: {end:?}");
        let entries = journal.entries().await.unwrap();
        assert_eq!(count(&entries, State::Unknown), 2, "{second}");
    }
    assert_eq!(sandbox.requests().len(), seen);
}

#[tokio::test]
async fn a_service_resolves_an_unknown_line() {
    let sandbox = sandbox(&["lost-before-commit"]);
    let journal = Journal::open(SqliteStore::open(fresh("service")).unwrap(), "shop", "1");
    let journal = journal.await.unwrap().absent_after(Duration::ZERO);
    let client = client(&sandbox);
    let call = || {
        client.ls().mall_recharge(mall_recharge::Required {
            bal_amount: "1".parse().unwrap(),
            member_id: "10".into(),
            src_bill_id: "R-1".into(),
        })
    };
    assert!(journal.once("R-1", call()).await.is_err());
    sandbox.clear_faults();
    let Err(OnceError::Known(entry)) = journal.once("R-1", call()).await else {
        panic!("it is unknown");
    };
    journal
        .resolve(&entry, ResolvedAs::Absent, "the night clerk")
        .await
        .unwrap();
    let again = journal
        .resolve(&entry, ResolvedAs::Applied, "another")
        .await;
    assert!(is_conflict(&again), "{again:?}");
    journal.once("R-1", call()).await.unwrap();
    assert_eq!(sandbox.bills().len(), 1);
}

fn is_conflict(end: &Result<(), ResolveError>) -> bool {
    matches!(end, Err(ResolveError::Store(StoreError::Conflict(_))))
}

/// The gateway accepts a request for five minutes, and the product may need time as well.
#[tokio::test]
async fn a_line_is_not_absent_while_its_last_call_may_still_take_effect() {
    let (sandbox, path) = (sandbox(&[]), fresh("too-early"));
    let list = two_unknown(&sandbox, &path).await;
    let journal = || async {
        let store = SqliteStore::open(&path).unwrap();
        Journal::of_list(store, &list, "sandbox").await.unwrap()
    };
    let early = journal().await;
    let resolved = |resolved_as| Options {
        resolutions: vec![resolution("R-2", resolved_as)],
        ..options(1)
    };
    let (client, progress) = (client(&sandbox), Progress::default());
    let absent = resolved(ResolvedAs::Absent);
    let before = early.entries().await.unwrap();
    let end = run(&client, &early, &list, &absent, &progress, pending()).await;
    let Err(error @ RunError::Named(_)) = end else {
        panic!("{end:?}");
    };
    let error = error.to_string();
    assert!(error.contains("\"R-2\" cannot be settled yet"), "{error}");
    assert!(
        error.contains("9 min 5") || error.contains("10 min 0"),
        "{error}"
    );
    let wait = match early
        .resolve(&before[1], ResolvedAs::Absent, "a clerk")
        .await
    {
        Err(ResolveError::TooEarly(wait)) => wait,
        other => panic!("{other:?}"),
    };
    let most = jdy_runtime::ReconcileOptions::default().provable_after();
    assert_eq!(most, Duration::from_secs(600));
    assert!(wait <= most && wait > most - Duration::from_secs(60));
    assert_eq!(early.entries().await.unwrap(), before);
    // What was found is never too early.
    let found = early.resolve(&before[0], ResolvedAs::Applied, "a clerk");
    found.await.unwrap();
    drop(early);

    // The time counts from the last call, whatever was looked up since.
    let later = journal().await.absent_after(Duration::from_millis(1));
    let end = run(&client, &later, &list, &absent, &progress, pending()).await;
    assert_eq!(end.unwrap().made, 1);
}

const MINUTE: u64 = 60_000;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// What becomes of the statement that a lost line is absent. Its intent was written and its call was
/// lost at these times by the clock of its machine; the call left now, by the gateway's clock.
async fn stated_absent(intended_at: u64, ended_at: u64) -> Result<(), ResolveError> {
    let (path, lines) = (fresh("lost"), list(&csv(1)));
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let journal = Journal::of_list(store.clone(), &lines, "sandbox")
        .await
        .unwrap();
    let line = journal.entries().await.unwrap()[0].line;
    let intent = Change::new(line, State::Planned, State::Intent, intended_at);
    store.write(intent).await.unwrap();
    let lost = Change {
        report: Some(format!(
            "ls.mall_recharge unknown: connection lost; attempts 1 in 12 ms; last attempt at {} ms \
             by the gateway's clock",
            now()
        )),
        ..Change::new(line, State::Intent, State::Unknown, ended_at)
    };
    store.write(lost).await.unwrap();
    let entry = journal.entries().await.unwrap().remove(0);
    assert!(entry.last_attempt().unwrap() > now() - 5_000);
    journal.resolve(&entry, ResolvedAs::Absent, "Li Lei").await
}

/// The machine slept between the intent and the call, or the call waited for a permit.
#[tokio::test]
async fn a_call_that_left_now_is_not_absent_though_its_intent_is_old() {
    let end = stated_absent(now() - 120 * MINUTE, now()).await;
    assert!(matches!(end, Err(ResolveError::TooEarly(_))), "{end:?}");
}

#[tokio::test]
async fn a_call_that_left_now_is_not_absent_though_the_clock_of_its_machine_is_behind() {
    let end = stated_absent(now() - 15 * MINUTE, now() - 15 * MINUTE).await;
    assert!(matches!(end, Err(ResolveError::TooEarly(_))), "{end:?}");
}

/// A refused run writes nothing, except what became of the calls of a process that was killed.
#[tokio::test]
async fn the_time_that_a_refusal_names_comes_for_a_line_that_a_killed_process_left() {
    let (sandbox, path, lines) = (sandbox(&[]), fresh("behind"), list(&csv(1)));
    let open = async || {
        let store = SqliteStore::open(&path).unwrap();
        let journal = Journal::of_list(store, &lines, "sandbox").await.unwrap();
        journal.absent_after(Duration::from_secs(2))
    };
    drop(open().await);
    let store = SqliteStore::open(&path).unwrap();
    let intent = Change::new(2, State::Planned, State::Intent, now() - 20 * MINUTE);
    store.write(intent).await.unwrap();
    drop(store);
    let stating = Options {
        resolutions: vec![resolution("R-1", ResolvedAs::Absent)],
        ..options(1)
    };
    let (client, progress) = (client(&sandbox), Progress::default());
    let state = async || {
        let journal = open().await;
        let end = run(&client, &journal, &lines, &stating, &progress, pending()).await;
        end.map(|summary| summary.made)
    };
    let early = state().await;
    assert!(matches!(&early, Err(RunError::Named(_))), "{early:?}");
    assert!(sandbox.requests().is_empty());
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(state().await.unwrap(), 1);
}

/// The same of a service, which asks for one line.
#[tokio::test]
async fn a_service_that_is_started_again_does_not_put_off_when_a_line_may_be_absent() {
    let path = fresh("behind-service");
    let open = async || {
        let store = SqliteStore::open(&path).unwrap();
        let journal = Journal::open(store, "shop", "1").await.unwrap();
        journal.absent_after(Duration::from_secs(2))
    };
    drop(open().await);
    let store = SqliteStore::open(&path).unwrap();
    store.add("R-1".to_owned(), None).await.unwrap();
    let intent = Change::new(1, State::Planned, State::Intent, now() - 20 * MINUTE);
    store.write(intent).await.unwrap();
    drop(store);
    let state = async || {
        let journal = open().await;
        let entry = journal.entries().await.unwrap().remove(0);
        journal.resolve(&entry, ResolvedAs::Absent, "Li Lei").await
    };
    let early = state().await;
    assert!(matches!(early, Err(ResolveError::TooEarly(_))), "{early:?}");
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    state().await.unwrap();
}

/// A line without a key is called by its number, which may be the key of another line.
#[tokio::test]
async fn a_name_that_is_the_key_of_one_line_and_the_number_of_another_is_refused() {
    let order = |number: &str, qty: &str| {
        format!(
            r#"{{{number}"bill_date":"2024-05-01","customer_id":"810000030000000001","material_entity":[{{"material_id":"810000020000000001","unit_id":"810000010000000001","price":"1.50","qty":"{qty}","is_free":false}}]}}"#
        )
    };
    let text = [order(r#""bill_no":"2","#, "1"), order("", "2")].join("\n");
    let lines = List::read(&SAL_ORDER_SAVE, Format::Jsonl, text.as_bytes()).unwrap();
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    // The order with the number 2 did not come; the one without a number did.
    for kind in ["lost-before-commit", "lost-after-commit"] {
        let fault = format!("{kind}@/jdy/v2/scm/sal_order*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let path = fresh("names");
    let first = go(&sandbox, &path, &lines, &options(1)).await;
    assert_eq!(count(&first.entries, State::Unknown), 2);
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &lines, "sandbox").await.unwrap();
    let journal = journal.absent_after(Duration::ZERO);
    let seen = sandbox.requests().len();
    for stating in [
        Options {
            resolutions: vec![resolution("2", ResolvedAs::Absent)],
            ..options(1)
        },
        Options {
            resend: vec!["2".to_owned()],
            ..options(1)
        },
        Options {
            resend: vec!["2@1".to_owned()],
            ..options(1)
        },
    ] {
        let (client, progress) = (client(&sandbox), Progress::default());
        let end = run(&client, &journal, &lines, &stating, &progress, pending()).await;
        let Err(error @ RunError::Named(_)) = end else {
            panic!("{end:?}");
        };
        let said = "\"2\" is the name of two lines, 1 and 2";
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_eq!(sandbox.requests().len(), seen);
    assert_eq!(journal.entries().await.unwrap(), first.entries);
}

#[tokio::test]
async fn a_whole_name_with_an_at_is_no_call_of_another_line() {
    let text = "member_id,bal_amount,src_bill_id\n10,1.00,a\n10,2.00,a@2\n";
    let (sandbox, lines, path) = (sandbox(&["lost-before-commit"]), list(text), fresh("at"));
    let again = |name: &str| Options {
        resend: vec![name.to_owned()],
        ..options(1)
    };
    let sent = async |options: &Options| -> Vec<u32> {
        let end = go(&sandbox, &path, &lines, options).await;
        end.entries.iter().map(|entry| entry.sent).collect()
    };
    for (options, expected) in [
        (options(1), [1, 1]),
        (again("a"), [2, 1]),
        (again("a@2"), [2, 2]),
        (again("a@2@2"), [2, 3]),
    ] {
        assert_eq!(sent(&options).await, expected);
    }
}
