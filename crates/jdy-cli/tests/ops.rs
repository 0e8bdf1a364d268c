//! `jdy ops` lists every operation, for programs and for people.

use serde_json::Value;

use crate::command::jdy;

#[test]
fn the_json_list_holds_every_operation_with_its_facts() {
    let ended = jdy(&vec![], &["ops", "--format", "json"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let list: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let text = |at: usize, name: &str| list[at][name].as_str().unwrap().to_owned();
    let ids: Vec<String> = (0..list.len()).map(|at| text(at, "id")).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let at = ids.iter().position(|id| id == "ls.mall_recharge").unwrap();
    assert_eq!(text(at, "method"), "POST");
    assert_eq!(text(at, "path"), "/jdy/v2/ls/mall_recharge");
    assert_eq!(text(at, "module"), "ls");
    assert_eq!(text(at, "title"), "会员充值");
    assert_eq!(text(at, "effect"), "money");
    assert_eq!(text(at, "key"), "src_bill_id");
    assert!(text(at, "page").starts_with("https://open.jdy.com/"));
    assert!(ids.contains(&"ls.mall_recharge_rule".to_owned()));
}

#[test]
fn the_default_format_is_the_table() {
    let ended = jdy(&vec![], &["ops"]);
    assert_eq!(ended.status, 0);
    let mut lines = ended.stdout.lines();
    let headings: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(
        headings,
        ["id", "method", "path", "module", "effect", "title"]
    );
    let rule = lines
        .find(|line| line.starts_with("ls.mall_recharge_rule "))
        .unwrap();
    assert!(rule.ends_with("read    充值赠送规则"), "{rule}");
}

#[test]
fn the_json_form_tells_the_facts_that_follow_from_the_spec() {
    let ended = jdy(&vec![], &["ops", "--format", "json"]);
    let list: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let of = |id: &str| list.iter().find(|one| one["id"] == id).unwrap();
    let save = of("scm.sal_order_save");
    assert_eq!(save["resource"]["name"], "scm.sal_order");
    assert_eq!(save["resource"]["role"], "save");
    assert_eq!(save["verify"]["operation"], "scm.sal_order_detail");
    assert_eq!(save["verify"]["by"]["number"], "bill_no");
    let receipt = of("arap.ar_credit_save");
    assert_eq!(
        (&receipt["effect"], &receipt["key"]),
        (&"money".into(), &"bill_no".into())
    );
    assert_eq!(of("fi.voucher_reverse")["keyless"], true);
    assert_eq!(of("bd.material")["verify"], Value::Null);
    assert_eq!(
        of("scm.sal_order")["resource"]["filters"]["bill_no"],
        "bill_no"
    );
}
