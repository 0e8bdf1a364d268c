//! What 100,000 account sets in one client cost in memory: first they only exist, then each has
//! made a call and holds a token.
//!
//! Nothing is sent: a transport in memory answers. The figures are the process's resident memory,
//! from Linux, less what it was before the first account set.
//!
//! Owns how memory is measured. Must not judge the figures.

use jdy::runtime::BoxFuture;
use jdy::transport::{Request, Response, Transport, TransportError};
use jdy::{Client, Credentials, Method, Secret};

use crate::Failure;

const ACCOUNTS: u32 = 100_000;
/// As long as a JWT with few claims; the length of a real one is written down nowhere.
const TOKEN: usize = 300;

/// Answers every call, and a token call with a new token.
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

/// Makes the account sets and calls each of them.
pub(crate) async fn run() -> Result<(), Failure> {
    let client: Client = Client::builder().transport(Memory).build()?;
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
    report("they exist", before)?;
    for number in 0..ACCOUNTS {
        let none: [(&str, &str); 0] = [];
        let call = client.raw(Method::Get, "/jdy/v2/bd/material", none, None);
        call.account(format!("shop-{number}")).await?;
    }
    report("each has made a call and holds a token", before)
}

fn report(what: &str, before: u64) -> Result<(), Failure> {
    let held = resident()?.saturating_sub(before);
    let each = held / u64::from(ACCOUNTS);
    println!(
        "{ACCOUNTS} account sets, {what}: {:.1} MB, {each} bytes each",
        held as f64 / 1e6
    );
    Ok(())
}

/// Resident memory in bytes.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    crate::cost::resident(&status).ok_or_else(|| "the system does not tell".into())
}
