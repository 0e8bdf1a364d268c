//! The way from the spec folder to the plan, in the order that all tasks share.

use std::path::Path;

use crate::finding::Findings;
use crate::fixup::Phase;
use crate::load::Spec;
use crate::model::Model;
use crate::plan::Plan;
use crate::{check, code_names, facts, fixup, load, lower, plan, pointer};

/// The spec as far as it could be understood, and everything that was found on the way.
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
pub fn recalled(mut spec: Spec, mut findings: Findings) -> Understood {
    let mut rules = Findings::default();
    check::fixups(&spec, &mut findings);
    check::names(&spec, &mut findings);
    fixup::apply(&mut spec, Phase::Page, &mut findings);
    let mut model = lower::lower(&spec, &mut rules);
    facts::derive(&mut spec, &mut model, &mut rules);
    lower::check_facts(&spec, &mut model, &mut rules);
    check::check(&spec, &mut findings);
    pointer::check(&spec, &mut findings);
    let is_whole = findings.errors() == 0;
    code_names::apply(&spec, &mut model, is_whole, &mut rules);
    let plan = plan::plan(&model, is_whole, &mut rules);
    Understood {
        spec,
        model,
        plan,
        findings,
        rules,
    }
}
