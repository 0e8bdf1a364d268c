//! One call with the SDK.
//!
//! `jdy_call ADDRESS`
//!
//! Owns that call. Must not know what it is compared with.

use jdy::ls::mall_recharge_rule::Required;
use jdy::{Client, ClientExt as _, Credentials};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("ADDRESS is missing")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let credentials = Credentials::app("1", "secret", "key", "secret", "https://tf.jdy.com");
    let client: Client = Client::builder()
        .base_url(address)
        .credentials(credentials)
        .build()?;
    let member_id = "10".to_owned();
    let call = async { client.ls().mall_recharge_rule(Required { member_id }).await };
    let rules = runtime.block_on(call)?;
    println!("{}", rules.rows.list()?.len());
    Ok(())
}
