//! `jdy call`: what it prints, and the exit status for each end that a call can have.

use serde_json::Value;

use crate::command::{
    Ended, Environment, business_calls, closed_port, command, jdy, piped, sandbox,
};

const RECHARGE: [&str; 5] = [
    "call",
    "ls.mall_recharge",
    "member_id=10",
    "bal_amount=10.50",
    "src_bill_id=R-1",
];

fn recharge(environment: &Environment, more: &[&str]) -> Ended {
    jdy(environment, &[&RECHARGE, more].concat())
}

#[test]
fn a_call_that_is_done_prints_the_data_in_one_line_and_ends_with_zero() {
    let sandbox = sandbox(&[]);
    let ended = recharge(&sandbox.environment(), &[]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout.matches('\n').count(), 1);
    let receipt: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(receipt["bill_no"].is_string(), "{receipt}");
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "110.50");
}

#[test]
fn a_path_that_the_spec_does_not_know_takes_a_query_beside_its_body() {
    let sandbox = sandbox(&[]);
    let environment = sandbox.environment();
    let ask = |arguments: &[&str]| jdy(&environment, &[&["call"], arguments].concat());
    let unknown = ask(&[
        "POST:/jdy/v2/none",
        "a=1",
        "--query",
        "b=2 3",
        "--query",
        "b=4",
    ]);
    assert_eq!(unknown.status, 3, "{unknown:?}");
    assert_eq!(business_calls(&sandbox), ["POST /jdy/v2/none?b=2%203&b=4"]);
    for (arguments, said) in [
        (
            &["POST:/jdy/v2/none?b=2", "a=1"][..],
            "give the query with --query NAME=VALUE",
        ),
        (
            &["https://api.kingdee.com/jdy/v2/none"][..],
            "is no METHOD:PATH",
        ),
        (
            &["ls.mall_recharge", "--query", "b=2"][..],
            "the spec says what of ls.mall_recharge",
        ),
    ] {
        let ended = ask(arguments);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(business_calls(&sandbox).len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_ends_with_one() {
    let sandbox = sandbox(&[]);
    let ended = jdy(
        &sandbox.environment(),
        &["call", "ls.mall_recharge", "--json", "@/no/such/file"],
    );
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .stderr
            .starts_with("jdy: cannot read \"/no/such/file\"")
    );
}

#[test]
fn credentials_that_are_missing_end_with_two_and_are_named() {
    let mut environment = sandbox(&[]).environment();
    environment.retain(|(name, _)| *name != "JDY_APP_KEY");
    let ended = recharge(&environment, &[]);
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("JDY_APP_KEY is not set"));
}

#[test]
fn a_refusal_of_the_product_ends_with_three() {
    let sandbox = sandbox(&[]);
    let arguments = [
        "call",
        "ls.mall_recharge",
        "member_id=nobody",
        "bal_amount=1",
        "src_bill_id=R-1",
    ];
    let ended = jdy(&sandbox.environment(), &arguments);
    assert_eq!((ended.status, ended.stdout.as_str()), (3, ""));
    assert_eq!(ended.stderr.matches('\n').count(), 1);
    for said in [
        "jdy: ls.mall_recharge rejected",
        "1999010001",
        "src_bill_id=R-1",
    ] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn a_call_that_never_left_ends_with_four() {
    let mut environment = sandbox(&[]).environment();
    let closed = closed_port();
    environment[0].1 = format!("http://{}", closed.local_addr().unwrap());
    let ended = recharge(&environment, &["--deadline", "500ms"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (4, ""));
    assert!(ended.stderr.contains("nothing took effect"));
}

#[test]
fn an_answer_that_is_lost_ends_with_five_and_names_the_key() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge"]);
    let ended = recharge(&sandbox.environment(), &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (5, ""));
    for said in ["unknown", "src_bill_id=R-1", "it may have taken effect"] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(sandbox.bills().len(), 1);
}

#[test]
fn an_answer_that_is_cut_ends_with_six_and_raw_prints_what_came() {
    let sandbox = sandbox(&["cut-answer=30@/jdy/v2/ls/mall_recharge"]);
    let ended = recharge(&sandbox.environment(), &["--raw"]);
    assert_eq!(ended.status, 6);
    assert!(ended.stdout.starts_with(r#"{"errcode":0,"#));
    assert_eq!(ended.stdout.len(), 30);
    assert!(ended.stderr.contains("it took effect"), "{}", ended.stderr);
    assert_eq!(sandbox.bills().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_call_that_is_interrupted_ends_with_five() {
    use std::time::Duration;

    let sandbox = sandbox(&["slow=1m@/jdy/v2/ls/mall_recharge"]);
    let child = piped(&mut command(&sandbox.environment(), &RECHARGE));
    while sandbox.bills().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    crate::command::signal(&child, "INT");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.status, ended.stdout.as_str()), (5, ""));
    assert_eq!(
        ended.stderr,
        "jdy: ls.mall_recharge unknown: interrupted, src_bill_id=R-1; it may have taken effect; \
         look it up before sending it again; it is absent if it is not there 10 minutes after \
         the call, and no sooner; to look it up: jdy call ls.recharge_record member_id=10 \
         page_size=100 --all --expect-app-key=Sandbox01\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_whose_answer_cannot_be_printed_is_not_said_to_have_failed() {
    let sandbox = sandbox(&[]);
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = command(&sandbox.environment(), &RECHARGE);
    let ended: Ended = command.stdout(full).output().unwrap().into();
    assert_eq!(ended.status, 6);
    assert!(ended.stderr.contains("it is done"), "{}", ended.stderr);
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let sandbox = sandbox(&["slow=300ms@/jdy/v2/ls/mall_recharge"]);
    let mut child = piped(&mut command(&sandbox.environment(), &RECHARGE));
    drop(child.stdout.take());
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
}

#[test]
fn raw_prints_the_bytes_as_they_came_also_of_a_refusal() {
    let sandbox = sandbox(&[]);
    let done = recharge(&sandbox.environment(), &["--raw"]);
    assert_eq!(done.status, 0);
    assert!(done.stdout.starts_with(r#"{"errcode":0,"description":"#));
    assert!(done.stdout.ends_with('}'));

    let unknown = ["call", "ls.mall_recharge_rule", "member_id=nobody", "--raw"];
    let refused = jdy(&sandbox.environment(), &unknown);
    assert_eq!(refused.status, 3);
    assert!(refused.stdout.starts_with(r#"{"errcode":1999010001,"#));
    assert!(refused.stderr.starts_with("jdy: "));
}

#[test]
fn data_that_fits_no_rule_is_printed_as_it_came_and_no_data_as_an_empty_record() {
    const DIGITS: &str = r#"{"rows":[{"donate_amount":1.10,"recharge_amount":{"a": 0.1000000000000000000000000000000001}}]}"#;
    for (data, printed) in [
        ("[]", "{}\n"),
        ("null", "{}\n"),
        (
            DIGITS,
            "{\"rows\":[{\"donate_amount\":\"1.10\",\"recharge_amount\":{\"a\":0.1000000000000000000000000000000001}}]}\n",
        ),
    ] {
        let sandbox = sandbox(&[]);
        let fault = jdy_sandbox::FaultKind::Data(data.to_owned());
        sandbox.inject(jdy_sandbox::Fault::on(
            "/jdy/v2/ls/mall_recharge_rule",
            fault,
        ));
        let arguments = ["call", "ls.mall_recharge_rule", "member_id=10"];
        let ended = jdy(&sandbox.environment(), &arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (0, printed));
    }
}

#[test]
fn data_of_another_kind_is_applied_and_its_answer_is_printed() {
    for how in [&[][..], &["--raw"], &["--format", "table"]] {
        let sandbox = sandbox(&["data=[1,2]@/jdy/v2/ls/mall_recharge_rule"]);
        let arguments = ["call", "ls.mall_recharge_rule", "member_id=10"];
        let ended = jdy(&sandbox.environment(), &[&arguments[..], how].concat());
        assert_eq!(ended.status, 6, "{ended:?}");
        assert!(ended.stdout.contains("[1,2]"), "{ended:?}");
        assert!(ended.stderr.contains("data is not an object"), "{ended:?}");
    }
}

#[test]
fn rows_can_be_printed_as_a_table() {
    let sandbox = sandbox(&[]);
    let arguments = ["call", "ls.mall_recharge_rule", "member_id=10"];
    let ended = jdy(
        &sandbox.environment(),
        &[&arguments[..], &["--format", "table"]].concat(),
    );
    assert_eq!(ended.status, 0);
    let lines: Vec<Vec<&str>> = ended
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let column = |name| {
        lines[0]
            .iter()
            .position(|heading| *heading == name)
            .unwrap()
    };
    assert_eq!(lines.len(), 3, "{}", ended.stdout);
    assert_eq!(lines[1][column("donate_amount")], "5");
    assert_eq!(lines[2][column("donate_amount")], "30");
}

#[test]
fn a_path_that_the_spec_does_not_know_is_called_all_the_same() {
    let sandbox = sandbox(&[]);
    let get = ["call", "GET:/jdy/v2/none", "search=a b", "id=2", "id=1"];
    let ended = jdy(&sandbox.environment(), &get);
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("API_NOT_FOUND"), "{}", ended.stderr);
    let post = ["call", "post:/jdy/v2/none", "name=x", "lines=[1]"];
    assert_eq!(jdy(&sandbox.environment(), &post).status, 3);
    assert_eq!(
        business_calls(&sandbox),
        [
            "GET /jdy/v2/none?id=1&id=2&search=a%20b",
            "POST /jdy/v2/none"
        ]
    );
}

#[test]
fn a_dry_run_shows_the_request_as_it_would_go_and_needs_neither_credentials_nor_a_network() {
    let shown = |arguments: &[&str]| {
        let ended = jdy(&vec![], &[&["call", "--dry-run"], arguments].concat());
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
        ended.stdout
    };
    assert_eq!(
        shown(&[
            "ls.mall_recharge",
            "member_id=10",
            "bal_amount=1.50",
            "src_bill_id=R-1"
        ]),
        "{\"method\":\"POST\",\"path\":\"/jdy/v2/ls/mall_recharge\",\"query\":[],\"body\":{\
         \"bal_amount\":\"1.50\",\"member_id\":\"10\",\"src_bill_id\":\"R-1\",\"source\":9}}\n"
    );
    let json: Value = serde_json::from_str(&shown(&["bd.material", "search=测 试"])).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "method": "GET", "path": "/jdy/v2/bd/material", "query": [["search", "测 试"]],
            "body": null,
        })
    );
    let raw = shown(&[
        "POST:/jdy/v2/none",
        "a=1",
        "--query",
        "b=2",
        "--query",
        "b=3",
    ]);
    let json: Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(json["query"], serde_json::json!([["b", "2"], ["b", "3"]]));
    assert_eq!(json["body"], serde_json::json!({"a": "1"}));
    let upload = format!("file1=@{}", file!().replace("crates/jdy-cli/", ""));
    let json: Value = serde_json::from_str(&shown(&["sys.attachment_upload", &upload])).unwrap();
    assert_eq!(
        json["form"],
        serde_json::json!([{"name": "file1", "file": "tests/call.rs"}])
    );

    let wrong = jdy(
        &vec![],
        &["call", "--dry-run", "ls.mall_recharge", "colour=red"],
    );
    assert_eq!((wrong.status, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("colour: is not a field"), "{wrong:?}");
}
