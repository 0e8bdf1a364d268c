//! Completions and man pages know every command and every option.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::jdy;

/// The subcommands that the help lists.
fn subcommands() -> Vec<String> {
    let help = jdy(&vec![], &["--help"]).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_completions_of_each_shell_hold_every_command_and_are_a_script() {
    let commands = subcommands();
    assert!(commands.iter().any(|name| name == "doctor"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = jdy(&vec![], &["completions", shell]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{shell}");
        for word in commands
            .iter()
            .map(String::as_str)
            .chain(["profile", "concurrency"])
        {
            assert!(ended.stdout.contains(word), "{shell} lacks {word}");
        }
        // Which of them are on a machine is its own matter.
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("completions.{shell}"));
        std::fs::write(&file, &ended.stdout).unwrap();
        let check = Command::new(shell)
            .arg("-n")
            .arg(&file)
            .stderr(Stdio::null())
            .status();
        match check
            .ok()
            .filter(|_| ["bash", "zsh", "fish"].contains(&shell))
        {
            Some(status) => assert!(status.success(), "{shell} cannot read its script"),
            None => eprintln!("skipped: there is no {shell} to read its script"),
        }
    }
    let ended = jdy(&vec![], &["completions", "tcsh"]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("bash"), "{ended:?}");
}

#[test]
fn every_command_has_a_man_page_with_its_options_and_its_examples_as_they_are() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    drop(std::fs::remove_dir_all(&folder));
    let ended = jdy(&vec![], &["man", folder.to_str().unwrap()]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let read = |name: &str| {
        let page = std::fs::read_to_string(folder.join(format!("{name}.1")));
        page.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    for name in subcommands() {
        let page = read(&format!("jdy-{name}"));
        assert!(page.contains(&format!(".TH jdy-{name} 1")), "{page}");
        assert!(
            page.contains("\n  jdy ") || page.contains("\n  jdy\\-"),
            "{page}"
        );
        assert!(page.contains("profile"), "{page}");
    }
    assert!(read("jdy-batch-status").contains("\\-\\-journal"));
    // The line of an example is not filled into a paragraph, and its characters are its own.
    let page = read("jdy-call");
    let example = "\n  jdy call ls.mall_recharge_rule member_id=10 \\-\\-format table\n";
    assert!(page.contains(example), "{page}");
    assert!(page.contains("src_bill_id=R\\-2026\\-0001 \\e\n"), "{page}");
    let one = jdy(&vec![], &["man"]);
    assert_eq!(one.stdout, read("jdy"));
}
