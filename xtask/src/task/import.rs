//! `import`: pages of the vendor to files of the spec.
//!
//! Owns which files of a folder are pages. Must not know how a page is read. Must not use:
//! `jdy_codegen`, `jdy_specdiff`.

mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jdy_import::{self as import, ImportOptions, ImportReport, PageStatus};
use jdy_spec::diagnostic::Severity;

use super::{Refused, TaskResult, print};

/// Imports pages; a folder stands for all pages below it.
///
/// # Errors
/// What was wrong was printed.
pub fn run(spec: &Path, pages: &[PathBuf], options: ImportOptions, all: bool) -> TaskResult {
    let mut list = Vec::new();
    let mut missing = false;
    for page in pages {
        missing |= !collect(page, &mut list);
    }
    // One file that is given twice, by its name and by its folder, is one page.
    let mut seen = BTreeSet::new();
    list.retain(|page| seen.insert(page.canonicalize().unwrap_or_else(|_| page.clone())));
    let mut reports = match import::run(spec, &list, options) {
        Ok(reports) => reports,
        Err(why) => {
            eprintln!("error: {why}");
            return Err(Refused);
        }
    };
    let by_hand = |page: &ImportReport| pages.contains(&page.page);
    for page in reports.iter_mut().filter(|page| by_hand(page)) {
        tell_nonpage(page);
    }
    print(&report::lines(&reports, all));
    // A file that was named by hand was meant to be a page.
    let is_lost = |page: &ImportReport| {
        page.status == PageStatus::Refused
            || (page.status == PageStatus::NoEndpoint && pages.contains(&page.page))
    };
    if missing || reports.iter().any(is_lost) {
        Err(Refused)
    } else {
        Ok(())
    }
}

/// A file that was named by hand and describes no endpoint is reported as what it is; in a folder,
/// it is one of the vendor's guides.
fn tell_nonpage(page: &mut ImportReport) {
    if page.status != PageStatus::NoEndpoint {
        return;
    }
    let text = std::fs::read_to_string(&page.page).unwrap_or_default();
    let what = import::describe_nonpage(&text);
    page.what = what.to_owned();
    page.diagnostics.push((
        1,
        1,
        Severity::Error,
        format!("the file is no endpoint page: {what}; nothing is taken from it"),
    ));
}

/// The pages of a folder, by name; a file is a page whatever its name. False where something
/// cannot be read, which is reported, and stops nothing else.
fn collect(path: &Path, list: &mut Vec<PathBuf>) -> bool {
    let inner = match inside(path) {
        Ok(Some(inner)) => inner,
        Ok(None) => {
            list.push(path.to_path_buf());
            return true;
        }
        Err(error) => {
            eprintln!("error: {}: {error}", path.display());
            return false;
        }
    };
    let mut all = true;
    for path in inner {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let extension = path
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase());
        let is_page = matches!(
            extension.as_deref(),
            Some("md" | "markdown" | "html" | "htm" | "txt")
        );
        // A link to a folder may lead back to where it stands.
        let is_folder = std::fs::symlink_metadata(&path).is_ok_and(|facts| facts.is_dir());
        if !is_hidden && (is_page || is_folder) {
            all &= collect(&path, list);
        }
    }
    all
}

/// What is in a folder, by name; nothing of a file.
fn inside(path: &Path) -> std::io::Result<Option<Vec<PathBuf>>> {
    if !std::fs::metadata(path)?.is_dir() {
        return Ok(None);
    }
    let mut inner = Vec::new();
    for entry in std::fs::read_dir(path)? {
        inner.push(entry?.path());
    }
    inner.sort();
    Ok(Some(inner))
}
