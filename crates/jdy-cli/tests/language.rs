//! With a Chinese locale a person reads Chinese; what a program reads is the same in every language.

use std::path::{Path, PathBuf};

use jdy_sandbox::Sandbox;
use unicode_width::UnicodeWidthStr as _;

use crate::command::{Ended, Environment, jdy, sandbox};

const COMMANDS: [&[&str]; 14] = [
    &[],
    &["ops"],
    &["show"],
    &["sign"],
    &["call"],
    &["batch"],
    &["batch", "status"],
    &["template"],
    &["accounts"],
    &["doctor"],
    &["mcp"],
    &["completions"],
    &["man"],
    &["sandbox"],
];

fn chinese(mut environment: Environment) -> Environment {
    environment.push(("LANG", "zh_CN.UTF-8".to_owned()));
    environment
}

fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|one| ('\u{3000}'..='\u{9fff}').contains(&one))
}

/// A line that holds three English words in a row is English, unless it is a command to type.
fn is_english(line: &str) -> bool {
    let is_word = |word: &&str| {
        let mut letters = word.chars().skip(1);
        word.len() > 1
            && word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_lowercase())
    };
    let words = line.split_whitespace();
    let words: Vec<&str> = words.map(|word| word.trim_start_matches('(')).collect();
    let is_run = |run: &[&str]| run.iter().all(is_word);
    !line.trim_start().starts_with("jdy ") && words.windows(3).any(is_run)
}

fn assert_chinese(text: &str) {
    for line in text.lines() {
        assert!(!is_english(line), "{line}\n\n{text}");
    }
    assert!(is_chinese(text), "{text}");
}

#[test]
fn what_counts_as_english_is_found() {
    for line in [
        "Print this message or the help of the given subcommand(s)",
        "  -h, --help  Print help (see more with '--help')",
        "no operation is called \"x\"",
    ] {
        assert!(is_english(line), "{line}");
    }
    for line in [
        "  jdy batch status --journal recharges.journal",
        "  list, operation, destination, journal   清单",
        "用法：jdy call [选项] <OPERATION> [NAME=VALUE]...",
        "  -h, --help  显示帮助",
    ] {
        assert!(!is_english(line), "{line}");
    }
}

#[test]
fn every_help_is_chinese_and_fits_a_terminal() {
    let environment = chinese(Environment::new());
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let ended = jdy(&environment, &[command, &[flag]].concat());
            assert_eq!(
                (ended.status, ended.stderr.as_str()),
                (0, ""),
                "{command:?}"
            );
            assert_chinese(&ended.stdout);
            for said in ["用法：jdy", "选项：\n", "--help", "示例：\n"] {
                assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
            }
            for words in [
                "Usage:",
                "Options:",
                "Arguments:",
                "Commands:",
                "[default",
                "[possible",
            ] {
                assert!(!ended.stdout.contains(words), "{}", ended.stdout);
            }
            for line in ended.stdout.lines() {
                let is_long = flag == "--help" && line.width() > 100;
                assert!(!is_long, "{} columns: {line}", line.width());
            }
        }
    }
    let help = jdy(&environment, &["help", "ops"]);
    assert!(help.stdout.contains("列出接口"), "{help:?}");
    let batch = jdy(&environment, &["batch", "-h"]).stdout;
    assert!(batch.contains("\n      jdy batch <命令>\n"), "{batch}");
    let values = jdy(&environment, &["ops", "--help"]).stdout;
    for said in ["- json：供程序读取", "[默认值：table]"] {
        assert!(values.contains(said), "{values}");
    }
}

