//! What the tasks promise, one module for each promise.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod built_once;
mod bundling;
mod code_names;
mod command;
mod cross_checks;
mod diffing;
mod examples;
mod facts;
mod fixups;
mod generating;
mod imitation;
mod importing;
mod integrity;
mod judging;
mod keyword_table;
mod mutating;
mod operation_pages;
mod readme;
mod refusing;
mod swagger;
mod unsafe_code;
mod unseen;
