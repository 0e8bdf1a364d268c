//! Pages whose answer is odd: typed pages and untyped ones end alike, and nothing is lost in silence.

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
