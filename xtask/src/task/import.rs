//! `import`: pages of the vendor to files of the spec.

use std::path::{Path, PathBuf};

use crate::finding::Weight;
use crate::import::{self, Became, Told, emit::Prose};

use super::{Ended, print};

/// Imports pages; a folder stands for all pages below it.
#[must_use]
pub fn run(spec: &Path, pages: &[PathBuf], prose: Prose) -> Ended {
    let mut list = Vec::new();
    let mut missing = false;
    for page in pages {
        missing |= !collect(page, &mut list);
    }
    let mut told = match import::run(spec, &list, prose) {
        Ok(told) => told,
        Err(why) => {
            eprintln!("error: {why}");
            return Ended::Refused;
        }
    };
    let by_hand = |page: &Told| pages.contains(&page.page);
    for page in told.iter_mut().filter(|page| by_hand(page)) {
        tell_stranger(page);
    }
    print(&lines(&told));
    // A table or row that could not be read is as grave as a page that was refused.
    let is_lost = |page: &Told| {
        page.became == Became::Refused
            || page
                .findings
                .iter()
                .any(|(_, _, weight, _)| *weight == Weight::Error)
    };
    if missing || told.iter().any(is_lost) {
        Ended::Refused
    } else {
        Ended::Fine
    }
}

/// A file that was named by hand and describes no endpoint is told for what it is; in a folder, it
/// is one of the vendor's guides.
fn tell_stranger(page: &mut Told) {
    if page.became != Became::NoEndpoint {
        return;
    }
    let text = std::fs::read_to_string(&page.page).unwrap_or_default();
    let what = import::stranger::what(&text);
    page.what = what.to_owned();
    page.findings.push((
        1,
        1,
        Weight::Error,
        format!("the file is no endpoint page: {what}; nothing is taken from it"),
    ));
}

/// The pages of a folder, by name; a file is a page whatever its name. False where something
/// cannot be read, which is told, and stops nothing else.
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

/// One line for each page, then the findings, then the sum.
fn lines(told: &[Told]) -> String {
    let mut out = String::new();
    for page in told {
        let what = if page.what.is_empty() {
            String::new()
        } else {
            format!(": {}", page.what)
        };
        out.push_str(&format!(
            "{}: {}{what}\n",
            page.became.as_str(),
            page.page.display()
        ));
    }
    let mut counts = [0_usize; 3];
    for page in told {
        for (line, column, weight, what) in &page.findings {
            let (at, word) = match weight {
                Weight::Error => (0, "error"),
                Weight::Warning => (1, "warning"),
                Weight::Note => (2, "note"),
            };
            counts[at] += 1;
            out.push_str(&format!(
                "{}:{line}:{column}: {word}: {what}\n",
                page.page.display()
            ));
        }
    }
    let count = |became: Became| told.iter().filter(|page| page.became == became).count();
    out.push_str(&format!(
        "{} pages: {} new, {} changed, {} same, {} not an endpoint page, {} refused; {} errors, {} warnings, {} notes\n",
        told.len(),
        count(Became::New),
        count(Became::Changed),
        count(Became::Same),
        count(Became::NoEndpoint),
        count(Became::Refused),
        counts[0],
        counts[1],
        counts[2],
    ));
    out
}
