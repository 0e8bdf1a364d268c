//! The tasks and the tests are built of the same dependencies: one more feature in one of the two
//! builds, and the importer and the generator are built twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The dependencies with their features, as cargo builds them for these packages.
fn built(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--prefix",
            "none",
            "--format",
            "{p} {f}",
        ])
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    // What was shown before, and that it is a macro, are no features.
    let line = |line: &str| line.replace(" (*)", "").replace(" (proc-macro)", "");
    text.lines().map(line).collect()
}

fn of_the_tests() -> BTreeSet<String> {
    built(&[
        "--workspace",
        "--all-features",
        "--edges",
        "normal,build,dev",
    ])
}

#[test]
fn the_tasks_are_built_with_the_features_that_the_tests_of_the_workspace_have() {
    let tasks = built(&["--package", "xtask", "--edges", "normal,build"]);
    assert!(tasks.len() > 30, "{tasks:?}");
    let tests = of_the_tests();
    let others: Vec<_> = tasks.difference(&tests).collect();
    assert!(
        others.is_empty(),
        "the tests have these with other features; see the end of xtask/Cargo.toml: {others:#?}"
    );
}

/// The program of `cargo xtask api` is built with all features of the workspace.
#[test]
fn what_reads_the_public_api_is_built_with_the_features_that_the_tests_have() {
    let name = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    let own = built(&["--package", "jdy-public-api", "--edges", "normal,build"]);
    let own: BTreeSet<String> = own.iter().map(name).collect();
    let mut all = built(&["--workspace", "--all-features", "--edges", "normal,build"]);
    all.retain(|line| own.contains(&name(line)));
    assert!(all.len() > 20, "{all:?}");
    let tests = of_the_tests();
    let others: Vec<_> = all.difference(&tests).collect();
    assert!(
        others.is_empty(),
        "the tests have these with other features: {others:#?}"
    );
}
