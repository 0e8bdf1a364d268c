//! Every way in which a call ends, and everything that is left behind by it.

use std::collections::BTreeSet;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jdy::operations::bd::MATERIAL_UNIT;
use jdy::operations::ls::MALL_RECHARGE;
use jdy::operations::sys::OUTSIDE_MSG;
use jdy::transport::Timeouts;
use jdy::{Client, Credentials, DynOperation, Error, ErrorKind, Json, Limits, Method, Rate};
use jdy_journal::{Format, Journal, List, Options, Progress, SqliteStore, run};

use super::forms::{
    APP_SECRET, CARD, CLIENT_SECRET, PHONE, assert_clean, assert_clean_bytes, contents, secrets,
};
use super::gateway::{Chatter, Reply, Server, answer, receipt, token};
use super::log;
use super::types::{credentials, recharge};

/// A folder of this test's own, with nothing in it.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{name}"));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn all() -> Vec<String> {
    [secrets(), contents()].concat()
}

fn client(chatter: &Chatter) -> Client {
    with(chatter, credentials(), Limits::none())
}

fn with(chatter: &Chatter, credentials: Credentials, limits: Limits) -> Client {
    // Long enough for a busy machine; what never answers shall not be waited for.
    let timeouts = Timeouts {
        attempt: Duration::from_secs(1),
        ..Timeouts::default()
    };
    Client::builder()
        .credentials(credentials)
        .limits(limits)
        .retry(jdy::RetryPolicy::never())
        .timeouts(timeouts)
        .transport(chatter.clone())
        .build()
        .unwrap()
}

/// A read with the marker in its query.
async fn ask(client: &Client) -> Result<jdy::Answer<Json>, Error> {
    let query = [("card", CARD), ("b c", CARD)];
    client
        .raw(Method::Get, "/jdy/v2/members", query, None)
        .await
}

