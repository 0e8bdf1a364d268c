//! What became of a write whose answer was lost: looked up, judged, and never guessed.

#[path = "reconcile/all_rows.rs"]
mod all_rows;
#[path = "reconcile/foreign_answers.rs"]
mod foreign_answers;
#[path = "reconcile/one_set.rs"]
mod one_set;
#[path = "reconcile/set_clock.rs"]
mod set_clock;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jdy_runtime::operation::{Confirm, DateWindow};
use jdy_runtime::transport::{Request, Response, SendState, TransportError};
use jdy_runtime::{
    Client, Credentials, Effect, Error, ErrorKind, Method, NotPossible, Operation, OperationInfo,
    Outcome, Paging, ReconcileBatch, ReconcileOptions, Reconciliation, Resource, Role,
    UnknownWrite, Verify,
};
use jdy_wire::{Encoding, Field, Location};

use crate::script::{
    RECHARGE, Reply, START, Script, builder, client, credentials, recharge, response,
};

pub struct Document {
    pub bill_no: Option<String>,
    pub bill_date: Option<String>,
    pub remark: Option<String>,
    pub lines: Option<Vec<String>>,
}

jdy_wire::record! {
    Document in Body {
        "bill_no" => bill_no: Text,
        "bill_date" => bill_date: Text,
        "remark" => remark: Text,
        "lines" => lines: List,
    }
}

pub struct Saved {
    pub ids: Field<Vec<String>>,
}

jdy_wire::record! {
    Saved in Body {
        "ids" => ids: List,
    }
}

const RESOURCE: Resource = Resource {
    name: "test.order",
    role: Role::Save,
    entity: None,
    of: None,
    rows: None,
    id: Some("id"),
    number: Some("bill_no"),
    returns: &[],
};

static DETAIL: OperationInfo = OperationInfo {
    id: "test.order_detail",
    path: "/jdy/v2/test/order_detail",
    resource: Some(Resource {
        role: Role::Detail,
        returns: &[("remark", "note")],
        ..RESOURCE
    }),
    ..OperationInfo::EMPTY
};

const LISTED: OperationInfo = OperationInfo {
    id: "test.order",
    path: "/jdy/v2/test/order",
    resource: Some(Resource {
        role: Role::List,
        rows: Some("rows"),
        ..RESOURCE
    }),
    paging: Some(Paging {
        page: "page",
        location: Location::Query,
        encoding: Encoding::Text,
        first: 1,
        size: Some("page_size"),
        default_page_size: Some(10),
        max_size: None,
        count: Some("count"),
        pages: Some("total_page"),
    }),
    ..OperationInfo::EMPTY
};

static LIST: OperationInfo = LISTED;

const BY_DETAIL: Verify = Verify {
    operation: "test.order_detail",
    by: &[("number", "bill_no")],
    with: &[],
    matches: &[("bill_no", "bill_no")],
    compare: &[],
    look_up: Some(&DETAIL),
    confirm: None,
};

const FACTS: OperationInfo = OperationInfo {
    id: "test.order_save",
    method: Method::Post,
    path: "/jdy/v2/test/order",
    effect: Effect::Write,
    key: Some("bill_no"),
    resource: Some(RESOURCE),
    verify: Some(BY_DETAIL),
    ..OperationInfo::EMPTY
};

static SAVE: Operation<Document, Saved> = Operation::new(FACTS);

static SAVE_CONFIRMED: Operation<Document, Saved> = Operation::new(OperationInfo {
    verify: Some(Verify {
        confirm: Some(Confirm {
            list: &LIST,
            argument: Some("bill_no"),
            number: "bill_no",
            with: &[("page_size", "100")],
            dates: None,
        }),
        ..BY_DETAIL
    }),
    ..FACTS
});

/// Its list has no filter by number.
static SAVE_AMONG_ALL: Operation<Document, Saved> = Operation::new(OperationInfo {
    verify: Some(Verify {
        confirm: Some(Confirm {
            list: &LIST,
            argument: None,
            number: "bill_no",
            with: &[("page_size", "2")],
            dates: Some(DateWindow {
                field: "bill_date",
                from: "start_bill_date",
                until: "end_bill_date",
            }),
        }),
        ..BY_DETAIL
    }),
    ..FACTS
});

