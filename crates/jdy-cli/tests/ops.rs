//! `jdy ops` tells every operation, for programs and for people.

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
fn the_table_is_what_one_gets_unless_told_otherwise() {
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
