//! Uploads: an attachment from memory and from the disk, and a picture in a JSON body.
//!
//! `cargo run --example upload --features basedata,sys` uploads to a sandbox.

mod common;

use common::{Ended, client_of};
use jdy::basedata::image_upload;
use jdy::prelude::*;
use jdy::sys::attachment_upload;
use jdy::{Advice, File};
use jdy_sandbox::Sandbox;

/// A picture of one point. Where a page asks for Base64 the field takes it as text.
const POINT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Ended {
    let sandbox = Sandbox::start().await?;
    let client = client_of(&sandbox).build()?;

    let file1 = File::from_bytes("note.txt", *b"paid in cash").content_type("text/plain");
    let uploaded = client
        .sys()
        .attachment_upload(attachment_upload::Required { file1 })
        .await?;
    println!("from memory    {}", uploaded.file1);

    // It is read while it is sent, and never held in memory as a whole.
    let file1 = File::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let uploaded = client
        .sys()
        .attachment_upload(attachment_upload::Required { file1 })
        .await?;
    println!("from the disk  {}", uploaded.file1);

    let picture = image_upload::Required {
        base_string: POINT.into(),
        filename: "point.png".into(),
    };
    let uploaded = client.basedata().image_upload(picture).await?;
    for row in uploaded.rows.list()? {
        println!("a picture      {}", row.url);
    }

    // A file that cannot be read is found out before anything is sent.
    let file1 = File::from_path("no-such-file.pdf");
    let call = client
        .sys()
        .attachment_upload(attachment_upload::Required { file1 });
    if let Err(error) = call.await {
        println!("a missing one  {}: {error}", error.outcome());
        assert_eq!(error.advice(), Advice::FixRequest);
    }
    Ok(())
}
