//! A token is cached, shared and refreshed once: proven by the number of token calls that the
//! sandbox counted.

use jdy::{Method, Outcome};
use jdy_sandbox::{AuthorizeData, AuthorizeEnvelope, Fault, FaultKind, Sandbox};

use crate::sandbox::{RECHARGE, RULES, builder, client, credentials, instance, recharge};

#[tokio::test]
async fn calls_share_one_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for key in ["1", "2", "3"] {
        recharge(&client.clone(), key).await.unwrap();
    }
    assert_eq!(sandbox.token_calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_calls_at_once_fetch_one_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let mut calls = Vec::new();
    for key in 0..200 {
        let client = client.clone();
        calls.push(tokio::spawn(async move {
            recharge(&client, &key.to_string()).await.is_ok()
        }));
    }
    for call in calls {
        assert!(call.await.unwrap());
    }
    assert_eq!(sandbox.token_calls(), 1);
    assert_eq!(sandbox.bills().len(), 200);
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_and_the_call_is_sent_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    recharge(&client, "1").await.unwrap();
    sandbox.expire_tokens();
    assert_eq!(recharge(&client, "2").await.unwrap().attempts(), 2);
    assert_eq!(sandbox.token_calls(), 2);
    assert_eq!(sandbox.bills().len(), 2);
}

#[tokio::test]
async fn a_token_that_is_always_refused_ends_in_not_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    sandbox.inject(Fault::on(RECHARGE, FaultKind::RefusedToken));
    let error = recharge(&client, "1").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.attempts(), 2);
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_refuses_every_token_does_not_cost_the_others_theirs() {
    // As a bare 401, and in the product's words. The gateway's own 4010 means the token.
    for refusal in [
        FaultKind::Unauthorized401,
        FaultKind::Errcode("1020002008".to_owned()),
    ] {
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox);
        sandbox.inject(Fault::on(RULES, refusal.clone()));
        for _ in 0..3 {
            let refused = client.raw(Method::Get, RULES, [("member_id", "10")], None);
            assert!(refused.await.is_err(), "{refusal:?}");
            recharge(&client, "1").await.unwrap();
        }
        assert_eq!(sandbox.token_calls(), 2, "{refusal:?}");
    }
}

/// What a callback would bring, made up by someone who is not the vendor.
fn forged(sandbox: &Sandbox) -> Vec<jdy::Authorization> {
    let body = format!(
        r#"{{"bizType":"x","timestamp":1,"data":[{{"appKey":"{}","appSecret":"forged","domain":"https://tf.jdy.com","status":1}}]}}"#,
        sandbox.app_key()
    );
    jdy::credentials::read_callback(body.as_bytes())
        .unwrap()
        .authorizations
}

#[tokio::test]
async fn a_forged_callback_does_not_cost_the_secret_that_works() {
    let sandbox = Sandbox::start().await.unwrap();
    // A first token, one try with what the callback brought, and one with what works: more than
    // the client allows itself within a minute.
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .limits(jdy::Limits::none())
        .build()
        .unwrap();
    recharge(&client, "1").await.unwrap();
    assert_eq!(client.apply_rotation(&forged(&sandbox)), 1);
    assert_eq!(client.apply_rotation(&forged(&sandbox)), 1);
    sandbox.expire_tokens();
    recharge(&client, "2").await.unwrap();
    assert_eq!(sandbox.bills().len(), 2);
}

#[tokio::test]
async fn a_deadline_without_end_is_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let call = recharge(&client(&sandbox), "1");
    assert!(call.deadline(std::time::Duration::MAX).await.is_ok());
}

#[tokio::test]
async fn a_rotated_secret_is_authorized_again_where_an_instance_is_known() {
    for envelope in [AuthorizeEnvelope::Code, AuthorizeEnvelope::Errcode] {
        for data in [AuthorizeData::List, AuthorizeData::Object] {
            let sandbox = Sandbox::builder()
                .authorize_envelope(envelope)
                .authorize_data(data)
                .start()
                .await
                .unwrap();
            let client = builder(&sandbox)
                .credentials(instance(&sandbox))
                .build()
                .unwrap();
            recharge(&client, "1").await.unwrap();
            assert_eq!(sandbox.authorize_calls(), 1);
            sandbox.rotate_secret();
            sandbox.expire_tokens();
            recharge(&client, "2").await.unwrap();
            assert_eq!(sandbox.authorize_calls(), 2);
            assert_eq!(sandbox.bills().len(), 2);
        }
    }
}

#[tokio::test]
async fn a_rotated_secret_without_an_instance_is_not_sent_and_says_what_to_do() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox)
        .credentials(credentials(&sandbox))
        .build()
        .unwrap();
    sandbox.rotate_secret();
    let error = recharge(&client, "1").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    let line = error.to_string();
    assert!(line.contains("1030002006"), "{line}");
    assert!(sandbox.bills().is_empty());
}

#[tokio::test]
async fn several_account_sets_and_none_chosen_is_an_error_that_lists_them() {
    let sandbox = Sandbox::builder()
        .account_set("Second shop")
        .start()
        .await
        .unwrap();
    let client = builder(&sandbox)
        .credentials(instance(&sandbox))
        .build()
        .unwrap();
    let error = recharge(&client, "1").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    let line = error.to_string();
    for set in sandbox.account_sets() {
        assert!(
            line.contains(&set.app_key),
            "{line} does not name {}",
            set.app_key
        );
    }
}

#[tokio::test]
async fn the_chosen_account_set_is_called_and_a_retired_one_is_passed_over() {
    let sandbox = Sandbox::builder()
        .account_set("Second shop")
        .inactive_account_set("Closed shop")
        .start()
        .await
        .unwrap();
    let second = sandbox.account_sets()[1].clone();
    let chosen = instance(&sandbox).app_key(second.app_key.clone());
    let client = builder(&sandbox).credentials(chosen).build().unwrap();
    recharge(&client, "1").await.unwrap();
    assert_eq!(sandbox.balance("10").unwrap().to_string(), "100.00");
    assert_eq!(
        sandbox
            .balance_in(&second.account_id, "10")
            .unwrap()
            .to_string(),
        "101.00"
    );
}
