//! `jdy batch`: what it sends, what it refuses, and how it continues after an interruption.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jdy_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{
    Ended, Environment, business_calls, closed_port, command, jdy, long_ago, piped, sandbox, signal,
};

/// A folder with a file of so many recharges and a place for the journal.
struct Desk {
    folder: PathBuf,
}

impl Desk {
    fn new(name: &str, file: &str, content: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("batch-{name}"));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(file), content).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The arguments of a run at a rate that no test waits for.
    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let (file, journal) = (self.path("list.csv"), self.path("journal"));
        let fixed = ["batch", "ls.mall_recharge", &file, "--journal", &journal];
        let all = [&fixed[..], &["--rate", "600000"], more].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    fn run(&self, sandbox: &Sandbox, more: &[&str]) -> Ended {
        self.run_in(&sandbox.environment(), more)
    }

    fn run_in(&self, environment: &Environment, more: &[&str]) -> Ended {
        let arguments = self.arguments(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        jdy(environment, &arguments)
    }

    fn start(&self, sandbox: &Sandbox, more: &[&str]) -> std::process::Child {
        let arguments = self.arguments(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        piped(&mut command(&sandbox.environment(), &arguments))
    }
}

fn csv(count: usize) -> String {
    let rows = (1..=count).map(|number| format!("10,1.00,R-{number}\n"));
    format!(
        "member_id,bal_amount,src_bill_id\n{}",
        rows.collect::<String>()
    )
}

fn wait_for_bills(sandbox: &Sandbox, count: usize) {
    let start = Instant::now();
    while sandbox.bills().len() < count {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "no call gets through"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn summary(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

#[test]
fn every_line_is_called_once_and_a_second_run_calls_none() {
    let (desk, sandbox) = (Desk::new("done", "list.csv", &csv(30)), sandbox(&[]));
    let first = desk.run(&sandbox, &[]);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""));
    assert!(
        first.stdout.contains("done        30\n"),
        "{}",
        first.stdout
    );
    let second = desk.run(&sandbox, &["--format", "json"]);
    assert_eq!(second.status, 0, "{second:?}");
    assert_eq!(summary(&second)["called_now"], 0);
    assert_eq!(sandbox.bills().len(), 30);
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "130.00");
}

#[test]
fn a_list_of_json_lines_is_called_as_well() {
    let line = r#"{"member_id":10,"bal_amount":0.10,"src_bill_id":"R-1"}"#;
    let desk = Desk::new("jsonl", "list.jsonl", &format!("{line}\n"));
    let sandbox = sandbox(&[]);
    let (file, journal) = (desk.path("list.jsonl"), desk.path("journal"));
    let operation = "POST:/jdy/v2/ls/mall_recharge";
    let ended = jdy(
        &sandbox.environment(),
        &["batch", operation, &file, "--journal", &journal],
    );
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "100.10");
}

