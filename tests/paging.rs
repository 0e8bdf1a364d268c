//! A list is gone over page by page, to its end and no further: after the last page, at an empty
//! one, at one that comes again, at a cap; and it can be gone on with.

use jdy::{
    Advice, Client, DynOperation, Effect, ErrorKind, Field, Method, Operation, OperationInfo,
    Outcome, Paging,
};
use jdy_sandbox::{Fault, FaultKind, Sandbox};
use jdy_wire::{Encoding, Location};
use serde_json::json;

use crate::sandbox::client;

const LIST: &str = "/jdy/v2/bd/thing";
const SEARCH: &str = "/jdy/v2/bd/thing_search";

/// A list by the query, whose numbers travel as text.
pub(crate) struct Request {
    pub(crate) name: Option<String>,
    pub(crate) page: Option<i64>,
    pub(crate) page_size: Option<i64>,
}

jdy_wire::record! {
    Request in Query {
        "name" => name: Text,
        "page" => page: Text,
        "page_size" => page_size: Text,
    }
}

/// A list by the body, whose pages count from zero.
pub(crate) struct Search {
    pub(crate) page_no: Option<i64>,
}

jdy_wire::record! {
    Search in Body {
        "page_no" => page_no: Number,
    }
}

pub(crate) struct Data {
    pub(crate) rows: Field<Vec<Row>>,
    pub(crate) count: Field<String>,
    pub(crate) total_page: Field<String>,
}

jdy_wire::record! {
    Data {
        "rows" => rows: List,
        "count" => count: Text,
        "total_page" => total_page: Text,
    }
}

pub(crate) struct Row {
    pub(crate) id: Field<String>,
    pub(crate) name: Field<String>,
}

jdy_wire::record! {
    Row {
        "id" => id: Text,
        "name" => name: Text,
    }
}

jdy_wire::rows!(Data: rows of Row);

const PAGING: Paging = Paging {
    page: "page",
    location: Location::Query,
    encoding: Encoding::Text,
    first: 1,
    size: Some("page_size"),
    default_page_size: Some(10),
    max_size: Some(100),
    count: None,
    pages: None,
};

const FACTS: OperationInfo = OperationInfo {
    id: "bd.thing",
    method: Method::Get,
    path: LIST,
    module: "bd",
    title: "事物列表",
    paging: Some(PAGING),
    ..OperationInfo::EMPTY
};

static THINGS: Operation<Request, Data> = Operation::new(FACTS);

static SEARCHED: Operation<Search, Data> = Operation::new(OperationInfo {
    id: "bd.thing_search",
    method: Method::Post,
    path: SEARCH,
    effect: Effect::Read,
    paging: Some(Paging {
        page: "page_no",
        location: Location::Body,
        encoding: Encoding::Number,
        first: 0,
        size: None,
        default_page_size: Some(10),
        count: Some("count"),
        pages: Some("total_page"),
        ..PAGING
    }),
    ..FACTS
});

pub(crate) fn bundle() -> String {
    let text = json!({"type": "string"});
    let parameter = |name| json!({"name": name, "in": "query", "schema": text});
    let row = json!({"type": "object", "properties": {"id": text, "name": text}});
    let data = json!({"type": "object", "properties": {
        "rows": {"type": "array", "items": row}, "count": text, "total_page": text
    }});
    let answers = json!({"200": {"description": "", "content": {"application/json": {"schema": {
        "type": "object",
        "properties": {"errcode": {"type": "integer"}, "data": data}
    }}}}});
    let body = json!({"required": true, "content": {"application/json": {"schema": {
        "type": "object",
        "properties": {"page_no": {"type": "integer", "minimum": 0}}
    }}}});
    json!({
        "openapi": "3.1.0",
        "paths": {
            LIST: {"get": {
                "operationId": "bd.thing",
                "parameters": [parameter("name"), parameter("page"), parameter("page_size")],
                "responses": answers,
            }},
            SEARCH: {"post": {
                "operationId": "bd.thing_search", "requestBody": body, "responses": answers,
            }},
        }
    })
    .to_string()
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().spec(bundle()).start().await.unwrap()
}

