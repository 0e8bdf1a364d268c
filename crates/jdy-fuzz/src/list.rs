//! The lists of `jdy batch`: any bytes, as CSV and as JSON lines.
//!
//! The first byte chooses format and operation. A list that is taken holds at least one call, at
//! lines that the file has, in their order, and no key twice; one that is refused says why. Owns
//! these promises. Must not know how a list is read. Must not use: `jdy_import`, `jdy_spec`.

use std::collections::BTreeSet;

use jdy_journal::{Format, InvalidList, List};
use jdy_operations::{arap, cust, ls};
use jdy_runtime::DynOperation;

use crate::{choice, is_json};

static OPERATIONS: [&dyn DynOperation; 4] = [
    &ls::MALL_RECHARGE,
    &ls::RETAIL_BILL_SAVE,
    &cust::SAVE,
    &arap::AR_CREDIT,
];

/// Reads the bytes as a list.
pub fn run(data: &[u8]) {
    let Some((which, content)) = choice(data, OPERATIONS.len() * 2) else {
        return;
    };
    let format = match which % 2 {
        0 => Format::Csv,
        _ => Format::Jsonl,
    };
    match List::read(OPERATIONS[which / 2], format, content) {
        Ok(list) => taken(&list, content),
        Err(invalid) => refused(&invalid, content),
    }
}

/// No more lines than this are in the file, whatever ends them.
fn most_lines(content: &[u8]) -> u64 {
    let ends = |byte: &&u8| matches!(byte, b'\n' | b'\r');
    1 + u64::try_from(content.iter().filter(ends).count()).unwrap()
}

fn taken(list: &List, content: &[u8]) {
    assert!(!list.lines().is_empty());
    let (mut before, mut keys) = (0, BTreeSet::new());
    for line in list.lines() {
        assert!(before < line.number && line.number <= most_lines(content));
        before = line.number;
        assert!(!line.name().is_empty() || line.key().is_some());
        if list.info().key.is_some() {
            assert!(keys.insert(line.key()), "{:?} twice", line.key());
        }
        if let Some(body) = line.request.body() {
            assert!(is_json(body), "{body}");
        }
    }
}

fn refused(invalid: &InvalidList, content: &[u8]) {
    assert!(!invalid.problems.is_empty());
    assert!(invalid.problems.is_sorted_by_key(|problem| problem.line));
    for problem in &invalid.problems {
        assert!(!problem.what.is_empty());
        let line = problem.line.unwrap_or(1);
        assert!((1..=most_lines(content)).contains(&line), "{problem}");
    }
    assert!(invalid.to_string().lines().count() >= invalid.problems.len());
}
