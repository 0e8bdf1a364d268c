//! The table of the subset in `spec/README.md` is the one that the generator holds to.

use std::collections::BTreeSet;

use jdy_spec::keywords::KEYWORD_SETS;

#[test]
fn every_keyword_stands_in_the_readme_and_none_beyond() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut written = BTreeSet::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // | place | `keyword` | holds | .. |
        if cells.len() >= 5 && cells[2].starts_with('`') && !cells[1].starts_with('`') {
            written.insert((cells[1].to_owned(), cells[2].trim_matches('`').to_owned()));
        }
    }
    let known: BTreeSet<(String, String)> = KEYWORD_SETS
        .iter()
        .flat_map(|place| {
            place
                .keywords
                .iter()
                .map(|k| (place.name.to_owned(), k.name.to_owned()))
        })
        .collect();
    let missing: Vec<_> = known.difference(&written).collect();
    let beyond: Vec<_> = written.difference(&known).collect();
    assert!(
        missing.is_empty() && beyond.is_empty(),
        "missing: {missing:?}, beyond: {beyond:?}"
    );
}
