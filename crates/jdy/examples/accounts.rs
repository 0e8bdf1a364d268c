//! Several account sets in one client, by name, added and removed while it runs.
//!
//! `cargo run --example accounts` recharges in two account sets of a sandbox. Each has its own
//! token, its own limits and its own ids; connections are shared.

mod common;

use common::{Ended, client_of};
use jdy::ls::mall_recharge;
use jdy::prelude::*;
use jdy_sandbox::{AccountSet, Sandbox};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::builder().account_set("shop-b").start().await?;
    let sets = sandbox.account_sets();
    let [a, b] = sets.as_slice() else {
        return Err("two account sets were expected".into());
    };

    // The one without a name is `default`; the others are named by you.
    let client = client_of(&sandbox)
        .account("shop-b", of(&sandbox, b))
        .build()?;
    for (shop, name) in [(None, "default"), (Some("shop-b"), "shop-b")] {
        let call = client.ls().mall_recharge(mall_recharge::Required {
            bal_amount: "1.00".parse()?,
            member_id: "10".into(),
            src_bill_id: "R-1".into(),
        });
        let call = match shop {
            Some(shop) => call.account(shop),
            None => call,
        };
        println!("{name:8} bill {}", call.await?.bill_no);
    }
    for set in [a, b] {
        let balance = sandbox
            .balance_in(&set.account_id, "10")
            .unwrap_or_default();
        println!("balance in {}: {balance}", set.account_id);
    }
    println!("{} tokens were fetched", sandbox.token_calls());

    // A shop that comes later, and one that leaves. Which account set a name means:
    client.add_account("shop-c", of(&sandbox, b))?;
    let is_b = client.resolve("shop-c").await?.app_key == b.app_key;
    println!("shop-c is the account set of shop-b: {is_b}");
    client.remove_account("shop-b");
    let call = client
        .ls()
        .mall_recharge_rule(jdy::ls::mall_recharge_rule::Required {
            member_id: "10".into(),
        });
    if let Err(error) = call.account("shop-b").await {
        println!("{error}");
    }
    Ok(())
}

fn of(sandbox: &Sandbox, set: &AccountSet) -> Credentials {
    let (id, secret) = (sandbox.client_id(), sandbox.client_secret());
    Credentials::app(id, secret, &*set.app_key, &*set.app_secret, &*set.domain)
}
