//! What the READMEs show is true: their Rust blocks are documentation tests (lib.rs), their tables
//! say what the code does, and each of their commands is run, here or beside its program.

use std::path::Path;

#[path = "readme/blocks.rs"]
pub(crate) mod blocks;
#[path = "readme/commands.rs"]
mod commands;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn both_languages_show_the_same_code() {
    let english = blocks::of(&root().join("README.md"));
    assert!(english.len() >= 6);
    assert_eq!(english, blocks::of(&root().join("README.zh-CN.md")));
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
            ["cargo", "run", "--example", "recharge"] => {
                crate::examples::shows("recharge", &["bill_no"])
            }
            _ => panic!("nobody checks this command of the README: {command}"),
        }
    }
}
