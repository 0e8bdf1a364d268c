//! What the tasks promise, one module for each promise.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bundling;
mod command;
mod consistency;
mod diffing;
mod fixups;
mod generating;
mod imitation;
mod importing;
mod judging;
mod refusing;
mod subset_table;
mod unsafe_code;
mod unseen;
