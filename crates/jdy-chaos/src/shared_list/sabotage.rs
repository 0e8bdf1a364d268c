//! What a worker of a fleet does wrong on purpose, to prove that the run detects it.
//!
//! Owns the kinds of sabotage and their names. Must not know how the run detects them.

use std::fmt;
use std::str::FromStr;

use crate::sabotage::{name_of, named};

/// How a worker misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Plans a line again whose intent was left behind.
    Replan,
    /// Sends although its lease has ended and others have its lines.
    Unfenced,
}

const ALL: [(&str, Sabotage); 2] = [
    ("replan", Sabotage::Replan),
    ("unfenced", Sabotage::Unfenced),
];

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&ALL, *self))
    }
}

impl FromStr for Sabotage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named(&ALL, text)
    }
}
