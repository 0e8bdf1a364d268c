//! A name that is given to another account set while several calls are made that belong together.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jdy_runtime::{
    Client, Credentials, Error, ErrorKind, Operation, OperationInfo, Outcome, Paging,
};
use jdy_wire::{Encoding, Field, Json, Location};

use crate::script::{
    APP_SECRET, CLIENT_SECRET, RECHARGE, ROUTER, Reply, Script, builder, client, credentials,
    recharge,
};

pub struct Ask {
    pub page: Option<i64>,
}

jdy_wire::record! {
    Ask in Query {
        "page" => page: Number,
    }
}

pub struct Listed {
    pub rows: Field<Vec<Json>>,
}

jdy_wire::record! {
    Listed {
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
        default_page_size: Some(1),
        max_size: None,
        count: None,
        pages: None,
    }),
    ..OperationInfo::EMPTY
});

/// Another account set.
pub fn other_set() -> Credentials {
    Credentials::app("123456", CLIENT_SECRET, "other-key", APP_SECRET, ROUTER)
}

/// A list of two pages.
fn two_pages() -> Arc<Script> {
    Script::with(|request| {
        let rows = match request.url.split("page=").nth(1) {
            Some("1") => r#"{"id":1}"#,
            Some("2") => r#"{"id":2}"#,
            _ => "",
        };
        let body = format!(r#"{{"errcode":0,"data":{{"rows":[{rows}]}}}}"#);
        Reply::answer(200, &body)
    })
}

fn refused(error: &Error) {
    assert_eq!(error.kind(), &ErrorKind::Request, "{error}");
    assert!(error.to_string().contains("other-key"), "{error}");
    assert_eq!(error.next_page(), Some(2), "{error}");
}

const NAME: &str = Client::DEFAULT_ACCOUNT;

#[tokio::test(start_paused = true)]
async fn the_pages_of_a_list_are_those_of_one_account_set() {
    let script = two_pages();
    let client = client(&script);
    let mut pages = client.call(&LIST, Ask { page: None }).pages();
    assert!(pages.next().await.unwrap().is_ok());
    client.add_account(NAME, other_set()).unwrap();
    refused(&pages.next().await.unwrap().unwrap_err());
    let mut pages = pages.from_page(2);
    refused(&pages.next().await.unwrap().unwrap_err());
    assert_eq!(script.business_calls().len(), 1);
    // Its credentials may be new ones.
    client.add_account(NAME, credentials()).unwrap();
    let mut pages = pages.from_page(2);
    assert!(pages.next().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn so_are_those_whose_types_are_not_known() {
    let script = two_pages();
    let client = client(&script);
    let operation: &dyn jdy_runtime::DynOperation = &LIST;
    let call = client.send(operation.request("{}").unwrap());
    let mut pages = call.json_pages("rows");
    assert!(pages.next().await.unwrap().is_ok());
    client.add_account(NAME, other_set()).unwrap();
    refused(&pages.next().await.unwrap().unwrap_err());
    assert_eq!(script.business_calls().len(), 1);
}

/// Its credentials were wrong, say.
#[tokio::test(start_paused = true)]
async fn a_list_that_has_shown_no_page_may_begin_in_the_other_set() {
    let script = two_pages();
    let client = client(&script);
    script.then(Reply::answer(400, r#"{"errcode":5}"#));
    let mut pages = client.call(&LIST, Ask { page: None }).pages();
    assert!(pages.next().await.unwrap().is_err());
    client.add_account(NAME, other_set()).unwrap();
    let mut pages = pages.from_page(1);
    assert!(pages.next().await.unwrap().is_ok());
    assert!(pages.next().await.unwrap().is_ok());
    client.add_account(NAME, credentials()).unwrap();
    assert!(pages.next().await.unwrap().is_err());
}

/// The name means another set again at the moment when the first page is answered.
#[tokio::test(start_paused = true)]
async fn the_set_of_a_list_is_that_of_the_first_page_and_not_what_the_name_means_after_it() {
    let own: Arc<OnceLock<Client>> = Arc::default();
    let seen = own.clone();
    let script = Script::with(move |_| {
        seen.get().unwrap().add_account(NAME, other_set()).unwrap();
        Reply::answer(200, r#"{"errcode":0,"data":{"rows":[{"id":1}]}}"#)
    });
    let client = client(&script);
    own.set(client.clone()).unwrap();
    let mut pages = client.call(&LIST, Ask { page: None }).pages();
    assert!(pages.next().await.unwrap().is_ok());
    refused(&pages.next().await.unwrap().unwrap_err());
}

/// Which account set it is counts as a part of the call.
#[tokio::test(start_paused = true)]
async fn asking_which_account_set_it_is_ends_with_the_deadline_of_the_call() {
    let script = Script::new();
    let hangs = (0..9).map(|_| Reply::Hang(|_| ()));
    script.authorizations.lock().unwrap().extend(hangs);
    let instance = Credentials::instance("123456", CLIENT_SECRET, "instance-1");
    let client = builder(&script).credentials(instance).build().unwrap();
    let set = crate::script::client(&script).resolve(NAME).await.unwrap();
    let (start, deadline) = (tokio::time::Instant::now(), Duration::from_secs(5));
    let call = client.call(&RECHARGE, recharge()).only_in(set);
    let error = call.deadline(deadline).await.unwrap_err();
    assert_eq!(start.elapsed(), deadline);
    assert_eq!(error.elapsed(), deadline);
    assert_eq!(
        (error.outcome(), error.kind()),
        (Outcome::NotSent, &ErrorKind::Timeout),
        "{error}"
    );
    assert_eq!(script.business_calls().len(), 0);
}

/// The same app key under another client id is another application's.
#[tokio::test(start_paused = true)]
async fn a_call_for_the_set_of_another_client_id_is_not_sent() {
    let script = Script::new();
    let client = client(&script);
    let set = client.resolve(NAME).await.unwrap();
    for (client_id, app_key) in [("654321", &*set.app_key), (&*set.client_id, "other-key")] {
        let mut other = set.clone();
        (other.client_id, other.app_key) = (client_id.to_owned(), app_key.to_owned());
        let error = client.call(&RECHARGE, recharge()).only_in(other).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.outcome(), error.kind()),
            (Outcome::NotSent, &ErrorKind::Request)
        );
    }
    assert!(script.business_calls().is_empty());
}
