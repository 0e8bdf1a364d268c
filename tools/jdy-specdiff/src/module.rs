//! Modules: declared, generated, called.
//!
//! Owns what a change of a module breaks. Must not know operations beyond their module. Must not
//! use: `crate::report`, `crate::revision`.

use std::collections::{BTreeMap, BTreeSet};

use jdy_codegen::pipeline::PlannedSpec;
use jdy_spec::model::Module;

use super::markdown::{code, text};
use super::view::Views;
use super::{Change, Level};

/// Compares the modules, by name.
pub(super) fn compare(
    (before, old): (&PlannedSpec, &Views<'_>),
    (after, new): (&PlannedSpec, &Views<'_>),
) -> Vec<Change> {
    let (was, is) = (declared(before), declared(after));
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let mut changes = Vec::new();
    for name in names {
        let pair = (was.get(name), is.get(name));
        let generated = (
            old.modules.contains_key(name),
            new.modules.contains_key(name),
        );
        let title = pair.1.or(pair.0).map_or("", |module| module.title.as_str());
        let subject = format!("module {} ({})", code(name), text(title));
        let ident = new.modules.get(name).or_else(|| old.modules.get(name));
        let ident = ident.map_or(name, |module| module.ident.as_str());
        let rust = format!("{}, feature {}", code(&format!("jdy::{ident}")), code(name));
        let mut add = |level, what: &str, rust: Option<&String>| {
            let change = Change::new(level, format!("{subject} {what}"));
            changes.push(change.rust(rust.cloned()));
        };
        match (pair, generated) {
            ((None, _), (_, true)) => add(Level::Compatible, "is new", Some(&rust)),
            ((None, _), _) => add(Level::Spec, "is new, without an operation in Rust", None),
            ((_, None), (true, _)) => add(Level::Breaking, "is gone", Some(&rust)),
            ((_, None), _) => add(Level::Spec, "is gone", None),
            (_, (true, false)) => add(
                Level::Breaking,
                "has no operation in Rust any more",
                Some(&rust),
            ),
            (_, (false, true)) => add(
                Level::Compatible,
                "has its first operation in Rust",
                Some(&rust),
            ),
            _ => {}
        }
        if let (Some(was), Some(is)) = pair
            && was.title != is.title
        {
            let what = format!(
                "has another label: {} → {}",
                text(&was.title),
                text(&is.title)
            );
            add(Level::Docs, &what, None);
        }
    }
    changes
}

fn declared(planned: &PlannedSpec) -> BTreeMap<&str, &Module> {
    let modules = planned.model.modules.iter();
    modules
        .map(|module| (module.name.as_str(), module))
        .collect()
}
