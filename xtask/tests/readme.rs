//! The commands of the README that start `xtask` do what is said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[path = "../../tests/readme/commands.rs"]
mod commands;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = xtask(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{errors}");
    assert!(!said.is_empty(), "{arguments:?} printed nothing");
    said
}

#[test]
fn every_command_of_the_readme_does_what_is_said() {
    let commands = commands::of_the_readme();
    let own = commands
        .iter()
        .filter_map(|line| line.strip_prefix("cargo xtask "));
    let own: Vec<&str> = own.collect();
    assert!(own.len() >= 6, "{own:?}");
    for line in own {
        match line {
            // This test is part of it.
            "ci" => {
                let script = std::fs::read_to_string(root().join(".ci/run")).unwrap();
                assert!(script.contains("cargo xtask ci"), "{script}");
            }
            // It would write to the tree that is being tested.
            "gen" => drop(succeeds(&["gen", "--check"])),
            "import PAGE.md" => imports_a_page(),
            // There is no history to compare with in every checkout.
            "diff" => assert!(matches!(xtask(&["diff"]).status.code(), Some(0 | 1))),
            // Its short run is a test of its own; this one would build for speed and take minutes.
            "chaos" => drop(succeeds(&["chaos", "--help"])),
            "lint" => drop(succeeds(&["lint"])),
            _ => panic!("nobody checks this command of the README: {line}"),
        }
    }
}

/// Into a copy of the spec, with a page of an invented endpoint.
fn imports_a_page() {
    let page = root().join("xtask/tests/pages/entities.md");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-spec");
    std::fs::create_dir_all(&folder).unwrap();
    let index = "openapi: \"3.1.0\"\ninfo: { title: Copy, version: \"1\" }\nservers:\n  - url: https://api.example.com\ntags: []\npaths: {}\n";
    std::fs::write(folder.join("openapi.yaml"), index).unwrap();
    let (page, folder) = (page.to_str().unwrap(), folder.to_str().unwrap());
    let said = succeeds(&["import", "--spec", folder, page]);
    assert!(said.contains("entities.md"), "{said}");
}
