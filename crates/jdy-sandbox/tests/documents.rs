//! Documents: saved, read back, listed, operated on, deleted; refused in the product's words.

use jdy_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, business, recharge_body, token};

/// A sandbox and a token for it.
struct Shop {
    sandbox: Sandbox,
    token: String,
}

impl Shop {
    async fn with(builder: jdy_sandbox::Builder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let token = token(&sandbox).await;
        Self { sandbox, token }
    }

    async fn empty() -> Self {
        Self::with(Sandbox::builder().empty()).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Reply {
        let path = format!("/jdy/v2/{path}");
        business(&self.token, "GET", &path, query, "")
            .send(&self.sandbox)
            .await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let path = format!("/jdy/v2/{path}");
        business(&self.token, "POST", &path, &[], &body.to_string())
            .send(&self.sandbox)
            .await
    }

    async fn saved(&self, path: &str, body: Value) -> Value {
        let reply = self.post(path, body).await;
        assert_eq!(reply.code(), 0, "{}", whole(&reply));
        reply.json()["data"].clone()
    }

    async fn operated(&self, operation: &str, entity: &str, id: &str) -> Reply {
        let body = json!({"entity_number": entity, "operate_type": operation, "ids": [id]});
        self.post("sys/common_operate", body).await
    }

    async fn rows(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let mut query = query.to_vec();
        for (name, value) in [("page", "1"), ("page_size", "100")] {
            if query.iter().all(|(given, _)| *given != name) {
                query.push((name, value));
            }
        }
        let reply = self.get(path, &query).await;
        assert_eq!(reply.code(), 0, "{}", whole(&reply));
        reply.json()["data"]["rows"].as_array().unwrap().clone()
    }

    async fn numbers(&self, path: &str, query: &[(&str, &str)]) -> Vec<String> {
        let rows = self.rows(path, query).await;
        let number = |row: &Value| {
            let number = row.get("bill_no").or_else(|| row.get("number"));
            number.unwrap().as_str().unwrap().to_owned()
        };
        rows.iter().map(number).collect()
    }
}

fn order(number: &str) -> Value {
    json!({
        "bill_no": number, "bill_date": "2024-05-01", "customer_id": "810000030000000001",
        "material_entity": [{
            "material_id": "810000020000000001", "unit_id": "810000010000000001",
            "price": 1.5, "qty": 2, "is_free": false,
        }],
    })
}

fn whole(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

fn refused(reply: &Reply, words: &str) {
    let told = reply.json();
    assert_ne!(reply.code(), 0, "{}", whole(reply));
    assert_eq!(
        (&told["description"], &told["description_cn"]),
        (&json!("param error"), &json!(words))
    );
}

/// As someone asks whose answer was lost, with the id and the number of the bill.
#[tokio::test]
async fn a_retail_bill_is_found_by_the_key_of_its_save() {
    let shop = Shop::empty().await;
    let bill = |key: &str, amt: &str| {
        json!({
            "amt": amt, "src_bill_id": key, "store_id": "1", "delivery_type": "1",
            "material_entries": [
                {"material_id": "1", "qty": "1", "unit_id": "1", "price": amt}
            ],
            "settle_entries": [{"pay_type": "1", "settle_amt": amt}]
        })
    };
    shop.saved("ls/retail_bill", bill("K-1", "10")).await;
    let second = shop.saved("ls/retail_bill", bill("K-2", "20")).await;
    let found = shop
        .get("ls/retail_bill_detail", &[("inner_no", "K-2")])
        .await;
    let order = &found.json()["data"]["order"];
    assert_eq!(order["bill_no"], second["bill_no"], "{}", whole(&found));
    assert_eq!(order["amt"], "20");
    let none = shop
        .get("ls/retail_bill_detail", &[("inner_no", "K-3")])
        .await;
    refused(&none, "参数inner_no[K-3]不存在");
}

#[tokio::test]
async fn an_order_is_saved_read_back_listed_and_changed() {
    let shop = Shop::empty().await;
    let saved = shop.saved("scm/sal_order", order("A1")).await;
    let id = saved["ids"][0].as_str().unwrap();
    assert!(id.len() >= 15 && id.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(saved["id_number_map"], json!({ id: "A1" }));
    for (by, value) in [("id", id), ("number", "A1")] {
        let detail = shop.get("scm/sal_order_detail", &[(by, value)]).await;
        let data = &detail.json()["data"];
        assert_eq!((&data["id"], &data["bill_no"]), (&json!(id), &json!("A1")));
        assert_eq!(data["bill_date"], "2024-05-01");
        assert_eq!(data["material_entity"][0]["price"], 1.5);
        let entry = data["material_entity"][0]["id"].as_str().unwrap();
        assert!(entry.len() >= 15 && entry != id, "{entry}");
        assert_eq!(data["bill_status"], "Z");
        assert_eq!(
            data["remark"], "",
            "of a field that was not saved nothing is made up"
        );
    }
    let mut change = order("A1");
    change["id"] = json!(id);
    change["remark"] = json!("changed");
    let again = shop.saved("scm/sal_order", change).await;
    assert_eq!(again["ids"], json!([id]));
    let rows = shop.rows("scm/sal_order", &[]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["bill_no"]),
        (&json!(id), &json!("A1"))
    );
}

#[tokio::test]
async fn a_number_that_exists_is_refused_and_one_that_is_missing_is_given() {
    let shop = Shop::empty().await;
    shop.saved("scm/sal_order", order("A1")).await;
    let second = shop.saved("scm/sal_order", order("")).await;
    let id = second["ids"][0].as_str().unwrap();
    let number = second["id_number_map"][id].as_str().unwrap();
    assert!(!number.is_empty() && number != "A1", "{number}");
    refused(
        &shop.post("scm/sal_order", order("A1")).await,
        "组合值与其他表单重复",
    );
    let mut other = order("A1");
    other["id"] = json!(id);
    refused(
        &shop.post("scm/sal_order", other).await,
        "组合值与其他表单重复",
    );
    let mut unknown = order("A9");
    unknown["id"] = json!("900000000000009999");
    refused(
        &shop.post("scm/sal_order", unknown).await,
        "参数id[900000000000009999]不存在",
    );
    assert_eq!(shop.rows("scm/sal_order", &[]).await.len(), 2);
    let none = shop.get("scm/sal_order_detail", &[("number", "A9")]).await;
    refused(&none, "参数number[A9]不存在");
}

#[tokio::test]
async fn an_audited_document_is_not_changed_until_it_is_un_audited() {
    let shop = Shop::empty().await;
    let saved = shop.saved("scm/sal_order", order("A1")).await;
    let id = saved["ids"][0].as_str().unwrap();
    let entity = "sal_bill_order";
    let reply = shop.operated("audit", entity, id).await;
    assert_eq!(
        reply.json()["data"]["ids"],
        json!([id]),
        "{}",
        whole(&reply)
    );
    let data = shop.get("scm/sal_order_detail", &[("id", id)]).await.json();
    assert_eq!(data["data"]["bill_status"], "C");
    assert_eq!(data["data"]["audit_time"].as_str().map(str::len), Some(19));
    let mut change = order("A1");
    change["id"] = json!(id);
    refused(
        &shop.post("scm/sal_order", change.clone()).await,
        "单据[A1]已审核",
    );
    refused(&shop.operated("delete", entity, id).await, "单据[A1]已审核");
    refused(&shop.operated("audit", entity, id).await, "单据[A1]已审核");
    assert_eq!(shop.operated("unaudit", entity, id).await.code(), 0);
    refused(
        &shop.operated("unaudit", entity, id).await,
        "单据[A1]未审核",
    );
    shop.saved("scm/sal_order", change.clone()).await;
    change["operation_key"] = json!("audit");
    shop.saved("scm/sal_order", change.clone()).await;
    refused(&shop.post("scm/sal_order", change).await, "单据[A1]已审核");
    assert_eq!(shop.operated("unaudit", entity, id).await.code(), 0);
    assert_eq!(shop.operated("close_donothing", entity, id).await.code(), 0);
    let data = shop.get("scm/sal_order_detail", &[("id", id)]).await.json();
    assert_eq!(data["data"]["bill_close_state"], "H");
    assert_eq!(shop.operated("delete", entity, id).await.code(), 0);
    assert!(shop.rows("scm/sal_order", &[]).await.is_empty());
    refused(
        &shop.operated("audit", entity, id).await,
        &format!("参数id[{id}]不存在"),
    );
    // An entity that no page names: the document is found by its id alone.
    let other = shop
        .saved("fi/fa_group_save", json!({"number": "G1", "name": "g"}))
        .await;
    let id = other["ids"][0].as_str().unwrap();
    assert_eq!(shop.operated("delete", "fa_group", id).await.code(), 0);
}

#[tokio::test]
async fn an_operation_changes_all_of_its_documents_or_none() {
    let shop = Shop::empty().await;
    for number in ["A1", "A2"] {
        shop.saved("scm/sal_order", order(number)).await;
    }
    let audit = |numbers: Value| {
        json!({
            "entity_number": "sal_bill_order", "operate_type": "audit", "numbers": numbers,
        })
    };
    let reply = shop
        .post("sys/common_operate", audit(json!(["A1", "A3"])))
        .await;
    refused(&reply, "参数number[A3]不存在");
    let open = [("bill_status", "Z")];
    assert_eq!(shop.numbers("scm/sal_order", &open).await, ["A2", "A1"]);
    let reply = shop
        .post("sys/common_operate", audit(json!(["A1", "A2"])))
        .await;
    assert_eq!(
        reply.json()["data"]["ids"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(shop.numbers("scm/sal_order", &open).await.is_empty());
}

#[tokio::test]
async fn a_list_filters_searches_and_pages() {
    let shop = Shop::empty().await;
    for at in 1..=120 {
        let day = if at <= 20 { "2024-01-01" } else { "2024-02-01" };
        let mut order = order(&format!("A{at:03}"));
        order["bill_date"] = json!(day);
        shop.saved("scm/sal_order", order).await;
    }
    let of = async |query: &[(&str, &str)]| shop.get("scm/sal_order", query).await.json();
    let page = of(&[("page", "2"), ("page_size", "50")]).await["data"].clone();
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(50));
    assert_eq!(page["rows"][0]["bill_no"], "A070", "the newest first");
    assert_eq!(
        (&page["count"], &page["total_page"]),
        (&json!(120), &json!(3))
    );
    assert_eq!((&page["page"], &page["page_size"]), (&json!(2), &json!(50)));
    let cut = of(&[("page", "1"), ("page_size", "500")]).await["data"].clone();
    assert_eq!(cut["rows"].as_array().map(Vec::len), Some(100));
    assert_eq!(
        (&cut["page_size"], &cut["total_page"]),
        (&json!(100), &json!(2))
    );
    let days = [
        ("start_bill_date", "2024-01-01"),
        ("end_bill_date", "2024-01-31"),
        ("page_size", "100"),
    ];
    assert_eq!(shop.numbers("scm/sal_order", &days).await.len(), 20);
    assert_eq!(
        shop.numbers("scm/sal_order", &[("bill_no", "A007")]).await,
        ["A007"]
    );
    // A page that is cut by a fault: the same rows, in smaller pages.
    let fault = Fault::on("/jdy/v2/scm/sal_order", FaultKind::CutPages(4)).times(1);
    shop.sandbox.inject(fault);
    let cut = of(&[("page", "1"), ("page_size", "50")]).await["data"].clone();
    assert_eq!(cut["rows"].as_array().map(Vec::len), Some(4));
    for (number, name) in [("K1", "星星"), ("K2", "月亮")] {
        shop.saved("bd/customer", json!({"number": number, "name": name}))
            .await;
    }
    for (search, found) in [("月", vec!["K2"]), ("K", vec!["K2", "K1"]), ("无", vec![])] {
        assert_eq!(
            shop.numbers("bd/customer", &[("search", search)]).await,
            found
        );
    }
}

#[tokio::test]
async fn windows_of_time_follow_the_sandboxs_clock() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    let now = Arc::new(AtomicI64::new(crate::client::now()));
    let clock = Arc::clone(&now);
    let builder = Sandbox::builder().empty();
    let shop = Shop::with(builder.clock(move || clock.load(Ordering::SeqCst))).await;
    let first = shop.saved("scm/sal_order", order("A1")).await;
    shop.saved("scm/sal_order", order("A2")).await;
    let before = now.load(Ordering::SeqCst);
    now.fetch_add(60_000, Ordering::SeqCst);
    let mut change = order("A1");
    change["id"] = first["ids"][0].clone();
    shop.saved("scm/sal_order", change).await;
    let after = (before + 30_000).to_string();
    let changed = [("modify_start_time", after.as_str())];
    assert_eq!(shop.numbers("scm/sal_order", &changed).await, ["A1"]);
    let unchanged = [("modify_end_time", after.as_str())];
    assert_eq!(shop.numbers("scm/sal_order", &unchanged).await, ["A2"]);
    let made = [("create_start_time", after.as_str())];
    assert!(shop.numbers("scm/sal_order", &made).await.is_empty());
    let query = [("number", "A1")];
    let data = shop.get("scm/sal_order_detail", &query).await.json()["data"].clone();
    assert!(
        data["modify_time"].as_str() > data["create_time"].as_str(),
        "{data}"
    );
}

/// A document has a day, and some windows are times: its day begins at midnight in China.
#[tokio::test]
async fn a_window_that_begins_at_midnight_holds_the_documents_of_that_day() {
    let shop = Shop::empty().await;
    let body = json!({
        "bill_no": "P1", "bill_date": "2024-05-01",
        "material_entity": [{"material_id": "1", "unit_id": "1", "stock_id": "1", "qty": 1}],
    });
    shop.saved("scm/inv_pick", body).await;
    // 2024-05-01 00:00:00 in China, and a second later.
    let since = |millis: &'static str| [("start_time", millis)];
    let midnight = shop.numbers("scm/inv_pick", &since("1714492800000")).await;
    assert_eq!(midnight, ["P1"]);
    let later = shop.numbers("scm/inv_pick", &since("1714492801000")).await;
    assert!(later.is_empty(), "{later:?}");
    let until = [("end_time", "1714492800000")];
    assert_eq!(shop.numbers("scm/inv_pick", &until).await, ["P1"]);
}

/// A mirror begins long before its oldest document. Such a time has fewer digits than today's.
#[tokio::test]
async fn a_window_can_begin_before_times_had_13_digits() {
    let shop = Shop::empty().await;
    let body = json!({
        "bill_no": "P1", "bill_date": "2024-05-01",
        "material_entity": [{"material_id": "1", "unit_id": "1", "stock_id": "1", "qty": 1}],
    });
    shop.saved("scm/inv_pick", body).await;
    shop.saved("scm/sal_order", order("A1")).await;
    for millis in ["0", "86400000", "946684800000", "999999999999"] {
        let since = shop
            .numbers("scm/inv_pick", &[("start_time", millis)])
            .await;
        assert_eq!(since, ["P1"], "{millis}");
        let until = shop.numbers("scm/inv_pick", &[("end_time", millis)]).await;
        assert!(until.is_empty(), "{millis}");
        let since = [("modify_start_time", millis)];
        assert_eq!(shop.numbers("scm/sal_order", &since).await, ["A1"]);
        let until = [("modify_end_time", millis)];
        assert!(shop.numbers("scm/sal_order", &until).await.is_empty());
    }
}

/// An answer tells a number of more digits than a float holds as text, as the product may.
#[tokio::test]
async fn a_number_keeps_all_of_its_digits() {
    let shop = Shop::empty().await;
    for (sent, told) in [
        ("12345678901234567.89", json!("12345678901234567.89")),
        ("-0.12345678901234567891", json!("-0.12345678901234567891")),
        ("123456789012345678901", json!("123456789012345678901")),
        ("100.00", json!(100.0)),
        ("1e-7", json!("0.0000001")),
        ("0.1", json!(0.1)),
    ] {
        let number = format!("A{sent}");
        let body = order(&number)
            .to_string()
            .replace(":1.5", &format!(":{sent}"));
        let save = business(&shop.token, "POST", "/jdy/v2/scm/sal_order", &[], &body);
        let saved = save.send(&shop.sandbox).await;
        assert_eq!(saved.code(), 0, "{}", whole(&saved));
        let query = [("number", number.as_str())];
        let detail = shop.get("scm/sal_order_detail", &query).await.json();
        let entry = &detail["data"]["material_entity"][0];
        assert_eq!(
            (&entry["price"], &entry["qty"]),
            (&told, &json!(2)),
            "{sent}"
        );
    }
}

#[tokio::test]
async fn a_batch_answers_for_each_row_and_can_fail_in_part() {
    let shop = Shop::empty().await;
    let sale = |number: &str| {
        json!({
            "bill_no": number, "bill_date": "2024-05-01", "customer_id": "1", "material_entity": [],
        })
    };
    shop.saved("scm/sal_out_bound", sale("B2")).await;
    let body = json!({"data": [sale("B1"), sale("B2"), sale("B3")]});
    let rows = shop.saved("scm/sal_out_bound_batch", body).await["rows"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(3));
    for (at, number) in [(0, "B1"), (2, "B3")] {
        let row = &rows[at];
        assert_eq!(
            (&row["success"], &row["number"]),
            (&json!("100"), &json!(number))
        );
        assert_eq!(row["errors"], json!([]));
    }
    assert_eq!(rows[1]["errors"][0]["message"], "组合值与其他表单重复");
    assert_ne!(rows[1]["success"], "100");
    let all = shop.numbers("scm/sal_out_bound", &[]).await;
    assert_eq!(all, ["B3", "B1", "B2"]);
    // Vouchers have no rows: ids of those that were saved, and the errors of the others.
    let voucher = |number: &str| json!({"number": number, "date": "2024-05-01", "entry_list": []});
    let body = json!({"items": [voucher("1"), voucher("1"), voucher("2")]});
    let data = shop.saved("fi/voucher", body).await;
    assert_eq!(data["ids"].as_array().map(Vec::len), Some(2));
    assert_eq!(data["errors"], json!(["组合值与其他表单重复"]));
    // An answer that cannot tell errors is of all or of none.
    let account = |number: &str| json!({"number": number, "name": "a", "dc": "1", "level": "1", "account_type_id": "1"});
    let body = json!({"items": [account("1"), account("1")]});
    refused(&shop.post("fi/account", body).await, "组合值与其他表单重复");
    let all = shop.get("fi/account", &[]).await.json();
    assert_eq!(all["data"]["rows"], json!([]));
}

/// Each month has a voucher 记-1, and beside it there may be 收-1.
#[tokio::test]
async fn the_numbers_of_vouchers_begin_anew_in_each_period_and_group() {
    let shop = Shop::empty().await;
    let voucher = |date: &str, group: &str| json!({"number": "1", "date": date, "group_number": group, "entry_list": []});
    let save = |voucher: Value| shop.saved("fi/voucher", json!({"items": [voucher]}));
    let (may, june) = (("2024-05-01", "记"), ("2024-06-01", "记"));
    let mut ids = Vec::new();
    for (date, group) in [may, june, ("2024-06-02", "收")] {
        let data = save(voucher(date, group)).await;
        assert_eq!(data["errors"], json!([]), "{date} {group}");
        ids.push(data["ids"][0].clone());
    }
    let taken = json!(["组合值与其他表单重复"]);
    assert_eq!(save(voucher("2024-05-31", "记")).await["errors"], taken);
    // A change must not take the number of another one either, and may keep its own.
    let mut change = voucher(may.0, may.1);
    change["id"] = ids[0].clone();
    assert_eq!(save(change.clone()).await["errors"], json!([]));
    change["date"] = json!(june.0);
    change.as_object_mut().unwrap().remove("number");
    assert_eq!(save(change).await["errors"], taken);
    let june = [("start_period", "202406"), ("end_period", "202406")];
    assert_eq!(shop.numbers("fi/voucher", &june).await, ["1", "1"]);
    // By id and number it is found; a number of several is not enough to delete one.
    let first = [("id", ids[0].as_str().unwrap()), ("number", "1")];
    let found = shop.get("fi/voucher_detail", &first).await.json();
    assert_eq!(found["data"]["period"], "202405");
    let delete = json!({"entity_number": "gl_voucher", "operate_type": "delete", "numbers": ["1"]});
    refused(
        &shop.post("sys/common_operate", delete).await,
        "参数number[1]不唯一",
    );
    let state = shop.sandbox.state();
    let again = Sandbox::builder().empty().state(state.clone()).start();
    assert_eq!(again.await.unwrap().state(), state);
}

#[tokio::test]
async fn a_save_whose_answer_is_lost_is_saved() {
    let shop = Shop::empty().await;
    let path = "/jdy/v2/scm/sal_order";
    shop.sandbox
        .inject(Fault::on(path, FaultKind::LostAfterCommit).times(1));
    let lost = shop.post("scm/sal_order", order("A1")).await;
    assert_eq!(lost.status, None);
    shop.sandbox
        .inject(Fault::on(path, FaultKind::LostBeforeCommit).times(1));
    shop.post("scm/sal_order", order("A2")).await;
    assert_eq!(shop.numbers("scm/sal_order", &[]).await, ["A1"]);
}

#[tokio::test]
async fn references_are_checked_when_asked_for_and_tell_names() {
    let shop = Shop::with(Sandbox::builder().strict_references()).await;
    shop.saved("scm/sal_order", order("A1")).await;
    let query = [("number", "A1")];
    let data = shop.get("scm/sal_order_detail", &query).await.json()["data"].clone();
    assert_eq!(data["customer_name"], "星星商贸有限公司");
    assert_eq!(data["customer_number"], "KH001");
    assert_eq!(data["material_entity"][0]["material_name"], "保温杯");
    let named = [("customer_name", "星星商贸有限公司"), ("bill_no", "A1")];
    assert_eq!(shop.numbers("scm/sal_order", &named).await, ["A1"]);
    for (pointer, value, words) in [
        ("/customer_id", "7", "参数id[7]不存在"),
        ("/customer_number", "KH9", "参数number[KH9]不存在"),
        ("/emp_id", "8", "参数id[8]不存在"),
        ("/material_entity/0/material_id", "9", "参数id[9]不存在"),
    ] {
        let mut body = order("A2");
        body["customer_number"] = json!("KH001");
        body["emp_id"] = json!("810000070000000001");
        *body.pointer_mut(pointer).unwrap() = json!(value);
        refused(&shop.post("scm/sal_order", body).await, words);
    }
    let lenient = Shop::empty().await;
    lenient.saved("scm/sal_order", order("A1")).await;
}

#[tokio::test]
async fn private_fields_come_back_encrypted_and_a_member_has_a_balance() {
    let shop = Shop::empty().await;
    let body = json!({"mobile": "18599999999", "name": "会员", "enable": "1"});
    let saved = shop.saved("ls/member", body).await;
    let id = saved["id"].as_str().unwrap();
    let rows = shop.rows("ls/member", &[]).await;
    assert_eq!(rows[0]["mobile"], "CVGQxKy7SFTAyeDXXEeRuw==");
    assert_eq!(shop.sandbox.balance(id), Some("0".parse().unwrap()));
}

#[tokio::test]
async fn a_member_that_is_deleted_is_not_recharged() {
    let shop = Shop::with(Sandbox::builder()).await;
    let pay = || shop.post("ls/mall_recharge", recharge_body("1", "001"));
    assert_eq!(shop.operated("delete", "ls_member", "11").await.code(), 0);
    assert_eq!(pay().await.code(), 0);
    assert_eq!(shop.operated("delete", "ls_member", "10").await.code(), 0);
    assert_eq!(pay().await.code(), 1_999_010_001);
    assert_eq!(
        (shop.sandbox.balance("10"), shop.sandbox.bills().len()),
        (None, 1)
    );
}

#[tokio::test]
async fn the_recharges_of_a_member_are_found_by_the_phone_number() {
    let shop = Shop::with(Sandbox::builder()).await;
    let body = json!({"mobile": "18599999999", "name": "会员"});
    let saved = shop.saved("ls/member", body).await;
    for member in [saved["id"].as_str().unwrap(), "10"] {
        let mut body = recharge_body("1", member);
        body["member_id"] = json!(member);
        shop.saved("ls/mall_recharge", body).await;
    }
    let found = |mobile: &'static str| [("mobile", mobile)];
    let rows = shop.rows("ls/recharge_record", &found("18599999999")).await;
    assert_eq!((rows.len(), &rows[0]["member_id"]), (1, &saved["id"]));
    let rows = shop.rows("ls/recharge_record", &found("18500000000")).await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn the_shop_is_the_same_every_time_and_an_empty_one_has_nothing() {
    let (first, second) = (
        Sandbox::start().await.unwrap(),
        Sandbox::start().await.unwrap(),
    );
    assert_eq!(first.state(), second.state());
    let shop = Shop::with(Sandbox::builder()).await;
    for (path, least) in [
        ("bd/material", 5),
        ("bd/customer", 3),
        ("bd/supplier", 2),
        ("bd/store", 2),
        ("ls/member", 2),
        ("scm/sal_order", 2),
        ("fi/voucher", 2),
    ] {
        assert!(shop.rows(path, &[]).await.len() >= least, "{path}");
    }
    let empty = Shop::empty().await;
    for path in ["bd/material", "ls/member", "scm/sal_order", "fi/voucher"] {
        assert!(empty.rows(path, &[]).await.is_empty(), "{path}");
    }
    assert!(empty.sandbox.members().is_empty());
}

/// Every document of the shop is one that the spec allows, and names only documents that exist.
#[tokio::test]
async fn the_shop_keeps_the_rules_that_it_is_there_to_try() {
    let spec: Value = serde_json::from_str(jdy_sandbox::SPEC).unwrap();
    let shop = Shop::with(Sandbox::builder().strict_references()).await;
    let kinds: Value = serde_json::from_str(include_str!("../shop.json")).unwrap();
    let operations = spec["paths"].as_object().unwrap().iter();
    let operations = operations.filter_map(|(path, item)| Some((path, item.get("post")?)));
    let saves: Vec<_> = operations
        .filter(|(_, operation)| operation["x-jdy-resource"]["role"] == "save")
        .collect();
    for (kind, documents) in kinds.as_object().unwrap() {
        let save = saves.iter();
        let mut save = save.filter(|(_, one)| one["x-jdy-resource"]["name"] == kind.as_str());
        let (path, operation) = save.next().unwrap();
        let resource = &operation["x-jdy-resource"];
        for document in documents.as_array().unwrap() {
            let mut record = document["fields"].clone();
            if let Some(number) = resource["number"].as_str() {
                assert_eq!(record[number], document["number"], "{kind}");
                record[number] = json!(format!("{}-2", document["number"].as_str().unwrap()));
            }
            let body = match resource["of"].as_str() {
                Some(of) => json!({ of: [record] }),
                None => record,
            };
            shop.saved(path.strip_prefix("/jdy/v2/").unwrap(), body)
                .await;
        }
    }
}

#[tokio::test]
async fn an_operation_of_the_spec_that_deletes_does() {
    let text = json!({"type": "string"});
    let thing = json!({"type": "object", "properties": {"id": text, "name": text}});
    let answers = json!({"200": {"content": {"application/json": {"schema": {
        "type": "object", "properties": {"errcode": {"type": "integer"}, "data": thing}
    }}}}});
    let body = json!({"content": {"application/json": {"schema": thing}}});
    let id = json!([{"name": "id", "in": "query", "schema": text}]);
    let resource =
        |role: &str| json!({"name": "xx.thing", "role": role, "id": "id", "by": {"id": "id"}});
    let bundle = json!({"openapi": "3.1.0", "paths": {"/jdy/v2/xx/thing": {
        "get": {"operationId": "xx.thing", "parameters": id, "responses": answers,
            "x-jdy-resource": resource("detail")},
        "post": {"operationId": "xx.thing_save", "requestBody": body, "responses": answers,
            "x-jdy-resource": resource("save")},
        "delete": {"operationId": "xx.thing_delete", "parameters": id, "responses": answers,
            "x-jdy-resource": resource("delete")},
    }}});
    let shop = Shop::with(Sandbox::builder().spec(bundle.to_string())).await;
    let saved = shop.saved("xx/thing", json!({"name": "a"})).await;
    let id = saved["id"].as_str().unwrap();
    let query = [("id", id)];
    let found = shop.get("xx/thing", &query).await.json();
    assert_eq!(found["data"], json!({"id": id, "name": "a"}));
    let delete = business(&shop.token, "DELETE", "/jdy/v2/xx/thing", &query, "");
    let deleted = delete.send(&shop.sandbox).await;
    assert_eq!(deleted.json()["data"]["id"], id);
    let words = format!("参数id[{id}]不存在");
    refused(&shop.get("xx/thing", &query).await, &words);
    refused(&delete.send(&shop.sandbox).await, &words);
}

#[tokio::test]
async fn the_callers_reference_within_an_item_is_recorded() {
    let shop = Shop::empty().await;
    let item = json!({"source_bill_no": "V1", "date": "2024-05-01", "entry_list": []});
    shop.post("fi/voucher", json!({ "items": [item] })).await;
    let recorded = shop.sandbox.requests().pop().unwrap();
    assert_eq!(recorded.key.as_deref(), Some("V1"));
}

/// The page of the save says so of its source number.
#[tokio::test]
async fn a_second_voucher_of_a_source_number_is_refused_unless_a_test_wants_it() {
    let voucher = |source: &str| {
        let item = json!({"source_bill_no": source, "date": "2024-05-01", "entry_list": []});
        json!({ "items": [item] })
    };
    let shop = Shop::empty().await;
    let first = shop.saved("fi/voucher", voucher("V1")).await;
    let second = shop.post("fi/voucher", voucher("V1")).await.json();
    assert!(
        second.to_string().contains("组合值与其他表单重复"),
        "{second}"
    );
    assert_eq!(shop.rows("fi/voucher", &[]).await.len(), 1);
    // Itself, others, and those without one are saved.
    let id = &first["success"][0]["id"];
    let item = json!({"id": id, "source_bill_no": "V1", "date": "2024-05-02", "entry_list": []});
    shop.saved("fi/voucher", json!({ "items": [item] })).await;
    for source in ["V2", "", ""] {
        shop.saved("fi/voucher", voucher(source)).await;
    }
    assert_eq!(shop.rows("fi/voucher", &[]).await.len(), 4);
}

/// As the pages of the list and the detail show it: `2022-06-09` is of `202206`.
#[tokio::test]
async fn a_voucher_has_the_period_of_its_date_and_is_found_by_it() {
    let shop = Shop::empty().await;
    let voucher =
        |number: &str, date: &str| json!({"number": number, "date": date, "entry_list": []});
    let days = [
        ("1", "2022-05-31"),
        ("2", "2022-06-09"),
        ("3", "2022-06-30"),
        ("4", "2023-01-01"),
    ];
    let items: Vec<Value> = days.map(|(number, date)| voucher(number, date)).into();
    let data = shop.saved("fi/voucher", json!({ "items": items })).await;
    let rows = shop.rows("fi/voucher", &[]).await;
    let periods: Vec<&str> = rows
        .iter()
        .rev()
        .map(|row| row["period"].as_str().unwrap())
        .collect();
    assert_eq!(periods, ["202205", "202206", "202206", "202301"]);
    for (query, found) in [
        (
            &[("start_period", "202206"), ("end_period", "202206")][..],
            &["3", "2"][..],
        ),
        (&[("start_period", "202206")], &["4", "3", "2"]),
        (&[("end_period", "202205")], &["1"]),
    ] {
        assert_eq!(shop.numbers("fi/voucher", query).await, found, "{query:?}");
    }
    let id = data["ids"][1].as_str().unwrap();
    let detail = shop.get("fi/voucher_detail", &[("id", id)]).await;
    assert_eq!(detail.json()["data"]["period"], "202206");
    // A change of its date is one of its period.
    let moved = json!({"id": id, "number": "2", "date": "2022-07-01", "entry_list": []});
    shop.saved("fi/voucher", json!({ "items": [moved] })).await;
    let june = [("start_period", "202206"), ("end_period", "202206")];
    assert_eq!(shop.numbers("fi/voucher", &june).await, ["3"]);
}

/// The page of an asset's change shows a period that its date does not tell.
#[tokio::test]
async fn a_period_that_no_page_explains_is_not_made_up() {
    let shop = Shop::empty().await;
    let assets = json!([{"asset_id": "1", "mode": "2"}]);
    let change = json!({"number": "B1", "date": "2022-06-09", "asset_list": assets});
    let reply = shop.post("fi/fa_alter_save", change).await;
    assert_eq!(reply.code(), 0, "{}", whole(&reply));
    let id = shop.rows("fi/fa_alter_list", &[]).await[0]["id"].clone();
    let detail = shop
        .get("fi/fa_alter_detail", &[("id", id.as_str().unwrap())])
        .await;
    assert_eq!(detail.json()["data"]["period"], "");
}
