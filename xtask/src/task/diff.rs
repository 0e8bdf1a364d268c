//! `diff`: what changed between a revision and the work tree, as Markdown.
//!
//! Owns where the two specs come from. Must not know how they are compared. Must not use:
//! `jdy_import`.

use std::collections::BTreeMap;
use std::path::Path;

use jdy_codegen::pipeline::{self, PlannedSpec};
use jdy_codegen::render;
use jdy_spec::diagnostic::Diagnostics;
use jdy_specdiff::revision::Revision;
use jdy_specdiff::version::Version;
use jdy_specdiff::{self as diff, Context, lines};

use super::generate::manifests;
use super::{Refused, TaskResult, counted, crates_folder, deliver};

/// Compares the spec folder with what it was at a revision. Differences are no failure.
///
/// # Errors
/// What was wrong was printed.
pub fn run(spec: &Path, revision: &str) -> TaskResult {
    match told(spec, revision) {
        Ok(text) => deliver(&text),
        Err(why) => {
            eprintln!("error: {why}");
            Err(Refused)
        }
    }
}

fn told(folder: &Path, name: &str) -> Result<String, String> {
    let mut after = pipeline::plan_folder(folder);
    let shown = format!("the spec in `{}`", folder.display());
    let new_files = files(&mut after, &shown)?;
    let revision = Revision::find(folder, name)?;
    let mut diagnostics = Diagnostics::default();
    let mut before = pipeline::plan_past_spec(revision.spec(&mut diagnostics)?, diagnostics);
    let shown = format!("the spec at `{name}` ({})", revision.short);
    let old_files = files(&mut before, &shown)?;
    let changes = diff::compare(&before, &after);
    Ok(diff::report(
        &changes,
        &Context {
            since: (&revision.name, &revision.short),
            versions: versions(folder, &revision),
            lines: &lines::by_crate(&old_files, &new_files),
        },
    ))
}

/// Renders a spec, or says why it cannot be compared.
fn files(planned: &mut PlannedSpec, shown: &str) -> Result<BTreeMap<String, String>, String> {
    let mut files = BTreeMap::new();
    if planned.diagnostics.errors() == 0 {
        // The manifests of the work tree on both sides: only the block of features differs.
        files = render::render(
            &planned.plan,
            &planned.spec,
            &manifests(&crates_folder(None)),
            &mut planned.diagnostics,
        );
    }
    match planned.diagnostics.errors() {
        0 => Ok(files),
        errors => {
            let count = counted(errors, "error");
            let found = planned.diagnostics.lines(&planned.spec.sources);
            let found: Vec<&str> = found
                .lines()
                .filter(|line| line.contains(": error: "))
                .collect();
            Err(format!(
                "{shown} does not load ({count})\n{}",
                found.join("\n")
            ))
        }
    }
}

/// The version at the revision and in the work tree: of the nearest manifest above the spec that
/// has one, or else of this tool, which is of the workspace's version.
fn versions(folder: &Path, revision: &Revision) -> (Version, Version) {
    let own = Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or_default();
    let folder = folder.canonicalize().unwrap_or_default();
    let manifests = folder
        .ancestors()
        .take_while(|above| above.starts_with(revision.top()))
        .map(|above| above.join("Cargo.toml"));
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(is) = Version::of_manifest(&text) {
            let old = revision.text(&path);
            let was = old.as_deref().and_then(Version::of_manifest);
            return (was.unwrap_or(is), is);
        }
    }
    (own, own)
}
