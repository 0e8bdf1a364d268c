//! One call with reqwest and serde, unsigned: as small as a program that calls over HTTPS can be.
//!
//! `bare_call ADDRESS`
//!
//! Owns that call. Must not know the SDK.

use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    errcode: i64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("ADDRESS is missing")?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer: Answer = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let answer = client.get(address).send().await?.bytes().await?;
        Ok::<_, Box<dyn std::error::Error>>(serde_json::from_slice(&answer)?)
    })?;
    println!("{}", answer.errcode);
    Ok(())
}
