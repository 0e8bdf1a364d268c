//! A client and the sandbox it talks to, as most modules need them.

use std::time::Duration;

use jdy::ls::mall_recharge;
use jdy::transport::Timeouts;
use jdy::{Call, Client, ClientBuilder, ClientExt, Credentials, Decimal};
use jdy_sandbox::Sandbox;

pub(crate) const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";
pub(crate) const RULES: &str = "/jdy/v2/ls/mall_recharge_rule";

pub(crate) fn credentials(sandbox: &Sandbox) -> Credentials {
    Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    )
}

pub(crate) fn instance(sandbox: &Sandbox) -> Credentials {
    Credentials::instance(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.outer_instance_id(),
    )
}

/// A client with short patience, so that what never answers is known soon.
pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let timeouts = Timeouts {
        attempt: Duration::from_secs(3),
        call: Duration::from_secs(8),
        ..Timeouts::default()
    };
    let builder = Client::builder().base_url(sandbox.url()).timeouts(timeouts);
    match sandbox.ca_pem() {
        Some(pem) => {
            let transport = jdy::transport::ReqwestTransport::builder().ca_pem(pem);
            builder.transport(transport.build().unwrap())
        }
        None => builder,
    }
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    builder(sandbox)
        .credentials(credentials(sandbox))
        .build()
        .unwrap()
}

/// A recharge of member 10 by one.
pub(crate) fn recharge(client: &Client, key: &str) -> Call<mall_recharge::Data> {
    client.ls().mall_recharge(mall_recharge::Required {
        bal_amount: Decimal::ONE,
        member_id: "10".into(),
        src_bill_id: key.into(),
    })
}
