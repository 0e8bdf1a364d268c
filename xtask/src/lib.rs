//! The maintainers' tasks: each a module, thin over the libraries below `tools/`.
//!
//! Owns the command line and what is printed. Must not know how a spec is read, a page imported or
//! code generated. This crate links none that is generated, so that it runs when generated code is
//! broken.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool runs on this machine's time"
)]

pub mod cli;
mod packages;
pub mod task;