static SAVE_LISTED: Operation<Document, Saved> = Operation::new(OperationInfo {
    verify: Some(Verify {
        operation: "test.order",
        by: &[("search", "bill_no")],
        with: &[("page_size", "2")],
        look_up: Some(&LIST),
        ..BY_DETAIL
    }),
    ..FACTS
});

const NOTHING: &str = r#"{"errcode":0,"data":{}}"#;
const REFUSED: &str = r#"{"errcode":2008,"description":"no such number"}"#;
const SAME: &str = r#"{"errcode":0,"data":{"id":"77","bill_no":"A-1","note":"x","lines":["a"]}}"#;
const OTHER: &str = r#"{"errcode":0,"data":{"id":"78","bill_no":"A-1","note":"y","lines":[]}}"#;
const NO_ROWS: &str = r#"{"errcode":0,"data":{"count":0,"total_page":0,"rows":[]}}"#;

fn document() -> Document {
    Document {
        bill_no: Some("A-1".to_owned()),
        bill_date: Some("2024-03-01".to_owned()),
        remark: Some("x".to_owned()),
        lines: Some(vec!["a".to_owned()]),
    }
}

fn lost() -> Reply {
    Reply::Fail(TransportError::lost(
        SendState::MayHaveLeft,
        "reset by peer",
    ))
}

/// A gateway whose clock is the tests' own, and that dates its answers.
struct Gateway {
    start: tokio::time::Instant,
    ahead: u64,
}

impl Gateway {
    fn new() -> Self {
        Self {
            start: tokio::time::Instant::now(),
            ahead: 0,
        }
    }

    /// `START` is 22:13:20 on that day.
    fn dated(&self, body: &str) -> Response {
        let seconds = 22 * 3600 + 13 * 60 + 20 + self.start.elapsed().as_secs() + self.ahead;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let date = format!(
            "Tue, 14 Nov 2023 {hours}:{minutes:02}:{:02} GMT",
            seconds % 60
        );
        Response {
            headers: vec![("date".into(), date)],
            ..response(200, body)
        }
    }
}

/// A gateway that answers every look-up so.
fn answering(body: &'static str) -> Arc<Script> {
    let gateway = Gateway::new();
    Script::with(move |_| Reply::Answer(gateway.dated(body)))
}

