//! How long a check takes after one operation has changed: its files are written as the generator
//! would write them after a change of its page, and put back, and each is a change.
//!
//! Owns the changes. Must not judge the figures.

use std::path::PathBuf;

use crate::Failure;
use crate::build::Sdk;
use crate::cost::Cost;

/// A change: words, the file, and what is replaced by what.
struct Change {
    what: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

const CHANGES: [Change; 3] = [
    Change {
        what: "the title of an operation changed",
        file: "jdy-operations/src/ls/mall_recharge_rule.rs",
        old: "title: \"充值赠送规则\"",
        new: "title: \"充值赠送的规则\"",
    },
    Change {
        what: "a field of an operation of `ls` changed its name",
        file: "jdy-model/src/ls/mall_recharge_rule.rs",
        old: "unit_name",
        new: "unit_label",
    },
    Change {
        what: "a field of an operation of `scm` changed its name",
        file: "jdy-model-scm/src/scm/inv_check_bill.rs",
        old: "bill_no",
        new: "bill_label",
    },
];

/// A file that is put back as it was.
struct Changed {
    path: PathBuf,
    was: String,
}

impl Changed {
    fn new(path: PathBuf) -> Result<Self, Failure> {
        let was = std::fs::read_to_string(&path)?;
        Ok(Self { path, was })
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        if let Err(error) = std::fs::write(&self.path, &self.was) {
            eprintln!("{}: {error}; `git checkout` it", self.path.display());
        }
    }
}

/// What a check took after each change, and after it was put back.
pub(crate) fn measure(sdk: &Sdk, turns: usize) -> Result<Vec<(&'static str, Vec<Cost>)>, Failure> {
    sdk.check_incrementally()?;
    let mut costs = vec![("nothing changed", Vec::new())];
    for _ in 0..turns {
        costs[0].1.push(sdk.check_incrementally()?);
    }
    for change in CHANGES {
        let file = Changed::new(sdk.crates.join(change.file))?;
        let changed = file.was.replace(change.old, change.new);
        if changed == file.was {
            return Err(format!("{}: there is no {}", change.file, change.old).into());
        }
        let mut of_change = Vec::new();
        for turn in 0..turns + 1 {
            for text in [&changed, &file.was] {
                std::fs::write(&file.path, text)?;
                let cost = sdk.check_incrementally()?;
                eprintln!("{}: {}", change.what, cost.cells());
                // The first turn warms up.
                if turn > 0 {
                    of_change.push(cost);
                }
            }
        }
        costs.push((change.what, of_change));
    }
    Ok(costs)
}