/// Calls that end in every way that there is, at a gateway that echoes the request.
async fn errors() -> Vec<Error> {
    let mut errors = Vec::new();
    let refusal = |code: &str| format!(r#"{{"errcode":{code},"description":"ECHO"}}"#);
    let endings = [
        answer(519, &refusal("4008")),
        answer(519, &refusal("5001")),
        answer(401, "ECHO"),
        Reply::With(429, "ECHO".to_owned(), ("retry-after", "99999")),
        answer(404, "No Route"),
        answer(500, &refusal("\"ECHO\"")),
        answer(200, &refusal("7")),
        answer(400, &refusal("1000202001")),
        answer(200, &refusal("2000002000")),
        answer(200, r#"{"message":"ECHO"}"#),
        Reply::Connect,
        Reply::Lost,
        Reply::Hang,
    ];
    for ending in endings {
        let chatter = Chatter::default();
        // A read is tried again, and a write comes behind it.
        for _ in 0..12 {
            chatter.then(ending.clone());
        }
        let client = client(&chatter);
        errors.push(ask(&client).await.unwrap_err());
        let write = client.call(&MALL_RECHARGE, recharge()).await;
        errors.push(write.unwrap_err());
    }
    errors.extend(without_a_token().await);
    errors.extend(before_anything_was_sent().await);

    let chatter = Chatter::default();
    chatter.then(answer(200, &format!(r#"{{"errcode":0,"data":"{PHONE}"}}"#)));
    let unreadable = client(&chatter).call(&MALL_RECHARGE, recharge()).await;
    errors.push(unreadable.unwrap_err());
    errors.extend(of_the_rows().await);
    let page = format!(r#"{{"errcode":0,"data":{{"count":"30","rows":[{{"name":"{PHONE}"}}]}}}}"#);
    chatter.then(answer(200, &page)).then(answer(200, &page));
    let request = jdy::bd::material_unit::Required {
        material_id: vec![CARD.to_owned()],
    };
    let mut pages = client(&chatter)
        .call(&MATERIAL_UNIT, request.into())
        .pages();
    assert!(pages.next().await.unwrap().is_ok());
    errors.push(pages.next().await.unwrap().unwrap_err());
    errors
}

/// Answers with errcode 0 that say no, or nothing that can be understood.
async fn of_the_rows() -> Vec<Error> {
    let mut errors = Vec::new();
    for success in ["false", "\"ECHO\""] {
        let chatter = Chatter::default();
        let data = format!(r#"{{"success":{success},"message":"ECHO"}}"#);
        chatter.then(answer(200, &format!(r#"{{"errcode":0,"data":{data}}}"#)));
        let operation: &dyn DynOperation = &OUTSIDE_MSG;
        let message = format!(
            r#"{{"channel":["1"],"content":"{PHONE}","receivers":["{CARD}"],"title":"t"}}"#
        );
        let message = operation.request(&message).unwrap();
        let error = client(&chatter).send(message).await.unwrap_err();
        assert_eq!(error.rows().len(), 1);
        errors.push(error);
    }
    errors
}

async fn without_a_token() -> Vec<Error> {
    let mut errors = Vec::new();
    for ending in [
        answer(200, r#"{"errcode":1030002006,"description":"ECHO"}"#),
        answer(519, r#"{"errcode":4008,"description":"ECHO"}"#),
        answer(
            200,
            r#"{"errcode":0,"data":{"app-token":"a\r\nX-Smuggled: ECHO"}}"#,
        ),
    ] {
        let chatter = Chatter::default();
        chatter.token(ending);
        errors.push(ask(&client(&chatter)).await.unwrap_err());
    }
    let chatter = Chatter::default();
    chatter.token(answer(200, r#"{"code":400,"msg":"ECHO"}"#));
    let instance = Credentials::instance("123456", CLIENT_SECRET, "1");
    errors.push(
        ask(&with(&chatter, instance, Limits::none()))
            .await
            .unwrap_err(),
    );
    errors
}

async fn before_anything_was_sent() -> Vec<Error> {
    let chatter = Chatter::default();
    let client = client(&chatter);
    let path = format!("/jdy/v2/members?card={CARD}");
    let raw = client.raw(Method::Post, path, [("card", CARD)], Some(PHONE.to_owned()));
    let get = || client.raw(Method::Get, "/jdy/v2/members", [("card", CARD)], None);
    let (waiting, withheld) = (get(), get().send_while(Arc::new(|| false)));
    let few = Limits {
        calls: Some(Rate::per_minute(1)),
        token_calls: None,
    };
    let limited = with(&chatter, credentials(), few);
    ask(&limited).await.unwrap();
    vec![
        raw.await.unwrap_err(),
        // This test runs in a runtime of one thread.
        waiting.wait().unwrap_err(),
        withheld.await.unwrap_err(),
        ask(&limited).await.unwrap_err(),
    ]
}

/// A kind without the code of the gateway that it may hold.
fn kind_of(kind: ErrorKind) -> String {
    let text = format!("{kind:?}");
    text.split('(').next().unwrap().to_owned()
}

/// All kinds of errors.
fn all_kinds() -> BTreeSet<String> {
    let plain = ErrorKind::PLAIN.iter().map(|kind| kind_of(*kind));
    plain.chain(["Gateway".to_owned()]).collect()
}

fn failure(error: Error) -> Result<(), Error> {
    Err(error)
}

fn message(panicking: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let message = std::panic::catch_unwind(panicking).unwrap_err();
    message.downcast_ref::<String>().unwrap().clone()
}

#[tokio::test]
async fn every_kind_of_error_is_printed_and_none_shows_what_the_gateway_repeats() {
    let _turn = log::listen().await;
    let errors = errors().await;
    let kinds = errors.iter().map(|error| kind_of(*error.kind()));
    assert_eq!(kinds.collect::<BTreeSet<_>>(), all_kinds());
    for error in &errors {
        let mut source = Some(error as &dyn std::error::Error);
        while let Some(one) = source {
            assert_clean(
                "an error",
                &format!("{one} {one:#} {one:?} {one:#?}"),
                &all(),
            );
            source = one.source();
        }
        assert_clean(
            "a description",
            error.description().unwrap_or_default(),
            &all(),
        );
        assert_clean("a code", &format!("{:?}", error.errcode()), &all());
    }
    for error in errors {
        let said = message(std::panic::AssertUnwindSafe(move || {
            failure(error).unwrap();
        }));
        assert!(said.contains("Error("), "{said}");
        assert_clean("a panic", &said, &all());
    }
    let heard = log::heard();
    assert!(heard.contains("attempt finished"), "{heard}");
    assert_clean("the log", &heard, &all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_anyone_logs_on_the_way_to_a_socket_shows_a_secret() {
    let server = Server::start("200 OK", r#"{"errcode":0,"data":{"bill_no":"B-1"}}"#);
    let folder = folder("socket");
    let file = folder.join("tokens");
    let secret = jdy::Secret::from(CLIENT_SECRET);
    let client: Client = Client::builder()
        .base_url(&server.url)
        .credentials(credentials())
        .token_store(jdy::token::FileStore::new(&file, &secret))
        .build()
        .unwrap();
    let _turn = log::listen().await;
    let query = [("card", CARD)];
    client
        .raw(Method::Get, "/jdy/v2/a", query, None)
        .await
        .unwrap();
    client.call(&MALL_RECHARGE, recharge()).await.unwrap();
    let heard = log::heard();
    assert_eq!(server.lines().len(), 3);
    // More than our own word was heard.
    assert!(
        heard.contains("attempt finished") && heard.contains("log reqwest"),
        "{heard}"
    );
    assert_clean("the log", &heard, &all());
    assert_clean_bytes("the token file", &std::fs::read(&file).unwrap(), &all());
}

#[tokio::test]
async fn neither_the_journal_nor_what_lies_beside_it_holds_a_secret_or_a_request() {
    let chatter = Chatter::default();
    for ending in [
        answer(200, r#"{"errcode":7,"description":"ECHO"}"#),
        answer(500, "ECHO"),
        Reply::Lost,
        answer(200, &receipt()),
    ] {
        chatter.then(ending);
    }
    let folder = folder("journal");
    let path = folder.join("journal");
    let rows: String = (1..=4)
        .map(|number| format!("{PHONE},1,R-{number}\n"))
        .collect();
    let text = format!("member_id,bal_amount,src_bill_id\n{rows}");
    let operation: &dyn DynOperation = &MALL_RECHARGE;
    let list = List::read(operation, Format::Csv, text.as_bytes()).unwrap();
    let journal = Journal::of_list(SqliteStore::open(&path).unwrap(), &list, "shop")
        .await
        .unwrap();
    let options = Options {
        concurrency: std::num::NonZeroUsize::MIN,
        ..Options::default()
    };
    let (client, progress) = (client(&chatter), Progress::default());
    let summary = run(&client, &journal, &list, &options, &progress, pending())
        .await
        .unwrap();
    let states: Vec<&str> = summary
        .entries
        .iter()
        .map(|entry| entry.state.as_str())
        .collect();
    assert_eq!(states, ["rejected", "unknown", "unknown", "done"]);
    let mut kept = String::new();
    // Also what SQLite has not yet put into the file itself.
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        kept += &String::from_utf8_lossy(&bytes);
        assert_clean_bytes(&file.display().to_string(), &bytes, &all());
    }
    assert!(
        kept.contains("ls.mall_recharge rejected"),
        "the reports are not there"
    );
    drop(journal);
    assert_clean_bytes("the journal", &std::fs::read(&path).unwrap(), &all());
}

#[tokio::test]
async fn a_redirect_is_followed_with_nothing() {
    let elsewhere = Server::start("200 OK", "{}");
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let head: &'static str =
            Box::leak(format!("{status}\r\nLocation: {}/jdy/v2/a", elsewhere.url).into_boxed_str());
        let server = Server::start(head, "");
        let client: Client = Client::builder()
            .base_url(&server.url)
            .credentials(credentials())
            .build()
            .unwrap();
        let single = client.raw(Method::Get, "/jdy/v2/a", [("card", CARD)], None);
        assert!(single.deadline(Duration::from_millis(500)).await.is_err());
        assert!(client.call(&MALL_RECHARGE, recharge()).await.is_err());
    }
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_cannot_smuggle_a_header_in() {
    let chatter = Chatter::default();
    chatter.token(answer(200, &token().replace("MARK", r"a\r\nX-Smuggled: 1")));
    assert!(ask(&client(&chatter)).await.is_err());
    let seen = chatter.seen();
    assert!(seen.iter().all(|request| !request.url.contains("/jdy/v2/")));
    // A value of the query cannot either, nor a path: both are encoded.
    let client = client(&chatter);
    let query = [("a\r\nX-Smuggled: 1", "b\r\nX-Smuggled: 1")];
    client
        .raw(Method::Get, "/jdy/v2/a\r\nX-Smuggled: 1", query, None)
        .await
        .unwrap();
    for request in chatter.seen() {
        let headers = request.headers.iter().map(|(_, value)| value.expose());
        let mut texts = headers.chain([request.url.as_str()]);
        assert!(
            texts.all(|text| !text.contains(['\r', '\n'])),
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn the_client_secret_and_the_app_secret_never_leave_the_process() {
    let chatter = Chatter::default();
    let item = format!(
        r#"{{"appKey":"app-key","appSecret":"{APP_SECRET}","domain":"https://tf.jdy.com","status":1}}"#
    );
    chatter.token(answer(200, &format!(r#"{{"code":200,"data":[{item}]}}"#)));
    let instance = Credentials::instance("123456", CLIENT_SECRET, "1");
    let client = with(&chatter, instance, Limits::none());
    ask(&client).await.unwrap();
    client.call(&MALL_RECHARGE, recharge()).await.unwrap();
    let sent = chatter.seen();
    assert_eq!(sent.len(), 4);
    for request in sent {
        let headers = request.headers.iter().map(|(_, value)| value.expose());
        let pieces = request.body.iter().flat_map(|body| body.pieces());
        let body = pieces.map(|piece| match piece {
            jdy::transport::Piece::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        });
        let texts = headers
            .map(str::to_owned)
            .chain(body)
            .chain([request.url.clone()]);
        for text in texts {
            assert_clean(
                "a request",
                &text,
                &[CLIENT_SECRET, APP_SECRET].map(str::to_owned),
            );
        }
    }
}
