//! Answers of a look-up that are another one's, of another kind, or contradict themselves: none of them
//! makes a write absent.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const LATE: Duration = Duration::from_secs(11 * 60);

/// A gateway whose detail refuses, and whose list answers with these bodies of data, by page and by
/// how often the list was asked before.
fn listing(data: impl Fn(usize, usize) -> String + Send + Sync + 'static) -> Arc<Script> {
    let (gateway, asked) = (Gateway::new(), AtomicUsize::new(0));
    Script::with(move |request: &Request| {
        if request.url.contains("order_detail") {
            return Reply::Answer(gateway.dated(REFUSED));
        }
        let call = asked.fetch_add(1, Ordering::Relaxed);
        let page = request.url.split("page=").nth(1).unwrap();
        let page: usize = page.split('&').next().unwrap().parse().unwrap();
        let body = format!(r#"{{"errcode":0,"data":{}}}"#, data(page, call));
        Reply::Answer(gateway.dated(&body))
    })
}

async fn found(
    operation: &Operation<Document, Saved>,
    script: Arc<Script>,
    document: Document,
) -> Reconciliation {
    let client = client(&script);
    script.then(lost());
    let error = client.call(operation, document).await.unwrap_err();
    tokio::time::sleep(LATE).await;
    let write = error.unknown_write().unwrap();
    let options = ReconcileOptions::default();
    client.reconcile_write(write, &options).await.unwrap()
}

/// The list shows the record, and a second time, under the same name, no row.
#[tokio::test(start_paused = true)]
async fn rows_that_come_twice_and_differ_make_nothing_absent() {
    let data = |page: usize, _: usize| match page {
        1 => {
            r#"{"rows":[{"id":"7","bill_no":"A-1"}],"rows":[],"count":0,"total_page":0}"#.to_owned()
        }
        _ => r#"{"rows":[],"count":0,"total_page":0}"#.to_owned(),
    };
    let found = found(&SAVE_CONFIRMED, listing(data), document()).await;
    assert!(!matches!(found, Reconciliation::Absent), "{found:?}");
}

/// A count that comes twice and differs is no count.
#[tokio::test(start_paused = true)]
async fn totals_that_come_twice_and_differ_make_nothing_absent() {
    let data = |page: usize, _: usize| {
        match page {
        1 => r#"{"count":2,"total_page":2,"rows":[{"id":"1","bill_no":"B-1"}],"count":1,"total_page":1}"#
            .to_owned(),
        // It is there.
        _ => r#"{"count":2,"total_page":2,"rows":[{"id":"7","bill_no":"A-1"}]}"#.to_owned(),
    }
    };
    let found = found(&SAVE_AMONG_ALL, listing(data), document()).await;
    assert!(!matches!(found, Reconciliation::Absent), "{found:?}");
}

/// Totals as a serializer of doubles writes them: `5.0`. The typed pages read them.
#[tokio::test(start_paused = true)]
async fn totals_with_a_fraction_of_zero_count_as_they_do_in_typed_pages() {
    let data = |page: usize, _: usize| match page {
        1 => r#"{"count":5.0,"total_page":3.0,"rows":[{"id":"1","bill_no":"B-1"}]}"#.to_owned(),
        _ => r#"{"count":5.0,"total_page":3.0,"rows":[]}"#.to_owned(),
    };
    let found = found(&SAVE_AMONG_ALL, listing(data), document()).await;
    assert!(!matches!(found, Reconciliation::Absent), "{found:?}");
}

/// Three rows in pages of two, no totals. The first row is deleted after the first page was read: the
/// record moves to the first page, and the second is empty.
#[tokio::test(start_paused = true)]
async fn a_full_page_without_totals_and_an_empty_one_are_two_moments() {
    let data = |page: usize, call: usize| match (page, call) {
        (1, 0) => r#"{"rows":[{"id":"1","bill_no":"B-1"},{"id":"2","bill_no":"B-2"}]}"#.to_owned(),
        (1, _) => r#"{"rows":[{"id":"2","bill_no":"B-2"},{"id":"7","bill_no":"A-1"}]}"#.to_owned(),
        _ => r#"{"rows":[]}"#.to_owned(),
    };
    let found = found(&SAVE_AMONG_ALL, listing(data), document()).await;
    assert!(!matches!(found, Reconciliation::Absent), "{found:?}");
}

/// The number was sent with a blank behind it, and is kept so. Its filter finds it by what was sent.
#[tokio::test(start_paused = true)]
async fn a_number_with_a_blank_is_asked_for_as_it_was_sent() {
    let gateway = Gateway::new();
    let script = Script::with(move |request: &Request| {
        let body = match () {
            _ if request.url.contains("order_detail") => REFUSED,
            _ if request.url.contains("bill_no=A-1%20") => {
                r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"7","bill_no":"A-1 "}]}}"#
            }
            _ => NO_ROWS,
        };
        Reply::Answer(gateway.dated(body))
    });
    let mut sent = document();
    sent.bill_no = Some("A-1 ".to_owned());
    let found = found(&SAVE_CONFIRMED, script.clone(), sent).await;
    assert!(!matches!(found, Reconciliation::Absent), "{found:?}");
}

