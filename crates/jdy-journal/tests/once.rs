//! The journal of a service: single calls.

use std::future::{pending, ready};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy::ls::mall_recharge::Required;
use jdy::{Call, Client, ClientExt, Method};
use jdy_journal::{
    Change, Entry, Format, Header, Journal, JournalStore, List, OnceError, PlannedEntry,
    RequestHash, ResolvedAs, SqliteStore, State, StoreError,
};
use jdy_runtime::runtime::BoxFuture;
use jdy_sandbox::{Fault, Sandbox};
use tokio::sync::oneshot;

use crate::bench::{
    Fake, RECHARGE, client, client_of, fresh, hash_as_written, hash_of_call, sandbox,
};
use crate::own_store::Memory;

pub(crate) fn recharge(client: &Client, key: &str) -> Call<jdy::ls::mall_recharge::Data> {
    recharge_of(client, key, "1")
}

fn recharge_of(client: &Client, key: &str, amount: &str) -> Call<jdy::ls::mall_recharge::Data> {
    client.ls().mall_recharge(Required {
        bal_amount: amount.parse().unwrap(),
        member_id: "10".into(),
        src_bill_id: key.into(),
    })
}

async fn journal(path: &std::path::Path) -> Journal {
    let store = SqliteStore::open(path).unwrap();
    Journal::open(store, "recharges", "sandbox").await.unwrap()
}

#[tokio::test]
async fn a_key_is_called_once_and_asked_about_afterwards() {
    let (sandbox, path) = (sandbox(&[]), fresh("once"));
    let client = client(&sandbox);
    let book = journal(&path).await;
    let receipt = book.once("R-1", recharge(&client, "R-1")).await.unwrap();
    assert_eq!(receipt.call_id(), book.call_id(1));
    drop(book);
    let book = journal(&path).await;
    let known = book.once("R-1", recharge(&client, "R-1")).await;
    let Err(OnceError::Known(entry)) = known else {
        panic!("{known:?}");
    };
    assert_eq!(entry.state, State::Done);
    assert_eq!(sandbox.bills().len(), 1);
}

