//! What the tasks promise, one module for each promise.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bundling;
mod code_names;
mod command;
mod cross_checks;
mod diffing;
mod facts;
mod fixups;
mod generating;
mod imitation;
mod importing;
mod integrity;
mod judging;
mod keyword_table;
mod mutating;
mod readme;
mod refusing;
mod swagger;
mod unsafe_code;
mod unseen;