fn targets(sandbox: &Sandbox, path: &str) -> Vec<String> {
    let seen = sandbox.requests();
    let seen = seen.into_iter().filter(|seen| seen.path == path);
    seen.map(|seen| seen.target[path.len()..].to_owned())
        .collect()
}

pub(crate) fn things(client: &Client) -> jdy::Call<Data> {
    client.call(
        &THINGS,
        Request::default().with(|r| r.name = Some("x".into())),
    )
}

#[tokio::test]
async fn all_rows_come_in_order_up_to_an_empty_page() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let mut rows = things(&client).rows();
    let mut names = Vec::new();
    while let Some(row) = rows.next().await {
        names.push((rows.page(), row.unwrap().name.to_string()));
    }
    assert_eq!(names.len(), 25);
    assert_eq!(names[0], (1, "name".to_owned()));
    assert_eq!(names[24], (3, "name-25".to_owned()));
    assert_eq!(
        targets(&sandbox, LIST),
        [
            "?name=x&page=1",
            "?name=x&page=2",
            "?name=x&page=3",
            "?name=x&page=4"
        ],
        "nothing but the short page says that it is the last, so one more is asked for"
    );
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_an_empty_one() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let call = client.call(&THINGS, Request::default().with(|r| r.page_size = Some(5)));
    let mut pages = call.pages();
    let mut lengths = Vec::new();
    while let Some(page) = pages.next().await {
        lengths.push(page.unwrap().rows.list().unwrap().len());
    }
    assert_eq!(lengths, [5; 5]);
    assert_eq!(targets(&sandbox, LIST).len(), 6);
    // The other list tells how many there are, counts its pages from zero, in its body.
    let mut pages = client.call(&SEARCHED, Search::default()).pages();
    let mut lengths = Vec::new();
    while let Some(page) = pages.next().await {
        lengths.push(page.unwrap().rows.list().unwrap().len());
    }
    assert_eq!(lengths, [10, 10, 5]);
    assert_eq!(
        targets(&sandbox, SEARCH).len(),
        3,
        "both the count and the short page say so"
    );
    assert_eq!(pages.next_page(), 3);
}

#[tokio::test]
async fn a_list_is_gone_on_with_from_a_page() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let mut from_third = things(&client).rows().from_page(3);
    let mut count = 0;
    while let Some(row) = from_third.next().await {
        row.unwrap();
        count += 1;
    }
    assert_eq!(count, 5);
    let second = Request::default().with(|r| r.page = Some(2));
    let mut pages = client.call(&THINGS, second).pages();
    sandbox.inject(Fault::on(LIST, FaultKind::Gateway(4012)).times(1));
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    assert!(pages.next().await.is_none(), "an error ends the list");
    assert_eq!(error.next_page(), Some(2));
    assert_eq!(
        pages.next_page(),
        2,
        "and it can be gone on with from there"
    );
}

#[tokio::test]
async fn a_page_that_comes_again_is_an_error() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let rows: Vec<_> = (0..10).map(|id| json!({"id": id})).collect();
    let data = json!({ "rows": rows }).to_string();
    sandbox.inject(Fault::on(LIST, FaultKind::Data(data)).times(9));
    let mut pages = things(&client).pages();
    assert!(pages.next().await.unwrap().is_ok());
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Pagination);
    assert!(
        error
            .to_string()
            .contains("page 2 holds the same rows as the page before"),
        "{error}"
    );
    assert!(pages.next().await.is_none());
    assert_eq!(targets(&sandbox, LIST).len(), 2);
}

#[tokio::test]
async fn a_cap_is_an_error_where_the_list_goes_on() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let mut rows = things(&client).rows().cap(2);
    let mut count = 0;
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((count, *error.kind()), (20, ErrorKind::Pagination));
    assert_eq!(error.outcome(), Outcome::Incomplete);
    assert_eq!(error.next_page(), Some(3));
    assert_eq!(error.advice(), Advice::Continue { page: 3 });
    assert!(!error.to_string().contains("sent again"), "{error}");
    assert!(error.to_string().contains("after 2 pages"), "{error}");
    assert_eq!(targets(&sandbox, LIST).len(), 2);
    let mut rows = things(&client).rows().cap(3);
    while let Some(row) = rows.next().await {
        row.unwrap();
    }
}

