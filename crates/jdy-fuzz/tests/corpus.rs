//! Every target over its corpus, on any toolchain and without a fuzzer. What the fuzzer found once
//! stands there, and is never found again.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use jdy_fuzz::{TARGETS, Target};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn keeps_its_promises(name: &str, target: Target) -> Vec<String> {
    let folder = here("corpus").join(name);
    let files = names(&folder);
    assert!(!files.is_empty(), "{} is empty", folder.display());
    let breaks = |file: &String| {
        let data = std::fs::read(folder.join(file)).unwrap();
        catch_unwind(|| target(&data)).is_err()
    };
    let broken = files.into_iter().filter(breaks);
    broken.map(|file| format!("{name}/{file}")).collect()
}

#[test]
fn no_input_of_the_corpus_breaks_a_promise() {
    let broken: Vec<String> = TARGETS
        .iter()
        .flat_map(|(name, target)| keeps_its_promises(name, *target))
        .collect();
    assert!(broken.is_empty(), "broken by {broken:#?}");
}

#[test]
fn every_target_has_a_binary_for_the_fuzzer_and_no_corpus_is_left_over() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&here("corpus")), targets);
    let sources = targets.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&here("fuzz/targets")), sources);
    let manifest = std::fs::read_to_string(here("fuzz/Cargo.toml")).unwrap();
    for name in targets {
        let line = format!("name = \"{name}\"");
        assert!(manifest.contains(&line), "fuzz/Cargo.toml: {line}");
    }
}
