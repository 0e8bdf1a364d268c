//! What the READMEs show is true: their Rust blocks are documentation tests (lib.rs), and their
//! commands are run here, each as it stands.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jdy_sandbox::Sandbox;

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
fn every_command_does_what_is_said() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let mut count = 0;
    for (_, block) in blocks("README.md").iter().filter(|(word, _)| word == "sh") {
        for line in block.lines() {
            let command = line.split('#').next().unwrap().trim();
            run(command, &sandbox);
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} commands were found");
}

fn cargo(arguments: &[&str], sandbox: &Sandbox) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root());
    command.envs(sandbox.environment()).stdin(Stdio::null());
    // Not into the cache folder of whoever runs the tests.
    command.env("JDY_TOKEN_STORE", "memory");
    command
}

fn run(command: &str, sandbox: &Sandbox) {
    let words: Vec<_> = command.split_whitespace().collect();
    match words.as_slice() {
        // This test is part of it.
        ["cargo", "xtask", "ci"] => {
            let script = std::fs::read_to_string(root().join(".ci/run")).unwrap();
            assert!(script.contains(command));
        }
        // It would write to the tree that is being tested.
        ["cargo", "xtask", "gen"] => {
            succeeds(cargo(&["xtask", "gen", "--check"], sandbox), command)
        }
        // Into a copy of the spec, with a page of an invented endpoint.
        ["cargo", "xtask", "import", "PAGE.md"] => {
            let page = root().join("xtask/tests/pages/entities.md");
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-spec");
            std::fs::create_dir_all(&folder).unwrap();
            let index = folder.join("openapi.yaml");
            std::fs::write(index, "openapi: \"3.1.0\"\ninfo: { title: Copy, version: \"1\" }\nservers:\n  - url: https://api.example.com\ntags: []\npaths: {}\n").unwrap();
            let (page, folder) = (page.to_str().unwrap(), folder.to_str().unwrap());
            let import = ["xtask", "import", "--spec", folder, page];
            let said = output(cargo(&import, sandbox), command);
            assert!(said.contains("entities.md"), "{said}");
        }
        // There is no history to compare with in every checkout.
        ["cargo", "xtask", "diff"] => {
            let status = cargo(&["xtask", "diff"], sandbox).output().unwrap().status;
            assert!(matches!(status.code(), Some(0 | 1)), "{command}: {status}");
        }
        ["cargo", "run", "--example", "recharge"] => {
            let mut example = cargo(&words[1..], sandbox);
            for (name, _) in sandbox.environment() {
                example.env_remove(name);
            }
            let said = output(example, command);
            for word in ["bill_no", "balance", "rejected", "unknown", "in 2 attempts"] {
                assert!(said.contains(word), "{word} is missing: {said}");
            }
        }
        // Its short run is a test of its own; this one would build for speed and take minutes.
        ["cargo", "xtask", "chaos"] => {
            succeeds(cargo(&["xtask", "chaos", "--help"], sandbox), command)
        }
        [
            "cargo",
            ..,
            "jdy-cli",
            "--",
            "batch",
            _,
            "recharges.csv",
            "--journal",
            journal,
        ] => {
            succeeds(cargo(&list_of(&words, journal), sandbox), command);
        }
        ["cargo", .., "jdy-cli", "--", "sandbox"] => starts(cargo(&words[1..], sandbox)),
        ["cargo", "xtask", "lint"]
        | [
            "cargo",
            "run",
            "-q",
            "-p",
            "jdy-cli",
            "--",
            "ops" | "call" | "sign",
            ..,
        ] => {
            succeeds(cargo(&words[1..], sandbox), command);
        }
        _ => panic!("nobody checks this command of the README: {command}"),
    }
}

/// The arguments with a list of the sandbox's own members, and nothing left of a former journal.
fn list_of<'a>(words: &[&'a str], journal: &str) -> Vec<&'a str> {
    const LIST: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/recharges.csv");
    const JOURNAL: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/recharges.journal");
    std::fs::write(
        LIST,
        "member_id,bal_amount,src_bill_id\n10,1.00,L-1\n11,2.00,L-2\n",
    )
    .unwrap();
    drop(std::fs::remove_file(JOURNAL));
    let place = |word: &&'a str| match *word {
        "recharges.csv" => LIST,
        word if word == journal => JOURNAL,
        word => word,
    };
    words[1..].iter().map(place).collect()
}

fn output(mut command: Command, shown: &str) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}: {said}{errors}");
    said
}

fn succeeds(command: Command, shown: &str) {
    assert!(
        !output(command, shown).is_empty(),
        "{shown} printed nothing"
    );
}

/// A server that goes on: its first lines are what matters.
fn starts(mut command: Command) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
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
