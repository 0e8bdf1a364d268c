//! What changed between two specs, for callers and reviewers.
//!
//! Owns the comparison of two planned specs and the report in Markdown. Reads what the plans say of
//! names and types. Must not know how Rust is printed, nor where a spec came from (except
//! [`revision`], which reads git). Must not use: `jdy_codegen::render`, `jdy_codegen::files`.

pub mod lines;
pub mod revision;
pub mod version;

mod elsewhere;
mod field;
mod markdown;
mod module;
mod operation;
mod paging;
mod report;
mod view;

use std::collections::BTreeMap;

use jdy_codegen::pipeline::PlannedSpec;

pub use report::{Context, report};

/// What a change means for those who call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is not in the generated code.
    Spec,
    /// Only words change.
    Docs,
    /// Code compiles as before, and what is sent, read or done differs.
    Behaviour,
    /// Something is new, and nothing else differs.
    Compatible,
    /// Code that compiled may no longer compile.
    Breaking,
}

impl Level {
    /// All of them, the gravest first.
    pub const ALL: [Self; 5] = [
        Self::Breaking,
        Self::Behaviour,
        Self::Compatible,
        Self::Docs,
        Self::Spec,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Behaviour => "behaviour",
            Self::Compatible => "compatible",
            Self::Docs => "docs",
            Self::Spec => "spec",
        }
    }
}

/// One change.
#[derive(Debug)]
pub struct Change {
    /// What it means for those who call.
    pub level: Level,
    /// What it is, in the words of the page, as Markdown.
    pub what: String,
    /// What it is in Rust, as Markdown.
    pub rust: Option<String>,
}

impl Change {
    fn new(level: Level, what: String) -> Self {
        Self {
            level,
            what,
            rust: None,
        }
    }

    fn rust(self, rust: Option<String>) -> Self {
        Self { rust, ..self }
    }
}

/// The changes of one operation.
#[derive(Debug)]
pub struct Section {
    /// The operation, as Markdown.
    pub heading: String,
    /// Its changes, in the order of the newer spec.
    pub changes: Vec<Change>,
}

/// Everything that changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Modules, by name.
    pub modules: Vec<Change>,
    /// Operations that came or went, by id.
    pub operations: Vec<Change>,
    /// Operations that changed, by id.
    pub sections: Vec<Section>,
    /// What is in the files and concerns none of these.
    pub elsewhere: Vec<Change>,
}

impl Changes {
    /// All changes, in the order of the report.
    pub fn all(&self) -> impl Iterator<Item = &Change> {
        let sections = self.sections.iter().flat_map(|section| &section.changes);
        self.modules
            .iter()
            .chain(&self.operations)
            .chain(sections)
            .chain(&self.elsewhere)
    }
}

/// Compares two specs without errors.
#[must_use]
pub fn compare(before: &PlannedSpec, after: &PlannedSpec) -> Changes {
    let (old, new) = (view::views(before), view::views(after));
    let mut changes = Changes {
        modules: module::compare((before, &old), (after, &new)),
        ..Changes::default()
    };
    let mut touched = elsewhere::Touched::default();
    for pair in operation::pair(&old.operations, &new.operations) {
        match pair {
            (Some(before), Some(after)) => {
                let made = operation::compare(before, after);
                if !made.is_empty() {
                    touched.add(before.spec);
                    touched.add(after.spec);
                    changes.sections.push(Section {
                        heading: operation::heading(after),
                        changes: made,
                    });
                }
            }
            (None, Some(after)) => {
                touched.add(after.spec);
                changes.operations.push(operation::added(after));
            }
            (Some(before), None) => {
                touched.add(before.spec);
                changes.operations.push(operation::removed(before));
            }
            (None, None) => {}
        }
    }
    changes.elsewhere = elsewhere::compare(&before.spec, &after.spec, &touched, &changes);
    changes
}

/// The entities that have another name now, by their former one.
#[derive(Debug, Default)]
struct Renames<'a> {
    names: BTreeMap<(view::Side, &'a str), &'a str>,
}

impl Renames<'_> {
    /// What an entity is called now.
    fn now(&self, side: view::Side, name: &str) -> String {
        self.names
            .get(&(side, name))
            .map_or(name, |now| now)
            .to_owned()
    }
}

/// `a` → `b` in code, or the one that there is.
fn arrow(before: Option<String>, after: Option<String>) -> Option<String> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => Some(format!(
            "{} → {}",
            markdown::code(&before),
            markdown::code(&after)
        )),
        (Some(one), _) | (None, Some(one)) => Some(markdown::code(&one)),
        (None, None) => None,
    }
}
