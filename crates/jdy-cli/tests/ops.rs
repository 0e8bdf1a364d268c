//! `jdy ops` lists every operation, for programs and for people.

use std::path::Path;

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

fn ids(arguments: &[&str]) -> Vec<String> {
    let ended = jdy(&vec![], &[&["ops"], arguments].concat());
    assert_eq!(
        (ended.status, ended.stderr.as_str()),
        (0, ""),
        "{arguments:?}"
    );
    let rows = ended.stdout.lines().skip(1);
    rows.map(|row| row.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn words_find_operations_by_id_path_and_title_in_any_case_and_all_must_be_there() {
    assert_eq!(ids(&["充值", "赠送规则"]), ["ls.mall_recharge_rule"]);
    assert_eq!(ids(&["充值 赠送规则"]), ids(&["赠送规则", "充值"]));
    assert_eq!(ids(&["MALL_Recharge", "会员"])[0], "ls.mall_recharge");
    assert_eq!(ids(&["/scm/sal_order", "保存"])[0], "scm.sal_order_save");
}

#[test]
fn without_a_word_every_operation_of_the_spec_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec");
    let index = std::fs::read_to_string(folder.join("openapi.yaml")).unwrap();
    let files = index.lines().filter_map(|line| {
        let (_, file) = line.split_once("{ $ref: ")?;
        file.strip_suffix(" }")
    });
    let mut all = Vec::new();
    for file in files.filter(|file| file.ends_with(".yaml")) {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| line.split_once("operationId: "));
        all.extend(lines.map(|(_, id)| id.to_owned()));
    }
    all.sort();
    let mut listed = ids(&[]);
    listed.sort();
    assert_eq!(listed, all);
    assert!(all.len() > 400, "{}", all.len());
}

#[test]
fn words_find_operations_by_the_names_and_labels_of_their_fields_after_those_of_the_title() {
    // `settle_amt` is within a list of the request, `inner_no` in the answer.
    let found = ids(&["settle_amt", "recharge"]);
    assert!(found.contains(&"ls.mall_recharge".to_owned()), "{found:?}");
    assert_eq!(
        ids(&["规则", "充值"]),
        ["ls.mall_recharge_rule", "ls.mall_recharge"],
        "the second has a field 优惠规则ID"
    );
    let table = jdy(&vec![], &["ops", "商城单据内码", "inner_no", "会员充值"]).stdout;
    let mut lines = table.lines();
    assert!(lines.next().unwrap().ends_with("  found in"), "{table}");
    let row = lines.next().unwrap();
    assert!(row.ends_with("会员充值  src_bill_id inner_no"), "{row}");

    let json = ["ops", "settle_amt", "recharge", "--format", "json"];
    let list: Vec<Value> = serde_json::from_str(&jdy(&vec![], &json).stdout).unwrap();
    let recharge = list.iter().find(|one| one["id"] == "ls.mall_recharge");
    let found_in = &recharge.unwrap()["found_in"];
    assert_eq!(
        *found_in,
        serde_json::json!(["settle_entries[].settle_amt"])
    );
}

#[test]
fn words_that_find_nothing_end_with_one_and_say_so() {
    let ended = jdy(&vec![], &["ops", "充值", "zzz"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("充值 zzz; fewer words"), "{ended:?}");
    let ended = jdy(&vec![], &["ops", "zzz", "--format", "json"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, "[\n\n]\n"));
}

/// A pipe gets the whole table; a terminal gets what fits, and the id is always whole.
#[cfg(target_os = "linux")]
#[test]
fn the_table_is_cut_to_the_width_of_a_terminal_and_nowhere_else() {
    use unicode_width::UnicodeWidthStr as _;

    use crate::command::on_a_terminal;

    let whole = jdy(&vec![], &["ops", "充值"]).stdout;
    assert!(whole.lines().all(|line| !line.contains('…')), "{whole}");
    let wide = on_a_terminal(200, &vec![], &["ops", "充值"]);
    assert_eq!(wide, whole);
    for width in [80, 40] {
        let shown = on_a_terminal(width, &vec![], &["ops", "充值"]);
        assert_eq!(shown.lines().count(), whole.lines().count(), "{shown}");
        for line in shown.lines() {
            assert!(line.width() <= width, "{line}");
        }
        assert!(shown.contains("\nls.mall_recharge_rule  "), "{shown}");
        assert!(!shown.contains("/jdy/v2"), "{shown}");
    }
    let all = on_a_terminal(80, &vec![], &["ops"]);
    assert!(all.lines().all(|line| line.width() <= 80), "{all}");
}