#[test]
fn wrong_usage_is_said_in_chinese_with_the_same_status() {
    let environment = chinese(Environment::new());
    for (arguments, said) in [
        (&[][..], "用法：jdy [选项] <命令>"),
        (&["nonsense"][..], "jdy: 没有子命令 'nonsense'"),
        (&["call"][..], "缺少必填的参数：<OPERATION>"),
        (&["call", "x", "--deadline", "30"][..], "例如 30s"),
        (&["call", "x", "novalue"][..], "NAME=VALUE"),
        (&["call", "x", "--raw", "--format", "table"][..], "不能与"),
        (&["ops", "--format", "xml"][..], "[可选值：json, table]"),
        (&["ops", "--nothing"][..], "没有参数 '--nothing'"),
        (
            &["show", "no_such_thing"][..],
            "没有名为 \"no_such_thing\" 的接口",
        ),
        (
            &[
                "call",
                "ls.mall_recharge_rule",
                "--all",
                "--format",
                "table",
            ][..],
            "表格要等",
        ),
    ] {
        let ended = jdy(&environment, arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert_chinese(&ended.stderr);
    }
}

#[test]
fn the_first_of_the_variables_decides() {
    for (variables, is_english) in [
        (&[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")][..], true),
        (&[("LC_MESSAGES", "zh_CN.UTF-8"), ("LANG", "C")], false),
        (&[("LANG", "fr_FR.UTF-8")], true),
    ] {
        let variables = variables.iter();
        let environment = variables.map(|(name, value)| (*name, (*value).to_owned()));
        let help = jdy(&environment.collect(), &["--help"]).stdout;
        assert_eq!(help.contains("Usage:"), is_english, "{help}");
    }
}

/// A folder with a list of these lines, and the arguments of its run.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str, lines: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("language-{name}"));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("member_id,bal_amount,src_bill_id\n{lines}");
        std::fs::write(folder.join("list.csv"), text).unwrap();
        Self(folder)
    }

    fn run(&self, environment: &Environment, more: &[&str]) -> Ended {
        let path = |name: &str| self.0.join(name).display().to_string();
        let (list, journal) = (path("list.csv"), path("journal"));
        let fixed = ["batch", "ls.mall_recharge", &list, "--journal", &journal];
        jdy(
            environment,
            &[&fixed[..], &["--rate", "600000"], more].concat(),
        )
    }
}

#[test]
fn a_summary_is_chinese_with_the_states_of_the_journal() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    let environment = chinese(sandbox.environment());
    let desk = Desk::new("summary", "10,1.00,R-1\nnobody,1.00,R-2\n");
    let ended = desk.run(&environment, &["--concurrency", "1"]);
    assert_eq!(ended.status, 5, "{ended:?}");
    for said in [
        "状态",
        "unknown（结局未知）  1\n",
        "rejected（被拒绝）   1\n",
        "合计",
        "\nunknown（结局未知）：不知道是否已生效；请逐行查询",
        "  R-1=applied 或 R-1=absent  ",
        "业务单号",
        "核对方法",
        "R-1",
        "\nrejected（被拒绝）：业务系统拒绝了这些行\n",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.starts_with("jdy: 共 2 行，其中 "), "{last}");
    assert!(last.contains("1 行 unknown（结局未知）"), "{last}");
    assert!(last.ends_with("用 --settle 录入结果"), "{last}");
    let status = jdy(
        &environment,
        &[
            "batch",
            "status",
            "--journal",
            &desk.0.join("journal").display().to_string(),
        ],
    );
    assert_eq!(status.status, 0, "{status:?}");
    assert!(status.stdout.contains("unknown（结局未知）"), "{status:?}");
    // The journal's own words stay, and their meaning follows.
    for said in ["connection lost", "（连接中断；最后一次尝试 20"] {
        assert!(status.stdout.contains(said), "{said}: {status:?}");
    }
    assert!(ended.stdout.contains("（业务系统拒绝）"), "{ended:?}");
    let json = desk.run(&environment, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let report = json["unknown"][0]["report"].as_str().unwrap();
    assert!(
        report.contains("connection lost") && !is_chinese(report),
        "{report}"
    );
    let settled = desk.run(&environment, &["--settle", "R-1=applied", "--by", "李雷"]);
    assert_eq!(settled.status, 3, "{settled:?}");
    assert!(
        settled.stderr.contains("请只把被拒绝的行复制到另一个清单"),
        "{settled:?}"
    );
    let again = desk.run(&environment, &["--settle", "R-1=applied", "--by", "李雷"]);
    assert_eq!(again.status, 3, "{again:?}");
    assert!(
        again.stderr.contains("R-1 已由李雷录入为 applied"),
        "{again:?}"
    );
    let other = desk.run(&environment, &["--settle", "R-1=absent"]);
    assert_eq!(other.status, 2, "{other:?}");
    assert!(other.stderr.contains("该行已经录入过结果"), "{other:?}");
}

#[test]
fn why_a_run_is_refused_is_said_in_chinese_with_what_to_do() {
    let sandbox = sandbox(&[]);
    let environment = chinese(sandbox.environment());
    let desk = Desk::new("refused-run", "10,1.00,R-1\n10,2.00,R-2\n");
    assert_eq!(desk.run(&environment, &[]).status, 0);
    for (more, said) in [
        (&["--settle", "R-1=absent"][..], "该行的结局已经确定"),
        (
            &["--resend-unknown", "R-1", "R-9"],
            "（只有结局未知的行才能重发）；",
        ),
        (
            &["--resend-unknown", "R-1", "R-9"],
            "（清单中没有这个业务单号）；没有发出任何请求",
        ),
        (&["--key", "member_id"], "请去掉 --key"),
    ] {
        let ended = desk.run(&environment, more);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    // Whoever takes it for a new list sends again what is done.
    let text = "member_id,bal_amount,src_bill_id\n10,1.00,R-1\n10,3.00,R-2\n";
    std::fs::write(desk.0.join("list.csv"), text).unwrap();
    let ended = desk.run(&environment, &[]);
    assert_eq!(ended.status, 2, "{ended:?}");
    for said in [
        "请改回原来的内容再运行",
        "切勿放到别的清单或换用别的日志，否则会重复发送",
    ] {
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    let text = "member_id;bal_amount;src_bill_id\n10;1.00;R-1\n";
    std::fs::write(desk.0.join("list.csv"), text).unwrap();
    let ended = desk.run(&environment, &[]);
    assert!(ended.stderr.contains("请另存为逗号分隔的 CSV"), "{ended:?}");
}

#[test]
fn a_refused_file_is_said_in_chinese_line_by_line() {
    let sandbox = sandbox(&[]);
    let environment = chinese(sandbox.environment());
    let desk = Desk::new("refused", "10,x,R-1\n11,1.00,R-2\n12,1.00,R-2\n");
    let ended = desk.run(&environment, &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
    for said in [
        "list.csv: 第 2 行：bal_amount: is not a decimal",
        "（应为数字，如 100.00）",
        "list.csv: 第 4 行：src_bill_id \"R-2\" is on line 3 already（业务单号与前面的行重复）",
        "list.csv 有 2 处错误；没有发出任何请求",
    ] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn an_error_of_a_call_is_followed_by_what_it_means() {
    for (faults, member, status, outcome, advice) in [
        (&[][..], "nobody", 3, "rejected（被拒绝）", "改正后再发送"),
        (
            &["lost-after-commit@/jdy/v2/ls/mall_recharge"],
            "10",
            5,
            "unknown（结局未知）",
            "先查询，再决定是否重发",
        ),
    ] {
        let sandbox = sandbox(faults);
        let member = format!("member_id={member}");
        let fields = [&*member, "bal_amount=1.00", "src_bill_id=R-1"];
        let call = [&["call", "ls.mall_recharge"][..], &fields].concat();
        let ended = jdy(&chinese(sandbox.environment()), &call);
        assert_eq!(ended.status, status, "{ended:?}");
        let lines: Vec<&str> = ended.stderr.lines().collect();
        let [english, meaning] = lines.as_slice() else {
            panic!("{ended:?}");
        };
        assert!(english.starts_with("jdy: ls.mall_recharge "), "{english}");
        assert!(
            meaning.contains(outcome) && meaning.contains(advice),
            "{meaning}"
        );
        let command = "；调用后满 10 分钟仍查不到，才能认定未生效；查询方法：\
                       jdy call ls.recharge_record member_id=10 page_size=100 --all \
                       --expect-app-key=Sandbox01";
        assert_eq!(meaning.ends_with(command), status == 5, "{meaning}");
    }
}

#[test]
fn the_checks_of_doctor_are_chinese() {
    let sandbox = sandbox(&[]);
    let mut environment = chinese(sandbox.environment());
    environment.push(("JDY_TOKEN_STORE", "memory".to_owned()));
    let ended = jdy(&environment, &["doctor"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    for said in [
        "ok 正常      设置",
        "ok 正常      时钟",
        "ok 正常      读取调用",
        "每分钟 2 次令牌调用",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    assert_chinese(&ended.stdout);
    let failed = jdy(&chinese(Environment::new()), &["doctor"]);
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(failed.stdout.starts_with("FAILED 失败"), "{failed:?}");
    assert_eq!(failed.stderr, "jdy: 检查失败：设置\n");
}

/// What each prints, and how it ends, with and without a Chinese locale.
fn both(sandbox: &Sandbox, arguments: &[&str]) -> [(i32, String); 2] {
    let environment = sandbox.environment();
    [environment.clone(), chinese(environment)].map(|environment| {
        let ended = jdy(&environment, arguments);
        (ended.status, ended.stdout)
    })
}

#[test]
fn what_a_program_reads_is_the_same_in_every_language() {
    let sandbox = sandbox(&[]);
    for arguments in [
        &["ops", "充值", "--format", "json"][..],
        &["show", "ls.mall_recharge", "--format", "json"],
        &["call", "ls.mall_recharge_rule", "member_id=10"],
        &["call", "bd.material", "--all"],
        &[
            "call",
            "bd.material",
            "--all",
            "--format",
            "csv",
            "--columns",
            "id,number",
        ],
        &["call", "ls.mall_recharge_rule", "member_id=10", "--dry-run"],
        &["template", "ls.mall_recharge"],
        &["man"],
        &["completions", "bash"],
        &["--version"],
    ] {
        let [english, chinese] = both(&sandbox, arguments);
        assert_eq!(english.0, 0, "{arguments:?}: {english:?}");
        assert_eq!(english, chinese, "{arguments:?}");
    }
}

#[test]
fn the_json_and_the_results_of_a_batch_are_the_same_in_every_language() {
    let of = |name: &str, is_chinese: bool| {
        let sandbox = sandbox(&[]);
        let environment = match is_chinese {
            true => chinese(sandbox.environment()),
            false => sandbox.environment(),
        };
        let desk = Desk::new(name, "10,1.00,R-1\nnobody,1.00,R-2\n");
        let results = desk.0.join("results.csv").display().to_string();
        let more = ["--format", "json", "--results", &results];
        let ended = desk.run(&environment, &more);
        let results = std::fs::read_to_string(results).unwrap();
        let known: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let (state, keys) = (
            known["rejected"][0]["report"].clone(),
            known["counts"].clone(),
        );
        let heading = results.lines().next().unwrap().to_owned();
        (ended.status, keys, is_ascii(&state), heading)
    };
    let english = of("json-en", false);
    assert_eq!(english.0, 3);
    assert_eq!(english, of("json-zh", true));
}

/// Whether a report is the SDK's own text.
fn is_ascii(report: &serde_json::Value) -> bool {
    let text = report.as_str().unwrap();
    text.starts_with("ls.mall_recharge") || text.contains("errcode")
}
