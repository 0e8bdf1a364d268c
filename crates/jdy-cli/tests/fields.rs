//! What `jdy call` takes for a request, and what it refuses before anything is sent.

use crate::command::{Ended, jdy, jdy_reading, sandbox};

/// Runs a call that must be refused, and makes sure that nothing of it was sent.
fn refused(arguments: &[&str]) -> String {
    let sandbox = sandbox(&[]);
    let ended = jdy(&sandbox.environment(), &[&["call"], arguments].concat());
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    assert_eq!(sandbox.requests(), []);
    assert!(ended.stderr.starts_with("jdy: "), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn fields_that_are_missing_unknown_or_unreadable_are_all_named() {
    let said = refused(&["ls.mall_recharge", "bal_amount=much", "colour=red"]);
    for field in [
        "member_id: is required and missing",
        "src_bill_id: is required and missing",
        "bal_amount: is not a decimal",
        "colour: is not a field",
    ] {
        assert!(said.contains(field), "{said}");
    }
}

#[test]
fn a_mistake_inside_a_list_is_named_by_its_path() {
    let said = refused(&[
        "ls.mall_recharge",
        "member_id=10",
        "bal_amount=1",
        "src_bill_id=R-1",
        r#"settle_entries=[{"pay_type":"1"}]"#,
    ]);
    assert!(said.contains("settle_entries[0].settle_amt"), "{said}");
}

#[test]
fn the_number_of_a_page_is_a_whole_number() {
    for (operation, field) in [
        ("bd.material", "page"),
        ("bd.material", "page_size"),
        ("ls.retail_bill", "page_no"),
    ] {
        let said = refused(&[operation, &format!("{field}=abc")]);
        let wanted = format!("{operation}: {field}: is not a whole number");
        assert!(said.contains(&wanted), "{said}");
    }
}

#[test]
fn a_name_that_is_given_twice_is_refused_by_name() {
    let json = r#"{"member_id":"11"}"#;
    let doubled = r#"{"store_id":"1","store_id":"2"}"#;
    let operation = "ls.mall_recharge_rule";
    assert!(refused(&[operation, "member_id=1", "member_id=2"]).contains("member_id is given"));
    assert!(refused(&[operation, "member_id=1", "--json", json]).contains("member_id is given"));
    assert!(refused(&[operation, "--json", doubled]).contains("store_id is given twice"));
    // However deep it stands, and whether or not the spec knows the path.
    let within = r#"{"a":[{"b":"1"},{"b":"1","b":"2"}]}"#;
    for (arguments, said) in [
        (
            &["POST:/jdy/v2/none", "--json", within][..],
            "a[1].b is given twice",
        ),
        (
            &["PUT:/jdy/v2/none", "c=1", "--json", within],
            "a[1].b is given twice",
        ),
        (
            &["POST:/jdy/v2/none", r#"a={"b":"1","b":"2"}"#],
            "a.b is given twice",
        ),
        (
            &[
                operation,
                "member_id=1",
                "--extra",
                r#"a={"b":"1","b":"2"}"#,
            ],
            "a.b is given twice",
        ),
        (
            &[
                "ls.mall_recharge",
                r#"settle_entries=[{"pay_type":"1","settle_amt":"1","settle_amt":"9"}]"#,
            ],
            "settle_entries[0].settle_amt: is a duplicate",
        ),
    ] {
        let refused = refused(arguments);
        assert!(refused.contains(said), "{arguments:?}: {refused}");
    }
}

#[test]
fn an_unknown_operation_is_answered_with_the_ids_that_may_be_meant() {
    for (name, meant) in [
        ("ls.mall_recharg", "did you mean ls.mall_recharge,"),
        ("mall_recharge_rule", "did you mean ls.mall_recharge_rule,"),
        ("会员充值", "did you mean ls.mall_recharge?"),
        ("zzz", "`jdy ops` lists them all"),
    ] {
        let said = refused(&[name]);
        assert!(said.contains(meant), "{said}");
    }
}

#[test]
fn a_method_and_path_must_be_ones() {
    assert!(refused(&["PATCH:/a"]).contains("GET, POST, PUT or DELETE"));
    assert!(refused(&["GET:a"]).contains("begins with /"));
    assert!(refused(&["GET:/a?b=1"]).contains("NAME=VALUE"));
    assert!(refused(&["GET:/a", "--json", "{}"]).contains("no body"));
    assert!(refused(&["POST:/a", "--json", "{"]).contains("not JSON"));
}

#[test]
fn a_method_and_path_of_the_spec_is_that_operation() {
    let said = refused(&["POST:/jdy/v2/ls/mall_recharge", "colour=red"]);
    assert!(
        said.contains("ls.mall_recharge: colour: is not a field"),
        "{said}"
    );
}

#[test]
fn json_that_is_no_object_is_refused() {
    for json in ["[1]", "{", "text", ""] {
        assert!(refused(&["ls.mall_recharge", "--json", json]).contains("--json"));
    }
}

#[test]
fn fields_come_from_pairs_and_json_together_be_it_text_a_file_or_stdin() {
    let sandbox = sandbox(&[]);
    let environment = sandbox.environment();
    let json = r#"{"member_id": 10, "bal_amount": 0.10}"#;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fields.json");
    std::fs::write(&file, format!("\u{feff}{json}\n")).unwrap();
    let at_file = format!("@{}", file.display());
    let call = |json: &str, key: &str| {
        let arguments = ["call", "ls.mall_recharge", key, "--json", json];
        let ended: Ended = jdy_reading(
            &environment,
            &arguments,
            r#"{"member_id":"10","bal_amount":"0.10"}"#,
        );
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    };
    call(json, "src_bill_id=text");
    call(&at_file, "src_bill_id=file");
    call("-", "src_bill_id=stdin");
    let keys: Vec<String> = sandbox
        .bills()
        .into_iter()
        .map(|bill| bill.src_bill_id)
        .collect();
    assert_eq!(keys, ["text", "file", "stdin"]);
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "100.30");
}

#[test]
fn a_list_is_given_as_json_and_text_that_looks_like_json_stays_text() {
    let sandbox = sandbox(&[]);
    let arguments = [
        "call",
        "ls.mall_recharge",
        "member_id=10",
        "bal_amount=3",
        r#"src_bill_id=["R"]"#,
        r#"settle_entries=[{"pay_type":"1","settle_amt":"3.00"}]"#,
    ];
    let ended = jdy(&sandbox.environment(), &arguments);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(sandbox.bills()[0].src_bill_id, r#"["R"]"#);
}

/// It is not known which of the two is meant, so neither is shown, nor a list of both.
#[test]
fn a_field_that_comes_twice_with_different_values_is_reported_and_not_shown() {
    let data = r#"{"bill_no":"1","bill_no":"","id":"7","id":"7"}"#;
    let sandbox = sandbox(&[]);
    let path = "/jdy/v2/ls/mall_recharge";
    let fault = jdy_sandbox::FaultKind::Data(data.to_owned());
    sandbox.inject(jdy_sandbox::Fault::on(path, fault));
    for format in ["json", "table"] {
        let key = format!("src_bill_id=R-{format}");
        let ended = jdy(
            &sandbox.environment(),
            &[
                "call",
                "ls.mall_recharge",
                "--format",
                format,
                "member_id=10",
                "bal_amount=1",
                &key,
            ],
        );
        assert_eq!(ended.status, 0, "{ended:?}");
        let said = "1 field of the answer came twice with different values";
        assert!(ended.stderr.contains(said), "{ended:?}");
        assert!(
            ended.stderr.contains("bill_no; --raw shows them"),
            "{ended:?}"
        );
        assert!(!ended.stdout.contains("bill_no"), "{ended:?}");
        assert!(ended.stdout.contains('7'), "{ended:?}");
    }
}

/// A key is for good, so one that is spoilt is refused in one call as in a list.
#[test]
fn a_spoilt_key_or_a_number_for_a_text_is_refused_in_a_call_as_in_a_list() {
    let sandbox = sandbox(&[]);
    let call = |arguments: &[&str]| {
        let all = [&["call", "ls.mall_recharge"], arguments].concat();
        jdy(&sandbox.environment(), &all)
    };
    for wrong in [
        "1.5",
        "true",
        "8.50693E+17",
        "850693217107061761.0",
        "\"8.50693E+17\"",
    ] {
        let json = format!(r#"{{"member_id":"10","bal_amount":"1","src_bill_id":{wrong}}}"#);
        let ended = call(&["--json", &json]);
        assert_eq!(ended.status, 2, "{wrong}: {ended:?}");
        assert!(ended.stderr.contains("src_bill_id"), "{ended:?}");
    }
    for (key, member) in [
        ("8.50693E+17", "10"),
        ("TRUE", "10"),
        ("850693217107061761.0", "10"),
        ("=\"850\"", "10"),
        (" R-1", "10"),
        ("R-1", "1E+01"),
    ] {
        let (key, member) = (format!("src_bill_id={key}"), format!("member_id={member}"));
        let ended = call(&[&member, "bal_amount=1", &key]);
        assert_eq!(ended.status, 2, "{key}: {ended:?}");
    }
    let json = r#"{"member_id":10.0,"bal_amount":"1","src_bill_id":"R-1"}"#;
    assert_eq!(call(&["--json", json]).status, 2);
    assert_eq!(sandbox.requests(), []);
    let json = r#"{"member_id":10,"bal_amount":1.5,"src_bill_id":850693217107061761}"#;
    assert_eq!(call(&["--json", json]).status, 0);
    assert_eq!(sandbox.bills()[0].src_bill_id, "850693217107061761");
}
