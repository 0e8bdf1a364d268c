//! A write whose answer is lost is looked up: it is there, or cannot be told yet, or is absent.
//!
//! `cargo run --example reconcile --features scm` loses two orders in a sandbox, one after and one
//! before it took effect. Neither is sent again blindly.

mod common;

use std::time::Duration;

use common::{Ended, client_of};
use jdy::prelude::*;
use jdy::scm::sal_order_save as save;
use jdy::{Call, Reconciliation};
use jdy_sandbox::{Fault, FaultKind, Sandbox};

const SAVE: &str = "/jdy/v2/scm/sal_order";

fn order(client: &Client, number: &str) -> Ended<Call<save::Data>> {
    let entry = save::MaterialEntityRequired {
        material_id: "810000020000000001".into(),
        unit_id: "810000010000000001".into(),
        qty: "2".parse()?,
        price: "45.00".parse()?,
        is_free: false,
    };
    let required = save::Required {
        bill_date: "2024-05-01".parse()?,
        customer_id: "810000030000000001".into(),
        material_entity: vec![entry.into()],
    };
    // Without a number of your own, nothing could find it.
    let request = required.with(|r| r.bill_no = Some(number.to_owned()));
    Ok(client.scm().sal_order_save(request))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let client = client_of(&sandbox).build()?;
    for (number, fault) in [
        ("SO-1", FaultKind::LostAfterCommit),
        ("SO-2", FaultKind::LostBeforeCommit),
    ] {
        sandbox.inject(Fault::on(SAVE, fault).times(1));
        let Err(error) = order(&client, number)?.await else {
            return Err("its answer was to be lost".into());
        };
        println!("{number} is {}", error.outcome());
        let found = client.reconcile(&error).await?;
        println!("{number}: {found}");
        if let Reconciliation::TooEarly { wait, .. } = found {
            // Until the gateway can no longer accept it. In a service: keep the error and ask later.
            assert!(wait > Duration::from_secs(540));
            sandbox.advance_clock(wait + Duration::from_secs(1));
            println!(
                "{number}, {} minutes later: {}",
                wait.as_secs().div_ceil(60),
                client.reconcile(&error).await?
            );
        }
    }
    // Absent is what may be sent again.
    println!(
        "SO-2 saved as {:?}",
        order(&client, "SO-2")?.await?.ids.list()?
    );
    Ok(())
}
