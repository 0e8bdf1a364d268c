//! The state of a sandbox as JSON: exported, replaced, reset.

use jdy_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{recharge, recharge_body, token};

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
