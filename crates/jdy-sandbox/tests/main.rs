//! The sandbox's behaviour, tested by a client that shares no code with it.
#![allow(
    clippy::disallowed_methods,
    reason = "the test client keeps its own time"
)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod authorization;
mod checks;
mod client;
mod every;
mod faults;
mod malformed;
mod operations;
mod recharges;
mod service;
mod vectors;
