//! The commands of the README that start `jdy` do what is said.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use jdy_sandbox::Sandbox;

use crate::command::{Environment, command, jdy};

#[path = "../../../tests/readme/commands.rs"]
mod commands;

/// How the README starts it.
const PREFIX: &str = "cargo run -q -p jdy-cli -- ";

#[test]
fn every_command_of_the_readme_does_what_is_said() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let mut environment: Environment = sandbox.environment();
    // Not into the cache folder of whoever runs the tests.
    environment.push(("JDY_TOKEN_STORE", "memory".to_owned()));
    let commands = commands::of_the_readme();
    let own = commands.iter().filter_map(|line| line.strip_prefix(PREFIX));
    let own: Vec<&str> = own.collect();
    assert!(own.len() >= 6, "{own:?}");
    for line in own {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["sandbox"] => starts(&environment, &words),
            ["batch", _, "recharges.csv", "--journal", journal] => {
                succeeds(&environment, &list_of(&words, journal));
            }
            ["ops" | "show" | "call" | "sign", ..] => succeeds(&environment, &words),
            _ => panic!("nobody checks this command of the README: {line}"),
        }
    }
}

fn succeeds(environment: &Environment, words: &[&str]) {
    let ended = jdy(environment, words);
    assert_eq!(ended.status, 0, "{words:?}: {ended:?}");
    assert!(!ended.stdout.is_empty(), "{words:?} printed nothing");
}

/// The arguments with a list of the sandbox's own members, and nothing left of a former journal.
fn list_of<'a>(words: &[&'a str], journal: &str) -> Vec<&'a str> {
    const LIST: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/recharges.csv");
    const JOURNAL: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/recharges.journal");
    let lines = "member_id,bal_amount,src_bill_id\n10,1.00,L-1\n11,2.00,L-2\n";
    std::fs::write(LIST, lines).unwrap();
    for file in [
        JOURNAL.to_owned(),
        format!("{JOURNAL}-wal"),
        format!("{JOURNAL}-shm"),
    ] {
        if Path::new(&file).exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
    let place = |word: &&'a str| match *word {
        "recharges.csv" => LIST,
        word if word == journal => JOURNAL,
        word => word,
    };
    words.iter().map(place).collect()
}

/// A server that goes on: its first lines are what matters.
fn starts(environment: &Environment, words: &[&str]) {
    let mut child = command(environment, words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Vec<_> = lines.take(8).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        said[0].starts_with("listening on http://127.0.0.1:"),
        "{said:?}"
    );
    assert!(said[1].starts_with("export JDY_BASE_URL="), "{said:?}");
    assert_eq!(said[7], "member 10 balance 100.00");
}
