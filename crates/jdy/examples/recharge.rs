//! A recharge, and what becomes of it when something fails.
//!
//! Without credentials it starts a sandbox inside and plays all of it there:
//! `cargo run --example recharge`. With `JDY_BASE_URL` and credentials in the environment it talks
//! to that gateway instead, asks for the rules of `JDY_MEMBER_ID`, and recharges only when told to:
//! `cargo run --example recharge -- --write`.
#![allow(
    clippy::disallowed_methods,
    reason = "an example is a program, and keeps its own time"
)]

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use jdy::ls::{mall_recharge, mall_recharge_rule};
use jdy::prelude::*;
use jdy_sandbox::{Fault, FaultKind, Sandbox};

const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::var_os("JDY_BASE_URL").is_some() {
        return against_a_gateway().await;
    }
    let sandbox = Sandbox::start().await?;
    println!("A sandbox listens on {}.", sandbox.url());
    let client = Client::builder()
        .base_url(sandbox.url())
        .credentials(Credentials::app(
            sandbox.client_id(),
            sandbox.client_secret(),
            sandbox.app_key(),
            sandbox.app_secret(),
            sandbox.router_addr(),
        ))
        .build()?;
    let balance = || sandbox.balance("10").unwrap_or_default();

    rules(&client, "10").await?;
    let before = balance();
    recharge(&client, "10").await?;
    println!("  balance    {before} -> {}", balance());

    println!("\nAn unknown member:");
    report(call(&client, "nobody", "unknown-member")?.await);

    println!("\nThe answer is lost after the recharge took effect:");
    sandbox.inject(Fault::on(RECHARGE, FaultKind::LostAfterCommit).times(1));
    let before = balance();
    report(call(&client, "10", "lost-answer")?.await);
    println!("  balance    {before} -> {}", balance());

    println!("\nThe token is stale:");
    sandbox.expire_tokens();
    report(call(&client, "10", "stale-token")?.await);
    Ok(())
}

/// Reads always; writes only when told to.
async fn against_a_gateway() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let member = std::env::var("JDY_MEMBER_ID").unwrap_or_else(|_| "10".to_owned());
    println!("Calling {}.", client.base_url());
    rules(&client, &member).await?;
    if std::env::args().any(|argument| argument == "--write") {
        return recharge(&client, &member).await;
    }
    println!("\nNothing was written; `-- --write` recharges member {member} by 1.");
    Ok(())
}

async fn rules(client: &Client, member: &str) -> Result<(), Box<dyn Error>> {
    let request = mall_recharge_rule::Required {
        member_id: member.to_owned(),
    };
    let rules = client.ls().mall_recharge_rule(request).await?;
    println!("\nThe rules of member {member}:");
    for rule in rules.rows.list()? {
        println!(
            "  recharge {:>8}, get {:>6}  (rule {})",
            rule.recharge_amount, rule.donate_amount, rule.rule_id
        );
    }
    Ok(())
}

/// A recharge by one. The key is the caller's own: it finds the recharge again when its answer
/// is lost.
fn call(
    client: &Client,
    member: &str,
    key: &str,
) -> Result<jdy::Call<mall_recharge::Data>, Box<dyn Error>> {
    let request = mall_recharge::Required {
        bal_amount: "1".parse()?,
        member_id: member.to_owned(),
        src_bill_id: format!("{key}-{}", millis()?),
    };
    Ok(client.ls().mall_recharge(request))
}

async fn recharge(client: &Client, member: &str) -> Result<(), Box<dyn Error>> {
    println!("\nA recharge of member {member} by 1:");
    let receipt = call(client, member, "example")?.await?;
    println!("  bill_no    {}", receipt.bill_no);
    println!("  id         {}", receipt.id);
    println!("  inner_no   {}", receipt.inner_no);
    println!("  attempts   {}", receipt.attempts());
    Ok(())
}

fn report(result: Result<jdy::Answer<mall_recharge::Data>, jdy::Error>) {
    match result {
        Ok(receipt) => println!(
            "  done       bill {} in {} attempts",
            receipt.bill_no,
            receipt.attempts()
        ),
        Err(error) => println!("  outcome    {}\n  error      {error}", error.outcome()),
    }
}

fn millis() -> Result<u128, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())
}
