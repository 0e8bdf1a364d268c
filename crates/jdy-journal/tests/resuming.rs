//! A list that continues where it stopped, and a journal of another list.

use std::future::{pending, ready};
use std::time::Duration;

use jdy::Credentials;
use jdy::operations::ls::{MALL_RECHARGE, MALL_RECHARGE_RULE};
use jdy_journal::{
    Format, Journal, JournalError, List, OnceError, Options, Progress, RunError, SqliteStore,
    State, Stopped, run,
};
use jdy_sandbox::{Fault, Sandbox};

use crate::bench::{
    Fake, RECHARGE, built, client, client_of, count, csv, fresh, go, hash_as_written, hold, list,
    options, sandbox,
};
use crate::once::another_shop;

#[tokio::test]
async fn what_is_done_rejected_or_unknown_is_not_repeated_and_what_was_not_sent_is() {
    let sandbox = sandbox(&[]);
    for (kind, times) in [
        ("lost-after-commit", 1),
        ("unauthorized-401", 2),
        ("cut-answer=30", 1),
    ] {
        sandbox.inject(
            format!("{kind}@{RECHARGE}*{times}")
                .parse::<Fault>()
                .unwrap(),
        );
    }
    let mut text = csv(5);
    text.push_str("nobody,1.00,R-6\n");
    let (path, list) = (fresh("resumed"), list(&text));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    let states: Vec<State> = first.entries.iter().map(|entry| entry.state).collect();
    use State::{Applied, Done, NotSent, Rejected, Unknown};
    assert_eq!(states, [Unknown, NotSent, Applied, Done, Done, Rejected]);

    let second = go(&sandbox, &path, &list, &options(1)).await;
    let states: Vec<State> = second.entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [Unknown, Done, Applied, Done, Done, Rejected]);
    assert_eq!(second.made, 1);
    hold(&sandbox, &list, &second.entries);

    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let whole = journal.answer(2 + 3).await.unwrap().unwrap();
    assert!(String::from_utf8(whole).unwrap().contains("bill_no"));
    let cut = journal.answer(4).await.unwrap().unwrap();
    assert_eq!(cut.len(), 30);
}

/// Its lines would be taken for those of the journal: done already, or sent under their keys.
#[tokio::test]
async fn a_list_that_is_not_the_journals_own_is_refused_although_it_has_as_many_lines() {
    let (sandbox, path) = (sandbox(&[]), fresh("not-its-own"));
    let of_key = |key: &str| {
        list(&format!(
            "member_id,bal_amount,src_bill_id\n10,1.00,{key}\n"
        ))
    };
    let (today, tomorrow) = (of_key("R-1"), of_key("R-2"));
    let rules = List::read(&MALL_RECHARGE_RULE, Format::Csv, b"member_id\n10\n").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &today, "sandbox").await.unwrap();
    let (client, options) = (client(&sandbox), options(1));
    let run = async |list: &List| {
        let progress = Progress::default();
        run(&client, &journal, list, &options, &progress, pending()).await
    };
    for is_done in [false, true] {
        for (other, said) in [(&tomorrow, "another list"), (&rules, "ls.mall_recharge")] {
            let refused = run(other).await.unwrap_err().to_string();
            assert!(refused.contains(said), "{is_done}: {refused}");
        }
        assert_eq!(sandbox.bills().len(), usize::from(is_done));
        assert_eq!(run(&today).await.unwrap().made, u64::from(!is_done));
    }
}

/// A service of two account sets has a journal for each, and may mix them up.
#[tokio::test]
async fn a_run_for_another_shop_than_the_calls_before_it_is_refused() {
    let (sandbox, path) = (sandbox(&["unauthorized-401"]), fresh("shop-of-a-run"));
    let list = list("member_id,bal_amount,src_bill_id\n10,1.00,R-1\n");
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let (own, other, options) = (client(&sandbox), another_shop(&sandbox), options(1));
    let run = async |client: &jdy::Client| {
        let progress = Progress::default();
        run(client, &journal, &list, &options, &progress, pending()).await
    };
    let first = run(&own).await.unwrap();
    assert_eq!(first.counts.of(State::NotSent), 1);
    let refused = run(&other).await;
    let Err(RunError::Account(why)) = &refused else {
        panic!("{refused:?}");
    };
    assert!(matches!(**why, OnceError::OtherAccount { .. }), "{why:?}");
    assert_eq!(journal.entries().await.unwrap(), first.entries);
    sandbox.clear_faults();
    assert_eq!(run(&own).await.unwrap().made, 1);
    assert_eq!(sandbox.bills().len(), 1);
}

