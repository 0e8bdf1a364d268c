//! Writes: only those that are allowed, each once, and what is said of its outcome.

use std::path::Path;
use std::time::Duration;

use jdy_sandbox::{Fault, Sandbox};
use serde_json::Value;

use super::agent::{Agent, said};
use super::journal;
use crate::command::{business_calls, jdy, long_ago, sandbox};

const RECHARGE: &str = "ls.mall_recharge";

fn recharge(key: &str, amount: &str) -> String {
    format!(r#"{{"member_id":"10","bal_amount":"{amount}","src_bill_id":"{key}"}}"#)
}

/// A server that may recharge.
fn teller(sandbox: &Sandbox, journal: &Path) -> Agent {
    let journal = journal.to_str().unwrap();
    let arguments = ["--write", RECHARGE, "--journal", journal];
    Agent::start(&sandbox.environment(), &arguments)
}

fn balance(sandbox: &Sandbox) -> String {
    sandbox.balance("10").unwrap().to_string()
}

#[test]
fn a_write_that_was_not_allowed_is_not_sent() {
    let sandbox = sandbox(&[]);
    let mut agent = Agent::start(&sandbox.environment(), &[]);
    let answer = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(answer["outcome"], "not_sent");
    assert!(
        said(&answer, "error").contains("--write ls.mall_recharge"),
        "{answer}"
    );
    drop(agent);
    let path = journal("other");
    let mut agent = teller(&sandbox, &path);
    let other = agent.call("bd.customer_save", r#"{"name":"x","number":"1"}"#);
    assert!(
        said(&other, "error").contains("--write bd.customer_save"),
        "{other}"
    );
    assert!(business_calls(&sandbox).is_empty());
    assert!(sandbox.bills().is_empty());
}

#[test]
fn an_allowed_write_is_made_once_however_often_its_key_is_asked_about() {
    let (sandbox, path) = (sandbox(&[]), journal("once"));
    let mut agent = teller(&sandbox, &path);
    let listed = agent.ask("tools/list", "{}");
    assert_eq!(
        listed["result"]["tools"][2]["annotations"]["readOnlyHint"],
        false
    );
    let first = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(
        (&first["outcome"], &first["key"]),
        (&"done".into(), &"R-1".into()),
        "{first}"
    );
    let bill = first["data"]["bill_no"].clone();
    assert!(bill.is_string(), "{first}");
    // The same amount, written otherwise, is the same request as far as the journal knows it, or
    // another; in no case is it sent.
    for amount in ["10.50", "99"] {
        let again = agent.call(RECHARGE, &recharge("R-1", amount));
        match amount {
            "10.50" => {
                assert_eq!(
                    (&again["outcome"], &again["sent_now"]),
                    (&"done".into(), &false.into())
                );
                assert_eq!(again["data"]["bill_no"], bill, "{again}");
            }
            _ => {
                assert_eq!(again["outcome"], "not_sent");
                assert!(said(&again, "error").contains("another request"), "{again}");
            }
        }
    }
    assert_eq!(agent.end().status, 0);
    // Nor by another server, later.
    let mut agent = teller(&sandbox, &path);
    let again = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(
        (&again["outcome"], &again["sent_now"]),
        (&"done".into(), &false.into())
    );
    assert_eq!(
        (sandbox.bills().len(), balance(&sandbox).as_str()),
        (1, "110.50")
    );
}

#[test]
fn an_unknown_outcome_is_said_and_never_sent_again() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("unknown");
    let mut agent = teller(&sandbox, &path);
    let lost = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    assert!(
        said(&lost, "next").contains("Do not send it again"),
        "{lost}"
    );
    assert!(said(&lost, "error").contains("R-1"), "{lost}");
    let look_up = &lost["look_up"];
    let shown = agent.done(
        "show",
        &format!(r#"{{"operation":{}}}"#, look_up["operation"]),
    );
    assert_eq!(shown["effect"], "read");
    let again = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(
        (&again["outcome"], &again["sent_now"]),
        (&"unknown".into(), &false.into())
    );
    assert!(
        said(&again, "next").contains("a person has to decide"),
        "{again}"
    );
    assert_eq!(again["look_up"], *look_up);
    assert_eq!(agent.end().status, 0);
    let mut agent = teller(&sandbox, &path);
    let again = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(again["outcome"], "unknown", "{again}");
    // It did take effect, once.
    assert_eq!(business_calls(&sandbox).len(), 1);
    assert_eq!(balance(&sandbox), "110.50");
}

#[test]
fn a_message_in_which_a_name_stands_twice_is_not_obeyed() {
    let (sandbox, path) = (sandbox(&[]), journal("twice"));
    let mut agent = teller(&sandbox, &path);
    for (arguments, name) in [
        (
            r#"{"member_id":"10","bal_amount":"1.00","src_bill_id":"R-1","bal_amount":"900.00"}"#,
            "params.arguments.arguments.bal_amount",
        ),
        (
            r#"{"member_id":"10","bal_amount":"1.00","src_bill_id":"R-1","settle_entries":[{"pay_type":"1","settle_amt":"1.00","settle_amt":"1.00"}]}"#,
            "params.arguments.arguments.settle_entries[0].settle_amt",
        ),
    ] {
        let call = format!(
            r#"{{"name":"call","arguments":{{"operation":"{RECHARGE}","arguments":{arguments}}}}}"#
        );
        let answer = agent.ask("tools/call", &call);
        let error = &answer["error"];
        assert_eq!(error["code"], -32602, "{answer}");
        let words = error["message"].as_str().unwrap();
        assert!(
            words.starts_with(&format!("{name} stands twice")),
            "{words}"
        );
        assert!(words.ends_with("nothing was sent"), "{words}");
        // As a text it is read by the command itself.
        let text = Value::from(arguments).to_string();
        let given = format!(r#"{{"operation":"{RECHARGE}","arguments":{text}}}"#);
        let refused = agent.refused("call", &given);
        let name = name.rsplit_once("arguments.").unwrap().1;
        let words = format!("{name} is given twice");
        assert!(said(&refused, "error").contains(&words), "{refused}");
    }
    // However long it is.
    let long = format!(
        r#"{{"name":"call","remark":"{}","arguments":{{"operation":"{RECHARGE}","operation":"x"}}}}"#,
        "x".repeat(17 << 20)
    );
    let answer = agent.ask("tools/call", &long);
    let words = answer["error"]["message"].as_str().unwrap();
    assert!(
        words.starts_with("params.arguments.operation stands twice"),
        "{words}"
    );
    // A notification has no answer, and the connection goes on.
    agent.say(r#"{"jsonrpc":"2.0","method":"notifications/progress","method":"other"}"#);
    assert_eq!(
        agent.call(RECHARGE, &recharge("R-1", "1.00"))["outcome"],
        "done"
    );
    let unknown = agent.ask("jdy/other", "{}");
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
    assert_eq!(balance(&sandbox), "101.00");
}

#[test]
fn a_message_behind_a_byte_order_mark_is_checked_as_well() {
    let (sandbox, path) = (sandbox(&[]), journal("marked"));
    let mut agent = teller(&sandbox, &path);
    let arguments =
        r#"{"member_id":"10","bal_amount":"1.00","src_bill_id":"R-1","bal_amount":"9"}"#;
    let call = format!(
        r#"{{"name":"call","arguments":{{"operation":"{RECHARGE}","arguments":{arguments}}}}}"#
    );
    // As a shell of Windows begins what it pipes: the protocol reads on behind it.
    let answer = agent.ask_behind("\u{feff}", "tools/call", &call);
    let words = answer["error"]["message"].as_str().unwrap_or_default();
    assert!(
        words.starts_with("params.arguments.arguments.bal_amount stands twice"),
        "{answer}"
    );
    let listed = agent.ask_behind("\u{feff}", "tools/list", "{}");
    assert!(listed["result"]["tools"].is_array(), "{listed}");
    assert_eq!(balance(&sandbox), "100.00");
}

#[test]
fn a_person_settles_an_unknown_write() {
    let sandbox = sandbox(&["lost-before-commit@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("settled");
    let environment = sandbox.environment();
    let mut agent = teller(&sandbox, &path);
    let lost = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    // The first page alone may lack the record, and the gateway may still accept the call.
    for words in ["on every page of a list", "10 minutes after the call"] {
        assert!(said(&lost, "next").contains(words), "{lost}");
    }
    assert_eq!(agent.end().status, 0);
    let fixed = ["mcp", "--journal", path.to_str().unwrap(), "--settle"];
    for (key, words) in [
        ("R-2=absent", "no such key"),
        ("R-1=perhaps", "applied or absent"),
    ] {
        let ended = jdy(&environment, &[&fixed[..], &[key]].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(words), "{ended:?}");
    }
    let absent = [&fixed[..], &["R-1=absent", "--by", "Li Lei"]].concat();
    let early = jdy(&environment, &absent);
    assert_eq!((early.status, early.stdout.as_str()), (2, ""), "{early:?}");
    assert!(early.stderr.contains("cannot be settled yet"), "{early:?}");
    long_ago(path.to_str().unwrap());
    let ended = jdy(&environment, &absent);
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (0, "R-1 is settled as absent\n")
    );
    let ended = jdy(&environment, &absent);
    let said = "R-1 is settled already as absent, by Li Lei, and is not_sent\n";
    assert_eq!((ended.status, ended.stdout.as_str()), (0, said));
    let other = jdy(&environment, &[&fixed[..], &["R-1=applied"]].concat());
    assert_eq!(other.status, 2, "{other:?}");
    assert!(
        other
            .stderr
            .contains("settled already as absent, by Li Lei"),
        "{other:?}"
    );
    let mut agent = teller(&sandbox, &path);
    assert_eq!(
        agent.call(RECHARGE, &recharge("R-1", "10.50"))["outcome"],
        "done"
    );
    assert_eq!(balance(&sandbox), "110.50");
}

#[test]
fn the_status_of_its_journal_says_how_a_write_is_settled() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("status");
    let mut agent = teller(&sandbox, &path);
    agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(agent.end().status, 0);
    let status = ["batch", "status", "--journal", path.to_str().unwrap()];
    let status = jdy(&sandbox.environment(), &status);
    // The file of a batch would be refused under it.
    assert!(!status.stdout.contains("jdy batch"), "{status:?}");
    let said = "settle it by jdy mcp --journal .. --settle";
    assert!(status.stdout.contains(said), "{status:?}");
}

#[test]
fn a_statement_under_a_journal_that_is_not_there_makes_none() {
    let (sandbox, path) = (sandbox(&[]), journal("misspelt"));
    let name = path.to_str().unwrap();
    let settle = ["mcp", "--journal", name, "--settle", "R-1=applied"];
    let ended = jdy(&sandbox.environment(), &settle);
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
    let said = format!("there is no journal \"{name}\"");
    assert!(ended.stderr.contains(&said), "{ended:?}");
    assert!(!path.exists());
}

#[test]
fn what_a_killed_server_left_behind_can_be_settled_when_the_time_is_over_that_was_named() {
    let sandbox = sandbox(&["lost-before-commit@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("killed");
    let environment = sandbox.environment();
    let mut agent = teller(&sandbox, &path);
    let lost = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    assert_eq!(agent.end().status, 0);
    let path = path.to_str().unwrap();
    long_ago(path);
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch("UPDATE lines SET state = 'intent', ended_at = NULL, report = NULL;")
        .unwrap();
    drop(file);
    let absent = ["mcp", "--journal", path, "--settle", "R-1=absent"];
    let early = jdy(&environment, &absent);
    assert_eq!(early.status, 2, "{early:?}");
    assert!(early.stderr.contains("cannot be settled yet"), "{early:?}");
    // The refused command has written when it found the line.
    long_ago(path);
    let ended = jdy(&environment, &absent);
    assert_eq!(ended.stdout, "R-1 is settled as absent\n", "{ended:?}");
}

#[test]
fn a_request_without_a_key_of_its_own_that_is_unknown_goes_under_no_other_key() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/bd/measure_unit*1"]);
    let path = journal("requests");
    let writes = [
        "--write",
        "bd.measure_unit_save",
        "--journal",
        path.to_str().unwrap(),
    ];
    let mut agent = Agent::start(&sandbox.environment(), &writes);
    let unit = |key: &str, name: &str| {
        let arguments = format!(r#"{{"name":"{name}","precision":"0"}}"#);
        format!(r#"{{"operation":"bd.measure_unit_save","arguments":{arguments},"key":"{key}"}}"#)
    };
    assert_eq!(
        agent.refused("call", &unit("U-1", "箱"))["outcome"],
        "unknown"
    );
    let again = agent.refused("call", &unit("U-2", "箱"));
    assert!(
        said(&again, "error").contains(r#"is unknown under the key "U-1""#),
        "{again}"
    );
    assert_eq!(business_calls(&sandbox).len(), 1);
    assert_eq!(agent.done("call", &unit("U-3", "包"))["outcome"], "done");
}

#[test]
fn a_refusal_of_the_product_is_final_for_its_key_and_one_of_the_gateway_is_not() {
    let (sandbox, path) = (sandbox(&[]), journal("refusals"));
    let mut agent = teller(&sandbox, &path);
    let nobody = r#"{"member_id":"nobody","bal_amount":"1","src_bill_id":"R-1"}"#;
    for sent_now in [Value::Null, false.into()] {
        let refused = agent.call(RECHARGE, nobody);
        assert_eq!(
            (&refused["outcome"], &refused["sent_now"]),
            (&"rejected".into(), &sent_now)
        );
        assert!(
            said(&refused, "next").contains("a key of its own"),
            "{refused}"
        );
    }
    assert_eq!(business_calls(&sandbox).len(), 1);
    let fault: Fault = "gateway=5006@/jdy/v2/ls/mall_recharge*9".parse().unwrap();
    sandbox.inject(fault);
    let not_sent = agent.call(RECHARGE, &recharge("R-2", "1"));
    assert_eq!(not_sent["outcome"], "not_sent", "{not_sent}");
    assert!(
        said(&not_sent, "next").contains("the same key"),
        "{not_sent}"
    );
    sandbox.clear_faults();
    assert_eq!(
        agent.call(RECHARGE, &recharge("R-2", "1"))["outcome"],
        "done"
    );
    assert_eq!(balance(&sandbox), "101.00");
}

#[test]
fn a_write_without_its_key_is_not_sent() {
    let (sandbox, path) = (sandbox(&[]), journal("keys"));
    let operations = [
        "bd.customer_save",
        "bd.measure_unit_save",
        "scm.sal_out_bound_batch_save",
    ];
    let mut arguments = vec!["--journal", path.to_str().unwrap()];
    for operation in operations {
        arguments.extend(["--write", operation]);
    }
    let mut agent = Agent::start(&sandbox.environment(), &arguments);
    let answer = agent.call("bd.customer_save", r#"{"name":"x"}"#);
    assert!(
        said(&answer, "error").contains("your own key in number"),
        "{answer}"
    );
    let blank = agent.call("bd.customer_save", r#"{"name":"x","number":"  "}"#);
    assert!(
        said(&blank, "error").contains("begins or ends with a blank"),
        "{blank}"
    );
    let other =
        r#"{"operation":"bd.customer_save","arguments":{"name":"x","number":"1"},"key":"2"}"#;
    let other = agent.refused("call", other);
    assert!(said(&other, "error").contains("leave `key` out"), "{other}");
    let item = |key| {
        format!(
            r#"{{"bill_no":"{key}","bill_date":"2024-01-31","customer_id":"7","material_entity":[]}}"#
        )
    };
    let two = format!(r#"{{"data":[{},{}]}}"#, item("X-1"), item("X-2"));
    let two = agent.call("scm.sal_out_bound_batch_save", &two);
    assert!(said(&two, "error").contains("data has 2 items"), "{two}");
    let unit = agent.call("bd.measure_unit_save", r#"{"name":"箱","precision":"0"}"#);
    assert!(
        said(&unit, "error").contains("give one of your own in `key`"),
        "{unit}"
    );
    assert!(business_calls(&sandbox).is_empty());
    // An operation without a field for a key takes one beside its request.
    let unit = r#"{"operation":"bd.measure_unit_save","arguments":{"name":"箱","precision":"0"},"key":"U-1"}"#;
    for sent_now in [Value::Null, false.into()] {
        let made = agent.done("call", unit);
        assert_eq!(
            (&made["outcome"], &made["sent_now"]),
            (&"done".into(), &sent_now),
            "{made}"
        );
    }
    assert_eq!(business_calls(&sandbox).len(), 1);
}

#[test]
fn a_write_under_way_is_waited_for_when_the_client_leaves() {
    let sandbox = sandbox(&["slow=1s@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("leaves");
    let mut agent = teller(&sandbox, &path);
    let arguments = recharge("R-1", "1");
    let params = format!(
        r#"{{"name":"call","arguments":{{"operation":"{RECHARGE}","arguments":{arguments}}}}}"#
    );
    agent.send("tools/call", &params);
    while business_calls(&sandbox).is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = agent.end();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let mut agent = teller(&sandbox, &path);
    let again = agent.call(RECHARGE, &arguments);
    assert_eq!(
        (&again["outcome"], &again["sent_now"]),
        (&"done".into(), &false.into())
    );
    assert_eq!(balance(&sandbox), "101.00");
}

#[test]
fn a_journal_of_something_else_or_in_use_is_refused() {
    let (sandbox, path) = (sandbox(&[]), journal("batch"));
    let list = path.with_extension("csv");
    std::fs::write(&list, "member_id,bal_amount,src_bill_id\n10,1.00,L-1\n").unwrap();
    let (list, file) = (list.to_str().unwrap(), path.to_str().unwrap());
    let ended = jdy(
        &sandbox.environment(),
        &["batch", RECHARGE, list, "--journal", file],
    );
    assert_eq!(ended.status, 0, "{ended:?}");
    let mut agent = teller(&sandbox, &path);
    let answer = agent.call(RECHARGE, &recharge("R-1", "1"));
    assert_eq!(answer["outcome"], "not_sent");
    assert!(
        said(&answer, "error").contains("this is the journal of ls.mall_recharge"),
        "{answer}"
    );
    let own = ["mcp", "--write", RECHARGE, "--journal", file];
    let second = jdy(&sandbox.environment(), &own);
    assert_eq!(second.status, 1, "{second:?}");
    assert!(second.stderr.contains("nothing was sent"), "{second:?}");
    assert_eq!(balance(&sandbox), "101.00");
}

#[cfg(unix)]
#[test]
fn reads_go_to_any_account_set_of_the_profile_and_writes_to_that_of_the_server() {
    let sandbox = Sandbox::builder()
        .account_set("另一账套")
        .start_blocking()
        .unwrap();
    let path = journal("accounts");
    let config = path.with_extension("toml");
    let (url, id) = (sandbox.url(), sandbox.client_id());
    let instance = sandbox.outer_instance_id();
    let secret = "{ env = \"MARKED\" }";
    std::fs::write(
        &config,
        format!(
            "[profiles.shop]\nclient_id = \"{id}\"\nclient_secret = {secret}\n\
             app_key = \"Sandbox01\"\nouter_instance_id = \"{instance}\"\nbase_url = \"{url}\"\n\
             [profiles.shop.accounts.second]\napp_key = \"Sandbox02\"\n\
             outer_instance_id = \"{instance}\"\n"
        ),
    )
    .unwrap();
    let environment = vec![
        ("JDY_CONFIG", config.display().to_string()),
        ("JDY_TOKEN_STORE", "memory".to_owned()),
        ("MARKED", sandbox.client_secret().to_owned()),
        ("JDY_PROFILE", "shop".to_owned()),
    ];
    let writes = ["--write", RECHARGE, "--journal", path.to_str().unwrap()];
    let mut agent = Agent::start(&environment, &writes);
    let ask = |account: &str| {
        let arguments = recharge("R-1", "1");
        format!(r#"{{"operation":"{RECHARGE}","arguments":{arguments},"account":"{account}"}}"#)
    };
    let rules = r#"{"operation":"ls.mall_recharge_rule","arguments":{"member_id":"10"},"account":"second"}"#;
    assert_eq!(agent.done("call", rules)["outcome"], "done");
    let elsewhere = agent.refused("call", &ask("second"));
    assert!(
        said(&elsewhere, "error").contains("and to no other"),
        "{elsewhere}"
    );
    let wrong = agent.refused("call", &rules.replace("second", "third"));
    assert!(said(&wrong, "error").contains("second"), "{wrong}");
    assert_eq!(
        agent.call(RECHARGE, &recharge("R-1", "1"))["outcome"],
        "done"
    );
    let ended = agent.end();
    // A server for the other account set takes another journal.
    let mut agent = Agent::start(
        &environment,
        &[&writes[..], &["--account", "second"]].concat(),
    );
    let other = agent.refused("call", &ask("second"));
    assert!(
        said(&other, "error").contains("another destination"),
        "{other}"
    );
    assert_eq!(sandbox.bills().len(), 1);
    for text in [&ended.stdout, &ended.stderr, &agent.end().stdout] {
        for secret in [sandbox.client_secret().to_owned(), sandbox.app_secret()] {
            assert!(!text.contains(&secret), "{text}");
        }
    }
}

/// What a person can change at the gateway is not final: the journal sends the same request when it is
/// asked for again, so a second key would pay twice.
#[test]
fn an_agent_gets_the_outcome_that_the_journal_keeps() {
    let faults = [
        "gateway=4012",
        "gateway=5001",
        "gateway=5002",
        "no-route-404",
    ];
    for (index, fault) in faults.into_iter().enumerate() {
        let (sandbox, path) = (sandbox(&[]), journal(&format!("refusals-{index}")));
        let mut agent = teller(&sandbox, &path);
        let fault: Fault = format!("{fault}@/jdy/v2/ls/mall_recharge*9")
            .parse()
            .unwrap();
        sandbox.inject(fault);
        let first = agent.call(RECHARGE, &recharge("R-1", "10.50"));
        assert_eq!(first["outcome"], "not_sent", "{first}");
        assert!(said(&first, "next").contains("the same key"), "{first}");
        sandbox.clear_faults();
        let asked = agent.call(RECHARGE, &recharge("R-1", "10.50"));
        assert_eq!(asked["outcome"], "done", "{asked}");
        assert_eq!(
            (sandbox.bills().len(), balance(&sandbox).as_str()),
            (1, "110.50")
        );
    }
}

/// An answer that refuses, and names a record all the same.
#[test]
fn a_write_that_may_have_taken_effect_in_part_is_not_said_to_have_none() {
    let (sandbox, path) = (sandbox(&[]), journal("in-part"));
    let arguments = ["--write", "fi.voucher_save", "--journal"];
    let arguments = [&arguments[..], &[path.to_str().unwrap()]].concat();
    let mut agent = Agent::start(&sandbox.environment(), &arguments);
    let fault = r#"data={"errors":["no"],"ids":["1"]}@/jdy/v2/fi/voucher*1"#;
    sandbox.inject(fault.parse::<Fault>().unwrap());
    let entry = concat!(
        r#"{"account_id":"1","amount_for":"1","currency_id":"1","dc":"1","#,
        r#""explanation":"x","id":"1"}"#
    );
    let voucher = format!(
        r#"{{"items":[{{"date":"2026-01-31","source_bill_no":"V-1","entry_list":[{entry}]}}]}}"#
    );
    for _ in 0..2 {
        let answer = agent.call("fi.voucher_save", &voucher);
        assert_eq!(answer["outcome"], "rejected", "{answer}");
        let next = said(&answer, "next");
        assert!(next.contains("may have taken effect"), "{answer}");
        assert!(next.contains("look up which"), "{answer}");
    }
}

#[test]
fn of_two_statements_about_one_key_none_is_carried_out() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/ls/mall_recharge*1"]);
    let path = journal("named-twice");
    let mut agent = teller(&sandbox, &path);
    let lost = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    assert_eq!(agent.end().status, 0);
    let path = path.to_str().unwrap();
    long_ago(path);
    let settle = ["mcp", "--journal", path, "--settle"];
    for both in [
        ["R-1=absent", "R-1=applied"],
        ["R-1=applied", "R-1=applied"],
    ] {
        let ended = jdy(&sandbox.environment(), &[&settle[..], &both[..]].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains("it is named twice"), "{ended:?}");
    }
    let mut agent = teller(&sandbox, Path::new(path));
    let again = agent.call(RECHARGE, &recharge("R-1", "10.50"));
    assert_eq!(again["outcome"], "unknown", "{again}");
    assert_eq!(sandbox.bills().len(), 1);
}

#[test]
fn an_unknown_request_goes_under_no_other_key_however_its_decimals_are_written() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/bd/customer_price*1"]);
    let path = journal("written");
    let writes = [
        "--write",
        "bd.customer_price",
        "--journal",
        path.to_str().unwrap(),
    ];
    let mut agent = Agent::start(&sandbox.environment(), &writes);
    let price = |key: &str, price: &str| {
        let arguments = format!(
            r#"{{"name":"n","start_time":"2024-05-01 08:30:00","end_time":"2024-05-02 08:30:00","level_type":"1","customer_price_entry":[{{"price_material_id":"810000020000000001","customer_price_unit_id":"810000010000000001","customer_price":"{price}"}}]}}"#
        );
        format!(r#"{{"operation":"bd.customer_price","arguments":{arguments},"key":"{key}"}}"#)
    };
    let lost = agent.refused("call", &price("P-1", "100.00"));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    for written in ["100.00", "100", "100.0"] {
        let same = agent.refused("call", &price("P-2", written));
        let why = said(&same, "error");
        assert!(why.contains("is unknown under the key \"P-1\""), "{same}");
    }
    assert_eq!(business_calls(&sandbox).len(), 1);
}

/// Whoever writes a record down again may begin with another of its members.
#[test]
fn an_unknown_request_goes_under_no_other_key_in_whatever_order_its_members_stand() {
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/cust/save*1"]);
    let path = journal("order");
    let writes = ["--write", "cust.save", "--journal", path.to_str().unwrap()];
    let mut agent = Agent::start(&sandbox.environment(), &writes);
    let save = |key: &str, data: &str| {
        format!(
            r#"{{"operation":"cust.save","arguments":{{"biz_type":"x","data":{data}}},"key":"{key}"}}"#
        )
    };
    let lost = agent.refused("call", &save("K-1", r#"{"b":"1","a":[{"d":"2","c":"3"}]}"#));
    assert_eq!(lost["outcome"], "unknown", "{lost}");
    let same = r#"{"a":[{"c":"3","d":"2"}],"b":"1"}"#;
    let refused = agent.refused("call", &save("K-2", same));
    let why = said(&refused, "error");
    assert!(
        why.contains("is unknown under the key \"K-1\""),
        "{refused}"
    );
    let known = agent.refused("call", &save("K-1", same));
    assert_eq!(
        (&known["outcome"], &known["sent_now"]),
        (&"unknown".into(), &false.into())
    );
    assert_eq!(business_calls(&sandbox).len(), 1);
    // What differs by more is another request.
    let other = r#"{"a":[{"c":"2","d":"3"}],"b":"1"}"#;
    assert_eq!(agent.done("call", &save("K-3", other))["outcome"], "done");
}
