//! A transport of your own: here around the one on reqwest, with what a company network needs.
//!
//! `cargo run --example own_transport` prints each request that leaves for a sandbox. The request
//! is signed already, so that no byte of its URL may change; headers hold secrets.

mod common;

use common::{Ended, client_of};
use jdy::ls::mall_recharge_rule;
use jdy::prelude::*;
use jdy::runtime::BoxFuture;
use jdy::transport::{Request, ReqwestTransport, Response, Transport, TransportError};
use jdy_sandbox::Sandbox;

/// Prints what passes, without query, headers and body.
struct Printed<T>(T);

impl<T: Transport> Transport for Printed<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let path = request.url.split('?').next().unwrap_or_default();
        println!("  -> {} {path}", request.method);
        Box::pin(async move {
            let answer = self.0.send(request).await;
            match &answer {
                Ok(response) => println!("  <- {}, {} bytes", response.status, response.body.len()),
                Err(error) => println!("  <- {error} ({:?})", error.send_state()),
            }
            answer
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let network = ReqwestTransport::builder();
    // Where a proxy stands between, and breaks TLS open with a CA of the company:
    //     .proxy("http://proxy.example:3128").ca_pem(std::fs::read_to_string("company-ca.pem")?)
    let client = client_of(&sandbox)
        .transport(Printed(network.build()?))
        .build()?;
    for _ in 0..2 {
        let request = mall_recharge_rule::Required {
            member_id: "10".into(),
        };
        let rules = client.ls().mall_recharge_rule(request).await?;
        println!(
            "{} rules in {} attempts",
            rules.rows.list()?.len(),
            rules.attempts()
        );
    }
    Ok(())
}
