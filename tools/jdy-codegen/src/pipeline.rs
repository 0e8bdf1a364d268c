//! The way from the spec folder to the plan, in the order that all tasks share.
//!
//! Owns which diagnostics count for a spec of today, and which for one of the past. Must not know
//! how a plan is printed. Must not use: `crate::render`, `crate::files`.

use std::path::Path;

use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::load::{self, Spec};
use jdy_spec::model::Model;
use jdy_spec::pipeline::check_spec;

use crate::plan::{self, Plan};

/// A checked spec and the plan of its code.
#[derive(Debug)]
pub struct PlannedSpec {
    /// The files.
    pub spec: Spec,
    /// What they say.
    pub model: Model,
    /// What is made of it.
    pub plan: Plan,
    /// What is wrong or notable. With an error in it, nothing may be generated.
    pub diagnostics: Diagnostics,
    /// Of a spec of the past, what today's rules would say of it.
    pub rules: Diagnostics,
}

/// Reads, checks and plans a spec folder. Every stage goes on as far as it can, so that all
/// diagnostics come at once.
#[must_use]
pub fn plan_folder(folder: &Path) -> PlannedSpec {
    let mut diagnostics = Diagnostics::default();
    let spec = load::folder(folder, &mut diagnostics);
    plan_spec(spec, diagnostics)
}

/// Checks and plans a spec that was loaded, with what was found on the way so far.
#[must_use]
pub fn plan_spec(spec: Spec, diagnostics: Diagnostics) -> PlannedSpec {
    let mut planned = plan_past_spec(spec, diagnostics);
    let rules = std::mem::take(&mut planned.rules);
    planned.diagnostics.append(rules);
    planned
}

/// Checks and plans a spec of the past. What today's rules demand of it is apart, in `rules`: it
/// was right by the rules of its day, and can be compared with what came of it.
#[must_use]
pub fn plan_past_spec(spec: Spec, diagnostics: Diagnostics) -> PlannedSpec {
    let mut checked = check_spec(spec, diagnostics);
    let plan = plan::plan(
        &checked.model,
        &checked.spec,
        checked.is_whole,
        &mut checked.rules,
    );
    PlannedSpec {
        spec: checked.spec,
        model: checked.model,
        plan,
        diagnostics: checked.diagnostics,
        rules: checked.rules,
    }
}
