//! What a call sends, what it brings back, and what is refused before it leaves.

use std::time::Duration;

use jdy_runtime::signing::{Unsigned, sign};
use jdy_runtime::transport::TransportError;
use jdy_runtime::{
    Answer, Call, CallFuture, Client, ClientBuilder, Credentials, Error, ErrorKind, Method,
    Outcome, Secret,
};
use jdy_wire::Json;

use crate::script::{
    CLIENT_SECRET, Data, RECHARGE, ROUTER, Reply, SEARCH, Script, Scripted, TestTime, builder,
    client, credentials, recharge, search,
};

#[test]
fn what_is_public_can_cross_threads() {
    fn both<T: Send + Sync>() {}
    fn send<T: Send>() {}
    both::<Client>();
    both::<Error>();
    both::<Answer<Data>>();
    both::<Credentials>();
    send::<Call<Data>>();
    send::<CallFuture<Data>>();
    send::<ClientBuilder>();
}

#[tokio::test(start_paused = true)]
async fn the_signed_bytes_are_the_sent_bytes() {
    let script = Script::new();
    client(&script).call(&SEARCH, search()).await.unwrap();
    let sent = script.business_calls().remove(0);
    assert_eq!(
        sent.url,
        "https://api.kingdee.com/jdy/v2/test/search?page=1&search=a%20b%2B%E6%B5%8B"
    );
    let header = |name| Script::header(&sent, name);
    let query = [
        ("search".to_owned(), "a b+测".to_owned()),
        ("page".to_owned(), "1".to_owned()),
    ];
    let signed = sign(
        &Secret::from(CLIENT_SECRET),
        Unsigned {
            method: Method::Get,
            path: "/jdy/v2/test/search",
            query: &query,
            nonce: &header("X-Api-Nonce"),
            timestamp: &header("X-Api-TimeStamp"),
        },
    );
    assert_eq!(header("X-Api-Signature"), signed.signature);
    assert_eq!(header("X-Api-ClientID"), "123456");
    assert_eq!(header("X-Api-Auth-Version"), "2.0");
    assert_eq!(header("X-Api-SignHeaders"), "X-Api-TimeStamp,X-Api-Nonce");
    assert_eq!(header("X-GW-Router-Addr"), ROUTER);
    assert_eq!(header("app-token"), "MARKER-token-1");
    assert_eq!(header("X-Api-Nonce").len(), 16);
    assert!(sent.body.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_its_data_and_its_way() {
    let script = Script::new();
    let answer = client(&script)
        .call(&RECHARGE, recharge())
        .call_id("c-7")
        .await
        .unwrap();
    assert_eq!(answer.bill_no.require().unwrap(), "B1");
    assert_eq!(
        (answer.status(), answer.attempts(), answer.call_id()),
        (200, 1, "c-7")
    );
    assert!(answer.raw().starts_with(b"{\"errcode\":0"));
    let sent = script.business_calls().remove(0);
    assert_eq!(
        sent.body
            .as_ref()
            .and_then(|body| body.bytes())
            .map(|bytes| &**bytes),
        Some(&br#"{"amount":"1","src_bill_id":"RC-1"}"#[..])
    );
}

#[tokio::test(start_paused = true)]
async fn no_data_is_no_data() {
    for data in [
        "",
        r#","data":{}"#,
        r#","data":[]"#,
        r#","data":"""#,
        r#","data":null"#,
    ] {
        let script = Script::new();
        script.then(Reply::answer(200, &format!(r#"{{"errcode":0{data}}}"#)));
        let answer = client(&script).call(&RECHARGE, recharge()).await.unwrap();
        assert!(answer.data().is_none(), "{data}");
        assert!(answer.bill_no.is_absent());
    }
}

#[tokio::test(start_paused = true)]
async fn any_other_path_can_be_called() {
    let script = Script::new();
    let client = client(&script);
    let query = [("搜", "b/c")];
    let answer = client
        .raw(Method::Get, "/jdy/v2/a b/测", query, None)
        .await
        .unwrap();
    assert_eq!(answer.as_str(), r#"{"bill_no":"B1"}"#);
    let sent = script.business_calls().remove(0);
    assert!(
        sent.url
            .ends_with("/jdy/v2/a%20b/%E6%B5%8B?%E6%90%9C=b%2Fc"),
        "{}",
        sent.url
    );
    let none: [(&str, &str); 0] = [];
    for path in ["no/slash", "/a?b=c", "/a#b", "/a/../b", "/./a"] {
        let error = client
            .raw(Method::Post, path, none, None)
            .await
            .unwrap_err();
        assert_eq!(
            (error.outcome(), *error.kind()),
            (Outcome::NotSent, ErrorKind::Request)
        );
    }
    assert_eq!(script.business_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_by_name_and_json_is_the_same_request() {
    let script = Script::new();
    let operation: &dyn jdy_runtime::DynOperation = &RECHARGE;
    let prepared = operation
        .request(r#"{"amount":"1","src_bill_id":"RC-1"}"#)
        .unwrap();
    assert_eq!(prepared.key().unwrap().value, "RC-1");
    let answer: Answer<Json> = client(&script).send(prepared).await.unwrap();
    assert_eq!(answer.as_str(), r#"{"bill_no":"B1"}"#);
    assert_eq!(
        operation.roundtrip(r#"{"bill_no":5}"#).unwrap(),
        r#"{"bill_no":"5"}"#
    );
    assert_eq!(operation.roundtrip("[]").unwrap(), "{}");
    let error = operation
        .request(r#"{"amount":"1","src_bill":"RC-1"}"#)
        .unwrap_err();
    assert!(error.to_string().contains("src_bill"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn each_account_set_has_its_own_token() {
    let script = Script::new();
    let other = Credentials::app("123456", CLIENT_SECRET, "other", "secret", ROUTER);
    let client = builder(&script).account("shop-2", other).build().unwrap();
    client.call(&RECHARGE, recharge()).await.unwrap();
    client
        .call(&RECHARGE, recharge())
        .account("shop-2")
        .await
        .unwrap();
    let tokens: Vec<_> = script
        .business_calls()
        .iter()
        .map(|r| Script::header(r, "app-token"))
        .collect();
    assert_eq!(tokens, ["MARKER-token-1", "MARKER-token-2"]);
    let error = client
        .call(&RECHARGE, recharge())
        .account("nobody")
        .await
        .unwrap_err();
    assert_eq!(
        (error.outcome(), error.account()),
        (Outcome::NotSent, "nobody")
    );
    assert_eq!(error.key(), Some(("src_bill_id", "RC-1")));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_over_attempts_and_pauses() {
    let script = Script::with(|_| {
        let refused = Reply::Fail(TransportError::connect("refused"));
        Reply::After(Duration::from_secs(2), Box::new(refused))
    });
    let deadline = Duration::from_secs(5);
    let call = client(&script).call(&RECHARGE, recharge());
    let error = call.deadline(deadline).await.unwrap_err();
    let why = "the last one was not begun, as nothing of it would be known";
    assert_eq!(error.outcome(), Outcome::NotSent, "{why}");
    assert!(error.elapsed() <= deadline, "{error}");

    let call = client(&script).call(&SEARCH, search());
    let error = call.deadline(deadline).await.unwrap_err();
    let why = "the transport told nothing of the last one";
    assert_eq!(error.outcome(), Outcome::Unknown, "{why}");
    assert!(error.elapsed() <= deadline, "{error}");
}

#[test]
fn what_would_send_a_token_to_strangers_is_refused() {
    let build = |base: &str, router: &str| {
        let credentials = Credentials::app("1", "secret", "key", "secret", router);
        let script = Script::new();
        Client::builder()
            .base_url(base)
            .credentials(credentials)
            .transport(Scripted(script))
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let finish = |builder: ClientBuilder| builder.runtime(TestTime::new()).build();
            assert!(finish(build("http://127.0.0.1:80", ROUTER)).is_ok());
            for (base, router, setting) in [
                ("http://api.kingdee.com", ROUTER, "base URL"),
                ("https://api.kingdee.com/path", ROUTER, "base URL"),
                (
                    "https://api.kingdee.com",
                    "http://tf.example.com",
                    "router address",
                ),
                (
                    "https://api.kingdee.com",
                    "https://tf.example.com",
                    "router address",
                ),
                (
                    "https://api.kingdee.com",
                    "https://tf.jdy.com\r\nX: y",
                    "router address",
                ),
            ] {
                assert_eq!(
                    finish(build(base, router)).unwrap_err().setting(),
                    setting,
                    "{router}"
                );
            }
            let widened = build("https://api.kingdee.com", "https://tf.example.com/");
            assert!(finish(widened.router_domains(["example.com"])).is_ok());
            let smuggled = Credentials::app("1\r\nX: y", "secret", "key", "secret", ROUTER);
            let script = Script::new();
            let builder = Client::builder()
                .credentials(smuggled)
                .transport(Scripted(script));
            assert_eq!(finish(builder).unwrap_err().setting(), "client id");
            drop(credentials());
        });
}
