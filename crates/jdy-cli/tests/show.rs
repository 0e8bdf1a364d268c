//! `jdy show` tells what the spec says of operations and their fields.

use serde_json::{Value, json};

use crate::command::jdy;

fn shown(operation: &str) -> String {
    let ended = jdy(&vec![], &["show", operation]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

fn as_json(operation: &str) -> Value {
    let ended = jdy(&vec![], &["show", operation, "--format", "json"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    serde_json::from_str(&ended.stdout).unwrap()
}

/// The cells of the line that begins with this word.
fn cells<'a>(text: &'a str, first: &str) -> Vec<&'a str> {
    let mut lines = text.lines().map(|line| line.split("  "));
    let line = lines.find(|line| line.clone().next() == Some(first));
    let cells = line.unwrap_or_else(|| panic!("{first}: {text}"));
    let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    cells.collect()
}

#[test]
fn an_operation_of_money_is_shown_with_its_key_look_up_fields_and_codes() {
    let text = shown("ls.mall_recharge");
    assert!(
        text.starts_with("ls.mall_recharge  会员充值\nPOST /jdy/v2/ls/mall_recharge\n"),
        "{text}"
    );
    assert_eq!(cells(&text, "module"), ["module", "ls 零售"]);
    assert!(cells(&text, "effect")[1].starts_with("money: "), "{text}");
    assert_eq!(cells(&text, "key"), ["key", "src_bill_id, which it needs"]);
    assert_eq!(
        cells(&text, "look-up")[1],
        "jdy call ls.recharge_record member_id=(member_id) page_size=100 --all; compare bal_amount"
    );
    assert_eq!(
        cells(&text, "bal_amount"),
        ["bal_amount", "decimal", "body", "yes", "充值金额"]
    );
    assert_eq!(
        cells(&text, "source"),
        [
            "source",
            "integer",
            "body",
            "yes",
            "来源",
            "来源 ISV都填写9; 9 unless given"
        ]
    );
    assert_eq!(
        cells(&text, "bill_date")[1..3],
        ["datetime", "body"],
        "an optional one"
    );
    let entry = cells(&text, "settle_entries[].settle_amt");
    assert_eq!(entry[1..4], ["decimal", "body", "yes"]);
    assert!(
        text.contains("\n    90 = "),
        "a code with its meaning: {text}"
    );
    assert_eq!(cells(&text, "bill_no")[1], "text", "a field of the answer");
    assert!(text.contains("\nfield of the answer  "), "{text}");
    assert!(text.find("\nbal_amount ") < text.find("\nbill_date "));
}

#[test]
fn a_list_is_shown_with_its_query_and_paging_and_is_found_by_its_path() {
    let text = shown("GET:/jdy/v2/bd/material");
    assert!(text.starts_with("bd.material  商品列表\n"), "{text}");
    assert_eq!(
        cells(&text, "paging")[1],
        "page from 1, page_size (10 unless given); rows in all: count; pages in all: total_page; \
         --all reads all pages"
    );
    assert!(cells(&text, "effect")[1].starts_with("read: "));
    assert_eq!(
        cells(&text, "record")[1],
        "list of bd.material, its id is id, its number is number"
    );
    assert_eq!(cells(&text, "search")[1..3], ["text", "query"]);
    assert!(!text.contains("look-up"), "{text}");
    let file = shown("sys.attachment_upload");
    assert_eq!(cells(&file, "file1")[1..4], ["file", "form", "yes"]);
}

#[test]
fn the_json_form_has_the_same_with_the_fields_as_a_tree() {
    let all = as_json("ls.mall_recharge");
    assert_eq!(all["effect"], "money");
    assert_eq!(all["verify"]["operation"], "ls.recharge_record");
    let of = |fields: &Value, name: &str| {
        let mut fields = fields.as_array().unwrap().iter();
        fields.find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(
        of(&all["fields"], "source"),
        json!({
            "name": "source", "label": "来源", "type": "integer", "list": false, "in": "body",
            "required": true, "note": "来源 ISV都填写9", "default": 9,
        })
    );
    let entries = of(&all["fields"], "settle_entries");
    assert_eq!(
        (&entries["type"], &entries["list"]),
        (&json!("record"), &json!(true))
    );
    let pay_type = of(&entries["fields"], "pay_type");
    assert_eq!(pay_type["required"], true);
    let codes = pay_type["codes"].as_array().unwrap();
    assert!(codes.iter().any(|code| code["code"] == "90"), "{codes:?}");
    assert_eq!(of(&all["answer"], "bill_no")["type"], "text");
    assert_eq!(of(&all["answer"], "bill_no").get("required"), None);
    assert_eq!(as_json("bd.material")["paging"]["size"], "page_size");
}

#[test]
fn uploads_saves_lists_and_details_all_have_fields_and_an_answer() {
    for id in [
        "sys.attachment_upload",
        "scm.sal_order_save",
        "fi.voucher",
        "ls.member",
    ] {
        let all = as_json(id);
        assert!(!all["fields"].as_array().unwrap().is_empty(), "{id}");
        assert!(!all["answer"].as_array().unwrap().is_empty(), "{id}");
    }
}

#[test]
fn an_operation_that_is_not_known_is_answered_with_those_that_may_be_meant() {
    for (name, said) in [
        ("ls.mall_recharg", "did you mean ls.mall_recharge,"),
        ("会员充值", "did you mean ls.mall_recharge?"),
        (
            "GET:/jdy/v2/none",
            "the spec does not know GET:/jdy/v2/none",
        ),
    ] {
        let ended = jdy(&vec![], &["show", name]);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
}

#[test]
fn several_operations_are_shown_in_their_order_and_none_if_one_is_not_known() {
    let both = jdy(&vec![], &["show", "ls.mall_recharge", "bd.customer"]);
    assert_eq!((both.status, both.stderr.as_str()), (0, ""));
    let alone = ["ls.mall_recharge", "bd.customer"].map(shown);
    assert_eq!(both.stdout, alone.join("\n"));

    let one_is_wrong = jdy(&vec![], &["show", "ls.mall_recharge", "bd.custmer"]);
    assert_eq!((one_is_wrong.status, one_is_wrong.stdout.as_str()), (2, ""));
    assert!(
        one_is_wrong.stderr.contains("bd.customer"),
        "{}",
        one_is_wrong.stderr
    );
}
