//! The promises of the journal, one module each, against real files and a real sandbox.
#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod bench;
mod conformance;
mod crashes;
mod damage;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod faults;
mod lists;
mod metrics;
mod money;
mod once;
mod owed;
mod own_shared_store;
mod own_store;
#[cfg(unix)]
mod postgres;
mod reconciling;
mod resolution;
mod resuming;
mod store;

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
#[test]
#[ignore = "the layer beneath SQLite needs Linux with glibc, on 64 bits"]
fn whichever_call_fails_the_journal_tells_no_lie() {}
