//! The report: the summary first, then what changed, then how much code that is.
//!
//! Owns its layout. Must not know how two specs are compared. Must not use: `crate::field`,
//! `crate::operation`, `jdy_spec`.

use std::collections::BTreeMap;

use super::lines::Lines;
use super::markdown::code;
use super::version::Version;
use super::{Change, Changes, Level};

/// What is reported beside the changes.
#[derive(Debug)]
pub struct Context<'a> {
    /// The revision as it was asked for, and its commit.
    pub since: (&'a str, &'a str),
    /// The version at the revision, and the one in the work tree.
    pub versions: (Version, Version),
    /// Generated lines, by crate.
    pub lines: &'a BTreeMap<String, Lines>,
}

const LEGEND: &str = "\
breaking: code that compiled may no longer compile · behaviour: it compiles, and what is sent, \
read or done differs · compatible: something new · docs: words alone · spec: not in the generated code
";

/// Prints everything as Markdown.
#[must_use]
pub fn report(changes: &Changes, context: &Context<'_>) -> String {
    let Some(worst) = changes.all().map(|change| change.level).max() else {
        return "No changes.\n".to_owned();
    };
    let mut out = summary(changes, worst, context);
    section("Modules", &changes.modules, &mut out);
    section("Operations", &changes.operations, &mut out);
    for each in &changes.sections {
        section(&each.heading, &each.changes, &mut out);
    }
    section("Elsewhere in the spec", &changes.elsewhere, &mut out);
    table(context.lines, &mut out);
    out.push('\n');
    out.push_str(LEGEND);
    out
}

/// How many changes of each level, and the version that they ask for.
fn summary(changes: &Changes, worst: Level, context: &Context<'_>) -> String {
    let counts = Level::ALL.into_iter().filter_map(|level| {
        let count = changes.all().filter(|change| change.level == level).count();
        (count > 0).then(|| format!("{count} {}", level.as_str()))
    });
    let counts: Vec<String> = counts.collect();
    let (was, is) = context.versions;
    let bump = was.bump(worst);
    let wanted = was.next(bump);
    let state = match is {
        is if is == was => String::new(),
        is if is >= wanted => format!(" (Cargo.toml has {is})"),
        is => format!(" (Cargo.toml has only {is})"),
    };
    format!(
        "**{}** since {} ({}): asks for a {} version, {was} → {wanted}{state}\n",
        counts.join(", "),
        code(context.since.0),
        context.since.1,
        bump.as_str()
    )
}

fn section(heading: &str, changes: &[Change], out: &mut String) {
    if changes.is_empty() {
        return;
    }
    out.push_str(&format!("\n### {heading}\n\n"));
    for Change { level, what, rust } in changes {
        let level = match level {
            Level::Breaking => "**breaking**",
            other => other.as_str(),
        };
        out.push_str(&format!("- {level}: {what}"));
        if let Some(rust) = rust {
            out.push_str(&format!("; in Rust {rust}"));
        }
        out.push('\n');
    }
}

fn table(lines: &BTreeMap<String, Lines>, out: &mut String) {
    out.push_str("\n### Generated lines\n\n");
    if lines.is_empty() {
        out.push_str("None.\n");
        return;
    }
    out.push_str("| crate | added | removed |\n|---|--:|--:|\n");
    let mut all = Lines::default();
    for (name, lines) in lines {
        all += *lines;
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            code(name),
            lines.added,
            lines.removed
        ));
    }
    out.push_str(&format!("| all | {} | {} |\n", all.added, all.removed));
}