/// A list that shows it without the blank may not be found by the number as it was sent.
#[tokio::test(start_paused = true)]
async fn a_number_with_a_blank_that_its_own_list_does_not_show_is_not_absent() {
    let script = answering(NO_ROWS);
    let sent = Document {
        bill_no: Some("A-1 ".to_owned()),
        ..document()
    };
    let found = found(&SAVE_LISTED, script, sent).await;
    let reason = NotPossible::PaddedName;
    assert_eq!(found, Reconciliation::NotPossible { reason });
}

/// A proxy as in `connections`: from the second request of a connection on it gives the answer before
/// once more, so that each later one is that of another request.
#[cfg(any(feature = "hyper", feature = "reqwest"))]
async fn shifting(mut stream: tokio::net::TcpStream) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (mut text, mut last) = (String::new(), None::<String>);
    loop {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => text.push_str(&String::from_utf8_lossy(&piece[..read])),
            _ => return,
        }
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let answer = if head.contains("kingdee_auth_token") {
            crate::script::token_answer(1)
        } else if head.contains("search=A-1") {
            r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"7","bill_no":"A-1","remark":"x","lines":["a"]}]}}"#.to_owned()
        } else {
            NO_ROWS.to_owned()
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        let shifted = last.replace(answer.clone()).unwrap_or(answer);
        if stream.write_all(shifted.as_bytes()).await.is_err() {
            return;
        }
        text.clear();
    }
}

/// Two orders are unknown: B-1 is not there, A-1 is.
#[cfg(any(feature = "hyper", feature = "reqwest"))]
#[tokio::test]
async fn no_look_up_takes_the_answer_of_another() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(shifting(stream));
        }
    });
    let mut wrong = Vec::new();
    for &library in crate::transports::Library::ALL {
        let client = Client::builder()
            .base_url(&url)
            .credentials(crate::script::credentials())
            .transport(library.usual())
            .build()
            .unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(20 * 60);
        let found = async |number: &str| {
            let mut sent = document();
            sent.bill_no = Some(number.to_owned());
            let prepared = SAVE_LISTED.prepare(&sent).unwrap();
            let write = UnknownWrite::new(prepared, Client::DEFAULT_ACCOUNT, Some(long_ago));
            let options = ReconcileOptions::default();
            client.reconcile_write(&write, &options).await.unwrap()
        };
        let (other, own) = (found("B-1").await, found("A-1").await);
        assert_eq!(other, Reconciliation::Absent, "{library:?}");
        wrong.extend((own == Reconciliation::Absent).then_some(library));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Data of another kind than a list's: a text, the rows themselves, the rows under another name.
#[tokio::test(start_paused = true)]
async fn data_that_holds_something_else_than_rows_is_no_empty_list() {
    let mut wrong = Vec::new();
    for data in [
        r#""busy, try again later""#,
        r#"[{"id":"7","bill_no":"A-1","remark":"x","lines":["a"]}]"#,
        r#"{"list":[{"id":"7","bill_no":"A-1","remark":"x","lines":["a"]}]}"#,
        r#"{"rows":{"id":"7","bill_no":"A-1"}}"#,
        r#"{"id":"7","bill_no":"20240501","count":1}"#,
        r#"{"id":"7","bill_no":"20240501"}"#,
        "7",
    ] {
        let found = found(
            &SAVE_CONFIRMED,
            listing(move |_, _| data.to_owned()),
            document(),
        )
        .await;
        if found == Reconciliation::Absent {
            wrong.push(data);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

pub struct Changed {
    pub id: Option<String>,
    pub bill_no: Option<String>,
    pub amount: Option<String>,
}

jdy_wire::record! {
    Changed in Body {
        "id" => id: Text,
        "bill_no" => bill_no: Text,
        "amount" => amount: Text,
    }
}

static CHANGE: Operation<Changed, Saved> = Operation::new(OperationInfo {
    verify: Some(Verify {
        operation: "test.order",
        by: &[("search", "bill_no")],
        with: &[("page_size", "2")],
        look_up: Some(&LIST),
        ..BY_DETAIL
    }),
    ..FACTS
});

/// The record was there before; its list shows nothing of what the change would change.
#[tokio::test(start_paused = true)]
async fn a_change_is_not_applied_because_the_record_is_there() {
    let data = |_: usize, _: usize| {
        r#"{"count":1,"total_page":1,"rows":[{"id":"7","bill_no":"A-1"}]}"#.to_owned()
    };
    let script = listing(data);
    let client = client(&script);
    script.then(lost());
    let change = Changed {
        id: Some("7".to_owned()),
        bill_no: Some("A-1".to_owned()),
        amount: Some("50.00".to_owned()),
    };
    let error = client.call(&CHANGE, change).await.unwrap_err();
    let found = client.reconcile(&error).await.unwrap();
    assert!(
        !matches!(found, Reconciliation::Applied { .. }),
        "{found:?}"
    );
}
