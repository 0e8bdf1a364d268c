//! What the spec's files hold beside modules, operations and fields, so that a reviewer hears of
//! every file that says something else than before, comments excepted.
//!
//! Owns what the other comparisons see. Must not know levels beyond that of the spec. Must not use:
//! `crate::report`, `crate::revision`.

use std::collections::BTreeSet;

use jdy_spec::load::{Document, NAMES, ROOT, Spec};
use jdy_spec::model::Operation;
use jdy_spec::tree::Node;

use super::markdown::code;
use super::{Change, Changes, Level};

/// The files whose operations are in the report already.
#[derive(Default)]
pub(super) struct Touched<'a> {
    files: BTreeSet<&'a str>,
}

impl<'a> Touched<'a> {
    pub(super) fn add(&mut self, operation: &'a Operation) {
        self.files.insert(&operation.file);
    }
}

/// Compares the files, after corrections.
pub(super) fn compare(
    before: &Spec,
    after: &Spec,
    touched: &Touched<'_>,
    changes: &Changes,
) -> Vec<Change> {
    let mut found = root(before, after, changes);
    let files: BTreeSet<&String> = before
        .documents
        .keys()
        .chain(after.documents.keys())
        .collect();
    for file in files {
        let known = file == ROOT || touched.files.contains(file.as_str());
        if !known && differ(before.documents.get(file), after.documents.get(file)) {
            let what = format!(
                "{} says something else that is neither field nor fact (an example, another answer, an order)",
                code(file)
            );
            found.push(Change::new(Level::Spec, what));
        }
    }
    // A name that a code has in Rust is in the report.
    let silent = changes.sections.is_empty() && changes.operations.is_empty();
    let names = (before.names.as_ref(), after.names.as_ref());
    let same = matches!(names, (None, None)) || !differ(names.0, names.1);
    if silent && !same {
        let what = format!("{} says something else that shows in no code", code(NAMES));
        found.push(Change::new(Level::Spec, what));
    }
    found
}

fn differ(before: Option<&Document>, after: Option<&Document>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => !before.root.same(&after.root),
        _ => true,
    }
}

/// The root's own words: servers, security, envelopes. Its index and its list of modules follow
/// from what is in the report, unless nothing is.
fn root(before: &Spec, after: &Spec, changes: &Changes) -> Vec<Change> {
    let (Some(before), Some(after)) = (before.documents.get(ROOT), after.documents.get(ROOT))
    else {
        return Vec::new();
    };
    let (old, new) = (&before.root, &after.root);
    let names = |node: &Node| -> Vec<String> {
        let entries = node.entries().iter();
        entries.map(|entry| entry.key.text().to_owned()).collect()
    };
    let mut all = names(new);
    all.extend(
        names(old)
            .into_iter()
            .filter(|name| new.get(name).is_none()),
    );
    let mut found = Vec::new();
    for name in all {
        let same = match (old.get(&name), new.get(&name)) {
            (Some(old), Some(new)) => old.same(new),
            _ => false,
        };
        let explained = match name.as_str() {
            "tags" => !changes.modules.is_empty(),
            "paths" => !changes.operations.is_empty() || !changes.sections.is_empty(),
            _ => false,
        };
        if !same && !explained {
            let what = format!("{} says something else under {}", code(ROOT), code(&name));
            found.push(Change::new(Level::Spec, what));
        }
    }
    found
}
