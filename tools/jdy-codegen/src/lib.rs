//! The generator: from a checked spec to the files of the generated crates.
//!
//! [`plan`] (names, types, docs) -> [`render`] (text) -> [`files`] (written or compared).
//! Owns how generated code looks. Must not know YAML, nor link a crate that it generates, so that
//! it runs when generated code is broken. Up to the text, nothing depends on hash order, clock,
//! environment or network.

pub mod files;
pub mod pages;
pub mod pipeline;
pub mod plan;
pub mod render;
