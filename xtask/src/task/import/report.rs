//! What an import tells: a line for each page, then as many diagnostics as a person reads.
//!
//! Owns which diagnostic comes first, which are one, and how many are too many. Must not know why a
//! diagnostic was made.

use std::collections::BTreeMap;

use jdy_import::{ImportReport, PageStatus};
use jdy_spec::diagnostic::Severity;

use crate::task::counted;

/// Most lines of decisions against a column, of changes, and of groups of notes.
const MAX_LINES: usize = 40;

/// A diagnostic and its page.
struct Diagnostic<'a> {
    page: &'a ImportReport,
    line: usize,
    column: usize,
    severity: Severity,
    what: &'a str,
}

impl Diagnostic<'_> {
    fn text(&self) -> String {
        format!(
            "{}:{}:{}: {}: {}",
            self.page.page.display(),
            self.line,
            self.column,
            self.severity.as_str(),
            self.what
        )
    }
}

/// One line for each page, then the diagnostics, then the sum. Unless all are asked for, those of a
/// page that stays the same are left out but for errors and warnings, and notes of one sentence
/// are one line.
pub(super) fn lines(reports: &[ImportReport], all: bool) -> String {
    let mut out = String::new();
    for page in reports {
        let what = match page.what.as_str() {
            "" => String::new(),
            what => format!(": {what}"),
        };
        let (status, page) = (page.status.as_str(), page.page.display());
        out.push_str(&format!("{status}: {page}{what}\n"));
    }
    let diagnostics: Vec<Diagnostic<'_>> = reports.iter().flat_map(findings_of).collect();
    for line in if all {
        diagnostics.iter().map(Diagnostic::text).collect()
    } else {
        read(&diagnostics)
    } {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str(&sum(reports, &diagnostics));
    out
}

fn findings_of(page: &ImportReport) -> impl Iterator<Item = Diagnostic<'_>> {
    page.diagnostics
        .iter()
        .map(move |(line, column, severity, what)| Diagnostic {
            page,
            line: *line,
            column: *column,
            severity: *severity,
            what,
        })
}

/// As many diagnostics as a person reads: what weighs most first.
fn read(diagnostics: &[Diagnostic<'_>]) -> Vec<String> {
    let of = |severity: Severity| {
        diagnostics
            .iter()
            .filter(move |diagnostic| diagnostic.severity == severity)
    };
    let is_of_interest = |diagnostic: &&Diagnostic<'_>| {
        !matches!(
            diagnostic.page.status,
            PageStatus::Same | PageStatus::NoEndpoint
        )
    };
    let mut out: Vec<String> = of(Severity::Error).map(Diagnostic::text).collect();
    let against: Vec<String> = of(Severity::Against)
        .filter(is_of_interest)
        .map(Diagnostic::text)
        .collect();
    capped(&mut out, against, "decisions against a column");
    out.extend(of(Severity::Warning).map(Diagnostic::text));
    let changes: Vec<String> = of(Severity::Change)
        .filter(is_of_interest)
        .map(Diagnostic::text)
        .collect();
    capped(&mut out, changes, "changes");
    let notes: Vec<&Diagnostic<'_>> = of(Severity::Note).filter(is_of_interest).collect();
    capped(&mut out, grouped(&notes), "kinds of notes");
    let quiet = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity > Severity::Warning && !is_of_interest(diagnostic))
        .count();
    if quiet > 0 {
        out.push(format!(
            "{quiet} findings of pages that stay the same; --all shows them"
        ));
    }
    out
}

fn capped(out: &mut Vec<String>, lines: Vec<String>, what: &str) {
    let beyond = lines.len().saturating_sub(MAX_LINES);
    out.extend(lines.into_iter().take(MAX_LINES));
    if beyond > 0 {
        out.push(format!("{beyond} more {what}; --all shows them"));
    }
}

