//! The help shows an example that works, and every exit status.

use crate::command::jdy;

/// The subcommands, but for `batch`, whose statuses are those of its lines.
const COMMANDS: [&str; 11] = [
    "ops",
    "show",
    "sign",
    "call",
    "template",
    "accounts",
    "doctor",
    "completions",
    "man",
    "mcp",
    "sandbox",
];

#[test]
fn every_help_text_holds_an_example_and_the_exit_statuses() {
    for command in COMMANDS {
        let ended = jdy(&vec![], &[command, "--help"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{command}");
        let examples = [" ", "\n"].map(|end| format!("\n  jdy {command}{end}"));
        let has_one = examples.iter().any(|it| ended.stdout.contains(it));
        assert!(has_one, "{}", ended.stdout);
        // A check that succeeds may still warn.
        let fine = match command {
            "doctor" => "no check failed; there may be warnings",
            _ => "done",
        };
        let status = format!("\nExit status:\n  0  {fine}\n");
        assert!(ended.stdout.contains(&status), "{}", ended.stdout);
    }
    let top = jdy(&vec![], &["--help"]).stdout;
    for said in ["\n  jdy ops\n", "JDY_CLIENT_SECRET", "\n  6  applied"] {
        assert!(top.contains(said), "{top}");
    }
}

#[test]
fn no_line_of_help_is_too_long_for_a_terminal() {
    for command in COMMANDS.into_iter().chain(["batch", "--profile=none"]) {
        for line in jdy(&vec![], &[command, "--help"]).stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn wrong_usage_ends_with_two_and_says_how() {
    for (arguments, said) in [
        (&[][..], "Usage: jdy [OPTIONS] <COMMAND>"),
        (&["nonsense"][..], "jdy: unrecognized subcommand 'nonsense'"),
        (&["call"][..], "<OPERATION>"),
        (&["call", "x", "--deadline", "30"][..], "such as 30s"),
        (&["call", "x", "novalue"][..], "NAME=VALUE"),
        (&["call", "x", "--raw", "--format", "table"][..], "--raw"),
        (&["ops", "--format", "xml"][..], "json, table"),
    ] {
        let ended = jdy(&vec![], arguments);
        assert_eq!(ended.status, 2, "{arguments:?}");
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

/// The help's own lines, run by a shell.
#[cfg(unix)]
#[test]
fn the_examples_of_call_do_what_they_show() {
    use std::path::Path;
    use std::process::Command;

    // One of them sends a field that the spec does not know.
    let sandbox = jdy_sandbox::Sandbox::builder().allow_extra();
    let sandbox = sandbox.start_blocking().unwrap();
    let help = jdy(&vec![], &["call", "--help"]).stdout.replace("\\\n", "");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    std::fs::create_dir_all(&folder).unwrap();
    let recharge = r#"{"member_id":"10","bal_amount":"1.00","src_bill_id":"R-2026-0002"}"#;
    std::fs::write(folder.join("recharge.json"), recharge).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_jdy")).parent().unwrap();

    let ends: Vec<i32> = help
        .lines()
        .filter(|line| line.starts_with("  jdy call "))
        .map(|line| {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", line]).current_dir(&folder);
            shell.env_clear().env("PATH", bin);
            let ended = shell.envs(sandbox.environment()).output().unwrap();
            ended.status.code().unwrap()
        })
        .collect();
    // The last one calls a path that the sandbox does not know either.
    assert_eq!(ends, [0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "201.00");
}
