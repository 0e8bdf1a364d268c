//! What changed in how a list is read page by page.
//!
//! Owns its level and its words. Which fields decide it, the generator finds by their names and by
//! what stands beside them. Must not know other facts. Must not use: `crate::report`,
//! `crate::revision`.

use jdy_codegen::plan::{OperationPlan, PagingPlan};

use super::Level;
use super::markdown::code;

/// Compares the lists of two operations that are one.
pub(super) fn compare(before: &OperationPlan, after: &OperationPlan) -> Option<(Level, String)> {
    let (old, new) = match (&before.facts.paging, &after.facts.paging) {
        // Another type of the answer is reported as such.
        (Some(_), None) if before.answer == after.answer => {
            let what = "its list is no longer read page by page";
            return Some((Level::Breaking, what.to_owned()));
        }
        (_, None) | (None, _) => return None,
        (Some(old), Some(new)) => (old, new),
    };
    let field = |plan: &OperationPlan| plan.rows.as_ref().map(|rows| rows.field.clone());
    let (was, is) = (field(before), field(after));
    if was != is {
        let what = format!(
            "the rows of a page are others: {} → {}",
            shown(was.as_deref()),
            shown(is.as_deref())
        );
        return Some((Level::Breaking, what));
    }
    let (was, is) = (words(old), words(new));
    (was != is).then(|| {
        let what = format!("its list is read page by page otherwise: {was} → {is}");
        (Level::Behaviour, what)
    })
}

fn shown(name: Option<&str>) -> String {
    name.map_or("none".to_owned(), code)
}

/// How pages are asked for and counted. How the number is written is reported with its field.
fn words(plan: &PagingPlan) -> String {
    let mut words = format!("{} from {}", code(&plan.page), plan.first);
    if let Some(size) = &plan.size {
        let number = |number: Option<i64>| number.map_or("unknown".to_owned(), |n| n.to_string());
        words.push_str(&format!(
            " by {} (usual {}, most {})",
            code(size),
            number(plan.usual_size),
            number(plan.max_size)
        ));
    }
    let counted = [&plan.count, &plan.pages].into_iter().flatten();
    let counted: Vec<String> = counted.map(|name| code(name)).collect();
    if !counted.is_empty() {
        words.push_str(&format!(" up to {}", counted.join(", ")));
    }
    words
}
