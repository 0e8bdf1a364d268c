//! The recipes of `docs/sandbox-api.md` work as they stand there.

use std::io::Write as _;
use std::process::{Command, Output};

use jdy_sandbox::Sandbox;

const DOCUMENT: &str = include_str!("../../../docs/sandbox-api.md");

/// The first block of this language.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let (_, rest) = DOCUMENT.split_once(&begin).unwrap();
    rest.split_once("```").unwrap().0
}

/// Runs a block with an interpreter; `None` if a program is missing, which is said.
fn run(interpreter: &str, needed: &str, block: &str, sandbox: &Sandbox) -> Option<Output> {
    let version = Command::new(needed).arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        let line = format!("SKIPPED: a recipe is not tested, there is no {needed}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
        return None;
    }
    let output = Command::new(interpreter)
        .args(["-c", block])
        .env("BASE", sandbox.url())
        .env("no_proxy", "*")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(output)
}

#[test]
fn the_curl_recipe_runs() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let Some(output) = run("sh", "curl", block("sh"), &sandbox) else {
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        r#""fault":"lost-after-commit@"#,
        r#""offset_millis":86400000"#,
        r#"{"removed":1}"#,
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_python_recipe_runs() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let Some(output) = run("python3", "python3", block("python"), &sandbox) else {
        return;
    };
    assert_eq!(output.stdout, b"ok\n");
    assert_eq!(sandbox.bills().len(), 1);
}
