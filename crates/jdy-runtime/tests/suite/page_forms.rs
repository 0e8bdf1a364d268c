//! Pages whose answer is odd: typed pages and untyped ones end alike, and nothing is lost in silence.

use std::time::Duration;

use jdy_runtime::{Operation, OperationInfo, Outcome, Paging};
use jdy_wire::{Encoding, Field, Json, Location};

use crate::script::{Reply, Script, client};

pub struct Ask {
    pub page: Option<i64>,
}

jdy_wire::record! {
    Ask in Query {
        "page" => page: Number,
    }
}

pub struct Listed {
    pub count: Field<i64>,
    pub total_page: Field<i64>,
    pub rows: Field<Vec<Json>>,
}

jdy_wire::record! {
    Listed {
        "count" => count: Number,
        "total_page" => total_page: Number,
        "rows" => rows: List,
    }
}
jdy_wire::rows!(Listed: rows of Json);

static LIST: Operation<Ask, Listed> = Operation::new(OperationInfo {
    id: "test.list",
    path: "/jdy/v2/test/list",
    paging: Some(Paging {
        page: "page",
        location: Location::Query,
        encoding: Encoding::Number,
        first: 1,
        size: None,
        default_page_size: Some(10),
        max_size: None,
        count: Some("count"),
        pages: Some("total_page"),
    }),
    ..OperationInfo::EMPTY
});

/// How a list ends, and with how many rows: as typed pages, and as JSON.
async fn both(pages: &[&str]) -> [(Option<Outcome>, usize); 2] {
    let script = || {
        let script = Script::with(|_| Reply::answer(200, r#"{"errcode":0,"data":{"rows":[]}}"#));
        for page in pages {
            script.then(Reply::answer(
                200,
                &format!(r#"{{"errcode":0,"data":{page}}}"#),
            ));
        }
        script
    };
    let (mut typed, mut untyped) = ((None, 0), (None, 0));
    let mut rows = client(&script()).call(&LIST, Ask { page: None }).rows();
    while let Some(row) = rows.next().await {
        match row {
            Ok(_) => typed.1 += 1,
            Err(error) => typed.0 = Some(error.outcome()),
        }
    }
    let operation: &dyn jdy_runtime::DynOperation = &LIST;
    let call = client(&script()).send(operation.request("{}").unwrap());
    let mut pages = call.json_pages("rows");
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                let rows = jdy_wire::member(page.data().unwrap().as_str(), "rows").unwrap();
                untyped.1 += jdy_wire::items(rows).unwrap().len();
            }
            Err(error) => untyped.0 = Some(error.outcome()),
        }
    }
    [typed, untyped]
}

#[tokio::test(start_paused = true)]
async fn rows_twice_end_both_kinds_of_pages_alike() {
    let [typed, untyped] =
        both(&[r#"{"rows":[{"id":1},{"id":2}],"rows":[{"id":3}],"count":1,"total_page":1}"#]).await;
    assert_eq!(typed, untyped);
}

#[tokio::test(start_paused = true)]
async fn count_as_a_double_ends_both_kinds_of_pages_alike() {
    let [typed, untyped] =
        both(&[r#"{"rows":[{"id":1},{"id":2}],"count":5.0,"total_page":3.0}"#]).await;
    assert_eq!(typed, untyped);
}

#[tokio::test(start_paused = true)]
async fn count_twice_ends_both_kinds_of_pages_alike() {
    let page = r#"{"count":5,"rows":[{"id":1},{"id":2}],"count":2}"#;
    let [typed, untyped] = both(&[page, r#"{"rows":[{"id":3}]}"#]).await;
    assert_eq!(typed, untyped);
}

/// The rows came under another name: that is no empty list.
#[tokio::test(start_paused = true)]
async fn rows_under_another_name_are_no_empty_list() {
    let page = r#"{"list":[{"id":1},{"id":2}]}"#;
    let [typed, untyped] = both(&[page, page]).await;
    assert_eq!(
        (typed.0, untyped.0),
        (Some(Outcome::Incomplete), Some(Outcome::Incomplete))
    );
}

/// A list of three pages, of which the second and the third have one row each.
fn three_pages() -> std::sync::Arc<Script> {
    Script::with(|request| {
        let page = request.url.split("page=").nth(1).unwrap();
        let rows = match page {
            "1" => (0..10).map(|id| format!("{{\"id\":{id}}}")).collect(),
            "2" | "3" => vec![format!("{{\"id\":\"of page {page}\"}}")],
            _ => Vec::new(),
        };
        let rows = rows.join(",");
        Reply::answer(
            200,
            &format!(r#"{{"errcode":0,"data":{{"rows":[{rows}]}}}}"#),
        )
    })
}

#[tokio::test(start_paused = true)]
async fn a_list_that_an_error_ended_goes_on_from_the_page_that_is_named() {
    let script = three_pages();
    let client = client(&script);
    for _ in 0..2 {
        script.then(Reply::answer(400, r#"{"errcode":5}"#));
    }
    let mut pages = client.call(&LIST, Ask { page: None }).pages();
    let error = pages.next().await.unwrap().unwrap_err();
    let mut pages = pages.from_page(error.next_page().unwrap());
    let first = pages.next().await.expect("nothing of it came yet");
    assert!(first.is_err(), "refused once more");
    let mut rows = pages.from_page(2).rows();
    let mut count = 0;
    while let Some(row) = rows.next().await {
        row.unwrap();
        count += 1;
    }
    assert_eq!(count, 2);
    let mut rows = rows.from_page(3);
    assert_eq!(rows.page(), 3);
    let row = rows.next().await.unwrap().unwrap();
    assert_eq!(row.as_str(), r#"{"id":"of page 3"}"#);
}

/// The call for a page goes on where its caller stopped waiting; not so if another page is named.
#[tokio::test(start_paused = true)]
async fn a_page_that_was_given_up_is_not_taken_for_the_one_that_is_named_then() {
    let script = three_pages();
    let client = client(&script);
    let slow = Reply::answer(200, r#"{"errcode":0,"data":{"rows":[{"id":0}]}}"#);
    script.then(Reply::After(Duration::from_secs(5), Box::new(slow)));
    let mut rows = client.call(&LIST, Ask { page: None }).rows();
    let given_up = tokio::time::timeout(Duration::from_secs(1), rows.next()).await;
    assert!(given_up.is_err());
    let mut rows = rows.from_page(2);
    let row = rows.next().await.unwrap().unwrap();
    assert_eq!(row.as_str(), r#"{"id":"of page 2"}"#);
    assert_eq!(rows.page(), 2);
    // The rows that are still to come of a page that was given are those of that page.
    let mut rows = rows.from_page(1);
    assert!(rows.next().await.unwrap().is_ok());
    let mut rows = rows.from_page(3);
    let row = rows.next().await.unwrap().unwrap();
    assert_eq!(row.as_str(), r#"{"id":"of page 3"}"#);
    assert_eq!(rows.page(), 3);
}
