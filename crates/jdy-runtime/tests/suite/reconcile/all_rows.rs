//! A record that a detail refuses to show, looked for among all rows of a list that has no filter by
//! number.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The rows that the list has when it is asked for the n-th time, counted from 0.
type Rows = fn(usize) -> &'static [&'static str];

/// What is wrong with the answers of the list.
#[derive(Clone, Copy, PartialEq)]
enum Totals {
    Right,
    Missing,
    /// One row too many.
    Wrong,
    /// One row too many, but in the second reading of three pages and later.
    WrongOnce,
}

struct Case {
    rows: Rows,
    totals: Totals,
    max_pages: u32,
    expected: &'static str,
    /// How many pages were asked for.
    calls: usize,
    /// The list refuses to show its first page.
    refused: bool,
}

const ONE: &[&str] = &["B-1"];
const FIVE: &[&str] = &["B-1", "B-2", "B-3", "B-4", "B-5"];
const LAST_OF_FIVE: &[&str] = &["B-1", "B-2", "B-3", "B-4", "A-1"];

/// The second page holds two rows, and the first of the list is deleted before the third page is
/// asked for, while another is made: the record is on no page of this reading.
fn slipping_once(call: usize) -> &'static [&'static str] {
    match call {
        0..2 => LAST_OF_FIVE,
        _ => &["B-2", "B-3", "B-4", "A-1", "B-6"],
    }
}

/// The same in each reading, with other records.
fn slipping_always(call: usize) -> &'static [&'static str] {
    match call {
        0..2 => LAST_OF_FIVE,
        2 => &["B-2", "B-3", "B-4", "A-1", "B-6"],
        3..5 => &["B-2", "B-3", "B-4", "B-6", "A-1"],
        5 => &["B-3", "B-4", "B-6", "A-1", "B-7"],
        6..8 => &["B-3", "B-4", "B-6", "B-7", "A-1"],
        8 => &["B-4", "B-6", "B-7", "A-1", "B-8"],
        9..11 => &["B-4", "B-6", "B-7", "B-8", "A-1"],
        _ => &["B-6", "B-7", "B-8", "A-1", "B-9"],
    }
}

const CASE: Case = Case {
    rows: |_| FIVE,
    totals: Totals::Right,
    max_pages: 20,
    expected: "absent",
    calls: 6,
    refused: false,
};

