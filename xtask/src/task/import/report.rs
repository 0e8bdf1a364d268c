//! What an import tells: a line for each page, then as many findings as a person reads.
//!
//! Owns which finding comes first, which are one, and how many are too many. Must not know why a
//! finding was made.

use std::collections::BTreeMap;

use jdy_import::{Became, Told};
use jdy_spec::finding::Weight;

/// Most lines of decisions against a column, of changes, and of groups of notes.
const MOST: usize = 40;

/// A finding and its page.
struct Finding<'a> {
    page: &'a Told,
    line: usize,
    column: usize,
    weight: Weight,
    what: &'a str,
}

impl Finding<'_> {
    fn text(&self) -> String {
        format!(
            "{}:{}:{}: {}: {}",
            self.page.page.display(),
            self.line,
            self.column,
            self.weight.as_str(),
            self.what
        )
    }
}

/// One line for each page, then the findings, then the sum. Unless all are asked for, those of a
/// page that stays the same are left out but for errors and warnings, and notes of one sentence
/// are one line.
pub(super) fn lines(told: &[Told], all: bool) -> String {
    let mut out = String::new();
    for page in told {
        let what = match page.what.as_str() {
            "" => String::new(),
            what => format!(": {what}"),
        };
        let (became, page) = (page.became.as_str(), page.page.display());
        out.push_str(&format!("{became}: {page}{what}\n"));
    }
    let findings: Vec<Finding<'_>> = told.iter().flat_map(findings_of).collect();
    for line in if all {
        findings.iter().map(Finding::text).collect()
    } else {
        read(&findings)
    } {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str(&sum(told, &findings));
    out
}

fn findings_of(page: &Told) -> impl Iterator<Item = Finding<'_>> {
    page.findings
        .iter()
        .map(move |(line, column, weight, what)| Finding {
            page,
            line: *line,
            column: *column,
            weight: *weight,
            what,
        })
}

/// As many findings as a person reads: what weighs most first.
fn read(findings: &[Finding<'_>]) -> Vec<String> {
    let of = |weight: Weight| {
        findings
            .iter()
            .filter(move |finding| finding.weight == weight)
    };
    let is_told =
        |finding: &&Finding<'_>| !matches!(finding.page.became, Became::Same | Became::NoEndpoint);
    let mut out: Vec<String> = of(Weight::Error).map(Finding::text).collect();
    let against: Vec<String> = of(Weight::Against)
        .filter(is_told)
        .map(Finding::text)
        .collect();
    capped(&mut out, against, "decisions against a column");
    out.extend(of(Weight::Warning).map(Finding::text));
    let changes: Vec<String> = of(Weight::Change)
        .filter(is_told)
        .map(Finding::text)
        .collect();
    capped(&mut out, changes, "changes");
    let notes: Vec<&Finding<'_>> = of(Weight::Note).filter(is_told).collect();
    capped(&mut out, grouped(&notes), "kinds of notes");
    let quiet = findings
        .iter()
        .filter(|finding| finding.weight > Weight::Warning && !is_told(finding))
        .count();
    if quiet > 0 {
        out.push(format!(
            "{quiet} findings of pages that stay the same; --all shows them"
        ));
    }
    out
}

fn capped(out: &mut Vec<String>, lines: Vec<String>, what: &str) {
    let beyond = lines.len().saturating_sub(MOST);
    out.extend(lines.into_iter().take(MOST));
    if beyond > 0 {
        out.push(format!("{beyond} more {what}; --all shows them"));
    }
}

/// One line for all notes of one sentence, the most frequent first: the first of them, and how many
/// are like it.
fn grouped(notes: &[&Finding<'_>]) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<&Finding<'_>>> = BTreeMap::new();
    for note in notes {
        groups.entry(sentence(note.what)).or_default().push(note);
    }
    let mut groups: Vec<Vec<&Finding<'_>>> = groups.into_values().collect();
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

/// A sentence without the names and numbers that it speaks of.
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

fn sum(told: &[Told], findings: &[Finding<'_>]) -> String {
    let count = |became: Became| told.iter().filter(|page| page.became == became).count();
    let weighs = |test: fn(Weight) -> bool| {
        findings
            .iter()
            .filter(|finding| test(finding.weight))
            .count()
    };
    format!(
        "{} pages: {} new, {} changed, {} same, {} not an endpoint page, {} refused; {} errors, {} warnings, {} notes\n",
        told.len() - count(Became::Left),
        count(Became::New),
        count(Became::Changed),
        count(Became::Same),
        count(Became::NoEndpoint),
        count(Became::Refused),
        weighs(|weight| weight == Weight::Error),
        weighs(|weight| weight == Weight::Warning),
        weighs(|weight| weight > Weight::Warning),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(page: &str, became: Became, findings: &[(Weight, &str)]) -> Told {
        Told {
            page: page.into(),
            became,
            what: "aa.x".to_owned(),
            findings: findings
                .iter()
                .enumerate()
                .map(|(at, (weight, what))| (at + 1, 2, *weight, (*what).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn what_weighs_most_is_first_and_equal_notes_are_one_line() {
        let pages = [
            told(
                "a.md",
                Became::New,
                &[
                    (Weight::Note, "`x` has 3 codes"),
                    (Weight::Warning, "a row is torn"),
                    (Weight::Note, "`y` is text"),
                    (Weight::Against, "`z` is not required"),
                ],
            ),
            told(
                "b.md",
                Became::Changed,
                &[
                    (Weight::Change, "in b.yaml: /post is changed"),
                    (Weight::Note, "`other` has 12 codes"),
                    (Weight::Error, "a row without a name"),
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
             2 pages: 1 new, 1 changed, 0 same, 0 not an endpoint page, 0 refused; 1 errors, 1 warnings, 5 notes\n"
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
        let page = told(
            "a.md",
            Became::Same,
            &[
                (Weight::Note, "`x` is text"),
                (Weight::Against, "`y` is kept"),
                (Weight::Warning, "a row is torn"),
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
        let changes: Vec<String> = (0..MOST + 3).map(|at| format!("/a/{at}")).collect();
        let changes: Vec<(Weight, &str)> = changes
            .iter()
            .map(|change| (Weight::Change, change.as_str()))
            .collect();
        let warnings = vec![(Weight::Warning, "a row is torn"); MOST + 3];
        let page = told("a.md", Became::Changed, &[changes, warnings].concat());
        let shown = lines(&[page], false);
        assert_eq!(shown.matches(": change: ").count(), MOST);
        assert!(
            shown.contains("\n3 more changes; --all shows them\n"),
            "{shown}"
        );
        assert_eq!(shown.matches(": warning: ").count(), MOST + 3);
    }
}
