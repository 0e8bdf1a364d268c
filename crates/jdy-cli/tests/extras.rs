//! Fields that the spec does not know can be sent, and those in an answer are reported.

use jdy_sandbox::{Fault, FaultKind, Sandbox};

use crate::command::{Ended, business_calls, jdy, sandbox};

const MEMBERS: [&str; 4] = ["call", "ls.member", "page=1", "page_size=10"];

fn lenient() -> Sandbox {
    Sandbox::builder().allow_extra().start_blocking().unwrap()
}

fn members(sandbox: &Sandbox, more: &[&str]) -> Ended {
    jdy(&sandbox.environment(), &[&MEMBERS, more].concat())
}

#[test]
fn a_field_that_the_spec_does_not_know_goes_into_the_query_signed_like_any_other() {
    let sandbox = lenient();
    let more = ["--extra", "search=a b", "--extra", r#"keys=["1"]"#];
    let ended = members(&sandbox, &more);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(
        business_calls(&sandbox),
        ["GET /jdy/v2/ls/member?keys=%5B%221%22%5D&page=1&page_size=10&search=a%20b"]
    );
    assert_eq!(sandbox.requests().last().unwrap().extra, ["keys", "search"]);
}

#[test]
fn a_field_that_the_spec_does_not_know_goes_into_the_body_as_json_or_text() {
    let sandbox = lenient();
    let arguments = [
        "call",
        "scm.inv_check_bill_gain_loss_deal",
        "--json",
        r#"{"ids":["1"]}"#,
        "--extra",
        "operation_key=audit",
        "--extra",
        "n=7",
    ];
    let ended = jdy(&sandbox.environment(), &arguments);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let seen = sandbox.requests();
    assert_eq!(seen.last().unwrap().extra, ["operation_key", "n"]);
}

#[test]
fn the_sandbox_refuses_such_a_field_unless_extra_fields_are_allowed() {
    let sandbox = sandbox(&[]);
    let ended = members(&sandbox, &["--extra", "search=a"]);
    assert_eq!(ended.status, 3, "{ended:?}");
    assert!(ended.stderr.contains("search: unknown field"), "{ended:?}");
    assert!(sandbox.requests().last().unwrap().extra.is_empty());
}

#[test]
fn a_field_that_is_known_given_twice_or_of_an_unknown_path_is_no_extra_one() {
    let sandbox = lenient();
    let twice = ["--extra", "a=1", "--extra", "a=2"];
    for (ended, said) in [
        (
            members(&sandbox, &["--extra", "name=x"]),
            "name: the spec knows this field",
        ),
        (members(&sandbox, &twice), "a: is given twice"),
        (
            jdy(
                &sandbox.environment(),
                &["call", "GET:/jdy/v2/none", "--extra", "a=1"],
            ),
            "the spec does not know this path",
        ),
    ] {
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn fields_of_the_answer_that_the_spec_does_not_know_are_counted_on_stderr() {
    let data = r#"{"rows":[{"id":"1","x1":1},{"x1":2,"x2":{"y":3}}],"x3":[]}"#;
    let sandbox = sandbox(&[]);
    let fault = FaultKind::Data(data.to_owned());
    sandbox.inject(Fault::on("/jdy/v2/ls/member", fault));
    for format in ["json", "table"] {
        let ended = members(&sandbox, &["--format", format]);
        assert_eq!(
            (ended.status, ended.stderr.as_str()),
            (
                0,
                "jdy: 3 fields of the answer not in the spec: rows.x1, rows.x2, x3; --raw shows them\n"
            )
        );
        assert!(!ended.stdout.contains("x1"), "{}", ended.stdout);
    }
    let ended = members(&sandbox, &["--raw"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains(r#""x1":1"#), "{}", ended.stdout);
}

#[test]
fn a_list_in_a_query_is_one_item_several_or_an_array_whatever_its_form() {
    let sandbox = sandbox(&[]);
    let ask = |arguments: &[&str]| jdy(&sandbox.environment(), &[&["call"], arguments].concat());
    for (arguments, target) in [
        (
            &["bd.material_unit", "material_id=1"][..],
            "bd/material_unit?material_id=%5B%221%22%5D",
        ),
        (
            &["bd.material_unit", "material_id=1", "material_id=2"],
            "bd/material_unit?material_id=%5B%221%22%2C%222%22%5D",
        ),
        (
            &["bd.material_unit", r#"material_id=["1",2]"#],
            "bd/material_unit?material_id=%5B%221%22%2C%222%22%5D",
        ),
        (
            &["arap.customer_debt", "customer_id=1,2", "customer_id=3"],
            "arap/customer_debt?customer_id=%5B%221%2C2%22%2C%223%22%5D",
        ),
        (
            &["bd.material", "parent=1", "parent=2"],
            "bd/material?parent=1%2C2",
        ),
    ] {
        let ended = ask(arguments);
        assert_eq!(
            (ended.status, ended.stderr.as_str()),
            (0, ""),
            "{arguments:?}"
        );
        let sent = business_calls(&sandbox).pop().unwrap();
        assert_eq!(sent, format!("GET /jdy/v2/{target}"));
    }
    let sent = business_calls(&sandbox).len();
    for (arguments, said) in [
        (
            &["bd.material", "parent=1,2"][..],
            "a comma, which separates the items of this list",
        ),
        (
            &["bd.material_unit", r#"material_id=["1"]"#, "material_id=2"],
            "a JSON array is the whole list",
        ),
        (
            &["bd.material_unit", "material_id=1", "search=a", "search=b"],
            "search is given twice",
        ),
        (
            &[
                "bd.material_unit",
                "material_id=1",
                "--json",
                r#"{"material_id":["2"]}"#,
            ],
            "material_id is given twice",
        ),
    ] {
        let ended = ask(arguments);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(business_calls(&sandbox).len(), sent);
}
