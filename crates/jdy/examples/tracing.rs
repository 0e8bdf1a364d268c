//! Events of the client by `tracing`, in the log of your program.
//!
//! `cargo run --example tracing --features tracing` prints those of a recharge whose answer is lost
//! in a sandbox. An outcome that nobody knows is a WARN, an attempt a DEBUG. No event holds a secret,
//! a query or a body.

mod common;

use common::{Ended, client_of};
use jdy::ls::mall_recharge;
use jdy::prelude::*;
use jdy_sandbox::{Fault, FaultKind, Sandbox};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{layer, time::uptime};
use tracing_subscriber::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    // The target of all events is `jdy`. A service takes its levels from a setting.
    let levels = Targets::new().with_target("jdy", LevelFilter::DEBUG);
    let lines = layer().with_timer(uptime()).with_ansi(false);
    tracing_subscriber::registry()
        .with(lines.with_writer(std::io::stdout).with_filter(levels))
        .init();

    let sandbox = Sandbox::start().await?;
    let client = client_of(&sandbox).build()?;
    for key in ["R-1", "R-2"] {
        let call = client.ls().mall_recharge(mall_recharge::Required {
            bal_amount: Decimal::ONE,
            member_id: "10".into(),
            src_bill_id: key.into(),
        });
        // An id of your own, such as that of the request that your service serves, connects the two.
        match call.call_id(format!("order-{key}")).await {
            Ok(receipt) => println!("bill {}", receipt.bill_no),
            Err(error) => println!("{error}"),
        }
        sandbox.inject(Fault::on("/jdy/v2/ls/mall_recharge", FaultKind::LostAfterCommit).times(1));
    }
    Ok(())
}
