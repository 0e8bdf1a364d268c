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
pub fn understood(mut spec: Spec, mut findings: Findings) -> Understood {
    check::fixups(&spec, &mut findings);
    check::names(&spec, &mut findings);
    fixup::apply(&mut spec, Phase::Page, &mut findings);
    let mut model = lower::lower(&spec, &mut findings);
    facts::derive(&mut spec, &mut model, &mut findings);
    lower::check_facts(&spec, &mut model, &mut findings);
    check::check(&spec, &mut findings);
    pointer::check(&spec, &mut findings);
    code_names::apply(&spec, &mut model, &mut findings);
    let plan = plan::plan(&model, &mut findings);
    Understood {
        spec,
        model,
        plan,
        findings,
    }
}
