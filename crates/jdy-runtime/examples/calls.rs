//! What a call costs without a network: for the features that report, with nobody listening.
//!
//! ```sh
//! cargo build --release -p jdy-runtime --example calls --no-default-features --features tokio
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/calls 2000
//! ```
//!
//! Twice with different numbers of calls, the difference of the instructions is that of the calls.
//! Owns the loop. Must not judge the figures.
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads this machine's time"
)]

use std::time::Instant;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::{Request, Response, TransportError};
use jdy_runtime::{Client, Credentials, Limits, Method, Transport};

/// Answers at once, without a network.
struct AtOnce;

impl Transport for AtOnce {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let body: &'static [u8] = match request.url.contains("kingdee_auth_token") {
            true => br#"{"errcode":0,"data":{"app-token":"t","expires":4102444800000}}"#,
            false => br#"{"errcode":0,"data":{"bill_no":"B1"}}"#,
        };
        let response = Response {
            status: 200,
            body: body.into(),
            ..Response::default()
        };
        Box::pin(std::future::ready(Ok(response)))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let router = "https://tf.jdy.com";
    let client = Client::builder()
        .credentials(Credentials::app(
            "1",
            "secret",
            "app-key",
            "app-secret",
            router,
        ))
        .transport(AtOnce)
        .limits(Limits::none())
        .build()?;
    let start = Instant::now();
    for _ in 0..count {
        let query = [("number", "1")];
        let call = client.raw(Method::Get, "/jdy/v2/bd/customer", query, None);
        call.await?;
    }
    let each = start.elapsed() / u32::max(count, 1);
    println!("{count} calls, {each:.2?} each");
    Ok(())
}