/// One line for all notes of one sentence, the most frequent first: the first of them, and how many
/// are like it.
fn grouped(notes: &[&Diagnostic<'_>]) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<&Diagnostic<'_>>> = BTreeMap::new();
    for note in notes {
        groups.entry(sentence(note.what)).or_default().push(note);
    }
    let mut groups: Vec<Vec<&Diagnostic<'_>>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
        .iter()
        .filter_map(|group| {
            let first = group.first()?;
            let mut pages: Vec<_> = group.iter().map(|note| &note.page.page).collect();
            pages.dedup();
            Some(match group.len() {
                1 => first.text(),
                count => format!(
                    "{} (one of {count} like it, on {} pages)",
                    first.text(),
                    pages.len()
                ),
            })
        })
        .collect()
}

/// A sentence without the names and numbers that it mentions.
fn sentence(what: &str) -> String {
    let mut out = String::with_capacity(what.len());
    let mut is_name = false;
    for letter in what.chars() {
        match letter {
            '`' => {
                is_name = !is_name;
                out.push('`');
            }
            _ if is_name => {}
            letter if letter.is_ascii_digit() => {
                if !out.ends_with('#') {
                    out.push('#');
                }
            }
            letter => out.push(letter),
        }
    }
    out
}

fn sum(reports: &[ImportReport], diagnostics: &[Diagnostic<'_>]) -> String {
    let count = |status: PageStatus| reports.iter().filter(|page| page.status == status).count();
    let weighs = |test: fn(Severity) -> bool| {
        diagnostics
            .iter()
            .filter(|diagnostic| test(diagnostic.severity))
            .count()
    };
    format!(
        "{}: {} new, {} changed, {} same, {} not an endpoint page, {} refused; {}, {}, {}\n",
        counted(reports.len() - count(PageStatus::Left), "page"),
        count(PageStatus::New),
        count(PageStatus::Changed),
        count(PageStatus::Same),
        count(PageStatus::NoEndpoint),
        count(PageStatus::Refused),
        counted(weighs(|severity| severity == Severity::Error), "error"),
        counted(weighs(|severity| severity == Severity::Warning), "warning"),
        counted(weighs(|severity| severity > Severity::Warning), "note"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(page: &str, status: PageStatus, diagnostics: &[(Severity, &str)]) -> ImportReport {
        ImportReport {
            page: page.into(),
            status,
            what: "aa.x".to_owned(),
            diagnostics: diagnostics
                .iter()
                .enumerate()
                .map(|(at, (severity, what))| (at + 1, 2, *severity, (*what).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn what_weighs_most_is_first_and_equal_notes_are_one_line() {
        let pages = [
            report(
                "a.md",
                PageStatus::New,
                &[
                    (Severity::Note, "`x` has 3 codes"),
                    (Severity::Warning, "a row is torn"),
                    (Severity::Note, "`y` is text"),
                    (Severity::Against, "`z` is not required"),
                ],
            ),
            report(
                "b.md",
                PageStatus::Changed,
                &[
                    (Severity::Change, "in b.yaml: /post is changed"),
                    (Severity::Note, "`other` has 12 codes"),
                    (Severity::Error, "a row without a name"),
                ],
            ),
        ];
        assert_eq!(
            lines(&pages, false),
            "new: a.md: aa.x\n\
             changed: b.md: aa.x\n\
             b.md:3:2: error: a row without a name\n\
             a.md:4:2: against: `z` is not required\n\
             a.md:2:2: warning: a row is torn\n\
             b.md:1:2: change: in b.yaml: /post is changed\n\
             a.md:1:2: note: `x` has 3 codes (one of 2 like it, on 2 pages)\n\
             a.md:3:2: note: `y` is text\n\
             2 pages: 1 new, 1 changed, 0 same, 0 not an endpoint page, 0 refused; 1 error, 1 warning, 5 notes\n"
        );
        let all = lines(&pages, true);
        assert!(
            all.contains("b.md:2:2: note: `other` has 12 codes\n"),
            "{all}"
        );
        assert!(!all.contains("like it"), "{all}");
    }

    #[test]
    fn a_page_that_stays_the_same_tells_only_what_is_wrong() {
        let page = report(
            "a.md",
            PageStatus::Same,
            &[
                (Severity::Note, "`x` is text"),
                (Severity::Against, "`y` is kept"),
                (Severity::Warning, "a row is torn"),
            ],
        );
        let shown = lines(&[page], false);
        assert!(
            shown.contains("a.md:3:2: warning: a row is torn\n"),
            "{shown}"
        );
        assert!(
            !shown.contains("is text") && !shown.contains("is kept"),
            "{shown}"
        );
        assert!(
            shown.contains("\n2 findings of pages that stay the same; --all shows them\n"),
            "{shown}"
        );
    }

    #[test]
    fn more_than_a_person_reads_is_counted() {
        let changes: Vec<String> = (0..MAX_LINES + 3).map(|at| format!("/a/{at}")).collect();
        let changes: Vec<(Severity, &str)> = changes
            .iter()
            .map(|change| (Severity::Change, change.as_str()))
            .collect();
        let warnings = vec![(Severity::Warning, "a row is torn"); MAX_LINES + 3];
        let page = report("a.md", PageStatus::Changed, &[changes, warnings].concat());
        let shown = lines(&[page], false);
        assert_eq!(shown.matches(": change: ").count(), MAX_LINES);
        assert!(
            shown.contains("\n3 more changes; --all shows them\n"),
            "{shown}"
        );
        assert_eq!(shown.matches(": warning: ").count(), MAX_LINES + 3);
    }
}
