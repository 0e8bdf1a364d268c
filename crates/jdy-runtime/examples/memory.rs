//! What 100,000 account sets in one client cost in memory:
//! `cargo run --release -p jdy-runtime --example memory`.
//!
//! First they only exist, then each has made a call and holds a token. Nothing is sent: a
//! transport in memory answers. The figures are the process's resident memory, from Linux.

use std::error::Error;

use jdy_runtime::runtime::BoxFuture;
use jdy_runtime::transport::{Request, Response, TransportError};
use jdy_runtime::{Client, Credentials, Method, Secret, Transport};

const ACCOUNTS: u32 = 100_000;
/// As long as a JWT with few claims.
const TOKEN: usize = 300;

struct Memory;

impl Transport for Memory {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let body = if request.url.contains("kingdee_auth_token") {
            let token = "t".repeat(TOKEN);
            format!(r#"{{"errcode":0,"data":{{"app-token":"{token}","expires":4102444800000}}}}"#)
        } else {
            r#"{"errcode":0}"#.to_owned()
        };
        Box::pin(async move {
            Ok(Response {
                status: 200,
                body: body.into(),
                ..Response::default()
            })
        })
    }
}

/// Resident memory in MiB.
fn resident() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.unwrap_or("0").parse::<f64>()? / 1024.0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder().transport(Memory).build()?;
    let before = resident()?;
    let client_secret = Secret::new("s".repeat(32));
    for number in 0..ACCOUNTS {
        let credentials = Credentials::app(
            "205022",
            client_secret.clone(),
            format!("{number:08}"),
            format!("{number:032}"),
            "https://vip1-gd.jdy.com",
        );
        client.add_account(&format!("shop-{number}"), credentials)?;
    }
    println!("{ACCOUNTS} account sets: {:.0} MiB", resident()? - before);
    for number in 0..ACCOUNTS {
        let none: [(&str, &str); 0] = [];
        let call = client.raw(Method::Get, "/jdy/v2/bd/material", none, None);
        call.account(format!("shop-{number}")).await?;
    }
    println!(
        "each with a token and a call made: {:.0} MiB",
        resident()? - before
    );
    Ok(())
}