#[tokio::test]
async fn a_page_size_beyond_the_documented_maximum_is_not_sent() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let large = || Request::default().with(|r| r.page_size = Some(101));
    let error = client
        .call(&THINGS, large())
        .pages()
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.advice(), Advice::FixRequest);
    // Nor by a call of one page.
    let alone = client.call(&THINGS, large()).await.unwrap_err();
    assert_eq!(alone.description(), error.description());
    assert!(
        error
            .to_string()
            .contains("page_size is 101, and a page has at most 100 rows"),
        "{error}"
    );
    assert_eq!(targets(&sandbox, LIST), Vec::<String>::new());
}

/// Goes over the list with totals, and gives how many rows came and how it ended.
async fn walk(sandbox: &Sandbox) -> (usize, Result<(), jdy::Error>) {
    let client = client(sandbox);
    let mut rows = client.call(&SEARCHED, Search::default()).rows();
    let mut count = 0;
    loop {
        match rows.next().await {
            None => return (count, Ok(())),
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => return (count, Err(error)),
        }
    }
}

#[tokio::test]
async fn wrong_totals_and_cut_pages_lose_no_row_without_saying_so() {
    for (kind, rows) in [
        (FaultKind::CutPages(4), 25),
        (FaultKind::CutPages(5), 25),
        (FaultKind::WrongTotal, 25),
        (FaultKind::ShrinkingCount, 25),
    ] {
        let sandbox = sandbox().await;
        sandbox.inject(Fault::on(SEARCH, kind.clone()));
        let (count, end) = walk(&sandbox).await;
        assert_eq!(count, rows, "{kind:?} {end:?}");
        assert!(end.is_ok(), "{kind:?} {end:?}");
        assert!(falsifies(&sandbox).await, "{kind:?} changes nothing here");
    }
}

/// Whether the second page is not what it is without the faults: a fault that changes nothing would
/// prove nothing.
async fn falsifies(sandbox: &Sandbox) -> bool {
    let client = client(sandbox);
    let second = || client.call(&SEARCHED, Search { page_no: Some(1) });
    let falsified = second().await.unwrap().raw().to_vec();
    sandbox.clear_faults();
    second().await.unwrap().raw() != falsified
}

/// As `walk`, by pages whose types nobody knows.
async fn walk_untyped(sandbox: &Sandbox) -> (usize, Result<(), jdy::Error>) {
    let client = client(sandbox);
    let operation: &dyn DynOperation = &SEARCHED;
    let request = operation.request("{}").unwrap();
    let mut pages = client.send(request).json_pages("rows");
    let mut count = 0;
    loop {
        match pages.next().await {
            None => return (count, Ok(())),
            Some(Ok(page)) => {
                let rows = jdy_wire::member(page.data().unwrap().as_str(), "rows").unwrap();
                count += jdy_wire::items(rows).unwrap().len();
            }
            Some(Err(error)) => {
                assert!(pages.next().await.is_none(), "an error ends the list");
                return (count, Err(error));
            }
        }
    }
}

