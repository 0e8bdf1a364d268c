//! The ledger behind the two recharge operations.

use jdy_sandbox::{Decimal, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, business, recharge, recharge_body, rules, token};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn recharged(sandbox: &Sandbox, change: Value) -> Reply {
    let mut body = recharge_body("50", "001");
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    recharge(&token(sandbox).await, &body).send(sandbox).await
}

async fn refused(change: Value, code: i64, word: &str) {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = recharged(&sandbox, change).await;
    assert_eq!(
        (reply.status, reply.code()),
        (Some(200), code),
        "{}",
        reply.says()
    );
    assert!(reply.says().contains(word), "{word:?} in {}", reply.says());
    assert_eq!(sandbox.balance("10"), Some(decimal("100")));
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn a_recharge_by_rule_raises_the_balance_by_amount_and_gift_and_writes_a_bill() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let row = rules(&token).send(&sandbox).await.json()["data"]["rows"][0].clone();
    assert_eq!(
        (&row["recharge_amount"], &row["donate_amount"]),
        (&json!("50"), &json!("5"))
    );
    let mut body = recharge_body("50.00", "001");
    body["rule_id"] = row["rule_id"].clone();
    body["rule_detail_id"] = row["id"].clone();
    body["settle_entries"] = json!([
        {"pay_type": "1", "settle_amt": "20.10"}, {"pay_type": "90", "settle_amt": "29.9"}
    ]);
    body["store_id"] = json!("850693217107061760");
    let reply = recharge(&token, &body).send(&sandbox).await;
    assert_eq!((reply.code(), reply.says().as_str()), (0, "success"));
    let (data, bill) = (&reply.json()["data"], &sandbox.bills()[0]);
    assert_eq!(data["bill_no"], bill.bill_no.as_str());
    assert_eq!(data["id"], bill.id.as_str());
    assert_eq!(data["inner_no"], bill.inner_no.as_str());
    assert!(bill.id.len() >= 15 && bill.id.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(
        (bill.amount, bill.gift, bill.balance),
        (decimal("50"), decimal("5"), decimal("155"))
    );
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "155.00");
    assert_eq!(bill.rule_detail_id.as_deref(), row["id"].as_str());
}

#[tokio::test]
async fn a_rule_without_a_line_gives_the_largest_gift_that_the_amount_reaches() {
    for (amount, gift) in [("50", "5"), ("199.99", "5"), ("200", "30"), ("1000", "30")] {
        let sandbox = Sandbox::start().await.unwrap();
        let rule =
            rules(&token(&sandbox).await).send(&sandbox).await.json()["data"]["rows"][0]["rule_id"]
                .clone();
        let reply = recharged(&sandbox, json!({"bal_amount": amount, "rule_id": rule})).await;
        assert_eq!(reply.code(), 0, "{}", reply.says());
        assert_eq!(sandbox.bills()[0].gift, decimal(gift), "{amount}");
    }
}

#[tokio::test]
async fn a_recharge_that_names_no_rule_is_given_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    assert_eq!(
        recharged(&sandbox, json!({"bal_amount": "0200"}))
            .await
            .code(),
        0
    );
    assert_eq!(sandbox.balance("10"), Some(decimal("300")));
    assert_eq!(sandbox.bills()[0].rule_detail_id, None);
}

#[tokio::test]
async fn amounts_that_are_none_are_refused() {
    for amount in ["0", "0.00", "-1"] {
        refused(
            json!({"bal_amount": amount}),
            1_999_010_002,
            "bal_amount: must be above zero",
        )
        .await;
    }
    for amount in [
        "x",
        "1e3",
        "1,000",
        "1_000",
        "+5",
        "5.",
        ".5",
        "９",
        "123456789012345678901234567890",
    ] {
        refused(
            json!({"bal_amount": amount}),
            1_999_000_004,
            "bal_amount: must be a decimal",
        )
        .await;
    }
    refused(
        json!({"bal_amount": 50}),
        1_999_000_004,
        "bal_amount: must be a string; got a number",
    )
    .await;
    refused(json!({"bal_amount": ""}), 1_999_010_002, "bal_amount").await;
    refused(
        json!({"bal_amount": "79228162514264337593543950335"}),
        1_999_010_002,
        "28 digits",
    )
    .await;
}

