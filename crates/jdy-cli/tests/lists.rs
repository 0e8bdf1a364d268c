//! `jdy call --all`: every row of a list, a line each, or an error that says that it is not whole.

use jdy_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{Ended, business_calls, command, jdy, piped, sandbox};

/// A sandbox with so many members.
fn members(count: usize, faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    let builder = faults.fold(Sandbox::builder(), |builder, fault: jdy_sandbox::Fault| {
        builder.fault(fault)
    });
    let members = (1..=count).map(|number| format!("m-{number}"));
    let builder = members.fold(builder, |builder, id| builder.member(id, "1.50"));
    builder.start_blocking().unwrap()
}

fn all(sandbox: &Sandbox, more: &[&str]) -> Ended {
    let fixed = ["call", "ls.member", "--all"];
    jdy(&sandbox.environment(), &[&fixed[..], more].concat())
}

fn ids(rows: &str) -> Vec<String> {
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap());
    let mut ids: Vec<String> = rows
        .map(|row: Value| row["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn every_row_of_every_page_is_a_line_of_json() {
    let sandbox = members(230, &[]);
    let ended = all(&sandbox, &[]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let mut wanted: Vec<String> = (1..=230).map(|number| format!("m-{number}")).collect();
    wanted.sort();
    assert_eq!(ids(&ended.stdout), wanted);
    // As large pages as may be, unless a size is given.
    let calls = business_calls(&sandbox);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[0].contains("page_size=100"), "{calls:?}");
    let ended = all(&sandbox, &["page_size=50", "--json", r#"{"page":3}"#]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(ids(&ended.stdout).len(), 130, "from the third page on");
}

#[test]
fn a_list_without_rows_is_no_line_and_no_error() {
    let sandbox = sandbox(&[]);
    let ended = jdy(
        &sandbox.environment(),
        &["call", "bd.material", "--all", "search=there-is-none"],
    );
    assert_eq!((ended.status, ended.stdout.as_str()), (0, ""), "{ended:?}");
}

#[test]
fn csv_has_the_columns_that_are_asked_for_in_their_order() {
    let sandbox = sandbox(&[]);
    let csv = |columns: &str| {
        let arguments = [
            "call",
            "scm.sal_order",
            "--all",
            "--format",
            "csv",
            "--columns",
        ];
        jdy(
            &sandbox.environment(),
            &[&arguments[..], &[columns]].concat(),
        )
    };
    let rows = jdy(&sandbox.environment(), &["call", "scm.sal_order", "--all"]).stdout;
    let first: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let ended = csv("bill_no,customer_name,id");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let mut lines = ended.stdout.lines();
    assert_eq!(lines.next(), Some("bill_no,customer_name,id"));
    let cell = |name: &str| first[name].as_str().unwrap_or_default().to_owned();
    let wanted = [cell("bill_no"), cell("customer_name"), cell("id")].join(",");
    assert_eq!(lines.next(), Some(wanted.as_str()));
    assert_eq!(lines.count() + 1, rows.lines().count());
}

#[test]
fn a_column_that_no_row_has_is_refused_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    for (arguments, said) in [
        (&["--format", "csv"][..], "needs the columns"),
        (&["--columns", "id"], "those of --format csv"),
        (&["--format", "table"], "--all writes json or csv"),
        (
            &["--format", "csv", "--columns", "id,mobil"],
            "--columns: mobil is not a field of a row; did you mean mobile?",
        ),
        (
            &["--format", "csv", "--columns", "id[0]"],
            "what is no list",
        ),
        (&["--format", "csv", "--columns", "a..b"], "is no column"),
        (&["--raw"], "--raw"),
        (&["--dry-run"], "--dry-run"),
    ] {
        let ended = all(&sandbox, arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    let environment = sandbox.environment();
    for (arguments, said) in [
        (
            &["call", "ls.mall_recharge_rule", "member_id=10", "--all"][..],
            "knows of no pages of ls.mall_recharge_rule",
        ),
        (
            &["call", "GET:/jdy/v2/none", "--all"],
            "nothing is known of its pages",
        ),
        (
            &["call", "ls.member", "--format", "csv", "--columns", "id"],
            "add --all",
        ),
    ] {
        let ended = jdy(&environment, arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    assert!(business_calls(&sandbox).is_empty());
}

#[test]
fn a_list_that_cannot_be_proven_whole_ends_with_an_error_that_says_how_far_it_came() {
    // Each answer says that there are more rows than come.
    let data = r#"{"rows":[{"id":"1"}],"count":3,"total_page":1}"#;
    let sandbox = sandbox(&[]);
    let fault = |data: &str, times| {
        let fault = jdy_sandbox::FaultKind::Data(data.to_owned());
        sandbox.inject(jdy_sandbox::Fault::on("/jdy/v2/ls/member", fault).times(times));
    };
    fault(data, 1);
    fault(r#"{"rows":[],"count":3,"total_page":1}"#, 9);
    let ended = all(&sandbox, &[]);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert_eq!(ids(&ended.stdout), ["1"]);
    for said in [
        "the list ends after 1 rows, and its answers say that there are 3",
        "1 row was printed, and the list is not whole",
    ] {
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    sandbox.clear_faults();
    fault(data, 9);
    let ended = all(&sandbox, &[]);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(
        ended.stderr.contains("the same rows as the page before"),
        "{ended:?}"
    );
}

#[test]
fn a_page_that_is_refused_ends_the_list_with_the_status_of_a_call() {
    let sandbox = members(230, &[]);
    let page = r"/jdy/v2/ls/member";
    sandbox.inject(jdy_sandbox::Fault::on(page, jdy_sandbox::FaultKind::Gateway(4012)).times(1));
    let ended = all(&sandbox, &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (3, ""), "{ended:?}");
    assert!(ended.stderr.contains("0 rows were printed"), "{ended:?}");
}

#[test]
fn pages_that_the_gateway_cuts_without_a_word_lose_no_row() {
    let sandbox = members(25, &["cut-pages=4@/jdy/v2/ls/member"]);
    let ended = all(&sandbox, &[]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(ids(&ended.stdout).len(), 25);
}

#[test]
fn a_reader_that_went_away_ends_the_list_and_is_no_failure() {
    let sandbox = members(230, &["slow=300ms@/jdy/v2/ls/member"]);
    let arguments = ["call", "ls.member", "--all", "page_size=10"];
    let mut child = piped(&mut command(&sandbox.environment(), &arguments));
    drop(child.stdout.take());
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(business_calls(&sandbox).len(), 1, "of 23");
}

#[cfg(unix)]
#[test]
fn a_list_that_is_interrupted_is_not_whole() {
    let sandbox = members(3, &["slow=1m@/jdy/v2/ls/member"]);
    let arguments = ["call", "ls.member", "--all"];
    let child = piped(&mut command(&sandbox.environment(), &arguments));
    while business_calls(&sandbox).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    crate::command::signal(&child, "INT");
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert_eq!(
        ended.stderr,
        "jdy: interrupted; 0 rows were printed, and the list is not whole\n"
    );
}