#[tokio::test]
async fn pages_without_types_end_and_fail_where_those_with_types_do() {
    let page = |from: i64, count: i64| {
        let rows: Vec<_> = (from..from + count).map(|id| json!({"id": id})).collect();
        FaultKind::Data(json!({"rows": rows, "count": "25"}).to_string())
    };
    let unreadable = || FaultKind::Data(r#"{"rows":"?"}"#.to_owned());
    for (faults, rows, is_whole) in [
        (vec![], 25, true),
        (vec![FaultKind::CutPages(4); 9], 25, true),
        (vec![FaultKind::WrongTotal; 9], 25, true),
        (vec![FaultKind::ShrinkingCount; 9], 25, true),
        (vec![page(0, 10), page(10, 10), page(20, 0)], 20, false),
        (vec![page(0, 10), page(0, 10)], 10, false),
        (vec![page(0, 10), FaultKind::Gateway(4012)], 10, false),
        (vec![page(0, 10), unreadable()], 10, false),
    ] {
        let sandbox = sandbox().await;
        let prepare = || {
            sandbox.clear_faults();
            for kind in &faults {
                sandbox.inject(Fault::on(SEARCH, kind.clone()).times(1));
            }
        };
        prepare();
        let (typed, typed_end) = walk(&sandbox).await;
        prepare();
        let (untyped, untyped_end) = walk_untyped(&sandbox).await;
        assert_eq!(
            (untyped, untyped_end.is_ok()),
            (rows, is_whole),
            "{faults:?}"
        );
        assert_eq!((typed, typed_end.is_ok()), (rows, is_whole), "{faults:?}");
        let told = |end: Result<(), jdy::Error>| {
            let error = end.err()?;
            Some((*error.kind(), error.outcome(), error.next_page()))
        };
        assert_eq!(told(untyped_end), told(typed_end), "{faults:?}");
    }
}

#[tokio::test]
async fn a_list_that_ends_before_its_count_is_an_error_that_says_where_to_go_on() {
    let sandbox = sandbox().await;
    let page = |from: i64, count: i64| {
        let rows: Vec<_> = (from..from + count).map(|id| json!({"id": id})).collect();
        FaultKind::Data(json!({"rows": rows, "count": "25"}).to_string())
    };
    for data in [page(0, 10), page(10, 10), page(20, 0)] {
        sandbox.inject(Fault::on(SEARCH, data).times(1));
    }
    let (count, end) = walk(&sandbox).await;
    let error = end.unwrap_err();
    assert_eq!(
        (count, error.outcome(), *error.kind(), error.next_page()),
        (20, Outcome::Incomplete, ErrorKind::Pagination, Some(2))
    );
    assert!(
        error
            .to_string()
            .contains("ends after 20 rows, and its answers say that there are 25"),
        "{error}"
    );
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_an_error_and_no_end() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    sandbox.inject(Fault::on(LIST, FaultKind::Data(r#"{"rows":"?"}"#.into())).times(1));
    let error = things(&client).rows().next().await.unwrap().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidBody, "{error}");
}

#[tokio::test]
async fn a_page_that_says_nothing_is_asked_for_again_before_it_is_an_empty_one() {
    for data in ["null", "[]", r#""""#, "{}"] {
        let sandbox = sandbox().await;
        let nothing = || Fault::on(SEARCH, FaultKind::Data(data.to_owned()));
        sandbox.inject(nothing().times(1));
        let (count, end) = walk(&sandbox).await;
        assert!(end.is_ok(), "{data}: {end:?}");
        assert_eq!(count, 25, "{data}");
        sandbox.inject(nothing().times(2));
        let (count, end) = walk(&sandbox).await;
        assert!(end.is_ok(), "{data}: {end:?}");
        assert_eq!(count, 0, "{data}");
    }
}

#[test]
fn rows_come_without_async_too() {
    let sandbox = Sandbox::builder().spec(bundle()).start_blocking().unwrap();
    let client = client(&sandbox);
    let names: Result<Vec<_>, _> = things(&client)
        .rows()
        .wait()
        .map(|row| row.map(|row| row.name.to_string()))
        .collect();
    assert_eq!(names.unwrap().len(), 25);
    sandbox.inject(Fault::on(LIST, FaultKind::Data("null".into())).times(1));
    let pages: Vec<_> = things(&client).pages().cap(2).wait().collect();
    assert_eq!(pages.len(), 3);
    assert!(pages[2].is_err());
}

/// A future that may move to another thread, as a task must.
#[test]
fn pages_may_be_gone_over_in_a_task() {
    fn sends<T: Send>(_: impl FnOnce(Client) -> T) {}
    sends(|client| async move { things(&client).rows().next().await });
}
