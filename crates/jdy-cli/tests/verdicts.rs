//! A call with refused rows is not done, whatever its errcode: as a single call or in a list.

use std::path::Path;

use jdy_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::Value;

use crate::command::{Ended, business_calls, jdy, sandbox};

/// Two sales, one of which the warehouse cannot serve.
const BATCH: &str = r#"{"data":[
    {"bill_date":"2024-01-31","customer_id":"7","material_entity":[]},
    {"bill_date":"2024-01-31","customer_id":"8","material_entity":[]}
]}"#;

/// A sandbox in which calls of a path are answered with this as their data.
fn answering(path: &str, data: &str) -> Sandbox {
    let sandbox = sandbox(&[]);
    sandbox.inject(Fault::on(path, FaultKind::Data(data.to_owned())));
    sandbox
}

fn batch_save(data: &str, more: &[&str]) -> (Sandbox, Ended) {
    let sandbox = answering("/jdy/v2/scm/sal_out_bound_batch", data);
    let fixed = ["call", "scm.sal_out_bound_batch_save", "--json", BATCH];
    let ended = jdy(&sandbox.environment(), &[&fixed[..], more].concat());
    assert_eq!(business_calls(&sandbox).len(), 1);
    (sandbox, ended)
}

#[test]
fn a_row_that_says_no_ends_with_three_and_the_whole_answer_is_printed() {
    let data = r#"{"rows":[{"id":"1","success":"100","errors":[]},{"errors":[{"message":"short of stock"}]}]}"#;
    for more in [&[][..], &["--raw"], &["--format", "table"]] {
        let (_, ended) = batch_save(data, more);
        assert_eq!(ended.status, 3, "{ended:?}");
        for said in [
            "jdy: scm.sal_out_bound_batch_save rejected",
            "of 2 rows 1 refused, 1 took effect; rows[1]: short of stock",
            "never send the whole again",
        ] {
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
        }
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(answer["data"]["rows"][0]["id"], "1");
    }
    let all = r#"{"rows":[{"errors":["a"]},{"errors":["b"]}]}"#;
    let (_, ended) = batch_save(all, &[]);
    assert_eq!(ended.status, 3, "{ended:?}");
    assert!(ended.stderr.contains("the product refused all of it"));
}

#[test]
fn rows_that_cannot_be_understood_end_with_six() {
    for data in [
        r#"{"rows":[{"success":"100"},{"success":"perhaps"}]}"#,
        r#"{"rows":[{"success":"100"},{"success":"true"}]}"#,
        r#"{"rows":[{"success":"100"}]}"#,
        r#"{"rows":[]}"#,
        "{}",
        "null",
    ] {
        let (_, ended) = batch_save(data, &[]);
        assert_eq!(ended.status, 6, "{data}: {ended:?}");
        for said in ["batch_save applied: not every row", "do not send it again"] {
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
        }
        assert!(ended.stdout.contains("\"errcode\""), "{}", ended.stdout);
    }
}

