//! `gen`: the generated crates, written or compared.
//!
//! Owns which files are read beside the spec, and what is printed. Must not know how code is made.
//! Must not use: `jdy_import`, `jdy_specdiff`.

use std::collections::BTreeMap;
use std::path::Path;

use jdy_codegen::files::{self, Mode};
use jdy_codegen::{pages, pipeline, render};

use super::{Refused, TaskResult, print, report, summary, workspace};

/// Generates from a spec folder into a folder of crates.
///
/// # Errors
/// What was wrong was printed.
pub fn run(spec: &Path, out: &Path, mode: Mode) -> TaskResult {
    let mut planned = pipeline::plan_folder(spec);
    let mut files = BTreeMap::new();
    if planned.diagnostics.errors() == 0 {
        files = render::render(
            &planned.plan,
            &planned.spec,
            &manifests(out),
            &mut planned.diagnostics,
        );
    }
    let mut owned: Vec<String> = render::OWNED.iter().map(|&path| path.to_owned()).collect();
    owned.extend(own_crates(out));
    if planned.diagnostics.errors() == 0 {
        for (path, text) in readmes(out) {
            files.insert(path, render::readme::render(&text, &planned.plan));
        }
        if stands_in_a_workspace(out) {
            files.extend(render::proof(&planned.plan));
            files.extend(pages::render(&planned.model, &planned.plan));
            owned.extend([render::PROOF, pages::FOLDER].map(str::to_owned));
        }
    }
    report(&mut planned);
    if planned.diagnostics.errors() > 0 {
        print(&planned.diagnostics.lines(&planned.spec.sources));
        print(&format!("{}; nothing was generated\n", summary(&planned)));
        return Err(Refused);
    }
    let owned: Vec<&str> = owned.iter().map(String::as_str).collect();
    let ended = match files::reconcile(out, &files, &owned, mode) {
        Err(error) => {
            eprintln!("error: {}: {error}", out.display());
            Err(Refused)
        }
        Ok(differences) => {
            let verdict = tell(out, &differences, mode);
            print(&format!(
                "{}; {} files, {} differ\n",
                summary(&planned),
                files.len(),
                differences.len()
            ));
            verdict
        }
    };
    // The process ends here: taking a tree of a million nodes apart would be for nothing.
    std::mem::forget(planned);
    ended
}

/// The crates in the folder that hold types of one module each, also those that the spec no
/// longer asks for.
fn own_crates(out: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(out).into_iter().flatten().flatten();
    let names = folders.map(|folder| folder.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| name.starts_with(render::OWN_CRATE))
        .collect()
}

/// The manifests as they are in the folder, or else in the workspace, so that a folder of its own
/// holds crates that can be built.
pub(super) fn manifests(out: &Path) -> BTreeMap<&'static str, String> {
    let own = workspace().join("crates");
    let mut texts = BTreeMap::new();
    for path in render::MANIFESTS {
        let text = std::fs::read_to_string(out.join(path))
            .or_else(|_| std::fs::read_to_string(own.join(path)));
        match text {
            Ok(text) => {
                texts.insert(path, text);
            }
            Err(_) => eprintln!("note: there is no {path}: its list of features is not written"),
        }
    }
    texts
}

/// Whether pages and tests stand beside the folder of the crates: a folder of its own, as a test or a
/// trial has it, holds crates alone.
fn stands_in_a_workspace(out: &Path) -> bool {
    out.join("../README.md").exists()
}

/// The READMEs beside the folder of the crates.
fn readmes(out: &Path) -> impl Iterator<Item = (String, String)> {
    let paths = ["README.md", "README.zh-CN.md"].map(|name| format!("../{name}"));
    paths.into_iter().filter_map(|path| {
        let text = std::fs::read_to_string(out.join(&path)).ok()?;
        Some((path, text))
    })
}

fn tell(out: &Path, differences: &BTreeMap<String, files::Difference>, mode: Mode) -> TaskResult {
    for (path, difference) in differences {
        let what = match (mode, difference) {
            (Mode::Check, difference) => difference.as_str(),
            (Mode::Write, files::Difference::Stale) => "changed",
            (Mode::Write, files::Difference::Missing) => "new",
            (Mode::Write, files::Difference::Unexpected) => "deleted",
        };
        print(&format!("{what}: {}\n", out.join(path).display()));
    }
    if mode == Mode::Check && !differences.is_empty() {
        print("run `cargo xtask gen` and commit what it writes\n");
        return Err(Refused);
    }
    Ok(())
}
