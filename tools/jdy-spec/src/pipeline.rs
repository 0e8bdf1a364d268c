//! The way from the spec folder to a checked spec, in the order that all tasks share.
//!
//! Owns the order of the stages. Must not know what is generated.

use std::path::Path;

use crate::diagnostic::Diagnostics;
use crate::fixup::Phase;
use crate::load::Spec;
use crate::model::Model;
use crate::{check, code_names, facts, fixup, load, lower, pointer};

/// The spec as far as it could be understood, and everything that was found on the way.
#[derive(Debug)]
pub struct CheckedSpec {
    /// The files.
    pub spec: Spec,
    /// What they say.
    pub model: Model,
    /// What is wrong or notable by the format of the files.
    pub diagnostics: Diagnostics,
    /// What is wrong or notable by today's rules of what a spec must say.
    pub rules: Diagnostics,
    /// Whether the format of the files had no error, so that what lacks was left out on purpose.
    pub is_whole: bool,
}

/// Reads and checks a spec folder. Every stage goes on as far as it can, so that all diagnostics
/// come at once.
#[must_use]
pub fn check_folder(folder: &Path) -> CheckedSpec {
    let mut diagnostics = Diagnostics::default();
    let spec = load::folder(folder, &mut diagnostics);
    check_spec(spec, diagnostics)
}

/// Checks a spec that was loaded, with what was found on the way so far.
#[must_use]
pub fn check_spec(mut spec: Spec, mut diagnostics: Diagnostics) -> CheckedSpec {
    let mut rules = Diagnostics::default();
    check::fixups(&spec, &mut diagnostics);
    check::names(&spec, &mut diagnostics);
    fixup::apply(&mut spec, Phase::Page, &mut diagnostics);
    let mut model = lower::lower(&spec, &mut rules);
    facts::derive(&mut spec, &mut model, &mut rules);
    lower::check_facts(&spec, &mut model, &mut rules);
    check::check(&spec, &mut diagnostics);
    pointer::check(&spec, &mut diagnostics);
    let is_whole = diagnostics.errors() == 0;
    code_names::apply(&spec, &mut model, is_whole, &mut rules);
    CheckedSpec {
        spec,
        model,
        diagnostics,
        rules,
        is_whole,
    }
}