/// A service that serves several shops may give the name of one to another at any time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_in_no_other_shop_that_its_account_is_given_to() {
    let builder = Sandbox::builder().account_set("another");
    let sandbox = builder.start_blocking().unwrap();
    for fault in ["lost-before-commit", "slow=300ms"] {
        let fault = format!("{fault}@{RECHARGE}*1");
        sandbox.inject(fault.parse::<Fault>().unwrap());
    }
    let shop = |index: usize| {
        let set = &sandbox.account_sets()[index];
        let (key, secret) = (set.app_key.clone(), set.app_secret.clone());
        let (id, client_secret) = (sandbox.client_id(), sandbox.client_secret());
        Credentials::app(id, client_secret, key, secret, set.domain.clone())
    };
    let list = list(&csv(4));
    let store = SqliteStore::open(fresh("shop-of-a-name")).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let journal = journal.absent_after(Duration::ZERO);
    let client = client(&sandbox);
    let make = async |options: &Options| {
        let progress = Progress::default();
        run(&client, &journal, &list, options, &progress, pending()).await
    };
    let options = options(1);
    let given_away = async {
        while sandbox.bills().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        client.add_account("default", shop(1)).unwrap();
    };
    let (ended, ()) = tokio::join!(make(&options), given_away);
    let ended = ended.unwrap();
    let expected = [State::Unknown, State::Done, State::NotSent, State::NotSent];
    let states: Vec<State> = ended.entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, expected, "{:?}", ended.entries);
    let why = ended.entries[2].report.as_deref().unwrap();
    for key in ["Sandbox01", "Sandbox02"] {
        assert!(why.contains(key), "{why}");
    }
    client.add_account("default", shop(0)).unwrap();
    assert_eq!(make(&options).await.unwrap().made, 2);
    let first = &sandbox.account_sets()[0].account_id;
    let bills = sandbox.bills();
    assert_eq!(bills.len(), 3);
    assert!(bills.iter().all(|bill| bill.account_id == *first));
}

#[tokio::test]
async fn an_unknown_line_is_sent_again_only_when_its_key_is_named() {
    let sandbox = sandbox(&[]);
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}*2")
            .parse::<Fault>()
            .unwrap(),
    );
    let (path, list) = (fresh("resent"), list(&csv(4)));
    let first = go(&sandbox, &path, &list, &options(1)).await;
    assert_eq!(count(&first.entries, State::Unknown), 2);

    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let resending = |names: &[&str]| Options {
        resend: names.iter().map(|name| (*name).to_owned()).collect(),
        ..options(1)
    };
    let (client, progress) = (client(&sandbox), Progress::default());
    let seen = sandbox.requests().len();
    for (names, said) in [
        (
            ["R-2", "R-3"],
            "line 4: \"R-3\" is done; only a line that is unknown is sent again",
        ),
        (["R-1", "R-9"], "no line of the list is called \"R-9\""),
    ] {
        let wrong = resending(&names);
        let refused = run(&client, &journal, &list, &wrong, &progress, pending()).await;
        let Err(RunError::Named(problems)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(problems[0].to_string(), said);
    }
    assert_eq!(sandbox.requests().len(), seen);

    let right = resending(&["R-2"]);
    let last = run(&client, &journal, &list, &right, &progress, pending())
        .await
        .unwrap();
    hold(&sandbox, &list, &last.entries);
    assert_eq!(last.made, 1);
    let sent: Vec<_> = last
        .entries
        .iter()
        .map(|line| (line.sent, line.resent))
        .collect();
    assert_eq!(sent, [(1, 0), (2, 1), (1, 0), (1, 0)]);
    assert_eq!(count(&last.entries, State::Unknown), 1);
    drop(journal);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT history FROM lines WHERE key = 'R-2'";
    let history: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(
        history.contains("unknown: ls.mall_recharge unknown"),
        "{history}"
    );
}

