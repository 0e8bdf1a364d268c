//! The spec of the vendor's API: loaded, corrected, understood and checked.
//!
//! One way, stage by stage: [`load`] (text to a tree with places) -> [`fixup`] -> [`lower`]
//! (the tree's meaning: [`model`]) -> [`facts`] (what follows from it) -> [`check`] and
//! [`mod@pointer`] (keywords, references) -> [`code_names`].
//! Owns what a spec may say. Must not know pages of the vendor, nor Rust code.
//! Nothing here depends on hash order, clock, environment or network.

pub mod bundle;
pub mod check;
pub mod code_names;
pub mod cross_checks;
pub mod diagnostic;
pub mod did_you_mean;
pub mod facts;
pub mod fixup;
pub mod keywords;
pub mod load;
pub mod lower;
pub mod model;
pub mod parallel;
pub mod pipeline;
pub mod pointer;
pub mod tree;
