//! The sandbox's behaviour, tested by a client that shares no code with it.
#![allow(
    clippy::disallowed_methods,
    reason = "the test client keeps its own time"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod authorization;
mod checks;
mod client;
#[cfg(unix)]
mod console;
mod dialects;
mod documents;
mod every;
mod faults;
mod malformed;
mod operations;
mod recharges;
#[cfg(unix)]
mod recipes;
mod returned;
mod service;
mod state;
mod vectors;