/// A gateway whose detail refuses, and whose list has these rows in pages of two.
fn listing(case: &Case) -> Arc<Script> {
    let (rows, totals, refused) = (case.rows, case.totals, case.refused);
    let (gateway, asked) = (Gateway::new(), AtomicUsize::new(0));
    Script::with(move |request: &Request| {
        if request.url.contains("order_detail") {
            return Reply::Answer(gateway.dated(REFUSED));
        }
        let call = asked.fetch_add(1, Ordering::Relaxed);
        if call == 0 && refused {
            return Reply::Answer(gateway.dated(REFUSED));
        }
        let rows = rows(call);
        let page = request.url.split("&page=").nth(1).unwrap();
        let page: usize = page.split('&').next().unwrap().parse().unwrap();
        let shown = rows.iter().skip((page - 1) * 2).take(2);
        let shown = shown.map(|number| match *number {
            "A-1" => r#"{"id":"7","bill_no":"A-1","remark":"x"}"#.to_owned(),
            "" => r#"{"id":"8","bill_no":null}"#.to_owned(),
            "?" => r#"{"id":"9","bill_no":"","remark":"y"}"#.to_owned(),
            number => format!(r#"{{"id":"{number}","bill_no":"{number}"}}"#),
        });
        let shown: Vec<String> = shown.collect();
        let count = rows.len()
            + usize::from(match totals {
                Totals::Right | Totals::Missing => false,
                Totals::Wrong => true,
                Totals::WrongOnce => call < 4,
            });
        let totals = match totals {
            Totals::Missing => String::new(),
            _ => format!(r#""count":{count},"total_page":{},"#, count.div_ceil(2)),
        };
        let body = format!(
            r#"{{"errcode":0,"data":{{{totals}"rows":[{}]}}}}"#,
            shown.join(",")
        );
        Reply::Answer(gateway.dated(&body))
    })
}

fn words(found: &Reconciliation) -> String {
    match found {
        Reconciliation::Applied { found } => format!("applied by {}", found.operation()),
        Reconciliation::Absent => "absent".to_owned(),
        Reconciliation::TooEarly { .. } => "too early".to_owned(),
        Reconciliation::NotPossible { reason } => format!("{reason:?}"),
        other => panic!("{other:?}"),
    }
}

/// What is found out so late after a save of this document, and the pages that were asked for.
async fn found_after(
    case: &Case,
    document: Document,
    wait: Duration,
) -> (Reconciliation, Vec<String>) {
    let script = listing(case);
    let client = client(&script);
    script.then(lost());
    let error = client.call(&SAVE_AMONG_ALL, document).await.unwrap_err();
    tokio::time::sleep(wait).await;
    let write = error.unknown_write().unwrap();
    let options = ReconcileOptions::default().max_pages(case.max_pages);
    let found = client.reconcile_write(write, &options).await.unwrap();
    let calls = script.business_calls().into_iter();
    let pages = calls.filter(|call| call.url.contains("/order?"));
    (found, pages.map(|call| call.url).collect())
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_not_among_all_rows_is_absent() {
    for (case, name) in [
        (Case { ..CASE }, "several pages are read twice"),
        (
            Case {
                rows: |_| ONE,
                calls: 1,
                ..CASE
            },
            "one page is one moment",
        ),
        (
            Case {
                rows: |_| &[],
                calls: 1,
                ..CASE
            },
            "an empty list",
        ),
        (
            Case {
                max_pages: 3,
                ..CASE
            },
            "as many pages as are allowed",
        ),
        (
            Case {
                rows: |_| LAST_OF_FIVE,
                expected: "applied by test.order",
                calls: 3,
                ..CASE
            },
            "it is there",
        ),
        (
            Case {
                totals: Totals::WrongOnce,
                calls: 10,
                ..CASE
            },
            "totals that are wrong once",
        ),
    ] {
        let (found, calls) = found_after(&case, document(), LATE).await;
        assert_eq!(words(&found), case.expected, "{name}");
        assert_eq!(calls.len(), case.calls, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_changes_while_it_is_read_proves_nothing() {
    for (case, name) in [
        (
            Case {
                rows: slipping_once,
                expected: "applied by test.order",
                ..CASE
            },
            "the second reading shows it",
        ),
        (
            Case {
                rows: slipping_always,
                expected: "ListChanged",
                calls: 12,
                ..CASE
            },
            "never the same twice",
        ),
        (
            Case {
                totals: Totals::Wrong,
                expected: "ListIncomplete",
                calls: 16,
                ..CASE
            },
            "totals that are always wrong",
        ),
    ] {
        let (found, calls) = found_after(&case, document(), LATE).await;
        assert_eq!(words(&found), case.expected, "{name}");
        assert_eq!(calls.len(), case.calls, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_long_is_not_read_and_says_which_setting_allows_it() {
    let long = Case {
        max_pages: 2,
        expected: "ListTooLong { max_pages: 2 }",
        calls: 1,
        ..CASE
    };
    let unsaid = Case {
        totals: Totals::Missing,
        calls: 2,
        ..long
    };
    for case in [long, unsaid] {
        let (found, calls) = found_after(&case, document(), LATE).await;
        assert_eq!(words(&found), case.expected);
        assert_eq!(calls.len(), case.calls);
        assert!(found.to_string().contains("max_pages"), "{found}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_without_a_number_may_be_the_record() {
    for rows in [|_| &["B-1", ""][..], |_| &["B-1", "?"][..]] {
        let case = Case { rows, ..CASE };
        let (found, _) = found_after(&case, document(), LATE).await;
        assert_eq!(words(&found), "OtherShown");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_with_the_number_in_another_spelling_may_be_the_record() {
    let case = Case {
        rows: |_| &["B-1", "ａ-1"],
        ..CASE
    };
    let (found, _) = found_after(&case, document(), LATE).await;
    assert_eq!(words(&found), "OtherShown");
    let (found, _) = found_together(&case, ["A-1", "A-2"].map(numbered).to_vec()).await;
    assert_eq!(all_words(found), ["OtherShown", "absent"]);
}

#[tokio::test(start_paused = true)]
async fn the_list_is_asked_for_the_days_around_the_records_own() {
    let (_, calls) = found_after(&CASE, document(), LATE).await;
    for call in calls {
        let days = ["start_bill_date=2024-02-29", "end_bill_date=2024-03-02"];
        assert!(days.iter().all(|day| call.contains(day)), "{call}");
    }
    let undated = Document {
        bill_date: None,
        ..document()
    };
    let (found, calls) = found_after(&CASE, undated, LATE).await;
    assert_eq!((words(&found).as_str(), calls.len()), ("NoDate", 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_before_it_can_prove_anything() {
    let (found, calls) = found_after(&CASE, document(), Duration::ZERO).await;
    assert_eq!((words(&found).as_str(), calls.len()), ("too early", 0));
}

/// What is found out about saves of these documents, looked up in one batch, and the pages that were
/// asked for.
async fn found_together(
    case: &Case,
    documents: Vec<Document>,
) -> (Vec<Result<Reconciliation, Error>>, Vec<String>) {
    let script = listing(case);
    let client = client(&script);
    let mut writes = Vec::new();
    for document in documents {
        script.then(lost());
        let error = client.call(&SAVE_AMONG_ALL, document).await.unwrap_err();
        writes.push(error.unknown_write().unwrap().clone());
    }
    tokio::time::sleep(LATE).await;
    let batch = ReconcileBatch::new(&client, writes, ReconcileOptions::default());
    let batch = Arc::new(batch);
    let look_ups = (0..batch.writes().len()).map(|index| {
        let batch = Arc::clone(&batch);
        tokio::spawn(async move { batch.reconcile(index).await })
    });
    let mut found = Vec::new();
    for look_up in look_ups.collect::<Vec<_>>() {
        found.push(look_up.await.unwrap());
    }
    let calls = script.business_calls().into_iter();
    let pages = calls.filter(|call| call.url.contains("/order?"));
    (found, pages.map(|call| call.url).collect())
}

fn numbered(number: &str) -> Document {
    Document {
        bill_no: Some(number.to_owned()),
        ..document()
    }
}

fn all_words(found: Vec<Result<Reconciliation, Error>>) -> Vec<String> {
    let found = found.into_iter().map(Result::unwrap);
    found.map(|found| words(&found)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_records_of_one_day_share_one_reading_of_its_list() {
    let case = Case {
        rows: |_| LAST_OF_FIVE,
        ..CASE
    };
    let documents = ["A-2", "A-1", "A-3"].map(numbered).to_vec();
    let (found, pages) = found_together(&case, documents).await;
    let expected = ["absent", "applied by test.order", "absent"];
    assert_eq!(all_words(found), expected);
    assert_eq!(pages.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_shared_reading_ends_when_it_has_shown_every_record() {
    let case = Case {
        rows: |_| LAST_OF_FIVE,
        ..CASE
    };
    let twice = vec![document(), document()];
    let (found, pages) = found_together(&case, twice).await;
    assert_eq!(all_words(found), ["applied by test.order"; 2]);
    assert_eq!(pages.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn records_of_other_days_are_not_told_by_the_same_reading() {
    let later = Document {
        bill_date: Some("2024-03-02".to_owned()),
        ..numbered("A-2")
    };
    let undated = Document {
        bill_date: None,
        ..numbered("A-3")
    };
    let documents = vec![numbered("A-1"), later, undated];
    let (found, pages) = found_together(&CASE, documents).await;
    assert_eq!(all_words(found), ["absent", "absent", "NoDate"]);
    let of = |day: &str| pages.iter().filter(|url| url.contains(day)).count();
    assert_eq!(of("start_bill_date=2024-02-29"), 6);
    assert_eq!(of("start_bill_date=2024-03-01"), 6);
}

#[tokio::test(start_paused = true)]
async fn a_shared_reading_that_fails_is_made_again_by_the_next_record() {
    let case = Case {
        refused: true,
        ..CASE
    };
    let documents = ["A-1", "A-2", "A-3"].map(numbered).to_vec();
    let (found, pages) = found_together(&case, documents).await;
    let failed = found.iter().filter(|found| found.is_err()).count();
    let absent = |found: &&Result<_, _>| matches!(found, Ok(Reconciliation::Absent));
    let absent = found.iter().filter(absent).count();
    assert_eq!((failed, absent), (1, 2));
    assert_eq!(pages.len(), 1 + 6);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_a_batch_does_not_have_is_none() {
    let script = listing(&CASE);
    let batch = ReconcileBatch::new(&client(&script), Vec::new(), ReconcileOptions::default());
    assert_eq!(words(&batch.reconcile(0).await.unwrap()), "NotUnknown");
    let shown = format!("{batch:?}");
    assert!(shown.starts_with("ReconcileBatch { writes: []"), "{shown}");
}
