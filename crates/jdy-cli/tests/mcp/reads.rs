//! Finding operations, reading what they take, and calling those that read.

use jdy_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::Value;

use super::agent::{Agent, said};
use super::tokens;
use crate::command::{business_calls, sandbox};

fn ids(answer: &Value) -> Vec<&str> {
    let operations = answer["operations"].as_array().unwrap();
    operations
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect()
}

#[test]
fn operations_are_found_in_chinese_in_english_and_by_their_fields() {
    let mut agent = Agent::start(&vec![], &[]);
    let found = agent.done("search", r#"{"query":"充值 规则"}"#);
    assert_eq!(ids(&found)[0], "ls.mall_recharge_rule");
    assert_eq!(found["operations"][0]["effect"], "read");
    let found = agent.done("search", r#"{"query":"Sal_Order save"}"#);
    assert!(ids(&found).contains(&"scm.sal_order_save"), "{found}");
    assert_eq!(found["operations"][0]["may_call"], false);
    let found = agent.done("search", r#"{"query":"bal_amount src_bill_id"}"#);
    let recharge = found["operations"].as_array().unwrap();
    let recharge = recharge
        .iter()
        .find(|it| it["id"] == "ls.mall_recharge")
        .unwrap();
    assert_eq!(recharge["found_in"][0], "bal_amount");
    let many = agent.done("search", r#"{"query":"id"}"#);
    assert_eq!(ids(&many).len(), 20);
    assert!(
        said(&many, "note").contains("are left out; more words find fewer"),
        "{many}"
    );
    let none = agent.refused("search", r#"{"query":"充值 unicorn"}"#);
    assert!(
        said(&none, "error").contains("fewer or shorter words"),
        "{none}"
    );
    // It needed no credentials for that.
    assert_eq!(agent.end().stderr, "");
}

#[test]
fn what_an_operation_takes_and_answers_is_shown() {
    let mut agent = Agent::start(&vec![], &[]);
    let shown = agent.done("show", r#"{"operation":"ls.mall_recharge"}"#);
    assert_eq!(
        (&shown["effect"], &shown["key"]),
        (&"money".into(), &"src_bill_id".into())
    );
    assert_eq!(shown["may_call"], false);
    let fields = shown["fields"].as_array().unwrap();
    let amount = fields.iter().find(|it| it["name"] == "bal_amount").unwrap();
    assert_eq!(
        (&amount["type"], &amount["required"]),
        (&"decimal".into(), &true.into())
    );
    let entries = r#"{"operation":"ls.mall_recharge","field":"settle_entries.pay_type"}"#;
    let code = agent.done("show", entries);
    assert_eq!(code["fields"][0]["codes"][0]["code"], "1", "{code}");
    let answer = agent.done(
        "show",
        r#"{"operation":"ls.mall_recharge","part":"answer"}"#,
    );
    assert_eq!(answer["answer"][0]["name"], "bill_no", "{answer}");
    let by_path = agent.done("show", r#"{"operation":"POST:/jdy/v2/ls/mall_recharge"}"#);
    assert_eq!(by_path["id"], "ls.mall_recharge");
    for (arguments, words) in [
        (
            r#"{"operation":"ls.mall_rechage"}"#,
            "did you mean ls.mall_recharge",
        ),
        (
            r#"{"operation":"GET:/jdy/v2/none"}"#,
            "no operation is called",
        ),
        (
            r#"{"operation":"ls.mall_recharge","field":"none"}"#,
            "there is no field \"none\"",
        ),
        (
            r#"{"operation":"ls.mall_recharge","part":"all"}"#,
            "request or answer",
        ),
        ("{}", "operation is needed"),
    ] {
        let refused = agent.refused("show", arguments);
        assert!(said(&refused, "error").contains(words), "{refused}");
    }
}

#[test]
fn no_operation_is_too_long_to_be_shown_and_what_is_left_out_is_said() {
    const MOST: usize = 7_000;
    let mut agent = Agent::start(&vec![], &[]);
    let (mut count, mut shortened) = (0, 0);
    for operation in jdy_operations() {
        for part in ["request", "answer"] {
            let asked = format!(r#"{{"operation":"{operation}","part":"{part}"}}"#);
            let (text, is_error) = agent.text("show", &asked);
            assert!(
                !is_error && tokens(&text) <= MOST,
                "{operation}: {}",
                tokens(&text)
            );
            let shown: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                text.contains("left_out"),
                shown["note"].is_string(),
                "{text}"
            );
            shortened += usize::from(shown["note"].is_string());
            count += 1;
        }
    }
    assert!(
        count > 700 && (1..count / 4).contains(&shortened),
        "{shortened} of {count}"
    );
}

/// The ids of all operations, by the command's own list.
fn jdy_operations() -> Vec<String> {
    let listed = crate::command::jdy(&vec![], &["ops", "--format", "json"]).stdout;
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    listed
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_read_answers_its_data_page_by_page() {
    let builder = (1..=5).map(|number| format!("m-{number}"));
    let builder = builder.fold(Sandbox::builder(), |it, id| it.member(id, "1.50"));
    let sandbox = builder.start_blocking().unwrap();
    let mut agent = Agent::start(&sandbox.environment(), &[]);
    let mut seen = Vec::new();
    for page in 1..=3 {
        let answer = agent.call("ls.member", &format!(r#"{{"page":{page},"page_size":2}}"#));
        assert_eq!(answer["outcome"], "done", "{answer}");
        assert!(answer["note"].is_null(), "{answer}");
        let rows = answer["data"]["rows"].as_array().unwrap();
        seen.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
    }
    seen.sort();
    assert_eq!(seen, ["m-1", "m-2", "m-3", "m-4", "m-5"]);
    let few = r#"{"operation":"ls.member","arguments":{"page":1,"page_size":2},"fields":["id"]}"#;
    let few = agent.done("call", few);
    let row = few["data"]["rows"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id"]);
    let before = business_calls(&sandbox).len();
    let wrong =
        r#"{"operation":"ls.member","arguments":{"page":1,"page_size":100},"fields":["colour"]}"#;
    let wrong = agent.refused("call", wrong);
    assert!(
        said(&wrong, "error").contains("has no field \"colour\""),
        "{wrong}"
    );
    assert_eq!(business_calls(&sandbox).len(), before);
}

#[test]
fn an_answer_that_is_too_long_is_cut_and_says_so() {
    let sandbox = sandbox(&[]);
    let row = |number| format!(r#"{{"id":"{number}","name":"{}"}}"#, "长".repeat(99));
    let rows: Vec<String> = (1..=100).map(row).collect();
    let data = format!(
        r#"{{"count":"100","page":"1","rows":[{}]}}"#,
        rows.join(",")
    );
    sandbox.inject(Fault::on("/jdy/v2/ls/member", FaultKind::Data(data)));
    let mut agent = Agent::start(&sandbox.environment(), &[]);
    let (text, is_error) = agent.text(
        "call",
        r#"{"operation":"ls.member","arguments":{"page":1,"page_size":100}}"#,
    );
    assert!(!is_error && tokens(&text) < 7_000, "{}", tokens(&text));
    let answer: Value = serde_json::from_str(&text).unwrap();
    let shown = answer["data"]["rows"].as_array().unwrap().len();
    assert!((30..100).contains(&shown), "{shown}");
    let note = said(&answer, "note");
    assert!(
        note.contains(&format!("{} of the 100 rows", 100 - shown)),
        "{note}"
    );
    assert!(note.contains(&format!("page_size={shown}")), "{note}");
    let few = r#"{"operation":"ls.member","arguments":{"page":1,"page_size":100},"fields":["id"]}"#;
    let few = agent.done("call", few);
    assert_eq!(few["data"]["rows"].as_array().unwrap().len(), 100);
    assert!(few["note"].is_null());
    // One record, which has no rows to leave out.
    let long = format!(r#"{{"name":"{}"}}"#, "长".repeat(9_000));
    sandbox.inject(Fault::on(
        "/jdy/v2/bd/material_detail",
        FaultKind::Data(long),
    ));
    let record = agent.call("bd.material_detail", r#"{"number":"SP001"}"#);
    assert!(
        said(&record, "data").starts_with(r#"{"name":"长长"#),
        "{record}"
    );
    assert!(
        said(&record, "note").contains("cut behind 6000 of its 9011"),
        "{record}"
    );
}

#[test]
fn an_answer_is_short_whatever_is_too_long_in_it() {
    let sandbox = sandbox(&[]);
    let mut agent = Agent::start(&sandbox.environment(), &[]);
    // An amount that cannot be read is shown as it came.
    let head = format!(r#"{{"total_amount":"{}"}}"#, "长".repeat(99));
    let heads = vec![head; 99];
    let twice: Vec<String> = (1..=999)
        .map(|number| format!(r#"{{"id":"{number}","bill_no":"1","bill_no":"2"}}"#))
        .collect();
    for data in [
        format!(r#"{{"rows":[],"headers":[{}]}}"#, heads.join(",")),
        format!(r#"{{"rows":[{}]}}"#, twice.join(",")),
        format!(r#"{{"rows":[],"{}":1}}"#, "长".repeat(9_000)),
    ] {
        sandbox.clear_faults();
        sandbox.inject(Fault::on("/jdy/v2/scm/sal_order", FaultKind::Data(data)));
        let (text, _) = agent.text("call", r#"{"operation":"scm.sal_order","arguments":{}}"#);
        assert!(tokens(&text) < 9_000, "{}: {text}", tokens(&text));
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(answer["note"].is_string(), "{answer}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_reason() {
    let sandbox = sandbox(&[]);
    let mut agent = Agent::start(&sandbox.environment(), &[]);
    for (operation, arguments, words) in [
        ("bd.customer", r#"{"colour":"red"}"#, "colour"),
        ("ls.mall_recharge_rule", "{}", "member_id"),
        ("bd.customer", r#"{"search":{"a":"b"}}"#, "search"),
        // A float has no hundredths, and a client's numbers may be floats.
        ("ls.mall_recharge_rule", r#"{"member_id":10.5}"#, "as text"),
        (
            "ls.mall_recharge_rule",
            r#"{"member_id":850693217107061760}"#,
            "member_id",
        ),
        ("ls.member", "[1]", "arguments is a JSON object"),
        ("ls.recharge", "{}", "no operation is called"),
        ("GET:/jdy/v2/none", "{}", "no operation is called"),
    ] {
        let answer = agent.call(operation, arguments);
        assert!(said(&answer, "error").contains(words), "{answer}");
        assert!(
            matches!(answer["outcome"].as_str(), None | Some("not_sent")),
            "{answer}"
        );
    }
    assert!(business_calls(&sandbox).is_empty());
    // Its text has all its digits.
    let answer = agent.call("ls.mall_recharge_rule", r#""{\"member_id\":\"10\"}""#);
    assert_eq!(answer["outcome"], "done", "{answer}");
    let answer = agent.call("ls.mall_recharge_rule", r#"{"member_id":"nobody"}"#);
    assert_eq!(answer["outcome"], "rejected", "{answer}");
}

#[test]
fn without_credentials_only_a_call_fails() {
    let mut agent = Agent::start(&vec![], &[]);
    let answer = agent.call("bd.customer", "{}");
    assert_eq!(answer["outcome"], "not_sent");
    assert!(said(&answer, "error").contains("JDY_CLIENT_ID"), "{answer}");
    agent.done("search", r#"{"query":"会员"}"#);
    assert_eq!(agent.end().status, 0);
}
