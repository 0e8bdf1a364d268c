//! A program without async: `.wait()` in place of `.await`.
//!
//! `cargo run --example blocking --features bd,blocking` calls a sandbox from threads. A call waits
//! on a runtime of its own in the background, which all clients of the process share.

mod common;

use std::thread;

use common::{Ended, client_of};
use jdy::bd::material;
use jdy::ls::mall_recharge;
use jdy::prelude::*;
use jdy_sandbox::Sandbox;

fn main() -> Ended {
    let sandbox = Sandbox::builder().start_blocking()?;
    let client = client_of(&sandbox).build()?;

    let request = material::Request::default().with(|r| r.page_size = Some(2));
    for row in client.bd().material(request).rows().wait() {
        let row = row?;
        println!("{}  {}", row.number, row.name);
    }

    // A client is cheap to clone; its clones share token and limits.
    let threads = ["10", "11"].map(|member| {
        let client = client.clone();
        thread::spawn(move || {
            let call = client.ls().mall_recharge(mall_recharge::Required {
                bal_amount: Decimal::ONE,
                member_id: member.into(),
                src_bill_id: format!("R-{member}"),
            });
            match call.wait() {
                Ok(receipt) => format!("member {member}: bill {}", receipt.bill_no),
                Err(error) => format!("member {member}: {error}"),
            }
        })
    });
    for thread in threads {
        println!("{}", thread.join().map_err(|_| "a thread panicked")?);
    }
    Ok(())
}