#[tokio::test]
async fn a_call_that_only_reads_is_asked_again_when_its_answer_was_lost() {
    let sandbox = sandbox(&[]);
    let text = "member_id\n10\n11\n";
    let list = List::read(&MALL_RECHARGE_RULE, Format::Csv, text.as_bytes()).unwrap();
    let path = fresh("read");
    for _ in 0..4 {
        let fault = "timeout-html@/jdy/v2/ls/mall_recharge_rule*1".parse::<Fault>();
        sandbox.inject(fault.unwrap());
    }
    let short = Options {
        deadline: Some(std::time::Duration::from_millis(400)),
        ..options(1)
    };
    go(&sandbox, &path, &list, &short).await;
    sandbox.clear_faults();
    let last = go(&sandbox, &path, &list, &options(1)).await;
    assert_eq!(count(&last.entries, State::Done), 2);
}

#[tokio::test]
async fn a_changed_list_another_operation_or_another_destination_is_refused() {
    let path = fresh("other");
    let sandbox = sandbox(&[]);
    go(&sandbox, &path, &list(&csv(4)), &options(1)).await;
    let refused = async |list: &List, destination: &str| {
        let store = SqliteStore::open(&path).unwrap();
        let refused = Journal::of_list(store, list, destination).await;
        refused.unwrap_err().to_string()
    };
    let changed = csv(5).replace("10,1.00,R-2", "10,9.00,R-2");
    let said = refused(&list(&changed), "sandbox").await;
    assert!(said.contains("changed: line 3; added: line 6"), "{said}");
    let said = refused(&list(&csv(2)), "sandbox").await;
    assert!(said.contains("removed: lines 4, 5"), "{said}");
    let rules = b"member_id\n10\n";
    let rules = List::read(&MALL_RECHARGE_RULE, Format::Csv, rules).unwrap();
    let said = refused(&rules, "sandbox").await;
    assert!(said.contains("the journal of ls.mall_recharge"), "{said}");
    let said = refused(&list(&csv(4)), "another").await;
    assert!(said.contains("another destination: sandbox"), "{said}");
    assert_eq!(sandbox.bills().len(), 4);
}

#[tokio::test]
async fn a_stopped_run_starts_no_further_line() {
    let sandbox = sandbox(&[]);
    let (path, list) = (fresh("stopped"), list(&csv(4)));
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let (options, progress) = (options(1), Progress::default());
    let client = client(&sandbox);
    let end = run(&client, &journal, &list, &options, &progress, ready(()))
        .await
        .unwrap();
    assert_eq!(end.stopped, Some(Stopped::Interrupted));
    assert!(end.made <= 1);
    assert_eq!(progress.counts(), end.counts);
    assert_eq!(progress.to_send(), 4);
    hold(&sandbox, &list, &end.entries);
}

#[tokio::test]
async fn a_run_with_too_many_failures_stops_and_is_continued_later() {
    let sandbox = sandbox(&[]);
    let (path, list) = (fresh("closed"), list(&csv(60)));
    // Bound and not listened to, so that nobody else is given the port meanwhile.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let (client, progress) = (client_of(&url, &sandbox), Progress::default());
    let short = Options {
        deadline: Some(std::time::Duration::from_millis(50)),
        ..options(2)
    };
    let first = run(&client, &journal, &list, &short, &progress, pending()).await;
    let first = first.unwrap();
    assert_eq!(first.stopped, Some(Stopped::TooManyFailures));
    assert!(first.made < 30, "{}", first.made);
    drop(journal);
    let last = go(&sandbox, &path, &list, &options(8)).await;
    assert_eq!((last.stopped, last.counts.of(State::Done)), (None, 60));
    hold(&sandbox, &list, &last.entries);
}

