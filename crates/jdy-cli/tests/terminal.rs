//! On a terminal no line is wider than it, and nothing is left behind.
//!
//! The terminal is one of util-linux's `script`; where there is none, these tests say so.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike as _};
use jdy_sandbox::Sandbox;
use unicode_width::UnicodeWidthStr as _;

use crate::command::sandbox;

/// A usual terminal. It is taller than usual, so that nothing scrolls away.
const COLUMNS: u16 = 80;
const ROWS: u16 = 200;

/// `jdy` with these arguments on a terminal; `None` where there is no `script`.
fn on_a_terminal(sandbox: &Sandbox, arguments: &str) -> Option<Child> {
    let bin = env!("CARGO_BIN_EXE_jdy");
    let line = format!("stty cols {COLUMNS} rows {ROWS}; exec '{bin}' {arguments}");
    let started = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm")
        .env("JDY_TOKEN_STORE", "memory")
        .envs(sandbox.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        eprintln!("skipped: there is no `script` of util-linux to make a terminal");
    }
    started.ok()
}

/// What the terminal shows at the end, and everything that was written to it.
fn shown(child: Child) -> (Vec<String>, String) {
    let written = child.wait_with_output().unwrap().stdout;
    let written = String::from_utf8(written).unwrap();
    let terminal = InMemoryTerm::new(ROWS, COLUMNS);
    terminal.write_str(&written).unwrap();
    let rows = terminal.contents();
    (rows.lines().map(str::to_owned).collect(), written)
}

/// A list of so many recharges, one in five of a member who does not exist.
fn list(name: &str, count: usize) -> (PathBuf, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("terminal-{name}"));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    let rows = (1..=count).map(|number| {
        let member = if number % 5 == 0 { "nobody" } else { "10" };
        format!("{member},1.00,R-{number}\n")
    });
    let rows: String = rows.collect();
    let file = folder.join("list.csv");
    std::fs::write(&file, format!("member_id,bal_amount,src_bill_id\n{rows}")).unwrap();
    let (file, journal) = (file.display(), folder.join("journal"));
    let journal = journal.display();
    let arguments = format!("batch ls.mall_recharge '{file}' --journal '{journal}'");
    (folder, arguments)
}

#[test]
fn the_bar_of_a_batch_leaves_no_row_behind_when_lines_are_refused_and_lost() {
    let faults = ["lost-after-commit%10", "slow=100ms"];
    let sandbox = sandbox(&faults);
    let (_, arguments) = list("bar", 60);
    let arguments = format!("{arguments} --concurrency 4 --rate 600000 --deadline 2s");
    let Some(child) = on_a_terminal(&sandbox, &arguments) else {
        return;
    };
    let (rows, written) = shown(child);
    assert!(written.contains("/60"), "no bar was drawn: {written}");
    let bars = rows.iter().filter(|row| row.contains("/60, "));
    assert_eq!(bars.count(), 0, "{rows:#?}");
    assert!(rows[0].starts_with("state"), "{rows:#?}");
}

#[test]
fn what_ctrl_c_says_stands_on_a_line_of_its_own() {
    let sandbox = sandbox(&["slow=200ms"]);
    let (_, arguments) = list("interrupt", 200);
    let arguments = format!("{arguments} --concurrency 2");
    let Some(mut child) = on_a_terminal(&sandbox, &arguments) else {
        return;
    };
    while sandbox.requests().len() < 8 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(b"\x03").unwrap();
    let (rows, _) = shown(child);
    let said = "no further line is begun; waiting for those under way";
    assert!(rows.iter().any(|row| row == said), "{rows:#?}");
    drop(keys);
}

#[test]
fn the_table_of_operations_is_cut_to_the_terminal() {
    let Some(child) = on_a_terminal(&sandbox(&[]), "ops") else {
        return;
    };
    let (_, written) = shown(child);
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines.len() > 100, "{written}");
    for line in &lines {
        assert!(line.width() <= usize::from(COLUMNS), "{line}");
    }
    assert!(written.contains("ls.mall_recharge_rule  "), "{written}");
}
