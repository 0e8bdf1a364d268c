//! An outbound order (销售出库单) with entries: ids resolved by number, saved, audited, read back.
//!
//! `cargo run --example order --features bd,scm,sys` does it in a sandbox. Ids are those of one
//! account set: another one has other ids for the same numbers.

mod common;

use common::{Ended, client_of};
use jdy::bd::{customer_detail, material_detail, store_detail};
use jdy::prelude::*;
use jdy::scm::{sal_out_bound_detail, sal_out_bound_save as save};
use jdy::sys::common_operate as operate;
use jdy_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let client = client_of(&sandbox).build()?;

    // The caller's system knows numbers. `require` makes an error of a field that is not there.
    let number = |number: &str| Some(number.to_owned());
    let request = customer_detail::Request::default().with(|r| r.number = number("KH001"));
    let customer = client.bd().customer_detail(request).await?;
    let request = material_detail::Request::default().with(|r| r.number = number("SP001"));
    let material = client.bd().material_detail(request).await?;
    let request = store_detail::Request::default().with(|r| r.number = number("CK001"));
    let store = client.bd().store_detail(request).await?;

    let entry = save::MaterialEntityRequired {
        material_id: material.id.require()?.clone(),
        unit_id: material.base_unit_id.require()?.clone(),
        stock_id: store.id.require()?.clone(),
        qty: "3".parse()?,
        price: Decimal::new(45_50, 2),
    };
    let required = save::Required {
        bill_date: "2024-05-01".parse()?,
        customer_id: customer.id.require()?.clone(),
        material_entity: vec![entry.with(|e| e.comment = Some("from the shop".into()))],
    };
    // A number of your own finds the order again when its answer is lost.
    let request = required.with(|r| r.bill_no = Some("SHOP-2024-0001".into()));
    let saved = client.scm().sal_out_bound_save(request).await?;
    println!("saved      {:?}", saved.ids.list()?);

    let audit = operate::Request::default().with(|r| {
        r.entity_number = Some("sal_bill_outbound".into());
        r.operate_type = Some(operate::OperateType::Audit);
        r.ids = saved.ids.optional().ok().flatten().cloned();
    });
    client.sys().common_operate(audit).await?;

    let request = sal_out_bound_detail::Request::default();
    let request = request.with(|r| r.number = number("SHOP-2024-0001"));
    let order = client.scm().sal_out_bound_detail(request).await?;
    println!("read back  {} of {}", order.bill_no, order.customer_name);
    println!("status     {}", order.bill_status);
    for entry in order.material_entity.list()? {
        println!(
            "entry      {} x {} at {}",
            entry.material_number, entry.qty, entry.price
        );
    }
    Ok(())
}
