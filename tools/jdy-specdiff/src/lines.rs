//! How many lines were added and removed: the fewest that turn one text into the other.
//!
//! Owns the algorithm. Must not know what a text is. Must not use: `jdy_spec`, `jdy_codegen`.

use std::collections::{BTreeMap, BTreeSet};

/// Lines that are only in the one or only in the other text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Only in the newer one.
    pub added: usize,
    /// Only in the older one.
    pub removed: usize,
}

impl std::ops::AddAssign for Lines {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
    }
}

/// The lines of each crate that has any; a crate is the first folder of a path.
#[must_use]
pub fn by_crate(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> BTreeMap<String, Lines> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut crates: BTreeMap<String, Lines> = BTreeMap::new();
    for path in paths {
        let text = |files: &BTreeMap<String, String>| files.get(path).cloned().unwrap_or_default();
        let lines = count(&text(before), &text(after));
        if lines != Lines::default() {
            let name = path.split('/').next().unwrap_or_default();
            *crates.entry(name.to_owned()).or_default() += lines;
        }
    }
    crates
}

/// Counts the lines of one text.
#[must_use]
pub fn count(before: &str, after: &str) -> Lines {
    if before == after {
        return Lines::default();
    }
    let before: Vec<&str> = before.split_terminator('\n').collect();
    let after: Vec<&str> = after.split_terminator('\n').collect();
    // A line that the other text does not have is added or removed in any case: what remains is
    // mostly in order already, and quickly counted.
    let there: BTreeSet<&str> = before.iter().copied().collect();
    let here: BTreeSet<&str> = after.iter().copied().collect();
    let old: Vec<&str> = before
        .iter()
        .copied()
        .filter(|l| here.contains(l))
        .collect();
    let new: Vec<&str> = after
        .iter()
        .copied()
        .filter(|l| there.contains(l))
        .collect();
    let kept = (old.len() + new.len() - distance(&old, &new)) / 2;
    Lines {
        added: after.len() - kept,
        removed: before.len() - kept,
    }
}

/// The least number of insertions and deletions (Myers, "An O(ND) Difference Algorithm").
#[allow(
    clippy::indexing_slicing,
    reason = "no diagonal is further from the middle of `reach` than `most + 1`"
)]
fn distance(old: &[&str], new: &[&str]) -> usize {
    let most = old.len() + new.len();
    // For each diagonal, shifted by `most + 1`, how far in `old` one comes.
    let mut reach = vec![0usize; 2 * most + 3];
    for changes in 0..=most {
        for step in 0..=changes {
            // The diagonals -changes, -changes + 2, .. +changes.
            let diagonal = most + 1 + 2 * step - changes;
            let down = step == 0 || (step != changes && reach[diagonal - 1] < reach[diagonal + 1]);
            let mut x = match down {
                true => reach[diagonal + 1],
                false => reach[diagonal - 1] + 1,
            };
            let mut y = (x + most + 1) - diagonal;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
            }
            reach[diagonal] = x;
            if x >= old.len() && y >= new.len() {
                return changes;
            }
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_lines_are_counted() {
        let lines = |added, removed| Lines { added, removed };
        assert_eq!(count("a\nb\nc\n", "a\nb\nc\n"), lines(0, 0));
        assert_eq!(count("", "a\nb\n"), lines(2, 0));
        assert_eq!(count("a\nb\n", ""), lines(0, 2));
        assert_eq!(count("a\nb\nc\n", "a\nx\nc\nd\n"), lines(2, 1));
        // A line that moves is one added and one removed.
        assert_eq!(count("a\nb\nc\n", "b\nc\na\n"), lines(1, 1));
        // ABCABBA to CBABAC, the example of the paper: 5.
        assert_eq!(
            count("A\nB\nC\nA\nB\nB\nA\n", "C\nB\nA\nB\nA\nC\n"),
            lines(2, 3)
        );
    }
}
