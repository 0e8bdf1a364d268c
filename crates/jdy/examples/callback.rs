//! The callback with a rotated app secret: every 24 hours the gateway sends a new one.
//!
//! `cargo run --example callback` takes it over between two calls, in a sandbox. In a service the
//! body comes from a POST to the address that is registered with the application.

mod common;

use common::{Ended, client_of};
use jdy::credentials::{CALLBACK_RESPONSE, read_callback};
use jdy::ls::mall_recharge_rule;
use jdy::prelude::*;
use jdy_sandbox::Sandbox;

/// What the handler of the address does: the text is the answer to the POST.
fn receive(client: &Client, body: &[u8]) -> Result<&'static str, Box<dyn std::error::Error>> {
    let callback = read_callback(body)?;
    // It has no signature, so anyone can send one. Only account sets that the client knows are
    // changed, and the old secret stays until the new one has worked.
    let known = client.apply_rotation(&callback.authorizations);
    println!(
        "{} authorizations, {known} known",
        callback.authorizations.len()
    );
    // For the next start of the service, store `body` beside the secret that has worked, and not in
    // its place: a forged one must not cost a good one there either.
    Ok(CALLBACK_RESPONSE)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let client = client_of(&sandbox).build()?;
    rules(&client).await?;

    sandbox.rotate_secret();
    sandbox.expire_tokens();
    let body = format!(
        r#"{{"bizType": "app_auth", "timestamp": 1714521600000, "data": [{{"appKey": "{}", "appSecret": "{}", "domain": "{}", "status": 1}}]}}"#,
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    );
    println!("answered: {}", receive(&client, body.as_bytes())?);
    rules(&client).await?;
    println!("{} token calls", sandbox.token_calls());

    // Without the callback, credentials that name the instance as well
    // (`Credentials::with_instance`) have the client ask for the new secret when it needs it.
    Ok(())
}

async fn rules(client: &Client) -> Ended {
    let request = mall_recharge_rule::Required {
        member_id: "10".into(),
    };
    let rules = client.ls().mall_recharge_rule(request).await?;
    println!("{} rules", rules.rows.list()?.len());
    Ok(())
}
