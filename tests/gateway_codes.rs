//! The gateway's codes have one name each: the SDK's table and the sandbox's, which share no code,
//! say the same.

use std::collections::BTreeSet;

use jdy::{Client, GatewayCode, Limits, RetryPolicy};
use jdy_sandbox::{Fault, FaultKind, Sandbox};

use crate::sandbox::{RECHARGE, builder, credentials, recharge};

/// What the sandbox says of a code that it does not know.
const NO_NAME: &str = "GATEWAY_ERROR";

/// The name by which the sandbox refuses a call with this code.
async fn name_of(sandbox: &Sandbox, client: &Client, code: i64) -> String {
    sandbox.inject(Fault::on(RECHARGE, FaultKind::Gateway(code)));
    let error = recharge(client, &format!("k-{code}")).await.unwrap_err();
    sandbox.clear_faults();
    let description = error.description().unwrap_or_default();
    let (name, _) = description.split_once(':').unwrap_or((description, ""));
    name.to_owned()
}

#[tokio::test]
async fn each_code_has_the_same_name_in_the_sdk_and_in_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .retry(RetryPolicy::never())
        // A code that refuses the token has another one fetched.
        .limits(Limits::none())
        .build()
        .unwrap();
    // And the numbers between and beyond: a code that only the sandbox knows is found as well.
    let known = GatewayCode::ALL.iter().map(|code| code.code());
    let codes: BTreeSet<i64> = known.chain(4000..4020).chain(5000..5015).collect();
    for code in codes {
        let name = GatewayCode::from_code(code).map_or(NO_NAME, GatewayCode::name);
        assert_eq!(name_of(&sandbox, &client, code).await, name, "{code}");
    }
}
