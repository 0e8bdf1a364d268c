//! `jdy mcp`: a scripted client, line by line as the protocol writes them, does the tasks of an
//! agent.

pub(crate) mod agent;
mod reads;
mod writes;

use std::path::{Path, PathBuf};

use self::agent::Agent;
use crate::command::{jdy, sandbox};

/// The path of a new journal.
fn journal(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.journal"));
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", path.display())));
    }
    path
}

/// At least as many tokens as a text has.
fn tokens(text: &str) -> usize {
    let ascii = text.chars().filter(char::is_ascii).count();
    ascii.div_ceil(3) + text.chars().count() - ascii
}

#[test]
fn what_a_client_reads_before_it_asks_is_three_tools_within_1000_tokens() {
    let mut agent = Agent::start(&sandbox(&[]).environment(), &[]);
    let listed = agent.ask("tools/list", "{}");
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["search", "show", "call"]);
    for tool in tools {
        assert!(tool["description"].as_str().unwrap().len() > 40, "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
    }
    assert_eq!(tools[2]["annotations"]["readOnlyHint"], true);
    let text = listed["result"]["tools"].to_string() + &agent.instructions;
    let count = tokens(&text);
    assert!((200..=1_000).contains(&count), "{count}: {text}");
    assert_eq!(agent.end().status, 0);
}

#[test]
fn the_command_line_allows_no_write_without_a_journal_and_no_money_without_a_key() {
    let environment = sandbox(&[]).environment();
    let path = journal("refused");
    let journal = ["--journal", path.to_str().unwrap()];
    for (arguments, said) in [
        (vec!["--write", "ls.mall_recharge"], "--journal"),
        (journal.to_vec(), "--write"),
        (
            [&["--write", "ls.integral_adjust"][..], &journal].concat(),
            "moves money",
        ),
        (
            [&["--write", "bd.material"][..], &journal].concat(),
            "only reads",
        ),
        (
            [&["--write", "ls.mall_recharg"][..], &journal].concat(),
            "did you mean",
        ),
        (
            [&["--write", "POST:/none"][..], &journal].concat(),
            "does not know it",
        ),
    ] {
        let ended = jdy(&environment, &[&["mcp"], &arguments[..]].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert!(!path.exists(), "what is refused makes no journal");
}

#[test]
fn what_is_no_request_does_not_end_the_server() {
    let mut agent = Agent::start(&sandbox(&[]).environment(), &[]);
    let unknown = agent.ask("tools/call", r#"{"name":"delete","arguments":{}}"#);
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    agent.say("no JSON");
    let other = agent.ask("prompts/get", r#"{"name":"none"}"#);
    assert_eq!(other["error"]["code"], -32601, "{other}");
    let answer = agent.refused("show", r#"{"operation":"bd.material","colour":"red"}"#);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("no argument \"colour\""),
        "{answer}"
    );
    let answer = agent.refused("search", r#"{"query":7}"#);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("query is a text"),
        "{answer}"
    );
    let ended = agent.end();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
}

#[test]
fn a_client_that_leaves_at_once_is_no_failure() {
    let ended = jdy(&vec![], &["mcp"]);
    assert_eq!(
        (ended.status, ended.stdout.as_str(), ended.stderr.as_str()),
        (0, "", "")
    );
}
