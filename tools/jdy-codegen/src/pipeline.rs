//! The way from the spec folder to the plan, in the order that all tasks share.
//!
//! Owns which findings count for a spec of today, and which for one of the past. Must not know
//! how a plan is printed. Must not use: `crate::render`, `crate::files`.

use std::path::Path;

use jdy_spec::finding::Findings;
use jdy_spec::load::{self, Spec};
use jdy_spec::model::Model;
use jdy_spec::pipeline::check_spec;

use crate::plan::{self, Plan};

/// A checked spec and the plan of its code.
#[derive(Debug)]
pub struct Understood {
    /// The files.
    pub spec: Spec,
    /// What they say.
    pub model: Model,
    /// What is made of it.
    pub plan: Plan,
    /// What is wrong or notable. With an error in it, nothing may be generated.
    pub findings: Findings,
    /// Of a spec of the past, what today's rules would say of it.
    pub rules: Findings,
}

/// Reads a spec folder. Every stage goes on as far as it can, so that all findings come at once.
#[must_use]
pub fn understand(folder: &Path) -> Understood {
    let mut findings = Findings::default();
    let spec = load::folder(folder, &mut findings);
    understood(spec, findings)
}

/// Understands a spec that was loaded, with what was found on the way so far.
#[must_use]
pub fn understood(spec: Spec, findings: Findings) -> Understood {
    let mut understood = recalled(spec, findings);
    let rules = std::mem::take(&mut understood.rules);
    understood.findings.append(rules);
    understood
}

/// Understands a spec of the past. What today's rules demand of it is apart, in `rules`: it was
/// right by the rules of its day, and can be compared with what came of it.
#[must_use]
pub fn recalled(spec: Spec, findings: Findings) -> Understood {
    let mut checked = check_spec(spec, findings);
    let plan = plan::plan(&checked.model, checked.is_whole, &mut checked.rules);
    Understood {
        spec: checked.spec,
        model: checked.model,
        plan,
        findings: checked.findings,
        rules: checked.rules,
    }
}