#[tokio::test]
async fn unknown_members_wrong_sources_and_rules_that_do_not_fit_are_refused() {
    refused(
        json!({"member_id": "404"}),
        1_999_010_001,
        "no member \"404\"; the sandbox knows 10, 11",
    )
    .await;
    refused(json!({"source": 8}), 1_999_010_005, "must be 9").await;
    refused(
        json!({"rule_id": "1"}),
        1_999_010_004,
        "rule_id: no rule \"1\"",
    )
    .await;
    refused(
        json!({"rule_detail_id": "1"}),
        1_999_010_004,
        "rule_detail_id: no line \"1\"",
    )
    .await;
    let sandbox = Sandbox::start().await.unwrap();
    let row = rules(&token(&sandbox).await).send(&sandbox).await.json()["data"]["rows"][1].clone();
    let rule = json!({"rule_detail_id": row["id"], "rule_id": row["rule_id"]});
    refused(
        rule.clone(),
        1_999_010_004,
        "the rule is for 200 or more; got 50",
    )
    .await;
    let reply = recharged(
        &sandbox,
        json!({"member_id": "11", "rule_id": row["rule_id"]}),
    )
    .await;
    assert!(reply.says().contains("for member 11"), "{}", reply.says());
}

#[tokio::test]
async fn a_recharge_without_the_callers_own_key_is_refused() {
    refused(
        json!({"src_bill_id": ""}),
        1_999_000_003,
        "src_bill_id: required",
    )
    .await;
}

#[tokio::test]
async fn settlement_lines_must_add_up_exactly() {
    let lines = |amounts: &[&str]| json!({"settle_entries": amounts.iter().map(|amount| json!({"pay_type": "1", "settle_amt": amount})).collect::<Vec<_>>()});
    refused(
        lines(&["20", "29.99"]),
        1_999_010_003,
        "add up to 49.99, but bal_amount is 50",
    )
    .await;
    refused(
        lines(&["60", "-10"]),
        1_999_010_002,
        "settle_entries[1].settle_amt: must be above zero",
    )
    .await;
    refused(
        lines(&["50", "x"]),
        1_999_000_004,
        "settle_entries[1].settle_amt",
    )
    .await;
    refused(
        lines(&["79228162514264337593543950335", "1"]),
        1_999_010_003,
        "add up",
    )
    .await;
}

#[tokio::test]
async fn the_same_key_counts_twice_unless_the_switch_is_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        recharged(&sandbox, json!({})).await,
        recharged(&sandbox, json!({})).await,
    );
    assert_ne!(first.json()["data"], second.json()["data"]);
    assert_eq!(sandbox.balance("10"), Some(decimal("200")));
    let sandbox = Sandbox::builder()
        .dedupe_src_bill_id()
        .start()
        .await
        .unwrap();
    let (first, second) = (
        recharged(&sandbox, json!({})).await,
        recharged(&sandbox, json!({})).await,
    );
    assert_eq!(first.json()["data"], second.json()["data"]);
    assert_eq!(
        recharged(&sandbox, json!({"src_bill_id": "002"}))
            .await
            .code(),
        0
    );
    assert_eq!(
        (sandbox.balance("10"), sandbox.bills().len()),
        (Some(decimal("200")), 2)
    );
}

#[tokio::test]
async fn a_member_without_rules_has_no_rows_and_an_unknown_store_filters_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let rows =
        |query: &'static [(&str, &str)]| business(&token, "GET", crate::client::RULES, query, "");
    assert_eq!(
        rows(&[("member_id", "11")]).send(&sandbox).await.json()["data"]["rows"],
        json!([])
    );
    let all = rows(&[("member_id", "10"), ("store_id", "nowhere")])
        .send(&sandbox)
        .await
        .json();
    assert_eq!(all["data"]["rows"].as_array().unwrap().len(), 2);
    assert_eq!(
        rows(&[("member_id", "404")]).send(&sandbox).await.code(),
        1_999_010_001
    );
}

#[tokio::test]
async fn a_page_of_the_recharges_has_at_most_a_hundred_rows() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    for at in 0..101 {
        let body = recharge_body("1", &format!("R-{at}"));
        assert_eq!(recharge(&token, &body).send(&sandbox).await.code(), 0);
    }
    let page = |query: &'static [(&str, &str)]| {
        let path = "/jdy/v2/ls/recharge_record";
        business(&token, "GET", path, query, "")
    };
    let first = page(&[("page_size", "1000")]).send(&sandbox).await.json();
    let data = &first["data"];
    assert_eq!(data["rows"].as_array().unwrap().len(), 100);
    assert_eq!(
        (&data["count"], &data["total_page"], &data["page_size"]),
        (&json!(101), &json!(2), &json!(100))
    );
    let query = &[("page", "2"), ("page_size", "1000")];
    let last = page(query).send(&sandbox).await.json();
    let rows = last["data"]["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["amount"]), (1, &json!("101.00")));
}

