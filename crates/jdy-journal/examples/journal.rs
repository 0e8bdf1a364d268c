//! A journal: a call that is never made twice, and a list that goes on where it stopped.
//!
//! `cargo run -p jdy-journal --example journal` recharges in a sandbox of its own, with a journal in
//! the folder for temporary files.

use std::error::Error;

use jdy::ls::mall_recharge;
use jdy::prelude::*;
use jdy_journal::{Journal, OnceError, SqliteStore, State};
use jdy_sandbox::{Fault, FaultKind, Sandbox};

const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let (id, secret) = (sandbox.client_id(), sandbox.client_secret());
    let (key, own, router) = (
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    );
    let client = Client::builder()
        .base_url(sandbox.url())
        .credentials(Credentials::app(id, secret, key, own, router))
        .build()?;

    let path = std::env::temp_dir().join(format!("jdy-example-{}.journal", std::process::id()));
    // The third word says where its calls go: a journal of one account set is refused for another.
    let journal = Journal::open(SqliteStore::open(&path)?, "recharges", sandbox.url()).await?;

    once(&client, &journal, "R-1").await?;
    println!("asked again, as a caller does who timed out:");
    once(&client, &journal, "R-1").await?;

    sandbox.inject(Fault::on(RECHARGE, FaultKind::LostAfterCommit).times(1));
    once(&client, &journal, "R-2").await?;
    once(&client, &journal, "R-2").await?;
    println!("{} recharges reached the gateway", sandbox.bills().len());

    drop(journal);
    let journal = Journal::open(SqliteStore::open(&path)?, "recharges", sandbox.url()).await?;
    println!("after a restart:");
    once(&client, &journal, "R-2").await?;
    drop(journal);
    Ok(std::fs::remove_file(path)?)
}

/// The intent is on disk before the call leaves, and its outcome afterwards.
async fn once(client: &Client, journal: &Journal, key: &str) -> Result<(), Box<dyn Error>> {
    let call = client.ls().mall_recharge(mall_recharge::Required {
        bal_amount: "1.00".parse()?,
        member_id: "10".into(),
        src_bill_id: key.to_owned(),
    });
    match journal.once(key, call).await {
        Ok(receipt) => println!("  {key}: bill {}", receipt.bill_no),
        Err(OnceError::Known(line)) if line.state == State::Unknown => {
            println!("  {key}: unknown, look it up; it was not sent again");
        }
        Err(error) => println!("  {key}: {error}"),
    }
    Ok(())
}
