//! How long a check takes after one operation has changed: its files are written as the generator
//! would write them after a change of its page, and put back, and each is a change. All of it is done
//! to a copy of the workspace: a run that is cut, or a commit meanwhile, would keep the change.
//!
//! Owns the copy and the changes. Must not judge the figures.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::build::Sdk;
use crate::cost::Cost;

/// What of the workspace is copied.
const COPIED: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "tests",
    "tools",
    "xtask",
];

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
        file: "jdy-model-ls/src/ls/mall_recharge_rule.rs",
        old: "unit_name",
        new: "unit_label",
    },
    Change {
        what: "a field of an operation of `scm` changed its name",
        file: "jdy-model-scm-inv/src/scm/inv_check_bill.rs",
        old: "bill_no",
        new: "bill_label",
    },
];

/// What a check took after each change, and after it was put back.
pub(crate) fn measure(sdk: &Sdk, turns: usize) -> Result<Vec<(&'static str, Vec<Cost>)>, Failure> {
    sdk.check_incrementally()?;
    let mut costs = vec![("nothing changed", Vec::new())];
    for _ in 0..turns {
        costs[0].1.push(sdk.check_incrementally()?);
    }
    for change in CHANGES {
        let file = sdk.crates.join(change.file);
        let was = std::fs::read_to_string(&file)?;
        let changed = was.replace(change.old, change.new);
        if changed == was {
            return Err(format!("{}: there is no {}", change.file, change.old).into());
        }
        let mut of_change = Vec::new();
        for turn in 0..=turns {
            for text in [&changed, &was] {
                std::fs::write(&file, text)?;
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

/// Copies the workspace that these crates are in, and says where the crates of the copy are.
pub(crate) fn copy(crates: &Path, to: &Path) -> Result<PathBuf, Failure> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for name in COPIED {
        copy_all(&crates.join("..").join(name), &to.join(name))?;
    }
    Ok(to.join("crates"))
}

/// Copies a file, or a folder without what was built in it.
fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.is_dir() {
        std::fs::copy(from, to)?;
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let name = entry?.file_name();
        if name != "target" {
            copy_all(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}
