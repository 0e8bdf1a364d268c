//! The sandbox speaks https on request, to those who trust it and to nobody else.

use jdy::transport::ReqwestTransport;
use jdy::{Client, ErrorKind, Outcome};
use jdy_sandbox::Sandbox;

use crate::sandbox::{client, credentials, recharge};

#[tokio::test]
async fn a_client_that_trusts_the_sandbox_calls_it_over_https() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    assert!(sandbox.url().starts_with("https://127.0.0.1:"));
    assert_eq!(sandbox.environment()[0].1, sandbox.url());
    recharge(&client(&sandbox), "k").await.unwrap();
    assert_eq!(sandbox.bills().len(), 1);
}

#[tokio::test]
async fn its_certificate_is_good_for_loopback_by_name_and_by_number() {
    for listen in ["127.0.0.1:0", "127.0.0.2:0"] {
        let builder = Sandbox::builder().tls().listen(listen.parse().unwrap());
        let Ok(sandbox) = builder.start().await else {
            // Not every system has the second one.
            assert_ne!(listen, "127.0.0.1:0");
            continue;
        };
        recharge(&client(&sandbox), "k").await.unwrap();
    }
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    let transport = ReqwestTransport::builder().ca_pem(sandbox.ca_pem().unwrap());
    let by_name = Client::builder()
        .base_url(format!("https://localhost:{}", sandbox.addr().port()))
        .credentials(credentials(&sandbox))
        .transport(transport.build().unwrap());
    recharge(&by_name.build().unwrap(), "k").await.unwrap();
}

#[tokio::test]
async fn a_client_that_trusts_the_system_or_another_sandbox_sends_it_nothing() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    let other = Sandbox::builder().tls().start().await.unwrap();
    let system = ReqwestTransport::builder();
    let another = ReqwestTransport::builder().ca_pem(other.ca_pem().unwrap());
    for transport in [system, another] {
        let client = Client::builder()
            .base_url(sandbox.url())
            .credentials(credentials(&sandbox))
            .retry(jdy::RetryPolicy::never())
            .transport(transport.build().unwrap());
        let error = recharge(&client.build().unwrap(), "k").await.unwrap_err();
        assert_eq!(
            (error.outcome(), *error.kind()),
            (Outcome::NotSent, ErrorKind::Token)
        );
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn plain_http_where_https_is_spoken_is_no_connection_and_the_next_client_is_served() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    let plain = Client::builder()
        .base_url(format!("http://{}", sandbox.addr()))
        .credentials(credentials(&sandbox))
        .retry(jdy::RetryPolicy::never());
    let error = recharge(&plain.build().unwrap(), "k").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    recharge(&client(&sandbox), "k").await.unwrap();
    assert_eq!(sandbox.bills().len(), 1);
}