/// A recharge of the week before has its own date, and its record the day on which it was made: a
/// look-up that passes over what is older than its last attempt has to find it.
#[tokio::test]
async fn a_record_of_a_recharge_tells_when_it_was_made_and_not_its_date() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut body = recharge_body("1", "001");
    body["bill_date"] = json!("2020-05-11 16:01:01");
    for body in [body, recharge_body("1", "002")] {
        let made = recharge(&token(&sandbox).await, &body);
        assert_eq!(made.send(&sandbox).await.code(), 0);
    }
    let today = sandbox.bills()[1].bill_date[..10].to_owned();
    let path = "/jdy/v2/ls/recharge_record";
    let window = [
        ("start_date", "2020-05-11 00:00:00"),
        ("end_date", "2020-05-12 00:00:00"),
    ];
    let next = Sandbox::builder().state(sandbox.state()).start().await;
    for sandbox in [sandbox, next.unwrap()] {
        let list = business(&token(&sandbox).await, "GET", path, &window, "");
        let rows = list.send(&sandbox).await.json()["data"]["rows"].clone();
        assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
        assert_eq!(
            (&rows[0]["create_time"], &rows[0]["modify_time"]),
            (&json!(today), &json!(today))
        );
    }
}

/// Whether the product's are the same is not known, so nothing may rely on it.
#[tokio::test]
async fn a_record_of_a_recharge_has_an_id_of_its_own() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let list =
        |query: &[(&str, &str)]| business(&token, "GET", "/jdy/v2/ls/recharge_record", query, "");
    for key in ["001", "002"] {
        let body = recharge_body("1", key);
        assert_eq!(recharge(&token, &body).send(&sandbox).await.code(), 0);
    }
    let all = list(&[]).send(&sandbox).await.json()["data"]["rows"].clone();
    let id = all[1]["id"].as_str().unwrap();
    let bill = sandbox.bills()[0].clone();
    assert!(id != bill.id && id != bill.inner_no && id != all[0]["id"]);
    let one = list(&[("id", id)]).send(&sandbox).await.json();
    assert_eq!(one["data"]["rows"], json!([all[1]]));
    let none = list(&[("id", &bill.id)]).send(&sandbox).await.json();
    assert_eq!(none["data"]["rows"], json!([]));
}

#[tokio::test]
async fn the_balance_of_a_member_is_asked_for_as_the_ledger_has_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let ask = |member: &str| {
        let path = "/jdy/v2/ls/account_balance_info";
        let query = [("member_id", member), ("member_card_id", "1")];
        business(&token, "GET", path, &query, "")
    };
    let rule = rules(&token).send(&sandbox).await.json()["data"]["rows"][0]["rule_id"].clone();
    let mut body = recharge_body("50.10", "001");
    body["rule_id"] = rule;
    assert_eq!(recharge(&token, &body).send(&sandbox).await.code(), 0);
    let reply = ask("10").send(&sandbox).await;
    assert_eq!(reply.header("X-Sandbox-Answer"), None);
    let told = &reply.json()["data"]["recharge"];
    for (field, amount) in [
        ("re_charge_amt", "150.10"),
        ("available_recharge", "150.10"),
        ("accu_recharge", "150.10"),
        ("gift_amt", "5"),
        ("available_gift", "5"),
        ("accu_gift", "5"),
        ("pre_ver_recharge", "0"),
        ("pre_ver_gift", "0"),
    ] {
        assert_eq!(told[field], amount, "{field}");
    }
    assert_eq!(told["member"]["id"], "10");
    assert_eq!(ask("404").send(&sandbox).await.code(), 1_999_010_001);
}

#[tokio::test]
async fn members_and_rules_come_from_the_builder() {
    let sandbox = Sandbox::builder()
        .member("7", "1.50")
        .rule("7", "10", "2.5")
        .start()
        .await
        .unwrap();
    assert_eq!(sandbox.members().len(), 1);
    let token = token(&sandbox).await;
    let row = business(
        &token,
        "GET",
        crate::client::RULES,
        &[("member_id", "7")],
        "",
    )
    .send(&sandbox)
    .await;
    let row = row.json()["data"]["rows"][0].clone();
    let reply = recharged(
        &sandbox,
        json!({"member_id": "7", "bal_amount": "10", "rule_detail_id": row["id"]}),
    )
    .await;
    assert_eq!(reply.code(), 0, "{}", reply.says());
    assert_eq!(sandbox.balance("7"), Some(decimal("14.00")));
    assert!(
        Sandbox::builder()
            .member("7", "much")
            .start()
            .await
            .is_err()
    );
}
