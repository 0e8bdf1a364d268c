//! A list in pages: its rows one by one, page by page, and from where it stopped.
//!
//! `cargo run --example paging --features bd` reads the materials of a sandbox. With `JDY_BASE_URL`
//! and credentials in the environment it reads those of your account set.

mod common;

use common::{Ended, reader};
use jdy::bd::material::Request;
use jdy::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let (builder, _sandbox) = reader().await?;
    let client = builder.build()?;
    // Paging fields are text, as the page of the vendor has them. 100 is the usual maximum; two make
    // several pages of a small list.
    let few = || Request::default().with(|r| r.page_size = Some(2));

    println!("\nRow by row, a call for each page:");
    let mut rows = client.bd().material(few()).rows();
    while let Some(row) = rows.next().await {
        let row = row?;
        println!("  page {}  {}  {}", rows.page(), row.number, row.name);
    }

    println!("\nPage by page, with what the list says of itself:");
    let mut pages = client.bd().material(few()).pages();
    while let Some(page) = pages.next().await {
        let page = page?;
        println!("  {} of {} rows", page.rows.list()?.len(), page.count);
    }

    println!("\nNo more than two pages, and then on from the third:");
    let mut pages = client.bd().material(few()).pages().cap(2);
    let mut go_on = None;
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => println!("  {} rows", page.rows.list()?.len()),
            // The pages so far are complete; only the list is not.
            Err(error) if error.outcome() == Outcome::Incomplete => go_on = error.next_page(),
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(page) = go_on {
        println!("  stopped before page {page}");
        let mut rest = client.bd().material(few()).pages().from_page(page);
        while let Some(page) = rest.next().await {
            println!("  {} rows", page?.rows.list()?.len());
        }
    }
    Ok(())
}
