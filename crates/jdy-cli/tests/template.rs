//! `jdy template`: the columns of a list, which `jdy batch` reads.

use std::path::Path;

use crate::command::{jdy, sandbox};

fn template(arguments: &[&str]) -> (String, String) {
    let ended = jdy(&vec![], &[&["template"], arguments].concat());
    assert_eq!(ended.status, 0, "{ended:?}");
    (ended.stdout, ended.stderr)
}

#[test]
fn the_columns_go_to_stdout_and_what_they_take_to_stderr() {
    let (columns, takes) = template(&["ls.mall_recharge"]);
    assert_eq!(
        columns,
        "bal_amount,member_id,source,src_bill_id,bill_date,rule_detail_id,rule_id,\
         settle_entries[0].pay_type,settle_entries[0].settle_amt,store_id\n"
    );
    let cells = |name: &str| {
        let mut lines = takes.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("{name}: {takes}"));
        let cells = line.split("  ").map(str::trim);
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(
        cells("bal_amount"),
        ["bal_amount", "yes", "a number, 100.00", "充值金额"]
    );
    assert_eq!(
        cells("source")[1..],
        ["a whole number", "来源", "来源 ISV都填写9; 9 unless given"],
        "its value is sent anyway"
    );
    assert_eq!(
        cells("bill_date")[1],
        "a date and time, 2026-01-31 08:00:00"
    );
    assert_eq!(
        cells("settle_entries[0].pay_type")[1..3],
        ["if any of it", "1 = 微信, 2 = 支付宝, 90 = 会员卡"]
    );
    assert!(takes.contains("add columns with [1] for a second one"));

    let (columns, takes) = template(&["ls.mall_recharge", "--describe"]);
    assert_eq!(takes, "");
    assert!(columns.contains("\nbal_amount "), "{columns}");
    let (columns, _) = template(&["ls.mall_recharge", "--required"]);
    assert_eq!(columns, "bal_amount,member_id,src_bill_id\n");
}

#[test]
fn a_filled_template_is_a_list_that_batch_sends() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("template");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    let list = folder.join("list.csv");
    let (columns, _) = template(&["ls.mall_recharge"]);
    std::fs::write(&list, format!("{columns}1.50,10,,T-1,,,,90,1.50,\n")).unwrap();
    let sandbox = sandbox(&[]);
    let list = list.display().to_string();
    let journal = folder.join("journal").display().to_string();
    let batch = ["batch", "ls.mall_recharge", &list, "--journal", &journal];
    let ended = jdy(&sandbox.environment(), &batch);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(sandbox.bills()[0].src_bill_id, "T-1");
}

#[test]
fn an_operation_without_fields_or_that_is_not_known_has_no_template() {
    for (name, said) in [
        ("ls.mall_recharg", "did you mean ls.mall_recharge,"),
        ("GET:/jdy/v2/none", "the spec does not know"),
        ("ls.delivery", "page_data.page has a point in its name"),
    ] {
        let ended = jdy(&vec![], &["template", name]);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}