/// A save whose answer is lost.
async fn lost_save(
    client: &Client,
    script: &Arc<Script>,
    save: &Operation<Document, Saved>,
) -> Error {
    script.then(lost());
    let error = client.call(save, document()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    error
}

async fn reconciled_after(body: &'static str, wait: Duration) -> Reconciliation {
    let script = answering(body);
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    tokio::time::sleep(wait).await;
    client.reconcile(&error).await.unwrap()
}

/// Long enough, with the second that a date may be off.
const LATE: Duration = Duration::from_secs(602);

#[tokio::test(start_paused = true)]
async fn a_record_with_the_sent_content_is_applied_at_once() {
    let script = answering(SAME);
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    let Reconciliation::Applied { found } = client.reconcile(&error).await.unwrap() else {
        panic!("not applied");
    };
    assert_eq!((found.id(), found.number()), (Some("77"), "A-1"));
    assert_eq!(
        (found.operation(), found.compared()),
        ("test.order_detail", 3)
    );
    let asked = script.business_calls().pop().unwrap();
    assert_eq!(asked.method, Method::Get);
    assert!(
        asked.url.ends_with("/jdy/v2/test/order_detail?number=A-1"),
        "{}",
        asked.url
    );
}

#[tokio::test(start_paused = true)]
async fn other_content_under_the_number_is_a_conflict_that_names_the_fields() {
    for wait in [Duration::ZERO, LATE] {
        let found = reconciled_after(OTHER, wait).await;
        let Reconciliation::Conflict { found, fields } = found else {
            panic!("{found:?}");
        };
        assert_eq!(
            (found.id(), &fields[..]),
            (Some("78"), &["remark".to_owned(), "lines".to_owned()][..])
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_absent_only_when_the_gateway_can_no_longer_accept_it() {
    for (seconds, is_absent) in [(0, false), (299, false), (598, false), (602, true)] {
        let found = reconciled_after(NOTHING, Duration::from_secs(seconds)).await;
        match found {
            Reconciliation::Absent => assert!(is_absent, "{seconds}"),
            Reconciliation::TooEarly { ask_again_at, wait } => {
                assert!(!is_absent, "{seconds}");
                let from = SystemTime::UNIX_EPOCH + Duration::from_millis(START);
                assert_eq!(ask_again_at, from + Duration::from_secs(600));
                let left = 600 - seconds;
                assert!((left..=left + 1).contains(&wait.as_secs()), "{wait:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_no_answer_confirms_may_be_five_minutes_off() {
    let script = Script::with(|_| Reply::answer(200, NOTHING));
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    tokio::time::sleep(LATE).await;
    let early = client.reconcile(&error).await.unwrap();
    assert!(
        matches!(early, Reconciliation::TooEarly { .. }),
        "{early:?}"
    );
    tokio::time::sleep(early.wait().unwrap()).await;
    assert_eq!(
        client.reconcile(&error).await.unwrap(),
        Reconciliation::Absent
    );
}

#[tokio::test(start_paused = true)]
async fn the_gateways_clock_counts_and_not_this_machines() {
    // The machine's clock runs ahead of the gateway's after the write: half an hour by itself.
    let gateway = Gateway::new();
    let script = Script::with(move |_| {
        let mut dated = gateway.dated(NOTHING);
        dated.headers = vec![("date".into(), "Tue, 14 Nov 2023 22:14:00 GMT".to_owned())];
        Reply::Answer(dated)
    });
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    tokio::time::sleep(Duration::from_secs(1800)).await;
    let found = client.reconcile(&error).await.unwrap();
    assert!(
        matches!(found, Reconciliation::TooEarly { .. }),
        "{found:?}"
    );
}

/// Nothing says that its rows are all there are.
#[tokio::test(start_paused = true)]
async fn a_list_without_pages_makes_nothing_absent() {
    static UNPAGED: OperationInfo = OperationInfo {
        paging: None,
        ..LISTED
    };
    static SAVE_UNPAGED: Operation<Document, Saved> = Operation::new(OperationInfo {
        verify: Some(Verify {
            operation: "test.order",
            by: &[("search", "bill_no")],
            look_up: Some(&UNPAGED),
            ..BY_DETAIL
        }),
        ..FACTS
    });
    let script = answering(NO_ROWS);
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE_UNPAGED).await;
    tokio::time::sleep(LATE).await;
    let found = client.reconcile(&error).await.unwrap();
    let reason = NotPossible::ListNotProven;
    assert_eq!(found, Reconciliation::NotPossible { reason });
}

/// The list is asked for too early, and answers when it would have been time.
#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_counts_from_when_it_was_asked_for() {
    let gateway = Gateway::new();
    let answered = Gateway {
        ahead: 10,
        ..Gateway::new()
    };
    let script = Script::with(move |request: &Request| {
        if request.url.contains("order_detail") {
            return Reply::Answer(gateway.dated(REFUSED));
        }
        let answer = Reply::Answer(answered.dated(NO_ROWS));
        Reply::After(Duration::from_secs(10), Box::new(answer))
    });
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE_CONFIRMED).await;
    tokio::time::sleep(Duration::from_secs(592)).await;
    let found = client.reconcile(&error).await.unwrap();
    assert!(
        matches!(found, Reconciliation::TooEarly { .. }),
        "{found:?}"
    );
}

/// Nothing names the record, so that a person compares: nothing is said to be all there is before no
/// other can come, nor if the list was not read to its end.
#[tokio::test(start_paused = true)]
async fn candidates_are_final_only_when_no_other_record_can_come() {
    static UNNAMED: Operation<Document, Saved> = Operation::new(OperationInfo {
        verify: Some(Verify {
            operation: "test.order",
            by: &[("search", "remark")],
            with: &[("page_size", "2")],
            matches: &[],
            compare: &["remark"],
            look_up: Some(&LIST),
            ..BY_DETAIL
        }),
        ..FACTS
    });
    for (count, wait, is_final) in [
        (1, LATE, true),
        (1, Duration::from_secs(590), false),
        (2, LATE, false),
    ] {
        let gateway = Gateway::new();
        let script = Script::with(move |request: &Request| {
            let rows = match request.url.contains("page=1") {
                true => r#"{"id":"7","remark":"x"}"#,
                false => "",
            };
            let data = format!(r#"{{"count":{count},"total_page":{count},"rows":[{rows}]}}"#);
            Reply::Answer(gateway.dated(&format!(r#"{{"errcode":0,"data":{data}}}"#)))
        });
        let client = client(&script);
        let error = lost_save(&client, &script, &UNNAMED).await;
        tokio::time::sleep(wait).await;
        let found = client.reconcile(&error).await.unwrap();
        let Reconciliation::Candidates {
            found,
            is_final: said,
        } = found
        else {
            panic!("{found:?}");
        };
        assert_eq!(said, is_final, "{count} {wait:?}");
        assert_eq!(found.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_margin_of_ones_own_is_kept() {
    let script = answering(NOTHING);
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    let write = error.unknown_write().unwrap();
    let hour = ReconcileOptions::default().margin(Duration::from_secs(3600));
    tokio::time::sleep(LATE).await;
    let found = client.reconcile_write(write, &hour).await.unwrap();
    assert!(
        matches!(found, Reconciliation::TooEarly { .. }),
        "{found:?}"
    );
    let none = ReconcileOptions::default().margin(Duration::ZERO);
    let found = client.reconcile_write(write, &none).await.unwrap();
    assert_eq!(found, Reconciliation::Absent);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_proves_nothing() {
    let found = reconciled_after(REFUSED, LATE).await;
    let reason = NotPossible::Refused;
    assert_eq!(found, Reconciliation::NotPossible { reason });
    let another = r#"{"errcode":0,"data":{"id":"9","bill_no":"A-2"}}"#;
    let found = reconciled_after(another, LATE).await;
    let reason = NotPossible::OtherShown;
    assert_eq!(found, Reconciliation::NotPossible { reason });
}

#[tokio::test(start_paused = true)]
async fn a_list_confirms_what_a_detail_refuses_or_leaves_blank() {
    let rows = r#"{"errcode":0,"data":{"count":1,"total_page":1,
        "rows":[{"id":"5","bill_no":"A-1","remark":"x"}]}}"#;
    for (detail, list, is_there) in [
        (REFUSED, NO_ROWS, false),
        (REFUSED, rows, true),
        (NOTHING, NO_ROWS, false),
        (NOTHING, rows, true),
    ] {
        let gateway = Gateway::new();
        let script = Script::with(move |request: &Request| {
            let is_detail = request.url.contains("order_detail");
            Reply::Answer(gateway.dated(if is_detail { detail } else { list }))
        });
        let client = client(&script);
        let error = lost_save(&client, &script, &SAVE_CONFIRMED).await;
        tokio::time::sleep(LATE).await;
        match client.reconcile(&error).await.unwrap() {
            Reconciliation::Applied { found } => assert!(is_there && found.id() == Some("5")),
            Reconciliation::Absent => assert!(!is_there),
            other => panic!("{other:?}"),
        }
        let asked = script.business_calls().pop().unwrap();
        assert!(
            asked.url.contains("bill_no=A-1&page=1&page_size=100"),
            "{}",
            asked.url
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_in_another_spelling_is_neither_applied_nor_absent() {
    let spelt = r#"{"errcode":0,"data":{"id":"77","bill_no":"a－ 1","note":"x","lines":["a"]}}"#;
    let list =
        r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"77","bill_no":"a－ 1"}]}}"#;
    let exact =
        r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"77","bill_no":"A-1"}]}}"#;
    let other =
        r#"{"errcode":0,"data":{"count":1,"total_page":1,"rows":[{"id":"9","bill_no":"A-12"}]}}"#;
    let open = Some(NotPossible::OtherShown);
    for (detail, list, save, expected) in [
        (spelt, list, &SAVE_CONFIRMED, open.clone()),
        (spelt, NO_ROWS, &SAVE_CONFIRMED, open.clone()),
        (REFUSED, list, &SAVE_CONFIRMED, open.clone()),
        (NOTHING, list, &SAVE_CONFIRMED, open.clone()),
        (NOTHING, list, &SAVE_LISTED, open),
        (NOTHING, other, &SAVE_CONFIRMED, None),
        (NOTHING, other, &SAVE_LISTED, None),
    ] {
        let gateway = Gateway::new();
        let script = Script::with(move |request: &Request| {
            let is_detail = request.url.contains("order_detail");
            Reply::Answer(gateway.dated(if is_detail { detail } else { list }))
        });
        let client = client(&script);
        let error = lost_save(&client, &script, save).await;
        tokio::time::sleep(LATE).await;
        let found = client.reconcile(&error).await.unwrap();
        let expected = match expected {
            Some(reason) => Reconciliation::NotPossible { reason },
            None => Reconciliation::Absent,
        };
        assert_eq!(found, expected, "{detail} {list}");
    }
    // The list may still show it as it was sent.
    let gateway = Gateway::new();
    let script = Script::with(move |request: &Request| {
        let is_detail = request.url.contains("order_detail");
        Reply::Answer(gateway.dated(if is_detail { spelt } else { exact }))
    });
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE_CONFIRMED).await;
    assert!(client.reconcile(&error).await.unwrap().is_applied());
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_to_its_end_and_never_believed_before_it() {
    let page = |rows: &str, count: u32| {
        format!(
            r#"{{"errcode":0,"data":{{"count":{count},"total_page":{},"rows":[{rows}]}}}}"#,
            count.div_ceil(2)
        )
    };
    let (first, last) = (
        r#"{"bill_no":"A-10"},{"bill_no":"A-11"}"#,
        r#"{"id":3,"bill_no":"A-1","remark":"x"}"#,
    );
    let incomplete = NotPossible::ListIncomplete;
    for (second, count, expected) in [
        (last, 3, "applied"),
        ("", 2, "absent"),
        ("", 3, "incomplete"),
    ] {
        let pages = [page(first, count), page(second, count), page("", count)];
        let gateway = Gateway::new();
        let script = Script::with(move |request: &Request| {
            let at = (1..3).find(|page| request.url.contains(&format!("page={page}&")));
            let body = at.map_or(&pages[2], |page| &pages[page - 1]);
            Reply::Answer(gateway.dated(body))
        });
        let client = client(&script);
        let error = lost_save(&client, &script, &SAVE_LISTED).await;
        tokio::time::sleep(LATE).await;
        let found = client.reconcile(&error).await.unwrap();
        match expected {
            "applied" => assert!(matches!(found, Reconciliation::Applied { .. }), "{found:?}"),
            "absent" => assert_eq!(found, Reconciliation::Absent),
            _ => {
                let reason = incomplete.clone();
                assert_eq!(found, Reconciliation::NotPossible { reason });
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_says_nothing_about_the_write() {
    let script = Script::with(|_| Reply::answer(404, "No Route"));
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    tokio::time::sleep(LATE).await;
    let failed = client.reconcile(&error).await.unwrap_err();
    assert_eq!(failed.operation(), "test.order_detail");
    assert!(failed.effect().is_read() && failed.unknown_write().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_up_says_why() {
    let script = answering(NOTHING);
    let client = client(&script);
    let reason = |found| match found {
        Reconciliation::NotPossible { reason } => reason,
        other => panic!("{other:?}"),
    };
    script.then(lost());
    let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
    let found = client.reconcile(&error).await.unwrap();
    assert_eq!(reason(found), NotPossible::NoLookUp);

    let unnumbered = Document {
        bill_no: None,
        ..document()
    };
    script.then(lost());
    let error = client.call(&SAVE, unnumbered).await.unwrap_err();
    let found = client.reconcile(&error).await.unwrap();
    assert_eq!(reason(found), NotPossible::NoNumber);

    script.then(Reply::answer(200, REFUSED));
    let error = client.call(&SAVE, document()).await.unwrap_err();
    let found = client.reconcile(&error).await.unwrap();
    assert_eq!(reason(found), NotPossible::NotUnknown);
    assert_eq!(error.ask_again_at(), None);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_kept_without_its_error_is_looked_up_as_well() {
    let script = answering(NOTHING);
    let client = client(&script);
    let prepared = SAVE.prepare(&document()).unwrap();
    // When its last attempt was made nobody knows: it counts from each look-up.
    let write = UnknownWrite::new(prepared, Client::DEFAULT_ACCOUNT, None);
    let options = ReconcileOptions::default();
    let early = client.reconcile_write(&write, &options).await.unwrap();
    tokio::time::sleep(LATE).await;
    let late = client.reconcile_write(&write, &options).await.unwrap();
    for found in [&early, &late] {
        let wait = found.wait().unwrap().as_secs();
        assert!((599..603).contains(&wait), "{found:?}");
    }
    let text = format!("{write:?} {early:?}");
    assert!(text.contains("A-1") && !text.contains("remark"), "{text}");
}

/// A journal knows the account set of its calls, and not with which error each of them ended.
#[tokio::test(start_paused = true)]
async fn a_write_that_was_kept_with_its_account_set_is_looked_up_there_alone() {
    let script = answering(NOTHING);
    let own = client(&script);
    let own_set = own.resolve(Client::DEFAULT_ACCOUNT).await.unwrap();
    let mut other = own_set.clone();
    other.app_key = "other-key".to_owned();
    for (set, expected) in [
        (own_set, Reconciliation::Absent),
        (
            other,
            Reconciliation::NotPossible {
                reason: NotPossible::OtherAccountSet,
            },
        ),
    ] {
        let prepared = SAVE.prepare(&document()).unwrap();
        let long_ago = Some(SystemTime::UNIX_EPOCH);
        let write = UnknownWrite::new(prepared, Client::DEFAULT_ACCOUNT, long_ago).only_in(set);
        let options = ReconcileOptions::default();
        let found = own.reconcile_write(&write, &options).await.unwrap();
        assert_eq!(found, expected);
    }
}

/// The name of an account set is the caller's, and says nothing of the shop behind it.
#[tokio::test(start_paused = true)]
async fn a_write_is_not_looked_up_in_another_account_set_of_its_name() {
    let other = || {
        let client_secret = crate::script::CLIENT_SECRET;
        let app_secret = crate::script::APP_SECRET;
        let router = crate::script::ROUTER;
        Credentials::app("123456", client_secret, "other-key", app_secret, router)
    };
    for is_replaced in [true, false] {
        let script = answering(NOTHING);
        let own = client(&script);
        let error = lost_save(&own, &script, &SAVE).await;
        tokio::time::sleep(LATE).await;
        let asked = match is_replaced {
            true => {
                own.add_account(Client::DEFAULT_ACCOUNT, other()).unwrap();
                own.clone()
            }
            false => builder(&script).credentials(other()).build().unwrap(),
        };
        let found = asked.reconcile(&error).await.unwrap();
        let reason = NotPossible::OtherAccountSet;
        let expected = Reconciliation::NotPossible { reason };
        assert_eq!(found, expected, "{is_replaced}");
        own.add_account(Client::DEFAULT_ACCOUNT, credentials())
            .unwrap();
        let found = own.reconcile(&error).await.unwrap();
        assert_eq!(found, Reconciliation::Absent, "{is_replaced}");
    }
}

#[tokio::test(start_paused = true)]
async fn neither_an_error_nor_what_was_found_shows_content() {
    let secret = r#"{"errcode":0,"data":{"bill_no":"A-1","note":"x","owner":"MARKER-content"}}"#;
    let script = answering(secret);
    let client = client(&script);
    let error = lost_save(&client, &script, &SAVE).await;
    let found = client.reconcile(&error).await.unwrap();
    let write = error.unknown_write().unwrap();
    for text in [
        format!("{error:?} {write:?}"),
        format!("{found:?}"),
        found.to_string(),
    ] {
        assert!(
            !text.contains("MARKER") && !text.contains("\"x\""),
            "{text}"
        );
    }
    let Reconciliation::Applied { found } = found else {
        panic!("not applied");
    };
    assert!(found.record().contains("MARKER-content"));
}

#[tokio::test(start_paused = true)]
async fn a_reconciled_call_gives_the_record_by_its_answer_or_by_its_look_up() {
    let script = answering(SAME);
    let client = client(&script);
    script.then(Reply::answer(200, r#"{"errcode":0,"data":{"ids":["5"]}}"#));
    let written = client.call(&SAVE, document()).reconciled().await.unwrap();
    assert_eq!((written.id(), written.number()), (Some("5"), Some("A-1")));
    assert!(written.answer().is_some() && written.found().is_none());

    script.then(lost());
    let written = client.call(&SAVE, document()).reconciled().await.unwrap();
    assert_eq!((written.id(), written.number()), (Some("77"), Some("A-1")));
    assert!(written.answer().is_none() && written.found().is_some());
    let posts = script.business_calls();
    let posts = posts.iter().filter(|call| call.method == Method::Post);
    assert_eq!(posts.count(), 2, "no write was sent again");
}

#[tokio::test(start_paused = true)]
async fn a_reconciled_call_waits_for_a_record_that_comes_late() {
    let gateway = Gateway::new();
    let script = Script::with(move |_| {
        let is_there = gateway.start.elapsed() >= Duration::from_secs(3);
        Reply::Answer(gateway.dated(if is_there { SAME } else { NOTHING }))
    });
    script.then(lost());
    let client = client(&script);
    let written = client.call(&SAVE, document()).reconciled().await.unwrap();
    assert_eq!(written.id(), Some("77"));
}

#[tokio::test(start_paused = true)]
async fn a_reconciled_call_that_cannot_tell_says_when_one_can() {
    let start = tokio::time::Instant::now();
    let script = answering(NOTHING);
    script.then(lost());
    let client = client(&script);
    let deadline = Duration::from_secs(10);
    let error = client
        .call(&SAVE, document())
        .deadline(deadline)
        .reconciled()
        .await
        .unwrap_err();
    assert!(start.elapsed() <= deadline);
    assert_eq!(
        (error.outcome(), error.kind()),
        (Outcome::Unknown, &ErrorKind::ConnectionLost)
    );
    let from = SystemTime::UNIX_EPOCH + Duration::from_millis(START);
    assert_eq!(error.ask_again_at(), Some(from + Duration::from_secs(600)));
    assert!(matches!(
        error.reconciliation(),
        Some(Reconciliation::TooEarly { .. })
    ));

    let script = answering(OTHER);
    script.then(lost());
    let client = self::client(&script);
    let error = client
        .call(&SAVE, document())
        .reconciled()
        .await
        .unwrap_err();
    assert!(matches!(
        error.reconciliation(),
        Some(Reconciliation::Conflict { .. })
    ));
    assert_eq!(error.ask_again_at(), None);
}

pub struct Batch {
    pub items: Option<Vec<Document>>,
}

jdy_wire::record! {
    Batch in Body {
        "items" => items: List,
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_gives_a_result_for_each_of_its_records() {
    static BATCH: Operation<Batch, Saved> = Operation::new(OperationInfo {
        id: "test.order_batch",
        path: "/jdy/v2/test/order_batch",
        key: Some("items.bill_no"),
        resource: Some(Resource {
            role: Role::Batch,
            of: Some("items"),
            ..RESOURCE
        }),
        verify: Some(Verify {
            by: &[("number", "items.bill_no")],
            matches: &[("bill_no", "items.bill_no")],
            ..BY_DETAIL
        }),
        ..FACTS
    });
    let gateway = Gateway::new();
    let script = Script::with(move |request: &Request| {
        let is_there = request.url.ends_with("number=A-1");
        Reply::Answer(gateway.dated(if is_there { SAME } else { NOTHING }))
    });
    let client = client(&script);
    let batch = |second: Option<&str>| Batch {
        items: Some(vec![
            document(),
            Document {
                bill_no: second.map(str::to_owned),
                ..document()
            },
        ]),
    };
    script.then(lost());
    let error = client.call(&BATCH, batch(Some("A-2"))).await.unwrap_err();
    for (wait, second) in [(Duration::ZERO, None), (LATE, Some(Reconciliation::Absent))] {
        tokio::time::sleep(wait).await;
        let found = client.reconcile(&error).await.unwrap();
        let Reconciliation::Items(items) = &found else {
            panic!("{found:?}");
        };
        assert!(items[0].is_applied() && !found.is_applied(), "{found}");
        match second {
            Some(second) => assert_eq!(items[1], second),
            None => assert!(items[1].wait().is_some() && found.wait() == items[1].wait()),
        }
    }
    script.then(lost());
    let error = client.call(&BATCH, batch(None)).await.unwrap_err();
    let found = client.reconcile(&error).await.unwrap();
    let reason = NotPossible::NoNumber;
    assert_eq!(found, Reconciliation::NotPossible { reason });
}