#[tokio::test]
async fn the_same_fields_of_another_operation_are_another_request() {
    const UNIT: &str = "/jdy/v2/bd/measure_unit";
    let (sandbox, path) = (sandbox(&[]), fresh("operations"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let none = Vec::<(String, String)>::new;
    let body = r#"{"name":"box","precision":"0"}"#.to_owned();
    let ask = |path: &str| client.raw(Method::Post, path, none(), Some(body.clone()));
    book.once("K-1", ask(UNIT)).await.unwrap();
    let again = book.once("K-1", ask(UNIT)).await;
    assert!(matches!(again, Err(OnceError::Known(_))), "{again:?}");
    let other = book.once("K-1", ask("/jdy/v2/bd/none")).await;
    assert!(
        matches!(other, Err(OnceError::OtherRequest(_))),
        "{other:?}"
    );
    book.once("K-2", ask(UNIT)).await.unwrap();
    let lines = book.lines_of(&ask(UNIT)).await.unwrap();
    let keys: Vec<Option<&str>> = lines.iter().map(|line| line.key.as_deref()).collect();
    assert_eq!(keys, [Some("K-1"), Some("K-2")]);
    let none = book.lines_of(&ask("/jdy/v2/bd/none")).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_line_of_an_earlier_journal_which_knew_no_operation_is_still_the_same_request() {
    let (sandbox, path) = (sandbox(&[]), fresh("earlier"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    drop(book);
    let call = recharge(&client, "R-1");
    let body = call.prepared().unwrap().body().unwrap().to_owned();
    let store = SqliteStore::open(&path).unwrap();
    let hash = Some(hash_as_written(&body));
    store.add("R-1".to_owned(), hash).await.unwrap();
    let book = Journal::open(store, "recharges", "sandbox").await.unwrap();
    let other = book.once("R-1", recharge_of(&client, "R-1", "2")).await;
    assert!(
        matches!(other, Err(OnceError::OtherRequest(_))),
        "{other:?}"
    );
    book.once("R-1", call).await.unwrap();
    assert_eq!(sandbox.bills().len(), 1);
}

/// Whoever asks whether a request was made under another key relies on it.
#[tokio::test]
async fn a_request_of_an_earlier_journal_is_found_by_its_request() {
    let (sandbox, path) = (sandbox(&[]), fresh("earlier-found"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    drop(book);
    let body = |amount: &str| {
        let call = recharge_of(&client, "R-1", amount);
        call.prepared().unwrap().body().unwrap().to_owned()
    };
    let store = SqliteStore::open(&path).unwrap();
    for (key, amount) in [("K-1", "2.50"), ("K-2", "1"), ("K-3", "7")] {
        let hash = Some(hash_as_written(&body(amount)));
        store.add(key.to_owned(), hash).await.unwrap();
    }
    let book = Journal::open(store, "recharges", "sandbox").await.unwrap();
    for (amount, key) in [("2.50", "K-1"), ("1", "K-2"), ("1.00", "K-2")] {
        let lines = book.lines_of(&recharge_of(&client, "R-1", amount)).await;
        let lines = lines.unwrap();
        let keys: Vec<_> = lines.iter().map(|line| line.key.as_deref()).collect();
        assert_eq!(keys, [Some(key)], "{amount}");
    }
}

/// They minded how decimals are written, and in which order free members stand.
#[tokio::test]
async fn a_request_of_an_earlier_journal_that_knew_its_operation_is_found() {
    let (sandbox, path) = (sandbox(&[]), fresh("earlier-operation"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    drop(book);
    let save = |data: &str| {
        let text = format!(r#"{{"biz_type":"x","data":{data}}}"#);
        let list = List::read(&jdy::operations::cust::SAVE, Format::Jsonl, text.as_bytes());
        client.send(list.unwrap().lines()[0].request.clone())
    };
    let paid = |amount: &str| {
        client.send(
            recharge_of(&client, "R-1", amount)
                .prepared()
                .unwrap()
                .clone(),
        )
    };
    let store = SqliteStore::open(&path).unwrap();
    for (key, operation, call) in [
        ("K-1", "ls.mall_recharge", paid("2.50")),
        ("K-2", "cust.save", save(r#"{"b":"1","a":"2"}"#)),
    ] {
        let body = call.prepared().unwrap().body().unwrap();
        let hash = hash_of_call(operation, hash_as_written(body));
        store.add(key.to_owned(), Some(hash)).await.unwrap();
    }
    let book = Journal::open(store, "recharges", "sandbox").await.unwrap();
    for (call, expected) in [
        (paid("2.50"), Some("K-1")),
        (save(r#"{"b":"1","a":"2"}"#), Some("K-2")),
        (paid("2.51"), None),
    ] {
        let call: Call<jdy::Json> = call;
        let lines = book.lines_of(&call).await.unwrap();
        let keys: Vec<_> = lines.iter().map(|line| line.key.as_deref()).collect();
        assert_eq!(keys, Vec::from_iter(expected.map(Some)));
    }
}

/// Decimals are compared by value, as in a list.
#[tokio::test]
async fn a_request_is_the_same_however_its_decimals_are_written() {
    let (sandbox, path) = (sandbox(&[]), fresh("written"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let first = recharge_of(&client, "R-1", "100.00");
    book.once("R-1", first).await.unwrap();
    for amount in ["100.00", "100", "100.0"] {
        let call = || recharge_of(&client, "R-1", amount);
        assert_eq!(book.lines_of(&call()).await.unwrap().len(), 1, "{amount}");
        let again = book.once("R-1", call()).await;
        assert!(matches!(again, Err(OnceError::Known(_))), "{again:?}");
    }
    for amount in ["100.01", "10", "1000"] {
        let call = || recharge_of(&client, "R-1", amount);
        assert!(book.lines_of(&call()).await.unwrap().is_empty(), "{amount}");
        let other = book.once("R-1", call()).await;
        assert!(
            matches!(other, Err(OnceError::OtherRequest(_))),
            "{other:?}"
        );
    }
    // A text that looks like a decimal is none.
    let kept = |store: &str| {
        let request = Required {
            bal_amount: "1".parse().unwrap(),
            member_id: "10".into(),
            src_bill_id: "R-2".into(),
        };
        let request = request.with(|request| request.store_id = Some(store.into()));
        client.ls().mall_recharge(request)
    };
    book.once("R-2", kept("1.0")).await.unwrap();
    let other = book.once("R-2", kept("1")).await;
    assert!(
        matches!(other, Err(OnceError::OtherRequest(_))),
        "{other:?}"
    );
    assert_eq!(sandbox.bills().len(), 2);
}

#[tokio::test]
async fn of_many_who_call_the_same_key_one_sends_and_all_get_its_answer() {
    let (sandbox, path) = (sandbox(&["slow=100ms"]), fresh("race"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let book = std::sync::Arc::new(book);
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let (client, book) = (client.clone(), book.clone());
            tokio::spawn(async move {
                let answer = book.once("R-1", recharge(&client, "R-1")).await.unwrap();
                (answer.bill_no.clone(), answer.attempts())
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert!(answers.iter().all(|(bill, _)| *bill == answers[0].0));
    let sent: u32 = answers.iter().map(|(_, attempts)| attempts).sum();
    assert_eq!((sent, sandbox.bills().len()), (1, 1));
}

#[tokio::test]
async fn who_waits_for_another_caller_waits_no_longer_than_its_deadline() {
    let (sandbox, path) = (sandbox(&["slow=3s"]), fresh("deadline"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let first = book.once("R-1", recharge(&client, "R-1"));
    let second = async {
        // A line that is only planned may be sent by either.
        let under_way = |entry: &Entry| entry.state == State::Intent;
        while !book.entries().await.unwrap().iter().any(under_way) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let call = recharge(&client, "R-1").deadline(Duration::from_millis(200));
        book.once("R-1", call).await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    let Err(OnceError::Known(entry)) = second else {
        panic!("{second:?}");
    };
    assert_eq!(entry.state, State::Intent);
    assert_eq!(sandbox.bills().len(), 1);
}

#[tokio::test]
async fn who_waits_for_a_call_that_is_unknown_then_neither_sends_it_nor_again() {
    let (sandbox, path) = (sandbox(&[]), fresh("waits"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}")
            .parse::<Fault>()
            .unwrap(),
    );
    let once = async || book.once("R-1", recharge(&client, "R-1")).await;
    let (first, second) = tokio::join!(once(), once());
    let unknown = |end: &Result<_, OnceError>| match end {
        Err(OnceError::Call(error)) => error.outcome().as_str() == "unknown",
        Err(OnceError::Known(entry)) => entry.state == State::Unknown,
        _ => false,
    };
    assert!(unknown(&first) && unknown(&second), "{first:?} {second:?}");
    // Both state at once that it may be repeated: that is one repetition.
    let seen = book.entries().await.unwrap().remove(0);
    let again = async || book.resend_unknown(&seen, recharge(&client, "R-1")).await;
    let (first, second) = tokio::join!(again(), again());
    assert!(unknown(&first) && unknown(&second), "{first:?} {second:?}");
    assert_eq!(book.entries().await.unwrap()[0].sent, 2);
}

#[tokio::test]
async fn an_unknown_call_goes_again_only_by_word_and_one_not_sent_by_itself() {
    let (sandbox, path) = (sandbox(&[]), fresh("word"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    sandbox.inject(
        format!("unauthorized-401@{RECHARGE}*2")
            .parse::<Fault>()
            .unwrap(),
    );
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}*1")
            .parse::<Fault>()
            .unwrap(),
    );
    let once = async || book.once("R-1", recharge(&client, "R-1")).await;
    let by_word = async || {
        let seen = book.entries().await.unwrap().remove(0);
        book.resend_unknown(&seen, recharge(&client, "R-1")).await
    };
    // Twice unauthorized, then lost.
    let mut ends = Vec::new();
    for _ in 0..2 {
        match once().await {
            Err(OnceError::Call(error)) => ends.push(error.outcome().as_str()),
            other => panic!("{other:?}"),
        }
        if ends.last() == Some(&"not sent") {
            assert!(matches!(by_word().await, Err(OnceError::Known(_))));
        } else {
            break;
        }
    }
    assert_eq!(ends.last(), Some(&"unknown"));
    assert!(matches!(once().await, Err(OnceError::Known(_))));
    sandbox.clear_faults();
    assert!(by_word().await.is_ok());
    assert!(matches!(by_word().await, Err(OnceError::Known(_))));
    assert_eq!(sandbox.bills().len(), 1);
}

#[tokio::test]
async fn a_call_that_its_caller_drops_is_unknown_at_once() {
    let (sandbox, path) = (sandbox(&["slow=500ms"]), fresh("impatient"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let call = book.once("R-1", recharge(&client, "R-1"));
    assert!(
        tokio::time::timeout(Duration::from_millis(200), call)
            .await
            .is_err()
    );
    let entry = book.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, State::Unknown);
    assert!(entry.report.unwrap().contains("dropped the call"));
}

/// A line of a request that is none would stand for any other.
#[tokio::test]
async fn a_request_that_cannot_be_sent_leaves_its_key_to_the_one_that_can() {
    let (sandbox, path) = (sandbox(&[]), fresh("none"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let none = recharge(&client, "R-1").extra("member_id", "11");
    let refused = book.once("R-1", none).await;
    assert!(matches!(refused, Err(OnceError::Call(_))), "{refused:?}");
    book.once("R-1", recharge(&client, "R-1")).await.unwrap();
    let other = book.once("R-1", recharge_of(&client, "R-1", "200")).await;
    assert!(
        matches!(other, Err(OnceError::OtherRequest(_))),
        "{other:?}"
    );
    assert_eq!(sandbox.bills().len(), 1);
    assert_eq!(book.entries().await.unwrap().len(), 1);
}

/// The body of a path that the spec does not know may be any JSON.
#[tokio::test]
async fn a_request_is_known_again_however_deep_its_body_is() {
    let (sandbox, path) = (sandbox(&[]), fresh("deep"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let call = |inner: &str| {
        let depth = 20_000;
        let body = format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
        let none = Vec::<(String, String)>::new();
        client.raw(Method::Post, "/jdy/v2/none", none, Some(body))
    };
    let made = book.once("D-1", call("1")).await;
    assert!(matches!(made, Err(OnceError::Call(_))), "{made:?}");
    assert_eq!(book.lines_of(&call("1")).await.unwrap().len(), 1);
    assert_eq!(book.lines_of(&call("2")).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_key_stands_for_one_request_and_is_the_requests_own() {
    let (sandbox, path) = (sandbox(&[]), fresh("other"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    book.once("R-1", recharge(&client, "R-1")).await.unwrap();
    let other = book.once("R-1", recharge_of(&client, "R-1", "200")).await;
    assert!(
        matches!(other, Err(OnceError::OtherRequest(_))),
        "{other:?}"
    );
    let other = book.once("R-2", recharge(&client, "R-3")).await;
    assert!(matches!(other, Err(OnceError::OtherKey(_))), "{other:?}");
    assert_eq!(sandbox.bills().len(), 1);
    assert_eq!(book.entries().await.unwrap().len(), 1);
}

/// The outcome of a second call says nothing about the first one, unless it succeeded.
#[tokio::test]
async fn an_unknown_call_stays_unknown_where_the_one_that_is_sent_again_comes_to_nothing() {
    for end in ["unauthorized-401", "rejected"] {
        let (sandbox, path) = (sandbox(&["lost-after-commit"]), fresh("nothing"));
        let (client, book) = (client(&sandbox), journal(&path).await);
        assert!(book.once("R-1", recharge(&client, "R-1")).await.is_err());
        sandbox.clear_faults();
        let fault = match end {
            "rejected" => "gateway=4012",
            other => other,
        };
        sandbox.inject(format!("{fault}@{RECHARGE}").parse::<Fault>().unwrap());
        let seen = book.entries().await.unwrap().remove(0);
        let again = book.resend_unknown(&seen, recharge(&client, "R-1")).await;
        let Err(OnceError::Call(error)) = again else {
            panic!("{again:?}");
        };
        sandbox.clear_faults();
        let entry = book.entries().await.unwrap().remove(0);
        assert_eq!(entry.state, State::Unknown, "{end}: {error}");
        assert!(
            entry.report.clone().unwrap().contains("still not known"),
            "{end}"
        );
        // So no later run sends it automatically, and it can be resolved.
        let once = book.once("R-1", recharge(&client, "R-1")).await;
        assert!(matches!(once, Err(OnceError::Known(_))), "{once:?}");
        let resolved = book.resolve(&entry, jdy_journal::ResolvedAs::Applied, "the day clerk");
        resolved.await.unwrap();
        assert_eq!(sandbox.bills().len(), 1, "{end}");
    }
}

/// A store may be shared by two journals, and by their callers.
#[tokio::test]
async fn a_caller_that_is_dropped_behind_another_journal_of_the_store_says_nothing_of_its_call() {
    let (sandbox, path) = (sandbox(&["slow=3s"]), fresh("two-journals"));
    let client = client(&sandbox);
    let store = std::sync::Arc::new(SqliteStore::open(&path).unwrap());
    let open = || Journal::open(store.clone(), "recharges", "sandbox");
    let (one, two) = (open().await.unwrap(), open().await.unwrap());
    let first = one.once("R-1", recharge(&client, "R-1"));
    let others = async {
        // Until the first call is under way.
        while one.entries().await.unwrap().is_empty()
            || sandbox.requests().iter().all(|it| it.path != RECHARGE)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..20 {
            let call = two.once("R-1", recharge(&client, "R-1"));
            let dropped = tokio::time::timeout(Duration::from_millis(2), call);
            assert!(dropped.await.is_err());
        }
        // One that is opened now recovers nothing that is under way.
        let three = open().await.unwrap();
        let entry = three.entries().await.unwrap().remove(0);
        assert_eq!(entry.state, State::Intent);
        three.once("R-1", recharge(&client, "R-1")).await
    };
    let (first, last) = tokio::join!(first, others);
    assert!(first.is_ok() && last.is_ok(), "{first:?} {last:?}");
    assert_eq!(sandbox.bills().len(), 1);
}

/// Two journals of one process find a line that a killed process left. By one of them it is settled
/// and sent again before the other one writes what it has found.
#[tokio::test]
async fn what_a_journal_has_found_of_a_killed_process_does_not_fall_on_a_later_call() {
    let (sandbox, path) = (sandbox(&["slow=1s"]), fresh("found-before"));
    let client = client(&sandbox);
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let open = || Journal::open(store.clone(), "recharges", "sandbox");
    drop(open().await.unwrap());
    store.add("R-1".to_owned(), None).await.unwrap();
    let intent = Change::new(1, State::Planned, State::Intent, 1_700_000_000_000);
    store.write(intent).await.unwrap();
    let (one, two) = (open().await.unwrap(), open().await.unwrap());
    let entry = one.entries().await.unwrap().remove(0);
    let one = one.absent_after(Duration::ZERO);
    one.resolve(&entry, ResolvedAs::Absent, "Li Lei")
        .await
        .unwrap();
    let other = async {
        while sandbox.requests().iter().all(|it| it.path != RECHARGE) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        two.recover().await.unwrap();
        one.entries().await.unwrap().remove(0).state
    };
    let call = one.once("R-1", recharge(&client, "R-1"));
    let (end, meanwhile) = tokio::join!(call, other);
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(meanwhile, State::Intent);
    assert_eq!(two.entries().await.unwrap().remove(0).state, State::Done);
}

#[tokio::test]
async fn a_caller_that_is_dropped_while_it_writes_what_was_found_stops_no_later_one() {
    let (sandbox, path) = (sandbox(&[]), fresh("dropped-recovery"));
    let client = client(&sandbox);
    drop(journal(&path).await);
    let store = SqliteStore::open(&path).unwrap();
    store.add("R-1".to_owned(), None).await.unwrap();
    let intent = Change::new(1, State::Planned, State::Intent, 1_700_000_000_000);
    store.write(intent).await.unwrap();
    drop(store);
    let journal = journal(&path).await;
    // It is asked once, and the write goes on without it.
    drop(tokio::time::timeout(Duration::ZERO, journal.recover()).await);
    journal.once("R-2", recharge(&client, "R-2")).await.unwrap();
    let states = journal.entries().await.unwrap();
    let states: Vec<State> = states.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Unknown, State::Done]);
}

#[tokio::test]
async fn a_keyless_request_goes_under_no_second_key_while_it_is_open_under_one() {
    let sandbox = sandbox(&[]);
    for (body, state, is_open) in [
        (r#"{"errcode":0,"data":{}}"#, State::Done, false),
        (
            r#"{"errcode":7,"description":"no"}"#,
            State::Rejected,
            false,
        ),
        ("{}", State::Unknown, true),
        (r#"{"errcode":0,"data":"#, State::Applied, true),
    ] {
        let fake = Fake::answering(200, body);
        let client = client_of(&fake.url, &sandbox);
        let keyless = || -> Call<jdy::Json> {
            let none = Vec::<(String, String)>::new();
            client.raw(Method::Post, "/jdy/v2/none", none, Some("{}".to_owned()))
        };
        let journal = journal(&fresh("keyless")).await;
        drop(journal.once_unless_open("A", keyless()).await);
        let entry = journal.entries().await.unwrap().remove(0);
        assert_eq!((entry.state, fake.calls()), (state, 1));
        let second = journal.once_unless_open("B", keyless()).await;
        match second {
            Err(OnceError::OpenElsewhere(open)) if is_open => assert_eq!(*open, entry),
            Err(OnceError::Call(_)) | Ok(_) if !is_open => {}
            other => panic!("{state}: {other:?}"),
        }
        let made = if is_open { 1 } else { 2 };
        // A refusal leaves no line behind.
        let lines = journal.entries().await.unwrap().len();
        assert_eq!((fake.calls(), lines), (made, made as usize), "{state}");
    }
}

/// A store that is slow to answer one caller: what it says was true when it was asked.
#[derive(Default)]
struct SlowOnce {
    store: Memory,
    answer_when: Mutex<Option<oneshot::Receiver<()>>>,
    /// Whether it writes, and never says so.
    is_unheard: AtomicBool,
}

impl JournalStore for SlowOnce {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        let entry = self.store.add(key, hash);
        let slow = self.answer_when.lock().unwrap().take();
        Box::pin(async move {
            let entry = entry.await;
            if let Some(slow) = slow {
                slow.await.unwrap();
            }
            entry
        })
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        self.store.entries()
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let written = self.store.write(change);
        match self.is_unheard.load(Ordering::SeqCst) {
            true => Box::pin(pending()),
            false => written,
        }
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }
}

/// A journal whose only call is unknown, and the line of that call.
async fn with_unknown(store: &Arc<SlowOnce>, client: &Client) -> (Journal, Entry) {
    let book = Journal::open(store.clone(), "recharges", "sandbox").await;
    let book = book.unwrap();
    assert!(book.once("R-1", recharge(client, "R-1")).await.is_err());
    let seen = book.entries().await.unwrap().remove(0);
    (book, seen)
}

/// Who has looked a call up says nothing of the one that another caller made since.
#[tokio::test]
async fn an_unknown_call_goes_again_only_if_it_is_the_one_that_was_looked_up() {
    let sandbox = sandbox(&["lost-after-commit"]);
    let client = client(&sandbox);
    let store = Arc::new(SlowOnce::default());
    let (book, seen) = with_unknown(&store, &client).await;
    let again = || book.resend_unknown(&seen, recharge(&client, "R-1"));
    let (answer, when) = oneshot::channel();
    *store.answer_when.lock().unwrap() = Some(when);
    let mut slow = Box::pin(again());
    // It asks for the line, and gets no answer yet.
    while store.answer_when.lock().unwrap().is_some() {
        tokio::select! {
            biased;
            end = slow.as_mut() => panic!("{end:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    let other = again().await;
    assert!(matches!(other, Err(OnceError::Call(_))), "{other:?}");
    answer.send(()).unwrap();
    let late = slow.await;
    assert!(matches!(late, Err(OnceError::Known(_))), "{late:?}");
    let again = again().await;
    assert!(matches!(again, Err(OnceError::Known(_))), "{again:?}");
    assert_eq!(sandbox.bills().len(), 2);
}

/// The first call may have taken effect, and the second one was not begun.
#[tokio::test]
async fn a_call_that_is_sent_again_and_dropped_before_it_leaves_stays_unknown() {
    let sandbox = sandbox(&["lost-after-commit"]);
    let client = client(&sandbox);
    let store = Arc::new(SlowOnce::default());
    let (book, seen) = with_unknown(&store, &client).await;
    store.is_unheard.store(true, Ordering::SeqCst);
    let again = book.resend_unknown(&seen, recharge(&client, "R-1"));
    let dropped = tokio::time::timeout(Duration::from_millis(300), again).await;
    assert!(dropped.is_err(), "{dropped:?}");
    store.is_unheard.store(false, Ordering::SeqCst);
    let entry = book.entries().await.unwrap().remove(0);
    assert_eq!((entry.state, entry.sent), (State::Unknown, 2));
    let again = book.once("R-1", recharge(&client, "R-1")).await;
    assert!(matches!(again, Err(OnceError::Known(_))), "{again:?}");
    assert_eq!(sandbox.bills().len(), 1);
}

/// It has seen the line before another process began its call.
#[tokio::test]
async fn who_comes_too_late_for_a_line_says_nothing_of_the_call_of_another_process() {
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let store = Arc::new(SlowOnce::default());
    let book = Journal::open(store.clone(), "recharges", "sandbox").await;
    let book = book.unwrap();
    let (answer, when) = oneshot::channel();
    *store.answer_when.lock().unwrap() = Some(when);
    let call = recharge(&client, "R-1").deadline(Duration::from_millis(500));
    let other = async {
        while store.store.entries().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let intent = Change::new(1, State::Planned, State::Intent, 1);
        store.store.write(intent).await.unwrap();
        answer.send(()).unwrap();
    };
    let (end, ()) = tokio::join!(book.once("R-1", call), other);
    assert!(matches!(end, Err(OnceError::Known(_))), "{end:?}");
    assert_eq!(book.entries().await.unwrap()[0].state, State::Intent);
    assert!(sandbox.bills().is_empty());
}

/// A client of another account set than that of the sandbox.
pub(crate) fn another_shop(sandbox: &Sandbox) -> Client {
    let credentials = jdy::Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        "another",
        "its secret",
        sandbox.router_addr(),
    );
    let other = Client::builder().base_url(sandbox.url());
    other.credentials(credentials).build().unwrap()
}

/// A service of two account sets has a journal for each, and may mix them up.
#[tokio::test]
async fn a_call_for_another_account_set_than_the_calls_before_it_is_refused() {
    let (sandbox, path) = (sandbox(&[]), fresh("shops"));
    let (client, book) = (client(&sandbox), journal(&path).await);
    let other = another_shop(&sandbox);
    book.once("R-1", recharge(&client, "R-1")).await.unwrap();
    let end = book.once("R-2", recharge(&other, "R-2")).await;
    let Err(error @ OnceError::OtherAccount { .. }) = end else {
        panic!("{end:?}");
    };
    let said = error.to_string();
    assert!(
        said.contains(&sandbox.app_key()) && said.contains("another"),
        "{said}"
    );
    assert_eq!(book.entries().await.unwrap().len(), 1);
    book.once("R-2", recharge(&client, "R-2")).await.unwrap();
    assert_eq!(sandbox.bills().len(), 2);
}

/// A store that cannot write how a call ended, for a while.
#[derive(Default)]
pub(crate) struct Full {
    store: Memory,
    pub(crate) is_full: AtomicBool,
    /// The line whose call it cannot end; 0 for all.
    pub(crate) line: AtomicU64,
    /// Whether it does not even say so.
    pub(crate) is_silent: AtomicBool,
    /// Whether it shows no line the next time.
    pub(crate) is_blind: AtomicBool,
}

impl JournalStore for Full {
    fn header(&self) -> BoxFuture<'_, Result<Option<Header>, StoreError>> {
        self.store.header()
    }

    fn create(
        &self,
        header: Header,
        lines: Vec<PlannedEntry>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.create(header, lines)
    }

    fn add(
        &self,
        key: String,
        hash: Option<RequestHash>,
    ) -> BoxFuture<'_, Result<Entry, StoreError>> {
        self.store.add(key, hash)
    }

    fn entries(&self) -> BoxFuture<'_, Result<Vec<Entry>, StoreError>> {
        match self.is_blind.swap(false, Ordering::SeqCst) {
            true => Box::pin(ready(Ok(Vec::new()))),
            false => self.store.entries(),
        }
    }

    fn write(&self, change: Change) -> BoxFuture<'static, Result<(), StoreError>> {
        let line = self.line.load(Ordering::SeqCst);
        let is_meant = change.from == State::Intent && (line == 0 || line == change.line);
        match is_meant && self.is_full.load(Ordering::SeqCst) {
            true if self.is_silent.load(Ordering::SeqCst) => Box::pin(pending()),
            true => Box::pin(ready(Err(StoreError::failed("the disk is full")))),
            false => self.store.write(change),
        }
    }

    fn answer(&self, line: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.store.answer(line)
    }
}

#[tokio::test]
async fn how_a_call_ended_is_known_and_written_later_where_the_disk_was_full() {
    let sandbox = sandbox(&[]);
    let client = client(&sandbox);
    let store = Arc::new(Full::default());
    let book = Journal::open(store.clone(), "recharges", "sandbox").await;
    let book = book.unwrap();
    store.is_full.store(true, Ordering::SeqCst);
    for key in ["R-2", "R-1"] {
        let full = book.once(key, recharge(&client, key)).await;
        assert!(
            matches!(full, Err(OnceError::Unrecorded { .. })),
            "{full:?}"
        );
    }
    let again = recharge(&client, "R-1").deadline(Duration::from_secs(2));
    let again = book.once("R-1", again).await;
    let Err(OnceError::Known(entry)) = again else {
        panic!("{again:?}");
    };
    assert_eq!(entry.state, State::Done);
    let seen = book.entries().await.unwrap();
    assert!(
        seen.iter().all(|entry| entry.state == State::Done),
        "{seen:?}"
    );
    store.is_full.store(false, Ordering::SeqCst);
    book.once("R-3", recharge(&client, "R-3")).await.unwrap();
    let kept = store.entries().await.unwrap();
    assert!(
        kept.iter().all(|entry| entry.state == State::Done),
        "{kept:?}"
    );
    assert!(store.answer(1).await.unwrap().is_some());
    assert_eq!(sandbox.bills().len(), 3);
}
