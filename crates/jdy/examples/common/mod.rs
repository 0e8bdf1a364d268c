//! A sandbox that an example starts for itself, and how a client finds it.
//!
//! Owns the settings of the two. Must not know what an example shows.
#![allow(dead_code, reason = "each example uses its own part of it")]

use std::error::Error;

use jdy::{Client, ClientBuilder, Credentials};
use jdy_sandbox::Sandbox;

/// What an example ends with.
pub(crate) type Ended<T = ()> = Result<T, Box<dyn Error>>;

/// The app key and secret of the sandbox's first account set.
pub(crate) fn credentials(sandbox: &Sandbox) -> Credentials {
    Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    )
}

/// A client of this sandbox, to which an example adds its own settings.
pub(crate) fn client_of(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .base_url(sandbox.url())
        .credentials(credentials(sandbox))
}

/// The gateway that `JDY_BASE_URL` and the credentials in the environment name, or else a sandbox:
/// for examples that only read.
pub(crate) async fn reader() -> Ended<(ClientBuilder, Option<Sandbox>)> {
    if std::env::var_os("JDY_BASE_URL").is_some() {
        return Ok((Client::builder().from_env()?, None));
    }
    let sandbox = Sandbox::start().await?;
    println!("A sandbox listens on {}.", sandbox.url());
    Ok((client_of(&sandbox), Some(sandbox)))
}
