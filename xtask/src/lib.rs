//! The maintainers' tasks: they check the spec and generate code from it.
//!
//! One way, stage by stage: [`load`] (text to a tree with places) -> [`fixup`] -> [`lower`]
//! (the tree's meaning: [`model`]) -> [`facts`] (what follows from it) -> [`check`] and
//! [`mod@pointer`] (keywords, references) -> [`code_names`] -> [`plan`] (names, types, docs) ->
//! [`render`] (text) -> [`files`] (written or compared).
//! From load to files nothing depends on hash order, clock, environment or network.
//! [`import`] stands before it: pages of the vendor to files of the spec.
//! This crate links none that it generates, so that it runs when generated code is broken.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool runs on this machine's time"
)]

pub mod arguments;
pub mod bundle;
pub mod check;
pub mod code_names;
pub mod consistency;
pub mod diff;
pub mod facts;
pub mod files;
pub mod finding;
pub mod fixup;
pub mod import;
pub mod load;
pub mod lower;
pub mod model;
mod parallel;
pub mod pipeline;
pub mod plan;
pub mod pointer;
pub mod render;
pub mod similar;
pub mod subset;
pub mod task;
pub mod tree;