#[test]
fn a_list_with_mistakes_is_refused_as_a_whole_with_their_lines_and_leaves_no_journal() {
    let text = format!("{}10,x,R-9\n11,1.00,R-1\n", csv(2));
    let (desk, sandbox) = (Desk::new("mistakes", "list.csv", &text), sandbox(&[]));
    let ended = desk.run(&sandbox, &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    for said in [
        "list.csv: line 4: bal_amount: is not a decimal",
        "list.csv: line 5: src_bill_id \"R-1\" is on line 2 already",
        "list.csv has 2 problems; nothing was sent",
    ] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(sandbox.requests(), []);
    assert!(!Path::new(&desk.path("journal")).exists());
}

#[test]
fn whatever_is_refused_sends_nothing_and_leaves_no_journal() {
    let (desk, sandbox) = (Desk::new("refused", "list.csv", &csv(2)), sandbox(&[]));
    let (file, journal) = (desk.path("list.csv"), desk.path("journal"));
    let environment = sandbox.environment();
    let missing = desk.path("no.csv");
    for (status, arguments, said) in [
        (
            2,
            vec!["nothing", &file, "--journal", &journal],
            "no operation is called",
        ),
        (
            2,
            vec!["POST:/a", &file, "--journal", &journal],
            "checked by the spec",
        ),
        (
            2,
            vec!["ls.mall_recharge", &journal, "--journal", &journal],
            "neither .csv nor .jsonl",
        ),
        (
            2,
            vec!["ls.mall_recharge", &missing, "--journal", &journal],
            "cannot read",
        ),
        (2, vec!["ls.mall_recharge", &file], "--journal"),
        (
            2,
            vec![
                "ls.mall_recharge",
                &file,
                "--journal",
                &journal,
                "--concurrency",
                "0",
            ],
            "from 1",
        ),
        (
            2,
            vec![
                "ls.mall_recharge",
                &file,
                "--journal",
                &journal,
                "--resend-unknown",
                "R-1",
            ],
            "no journal",
        ),
    ] {
        let ended = jdy(&environment, &[&["batch"], &arguments[..]].concat());
        assert_eq!(ended.status, status, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let without: Vec<_> = environment
        .into_iter()
        .filter(|(name, _)| *name != "JDY_APP_KEY")
        .collect();
    let ended = jdy(
        &without,
        &["batch", "ls.mall_recharge", &file, "--journal", &journal],
    );
    assert_eq!(ended.status, 2);
    assert_eq!(sandbox.requests(), []);
    assert!(!Path::new(&journal).exists());
}

#[test]
fn a_changed_file_or_another_account_set_is_refused_under_an_old_journal() {
    let (desk, sandbox) = (Desk::new("changed", "list.csv", &csv(3)), sandbox(&[]));
    assert_eq!(desk.run(&sandbox, &[]).status, 0);
    std::fs::write(
        desk.path("list.csv"),
        csv(3).replace("10,1.00,R-2", "10,2.00,R-2"),
    )
    .unwrap();
    let ended = desk.run(&sandbox, &[]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("changed: line 3"), "{}", ended.stderr);
    std::fs::write(desk.path("list.csv"), csv(3)).unwrap();
    let mut other = sandbox.environment();
    other[3].1 = "another".to_owned();
    let arguments = desk.arguments(&[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = jdy(&other, &arguments);
    assert_eq!(ended.status, 2, "{ended:?}");
    for said in [
        "another destination",
        "app key another",
        &sandbox.app_key()[..],
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    assert_eq!(sandbox.bills().len(), 3);
}

#[test]
fn of_a_list_of_one_line_the_end_speaks_of_one() {
    let sandbox = sandbox(&[]);
    let text = format!("{}nobody,1.00,R-9\n", csv(0));
    let ended = Desk::new("one-line", "list.csv", &text).run(&sandbox, &[]);
    let said = "of 1 line 1 rejected";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn the_exit_status_is_that_of_the_worst_line() {
    let recharge = "@/jdy/v2/ls/mall_recharge*1";
    let one_at_a_time = ["--concurrency", "1"];
    for (status, faults, word) in [
        (3, vec![], "1 rejected"),
        (4, vec!["unauthorized-401"; 2], "1 not_sent"),
        (
            6,
            vec!["unauthorized-401", "unauthorized-401", "cut-answer=30"],
            "1 applied",
        ),
        (
            5,
            vec![
                "unauthorized-401",
                "unauthorized-401",
                "cut-answer=30",
                "lost-after-commit",
            ],
            "1 unknown",
        ),
    ] {
        let sandbox = sandbox(&[]);
        for fault in faults {
            sandbox.inject(
                format!("{fault}{recharge}")
                    .parse::<jdy_sandbox::Fault>()
                    .unwrap(),
            );
        }
        let text = format!("{}nobody,1.00,R-9\n", csv(5));
        let desk = Desk::new(&format!("status-{status}"), "list.csv", &text);
        let ended = desk.run(&sandbox, &one_at_a_time);
        assert_eq!(ended.status, status, "{ended:?}");
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}

#[test]
fn an_unknown_line_is_listed_with_what_to_check_and_resent_by_its_key_alone() {
    let sandbox = sandbox(&["lost-before-commit@/jdy/v2/ls/mall_recharge*1"]);
    let desk = Desk::new("unknown", "list.csv", &csv(3));
    let one = ["--concurrency", "1"];
    let first = desk.run(&sandbox, &one);
    assert_eq!(first.status, 5, "{first:?}");
    let told = |word| first.stdout.contains(word);
    assert!(told("what to check") && told("  R-1  "), "{}", first.stdout);
    let again = desk.run(&sandbox, &["--format", "json"]);
    assert_eq!(again.status, 5);
    let unknown = &summary(&again)["unknown"][0];
    assert_eq!(
        (&unknown["line"], &unknown["key"]),
        (&Value::from(2), &Value::from("R-1"))
    );
    assert!(first.stdout.contains(unknown["call_id"].as_str().unwrap()));
    assert!(
        unknown["report"]
            .as_str()
            .unwrap()
            .contains("connection lost")
    );
    for wrong in [&["R-2"][..], &["R-1", "R-7"][..]] {
        let ended = desk.run(&sandbox, &[&["--resend-unknown"], wrong].concat());
        assert_eq!(ended.status, 2, "{ended:?}");
    }
    assert_eq!(sandbox.bills().len(), 2);
    // Lost once more: the same words are not about this call.
    sandbox.inject(
        "lost-before-commit@/jdy/v2/ls/mall_recharge*1"
            .parse::<jdy_sandbox::Fault>()
            .unwrap(),
    );
    let resend = |words| desk.run(&sandbox, &["--resend-unknown", words]);
    let ended = resend("R-1");
    assert_eq!((ended.status, sandbox.bills().len()), (5, 2), "{ended:?}");
    for (words, said) in [
        ("R-1", "look up the last call, and say R-1@2"),
        ("R-1@1", "call 1 is not the last one"),
    ] {
        let ended = resend(words);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let ended = resend("R-1@2");
    assert_eq!((ended.status, sandbox.bills().len()), (0, 3), "{ended:?}");
}

#[test]
fn an_answer_that_could_not_be_read_is_shown_and_can_be_acknowledged() {
    let sandbox = sandbox(&["cut-answer=30@/jdy/v2/ls/mall_recharge*1"]);
    let desk = Desk::new("noted", "list.csv", &csv(2));
    let first = desk.run(&sandbox, &["--concurrency", "1", "--format", "json"]);
    assert_eq!(first.status, 6, "{first:?}");
    let applied = &summary(&first)["applied"][0];
    assert_eq!(applied["key"], Value::from("R-1"));
    let answer = applied["answer"].as_str().unwrap();
    assert!(answer.starts_with("{\"errcode\""), "{answer}");
    let wrong = desk.run(&sandbox, &["--settle", "R-1=absent"]);
    assert_eq!(wrong.status, 2, "{wrong:?}");
    let noted = desk.run(&sandbox, &["--settle", "R-1=applied"]);
    assert_eq!((noted.status, sandbox.bills().len()), (0, 2), "{noted:?}");
}

#[test]
fn an_answer_whose_data_is_of_another_kind_is_applied_and_not_done() {
    let sandbox = sandbox(&["data=\"done\"@/jdy/v2/ls/mall_recharge*1"]);
    let desk = Desk::new("kind", "list.csv", &csv(2));
    let first = desk.run(&sandbox, &["--concurrency", "1", "--format", "json"]);
    assert_eq!(first.status, 6, "{first:?}");
    assert_eq!(summary(&first)["applied"][0]["key"], Value::from("R-1"));
    assert_eq!(sandbox.bills().len(), 2);
}

#[test]
fn a_list_of_uploads_is_refused_where_a_file_is_not_there() {
    let (desk, sandbox) = (Desk::new("uploads", "list.csv", "file1\n"), sandbox(&[]));
    let (here, gone) = (desk.path("here.txt"), desk.path("gone.txt"));
    std::fs::write(&here, "three").unwrap();
    let text = format!("file1\n{here}\n{gone}\n");
    std::fs::write(desk.path("list.csv"), &text).unwrap();
    let (list, journal) = (desk.path("list.csv"), desk.path("journal"));
    let run = || {
        let arguments = [
            "batch",
            "sys.attachment_upload",
            &list,
            "--journal",
            &journal,
        ];
        jdy(&sandbox.environment(), &arguments)
    };
    let refused = run();
    assert_eq!(refused.status, 2, "{refused:?}");
    let said = "line 3: file1: the file cannot be read";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    assert!(!std::path::Path::new(&journal).exists());
    assert!(business_calls(&sandbox).is_empty());
    std::fs::write(&gone, "there").unwrap();
    let ended = run();
    assert_eq!(
        (ended.status, business_calls(&sandbox).len()),
        (0, 2),
        "{ended:?}"
    );
    // What was sent is not needed any more.
    std::fs::remove_file(&gone).unwrap();
    assert_eq!(run().status, 0);
}

#[test]
fn a_read_without_an_answer_is_asked_for_by_the_next_run() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge_rule"]);
    let desk = Desk::new("reads", "list.csv", "member_id\n10\n");
    let (list, journal) = (desk.path("list.csv"), desk.path("journal"));
    let rules = [
        "batch",
        "ls.mall_recharge_rule",
        &list,
        "--journal",
        &journal,
    ];
    let with_deadline = [&rules[..], &["--deadline", "1s"]].concat();
    let first = jdy(&sandbox.environment(), &with_deadline);
    assert_eq!(first.status, 5, "{first:?}");
    assert!(
        first.stdout.contains("the next run asks again"),
        "{first:?}"
    );
    assert!(!first.stdout.contains("settle"), "{first:?}");
    assert!(first.stderr.contains("run it again"), "{first:?}");
    sandbox.clear_faults();
    assert_eq!(jdy(&sandbox.environment(), &rules).status, 0);
}

#[test]
fn where_nothing_gets_through_it_says_why() {
    // Nobody listens, so that however slow the machine is, no line may have left.
    let mut environment = sandbox(&[]).environment();
    let closed = closed_port();
    environment[0].1 = format!("http://{}", closed.local_addr().unwrap());
    let desk = Desk::new("nothing", "list.csv", &csv(70));
    let ended = desk.run_in(&environment, &["--deadline", "50ms"]);
    assert_eq!(ended.status, 4, "{ended:?}");
    let said = "nothing got through, so the run ended early (ls.mall_recharge not sent: ";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn the_command_that_is_printed_for_an_unknown_line_finds_out_whether_it_took_effect() {
    let sandbox = sandbox(&[
        "lost-after-commit@/jdy/v2/ls/mall_recharge*1",
        "lost-before-commit@/jdy/v2/ls/mall_recharge*1",
    ]);
    let text = "member_id,bal_amount,src_bill_id\n10,61.70,R-1\n11,62.80,R-2\n10,1.00,R-3\n";
    let desk = Desk::new("check", "list.csv", text);
    let first = desk.run(&sandbox, &["--concurrency", "1"]);
    assert_eq!(first.status, 5, "{first:?}");
    // As someone would who pastes it into a shell, and looks for what came to the balance.
    let came = |key: &str, asked_for: &str| {
        let line = first.stdout.lines().find(|line| line.contains(key));
        let (before, check) = line.unwrap().split_once("jdy call ").unwrap();
        assert!(
            check.ends_with(" --all --expect-app-key=Sandbox01"),
            "{check}"
        );
        assert!(before.trim_end().ends_with(asked_for), "{before}");
        let shown = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("\"$JDY\" call {check}"))
            .env_clear()
            .env("JDY", env!("CARGO_BIN_EXE_jdy"))
            .envs(sandbox.environment())
            .output();
        let shown = String::from_utf8(shown.unwrap().stdout).unwrap();
        let cents = |row: &Value, name: &str| -> i64 {
            let amount = row[name].as_str().unwrap().replace('.', "");
            amount.parse().unwrap()
        };
        let rows = shown.lines().map(|row| serde_json::from_str(row).unwrap());
        rows.map(|row: Value| cents(&row, "amount") - cents(&row, "last_amount"))
            .collect::<Vec<_>>()
    };
    assert_eq!(came("  R-1  ", "bal_amount=61.70"), [100, 6170]);
    assert_eq!(came("  R-2  ", "bal_amount=62.80"), [] as [i64; 0]);
    let json = desk.run(&sandbox, &["--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let command = "jdy call ls.recharge_record member_id=11 page_size=100 --all \
                   --expect-app-key=Sandbox01";
    let shown = &json["unknown"][1]["check"]["commands"];
    assert_eq!(*shown, serde_json::json!([command]));
}

/// What a command prints that was pasted into a shell.
fn pasted(sandbox: &Sandbox, command: &str) -> std::process::Output {
    let command = command.replacen("jdy ", "\"$JDY\" ", 1);
    let mut shell = std::process::Command::new("sh");
    let shell = shell.arg("-c").arg(command).env_clear();
    let shell = shell.env("JDY", env!("CARGO_BIN_EXE_jdy"));
    let shell = shell.env("PATH", "/usr/bin:/bin");
    shell.envs(sandbox.environment()).output().unwrap()
}

/// A command for another record finds none, and a line that is taken for absent is sent twice.
#[test]
fn what_is_printed_for_an_unusual_key_is_about_this_key_where_it_is_pasted() {
    let keys = ["@X1", "-5", "a\tb\\n", "=1", "中 '$x'"];
    let list: Vec<String> = keys
        .map(|key| {
            serde_json::json!({
                "bill_date": "2024-01-31", "customer_id": "7", "material_entity": [], "bill_no": key,
            })
            .to_string()
        })
        .into();
    let desk = Desk::new("unusual-keys", "list.jsonl", &list.join("\n"));
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/scm/sal_out_bound"]);
    let (file, journal) = (desk.path("list.jsonl"), desk.path("journal"));
    let run = [
        "batch",
        "scm.sal_out_bound_save",
        &file,
        "--journal",
        &journal,
    ];
    let table = jdy(&sandbox.environment(), &run);
    assert_eq!(table.status, 5, "{table:?}");
    sandbox.clear_faults();
    let json = jdy(
        &sandbox.environment(),
        &[&run[..], &["--format", "json"]].concat(),
    );
    let rows = table.stdout.lines().filter(|row| row.contains(" or "));
    let settle = rows.map(|row| {
        let (before, _) = row.split_once(" or ").unwrap();
        before.rsplit_once("  ").unwrap().1.to_owned()
    });
    let mut words = String::new();
    for ((key, line), settle) in keys
        .iter()
        .zip(summary(&json)["unknown"].as_array().unwrap())
        .zip(settle)
    {
        let shown = pasted(&sandbox, line["check"]["commands"][0].as_str().unwrap());
        let record: Value =
            serde_json::from_slice(&shown.stdout).unwrap_or_else(|_| panic!("{shown:?}"));
        assert_eq!(record["bill_no"], **key);
        let option = if settle.starts_with("--settle=") {
            ""
        } else {
            "--settle "
        };
        words.push_str(&format!(" {option}{settle}"));
    }
    let settled = pasted(&sandbox, &format!("jdy {}{words}", run.join(" ")));
    assert_eq!(settled.status.code(), Some(0), "{settled:?}");
}

/// A command that lacks its argument would show another document, or a whole list.
#[test]
fn of_a_lost_save_a_command_is_printed_for_each_number_and_none_without_one() {
    let sale = r#""bill_date":"2024-01-31","customer_id":"7","material_entity":[]"#;
    let command = "jdy call scm.sal_out_bound_detail";
    for (operation, path, line, has, has_not) in [
        (
            "scm.sal_out_bound_save",
            "/jdy/v2/scm/sal_out_bound",
            format!("{{{sale}}}"),
            "no command can tell, as the request gives no bill_no".to_owned(),
            command.to_owned(),
        ),
        (
            "scm.sal_out_bound_batch_save",
            "/jdy/v2/scm/sal_out_bound_batch",
            format!(r#"{{"data":[{{{sale},"bill_no":"X1"}},{{{sale},"bill_no":"X2"}}]}}"#),
            {
                let expected = "--expect-app-key=Sandbox01";
                format!("{command} number=X1 {expected}; {command} number=X2 {expected}\n")
            },
            "no command".to_owned(),
        ),
    ] {
        let sandbox = sandbox(&[&format!("lost-before-commit@{path}")]);
        let desk = Desk::new("lost-save", "list.jsonl", &format!("{line}\n"));
        let (file, journal) = (desk.path("list.jsonl"), desk.path("journal"));
        let ended = jdy(
            &sandbox.environment(),
            &["batch", operation, &file, "--journal", &journal],
        );
        assert_eq!(ended.status, 5, "{ended:?}");
        assert!(ended.stdout.contains(&has), "{}", ended.stdout);
        assert!(!ended.stdout.contains(&has_not), "{}", ended.stdout);
    }
}

#[test]
fn the_commands_for_several_documents_are_pasted_together_in_every_language() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/scm/sal_out_bound_batch"]);
    let sale = r#""bill_date":"2024-01-31","customer_id":"7","material_entity":[]"#;
    let line = format!(r#"{{"data":[{{{sale},"bill_no":"X1"}},{{{sale},"bill_no":"X2"}}]}}"#);
    let desk = Desk::new("pasted-together", "list.jsonl", &format!("{line}\n"));
    let (file, journal) = (desk.path("list.jsonl"), desk.path("journal"));
    let mut environment = sandbox.environment();
    environment.push(("LANG", "zh_CN.UTF-8".to_owned()));
    let operation = "scm.sal_out_bound_batch_save";
    let ended = jdy(
        &environment,
        &["batch", operation, &file, "--journal", &journal],
    );
    assert_eq!(ended.status, 5, "{ended:?}");
    let printed = ended.stdout.lines().find_map(|line| {
        let begin = line.find("jdy call ")?;
        line.get(begin..)
    });
    let both = printed.unwrap().replace("jdy call", "\"$JDY\" call");
    let shown = pasted(&sandbox, &both);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.lines().count(), 2, "{printed:?}: {shown}");
}

#[test]
fn an_unknown_line_is_resolved_manually_after_a_look_up() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    sandbox.inject(
        "lost-before-commit@/jdy/v2/ls/mall_recharge*1"
            .parse::<jdy_sandbox::Fault>()
            .unwrap(),
    );
    // A key may contain `=` and a resolution itself.
    let text = csv(3).replace("R-2", "R=absent");
    let desk = Desk::new("settled", "list.csv", &text);
    let first = desk.run(&sandbox, &["--concurrency", "1"]);
    assert_eq!(first.status, 5, "{first:?}");
    assert!(first.stdout.contains("by --settle"), "{}", first.stdout);
    let made: Vec<String> = sandbox
        .bills()
        .into_iter()
        .map(|bill| bill.src_bill_id)
        .collect();
    assert_eq!(made, ["R-1", "R-3"]);

    for (wrong, said) in [
        (&["R-1=done"][..], "applied or absent"),
        (&["R-1=applied", "--by", " "][..], "it is somebody's name"),
        (
            &["R-3=applied"][..],
            "\"R-3\" is done; only a line that is unknown",
        ),
        (
            &["R-1=applied", "R-9=absent"][..],
            "no line of the list is called \"R-9\"",
        ),
        (&["R-1=applied", "R-1=absent"][..], "\"R-1\" is named twice"),
        (
            &["R-1=applied", "--resend-unknown", "R-1"][..],
            "\"R-1\" is named twice",
        ),
    ] {
        let ended = desk.run(&sandbox, &[&["--settle"], wrong].concat());
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let absent = ["--settle", "R-1=applied", "R=absent=absent"];
    let early = desk.run(&sandbox, &absent);
    assert_eq!(early.status, 2, "{early:?}");
    let said = "\"R=absent\" cannot be settled yet: it is absent only by a look-up";
    assert!(early.stderr.contains(said), "{}", early.stderr);
    assert_eq!(business_calls(&sandbox).len(), 3);

    long_ago(&desk.path("journal"));
    let settled = [
        "--settle",
        "R-1=applied",
        "R=absent=absent",
        "--by",
        "Li Lei",
    ];
    let ended = desk.run(&sandbox, &settled);
    assert_eq!(ended.status, 0, "{ended:?}");
    let made: Vec<String> = sandbox
        .bills()
        .into_iter()
        .map(|bill| bill.src_bill_id)
        .collect();
    assert_eq!(made, ["R-1", "R-3", "R=absent"]);
    assert_eq!(desk.run(&sandbox, &[]).status, 0);
    assert_eq!(business_calls(&sandbox).len(), 4);
}

#[test]
fn the_words_of_a_summary_settle_its_line_however_often_it_was_sent() {
    const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";
    let sandbox = sandbox(&[&format!("lost-before-commit@{RECHARGE}*2")]);
    let text = csv(2).replace("R-1", "R=$1");
    let desk = Desk::new("pasted", "list.csv", &text);
    let first = desk.run(&sandbox, &["--concurrency", "1"]);
    assert_eq!(first.status, 5, "{first:?}");
    for words in [
        "  R-2=applied or R-2=absent  ",
        "  'R=$1=applied' or 'R=$1=absent'  ",
    ] {
        assert!(first.stdout.contains(words), "{words}: {}", first.stdout);
    }
    // Sent again and lost again: what settles it is another statement, and the summary says which.
    sandbox.inject(
        format!("lost-before-commit@{RECHARGE}*1")
            .parse::<jdy_sandbox::Fault>()
            .unwrap(),
    );
    long_ago(&desk.path("journal"));
    let second = desk.run(
        &sandbox,
        &[
            "--concurrency",
            "1",
            "--settle",
            "R=$1=absent",
            "R-2=absent",
        ],
    );
    assert_eq!(second.status, 5, "{second:?}");
    let words = "  'R=$1=applied' or 'R=$1=absent@2'  ";
    assert!(second.stdout.contains(words), "{}", second.stdout);
    let status = jdy(
        &sandbox.environment(),
        &["batch", "status", "--journal", &desk.path("journal")],
    );
    assert!(status.stdout.contains(words), "{}", status.stdout);
    let json = desk.run(&sandbox, &["--format", "json"]);
    let settle = &summary(&json)["unknown"][0]["settle"];
    assert_eq!(
        settle,
        &serde_json::json!({"applied": "R=$1=applied", "absent": "R=$1=absent@2"})
    );
    long_ago(&desk.path("journal"));
    let old = desk.run(&sandbox, &["--settle", "R=$1=absent"]);
    assert_eq!(old.status, 2, "{old:?}");
    let last = desk.run(&sandbox, &["--settle", settle["absent"].as_str().unwrap()]);
    assert_eq!(last.status, 0, "{last:?}");
    assert_eq!(sandbox.bills().len(), 2);
}

#[test]
fn the_same_statement_given_again_says_so_and_another_one_is_refused() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    sandbox.inject(
        "lost-before-commit@/jdy/v2/ls/mall_recharge*1"
            .parse::<jdy_sandbox::Fault>()
            .unwrap(),
    );
    let desk = Desk::new("settled-twice", "list.csv", &csv(3));
    let first = desk.run(&sandbox, &["--concurrency", "1"]);
    assert_eq!(first.status, 5, "{first:?}");
    long_ago(&desk.path("journal"));
    let settle = ["--settle", "R-1=applied", "R-2=absent", "--by", "Li Lei"];
    let settled = desk.run(&sandbox, &settle);
    assert_eq!(
        (settled.status, settled.stderr.as_str()),
        (0, ""),
        "{settled:?}"
    );
    let calls = business_calls(&sandbox).len();
    let again = desk.run(&sandbox, &settle);
    assert_eq!(again.status, 0, "{again:?}");
    for said in [
        "R-1 is settled already as applied, by Li Lei, and is done",
        "R-2 is settled already as absent, by Li Lei, and is done",
    ] {
        assert!(again.stderr.contains(said), "{}", again.stderr);
    }
    for (other, said) in [
        (
            "R-1=absent",
            "\"R-1\" was settled already as applied, by Li Lei",
        ),
        (
            "R-2=applied",
            "\"R-2\" was settled already as absent, by Li Lei",
        ),
        (
            "R-2=absent@2",
            "\"R-2\" was settled already as absent, by Li Lei",
        ),
        // Nobody has settled it.
        (
            "R-3=applied",
            "\"R-3\" is done; only a line that is unknown",
        ),
    ] {
        let refused = desk.run(&sandbox, &["--settle", other]);
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert_eq!(business_calls(&sandbox).len(), calls);
}

#[test]
fn a_run_that_is_killed_goes_on_and_repeats_nothing() {
    let sandbox = sandbox(&["slow=30ms"]);
    let desk = Desk::new("killed", "list.csv", &csv(80));
    for goal in [10, 30] {
        let mut child = desk.start(&sandbox, &[]);
        wait_for_bills(&sandbox, goal);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = desk.run(&sandbox, &["--format", "json"]);
    assert_eq!(last.status, 5, "{last:?}");
    let summary = summary(&last);
    let unknown = summary["unknown"].as_array().unwrap();
    assert!((1..=16).contains(&unknown.len()), "{summary}");
    assert_eq!(
        summary["counts"]["done"].as_u64().unwrap() + unknown.len() as u64,
        80
    );
    let keys: Vec<String> = sandbox
        .bills()
        .into_iter()
        .map(|bill| bill.src_bill_id)
        .collect();
    let once: HashSet<&String> = keys.iter().collect();
    assert_eq!(once.len(), keys.len(), "applied twice");
    assert!(keys.len() >= 80 - unknown.len());
}

#[cfg(unix)]
#[test]
fn ctrl_c_begins_no_further_line_and_waits_for_those_under_way() {
    let sandbox = sandbox(&["slow=300ms"]);
    let desk = Desk::new("interrupted", "list.csv", &csv(60));
    let child = desk.start(&sandbox, &["--format", "json"]);
    wait_for_bills(&sandbox, 12);
    signal(&child, "INT");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.status, 4, "{ended:?}");
    let told = summary(&ended);
    assert_eq!(
        (&told["stopped"], &told["unknown"]),
        (&Value::from("told"), &Value::Array(vec![]))
    );
    assert_eq!(told["counts"]["done"], sandbox.bills().len() as u64);
    sandbox.clear_faults();
    assert_eq!(desk.run(&sandbox, &[]).status, 0);
    assert_eq!(business_calls(&sandbox).len(), 60);
}

/// A closed terminal.
#[cfg(unix)]
#[test]
fn a_hangup_is_heard_like_ctrl_c_and_leaves_nothing_unknown() {
    if is_hangup_ignored() {
        // Past the harness, which keeps what a good test prints to itself.
        let said = b"batch: skipped: started by nohup, so that a hangup is not heard\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said);
        return;
    }
    let sandbox = sandbox(&["slow=300ms"]);
    let desk = Desk::new("hung-up", "list.csv", &csv(60));
    let child = desk.start(&sandbox, &["--format", "json"]);
    wait_for_bills(&sandbox, 4);
    signal(&child, "HUP");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.status, 4, "{ended:?}");
    let told = summary(&ended);
    assert_eq!(
        (&told["stopped"], &told["unknown"]),
        (&Value::from("told"), &Value::Array(vec![]))
    );
}

/// The shell of a closed terminal hangs up what it runs, and so does the system. A session that ends
/// sends two signals.
#[cfg(unix)]
#[test]
fn signals_of_one_event_are_one_request_and_only_a_person_who_repeats_it_is_not_waited_for() {
    if is_hangup_ignored() {
        return;
    }
    for (first, second, status) in [
        ("HUP", "HUP", 4),
        ("TERM", "HUP", 4),
        ("HUP", "TERM", 4),
        ("INT", "INT", 5),
        ("TERM", "TERM", 5),
    ] {
        let sandbox = sandbox(&["slow=1s"]);
        let desk = Desk::new("signals", "list.csv", &csv(60));
        let child = desk.start(&sandbox, &[]);
        while business_calls(&sandbox).is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        signal(&child, first);
        std::thread::sleep(std::time::Duration::from_millis(100));
        signal(&child, second);
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert_eq!(ended.status, status, "{first} {second}: {ended:?}");
        let is_at_once = ended.stderr.contains("interrupted twice");
        assert_eq!(is_at_once, status == 5, "{first} {second}: {ended:?}");
    }
}

/// Whether this process ignores SIGHUP, which is signal 1, and so do those that it starts.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut ignored = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.next().unwrap_or_default().trim();
    u64::from_str_radix(mask, 16).is_ok_and(|mask| mask & 1 == 1)
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_shall_outlive_its_terminal_does() {
    let sandbox = sandbox(&["slow=20ms"]);
    let desk = Desk::new("nohup", "list.csv", &csv(60));
    let arguments = desk.arguments(&[]);
    let mut nohup = std::process::Command::new("nohup");
    nohup.arg(env!("CARGO_BIN_EXE_jdy")).args(&arguments);
    nohup.env_clear().envs(sandbox.environment());
    let child = piped(nohup.env("PATH", "/usr/bin:/bin"));
    wait_for_bills(&sandbox, 4);
    signal(&child, "HUP");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.status, sandbox.bills().len()), (0, 60), "{ended:?}");
}

#[test]
fn a_list_that_a_spreadsheet_has_saved_goes_on() {
    let (desk, sandbox) = (Desk::new("saved", "list.csv", &csv(3)), sandbox(&[]));
    assert_eq!(desk.run(&sandbox, &[]).status, 0);
    // Without the zeros that it takes for none.
    let saved = csv(3).replace("1.00", "1").replace('\n', "\r\n");
    let saved = format!("\u{feff}{saved}");
    std::fs::write(desk.path("list.csv"), saved).unwrap();
    let ended = desk.run(&sandbox, &[]);
    assert_eq!((ended.status, sandbox.bills().len()), (0, 3), "{ended:?}");
}

#[test]
fn a_setting_that_is_wrong_burns_no_line() {
    let fault = "no-route-404@/jdy/v2/ls/mall_recharge";
    let (desk, sandbox) = (
        Desk::new("setting", "list.csv", &csv(50)),
        sandbox(&[fault]),
    );
    let first = desk.run(&sandbox, &["--concurrency", "2"]);
    assert_eq!(first.status, 4, "{first:?}");
    assert!(first.stderr.contains("correct the setting"), "{first:?}");
    assert!(business_calls(&sandbox).len() < 10);
    sandbox.clear_faults();
    let last = desk.run(&sandbox, &[]);
    assert_eq!((last.status, sandbox.bills().len()), (0, 50), "{last:?}");
}

#[test]
fn lines_without_a_key_get_one_or_are_allowed_to_be_the_same() {
    let desk = Desk::new("keyless", "list.csv", "file1\n");
    let sandbox = sandbox(&[]);
    let file = desk.path("a.txt");
    std::fs::write(&file, "three").unwrap();
    std::fs::write(desk.path("list.csv"), format!("file1\n{file}\n{file}\n")).unwrap();
    let run = |more: &[&str]| {
        let (list, journal) = (desk.path("list.csv"), desk.path("journal"));
        let fixed = [
            "batch",
            "sys.attachment_upload",
            &list,
            "--journal",
            &journal,
        ];
        jdy(&sandbox.environment(), &[&fixed[..], more].concat())
    };
    let refused = run(&[]);
    assert_eq!(refused.status, 2, "{refused:?}");
    let said = "line 3: asks for the same as line 2";
    assert!(refused.stderr.contains(said), "{refused:?}");
    assert!(business_calls(&sandbox).is_empty());
    let ended = run(&["--allow-identical"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(business_calls(&sandbox).len(), 2);
}

#[test]
fn a_second_process_on_the_same_journal_is_turned_away() {
    let sandbox = sandbox(&["slow=200ms"]);
    let desk = Desk::new("locked", "list.csv", &csv(20));
    let first = desk.start(&sandbox, &["--concurrency", "2"]);
    wait_for_bills(&sandbox, 1);
    let second = desk.run(&sandbox, &[]);
    assert_eq!(second.status, 1);
    assert!(
        second
            .stderr
            .contains("another process is working with this journal"),
        "{second:?}"
    );
    let ended: Ended = first.wait_with_output().unwrap().into();
    assert_eq!((ended.status, sandbox.bills().len()), (0, 20));
}

/// The environment of someone who knows the instance alone.
fn instance_alone(sandbox: &Sandbox) -> Environment {
    let mut environment = sandbox.environment();
    environment.truncate(3);
    let instance = sandbox.outer_instance_id().to_owned();
    environment.push(("JDY_OUTER_INSTANCE_ID", instance));
    environment
}

/// Two account sets in one instance, of which the first is live.
fn two_shops() -> (Sandbox, String, String) {
    let builder = Sandbox::builder().inactive_account_set("shop B");
    let sandbox = builder.start_blocking().unwrap();
    let sets = sandbox.account_sets();
    let (a, b) = (sets[0].account_id.clone(), sets[1].account_id.clone());
    (sandbox, a, b)
}

fn go_over(sandbox: &Sandbox, from: &str, to: &str) {
    assert!(sandbox.set_status(from, 0) && sandbox.set_status(to, 1));
    sandbox.rotate_secret();
    sandbox.expire_tokens();
}

#[test]
fn money_goes_to_the_account_set_that_was_resolved_first_or_nowhere() {
    let desk = Desk::new("two-shops", "list.csv", &csv(40));
    let (sandbox, a, b) = two_shops();
    let environment = instance_alone(&sandbox);
    let mut arguments = desk.arguments(&["--deadline", "5s"]);
    // About ten lines a second, so that the change comes in the middle of the run.
    let rate = arguments.iter().position(|text| text == "600000").unwrap();
    arguments[rate] = "600".to_owned();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let child = piped(&mut command(&environment, &arguments));
    wait_for_bills(&sandbox, 5);
    go_over(&sandbox, &a, &b);
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_ne!(ended.status, 0, "{ended:?}");
    assert!(sandbox.bills().len() < 40);
    assert_eq!(sandbox.balance_in(&b, "10").unwrap().to_string(), "100.00");
    // Neither does the next run, nor one for which the other is chosen.
    let set = |id: &str| {
        sandbox
            .account_sets()
            .into_iter()
            .find(|set| set.account_id == id)
    };
    let (key_a, key_b) = (set(&a).unwrap().app_key, set(&b).unwrap().app_key);
    for more in [None, Some(&key_b)] {
        let mut environment = environment.clone();
        environment.extend(more.map(|key| ("JDY_APP_KEY", key.clone())));
        let ended = desk.run_in(&environment, &[]);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains("another destination"), "{ended:?}");
        assert!(ended.stderr.contains(&key_b), "{ended:?}");
        assert!(ended.stderr.contains(&key_a), "{ended:?}");
    }
    assert_eq!(sandbox.balance_in(&b, "10").unwrap().to_string(), "100.00");
    // The one that was meant goes on.
    go_over(&sandbox, &b, &a);
    let mut chosen = environment.clone();
    chosen.push(("JDY_APP_KEY", key_a));
    let ended = desk.run_in(&chosen, &[]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(sandbox.bills().len(), 40);
    assert_eq!(sandbox.balance_in(&b, "10").unwrap().to_string(), "100.00");
}

#[test]
fn a_journal_that_names_an_instance_asks_for_its_account_set() {
    let desk = Desk::new("former", "list.csv", &csv(1));
    let (sandbox, a, _) = two_shops();
    let environment = instance_alone(&sandbox);
    // As it was written before: by the instance.
    let ids = [sandbox.client_id(), sandbox.outer_instance_id()];
    let former = jdy_journal::Identity::destination_of(&ids);
    let operation = &jdy::operations::ls::MALL_RECHARGE;
    let (content, csv) = (csv(1), jdy_journal::Format::Csv);
    let list = jdy_journal::List::read(operation, csv, content.as_bytes()).unwrap();
    let store = jdy_journal::SqliteStore::open(desk.path("journal")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let made = jdy_journal::Journal::of_list(store, &list, &former);
    drop(runtime.unwrap().block_on(made).unwrap());
    let ended = desk.run_in(&environment, &[]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("JDY_APP_KEY"), "{ended:?}");
    let sets = sandbox.account_sets();
    let key = &sets.iter().find(|set| set.account_id == a).unwrap().app_key;
    let mut chosen = environment.clone();
    chosen.push(("JDY_APP_KEY", key.clone()));
    assert_eq!(desk.run_in(&chosen, &[]).status, 0);
    assert_eq!(sandbox.bills().len(), 1);
}

/// Names are checked before anything is written.
#[test]
fn a_line_that_is_named_wrongly_changes_no_byte_of_a_journal() {
    let sandbox = sandbox(&["slow=30ms"]);
    let desk = Desk::new("named-wrongly", "list.csv", &csv(40));
    let mut child = desk.start(&sandbox, &[]);
    wait_for_bills(&sandbox, 5);
    child.kill().unwrap();
    child.wait().unwrap();
    let files = || {
        ["journal", "journal-wal", "journal-shm"].map(|name| std::fs::read(desk.path(name)).ok())
    };
    let before = files();
    for wrong in [["--settle", "NOPE=applied"], ["--resend-unknown", "NOPE"]] {
        let ended = desk.run(&sandbox, &wrong);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(files() == before, "{wrong:?}");
    }
    assert_eq!(desk.run(&sandbox, &[]).status, 5);
}

#[test]
fn tokens_and_journal_have_files_of_their_own() {
    let desk = Desk::new("one-file", "list.csv", &csv(1));
    let sandbox = sandbox(&[]);
    let mut environment = sandbox.environment();
    let journal = desk.path("journal");
    environment.push(("JDY_TOKEN_STORE", format!("file:{journal}")));
    let ended = desk.run_in(&environment, &[]);
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(!Path::new(&journal).exists());
    assert_eq!(sandbox.bills().len(), 0);
}

/// A request to the sandbox's admin interface.
fn admin(sandbox: &Sandbox, path: &str, body: &str) {
    let environment = sandbox.environment();
    let base = environment.iter().find(|(name, _)| *name == "JDY_BASE_URL");
    let address = base.unwrap().1.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST /__sandbox/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

/// A receipt: no list finds it by its number.
const RECEIPT: &str = concat!(
    r#"{"bill_no":"SK-1","bill_date":"2024-05-01","customer_id":"810000030000000001","#,
    r#""pay_entry_list":[{"settle_account_id":"1","amount":"5.00"}],"#,
    r#""source_bill_entry_list":[{"src_bill_id":"2","src_bill_type_id":"3","#,
    r#""cur_settle_amount":"5.00"}]}"#,
);

#[test]
fn a_run_that_waits_sends_what_was_lost_as_soon_as_it_is_proven_absent() {
    const SAVE: &str = "/jdy/v2/arap/ar_credit";
    let (desk, sandbox) = (Desk::new("wait", "receipts.jsonl", RECEIPT), sandbox(&[]));
    let (file, journal) = (desk.path("receipts.jsonl"), desk.path("journal"));
    let run = |more: &[&str]| {
        let fixed = ["batch", "arap.ar_credit_save", &file, "--journal", &journal];
        jdy(&sandbox.environment(), &[&fixed[..], more].concat())
    };
    let saves = || {
        let calls = business_calls(&sandbox).into_iter();
        calls.filter(|call| *call == format!("POST {SAVE}")).count()
    };
    let fault = format!(r#"{{"fault":"lost-before-commit@{SAVE}*1"}}"#);
    admin(&sandbox, "faults", &fault);
    let lost = run(&[]);
    assert_eq!((lost.status, saves()), (5, 1), "{lost:?}");

    // All but four seconds of the ten minutes.
    admin(&sandbox, "clock/advance", r#"{"millis":596000}"#);
    let started = Instant::now();
    let waited = run(&["--reconcile", "--wait", "--format", "json"]);
    assert_eq!(waited.status, 0, "{waited:?}");
    assert!(
        started.elapsed() > Duration::from_secs(1),
        "it did not wait"
    );
    let found = &summary(&waited)["reconciled"];
    assert_eq!(
        (&found["absent"], &found["too_early"], saves()),
        (&1.into(), &0.into(), 2)
    );
    let again = run(&["--reconcile", "--wait"]);
    assert_eq!((again.status, saves()), (0, 2), "{again:?}");
}

/// Nobody has to wait to the end.
#[cfg(unix)]
#[test]
fn a_run_that_waits_ends_on_a_signal_and_leaves_its_line_unknown() {
    let (desk, sandbox) = (Desk::new("stops", "receipts.jsonl", RECEIPT), sandbox(&[]));
    let (file, journal) = (desk.path("receipts.jsonl"), desk.path("journal"));
    admin(
        &sandbox,
        "faults",
        r#"{"fault":"lost-before-commit@/jdy/v2/arap/ar_credit*1"}"#,
    );
    let fixed = ["batch", "arap.ar_credit_save", &file, "--journal", &journal];
    let waiting = [&fixed[..], &["--reconcile", "--wait"]].concat();
    let child = piped(&mut command(&sandbox.environment(), &waiting));
    let start = Instant::now();
    let is_looked_up = |call: &String| call.contains("ar_credit_detail");
    while !business_calls(&sandbox).iter().any(is_looked_up) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "nothing is looked up"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "INT");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_ne!(ended.status, 0, "{ended:?}");
    let left = jdy(
        &sandbox.environment(),
        &[&fixed[..], &["--reconcile"]].concat(),
    );
    assert_eq!(left.status, 5, "{left:?}");
    assert!(
        left.stderr.contains("1 line cannot be decided yet"),
        "{}",
        left.stderr
    );
}

#[test]
fn an_unknown_line_is_reconciled_and_what_cannot_be_said_yet_ends_with_five() {
    let desk = Desk::new("reconcile", "orders.jsonl", "");
    let sandbox = sandbox(&[]);
    let save = "/jdy/v2/scm/sal_order";
    let order = concat!(
        r#"{"bill_no":"SO-1","bill_date":"2024-05-01","customer_id":"810000030000000001","#,
        r#""material_entity":[{"material_id":"810000020000000001","#,
        r#""unit_id":"810000010000000001","price":"1.50","qty":"2","is_free":false}]}"#,
    );
    std::fs::write(desk.path("orders.jsonl"), order).unwrap();
    let (file, journal) = (desk.path("orders.jsonl"), desk.path("journal"));
    let run = |more: &[&str]| {
        let fixed = ["batch", "scm.sal_order_save", &file, "--journal", &journal];
        jdy(&sandbox.environment(), &[&fixed[..], more].concat())
    };
    let fault = format!("lost-before-commit@{save}*1");
    sandbox.inject(fault.parse::<jdy_sandbox::Fault>().unwrap());

    let lost = run(&[]);
    assert_eq!(lost.status, 5, "{lost:?}");
    let hint = "run it again with --reconcile, which looks the unknown ones up";
    assert!(lost.stderr.contains(hint), "{}", lost.stderr);
    let early = run(&["--reconcile"]);
    assert_eq!(early.status, 5, "{early:?}");
    for said in ["1 line cannot be decided yet", "(UTC+8), or give --wait"] {
        assert!(early.stderr.contains(said), "{}", early.stderr);
    }
    assert!(
        early.stdout.contains("too early to tell"),
        "{}",
        early.stdout
    );

    sandbox.advance_clock(Duration::from_secs(601));
    let late = run(&["--reconcile", "--format", "json"]);
    assert_eq!(late.status, 0, "{late:?}");
    let found = &summary(&late)["reconciled"];
    assert_eq!(
        (&found["absent"], &found["too_early"]),
        (&1.into(), &0.into())
    );
    let saves = business_calls(&sandbox);
    assert!(saves.len() >= 4, "a save, look-ups, and the save again");

    let wrong = run(&["--wait"]);
    assert_eq!(wrong.status, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("--reconcile"), "{}", wrong.stderr);
}

/// Blank lines of the file were removed since the first run.
#[test]
fn what_is_said_of_a_settled_line_is_about_that_line_whatever_its_number_is_now() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*2"]);
    let whole = csv(2);
    let blank = whole.replacen('\n', "\n\n", 1);
    let desk = Desk::new("settle-blank", "list.csv", &blank);
    let first = desk.run(&sandbox, &["--concurrency", "1"]);
    assert_eq!(first.status, 5, "{first:?}");
    let settled = desk.run(&sandbox, &["--settle", "R-1=applied", "--by", "Li Lei"]);
    assert_eq!(settled.status, 5, "{settled:?}");
    std::fs::write(desk.path("list.csv"), &whole).unwrap();
    let other = desk.run(&sandbox, &["--settle", "R-2=applied", "--by", "Han Meimei"]);
    assert!(!other.stderr.contains("already"), "{}", other.stderr);
    assert_eq!(other.status, 0, "{other:?}");
    let again = desk.run(&sandbox, &["--settle", "R-1=applied", "--by", "Han Meimei"]);
    let said = "R-1 is settled already as applied, by Li Lei";
    assert!(again.stderr.contains(said), "{}", again.stderr);
}