#[test]
fn a_yes_of_every_row_is_done_and_so_answers_the_sandbox_by_itself() {
    let data = r#"{"rows":[{"success":"100","errors":[]},{"success":"100","errors":null}]}"#;
    assert_eq!(batch_save(data, &[]).1.status, 0);
    let sandbox = sandbox(&[]);
    for arguments in [
        &["scm.sal_out_bound_batch_save", "--json", BATCH][..],
        &["fi.voucher_reverse", "--json", r#"{"ids":["1","2","3"]}"#],
        &[
            "scm.inv_check_bill_gain_loss_deal",
            "--json",
            r#"{"ids":["1"]}"#,
        ],
    ] {
        let ended = jdy(&sandbox.environment(), &[&["call"], arguments].concat());
        assert_eq!(
            (ended.status, ended.stderr.as_str()),
            (0, ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn an_answer_that_speaks_as_a_whole_is_judged_alike() {
    let path = "/jdy/v2/scm/inv_check_bill_gain_loss_deal";
    for (data, status) in [
        (r#"{"success":true}"#, 0),
        (r#"{"success":"1"}"#, 0),
        (r#"{"success":false}"#, 3),
        (r#"{"success":"no"}"#, 6),
        (r#"{"gain_id":"1"}"#, 6),
    ] {
        let sandbox = answering(path, data);
        let arguments = [
            "call",
            "scm.inv_check_bill_gain_loss_deal",
            "--json",
            r#"{"ids":["1"]}"#,
        ];
        let ended = jdy(&sandbox.environment(), &arguments);
        assert_eq!(ended.status, status, "{data}: {ended:?}");
    }
}

#[test]
fn a_line_whose_rows_say_no_is_rejected_and_its_words_and_answer_are_kept() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    let (list, journal) = (folder.join("list.jsonl"), folder.join("journal"));
    std::fs::write(&list, BATCH.replace('\n', "")).unwrap();
    let data = r#"{"rows":[{"success":"100","id":"77"},{"errors":["short of stock"]}]}"#;
    let sandbox = answering("/jdy/v2/scm/sal_out_bound_batch", data);
    let run = || {
        let (list, journal) = (list.to_str().unwrap(), journal.to_str().unwrap());
        let operation = "scm.sal_out_bound_batch_save";
        let fixed = ["batch", operation, list, "--journal", journal];
        jdy(
            &sandbox.environment(),
            &[&fixed[..], &["--format", "json"]].concat(),
        )
    };
    for _ in 0..2 {
        let ended = run();
        assert_eq!(ended.status, 3, "{ended:?}");
        let said = "of 2 rows 1 refused, 1 took effect; rows[1]: short of stock";
        for kept in [said, "rejected", "77"] {
            assert!(ended.stdout.contains(kept), "{kept}: {}", ended.stdout);
        }
    }
    // A line that took effect in part is never sent again automatically.
    assert_eq!(business_calls(&sandbox).len(), 1);
}

/// The last line must not advise what the row forbids: to send again what took effect.
#[test]
fn what_took_effect_in_part_is_never_advised_to_be_copied_as_a_whole() {
    let in_part = r#"{"rows":[{"success":"100","id":"77"},{"errors":["short of stock"]}]}"#;
    let wholly = r#"{"rows":[{"errors":["no such customer"]},{"errors":["short of stock"]}]}"#;
    for (data, is_in_part) in [(in_part, true), (wholly, false)] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts-in-part");
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let (list, journal) = (folder.join("list.jsonl"), folder.join("journal"));
        std::fs::write(&list, BATCH.replace('\n', "")).unwrap();
        let sandbox = answering("/jdy/v2/scm/sal_out_bound_batch", data);
        let run = |format: &str| {
            let (list, journal) = (list.to_str().unwrap(), journal.to_str().unwrap());
            let operation = "scm.sal_out_bound_batch_save";
            let fixed = ["batch", operation, list, "--journal", journal];
            let arguments = [&fixed[..], &["--format", format]].concat();
            jdy(&sandbox.environment(), &arguments)
        };
        let ended = run("table");
        assert_eq!(ended.status, 3, "{ended:?}");
        let last = ended.stderr.lines().last().unwrap();
        let (copies, never) = (
            last.contains("copy only the rejected ones"),
            last.contains("never send such a line again"),
        );
        assert_eq!((copies, never), (!is_in_part, is_in_part), "{last}");
        let heading = ended.stdout.contains("\nrejected in part: ");
        assert_eq!(heading, is_in_part, "{}", ended.stdout);
        let told: Value = serde_json::from_str(&run("json").stdout).unwrap();
        assert_eq!(told["rejected"][0]["in_part"], is_in_part);
    }
}

#[test]
fn the_list_of_operations_tells_where_a_verdict_stands() {
    let ended = jdy(&vec![], &["ops", "--format", "json"]);
    let list: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let verdict = |id: &str| {
        let found = list.iter().find(|one| one["id"] == id);
        found.unwrap()["verdict"].clone()
    };
    let batch = verdict("scm.sal_out_bound_batch_save");
    assert_eq!(batch["rows"], "rows");
    assert_eq!(batch["of"], "data");
    assert_eq!(batch["done"], serde_json::json!(["100"]));
    assert_eq!(verdict("ls.mall_recharge"), Value::Null);
    // A field that only looks like a verdict is none.
    let none = serde_json::json!({ "none": ["fail_reason"] });
    assert_eq!(verdict("fp.invoice_kp_detail"), none);
}
