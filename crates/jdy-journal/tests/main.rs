//! The promises of the journal, one module each, against real files and a real sandbox.
#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod crashes;
mod damage;
mod lists;
mod money;
mod once;
mod own_store;
mod resuming;
mod settling;
mod store;