#[tokio::test]
async fn the_call_id_of_a_line_is_the_same_in_every_run() {
    let sandbox = sandbox(&["unauthorized-401"]);
    let (path, list) = (fresh("ids"), list(&csv(1)));
    let ids = async || {
        let end = go(&sandbox, &path, &list, &options(1)).await;
        let report = end.entries[0].report.clone().unwrap();
        let (_, rest) = report.split_once("call ").unwrap();
        rest.split(',').next().unwrap().to_owned()
    };
    let first = ids().await;
    assert_eq!(first, ids().await);
    assert!(first.ends_with("-2"), "{first}");
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_left_as_it_is() {
    let path = fresh("strange");
    std::fs::write(&path, csv(3)).unwrap();
    let said = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(said.contains("no SQLite file"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), csv(3));
    std::fs::write(&path, "1").unwrap();
    let said = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(said.contains("no SQLite file"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "1");

    std::fs::remove_file(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE mine (a)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let said = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(said.contains("something else"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn what_is_left_of_a_journal_whose_file_is_gone_is_not_begun_anew() {
    let path = fresh("orphan");
    let mut wal = path.clone().into_os_string();
    wal.push("-wal");
    std::fs::write(&wal, "the memory of a list").unwrap();
    for main in [None, Some("")] {
        if let Some(content) = main {
            std::fs::write(&path, content).unwrap();
        }
        let said = SqliteStore::open(&path).unwrap_err().to_string();
        assert!(said.contains("what is left of a journal"), "{said}");
        let kept = std::fs::read_to_string(&wal).unwrap();
        assert_eq!(kept, "the memory of a list");
        assert_eq!(path.exists(), main.is_some());
    }
}

#[tokio::test]
async fn two_at_once_on_a_journal_are_not_possible() {
    let path = fresh("locked");
    let list = List::read(&MALL_RECHARGE, Format::Csv, csv(1).as_bytes()).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let first = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let said = SqliteStore::open(&path).unwrap_err().to_string();
    assert_eq!(said, "another process is working with this journal");
    drop(first);
    let store = SqliteStore::open(&path).unwrap();
    let again: Result<_, JournalError> = Journal::of_list(store, &list, "sandbox").await;
    assert!(again.is_ok());
}

/// A list that is saved by Excel, or exported again as JSON Lines, still has the same calls.
#[tokio::test]
async fn the_same_requests_in_another_form_go_on() {
    let (sandbox, path) = (sandbox(&[]), fresh("excel"));
    go(&sandbox, &path, &list(&csv(4)), &options(1)).await;
    let excel = format!("\u{feff}{}\n\n", csv(4).replace('\n', "\r\n"));
    let blank = csv(4).replacen('\n', "\n\n\n", 1);
    let quoted = csv(4).replace("1.00", "\"1.00\"");
    let lines = (1..=4).map(|number| {
        format!("{{\"src_bill_id\":\"R-{number}\",\"member_id\":10,\"bal_amount\":\"1.00\"}}\n")
    });
    let lines = lines.collect::<String>();
    let json = List::read(&MALL_RECHARGE, Format::Jsonl, lines.as_bytes()).unwrap();
    // Decimals as Excel and as a person may write them.
    let short = list(&csv(4).replace("1.00", "1"));
    let long = list(&csv(4).replace("1.00", "1.0000"));
    for list in [list(&excel), list(&blank), list(&quoted), json, short, long] {
        let last = go(&sandbox, &path, &list, &options(1)).await;
        assert_eq!(count(&last.entries, State::Done), 4);
        let numbers: Vec<u64> = last.entries.iter().map(|entry| entry.line).collect();
        assert_eq!(numbers, [2, 3, 4, 5]);
    }
    assert_eq!(sandbox.bills().len(), 4);
}

/// Decimals are compared by value, texts by their characters.
#[tokio::test]
async fn of_a_list_another_amount_or_another_text_is_another_request() {
    let head = "member_id,bal_amount,src_bill_id,store_id\n";
    let row = "10,50.50,R-1,1.0\n10,100,R-2,a\n";
    let path = fresh("decimals");
    let open = async |text: String| {
        let store = SqliteStore::open(&path).unwrap();
        let opened = Journal::of_list(store, &list(&text), "sandbox").await;
        opened.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(open(format!("{head}{row}")).await, Ok(()));
    for (from, to) in [("50.50", "50.5"), ("100", "100.00")] {
        assert_eq!(
            open(format!("{head}{}", row.replace(from, to))).await,
            Ok(())
        );
    }
    for (from, to) in [
        ("50.50", "50.05"),
        ("50.50", "505"),
        ("100", "10"),
        ("1.0\n", "1\n"),
    ] {
        let said = open(format!("{head}{}", row.replace(from, to)))
            .await
            .unwrap_err();
        assert!(said.contains("(changed: line "), "{from} {to}: {said}");
    }
}

/// Earlier journals hash decimals as they are written, and still recognize their own lists.
#[tokio::test]
async fn a_journal_that_minds_how_decimals_are_written_goes_on() {
    use jdy_journal::{Header, Identity, JournalStore as _, PlannedEntry};
    let list = list(&csv(2));
    let planned = list.lines().iter().map(|line| PlannedEntry {
        line: line.number,
        key: line.key().map(str::to_owned),
        hash: Some(hash_as_written(line.request.body().unwrap())),
    });
    let planned: Vec<PlannedEntry> = planned.collect();
    let path = fresh("former");
    let store = SqliteStore::open(&path).unwrap();
    let header = Header {
        id: "0123456789abcdef".to_owned(),
        identity: Identity {
            name: "ls.mall_recharge".to_owned(),
            destination: "sandbox".to_owned(),
            input: Some([0; 32]),
        },
    };
    store.create(header, planned).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await;
    assert!(journal.is_ok(), "{:?}", journal.err());
    drop(journal);
    let sandbox = sandbox(&[]);
    let last = go(&sandbox, &path, &list, &options(1)).await;
    assert_eq!(count(&last.entries, State::Done), 2);
}

#[tokio::test]
async fn a_key_that_is_no_longer_named_is_reported_as_such() {
    use jdy_journal::Reading;
    let read = |key: Option<&str>| {
        let reading = Reading {
            key: key.map(str::to_owned),
            ..Reading::default()
        };
        let text = b"member_id\n10\n11\n";
        List::read_by(&MALL_RECHARGE_RULE, Format::Csv, text, &reading).unwrap()
    };
    for (first, second) in [(Some("member_id"), None), (None, Some("member_id"))] {
        let path = fresh("other-key");
        let store = SqliteStore::open(&path).unwrap();
        drop(
            Journal::of_list(store, &read(first), "sandbox")
                .await
                .unwrap(),
        );
        let store = SqliteStore::open(&path).unwrap();
        let said = Journal::of_list(store, &read(second), "sandbox").await;
        let said = said.unwrap_err().to_string();
        assert!(said.contains("with another key: lines 2, 3"), "{said}");
        assert!(
            said.contains("--key FIELD") && !said.contains("changed"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_account_set_is_named_and_its_name_decides_nothing() {
    use jdy_journal::Identity;
    let (path, list) = (fresh("named-destination"), list(&csv(1)));
    let former = Identity::destination_of(&["client", "KeyA"]);
    let open = async |destination: String| {
        let store = SqliteStore::open(&path).unwrap();
        let opened = Journal::of_list(store, &list, &destination).await;
        opened.map(drop).map_err(|error| error.to_string())
    };
    let named = |ids: &[&str], name: &str| Identity::named_destination_of(ids, name);
    assert_eq!(open(former.clone()).await, Ok(()));
    assert_eq!(open(named(&["client", "KeyA"], "KeyA")).await, Ok(()));
    assert!(open(named(&["client", "KeyB"], "KeyA")).await.is_err());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(open(named(&["client", "KeyA"], "KeyA")).await, Ok(()));
    assert_eq!(open(former).await, Ok(()));
    let said = open(named(&["client", "KeyB"], "KeyB")).await.unwrap_err();
    assert!(said.contains("app key KeyA"), "{said}");
}

#[tokio::test]
async fn what_the_gateway_refuses_stops_the_run_and_is_sent_when_the_setting_is_right() {
    for fault in ["no-route-404", "gateway=4012"] {
        let (sandbox, path, list) = (sandbox(&[fault]), fresh("refused"), list(&csv(50)));
        let first = go(&sandbox, &path, &list, &options(2)).await;
        assert_eq!(first.stopped, Some(Stopped::RefusedByGateway), "{fault}");
        assert!((3..=5).contains(&first.made), "{fault}: {}", first.made);
        assert_eq!(count(&first.entries, State::Rejected), 0, "{fault}");
        sandbox.clear_faults();
        let last = go(&sandbox, &path, &list, &options(8)).await;
        assert_eq!(count(&last.entries, State::Done), 50, "{fault}");
        hold(&sandbox, &list, &last.entries);
    }
}

/// Only a refusal by the product is final, whatever form another refusal has.
#[tokio::test]
async fn a_refusal_of_token_or_secret_is_final_for_no_line_and_stops_the_run() {
    // No permit for a second token within the deadline of a call.
    let one_token = jdy::Limits {
        token_calls: Some(jdy::Rate {
            calls: 1,
            period: std::time::Duration::from_secs(1),
        }),
        ..jdy::Limits::none()
    };
    let of_token = r#"{"errcode":401,"description":"token invalid"}"#;
    let expired = r#"{"errcode":1000202001,"description":"JWT token has expired"}"#;
    let stale = r#"{"errcode":1030002006,"description":"appSecret"}"#;
    for (status, body, limits) in [
        (200, of_token, jdy::Limits::none()),
        (200, of_token, one_token),
        (200, expired, jdy::Limits::none()),
        (200, stale, jdy::Limits::none()),
        (200, stale, one_token),
        (401, expired, one_token),
        (401, "who are you", jdy::Limits::none()),
    ] {
        let (sandbox, path, list) = (sandbox(&[]), fresh("no-token"), list(&csv(40)));
        let fake = Fake::answering(status, body);
        let store = SqliteStore::open(&path).unwrap();
        let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
        let short = Options {
            deadline: Some(std::time::Duration::from_millis(400)),
            ..options(1)
        };
        let (client, progress) = (built(&fake.url, &sandbox, limits), Progress::default());
        let first = run(&client, &journal, &list, &short, &progress, pending()).await;
        let first = first.unwrap();
        let report = first.entries[0].report.as_deref();
        assert_eq!(first.stopped, Some(Stopped::RefusedByGateway), "{report:?}");
        assert_eq!((first.made, count(&first.entries, State::NotSent)), (3, 3));
        assert!(fake.calls() <= 6, "{} calls, {report:?}", fake.calls());
        drop(journal);
        let last = go(&sandbox, &path, &list, &options(8)).await;
        assert_eq!(count(&last.entries, State::Done), 40, "{report:?}");
        hold(&sandbox, &list, &last.entries);
    }
}

/// A refusal by the product is final, and does not stop the run.
#[tokio::test]
async fn a_no_of_the_product_is_final_for_each_line() {
    for (status, body) in [
        (
            200,
            r#"{"errcode":2000001001,"description":"no such member"}"#,
        ),
        (
            400,
            r#"{"errcode":2000001001,"description":"no such member"}"#,
        ),
    ] {
        let (sandbox, list) = (sandbox(&[]), list(&csv(5)));
        let fake = Fake::answering(status, body);
        let store = SqliteStore::open(fresh("own-no")).unwrap();
        let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
        let (client, progress) = (client_of(&fake.url, &sandbox), Progress::default());
        let end = run(&client, &journal, &list, &options(1), &progress, pending()).await;
        let end = end.unwrap();
        assert_eq!(
            (end.stopped, count(&end.entries, State::Rejected)),
            (None, 5)
        );
    }
}

/// Our own rate limiter is backpressure: no line fails because of it.
#[tokio::test]
async fn a_run_waits_for_its_own_limit() {
    use jdy::{Client, Credentials, Limits, Rate};
    let (sandbox, path, list) = (sandbox(&[]), fresh("limited"), list(&csv(25)));
    let credentials = Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    );
    let limits = Limits {
        calls: Some(Rate {
            calls: 10,
            period: std::time::Duration::from_secs(6),
        }),
        ..Limits::none()
    };
    let client = Client::builder()
        .base_url(sandbox.url())
        .credentials(credentials);
    let client = client.limits(limits).build().unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    let short = Options {
        deadline: Some(std::time::Duration::from_secs(3)),
        ..options(10)
    };
    let progress = Progress::default();
    let end = run(&client, &journal, &list, &short, &progress, pending()).await;
    let end = end.unwrap();
    assert_eq!((end.stopped, end.counts.total()), (None, 25));
    assert_eq!(count(&end.entries, State::NotSent), 0);
    assert!(progress.held_back() > 0, "the limit was never felt");
    hold(&sandbox, &list, &end.entries);
}

#[tokio::test]
async fn lines_that_wait_for_our_own_limit_are_late_and_do_not_fail() {
    let sandbox = sandbox(&[]);
    let limits = jdy::Limits {
        calls: Some(jdy::Rate {
            calls: 1,
            period: std::time::Duration::from_millis(600),
        }),
        token_calls: None,
    };
    let client = crate::bench::limited(&sandbox, limits);
    let list = list(&csv(5));
    let store = SqliteStore::open(fresh("late")).unwrap();
    let journal = Journal::of_list(store, &list, "sandbox").await.unwrap();
    // The last line waits longer for its permit than the deadline of its call.
    let options = Options {
        deadline: Some(std::time::Duration::from_millis(1_200)),
        ..options(5)
    };
    let progress = Progress::default();
    let ended = run(&client, &journal, &list, &options, &progress, pending()).await;
    assert_eq!(count(&ended.unwrap().entries, State::Done), 5);
}
