//! The promises of the command, one module each, by the built `jdy` itself.
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

mod batch;
mod call;
mod command;
mod extras;
mod fields;
mod generated;
mod help;
mod language;
mod lists;
mod mcp;
mod operation_pages;
mod ops;
#[cfg(all(unix, feature = "postgres"))]
mod postgres;
mod profiles;
mod readme;
mod results;
mod sandbox;
mod secrets;
mod setup;
mod show;
mod show_all;
mod sign;
mod template;
#[cfg(target_os = "linux")]
mod terminal;
mod tokens;
mod values;
mod verdicts;
