//! The state of a sandbox as JSON: exported, replaced, reset.

use jdy_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{business, exchange, recharge, recharge_body, token};

async fn recharged(sandbox: &Sandbox, amount: &str, key: &str) {
    let body = recharge_body(amount, key);
    let reply = recharge(&token(sandbox).await, &body).send(sandbox).await;
    assert_eq!(reply.code(), 0, "{}", reply.says());
}

#[tokio::test]
async fn a_state_comes_back_in_another_sandbox_and_goes_on_from_there() {
    let first = Sandbox::builder().account_set("二").start().await.unwrap();
    recharged(&first, "50", "001").await;
    let state = first.state();
    let second = Sandbox::builder().account_set("二").start().await.unwrap();
    second.replace_state(&state).unwrap();
    assert_eq!(second.state(), state);
    assert_eq!(second.balance("10"), Some("150".parse().unwrap()));
    assert_eq!(second.bills(), first.bills());
    recharged(&second, "1", "002").await;
    assert_eq!(second.bills().len(), 2);
    assert_ne!(second.bills()[0].id, second.bills()[1].id);
    second.reset();
    assert_eq!(second.balance("10"), Some("100".parse().unwrap()));
    assert!(second.bills().is_empty());
}

/// As a test does that makes a recharge disappear.
#[tokio::test]
async fn a_bill_has_a_number_of_its_own_also_where_the_state_lacks_one_before_it() {
    let sandbox = Sandbox::start().await.unwrap();
    for key in ["001", "002"] {
        recharged(&sandbox, "1", key).await;
    }
    let mut state = sandbox.state();
    let sets = state["account_sets"].as_object_mut().unwrap();
    let books = &mut sets.values_mut().next().unwrap()["ledger"];
    books["bills"].as_array_mut().unwrap().remove(0);
    sandbox.replace_state(&state).unwrap();
    recharged(&sandbox, "1", "003").await;
    let bills = sandbox.bills();
    assert_eq!(bills.len(), 2);
    assert_ne!(bills[0].id, bills[1].id);
    assert_ne!(bills[0].bill_no, bills[1].bill_no);
    assert_ne!(bills[0].inner_no, bills[1].inner_no);
}

#[tokio::test]
async fn amounts_of_a_state_that_have_no_sum_are_still_answered() {
    let sandbox = Sandbox::start().await.unwrap();
    recharged(&sandbox, "1", "001").await;
    recharged(&sandbox, "1", "002").await;
    let mut state = sandbox.state();
    let sets = state["account_sets"].as_object_mut().unwrap();
    let books = &mut sets.values_mut().next().unwrap()["ledger"];
    for bill in books["bills"].as_array_mut().unwrap() {
        bill["gift"] = json!("79228162514264337593543950335");
        bill["balance"] = json!("-79228162514264337593543950335");
    }
    sandbox.replace_state(&state).unwrap();
    let token = token(&sandbox).await;
    let path = "/jdy/v2/ls/recharge_record";
    let list = business(&token, "GET", path, &[], "");
    assert_eq!(list.send(&sandbox).await.code(), 0);
    let path = "/jdy/v2/ls/account_balance_info";
    let query = [("member_id", "10"), ("member_card_id", "1")];
    let told = business(&token, "GET", path, &query, "");
    assert_eq!(told.send(&sandbox).await.code(), 0);
}

