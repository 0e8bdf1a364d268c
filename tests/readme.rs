//! What the READMEs show is true: their Rust blocks are documentation tests (lib.rs), their tables
//! say what the code does, and each of their commands is run, here or beside its program.

use std::path::Path;
use std::process::{Command, Stdio};

#[path = "readme/commands.rs"]
mod commands;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The code blocks of a README: the word behind the fence, and the text.
fn blocks(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(word) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((word.to_owned(), code.join("\n")));
        }
    }
    blocks
}

#[test]
fn both_languages_show_the_same_code() {
    let english = blocks("README.md");
    assert!(english.len() >= 6);
    assert_eq!(english, blocks("README.zh-CN.md"));
}

/// The gateway codes of a table's row: `4001 to 4011, 5006` in English or Chinese.
fn codes(row: &str) -> Vec<i64> {
    let mut codes: Vec<i64> = Vec::new();
    let mut rest = row;
    while let Some(at) = rest.find(|sign: char| sign.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|sign: char| !sign.is_ascii_digit());
        let (digits, after) = number.split_at(end.unwrap_or(number.len()));
        let code: i64 = digits.parse().unwrap();
        if (4000..6000).contains(&code) {
            let is_range = matches!(before.trim(), "to" | "至");
            let first = match codes.last() {
                Some(last) if is_range => last + 1,
                _ => code,
            };
            codes.extend(first..=code);
        }
        rest = after;
    }
    codes
}

#[test]
fn the_tables_of_outcomes_give_each_code_of_the_gateway_its_own() {
    let outcome_rs = "crates/jdy-runtime/src/outcome.rs";
    for file in ["README.md", "README.zh-CN.md", outcome_rs] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let rows = text.lines().map(|line| line.trim_start_matches("/// "));
        let rows: Vec<&str> = rows.filter(|line| line.starts_with('|')).collect();
        for &code in jdy::GatewayCode::ALL {
            let own = rows.iter().filter(|row| codes(row).contains(&code.code()));
            let own: Vec<_> = own.collect();
            let word = format!("`{:?}`", code.outcome());
            assert!(
                matches!(own.as_slice(), [row] if row.contains(&word)),
                "{file}: {code} is {word}, and not in one row of that: {own:?}"
            );
        }
    }
}

#[test]
fn each_command_is_checked_beside_the_program_that_it_starts() {
    let all = commands::of_the_readme();
    assert!(all.len() >= 12, "only {} commands were found", all.len());
    for command in all {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // Its own tests, and those of xtask, have the program built already.
            ["cargo", "run", "-q", "-p", "jdy-cli", "--", ..] | ["cargo", "xtask", ..] => {}
            ["cargo", "run", "--example", "recharge"] => the_example(),
            _ => panic!("nobody checks this command of the README: {command}"),
        }
    }
}

/// The main job, as its user starts it: without credentials. With the features of all tests, so that
/// it is built already; `ci` checks it with those that are the default.
fn the_example() {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--all-features"]);
    build.args(["--example", "recharge"]).current_dir(root());
    assert!(build.status().unwrap().success());
    let own = std::env::current_exe().unwrap();
    let built = own.ancestors().nth(2).unwrap();
    let mut example = Command::new(built.join("examples/recharge"));
    example.stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JDY_")) {
        example.env_remove(name);
    }
    let output = example.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    for word in ["bill_no", "balance", "rejected", "unknown", "in 2 attempts"] {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
}
