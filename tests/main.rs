//! What the SDK promises: one module for each promise, one binary for all.
#![allow(clippy::disallowed_methods, reason = "tests make and measure time")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod any_json;
mod compile_fail;
mod documents;
mod dropping;
mod encrypted;
mod examples;
mod fleet;
mod gateway_codes;
mod leniency;
mod limits;
mod money;
mod outcomes;
mod paging;
mod readme;
mod recipes;
mod recovery;
mod requests;
mod sandbox;
mod secrets;
mod sharing;
mod storing;
mod tls;
mod uploads;