#[tokio::test]
async fn documents_are_part_of_a_state_and_ids_are_never_given_again() {
    let order = |sandbox: &Sandbox, token: &str, body: Value| {
        let path = "/jdy/v2/scm/sal_order";
        let call = business(token, "POST", path, &[], &body.to_string());
        let addr = sandbox.addr();
        async move {
            let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
            exchange(&mut stream, &call.bytes()).await.json()["data"].clone()
        }
    };
    let body = json!({"bill_date": "2024-05-01", "customer_id": "1", "material_entity": []});
    let first = Sandbox::builder().empty().start().await.unwrap();
    let saved = order(&first, &token(&first).await, body.clone()).await;
    let state = first.state();
    let second = Sandbox::builder().state(state.clone()).start().await;
    let second = second.unwrap();
    assert_eq!(second.state(), state);
    let token = token(&second).await;
    let id = saved["ids"][0].as_str().unwrap();
    let path = "/jdy/v2/scm/sal_order_detail";
    let detail = business(&token, "GET", path, &[("id", id)], "");
    let detail = detail.send(&second).await.json();
    assert_eq!(detail["data"]["bill_no"], saved["id_number_map"][id]);
    let next = order(&second, &token, body).await;
    assert_ne!(next["ids"], saved["ids"]);
    second.reset();
    assert_ne!(second.state(), state, "back to the shop, not to the state");
    let error = Sandbox::builder().state(json!([])).start().await;
    assert!(error.unwrap_err().to_string().contains("version"));
}

/// A service that kept a new secret can go on with it when the sandbox starts again.
#[tokio::test]
async fn a_state_keeps_how_often_secrets_were_rotated_and_takes_none_back() {
    let first = Sandbox::start().await.unwrap();
    let (before, old) = (first.state(), first.app_secret());
    first.rotate_secret();
    first.rotate_secret();
    let second = Sandbox::builder().state(first.state()).start().await;
    let second = second.unwrap();
    assert_ne!(first.app_secret(), old);
    assert_eq!(second.app_secret(), first.app_secret());
    assert_eq!(second.state(), first.state());
    second.replace_state(&before).unwrap();
    assert_eq!(second.app_secret(), first.app_secret());
    let mut wrong = before.clone();
    let sets = wrong["account_sets"].as_object_mut().unwrap();
    sets.values_mut().next().unwrap()["rotations"] = json!(-1);
    let error = second.replace_state(&wrong).unwrap_err().to_string();
    assert!(error.contains("rotations: must be"), "{error}");
    assert_eq!(second.app_secret(), first.app_secret());
}

#[tokio::test]
async fn a_state_that_cannot_be_used_is_refused_by_its_place_and_changes_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let before = sandbox.state();
    let id = sandbox.account_sets()[0].account_id.clone();
    let with = |pointer: &str, value: Value| {
        let mut state = before.clone();
        *state.pointer_mut(pointer).unwrap() = value;
        state
    };
    let set = format!("/account_sets/{id}");
    let cases = [
        (json!([]), "version: must be 1"),
        (with("/version", json!(2)), "version: must be 1"),
        (
            json!({"version": 1, "account_sets": {"9": {}}}),
            "account_sets.9: the sandbox has no such account set",
        ),
        (with(&set, json!(null)), "must be an object"),
        (
            with(&format!("{set}/ledger/members/1/balance"), json!("1,0")),
            "ledger.members[1].balance: must be a decimal",
        ),
        (
            with(&format!("{set}/ledger/bills"), json!({})),
            "ledger.bills: must be a list",
        ),
        (
            with(&format!("{set}/ledger/members/1/id"), json!("10")),
            "ledger.members[1]: its id is another's",
        ),
        (
            with(&format!("{set}/documents/kinds/bd.material/1/id"), json!(7)),
            "documents.kinds.bd.material[1].id: must be a text",
        ),
        (
            with(
                &format!("{set}/documents/kinds/bd.material/1/number"),
                json!("SP001"),
            ),
            "documents.kinds.bd.material[1]: its id or number is another's",
        ),
    ];
    for (state, reason) in cases {
        let error = sandbox.replace_state(&state).unwrap_err().to_string();
        assert!(error.contains(reason), "{reason}: {error}");
        assert_eq!(sandbox.state(), before);
    }
    sandbox
        .replace_state(&json!({"version": 1, "account_sets": {}}))
        .unwrap();
    assert_eq!(sandbox.state(), before, "a set that is not named stays");
}
