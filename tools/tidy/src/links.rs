//! Links of Markdown documents: a relative one leads to a file that is there, and to a heading of it.
//!
//! Owns what a link and a heading's anchor look like. Must not ask the network.

use std::path::Path;

use crate::{File, Problem};

/// Every link of a document that leads nowhere.
pub(crate) fn check(file: &File, files: &[File], workspace: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut is_code = false;
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            if line.contains("ignore") {
                let help = "let it compile, or make it text";
                problems.push(file.problem(index + 1, "ignore", line.trim(), help));
            }
        }
        if is_code {
            continue;
        }
        for target in targets(line) {
            if let Some(help) = dead(target, file, files, workspace) {
                problems.push(file.problem(index + 1, "link", target, help));
            }
        }
    }
    problems
}

/// What stands in the brackets of `](..)`, outside of code.
fn targets(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        let ends = part.split("](").skip(1);
        targets.extend(ends.filter_map(|rest| rest.split_once(')').map(|(target, _)| target)));
    }
    // A link whose text is code is divided by its signs: `[`name`](target)`.
    let whole = line.split("`](").skip(1);
    for target in whole.filter_map(|rest| rest.split_once(')').map(|(target, _)| target)) {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

/// Why a target leads nowhere.
fn dead(target: &str, file: &File, files: &[File], workspace: &Path) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let wanted = if path.is_empty() {
        file.path.clone()
    } else {
        joined(&file.path, path)
    };
    if !path.is_empty() && !workspace.join(&wanted).exists() {
        return Some("there is no such file; links are relative to the document");
    }
    let anchor = anchor?;
    let document = files.iter().find(|other| other.path == wanted)?;
    let is_there = document.is_rust() || headings(&document.text).any(|one| one == anchor);
    (!is_there).then_some("the document has no such heading")
}

/// A relative path, seen from a document's folder.
fn joined(document: &str, path: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors of a document's headings, as they are made by the sites that show it.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter_map(|sign| match sign {
            ' ' => Some('-'),
            '-' | '_' => Some(sign),
            sign if sign.is_alphanumeric() => Some(sign),
            _ => None,
        });
        kept.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_found() {
        let text = "# Two words, here\n[a](#two-words-here) [b](#none) [`c`](lib.rs) [d](../no.md)\n`[e](no)`\n```\n[f](no)\n```\n```ignore\n```\n[g](https://a.b/c) [h](lib.rs#L3)\n";
        let files = [document("src/a.md", text)];
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found: Vec<String> = check(&files[0], &files, workspace)
            .iter()
            .map(|problem| format!("{} {} {}", problem.line, problem.rule, problem.item))
            .collect();
        assert_eq!(
            found,
            ["2 link #none", "2 link ../no.md", "7 ignore ```ignore"]
        );
    }
}
