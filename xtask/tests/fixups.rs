//! A fixup corrects the spec when it is loaded, and is refused when it corrects nothing.

use crate::imitation::{Folder, ROOT, THING};

fn with(change: &str) -> Folder {
    let fixup = format!(
        "fixups:\n  - name: bill_no_is_a_number\n    why: The page's example shows a number.\n    link: https://open.example.com/#/detail?id=1\n    file: ls/thing.yaml\n{change}"
    );
    Folder::spec(&[
        ("openapi.yaml", ROOT),
        ("ls/thing.yaml", THING),
        ("fixups/ls.yaml", &fixup),
    ])
}

const AT: &str = "    at: /post/x-jdy-entities/response/Data/properties/bill_no/type\n";

#[test]
fn a_fixup_changes_what_is_generated() {
    let folder = with(&format!("{AT}    from: string\n    to: integer\n"));
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
    let bundle = jdy_spec::bundle::pretty(&folder.understand().spec);
    assert!(
        bundle.contains("\"bill_no\": {\n            \"type\": \"integer\""),
        "{bundle}"
    );
}

#[test]
fn a_fixup_may_add_and_remove() {
    let added = with("    at: /post/x-jdy-effect\n    to: read\n");
    assert_eq!(added.diagnostics(), Vec::<String>::new());
    assert!(
        jdy_spec::bundle::pretty(&added.understand().spec).contains("\"x-jdy-effect\": \"read\"")
    );
    let removed = with(
        "    at: /post/x-jdy-entities/request/Row/properties/state/x-jdy-codes/1\n    from: { code: \"-1\", label: 禁用, name: Disabled }\n",
    );
    assert_eq!(removed.diagnostics(), Vec::<String>::new());
    assert!(!jdy_spec::bundle::pretty(&removed.understand().spec).contains("禁用"));
}

#[test]
fn a_fixup_that_no_longer_applies_is_an_error() {
    with(&format!(
        "{}    from: integer\n    to: string\n",
        AT.replace("at: ", "at: «")
    ))
    .refuses(&[
        "the fixup `bill_no_is_a_number` no longer applies",
        "holds another value",
    ]);
    with("    at: «/post/x-jdy-nothing/here\n    from: a\n    to: b\n")
        .refuses(&["stops at `x-jdy-nothing`"]);
    with("    at: «/post/x-jdy-effect\n    from: read\n    to: write\n").refuses(&["is not there"]);
    with("    at: «/post/summary\n    to: 别的\n").refuses(&["is there already"]);
    with("    «aat: /post/summary\n    to: 别的\n")
        .diagnostics()
        .iter()
        .find(|line| line.contains("did you mean `at`?"))
        .expect("told");
}
