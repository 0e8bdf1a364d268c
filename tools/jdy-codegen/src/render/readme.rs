//! The counts in a README; the rest of it is written by hand.
//!
//! Owns which lines are counts. Must not know what is counted. Must not use: `crate::files`,
//! `jdy_spec`.

use crate::plan::Plan;

/// What ends a count.
const END: &str = "<!-- /count -->";

/// The text with its counts as the plan has them: between `<!-- count:operations -->` and
/// `<!-- /count -->`, and so of `modules`.
#[must_use]
pub fn render(text: &str, plan: &Plan) -> String {
    let operations: usize = plan
        .modules
        .iter()
        .map(|module| module.operations.len())
        .sum();
    let text = counted(text, "<!-- count:operations -->", operations);
    counted(&text, "<!-- count:modules -->", plan.modules.len())
}

fn counted(text: &str, begin: &str, count: usize) -> String {
    let mut pieces = text.split(begin);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(begin);
        match piece.split_once(END) {
            Some((_, rest)) => out.push_str(&format!("{count}{END}{rest}")),
            None => out.push_str(piece),
        }
    }
    out
}
