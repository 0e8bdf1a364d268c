//! One client serves many: clones, threads, account sets, programs without async, transports of
//! their own.

use std::sync::{Arc, Mutex};

use jdy::transport::{Request, Response, Transport, TransportError};
use jdy::{Client, Decimal, Error, Method};
use jdy_sandbox::Sandbox;

use crate::sandbox::{RULES, builder, client, credentials, recharge};

#[test]
fn a_client_and_what_comes_of_it_travel_between_threads() {
    fn travels<T: Send + Sync + 'static>() {}
    travels::<Client>();
    travels::<Error>();
    travels::<jdy::Answer<jdy::ls::mall_recharge::Data>>();
    fn sends<T: Send + 'static>() {}
    sends::<jdy::Call<jdy::ls::mall_recharge::Data>>();
}

#[tokio::test]
async fn several_account_sets_share_one_client() {
    let sandbox = Sandbox::builder()
        .account_set("Second shop")
        .start()
        .await
        .unwrap();
    let second = sandbox.account_sets()[1].clone();
    let other = jdy::Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        second.app_key.clone(),
        second.app_secret.clone(),
        second.domain.clone(),
    );
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .account("second", other)
        .build()
        .unwrap();
    recharge(&client, "1").await.unwrap();
    recharge(&client, "2").account("second").await.unwrap();
    recharge(&client, "3").account("second").await.unwrap();
    assert_eq!(sandbox.balance("10"), Some(Decimal::from(101)));
    assert_eq!(
        sandbox.balance_in(&second.account_id, "10"),
        Some(Decimal::from(102))
    );
    assert_eq!(sandbox.token_calls(), 2);
    let error = recharge(&client, "4").account("third").await.unwrap_err();
    assert!(error.to_string().contains("third"), "{error}");
}

#[test]
fn a_program_without_async_waits() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let client = client(&sandbox);
    let receipt = recharge(&client, "1").wait().unwrap();
    assert_eq!(receipt.status(), 200);
    assert_eq!(receipt.attempts(), 1);
    assert_eq!(receipt.bill_no.to_string(), sandbox.bills()[0].bill_no);
    assert!(String::from_utf8_lossy(receipt.raw()).contains(&sandbox.bills()[0].bill_no));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_inside_another_runtime_works_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let waited = std::thread::scope(|scope| {
        scope
            .spawn(|| recharge(&client, "1").wait().is_ok())
            .join()
            .unwrap()
    });
    assert!(waited);
    assert!(recharge(&client, "2").wait().is_ok());
}

#[tokio::test]
async fn a_path_that_the_spec_does_not_know_is_called_with_the_same_signing() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let query = [("member_id", "10"), ("note", "a b+c&d=会员")];
    let error = client
        .raw(Method::Get, RULES, query, None)
        .await
        .unwrap_err();
    // The signature held; it is the sandbox's spec that does not know the field.
    assert_eq!(error.outcome(), jdy::Outcome::Rejected);
    assert!(error.description().unwrap().contains("note"), "{error}");
    let rules = client
        .raw(Method::Get, RULES, [("member_id", "10")], None)
        .await
        .unwrap();
    assert!(
        rules.as_str().contains("recharge_amount"),
        "{}",
        rules.as_str()
    );
}

/// A transport that notes what it is given and answers from memory.
struct Scripted(Arc<Mutex<Vec<String>>>);

impl Transport for Scripted {
    fn send(
        &self,
        request: Request,
    ) -> jdy::runtime::BoxFuture<'_, Result<Response, TransportError>> {
        self.0.lock().unwrap().push(request.url.clone());
        let body = if request.url.contains("kingdee_auth_token") {
            r#"{"errcode":0,"data":{"app-token":"T","expires":32503680000000}}"#
        } else {
            r#"{"errcode":0,"data":{"bill_no":"mine"}}"#
        };
        let response = Response {
            status: 200,
            body: body.as_bytes().to_vec().into(),
            ..Response::default()
        };
        Box::pin(async move { Ok(response) })
    }
}

#[tokio::test]
async fn a_transport_of_ones_own_carries_the_calls() {
    let urls = Arc::new(Mutex::new(Vec::new()));
    let client: Client = Client::builder()
        .credentials(jdy::Credentials::app(
            "205022",
            "s".repeat(32),
            "k",
            "a",
            "https://tf.jdy.com",
        ))
        .transport(Scripted(urls.clone()))
        .build()
        .unwrap();
    let receipt = recharge(&client, "1").await.unwrap();
    assert_eq!(receipt.bill_no, "mine");
    let urls = urls.lock().unwrap();
    assert!(
        urls[0].starts_with("https://api.kingdee.com/jdyconnector/"),
        "{urls:?}"
    );
    assert_eq!(urls[1], "https://api.kingdee.com/jdy/v2/ls/mall_recharge");
}

#[test]
fn plain_http_is_for_loopback_alone() {
    for refused in [
        "http://api.kingdee.com",
        "http://10.0.0.1",
        "ftp://localhost",
        "localhost",
    ] {
        let built = Client::builder().base_url(refused).build();
        assert!(built.is_err(), "{refused}");
    }
    for taken in [
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:9",
        "https://api.kingdee.com",
    ] {
        assert!(Client::builder().base_url(taken).build().is_ok(), "{taken}");
    }
}
